#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The terminal that PID 1 gives to a shell, in a PID namespace with a pty.

The pty stands in for a serial port: console=ttyTEST names it, and what a user
types goes in at its other end. INIT_SRC and OBJECTS are those of tests/init/init-lib.sh.
"""
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from score import inits                  # noqa: E402
from tap import done, result, skip_all   # noqa: E402

ENTER = r"""
set -e
PATH=$PATH:/usr/sbin:/sbin
mount --bind "$1/dev" "$1/root/dev"
mount --bind /dev/null "$1/root/dev/null"
mount --bind "$2" "$1/root/dev/ttyTEST"
mount -t tmpfs none "$1/root/sys"
mount -t proc proc "$1/root/proc"
mount --bind "$1/cmdline" "$1/root/proc/cmdline"
mount --bind /dev/null "$1/root/proc/sys/kernel/printk"
cd "$1/root"
exec env -i HOME=/ TERM=linux "$(command -v chroot)" "$1/root" /init <"$2" >"$2" 2>&1
"""


class Machine:
    """A namespace with our init on a pty: type to it, wait for what it says."""

    def __init__(self, tmp):
        # Ours stays open: without any, reading the other end is an error.
        self.master, self.slave = os.openpty()
        self.seen = self.last = b""
        self.patience = 10
        self.process = subprocess.Popen(
            ["unshare", "-Urmpfu", "--kill-child", "sh", "-c", ENTER, "sh",
             tmp, os.ttyname(self.slave)],
            stdin=subprocess.DEVNULL, start_new_session=True)

    def wait_for(self, pattern):
        """Read until @pattern is in what came since the last match."""
        end = time.monotonic() + self.patience
        while not (match := re.search(pattern, self.seen)):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                self.patience = 2   # what comes next hardly works
                return False
            try:
                self.seen += os.read(self.master, 4096)
            except OSError:
                return False
        self.last, self.seen = self.seen, self.seen[match.end():]
        return match

    def type(self, text):
        os.write(self.master, text)

    def end(self):
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


def machine_root(tmp):
    for name in ("bin", "sbin", "dev", "proc", "sys", "run", "tmp"):
        os.makedirs("%s/root/%s" % (tmp, name))
    os.mkdir(tmp + "/dev")
    for name in ("null", "ttyTEST"):
        open("%s/dev/%s" % (tmp, name), "w").close()
    shutil.copy(shutil.which("busybox"), tmp + "/root/bin/busybox")
    for name in ("sh", "sleep", "cat", "stty", "readlink"):
        os.symlink("busybox", "%s/root/bin/%s" % (tmp, name))
    with open(tmp + "/root/etc-profile", "w") as profile:
        profile.write("echo profile was read\n")
    os.mkdir(tmp + "/root/etc")
    os.rename(tmp + "/root/etc-profile", tmp + "/root/etc/profile")
    with open(tmp + "/root/etc/inittab", "w") as inittab:
        inittab.write("::sysinit:/bin/rc\n::respawn:/bin/sh\n")
    with open(tmp + "/root/bin/rc", "w") as rc:
        rc.write("#!/bin/sh\n(sleep 0.3; echo it lives >/tmp/daemon) &\n")
    os.chmod(tmp + "/root/bin/rc", 0o755)
    with open(tmp + "/cmdline", "w") as cmdline:
        cmdline.write("quiet console=tty0 console=ttyTEST,115200 init.rows=33 init.columns=99\n")


def session(m):
    good = m.wait_for(rb"profile was read")
    result("the shell is a login shell", good, m.seen)
    before = m.last
    good = m.wait_for(rb"# ")
    result("it has job control", good and b"job control turned off" not in before + m.last, before)
    m.type(b"sleep 0.5; cat /tmp/daemon\r")
    result("what a sysinit script starts in the background outlives it",
           m.wait_for(rb"it lives\r\n"), m.seen)
    m.type(b"readlink /proc/$$/fd/0; cut -d' ' -f5-8 /proc/$$/stat; echo pid $$\r")
    good = m.wait_for(rb"(.*)\r\n(\d+) (\d+) (\d+) -?\d+\r\npid (\d+)\r\n")
    device, group, sid, tty, pid = good.groups() if good else (b"",) * 5
    result("its terminal is the device behind the console", device == b"/dev/ttyTEST", m.last)
    result("it leads a session of its own", good and group == sid == pid, m.seen)
    result("the terminal controls that session", good and tty != b"0", m.seen)
    m.type(b"stty size\r")
    result("it has the size that the host has told", m.wait_for(rb"33 99\r\n"), m.seen)
    m.type(b"sleep 100 & sleep 99\r")
    time.sleep(0.5)
    m.type(b"\x03")
    m.type(b"echo status $?\r")
    result("Ctrl-C ends the job in front", m.wait_for(rb"status 130\r\n"), m.seen)
    m.type(b"jobs\r")
    result("... and no other", m.wait_for(rb"Running +sleep 100\r\n"), m.seen)
    m.type(b"sleep 98\r")
    time.sleep(0.5)
    m.type(b"\x1a")
    result("Ctrl-Z stops it", m.wait_for(rb"Stopped +sleep 98\r\n"), m.seen)
    m.type(b"stty raw -echo; kill -9 $$\n")
    result("a shell that is killed is started again",
           m.wait_for(rb"init: sh was ended by signal 9; starting it again in \d+ ms"), m.seen)
    m.wait_for(rb"# ")
    m.type(b"stty -a; echo the\" \"end\r")
    good = m.wait_for(rb"the end\r\n")
    result("... on a terminal that is sane again",
           good and re.search(rb"[^-]icanon", m.last) and re.search(rb"[^-]opost", m.last),
           m.last)
    m.type(b"kill -USR2 1\r")
    start = time.monotonic()
    result("an interactive shell does not hold up the end",
           m.end() == -2 and time.monotonic() - start < 4, m.seen)


def main():
    if subprocess.run(["unshare", "-Urmpfu", "true"], stderr=subprocess.DEVNULL).returncode:
        return skip_all("no namespaces for this user (unshare -Urmpfu fails)")
    with tempfile.TemporaryDirectory(prefix="bzinit-test.") as tmp:
        machine_root(tmp)
        objects = tmp + "/objects"
        if "OBJECTS" in os.environ:
            shutil.copytree(os.environ["OBJECTS"], objects)
        shutil.copy(inits.compile_init(os.environ.get("INIT_SRC", "init-src"), objects),
                    tmp + "/root/init")
        session(Machine(tmp))
    return done()


sys.exit(main())
