#!/usr/bin/env bash
# The event queue and the wake-up protocol under jcstress: ci/jcstress.sh [--quick] [JCSTRESS_OPTIONS].
# Last line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=default
if [[ ${1:-} == --quick ]]; then
  mode=quick
  shift
fi
folder=build/jcstress
mkdir -p "$folder"
mvn -q -B -ntp -DskipTests -Dspotless.check.skip=true -pl java/torus-concurrency-tests -am \
  package org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$PWD/$folder/classpath" -Dmdep.includeScope=runtime >&2
if [[ $mode == quick ]]; then
  # each actor as the optimizing compiler has it, where a mistake of memory order shows, and a short time
  options=(-af NONE -spinStyle THREAD_YIELD -sc false -f 1 -iters 2 -time 500 -jvmArgs -XX:-TieredCompilation)
else
  options=(-m "$mode")
fi
log=$folder/log
status=0
(cd "$folder" && java -cp "$(cat classpath):../../java/torus-concurrency-tests/target/classes" \
  org.openjdk.jcstress.Main "${options[@]}" -r results "$@") >"$log" 2>&1 || status=$?
summary=$(grep -oE '[0-9]+ planned; [0-9]+ passed, [0-9]+ failed, [0-9]+ soft errs, [0-9]+ hard errs' "$log" | tail -1)
read -r planned passed < <(sed -E 's/([0-9]+) planned; ([0-9]+) passed.*/\1 \2/' <<<"${summary:-0 planned; 0 passed}")
failed=$((planned - passed))
if [[ $failed -eq 0 ]] && [[ $status -ne 0 || $planned -eq 0 ]]; then
  failed=1
fi
if [[ $failed -ne 0 ]]; then
  grep -E 'FAILED|FORBIDDEN|Exception|Error' "$log" | head -40 >&2
fi
echo "$passed passed, $failed failed, 0 skipped"
[[ $failed -eq 0 ]]
