#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Type Documentation/first-boot.md, command by command, into a shell, and look
for the lines that it shows. The verdict on a boot is taken from run.json."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True      # the source tree is never written to
from tap import done, result        # noqa: E402

PAGE = "Documentation/first-boot.md"
# How each boot on the page must end, in order.
OUTCOMES = ["panic", "panic", "poweroff", "panic", "poweroff"]


def steps(page):
    """[(command, [line, ...])] of the blocks that start with a prompt."""
    found = []
    for line in page.splitlines():
        if line.startswith("    $ "):
            found.append((line[6:], []))
        elif line.startswith("    ") and found:
            found[-1][1].append(line.strip())
    return found


def pattern(line):
    return ".*".join(re.escape(part) for part in line.split("…"))


with tempfile.TemporaryDirectory(prefix="bzinit-test.") as tmp:
    subprocess.run(["cp", "-r", *(f for f in os.listdir(".") if f not in ("build", ".git")), tmp], check=True)
    # the kernel of the last experiment is shared with the other tests
    shared = os.path.join(os.environ.get("BUILD") or tmp + "/built", "hello")
    os.makedirs(shared, exist_ok=True)
    os.symlink(shared, tmp + "/build")
    run_json = tmp + "/build/run.json"
    outcomes = []
    for command, lines in steps(open(PAGE, encoding="utf-8").read()):
        if os.path.exists(run_json):
            os.remove(run_json)
        start = time.time()
        p = subprocess.run(["sh", "-c", command], cwd=tmp, text=True, errors="replace",
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        short = command if len(command) < 60 else command[:57] + "..."
        missing = [x for x in lines if not re.search(pattern(x), p.stdout)]
        result(f"shows what the page says: {short}", not missing, "missing: " + " | ".join(missing) + "\n" + p.stdout)
        print(f"# {time.time() - start:.1f} s")
        if "make run" in command:
            outcome = json.load(open(run_json))["outcome"] if os.path.exists(run_json) else "nothing"
            wanted = OUTCOMES[len(outcomes)] if len(outcomes) < len(OUTCOMES) else "no boot"
            outcomes.append(outcome)
            result(f"and ends with {wanted}", outcome == wanted, f"got {outcome}\n" + p.stdout)
        else:
            result("and succeeds", p.returncode == 0, p.stdout)
    result(f"{len(OUTCOMES)} boots", len(outcomes) == len(OUTCOMES))
sys.exit(done())
