#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# busybox.sh PATH - print a list that has the BusyBox at PATH as /bin/busybox
# and, for each applet that it says it has, a symbolic link where it says.
# Fails with one line when there is no BusyBox that runs here.

busybox=$1

fail() {
	echo "bzinit: USR_BUSYBOX_PATH: $busybox $1" >&2
	exit 1
}

remedy='install the package busybox-static (scripts/setup does), or set the path in menuconfig'

case $busybox in
*[[:space:]]*) fail 'has white space, which a list cannot express: use a link' ;;
esac
[ -n "$busybox" ] || fail "names no program: $remedy"
[ -e "$busybox" ] || fail "does not exist: $remedy"
if [ ! -f "$busybox" ] || [ ! -x "$busybox" ]; then
	fail "is not a program: $remedy"
fi
# A configuration that somebody else wrote must not make us run any other program.
LC_ALL=C grep -q 'BusyBox v[0-9]' "$busybox" || fail "is no BusyBox: $remedy"
applets=$("$busybox" --list-full </dev/null 2>/dev/null) ||
	fail "does not run on this machine, or is no BusyBox (--list-full failed): $remedy"
printf '%s\n' "$applets" | grep -qx 'bin/sh' ||
	fail "is no BusyBox with a shell (--list-full does not name bin/sh): $remedy"

echo "# BusyBox and its applets, by usr/busybox.sh. linuxrc and init are left out:"
echo "# PID 1 is ours."
echo "file /bin/busybox $busybox 0755 0 0"
printf '%s\n' "$applets" | while read -r applet; do
	case $applet in
	linuxrc | sbin/init | bin/busybox) ;;
	*) echo "slink /$applet /bin/busybox 0777 0 0" ;;
	esac
done
