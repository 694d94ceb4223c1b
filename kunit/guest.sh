#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest after the KUnit suites: programs that see the modules from
# user space. Their output is TAP.

devmap
