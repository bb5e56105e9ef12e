#!/bin/sh
# shellcheck disable=SC2317 # ok and refused call them
# SPDX-License-Identifier: GPL-2.0-only
#
# make size-report: each byte of vmlinux is in it once, where readelf says that
# it is; fragments bring what they say; two builds are told apart.
. tests/build-lib.sh

tiny=$BUILD/tiny

# holds NAME STATEMENT...: a statement of Python's about d (size-report.json of
# $tiny), leaf (leaves by name), f (fragments by name), with the words behind it as a
holds() {
	_name=$1
	shift
	ok "$_name" python3 -c 'import json, re, subprocess, sys
linux = sys.argv[1] + "/linux/"
d, a = json.load(open(sys.argv[1] + "/size-report.json")), sys.argv[3:]
kinds = ("text", "rodata", "data", "init", "bss")
def walk(n):
    yield n
    for c in n.get("children", ()):
        yield from walk(c)
leaf = {n["name"]: n for n in walk(d["tree"]) if "children" not in n}
f = {x["name"]: x for x in d["fragments"]}
def sections(path):
    """[(name, bytes)] of what readelf says is loaded, and its flags"""
    said = subprocess.run(["readelf", "-SW", path], check=True, capture_output=True, text=True).stdout
    lines = re.findall(r"\] (\S+) +\S+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) +\S+ +([A-Zop]*A[A-Zop]*) ", said)
    return [(name, int(size, 16), flags) for name, size, flags in lines if int(size, 16)]
def code(name):
    return sum(size for section, size, flags in sections(linux + name)
               if "X" in flags and not re.match(r"\.(init|exit|altinstr|discard)", section))
value = eval(" ".join(sys.argv[2].split()))
sys.exit(0 if value is True else repr(value)[:600])' "$tiny" "$@"
}

built tiny tiny_defconfig
built hello hello_defconfig
ok 'make size-report' mk_or_log O="$tiny" size-report
grep -v '^  [A-Z]' "$log" >"$tmp/table"
is 'nothing is left behind' "$(find "$tiny" -maxdepth 1 -name '*size-report.*' ! -name size-report.json)" ''

holds 'the parts sum up to the whole, at each place' 'all(sum(c["bytes"] for c in n["children"]) == n["bytes"]
	for n in walk(d["tree"]) if "children" in n)'
holds '... and so do what the bytes are' 'all(sum(n[k] for k in kinds) == n["bytes"] for n in walk(d["tree"]))'
holds 'the whole is what readelf says is loaded' \
	'sum(s[1] for s in sections(linux + "vmlinux")) == d["vmlinux"] == d["tree"]["bytes"]'
holds '... section by section' '[(s["name"], s["bytes"]) for s in d["sections"]] == [s[:2] for s in sections(linux + "vmlinux")]'
holds '... and by kind' 'all(sum(s["bytes"] for s in d["sections"] if s["kind"] == k) == d["tree"][k] for k in kinds)'
# Whose address is between two symbols of System.map.
between='sum(size for size, at in ((int(m[1], 16), int(m[0], 16)) for m in re.findall(
	r"\] \S+ +[A-Z]\S* +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) +\S+ +[A-Zop]*A", a[0])) if int(a[1], 16) <= at < int(a[2], 16))'
symbol() { sed -n "s/^\\([0-9a-f]*\\) . $1\$/\\1/p" "$tiny/linux/System.map"; }
headers=$(readelf -SW "$tiny/linux/vmlinux")
holds 'init is what the kernel frees after boot' "$between == d['tree']['init']" \
	"$headers" "$(symbol __init_begin)" "$(symbol __init_end)"
holds 'code, but for that, is all before _etext' "$between == d['tree']['text']" "$headers" "$(symbol _text)" "$(symbol _etext)"
holds 'bss is all behind __bss_start' "$between == d['tree']['bss'] - sum(x['bytes'] for x in d['sections']
	if x['name'] == '.orc_lookup')" "$headers" "$(symbol __bss_start)" ffffffffffffffff
