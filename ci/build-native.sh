#!/usr/bin/env bash
# Builds libtorus for this host with CMake into the folder given, as a jar has it: META-INF/native/CLASSIFIER/libtorus.so.
# Without a C toolchain it says so and ends well: everything then runs on the NIO backend.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:?usage: build-native.sh OUTPUT_FOLDER}

for tool in cmake cc; do
  if ! command -v "$tool" >/dev/null; then
    echo "build-native: no $tool here, so libtorus is not built; Torus will run on its NIO backend (ci/setup.sh installs a C toolchain)"
    exit 0
  fi
done
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) classifier=linux-x86_64 ;;
  Linux-aarch64) classifier=linux-aarch_64 ;;
  Darwin-x86_64) classifier=osx-x86_64 ;;
  Darwin-arm64) classifier=osx-aarch_64 ;;
  *)
    echo "build-native: no native backend for $(uname -s) $(uname -m) from here; Torus will run on its NIO backend"
    exit 0
    ;;
esac
if [[ $classifier == linux-* && -e /lib/ld-musl-$(uname -m).so.1 && ! -e /lib64/ld-linux-x86-64.so.2 && ! -e /lib/ld-linux-aarch64.so.1 ]]; then
  classifier=$classifier-musl
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
target=$out/META-INF/native/$classifier
mkdir -p "$target"
cp "$build"/libtorus.* "$target/"
