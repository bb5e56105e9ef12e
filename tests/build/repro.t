#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The same inputs give the same bytes: another directory, umask, time zone,
# locale, host name in the environment, and no compiler cache.

. tests/lib/build.sh

# A compiler cache would hand out the objects of the first build. Compiling all
# of them again takes minutes, so by default only a part is: FULL=1 for all.
built tiny tiny_defconfig
other=$tmp/elsewhere/ünïcode
mkdir -p "$other"
(
	umask 077
	export TZ=Pacific/Kiritimati LC_ALL=C.UTF-8
	[ -z "${FULL-}" ] || export CCACHE_DISABLE=1
	mk_or_log O="$other" tiny_defconfig all || exit
	export CCACHE_DISABLE=1
	cd "$other" && rm -f bzImage init-src/*.o init-src/*/*.o usr/*.o linux/init/*.o linux/kernel/*.o linux/arch/x86/kernel/*.o
	cd "$src" && mk_or_log O="$other"
) || diag "$(tail -n 20 "$log")"
is 'two builds are the same bytes' "$(hash_of "$other/bzImage")" "$(hash_of "$BUILD/tiny/bzImage")"
is 'the image can be read by others, whatever the umask' "$(stat -c %a "$other/bzImage")" 644

is 'the archives are the same bytes' \
	"$(mk O="$other" initramfs; hash_of "$other/initramfs.cpio")" \
	"$(mk O="$BUILD/tiny" initramfs; hash_of "$BUILD/tiny/initramfs.cpio")"
ok 'another time stamp is another archive' mk_or_log O="$other" initramfs SOURCE_DATE_EPOCH=86400
not_ok_cmd 'and shows' cmp -s "$other/initramfs.cpio" "$BUILD/tiny/initramfs.cpio"
done_testing
