# SPDX-License-Identifier: GPL-2.0-only
"""What QEMU is given: the kernel is checked, the accelerator chosen by proof,
the machine put together. A plain function of the options; nothing runs here
but the KVM probe."""
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import tempfile

SRCTREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STATUS_PORT = "org.bzinit.status"   # virtio-serial port of the status channel
STATUS_TTY = "ttyS1"                # and its second way, a UART
COMMAND_LINE_MAX = 2047             # bytes, x86: COMMAND_LINE_SIZE - 1
CLOCK_BASE = "2000-01-01"           # date at the start of a recorded run
OVMF = (("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"))


class Refused(Exception):
    """The run cannot start: args are a line for people and the exit status."""


def read_settings(path, pattern):
    """NAME, VALUE pairs of a .config or a makefile of data; {} if absent."""
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return {k: v.strip('"') for k, v in re.findall(pattern, f.read(), re.M)}
    except FileNotFoundError:
        return {}


def check_kernel(path, o):
    """Refuse what is no whole kernel; return the MiB that it asks for, or 0.
    Format: Documentation/arch/x86/boot.rst."""
    try:
        with open(path, "rb") as f:
            head, size = f.read(0x268), os.fstat(f.fileno()).st_size
    except OSError as e:
        todo = "run `make` first" if o.own_kernel else "give another --kernel, or read it as root"
        raise Refused(f"kernel {path}: {e.strerror}: {todo}", 125) from None
    if head[:4] == b"\x7fELF":
        return 0                    # QEMU looks for the PVH entry itself
    if len(head) < 0x268 or head[0x1fe:0x200] != b"\x55\xaa" or head[0x202:0x206] != b"HdrS":
        raise Refused(f"kernel {path}: not a bzImage: give a kernel image (vmlinuz, bzImage)", 125)
    (paragraphs,) = struct.unpack_from("<I", head, 0x1f4)
    (version,) = struct.unpack_from("<H", head, 0x206)
    whole = ((head[0x1f1] or 4) + 1) * 512 + paragraphs * 16
    if size < whole:
        raise Refused(f"kernel {path}: truncated, {size} of {whole} bytes: "
                      "make or copy it again", 125)
    if version < 0x20c:
        return 0
    if o.arch == "i386" and head[0x236] & 1:
        raise Refused(f"kernel {path}: a 64-bit kernel: use --arch x86_64", 125)
    preferred, init_size = struct.unpack_from("<QI", head, 0x258)
    return -(-(preferred + init_size) // (1 << 20))


def choose_accel(o):
    """(accelerator, why): KVM only if a guest has just run on it."""
    if o.accel != "auto":
        return o.accel, "asked for"
    probe = f"{o.build}/boot/kvm-probe"
    if os.path.exists(probe):
        return ask(probe)
    with tempfile.TemporaryDirectory(prefix="run-qemu.") as tmp:
        probe = f"{tmp}/kvm-probe"
        cc = shlex.split(os.environ.get("HOSTCC", "cc"))
        try:
            subprocess.run([*cc, "-o", probe, f"{SRCTREE}/boot/kvm-probe.c"],
                           check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return "tcg", "KVM not probed: no C compiler"
        return ask(probe)


def ask(probe):
    """(accelerator, why) as the probe says."""
    try:
        verdict = subprocess.run([probe], stdout=subprocess.PIPE, timeout=5, check=False)
        text = verdict.stdout.decode(errors="replace").strip()
        return ("kvm" if verdict.returncode == 0 else "tcg"), f"KVM {text}"
    except (OSError, subprocess.TimeoutExpired) as e:
        return "tcg", f"KVM not probed: {e}"


def quote_cmd(cmd):
    """CMD as the value of init.run="...": see init-src/cmdline.c."""
    return "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else f"\\x{c:02x}"
                   for c in os.fsencode(cmd))


def kernel_command_line(o, accel):
    # The last console= becomes /dev/console: with a display, the display
    words = [f"console={o.console}"] + (["console=tty0"] if o.graphic else []) + ["panic=-1"]
    if o.machine == "microvm" and accel == "tcg":
        # No timer to calibrate the TSC by; under TCG it is the host's
        mhz = read_settings("/proc/cpuinfo", r"^(cpu MHz)\s*: ([\d.]+)").get("cpu MHz", 1000)
        words.append(f"tsc_early_khz={1000000 if o.replay else round(float(mhz) * 1000)}")
    words += ["nokaslr"] if o.gdb or o.replay else []
    words.append(f"init.status={STATUS_TTY}")
    words += [f'init.run="{quote_cmd(o.cmd)}"'] if o.cmd is not None else []
    line = " ".join(words + ([o.append] if o.append else []))
    if len(os.fsencode(line)) > COMMAND_LINE_MAX:
        raise Refused(f"kernel command line of {len(os.fsencode(line))} bytes: x86 takes "
                      f"{COMMAND_LINE_MAX}: put a long --cmd into a script in the image", 125)
    return line


def comma(path):
    """PATH inside an option of QEMU's, where a comma is doubled."""
    return path.replace(",", ",,")


def microvm(o):
    """A kernel without ACPI hangs on a microvm with ACPI; ours says what it has."""
    known = read_settings(f"{o.build}/linux/.config", r"^CONFIG_(ACPI)=(y)$") if o.own_kernel else 1
    return "microvm" if known else "microvm,acpi=off"


def qemu_argv(o, accel, plugs):
    """The QEMU command; PLUGS maps console, status, uart (and qmp) to chardevs."""
    bus = "device" if o.machine == "microvm" else "pci"
    argv = [o.emulator, "-no-user-config", "-nodefaults", "-no-reboot",
            "-machine", microvm(o) if o.machine == "microvm" else o.machine,
            "-accel", accel, "-cpu", "host" if accel == "kvm" else "max",
            "-m", str(o.memory), "-smp", str(o.cpus),
            "-kernel", o.kernel, "-append", kernel_command_line(o, accel)]
    argv += ["-initrd", o.initrd] if o.initrd else []
    argv += ["-vga", "std"] if o.graphic else ["-display", "none"]
    for name, backend in plugs.items():
        kind, _, options = backend.partition(",")
        argv += ["-chardev", f"{kind},id={name}" + (f",{options}" if options else "")]
    argv += ["-serial", "chardev:console"]
    if "mux=on" in plugs["console"]:
        argv += ["-mon", "chardev=console,mode=readline"]
    argv += ["-device", "isa-serial,index=1,chardev=uart",
             "-device", f"virtio-serial-{bus}",
             "-device", f"virtserialport,chardev=status,name={STATUS_PORT}"]
    argv += ["-device", "pvpanic"] if o.machine != "microvm" else []
    for n, (path, read_only) in enumerate(o.drives):
        argv += ["-drive", f"if=none,id=disk{n},format=raw,file={comma(path)}"
                 + (",readonly=on" if read_only else ""),
                 "-device", f"virtio-blk-{bus},drive=disk{n}"]
    if o.net:
        argv += ["-netdev", "user,id=net0", "-device",
                 f"virtio-net-{bus},netdev=net0" + (",romfile=" if bus == "pci" else "")]
    if o.uefi:
        code, variables = find_ovmf()   # snapshot: each run writes to a copy
        argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={comma(code)}",
                 "-drive", f"if=pflash,format=raw,snapshot=on,file={comma(variables)}"]
    if o.replay:
        argv += instruction_clock(*o.replay)
    if o.gdb:
        argv += ["-gdb", f"tcp:127.0.0.1:{o.gdb_port}"]
    if o.gdb_fd is not None:
        argv += ["-chardev", f"socket,id=gdb,fd={o.gdb_fd}", "-gdb", "chardev:gdb"]
    if "qmp" in plugs:              # stopped until everything is connected
        argv += ["-mon", "chardev=qmp,mode=control", "-S"]
    elif o.gdb:
        argv += ["-S"]
    return argv + o.extra


