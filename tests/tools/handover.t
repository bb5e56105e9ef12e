#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# make handover: each place where control changes hands is where other programs
# say that it is (readelf, System.map, od, objdump, strace, QEMU's own log), on
# the tiny image and on a distribution's kernel (DISTRO_KERNEL=FILE).
. tests/lib/build.sh

tiny=$BUILD/tiny

# handover ARGS...: of the tiny image, by make, its output in $log
handover() { mk O="$tiny" handover "$@"; }

# holds NAME STATEMENT: a statement of Python's about d (handover.json of $tiny),
# s (its stops by name, the last of each), last, call, and h (what memory holds, by name
# and stop: start, end), with the words that follow as a
holds() {
	_name=$1
	shift
	ok "$_name" python3 -c 'import json, sys
d = json.load(open(sys.argv[1] + "/handover.json"))
s, a = {x["stop"]: x for x in d["stops"]}, sys.argv[3:]
last, call = d["stops"][-1], d.get("call")
bits = lambda x, *names: [x["bits"][n] for n in names]
h = {(x["name"], x["stop"]): (x["start"], x["end"]) for x in d["memory"].get("holds", ())}
if not eval(" ".join(sys.argv[2].split())):
    sys.exit(json.dumps(d["stops"][-1], indent=1)[:600] + str((call, h, d["left_out"], d["ended"], d["processes"])))' \
		"$tiny" "$@"
}

entry_of() { readelf -h "$1" | sed -n 's/.*Entry point address: *//p'; }
symbol() { sed -n "s/^\\([0-9a-f]*\\) . $1\$/0x\\1/p" "$tiny/linux/System.map"; }
all_stops='["reset", "setup", "entry32", "entry64", "vmlinux", "start_kernel", "exec", "init"]'
qemus() { pgrep -f "qemu-system.*$tiny" | wc -l; }

built tiny tiny_defconfig
ok 'make handover' handover APPEND='colour=green hands off'
cp "$log" "$tmp/text"
holds 'all stops, in order, none left out' "[x['stop'] for x in d['stops']] == $all_stops and
	not d['left_out'] and not d['ended']"
holds 'each is later than the one before' \
	'[x["ns"] for x in d["stops"]] == sorted({x["ns"] for x in d["stops"]})'

holds 'the reset vector is f000:fff0 below 4 GiB, in real mode' 's["reset"]["place"] == "f000:fff0" and
	s["reset"]["linear"] == 0xfffffff0 and s["reset"]["mode"] == "real mode, 16-bit code"'
setup=$(($(od -An -tu1 -j $((0x1f1)) -N 1 "$tiny/bzImage") * 512 + 512))
holds 'the 16-bit setup is byte 0x200 of the file, at offset 0 of its segment, in real mode' 's["setup"]["ip"] == 0
	and s["setup"]["file"] == {"name": "bzImage", "offset": 0x200} and s["setup"]["bits"]["CR0.PE"] == 0
	and s["setup"]["linear"] == s["setup"]["cs"]["selector"] * 16'
holds 'the 32-bit entry is where the setup ends, in protected mode without paging' 's["entry32"]["ip"] == 0x100000
	and s["entry32"]["file"] == {"name": "bzImage", "offset": int(a[0])}
	and bits(s["entry32"], "CR0.PE", "CR0.PG", "EFER.LMA", "CS.L", "CS.D") == [1, 0, 0, 0, 1]' "$setup"
holds 'the 64-bit entry is 0x200 further, in long mode' 's["entry64"]["ip"] == 0x100200
	and s["entry64"]["file"]["offset"] == int(a[0]) + 0x200 and s["entry64"]["symbol"] == "startup_64"
	and bits(s["entry64"], "CR0.PE", "CR0.PG", "CR4.PAE", "EFER.LMA", "CS.L", "CS.D") == [1, 1, 1, 1, 1, 0]' "$setup"
holds 'vmlinux is entered where readelf says' 's["vmlinux"]["ip"] == int(a[0], 16) == s["vmlinux"]["physical"]
	and s["vmlinux"]["file"]["name"] == "vmlinux"' "$(entry_of "$tiny/linux/vmlinux")"
