# SPDX-License-Identifier: GPL-2.0-only
"""One case on one init: the list of cases, and how one of them is run."""
import signal
import time

from .inits import PROBE
from .machine import Machine, No, NotIts, claims, need

LIMIT = 120     # s for a case
CASES = {}      # name: (duty, text of the row, function)


def case(duty):
    """The function below is a case; the first line of its docstring is its row."""
    def note(function):
        name = function.__name__.replace("_", "-")
        CASES[name] = (duty, function.__doc__.splitlines()[0].rstrip("."), function)
        return function
    return note


class Trial:
    """What a case works with: boots of one init, all gone when the case is over."""

    def __init__(self, init, root, options):
        self.init, self.root, self.options = init, root, options
        self.machines = []

    def boot(self, prepare, what, dev=("null", "ttyS1"), pty="", **how):
        self.close()
        self.root.clean([*dev, "console", "ttyTEST"] if pty else dev)
        self.root.write("/etc/cmdline", "quiet\n")
        self.touch_first(how.pop("files", {}))
        if pty and "start" not in how:
            how["start"] = self.init.terminal
        m = Machine(self.root, self.options, prepare(self.root, what), pty=pty, **how)
        self.machines.append(m)
        return m

    def touch_first(self, files):
        for name, text in files.items():
            self.root.write(name, text)

    def one(self, *verb, **how):
        """Boot with probe's @verb as the one task."""
        return self.boot(self.init.one, [PROBE, *map(str, verb)], **how)

    def table(self, *lines, **how):
        """Boot with services: (action, verb...), or (action, "/path", ...)."""
        return self.boot(self.init.table, [
            (line[0], " ".join(map(str, line[1:] if line[1][0] in "-/" else (PROBE, *line[1:]))))
            for line in lines], **how)

    def fast(self, *verb):
        return self.boot(self.init.respawn_fast, [PROBE, *map(str, verb)])

    def status(self, m, seconds=5):
        """The status of the task, as it arrives outside."""
        claims(self.init.reports, "has no task whose status it would report")
        rc = m.wait(seconds)
        need(rc is not None, f"went on for {seconds} s after its task had ended")
        return self.init.status(self.root, rc)

    def ends(self, m, seconds):
        """Ask for the end. Returns how long it took."""
        self.init.ask(m)
        return self.ended(m, seconds)

    def ended(self, m, seconds):
        start = time.monotonic()
        rc = m.wait(seconds)
        need(rc is not None, f"went on {seconds} s after it was asked to end")
        need(rc in self.init.ends_with, f"ended with {rc}")
        return time.monotonic() - start

    def close(self):
        while self.machines:
            self.machines.pop().close()


def _too_long(*_):
    raise No(f"no verdict after {LIMIT} s")


def _once(name, init, root, options):
    """Returns the verdict and what was seen."""
    trial = Trial(init, root, options)
    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        CASES[name][2](trial)
        return "yes", ""
    except NotIts as why:
        return "-", str(why)
    except No as seen:
        return "no", str(seen)
    except Exception as wrong:  # pylint: disable=broad-exception-caught
        return "no", f"the case itself is at fault: {wrong!r}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        trial.close()


def run(name, init, root, options):
    """Returns {verdict, seen, seconds, options}, where the verdict is yes, no or "-" (see
    NotIts): the best of the init's variants."""
    start, best = time.monotonic(), None
    for variant in init.variants:
        init.options = variant
        verdict, seen = _once(name, init, root, options)
        if best is None or verdict == "yes":
            best = verdict, seen, variant
        if verdict != "no":
            break
    return {"verdict": best[0], "seen": best[1],
            "seconds": round(time.monotonic() - start, 2), "options": " ".join(best[2])}
