#!/usr/bin/env bash
# The workflows checked by actionlint: that of the PATH, else one built by Go into build/tools.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(command -v actionlint || true)
if [[ -z $tool ]]; then
  tool=$PWD/build/tools/actionlint
  if [[ ! -x $tool ]]; then
    if ! command -v go >/dev/null; then
      echo "actionlint: skipped: neither actionlint nor Go is installed" >&2
      echo "actionlint: 0 passed, 0 failed, 1 skipped"
      exit 0
    fi
    if ! GOBIN=$PWD/build/tools timeout 300 go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 >&2; then
      echo "actionlint: skipped: Go cannot install it here" >&2
      echo "actionlint: 0 passed, 0 failed, 1 skipped"
      exit 0
    fi
  fi
fi
if "$tool" >&2; then
  echo "actionlint: 1 passed, 0 failed, 0 skipped"
else
  echo "actionlint: 0 passed, 1 failed, 0 skipped"
  exit 1
fi
