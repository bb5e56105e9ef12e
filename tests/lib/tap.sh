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

# chosen GROUP: is this group of cases to be run? ONLY="GROUP..." has just those, with
# _ for a blank.
chosen() {
	_chosen=$(printf '%s' "$1" | tr ' ' _)
	case " ${ONLY-$_chosen} " in *" $_chosen "*) ;; *) return 1 ;; esac
}

# group FUNCTION [ARGUMENT...]: run it, if it is chosen.
group() {
	! chosen "$1" || "$@"
}

# objects_of PROGRAM [DIR]: those that DIR/Kbuild, init-src without it, links it from.
objects_of() {
	printf 'include %s/Kbuild\nall:; @echo $(%s-objs)\n' "${2-init-src}" "$1" |
		make -s -f - all CONFIG_INIT_CGROUP=y CONFIG_INIT_CONTROL=y CONFIG_INIT_NOTIFY=y \
			CONFIG_INIT_KEXEC=y
}

# compile_objects CC DIR OBJECT...: from $src, with the machine's own libc. An object that
# is in DIR is taken as it is.
# shellcheck disable=SC2154 # src is set by who calls it
compile_objects() {
	_cc=$1 _dir=$2
	shift 2
	for f; do
		[ ! -e "$_dir/$f" ] || continue
		mkdir -p "$(dirname "$_dir/$f")"
		# shellcheck disable=SC2086 # CC may be "ccache gcc"
		$_cc -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -O1 -I"$src" \
			-DCONFIG_INIT_HOSTNAME='"testhost"' -DCONFIG_INIT_CONSOLE_LOGLEVEL=4 \
			-DCONFIG_INIT_CONSOLE_COMMAND="\"/bin/sh\"" -DCONFIG_INIT_CGROUP=1 -DCONFIG_INIT_CONTROL=1 \
			-DCONFIG_INIT_NOTIFY=1 -DCONFIG_INIT_KEXEC=1 \
			-c -o "$_dir/$f" "$src/${f%.o}.c" || return
	done
}

# compile_programs CC DIR PROGRAM...: of init-src, in DIR, from their objects there.
# shellcheck disable=SC2086 # one word per object
compile_programs() {
	_cc=$1 _dir=$2
	shift 2
	for _program; do
		_objects=$(objects_of "$_program") &&
			compile_objects "$_cc" "$_dir" $_objects &&
			(cd "$_dir" && $_cc -static -o "$_program" $_objects) || return
	done
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
