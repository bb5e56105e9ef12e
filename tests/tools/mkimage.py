#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make small images that are put together as a kernel is, but hold no code.

usage: mkimage.py OUT bzImage|vmlinux|cpio|Image|zboot|efi [KEY=VALUE]...

  bzImage  setup=SECTORS compressor=NAME relocs=0|1|2|3 pe=1 sign=1 size=WRONG
  both     bits=32|64 initramfs=FILE config=FILE cmdline=TEXT symbols=1 sections=0
  cpio     format=newc|crc trailer=0
  Image    arch=arm64|riscv64 pe=0 initramfs=FILE config=FILE
  zboot    the same, and compressor=NAME size=WRONG
  efi      SECTION=FILE ...: a program for the firmware with these PE sections

Written from boot.rst, the PE and ELF formats and the kernel's own makefiles,
and not from tools/, so that the two can disagree.
"""
import bz2
import gzip
import lzma
import struct
import subprocess
import sys
import zlib

BANNER = b"Linux version 6.12.0-made (nobody@nowhere) #1\n\0"
HIGH = {32: 0xc1000000, 64: 0xffffffff81000000}


def pad(data, to):
    return data + bytes(-len(data) % to)


def cpio(format="newc", trailer="1"):
    """An archive with one member of each type."""
    out = b""
    members = [
        ("dev", 0o040755, b"", 0, 0), ("dev/console", 0o020600, b"", 5, 1),
        ("dev/sda", 0o060640, b"", 8, 0), ("etc", 0o040755, b"", 0, 0),
        ("etc/motd", 0o100644, b"hello\n", 0, 0), ("init", 0o104755, b"#!/bin/sh\nexec sh\n", 0, 0),
        ("odd \x1b[2J\xff name", 0o100600, b"", 0, 0), ("sh", 0o120777, b"/bin/busybox", 0, 0),
        ("pipe", 0o010644, b"", 0, 0), ("tmp", 0o041777, b"", 0, 0)]
    if trailer == "1":
        members.append(("TRAILER!!!", 0, b"", 0, 0))
    for i, (name, mode, data, major, minor) in enumerate(members):
        name = name.encode("latin-1") + b"\0"
        check = sum(data) if format == "crc" else 0
        head = b"070702" if format == "crc" else b"070701"
        for n in (i, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name), check):
            head += b"%08x" % n
        out += pad(pad(head + name, 4) + data, 4)
    return pad(out, 512)


def plain_lz4(data):
    """lz4 -l with literals only: there is nothing that a changed byte would break."""
    out = struct.pack("<I", 0x184c2102)
    for at in range(0, len(data), 8 << 20):
        part = data[at:at + (8 << 20)]
        block = b"\xf0" if len(part) >= 15 else bytes([len(part) << 4])
        rest = len(part) - 15
        if rest >= 0:
            block += b"\xff" * (rest // 255) + bytes([rest % 255])
        out += struct.pack("<I", len(block) + len(part)) + block + part
    return out


def compress(name, data):
    def run(*command):
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
    xz = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    return {
        "gzip": lambda: gzip.compress(data, 9, mtime=0), "bzip2": lambda: bz2.compress(data),
        "lzma": lambda: lzma.compress(data, lzma.FORMAT_ALONE),
        "xz": lambda: lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_CRC32, filters=xz),
        "zstd": lambda: run("zstd", "-q", "-c"), "lz4": lambda: run("lz4", "-q", "-l", "-c"),
        "lzo": lambda: run("lzop", "-c"), "plain": lambda: plain_lz4(data), "none": lambda: data,
    }[name]()


def elf(bits, sections, keep_sections):
    """sections: (name, type, flags, address, data, link, entry size, memory size)."""
    wide = bits == 64
    names = b"\0"
    body, heads, segments = b"", [], []
    at = 64 + 56 * 2 if wide else 52 + 32 * 2
    sections = sections + [(".shstrtab", 3, 0, 0, b"", 0, 0, 0)]
    for name, kind, flags, address, data, link, entry, memory in sections:
        start = len(names)
        names += name.encode() + b"\0"
        if name == ".shstrtab":
            data = names
        body += bytes(-(at + len(body)) % 16)
        heads.append((start, kind, flags, address, at + len(body), memory or len(data), link, 0, 1, entry))
        if address and data:
            segments.append((at + len(body), address, len(data), memory or len(data)))
        body += data
    first, last = segments[0], segments[-1]
    segments = [first, (segments[1][0], segments[1][1], last[0] + last[2] - segments[1][0],
                        last[1] + last[2] - segments[1][1])]
    body = pad(body, 8)
    machine, header = (62, 64) if wide else (3, 52)
    out = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    out += struct.pack("<HHI" + ("QQQ" if wide else "III") + "IHHHHHH", 2, machine, 1, 0x1000000, header,
                       at + len(body) if keep_sections else 0, 0, header, 56 if wide else 32, 2,
                       64 if wide else 40, len(heads) + 1 if keep_sections else 0,
                       len(heads) if keep_sections else 0)
    for offset, address, size, memory in segments:
        if wide:
            out += struct.pack("<IIQQQQQQ", 1, 7, offset, address, address & 0x7fffffff, size, memory, 16)
        else:
            out += struct.pack("<IIIIIIII", 1, offset, address, address, size, memory, 7, 16)
    out += body
    if keep_sections:
        out += bytes(64 if wide else 40)
        for h in heads:
            out += struct.pack("<IIQQQQIIQQ" if wide else "<IIIIIIIIII", *h)
    return out


def vmlinux(bits="64", initramfs=None, config=None, cmdline=None, symbols="0", sections="1"):
    bits = int(bits)
    high = HIGH[bits]
    rodata = bytes(32) + BANNER
    if config:
        rodata += b"IKCFG_ST" + gzip.compress(open(config, "rb").read(), 9, mtime=0) + b"IKCFG_ED"
    data = bytes(range(64))
    code = b"\x90" * 48
    if cmdline:
        data += cmdline.encode().ljust(2048, b"\0")
        code += struct.pack("<I", high + 0x200040 & 0xffffffff)
    init = b"\1" * 36
    if initramfs:
        archive = open(initramfs, "rb").read()
        init += archive + bytes(-(36 + len(archive)) % 8)
        init += len(archive).to_bytes(bits // 8, "little") + b"\2" * 16
    all_sections = [
        (".text", 1, 6, high, b"\xcc" * 64, 0, 0, 0), (".rodata", 1, 2, high + 0x100000, rodata, 0, 0, 0),
        (".data", 1, 3, high + 0x200000, data, 0, 0, 0), (".init.text", 1, 6, high + 0x300000, code, 0, 0, 0),
        (".init.data", 1, 3, high + 0x400000, init, 0, 0, 0), (".bss", 8, 3, high + 0x500000, b"", 0, 0, 12345)]
    if symbols == "1":
        symbol = (struct.pack("<IBBHQQ", 1, 17, 0, 3, high + 0x200040, 2048) if bits == 64 else
                  struct.pack("<IIIBBH", 1, high + 0x200040, 2048, 17, 0, 3))
        name = b"builtin_cmdline" if cmdline else b"boot_command_line"
        all_sections += [(".symtab", 2, 0, 0, bytes(len(symbol)) + symbol, 8, len(symbol), 0),
                         (".strtab", 3, 0, 0, b"\0" + name + b"\0", 0, 0, 0)]
    return elf(bits, all_sections, sections == "1")


def relocations(bits, lists):
    out = b""
    for n in range(lists):
        out += struct.pack("<I", 0)
        for i in range(n + 2):
            out += struct.pack("<I", HIGH[bits] + 8 * i & 0xffffffff)
    return out


def pe_header(bits, setup, code, certificate):
    """At 0x40: sections .setup and .text, as in header.S, and the certificate table."""
    directories = struct.pack("<II", 0, 0) * 4 + struct.pack("<II", *certificate) + struct.pack("<II", 0, 0)
    optional = struct.pack("<HBBIIIII", 0x20b, 2, 20, code, 0, 0, setup + 0x40, setup)
    optional += struct.pack("<QIIHHHHHHIIIIHH", 0, 4096, 512, 0, 0, 3, 0, 0, 0, 0, setup + code, 512,
                            0x1234 if certificate[1] else 0, 10, 0x100)
    optional += struct.pack("<QQQQII", 0, 0, 0, 0, 0, 6) + directories
    out = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664 if bits == 64 else 0x14c, 2, 0, 0, 1, len(optional), 0x206)
    for name, at, size, flags in ((b".setup", 0x200, setup - 0x200, 0x42000040),
                                  (b".text", setup, code, 0x60000020)):
        optional += name.ljust(8, b"\0") + struct.pack("<IIIIIIHHI", size, at, size, at, 0, 0, 0, 0, flags)
    return out + optional


def bzimage(setup="7", compressor="gzip", relocs="3", pe="0", sign="0", size=None, **kernel):
    bits = int(kernel.get("bits", "64"))
    contents = vmlinux(**kernel) + relocations(bits, int(relocs))
    payload = compress(compressor, contents)
    if compressor != "gzip":
        payload += struct.pack("<I", int(size) if size else len(contents))
    head, setup_size = b"\xfa" * 0x2c4, (int(setup) + 1) * 512
    tail = pad(b"\xf4" * 99, 16) + b"LToP" + struct.pack("<III", 16, 16, 0x80000009)
    code = pad(head + payload + tail + bytes(4), 16)[:-4]
    info = len(head + payload) + 112
    certificate = (setup_size + len(code) + 4, 24 if sign == "1" else 0)
    out = bytearray(setup_size)
    out[0x1f1] = int(setup)
    struct.pack_into("<HIHHHH", out, 0x1f2, 1, (len(code) + 4) // 16, 0, 0xffff, 0, 0xaa55)
    struct.pack_into("<BB4sHIHHBBHI", out, 0x200, 0xeb, 0x6a, b"HdrS", 0x20f, 0, 0x1000, 0xa0, 0, 1, 0x8000, 0x100000)
    struct.pack_into("<IIBBHI", out, 0x22c, 0x7fffffff, 0x200000, 1, 21, 0x7f, 2047)
    struct.pack_into("<IIQQIII", out, 0x248, len(head), len(payload), 0, 0x1000000, 0x100000, 0x10, info)
    out[0x2a0:0x2b0] = b"6.12.0-made #1\0\0"
    struct.pack_into("<I", out, setup_size - 8, 0x5a5aaa55)
    if pe == "1" or sign == "1":
        out[0:2], out[0x3c:0x40] = b"MZ", struct.pack("<I", 0x40)
        header = pe_header(bits, setup_size, len(code) + 4, (0, 0))
        out[0x40:0x40 + len(header)] = header
    crc = struct.pack("<I", zlib.crc32(bytes(out) + code) ^ 0xffffffff)
    if sign == "1":
        header = pe_header(bits, setup_size, len(code) + 4, certificate)
        out[0x40:0x40 + len(header)] = header
        crc += struct.pack("<IHH", 24, 0x200, 2) + b"0" * 16
    return bytes(out) + code + crc


def pe_file(machine, head, sections):
    """A PE file with HEAD as its first 64 bytes. sections: (name, bytes)."""
    at = end = 512 * -(-(64 + 24 + 112 + 48 + 40 * len(sections)) // 512)
    table = body = b""
    for name, data in sections:
        body += pad(data, 512)
        table += name.encode().ljust(8, b"\0")
        table += struct.pack("<IIIIIIHHI", len(data), 0x10000 + end, -(-len(data) // 512) * 512, end, 0, 0, 0, 0,
                             0x40000040)
        end = at + len(body)
    optional = struct.pack("<HBBIIIII", 0x20b, 2, 20, len(body), 0, 0, at, at)
    optional += struct.pack("<QIIHHHHHHIIIIHH", 0, 4096, 512, 0, 0, 3, 0, 0, 0, 0, 0x10000 + end, at, 0, 10, 0x100)
    optional += struct.pack("<QQQQII", 0, 0, 0, 0, 0, 6) + bytes(48)
    out = head + b"PE\0\0" + struct.pack("<HHIIIHH", machine, len(sections), 0, 0, 0, len(optional), 0x206)
    return (out + optional + table).ljust(at, b"\0") + body


def image(arch="arm64", pe="1", initramfs=None, config=None):
    body = bytes(range(32)) + BANNER
    if config:
        body += b"IKCFG_ST" + gzip.compress(open(config, "rb").read(), 9, mtime=0) + b"IKCFG_ED"
    body = pad(body, 8)
    if initramfs:       # the code of pe_file() begins at a multiple of 512
        archive = pad(open(initramfs, "rb").read(), 8)
        body += archive + struct.pack("<Q", len(archive)) + b"\2" * 16
    arm64 = arch == "arm64"
    head = b"MZ\x40\xfa" if arm64 else b"MZ\x6f\x10"
    head += struct.pack("<IQQQ", 0x14000000, 0 if arm64 else 0x200000, 0x100000, 10 if arm64 else 0)
    head += bytes(24) if arm64 else struct.pack("<IIQ8s", 2, 0, 0, b"RISCV")
    head += struct.pack("<4sI", b"ARM\x64" if arm64 else b"RSC\5", 64 if pe == "1" else 0)
    machine = 0xaa64 if arm64 else 0x5064
    return pe_file(machine, head, [(".text", body)]) if pe == "1" else head + body


def zboot(compressor="gzip", size=None, arch="arm64", **kernel):
    contents = image(arch=arch, **kernel)
    packed = compress(compressor, contents)
    tail = b"" if compressor == "gzip" else struct.pack("<I", int(size) if size else len(contents))
    head = b"MZ\0\0zimg" + struct.pack("<IIII", 512 + 48, len(packed), 0, 0) + compressor.encode().ljust(32, b"\0")
    head += struct.pack("<II", 0x818223cd, 64)
    return pe_file(0xaa64 if arch == "arm64" else 0x5064, head,
                   [(".text", b"\x90" * 48 + packed + tail + b"\x90" * 99), (".data", b"data")])


def efi(**sections):
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    return pe_file(0x8664, head, [(".text", b"\xcc" * 99)] + [
        ("." + name, open(path, "rb").read()) for name, path in sections.items()])


def main():
    out, kind, options = sys.argv[1], sys.argv[2], dict(a.split("=", 1) for a in sys.argv[3:])
    made = {"bzImage": bzimage, "vmlinux": vmlinux, "cpio": cpio, "Image": image, "zboot": zboot, "efi": efi}[kind](**options)
    with open(out, "wb") as f:
        f.write(made)


main()
