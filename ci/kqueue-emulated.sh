#!/usr/bin/env bash
# kqueue where there is none: the backend over the test double in native/test/kqueue-emulation, on Linux. Its C tests, also under the sanitizers,
# then the conformance kit, the loop's tests and the seed's program on it.
#
#   ci/kqueue-emulated.sh          what test.sh runs
#   ci/kqueue-emulated.sh --full   everything, with a thousand connections for a minute
#
# TORUS_KQUEUE=FOLDER takes another implementation than the double: include/sys/event.h and libkqueue.a in that folder.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
source ci/lib.sh
implementation=${TORUS_KQUEUE:-ON}
passed=0
failed=0
skipped=0

give_up() { # REASON
  echo "kqueue-emulated: skipped: $1" >&2
  echo "kqueue-emulated: 0 passed, 0 failed, 1 skipped"
  exit 0
}

count() { # PASSED FAILED SKIPPED
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

# ctest_in FOLDER CMAKE_OPTIONS...: builds the C tests with kqueue and runs them; the library is beside them
ctest_in() {
  local folder=build/$1 log=$logs/$1.log total failures
  shift
  if ! { cmake -S . -B "$folder" -DBUILD_TESTING=ON "-DTORUS_KQUEUE_EMULATION=$implementation" "$@" &&
    cmake --build "$folder"; } >"$log" 2>&1; then
    tail -40 "$log" >&2
    count 0 1 0
    return
  fi
  (cd "$folder" && ctest --output-on-failure -E '^(units|abi|darwin)$') >>"$log" 2>&1 || true
  read -r failures total <<<"$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\1 \2/p' "$log" | tail -1)"
  [[ $failures -eq 0 ]] || tail -60 "$log" >&2
  count $((total - failures)) "$failures" 0
}

# maven MODULES ARGUMENTS...: the tests of modules with the library that has kqueue
maven() {
  local modules=$1 status=0 counts
  shift
  find java -path '*/target/surefire-reports/*' -delete 2>/dev/null || true
  # By the environment, so that processes which tests start have it as well.
  JDK_JAVA_OPTIONS="-Dtorus.native.path=$root/build/kqueue/libtorus.so" \
    mvn -B -ntp -pl "$modules" -am test -Dspotless.check.skip=true -Dsurefire.failIfNoSpecifiedTests=false \
    -Dmaven.test.failure.ignore=true -Dtorus.tck.emulation=kqueue -Dtorus.tck.backends=kqueue "$@" >&2 || status=$?
  read -ra counts <<<"$(surefire_counts java)"
  [[ $status -eq 0 ]] || counts[1]=$((counts[1] + 1))
  count "${counts[@]}"
}

[[ $(uname -s) == Linux ]] || give_up "the double is made of epoll, which $(uname -s) has not"
ci/setup.sh >&2
for tool in cmake cc mvn; do
  command -v "$tool" >/dev/null || give_up "there is no $tool"
done

ctest_in kqueue
if [[ ! -e build/kqueue/libtorus.so ]]; then
  echo "kqueue-emulated: failed: no library was built, so the Java tests have nothing to run on" >&2
  count 0 1 0
elif [[ ${1:-} == --full ]]; then
  ctest_in kqueue-asan -DTORUS_SANITIZE=address,undefined -DTORUS_FUZZ_SECONDS=60
  ctest_in kqueue-tsan -DTORUS_SANITIZE=thread
  maven java/torus-tck,java/torus-loop,java/examples '-Dtest=*ConformanceTest,dev.torus.loop.*Test,SeedProgramTest' \
    -Dtorus.tck.stress.seconds=60 -Dtorus.tck.stress.connections=1000
else
  ctest_in kqueue-asan -DTORUS_SANITIZE=address,undefined
  maven java/torus-tck,java/torus-loop,java/examples '-Dtest=*ConformanceTest,dev.torus.loop.*Test,SeedProgramTest' \
    -Dtorus.tck.stress.connections=200 -Dtorus.tck.races=100 -Dtorus.tck.scripts=12
fi
echo "kqueue-emulated: $passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
