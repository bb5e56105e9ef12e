# SPDX-License-Identifier: GPL-2.0-only
"""Cases: services that are started, started again, and read from a file."""
import os
import re
import select
import time

from .cases_task import need_no_zombie
from .inits import PROBE
from .machine import need, read, stat_of, wait_until
from .trial import case

PAGE = os.sysconf("SC_PAGESIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def _once_each(m, count):
    """Each of the services 0 to @count - 1 has left its mark once, 3 s after the last."""
    ran = []
    while len(ran) < count and m.wait_for("ran", len(ran) + 1, 3):
        ran = m.out("ran")
    time.sleep(0.2)
    ran = m.out("ran")
    need(len(set(ran)) == count, f"{len(set(ran))} of {count} ran")
    need(len(ran) == count, f"{len(ran) - count} ran more than once")


@case("services")
def services_1000(t):
    """1,000 services that end at once: each runs exactly once"""
    m = t.table(*(("once", "mark", "/out/ran", n, 0) for n in range(1000)))
    _once_each(m, 1000)


@case("services")
def services_and_orphans(t):
    """200 services start while 4,000 orphans end: each runs once, no zombie stays"""
    m = t.table(*(("once", "orphans", 2000, "/out/made", n) for n in range(2)),
                *(("once", "mark", "/out/ran", n, 0) for n in range(200)))
    need(m.wait_for("made", 2, 20), "the orphans were not made in 20 s")
    _once_each(m, 200)
    need_no_zombie(m)


@case("services")
def respawn(t):
    """a service that ends is started again"""
    m = t.table(("respawn", "mark", "/out/ran", "ran", 1))
    need(m.wait_for("ran", 3, 6), f"it ran {len(m.out('ran'))} times in 6 s")


def _weight(m):
    return int(read(f"/proc/{m.pid}/statm").split()[1]) * PAGE, len(os.listdir(f"/proc/{m.pid}/fd"))


@case("services")
def respawn_10000(t):
    """10,000 restarts leave the memory and the open files of process 1 as they were"""
    m = t.fast("mark", "/out/ran", "x", 0)
    path = t.root.path + "/out/ran"
    def size():
        return os.path.getsize(path) // 2 if os.path.exists(path) else 0
    # Early, since files that leak may be as many as they can soon; memory settles late.
    # Where there are many services, each has been started before.
    first = 0 if t.init.fast == 1 else t.init.fast
    need(wait_until(lambda: size() > first + 50, 20), f"{size()} starts in 20 s")
    files = _weight(m)[1]
    need(wait_until(lambda: size() > first + 1500, 20), f"{size()} starts in 20 s")
    memory = _weight(m)[0]
    for count in range(first + 2000, first + 11501, 500):
        need(wait_until(lambda count=count: size() >= count, 20),
             f"no more than {size()} starts in 20 s")
        now = _weight(m)
        need(now[0] - memory <= 16 * PAGE, f"{now[0] - memory} bytes more after {size()} starts")
        need(now[1] <= files + 1, f"{now[1] - files} files more after {size()} starts")


@case("services")
def storm(t):
    """a service that fails at once and is started again costs under 2 % of a CPU"""
    m = t.table(("respawn", "mark", "/out/ran", "ran", 1))
    m.started()
    # Its own time, that of supervisors, and of the children that they have reaped.
    def used():
        return sum(sum(map(int, stat[11:15])) for stat in
                   (stat_of(m.pid), *m.processes().values())) / TICKS
    start, before = time.monotonic(), used()
    time.sleep(4)
    share = 100 * (used() - before) / (time.monotonic() - start)
    need(len(m.out("ran")) >= 2, f"it was started {len(m.out('ran'))} times")
    need(share < 2, f"{share:.1f} %, {len(m.out('ran'))} starts")


@case("services")
def fork_fails(t):
    """three forks that fail (EAGAIN) lose no service, nor the one task"""
    trace = t.root.path + ".strace"
    calls, count = "clone,clone3,fork,vfork", 5 if t.init.services else 1
    wrap = ["strace", "-D", "-o", trace, "-e", "trace=" + calls,
            "-e", f"inject={calls}:error=EAGAIN:when=1..3"]
    if t.init.services:
        m = t.table(*(("once", "mark", "/out/ran", n, 0) for n in range(count)), wrap=wrap)
    else:
        m = t.one("mark", "/out/ran", 0, 0, wrap=wrap)
    def failures():
        return read(trace).count("INJECTED")
    def ended():
        return len(m.out("ran")) >= count or not m.alive()
    wait_until(lambda: ended() or failures() == 3, 20)
    wait_until(ended, t.init.retry)
    failed, ran = failures(), len(set(m.out("ran")))
    need(ran == count, f"{ran} of {count} ran after forks failed {failed} times")
    need(failed == 3, f"{failed} forks failed: the case itself is at fault")


def _bad_lines(t, **how):
    """The machine, and (file, number) of each malformed line."""
    places = []
    def prepare(root, command):
        argv, told = t.init.bad_table(root, command)
        places.extend(told)
        if "pty" in how:
            os.mkfifo(root.path + "/dev/kmsg")
        return argv
    return t.boot(prepare, [PROBE, "mark", "/out/ran"], **how), places


@case("services")
def bad_lines(t):
    """lines of its table that are malformed do not hinder the others"""
    m, places = _bad_lines(t)
    need(m.alive(), "process 1 is gone")
    _once_each(m, len(places))


@case("services")
def bad_lines_named(t):
    """each malformed line of its table is named with file and number"""
    # Where it may be said: its output, the console, the kernel's log.
    master, slave = os.openpty()
    files, said = [master, slave], ""
    try:
        m, places = _bad_lines(t, pty=os.ttyname(slave))
        files.append(os.open(t.root.path + "/dev/kmsg", os.O_RDWR))
        m.wait_for("ran", len(places))
        while ready := select.select([master, files[2]], [], [], 0.3)[0]:
            said += os.read(ready[0], 4096).decode("utf-8", "replace")
        said += m.console()
    finally:
        for fd in files:
            os.close(fd)
    missing = [n for file, n in places
               if not any(file in line and re.search(rf"\b{n}\b", line)
                          for line in said.splitlines())]
    need(not missing, f"no word of {len(missing)} of {len(places)} lines: {missing}")