holds 'start_kernel and the exec are where System.map says' 's["start_kernel"]["ip"] == int(a[0], 16)
	and s["exec"]["ip"] == int(a[1], 16)' "$(symbol start_kernel)" "$(symbol kernel_execve)"
code=$(objdump -d --start-address="$(symbol start_kernel)" "$tiny/linux/vmlinux" |
	sed -n 's/^ *[0-9a-f]*:\t\([0-9a-f ]*\).*/\1/p' | head -n 3 | tr -d ' \n')
holds 'its code is that of vmlinux' '"".join(i["bytes"] for i in s["start_kernel"]["next"]) == a[0]' "$code"
holds 'kernel mode is CPL 0, /init is CPL 3' \
	'[x["cpl"] for x in d["stops"]] == [0] * 7 + [3] and s["init"]["cs"]["selector"] & 3 == 3'
holds '/init begins where readelf says, and so does AT_ENTRY and start_thread' 'int(a[0], 16) == s["init"]["ip"] ==
	s["exec"]["start_thread"]["ip"] == [x["value"] for x in d["stack"]["auxv"] if x["name"] == "AT_ENTRY"][0]' \
	"$(entry_of "$tiny/init-src/init")"
holds '... at a line of its source' '":" in s["init"]["source"] and s["init"]["symbol"] == "_start"'

holds 'the stack has what the command line says' \
	'[x["text"] for x in d["stack"]["argv"]] == s["exec"]["argv"] and d["stack"]["argc"] == len(s["exec"]["argv"])
	and s["exec"]["argv"][0] == "/init" and s["exec"]["argv"][-2:] == ["hands", "off"]
	and [x["text"] for x in d["stack"]["envp"]] == s["exec"]["envp"] == ["HOME=/", "TERM=linux", "colour=green"]
	and d["stack"]["sp"] == s["init"]["sp"] == s["exec"]["start_thread"]["sp"]'
holds '... and auxv tells of this program and its name' '{x["name"]: x["value"] for x in d["stack"]["auxv"]}["AT_PHNUM"]
	== int(a[0]) and "\"/init\"" in [x["means"] for x in d["stack"]["auxv"] if x["name"] == "AT_EXECFN"]' \
	"$(readelf -h "$tiny/init-src/init" | sed -n 's/.*Number of program headers: *//p')"

holds 'a system call goes from CPL 3 to 0 and back' '[x["cpl"] for x in call["stages"]] == [3, 0, 0, 3]'
holds '... through entry_SYSCALL_64 to the handler' 'call["stages"][1]["ip"] == int(a[0], 16) and
	call["handler"] == call["stages"][2]["symbol"] and "sysret" in call["exit"]["text"] and
	call["stages"][3]["ip"] == call["stages"][0]["ip"] + 2 and
	call["stages"][3]["sp"] == call["stages"][0]["sp"]' "$(symbol entry_SYSCALL_64)"
holds '... one step is one instruction of time' 'call["kernel_instructions"] == call["ns"] > 20'
if command -v strace >/dev/null; then
	strace -o "$tmp/strace" "$tiny/init-src/init" >/dev/null 2>&1 </dev/null
	first=$(sed -n '2s/(.*//p' "$tmp/strace")
	holds '... which is the one that strace sees first' 'call["handler"] == "__x64_sys_" + a[0]' "$first"
else
	skip '... which is the one that strace sees first' 'no strace here'
fi
holds 'in and out take turns for a second' 'd["second"]["ns"] == 10**9 and
	d["second"]["into_kernel"] == sum(d["second"]["kinds"].values()) == len(d["second"]["entries"])
	and d["second"]["into_kernel"] - d["second"]["out_of_kernel"][0] in (0, 1)'
for words in '^1\. Reset vector' 'real mode, 16-bit code -> protected mode, 32-bit code$' \
	'CS.L=1 CS.D=0$' 'CPL 3 \(user\)$' 'privilege: CPL 0 -> 3, user mode' 'AT_ENTRY ' 'CPL 3 -> 0 -> 3$' \
	'times into the kernel'; do
	like "the text says /$words/" "$(cat "$tmp/text")" "$words"
