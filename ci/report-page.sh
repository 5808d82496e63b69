#!/usr/bin/env bash
# The benchmarks' report in headless Chromium: ci/report-page.sh [PAGE] [--screenshot FILE]. Without a page one is made of the
# recorded results in benchmarks/testdata. Last line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
page=""
if [[ $# -gt 0 && $1 != --* ]]; then
  page=$1
  shift
fi
skip() {
  echo "report-page: skipped: $1" >&2
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}
command -v python3 >/dev/null || skip "no Python"
if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
  if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
    apt-get -o DPkg::Lock::Timeout=300 install -y -qq chromium >/dev/null 2>&1 || true
  fi
  command -v chromium >/dev/null || skip "no Chromium, and it cannot be installed here"
fi
if [[ -z $page ]]; then
  timeout 300 python3 benchmarks/report.py --install >&2 || skip "plotly cannot be had"
  page=build/report-page/report.html
  python3 benchmarks/report.py --output "$page" benchmarks/testdata >&2
fi
benchmarks/check_page.py "$page" "$@"
