#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make help: every target, and the variables that it reads.

cat <<'EOF'
make             build ddi.ko for the running kernel, or for KDIR=folder
make install     build it and install module, headers, ddi.mk and manual
                 pages; make uninstall removes them
make dkms        give the sources to DKMS, which builds for every kernel
make deb         build Debian packages: ddi-dkms, ddi-dev
make dist        the release tarball, and the packages made from it
make test-install  try all of these in a folder, and a driver that uses them, for
                 5.10, 6.1, 6.12 and newest, or for those of KERNEL='name...'
make run         boot a stock Debian kernel in QEMU and run the examples in it
make shell       the same, and stay at a prompt in the guest
make check       run the KUnit suites in a kernel of their own, under QEMU
make check-lowmem  run the suite of little memory in a guest of 128 MiB
make check-pageable  swap released pageable memory in a guest of 128 MiB
make test-docs   run the commands of the documents
make test-gdb    look into a guest, and a dump of it, with gdb and drgn
make matrix      run the examples on every stock kernel, from 5.10 to Debian
                 unstable's newest, on those of KERNEL='name...', or, with FEW=1,
                 on CI's; README=1 writes the table in README.md
make next        say what the newest kernel breaks, or the source in KSRC=folder
make clang       build everything with clang 19 and W=1
make lint        check style, headers, exports, scripts
make selftest    show that every reason to be red turns a check red
make coverage    print the lines that the suites do not reach (debug flavour)
make sabotage    break the engine on purpose and show that the suites notice
make mutants     break it at random, N=n times, from SEED=n; list what none noticed
make models      explore the protocols that use no lock, with herd7 and spin
make robustness  write docs/robustness.md from the logs of the last runs
make fuzz        run the fuzzer for MINUTES=n (default 5), from SEED=n
make stress      all functions at once on shared arenas, for MINUTES=n
make lifecycle   load and unload CYCLES=n times, refusals, leaks, failing init
make soak        all of these by turns, for MINUTES=n
make edu         the driver of QEMU's edu device in a loop, for MINUTES=n; with
                 THREADED=1 its interrupt handler is a thread
make bench       instructions for a pair, our allocators beside Linux's; see
                 scripts/bench.sh for BENCH=full and other choices. The others:
  bench-native     nanoseconds, in User Mode Linux
  bench-smp        wall time of two CPUs that share one arena
  bench-frag       how full an arena gets, and what a segment costs in memory
  bench-longest    how long interrupts are off
  bench-magazine   other sizes of the quantum caches' magazines
  bench-cpus       what grows with the number of CPUs, or of cookies
  bench-fault      mappings of 64 MiB touched in order, at random, by two at once
  bench-mappings   mappings of one and of many devmap handles
  bench-traced     what tracepoints cost while they are off
make bench-all   all of these, the plots, and the documents' tables
make bench-compare  measure ours again and name what is slower than committed
make bench-targets  say which targets the committed figures meet
make bench-plots, bench-readme  draw the committed figures, and put them there
make man         make the manual pages, section 9f, from the headers
make clean       remove what was built
make distclean   remove the cache folder's contents as well

KDIR=folder      kernel headers, default /lib/modules/$(uname -r)/build
PREFIX=folder    for install: default /usr/local; DESTDIR=folder goes before it
KERNEL=name      for run, shell, stress, fuzz: 5.10, 6.1, 6.12, trixie, newest;
                 alone or with -cloud or -rt, then -arm64 (default 6.12-cloud)
SOURCE=version   for check, clang: 6.1, 6.12 (default), newest
COMPILER=name    for run: gcc-10 to gcc-14 (default: gcc)
FLAVOUR=name     for check: lean (default), debug, kcsan, rt, arm64, s390x,
                 i386, all, or many, which has 64 CPUs
QUICK=1          for check: without the cases that are marked as slow
FILTER=glob      for check: only these cases, e.g. FILTER='ddi_vmem*'
TRACE=1          for run: watch the examples through ddi.ko's tracepoints
TIMEOUT=seconds  for run and check: how long a guest may take
DDI_CACHE=folder kernels, downloads, builds; default ~/.cache/ddi-ko
V=1              show commands and their output
EOF
