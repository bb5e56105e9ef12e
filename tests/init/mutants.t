#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Each case of a test of PID 1 fails against an init that is wrong in just that way.

tests/init/mutants/NAME is a table of faults for NAME.t: a comment says what is
wrong; then, in one line, a group of cases (ONLY= of tests/init/init-lib.sh), the name of
a function, an object or a macro of init-src and a sed expression that puts the fault
into its definition; lines that begin with "+" change a second place. Where several
files have the name, or the fault is in none, FILE.c: stands before it. Then follow,
each after a tab, the cases of that group that say "not ok". No other of the group may,
and each case of the test has a fault, but those that stand below "without" and the
reason. An expression that finds nothing to change fails: sources that were changed
need another one.

  MUTANTS=WORD   only the lines where WORD is in NAME/GROUP/PLACE; then no case is missed
  BUILD=DIR      has a guest for those that boot a kernel, root.t; without it they are left out
  FULL=1         all of these: they take minutes, so that else only every fourth is tried
"""
import collections
import concurrent.futures
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
import tap                                                      # noqa: E402
from score import inits          # noqa: E402
from score import mutants          # noqa: E402

LIMIT = 400                     # s for a run of a test
AT_ONCE = 3 * (os.cpu_count() or 1)     # they wait more than they work
SRC = os.path.abspath(os.environ.get("INIT_SRC", "init-src"))
BOOTS = "root"                          # in one directory, so one after the other
WORD = os.environ.get("MUTANTS", "")
BOOTED = slice(None, None, 1 if WORD or os.environ.get("FULL") else 4)

running = set()


def result(name, why, directive=""):
    """A line of TAP. @why: what is wrong, "" for nothing."""
    tap.result(name + directive, not why, why)


def run(test, src, objects, group=None):
    """The cases of TEST.t: {name: "ok", "not ok" or "skip"}, in order, and names
    that occur twice. init.t has some cases twice, for a second compiler."""
    env = dict(os.environ, INIT_SRC=src, OBJECTS=objects)
    if test != BOOTS:       # where a kernel would be built anew
        env["CC"] = env.get("CC", "gcc") + " -Wno-unused"
    env.pop("INIT", None)
    env["FUZZ"] = "2"       # s
    if test == "fuzz":      # where inputs that crash would stay
        env.pop("BUILD", None)
    if group is not None:
        env["ONLY"] = group
    with subprocess.Popen([f"{HERE}/{test}.t"], env=env, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, errors="replace",
                          start_new_session=True) as process:
        running.add(process)
        try:
            tap = process.communicate(timeout=LIMIT)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            tap = process.communicate()[0]
        running.discard(process)
    cases, twice = {}, []
    for no, number, name, skip in re.findall(r"^(not )?ok (\d+) - (.*?)( # SKIP.*)?$", tap, re.M):
        short = re.sub(r"^(clang's )?init: ", "", name.strip())
        if short in cases and not name.startswith("clang's "):
            twice.append(f"{number} {name}")
        verdict = "skip" if skip else "not ok" if no else "ok"
        if cases.get(short) in (None, "ok"):
            cases[short] = verdict
    return cases, twice


def try_one(test, mutant, tmp, number):
    """Returns why @mutant is not as its table has it, or "", and a directive of TAP."""
    directory = f"{tmp}/{number}"
    os.mkdir(directory)
    try:
        mutants.put(SRC, tmp + "/clean", directory, mutant.changes)
        cases = run(test, directory + "/src", directory + "/objects", mutant.case)[0]
    except mutants.Stale as e:
        return str(e), ""
    finally:
        shutil.rmtree(directory)
    wanted = set(mutant.cases)
    if "skip" in [cases.get(n, "skip") for n in wanted] and "skip" in cases.values():
        return "", " # SKIP its case was skipped"
    no = {name for name, verdict in cases.items() if verdict == "not ok"}
    return "; ".join(
        [f"says ok: {name}" for name in sorted(wanted & set(cases) - no)] +
        [f"is no case of {mutant.case}: {name}" for name in sorted(wanted - set(cases))] +
        [f"says not ok, too: {name}" for name in sorted(no - wanted)] +
        ([] if wanted else ["no case is named"])), ""


def each_case(test, table, good):
    """The right init fails nothing, and each case has a mutant or a reason."""
    cases, twice = good
    result(f"{test}: the right init fails no case", ", ".join(
        [n for n, verdict in cases.items() if verdict == "not ok"]) or ("" if cases else "no TAP"))
    result(f"{test}: each case has a name of its own", ", ".join(twice))
    named = collections.Counter(n for m in table for n in set(m.cases))
    result(f"{test}: each case has a wrong init or a reason", ", ".join(
        n for n, verdict in cases.items() if verdict != "skip" and n not in named))
    # A reason is one for a case that is there, and that has no wrong init.
    result(f"{test}: and no reason is too much", ", ".join(
        n for m in table if not m.changes for n in m.cases
        if not m.wrong or named[n] > 1 or n not in cases))


def check(pools, tmp):
    inits.compile_init(SRC, tmp + "/clean", ["-w"])
    good, tried = {}, []
    tables = {t: mutants.read_table(f"{HERE}/mutants/{t}")
              for t in sorted(os.listdir(f"{HERE}/mutants"), reverse=True)
              if t != BOOTS or os.environ.get("BUILD")}
    if not WORD:
        good = {t: pools[t == BOOTS].submit(run, t, SRC, tmp + "/clean") for t in tables}
    for test, table in tables.items():
        for m in table[BOOTED] if test == BOOTS else table:
            if m.changes and WORD in f"{test}/{m.case}/{m.changes[0].place}":
                tried.append((f"{test}, {m.case}: {m.wrong}",
                              pools[test == BOOTS].submit(try_one, test, m, tmp, len(tried))))
    for name, future in tried:
        result(name, *future.result())
    for test, future in good.items():
        each_case(test, tables[test], future.result())


def main():
    for program in ("busybox", "strace"):
        if not shutil.which(program):
            return tap.skip_all(f"no {program}: run scripts/setup")
    if subprocess.run(["unshare", "-Urmpfu", "true"], stderr=subprocess.DEVNULL,
                      check=False).returncode:
        return tap.skip_all("no namespaces for this user (unshare -Urmpfu fails)")
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sig, lambda *_: sys.exit(130))
    with tempfile.TemporaryDirectory(prefix="bzinit-mutants.") as tmp, \
            concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool, \
            concurrent.futures.ThreadPoolExecutor(1) as one_by_one:
        try:
            check([pool, one_by_one], tmp)
        except SystemExit:
            for p in (pool, one_by_one):
                p.shutdown(wait=False, cancel_futures=True)
            for process in list(running):
                os.killpg(process.pid, signal.SIGTERM)
            raise
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"# {usage.ru_utime + usage.ru_stime:.0f} s of CPU")
    return tap.done()


sys.exit(main())
