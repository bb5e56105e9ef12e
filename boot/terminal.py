# SPDX-License-Identifier: GPL-2.0-only
"""The terminal of the user, on which the guest has its console.

The terminal is set here and not by QEMU, so that it can be put back whatever
happens to QEMU, and so that QEMU never touches a terminal it is in the
background of. Without a terminal, input is held back until the guest listens. Its
end reaches a workload as the key that means it to a terminal, Ctrl-D."""
import contextlib
import os
import select
import signal
import sys
import termios
import time
import tty

from boot.output import visible

READ = 4096
END_OF_FILE = b"\x04"   # VEOF: at the start of a line its reader finds the end of the file
HELD_OUTPUT = 65536     # bytes the guest may be ahead of a slow reader
FLUSH = 2.0             # seconds that a reader may let us wait at the end
GUEST_SETTLES = 0.5     # seconds of silence before piped input is sent
GUEST_SILENT = 20.0     # the same, to a guest that polls its serial port


class Terminal:
    def __init__(self, silent=False, passes_end=False):
        """SILENT: no input, no output, and signals stay as they are. PASSES_END: the
        guest is told that the input, which is not typed, is at its end."""
        self.stdin, self.stdout, self.silent = 0, 1, silent
        self.typed = os.isatty(0) and not silent
        self.is_tty = self.typed and os.isatty(1)
        self.guest_listens = False
        self.saved = None           # attributes to restore, when raw
        self.to_guest = b""
        self.to_user = b""
        self.ends_line = True
        self.passes_end, self.input_ends_line = passes_end, True
        self.input_open = not silent

    def prepare(self):
        """Ignore the signals that a terminal sends; call this before the guest starts."""
        if self.silent:
            return
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
        signal.signal(signal.SIGCONT, self.continued)

    def continued(self, _signo, _frame):
        """Set the modes anew after SIGCONT: the shell has set its own meanwhile."""
        self.saved = None

    def foreground(self):
        try:
            return os.tcgetpgrp(self.stdin) == os.getpgrp()
        except OSError:
            return False

    def make_raw(self):
        """Pass all keys, Ctrl-C too, to the guest, and its output as it is."""
        if not self.is_tty or self.saved or not self.foreground():
            return
        try:
            self.saved = termios.tcgetattr(self.stdin)
            tty.setraw(self.stdin, termios.TCSANOW)
        except termios.error:
            self.is_tty = False

    def restore(self):
        """Put back the modes, line wrap, colours and cursor."""
        if self.is_tty:
            self.to_user += b"\x1b[?7h\x1b[0m\x1b[?25h" + (b"" if self.ends_line else b"\r\n")
            self.flush()
        if self.saved:
            try:
                termios.tcsetattr(self.stdin, termios.TCSANOW, self.saved)
            except termios.error:
                pass
            self.saved = None

    def holds_input(self):
        """Is there input, not typed, for a guest that may not listen yet? What arrives
        before its driver has opened the port is lost."""
        return self.input_open and not self.typed and not self.guest_listens

    def wants_input(self, quiet_since):
        """May input be read now?"""
        if not self.input_open or len(self.to_guest) >= READ:
            return False
        if self.typed:
            return self.foreground()
        quiet = time.monotonic() - quiet_since
        return quiet > (GUEST_SETTLES if self.guest_listens else GUEST_SILENT)

    def read(self):
        try:
            data = os.read(self.stdin, READ)
        except OSError:
            data = b""
        if data:
            self.input_ends_line = data.endswith(b"\n")
        else:
            self.input_open = False
            if self.passes_end and not self.typed:
                # In a line the first one only hands on what there is of it
                data = END_OF_FILE if self.input_ends_line else 2 * END_OF_FILE
        self.to_guest += data

    def show(self, data):
        if self.silent:
            return
        self.to_user += data
        self.ends_line = data.endswith(b"\n")

    def full(self):
        return len(self.to_user) >= HELD_OUTPUT

    def write(self):
        """Write at most 512 bytes, which a pipe or terminal that polls ready takes."""
        try:
            n = os.write(self.stdout, self.to_user[:512])
            self.to_user = self.to_user[n:]
        except OSError:             # nobody reads any more: the guest goes on
            self.to_user, self.stdout = b"", os.open(os.devnull, os.O_WRONLY)

    def flush(self):
        """Write what is left, unless its reader has stopped reading."""
        while self.to_user and select.select([], [self.stdout], [], FLUSH)[1]:
            self.write()


def say(text):
    """Print one line on standard error, also on a raw terminal."""
    text = visible(text).replace("\n", "\\n")
    raw = os.isatty(2) and not termios.tcgetattr(2)[1] & termios.OPOST
    put(f"run-qemu: {text}" + ("\r\n" if raw else "\n"))


def put(text):
    """Write TEXT to standard error. That nobody reads it does not end a run."""
    sys.stderr.flush()
    with contextlib.suppress(OSError):
        os.write(2, text.encode(errors="backslashreplace"))
