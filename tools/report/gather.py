# SPDX-License-Identifier: GPL-2.0-only
"""Collect the numbers: measure, unless what was measured before is of the same image,
command line and machine, and was made by the same programs."""
import json
import os
import subprocess
import sys

from boot import Refused, output
from tools import size_report
from tools.handover import main as handover
from tools.timeline import main as timeline

FILES = {"anatomy": "anatomy.json", "timeline": "timeline.json", "handover": "handover.json",
         "size": "size-report.json", "initrd": "initrd.json"}


def load(path):
    """Return what a JSON file says, or why it does not."""
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
        return all(os.stat(path).st_mtime >= os.stat(x).st_mtime for x in than)
    except OSError:
        return False


def say(name):
    print(f"  REPORT  {name}", file=sys.stderr, flush=True)


def boot(o, name, program, words):
    """Return what PROGRAM, timeline or handover, measures of the boot that O and further
    WORDS of its command line ask for; or why it cannot."""
    path = f"{o.build}/{FILES[name]}"
    try:
        options = program.parse(["--build", o.build, "--append", o.append, *o.runner, *words])
        found = load(path)
        if found.get("otherData", found).get("made_from") == program.inputs(options):
            return found
        say(name)
        output.remove(path)
        found = program.measure(options, lambda text: None)
        output.write_json(path, found)
        return found
    except Refused as e:
        return {"missing": e.args[0]}


def anatomy(o, name, of, title):
    """Return what anatomy says of the file OF, or why it says nothing."""
    tool, path = f"{o.build}/tools/anatomy", f"{o.build}/{FILES[name]}"
    if newer(path, of, tool) and load(path).get("file") == of:
        return load(path)
    say(title)
    try:
        done = subprocess.run([tool, "--json", of], capture_output=True, check=False)
    except OSError as e:
        return {"missing": f"{tool}: {e.strerror}"}
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return {"missing": lines[-1] if lines else f"{tool} failed with status {done.returncode}"}
    output.write(path, done.stdout)
    return load(path)


def size(o):
    """Return which objects the kernel's bytes are from, or why that is not known."""
    if not o.own:
        return {"missing": "the size by subsystem is counted from the objects of a build, and this "
                           "kernel was not built here"}
    path = f"{o.build}/{FILES['size']}"
    try:
        if not newer(path, o.kernel):
            say("size by subsystem")
            output.write_json(path, size_report.report(o.build))
    except Refused as e:
        return {"missing": e.args[0]}
    except OSError as e:
        return {"missing": f"{e.filename}: {e.strerror}: run make, then make report again"}
    return load(path)


def gather(o):
    """Return all that is measured of a boot, by the name of its part."""
    told = {"anatomy": anatomy(o, "anatomy", o.kernel, "anatomy")}
    if o.initrd:
        told["initrd"] = anatomy(o, "initrd", o.initrd, "anatomy of the initrd")
    told["timeline"] = boot(o, "timeline", timeline, [])
    told["handover"] = boot(o, "handover", handover, ["--symbols", o.symbols] if o.symbols else [])
    told["size"] = size(o)
    return told


def given(directory):
    """Return the same from files that were made before."""
    told = {name: load(f"{directory}/{file}") for name, file in FILES.items()}
    if "missing" in told["initrd"]:
        del told["initrd"]
    return told
