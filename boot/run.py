# SPDX-License-Identifier: GPL-2.0-only
"""Boot a kernel image with QEMU on this terminal, and say how it ended.

This is the one place that builds a QEMU command line. The verdict comes from
outside the guest (QMP, the status channel), never from the console's text.

Exit status: the workload's own (0-255) if it reported one, and otherwise
  0 power-off (without --cmd)   123 ended without a status   124 time-out
  125 runner or emulator failed   126 panic   127 no emulator on this machine
BUILD/run.json tells exactly; it is gone at the start and whole at the end:
  outcome       "status"    the workload reported, then the machine went off
                "poweroff", "reboot", "halt", "panic"  what the guest did
                "timeout"   --timeout seconds were over
                "settled"   --settle seconds without a word
                "quit"      left by the user (Ctrl-A X, window, signal)
                "error"     no guest, or the emulator failed
  status        what the workload reported, or null
  exit          exit status of run-qemu (128+N: it died of signal N)
  reason        reason of QMP's SHUTDOWN event; "halted": all CPUs are stopped
                for good; "status": the guest's `halt`; a signal; or null
  seconds       from the start of QEMU to its end
  machine, accel, kernel, initrd, command_line (the kernel's), qemu (argv)
  hint          what to do about it, or null
BUILD/console.log is what the guest printed. A regular file of that name is made
anew and a device is written to; a link or a pipe is refused before the boot.
"""
import argparse
import json
import os
import re
import signal
import sys

from boot import machine, output
from boot.machine import Refused, SRCTREE, read_settings
from boot.session import Session
from boot.terminal import Terminal, say
from boot.verdict import hint, judge


MACHINES = ("auto", "pc", "q35", "microvm")


class Left(Exception):
    """A signal asked the runner to end: args[0] is its number."""


def positive(text):
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def count(text):
    if int(text) <= 0:
        raise ValueError(text)
    return int(text)


def machine_type(text):
    if text not in MACHINES:
        raise ValueError(text)
    return text


def configured(o, config, name, kind, default):
    """The value of CONFIG_NAME in BUILD/.config as KIND takes it, or DEFAULT. It is
    data that others may have written: it reaches QEMU only in the form expected."""
    try:
        return kind(config.get(name, default))
    except ValueError as e:
        raise Refused(f"{o.build}/.config: CONFIG_{name}={config[name]}: not a valid value ({e}): "
                      "run `make menuconfig`", 125) from None