def instruction_clock(mode, path):
    """Virtual time counts executed instructions, 1 ns each, and all that comes
    from outside is recorded to PATH or taken from there. Sleeping costs no real
    time; the clock starts at a fixed date, random numbers at a fixed seed."""
    return ["-icount", f"shift=0,sleep=off,rr={mode},rrfile={comma(path)}",
            "-rtc", f"base={CLOCK_BASE},clock=vm", "-seed", "1",
            "-action", "shutdown=pause" if mode == "replay" else "shutdown=poweroff"]


def find_ovmf():
    for pair in OVMF:
        if all(map(os.path.exists, pair)):
            return pair
    raise Refused("--uefi: no OVMF firmware here: install the package ovmf", 125)


def split_drives(drives):
    out = []
    for d in drives:
        read_only = d.endswith(",ro")
        path = d[:-3] if read_only else d
        if not os.path.exists(path):
            raise Refused(f"--drive {path}: no such file", 125)
        out.append((path, read_only))
    return out


def free_port():
    """The first port from gdb's usual 1234 on that nobody listens to."""
    for port in range(1234, 1334):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Refused("--gdb: no free port in 1234-1333", 125)


def find_emulator(o):
    return shutil.which(o.emulator)


def shell_line(argv):
    return " ".join(map(shlex.quote, argv))


def gdb_command(o):
    """What to type in another terminal; our own kernel has its symbols here."""
    vmlinux = f"{o.build}/linux/vmlinux"
    symbols = [vmlinux] if o.own_kernel and os.path.exists(vmlinux) else []
    sources = ["-d", o.build] if symbols else []
    return shell_line(["gdb", *sources, *symbols, "-ex", f"target remote 127.0.0.1:{o.gdb_port}",
                       *(["-ex", "hbreak start_kernel", "-ex", "continue"] if symbols else [])])
