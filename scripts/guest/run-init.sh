#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of a stock kernel: run the example's script. The console is
# for the kernel; the script's report goes to the second serial port.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all
tell "start"
stty -F /dev/ttyS1 raw 2>/dev/null
sh /guest.sh >/dev/ttyS1 2>&1 </dev/null
tell "guest.sh exit $?"
finish
