#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""make timeline counts all sleep: the whole of a long one, and that of a guest of which
no place is known where it could be stopped. The guest is tests/boot/run-guest.c."""
import json
import subprocess
import sys

sys.dont_write_bytecode = True      # the source tree is never written to
from runlib import BUILD, GUEST, main, result    # noqa: E402


def measured(letters):
    p = subprocess.run(["tools/timeline/timeline", "--build", BUILD, "--arch", "x86_64", "--kernel",
                        GUEST, "--append", f"guest={letters}"], capture_output=True, text=True,
                       stdin=subprocess.DEVNULL, timeout=120, check=False)
    try:
        with open(f"{BUILD}/timeline.json", encoding="utf-8") as f:
            return json.load(f)["otherData"]["end_ns"] / 1e9, p
    except (OSError, ValueError) as e:
        return e, p


def test_sleep():
    short, p = measured("bP")
    result("a boot without sleep takes milliseconds", short < 1, short, p)
    for letters, seconds in (("sP", 12), ("ssP", 24), ("sssssR", 60)):
        end, p = measured(letters)
        # The BIOS begins to count in the middle of one of its ticks of 55 ms
        result(f"... one that sleeps {seconds} s takes that longer",
               abs(end - short - seconds * 219 / 218.5) < 0.1 + seconds / 100, end, short, p)


if __name__ == "__main__":
    sys.exit(main(test_sleep))
