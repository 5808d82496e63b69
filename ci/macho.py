#!/usr/bin/env python3
"""What a Mach-O library for macOS says of itself, a fact a line: ci/macho.py FILE. Layouts: mach-o/loader.h."""

import struct
import sys

CPU_TYPES = {0x01000007: "x86_64", 0x0100000C: "arm64"}
MAGIC_64 = 0xFEEDFACF
LC_LOAD_DYLIB = 0xC
LC_ID_DYLIB = 0xD
LC_DYLD_INFO = 0x22
LC_VERSION_MIN_MACOSX = 0x24
LC_CODE_SIGNATURE = 0x1D
LC_BUILD_VERSION = 0x32
LC_DYLD_EXPORTS_TRIE = 0x33
LC_REQ_DYLD = 0x80000000


def text(data, start):
    return data[start : data.index(0, start)].decode()


def uleb(data, at):
    """An unsigned LEB128 number and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def exports(trie):
    """The names in an export trie: nodes with a terminal size, then edges of text and the offset of a node."""
    names = []
    waiting = [(0, "")] if trie else []
    while waiting:
        at, prefix = waiting.pop()
        terminal, at = uleb(trie, at)
        if terminal:
            names.append(prefix)
        at += terminal
        edges = trie[at]
        at += 1
        for _ in range(edges):
            edge = text(trie, at)
            at += len(edge) + 1
            node, at = uleb(trie, at)
            waiting.append((node, prefix + edge))
    return sorted(names)


def version(packed):
    return f"{packed >> 16}.{packed >> 8 & 0xFF}"


def facts(data):
    magic, cpu, _, _, commands = struct.unpack_from("<5I", data)
    if magic != MAGIC_64:
        raise ValueError("no 64-bit Mach-O file")
    yield "processor", CPU_TYPES.get(cpu, hex(cpu))
    at = 32
    for _ in range(commands):
        command, size = struct.unpack_from("<2I", data, at)
        command &= ~LC_REQ_DYLD
        if command in (LC_ID_DYLIB, LC_LOAD_DYLIB):
            name = text(data, at + struct.unpack_from("<I", data, at + 8)[0])
            yield "name" if command == LC_ID_DYLIB else "needs", name
        elif command == LC_BUILD_VERSION:
            yield "minimum", version(struct.unpack_from("<I", data, at + 12)[0])
        elif command == LC_VERSION_MIN_MACOSX:
            yield "minimum", version(struct.unpack_from("<I", data, at + 8)[0])
        elif command == LC_CODE_SIGNATURE:
            yield "signature", "yes"
        elif command in (LC_DYLD_INFO, LC_DYLD_EXPORTS_TRIE):
            where = at + (40 if command == LC_DYLD_INFO else 8)
            start, length = struct.unpack_from("<2I", data, where)
            for name in exports(data[start : start + length]):
                yield "exports", name
        at += size


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as library:
        for fact in facts(library.read()):
            print(*fact)
