# SPDX-License-Identifier: GPL-2.0-only
"""Faults that are put into our init, and that the cases must see: a table of them,
and a copy of the sources with one of them. "mutants" beside this is such a table;
those of tests/init/mutants/ are for other tests."""
import glob
import os
import re
import shutil
import subprocess
import typing

from . import inits
from . import trial

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mutants")


class Change(typing.NamedTuple):
    place: str          # NAME, FILE.c:NAME or FILE.c
    expression: str     # for sed


class Mutant(typing.NamedTuple):
    case: str           # or the group of cases that is run
    changes: list       # of Change, one after the other; none: a reason, not a fault
    wrong: str          # in words
    cases: list         # of the group, those that fail: lines that begin with a tab


class Stale(Exception):
    """A change that the sources have no place for, in words."""


def read_table(table=TABLE):
    """Returns the Mutants of @table. A line that begins with "+" is one more change."""
    comment, mutants = "", []
    with open(table, encoding="utf-8") as f:
        for line in f:
            words = line.rstrip("\n").split(None, 2)
            if line.startswith("#"):
                comment = line[1:].strip()
            elif line.startswith("\t"):
                mutants[-1].cases.append(line.strip())
            elif words:
                if words[0] != "+":
                    mutants.append(Mutant(words[0], [], comment, []))
                if words[1:]:
                    mutants[-1].changes.append(Change(words[1], words[2]))
    return mutants


def definition(text, name):
    """The span of @text, C in the kernel's style, that defines the function, the
    object or the macro @name; None if there is none."""
    match = re.search(rf"^[a-z][^\n;=]*\b{name}\([^;{{]*\n{{\n.*?^}}"
                      rf"|^([a-z][\w *]*|}} ){name}(\[[^]]*\])*(\s=.*?)?;$"
                      rf"|^#define {name}\b.*?(?<!\\)$", text, re.M | re.S)
    return match and match.span()


def find(src, place):
    """Returns the path of the one file in @src that has @place, its text and where in it."""
    file, name = place.rsplit(":", 1) if ":" in place else \
        (place, "") if place.endswith(".c") else ("*.c", place)
    found = []
    for path in glob.glob(f"{src}/**/{file}", recursive=True):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        span = definition(text, name) if name else (0, len(text))
        if span:
            found.append((path, text, span))
    if len(found) != 1:
        raise Stale(f"{place} is defined in {len(found)} files of {src}")
    return found[0]


def put(src, clean, tmp, changes):
    """Make @tmp/src: @src with @changes; @tmp/objects: those of @clean but what is changed.
    Raises Stale if one of them changes nothing."""
    for name in ("src", "objects"):
        shutil.rmtree(f"{tmp}/{name}", ignore_errors=True)
    shutil.copytree(src, tmp + "/src")
    shutil.copytree(clean, tmp + "/objects")
    for place, expression in changes:
        path, text, (start, end) = find(tmp + "/src", place)
        old = text[start:end] + "\n"
        new = subprocess.run(["sed", expression], input=old, stdout=subprocess.PIPE, text=True,
                             check=True).stdout
        if new == old:
            raise Stale(f"nothing to change in {place}: {expression}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text[:start] + new[:-1] + text[end:])
        changed = f"{tmp}/objects/{os.path.relpath(path, tmp + '/src')[:-1]}o"
        if os.path.exists(changed):
            os.remove(changed)


def check(bench, names, args):
    """A line for each fault. Returns 0 if all were seen and each case has one, else 1."""
    clean, tmp = bench.tmp + "/clean", bench.tmp + "/mutant"
    inits.compile_init(args.src, clean)
    unseen, without = 0, set(names)
    for name, changes, wrong, _ in read_table():
        if name not in names:
            continue
        without.discard(name)
        try:
            put(args.src, clean, tmp, changes)
        except Stale as e:
            verdict, seen = "UNCHANGED", str(e)
        else:
            init = inits.Bzinit(inits.compile_init(tmp + "/src", tmp + "/objects", ["-w"]))
            root = bench.install(init)
            one = bench.run(name, init, root)
            verdict, seen = one["verdict"], f"{one['seen']} ({one['seconds']} s)"
            if "at fault" in seen:
                verdict = "FAULT"
            shutil.rmtree(root.path)
        unseen += verdict != "no"
        print(f"{name}: {verdict}: {wrong}: {seen}", flush=True)
    for name in sorted(without & set(trial.CASES)):
        print(f"{name}: NONE: no fault for it in {TABLE}")
    return 1 if unseen or without else 0
