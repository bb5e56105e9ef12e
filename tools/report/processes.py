# SPDX-License-Identifier: GPL-2.0-only
"""Who is there at the prompt: the kernel's task list, as scripts/handover read it."""
from . import text
from .model import Figure, Missing, Table, get

SOURCE = "make handover"
HIGH, STEP = 30, 22


def label(t):
    return f'{t["pid"]}  {t["comm"]}'


def box(p, x, y, t):
    w = text.width(label(t), "s") + 18
    kind = "a kernel thread" if t["kernel"] else "a program"
    p.rect(x, y, w, 23, "c1" if t["kernel"] else "c4",
           f'pid {t["pid"]}, parent {t["ppid"]}: {t["comm"]}, {kind}', ' rx="4"')
    p.text(x + 9, y + 16, label(t), "s")
    return w


def leaves(p, x, y, tasks):
    """Children that have none, one after the other as far as the line goes."""
    at = x
    for t in tasks:
        w = text.width(label(t), "s") + 18
        if at > x and at + w > p.width:
            at, y = x, y + HIGH
        box(p, at, y, t)
        at += w + 8
    return y + HIGH


def branch(p, x, y, task, children):
    """A task and all below it; returns where the next line begins."""
    box(p, x, y, task)
    below = children.get(task["pid"], [])
    stem, top, y = x + 10, y + 23, y + HIGH
    alone = [t for t in below if not children.get(t["pid"])]
    groups = [[t] for t in below if children.get(t["pid"])]
    last = top
    for group in ([alone] if alone else []) + groups:
        last = y + 11
        p.line(stem, last, x + STEP, last, "stem")
        y = leaves(p, x + STEP, y, group) if group is alone else \
            branch(p, x + STEP, y, group[0], children)
    if below:
        p.line(stem, top, stem, last, "stem")
    return y


def figure(handover):
    tasks = get(handover, "processes")
    if not tasks:
        raise Missing("no task was found")
    children, pids = {}, {t["pid"] for t in tasks}
    roots = [t for t in tasks if t["pid"] == 0 or t["ppid"] not in pids]
    for t in tasks:
        if t not in roots:
            children.setdefault(t["ppid"], []).append(t)

    def draw(p):
        y = 0
        for t in roots:
            y = branch(p, 0, y, t, children)
    user = sum(not t["kernel"] for t in tasks)
    rows = [[str(t["pid"]), str(t["ppid"]), t["comm"],
             "kernel thread" if t["kernel"] else "program"] for t in tasks]
    return Figure("processes", "The processes at the prompt",
                  f"{text.plural(user, 'program')} (green) and "
                  f"{text.plural(len(tasks) - user, 'thread')} of the kernel (blue), each below "
                  "its parent: all come from pid 0, the boot itself.", SOURCE, draw,
                  [Table("All processes", [("pid", "n"), ("parent", "n"), ("name", ""),
                         ("kind", "")], rows, "Search the processes" if len(rows) > 20 else "")])
