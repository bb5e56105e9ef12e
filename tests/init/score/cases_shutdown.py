# SPDX-License-Identifier: GPL-2.0-only
"""Cases: the end of everything. What init asks the kernel for is seen by strace."""
import os
import re
import signal
import struct
import time

from .machine import claims, need, read, stat_of, wait_until
from .trial import case


def _ends_all(t):
    claims(t.init.ends_all, "ends with its program, and leaves the rest to who has started it")


def _strace(t, *options):
    """How to boot under strace -f, and a function that returns what it has seen."""
    path = t.root.path + ".strace"
    outer = ["strace", "-f", "--seccomp-bpf", "-ttt", "-o", path, *options]
    return outer, lambda: read(path).splitlines()


def _up(m, lines=1):
    need(m.wait_for("up", lines), f"{len(m.out('up'))} of {lines} processes started")


@case("shutdown")
def shutdown_in_sysinit(t):
    """a request that comes while sysinit runs ends the machine"""
    m = t.table(("sysinit", "hold", "/out/up"), ("once", "mark", "/out/ran", "ran", 0))
    _up(m)
    t.ends(m, 7)
    need(not m.out("ran"), "a later service was started all the same")


@case("shutdown")
def term_ignorer(t):
    """a process that ignores SIGTERM is killed in time (12 s)"""
    _ends_all(t)
    m = t.one("stoic", "/out/up", "/out/never", 0)
    _up(m)
    t.ends(m, 12)


@case("shutdown")
def stopped(t):
    """a process that is stopped takes its SIGTERM, and its grace is not awaited (4 s)"""
    _ends_all(t)
    m = t.one("term", "/out/up", "/out/end", "ended", 0, "stop")
    _up(m)
    wait_until(lambda: stat_of(m.find("term") or 0)[:1] == ["T"], 2)
    took = t.ends(m, 9)
    need(m.out("end"), "it was killed without a chance to end")
    need(took < 4, f"that took {took:.1f} s")


NEWBORN = """#!/bin/sh
[ -e /out/second ] && exec /bin/probe hold /out/up
: >/out/second
exec /bin/probe when /out/go /bin/probe exit 1
"""


@case("shutdown")
def newborn(t):
    """a process that is asked to end just after fork() is not awaited for the grace (2 s)"""
    outer, _ = _strace(t, "-e", "trace=setsid,setpgid",
                       "-e", "inject=setsid,setpgid:delay_enter=300000")
    if t.init.services:
        # Started again, when all that init needs for itself has been started.
        m = t.table(("respawn", "/etc/newborn"), outer=outer, files={"/etc/newborn": NEWBORN})
        need(wait_until(lambda: os.path.exists(t.root.path + "/out/second")), "no service started")
        time.sleep(1)
        m.touch("go")
    else:
        m = t.one("hold", "/out/up", outer=outer)
    def delayed():
        """Processes in such a call, where strace holds them."""
        return {pid for pid, stat in m.processes().items() if stat[:1] == ["t"]}
    # Who makes no such call is asked when the process is up.
    seen = wait_until(lambda: m.out("up") or
                      (seen := delayed()) and not time.sleep(0.05) and seen & delayed())
    need(seen, "nothing was started")
    seen = {m.find("hold")} if m.out("up") else seen
    t.init.ask(m)
    start = time.monotonic()
    need(wait_until(lambda: all(stat_of(pid)[:1] in ([], ["Z"]) for pid in seen), 9),
         "it was there 9 s later")
    took = time.monotonic() - start
    t.ended(m, 15)
    need(took < 2, f"that took {took:.1f} s")


@case("shutdown")
def forks_during_end(t):
    """processes that fork all the time and ignore SIGTERM are all gone at the end"""
    outer, seen = _strace(t, "-e", "trace=reboot", "-e", "inject=reboot:delay_enter=300000")
    forks = "forks", "/out/up", "/out/alive", 4, 30
    if t.init.services:
        m = t.table(("once", *forks), outer=outer)
    else:
        m = t.one("beside", *forks, outer=outer)
    _up(m)
    t.ends(m, 15)
    with open(t.root.path + "/out/alive", "rb") as f:
        alive = struct.unpack("q", f.read())[0] / 1e6 + time.time() - time.monotonic()
    # Without a call of reboot(2), the end of process 1 is that of all others.
    calls = [line for line in seen() if re.search("reboot.*_(POWER_OFF|RESTART|HALT)", line)]
    late = alive - float(calls[-1].split()[1]) if calls else 0
    need(late < 0.05, f"they lived until reboot(2), and {late * 1000:.0f} ms more")


@case("shutdown")
def grandchildren(t):
    """a grandchild in its own session gets SIGTERM, and 200 ms to end well"""
    _ends_all(t)
    m = t.one("family", "/out/up", "/out/end", 200, "own")
    _up(m)
    t.ends(m, 9)
    need(m.out("end") == ["grandchild"], "it was killed")


@case("shutdown")
def grace_ends_early(t):
    """when all processes have ended, no grace is awaited (1 s)"""
    m = t.one("family", "/out/up", "/out/end", 100)
    _up(m)
    took = t.ends(m, 9)
    need(took < 1, f"that took {took:.1f} s")


