# SPDX-License-Identifier: GPL-2.0-only
"""Inits that are larger than one program, set up as their own documentation has it.

A service is a directory for runit and s6, a line for sysvinit and finit. What a
distribution leaves to scripts at the end (the signals to all processes, umount) is
in the scripts here, too.
"""
import gzip
import os
import re
import signal
import struct
import subprocess

from .inits import Init
from .machine import which

GETTY = "/bin/busybox getty -n -l /bin/sh 0 "   # a terminal is its job, not that of init
# What /etc/init.d/sendsigs and umountfs of Debian's initscripts do.
END = """killall5 -15
for second in 1 2 3 4 5 6 7 8 9 10; do
	killall5 -18 || break
	sleep 1
done
killall5 -9
umount -a -r
"""


def sorted_lines(lines):
    """Lines of Init.table() as {action: [command]}. One for a terminal runs a getty."""
    found = {"sysinit": [], "once": [], "respawn": [], "shutdown": []}
    for action, command in lines:
        terminal, _, action = action.rpartition(":")
        found[action].append(GETTY + terminal.strip(":") if terminal else command)
    return found


def script(*commands):
    return "\n".join(["#!/bin/sh", "PATH=/bin:/sbin:/usr/bin:/usr/sbin", *commands, ""])


class Peer(Init):
    """One that has services, and programs besides init itself."""
    services = True
    reports = False
    programs = {}               # name: path in the root
    applets = ()                # of busybox, for its scripts
    init = ""                   # the path of PID 1 in the root
    debian = ""                 # the package that it is in
    fast = 1000
    mark = b""                  # what is in the program and no other of that name

    @classmethod
    def find(cls, peers):
        path = super().find(peers)
        if path and cls.mark:
            with open(path, "rb") as f:
                path = path if cls.mark in f.read() else ""
        return path if all(which(name, peers) for name in cls.programs) else ""

    def version(self):
        """As the changelog of its package tells, since few tell it themselves."""
        top = re.sub("/(usr/)?s?bin/[^/]*$", "", self.path)
        try:
            with gzip.open(f"{top}/usr/share/doc/{self.debian}/changelog.Debian.gz", "rt") as f:
                return re.search(r"\(([^)-]*)", f.readline())[1]
        except OSError:
            return ""

    def install(self, root):
        root.add(self.path, self.init)
        for name, path in self.programs.items():
            root.add(which(name, root.peers), path)
        root.add_applets(self.applets)

    def one(self, root, command):
        return self.table(root, [("once", " ".join(command))])

    def respawn_fast(self, root, command):
        # Some wait a second before each restart, some give a service up after ten.
        return self.table(root, [("respawn", " ".join([*command, str(n)]))
                                 for n in range(self.fast)])


class Runit(Peer):
    kind = package = debian = "runit"
    init = "/sbin/runit"
    programs = {"killall5": "/sbin/killall5", "runsvdir": "/usr/bin/runsvdir",
                "runsv": "/usr/bin/runsv", "sv": "/usr/bin/sv"}
    applets = ("env",)
    request = signal.SIGCONT
    asks = (2, 18, 30)
    place = "/etc/service/0"

    def ask(self, machine):
        # As runit-init does: see its man page.
        stopit = machine.root.path + "/run/runit.stopit"
        with open(stopit, "wb"):
            pass
        os.chmod(stopit, 0o100)
        machine.kill(self.request)

    def table(self, root, lines):
        to = sorted_lines(lines)
        root.write("/etc/runit/1", script(*to["sysinit"]))
        root.write("/etc/runit/2", script("exec env - PATH=$PATH runsvdir -P /etc/service"))
        root.write("/etc/runit/3", script(*to["shutdown"], "sv force-stop /etc/service/*",
                                          "sv exit /etc/service/*", END))
        os.makedirs(root.path + "/etc/service")
        for n, command in enumerate(to["once"] + to["respawn"]):
            root.write(f"/etc/service/{n}/run", script("exec " + command))
            if n < len(to["once"]):
                # The letter of "sv down".
                root.write(f"/etc/service/{n}/finish", script("printf d >supervise/control"))
        return [self.init]


class S6(Peer):
    """s6-svscan as process 1, as its page "How to run s6-svscan as process 1" tells. What
    s6-linux-init, which Debian has not, would do at the end is in a script of ours."""
    kind = debian = "s6"
    package = "s6-svscan"
    init = "/usr/bin/s6-svscan"
    programs = {name: "/usr/bin/" + name for name in ("s6-supervise", "s6-svscanctl")}
    applets = ("poweroff",)
    asks = (1, 2, 3, 6, 10, 12, 14, 15, 28, 30)
    place = "/run/service/0"
    arguments = ("-c", "2000", "/run/service")      # it takes 500 services without -c
    end = """kill -TERM -1
kill -CONT -1
tries=0
while kill -0 -1 2>/dev/null && [ $((tries += 1)) -le 30 ]; do
	sleep 0.1
done
kill -KILL -1
umount -a -r
exec poweroff -f
"""

    def table(self, root, lines):
        to = sorted_lines(lines)
        # Services wait for the one-time tasks, which a child of process 1 does.
        late = "/etc/services" if to["sysinit"] else "/run/service"
        for n, command in enumerate(to["once"] + to["respawn"]):
            root.write(f"{late}/{n}/run", script("exec " + command))
            root.write(f"{late}/{n}/timeout-kill", "5000\n")
            if n < len(to["once"]):
                # Which tells that it is not to be started again.
                root.write(f"{late}/{n}/finish", script("exit 125"))
        root.write("/run/service/.s6-svscan/SIGUSR2", script("s6-svscanctl -t /run/service"))
        root.write("/run/service/.s6-svscan/finish", script(*to["shutdown"], self.end))
        if not to["sysinit"]:
            return [self.init, *self.arguments]
        root.write("/etc/rc.init", script(*to["sysinit"], "mv /etc/services/* /run/service",
                                          "s6-svscanctl -a /run/service"))
        root.write("/etc/init", script("/etc/rc.init &",
                                       "exec s6-svscan " + " ".join(self.arguments)))
        return ["/etc/init"]


