# SPDX-License-Identifier: GPL-2.0-only
"""One run of QEMU, from its start to its last byte, watched from outside. QMP says
what the machine does, two status channels say what PID 1 reports."""
import ctypes
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

from boot.terminal import READ, say

TAIL = 65536            # bytes of the console, and of QEMU's words, kept for a hint
SILENT_HINT_AFTER = 15  # seconds
DEAD_CHECK_EVERY = 1.0  # seconds without a word before the CPUs are looked at
HALT_TAKES = 0.5        # seconds from the record `halt` to the end of the run
SILENT_FOR_GOOD = 40.0  # --settle: seconds without a word, ready or not
SHUTDOWN_TAKES = 2.0    # seconds from QMP's SHUTDOWN to the end of QEMU
RX_INTERRUPT = 1        # in the UART's interrupt enable register: set when the port is opened
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with(parent):
    """Make the child, before its exec, end when its parent PARENT ends, even by SIGKILL."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(125)
    for signo in (signal.SIGTTOU, signal.SIGTTIN, signal.SIGPIPE):
        signal.signal(signo, signal.SIG_DFL)


def pipe():
    """Return (reading end, writing end), for a console that is recorded: how much a socket
    takes at a time depends on its reader, and QEMU records how much it took."""
    ours, theirs = os.pipe()
    return open(ours, "rb", buffering=0), open(theirs, "wb", buffering=0)


class Session:
    """One run. After run(), the attributes say what happened."""

    def __init__(self, options, terminal, log):
        self.o, self.terminal, self.log = options, terminal, log
        self.argv = []
        self.reason = None          # of QMP's SHUTDOWN event
        self.panicked = False       # pvpanic
        self.halted = False         # every CPU is in HLT with interrupts off
        self.timed_out = False
        self.settled = False        # --settle: ready, and silent since
        self.internal_error = False  # KVM could not run an instruction
        self.status = None          # record `status N`
        self.action = None          # record poweroff, reboot or halt
        self.exit_code = None       # QEMU's own
        self.stderr = b""
        self.tail = b""
        self.seconds = 0.0
        self.spoke_at = None        # last byte on the console
        self.ready_at = None        # --settle: /init's console is open

    def kvm_failed(self):
        """Did KVM stop the guest, or did QEMU fail before the first output?"""
        return self.internal_error or (self.exit_code != 0 and not self.reason and not self.spoke_at
                                       and not self.timed_out and not self.halted)

    def run(self, make_argv):
        """Start the command make_argv(plugs) and watch it until QEMU has ended."""
        ours, theirs, plugs = {}, [], {}
        for name in ("console", "status", "uart", "qmp"):
            if name == "console" and self.o.clock:
                ours[name], end = pipe()
                plugs[name] = f"file,path=/proc/self/fd/{end.fileno()}"
            else:
                ours[name], end = socket.socketpair()
                mux = ",mux=on" if name == "console" and self.terminal.is_tty else ""
                plugs[name] = f"socket,fd={end.fileno()}{mux}"
            theirs.append(end)
        self.argv = make_argv(plugs)
        parent = os.getpid()
        self.started = time.monotonic()
        self.qemu = subprocess.Popen(
            self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, pass_fds=[s.fileno() for s in theirs],
            start_new_session=True, preexec_fn=lambda: die_with(parent))
        try:
            for s in theirs:
                s.close()
            self.sockets = dict(ours, stderr=self.qemu.stderr)
            self.lines = {name: b"" for name in ("status", "uart", "qmp")}
            for s in ours.values():
                os.set_blocking(s.fileno(), False)
            self.terminal.guest_listens = False
            self.terminal.make_raw()
            self.watch()
        finally:
            self.stop()
            self.seconds = time.monotonic() - self.started
            self.terminal.flush()

    def stop(self):
        """End QEMU if it still runs: first by SIGTERM, so that it closes its disks."""
        if self.qemu.poll() is None:
            self.qemu.terminate()
            try:
                self.qemu.wait(2)
            except subprocess.TimeoutExpired:
                self.qemu.kill()
        self.exit_code = self.qemu.wait()

    # ------------------------------------------------------------- the loop

    def watch(self):
        self.command("qmp_capabilities")
        if not self.o.gdb:
            self.command("cont")
        deadline = self.started + self.o.timeout if self.o.timeout else None
        self.dead_checks, self.check_at = 0, self.started + DEAD_CHECK_EVERY
        self.listen_at = self.started
        self.hinted = not self.terminal.is_tty or self.o.gdb
        while self.sockets and not self.over():
            now = time.monotonic()
            if deadline and now >= deadline:
                self.timed_out = True
                return
            wait = 0.05 if self.action else 0.25
            wait = min(wait, deadline - now) if deadline else wait
            self.turn(wait)
            self.look_around()

    def over(self):
        # After the record `halt` the kernel still prints its last lines. After the
        # event SHUTDOWN QEMU ends, but with pvpanic it sometimes does not
        now = time.monotonic()
        return (self.internal_error or self.halted or self.settled
                or self.action == "halt" and now - self.action_at > HALT_TAKES
                or self.reason and now - self.shutdown_at > SHUTDOWN_TAKES)

    def turn(self, wait):
        t, console = self.terminal, self.sockets.get("console")
        t.make_raw()
        reads = {s: name for name, s in self.sockets.items()
                 if name != "console" or not t.full()}
        if console and t.wants_input(self.spoke_at or self.started):
            reads[t.stdin] = "stdin"
        writes = ([t.stdout] if t.to_user else []) + ([console] if console and t.to_guest else [])
        readable, writable, _ = select.select(list(reads), writes, [], wait)
        if t.stdout in writable:
            t.write()
        if console in writable and console:
            self.feed(console)
        for s in readable:
            if reads[s] == "stdin":
                t.read()
            else:
                self.receive(reads[s], s)

    def feed(self, console):
        try:
            n = console.send(self.terminal.to_guest)
            self.terminal.to_guest = self.terminal.to_guest[n:]
        except BlockingIOError:
            pass
        except OSError:
            self.terminal.to_guest = b""

    def receive(self, name, s):
        try:
            data = os.read(s.fileno(), READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            del self.sockets[name]
            if name == "qmp":       # nothing can be fed to a QEMU that ends
                self.terminal.to_guest = b""
        elif name == "console":
            self.spoke_at = time.monotonic()
            self.dead_checks = 0
            self.tail = (self.tail + data)[-TAIL:]
            self.terminal.show(data)
            if self.log:
                self.log.write(data)
        elif name == "stderr":
            self.stderr = (self.stderr + data)[-TAIL:]
        else:
            *lines, rest = (self.lines[name] + data).split(b"\n")
            self.lines[name] = rest[-TAIL:]
            for line in lines:
                self.message(line) if name == "qmp" else self.record(line)

    # ------------------------------------------------- what the guest reports

    def record(self, line):
        """Read one line of the status channel; ignore what is no record."""
        text = line.strip().decode("ascii", "replace")
        status = re.fullmatch(r"status (\d{1,3})", text)
        if status and int(status[1]) < 256:
            self.status = int(status[1])
        elif text in ("poweroff", "reboot", "halt"):
            self.action = text
            self.action_at = self.check_at = time.monotonic()

    # -------------------------------------------------------------------- QMP

    def monitor(self, ident, line):
        self.command("human-monitor-command", ident, **{"command-line": line})

    def command(self, name, ident=None, **arguments):
        text = json.dumps({"execute": name, "arguments": arguments, "id": ident or name})
        try:
            self.sockets["qmp"].send(text.encode() + b"\n")
        except (KeyError, OSError):
            pass                    # QEMU is ending: its last words say why

    def message(self, line):
        m = json.loads(line)
        event, answer = m.get("event"), m.get("return")
        if event == "SHUTDOWN":
            self.reason = m["data"].get("reason", "unknown")
            self.shutdown_at = time.monotonic()
        elif event == "GUEST_PANICKED":
            self.panicked = True
        elif event == "STOP":
            self.command("query-status")
        elif m.get("id") == "query-status":
            self.internal_error = answer and answer["status"] == "internal-error"
        elif m.get("id") == "ier" and isinstance(answer, str):
            ier = re.search(r"= 0x([0-9a-f]+)", answer)
            self.terminal.guest_listens = bool(ier and int(ier[1], 16) & RX_INTERRUPT)
            self.ready_at = self.ready_at or self.terminal.guest_listens and time.monotonic()
        elif m.get("id") == "cpus" and isinstance(answer, str):
            cpus = re.findall(r"[ER]FL=([0-9a-f]+).*?HLT=(\d)", answer)
            dead = cpus and all(int(fl, 16) & 0x200 == 0 and hlt == "1" for fl, hlt in cpus)
            self.dead_checks = self.dead_checks + 1 if dead else 0
            self.halted = self.dead_checks >= 2

    def look_around(self):
        """Ask for what QEMU does not report by itself."""
        now = time.monotonic()
        if now >= self.listen_at and (self.terminal.holds_input()
                                      or self.o.settle and not self.ready_at):
            self.listen_at = now + 0.25
            self.monitor("ier", f"i /xb {self.o.platform.uart_ier:#x}")
        quiet_since = self.spoke_at or self.started
        if self.o.settle:           # a guest that polls its serial port never seems ready
            quiet = now - max(quiet_since, self.ready_at or 0)
            self.settled = quiet >= (self.o.settle if self.ready_at else SILENT_FOR_GOOD)
        # A CPU in HLT with interrupts off never goes on, unless a debugger changes that
        every = DEAD_CHECK_EVERY / 10 if self.action else DEAD_CHECK_EVERY
        if now >= self.check_at and now - quiet_since >= every and not self.o.gdb:
            self.check_at = now + every / 2
            self.monitor("cpus", "info registers -a")
        if not self.hinted and not self.spoke_at and now - self.started > SILENT_HINT_AFTER:
            self.hinted = True
            say(f"nothing on the console for {SILENT_HINT_AFTER} s: is there a serial console in "
                "this kernel, and enough --memory? Ctrl-A X leaves")