@case("shutdown")
def together(t):
    """five services that take a second each to end take less than three (no chain of needs)"""
    claims(t.init.services, "has one task only")
    m = t.table(*(("once", "term", "/out/up", "/out/end", n, 1000) for n in range(5)))
    _up(m, 5)
    took = t.ends(m, 15)
    need(len(m.out("end")) == 5, f"{5 - len(m.out('end'))} of 5 were killed")
    need(took < 3, f"that took {took:.1f} s")


@case("shutdown")
def own_grace(t):
    """a service that takes 3 s to end has them, though two others ignore SIGTERM"""
    claims(t.init.services, "has one task only")
    m = t.table(("once", "term", "/out/up", "/out/end", "x", 3000),
                *(("once", "stoic", "/out/up", "/out/never", n) for n in range(2)))
    _up(m, 3)
    t.ends(m, 25)
    need(m.out("end"), "it was killed")


MOUNTS = """#!/bin/sh
/bin/mount -t tmpfs one /mnt
/bin/mkdir /mnt/a /mnt/b
/bin/mount -t tmpfs two /mnt/a
/bin/mount --bind /mnt/a /mnt/b
"""
MOUNTED = {"/mnt", "/mnt/a", "/mnt/b"}


def _unmounted(t, *lines):
    """What was unmounted, in order, and "exited" or "killed" where the service ended."""
    outer, seen = _strace(t, "-e", "trace=umount2")
    m = t.table(("sysinit", "/etc/rc"), *lines, *t.init.last_words, outer=outer,
                files={"/etc/rc": MOUNTS})
    _up(m)
    ended = f"{m.find('term')} "
    t.ends(m, 15)
    done = [re.search(r'umount2\("(/mnt[^"]*)".*= 0$', line) or
            line.startswith(ended) and re.search(r"\+\+\+ (exited|killed)", line)
            for line in seen()]
    return [found[1] for found in done if found]


@case("shutdown")
def unmounts(t):
    """file systems and bind mounts are unmounted, whatever is on another"""
    got = _unmounted(t, ("once", "term", "/out/up", "/out/end", "x", 0))
    need(MOUNTED <= set(got), f"of /mnt /mnt/a /mnt/b unmounted: {' '.join(got)}")


@case("shutdown")
def unmounts_busy(t):
    """so is one on which a service worked until it was ended"""
    got = _unmounted(t, ("once", "in", "/mnt/b", "term", "/out/up", "/out/end", "x", 0))
    need(MOUNTED <= set(got) and got[0] not in MOUNTED,
         f"the service on /mnt/b ended, and file systems were unmounted: {' '.join(got)}")


@case("shutdown")
def second_request(t):
    """a second request starts no second shutdown, and changes nothing"""
    _ends_all(t)
    task = "terms", "/out/up", "/out/terms", 600
    if t.init.services:
        m = t.table(("once", *task), ("shutdown", "mark", "/out/last", "words", 0))
    else:
        m = t.one(*task)
    _up(m)
    t.init.ask(m)
    time.sleep(0.2)
    for again in (t.init.ask, lambda m: m.kill(signal.SIGTERM)):
        again(m)
        time.sleep(0.05)
    t.ended(m, 9)
    need(len(m.out("terms")) == 1, f"a process got SIGTERM {len(m.out('terms'))} times")
    if t.init.services:
        need(len(m.out("last")) == 1, f"the last words were said {len(m.out('last'))} times")


@case("shutdown")
def by_force(t):
    """its power-off command with -f does not wait for a shutdown that goes on"""
    claims(t.init.poweroff, "has no such command")
    m = t.table(("once", "when", "/out/force", *t.init.poweroff),
                ("once", "term", "/out/up", "/out/end", "x", 60000))
    _up(m)
    t.init.ask(m)
    time.sleep(0.3)
    need(m.alive(), "it did not wait for a process")
    m.touch("force")
    took = t.ended(m, 9)
    need(took < 1, f"that took {took:.1f} s")


@case("shutdown")
def syncs(t):
    """file systems are synced after the last process has ended, before the end"""
    _ends_all(t)
    outer, seen = _strace(t, "-e", "trace=sync,syncfs,reboot,exit_group,kill")
    m = t.one("term", "/out/up", "/out/end", "x", 0, outer=outer)
    _up(m)
    task = m.find("term")
    t.ends(m, 20)
    lines = seen()
    ended = [n for n, line in enumerate(lines)
             if line.startswith(f"{task} ") and re.search("exit|killed by", line)]
    synced = [n for n, line in enumerate(lines) if re.search(r" sync(fs)?\(", line)]
    last = [n for n, line in enumerate(lines) if re.search("reboot.*_(POWER|RESTART|HALT)", line)]
    need(ended, "the case itself is at fault: the process did not end")
    need(synced, "no sync(2)")
    need(synced[-1] > ended[-1], "sync(2) came before the last process had ended")
    need(not last or synced[-1] < last[-1], "sync(2) came after reboot(2)")
