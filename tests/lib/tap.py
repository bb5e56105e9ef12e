# SPDX-License-Identifier: GPL-2.0-only
"""TAP for tests in Python (https://testanything.org), as tests/lib/tap.sh is for sh.

Python finds it through the link tap.py that is beside such a test."""
import sys

count = failed = 0


def result(name, good, *why):
    """Print one line of TAP. WHY is said only if it is not good: on standard error,
    which prove shows without -v, too. Return good."""
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good:
        words = [w.decode("utf-8", "replace") if isinstance(w, bytes) else str(w) for w in why]
        for line in "\n".join([f"not ok {count} - {name}", *words]).splitlines()[-40:]:
            print("# " + line.replace("\x1b", "^["), file=sys.stderr)
    return good


def skip_all(reason):
    """Print the plan of a test that cannot run here. Return the exit status."""
    print(f"1..0 # SKIP {reason}")
    return 0


def done():
    """Print the plan. Return the exit status of the test."""
    print(f"1..{count}")
    return failed != 0
