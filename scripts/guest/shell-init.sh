#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of `make shell`: run the example's script, then leave the
# person at a prompt.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all
exec </dev/console >/dev/console 2>&1
dmesg -n 4
sh /guest.sh
status=$?
echo
echo "guest.sh ended with exit status $status. The modules are in /modules;"
echo "try: insmod /modules/ddi.ko; ls /sys/kernel/debug/ddi. Leave: exit."
setsid cttyhack sh -l
poweroff -f
