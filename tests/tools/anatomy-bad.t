#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What is broken, tools/anatomy refuses in one line that says why; nothing
# half-written stays behind, and a bomb takes no memory.

. tests/tools/anatomy-lib.sh
build_tools
mk "$tmp/crc" cpio format=crc

# refused NAME FILE ERE [OPTION...]: status 1, no output, one line of the tool's own
refused() {
	_what=$1 _file=$2 _ere=$3
	shift 3
	"$anatomy" "$@" "$_file" >"$tmp/stdout" 2>"$tmp/stderr"
	is "$_what is refused" "$? $(wc -l <"$tmp/stderr") $(wc -c <"$tmp/stdout")" '1 1 0'
	like "... $_ere" "$(cat "$tmp/stderr")" "^anatomy: .*$_ere"
}
# poke FILE OFFSET BYTES: bytes in printf's notation
poke() {
	# shellcheck disable=SC2059 # octal escapes
	printf "$3" | dd of="$1" bs=1 seek="$(($2))" conv=notrunc status=none
}
# peak COMMAND...: how much memory it took, in KiB
peak() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
# bent OFFSET BYTES [FILE]: a copy with other bytes there, in $tmp/bad
bent() {
	cp "${3:-$tmp/plain}" "$tmp/bad"
	poke "$tmp/bad" "$1" "$2"
}
# in_file FILE TEXT: the offset of a text
in_file() {
	LC_ALL=C grep -abo "$2" "$1" | head -n 1 | cut -d : -f 1
}

: >"$tmp/bad"
refused 'an empty file' "$tmp/bad" 'it is empty'
refused 'a directory' "$tmp" 'no regular file'
refused 'no file' "$tmp/none" 'cannot be read'
python3 -c 'import random, sys; random.seed(1); sys.stdout.buffer.write(random.randbytes(65536))' >"$tmp/bad"
refused 'noise' "$tmp/bad" 'no kernel image or initramfs that is known'
head -c 600 "$tmp/plain" >"$tmp/bad"
refused 'an image cut in its setup' "$tmp/bad" 'boot sector and setup .* cut short'
head -c 6000 "$tmp/plain" >"$tmp/bad"
refused 'an image cut in its payload' "$tmp/bad" 'ends at 0x1770: the file is cut short'
mk "$tmp/x" bzImage
bent 518 '\7' "$tmp/x"
truncate -s -16 "$tmp/bad"
refused 'an image that lacks its last 16 bytes' "$tmp/bad" 'protected-mode code says it is at .* cut short'
bent 0x24c '\377\377\377\177'
refused 'a payload that is too long' "$tmp/bad" 'payload says it is at 0x12c4, 2147483647 bytes long'
bent 0x248 '\377\377\377\377'
refused 'a payload that is elsewhere' "$tmp/bad" 'payload says it is at'
bent 0x268 '\0\3\0\0'
refused 'kernel_info within the payload' "$tmp/bad" 'overlaps'
bent 0x46 '\377\377'
refused 'more PE sections than there is room for' "$tmp/bad" 'PE section table says it is at'
bent "$(($(in_file "$tmp/plain" '\.text') + 20))" '\0\4\0\0'
refused 'PE sections that overlap' "$tmp/bad" 'PE section .setup and PE section .text overlap'
mk "$tmp/bad" bzImage sign=1
poke "$tmp/bad" 0xe9 '\377'
refused 'a signature behind the end' "$tmp/bad" 'signature table says it is at'
mk "$tmp/bad" bzImage sign=1
poke "$tmp/bad" "$(($(wc -c <"$tmp/bad") - 24))" '\377'
refused 'a certificate that is too long' "$tmp/bad" 'certificate at .* says it is'
mk "$tmp/bad" bzImage compressor=xz size=1
refused 'a payload that lies about its size' "$tmp/bad" 'says that it unpacks to 1 bytes, but'
for c in $compressors; do
	program_of "$c" || continue
	mk "$tmp/whole" bzImage compressor="$c" initramfs="$tmp/cpio"
	bent 0x1340 '\252\125\252\125\252\125' "$tmp/whole"
	refused "$c: a damaged payload" "$tmp/bad" "cannot be unpacked \\($c\\)|says that it unpacks to|damaged"
	bent 0x24c '\050\1' "$tmp/whole"
	refused "$c: a payload that is cut short" "$tmp/bad" "cannot be unpacked \\($c\\): it is cut short"
	head -c 200000000 /dev/zero | $program -qc >"$tmp/bomb"
	refused "$c: a bomb" "$tmp/bomb" "unpacks \\($c\\) to more than the limit: --limit" --limit 10M
	took=$(peak "$fast" --limit 16M "$tmp/bomb")
	ok "... takes little memory ($took KiB)" test "$took" -lt 65536
