#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make lint: one line a check, then "N passed, N failed". A check is a
# function that prints what is wrong; silence is good.
#
# shellcheck disable=SC2046 # names in this project have no spaces

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"

check() {
	local name=$1 found
	shift

	if found=$("$@" 2>&1) && [ -z "$found" ]; then
		printf 'ok    %s\n' "$name"
		passed=$((passed + 1))
	else
		printf 'FAIL  %s\n' "$name"
		printf '        %s\n' "${found//$'\n'/$'\n'        }"
		failed=$((failed + 1))
	fi
}

# files PATTERN...: the project's files of these names, committed or not
files() {
	git ls-files -co --exclude-standard -- "$@" | sort -u |
		while read -r name; do [ ! -f "$name" ] || echo "$name"; done
}

# must_not PATTERN FILE...: no line may match
must_not() {
	local pattern=$1
	shift
	[ $# = 0 ] || grep -nHE -- "$pattern" "$@" || true
}

# Without comments and strings' contents, line numbers kept
code_of() {
	perl -0pe 's{/\*.*?\*/|//[^\n]*}{ $& =~ s/[^\n]//gr }gse;
		   s{"(\\.|[^"\\\n])*"}{""}g' "$1"
}

must_not_in_code() {
	local pattern=$1 name
	shift
	for name; do
		code_of "$name" | grep -nE -- "$pattern" |
			sed "s|^|$name:|" || true
	done
}

