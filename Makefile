# SPDX-License-Identifier: GPL-2.0-only
#
# The user's entry. What is built stands in Kbuild; how, in scripts/.

export KDIR KERNEL FLAVOUR FILTER V DDI_CACHE TIMEOUT PREFIX DESTDIR TRACE \
	SOURCE KSRC MINUTES SEED OPERATIONS CYCLES LAST SABOTAGE N LEAST MODELS \
	COMPILER README FEW THREADED

# The first one is plain make. Each is a script of the same name.
modules dkms deb dist test-install test-docs test-gdb run check check-pageable edu \
bench bench-all bench-compare bench-cpus bench-fault bench-frag bench-longest bench-magazine \
bench-mappings bench-native bench-smp bench-traced coverage robustness sabotage models mutants \
matrix next clang lint selftest man clean help: FORCE
	@scripts/$@.sh

install uninstall: FORCE
	@scripts/install.sh $@

shell: FORCE
	@scripts/run.sh shell

check-lowmem: FORCE
	@MEMORY=128 FILTER='ddi_lowmem*' RECORD=lowmem scripts/check.sh

fuzz stress lifecycle soak: FORCE
	@scripts/torture.sh $@

bench-plots: FORCE
	@scripts/setup.sh plots
	@scripts/bench-plots.py docs/bench

bench-targets: FORCE
	@scripts/bench_targets.py

bench-readme: FORCE
	@scripts/bench-readme.py

distclean: FORCE
	@scripts/clean.sh all

# No target is a file, though there are folders of such names.
FORCE:
.PHONY: FORCE
