#!/usr/bin/env bash
# Random programs on real Node and on the loop, in virtual time: ci/differential.sh [PROGRAMS [FIRST_SEED [BACKENDS]]]. Prints each
# program that differs, shrunken, with its seed. 2000 programs on all backends take some minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
source ci/lib.sh
programs=${1:-2000}
seed=${2:-1}
backends=${3:-}
log=$logs/differential.log
for tool in mvn node cc; do
  if ! command -v "$tool" >/dev/null; then
    echo "differential: no $tool here" >&2
    echo "differential: 0 passed, 0 failed, 1 skipped"
    exit 0
  fi
done
if mvn -B -ntp -pl java/torus-loop-differential -am test -Dtest=GeneratedProgramsTest -Dsurefire.failIfNoSpecifiedTests=false \
  "-Dtorus.differential.programs=$programs" "-Dtorus.differential.seed=$seed" "-Dtorus.differential.backends=$backends" >"$log" 2>&1; then
  grep "programs compared" "$log" >&2 || true
  if grep -q "Skipped: [1-9]" "$log"; then
    echo "differential: Node 20 or later is needed, see $log" >&2
    echo "differential: 0 passed, 0 failed, 1 skipped"
  else
    # what the rules leave open was left out
    compared=$(sed -n 's/.*: \([0-9]*\) programs compared on .*/\1/p' "$log")
    echo "differential: $compared passed, 0 failed, $((programs - compared)) skipped"
  fi
else
  grep -A60 "differs on" "$log" >&2 || tail -40 "$log" >&2
  echo "differential: 0 passed, 1 failed, 0 skipped"
  exit 1
fi
