# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's list of processes, read from memory without debug information.

What is known of struct task_struct (include/linux/sched.h) is what its members
mean, not where they are. That is found by looking, and one vouches for the
other: `comm` of the idle task is "swapper"; `tasks` is a list whose third task
has "kthreadd" at the same distance, and that leads back; `pid` counts 0, 1, 2
and is nobody else's; `group_leader` is the task itself, as threads are not in
this list; `real_parent` is always a member, and for some it is kthreadd;
`flags` have PF_KTHREAD in each child of kthreadd and not in PID 1."""
import struct

SWAPPER, KTHREADD = b"swapper", b"kthreadd"
PAGE = 4096
COMM = 16                           # bytes of comm
BEFORE, AFTER = 8192, 2048          # bytes of a task around its comm that are looked at
MOST = 32768                        # tasks
PID_MAX = 1 << 22                   # PID_MAX_LIMIT
PF_KTHREAD, PF_FORKNOEXEC = 0x00200000, 0x00000040


class Unknown(Exception):
    """args[0]: what could not be found, for people."""


class Task:
    """A member of the list: AT, the linear address of its `tasks`; DATA, its
    memory, in which its comm is at BEFORE, and its `tasks` DISTANCE before."""

    def __init__(self, at, data, word, distance=0):
        self.at, self.distance = at, distance
        self.words = [v[0] for v in struct.iter_unpack("<Q" if word == 8 else "<I", data)]
        self.halves = [v[0] for v in struct.iter_unpack("<I", data)]
        self.comm = data[BEFORE:BEFORE + COMM].split(b"\0")[0].decode("utf-8", "replace")


def read(machine, kernel, memory):
    """Return the processes as in handover.json. MEMORY is that of the kernel proper,
    which begins at the physical address KERNEL. Raise Unknown if they are not found."""
    state = machine.state()
    word = 8 if state.long else 4
    # With page-table isolation the first may be the user's; the kernel's are a page before
    for tables in (state.cr3, state.cr3 & ~PAGE):
        machine.stub.set_register("cr3", tables)
        at = -1
        while (at := memory.find(SWAPPER, at + 1)) >= 0:
            if memory[at + len(SWAPPER):at + COMM].strip(b"/0\0") == b"":
                for tasks in rings(machine, kernel, memory, at, word):
                    return processes(tasks)
    raise Unknown("no list of tasks that begins with swapper and kthreadd in its memory")


def rings(machine, kernel, memory, comm, word):
    """Yield the lists, should a task's comm be at COMM in MEMORY: it is the idle task's,
    its `tasks` is where a list_head leads to a task and on to kthreadd."""
    start = comm - BEFORE
    data = memory[max(start, 0):comm + AFTER]
    if len(data) != BEFORE + AFTER:
        return
    idle = Task(None, data, word)
    for n in range(len(idle.words) - 1):
        first, distance = idle.words[n], BEFORE - n * word
        if not plausible(first, word) or not plausible(idle.words[n + 1], word):
            continue
        second = int.from_bytes(machine.read(first, word), "little")
        if not plausible(second, word) or \
                machine.read(second + distance, len(KTHREADD)) != KTHREADD:
            continue
        tasks = ring(machine, first, kernel + start + n * word, distance, word)
        if tasks:
            yield tasks


def plausible(value, word):
    """Is that a pointer into the kernel's half?"""
    return value >> (word * 8 - 1) == 1 and value % word == 0


def ring(machine, first, back, distance, word):
    """Return all Tasks from the idle one, whose `tasks` is at the physical address BACK,
    once round; None if it does not lead back, or a neighbour does not."""
    out, at, before = [], first, None
    while len(out) < MOST:
        links = machine.read(at, 2 * word)
        data = machine.read(at + distance - BEFORE, BEFORE + AFTER)
        if len(links) != 2 * word or len(data) != BEFORE + AFTER:
            return None
        following, prev = (int.from_bytes(links[n:n + word], "little") for n in (0, word))
        if before is None:
            before = idle = prev        # the first one's neighbour is the idle task
            if machine.physical(idle) != back:
                return None
        if prev != before:
            return None
        out.append(Task(at, data, word, distance))
        if at == idle:
            return out[-1:] + out[:-1]
        before, at = at, following
    return None


def processes(tasks):
    """[{pid, ppid, comm, kernel}] of the Tasks of a list."""
    idle, kthreadd = tasks[0], tasks[2]
    for start in starts(tasks):
        known = {t.at - idle.at + start: t for t in tasks}
        second = kthreadd.at - idle.at + start
        parent = member(tasks, start, "words", lambda v: v[:3] == [start] * 3
                        and second in v and all(p in known for p in v))
        if parent is not None:
            break
    else:
        raise Unknown("no real_parent in its tasks that is always a task")
    pid = member(tasks, start, "halves", lambda v: v[:3] == [0, 1, 2]
                 and len(set(v)) == len(v) and max(v) <= PID_MAX)
    children = [n for n, t in enumerate(tasks) if t.words[parent] == second]
    flags = member(tasks, start, "halves", lambda v: v[0] & PF_KTHREAD
                   and not v[1] & (PF_KTHREAD | PF_FORKNOEXEC)
                   and all(v[n] & PF_KTHREAD and v[n] & PF_FORKNOEXEC for n in [2, *children]))
    for name, place in (("pid", pid), ("flags", flags)):
        if place is None:
            raise Unknown(f"no {name} in its tasks that can be told from other members")
    return sorted(({"pid": t.halves[pid], "ppid": known[t.words[parent]].halves[pid],
                    "comm": t.comm, "kernel": bool(t.halves[flags] & PF_KTHREAD)}
                   for t in tasks), key=lambda p: p["pid"])


def starts(tasks):
    """Where the idle task may start: at what its group_leader says. Empty lists
    point into their own task, too, so there may be several."""
    idle, found = tasks[0], {}
    for n, p in enumerate(idle.words):
        if 0 <= idle.at - p < BEFORE and all(t.at - t.words[n] == idle.at - p for t in tasks):
            found[p] = None
    return list(found)


def member(tasks, start, size, holds):
    """Where in a task that begins at START the first member is whose values in all
    tasks are as HOLDS says, or None."""
    columns = list(zip(*(getattr(t, size) for t in tasks)))
    idle = tasks[0]
    first = BEFORE - idle.distance - (idle.at - start)
    for n in range(max(first, 0) * len(columns) // (BEFORE + AFTER), len(columns)):
        if holds(list(columns[n])):
            return n
    return None
