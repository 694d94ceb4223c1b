#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run a command in a tree of toolchain.sh, where the cache has the same path as
# here. Works for an ordinary user where Linux allows user namespaces.
#
# usage: inside.sh TREE COMMAND...

. "$(dirname "$0")/lib.sh"

tree=$1
shift
own=()
[ "$(id -u)" = 0 ] || own=(--map-root-user)

mkdir -p "$tree$CACHE"
# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount "${own[@]}" sh -euc '
	tree=$1 cache=$2
	shift 2
	mount --rbind "$cache" "$tree$cache"
	mount --rbind /proc "$tree/proc"
	mount --bind /dev/null "$tree/dev/null"
	exec env -i PATH=/usr/bin:/usr/sbin LC_ALL=C HOME=/tmp \
		chroot "$tree" "$@"' sh "$tree" "$CACHE" "$@"
