# SPDX-License-Identifier: GPL-2.0-only
"""Write a file whole or not at all, and make foreign text safe to print.

Every Python program of the project writes its results through this module."""
import contextlib
import errno
import json
import os
import re
import secrets
import signal
import stat
import threading

from boot import Refused

LINKS = 40              # symbolic links that Linux follows in one path
LOG_FIRST = LOG_LAST = 4 << 20  # bytes: a boot that prints everything is 200 KiB
FATAL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
REMEDIES = {
    errno.ENOSPC: "make room on its file system",
    errno.EDQUOT: "make room: the quota is used up",
    errno.ENOENT: "make its directory, or name another file",
    errno.ENOTDIR: "make its directory, or name another file",
    errno.EISDIR: "name a file in it",
    errno.EROFS: "its file system is read-only: name another file",
    errno.EPIPE: "its reader has ended",
}


class Interrupted(BaseException):
    """A signal that ends the program arrived. args[0] is its number."""


def write(path, content):
    """Write CONTENT (str or bytes) to PATH, whole or not at all; see writing()."""
    with writing(path) as f:
        f.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)


def write_json(path, told):
    """Write TOLD as JSON, in which characters that a terminal could act on are escaped."""
    write(path, json.dumps(told, indent=1) + "\n")


@contextlib.contextmanager
def writing(path):
    """Open PATH for writing bytes; the file takes its place at the end of the block.

    A device, a pipe or a descriptor (/dev/stdout) is written to as it is. Of a
    symbolic link the target is replaced, not the link. An existing file keeps
    its mode and owner. If the block raises an exception or a signal ends the
    program, PATH is what it was, and nothing is left beside it. Raise Refused
    if PATH cannot be written."""
    try:
        with through(path) or beside(path) as f:
            yield f
    except OSError as e:
        remedy = REMEDIES.get(e.errno, "name another file, or get the right to write there")
        raise Refused(f"{visible(path)}: {e.strerror}: {remedy}") from None


def through(path):
    """The open file, if PATH is no regular file but leads to something to be
    written in place; None for a regular file and for none."""
    own = descriptor(path)
    if own is not None:
        return open(os.dup(own), "wb")
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        if not path or path.endswith("/"):
            raise
        return None
    if stat.S_ISREG(mode):
        return None
    # Without O_CREAT, and it is not truncated: this is no file
    return open(os.open(path, os.O_WRONLY | os.O_NOCTTY), "wb")


def descriptor(path):
    """The number of this process's descriptor that PATH (/dev/stdout,
    /proc/self/fd/1) leads to, or None. Opened by its name, a file behind it
    would be written from its start and not where the descriptor stands."""
    for _ in range(LINKS):
        folder, name = os.path.split(path)
        folder = os.path.realpath(folder)
        if re.fullmatch(rf"/proc/{os.getpid()}(/task/\d+)?/fd", folder) and name.isdigit():
            return int(name)
        try:
            path = os.path.join(folder, os.readlink(path))
        except OSError:
            return None
    return None


@contextlib.contextmanager
def beside(path):
    """A new file beside the one that PATH leads to, renamed to it at the end."""
    target = os.path.realpath(path)
    old = os.stat(target) if os.path.exists(target) else None
    if old and not os.access(target, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    folder, name = os.path.split(target)
    new = f"{folder}/.{name[:80]}.{secrets.token_hex(8)}.tmp"
    with fatal_signals():
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as f:
                if old:
                    with contextlib.suppress(PermissionError):
                        os.fchown(f.fileno(), old.st_uid, old.st_gid)
                    os.fchmod(f.fileno(), stat.S_IMODE(old.st_mode))
                yield f
            os.rename(new, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(new)
            raise


@contextlib.contextmanager
def fatal_signals():
    """Make a signal that would end the program at once an exception in the block;
    then the program dies of that signal."""
    here = threading.current_thread() is threading.main_thread()
    ours = {s: signal.getsignal(s) for s in FATAL if here}
    plain = (signal.SIG_DFL, signal.default_int_handler)
    ours = {s: old for s, old in ours.items() if old in plain}

    def interrupt(number, _frame):
        raise Interrupted(number)
    for number in ours:
        signal.signal(number, interrupt)
    died = None
    try:
        yield
    except Interrupted as e:
        died = e.args[0]
        raise
    finally:
        for number, old in ours.items():
            signal.signal(number, signal.SIG_DFL if died else old)
        if died:
            os.kill(os.getpid(), died)


def remove(path):
    """Remove the regular file that PATH leads to, if there is one, so that an old
    result is not taken for a new one. Links, devices and pipes stay."""
    target = os.path.realpath(path)
    try:
        if stat.S_ISREG(os.stat(target).st_mode):
            os.unlink(target)
    except FileNotFoundError:
        pass
    except OSError as e:
        raise Refused(f"{visible(path)}: {e.strerror}: remove it, or use another directory") \
            from None


class Log:
    """A file that grows while a program runs, up to a limit: of what is written, the
    first FIRST bytes stay, and at least the last LAST. A line in between says how many
    bytes are left out."""

    def __init__(self, file, first=LOG_FIRST, last=LOG_LAST):
        self.file, self.first, self.last = file, first, last
        self.written = self.left_out = self.tail_at = 0

    def write(self, data):
        """Write DATA, bytes."""
        if self.written < self.first:
            head, data = data[:self.first - self.written], data[self.first - self.written:]
            self.put(head)
            self.tail_at = self.written
        while data:
            room = self.tail_at + 2 * self.last - self.written
            if not room:
                self.shorten()
                continue
            self.put(data[:room])
            data = data[room:]

    def put(self, data):
        self.file.write(data)
        self.written += len(data)

    def shorten(self):
        """Leave out the older half of what follows the first bytes."""
        self.file.seek(-self.last, os.SEEK_END)
        data = self.file.read(self.last)
        self.left_out += self.last
        self.file.truncate(self.first)
        self.file.seek(self.first)
        self.file.write(b"\n[%d bytes are left out here: the log is limited]\n" % self.left_out)
        self.file.write(data)
        self.tail_at += self.last

    def close(self):
        self.file.close()


def stream(path):
    """Open PATH as a Log, or a character device as it is. A regular file is made
    anew. Anything else is refused: a link may lead to a file that is not ours, and
    a pipe may stop its writer."""
    try:
        if os.path.exists(path) and stat.S_ISCHR(os.stat(path).st_mode):
            return open(os.open(path, os.O_WRONLY | os.O_NOCTTY), "wb", buffering=0)
        if os.path.lexists(path):
            if not stat.S_ISREG(os.lstat(path).st_mode):
                raise Refused(f"{visible(path)}: not a file of an earlier run: remove it")
            os.unlink(path)
        return Log(open(path, "x+b", buffering=0))
    except OSError as e:
        raise Refused(f"{visible(path)}: {e.strerror}: make room or rights for it") from None


def visible(text):
    """TEXT with every character that a terminal could act on, but the end of a
    line, written as an escape. What a guest or a file says is data."""
    return "".join(c if c.isprintable() or c == "\n" else
                   c.encode("unicode_escape", "backslashreplace").decode() for c in text)
