#!/usr/bin/env bash
# The wake-up protocol as spin sees it: every interleaving of the model, and that mistakes put into it are found.
# Last line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
model=$PWD/java/torus-kernel/src/model/wake.pml
if ! command -v spin >/dev/null || ! command -v cc >/dev/null; then
  echo "spin or a C compiler is missing" >&2
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
folder=build/model
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
passed=0
failed=0

# check NAME EXPECTED_ERRORS SPIN_OPTIONS...: all states of a variant
check() {
  local name=$1 expected=$2 errors
  shift 2
  spin "$@" -a "$model" >"$name.log" 2>&1
  cc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c >>"$name.log" 2>&1
  ./pan -m1000000 >>"$name.log" 2>&1 || true
  errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' "$name.log")
  if [[ $errors == "$expected" ]] && ! grep -q "max search depth too small" "$name.log"; then
    echo "$name: $(sed -n 's/ *\([0-9e.+]*\) states, stored.*/\1/p' "$name.log") states, $errors errors, as expected" >&2
    passed=$((passed + 1))
  else
    echo "$name: errors ${errors:-?}, expected $expected" >&2
    cat "$name.log" >&2
    failed=$((failed + 1))
  fi
}

check one-producer 0 -DPRODUCERS=1 -DEVENTS=4
check two-producers 0 -DPRODUCERS=2 -DEVENTS=3
check three-producers 0 -DPRODUCERS=3 -DEVENTS=2
check park-without-second-look 1 -DBROKEN_PARK
check signal-before-publishing 1 -DBROKEN_SIGNAL
check exchange-in-two-steps 1 -DBROKEN_EXCHANGE
check look-at-elements-on-their-way 1 -DBROKEN_LOOK
echo "$passed passed, $failed failed, 0 skipped"
[[ $failed -eq 0 ]]
