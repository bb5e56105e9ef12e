#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Our init does each duty of tests/init/init-score. Each case can also fail: a fault that is
# put into a copy of our init turns it to "no" (tests/init/score/mutants).
#
#   INIT_SRC=DIR   sources to compile instead of init-src (to see a case fail)
# shellcheck source-path=SCRIPTDIR/../..
. tests/lib/tap.sh

score() {
	tests/init/init-score --src "${INIT_SRC:-init-src}" --init bzinit "$@" </dev/null
}

for n in busybox strace; do
	command -v $n >/dev/null || skip_all "no $n: run scripts/setup"
done
unshare -Urmpfu true 2>/dev/null || unshare -mpfu true 2>/dev/null ||
	skip_all "no namespaces for this user (unshare -Urmpfu fails)"

# All at a time: they wait more than they work.
score --mutants --case '[a-r]*' >"$tmp/mutants-1" 2>&1 &
score --mutants --case '[s-z]*' >"$tmp/mutants-2" 2>&1 &
score -v --json "$tmp/all.json" >"$tmp/table" 2>"$tmp/cases"
rc=$?
wait
while read -r name _ verdict seen; do
	ok "$name $seen" test "$verdict" = yes
done <"$tmp/cases"
is 'all cases were run' "$(wc -l <"$tmp/cases")" "$(score --list | wc -l)"
is 'the exit status tells' "$rc" "$(grep -q ': no ' "$tmp/cases" && echo 1 || echo 0)"
ok 'the JSON file can be read' python3 -m json.tool "$tmp/all.json"

cat "$tmp/mutants-1" "$tmp/mutants-2" >"$tmp/mutants"
while read -r name verdict wrong; do
	is "seen by ${name%:}: $wrong" "${verdict%:}" no
done <"$tmp/mutants"
like 'each case has seen a fault' "$(wc -l <"$tmp/mutants") $(score --list | wc -l)" '^([0-9]+) \1$'

for n in '--case no-such-case' '--init nothing' '--init bzinit=/none' '--src /none'; do
	# shellcheck disable=SC2086 # options
	tests/init/init-score $n >"$tmp/out" 2>&1
	is "a wrong call is refused: $n" "$? $(wc -l <"$tmp/out")" '2 1'
done
done_testing
