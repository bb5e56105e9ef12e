# SPDX-License-Identifier: GPL-2.0-only
"""Say which objects of the kernel the bytes of a built vmlinux are from.

usage: size-report [-v] [--base DIR|OLD.json] [--without NAMES] [DIR]

Reads DIR/linux/vmlinux.map, which the linker wrote when it made DIR/linux/vmlinux
(CONFIG_VMLINUX_MAP), prints tables and writes DIR/size-report.json. DIR is a build
directory of bzinit, build/ unless given. --base compares with another build or with an
earlier report. --without builds the same configuration without a fragment, in
DIR/size/NAME, and compares; MAKE in the environment names make. Exit status: 0, or 1
and one line on standard error that says why not. See Documentation/size-report.md."""
import argparse
import collections
import fnmatch
import json
import os
import re
import subprocess
import sys

from boot import Refused, output
from boot.symbols import from_map

BOUNDS = ("__init_begin", "__init_end", "__start_rodata", "__end_rodata")
KINDS = ("text", "rodata", "data", "init", "bss")
PADDING, LINKER, MERGED = "(padding, reserved)", "(linker)", "(merged strings)"
# Objects that scripts/link-vmlinux.sh makes have names that do not say what they hold.
GENERATED = ((".tmp_vmlinux*kallsyms*.o", "(kallsyms)"), (".*btf*.o", "(BTF)"),
             (".vmlinux.export.o", "(exported symbols)"))
BIGGEST, SHOWN = 20, 200    # rows of the list of objects; a directory of less than a 200th is summed up
AGAIN = "run make clean, then make, in that directory"


# --- vmlinux and the map of its link -------------------------------------------------------

