# SPDX-License-Identifier: GPL-2.0-only
"""Write one page of all that is measured of an image: see Documentation/report.md.

It writes BUILD/report.html, or with --svg one picture. Numbers that were measured
before are used again if they are of this image. The exit status is 0, or 1 and one
line of why nothing was written.

It is in Python because it joins what programs in Python measure."""
import argparse
import os
import sys

from boot import Refused, output
from tools.report import gather, page
from tools.report.model import Missing


def parse(argv):
    """Return the options; o.runner are those of run-qemu, for timeline and handover."""
    ap = argparse.ArgumentParser("report", allow_abbrev=False,
                                 description="Write one page of all that is measured of an image.",
                                 epilog="Other options are run-qemu's.")
    add = ap.add_argument
    add("--build", metavar="DIR", default="build", help="build directory (default: build)")
    add("--kernel", metavar="FILE", help="default: BUILD/bzImage")
    add("--initrd", metavar="FILE", help="initramfs archive to load beside it")
    add("--append", metavar="WORDS", default="", help="more kernel command line")
    add("--symbols", metavar="FILE", help="System.map of --kernel")
    add("--arch", metavar="ARCH")
    add("--from", metavar="DIR", dest="given", help="measure nothing: DIR has the JSON files")
    add("--svg", metavar="NAME", help="one picture instead of the page: layers, initrd, timeline, "
        "pid1, handover, memory, processes, size")
    add("-o", "--output", metavar="FILE",
        help="default: BUILD/report.html; of --svg standard output")

    def usage_error(words):
        raise Missing(f"{words} (see report --help)")
    ap.error = usage_error
    o, o.more = ap.parse_known_args(argv)
    o.own = not o.kernel
    o.build = os.path.abspath(o.build)
    if o.given and o.more:
        usage_error(f"--from measures nothing, so it has no use for {' '.join(o.more)}")
    o.runner = o.more + [w for name in ("kernel", "initrd", "arch")
                         for w in ((f"--{name}", getattr(o, name)) if getattr(o, name) else ())]
    o.kernel = o.kernel or f"{o.build}/bzImage"
    return o


def main(argv):
    try:
        o = parse(argv)
        if not o.given and not os.path.isfile(o.kernel):
            raise Missing(f"kernel {o.kernel}: no such file: "
                          + ("run `make` first" if o.own else "give another one"))
        told = gather.given(o.given) if o.given else gather.gather(o)
        if all("missing" in told[name] for name in ("anatomy", "timeline", "handover")):
            raise Missing(f"nothing is known of this image: {told['anatomy']['missing']}")
        content = (page.slide(told, o.svg) if o.svg else page.html(told)).encode("utf-8", "replace")
        path = o.output or ("/dev/stdout" if o.svg else f"{o.build}/report.html")
        output.write(path, content)
        if not o.svg:
            print(f"{path}: {len(content):,} bytes; open it in any browser")
    except KeyboardInterrupt:
        return 130
    except (Missing, Refused) as e:
        print(f"report: {output.visible(e.args[0])}", file=sys.stderr)
        return 1
    except OSError as e:
        print(f"report: {e.filename}: {e.strerror}", file=sys.stderr)
        return 1
    return 0