done
is 'no line is wider than 100' "$(grep -c '.\{101\}' "$tmp/text")" 0

content() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); d.pop("version"); print(d)' "$1"; }
content "$tiny/handover.json" >"$tmp/one"
ln -sf "$tmp/handover.json" "$tiny/handover.json"
handover APPEND='colour=green hands off'
ok 'of a link the target is written' test -L "$tiny/handover.json" -a -s "$tmp/handover.json"
cp --remove-destination "$tmp/handover.json" "$tiny/handover.json"
content "$tiny/handover.json" >"$tmp/two"
ok 'a second time all is the same' cmp "$tmp/one" "$tmp/two"

# The memory, as the log of the kernel, readelf, od and the files say
handover INITRD=1
python3 - "$tiny" >"$tmp/e820" <<'END'
import json, sys
for r in json.load(open(sys.argv[1] + "/handover.json"))["memory"]["e820"]:
    print(f"[mem {r['start']:#018x}-{r['end'] - 1:#018x}] {r['name'].replace(' RAM', '')}")
END
sed -n 's/.*BIOS-e820: //p' "$tiny/console.log" | tr -d '\r' >"$tmp/log-e820"
ok 'the memory map is the one that the kernel logs' cmp "$tmp/e820" "$tmp/log-e820"
ok '... which has some ranges' test "$(wc -l <"$tmp/log-e820")" -gt 4
section() {
	readelf -SW "$tiny/linux/vmlinux" |
		sed -n "s/^ *\\[ *[0-9]*\\] $1  *[A-Z]* *\\([0-9a-f]\\{16\\}\\) .*/0x\\1/p"
}
holds 'the kernel lies where readelf says, without what its virtual addresses add' \
	'[h["kernel " + n, "vmlinux"][0] for n in (".text", ".rodata", ".data", ".init", ".bss", "brk")] ==
	[int(x, 16) - 0xffffffff80000000 for x in a]' "$(section .text)" "$(section .rodata)" \
	"$(section .data)" "$(section .init.text)" "$(section .bss)" "$(section .brk)"
payload=$((setup + $(od -An -tu4 -j $((0x248)) -N 4 "$tiny/bzImage")))
length=$(($(od -An -tu4 -j $((0x24c)) -N 4 "$tiny/bzImage")))
holds 'the compressed kernel lies as in the file, at the 32-bit entry' 'h["compressed kernel", "entry32"] ==
	(0x100000 + int(a[0]), 0x100000 + int(a[0]) + int(a[1]))' $((payload - setup)) "$length"
holds '... and the decompressor has moved to the end of its room, where its GDT and its stack are' \
	'h["decompressor, moved", "vmlinux"][1] == 0x1000000 + int(a[0])
	and h["decompressor, moved", "vmlinux"][0] < h["GDT", "vmlinux"][0] == s["vmlinux"]["gdt"]["base"]
	and h["decompressor, moved", "vmlinux"][0] < s["vmlinux"]["sp"] < h["decompressor, moved", "vmlinux"][1]
	and h["decompressor, moved", "vmlinux"][0] == h["GDT", "vmlinux"][0] - int(a[1], 16) + int(a[2], 16)' \
	"$(($(od -An -tu4 -j $((0x260)) -N 4 "$tiny/bzImage")))" \
	"$(nm "$tiny/linux/arch/x86/boot/compressed/vmlinux" | sed -n 's/ . gdt$//p')" \
	"$(nm "$tiny/linux/arch/x86/boot/compressed/vmlinux" | sed -n 's/ . input_data_end$//p')"
holds 'boot_params, command line and initrd have their sizes' \
	'[h[n, "vmlinux"][1] - h[n, "vmlinux"][0] for n in ("boot_params", "command line", "initrd")] ==
	[4096, len(d["command_line"]) + 1, int(a[0])] and h["boot_params", "vmlinux"][0] == s["vmlinux"]["registers"]["si"]' \
	"$(stat -c %s "$tiny/initramfs.cpio")"
