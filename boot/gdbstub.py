# SPDX-License-Identifier: GPL-2.0-only
"""A client of QEMU's gdb stub: the GDB Remote Serial Protocol over a socket.

Format: the GDB manual, appendix "Remote Serial Protocol". Only what a boot
needs from outside: registers by name (the stub's own target description says
which there are, and where), memory, breakpoints, continue, step, stop reasons.

QEMU gives the registers of 64 bits in every mode of a processor that has
them, and takes breakpoints as linear addresses: in real mode that is CS base +
IP. The breakpoints are "hardware" ones, which change nothing in the guest."""
import re
import select
import time
import xml.etree.ElementTree as ElementTree

from boot import Refused

SIGINT, SIGTRAP = 2, 5
CHUNK = 1024            # bytes of memory per packet, well below the stub's 4096
ANSWERS_IN = 10.0       # seconds: a machine that is stopped answers at once


class StubError(Refused):
    """The stub did not do what it was asked to."""


class Gone(StubError):
    """QEMU has closed the connection, or says that the guest has ended."""


class Stub:
    """One connection. The guest must be stopped for every request but wait()."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""
        self.acks = True            # each packet is acknowledged until both agree not to
        self.packet_registers = []  # (name, bytes) in the order of the packet `g`
        self.numbers = {}           # name: register number, for `p` and `P`
        self.here = False           # it has run and stopped: perhaps at a breakpoint
        features = self.ask("qSupported:multiprocess-;swbreak+;hwbreak+;vContSupported+")
        if "QStartNoAckMode+" in features and self.ask("QStartNoAckMode") == "OK":
            self.acks = False
        self.describe()

    def close(self):
        self.sock.close()

    # ------------------------------------------------------------- packets

    def send(self, text):
        """Send one packet: $text#checksum."""
        data = text.encode("latin-1")
        self.send_raw(b"$%s#%02x" % (data, sum(data) & 255))

    def send_raw(self, data):
        try:
            self.sock.sendall(data)
        except OSError as e:
            raise Gone(f"gdb stub: {e.strerror}") from None

    def receive(self, deadline):
        """Return the text of the next packet, or None at the time DEADLINE (monotonic)."""
        while True:
            packet = re.match(rb"[+\-\0]*\$((?:[^#}]|}.)*)#([0-9a-fA-F]{2})", self.buffer, re.S)
            if packet:
                break
            wait = None if deadline is None else max(0, deadline - time.monotonic())
            if not select.select([self.sock], [], [], wait)[0]:
                return None
            try:
                data = self.sock.recv(65536)
            except OSError as e:
                raise Gone(f"gdb stub: {e.strerror}") from None
            if not data:
                raise Gone("gdb stub: QEMU has ended")
            self.buffer += data
        self.buffer = self.buffer[packet.end():]
        if sum(packet[1]) & 255 != int(packet[2], 16):
            raise StubError(f"gdb stub: a packet with a wrong checksum: {packet[0]!r}")
        if self.acks:
            self.send_raw(b"+")
        # Undo escapes (of binary answers), then run lengths, in the order of the manual
        text = re.sub(rb"}(.)", lambda m: bytes((m[1][0] ^ 0x20,)), packet[1], flags=re.S)
        text = text.decode("latin-1")
        if text[:1] not in "lm":
            text = re.sub(r"(.)\*(.)", lambda m: m[1] * (ord(m[2]) - 28), text, flags=re.S)
        return text

    def ask(self, text):
        """Return the answer to a packet; it is "" if the stub does not know the packet."""
        self.send(text)
        answer = self.receive(time.monotonic() + ANSWERS_IN)
        if answer is None:
            raise StubError(f"gdb stub: no answer to {text[:40]}")
        return answer

    def must(self, text, what):
        """Send a packet that is answered with OK or an error; raise StubError if not OK."""
        answer = self.ask(text)
        if answer != "OK":
            raise StubError(f"gdb stub: cannot {what}: {answer or 'not supported'}")

    # ----------------------------------------------------------- registers

    def describe(self):
        """Read the target description: names and sizes of the registers."""
        number, self.packet_registers = 0, []
        for part in self.parts("target.xml"):
            for reg in part.iter("reg"):
                number = int(reg.get("regnum", number))
                size = int(reg.get("bitsize")) // 8
                self.numbers[reg.get("name")] = number
                self.packet_registers.append((number, reg.get("name"), size))
                number += 1
        self.packet_registers.sort()
        if not self.packet_registers:
            raise StubError("gdb stub: no target description")

    def parts(self, annex):
        """Return the elements of a description, with those that it includes in their place."""
        text = ""
        while True:
            piece = self.ask(f"qXfer:features:read:{annex}:{len(text):x},{CHUNK:x}")
            if piece[:1] not in ("l", "m"):
                raise StubError(f"gdb stub: no {annex}: {piece or 'not supported'}")
            text += piece[1:]
            if piece[0] == "l":
                break
        text = re.sub(r"<!DOCTYPE[^>]*>", "", text).replace("xi:include", "include")
        root = ElementTree.fromstring(text)
        found = [part for inner in root.iter("include") for part in self.parts(inner.get("href"))]
        return found or [root]

    def registers(self):
        """Return {name: unsigned value} of all registers in the packet `g`."""
        data = self.ask("g")
        out, at = {}, 0
        for _, name, size in self.packet_registers:
            text = data[at:at + 2 * size]
            at += 2 * size
            if len(text) < 2 * size:
                break
            if "x" not in text:     # x: not available now
                out[name] = int.from_bytes(bytes.fromhex(text), "little")
        return out

    def register(self, name):
        """Return the unsigned value of one register."""
        answer = self.ask(f"p{self.number(name):x}")
        try:
            return int.from_bytes(bytes.fromhex(answer), "little")
        except ValueError:
            raise StubError(f"gdb stub: cannot read {name}: {answer}") from None

    def set_register(self, name, value):
        size = next(s for n, _, s in self.packet_registers if n == self.number(name))
        self.must(f"P{self.number(name):x}={value.to_bytes(size, 'little').hex()}", f"set {name}")

    def number(self, name):
        if name not in self.numbers:
            raise StubError(f"gdb stub: this machine has no register {name}")
        return self.numbers[name]

    # -------------------------------------------------------------- memory

    def read(self, address, length):
        """Return LENGTH bytes at a virtual address, as the CPU sees it now."""
        out = b""
        while len(out) < length:
            at, n = address + len(out), min(CHUNK, length - len(out))
            answer = self.ask(f"m{at:x},{n:x}")
            try:
                piece = bytes.fromhex(answer)
            except ValueError:
                piece = b""
            if len(piece) != n:
                raise StubError(f"gdb stub: cannot read {n} bytes at {at:#x}: {answer}")
            out += piece
        return out

    def read_string(self, address, limit=4096):
        """Return the bytes from ADDRESS to the next NUL. They are read in pieces that lie
        in one page each, because the page after the string may be absent."""
        out = b""
        while len(out) < limit:
            at = address + len(out)
            piece = self.read(at, min(256 - at % 256, limit - len(out)))
            out += piece.split(b"\0")[0]
            if b"\0" in piece:
                break
        return out

    def monitor(self, line):
        """Return what QEMU's monitor (HMP) answers to LINE."""
        self.send("qRcmd," + line.encode().hex())
        out = ""
        while True:
            answer = self.receive(time.monotonic() + ANSWERS_IN)
            if answer is None or answer[:1] not in ("O",):
                raise StubError(f"gdb stub: no answer to `{line}`: {answer or 'time-out'}")
            if answer == "OK":
                return out
            out += bytes.fromhex(answer[1:]).decode(errors="replace")

    # ------------------------------------------------------------- running

    def set_break(self, address):
        self.must(f"Z1,{address:x},1", f"set a breakpoint at {address:#x}")

    def clear_break(self, address):
        self.must(f"z1,{address:x},1", f"clear the breakpoint at {address:#x}")

    def go(self):
        """Let the guest run; it stops by itself at a breakpoint, see wait(). Where it
        stands there may be one that would stop it at once, so that one instruction
        is stepped over first."""
        if self.here:
            self.step()
        self.send("c")

    def interrupt(self):
        """Stop a running guest; wait() then gives SIGINT."""
        self.send_raw(b"\x03")

    def wait(self, seconds=None):
        """Return the number of the signal that stopped the guest (SIGTRAP: breakpoint or
        step, SIGINT: interrupt()), or None after that many seconds. Raise Gone if it
        has ended."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            text = self.receive(deadline)
            if text is None:
                return None
            if text[:1] in ("W", "X"):
                raise Gone("gdb stub: the guest has ended")
            if text[:1] in ("S", "T"):
                self.here = True
                return int(text[1:3], 16)

    def step(self):
        """Execute one instruction, without interrupts and timers."""
        self.send("s")
        return self.wait(ANSWERS_IN)
