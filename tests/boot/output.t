#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every output of every Python program is written whole or not at all, and through
devices, pipes and links instead of replacing them. So is what the runner writes
to its build directory. Text of a guest never acts on the user's terminal."""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading

sys.dont_write_bytecode = True      # the source tree is never written to
from runlib import (BUILD, GUEST, RUN, TMP, command, main, result, run,    # noqa: E402
                    stand_in)

SRC = os.path.dirname(os.path.dirname(RUN))
JSON = f"{TMP}/json"
PLACES = f"{TMP}/places"
TASKS = [{"pid": 0, "ppid": 0, "comm": "swapper", "kernel": True},
         {"pid": 1, "ppid": 0, "comm": "init", "kernel": False}]
PROGRAMS = {    # what writes to a file that the user names: words before it, status of a failure
    "timeline --output": ([f"{SRC}/tools/timeline/timeline", "--build", BUILD, "--arch", "x86_64",
                           "--kernel", GUEST, "--append", "guest=bP", "--output"], 125),
    "report -o": ([f"{SRC}/tools/report/report", "--from", JSON, "-o"], 1),
    "report --svg -o": ([f"{SRC}/tools/report/report", "--from", JSON, "--svg", "processes", "-o"], 1),
}


def call(program, path, wrapper=()):
    return subprocess.run([*wrapper, *PROGRAMS[program][0], path], capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120, check=False, text=True)


def fresh():
    """An empty directory."""
    shutil.rmtree(PLACES, ignore_errors=True)
    os.mkdir(PLACES)
    return PLACES


def fifo(path):
    """Make a FIFO; a list that its whole content is put in, and the thread that reads."""
    os.mkfifo(path)
    read = []

    def reader():
        with open(path, "rb") as f:
            read.append(f.read())
    thread = threading.Thread(target=reader, daemon=True)
    thread.start()
    return read, thread


