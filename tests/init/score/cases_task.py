# SPDX-License-Identifier: GPL-2.0-only
"""Cases: the status of the one task, orphans, signals, what a child is given."""
import os
import signal
import time

from .machine import need, read, stat_of, wait_until
from .trial import case

SIGNALS = range(1, 65)


@case("status")
def status_sweep(t):
    """each exit status of the task, 0 to 255, arrives outside"""
    for n in range(256):
        got = t.status(t.one("exit", n))
        need(got == n, f"{n} arrived as {got}")


@case("status")
def status_signals(t):
    """death by signal 1, 2, 6, 9, 11 or 15 arrives as 128 + n"""
    for n in (1, 2, 6, 9, 11, 15):
        got = t.status(t.one("die", n))
        need(got == 128 + n, f"death by {n} arrived as {got}")


@case("status")
def status_chld_ignored(t):
    """the status arrives although init was started with SIGCHLD ignored"""
    got = t.status(t.one("exit", 42, start=["ignore-chld"]))
    need(got == 42, f"42 arrived as {got}")


def need_no_zombie(m):
    """2 s later: BusyBox looks once a second."""
    def zombies():
        return sum(stat[0] == "Z" for stat in m.processes().values())
    wait_until(lambda: not zombies(), 2)
    need(not zombies(), f"{zombies()} zombies 2 s later")
    need(m.alive(), "process 1 is gone")


@case("reaping")
def orphans(t):
    """2,000 orphans that end at once leave no zombie"""
    m = t.one("orphans", 2000, "/out/made")
    need(m.wait_for("made", seconds=20), "the orphans were not made in 20 s")
    need_no_zombie(m)


@case("reaping")
def main_and_orphan(t):
    """task and orphan end together, 200 times: the status is the task's"""
    for n in range(200):
        got = t.status(t.one("together", 3, 7))
        need(got == 3, f"3 arrived as {got} in boot {n + 1}")


def _harmless(m, t):
    for n in SIGNALS:
        if n not in (signal.SIGKILL, signal.SIGSTOP) and n not in t.init.asks:
            m.kill(n)
            # One at a time, so that it is known which one did it.
            time.sleep(0.002)
            need(m.alive(), f"signal {n} from outside ended process 1")


@case("signals")
def harmless_signals(t):
    """a signal that asks for nothing does no harm, from outside and inside"""
    m = t.one("stoic", "/out/up", "/out/go", 42)
    need(m.wait_for("up"), "the task did not start")
    _harmless(m, t)
    need(m.find("stoic"), "the task is gone")
    m.touch("go")
    if t.init.reports:
        got = t.status(m)
        need(got == 42, f"status 42 then arrived as {got}")
    inside = [n for n in SIGNALS if n not in t.init.asks]
    m = t.one("send", *inside)
    if t.init.services:
        m = t.table(("once", "send", *inside), ("once", "hold", "/out/up"))
        need(m.wait_for("up"), "a service did not start")
        time.sleep(0.3)
        need(m.alive(), "a signal from inside ended it")
        t.ends(m, 10)
    else:
        # What it forwards ends its task: that is what it is there for.
        need(m.wait(10) is not None, "hung by a signal from inside")


def _may_be_asked(m, start):
    """Does it handle signals by now? Or it has slept since, in place of that."""
    words = read(f"/proc/{m.pid}/status").split()
    if any(int(words[words.index(key) + 1], 16) for key in ("SigBlk:", "SigCgt:") if key in words):
        return True
    return time.monotonic() > start + 0.010 and stat_of(m.pid)[:1] not in (["R"], ["D"])


