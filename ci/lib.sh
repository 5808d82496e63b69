# Sourced by the other scripts: where things are, and one line per suite.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/logs
mkdir -p "$logs"

# The newest JDK on this host: from JAVA_HOME, JDKS and the usual places.
newest_java() {
  local java version best=0 found=""
  for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" /usr/lib/jvm/*/bin/java /opt/*/bin/java "$(command -v java || true)"; do
    [[ -x $java ]] || continue
    version=$("$java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
    if [[ -n $version && $version -gt $best ]]; then
      best=$version
      found=$java
    fi
  done
  echo "$found"
}

java_major() {
  "$1" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p'
}

# The classifier of this host's native library; nothing where there is none to be built from here.
host_classifier() {
  local libc=""
  if [[ -e /lib/ld-musl-$(uname -m).so.1 && ! -e /lib64/ld-linux-x86-64.so.2 && ! -e /lib/ld-linux-aarch64.so.1 ]]; then
    libc=-musl
  fi
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo "linux-x86_64$libc" ;;
    Linux-aarch64) echo "linux-aarch_64$libc" ;;
    Darwin-x86_64) echo osx-x86_64 ;;
    Darwin-arm64) echo osx-aarch_64 ;;
  esac
}

suites=()
# suite NAME PASSED FAILED SKIPPED [REASON]
suite() {
  local line="$1: $2 passed, $3 failed, $4 skipped${5:+ ($5)}"
  echo "$line"
  suites+=("$line")
}

# Sums the reports of Surefire below a folder: "passed failed skipped"
surefire_counts() {
  python3 - "$1" <<'P'
import pathlib, sys, xml.etree.ElementTree as tree
tests = failed = skipped = 0
for report in pathlib.Path(sys.argv[1]).glob("**/surefire-reports/TEST-*.xml"):
    suite = tree.parse(report).getroot()
    tests += int(suite.get("tests", 0))
    failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    skipped += int(suite.get("skipped", 0))
print(tests - failed - skipped, failed, skipped)
P
}

# Repeats all lines, prints the total and ends with 1 if anything failed.
finish() {
  echo
  local passed=0 failed=0 skipped=0 line
  for line in "${suites[@]}"; do
    echo "$line"
    [[ $line =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped ]]
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + BASH_REMATCH[3]))
  done
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 ]]
}
