#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The rules of the house that a machine can hold: SPDX lines, shellcheck, no
# warning from either compiler, no trace of the machine it was written on.

. tests/lib/tap.sh

files() {
	find . -path ./build -prune -o -path ./.git -prune -o -type f -print | sort
}
# What becomes a file of the image, and the licence itself, have no such line.
missing=$(files | grep -v -e '^./COPYING$' -e '^./README$' -e '^./usr/etc/' -e '^./tests/init/corpus/' -e '^./tests/tools/corpus-anatomy/' |
	while read -r f; do head -n 3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0' || echo "$f"; done)
is 'every file says its licence' "$missing" ''
is 'no trailing blanks' "$(files | grep -v -e COPYING -e '^./tests/tools/corpus-anatomy/' | xargs grep -ln '[[:blank:]]$')" ''
is 'no file is marked unfinished' "$(files | grep -v tests/style.t | xargs grep -lwE 'TODO|FIXME|XXX')" ''

scripts=$(files | while read -r f; do head -n 1 "$f" | grep -q '^#!/bin/sh' && echo "$f"; done)
if command -v shellcheck >/dev/null; then
	for f in $scripts; do
		ok "shellcheck $f" shellcheck -x "$f"
	done
else
	skip 'shellcheck' 'not installed'
fi

# Each C file of the host, by itself.
for cc in gcc clang; do
	if ! command -v $cc >/dev/null; then
		skip "no warnings from $cc" "$cc is not installed"
		continue
	fi
	for f in usr/*.c boot/*.c scripts/*.c scripts/lib/*.c tools/*/*.c scripts/kconfig/check-fragments.c tests/init/score/*.c; do
		ok "$cc: no warning in $f" $cc -std=gnu11 -Wall -Wextra -Werror -O2 -D_GNU_SOURCE -I scripts/lib -I tools/lib -I tools/anatomy \
			-c -o "$tmp/o" "$f"
	done
done
python=$(files | while read -r f; do
	case $f in *.py) echo "$f" ;; *) head -n 1 "$f" | grep -q '^#!.*python3$' && echo "$f" ;; esac; done)
# shellcheck disable=SC2086 # one word per file
ok 'python compiles' python3 -c '
import sys
for f in sys.argv[1:]: compile(open(f, encoding="utf-8").read(), f, "exec")' $python
done_testing