done
if command -v lzop >/dev/null; then
	# A letter that is stored as it is: only the checksum tells
	mk "$tmp/whole" bzImage compressor=lzo initramfs="$tmp/cpio"
	bent "$(in_file "$tmp/whole" 'hello')" j "$tmp/whole"
	refused 'lzo: a wrong checksum' "$tmp/bad" 'cannot be unpacked \(lzo\): its data is damaged'
fi
mk "$tmp/image" Image initramfs="$tmp/cpio"
bent 0x46 '\377\377' "$tmp/image"
refused 'an Image with more PE sections than there is room for' "$tmp/bad" 'PE section table says it is at'
mk "$tmp/zboot" zboot initramfs="$tmp/cpio"
bent 12 '\377\377\377\177' "$tmp/zboot"
refused 'a zboot image whose payload is too long' "$tmp/bad" 'payload says it is at 0x230, 2147483647 bytes long'
bent 60 '\377\377\377\377' "$tmp/zboot"
refused 'a zboot image without its PE header' "$tmp/bad" 'its PE header is missing'
mk "$tmp/uki" efi cmdline="$tmp/config" initrd="$tmp/cpio" linux="$tmp/plain"
head -c 5000 "$tmp/uki" >"$tmp/bad"
refused 'a UKI that is cut short' "$tmp/bad" 'PE section .linux says it is at .* cut short'
mk "$tmp/bad" efi initrd="$tmp/config" linux="$tmp/plain"
refused 'a UKI whose initrd is none' "$tmp/bad" 'neither an archive nor a compressed one'
cp "$tmp/uki" "$tmp/bad"
# The place of .linux becomes that of .initrd
poke "$tmp/bad" $((64 + 24 + 160 + 3 * 40 + 20)) "$(dd if="$tmp/uki" bs=1 skip=$((64 + 24 + 160 + 2 * 40 + 20)) count=4 status=none |
	od -An -to1 | sed 's/ /\\/g')"
refused 'a UKI whose sections are the same bytes' "$tmp/bad" 'PE section .initrd and PE section .linux overlap'
refused 'a PE section that is not there' "$tmp/uki" 'it has no PE section .dtb' --extract section:.dtb
gzip -c "$tmp/cpio" >"$tmp/packed"
refused 'more than the limit' "$tmp/packed" 'more than the limit' --limit 1K
ok 'no more than the limit is not' "$anatomy" --limit 2K "$tmp/packed"
head -c 700 "$tmp/cpio" >"$tmp/bad"
refused 'an archive that is cut short' "$tmp/bad" 'cpio archive in initramfs is damaged at .*: a .* is cut short'
mk "$tmp/bad" cpio trailer=0
truncate -s 1228 "$tmp/bad"
refused 'an archive without its end' "$tmp/bad" 'it ends without TRAILER!!!'
bent 20 'zz' "$tmp/cpio"
refused 'a header without digits' "$tmp/bad" 'no hexadecimal digit'
bent "$(in_file "$tmp/cpio" 'dev/console')" 'dev/consoleX' "$tmp/cpio"
refused 'a name without end' "$tmp/bad" 'a name has no NUL'
bent "$(in_file "$tmp/crc" 'hello')" 'j' "$tmp/crc"
refused 'a wrong checksum' "$tmp/bad" 'checksum of a file does not match'
{ cat "$tmp/cpio"; echo more; } >"$tmp/bad"
refused 'an archive with something behind it' "$tmp/bad" 'neither an archive nor a compressed one at 0x600'
echo hello | gzip >"$tmp/bad"
refused 'gzip without an archive' "$tmp/bad" 'is not a cpio archive'
# unpack_to_rootfs() of the kernel refuses these, but not behind an archive.
gzip </dev/null >"$tmp/bad"
refused 'nothing, compressed' "$tmp/bad" 'at 0 in initramfs is empty, and not a cpio archive: the kernel refuses it'
{ printf '\0\0\0\0'; cat "$tmp/cpio"; } | gzip >"$tmp/bad"
refused 'zeros before an archive, compressed' "$tmp/bad" 'is not a cpio archive at its beginning: the kernel refuses it'
python3 -c 'import sys
for i in range(1000000):
    sys.stdout.write("070701" + "0" * 88 + "00000002" + "0" * 8 + "a\0")' | gzip >"$tmp/bad"
