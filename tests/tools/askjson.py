#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Ask what tools/anatomy --json said: askjson.py JSON QUESTION [ARGUMENT]...

  sums FILE         nothing is printed if sizes add up to those of FILE and of
                    each layer; else an assertion fails
  field KIND NAME   the value of a field of the first layer of a kind
  layer KIND KEY    name, note, offset or size of that layer
  members           of archives: mode, name, device or target, a line each
  list              the same from a list for the kernel's gen_init_cpio
  views, lists      PE sections; relocations
  segments MEMBER   those of a program in the archive, as readelf -lW tells
  kinds             each kind of layer
"""
import json
import os
import stat
import sys


def walk(layer):
    yield layer
    for part in layer.get("parts", []) + layer.get("views", []):
        yield from walk(part)
    if "inside" in layer:
        yield from walk(layer["inside"])


def sums(layer):
    at = layer["offset"]
    for part in layer.get("parts", []):
        assert part["offset"] == at, (layer["name"], part["name"], part["offset"], at)
        at += part["size"]
    assert "parts" not in layer or at == layer["offset"] + layer["size"], (layer["name"], at)
    for view in layer.get("views", []):
        assert layer["offset"] <= view["offset"], view
        assert view["offset"] + view["size"] <= layer["offset"] + layer["size"], view


def fields(layer):
    return {f["name"]: f["value"] for f in layer.get("fields", [])}


def shown(name):
    raw = name.encode("utf-8", "surrogateescape")
    return "".join(chr(c) if 32 <= c < 127 else "\\x%02x" % c for c in raw)


def from_list(path):
    kinds = {"dir": stat.S_IFDIR, "file": stat.S_IFREG, "slink": stat.S_IFLNK, "nod": 0, "pipe": stat.S_IFIFO}
    for line in open(path):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        kind, name, words = words[0], words[1].lstrip("/"), words[2:]
        extra = ""
        if kind == "file":
            names = [name] + [n.lstrip("/") for n in words[4:]]
            words = words[1:]
        else:
            names = [name]
        if kind == "slink":
            extra, words = " -> " + words[0], words[1:]
        mode = int(words[0], 8) | kinds[kind]
        if kind == "nod":
            mode |= stat.S_IFCHR if words[3] == "c" else stat.S_IFBLK
            extra = " %s:%s" % (words[4], words[5])
        for name in names:
            print(stat.filemode(mode), name + extra)


def main():
    path, question, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
    if question == "list":
        return from_list(path)
    answer = json.load(open(path))
    layers = list(walk(answer["layers"]))
    first = next((la for la in layers if arguments and la["kind"] == arguments[0]), None)
    if question == "sums":
        assert answer["size"] == answer["layers"]["size"] == os.path.getsize(arguments[0])
        for layer in layers:
            sums(layer)
    elif question == "field":
        print(fields(first)[arguments[1]])
    elif question == "layer":
        print(first[arguments[1]])
    elif question == "members":
        for layer in layers:
            if layer["kind"] == "member":
                f = fields(layer)
                print(f["mode"], shown(layer["name"]) + (" " + f["device"] if "device" in f else "") +
                      (" -> " + f["target"] if "target" in f else ""))
    elif question == "segments":
        for layer in layers:
            if layer["kind"] == "member" and layer["name"] == arguments[0]:
                start = layer["offset"] + (110 + len(layer["name"]) + 1 + 3) // 4 * 4
                for v in layer["views"]:
                    f = fields(v)
                    print(v["name"].split()[0], f"{v['offset'] - start:#08x} {f['address']:#018x}",
                          f"{v['size']:#08x} {f['memory']:#08x}",
                          f["rights"].replace("x", "e").replace("-", "").upper())
    elif question == "views":
        for layer in layers:
            if layer["kind"] == "pe_section":
                print("%d+%d %s" % (layer["offset"], layer["size"], layer["name"]))
    elif question == "lists":
        for layer in layers:
            if layer["kind"] == "list":
                print("%s: %s" % (layer["name"], layer["note"]))
    elif question == "kinds":
        print("\n".join(sorted({layer["kind"] for layer in layers})))


main()
