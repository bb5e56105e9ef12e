#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tools/anatomy names each byte once, and what it extracts is what went in: on
# images that are made here, and on real ones, where there are some.

. tests/tools/anatomy-lib.sh

out=$(make O="$tmp/o" anatomy KERNEL="$tmp/plain" 2>&1)
is 'make anatomy KERNEL= succeeds' $? 0
like '... and says what is in it' "$out" '^ *0xff8 +4 +end of setup$'
is '... without a configuration or an image' "$(find "$tmp/o" -maxdepth 1 ! -name '.[lb]*' | sort | tr '\n' ' ')" \
	"$tmp/o $tmp/o/tools "
build_tools

# Each file of tools/lib calls only files below it, so that it can be read with those alone.
# Addresses in tables count, too.
uses() {
	for f in tools/lib/*.c; do
		o=${fast%/*}/$(basename "$f" .c).o
		nm -g --defined-only "$o" | sed "s,.* ,has $f ,"
		nm -gu "$o" | sed "s,.* ,uses $f ,"
	done | awk '{ if ($1 == "has") home[$3] = $2; else line[++n] = $2 " " $3 }
		END { for (i = 1; i <= n; i++) { split(line[i], w, " "); if (w[2] in home) print w[1], home[w[2]] } }'
}
is 'the readers do not call each other in circles' "$(uses | tsort 2>&1 >/dev/null)" ''
is '... and what they call is known' "$(uses | grep -c '^tools/lib/kernel.c tools/lib/bzimage.c$')" 2

# --- what is good ------------------------------------------------------------

# whole NAME FILE: its JSON is in $tmp/json, its layers add up, the table says as much
whole() {
	rm -f "$tmp/json"
	ok "$1: is read" sh -c "'$anatomy' --json '$2' >'$tmp/json' && '$anatomy' '$2' >'$tmp/table'"
	ok "$1: ranges add up" ask "$tmp/json" sums "$2"
}
# gives NAME FILE LAYER WANTED: extraction gives the bytes of a file, both ways
gives() {
	rm -f "$tmp/x"
	ok "$1: $3 is what went in" sh -c "'$anatomy' --extract $3 -o '$tmp/x' '$2' && cmp '$tmp/x' '$4' &&
		'$anatomy' --extract $3 '$2' | cmp - '$4'"
}

for c in plain none $compressors; do
	mk "$tmp/vmlinux" vmlinux initramfs="$tmp/cpio" config="$tmp/config"
	case $c in plain|none) ;; *) program_of "$c" || continue ;; esac
	mk "$tmp/bz" bzImage compressor="$c" initramfs="$tmp/cpio" config="$tmp/config" relocs=0
	whole "$c" "$tmp/bz"
	gives "$c" "$tmp/bz" vmlinux "$tmp/vmlinux"
	gives "$c" "$tmp/bz" initramfs "$tmp/cpio"
	gives "$c" "$tmp/bz" config "$tmp/config"
	case $c in plain|none) continue ;; esac
	is "$c: is recognized" "$(ask "$tmp/json" field stream compressor)" "$c"
	"$anatomy" --extract payload "$tmp/bz" >"$tmp/p"
	ok "$c: the payload is one stream, no byte more" \
		sh -c "$program -dc <'$tmp/p' >'$tmp/x' && cmp '$tmp/x' '$tmp/vmlinux'"
	# An initramfs compressed by it, by itself and in a kernel
	$program -qc <"$tmp/cpio" >"$tmp/packed"
	whole "$c: compressed initramfs" "$tmp/packed"
	gives "$c: compressed initramfs" "$tmp/packed" initramfs "$tmp/cpio"
	mk "$tmp/bz" bzImage compressor="$c" initramfs="$tmp/packed"
	whole "$c: compressed initramfs in a kernel" "$tmp/bz"
	gives "$c: compressed initramfs in a kernel" "$tmp/bz" initramfs "$tmp/cpio"
	$program -qc <"$tmp/vmlinux" >"$tmp/packed"
	whole "$c: compressed vmlinux" "$tmp/packed"
	gives "$c: compressed vmlinux" "$tmp/packed" vmlinux "$tmp/vmlinux"
done

whole 'PE' "$tmp/plain"
is 'a field of the setup header' "$(ask "$tmp/json" field setup_header setup_sects)" 7
is 'another' "$(ask "$tmp/json" field setup_header pref_address)" 16777216
is 'the version in the setup' "$(ask "$tmp/json" layer setup_version note)" '6.12.0-made #1'
is 'the version in the vmlinux' "$(ask "$tmp/json" field vmlinux version)" 'Linux version 6.12.0-made (nobody@nowhere) #1'
is 'the entry point' "$(ask "$tmp/json" field vmlinux e_entry)" 16777216
is 'the memory that .bss takes' "$(ask "$tmp/json" field vmlinux .bss)" 12345
is 'the EFI entry' "$(ask "$tmp/json" field code 'EFI entry')" 4160
is 'PE sections' "$(ask "$tmp/json" views)" '512+3584 PE section .setup
4096+3616 PE section .text'
is 'relocations' "$(ask "$tmp/json" lists)" '64-bit relocations: 2 of them and a zero
inverse 32-bit relocations: 3 of them and a zero
32-bit relocations: 4 of them and a zero'
is 'the checksum holds' "$(ask "$tmp/json" layer crc note)" 'of all before it'
is 'the command line, by the configuration' "$(ask "$tmp/json" field vmlinux 'command line')" 'say="yes" ro'
is 'members of the archive' "$(ask "$tmp/json" members)" "$(cat <<'END'
drwxr-xr-x dev
crw------- dev/console 5:1
brw-r----- dev/sda 8:0
drwxr-xr-x etc
-rw-r--r-- etc/motd
-rwsr-xr-x init
-rw------- odd \x1b[2J\xff name
lrwxrwxrwx sh -> /bin/busybox
prw-r--r-- pipe
drwxrwxrwt tmp
END
)"
ok 'the table has no control character' sh -c "! LC_ALL=C grep -q '[^ -~]' '$tmp/table'"
like '... but says what is there' "$(cat "$tmp/table")" 'odd \\x1b\[2J\\xff name'
mk "$tmp/bz" bzImage relocs=2 cmdline='quiet ro'
whole 'a newer kernel' "$tmp/bz"
is 'no inverse relocations' "$(ask "$tmp/json" lists | cut -d ' ' -f 1 | tr '\n' ' ')" '64-bit 32-bit '
is 'the command line, by its shape' "$(ask "$tmp/json" layer cmdline note)" 'quiet ro'
mk "$tmp/bz" bzImage relocs=1
whole 'one list behind a 64-bit kernel' "$tmp/bz"
is '... is no relocations' "$(ask "$tmp/json" layer unaccounted size) $(ask "$tmp/json" lists)" '12 '
cp "$tmp/plain" "$tmp/bz"
# The last relocation is before the size, kernel_info and the checksum.
at=$(($(LC_ALL=C grep -abo LToP "$tmp/bz" | cut -d : -f 1) - 112 - 4 - 4))
printf '\377\377\377\177' | dd of="$tmp/bz" bs=1 seek="$at" conv=notrunc status=none
whole 'a list with an address elsewhere' "$tmp/bz"
is '... is no relocations' "$(ask "$tmp/json" layer unaccounted size) $(ask "$tmp/json" lists)" '48 '
mk "$tmp/bz" bzImage bits=32 relocs=1 symbols=1 cmdline=ro initramfs="$tmp/cpio"
whole '32 bit' "$tmp/bz"
is '32 bit: relocations' "$(ask "$tmp/json" lists)" '32-bit relocations: 2 of them and a zero'
like '32 bit: the command line, by its symbol' "$(cat "$tmp/table")" 'command line +ro  built in; by the symbol'
gives '32 bit' "$tmp/bz" initramfs "$tmp/cpio"
mk "$tmp/bz" bzImage sign=1
whole 'signed' "$tmp/bz"
like 'signed: the certificate' "$(cat "$tmp/table")" ' 24 +certificate  PKCS #7 SignedData$'
is 'signed: the checksum from before holds' "$(ask "$tmp/json" layer crc note)" \
	'of all before it, as it was before signing'
# iPXE and memtest86+ do not fill their last 16 bytes up, QEMU and GRUB boot them.
mk "$tmp/bz" bzImage
printf '\7' | dd of="$tmp/bz" bs=1 seek=518 conv=notrunc status=none
truncate -s -15 "$tmp/bz"
whole 'syssize ends 15 bytes behind the file' "$tmp/bz"
mk "$tmp/bz" bzImage setup=4
printf '\0' | dd of="$tmp/bz" bs=1 seek=497 conv=notrunc status=none
whole 'setup_sects of 0' "$tmp/bz"
is 'setup_sects of 0: is 4' "$(ask "$tmp/json" layer setup size)" 2560
printf '\7' | dd of="$tmp/bz" bs=1 seek=518 conv=notrunc status=none
whole 'an older protocol' "$tmp/bz"
is 'an older protocol: says what it does not tell' "$(ask "$tmp/json" layer code note)" \
	'the header does not say where the payload is'
unlike 'an older protocol: does not show later fields' "$(cat "$tmp/table")" 'payload_offset|pref_address'
mk "$tmp/vm" vmlinux symbols=1
whole 'a vmlinux' "$tmp/vm"
is 'no command line, by the symbols' "$(ask "$tmp/json" field vmlinux 'command line')" none
mk "$tmp/vm" vmlinux sections=0 initramfs="$tmp/cpio" cmdline=ro
whole 'a vmlinux without sections' "$tmp/vm"
gives 'a vmlinux without sections' "$tmp/vm" initramfs "$tmp/cpio"
is '... no command line' "$(ask "$tmp/json" field vmlinux 'command line')" 'cannot be found'
mk "$tmp/crc" cpio format=crc
{ cat "$tmp/crc"; head -c 512 /dev/zero; gzip -c "$tmp/cpio"; xz -c "$tmp/cpio"; } >"$tmp/several"
whole 'several archives' "$tmp/several"
{ cat "$tmp/crc" "$tmp/cpio" "$tmp/cpio"; } >"$tmp/joined"
"$anatomy" --extract initramfs "$tmp/several" >"$tmp/x"
{ cat "$tmp/crc"; head -c 512 /dev/zero; cat "$tmp/cpio" "$tmp/cpio"; } >"$tmp/wanted"
ok 'several archives: unpacked, one after the other' cmp "$tmp/x" "$tmp/wanted"
{ cat "$tmp/crc"; gzip -c </dev/null; { printf '\0\0\0\0'; cat "$tmp/cpio"; } | gzip -c; } >"$tmp/x"
whole 'nothing, or zeros, compressed behind an archive' "$tmp/x"
mk "$tmp/vm" vmlinux initramfs="$tmp/several"
whole 'several archives in a kernel' "$tmp/vm"
is 'all of them' "$(ask "$tmp/json" members | grep -c console)" 3
is 'each kind of layer is documented' "$(for f in "$tmp/plain" "$tmp/bz" "$tmp/several" "$tmp/vm"; do
	"$anatomy" --json "$f" >"$tmp/json"; ask "$tmp/json" kinds; done | sort -u |
	while read -r kind; do grep -q "^| \`$kind\`" Documentation/anatomy-json.md || echo "$kind"; done)" ''

# --- other processors, and programs for the firmware -------------------------

for arch in arm64 riscv64; do
	for pe in 0 1; do
		mk "$tmp/image" Image arch=$arch pe=$pe initramfs="$tmp/cpio" config="$tmp/config"
		whole "$arch Image, pe=$pe" "$tmp/image"
		gives "$arch Image, pe=$pe" "$tmp/image" initramfs "$tmp/cpio"
		gives "$arch Image, pe=$pe" "$tmp/image" config "$tmp/config"
		gives "$arch Image, pe=$pe" "$tmp/image" image "$tmp/image"
	done
	is "$arch: its size in memory" "$(ask "$tmp/json" field image_header image_size)" 1048576
	is "$arch: its version" "$(ask "$tmp/json" field kernel_image version)" 'Linux version 6.12.0-made (nobody@nowhere) #1'
	is "$arch: its command line" "$(ask "$tmp/json" field kernel_image 'command line')" 'say="yes" ro'
	like "$arch: --at" "$("$anatomy" --at 17 "$tmp/image")" 'image_size = 1048576  bytes of memory it needs there$'
	gzip -c "$tmp/image" >"$tmp/packed"
	whole "$arch Image.gz" "$tmp/packed"
	gives "$arch Image.gz" "$tmp/packed" image "$tmp/image"
	for c in gzip zstd; do
		program_of $c || continue
		mk "$tmp/zboot" zboot arch=$arch compressor=$c initramfs="$tmp/cpio" config="$tmp/config"
		whole "$arch zboot, $c" "$tmp/zboot"
		is "$arch zboot, $c: is recognized" "$(ask "$tmp/json" layer image name)" 'EFI zboot image'
		gives "$arch zboot, $c" "$tmp/zboot" image "$tmp/image"
		gives "$arch zboot, $c" "$tmp/zboot" initramfs "$tmp/cpio"
		"$anatomy" --extract payload "$tmp/zboot" >"$tmp/p"
		ok "$arch zboot, $c: the payload is one stream" sh -c "$program -dc <'$tmp/p' | cmp - '$tmp/image'"
	done
done
mk "$tmp/bz" bzImage sign=1 initramfs="$tmp/crc" config="$tmp/config"
printf 'console=ttyS0 quiet' >"$tmp/line"
printf 'ID=made\nNAME="A name"\n' >"$tmp/osrel"
python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack(">10I", 0xd00dfeed, 56, 40, 56, 40, 17, 16, 0, 0, 16) + bytes(16))' >"$tmp/dtb"
mk "$tmp/uki" efi osrel="$tmp/osrel" cmdline="$tmp/line" dtb="$tmp/dtb" initrd="$tmp/cpio" splash="$tmp/line" linux="$tmp/bz"
whole 'a UKI' "$tmp/uki"
is 'it is recognized' "$(ask "$tmp/json" layer image name)" 'unified kernel image (UKI)'
like 'its command line' "$(cat "$tmp/table")" '^  line 1  *console=ttyS0 quiet$'
like 'a line of its os-release' "$(cat "$tmp/table")" '^  line 2  *NAME="A name"$'
like 'its device tree' "$(cat "$tmp/table")" '^  last_comp_version  *16$'
is 'the kernel in it: a field' "$(ask "$tmp/json" field setup_header setup_sects)" 7
is 'the kernel in it: the checksum holds' "$(ask "$tmp/json" layer crc note)" 'of all before it, as it was before signing'
gives 'a UKI' "$tmp/uki" section:.linux "$tmp/bz"
gives 'a UKI' "$tmp/uki" section:.cmdline "$tmp/line"
gives 'a UKI, its initrd and not that of the kernel' "$tmp/uki" initramfs "$tmp/cpio"
gives 'a UKI' "$tmp/uki" config "$tmp/config"
at=$(ask "$tmp/json" layer setup_header offset)
like '--at: from the outside to the field of the kernel in it' "$("$anatomy" --at $((at + 17)) "$tmp/uki" | tr '\n' '~')" \
	'UKI.*PE section .linux.*boot sector and setup.*setup header.*header = 0x53726448'
mk "$tmp/image" Image
mk "$tmp/uki2" efi initrd="$tmp/cpio" linux="$tmp/image"
whole 'a UKI of arm64' "$tmp/uki2"
mk "$tmp/efi" efi sbat="$tmp/line"
whole 'another program for the firmware' "$tmp/efi"
is 'it is not taken for a UKI' "$(ask "$tmp/json" layer image name)" 'EFI program'
is 'each kind of layer of these is documented' "$(for f in "$tmp/uki" "$tmp/uki2" "$tmp/zboot"; do
	"$anatomy" --json "$f" >"$tmp/json"; ask "$tmp/json" kinds; done | sort -u |
	while read -r kind; do grep -q "^| \`$kind\`" Documentation/anatomy-json.md || echo "$kind"; done)" ''

# --- a file in the archives --------------------------------------------------

file() {
	_name=$1 _image=$2 _path=$3 _wanted=$4
	is "file: $_name" "$("$anatomy" --extract "file:$_path" "$_image" 2>&1)" "$_wanted"
}
t=$tmp/tree
mkdir -p "$t/usr/sbin" "$t/etc" && echo one >"$t/usr/sbin/real" && ln -s real "$t/usr/sbin/init" &&
	ln -s usr/sbin "$t/sbin" && ln -s /sbin/init "$t/init" && ln -s ../../etc/./motd "$t/usr/sbin/up" &&
	ln -s loop "$t/loop" && echo hello >"$t/etc/motd" && ln "$t/etc/motd" "$t/etc/zz" && ln "$t/etc/motd" "$t/aa"
(cd "$t" && find . | sort | cpio -o -H newc --quiet) >"$tmp/tree.cpio"
for image in "$tmp/tree.cpio" "$tmp/tree.bz"; do
	[ -e "$image" ] || mk "$image" bzImage initramfs="$tmp/tree.cpio"
	file 'by its own path' "$image" usr/sbin/real one
	file 'behind links' "$image" /init one
	file 'behind a link upwards' "$image" //sbin/./up hello
	file 'out of the root' "$image" ../../etc/motd hello
	file 'hard links: the first' "$image" /aa hello
	file 'hard links: the second' "$image" /etc/motd hello
	file 'hard links: the last' "$image" /etc/zz hello
	like 'file: a directory' "$("$anatomy" --extract file:/etc "$image" 2>&1)" 'no regular file$'
	like 'file: none' "$("$anatomy" --extract file:/none "$image" 2>&1)" '/none cannot be extracted: no archive'
	like 'file: a loop' "$("$anatomy" --extract file:/loop "$image" 2>&1)" 'too many symbolic links$'
done
echo two >"$t/usr/sbin/real" && (cd "$t" && echo usr/sbin/real | cpio -o -H newc --quiet | gzip) >"$tmp/more"
cat "$tmp/tree.cpio" "$tmp/more" >"$tmp/both"
file 'a later archive replaces it' "$tmp/both" /init two
mk "$tmp/bz" bzImage initramfs="$tmp/tree.cpio"
(cd "$t" && find . | sort | cpio -o -H newc --quiet) >"$tmp/tree2.cpio"
mk "$tmp/uki" efi initrd="$tmp/tree2.cpio" linux="$tmp/bz"
file 'the initrd of a UKI replaces it, wherever it stands' "$tmp/uki" /init two
"$anatomy" --json "$tmp/more" >"$tmp/json"
is 'where the content of a member is, in JSON' "$(ask "$tmp/json" field member content)" 4
"$anatomy" --at 0x20e "$tmp/plain" >"$tmp/x"
is '--at: from the outside to the field' "$(sed 's/^ *[^ ]* *[^ ]*  //; s/  .*//' "$tmp/x")" 'x86 boot image (bzImage)
PE section .setup
boot sector and setup
setup header
kernel_version = 0xa0'
like '--at: what is compressed' "$("$anatomy" --at 4868 "$tmp/plain")" 'compressed: one byte of it'
not_ok_cmd '--at: behind the end' "$anatomy" --at 99999 "$tmp/plain"

# --- what is real ------------------------------------------------------------

# The smallest of ours, and what other tests have built.
[ -z "${BUILD-}" ] || ok 'there is an image of ours' make -s O="$BUILD/tiny" tiny_defconfig all
for dir in "${BUILD:-build/tests}"/*/; do
	image=${dir}bzImage
	name=$(basename "$dir")
	# Not one that is being built
	[ -n "$(find "$image" -newer "${dir}linux/arch/x86/boot/compressed/vmlinux.bin" \
		-newer "${dir}usr/initramfs.list" 2>/dev/null)" ] || continue
	whole "$name" "$image"
	is "$name: its files are those of the list" "$(ask "$tmp/json" members | sort)" \
		"$(python3 -B tests/tools/askjson.py "${dir}usr/initramfs.list" list | sort)"
	like "$name: the checksum holds" "$(ask "$tmp/json" layer crc note)" 'of all before it'
	is "$name: its version is that of the vmlinux" "$(ask "$tmp/json" field vmlinux version | cut -d ' ' -f 3)" \
		"$(cat "${dir}linux/include/config/kernel.release")"
	is "$name: the segments of its /init are those of the program" "$(ask "$tmp/json" segments init)" \
		"$(readelf -lW "$dir$(sed -n 's,^file /init \.\./\([^ ]*\) .*,\1,p' "${dir}usr/initramfs.list")" | grep -v GNU_STACK | awk 'NF > 7 && $2 ~ /^0x/ {
			f = ""; for (i = 7; i < NF; i++) f = f $i; print $1, $2, $3, $5, $6, f }')"
	"$anatomy" --extract vmlinux -o "$tmp/x" "$image"
	# arch/x86/boot/compressed makes the one from the other.
	ok "$name: the vmlinux is the one that was built" cmp "$tmp/x" "${dir}linux/arch/x86/boot/compressed/vmlinux.bin"
	wanted=$(sed -n 's/^CONFIG_CMDLINE="\(.*\)"$/\1/p' "${dir}linux/.config")
	[ -z "$wanted" ] || is "$name: the built-in command line" "$(ask "$tmp/json" field vmlinux 'command line')" "$wanted"
	if grep -q '^CONFIG_IKCONFIG=y' "${dir}linux/.config"; then
		gives "$name" "$image" config "${dir}linux/.config"
	else
		skip "$name: the configuration" 'CONFIG_IKCONFIG is not set'
	fi
done
if [ -f "${DISTRO_KERNEL-}" ]; then
	ok "the distribution's kernel" "$fast" "$DISTRO_KERNEL"
	# Of processor time: others may be at work
	took=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(int(1000 * (used.ru_utime + used.ru_stime)))' "$fast" "$DISTRO_KERNEL")
	ok "... takes less than a second ($took ms)" test "$took" -lt 1000
	"$fast" --json "$DISTRO_KERNEL" >"$tmp/json"
	ok '... ranges add up' ask "$tmp/json" sums "$DISTRO_KERNEL"
	is '... its archive, as cpio lists it' "$("$fast" --extract initramfs "$DISTRO_KERNEL" | cpio -t --quiet)" \
		"$(ask "$tmp/json" members | cut -d ' ' -f 2)"
else
	skip "the distribution's kernel" 'DISTRO_KERNEL is not set'
fi
done_testing