refused 'an archive of a million files that does not end' "$tmp/bad" 'it ends without TRAILER!!!'
python3 -c 'import sys
for i in range(1000000):
    sys.stdout.write("070701" + "0" * 88 + "00000002" + "0" * 8 + "a\0")
sys.stdout.write("070701" + "0" * 88 + "0000000b" + "0" * 8 + "TRAILER!!!\0\0\0\0")' | gzip >"$tmp/bad"
refused 'an archive of a million files' "$tmp/bad" 'so many parts'
took=$(peak "$fast" "$tmp/bad")
ok "... takes bounded memory ($took KiB)" test "$took" -lt 1000000
python3 -c 'import gzip, sys
sys.stdout.buffer.write(100000 * gzip.compress(
    b"070701" + b"0" * 88 + b"0000000b" + b"0" * 8 + b"TRAILER!!!\0\0\0\0"))' >"$tmp/x"
took=$(peak "$fast" "$tmp/x")
ok "100,000 tiny archives, each compressed, take bounded memory ($took KiB)" test "$took" -lt 400000
ok '... and are read' "$fast" --at 0 "$tmp/x"
mk "$tmp/vm" vmlinux config="$tmp/config"
head -c 300 "$tmp/vm" >"$tmp/bad"
refused 'a vmlinux that is cut short' "$tmp/bad" 'cut short'
bent 40 '\377\377\377\377\377\377\377\177' "$tmp/vm"
refused 'section headers elsewhere' "$tmp/bad" 'cut short'
at=$(python3 -c 'import struct, sys; print(struct.unpack_from("<Q", open(sys.argv[1], "rb").read(), 40)[0])' "$tmp/vm")
bent $((at + 128 + 24)) '\360' "$tmp/vm"
cp "$tmp/bad" "$tmp/x"
bent $((at + 192 + 24)) '\370\0' "$tmp/x"
refused 'sections that overlap' "$tmp/bad" '\.data at 0xf8 overlaps \.rodata'
poke "$tmp/bad" "$(in_file "$tmp/bad" '\.data')" '\033[2J'
refused 'sections with control characters' "$tmp/bad" '\\x1b\[2Ja at 0xf8 overlaps \.rodata'
bent "$(in_file "$tmp/vm" IKCFG_ED)" 'XXXXX' "$tmp/vm"
refused 'a configuration without end' "$tmp/bad" 'does not end \(IKCFG_ED\)'
mk "$tmp/vm" vmlinux
for layer in payload initramfs config; do
	refused "extraction of a $layer that is not there" "$tmp/vm" 'nothing to extract' --extract "$layer" -o "$tmp/never"
done
refused 'extraction of something else' "$tmp/vm" 'it can be payload, vmlinux' --extract everything
mkdir "$tmp/ro"
"$anatomy" --extract vmlinux -o "$tmp/ro/none/x" "$tmp/vm" 2>"$tmp/stderr"
is 'a place that is not there' "$? $(wc -l <"$tmp/stderr")" '1 1'
"$anatomy" --extract vmlinux -o "$tmp/ro/x" "$tmp/vm"
is 'nothing else is left behind' "$(ls -A "$tmp/ro") $(stat -c %a "$tmp/ro/x")" "x $(printf %o $((0666 & ~$(umask))))"
is 'nothing was written for what is not there' "$(ls -d "$tmp"/never* 2>/dev/null)" ''
"$anatomy" --extract vmlinux "$tmp/vm" >/dev/full 2>"$tmp/stderr"
is 'a full disk' "$? $(wc -l <"$tmp/stderr")" '1 1'
for wrong in '' '--json' "--limit x $tmp/vm" "--json --at 0 $tmp/vm" "-o x $tmp/vm" "--frobnicate $tmp/vm" "--limit 9999999G $tmp/vm"; do
	# shellcheck disable=SC2086
	"$anatomy" $wrong >/dev/null 2>&1
	is "a wrong call: anatomy $wrong" $? 2
done

done_testing
