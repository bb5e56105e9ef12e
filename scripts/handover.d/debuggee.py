# SPDX-License-Identifier: GPL-2.0-only
"""The machine that is watched: QEMU, started by run-qemu, stopped by its stub.

run-qemu builds the command line, keeps the console and judges the end; here is
only what a debugger does. Virtual time counts executed instructions, 1 ns each,
so that a boot is the same each time and a stop takes none of it."""
import json
import os
import re
import select
import signal
import subprocess
import sys
import time

from qemu import gdbstub
from qemu.machine import SRCTREE
from x86 import State

CLOCK = ["-icount", "shift=0,sleep=off", "-rtc", "base=2000-01-01,clock=vm", "-seed", "1"]
CONNECT_IN = 20.0       # seconds for QEMU to open its port
RDTSC = b"\x0f\x31"


class Ended(Exception):
    """The guest is no longer there: args are an outcome (run.json) and a hint."""


class Machine:
    def __init__(self, build, runner_args):
        self.build = build
        argv = [sys.executable, f"{SRCTREE}/scripts/run-qemu", "--build", build, "--accel", "tcg",
                "--cpus", "1", "--gdb", *runner_args, "--", *CLOCK]
        self.runner = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, start_new_session=True,
                                       preexec_fn=die_with_me(os.getpid()))
        self.stub, self.words = None, ""
        port = self.port()
        deadline = time.monotonic() + CONNECT_IN
        while self.stub is None:
            try:
                self.stub = gdbstub.connect(port)
            except gdbstub.StubError:
                if self.runner.poll() is not None or time.monotonic() > deadline:
                    raise self.ended() from None
                time.sleep(0.05)

    def port(self):
        """The stub's port, which the runner says when it waits for gdb."""
        while True:
            line = self.runner.stderr.readline().decode(errors="replace")
            self.words += line
            found = re.search(r"waiting for: .*127\.0\.0\.1:(\d+)", line)
            if found:
                return int(found[1])
            if not line:
                raise self.ended()

    def ended(self):
        """What the runner says about the end, as an Ended to raise."""
        self.close(politely=True)
        try:
            with open(f"{self.build}/run.json", encoding="ascii") as f:
                result = json.load(f)
            return Ended(result["outcome"], result["hint"])
        except (OSError, ValueError):
            return Ended("error", self.words.strip().split("\n")[-1] or "run-qemu said nothing")

    def close(self, politely=False):
        """End QEMU through the runner; it has a moment to do so by itself."""
        if self.stub:
            self.stub.close()
        for signo, seconds in ((0, 5 if politely else 0), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            if signo:
                self.runner.send_signal(signo)
            try:
                self.runner.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        while select.select([self.runner.stderr], [], [], 0)[0]:
            data = os.read(self.runner.stderr.fileno(), 4096)
            if not data:
                break
            self.words += data.decode(errors="replace")

    # ------------------------------------------------------------- looking

    def state(self):
        return State(self.stub.monitor("info registers"))

    def read(self, address, length):
        """What can be read at a linear address: LENGTH bytes, or fewer."""
        length = min(length, (1 << 32) - address) if address < 1 << 32 else length
        for size in (length, min(length, -address % 4096)):
            if size > 0:
                try:
                    return self.stub.read(address, size)
                except gdbstub.Gone:
                    raise
                except gdbstub.StubError:
                    continue
        return b""

    def word(self, address, size):
        return int.from_bytes(self.stub.read(address, size), "little")

    def words_until_null(self, address, size, limit=4096):
        """An array of pointers up to its NULL, which is left out."""
        out = []
        while len(out) < limit:
            value = self.word(address + len(out) * size, size)
            if not value:
                break
            out.append(value)
        return out

    def text(self, address):
        return self.stub.read_string(address).decode("utf-8", "replace")

    def physical(self, linear):
        """The physical address behind a linear one, or None."""
        found = re.search(r"gpa: (0x[0-9a-f]+)", self.stub.monitor(f"gva2gpa {linear:#x}"))
        return int(found[1], 16) if found else None

    def region(self, physical):
        """QEMU's name for what is at a physical address: "rom pc.bios"."""
        for lo, hi, kind, name in re.findall(
                r"^ +([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, (\S+)\): (\S+)",
                self.stub.monitor("info mtree -f").split("Root memory region: memory")[-1], re.M):
            if int(lo, 16) <= physical <= int(hi, 16):
                return f"{kind} {name}"
        return None

    def firmware_value(self, key):
        """A 32-bit item of QEMU's fw_cfg device, which the boot ROM reads too."""
        self.stub.monitor(f"o /h 0x510 {key:#x}")
        data = [re.search(r"= (0x[0-9a-f]+)", self.stub.monitor("i /b 0x511"))
                for _ in range(4)]
        return int.from_bytes(bytes(int(d[1], 16) for d in data), "little")

    # ------------------------------------------------------------- running

    def wait(self):
        """Until the guest stops; Ended if it has ended."""
        try:
            if self.stub.wait() is None:
                raise self.ended()
        except gdbstub.Gone:
            raise self.ended() from None

    def go(self):
        self.stub.go()
        self.wait()

    def step(self):
        """One instruction; False if the CPU sleeps instead, and stays stopped."""
        if self.stub.step() is not None:
            return True
        self.stub.interrupt()
        self.wait()
        return False

    def run_to(self, *addresses):
        """Go to the next of some linear addresses; the State there."""
        for a in addresses:
            self.stub.set_break(a)
        self.go()
        for a in addresses:
            self.stub.clear_break(a)
        return self.state()

    def time(self):
        """The time stamp counter, in ns of virtual time: an RDTSC is put where the
        CPU stands and stepped over, then everything is as it was."""
        names = ("rip", "rax", "rdx") if "rip" in self.stub.numbers else ("eip", "eax", "edx")
        saved = {n: self.stub.register(n) for n in names}
        here = saved[names[0]]
        code = self.stub.read(here, 2)
        self.stub.write(here, RDTSC)
        self.stub.step()
        low, high = (self.stub.register(n) & 0xffffffff for n in names[1:])
        self.stub.write(here, code)
        for n, value in saved.items():
            self.stub.set_register(n, value)
        return high << 32 | low


def die_with_me(parent):
    """For a child before exec: it goes when we go, and takes QEMU with it."""
    def preexec():
        from qemu.session import die_with
        die_with(parent)
    return preexec