@case("signals")
def early_request(t):
    """a request to end in the first 10 ms is not lost, 20 times, or pending at exec"""
    # What comes before an init's first system call, the kernel drops. A busy
    # machine may let it wait for longer than that.
    task = "term", "/out/up", "/out/end", "end", 0
    for n in range(20):
        m = t.one(*task)
        m.started()
        start = time.monotonic()
        wait_until(lambda m=m, start=start: _may_be_asked(m, start), 2, 0)
        time.sleep(max(0, start + n * 0.0005 - time.monotonic()))
        late = (time.monotonic() - start) * 1000
        t.init.ask(m)
        need(m.wait(7) is not None, f"lost the request that came {late:.1f} ms after execve()")
    for n in range(5):
        m = t.one(*task, start=[f"pending={int(t.init.request)}"])
        need(m.wait(7) is not None, "lost the request that was blocked and pending at execve()")


def _child(t, m=None, **how):
    m = m or t.one("hold", "/out/up", **how)
    need(m.wait_for("up"), "the child did not start")
    pid = m.find("hold")
    need(pid, "the child is gone")
    return m, pid


def _status_word(pid, key):
    words = read(f"/proc/{pid}/status").split()
    return words[words.index(key) + 1]


@case("child")
def child_mask(t):
    """a child has no signal blocked although init was started with all blocked"""
    _, pid = _child(t, start=["block"])
    got = _status_word(pid, "SigBlk:")
    need(int(got, 16) == 0, f"blocked: {got}")


@case("child")
def child_dispositions(t):
    """a child ignores no signal although init was started with all ignored"""
    _, pid = _child(t, start=["ignore"])
    got = _status_word(pid, "SigIgn:")
    need(int(got, 16) == 0, f"ignored: {got}")


@case("child")
def child_fds(t):
    """a child is given no file but 0, 1, 2 although init was started with more"""
    _, pid = _child(t, start=["fd"])
    got = sorted(map(int, os.listdir(f"/proc/{pid}/fd")))
    need(got == [0, 1, 2], f"it has {got}")


@case("child")
def child_place(t):
    """a child starts in its place (/) with umask 022 although init was started otherwise"""
    _, pid = _child(t, start=["elsewhere"])
    got = os.readlink(f"/proc/{pid}/cwd"), _status_word(pid, "Umask:")
    need(got[0].removeprefix(t.root.path) in (t.init.place, t.init.place.rstrip("/")),
         f"it started in {got[0].removeprefix(t.root.path)}")
    need(got[1] == "0022", f"its umask is {got[1]}")


@case("session")
def session(t):
    """a child leads a session of its own"""
    for serve in (False, True) if t.init.services else (False,):
        _, pid = _child(t, t.table(("once", "hold", "/out/up")) if serve else None)
        need(int(stat_of(pid)[3]) == pid, "it is in the session of another")


@case("console")
def fds_closed(t):
    """started with 0-2 closed: a child has them open, and its status arrives"""
    dev = ("null", "ttyS1", "console")
    how = {"start": ["close"], "dev": dev}
    # A service where there are some: a task may be given the terminal anew.
    m = t.table(("once", "hold", "/out/up"), **how) if t.init.services else None
    m, pid = _child(t, m, **how)
    got = sorted(map(int, os.listdir(f"/proc/{pid}/fd")))
    need(got == [0, 1, 2], f"the child has {got}")
    need(m.alive(), "process 1 ended")
    _survives(t, **how)


def _survives(t, **how):
    if not t.init.reports:
        m = t.one("hold", "/out/ran", **how)
        need(m.wait_for("ran"), "the service did not run")
        need(m.alive(), "process 1 ended")
        return
    got = t.status(t.one("exit", 42, **how))
    need(got == 42, f"status 42 arrived as {got}")


@case("console")
def no_console(t):
    """started with 0-2 closed and nothing in /dev: it lives and does its task"""
    m, pid = _child(t, start=["close"], dev=["ttyS1"])
    need(m.alive(), "process 1 ended")
    got = sorted(map(int, os.listdir(f"/proc/{pid}/fd")))
    need(got[:3] == [0, 1, 2], f"the child has only {got}: what it opens becomes its output")
    _survives(t, start=["close"], dev=["ttyS1"])
