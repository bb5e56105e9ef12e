#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""boot/run-qemu tells how a guest ended, and refuses what cannot start.

The guest is tests/boot/run-guest.c, which does what its command line says in a
fraction of a second. With DISTRO_KERNEL=FILE a real kernel is booted, too."""
import argparse
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True      # the source tree is never written to
from boot.machine import gdb_command    # noqa: E402
from runlib import (BUILD, CC, GUEST, RUN, TMP, command, expect, main, outcome,
                    probe_says, refused, result, run, stand_in)    # noqa: E402


def test_outcomes():
    expect("power-off is success", "bP", 0, "poweroff", reason="guest-shutdown", status=None)
    expect("status 0, then power-off", "b0pP", 0, "status", "--cmd", "true", status=0)
    expect("status 7, then power-off", "b7pP", 7, "status", "--cmd", "false", status=7)
    expect("the last status counts", "b07pP", 7, "status", "--cmd", "false", status=7)
    expect("--cmd without a status is no success", "bpP", 123, "poweroff", "--cmd", "true")
    expect("rubbish on the status channel is no status", "bxP", 123, "poweroff", "--cmd", "true")
    expect("a status without an end is a time-out", "b0L", 124, "timeout", "--timeout", "1",
           "--cmd", "true", status=0)
    expect("reboot, whatever was reported", "b0rR", 123, "reboot", "--cmd", "true",
           reason="guest-reset")
    expect("record halt ends the run", "bhL", 123, "halt", reason="status")
    expect("a CPU stopped for good ends the run", "bH", 123, "halt", reason="halted")
    told = expect("... and after record poweroff it is still a halt", "bpH", 123, "halt",
                  reason="halted")
    result("... with a hint", "ACPI" in (told.get("hint") or ""), told)
    expect("... on a microvm, too", "b0pH", 0, "status", "--cmd", "true", "--machine", "microvm",
           machine="microvm")
    expect("panic by pvpanic", "bV", 126, "panic", reason="guest-panic")
    expect("panic by its words and a reset", "bkR", 126, "panic", hint="test")
    expect("a panic's words alone prove nothing", "bkP", 0, "poweroff")
    told = expect("a silent guest times out with a hint", "L", 124, "timeout", "--timeout", "1")
    result("... which names the memory", "--memory" in (told.get("hint") or ""), told)
    expect("q35 works as well", "b7pP", 7, "status", "--machine", "q35")


def test_refusals():
    refused("no such kernel", [], 125, "No such file", kernel=f"{TMP}/none")
    refused("not a kernel", [], 125, "not a bzImage", kernel=RUN)
    whole = f"{TMP}/cut"
    shutil.copyfile(GUEST, whole)
    os.truncate(whole, 4000)
    refused("truncated kernel", [], 125, "truncated, 4000 of 4112 bytes", kernel=whole)
    refused("no such initrd", ["--initrd", f"{TMP}/none"], 125, "no such file")
    refused("no such drive", ["--drive", f"{TMP}/none"], 125, "no such file")
    refused("no program in --cmd", ["--cmd", " "], 125, "--cmd")
    refused("unknown option", ["--bogus"], 125, "--bogus")
    refused("unknown architecture", ["--arch", "vax"], 125, "vax")
    refused("too long a command line", ["--append", "x" * 2048], 125, "2047")
    bare = f"{TMP}/bare"
    os.mkdir(bare)
    os.symlink(sys.executable, f"{bare}/python3")
    refused("no emulator", [], 127, "not found", env={"PATH": bare})
    expect("a QEMU that does not start", "bP", 125, "error", "--", "-device", "no-such-device")


def test_command_line():
    told = expect("--cmd is quoted, APPEND goes last", "bP", 123, "poweroff",
                  "--cmd", 'a "b" \\ ü\n')
    result("... as PID 1 decodes it",
           str(told.get("command_line")).endswith(
               'init.run="a \\x22b\\x22 \\x5c \\xc3\\xbc\\x0a" guest=bP'), told)
    disk = f"{BUILD}/disk, ü,ro"
    with open(disk, "wb") as f:
        f.truncate(1 << 20)
    expect("drives with commas, a network card", "bP", 0, "poweroff", "--net",
           "--drive", disk + ",ro")
    other = f"{BUILD}/other"
    with open(other, "wb") as f:
        f.truncate(1 << 20)
    told = expect("several disks, one thrown away, and ports", "bP", 0, "poweroff", "--ports",
                  "40980:80 40922:22", "--drive", other + ",ro,tmp", "--drive", disk + ",ro")
    argv = " ".join(told.get("qemu") or ())
    result("... as QEMU gets them", "hostfwd=tcp:127.0.0.1:40980-:80,hostfwd=tcp:127.0.0.1:40922-:22"
           in argv and "other,readonly=on,snapshot=on,format=raw" in argv
           and "ro,readonly=on,format=raw" in argv,
           argv)
    expect("a disk that is no qcow2", "bP", 125, "error", "--drive", other + ",qcow2")
    for ports in ("80", "0:80", "1:65536", "1:2,3:4", "::1:1"):
        refused(f"ports {ports}", ["--ports", ports], 125, "8080:80")
    told = expect("arguments for QEMU in one text", "bP", 0, "poweroff", "--qemu-args",
                  "-name 'a $(false) b'", "--", "-uuid", "00000000-0000-0000-0000-000000000001")
    result("... are split, and not executed",
           (told.get("qemu") or [])[-4:-1] == ["-name", "a $(false) b", "-uuid"], told)
    shared = f"{BUILD}/shared, 'dir"
    os.mkdir(shared)
    for suffix, code in (("", True), (",rw", False)):
        told = expect(f"a directory of the host ({suffix})", "bP", 0, "poweroff", "--share",
                      shared + suffix)
        argv = " ".join(told.get("qemu") or ())
        result("... read-only unless it is said", ("multidevs=remap,readonly=on" in argv) == code
               and "shared,, 'dir," in argv and "init.share=/share " in told["command_line"], told)
    refused("no such directory", ["--share", f"{TMP}/none"], 125, "no such directory")
    refused("a directory in a recorded run", ["--share", shared, "--record", f"{TMP}/r"], 125,
            "--share")
    refused("an open quote in them", ["--qemu-args", "-name 'a"], 125, "close the quote")
    os.unlink(f"{BUILD}/run.json")
    p = subprocess.run(command("--print", "--append", "guest=bP"), capture_output=True, check=False)
    line = p.stdout.decode()
    result("--print runs nothing", p.returncode == 0 and not os.path.exists(f"{BUILD}/run.json"), p)
    p = subprocess.run(["sh", "-c", line], capture_output=True, stdin=subprocess.DEVNULL,
                       timeout=20, check=False)
    result("... and its line can be run by a shell", p.stdout == b"guest is up\r\n", line, p)


def test_make():
    def make(word, env=None):
        p = subprocess.run(["make", "-s", "run", f"O={TMP}/made", f"KERNEL={GUEST}", "ACCEL=tcg",
                            "APPEND=guest=b7pP", *([word] if word else [])], capture_output=True,
                           stdin=subprocess.DEVNULL, timeout=60, check=False, text=True,
                           env={**os.environ, **(env or {})})
        try:
            with open(f"{TMP}/made/run.json", encoding="ascii") as f:
                line = json.load(f)["command_line"]
            os.unlink(f.name)
        except OSError:
            line = ""
        return p, line
    for word, why in (("CMD=", "names no program"), ("CMD= ", "names no program"),
                      ("CMD=echo $HOME", "write $$"), ("DRIVE=$(shell false)", "write $$")):
        p, line = make(word)
        result(f"make run {word}: refused in one line", p.returncode and not line
               and why in p.stderr and p.stderr.count("\n") == 1, p, line)
    for word, env in (("CMD=echo $$HOME", {}), (None, {"CMD": "echo $HOME"})):
        p, line = make(word, env)
        result(f"make run {word or 'with CMD in the environment'}: one $ for the guest",
               "Error 7" in p.stderr and 'init.run="echo $HOME"' in line, p, line)


def test_gdb_and_display():
    told = expect("--graphic: the window's console comes last", "bP", 0, "poweroff", "--graphic",
                  "--", "-display", "none")
    result("... and becomes /dev/console",
           str(told.get("command_line")).startswith("console=ttyS0 console=tty0 "), told)
    refused("--graphic on a microvm", ["--graphic", "--machine", "microvm"], 125, "microvm")
    p = subprocess.Popen(command("--gdb", "--append", "guest=b7pP"), stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = p.stderr.readline()
    port = re.search(r"target remote 127\.0\.0\.1:(\d+)", line)
    reply = early = b""
    end = time.monotonic() + 10
    while port and not reply and time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", int(port[1])), 10) as gdb:
                gdb.sendall(b"+$?#3f")
                while b"T05" not in reply and select.select([gdb], [], [], 5)[0]:
                    reply += gdb.recv(100)
                early = select.select([p.stdout], [], [], 0)[0]
                gdb.sendall(b"+$D#44")      # detach: the guest goes on
                gdb.recv(100)
        except ConnectionRefusedError:
            time.sleep(0.1)
    result("--gdb waits for gdb on the port that it names, then runs",
           b"T05" in reply and not early and p.wait(20) == 7
           and " nokaslr " in str(outcome().get("command_line")), line, reply, p.poll(), outcome())
    p.kill()
    p.communicate()
    kernel = f"{TMP}/symbols/linux"
    os.makedirs(kernel)
    for name, wanted in (("vmlinux", False), ("vmlinux-gdb.py", True)):
        with open(f"{kernel}/{name}", "w", encoding="ascii"):
            pass
        line = gdb_command(argparse.Namespace(build=f"{TMP}/symbols", own_kernel=True, gdb_port=1))
        result(f"gdb is allowed to load the kernel's scripts: {wanted}",
               (f"add-auto-load-safe-path {kernel}/vmlinux-gdb.py" in line) == wanted, line)


def test_accelerator():
    probe_says("broken: the guest hangs", 1)
    rc, _, err, told = run("--append", "guest=b7pP")
    result("a KVM that opens but hangs is not chosen",
           rc == 7 and told.get("accel") == "tcg" and not err, rc, err, told)
    os.unlink(f"{BUILD}/boot/kvm-probe")
    probe = f"{TMP}/kvm-probe"
    subprocess.run([*CC, "-Wall", "-Wextra", "-Werror", "-o", probe, "boot/kvm-probe.c"],
                   check=True)
    p = subprocess.run([probe], capture_output=True, timeout=5, check=False)
    word = p.stdout.split(b":")[0].strip()
    result("kvm-probe says one of its words", (p.returncode == 0) == (word == b"works")
           and word in (b"works", b"broken", b"absent", b"denied"), p)
    env = stand_in("fake-cc", f"""#!/bin/sh
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho broken: test; : > "{TMP}/probed"; exit 1\\n' > "$2"
chmod +x "$2"
""")
    rc, _, err, told = run("--append", "guest=b7pP", env={**env, "HOSTCC": "fake-cc"})
    result("without a built probe one is compiled, and asked",
           rc == 7 and told.get("accel") == "tcg" and os.path.exists(f"{TMP}/probed"), rc, err, told)
    # A QEMU that starts on "KVM", stops with internal-error and stays alive
    probe_says("works", 0)
    env = stand_in("qemu-system-x86_64", f'''#!{sys.executable}
import json, os, re, socket, sys
if "kvm" not in sys.argv:
    os.execv({shutil.which("qemu-system-x86_64")!r}, sys.argv)
fd = next(int(re.search(r"fd=(\\d+)", a)[1]) for a in sys.argv if "id=qmp" in a)
for line in socket.socket(fileno=fd).makefile("rw"):
    asked = json.loads(line)
    if asked["execute"] == "cont":
        os.write(fd, b'{{"event": "STOP"}}\\n')
    if asked["execute"] == "query-status":
        os.write(fd, b'{{"return": {{"status": "internal-error"}}, "id": "query-status"}}\\n')
''')
    rc, out, err, told = run("--append", "guest=b7pP", env=env)
    result("a KVM that gives up half-way is retried with TCG",
           rc == 7 and told.get("accel") == "tcg" and "once more with TCG" in err,
           rc, out, err, told)
    env = stand_in("qemu-system-x86_64", f'''#!/bin/sh
case $* in *" kvm "*) echo "MSR error" >&2; kill -ABRT $$ ;; esac
exec {shutil.which("qemu-system-x86_64")} "$@"
''')
    rc, out, err, told = run("--append", "guest=b7pP", env=env)
    result("so is a QEMU that breaks on KVM at once",
           rc == 7 and told.get("accel") == "tcg" and "MSR error" in err, rc, out, err, told)
    probe_says("broken: for the rest of this test", 1)


def test_distro_kernel():
    kernel = os.environ.get("DISTRO_KERNEL")
    if not kernel:
        print("# DISTRO_KERNEL is not set: no real kernel is booted here")
        return
    rc, _, _, told = run("--timeout", "60", kernel=kernel)
    result("a distribution's kernel with nothing else panics",
           rc == 126 and "initramfs" in str(told.get("hint")), rc, told)
    rc, _, err, told = run("--timeout", "60", "--uefi", kernel=kernel)
    result("also through UEFI", rc == 126, rc, err, told)
    rc, _, err, told = run("--memory", "16", "--timeout", "15", kernel=kernel)
    result("in too little memory it fails, with a hint",
           rc in (123, 124) and "--memory" in (told.get("hint") or ""), rc, err, told)


if __name__ == "__main__":
    sys.exit(main(test_outcomes, test_refusals, test_command_line, test_make, test_gdb_and_display,
                  test_accelerator, test_distro_kernel))
