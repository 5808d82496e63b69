#!/usr/bin/env bash
# The unit tests of the benchmarks' Python; the last line counts them. The report's tests need plotly: a virtual environment in
# build/venv is made for it if it can be had; without it they are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v python3 >/dev/null; then
  echo "python-tests: skipped: no Python" >&2
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
python=python3
if ! python3 -c 'import plotly, hdrh' 2>/dev/null; then
  if timeout 300 python3 benchmarks/report.py --install >&2; then python=build/venv/bin/python; fi
fi
passed=0 failed=0 skipped=0
for folder in benchmarks/peers benchmarks/latency benchmarks/files benchmarks/wakeup benchmarks/jmh benchmarks; do
  log=$(mktemp)
  "$python" -B -m unittest discover -s "$folder" >"$log" 2>&1 || true
  cat "$log" >&2
  ran=$(sed -n 's/^Ran \([0-9]*\) tests\{0,1\} in .*/\1/p' "$log")
  wrong=0 left=0
  for part in $(sed -n 's/^\(FAILED\|OK\) (\(.*\))$/\2/p' "$log" | tr -d ' ' | tr ',' ' '); do
    case $part in
      failures=* | errors=* | unexpectedsuccesses=*) wrong=$((wrong + ${part#*=})) ;;
      skipped=*) left=$((left + ${part#*=})) ;;
    esac
  done
  [[ -n $ran ]] || { ran=1 && wrong=1; }
  [[ $ran -gt 0 || $left -gt 0 ]] || { ran=1 && wrong=1; }
  ((passed += ran - wrong - left, failed += wrong, skipped += left)) || true
  rm -f "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
