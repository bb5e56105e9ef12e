# SPDX-License-Identifier: GPL-2.0-only
"""Cases: the terminal of a shell, a pty whose other end is ours."""
import os
import select
import time

from .machine import need, stat_of, wait_until
from .trial import case

SHELLS = ("-sh", "/bin/sh", "sh", "-/bin/sh")


class Terminal:
    """A shell on a pty. Closing it is left to the end of the case."""

    def __init__(self, t):
        self.master, self.slave = os.openpty()
        pty = os.ttyname(self.slave)
        if t.init.services:
            self.machine = t.table(("ttyTEST::respawn", "-/bin/sh"), pty=pty)
        else:
            self.machine = t.boot(t.init.one, ["/bin/sh"], pty=pty)
        self.shell = self.until(lambda: next(filter(None, map(self.machine.find, SHELLS)), None))
        need(self.shell, "no shell was started")

    def until(self, found, seconds=3):
        """wait_until(), and take what the terminal says meanwhile."""
        def look():
            if select.select([self.master], [], [], 0)[0]:
                os.read(self.master, 4096)
            return found()
        return wait_until(look, seconds)

    def run_job(self):
        """Type a command that stays. Returns its pid."""
        self.until(lambda: False, 0.3)
        os.write(self.master, b"/bin/probe hold /out/job\r")
        need(self.until(lambda: self.machine.out("job")), "the shell takes no command")
        return self.machine.find("hold")

    def close(self):
        os.close(self.master)
        os.close(self.slave)


@case("terminal")
def job_control(t):
    """a shell has a controlling terminal, and puts a job in front"""
    terminal = Terminal(t)
    try:
        job = terminal.run_job()
        _, _, group, _, tty, front = map(str, stat_of(terminal.shell)[:6])
        need(tty != "0", "it has no controlling terminal")
        need(front not in ("-1", group), "it has no job control")
        need(front == stat_of(job)[2], "the job is not in front")
    finally:
        terminal.close()


@case("terminal")
def ctrl_c(t):
    """Ctrl-C ends the job in front, and neither the shell nor init"""
    terminal = Terminal(t)
    try:
        job = terminal.run_job()
        os.write(terminal.master, b"\x03")
        need(terminal.until(lambda: not stat_of(job)), "the job goes on")
        time.sleep(0.2)
        need(terminal.machine.alive(), "process 1 ended")
        need(stat_of(terminal.shell), "the shell ended")
    finally:
        terminal.close()
