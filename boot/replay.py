# SPDX-License-Identifier: GPL-2.0-only
"""One boot, twice: recorded undisturbed, then replayed and stopped at will.

Why a recording: under -icount a breakpoint moves the virtual clock to the next
timer (QEMU takes a stopped processor for an idle one), so that a stop in the
boot itself changes what it measures, by up to 55 ms each. A replay takes its
time from the recording, and the stub's stops leave no trace in it. Its place
is QEMU's own count of executed instructions, exact to one."""
import datetime
import json
import os
import re
import signal
import socket
import subprocess
import sys

from boot.gdbstub import SIGTRAP, Gone, Stub, StubError
from boot.machine import CLOCK_BASE, SRCTREE, Refused
from boot.session import die_with

PM_TIMER = 0x608        # I/O port of the ACPI timer as SeaBIOS places it (pc, q35)
UNPACKED, PATIENCE = 1_000_000, 1000    # instructions after which to look, how often
TIMEOUT = 1800          # seconds for a replay, which ends by itself
PM_HZ, PM_WRAP = 3579545, 1 << 24
# A virtual timer need not be tried out and calibrated: under this clock the kernel of
# QEMU's pc fails at it, which takes 200 ms of the boot and half a minute of real time
NO_TIMER_TESTS = "no_timer_check nolapic_timer"
RUN_QEMU = f"{SRCTREE}/boot/run-qemu"


def record(args, build, path):
    """Boot with run-qemu's ARGS, recording to PATH; what run.json says then."""
    p = run_qemu(args + ["--record", path])
    words = p.communicate()[1].decode(errors="replace").strip().splitlines()
    try:
        with open(f"{build}/run.json", encoding="ascii") as f:
            told = json.load(f)
    except (OSError, ValueError):
        told = {"outcome": "error", "hint": words[-1] if words else "no word"}
    if told["outcome"] in ("error", "quit"):
        said = (told.get("hint") or told["outcome"]).replace("run-qemu: ", "")
        raise Refused(said, told.get("exit") or 125)
    return told


def run_qemu(args, fds=()):
    parent = os.getpid()
    return subprocess.Popen([sys.executable, RUN_QEMU, *args], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=fds,
                            preexec_fn=lambda: die_with(parent))


class Replay:
    """A context: the recorded boot, stopped at its first instruction."""

    def __init__(self, args, path):
        ours, theirs = socket.socketpair()
        self.runner = run_qemu(args + ["--replay", path, "--gdb-fd", str(theirs.fileno()),
                                       "--timeout", str(TIMEOUT)], (theirs.fileno(),))
        theirs.close()
        try:
            self.stub = Stub(ours)
        except StubError as e:
            self.close()
            said = self.runner.stderr.read().decode(errors="replace").strip().splitlines()
            raise Refused(f"the replay did not start: {said[-1] if said else e.args[0]}",
                          125) from None
        self.idle = 0               # ns asleep, so far
        self.ended = False
        self.regs = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.runner.send_signal(signal.SIGTERM)
        try:
            self.runner.wait(5)
        except subprocess.TimeoutExpired:
            self.runner.kill()
            self.runner.wait()

    def next_stop(self):
        """Run to the next breakpoint. The address, with self.regs; None at the
        end of the recording."""
        try:
            self.stub.go()
            if self.stub.wait() != SIGTRAP:
                self.ended = True
                return None
            self.regs = self.stub.registers()
        except Gone:
            return None
        real_mode = not self.regs["cr0"] & 1
        ip = self.regs["rip"] if "rip" in self.regs else self.regs["eip"]
        return ip + (self.regs["cs"] * 16 if real_mode else 0)

    def kernel_entry(self, base):
        """From an entry of the decompressor on, until it has unpacked the first bytes
        of the kernel to BASE: the first instruction's address, by the ELF header. It
        is not always the first byte. A breakpoint cannot tell: in the decompressor's
        pages it would make it ten times slower."""
        for _ in range(PATIENCE):
            self.stub.monitor(f"replay_break {self.instructions() + UNPACKED}")
            self.stub.go()
            self.stub.wait()
            head = self.stub.read(base, 32)
            if head[:4] == b"\x7fELF":
                return int.from_bytes(head[24:32 if head[4] == 2 else 28], "little")
        return base

    def instructions(self):
        """How many have been executed."""
        words = re.search(r"count = (\d+)", self.stub.monitor("info replay"))
        if not words:
            raise StubError("QEMU's monitor does not tell the instruction count")
        return int(words[1])

    def now(self):
        """Virtual ns since reset: executed instructions and, apart from them, how
        long the machine slept. Only the ACPI timer shows sleep to the outside;
        its tick is 279 ns, so sleep is taken to have happened if it is ahead of
        the instructions by more than one. It wraps in 4.7 s: the real-time clock
        tells how often. At its end the machine is put to sleep until its next
        timer, which is none of its own time. None if QEMU is gone."""
        try:
            instructions = self.instructions()
            ticks = int(self.stub.monitor(f"i /w {PM_TIMER:#x}").split("=")[1], 16)
        except Gone:
            return None
        if ticks < PM_WRAP and not self.ended:  # else no such timer: not in a microvm
            known = (instructions + self.idle) * PM_HZ // 10**9
            ahead = (ticks - known) % PM_WRAP
            if 1 < ahead < PM_WRAP - 16:
                known += ahead
                beyond = self.seconds() * PM_HZ - known
                known += max(0, -(-beyond // PM_WRAP)) * PM_WRAP
                self.idle = known * 10**9 // PM_HZ - instructions
        return instructions + self.idle

    def seconds(self):
        """The real-time clock, which started with the machine at CLOCK_BASE."""
        text = self.stub.monitor("qom-get /machine rtc-time")
        try:
            told = json.loads(text)
            date = datetime.datetime(told["tm_year"] + 1900, told["tm_mon"] + 1, told["tm_mday"],
                                     told["tm_hour"], told["tm_min"], told["tm_sec"])
        except ValueError:
            return 0                # a machine without one, or a guest that set it
        return int((date - datetime.datetime.fromisoformat(CLOCK_BASE)).total_seconds())
