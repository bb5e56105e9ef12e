# SPDX-License-Identifier: GPL-2.0-only
"""What tests/run*.t share: the guest of run-guest.c, one run of it, TAP."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from tap import done, result, skip_all

RUN = os.path.abspath("boot/run-qemu")
CC = os.environ.get("HOSTCC", "gcc").split()
TMP = tempfile.mkdtemp(prefix="bzinit-test-run.")
BUILD = f"{TMP}/build dir,ü"        # blanks, commas and unicode all at once
GUEST = f"{BUILD}/guest,ü image"
KEYS = {"outcome", "status", "exit", "reason", "seconds", "machine", "accel", "kernel", "initrd",
        "command_line", "qemu", "hint"}
NO_QEMU = shutil.which("qemu-system-x86_64") is None


def command(*words, build=BUILD, kernel=GUEST):
    return [RUN, "--build", build, "--arch", "x86_64", "--kernel", kernel,
            *([] if "--timeout" in words else ["--timeout", "20"]), *words]


def outcome():
    """run.json, or what is wrong with it."""
    try:
        with open(f"{BUILD}/run.json", encoding="ascii") as f:
            told = json.load(f)
    except (OSError, ValueError) as e:
        return {"outcome": f"run.json: {e}"}
    return told if set(told) == KEYS else {"outcome": f"run.json has {sorted(told)}"}


def run(*words, env=None, stdin=subprocess.DEVNULL, **kw):
    """One run: (exit status, console, standard error, run.json)."""
    send = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    p = subprocess.run(command(*words, **kw), capture_output=True, timeout=60, check=False,
                       env=dict(os.environ, **env or {}), **send)
    return p.returncode, p.stdout.decode(), p.stderr.decode(), outcome()


def expect(name, letters, code, word, *words, **want):
    """The guest does LETTERS: exit status CODE, outcome WORD, WANT in run.json."""
    rc, out, err, told = run("--append", f"guest={letters}", *words)
    good = rc == code == told.get("exit") and told["outcome"] == word
    good = good and all(told[k] == v for k, v in want.items())
    result(name, good, f"exit {rc}, wanted {code} {word} {want}", told, out, err)
    return told


def refused(name, words, code, text, **kw):
    rc, _, err, told = run(*words, **kw)
    result(name, rc == code == told.get("exit") and told["outcome"] == "error" and text in err
           and err.count("\n") == 1, rc, err, told)


def build_guest():
    os.makedirs(BUILD)
    subprocess.run(
        [*CC, "-m16", "-std=gnu11", "-Os", "-Wall", "-Wextra", "-Werror", "-ffreestanding",
         "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables",
         "-fcf-protection=none", "-mno-sse", "-nostdlib", "-static",
         "-Wl,-N,-Ttext=0,--oformat=binary,-e0,--build-id=none",
         "-o", GUEST, "tests/boot/run-guest.c"], check=True)
    os.truncate(GUEST, 8 * 512 + 16)


def probe_says(verdict, code):
    os.makedirs(f"{BUILD}/boot", exist_ok=True)
    with open(f"{BUILD}/boot/kvm-probe", "w", encoding="ascii") as f:
        f.write(f"#!/bin/sh\necho '{verdict}'\nexit {code}\n")
    os.chmod(f.name, 0o755)


def stand_in(name, text):
    """A script of ours in a directory to put before the PATH."""
    directory = f"{TMP}/{name}.d"
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/{name}", "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(f.name, 0o755)
    return {"PATH": f"{directory}:{os.environ['PATH']}"}


def main(*tests):
    """Run the tests, in a directory that goes away; return main's exit status."""
    if NO_QEMU:
        return skip_all("no qemu-system-x86_64 here: run scripts/setup")
    try:
        build_guest()
        probe_says("broken: this test is about something else", 1)
        for test in tests:
            test()
    finally:
        shutil.rmtree(TMP)
    return done()