holds 'the archive takes what its object has' \
	'leaf["usr/initramfs_data.o"]["bytes"] == sum(s[1] for s in sections(linux + "usr/initramfs_data.o"))'
holds 'the code of each object is what readelf finds in it' '[n["name"] for n in leaf.values()
	if n["name"][0] != "(" and n["text"] != code(n["name"])] == []'
holds 'each object is in the archives that the kernel is linked from' 'set(x for x in leaf if x[0] != "(") <=
	set(a[0].split()) | {"init/version-timestamp.o"}' \
	"$(cd "$tiny/linux" && ar t vmlinux.a && ar t lib/lib.a && ar t arch/x86/lib/lib.a)"
holds 'the payload is the stream in the image' 'd["payload"]["compressed"] == int(a[0]) and d["image_bytes"] == int(a[1])' \
	"$(cd "$tiny/linux/arch/x86/boot/compressed" && stat -c %s vmlinux.bin.xz)" "$(stat -c %s "$tiny/bzImage")"

is 'the table is 80 columns wide at most' "$(LC_ALL=C.UTF-8 awk 'length > 80' "$tmp/table")" ''
is '... and its rows add up to the last' "$(awk '/ vmlinux 6/ {print sum == $1; exit}
	substr($0, 55, 3) ~ /^  [^ ]/ && $1 ~ /^[0-9]+$/ {sum += $1}' "$tmp/table")" 1
like '... which is the kernel' "$(cat "$tmp/table")" "^ *$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["vmlinux"])' "$tiny/size-report.json") .* vmlinux 6\\."
like 'the biggest objects name their option and fragment' "$(cat "$tmp/table")" \
	'^ *[0-9]+  usr/initramfs_data.o +BLK_DEV_INITRD +base$'

# --- fragments ---------------------------------------------------------------

holds 'a fragment is what the objects have that it brings' 'f["acpi"]["objects"] > 100 and
	f["acpi"]["bytes"] == sum(n["bytes"] for n in leaf.values() if "acpi" in n.get("fragments", ())) and
	f["acpi"]["objects"] == sum("acpi" in n.get("fragments", ()) for n in leaf.values())'
holds '... all of drivers/acpi, and nothing of the scheduler' 'all("acpi" in n["fragments"]
	for x, n in leaf.items() if x.startswith("drivers/acpi/")) and
	not any("fragments" in n for x, n in leaf.items() if x.startswith("kernel/sched/"))'
holds 'one that changes nothing brings nothing' 'f["arch-x86_64"] ==
	{"name": "arch-x86_64", "file": "configs/fragments/arch-x86_64.config",
	"bytes": 0, "objects": 0, "changed": 0, "come": 0, "flags": False}'
unlike 'all objects are seen by way of the Kbuild files' "$(cat "$tmp/table")" 'no Kbuild file was seen'

# The kernel's configuration, made by a build without the fragment.
mkdir -p "$tmp/o"
grep -v FRAGMENT_PSEUDOFS "$tiny/.config" >"$tmp/o/.config"
echo '# CONFIG_FRAGMENT_PSEUDOFS is not set' >>"$tmp/o/.config"
ok 'a configuration without another fragment' mk_or_log O="$tmp/o" olddefconfig kernelrelease
is 'has the symbols changed that are said to change' \
	"$(sed -n 's/^pseudofs //p' "$tiny/size/changed" | tr ' ' '\n' | sort)" \
	"$(diff "$tiny/linux/.config" "$tmp/o/linux/.config" | sed -n 's/^[<>] CONFIG_\([A-Za-z0-9_]*\)=.*/\1/p' | sort -u)"
stat -c %Y.%i "$tiny/size/key" >"$tmp/key"
ok 'a second time' mk_or_log O="$tiny" size-report
is '... says the same' "$(cat "$log")" "$(cat "$tmp/table")"
is '... without asking again' "$(stat -c %Y.%i "$tiny/size/key")" "$(cat "$tmp/key")"

