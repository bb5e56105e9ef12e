# SPDX-License-Identifier: GPL-2.0-only
"""Faults that are put into our init, and that the cases must see: a table of them,
and a copy of the sources with one of them. "mutants" beside this is such a table;
those of tests/mutants/ are for other tests."""
import os
import shutil
import subprocess
import typing

import inits
import trial

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mutants")


class Mutant(typing.NamedTuple):
    case: str           # or the group of cases that is run
    file: str
    expression: str     # for sed
    wrong: str          # in words
    cases: list         # of the group, those that fail: lines that begin with a tab


def read_table(table=TABLE):
    """Returns the Mutants of @table. Where a line has one word, the rest is ""."""
    comment, mutants = "", []
    with open(table, encoding="utf-8") as f:
        for line in f:
            if line.startswith("#"):
                comment = line[1:].strip()
            elif line.startswith("\t"):
                mutants[-1].cases.append(line.strip())
            elif line.strip():
                words = line.rstrip("\n").split(None, 2) + ["", ""]
                mutants.append(Mutant(*words[:3], comment, []))
    return mutants


def put(src, clean, tmp, file, expression):
    """@tmp/src: @src with one file changed; @tmp/objects: those of @clean but that
    one's. Returns whether sed has changed anything."""
    for name in ("src", "objects"):
        shutil.rmtree(f"{tmp}/{name}", ignore_errors=True)
    shutil.copytree(src, tmp + "/src")
    shutil.copytree(clean, tmp + "/objects")
    path = f"{tmp}/src/{file}"
    with open(path, "rb") as f:
        before = f.read()
    subprocess.run(["sed", "-i", expression, path], check=True)
    with open(path, "rb") as f:
        if f.read() == before:
            return False
    changed = f"{tmp}/objects/{file[:-1]}o"
    if os.path.exists(changed):
        os.remove(changed)
    return True


def check(bench, names, args):
    """A line for each fault. Returns 0 if all were seen and each case has one, else 1."""
    clean, tmp = bench.tmp + "/clean", bench.tmp + "/mutant"
    inits.compile_init(args.src, clean)
    unseen, without = 0, set(names)
    for name, file, expression, wrong, _ in read_table():
        if name not in names:
            continue
        without.discard(name)
        if not put(args.src, clean, tmp, file, expression):
            verdict, seen = "UNCHANGED", f"sed finds nothing to change in {file}"
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
