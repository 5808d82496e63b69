#!/usr/bin/env bash
# libtorus of other platforms from one Linux machine, into build/libraries/CLASSIFIER where Maven packs it: Linux by zig (PyPI's ziglang) with glibc
# 2.17 as floor, and musl, and macOS 11; Windows by MinGW-w64 or, without it, by zig. Each is checked: processor, exports, what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
source ci/lib.sh
zig_version=0.17.1
glibc_floor=2.17
macos_floor=11.0
passed=0
failed=0
skipped=0

ok() { # NAME COMMAND...
  local name=$1
  shift
  if "$@" >&2; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "cross: failed: $name" >&2
  fi
}

skip() { # NAME REASON
  skipped=$((skipped + 1))
  echo "cross: skipped: $1: $2" >&2
}

# The path of zig, installed into build/tools at first; nothing if that cannot be done.
find_zig() {
  local tools=$root/build/tools/zig
  if [[ ! -x $tools/bin/python ]] || ! "$tools/bin/python" -c 'import ziglang' 2>/dev/null; then
    { python3 -m venv "$tools" && "$tools/bin/pip" install -q "ziglang==$zig_version"; } >&2 || return 0
  fi
  "$tools/bin/python" -c 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'
}

build() { # CLASSIFIER FILE CMAKE_OPTIONS...
  local folder=build/cross/$1 library=build/libraries/$1/META-INF/native/$1 file=$2
  shift 2
  cmake -S . -B "$folder" -DBUILD_TESTING=OFF "$@" && cmake --build "$folder" --target torus || return 1
  mkdir -p "$library"
  cp "$folder/$file" "$library/"
}

# Only the loader's entry is exported.
exports() { # FILE
  [[ $(nm -D --defined-only "$1" | awk '{ print $3 }') == JNI_OnLoad ]]
}

elf() { # FILE MACHINE NEEDED: the processor, and libraries as a pattern
  local header needed
  header=$(readelf -h "$1")
  [[ $header =~ Machine:.*$2 ]] || return 1
  needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  ! grep -vE "^($3)$" <<<"$needed" | grep .
}

# No symbol of a glibc newer than the floor.
floor() { # FILE
  local newest
  newest=$(readelf --version-info "$1" | grep -oE 'GLIBC_[0-9.]+' | sed 's/GLIBC_//' | sort -V | tail -1)
  echo "$1 needs glibc $newest"
  [[ $(printf '%s\n' "$newest" "$glibc_floor" | sort -V | tail -1) == "$glibc_floor" ]]
}

linux() { # CLASSIFIER ZIG_TARGET MACHINE
  local file=build/libraries/$1/META-INF/native/$1/libtorus.so before=$failed
  ok "$1 is built" build "$1" libtorus.so -DCMAKE_TOOLCHAIN_FILE=native/toolchains/zig.cmake "-DZIG=$zig" "-DZIG_TARGET=$2"
  [[ $failed -eq $before ]] || return 0
  ok "$1 exports JNI_OnLoad alone" exports "$file"
  if [[ $2 == *musl ]]; then
    ok "$1 is for $3 and needs libc alone" elf "$file" "$3" 'libc.so'
  else
    ok "$1 is for $3 and needs libc alone" elf "$file" "$3" 'libc.so.6|ld-linux.*|libpthread.so.0'
    ok "$1 runs on glibc $glibc_floor" floor "$file"
  fi
}

