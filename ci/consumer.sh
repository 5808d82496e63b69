#!/usr/bin/env bash
# Torus as a user has it: the artifacts installed into an empty local repository, and projects that depend on them (java/consumers): with a
# classifier, without, shaded twice in one VM, as named modules, with a noexec cache folder; on the default JDK and the newest.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
source ci/lib.sh
passed=0
failed=0
skipped=0
mkdir -p build/consumer
work=$(mktemp -d "$root/build/consumer/run.XXXXXX")
repository=$root/build/consumer/repository
classifier=$(host_classifier)
consumers=java/consumers

tidy() {
  umount --lazy "$work/noexec" 2>/dev/null || true
  rm -rf "$work"
}
trap tidy EXIT

end() {
  echo "consumers: $passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 ]]
}

skip() { # NAME REASON
  skipped=$((skipped + 1))
  echo "consumers: skipped: $1: $2" >&2
}

fail() { # NAME: and what $work/out holds
  failed=$((failed + 1))
  echo "consumers: failed: $1" >&2
  cat "$work/out" >&2
}

maven() {
  mvn -q -B -ntp -Dmaven.repo.local="$repository" "$@" >"$work/out" 2>&1
}

# expect NAME STATUS PATTERN COMMAND...: the exit status (0 or 1) and a line of the output
expect() {
  local name=$1 status=$2 pattern=$3 actual=0
  shift 3
  timeout 60 "$@" >"$work/out" 2>&1 || actual=$?
  if [[ $actual -eq $status ]] && grep -qE -- "$pattern" "$work/out"; then
    passed=$((passed + 1))
  else
    echo "exit status $actual instead of $status, or no '$pattern' in the output" >>"$work/out"
    fail "$name"
  fi
}

# Torus' own artifacts are never there beforehand; Maven's plugins come out of the user's repository, so that they are not fetched again.
mkdir -p "$repository"
if [[ -z $(ls -A "$repository") && -d $HOME/.m2/repository ]]; then
  cp -al "$HOME/.m2/repository/." "$repository/" 2>/dev/null || cp -a "$HOME/.m2/repository/." "$repository/"
fi
rm -rf "$repository/dev/torus" "$repository/org/example/torus"

if ! maven install -Dmaven.test.skip=true -Dspotless.check.skip=true -pl java/torus-bom,java/torus-native,java/torus-loop -am; then
  fail "the artifacts are installed"
  end
  exit
fi
if [[ ! -e $root/build/libraries/$classifier || -z $classifier ]]; then
  skip "all" "no native library was built for this host"
  end
  exit
