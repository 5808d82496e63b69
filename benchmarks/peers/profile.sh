#!/usr/bin/env bash
# Where the loop of torus echo spends its time: benchmarks/peers/profile.sh [BACKEND] [CONNECTIONS:BYTES:PIPELINE] [SECONDS]
# Samples the loop's thread with perf's cpu-clock (works in virtual machines) and names compiled Java code through the JVM's own
# map (jcmd Compiler.perfmap, JDK 17 or newer). Needs perf and the right to use it. TORUS names another launcher.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
backend=${1:-epoll} cell=${2:-256:64:1} seconds=${3:-10}
IFS=: read -r connections bytes pipeline <<<"$cell"
work=$(mktemp -d)
make -s -C "$here/c" build/load
server="" load=""
cleanup() {
  [[ -z $load ]] || kill "$load" 2>/dev/null || true
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

TORUS_JAVA_OPTIONS="-XX:+PreserveFramePointer ${TORUS_JAVA_OPTIONS:-}" \
  taskset -c 0 "${TORUS:-$here/../../ci/torus}" echo --backend "$backend" >"$work/out" &
server=$!
for _ in {1..300}; do
  [[ -s $work/out ]] && break
  sleep 0.1
done
port=$(sed -n 's/^listening .*:\([0-9]*\) .*/\1/p' "$work/out")
arguments=(--port "$port" --connections "$connections" --bytes "$bytes" --pipeline "$pipeline" --pid "$server")
taskset -c 1 "$here/c/build/load" "${arguments[@]}" --seconds 6 >/dev/null
taskset -c 1 "$here/c/build/load" "${arguments[@]}" --warmup 1 --seconds $((seconds + 4)) >"$work/load" &
load=$!
sleep 2
thread=$(basename "$(dirname "$(grep -lx torus-0 "/proc/$server"/task/*/comm)")")
perf record -q -F 1999 -e cpu-clock -t "$thread" -o "$work/data" -- sleep "$seconds" 2>/dev/null
jcmd "$server" Compiler.perfmap >/dev/null
wait "$load"
load=""
cat "$work/load"
echo "by file:"
perf report -i "$work/data" --stdio --sort dso 2>/dev/null | grep -E '^ +[0-9]' | head -8
echo "in user mode:"
perf report -i "$work/data" --stdio --sort symbol,dso 2>/dev/null | grep -E '^ +[0-9]' | grep -v '\[k\]' | head -30
echo "in the kernel:"
perf report -i "$work/data" --stdio --sort symbol 2>/dev/null | grep -E '^ +[0-9]' | grep '\[k\]' | head -15
