#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-plots: draw the figures of docs/bench, or of another folder.
#
# usage: bench-plots.sh [FOLDER]

. "$(dirname "$0")/lib.sh"

dir=${1:-$TOP/docs/bench}
"$SCRIPTS/setup.sh" plots
[ -e "$dir/pairs.csv" ] || die "there is no $dir/pairs.csv; run make bench first"
plots=$("$SCRIPTS/bench-plots.py" "$dir")
for plot in $plots; do
	note "${plot#"$TOP/"}"
done
