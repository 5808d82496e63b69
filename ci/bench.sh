#!/usr/bin/env bash
# Measures Torus on this host beside its peers and ends with a report: ci/bench.sh --quick (about eight minutes on two cores) or
# --full (about five hours). Results, logs and report.html are in build/bench/latest; those of the run before are kept in
# build/bench/previous (or --previous FOLDER), and compared with: the script ends with 1 if Torus has become slower.
# What this host lacks (a toolchain, a backend, strace) is left out and said.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
mode=quick
previous=build/bench/previous
while [[ $# -gt 0 ]]; do
  case $1 in
    --quick | --full) mode=${1#--} ;;
    --previous)
      previous=$(realpath -m "$2")
      shift
      ;;
    *)
      sed -n '2,5s/^# //p' "$0"
      exit 2
      ;;
  esac
  shift
done
ci/setup.sh
out=build/bench/latest
if [[ -d $out ]]; then
  if [[ $previous == build/bench/previous ]]; then
    rm -rf "$previous"
    mv "$out" "$previous"
  else
    rm -rf "$out"
  fi
fi
mkdir -p "$out"

began=$SECONDS
steps=0
left_out=()

elapsed() {
  printf '%d:%02d' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))
}

# step NAME COMMAND...: runs it with its last line as progress; the log is kept, the table at the end of it shown
step() {
  local name=$1 log last="" line
  log=$out/$1.log
  shift
  steps=$((steps + 1))
  echo "[$(elapsed)] $steps. $name: $*"
  "$@" >"$log.out" 2>"$log" &
  local running=$!
  while kill -0 "$running" 2>/dev/null; do
    sleep 1
    line=$(tail -n 1 "$log" | cut -c1-100)
    if [[ -t 1 && $line != "$last" ]]; then
      printf '\r\033[K  %s' "$line"
    fi
    last=$line
  done
  [[ -t 1 ]] && printf '\r\033[K'
  local status=0
  wait "$running" || status=$?
  cat "$log.out"
  cat "$log.out" >>"$log"
  rm -f "$log.out"
  if [[ $status -ne 0 ]]; then
    left_out+=("$name ended with $status, see $log")
  fi
}

rm -f build/torus.classpath # or ci/torus would run what was built before
step build ci/torus doctor
step peers benchmarks/peers/build.sh
# both at once: the last module of the two is whose class path stays in the file
step build-jvm mvn -q -B -ntp -DskipTests -Dspotless.check.skip=true -pl benchmarks/jmh,benchmarks/strategies -am \
  package org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$PWD/build/strategies.classpath" -Dmdep.includeScope=runtime
backends=$(ci/torus doctor --json | python3 -c '
import json, sys
found = json.load(sys.stdin)["backends"]
names = found if isinstance(found, dict) else {entry.get("name"): entry for entry in found}
print(" ".join(name for name, entry in names.items() if entry["available"]))')
torus=$(for backend in $backends; do printf ',torus-%s' "$backend"; done)
# those that Linux is measured by
fast=$(for backend in $backends; do [[ $backend == nio ]] || printf 'torus-%s,' "$backend"; done)
fast=${fast%,}

if [[ $(uname -s) == Linux ]] && command -v taskset >/dev/null && [[ $(nproc) -ge 2 ]]; then
  if command -v strace >/dev/null; then
    messages=5000
    [[ $mode == quick ]] || messages=100000
    step counters benchmarks/peers/counters.py --backends "${backends// /,}" --messages "$messages" --json "$out/counters.json"
  else
    left_out+=("counters: no strace")
  fi
  if [[ $mode == quick ]]; then
    step echo benchmarks/peers/run.py --servers "c-epoll,c-io_uring$torus,netty-epoll" --cells 256:64:1 \
      --rounds 6 --seconds 0.6 --round-warmup 0.2 --json "$out/echo.json"
    step http benchmarks/peers/run.py --http --base torus-epoll --servers "$fast,netty-epoll,netty-io_uring,tokio" \
      --cells 64:1:1 --rounds 3 --seconds 1 --json "$out/http.json"
    step latency benchmarks/latency/latency.py --servers "c-epoll,$fast,netty-epoll" --rates 5000 --rounds 2 --seconds 2 \
      --logs "$out/latency" --json "$out/latency.json"
    step files benchmarks/files/files.py --contestants c-io_uring,torus-ring,torus-pool,java-pool --cells read:random:4096 \
      --rounds 3 --seconds 0.7 --warmup 2 --json "$out/files.json"
    step wakeup benchmarks/wakeup/wakeup.py --contestants "c-eventfd$torus" --rounds 3 --posts 500 --json "$out/wakeup.json"
    strategies=(--quick --clients 1000)
  else
    step echo benchmarks/peers/run.py --servers all --rounds 8 --seconds 10 --json "$out/echo.json"
    step http benchmarks/peers/run.py --http --base netty-io_uring --servers all --cells 16:1:1,256:1:1 --rounds 8 --seconds 10 \
      --json "$out/http.json"
    step accept benchmarks/peers/run.py --accept --cells 64:64:1 --rounds 8 --seconds 5 \
      --servers "c-epoll,c-io_uring$torus,netty-epoll,jdk-nio,go,tokio" --json "$out/accept.json"
    step latency benchmarks/latency/latency.py --rates 2000,10000,20000 --rounds 5 --seconds 10 --logs "$out/latency" \
      --json "$out/latency.json"
    step files benchmarks/files/files.py --json "$out/files.json"
    step wakeup benchmarks/wakeup/wakeup.py --rounds 8 --json "$out/wakeup.json"
    step idle benchmarks/peers/idle.py --json "$out/idle.json"
    strategies=()
  fi
  if [[ -x benchmarks/strategies/run.sh ]]; then
    step strategies benchmarks/strategies/run.sh --built "${strategies[@]}" --json "$PWD/$out/strategies.json"
  fi
else
  left_out+=("peers, counters, latency, strategies: they need Linux and two cores")
fi
if [[ $mode == quick ]]; then
  step nop benchmarks/jmh/nop.py --batches 64 --rounds 3 --json "$out/nop.json"
  step jmh benchmarks/jmh/micro.py --quick --sets loop,steps,queues,parking --json "$out/jmh.json"
else
  step nop benchmarks/jmh/nop.py --rounds 8 --json "$out/nop.json"
  step jmh benchmarks/jmh/micro.py --json "$out/jmh.json"
fi

echo "[$(elapsed)] report"
benchmarks/report.py --output "$out/report.html" --markdown "$out/report.md" "$out" || left_out+=("report")
status=0
benchmarks/compare.py "$previous" "$out" | tee "$out/comparison.txt"
[[ ${PIPESTATUS[0]} -eq 0 ]] || status=1
for reason in "${left_out[@]}"; do
  echo "not complete: $reason"
done
[[ -e $out/report.html ]] || status=1
echo "[$(elapsed)] $out/report.html"
exit $status