fi
rm -rf "$consumers"/*/target # a jar that is shaded already would keep the classes it has
if ! maven -f "$consumers/pom.xml" package -Dtorus.classifier="$classifier"; then
  fail "projects that depend on them are built"
  end
  exit
fi
passed=$((passed + 2))

# Each library that was built is in the jar of its classifier, alone, and the bill of materials names that jar.
jars() {
  local platform name jar version=0.1.0-SNAPSHOT files
  for platform in linux-x86_64 linux-aarch_64 linux-x86_64-musl linux-aarch_64-musl osx-x86_64 osx-aarch_64 windows-x86_64; do
    jar=$repository/dev/torus/torus-native/$version/torus-native-$version-$platform.jar
    files=$(python3 -m zipfile -l "$jar" 2>/dev/null | grep -oE 'META-INF/native/[^ ]*[.][a-z]+' || true)
    name=META-INF/native/$platform/$(ls "build/libraries/$platform/META-INF/native/$platform" 2>/dev/null || true)
    if [[ ! -d build/libraries/$platform ]]; then
      skip "the jar of $platform" "its library was not built here (ci/cross.sh)"
    elif [[ $files == "$name" ]] && grep -q "<classifier>$platform</classifier>" java/torus-bom/pom.xml; then
      passed=$((passed + 1))
    else
      echo "$jar holds '$files' instead of '$name', or torus-bom does not name it" >"$work/out"
      fail "the jar of $platform"
    fi
  done
}
jars

all="$consumers/hello/target/classes:$consumers/hello/target/libraries/*"
pure="$consumers/pure/target/classes:$consumers/pure/target/libraries/*"
modules="$consumers/modular/target/classes:$consumers/modular/target/libraries"
natives=dev.torus.natives.${classifier//-/_}
shaded=$consumers/shaded-both/target/classes:$consumers/shaded-one/target/shaded-one-1.jar:$consumers/shaded-two/target/shaded-two-1.jar
hello=org.example.hello.Hello
mkdir "$work/library"
cp "$root/build/libraries/$classifier/META-INF/native/$classifier"/* "$work/library/"
mkdir "$work/noexec"
noexec=
if [[ $(uname -s) == Linux ]] && mount -t tmpfs -o noexec,size=4m,mode=700 torus-consumer "$work/noexec" 2>/dev/null; then
  noexec=yes
fi

# Each way once on the JDK given.
on_jdk() {
  local java=$1 major cache=-Dtorus.native.cache=$work/cache access=() deny=()
  major=$(java_major "$java")
  if [[ $major -ge 22 ]]; then
    access=(--enable-native-access=ALL-UNNAMED)
    # From 24 on this makes an error of what is only warned of.
    [[ $major -lt 24 ]] || deny=(--illegal-native-access=deny)
  fi
  expect "Java $major: with a classifier" 0 'echo hello on (io_uring|epoll|kqueue)' \
    "$java" "${access[@]}" "${deny[@]}" "$cache" -cp "$all" $hello
  expect "Java $major: without one" 0 'echo hello on nio' "$java" "$cache" -cp "$pure" $hello
  expect "Java $major: without one it says which jar is missing" 0 "add dev.torus:torus-native with classifier $classifier" \
    "$java" "$cache" -cp "$pure" $hello
  expect "Java $major: a backend asked for is not replaced silently" 1 "BackendUnavailableException.*$classifier" \
    "$java" "$cache" -Dtorus.backend=epoll -cp "$pure" $hello
  expect "Java $major: the library path" 0 'echo hello on (io_uring|epoll|kqueue)' \
    "$java" "${access[@]}" "$cache" "-Djava.library.path=$work/library" -cp "$pure" $hello
  expect "Java $major: shaded, first copy" 0 'one on (io_uring|epoll|kqueue) by org.example.one.hidden' \
    "$java" "${access[@]}" "$cache" -cp "$shaded" org.example.both.Both
  expect "Java $major: shaded, second copy" 0 'two on (io_uring|epoll|kqueue) by org.example.two.hidden' \
    "$java" "${access[@]}" "$cache" -cp "$shaded" org.example.both.Both
  [[ $major -lt 22 ]] || access=(--enable-native-access=dev.torus.kernel)
  expect "Java $major: named modules" 0 'echo hello on (io_uring|epoll|kqueue)' \
    "$java" "${access[@]}" "${deny[@]}" "$cache" --add-modules "$natives" -p "$modules" -m "org.example.modular/org.example.modular.Hello"
  if [[ $major -ge 24 ]]; then
    if grep -q WARNING "$work/out"; then fail "Java $major: named modules without a warning"; else passed=$((passed + 1)); fi
    expect "Java $major: native access denied" 1 'BackendUnavailableException.*--enable-native-access=dev.torus.kernel' \
      "$java" "${deny[@]}" "$cache" -Dtorus.backend=epoll -cp "$all" $hello
  fi
  if [[ -n $noexec ]]; then
    expect "Java $major: noexec cache folder, NIO is taken" 0 'echo hello on nio' \
      "$java" "-Dtorus.native.cache=$work/noexec" -cp "$all" $hello
    expect "Java $major: noexec cache folder, the error" 1 "BackendUnavailableException.*$work/noexec.*noexec.*-Dtorus.native.cache" \
      "$java" "-Dtorus.native.cache=$work/noexec" -Dtorus.backend=epoll -cp "$all" $hello
  else
    skip "Java $major: noexec cache folder" "mounting needs root and CAP_SYS_ADMIN"
  fi
}

default=$(command -v java)
on_jdk "$default"
newest=$(newest_java)
if [[ -n $newest && $(java_major "$newest") -gt $(java_major "$default") ]]; then
  on_jdk "$newest"
else
  skip "a newer Java" "none here"
fi
end
