#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""boot/run-qemu with a terminal and without, and when it is killed: keys go
to the guest, the terminal is as it was, and no QEMU is left behind."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.dont_write_bytecode = True      # the source tree is never written to
from runlib import BUILD, GUEST, command, main, outcome, result, run    # noqa: E402


def qemu_of(pid):
    """The QEMU processes that belong to BUILD, a zombie is none."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as f:
                line = f.read()
        except OSError:
            continue
        if os.fsencode(GUEST) in line and line.startswith(b"qemu") and int(name) != pid:
            found.append(int(name))
    return found


class Pty:
    """run-qemu as the foreground job of a terminal of its own."""

    def __init__(self, *words, size=(0, 0)):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", *size, 0, 0))
            # As a shell would: the runner is a child, its terminal outlives it
            child = os.fork()
            if child == 0:
                os.setpgid(0, 0)
                signal.signal(signal.SIGTTOU, signal.SIG_IGN)
                os.tcsetpgrp(0, os.getpgrp())
                signal.signal(signal.SIGTTOU, signal.SIG_DFL)
                argv = command(*words)
                os.execv(argv[0], argv)
            status = os.waitpid(child, 0)[1]
            print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)
            time.sleep(60)
            os._exit(0)
        self.before = termios.tcgetattr(self.fd)
        self.text = b""

    def until(self, word, seconds=20):
        end = time.monotonic() + seconds
        while word not in self.text and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                self.text += os.read(self.fd, 4096)
        return word in self.text

    def type(self, data):
        os.write(self.fd, data)

    def runner(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as f:
            return int(f.read().split()[0])

    def same_modes(self):
        return termios.tcgetattr(self.fd) == self.before

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def test_no_terminal():
    rc, out, _, _ = run("--append", "guest=EbP", stdin=b"\x01x\x03q")
    result("piped input reaches the guest, Ctrl-A and Ctrl-C too",
           rc == 0 and out.split() == ["type", "01", "78", "03", "71", "guest", "is", "up"], rc, out)
    with open(f"{BUILD}/console.log", "rb") as f:
        log = f.read().decode()
    result("console.log has what the console said, and no more", log == out, log)
    for what, text, letters, echo in (
            ("after a whole line", b"x\n", "E", "78 0a 04"),
            ("of input that is empty", b"", "E", "04"),
            ("within a line, once more", b"x\ny", "EE", "78 0a 79 04 type 04")):
        rc, out, _, _ = run("--append", f"guest={letters}b0pP", "--cmd", "cat", stdin=text)
        result(f"the end of the input reaches a workload: {what}",
               rc == 0 and out.split() == ["type", *echo.split(), "guest", "is", "up"], rc, out)
    p = subprocess.Popen(command("--append", "guest=b7pP"), stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    p.stdout.close()
    result("a reader that went away does not change the outcome", p.wait(30) == 7, p.returncode)
    p = subprocess.run(["sh", "-c", 'exec "$@" <&- ', "sh", *command("--append", "guest=b7pP")],
                       capture_output=True, timeout=30, check=False)
    result("nor does a closed standard input", p.returncode == 7, p)
    for name, where in (("closed", "2>&-"), ("that is full", "2>/dev/full"),
                        ("closed, as all others are,", "0<&- 1>&- 2>&-")):
        for letters, code in (("b7pP", 7), ("bR", 123)):
            p = subprocess.run(["sh", "-c", f'exec "$@" {where}', "sh",
                                *command("--append", f"guest={letters}")], capture_output=True,
                               stdin=subprocess.DEVNULL, timeout=30, check=False)
            told = outcome()
            result(f"nor does a standard error {name} ({code})",
                   p.returncode == code == told.get("exit"), p, told)


def test_terminal():
    t = Pty("--append", "guest=EbP")
    good = t.until(b"type\r\n")
    t.type(b"\x03\x1a\x1cq")
    good = good and t.until(b"ended 0")
    result("Ctrl-C, Ctrl-Z, Ctrl-\\ go to the guest",
           good and b"03 1a 1c 71" in b" ".join(t.text.split()), t.text)
    result("the terminal says how to leave", b"Ctrl-A X" in t.text.split(b"type")[0], t.text)
    result("no firmware noise before the guest",
           b"\x1bc" not in t.text and b"SeaBIOS" not in t.text, t.text)
    result("the terminal is as it was", t.same_modes(), t.before, termios.tcgetattr(t.fd))
    t.close()

    t = Pty("--append", "guest=b7pP", size=(33, 99))
    good = t.until(b"ended 7")
    result("the guest is told the size of the terminal", good and
           " init.rows=33 init.columns=99 " in outcome()["command_line"], t.text, outcome())
    t.close()
    t = Pty("--append", "guest=b7pP")
    good = t.until(b"ended 7")
    result("... if it has one", good and "init.rows" not in outcome()["command_line"], outcome())
    t.close()

    t = Pty("--append", "guest=E")
    t.until(b"type\r\n")
    result("(raw while it runs)", not t.same_modes())
    t.type(b"\x01x")
    good = t.until(b"ended 123")
    result("Ctrl-A X leaves: outcome quit", good and outcome()["outcome"] == "quit"
           and t.same_modes(), t.text, outcome())
    t.close()

    t = Pty("--append", "guest=E")
    t.until(b"type\r\n")
    t.type(b"\x01c")
    good = t.until(b"(qemu)")
    t.type(b"quit\n")
    result("Ctrl-A C is the monitor", good and t.until(b"ended 123"), t.text)
    t.close()

    t = Pty("--append", "guest=bE")
    t.until(b"type\r\n")
    for pid in qemu_of(t.runner()):
        os.kill(pid, signal.SIGKILL)
    result("QEMU killed: an error, and a sane terminal", t.until(b"ended 125") and t.same_modes()
           and outcome()["outcome"] == "error", t.text, outcome())
    t.close()


def test_nothing_left():
    for signo in (signal.SIGKILL, signal.SIGTERM):
        p = subprocess.Popen(command("--append", "guest=bL"), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        p.stdout.readline()
        alive = qemu_of(p.pid)
        p.send_signal(signo)
        rc = p.wait(10)
        end = time.monotonic() + 5
        while qemu_of(p.pid) and time.monotonic() < end:
            time.sleep(0.05)
        result(f"no QEMU outlives a runner killed by {signo.name}",
               alive and rc == -signo and not qemu_of(p.pid), alive, rc, qemu_of(p.pid))
    told = outcome()
    result("run.json names the signal", told["outcome"] == "quit" and told["reason"] == "SIGTERM",
           told)
    # A background job of a terminal: neither stopped nor does it touch the modes
    pid, fd = pty.fork()
    if pid == 0:
        argv = command("--append", "guest=b7pP")
        child = subprocess.Popen(argv, preexec_fn=os.setpgrp)
        print(f"ended {child.wait()}", flush=True)
        os._exit(0)
    text, modes = b"", termios.tcgetattr(fd)
    try:
        while b"ended" not in text and select.select([fd], [], [], 20)[0]:
            modes = termios.tcgetattr(fd) if termios.tcgetattr(fd) != modes else modes
            text += os.read(fd, 4096)
    except OSError:
        pass
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    result("a background job of a terminal is not stopped", b"ended 7" in text, text)
    left = [n for n in os.listdir(BUILD) if n.startswith("run.json.")]
    result("no half-written file stays", not left, left)


if __name__ == "__main__":
    sys.exit(main(test_no_terminal, test_terminal, test_nothing_left))
