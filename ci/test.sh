#!/usr/bin/env bash
# Every test that can run on this host; one line per suite, repeated at the end. Logs are in build/logs.
set -euo pipefail
cd "$(dirname "$0")/.."
ci/setup.sh
# shellcheck source=ci/lib.sh
source ci/lib.sh
maven=(mvn -B -ntp)

# run NAME COMMAND...: one check that passes or fails
check() {
  local name=$1 log
  log=$logs/${1// /-}.log
  shift
  if "$@" >"$log" 2>&1; then
    suite "$name" 1 0 0
  else
    tail -40 "$log"
    suite "$name" 0 1 0
  fi
}

skip() {
  suite "$1" 0 0 1 "$2"
}

format_c() {
  git ls-files -z 'native/*.c' 'native/*.h' 'benchmarks/*.c' 'benchmarks/*.h' | xargs -0 clang-format --dry-run -Werror
}

# ctest_in FOLDER NAME CMAKE_OPTIONS...: builds the C tests and runs them
ctest_in() {
  local folder=build/$1 name=$2 log=$logs/$1.log counts passed failed
  shift 2
  if ! { cmake -S . -B "$folder" -DBUILD_TESTING=ON "$@" && cmake --build "$folder"; } >"$log" 2>&1; then
    tail -40 "$log"
    suite "$name" 0 1 0
    return
  fi
  (cd "$folder" && ctest --output-on-failure) >>"$log" 2>&1 || true
  counts=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\1 \2/p' "$log" | tail -1)
  failed=${counts% *}
  passed=$((${counts#* } - failed))
  [[ $failed -eq 0 ]] || tail -60 "$log"
  suite "$name" "$passed" "$failed" 0
}

# maven_suite NAME LOG MAVEN_ARGUMENTS...: a Maven run whose tests are counted
maven_suite() {
  local name=$1 log=$logs/$2.log counts passed failed skipped
  shift 2
  find java benchmarks -path '*/target/surefire-reports/*' -delete 2>/dev/null || true
  local status=0
  "${maven[@]}" -fae -Dmaven.test.failure.ignore=true "$@" >"$log" 2>&1 || status=$?
  counts=$(surefire_counts .)
  read -r passed failed skipped <<<"$counts"
  if [[ $status -ne 0 ]]; then
    grep -E '^\[ERROR\]' "$log" | head -40 || tail -40 "$log"
    [[ $failed -gt 0 ]] || failed=1
  fi
  suite "$name" "$passed" "$failed" "$skipped"
}

# script_suite NAME SCRIPT: a script whose last line is "...: N passed, N failed, N skipped"
script_suite() {
  local name=$1 script=$2 line log
  shift 2
  log=$logs/$(basename "$script" .sh).log
  line=$("$script" "$@" 2>"$log" | tail -1) || true
  if [[ $line =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped ]]; then
    suite "$name" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" "$(reasons "$log" "${BASH_REMATCH[3]}" "${line%%:*}")"
    [[ ${BASH_REMATCH[2]} -eq 0 ]] || tail -40 "$log"
  else
    tail -20 "$log"
    suite "$name" 0 1 0
  fi
}

# reasons LOG SKIPPED NAME: why a script has skipped something, by its own words on stderr, which begin with its name
reasons() {
  [[ $2 -eq 0 ]] || sed -n "s/^$3: \\(skipped: \\)\\?//p" "$1" | tail -3 | paste -sd ';'
}

# ---- style -----------------------------------------------------------------------------------------------------------
if command -v clang-format >/dev/null; then check "clang-format" format_c; else skip "clang-format" "not installed"; fi
if command -v shellcheck >/dev/null; then
  check "shellcheck" shellcheck -x ci/*.sh ci/torus .ci/run
else
  skip "shellcheck" "not installed"
fi
script_suite "actionlint" ci/actionlint.sh
script_suite "benchmark harness" ci/python-tests.sh
script_suite "report in Chromium" ci/report-page.sh

# ---- C ---------------------------------------------------------------------------------------------------------------
if command -v cmake >/dev/null && command -v cc >/dev/null; then
  if [[ -e native/test/CMakeLists.txt ]]; then
    ctest_in ctest "C tests"
    ctest_in ctest-asan "C tests, address and undefined sanitizers" -DTORUS_SANITIZE=address,undefined -DTORUS_FUZZ_SECONDS=60
    ctest_in ctest-tsan "C tests, thread sanitizer" -DTORUS_SANITIZE=thread
  fi
else
  skip "C tests" "no C toolchain"
fi

# ---- models ----------------------------------------------------------------------------------------------------------
script_suite "spin model" ci/model-check.sh
script_suite "jcstress" ci/jcstress.sh --quick

# ---- Java ------------------------------------------------------------------------------------------------------------
maven_suite "Java $(java_major "$(command -v java)")" maven verify
newest=$(newest_java)
if [[ -n $newest && $(java_major "$newest") -gt $(java_major "$(command -v java)") ]]; then
  # the comparison with Node says the same on every JDK
  maven_suite "Java $(java_major "$newest")" maven-newest test "-Djvm=$newest" -DargLine=--enable-native-access=ALL-UNNAMED \
    -pl '!java/torus-loop-differential'
else
  skip "newest Java" "no newer JDK here"
fi

# ---- the pieces as a person uses them ----------------------------------------------------------------------------------
script_suite "curl, wrk and nc" ci/clients.sh
script_suite "io_uring forbidden" ci/uring-refused.sh

script_suite "kqueue, emulated" ci/kqueue-emulated.sh
script_suite "Windows JVM under Wine" ci/windows-wine.sh
script_suite "Linux arm64 by qemu" ci/linux-aarch64-qemu.sh
script_suite "projects that depend on Torus" ci/consumer.sh
script_suite "without a C toolchain" ci/no-toolchain.sh
script_suite "GraalVM native-image" ci/native-image.sh

finish
