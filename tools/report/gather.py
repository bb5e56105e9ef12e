# SPDX-License-Identifier: GPL-2.0-only
"""The numbers: runs the tools that measure, unless what they wrote is still of
this image."""
import glob
import json
import os
import subprocess
import sys

from boot import output
from tools.timeline.log import WORDS as LOG
from boot.replay import NO_TIMER_TESTS

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILES = {"anatomy": "anatomy.json", "timeline": "timeline.json", "handover": "handover.json",
         "size": "size-report.json", "initrd": "initrd.json"}


def load(path):
    """What a JSON file says, or why it does not."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            return json.load(f)
    except OSError as e:
        return {"missing": f"{path}: {e.strerror}"}
    except ValueError:
        return {"missing": f"{path} is not JSON: remove it, and run `make report` again"}


def newer(path, *than):
    """Is the file there, and not older than those?"""
    try:
        return all(os.stat(path).st_mtime >= os.stat(x).st_mtime for x in than if x)
    except OSError:
        return False


def programs(tool):
    """What a tool consists of: who changes that wants new numbers."""
    return glob.glob(f"{TOOLS}/{tool}/*.py")


def run(name, argv, path=None):
    """Run a tool; its last line of complaint, or None. path: what it prints goes there."""
    print(f"  REPORT  {name}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    except OSError as e:
        return f"{argv[0]}: {e.strerror}"
    if done.returncode and not (name == "handover" and done.returncode == 1):
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"{argv[0]} failed with status {done.returncode}"
    if path:
        output.write(path, done.stdout)
    return None


def same(path, o):
    """Is a measured file of this kernel, archive and command line?"""
    told = load(path)
    told = told.get("otherData", told)
    # Behind what timeline and handover add themselves
    words = told.get("command_line", "").rpartition(NO_TIMER_TESTS)[2].replace(LOG, "").split()
    return not o.more and told.get("kernel") == o.kernel and told.get("initrd") == o.initrd and \
        words == o.append.split()


def boot(o, tool):
    """timeline or handover: measure, or take what is there."""
    path = f"{o.build}/{FILES[tool]}"
    symbols = ["--symbols", o.symbols] if tool == "handover" and o.symbols else []
    if symbols or not (newer(path, o.kernel, o.initrd, *programs(tool)) and same(path, o)):
        argv = [f"{TOOLS}/{tool}/{tool}", "--build", o.build, "--append", o.append, *o.runner, *symbols]
        output.remove(path)
        why = run(tool, argv)
        if why:
            return {"missing": why}
    return load(path)


def anatomy(o, path, of, name):
    tool = f"{o.build}/tools/anatomy"
    if not newer(path, of, tool) or load(path).get("file") != of:
        why = run(name, [tool, "--json", of], path)
        if why:
            return {"missing": why}
    return load(path)


def size(o):
    if not o.own:
        return {"missing": "the size by subsystem is counted from the objects of a build, and this "
                           "kernel was not built here"}
    path = f"{o.build}/{FILES['size']}"
    if not newer(path, o.kernel):
        return {"missing": "make size-report has not counted this image: run it, it says why"}
    return load(path)


def gather(o):
    """All there is to know of a boot, by the name of its part."""
    told = {"anatomy": anatomy(o, f"{o.build}/{FILES['anatomy']}", o.kernel, "anatomy")}
    if o.initrd:
        told["initrd"] = anatomy(o, f"{o.build}/{FILES['initrd']}", o.initrd,
                                 "anatomy of the initrd")
    told["timeline"] = boot(o, "timeline")
    told["handover"] = boot(o, "handover")
    told["size"] = size(o)
    return told


def given(directory):
    """The same, from files that somebody made before."""
    told = {name: load(f"{directory}/{file}") for name, file in FILES.items()}
    if "missing" in told["initrd"]:
        del told["initrd"]
    return told
