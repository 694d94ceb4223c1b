#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What make check-pageable does in its guest: swap on, a group for memory, and
# the program that needs both. What this says is TAP.

insmod /modules/ddi.ko || exit 1
insmod /modules/cold.ko || exit 1
mkswap /dev/nvme0n1 >/dev/null && swapon /dev/nvme0n1 || exit 1
mkdir -p /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup || exit 1
echo +memory >/sys/fs/cgroup/cgroup.subtree_control || exit 1
echo "# Linux $(uname -r); $(grep MemTotal /proc/meminfo | tr -s ' ')," \
	"$(grep SwapTotal /proc/meminfo | tr -s ' ')"
/bin/swap
failed=$?
grep -E '^(pswpin|pswpout|oom_kill) ' /proc/vmstat | sed 's/^/# vmstat at the end: /'
rmdir /sys/fs/cgroup/cold
rmmod cold && rmmod ddi || failed=1
exit "$failed"