holds 'page tables are where CR3 points' 'all(h["page tables (root)", n][0] == s[n]["cr3"] & ~0xfff
	for n in s if s[n]["bits"]["CR0.PG"]) and ("page tables (root)", "entry32") not in h'
holds 'nothing lies where there is no memory' 'all(any(r["start"] <= x["start"] and x["end"] <= r["end"]
	and r["type"] == 1 for r in d["memory"]["e820"]) for x in d["memory"]["holds"])'

# The processes, as /proc has them: an /init that starts some and tells of all
ok 'an /init with processes of every kind' cc -static -pthread -o "$tmp/tasks" tests/init/tasks.c
printf '%s\n' 'dir /dev 755 0 0' 'nod /dev/console 600 0 0 c 5 1' "file /init $tmp/tasks 755 0 0" >"$tmp/list"
"$tiny/linux/usr/gen_init_cpio" "$tmp/list" >"$tmp/tasks.cpio"

# same_as_proc NAME: kworkers come and go, all others are the same; comm has 15
# characters, of a kernel thread's name /proc has more
same_as_proc() {
	ok "$1" python3 - "$tiny" <<'END'
import json, re, sys
with open(sys.argv[1] + "/console.log", encoding="latin-1") as f:
    told = re.findall(r"TASK (\d+) (\d+) (\d+) (.*?)\r?\n", f.read())
told = {(int(p), int(pp), comm[:15], bool(int(flags) & 0x200000)) for p, pp, flags, comm in told}
found = {(p["pid"], p["ppid"], p["comm"], p["kernel"])
         for p in json.load(open(sys.argv[1] + "/handover.json"))["processes"]}
told.add((0, 0, "swapper" if (0, 0, "swapper", True) in found else "swapper/0", True))
other = {t for t in told ^ found if not t[2].startswith("kworker/")}
names = {t[2] for t in found if not t[3]}
sys.exit(str(other or names) if other or names != {"init", "a) (b", "grandchild", "goes", "orphan"} else 0)
END
}
handover INITRD="$tmp/tasks.cpio"
same_as_proc 'the processes are those of /proc, with parents, names and what is a kernel thread'
like '... shown as a tree' "$(tr '\n' ' ' <"$log")" ' {5}1 init.* {7}[0-9]+ a\) \(b.* {9}[0-9]+ grandchild.* {7}[0-9]+ goes'
handover KERNEL="$tiny/bzImage" INITRD="$tmp/tasks.cpio"
same_as_proc '... of a kernel without any symbol'
holds '... whose place is told as a whole' '("kernel, and the room it asks for", "vmlinux") in h'

# QEMU's log of exceptions and interrupts, of a boot that ends in the first second
handover CMD=/sbin/poweroff
holds 'a boot that ends early is counted until then' \
	'd["second"]["ended"]["outcome"] == "poweroff" and d["second"]["ns"] < 10**9'
boot/run-qemu --build "$tiny" --append 'no_timer_check nolapic_timer' --cmd /sbin/poweroff --timeout 60 \
	--record "$tmp/recording" -- -d int -D "$tmp/int.log" </dev/null >/dev/null 2>&1
faults=$(grep -c 'v=0e e=.* cpl=3' "$tmp/int.log")
others=$(grep 'v=.* cpl=3' "$tmp/int.log" | grep -vc 'v=0e')
holds '... with as many faults from user mode as QEMU logs' 'd["second"]["kinds"]["page fault"] == int(a[0]) > 5
	and d["second"]["into_kernel"] == int(a[0]) + int(a[1]) + d["second"]["kinds"]["system call"]' "$faults" "$others"

# The same kernel as if it were another's: without symbols, and with a System.map
handover KERNEL="$tiny/bzImage" INITRD=1
holds 'without symbols, /init is still stopped at, and what is not is said' \
	'[x["stop"] for x in d["left_out"]] == ["start_kernel", "exec"] and last["stop"] == "init" and last["cpl"] == 3
	and [x["cpl"] for x in call["stages"]] == [3, 0, 3]'