def read(path, missing):
    """Return the text of a file. Raises Refused, with the remedy `missing`, if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            return f.read()
    except OSError as e:
        raise Refused(f"{path}: {e.strerror}: {missing}") from None


def run(*command, cwd=None):
    """Run a command and return its standard output. Raises Refused if it cannot be run or fails."""
    try:
        return subprocess.run(command, cwd=cwd, check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}).stdout
    except OSError as e:
        raise Refused(f"{command[0]}: {e.strerror}: run scripts/setup") from None
    except subprocess.CalledProcessError as e:
        said = (e.stderr.strip().splitlines() or [f"exit status {e.returncode}"])[-1]
        raise Refused(f"{cwd or ''}: {said}: {AGAIN}") from None


def elf_sections(linux):
    """Return [(name, type, address, size, flags)] of vmlinux, as readelf says."""
    header = re.compile(r"  \[ *\d+\] (\S+) +(\S+) +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)"
                        r" [0-9a-f]+ +([A-Za-z]*) ")
    found = map(header.match, run("readelf", "-SW", "vmlinux", cwd=linux).splitlines())
    return [(m[1], m[2], int(m[3], 16), int(m[4], 16), m[5]) for m in found if m]


class Section:
    """A section of vmlinux as the map has it; pieces are (address, size, object)."""
    def __init__(self, address, load, size):
        self.address, self.load, self.size, self.pieces = address, load, size, []


# A section of vmlinux begins at the start of a line, one of an object behind a blank. A long
# name has a line of its own (ld's manual, "-Map"). Symbols and patterns begin further right.
GNU = re.compile(r"^( ?)([^\s*]\S*|\*fill\*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: (.*))?$", re.M)
# Addresses, size, alignment; then by depth a section, an object's section, a symbol
# (comment in lld/ELF/MapFile.cpp).
LLVM = re.compile(r"^ *([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) +\d+"
                  r"(?: {1,7}(\S+)| {8,15}(\S.*):\((.*)\))$", re.M)


def read_gnu(text):
    """Read a map of GNU ld. Returns {name: Section}.

    What was merged away still has a size there, but the next piece has the same address."""
    found, section = {}, None
    start = text.index("Linker script and memory map")
    for blank, name, address, size, rest in GNU.findall(text, start):
        address, size = int(address, 16), int(size, 16)
        if not blank:
            load = re.match("load address 0x([0-9a-f]+)", rest)
            section = found[name] = Section(address, int(load[1], 16) if load else address, size)
        elif section and size and address < section.address + section.size:
            if section.pieces and section.pieces[-1][0] == address:
                section.pieces.pop()
            section.pieces.append((address, size, PADDING if name == "*fill*" else rest))
    return found


def read_llvm(text):
    """Read a map of ld.lld. Returns {name: Section}.

    The map does not say which objects merged strings are from."""
    found, section = {}, None
    for address, load, size, name, written, inside in LLVM.findall(text):
        address, load, size = (int(n, 16) for n in (address, load, size))
        if name:
            section = found[name] = Section(address, load, size)
        elif section and size:
            if written.startswith("<"):
                written = MERGED if inside.startswith(".rodata") else LINKER
            section.pieces.append((address, size, written))
    return found


def leaf_name(path):
    """Return the name of a leaf of the tree, from what the linker has written for an object: its
    path, or archive(path), or archive(name) of one that lies beside its archive."""
    member = re.fullmatch(r"(.*/)?[^/]*\.a\((.*)\)", path)
    if member:
        path = member[2] if "/" in member[2] else (member[1] or "") + member[2]
    path = path.removeprefix("./") or LINKER
    return next((name for pattern, name in GENERATED if fnmatch.fnmatch(path, pattern)), path)


def kind_of(kind, flags, section, symbols):
    """Return what the bytes of a section of vmlinux are: one of KINDS."""
    text = symbols[".text"]
    begin, end = (symbols[s] - text.address + text.load for s in ("__init_begin", "__init_end"))
    if begin <= section.load < end:
        return "init"
    if kind == "NOBITS":
        return "bss"
    if "X" in flags:
        return "text"
    if "W" not in flags or symbols["__start_rodata"] <= section.address < symbols["__end_rodata"]:
        return "rodata"
    return "data"


def measure(build):
    """Give each byte of the kernel in a build directory to a leaf of the tree.

    Returns ({leaf: Counter of kinds}, sections for the report). Each byte of each loaded section
    belongs to one leaf. Raises Refused if there is no map, or not that of this vmlinux."""
    linux = f"{build}/linux"
    if not os.path.exists(f"{linux}/vmlinux"):
        raise Refused(f"{build}: no kernel was built there: build one, or name another directory")
    text = read(f"{linux}/vmlinux.map", "the kernel's option VMLINUX_MAP writes it at the link: "
                "switch it on, and run make in that directory")
    placed = read_gnu(text) if "Linker script and memory map" in text else read_llvm(text)
    table = from_map(f"{linux}/System.map")
    symbols = {name: table and table.find(name) for name in BOUNDS}
    symbols[".text"] = placed.get(".text")
    if None in symbols.values():
        raise Refused(f"{linux}: System.map or vmlinux.map is cut short or unknown: {AGAIN}")
    leaves, sections = collections.defaultdict(collections.Counter), []
    for name, kind, address, size, flags in elf_sections(linux):
        if "A" not in flags or not size:
            continue
        section = placed.get(name)
        if not section or (section.address, section.size) != (address, size):
            raise Refused(f"{linux}: {name} of vmlinux is not what vmlinux.map says: {AGAIN}")
        kind, at, gap = kind_of(kind, flags, section, symbols), address, f"{PADDING}/(padding of {name})"
        for start, length, path in sorted(section.pieces):
            if start < at or start + length > address + size:
                raise Refused(f"{linux}/vmlinux.map: {path} lies outside of {name} or in another "
                              f"object at {start:#x}: this linker's maps are not known")
            leaves[gap if path == PADDING else leaf_name(path)][kind] += length
            leaves[gap][kind] += start - at
            at = start + length
        leaves[gap][kind] += address + size - at
        sections.append({"name": name, "bytes": size, "kind": kind})
    if "vmlinux.o" in leaves:
        raise Refused(f"{linux}: LTO_CLANG or X86_KERNEL_IBT is on: such a kernel is linked from one "
                      "vmlinux.o, and its map names no other object: turn that option off")
    return leaves, sections


# --- the tree ------------------------------------------------------------------------------

def tree(leaves):
    """Build the tree of size-report.json. Returns its top node."""
    top = {"name": "vmlinux", "below": {}}
    for path, kinds in leaves.items():
        node = top
        parts = path.split("/")
        for n, part in enumerate(parts, 1):
            name = part if path.startswith(PADDING) else "/".join(parts[:n])
            node = node["below"].setdefault(part, {"name": name, "below": {}})
        node["kinds"] = kinds
    return finished(top)


def finished(node):
    """Sum up a node, sort its children, and leave out empty ones and lone directories. Returns a
    node of size-report.json."""
    children = [finished(n) for n in node["below"].values()]
    children = sorted((c for c in children if c["bytes"]), key=lambda c: (-c["bytes"], c["name"]))
    if len(children) == 1 and "children" in children[0] and node["name"] != "vmlinux":
        return children[0]
    kinds = {k: sum(c[k] for c in children) if children else node.get("kinds", {}).get(k, 0) for k in KINDS}
    done = {"name": node["name"], "bytes": sum(kinds.values()), **kinds}
    return {**done, "children": children} if children else done


def leaves_of(node):
    """Yield all leaves below a node."""
    if "children" not in node:
        yield node
    for child in node.get("children", ()):
        yield from leaves_of(child)


def padding_of(top):
    """Return the bytes of vmlinux that lie between objects."""
    return sum(n["bytes"] for n in top["children"] if n["name"] == PADDING)


def rows(node):
    """Return the children as rows of a table, larger first: [(name, node)]. All objects that lie
    right in the node are one row, which has the name of a lone one."""
    own = [c for c in node["children"] if "children" not in c and c["name"][0] != "("]
    listed = [(c["name"], c) for c in node["children"] if "children" in c or c["name"][0] == "("]
    if own:
        total = {k: sum(c[k] for c in own if k in c) for k in ("bytes",) + KINDS}
        listed.append((own[0]["name"] if len(own) == 1 else f'{node["name"]}/*.o', total))
    return sorted(listed, key=lambda r: (-r[1]["bytes"], r[0]))


# --- tables --------------------------------------------------------------------------------

def row(node, name, depth=0):
    """Print one row of the table."""
    numbers = "".join(f"{node[k] or '-':>9}" for k in KINDS)
    print(f'{node["bytes"]:9}{numbers}  {"  " * depth}{output.visible(name)}')


def print_rows(node, least, everything, depth=0):
    """Print the rows of a directory, two levels deep unless everything is wanted."""
    listed = rows(node)
    if len(listed) == 1 and not everything and listed[0][0].endswith("*.o"):
        return      # it would say what the line above says
    shown = [r for r in listed if everything or not depth or r[1]["bytes"] >= least]
    if len(shown) + 1 == len(listed):
        shown = listed
    for name, child in shown:
        row(child, name, depth)
        if everything and name.endswith("*.o"):
            for leaf in node["children"]:
                if "children" not in leaf and leaf["name"][0] != "(":
                    row(leaf, leaf["name"], depth + 1)
        elif "children" in child and (everything or not depth):
            print_rows(child, least, everything, depth + 1)
    small = [c for _, c in listed[len(shown):]]
    if small:
        row({k: sum(c[k] for c in small) for k in ("bytes",) + KINDS}, f"{len(small)} smaller", depth)


def print_table(told, everything):
    """Print the report of one build."""
    top = told["tree"]
    print(f'{"bytes":>9}' + "".join(f"{k:>9}" for k in KINDS))
    print_rows(top, top["bytes"] / SHOWN, everything)
    row(top, f'vmlinux {told["kernel"]}')
    if "payload" in told:
        print("\nIt takes {compressed} of {image} bytes of the image: the compressor makes them of\n"
              "{unpacked} bytes, which are vmlinux without bss and symbols, and its relocations."
              .format(image=told["image_bytes"], **told["payload"]))
    print(f'\n{"bytes":>9}  biggest objects')
    objects = (n for n in leaves_of(top) if n["name"][0] != "(")
    for node in sorted(objects, key=lambda n: (-n["bytes"], n["name"]))[:BIGGEST]:
        print(f'{node["bytes"]:9}  {output.visible(node["name"])}')


def compared(node, everything, depth=1):
    """Return {name: bytes} of what is compared: rows of two levels, or all leaves."""
    if everything:
        return {leaf["name"]: leaf["bytes"] for leaf in leaves_of(node)}
    found = {}
    for name, child in rows(node):
        if depth and "children" in child:
            found.update(compared(child, False, depth - 1))
        else:   # a lone object may be one of several in the other build
            found[name if "children" in child or name[0] == "(" else f'{node["name"]}/*.o'] = child["bytes"]
    return found


def print_changes(what, base, now, everything):
    """Print what grew, then what shrank since base, each the larger difference first."""
    delta = now["bytes"] - base["bytes"]
    print(f'\n{what}: {base["bytes"]} → {now["bytes"]} bytes ({delta:+}, '
          f'{100 * delta / base["bytes"]:+.2f} %)')
    before, after = compared(base, everything), compared(now, everything)
    changes = [(after.get(n, 0) - before.get(n, 0), n) for n in {**before, **after}]
    for change, name in sorted((c for c in changes if c[0]), key=lambda c: (c[0] < 0, -abs(c[0]), c[1])):
        old, new = before.get(name, 0), after.get(name, 0)
        print(f'{"larger" if change > 0 else "smaller":>8} {change:+10}  {output.visible(name)}  '
              f'({f"{old} → {new}" if old and new else "gone" if old else "new"})')
    if before == after:
        print("         nothing is of another size")


# --- reports, builds without a fragment ----------------------------------------------------

def report(build):
    """Return what size-report.json holds of one build, without comparisons."""
    leaves, sections = measure(build)
    top = tree(leaves)
    told = {"format": 2, "kernel": read(f"{build}/linux/include/config/kernel.release", AGAIN).strip(),
            "image": "bzImage", "image_bytes": os.path.getsize(f"{build}/bzImage"), "vmlinux": top["bytes"]}
    piggy = f"{build}/linux/arch/x86/boot/compressed/piggy.S"   # the kernel's mkpiggy.c
    if os.path.exists(piggy):
        sizes = dict(re.findall(r"^z_(input|output)_len = (\d+)$", read(piggy, AGAIN), re.M))
        told["payload"] = {"compressed": int(sizes["input"]), "unpacked": int(sizes["output"])}
    return {**told, "sections": sections, "fragments": [], "tree": top}


def bare(node):
    """Return a node of an earlier report with no more than name, bytes and children. Raises
    KeyError, TypeError or ValueError if it is not one."""
    name, size, children = node["name"], node["bytes"], [bare(c) for c in node.get("children", ())]
    if not isinstance(name, str) or not name or not isinstance(size, int) or size < 1 or \
            children and sum(c["bytes"] for c in children) != size:
        raise ValueError(name)
    return {"name": name, "bytes": size, **({"children": children} if children else {})}


def read_base(path):
    """Return the tree of BASE, which is a build directory or an earlier report."""
    if os.path.isdir(path):
        return bare(tree(measure(path)[0]))
    try:
        with open(path, encoding="utf-8") as f:
            base = bare(json.load(f)["tree"])
        if "children" in base:
            return base
    except OSError as e:
        raise Refused(f"BASE {path}: {e.strerror}: name a build directory or an earlier "
                      "size-report.json") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise Refused(f"BASE {path}: not a size-report.json, or cut short: name another")


def chosen(config):
    """Return the fragments that a configuration of ours has switched on, as names of files."""
    return [name.lower().replace("_", "-") for name in re.findall(r"^CONFIG_FRAGMENT_(\w+)=y$", config, re.M)]


def build_without(build, name):
    """Build the same configuration without a fragment. Returns its directory and the fragments
    that were switched off with it, because they depend on it."""
    config = read(f"{build}/.config", "run make")
    if name not in chosen(config):
        raise Refused(f"FRAGMENT={name}: this configuration can be built without: {' '.join(chosen(config))}")
    other, make = f"{build}/size/{name}", os.environ.get("MAKE", "make")
    os.makedirs(other, exist_ok=True)
    symbol = "CONFIG_FRAGMENT_" + name.upper().replace("-", "_")
    output.write(f"{other}/.config", config.replace(f"\n{symbol}=y\n", f"\n# {symbol} is not set\n"))
    if os.path.exists(f"{build}/kernel-changes.config"):
        output.write(f"{other}/kernel-changes.config", read(f"{build}/kernel-changes.config", "run make"))
    for target in (["-s", "olddefconfig"], ["all"]):
        if subprocess.run([make, f"O={other}"] + target, check=False).returncode:
            raise Refused(f"FRAGMENT={name}: the kernel without it was not built: see above")
        left = chosen(read(f"{other}/.config", "run make"))
        if name in left:
            raise Refused(f"FRAGMENT={name}: another option selects it, so it cannot be switched off alone: "
                          "switch that one off first, in make menuconfig")
    return other, [f for f in chosen(config) if f != name and f not in left]


def fragment(told, build, name, everything):
    """Measure what a fragment costs, by a second build. Returns an object of `fragments` in
    size-report.json."""
    directory, along = build_without(build, name)
    other = report(directory)
    before, after = ({n["name"]: n["bytes"] for n in leaves_of(t["tree"])} for t in (told, other))
    shared = {n for n in before if n in after and n[0] != "("}
    padding = padding_of(told["tree"]) - padding_of(other["tree"])
    print_changes(f"Without {' '.join([name] + along)}", told["tree"], other["tree"], everything)
    print(f'The image: {told["image_bytes"]} → {other["image_bytes"]} bytes '
          f'({other["image_bytes"] - told["image_bytes"]:+})')
    return {"name": name, "file": f"configs/fragments/{name}.config", "along": along,
            "bytes": told["vmlinux"] - other["vmlinux"] - padding, "padding": padding,
            "image": told["image_bytes"] - other["image_bytes"],
            "objects": len({n for n in before if n not in after and n[0] != "("}),
            "changed": sum(before[n] != after[n] for n in shared),
            "come": len({n for n in after if n not in before and n[0] != "("})}


def print_all(argv):
    """Do what the command line argv asks for."""
    ap = argparse.ArgumentParser(prog="size-report", description="Say which objects of the kernel the bytes of vmlinux are from.")
    ap.add_argument("-v", action="store_true", help="print each object, not two levels")
    ap.add_argument("--base", metavar="DIR|OLD.json", help="compare with another build or an earlier report")
    ap.add_argument("--without", metavar="NAMES", default="", help="build without a fragment and compare")
    ap.add_argument("build", metavar="DIR", nargs="?", default="build", help="the build directory")
    o = ap.parse_args(argv)
    sys.stdout.reconfigure(errors="replace")
    base = read_base(o.base) if o.base else None
    told = report(o.build)
    print_table(told, o.v)
    if base:
        told["base"] = {"vmlinux": base["bytes"], "tree": base}
        print_changes("Against BASE", base, told["tree"], o.v)
    told["fragments"] = [fragment(told, o.build, name, o.v) for name in o.without.split()]
    output.write_json(f"{o.build}/size-report.json", told)


def main(argv):
    try:
        print_all(argv)
        sys.stdout.flush()
    except Refused as e:
        return f"size-report: {output.visible(e.args[0])}"
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as e:
        return f"size-report: {e.filename}: {e.strerror}: run make, then size-report again"
    except KeyboardInterrupt:
        return 130
    return 0
