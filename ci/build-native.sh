#!/usr/bin/env bash
# Builds libtorus for this host with CMake into build/libraries/CLASSIFIER, as a jar has it (META-INF/native/CLASSIFIER/libtorus.so), and
# copies what is there of all platforms (cross builds put theirs beside it) into the folder given. Without a C toolchain it says
# so and ends well: everything then runs on the NIO backend. TORUS_NATIVE_BUILD=no builds nothing and takes what ci/cross.sh has put there: so a
# release is made.
set -euo pipefail
# shellcheck source=ci/lib.sh
source "$(dirname "$0")/lib.sh"
out=${1:?usage: build-native.sh OUTPUT_FOLDER}

# Why libtorus cannot be built here; nothing if it can.
obstacle() {
  local tool
  if [[ ${TORUS_NATIVE_BUILD:-yes} == no ]]; then
    echo "TORUS_NATIVE_BUILD=no"
    return
  fi
  if [[ -z $(host_classifier) ]]; then
    echo "it is not built on $(uname -s) $(uname -m)"
    return
  fi
  for tool in cmake cc; do
    if ! command -v "$tool" >/dev/null; then
      echo "there is no $tool (ci/setup.sh installs a C toolchain)"
      return
    fi
  done
}

build() {
  local build=$root/build/native classifier library generator=()
  classifier=$(host_classifier)
  if [[ ! -e $build/CMakeCache.txt ]] && command -v ninja >/dev/null; then
    generator=(-G Ninja)
  fi
  mkdir -p "$root/build"
  # The plus form: bash 3 takes an empty array for an unset variable.
  cmake -S "$root" -B "$build" ${generator[@]+"${generator[@]}"} >"$build.log" 2>&1 || {
    cat "$build.log"
    exit 1
  }
  cmake --build "$build" --target torus
  library=$root/build/libraries/$classifier/META-INF/native/$classifier
  mkdir -p "$library"
  cp "$build"/libtorus.* "$library/"
}

reason=$(obstacle)
if [[ -z $reason ]]; then
  build
else
  echo "build-native: libtorus is not built: $reason"
  [[ -e $root/build/libraries/$(host_classifier) ]] || echo "build-native: Torus runs on its NIO backend"
fi
mkdir -p "$out"
for platform in "$root"/build/libraries/*/; do
  [[ ! -d $platform ]] || cp -R "$platform/." "$out/"
done
