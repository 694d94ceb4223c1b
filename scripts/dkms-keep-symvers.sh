#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# DKMS calls this in its build folder, which it is about to remove: keep the
# list of exports beside the module, where ddi.mk looks for it.
#
# usage: dkms-keep-symvers.sh FOLDER

cp Module.symvers "$1/Module.symvers"