def parse(argv):
    """Options from the command line, then BUILD/.config, then defaults."""
    ap = argparse.ArgumentParser(
        description="Boot a kernel image with QEMU on this terminal. Ctrl-A X leaves.",
        epilog="The exit status is the workload's, or: 0 power-off, 123 ended without a status, "
               "124 time-out, 125 failed, 126 panic, 127 no QEMU. More in BUILD/run.json.",
        usage="run-qemu [options] [-- QEMU arguments]", allow_abbrev=False)
    add = ap.add_argument
    add("--build", metavar="DIR", help="build directory (default: build)")
    add("--arch", default=re.sub("i.86", "i386", os.uname().machine),
        help="x86_64 or i386, as in configs/arch (default: this machine's)")
    add("--kernel", metavar="FILE", help="any kernel image (default: BUILD/bzImage)")
    add("--initrd", metavar="FILE", help="initramfs archive to load beside it")
    add("--append", metavar="WORDS", default="", help="more kernel command line, goes last")
    add("--cmd", metavar="'PROG ARGS'", help="run this program as the workload, then power off")
    add("--timeout", metavar="SECONDS", type=positive, help="give up after that long (exit 124)")
    add("--memory", metavar="MIB", type=count, help="default: the configuration's, or 256")
    add("--cpus", metavar="N", type=count, help="default: the configuration's, or 1")
    add("--machine", choices=MACHINES,
        help="default: the configuration's, or auto (pc, which boots everywhere)")
    add("--accel", choices=("auto", "kvm", "tcg"), default="auto",
        help="auto: KVM if it is proved to run code here, else TCG (emulation)")
    add("--graphic", action="store_true", help="a display window; the serial console stays here")
    add("--uefi", action="store_true", help="boot through UEFI firmware (OVMF)")
    add("--gdb", action="store_true", help="wait for gdb before the first instruction")
    add("--gdb-fd", metavar="N", type=int,
        help="a gdb-stub client waits on this socket; the guest runs when it says so")
    add("--record", metavar="FILE",
        help="count time in instructions and record the run; one CPU, TCG, no disks, no network")
    add("--replay", metavar="FILE",
        help="the recorded run again, instruction by instruction, with the same options")
    add("--settle", metavar="SECONDS", type=positive,
        help="end when /init's console is open and silent for that long (exit 0)")
    add("--drive", metavar="FILE[,ro]", action="append", default=[],
        help="raw image as a virtio disk; repeatable")
    add("--net", action="store_true", help="a network card behind user-mode NAT")
    add("--print", action="store_true",
        help="print the QEMU command, for this terminal, and do not run it")
    own, extra = argv, []
    if "--" in argv:
        own, extra = argv[:argv.index("--")], argv[argv.index("--") + 1:]

    def usage_error(text):
        raise Refused(f"{text} (see run-qemu --help)", 125)
    ap.error = usage_error
    o = ap.parse_args(own)
    o.extra = extra
    o.build = find_build(own)
    config = read_settings(f"{o.build}/.config", r"^CONFIG_(\w+)=(.*)$") if o.build else {}
    data = read_settings(f"{SRCTREE}/configs/arch/{o.arch}.mk", r"^(\w+)\s*:?=\s*(.*?)\s*$")
    if "QEMU" not in data or "CONSOLE" not in data:
        raise Refused(f"--arch {o.arch}: configs/arch has no such architecture", 125)
    o.emulator, o.console = data["QEMU"], data["CONSOLE"]
    o.memory = o.memory or configured(o, config, "QEMU_MEMORY", count, 256)
    o.cpus = o.cpus or configured(o, config, "QEMU_CPUS", count, 1)
    o.machine = o.machine or configured(o, config, "QEMU_MACHINE", machine_type, "auto")
    # pc: boots every kernel under TCG as well, and starts sooner than q35
    o.machine = "pc" if o.machine == "auto" else o.machine
    o.own_kernel = not o.kernel and bool(o.build)
    o.replay = ("record", o.record) if o.record else ("replay", o.replay) if o.replay else None
    if o.replay:
        take_clock(o)
    o.kernel = o.kernel or (f"{o.build}/bzImage" if o.build else None)
    if not o.kernel:
        raise Refused("nothing to boot: run `make` first, or give --kernel FILE", 125)
    if o.machine == "microvm" and (o.graphic or o.uefi):
        raise Refused("microvm has neither display nor UEFI: use --machine q35", 125)
    if o.uefi and o.arch != "x86_64":
        raise Refused("--uefi works with --arch x86_64 only", 125)
    return o


def take_clock(o):
    """What --record and --replay ask for, and what QEMU cannot record."""
    told = {"--drive": o.drive, "--net": o.net, "--uefi": o.uefi, "--graphic": o.graphic}
    bad = [name for name, value in told.items() if value]
    if bad or o.accel == "kvm":
        raise Refused(f"{bad[0] if bad else '--accel kvm'}: a run that counts time in "
                      "instructions cannot have it: leave it out", 125)
    o.accel, o.cpus = "tcg", 1


def find_build(argv):
    """The build directory, also when other options are wrong: run.json goes there."""
    ap = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    ap.add_argument("--build", default=f"{SRCTREE}/build")
    build = ap.parse_known_args(argv)[0].build
    return build if os.path.isdir(build) else None


def record(o, result):
    """BUILD/run.json, whole or not at all."""
    if not o.build:
        return
    output.write(f"{o.build}/run.json", json.dumps(result, indent=2) + "\n")