# --- two builds --------------------------------------------------------------

cp "$tiny/size-report.json" "$tmp/old.json"
ok 'against itself' mk_or_log O="$tiny" size-report BASE="$tmp/old.json"
like '... nothing differs' "$(cat "$log")" 'nothing is of another size'
ok 'against another build' mk_or_log O="$tiny" size-report BASE="$BUILD/hello"
cp "$log" "$tmp/against"
like '... the archive does' "$(cat "$tmp/against")" '^  larger +\+[0-9]+  usr/\*\.o  \([0-9]+ → [0-9]+\)$'
holds '... by what the archives differ in' 'd["vmlinux"] - d["base"]["vmlinux"] == sum(n["bytes"] for n in leaf.values()) -
	sum(n["bytes"] for n in walk(d["base"]["tree"]) if "children" not in n) and
	leaf["usr/initramfs_data.o"]["bytes"] - int(a[0]) == int(a[1])' \
	"$(size -A "$BUILD/hello/linux/usr/initramfs_data.o" | awk '$1 ~ /^\.init/ {s += $2} END {print s}')" \
	"$(sed -n 's,^  larger *+\([0-9]*\)  usr/.*,\1,p' "$tmp/against")"
ok 'V=1 has each object' mk_or_log O="$tiny" size-report V=1 BASE="$BUILD/hello"
like '... of the archive, too' "$(cat "$log")" '^  larger +\+[0-9]+  usr/initramfs_data.o  \('
is '... and names each one once' "$(grep -c '  kernel/sched/[a-z_]*\.o$' "$log")" \
	"$(cd "$tiny/linux" && ar t vmlinux.a | grep -c '^kernel/sched/')"

# --- what is refused ---------------------------------------------------------

cp "$tiny/size-report.json" "$tmp/old.json"
# refused NAME ERE ARGS...: make size-report with these fails, says why, changes no report
refused() {
	_what=$1 _ere=$2
	shift 2
	not_ok_cmd "$_what is refused" mk O="$tiny" size-report "$@"
	like '... in words' "$(cat "$log")" "$_ere"
	ok '... and the report stays' cmp "$tiny/size-report.json" "$tmp/old.json"
}
echo '{"tree": {"name": "vmlinux", "bytes": 1, "children": [' >"$tmp/cut.json"
echo '{"traceEvents": []}' >"$tmp/other.json"
refused 'a kernel without objects' 'KERNEL= has none: see make anatomy KERNEL=/none' KERNEL=/none
refused 'no such BASE' '^size-report: BASE .*/none: No such file' BASE="$tmp/none"
refused 'a BASE that is cut short' '^size-report: BASE .*: not a size-report.json' BASE="$tmp/cut.json"
refused 'a BASE that is something else' '^size-report: BASE .*: not a size-report.json' BASE="$tmp/other.json"
refused 'a BASE that has not been built' '^size-report: .*/o/linux/vmlinux is not there: run make clean' BASE="$tmp/o"
refused 'a BASE where nothing is' '^size-report: .*: no kernel was built there' BASE="$PWD/tests"
cp -a "$BUILD/hello" "$tmp/hello"
rm "$tmp/hello/linux/kernel/workqueue.o"
refused 'a BASE whose objects are gone' '^size-report: .*: objects that vmlinux.a names are gone: run make clean' BASE="$tmp/hello"
cp -a "$BUILD/hello/linux/kernel/workqueue.o" "$tmp/hello/linux/kernel/"
# One byte of the code.
python3 - "$tmp/hello/linux/vmlinux" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(0x200000 + 0x1000)
    byte = f.read(1)[0]
    f.seek(-1, 1)
    f.write(bytes([byte ^ 1]))
END
refused 'a BASE that its objects do not make' '\.text of vmlinux is not what its objects give' BASE="$tmp/hello"
rm "$tmp/hello/linux/vmlinux.a"
refused 'a BASE without its archive' 'vmlinux.a is not there: run make clean' BASE="$tmp/hello"
done_testing
