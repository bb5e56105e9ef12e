# SPDX-License-Identifier: GPL-2.0-only
"""Boot a kernel image with QEMU on this terminal, and say how it ended.

The verdict comes from outside the guest (QMP, the status channel), never from
the console's text.

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
BUILD/console.log is what the guest printed: of a flood the first 4 MiB and the last 4
to 8, with a line in between. A regular file of that name is made anew and a device is
written to; a link or a pipe is refused before the boot. While a run is at work, the
next in the same BUILD has console-2.log and run-2.json, and so on, and says so.
"""
import argparse
import contextlib
import fcntl
import json
import os
import re
import signal

from boot import SRCTREE, Refused, machine, options, output
from boot.image import KernelImage
from boot.session import Session
from boot.terminal import Terminal, put, say
from boot.verdict import hint, judge


PLACES = 9      # runs at a time in one build directory; scripts/build-dir has their names


def parser():
    """Return the options of run-qemu."""
    ap = options.parser(
        "run-qemu", "Boot a kernel image with QEMU on this terminal. Ctrl-A X leaves.",
        epilog="The exit status is the workload's, or: 0 power-off, 123 ended without a status, "
               "124 time-out, 125 failed, 126 panic, 127 no QEMU. More in BUILD/run.json.")
    add = ap.add_argument
    add("--gdb", action="store_true", help="wait for gdb before the first instruction")
    add("--record", metavar="FILE",
        help="count time in instructions and record the run; one CPU, TCG, no disks, no network")
    add("--replay", metavar="FILE",
        help="the recorded run again, instruction by instruction, with the same options")
    add("--settle", metavar="SECONDS", type=options.positive,
        help="end when /init's console is open and silent for that long (exit 0)")
    add("--print", action="store_true",
        help="print the QEMU command, for this terminal, and do not run it")
    return ap


def empty_result():
    """Return what run.json has before anything is known."""
    return dict.fromkeys(("outcome", "status", "exit", "reason", "seconds", "machine", "accel",
                          "kernel", "initrd", "command_line", "qemu", "hint"))


def check(o):
    """Refuse what cannot be booted. Return the MiB of memory that the kernel asks
    for, or 0 if it does not say."""
    image = KernelImage(o.kernel, "run `make` first" if o.own_kernel else
                        "give another --kernel, or read it as root")
    if o.arch == "i386" and image.wide:
        raise Refused(f"kernel {o.kernel}: a 64-bit kernel: use --arch x86_64")
    if o.initrd and not os.path.isfile(o.initrd):
        raise Refused(f"initrd {o.initrd}: no such file: give an initramfs archive")
    if not machine.find_emulator(o):
        raise Refused(f"{o.emulator}: not found: install QEMU (scripts/setup does)", 127)
    return image.needed_mib


def boot(o, result, terminal):
    """Boot, watch and fill RESULT; return the Session. If KVM gives up half-way, TCG
    is tried."""
    result.update(machine=o.machine, kernel=o.kernel, initrd=o.initrd)
    needs = check(o)
    o.gdb_port = machine.free_port() if o.gdb else None
    accel, why = machine.choose_accel(o)
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
    return s


def watch(o, result, terminal, make_argv):
    """Run one Session, with a console log of its own; its facts go to RESULT."""
    log = output.stream(o.log) if o.log else None
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


def tell(s, result, terminal):
    """Say on standard error how a Session ended, if that is worth a line."""
    put(output.visible(s.stderr.decode(errors="replace")))
    if result["outcome"] == "error" and s.stderr:
        say("the emulator failed: its own words are above")
    elif result["outcome"] not in ("status", "poweroff", "settled", "quit") or result["hint"]:
        say(result["outcome"] + (f": {result['hint']}" if result["hint"] else ""))
    elif terminal.is_tty:
        say(f"{result['outcome']} after {s.seconds:.1f} s")


def print_command(o):
    """Print the QEMU command for a terminal."""
    check(o)
    o.gdb_port = machine.free_port() if o.gdb else None
    mux = {"console": "stdio,mux=on,signal=off", "status": "null", "uart": "null"}
    print(machine.shell_line(machine.qemu_argv(o, machine.choose_accel(o)[0], mux)))


@contextlib.contextmanager
def place(build):
    """Return the paths of console.log and run.json for this run alone, as a context:
    another run that is at work in BUILD has others. None and None without BUILD."""
    if not build:
        yield None, None
        return
    try:
        lock = os.open(f"{build}/.run.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except OSError as e:
        raise Refused(f"{build}/.run.lock: {e.strerror}: remove it, or use another directory") \
            from None
    with os.fdopen(lock, "rb"):     # its lock ends with the process, whatever ends that
        number = next((n for n in range(1, PLACES + 1) if is_free(lock, n)), None)
        if not number:
            raise Refused(f"{PLACES} runs are at work in {build}: wait for one of them, or use "
                          "another build directory")
        extra = f"-{number}" if number > 1 else ""
        if extra:
            say(f"another run is at work in {build}: this one writes console{extra}.log and "
                f"run{extra}.json")
        yield f"{build}/console{extra}.log", f"{build}/run{extra}.json"


def is_free(lock, number):
    """Lock byte NUMBER of the open file LOCK, if no other process has done so."""
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
    except (BlockingIOError, PermissionError):
        return False
    return True


def write_result(path, result):
    """Write RESULT to PATH, run.json, if there is a build directory."""
    if path:
        output.write(path, json.dumps(result, indent=2) + "\n")


def find_build(argv):
    """Return the build directory, also when other options are wrong: run.json goes
    there. None if there is none."""
    ap = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    ap.add_argument("--build", default=f"{SRCTREE}/build")
    build = ap.parse_known_args(argv)[0].build
    return build if os.path.isdir(build) else None


def attempt(argv, log, told, result):
    """Do what ARGV asks for; return the exit status. RESULT says how it ended. LOG and
    TOLD are the paths of console.log and run.json, or None."""
    try:
        if told:
            output.remove(told)
        o = options.parse(parser(), argv)
        o.log = log
        if o.print:
            print_command(o)
            return 0
        terminal = Terminal(passes_end=o.cmd is not None)
        if o.clock:                 # no input: Ctrl-C ends the run
            terminal.is_tty = terminal.typed = terminal.input_open = False
        elif terminal.is_tty and not o.graphic and all(os.get_terminal_size(1)):
            o.size = os.get_terminal_size(1)
        tell(boot(o, result, terminal), result, terminal)
        return result["exit"]
    except Refused as e:
        text, code = e.args
    except OSError as e:
        text, code = str(e), 125
    say(text)
    result.update(outcome="error", exit=code, hint=text)
    return code


def main(argv):
    build, result = None if "--print" in argv else find_build(argv), empty_result()
    try:
        with output.fatal_signals(), place(build) as (log, told):
            try:
                code = attempt(argv, log, told, result)
                write_result(told, result)
            except output.Interrupted as e:
                number = e.args[0]
                result.update(outcome="quit", exit=128 + number,
                              reason=signal.Signals(number).name)
                write_result(told, result)
                raise               # and die of it, as its sender expects
    except Refused as e:
        say(e.args[0])
        return 125
    return code