like '... in a line with a remedy' "$(cat "$log")" '^left out: the stop exec: .*give SYMBOLS='
handover KERNEL="$tiny/bzImage" INITRD=1 SYMBOLS="$tiny/linux/System.map"
holds 'with its System.map all are there' "[x['stop'] for x in d['stops']] == $all_stops and
	call['handler'] and d['symbols'] == 'System.map'"

if kernel=${DISTRO_KERNEL:-$(scripts/distro-kernel 2>/dev/null)} && [ -n "$kernel" ]; then
	handover KERNEL="$kernel" INITRD=1
	holds 'the kernel of the distribution, with our initramfs' "[x['stop'] for x in d['stops']] == $all_stops and
		d['symbols'] and call['handler'].startswith('__x64_sys_') and int(a[0], 16) == s['init']['ip']" \
		"$(entry_of "$tiny/init-src/init")"
	handover KERNEL="$kernel" INITRD="$tmp/tasks.cpio"
	same_as_proc '... and the processes are those of /proc there'
	not_ok_cmd 'alone it panics, and this is an error' handover KERNEL="$kernel"
	holds '... after the stops until then' 's["start_kernel"] and "init" not in s and d["ended"]["outcome"] == "panic"'
	holds '... and no processes at a prompt' '"panic" in d["processes"]["missing"] and d["memory"]["e820"]'
	is '... told in one line' "$(grep -c '^handover: the boot ended before: panic: ' "$log")" 1
else
	skip 'the kernel of the distribution' 'there is none to be had'
fi
handover APPEND='rdinit=/none'
holds 'each exec that fails is a stop' '[x["filename"] for x in d["stops"] if x["stop"] == "exec"] ==
	["/sbin/init", "/etc/init", "/bin/init", "/bin/sh"] and d["ended"]["outcome"] == "panic"'

mkdir "$tmp/python"
echo 'raise ImportError' >"$tmp/python/capstone.py"
PYTHONPATH=$tmp/python tools/handover/handover --build "$tiny" >"$log" 2>&1
is 'without capstone there are bytes, and it says so' \
	"$(grep -c '^ *[^ ]*  *0000: eb.* (only bytes: python3-capstone is not installed)$' "$log")" 1

echo 'raise ImportError' >"$tmp/python/elftools.py"
like 'without pyelftools there is a line with the remedy' \
	"$(PYTHONPATH=$tmp/python tools/handover/handover --build "$tiny" 2>&1 >/dev/null)" \
	'^handover: .* install python3-pyelftools'

# one_line NAME ERE ARGS...: refused, with nothing but a line on standard error
one_line() {
	_name=$1 _ere=$2
	shift 2
	tools/handover/handover --build "$tiny" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	is "$_name: exit status" $? 2
	is "$_name: one line" "$(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" '1 0'
	like "$_name: the words" "$(cat "$tmp/err")" "^handover: $_ere"
}
one_line 'no such kernel' 'kernel /none: No such file' --kernel /none
one_line 'no bzImage' 'kernel .*: not a bzImage' --kernel "$tiny/linux/vmlinux"
one_line 'no such map' 'symbols /none: no such file' --symbols /none
one_line 'more CPUs than one' 'one CPU is watched' --cpus 2
one_line 'no such initrd' 'initrd /none: no such file' --initrd /none
one_line 'no such option' '.*--bogus' --bogus
one_line 'what cannot be recorded' '--net: ' --net

# With a QEMU there, and far from the end of the recording.
for signal in TERM KILL; do
	tools/handover/handover --build "$tiny" >/dev/null 2>&1 &
	for _try in $(seq 100); do
		[ "$(qemus)" -eq 0 ] || break
		sleep 0.1
	done
	is "a QEMU runs before SIG$signal" "$(qemus)" 1
	kill -$signal $!
	wait $! 2>/dev/null
	sleep 1
	is "no QEMU is left by SIG$signal" "$(qemus)" 0
done
done_testing
