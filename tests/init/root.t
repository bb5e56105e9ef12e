#!/bin/sh
# shellcheck disable=SC2016,SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# root=: the machine goes on to a disk, found by each of its names, or stays in
# the initramfs and says why. The init on the disk checks its surroundings and
# sends its verdict through the status channel: 0 if all is as it should be.
# INIT_SRC, OBJECTS and ONLY are those of tests/init/init-lib.sh.

. tests/lib/build.sh

PATH=$PATH:/usr/sbin:/sbin
[ -n "${ONLY-}" ] || built guest guest_defconfig	# some cases alone need no look at it
src=${INIT_SRC:-init-src}
uuid=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9

# A small system: BusyBox and an init. CHECK is what differs between the cases.
root=$tmp/root
mkdir -p "$root/sbin" "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/etc"
cp "$(command -v busybox)" "$root/bin/busybox"
for link in sh grep cat test poweroff mount sync awk stat; do ln -s busybox "$root/bin/$link"; done
cat >"$root/bin/first" <<'END'
#!/bin/sh
tell() {
	for port in /sys/class/virtio-ports/*; do
		grep -q org.bzinit.status "$port/name" && echo "status $1" >"/dev/${port##*/}"
	done
	poweroff -f
}
[ $$ = 1 ] || tell 11
[ "$(stat -f -c %T /)" != tmpfs ] || tell 12
for m in /proc /sys /dev /run; do grep -q " $m " /proc/mounts || tell 13; done
grep -q '^SigBlk:.0*$' /proc/self/status || tell 14
[ -c /proc/self/fd/0 ] && [ -c /proc/self/fd/2 ] || tell 15
grep -q ' /sysroot' /proc/mounts && tell 16
! grep -q single /proc/cmdline || [ "$1" = single ] || tell 17
set -- /proc/1/fd/*	# 0-2, the script, and the directory itself
[ $# -le 5 ] || tell 18
read -r check </proc/cmdline
case $check in
*test=rw*) touch /written && sync || tell 21 ;;
*test=ro*) touch /written 2>/dev/null && tell 22 ;;
*test=over*) touch /written && [ -e /run/overlay/lower/bin/busybox ] &&
	! [ -e /run/overlay/lower/written ] || tell 23 ;;
*test=other*) [ "$0" = /bin/other ] || tell 24 ;;
esac
tell 0
END
chmod 755 "$root/bin/first"
cp "$root/bin/first" "$root/bin/other"
ln -s /bin/first "$root/sbin/init"	# absolute: seen from the new root
for link in ls touch; do ln -s busybox "$root/bin/$link"; done

mke2fs -q -t ext4 -U "$uuid" -L 'my root' -d "$root" "$tmp/ext4" 24m >"$log" 2>&1 || diag "$(cat "$log")"

# Programs made of INIT_SRC replace those in the image. $others-end also has an inittab
# that powers the machine off when it stays in the initramfs.
others=
if [ -n "${INIT_SRC-}" ]; then
	others=$tmp/others
	mkdir -p "$others/sbin" "$others/etc"
	[ -z "${OBJECTS-}" ] || cp -R "$OBJECTS" "$tmp/objects"
	compile_programs "${CC:-gcc}" "$tmp/objects" init switch-root/switch-root || exit
	cp "$tmp/objects/init" "$others/init"
	cp "$tmp/objects/switch-root/switch-root" "$others/sbin/switch-root"
	echo '::once:poweroff' >"$others/etc/inittab"
	(cd "$others" && printf '%s\n' init sbin/switch-root | cpio -o -H newc >"$others-stay"
		printf '%s\n' init sbin/switch-root etc/inittab | cpio -o -H newc >"$others-end") 2>"$log"
fi

# boots NAME OUTCOME STATUS DISK COMMAND-LINE
boots() {
	chosen "$1" || return 0
	mk run O="$BUILD/guest" TIMEOUT=60 DRIVE="$4" APPEND="$5" ${others:+INITRD="$others-end"}
	is "$1: $2 $3" "$(verdict "$BUILD/guest" outcome) $(verdict "$BUILD/guest" status)" "$2 $3" ||
		diag "$(tail -n 15 "$log")"
}

# --- superblocks: as the tools write them, and damaged ------------------------
cat >"$tmp/probe.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
#include "lib/sys.h"
#include "switch-root/switch-root.h"
int main(int argc, char **argv)
{
	static struct identity is;
	int fd, i;

	for (i = 1; i < argc; i++) {
		fd = open(argv[i], O_RDONLY);
		if (superblock_identify(fd, &is))
			printf("%s %s %s\n", is.type, is.id, is.label);
		else if (partition_identify(fd, 1, 512, &is))
			printf("partition %s %s\n", is.id, is.label);
		close(fd);
	}
	return 0;
}
END
printf 'int open(const char *, int, ...);\nint close(int);\n' >"$tmp/fcntl.h"
dashless=$(echo $uuid | tr -d -)
# known TOOL TYPE-ID-LABEL MAKE-COMMAND...: on a file of 320 MB full of holes
known() {
	_tool=$1 _want=$2
	shift 2
	command -v "$_tool" >/dev/null || { skip "$_tool: $_want" 'not installed here'; return; }
	rm -f "$tmp/fs"
	truncate -s 320m "$tmp/fs"
	"$_tool" "$@" >"$log" 2>&1 || diag "$(cat "$log")"
	is "$_tool: $_want" "$("$tmp/probe" "$tmp/fs")" "$_want"
}
damaged() {
	python3 - "$tmp" <<'END'
import glob, random, subprocess, sys
tmp, random = sys.argv[1], random.Random(1)
magics = [(0, b"XFSB"), (54, b"FAT16   "), (82, b"FAT32   "), (0x438, b"\x53\xef"),
          (0x400, b"\x10\x20\xf5\xf2"), (0x400, b"\xe2\xe1\xf5\xe0"), (0x8001, b"CD001"),
          (0x10040, b"_BHRfS_M"), (510, b"\x55\xaa"), (512, b"EFI PART")]
for n in range(400):
    size = random.choice([0, 1, 90, 511, 512, 1100, 2000, 33000, 66000, 70000])
    data = bytearray(random.randbytes(size))
    for at, magic in random.sample(magics, 2):
        data[at:at + len(magic)] = magic
    with open(f"{tmp}/bad.{n}", "wb") as f:
        f.write(data[:size])
sys.exit(subprocess.run([f"{tmp}/probe", *glob.glob(f"{tmp}/bad.*")], stdout=subprocess.DEVNULL).returncode)
END
}
superblocks() {
	ok 'the probe compiles' "${HOSTCC:-gcc}" -g -fsanitize=address,undefined -fno-sanitize-recover=all -Wall \
		-I "$tmp" -I "$src" -DCONFIG_INIT_HOSTNAME='""' -o "$tmp/probe" "$tmp/probe.c" \
		"$src/switch-root/superblock.c" "$src/lib/sys.c" "$src/lib/call.c"
	known mke2fs "ext4 $dashless a label" -q -t ext4 -U "$uuid" -L 'a label' "$tmp/fs"
	known mkfs.xfs "xfs $dashless label" -m "uuid=$uuid" -L label "$tmp/fs"
	known mkfs.btrfs "btrfs $dashless a label" -U "$uuid" -L 'a label' "$tmp/fs"
	known mkfs.f2fs "f2fs $dashless a label" -U "$uuid" -l 'a label' "$tmp/fs"
	known mkfs.vfat 'vfat 1234abcd LABEL' -F 32 -i 1234abcd -n LABEL "$tmp/fs"
	known mkfs.vfat 'vfat 1234abcd FAT16' -F 16 -i 1234abcd -n FAT16 "$tmp/fs"
	known mkfs.erofs "erofs $dashless " -U "$uuid" "$tmp/fs" "$root/etc"
	known mksquashfs 'squashfs  ' "$root" "$tmp/fs" -noappend
	known xorrisofs 'iso9660  LABEL' -quiet -V LABEL -o "$tmp/fs" "$root"
	ok 'damaged ones do no harm' damaged
}
group superblocks

# --- each name of a disk --------------------------------------------------------
boots 'by device' status 0 "$tmp/ext4" 'root=/dev/vda test=ro'
boots 'by UUID, in capitals' status 0 "$tmp/ext4" "root=UUID=$(echo $uuid | tr a-f A-F) ro test=ro"
boots 'by label, with a blank' status 0 "$tmp/ext4" '"root=LABEL=my root" test=ro'
boots 'by number' status 0 "$tmp/ext4" 'root=254:0 rootwait test=ro'
boots 'by number, the old way' status 0 "$tmp/ext4" 'root=fe00 rootfstype=ext4 test=ro'
boots 'another init, with words' status 0 "$tmp/ext4" 'root=/dev/vda init=/bin/other test=other -- single'
overlay() {
	before=$(hash_of "$tmp/ext4")
	boots overlay status 0 "$tmp/ext4" 'root=/dev/vda init.overlay rw test=over'
	is 'an overlay leaves the disk as it was' "$(hash_of "$tmp/ext4")" "$before"
}
writing() {
	boots writing status 0 "$tmp/ext4" 'root=/dev/vda ro rw test=rw'
	like 'what it wrote is on the disk' "$(debugfs -R 'stat /written' "$tmp/ext4" 2>&1)" 'Inode: '
}
group overlay
group writing

# Partitions: the tables are made here, byte by byte, as the specifications say.
python3 - "$tmp" <<'END'
import binascii, struct, sys, uuid
tmp = sys.argv[1]
with open(f"{tmp}/ext4", "rb") as f:
    fs = f.read()
sectors = len(fs) // 512
mbr = bytearray(512)
mbr[440:444] = struct.pack("<I", 0xdeadbe0f)
mbr[446:462] = struct.pack("<B3sB3sII", 0, b"", 0x83, b"", 2048, sectors)
mbr[510:] = b"\x55\xaa"
with open(f"{tmp}/mbr", "wb") as f:
    f.write(mbr + bytes(2047 * 512) + fs)
total = 2048 + sectors + 34
part = (uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4").bytes_le
        + uuid.UUID("12345678-9abc-def0-1122-334455667788").bytes_le
        + struct.pack("<QQQ", 2048, 2047 + sectors, 0) + "the root".encode("utf-16-le"))
entries = (part.ljust(128, b"\0")).ljust(128 * 128, b"\0")

def header(mine, other, table):
    h = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, mine, other, 34,
                    total - 34, uuid.uuid4().bytes_le, table, 128, 128, binascii.crc32(entries))
    return (h[:16] + struct.pack("<I", binascii.crc32(h)) + h[20:]).ljust(512, b"\0")

protective = bytearray(512)
protective[446:462] = struct.pack("<B3sB3sII", 0, b"", 0xee, b"", 1, total - 1)
protective[510:] = b"\x55\xaa"
disk = protective + header(1, total - 1, 2) + entries
disk = disk.ljust(2048 * 512, b"\0") + fs + bytes(512) + entries + header(total - 1, 1, total - 33)
with open(f"{tmp}/gpt", "wb") as f:
    f.write(disk)
END
boots 'by PARTUUID of an MBR' status 0 "$tmp/mbr" 'root=PARTUUID=deadbe0f-01 test=ro'
boots 'by PARTUUID of a GPT' status 0 "$tmp/gpt" 'root=PARTUUID=12345678-9ABC-def0-1122-334455667788 test=ro'
boots 'by PARTLABEL' status 0 "$tmp/gpt" '"root=PARTLABEL=the root" test=ro'

# --- refusals: the initramfs stays whole, with a shell that can be typed to -------
typed() {
	for second in 1 2 3 4 5 6 7 8 9 10; do
		sleep "$second"
		echo '[ -e /init ] && ! [ -e /sysroot/sbin ] && poweroff' || return
	done 2>/dev/null
}
stays() {
	chosen "$1" || return 0
	typed | make run O="$BUILD/guest" TIMEOUT=60 DRIVE="$2" APPEND="$3" ${others:+INITRD="$others-stay"} >"$log" 2>&1
	is "$1: stays in the initramfs" "$(verdict "$BUILD/guest" outcome)" poweroff
	like "$1: and says why" "$(cat "$BUILD/guest/console.log")" "$4"
}
mkdir "$tmp/none"
: >"$tmp/none/init"
mke2fs -q -t ext4 -d "$tmp/none" "$tmp/no-init" 4m >"$log" 2>&1
truncate -s 4m "$tmp/zeros"
stays 'no init there' "$tmp/no-init" 'root=/dev/vda' 'no /sbin/init.* that can be executed'
stays 'no such init' "$tmp/ext4" 'root=/dev/vda init=/bin/nothing' 'no /bin/nothing that can'
stays 'no such device' "$tmp/ext4" 'root=UUID=1234-5678 rootwait=1' 'not there after 1 s.*vda'
stays 'no file system' "$tmp/zeros" 'root=/dev/vda' 'cannot mount root=/dev/vda.*no file system'
stays 'no sense' "$tmp/ext4" 'root=nonsense' 'root=nonsense: not a device'
workload() {
	mk run O="$BUILD/guest" TIMEOUT=60 DRIVE="$tmp/ext4" APPEND=root=/dev/vda ${others:+INITRD="$others-stay"} \
		CMD='sh -c "exit 3"'
	is 'a workload goes before' "$(verdict "$BUILD/guest" status)" 3
}
group workload
done_testing
