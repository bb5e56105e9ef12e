# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# TAP for POSIX sh (https://testanything.org). A test sources this, calls ok,
# not_ok_cmd, is, like, skip, and ends with done_testing. $tmp is a directory of
# its own that goes when the test ends.

count=0 failed=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/bzinit-test.XXXXXX") || exit 1
trap 'chmod -R u+w "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}
# What prove shows without -v, too.
complain() { diag "$@" >&2; }

# result RC NAME: one line of TAP.
result() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		failed=$((failed + 1))
		echo "not ok $count - $2"
		complain "not ok $count - $2"
	fi
	return "$1"
}

# ok NAME COMMAND...: the command succeeds.
ok() {
	_name=$1
	shift
	_out=$("$@" 2>&1) && result 0 "$_name" && return
	result 1 "$_name"
	complain "failed: $*" "
$(printf '%s\n' "$_out" | tail -n 12)"
	return 1
}

# not_ok_cmd NAME COMMAND...: the command fails.
not_ok_cmd() {
	_name=$1
	shift
	if _out=$("$@" 2>&1); then
		result 1 "$_name"
		complain "should have failed: $*" "
$(printf '%s\n' "$_out" | tail -n 12)"
		return 1
	fi
	result 0 "$_name"
}

# is NAME GOT WANTED
is() {
	[ "$2" = "$3" ] && result 0 "$1" && return
	result 1 "$1"
	complain "got:    $2" "
wanted: $3"
	return 1
}

# like NAME TEXT ERE
like() {
	printf '%s\n' "$2" | grep -Eq -- "$3" && result 0 "$1" && return
	result 1 "$1"
	complain "wanted: /$3/ in:" "
$(printf '%s\n' "$2" | tail -n 12)"
	return 1
}

# unlike NAME TEXT ERE
unlike() {
	printf '%s\n' "$2" | grep -Eq -- "$3" || { result 0 "$1" && return; }
	result 1 "$1"
	complain "unwanted: /$3/ in:" "
$(printf '%s\n' "$2" | grep -E -- "$3" | head -n 10)"
	return 1
}

# skip NAME REASON
skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# group FUNCTION [ARGUMENT...]: some of the cases, unless ONLY="FUNCTION..." has others.
group() {
	case " ${ONLY-$1} " in *" $1 "*) "$@" ;; esac
}

# init_objects: those that init-src/Kbuild links init from.
init_objects() {
	sed -n '/^init-objs/,/[^\\]$/{s/^init-objs := //;s/\\$//;p;}' init-src/Kbuild
}

# skip_all REASON: end the whole test.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$count"
	[ "$failed" -eq 0 ]
	exit
}
