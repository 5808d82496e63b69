#!/usr/bin/env bash
# Random raw entries on the emulating shim, under address and undefined sanitizers, with a new seed each time:
# ci/fuzz.sh [SECONDS], ten minutes unless told otherwise. ci/test.sh does one minute with a fixed seed.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/ctest-asan
cmake -S . -B "$folder" -DBUILD_TESTING=ON -DTORUS_SANITIZE=address,undefined >/dev/null
cmake --build "$folder" --target fuzz_test >/dev/null
exec "$folder/native/test/fuzz_test" epoll "${2:-0}" "${1:-600}"
