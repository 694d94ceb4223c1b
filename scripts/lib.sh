# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every script here shares: where things live, how progress is shown,
# and how packages are found. Sourced, never run.
#
# Convention: a script that makes something prints its path on standard
# output; everything meant for a person goes to standard error.

set -euo pipefail

# Settings given to our make must not leak into the kernel's.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CDPATH
export LC_ALL=C

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SCRIPTS=$TOP/scripts
CACHE=${DDI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ddi-ko}
JOBS=${JOBS:-$(nproc)}
VERBOSE=${V:-0}
export CCACHE_DIR=${CCACHE_DIR:-$CACHE/ccache}
export TOP SCRIPTS CACHE JOBS

say()  { printf '%s\n' "$*" >&2; }
note() { printf '  %s\n' "$*" >&2; }
die()  { printf 'error: %s\n' "$*" >&2; exit 1; }

case $CACHE in
*[[:space:]]*)
	die "the cache folder '$CACHE' has a space in its name, which Linux's" \
	    "build cannot handle; set DDI_CACHE to one without" ;;
esac
mkdir -p "$CACHE"/{debs,log,run}

# Keep a person informed while $pid works on "$label": one changing line on a
# terminal, a line every 20 s elsewhere. $progress may name a function that
# prints how far it is.
watch_step() {
	local pid=$1 label=$2 begin=$SECONDS shown=$SECONDS now=''

	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.3
		[ -z "${progress:-}" ] || now=", $($progress)"
		if [ -t 2 ]; then
			printf '\r\033[K  %s ... %d s%s' \
				"$label" $((SECONDS - begin)) "$now" >&2
		elif [ $((SECONDS - shown)) -ge 20 ]; then
			note "$label ... $((SECONDS - begin)) s$now"
			shown=$SECONDS
		fi
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# start COMMAND...: run in the background, as a process group of its own that
# does not outlive this script. Sets $job; every start has its finish.
start() {
	set -m
	"$@" </dev/null &
	job=$!
	set +m
	# shellcheck disable=SC2064 # this job, not a later one
	trap "kill -- -$job 2>/dev/null || true" EXIT
	trap 'exit 130' INT TERM
}

# finish LABEL: wait for the job, with progress; its status is the result
finish() {
	local rc=0

	watch_step "$job" "$1"
	wait "$job" || rc=$?
	trap - EXIT INT TERM
	return "$rc"
}

# step LABEL LOG COMMAND...: run quietly into LOG, with progress; on failure
# show the end of LOG and where it is. V=1 shows everything.
step() {
	local label=$1 log=$2 begin=$SECONDS rc=0
	shift 2

	if [ "$VERBOSE" != 0 ]; then
		start "$@" > >(tee "$log" >&2) 2>&1
	else
		start "$@" >"$log" 2>&1
	fi
	finish "$label" || rc=$?
	if [ "$rc" -ne 0 ]; then
		note "$label: FAILED after $((SECONDS - begin)) s"
		grep -nE 'error:|ERROR:' "$log" | head -n 20 >&2 || true
		tail -n 15 "$log" | sed 's/^/    /' >&2
		note "(all of it: $log)"
		return "$rc"
	fi
	note "$label: $((SECONDS - begin)) s"
}

# progress function for make's output in $step_log, which the caller sets
# shellcheck disable=SC2154
count_objects() {
	printf '%d files' "$(grep -cE '^ +(CC|AS|LD|AR)' "$step_log" || true)"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		return 1
	fi
}

# in_archive COMMAND...: apt, of the machine or of what use_archive said
archive=
in_archive() {
	if [ -n "$archive" ]; then
		# Images for containers switch these files off.
		env APT_CONFIG="$archive/apt.conf" "$1" \
			-o Dir::Cache::pkgcache=pkgcache.bin \
			-o Dir::Cache::srcpkgcache=srcpkgcache.bin "${@:2}"
	else
		"$@"
	fi
}

# The package lists of a fresh machine may be empty or old.
update_lists() {
	[ -z "${lists_updated:-}" ] || return 0
	lists_updated=1
	if [ -n "$archive" ]; then
		step "refreshing the package lists of ${archive##*/}" \
			"$CACHE/log/apt-update.log" in_archive apt-get update &&
			touch "$archive/updated"
	else
		step 'refreshing the package lists' \
			"$CACHE/log/apt-update.log" as_root apt-get update
	fi
}

have_package() {
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]
}