class Sysvinit(Peer):
    kind, package, debian = "sysvinit", "init", "sysvinit-core"
    fast = 2000
    mark = b"SysV init version"
    init = "/sbin/init"
    programs = {"killall5": "/sbin/killall5", "halt": "/sbin/halt"}
    request = signal.SIGINT     # Ctrl-Alt-Del, where there is no FIFO yet
    asks = (1, 2, 10, 12, 28, 30)
    poweroff = ("/sbin/halt", "-f", "-p")
    bad_lines = ("nonsense", ":a", "b1:2:bogus:/bin/probe exit 0", "b2:2:once:", ":::::",
                 "\t:2:once")

    def ask(self, machine):
        # As "telinit 0" does: see struct init_request of initreq.h.
        try:
            fd = os.open(machine.root.path + "/run/initctl", os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            super().ask(machine)
            return
        os.write(fd, struct.pack("4i368x", 0x03091969, 1, ord("0"), 3))
        os.close(fd)

    def table(self, root, lines):
        to = sorted_lines(lines)
        entries = [f"{n:x}:2:{action}:{command}" for n, (action, command) in enumerate(
            (action, command) for action in ("once", "respawn") for command in to[action])]
        root.write("/etc/rc0.sh", script(*to["shutdown"], END, "halt -d -f -p"))
        root.write("/etc/rcS.sh", script(*to["sysinit"]))
        root.write("/etc/inittab", "\n".join([
            "id:2:initdefault:", "si::sysinit:/etc/rcS.sh", *entries, "l0:0:wait:/etc/rc0.sh",
            "ca::ctrlaltdel:/sbin/init 0", ""]))
        return [self.init]

    def bad_table(self, root, command):
        argv = self.table(root, [])
        with open(root.path + "/etc/inittab", "a", encoding="utf-8") as f:
            for n, line in enumerate(self.bad_lines):
                f.write(f"g{n}:2:once:{' '.join(command)} {n} 0\n{line}\n")
        return argv, [("inittab", 2 * n + 6) for n in range(len(self.bad_lines))]


class Finit(Peer):
    kind = package = debian = "finit"
    fast = 2000
    init = "/sbin/finit"
    poweroff = ("/sbin/poweroff", "-f")
    asks = (1, 2, 10, 12, 15, 30)
    bad_lines = ("nonsense", "service", "service [2]", "task [2] <",
                 "bogus [2] /bin/probe exit 0")

    def install(self, root):
        super().install(root)
        for name in "getty", "initctl", "logit", "sulogin":
            root.add(f"{os.path.dirname(os.path.dirname(self.path))}/lib/finit/{name}",
                     "/lib/finit/" + name)
        os.symlink("../lib/finit/initctl", root.path + "/sbin/poweroff")

    def one(self, root, command):
        # A task would be run by a shell, and BusyBox's lets its children ignore SIGQUIT.
        return self.table(root, [("respawn", " ".join(command))])

    def bad_table(self, root, command):
        argv = self.table(root, [])
        root.write("/etc/finit.conf", "".join(
            f"task :{n} [2] {' '.join(command)} {n} 0 --\n{line}\n"
            for n, line in enumerate(self.bad_lines)))
        return argv, [("finit.conf", 2 * n + 2) for n in range(len(self.bad_lines))]

    def table(self, root, lines):
        root.write("/etc/fstab", "")
        conf = ["runlevel 2"]
        words = {"sysinit": ("run", "[S]"), "once": ("task", "[2]"),
                 "respawn": ("service", "[2] <!>"), "shutdown": ("run", "[0]")}
        for n, (action, command) in enumerate(lines):
            if action in words:
                kind, levels = words[action]
                conf.append(f"{kind} :{n} {levels} {command} --")
            else:
                conf.append(f"tty [2] /dev/{action.split(':')[0]} nowait noclear nologin")
        root.write("/etc/finit.conf", "\n".join([*conf, ""]))
        return [self.init]


class Oneit(Init):
    """That of toybox: it runs one command, and powers off when that ends."""
    kind, package = "oneit", "toybox"
    reports = False
    asks = (2, 10, 12, 15)
    consoles = "/dev/ttyTEST", "/dev/console", "/dev/null"

    def install(self, root):
        root.add(self.path, "/bin/toybox")
        os.symlink("../bin/toybox", root.path + "/sbin/oneit")

    def version(self):
        told = subprocess.run([self.path, "--version"], capture_output=True, text=True, check=False)
        return told.stdout.split()[-1] if told.stdout else ""

    def one(self, root, command):
        console = next((name for name in self.consoles if os.path.exists(root.path + name)),
                       self.consoles[0])
        return ["/sbin/oneit", "-p", "-c", console, *command]


ALL = Runit, S6, Sysvinit, Finit, Oneit
