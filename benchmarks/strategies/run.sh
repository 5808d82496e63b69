#!/usr/bin/env bash
# The concurrency strategies side by side: benchmarks/strategies/run.sh [--built] [--quick] [OPTIONS]. Server on one core, clients on the
# other; the newest JDK of the host, so that green threads take part. --help tells the options.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=ci/lib.sh
source "$root/ci/lib.sh"
classpath_file=$root/build/strategies.classpath
cd "$root"
if [[ ${1:-} == --built ]]; then
  shift # by ci/bench.sh, with other modules
else
  mvn -q -B -ntp -DskipTests -Dspotless.check.skip=true -pl benchmarks/strategies -am \
    package org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
    -Dmdep.outputFile="$classpath_file" -Dmdep.includeScope=runtime >&2
fi
options=()
if [[ ${1:-} == --quick ]]; then
  shift
  options=(--rounds 1 --seconds 1 --warmup 5) # the loops are compiled by then
fi
pin=()
if command -v taskset >/dev/null && [[ $(nproc) -ge 2 ]]; then
  options+=(--server-prefix "taskset -c 0")
  pin=(taskset -c 1)
fi
# 10,000 clients need a descriptor each, here and there
ulimit -n "$(ulimit -Hn)"
exec "${pin[@]}" "$(newest_java)" -cp "benchmarks/strategies/target/classes:$(cat "$classpath_file")" \
  dev.torus.benchmarks.strategies.StrategyBenchmark "${options[@]}" "$@"
