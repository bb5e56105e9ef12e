#!/bin/sh
# shellcheck disable=SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# root=: the machine goes on to a real Debian, unpacked from its packages, whose
# systemd takes over as PID 1 and finds what it expects of an initramfs. Its
# verdict comes back by the status channel.

. tests/lib/build.sh

PATH=$PATH:/usr/sbin:/sbin
for tool in apt-get apt-cache dpkg mke2fs debugfs; do
	command -v $tool >/dev/null || skip_all "no $tool"
done

# Downloaded once, for all runs in one build directory.
packages=$BUILD/debian-packages
download() {
	[ ! -d "$packages" ] || return 0
	mkdir "$tmp/packages"
	# shellcheck disable=SC2046 # one word per package
	(cd "$tmp/packages" && apt-get -q download $(
		apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
			--no-replaces --no-enhances systemd-sysv bash dash coreutils base-files \
			base-passwd util-linux mount grep sed | grep '^[a-z]' | sort -u) >"$log" 2>&1) ||
		skip_all "apt-get cannot download: $(tail -n 1 "$log")"
	mkdir -p "$BUILD"
	mv "$tmp/packages" "$packages"
}
download
built guest guest_defconfig

root=$tmp/root
mkdir "$root"
for package in "$packages"/*.deb; do dpkg -x "$package" "$root" || exit; done
for file in passwd group; do cp "$root/usr/share/base-passwd/$file.master" "$root/etc/$file"; done
: >"$root/etc/machine-id"
echo '/dev/vda / ext4 rw 0 1' >"$root/etc/fstab"
cat >"$root/verdict" <<'END'
status=0
[ "$(cat /proc/1/comm)" = systemd ] || status=11
[ "$(stat -f -c %T /)" = ext2/ext3 ] || status=12
[ "$(readlink -f /proc/1/root)" = / ] || status=13
grep -q ' /sysroot' /proc/mounts && status=14
[ "$(grep -c ' /proc proc' /proc/mounts)" = 1 ] || status=15
[ "$(grep -c ' /dev devtmpfs' /proc/mounts)" = 1 ] || status=16
systemctl is-active -q systemd-journald || status=17
[ -z "$(systemctl --failed --no-legend)" ] || status=18
grep -q ' / ext4 rw' /proc/mounts || status=19
echo "$status $(systemctl --failed --no-legend)" >/told
for port in /sys/class/virtio-ports/*; do
	grep -q org.bzinit.status "$port/name" && echo "status $status" >"/dev/${port##*/}"
done
systemctl poweroff
END
cat >"$root/etc/systemd/system/verdict.service" <<'END'
[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh /verdict
END
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../verdict.service "$root/etc/systemd/system/multi-user.target.wants/verdict.service"
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else unshare -Ur "$@"; fi
}
ok 'a disk with a Debian on it' as_root mke2fs -q -F -t ext4 -L debian -d "$root" "$tmp/disk" 400m

mk run O="$BUILD/guest" TIMEOUT=180 MEMORY=512 DRIVE="$tmp/disk" APPEND='root=LABEL=debian rw'
is 'systemd is PID 1 there, and content' \
	"$(verdict "$BUILD/guest" outcome) $(verdict "$BUILD/guest" status)" 'status 0' ||
	diag "$(debugfs -R 'cat /told' "$tmp/disk" 2>&1; tail -n 30 "$log")"
like 'which powers off with a clean disk' "$(dumpe2fs -h "$tmp/disk" 2>/dev/null)" \
	'Filesystem state: *clean'
unlike 'and an empty journal' "$(dumpe2fs -h "$tmp/disk" 2>/dev/null)" needs_recovery
done_testing
