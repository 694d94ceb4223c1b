# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages of any release of Debian, through package lists of our own in the
# cache: the machine's sources are not touched, and no root is needed. Sourced
# after lib.sh.

# The mirror that this machine uses, or else Debian's own
mirror() {
	local site

	# shellcheck disable=SC2016 # for apt-get to expand
	site=$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' \
		2>/dev/null | grep -m 1 -E '/debian/?$' || true)
	printf '%s\n' "${site:-http://deb.debian.org/debian}"
}

sources_of() {
	local mirror from=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg

	mirror=$(mirror)
	printf 'deb [%s] %s %s main\n' "$from" "$mirror" "$1"
	# Debian 11 gets no updates any more, and what was there is incomplete.
	case $1 in
	bookworm | trixie)
		printf 'deb [%s] %s-security %s-security main\n' "$from" \
			"${mirror%/}" "$1" ;;
	esac
}

# of_archive NAME: write a file of ours, which others may be reading
of_archive() {
	cat >"$archive/$1.$$"
	mv "$archive/$1.$$" "$archive/$1"
}

# use_archive RELEASE [ARCH]: from here on the packages of lib.sh's functions are
# those of RELEASE. Lists of a day's age will do, until one names a package that
# is no more.
use_archive() {
	local arch=${2:-amd64}

	archive=$CACHE/archive/$1-$arch
	mkdir -p "$archive"/lists/partial "$archive"/cache/archives/partial
	: >>"$archive/status"
	sources_of "$1" | of_archive sources.list
	of_archive apt.conf <<-END
	APT::Architecture "$arch";
	APT::Architectures { "$arch"; };
	APT::Sandbox::User "root";
	Acquire::Check-Valid-Until "false";
	Acquire::Languages "none";
	Dir::Cache "$archive/cache";
	Dir::Etc::SourceList "$archive/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Dir::State::Lists "$archive/lists";
	Dir::State::status "$archive/status";
	END
	# shellcheck disable=SC2034 # of lib.sh
	lists_updated=
	exec 5>"$archive/lock"
	flock 5
	[ -n "$(find "$archive/updated" -mmin -1440 2>/dev/null)" ] ||
		update_lists || true
	exec 5>&-
}
