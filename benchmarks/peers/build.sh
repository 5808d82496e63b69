#!/usr/bin/env bash
# Builds every peer whose toolchain is here and says which are not: C (needs liburing), Java (Maven), Go, Rust.
set -uo pipefail
cd "$(dirname "$0")" || exit
mkdir -p build
missing=()

build() { # build NAME TOOL COMMAND...
  local name=$1 tool=$2
  shift 2
  if ! command -v "$tool" >/dev/null; then
    missing+=("$name: no $tool")
  elif ! "$@" >"build/$name.log" 2>&1; then
    missing+=("$name: see benchmarks/peers/build/$name.log")
  fi
}

build c cc make -C c
build java mvn mvn -q -B -f java/pom.xml package
build go go go build -C go -o ../build/go-server .
build rust cargo cargo build --release --manifest-path rust/Cargo.toml --target-dir build/rust
build node node node --check node/server.js

if ((${#missing[@]} > 0)); then
  printf 'not built: %s\n' "${missing[@]}"
  exit 1
fi