# Types of checkpatch messages to ignore: things that the Solaris interface asks
# for, in files that define or use that interface.
ignored_for() {
	# An empty macro's argument is unused; a report names its function.
	printf 'MACRO_ARG_UNUSED,EMBEDDED_FUNCTION_NAME,'
	case $1 in
	include/compat/*)
		# Macros that stand for Linux's; <> of __has_include_next()
		printf 'MACRO_ARG_REUSE,MACRO_ARG_PRECEDENCE,SPACING,CAMELCASE,'
		echo LINUX_VERSION_CODE,CONSTANT_COMPARISON ;;
	ddi_core/trace.h)
		# The layout of every header of tracepoints
		echo OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT ;;
	include/sys/cmn_err.h)
		# The level is an argument.
		echo PRINTK_WITHOUT_KERN_LEVEL ;;
	include/sys/*)
		echo NEW_TYPEDEFS,AVOID_EXTERNS,FUNCTION_ARGUMENTS,MACRO_ARG_REUSE ;;
	kunit/headers/*)
		# As Solaris drivers are written
		echo COMPARISON_TO_NULL,FUNCTION_WITHOUT_ARGS ;;
	examples/user/* | kunit/guest/*)
		# Programs: C's own types and attributes, not the kernel's.
		printf 'ARRAY_SIZE,VOLATILE,PREFER_KERNEL_TYPES,ENOSYS,'
		echo PREFER_DEFINED_ATTRIBUTE_MACRO ;;
	examples/*)
		# As Solaris drivers are written
		printf 'PREFER_KERNEL_TYPES,'
		echo NEW_TYPEDEFS,USE_NEGATIVE_ERRNO,COMPARISON_TO_NULL ;;
	ddi_umem/* | ddi_devmap/*)
		echo USE_NEGATIVE_ERRNO ;;
	bench/*)
		# Functions made by macros; Linux's sources without their exports
		echo NEW_TYPEDEFS,MACRO_ARG_REUSE,EXPORT_SYMBOL ;;
	kunit/*)
		echo NEW_TYPEDEFS,USE_NEGATIVE_ERRNO ;;
	*)
		echo NEW_TYPEDEFS ;;
	esac
}

checkpatch_one() {
	perl "$source/scripts/checkpatch.pl" --no-tree --strict --terse \
		--show-types --no-summary --quiet \
		--ignore "$(ignored_for "$1")" -f "$1" || true
}

checkpatch() {
	export source
	export -f ignored_for checkpatch_one
	printf '%s\n' "$@" | xargs -P "$JOBS" -I NAME \
		bash -c 'checkpatch_one NAME' | sort
}

shell_scripts() {
	files '*.sh' '.ci/run'
}

our_warnings() {
	grep -E '(warning|error|WARNING|ERROR):' "$1" |
		sed "s|$stage/||g" | sort -u || true
}

gcc_warnings() {
	our_warnings "$CACHE/log/lint-gcc.log"
}

sparse() {
	make -C "$kernel" M="$stage" C=2 CF=-D__CHECK_ENDIAN__ W=1 \
		"${everything[@]}" modules >"$CACHE/log/lint-sparse.log" 2>&1 ||
		tail -n 5 "$CACHE/log/lint-sparse.log"
	grep -q ' CHECK ' "$CACHE/log/lint-sparse.log" || echo 'did not run'
	our_warnings "$CACHE/log/lint-sparse.log" | grep -v '\[-W' |
		grep -E '^[a-z_]+/' ||
		true
}

kernel_doc() {
	local names
	mapfile -t names < <(files 'include/sys/*.h' 'include/ddi/*.h')
	perl "$source/scripts/kernel-doc" -none -Wall -Werror "${names[@]}"
}

# Every export is documented where a driver's author looks.
documented() {
	local name
	for name in $(listed_exports); do
		grep -qrE "^ \* $name(\(\))? - " include/sys include/ddi ||
			echo "$name has no kernel-doc in include/"
	done
}

# compile_headers KERNEL SYMVERS: each public header compiles alone, and so do
# drivers' snippets, in a module of any licence, as ddi.mk builds it
compile_headers() {
	local dir=$CACHE/build/lint-headers name
	rm -rf "$dir"
	mkdir -p "$dir"
	cp -r include kunit/headers/. "$dir/"
	{
		# shellcheck disable=SC2016 # for make to expand
		echo 'ccflags-y += -I$(src)/include -Wall -Wextra'
		grep '^ccflags-y += .*-Wno-' "$SCRIPTS/ddi.mk"
		echo "KBUILD_EXTRA_SYMBOLS := $2"
		echo 'obj-m += headers.o'
		echo 'headers-y := main.o'
	} >"$dir/Kbuild"
	printf '#include <linux/module.h>\nMODULE_LICENSE("Proprietary");\nMODULE_DESCRIPTION("headers");\n' \
		>"$dir/main.c"
	for name in include/sys/*.h; do
		name=$(basename "$name" .h)
		printf '#include <sys/%s.h>\n#include <sys/%s.h>\n' "$name" \
			"$name" >"$dir/alone_$name.c"
		echo "headers-y += alone_$name.o" >>"$dir/Kbuild"
	done
	for name in kunit/headers/*.c; do
		echo "headers-y += $(basename "$name" .c).o" >>"$dir/Kbuild"
	done
	make -C "$1" M="$dir" modules >"$dir/log" 2>&1 || echo 'failed'
	grep -E "$dir/.*(error|warning):|undefined!" "$dir/log" | sed "s|$dir/||" || true
}

self_contained() {
	compile_headers "$kernel" "$stage/Module.symvers"
	compile_headers "$stock/build" "$stock_stage/Module.symvers"
}

# Only tests and measurements see the module's own headers from outside of it.
private_headers() {
	must_not '^#include <kunit/' $(files 'ddi_*/*' 'include/*' 'examples/*.c' \
		':!include/compat/kunit' ':!include/compat/probe')
	must_not '^#include [<"](ddi_|\.\./|.*_impl\.h)' \
		$(files 'include/sys/*.h' 'include/ddi/*.h' 'examples/*.[ch]')
}

# <linux/...> includes stand sorted, so that two people add no line twice.
sorted_includes() {
	local name
	for name in $(files '*.c' '*.h'); do
		awk -v name="$name" '
			/^#include <linux\// {
				if (prev != "" && $2 < prev)
					print name ":" NR ": " $2 " after " prev
				prev = $2
				next
			}
			{ prev = "" }' "$name"
	done
}

licence_lines() {
	local name
	for name in $(files '*.c' '*.h' '*.sh' '*.py' '*.config' '*Kbuild' \
			Makefile .ci/run .clang-format); do
		head -n 3 "$name" | grep -q 'SPDX-License-Identifier: GPL-2.0' ||
			echo "$name has no SPDX line"
	done
}

# Every file has a licence that the tree holds.
reuse_lint() {
	reuse lint >"$CACHE/log/reuse.log" 2>&1 || cat "$CACHE/log/reuse.log"
}

listed_exports() {
	grep -v '^#' "$SCRIPTS/exports.txt"
}

exported_by() {
	nm "$1" | awk '$3 ~ /^__ksymtab_/ { print substr($3, 11) }' | sort
}

# Tests may have exports of their own, in their own namespace.
kunit_namespace() {
	awk -F'\t' '$5 == "EXPORTED_FOR_KUNIT_TESTING" { print $2 }' \
		"$stage/Module.symvers"
}

exports() {
	diff <(listed_exports | sort) <(exported_by "$stock_stage/ddi.ko") |
		sed -n 's/^</listed but not exported:/p;
			s/^>/exported but not listed:/p'
	comm -13 <(listed_exports | sort) <(exported_by "$stage/ddi.ko") |
		grep -vxF -f <(kunit_namespace; echo .) |
		sed 's/^/exported, outside the test namespace: /' || true
}

complete_modinfo() {
	local field
	for field in author description license version; do
		[ -n "$(modinfo -F "$field" "$stock_stage/ddi.ko")" ] ||
			echo "ddi.ko has no $field"
	done
	# A parameter is "name:description (type)".
	modinfo -F parm "$stock_stage/ddi.ko" | grep -vE '^[a-z_]+:.+ \(' |
		sed 's/^/parameter without a description: /' || true
}

manual_pages() {
	"$SCRIPTS/man.sh" check 2>&1 >/dev/null | grep -v 'manual pages: ' ||
		true
}

true_documents() {
	"$SCRIPTS/docs.py"
	"$SCRIPTS/bench-readme.py" --check
}

# Sabotage names functions and text in them, which any commit may change.
sabotage_fits() {
	local copy name

	copy=$(mktemp -d)
	for name in $(files 'kunit/sabotage/*.txt'); do
		cp -r ddi_* "$copy/"
		"$SCRIPTS/mutate.py" "$copy" sabotage "$name" 2>&1 |
			sed "s|^|$name: |"
	done
	rm -rf "$copy"
}

white_space() {
	must_not '[[:blank:]]+$' $(files '*.c' '*.h' '*.sh' '*.py' '*.md' \
		'*Kbuild' Makefile '*.config')
	local name
	for name in $(files '*.c' '*.h' '*.sh' '*.py' '*.md' '*.config'); do
		[ -z "$(tail -c 1 "$name")" ] || echo "$name: no newline at end"
	done
}

cd "$TOP"
"$SCRIPTS/setup.sh" modules lint
need_packages 'reading modules' kmod git
need_packages 'checking manual pages' mandoc man-db
source=$("$SCRIPTS/linux-source.sh")
kernel=$("$SCRIPTS/kunit-kernel.sh" lean)
everything=(DDI_EXAMPLES=y DDI_KUNIT=y DDI_BENCH=y)
stock=$("$SCRIPTS/stock-kernel.sh" 6.12-cloud)
stock_stage=$(stage_of stock-6.12-cloud) stage=$(stage_of lint) built=yes
"$SCRIPTS/build-modules.sh" stock-6.12-cloud "$stock/build" DDI_EXAMPLES=y \
	>/dev/null || built=no
FRESH=1 "$SCRIPTS/build-modules.sh" lint "$kernel" W=1 -k \
	"${everything[@]}" >/dev/null 2>&1 || built=no
cp "$stage.log" "$CACHE/log/lint-gcc.log"

check 'everything compiles' test "$built" = yes

check 'checkpatch --strict' checkpatch $(files '*.c' '*.h')
check 'gcc W=1' gcc_warnings
check 'sparse' sparse
check 'kernel-doc -Wall -Werror' kernel_doc
check 'every export is documented' documented
check 'public headers are self-contained' self_contained
check 'private headers stay private' private_headers
check 'layers: includes and calls go one way' "$SCRIPTS/layers.py" "$stage"
check 'includes are sorted' sorted_includes
check 'no version checks outside include/compat' must_not_in_code \
	'LINUX_VERSION_CODE|KERNEL_VERSION|linux/version\.h' \
	$(files '*.c' '*.h' ':!include/compat')
check 'no BUG' must_not_in_code '\bBUG(_ON)?\(' $(files '*.c' '*.h')
check 'exports are as listed' exports
check 'modinfo is complete' complete_modinfo
check 'SPDX lines' licence_lines
check 'REUSE' reuse_lint
check 'shellcheck' shellcheck -x $(shell_scripts)
check 'python compiles' python3 -c 'import ast, sys
for n in sys.argv[1:]: ast.parse(open(n).read(), n)' $(files '*.py')
check 'every MUST rule has a test' \
	"$SCRIPTS/contract-coverage.py" --missing
check 'sabotage fits the tree' sabotage_fits
check 'documents are true to the tree' true_documents
check 'manual pages' manual_pages
check 'no paths of one machine' must_not \
	'(^|[^[:alnum:]_}])/(work|root|home/[a-z]+)/' $(files '*' ':!LICENSE')
check 'white space' white_space
tally
