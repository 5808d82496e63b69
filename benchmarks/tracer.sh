#!/usr/bin/env bash
# What a tracer and the flight recorder cost a loop, per message of an echo: benchmarks/tracer.sh [OPTIONS]; --help tells them.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
classpath_file=$root/build/tracer.classpath
cd "$root"
mkdir -p build
mvn -q -B -ntp -DskipTests -Dspotless.check.skip=true -pl benchmarks/strategies -am \
  package org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$classpath_file" -Dmdep.includeScope=runtime >&2
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "benchmarks/strategies/target/classes:$(cat "$classpath_file")" \
  dev.torus.benchmarks.tracer.TracerCost "$@"