# What the file says of itself. zig's linker adds two symbols of its own to every library's exports.
macho() { # FILE PROCESSOR
  local facts
  facts=$(ci/macho.py "$1" | grep -vxE 'signature yes|exports (__mh_dylib_header|___dso_handle)' | sort)
  echo "$facts"
  [[ $facts == "exports _JNI_OnLoad
minimum $macos_floor
name @rpath/libtorus.dylib
needs /usr/lib/libSystem.B.dylib
processor $2" ]]
}

# arm64 runs nothing that is not signed, be it only ad hoc.
signed() { # FILE
  ci/macho.py "$1" | grep -x 'signature yes'
}

macos() { # CLASSIFIER ZIG_PROCESSOR PROCESSOR
  local file=build/libraries/$1/META-INF/native/$1/libtorus.dylib before=$failed
  ok "$1 is built" build "$1" libtorus.dylib -DCMAKE_TOOLCHAIN_FILE=native/toolchains/zig.cmake "-DZIG=$zig" \
    "-DZIG_TARGET=$2-macos.$macos_floor"
  [[ $failed -eq $before ]] || return 0
  ok "$1 is for $3 and macOS $macos_floor, exports JNI_OnLoad alone, needs libSystem alone, has no path of this machine" macho "$file" "$3"
  [[ $3 != arm64 ]] || ok "$1 is signed" signed "$file"
}

# For x86-64, exporting the loader's entry alone, and the DLLs it needs come with every Windows (api-ms-win-crt: the UCRT). Read by Python: the
# objdump of this host need not know the format.
dll() { # FILE
  python3 - "$1" <<'P'
import re, struct, sys
data = open(sys.argv[1], "rb").read()
header = struct.unpack_from("<I", data, 0x3C)[0]
machine, sections = struct.unpack_from("<HH", data, header + 4)
optional = header + 24
table = optional + struct.unpack_from("<H", data, header + 20)[0]
def at(rva):  # the offset of an address in the file
    for i in range(sections):
        size, start, raw, offset = struct.unpack_from("<IIII", data, table + 40 * i + 8)
        if start <= rva < start + max(size, raw):
            return offset + rva - start
    raise SystemExit("no section holds address %x" % rva)
def text(rva):
    return data[at(rva):data.index(b"\0", at(rva))].decode()
def directory(index):
    return struct.unpack_from("<I", data, optional + 112 + 8 * index)[0]
count, names = struct.unpack_from("<I4xI", data, at(directory(0)) + 24)
exports = [text(struct.unpack_from("<I", data, at(names) + 4 * i)[0]) for i in range(count)]
needed, entry = [], at(directory(1))
while struct.unpack_from("<I", data, entry + 12)[0]:
    needed.append(text(struct.unpack_from("<I", data, entry + 12)[0]))
    entry += 20
print("machine %x, exports %s, needs %s" % (machine, exports, needed))
known = r"(?i)(kernel32|msvcrt|ws2_32|mswsock|ntdll|advapi32|api-ms-win-crt-[a-z0-9-]+)\.dll$"
sys.exit(machine != 0x8664 or exports != ["JNI_OnLoad"] or not all(re.match(known, name) for name in needed))
P
}

build_dll() { # WHERE CMAKE_OPTIONS...
  local folder=build/cross/$1
  shift
  cmake -S . -B "$folder" -DBUILD_TESTING=OFF "$@" && cmake --build "$folder" --target torus
}

# windows WHERE CMAKE_OPTIONS...: built in build/cross/WHERE, checked, and put where Maven packs it
windows() {
  local where=$1 library=build/libraries/windows-x86_64/META-INF/native/windows-x86_64 before=$failed
  shift
  ok "windows-x86_64 is built ($where)" build_dll "$where" "$@"
  [[ $failed -eq $before ]] || return 0
  ok "windows-x86_64 ($where) exports JNI_OnLoad alone and needs Windows alone" dll "build/cross/$where/torus.dll"
  mkdir -p "$library"
  cp "build/cross/$where/torus.dll" "$library/"
}

command -v cmake >/dev/null || { skip "all" "no cmake"; echo "cross: 0 passed, 0 failed, 1 skipped"; exit 0; }
zig=$(find_zig)
if [[ -n $zig ]]; then
  linux linux-x86_64 "x86_64-linux-gnu.$glibc_floor" X86-64
  linux linux-aarch_64 "aarch64-linux-gnu.$glibc_floor" AArch64
  linux linux-x86_64-musl x86_64-linux-musl X86-64
  linux linux-aarch_64-musl aarch64-linux-musl AArch64
  macos osx-x86_64 x86_64 x86_64
  macos osx-aarch_64 aarch64 arm64
  windows windows-zig -DCMAKE_TOOLCHAIN_FILE=native/toolchains/zig.cmake "-DZIG=$zig" -DZIG_TARGET=x86_64-windows-gnu
else
  skip "Linux, macOS, and Windows by zig" "ziglang $zig_version cannot be installed from PyPI here"
fi
# Last, so that this one is packed: its C library, msvcrt, is there on every Windows.
if command -v x86_64-w64-mingw32-gcc >/dev/null; then
  windows windows-mingw -DCMAKE_TOOLCHAIN_FILE=native/toolchains/mingw-w64.cmake -DCMAKE_SHARED_LINKER_FLAGS=-s
else
  skip "windows-x86_64 by MinGW-w64" "no gcc-mingw-w64-x86-64"
fi
echo "cross: $passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
