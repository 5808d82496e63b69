#!/usr/bin/env bash
# The seed's program as an executable of GraalVM's native-image, run on each backend; skipped where there is no native-image.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=0
skipped=0

end() {
  echo "native-image: $passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 ]]
}

tool=$(command -v native-image || true)
for home in "${GRAALVM_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*graalvm*; do
  [[ -z $tool && -x $home/bin/native-image ]] && tool=$home/bin/native-image
done
if [[ -z $tool ]]; then
  echo "native-image: no native-image on PATH, in GRAALVM_HOME or JAVA_HOME" >&2
  skipped=1
  end
  exit
fi
home=$(cd "$(dirname "$(readlink -f "$tool")")/.." && pwd)
[[ -x $home/bin/javac ]] || home=$(cd "$home/../.." && pwd) # GraalVM before 23 keeps it in lib/svm/bin

if ! JAVA_HOME=$home GRAALVM_HOME=$home mvn -q -B -ntp -Pnative -DskipTests -Dspotless.check.skip=true -pl java/examples -am package >&2; then
  failed=1
  end
  exit
fi
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
for backend in io_uring epoll kqueue nio; do
  out=$cache/out
  if timeout 60 java/examples/target/seed "-Dtorus.native.cache=$cache/library" --backend "$backend" >"$out" 2>&1 \
    && grep -q 'main program ends' "$out"; then
    passed=$((passed + 1))
  elif grep -q 'BackendUnavailableException' "$out" && ! grep -q 'native library' "$out"; then
    echo "native-image: skipped: $backend is not available here: $(grep -m1 BackendUnavailable "$out")" >&2
    skipped=$((skipped + 1))
  else
    failed=$((failed + 1))
    cat "$out" >&2
  fi
done
end
