#!/usr/bin/env bash
# Builds libtorus for this host with CMake into build/libraries/CLASSIFIER, as a jar has it (META-INF/native/CLASSIFIER/libtorus.so), and
# copies what is there of all platforms (cross builds put theirs beside it) into the folder given. Without a C toolchain it says so and ends well: everything then runs on the NIO backend.
set -euo pipefail
# shellcheck source=ci/lib.sh
source "$(dirname "$0")/lib.sh"
out=${1:?usage: build-native.sh OUTPUT_FOLDER}

for tool in cmake cc; do
  if ! command -v "$tool" >/dev/null; then
    echo "build-native: no $tool here, so libtorus is not built; Torus will run on its NIO backend (ci/setup.sh installs a C toolchain)"
    exit 0
  fi
done
classifier=$(host_classifier)
if [[ -z $classifier ]]; then
  echo "build-native: no native backend for $(uname -s) $(uname -m) from here; Torus will run on its NIO backend"
  exit 0
fi

build=$root/build/native
mkdir -p "$root/build"
generator=()
if [[ ! -e $build/CMakeCache.txt ]] && command -v ninja >/dev/null; then
  generator=(-G Ninja)
fi
cmake -S "$root" -B "$build" "${generator[@]}" >"$build.log" 2>&1 || {
  cat "$build.log"
  exit 1
}
cmake --build "$build" --target torus
library=$root/build/libraries/$classifier/META-INF/native/$classifier
mkdir -p "$library" "$out"
cp "$build"/libtorus.* "$library/"
cp -R "$root"/build/libraries/*/. "$out/"