def content(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def refused(name, p, code):
    result(name, p.returncode == code and p.stderr.count("\n") == 1 and "Traceback" not in p.stderr
           and p.stderr.count(":") >= 2, p)


def test_programs():
    os.mkdir(JSON)
    write(f"{JSON}/handover.json", json.dumps({"processes": TASKS}))
    for program, (_, code) in PROGRAMS.items():
        at = fresh()
        p = call(program, f"{at}/new")
        mask = os.umask(0)
        os.umask(mask)
        result(f"{program}: a new file", p.returncode == 0 and os.listdir(at) == ["new"]
               and stat.S_IMODE(os.stat(f"{at}/new").st_mode) == 0o666 & ~mask, p, os.listdir(at))
        whole = content(f"{at}/new")
        os.chmod(f"{at}/new", 0o640)
        os.symlink("new", f"{at}/link")
        before = os.stat(f"{at}/new").st_ino
        p = call(program, f"{at}/link")
        result(f"{program}: of a link the target is replaced at once, with its mode",
               p.returncode == 0 and os.path.islink(f"{at}/link")
               and os.stat(f"{at}/new").st_ino != before and content(f"{at}/new")
               and stat.S_IMODE(os.stat(f"{at}/new").st_mode) == 0o640
               and sorted(os.listdir(at)) == ["link", "new"], p, os.listdir(at))
        read, thread = fifo(f"{at}/pipe")
        p = call(program, f"{at}/pipe")
        thread.join(5)
        result(f"{program}: a pipe is written to", p.returncode == 0 and
               stat.S_ISFIFO(os.stat(f"{at}/pipe").st_mode) and read and len(read[0]) == len(whole),
               p, read)
        try:
            os.mknod(f"{at}/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
            p = call(program, f"{at}/null")
            result(f"{program}: a device is written to", p.returncode == 0 and
                   stat.S_ISCHR(os.stat(f"{at}/null").st_mode), p, os.listdir(at))
        except PermissionError:
            print(f"# {program}: no device node can be made here: root can")
        os.symlink("/proc/self/fd/1", f"{at}/stdout")   # as /dev/stdout, which is not risked here
        with open(f"{at}/redirected", "wb") as f:
            f.write(b"before\n")
            f.flush()
            p = subprocess.run([*PROGRAMS[program][0], f"{at}/stdout"], stdout=f,
                               stderr=subprocess.PIPE, timeout=120, check=False)
            f.write(b"\nafter")
        text = content(f"{at}/redirected")
        result(f"{program}: a link to /proc/self/fd/1 is standard output as it stands", p.returncode == 0 and
               text.startswith(b"before\n") and text.endswith(b"\nafter") and
               len(text) > len(whole), p, text[:99])
        refused(f"{program}: no such directory", call(program, f"{at}/none/file"), code)
        refused(f"{program}: a directory", call(program, at), code)
        if os.access("/proc/sys", os.W_OK) or os.getuid():
            refused(f"{program}: a directory that cannot be written",
                    call(program, "/proc/sys/file"), code)
    full_disk()


def full_disk():
    inner = ('mount -t tmpfs -o size=4k none "$1" && echo old >"$1/file" && '
             'dd if=/dev/zero of="$1/rest" bs=4096 2>/dev/null; file=$1/file; shift; '
             '"$@" "$file"; rc=$?; ls -A "${file%/*}"; cat "$file"; exit $rc')
    at = fresh()
    if subprocess.run(["unshare", "-Urm", "mount", "-t", "tmpfs", "none", at],
                      capture_output=True, check=False).returncode:
        print("# no full disk can be made here: unshare -Urm does not work")
        return
    for program, (words, code) in PROGRAMS.items():
        p = subprocess.run(["unshare", "-Urm", "sh", "-c", inner, "sh", at, *words],
                           capture_output=True, timeout=120, check=False, text=True)
        result(f"{program}: a full disk is an error, and the old file stays", p.returncode == code
               and p.stdout.endswith("file\nrest\nold\n") and p.stderr.count("\n") == 1
               and "make room" in p.stderr, p)


def test_signals():
    at = fresh()
    write(f"{at}/file", "old")
    for signo in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        p = subprocess.Popen([sys.executable, "-c", f'''
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)    # a shell's background job ignores it
from boot import output
with output.writing({at + "/file"!r}) as f:
    f.write(b"half")
    f.flush()
    print("ready", flush=True)
    time.sleep(60)
'''], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             env={**os.environ, "PYTHONPATH": f"{SRC}"})
        p.stdout.readline()
        half = len(os.listdir(at))
        p.send_signal(signo)
        p.wait(10)
        result(f"{signo.name} leaves the old file and nothing beside it", half == 2 and
               p.returncode == -signo and os.listdir(at) == ["file"]
               and content(f"{at}/file") == b"old", p.returncode, os.listdir(at))
        p.stdout.close()


def test_build_directory():
    write(f"{TMP}/mine", "mine")
    for name in ("console.log", "run.json"):
        if os.path.exists(f"{BUILD}/{name}"):
            os.unlink(f"{BUILD}/{name}")
    os.symlink(f"{TMP}/mine", f"{BUILD}/console.log")
    rc, _, err, told = run("--append", "guest=bP")
    result("a console.log that is a link is refused, and what it leads to stays", rc == 125
           and told["outcome"] == "error" and "console.log" in err and err.count("\n") == 1
           and content(f"{TMP}/mine") == b"mine", rc, err, told)
    os.unlink(f"{BUILD}/console.log")
    os.symlink("/dev/null", f"{BUILD}/console.log")
    rc, _, err, told = run("--append", "guest=bP")
    result("... one that leads to a device is written to", rc == 0 and
           os.path.islink(f"{BUILD}/console.log"), rc, err, told)
    os.unlink(f"{BUILD}/console.log")
    os.unlink(f"{BUILD}/run.json")
    write(f"{TMP}/mine", "mine")
    os.symlink(f"{TMP}/mine", f"{BUILD}/run.json")
    rc, _, err, told = run("--append", "guest=bP")
    result("run.json: of a link the target is replaced", rc == 0 and told["outcome"] == "poweroff"
           and os.path.islink(f"{BUILD}/run.json"), rc, err, told)
    os.unlink(f"{BUILD}/run.json")
    _, thread = fifo(f"{BUILD}/run.json")
    p = subprocess.run(command("--append", "guest=bP"), capture_output=True,
                       stdin=subprocess.DEVNULL, timeout=60, check=False)
    thread.join(5)
    result("... a pipe is written to", p.returncode == 0 and not thread.is_alive()
           and stat.S_ISFIFO(os.stat(f"{BUILD}/run.json").st_mode), p)
    os.unlink(f"{BUILD}/run.json")
    for name, value in (("QEMU_MEMORY", '"256M,slots=2"'), ("QEMU_CPUS", '"$(touch x)"'),
                        ("QEMU_MACHINE", '"pc,firmware=/none"')):
        write(f"{BUILD}/.config", f"CONFIG_{name}={value}\n")
        rc, _, err, told = run("--append", "guest=bP")
        result(f"CONFIG_{name}={value} is refused in one line", rc == 125 and f"CONFIG_{name}" in err
               and err.count("\n") == 1 and told["outcome"] == "error", rc, err, told)
    os.unlink(f"{BUILD}/.config")


def test_flood():
    env = stand_in("qemu-system-x86_64", f'''#!{sys.executable}
import re, socket, sys
fd = next(int(re.search(r"fd=(\\d+)", a)[1]) for a in sys.argv if "id=console" in a)
console = socket.socket(fileno=fd)
for n in range(1 << 19):
    console.sendall(b"%031d\\n" % n)
''')
    p = subprocess.run(command(), env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False)
    log = content(f"{BUILD}/console.log")
    gap = re.search(rb"\n\[(\d+) bytes are left out here: [^\n]*\]\n", log)
    result("console.log does not grow without bound: a line says what is left out", p.returncode == 125
           and len(log) < 13 << 20 and gap
           and len(log) - len(gap[0]) + int(gap[1]) == 16 << 20, p, len(log), gap)
    numbers = re.findall(rb"^\d{31}$", log, re.M)
    result("... it has the beginning and the end", numbers[:3] == [b"%031d" % n for n in range(3)]
           and numbers[-1] == b"%031d" % ((1 << 19) - 1) and len(numbers) >= 8 << 15,
           numbers[:3], numbers[-3:])


def test_two_runs():
    """The second run in a build directory has files of its own."""
    first = subprocess.Popen(command("--append", "guest=bE"), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first.stdout.readline()
    first.stdout.readline()         # "type": it waits now
    rc, out, err, told = run("--append", "guest=bb7pP")
    with open(f"{BUILD}/run-2.json", encoding="ascii") as f:
        second = json.load(f)
    result("a run beside another one has files of its own, and says so in one line", rc == 7
           and second["status"] == 7 and content(f"{BUILD}/console-2.log").decode() == out
           and "run-2.json" in err and err.count("\n") == 1 and "No such file" in told["outcome"],
           rc, out, err, told, second)
    first.communicate(b"q", timeout=30)
    result("... and does nothing to those of the first", content(f"{BUILD}/console.log") ==
           b"guest is up\r\ntype\r\n71\r\n", content(f"{BUILD}/console.log"))
    rc, _, err, told = run("--append", "guest=b7pP")
    result("... which are used again after that", rc == 7 == told["status"] and not err, rc, err)
    held = [subprocess.Popen(command("--append", "guest=bE"), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)]
    for p in held:
        p.stdout.readline()
        p.kill()
        p.communicate()
    rc, _, err, told = run("--append", "guest=b7pP")
    result("... also when a run was killed", rc == 7 == told["status"] and not err, rc, err)


def test_escapes():
    rc, _, err, told = run("--append", "guest=eR")
    result("escapes in the words of a panic do not reach the terminal", rc == 126 and "\x1b" not in err
           and "\\x1b[2J" in err and told["hint"].startswith("\x1b"), rc, repr(err), told)
    rc, _, err, told = run(kernel=f"{TMP}/\x1b[2Jnone")
    result("nor do those in a file's name", rc == 125 and "\x1b" not in err, rc, repr(err), told)


if __name__ == "__main__":
    sys.exit(main(test_programs, test_signals, test_build_directory, test_flood, test_two_runs, test_escapes))
