# SPDX-License-Identifier: GPL-2.0-only
#
# The user's entry. What is built stands in Kbuild; how, in scripts/.

export KDIR KERNEL FLAVOUR FILTER V DDI_CACHE TIMEOUT PREFIX DESTDIR TRACE \
	SOURCE KSRC MINUTES SEED OPERATIONS CYCLES LAST SABOTAGE N LEAST MODELS \
	COMPILER README FEW THREADED

modules:
	@scripts/modules.sh

install uninstall:
	@scripts/install.sh $@

dkms:
	@scripts/dkms.sh

deb:
	@scripts/deb.sh

dist:
	@scripts/dist.sh

test-install:
	@scripts/test-install.sh

test-docs:
	@scripts/test-docs.sh

test-gdb:
	@scripts/test-gdb.sh

run:
	@scripts/run.sh

shell:
	@scripts/run.sh shell

check:
	@scripts/check.sh

check-lowmem:
	@MEMORY=128 FILTER='ddi_lowmem*' RECORD=lowmem scripts/check.sh

check-pageable:
	@scripts/check-pageable.sh

fuzz stress lifecycle soak:
	@scripts/torture.sh $@

edu:
	@scripts/edu.sh

bench:
	@scripts/bench.sh

bench-all bench-compare bench-cpus bench-frag bench-longest bench-magazine bench-mappings bench-native \
bench-smp bench-traced bench-plots:
	@scripts/$@.sh

bench-targets:
	@scripts/bench_targets.py

bench-readme:
	@scripts/$@.py

coverage:
	@scripts/coverage.sh

robustness:
	@scripts/robustness.sh

sabotage models mutants:
	@scripts/$@.sh

matrix:
	@scripts/matrix.sh

next:
	@scripts/next.sh

clang:
	@scripts/clang.sh

lint:
	@scripts/lint.sh

selftest:
	@scripts/selftest.sh

man:
	@scripts/man.sh

clean:
	@scripts/clean.sh

distclean:
	@scripts/clean.sh all

help:
	@scripts/help.sh

.PHONY: modules install uninstall dkms deb dist test-install test-docs test-gdb run shell \
	check check-lowmem check-pageable fuzz bench bench-compare bench-cpus bench-frag bench-longest \
	bench-magazine bench-mappings bench-native bench-smp bench-traced bench-plots \
	bench-all bench-readme bench-targets coverage matrix next clang lint selftest man clean distclean help
.PHONY: edu stress lifecycle soak robustness sabotage models mutants
