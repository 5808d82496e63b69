#!/usr/bin/env bash
# Torus where io_uring is forbidden: a JVM behind a seccomp filter, as containers have one, and one whose system has it
# switched off. The reason is told, io_uring asked for by name fails with it, and left to itself Torus takes epoll.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=0
skipped=0

finish() {
  echo "uring-refused: $passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 ]]
  exit
}

give_up() { # REASON
  echo "uring-refused: skipped: $1" >&2
  skipped=$((skipped + 1))
  finish
}

# expect WHAT PATTERN TEXT
expect() {
  if grep -qE "$2" <<<"$3"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'uring-refused: failed: %s: no "%s" in: %s\n' "$1" "$2" "$3" >&2
  fi
}

[[ $(uname -s) == Linux ]] || give_up "only on Linux"
if ! command -v cmake >/dev/null || ! command -v cc >/dev/null; then give_up "no C toolchain"; fi
cmake -S . -B build/ctest -DBUILD_TESTING=ON >/dev/null
cmake --build build/ctest --target uring_refused >/dev/null
refused=build/ctest/native/test/uring_refused
ci/torus doctor --json | grep -q '"name": *"io_uring", *"available": *true' || give_up "no io_uring here to be forbidden"

for call in setup register enter; do
  report=$("$refused" "$call" 1 ci/torus doctor) || true
  expect "doctor, io_uring_$call forbidden" "io_uring, .*reason: io_uring_$call is not permitted: a seccomp filter" "$report"
  expect "doctor's choice, io_uring_$call forbidden" "^backend: epoll" "$report"
done
report=$("$refused" setup 38 ci/torus doctor) || true
expect "doctor, ENOSYS" "reason: io_uring_setup: ENOSYS: this kernel was built without io_uring, or a seccomp filter" "$report"

report=$("$refused" setup 1 ci/torus echo --control </dev/null 2>&1) || true
expect "automatic choice" "^listening .* backend=epoll" "$report"
if report=$("$refused" setup 1 ci/torus echo --control --backend io_uring </dev/null 2>&1); then
  expect "by name: it must fail" "^$" "started: $report"
else
  expect "by name" "io_uring.*cannot be used here: io_uring_setup is not permitted: a seccomp filter" "$report"
fi
if report=$(TORUS_BACKEND=io_uring "$refused" setup 1 ci/torus echo --control </dev/null 2>&1); then
  expect "by variable: it must fail" "^$" "started: $report"
else
  expect "by variable" "TORUS_BACKEND.*cannot be used here: io_uring_setup is not permitted" "$report"
fi

# kernel.io_uring_disabled as this program sees it, in a mount namespace of its own; the filter does what the kernel would.
switch=/proc/sys/kernel/io_uring_disabled
if [[ $(id -u) -eq 0 && -e $switch ]] && unshare -m true 2>/dev/null; then
  two=$(mktemp)
  echo 2 >"$two"
  # shellcheck disable=SC2016 # by the inner shell
  report=$(unshare -m sh -c 'mount --bind "$0" "$1" && exec "$2" setup 1 ci/torus doctor' "$two" "$switch" "$refused" 2>&1) || true
  rm -f "$two"
  expect "the sysctl" "reason: io_uring is switched off by the sysctl kernel.io_uring_disabled" "$report"
else
  echo "uring-refused: skipped: the sysctl: it takes root, mount namespaces and a kernel that has it" >&2
  skipped=$((skipped + 1))
fi
finish
