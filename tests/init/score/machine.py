# SPDX-License-Identifier: GPL-2.0-only
"""A PID 1 in a PID namespace of this machine, started and looked at from outside.

There reboot(2) ends the namespace, and unshare ends by the signal that tells
how: SIGHUP (129) for a restart, SIGINT (130) for power-off and halt.
"""
import glob
import os
import select
import shutil
import signal
import subprocess
import time

LIMIT = 60      # s that a namespace may live, whatever happens to us
APPLETS = ("sh", "echo", "mkdir", "mount", "umount", "sleep")


class No(Exception):
    """The verdict of a case: what was seen."""


class NotIts(No):
    """The verdict "-": this init does not say that it does that. Why."""


def need(good, seen):
    if not good:
        raise No(seen)


def claims(good, why):
    """Unless @good, the case asks for what this init does not say that it does."""
    if not good:
        raise NotIts(why)


def which(program, peers):
    """The path of @program: below @peers, where packages were unpacked, or on PATH."""
    below = [peers + name for name in ("/sbin", "/usr/sbin", "/bin", "/usr/bin")] if peers else []
    return shutil.which(program, path=":".join([*below, os.environ.get("PATH", os.defpath)]))


def namespace_options():
    for options in ("-Urmpfu", "-mpfu"):
        if subprocess.run(["unshare", options, "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0:
            return options
    return None


def wait_until(found, seconds=5.0, step=0.003):
    """What found() returns as soon as it is true, or its last answer."""
    end = time.monotonic() + seconds
    while not (answer := found()) and time.monotonic() < end:
        time.sleep(step)
    return answer


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read().decode("utf-8", "replace")
    except OSError:
        return ""


def stat_of(pid):
    """/proc/PID/stat from the state on, [] when it is gone: see proc(5)."""
    return read(f"/proc/{pid}/stat").rpartition(")")[2].split()


class Root:
    """The root directory of the namespaces of one init; used again by each."""

    def __init__(self, path, programs, peers):
        """@programs: the directory of "enter" and "probe". @peers: as for which()."""
        self.path, self.enter, self.peers = path, programs + "/enter", peers
        for name in ("bin", "sbin", "dev", "proc", "sys", "tmp", "mnt", "root"):
            os.makedirs(f"{path}/{name}")
        shutil.copy(shutil.which("busybox"), f"{path}/bin/busybox")
        shutil.copy(programs + "/probe", f"{path}/bin/probe")
        self.add_applets(APPLETS)

    def add_applets(self, names):
        for name in names:
            os.symlink("busybox", f"{self.path}/bin/{name}")

    def add(self, source, target):
        """A program, and the libraries that it is linked with."""
        os.makedirs(os.path.dirname(self.path + target), exist_ok=True)
        shutil.copy(source, self.path + target)
        libraries = glob.glob(self.peers + "/usr/lib/*-linux-*") if self.peers else []
        told = subprocess.run(["ldd", source], capture_output=True, text=True, check=False,
                              env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)})
        for word in told.stdout.split() if told.returncode == 0 else ():
            inside = self.path + word.removeprefix(self.peers)
            if word.startswith("/") and not os.path.exists(inside):
                os.makedirs(os.path.dirname(inside), exist_ok=True)
                shutil.copy(word, inside)

    def clean(self, dev):
        for name in ("etc", "out", "dev", "run"):
            shutil.rmtree(f"{self.path}/{name}", ignore_errors=True)
            os.mkdir(f"{self.path}/{name}")
        for name in dev:
            with open(f"{self.path}/dev/{name}", "wb"):
                pass

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path + name), exist_ok=True)
        with open(self.path + name, "w", encoding="utf-8") as f:
            f.write(text)
        if text.startswith("#!"):
            os.chmod(self.path + name, 0o755)


class Machine:
    """One boot. @command is the init and its arguments, @start are options of
    "enter start", @wrap runs init and @outer the whole namespace. @pty is the
    path of a terminal for the console."""

    def __init__(self, root, options, command, start=(), wrap=(), outer=(), pty=""):
        self.root, self.ended, self.pid = root, None, 0
        os.mkfifo(root.path + "/etc/started")
        self.start = os.open(root.path + "/etc/started", os.O_RDONLY | os.O_NONBLOCK)
        told, telling = os.pipe()
        words = ["timeout", "-s", "KILL", str(LIMIT), *outer, "unshare", options, "--kill-child",
                 root.enter, "enter", root.path, str(telling), pty, *wrap,
                 root.enter, "start", root.path, str(telling), *start, "--", *command]
        with open(root.path + "/out/console", "ab") as console:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                pass_fds=[telling], start_new_session=True)
        os.close(telling)
        pid = os.read(told, 32) if select.select([told], [], [], 10)[0] else b""
        os.close(told)
        if not pid:
            self.close()
            raise RuntimeError("no namespace: " + self.console()[-200:])
        self.pid = int(pid)

    def started(self):
        """Wait for the execve() of init, which closes the FIFO's other end."""
        poll = select.poll()
        poll.register(self.start, 0)
        need(poll.poll(5000), "was not executed")

    def out(self, name):
        """The lines of /out/NAME."""
        return read(f"{self.root.path}/out/{name}").split("\n")[:-1]

    def touch(self, name):
        with open(f"{self.root.path}/out/{name}", "wb"):
            pass

    def console(self):
        return read(self.root.path + "/out/console")

    def wait_for(self, name, lines=1, seconds=5):
        return wait_until(lambda: len(self.out(name)) >= lines, seconds)

    def alive(self):
        return self.process.poll() is None and stat_of(self.pid)[:1] not in ([], ["Z"])

    def kill(self, sig, pid=None):
        """From outside. A process that has just ended is none to tell."""
        try:
            os.kill(pid or self.pid, sig)
        except ProcessLookupError:
            pass

    def wait(self, seconds):
        """The status of the end, as a shell tells it; None when it goes on."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return code if code >= 0 else 128 - code

    def processes(self):
        """pid: [state, ppid, pgrp, session, tty, tpgid...] of those below process 1."""
        every = {int(name): stat_of(name) for name in os.listdir("/proc") if name.isdigit()}
        below = {self.pid}
        # A process may be numbered lower than its parent, when numbers wrap.
        while more := {pid for pid, stat in every.items()
                       if stat and int(stat[1]) in below and pid not in below}:
            below |= more
        return {pid: every[pid] for pid in below - {self.pid}}

    def find(self, word):
        """The pid of a process below process 1 with @word among its arguments."""
        for pid in self.processes():
            if word in read(f"/proc/{pid}/cmdline").split("\0"):
                return pid
        return None

    def close(self):
        for kill, pid in ((os.kill, self.pid), (os.killpg, self.process.pid)):
            try:
                if pid:
                    kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        os.close(self.start)
