# SPDX-License-Identifier: GPL-2.0-only
#
# For a driver that uses ddi.ko. Its Makefile needs two lines:
#
#   obj-m := mydriver.o
#   include /usr/local/share/ddi-ko/ddi.mk
#
# Then `make` builds it for the running kernel, or for the one whose headers
# KDIR names, and `make clean` cleans. The same file serves as Kbuild: Linux's
# build reads it again, with KERNELRELEASE set, and finds headers and exports.

# Installed as PREFIX/share/ddi-ko/ddi.mk, wherever that is.
ddi-prefix := $(patsubst %/share/ddi-ko/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

ifneq ($(KERNELRELEASE),)

# What `make install` put there for this kernel, or else what DKMS built.
ddi-symvers := $(firstword $(wildcard \
	$(ddi-prefix)/lib/ddi-ko/$(KERNELRELEASE)/Module.symvers \
	$(or $(DDI_DKMS),/var/lib/dkms)/ddi/*/$(KERNELRELEASE)/*/Module.symvers))
ifeq ($(ddi-symvers)$(filter %/Makefile.clean,$(MAKEFILE_LIST)),)
$(error ddi.ko is not installed for the kernel $(KERNELRELEASE))
endif

ccflags-y += -I$(ddi-prefix)/include/ddi-ko
KBUILD_EXTRA_SYMBOLS += $(ddi-symvers)

# Solaris drivers define functions the old way, "f() {", which Linux refuses.
ccflags-y += -Wno-strict-prototypes -Wno-old-style-definition
ccflags-y += $(call cc-option,-Wno-deprecated-non-prototype)

else

KDIR ?= /lib/modules/$(shell uname -r)/build

modules modules_install clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) $@

.DEFAULT_GOAL := modules
.PHONY: modules modules_install clean

endif