# need_packages WHY NAME...: install those that are missing, saying so.
need_packages() {
	local why=$1 name missing=()
	shift

	for name; do
		have_package "$name" || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	say "Installing for $why: ${missing[*]}"
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		die "not root and no sudo; have root run:" \
		    "apt-get install --no-install-recommends ${missing[*]}"
	fi
	# A shared machine has one dpkg lock: wait for it.
	exec 9>"$CACHE/apt.lock"
	flock 9
	install_packages "${missing[@]}" ||
		{ update_lists && install_packages "${missing[@]}"; } ||
		die "could not install ${missing[*]}"
	exec 9>&-
}

install_packages() {
	apt-cache show "$1" >/dev/null 2>&1 || update_lists
	step "installing $# packages" "$CACHE/log/apt-install.log" \
		as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -o DPkg::Lock::Timeout=300 install -y \
		--no-install-recommends "$@"
}

# fetch_deb NAME: download the package's file; prints its path.
# A superseded version vanishes from the archive, so try newer lists once.
fetch_deb() {
	local name=$1 file

	file=$(cached_deb "$name")
	if [ -z "$file" ] || [ ! -s "$file" ]; then
		download_deb "$name" ||
			{ update_lists && download_deb "$name"; } || return 1
		file=$(cached_deb "$name")
	fi
	printf '%s\n' "$file"
}

cached_deb() {
	local base

	base=$(in_archive apt-get download --print-uris "$1" 2>/dev/null |
		awk 'NR == 1 { print $2 }') || true
	[ -z "$base" ] || printf '%s\n' "$CACHE/debs/$base"
}

download_deb() {
	(cd "$CACHE/debs" &&
	 step "downloading $1" "$CACHE/log/download.log" \
		in_archive apt-get download "$1")
}

# depends_of NAME PATTERN: the packages that NAME needs, by name
depends_of() {
	in_archive apt-cache show "$1" >/dev/null 2>&1 || update_lists || true
	in_archive apt-cache depends --no-recommends --no-suggests "$1" 2>/dev/null |
		awk '$1 == "Depends:" { print $2 }' | grep -E "$2" || true
}

# stage_of NAME: where build-modules.sh builds NAME. Two checkouts on one
# machine must not share objects.
stage_of() {
	printf '%s/build/%s-%s\n' "$CACHE" "$1" \
		"$(printf '%s' "$TOP" | sha256sum | cut -c1-8)"
}

# ddi_version: that of the module, as DKMS and the packages call it
ddi_version() {
	sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf"
}

# copy_checkout FOLDER: what git knows of, as it is now
copy_checkout() {
	mkdir -p "$1"
	git -C "$TOP" ls-files -z |
		rsync -a --from0 --files-from=- "$TOP/" "$1/"
}

# restore_copy FOLDER: to break the sources in. rsync compares contents, and a restored
# file gets a new time, so make compiles it.
restore_copy() {
	mkdir -p "$1"
	rsync -rlp --checksum --delete --exclude .git "$TOP/" "$1/"
}

# between NAME FILE: what a document has between its marks of that name
between() {
	sed -n "/^<!-- $1 -->\$/,/^<!-- end -->\$/{//!p}" "$2"
}

# fill NAME FILE <TEXT: put this there instead
fill() {
	grep -q "^<!-- $1 -->\$" "$2" || die "$2 has no marks for $1"
	sed -i -e "/^<!-- $1 -->\$/,/^<!-- end -->\$/{//!d}" \
		-e "/^<!-- $1 -->\$/r /dev/stdin" "$2"
}

# release_of KDIR: what the kernel of these headers calls itself. Debian's 6.1
# has another number in include/config/kernel.release.
release_of() {
	sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
		"$1/include/generated/utsrelease.h" 2>/dev/null ||
		die "there are no kernel headers in $1; see make help, KDIR"
}

# with_lock FILE COMMAND...: one at a time on a shared machine. A failing
# command ends the script, so call it where `set -e` is in force: as the
# last command of a list, not in a condition.
with_lock() {
	local lock=$1
	shift

	mkdir -p "$(dirname "$lock")"
	exec 8>"$lock"
	if ! flock -n 8; then
		note "waiting for another run that uses ${lock%.lock}"
		flock 8
	fi
	"$@"
	exec 8>&-
}
