#!/usr/bin/env bash
# A Java-only user: a copy of the sources built where no C compiler and no CMake can be found, and with -Dtorus.native.skip. It must say so,
# build, test and run on NIO.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=0
work=$(mktemp -d)
server=
tidy() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap tidy EXIT

# expect NAME PATTERN COMMAND...: ends well and says PATTERN
expect() {
  local name=$1 pattern=$2
  shift 2
  if "$@" >"$work/out" 2>&1 && grep -qE -- "$pattern" "$work/out"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "no-toolchain: failed: $name" >&2
    tail -40 "$work/out" >&2
  fi
}

# Every command there is, but for those that make libtorus.
mkdir "$work/bin" "$work/torus"
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  for command in "$folder"/*; do
    name=${command##*/}
    case $name in
      cc | c[89]9* | *gcc* | *g++* | *clang* | *cmake* | ctest | ninja* | zig) ;;
      *) [[ ! -x $command || -e $work/bin/$name ]] || ln -s "$command" "$work/bin/$name" ;;
    esac
  done
done
git ls-files --cached --others --exclude-standard -z | while IFS= read -r -d '' file; do
  [[ ! -e $file ]] || printf '%s\0' "$file"
done | tar --null --files-from=- -cf - | tar -xf - -C "$work/torus"
cd "$work/torus"
export PATH=$work/bin

echo_of_a_line() {
  local port="" line
  ci/torus echo --host 127.0.0.1 --port 0 >"$work/listening" &
  server=$!
  for _ in $(seq 300); do
    port=$(sed -n 's/^listening .*:\([0-9]*\) backend=nio.*/\1/p' "$work/listening")
    [[ -z $port ]] || break
    sleep 0.1
  done
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  echo "over and out" >&3
  IFS= read -r -t 20 line <&3
  exec 3>&-
  kill "$server"
  wait "$server" || true
  server=
  echo "$line on nio"
}

expect "the kernel is built and tested" 'libtorus is not built: there is no (cmake|cc)' \
  mvn -B -ntp -Dspotless.check.skip=true -pl java/torus-kernel -am verify
expect "doctor says why" 'torus-native' ci/torus doctor
expect "an echo on NIO" 'over and out on nio' echo_of_a_line
expect "a native backend that is asked for is refused" 'epoll.*torus-native' bash -c '! ci/torus echo --backend epoll --port 0'
expect "the C build is skipped on request" 'skipping execute as per configuration' \
  mvn -B -ntp -Dtorus.native.skip=true -pl java/torus-native -am package
echo "no-toolchain: $passed passed, $failed failed, 0 skipped"
[[ $failed -eq 0 ]]
