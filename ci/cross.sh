#!/usr/bin/env bash
# libtorus of other platforms from one Linux machine, into build/libraries/CLASSIFIER where Maven packs it: Linux by zig (PyPI's ziglang) with glibc
# 2.17 as floor, and musl, and macOS 11; Windows by MinGW-w64. Each is checked: processor, exports, what it needs.
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

# The DLLs it needs come with every Windows.
dll() { # FILE
  local headers needed
  headers=$(x86_64-w64-mingw32-objdump -f -p "$1")
  [[ $headers == *pei-x86-64* && $headers == *JNI_OnLoad* ]] || return 1
  needed=$(sed -n 's/.*DLL Name: //p' <<<"$headers")
  ! grep -viE '^(kernel32|msvcrt|ws2_32|mswsock|ntdll|advapi32|api-ms-win-.*)\.dll$' <<<"$needed" | grep .
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
else
  skip "Linux, macOS" "ziglang $zig_version cannot be installed from PyPI here"
fi
if command -v x86_64-w64-mingw32-gcc >/dev/null; then
  ok "windows-x86_64 is built" build windows-x86_64 torus.dll -DCMAKE_TOOLCHAIN_FILE=native/toolchains/mingw-w64.cmake \
    -DCMAKE_SHARED_LINKER_FLAGS=-s
  ok "windows-x86_64 needs Windows alone" dll build/libraries/windows-x86_64/META-INF/native/windows-x86_64/torus.dll
else
  skip "windows-x86_64" "no gcc-mingw-w64-x86-64"
fi
echo "cross: $passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