def boot(o, result):
    """Boot, watch, fill RESULT. A KVM that gives up half-way is left for TCG."""
    needs = machine.check_kernel(o.kernel, o)
    if o.initrd and not os.path.isfile(o.initrd):
        raise Refused(f"initrd {o.initrd}: no such file: give an initramfs archive", 125)
    o.drives = machine.split_drives(o.drive)
    if not machine.find_emulator(o):
        raise Refused(f"{o.emulator}: not found: install QEMU (scripts/setup does)", 127)
    o.gdb_port = machine.free_port() if o.gdb else None
    accel, why = machine.choose_accel(o)
    if o.print:
        mux = {"console": "stdio,mux=on,signal=off", "status": "null", "uart": "null"}
        print(machine.shell_line(machine.qemu_argv(o, accel, mux)))
        return 0
    terminal = Terminal()
    if o.replay:                    # no input: Ctrl-C ends the run
        terminal.is_tty = terminal.typed = terminal.input_open = False
    terminal.prepare()
    try:
        while True:
            result.update(accel=accel, command_line=machine.kernel_command_line(o, accel))
            if terminal.is_tty:
                say(f"{o.machine}, {accel} ({why}), {o.memory} MiB, {o.cpus} CPU; "
                    "Ctrl-A X leaves, Ctrl-A C is QEMU's monitor")
            if o.gdb:
                say("waiting for: " + machine.gdb_command(o))
            s = watch(o, result, terminal, lambda plugs: machine.qemu_argv(o, accel, plugs))
            if accel == "tcg" or not s.kvm_failed():
                break
            words = re.search(r".*\berror\b.*", s.stderr.decode(errors="replace"), re.I)
            say(f"KVM cannot run this guest ({words[0] if words else 'QEMU ended'}): "
                "once more with TCG, which is slower")
            accel, why = "tcg", "KVM failed"
    finally:
        terminal.restore()
    result["outcome"], result["exit"] = judge(s, o)
    result["hint"] = hint(s, o, result["outcome"], needs)
    sys.stderr.write(output.visible(s.stderr.decode(errors="replace")))
    if result["outcome"] == "error" and s.stderr:
        say("the emulator failed: its own words are above")
    elif result["outcome"] not in ("status", "poweroff", "settled", "quit") or result["hint"]:
        say(result["outcome"] + (f": {result['hint']}" if result["hint"] else ""))
    elif terminal.is_tty:
        say(f"{result['outcome']} after {s.seconds:.1f} s")
    return result["exit"]


def watch(o, result, terminal, make_argv):
    """One session, with a console log of its own; its facts go to RESULT."""
    log = output.stream(f"{o.build}/console.log") if o.build else None
    s = Session(o, terminal, log)
    try:
        s.run(make_argv)
    finally:
        result.update(qemu=s.argv, status=s.status, seconds=round(s.seconds, 3),
                      reason=s.reason or ("halted" if s.halted else
                                          "status" if s.action == "halt" else None))
        if log:
            log.close()
    return s


def leave(signo, _frame):
    raise Left(signo)


def main(argv):
    o = argparse.Namespace(build=find_build(argv), print=False)
    result = dict.fromkeys(("outcome", "status", "exit", "reason", "seconds", "machine", "accel",
                            "kernel", "initrd", "command_line", "qemu", "hint"))
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(signo, leave)
    signo = None
    try:
        if o.build and "--print" not in argv:
            output.remove(f"{o.build}/run.json")
        o = parse(argv)
        result.update(machine=o.machine, kernel=o.kernel, initrd=o.initrd)
        code = boot(o, result)
    except Refused as e:
        text, code = e.args
        say(text)
        result.update(outcome="error", exit=code, hint=text)
    except (OSError, output.Failed) as e:
        code = 125
        say(str(e))
        result.update(outcome="error", exit=code, hint=str(e))
    except Left as e:
        signo = e.args[0]
        code = 128 + signo
        result.update(outcome="quit", exit=code, reason=signal.Signals(signo).name)
    try:
        if not o.print:
            record(o, result)
    except output.Failed as e:
        say(e.args[0])
        code = 125
    if signo:                       # die of it, as whoever sent it expects
        signal.signal(signo, signal.SIG_DFL)
        os.kill(os.getpid(), signo)
    return code
