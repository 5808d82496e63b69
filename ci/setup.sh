#!/usr/bin/env bash
# Installs what building and testing Torus needs on Debian, and nothing that is there already. Needs a JDK (17 or newer) and Maven.
# Without root or apt it says what is missing and ends well: the Java parts build and run without it.
set -euo pipefail

packages=()
need() { # command package
  command -v "$1" >/dev/null || packages+=("$2")
}
need cc gcc
need make make
need cmake cmake
need ninja ninja-build
need clang-format clang-format
need shellcheck shellcheck
need strace strace
need curl curl
need nc netcat-openbsd
need wrk wrk
need ab apache2-utils
need h2load nghttp2-client
need openssl openssl
need spin spin
need python3 python3
need node nodejs
[[ -e /usr/include/stdio.h ]] || packages+=(libc6-dev)
[[ -e /usr/include/liburing.h ]] || packages+=(liburing-dev)

if [[ ${#packages[@]} -eq 0 ]]; then
  exit 0
fi
if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
  echo "setup: missing: ${packages[*]}; install them to have everything (this needs root and apt)"
  exit 0
fi
echo "setup: installing ${packages[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
  cat "$log"
  echo "setup: installing failed; going on without"
fi
