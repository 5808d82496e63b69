#!/usr/bin/env bash
# curl and wrk against torus http, nc against torus echo, on each backend that is available here.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=0
skipped=0
for tool in curl wrk nc; do
  if ! command -v "$tool" >/dev/null; then
    echo "clients: $tool is not installed" >&2
    echo "clients: 0 passed, 0 failed, 1 skipped"
    exit 0
  fi
done
work=$(mktemp -d)
server=
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

ok() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "clients: failed: $name" >&2
  fi
}

# start COMMAND BACKEND: a server on a free port, whose number is then in $port
start() {
  rm -f "$work/out" # so that the line of the server before is not taken for this one's
  ci/torus "$1" --backend "$2" --host 127.0.0.1 --port 0 >"$work/out" 2>"$work/err" &
  server=$!
  for _ in $(seq 300); do
    port=$(sed -n 's/^listening .*:\([0-9]*\) backend=.*/\1/p' "$work/out" 2>/dev/null || true)
    [[ -z $port ]] || return 0
    sleep 0.1
  done
  cat "$work/err" >&2
  return 1
}

# Ends cleanly on SIGTERM.
finish_server() {
  kill -TERM "$server"
  local status=0
  wait "$server" || status=$?
  server=
  [[ $status -eq 0 || $status -eq 143 ]]
}

curl_says_hello() {
  [[ $(curl -s --max-time 10 "http://127.0.0.1:$port/") == "Hello, World!" ]]
}

wrk_without_errors() {
  wrk -t1 -c32 -d2s "http://127.0.0.1:$port/" >"$work/wrk"
  cat "$work/wrk" >&2
  grep -q 'Requests/sec' "$work/wrk" && ! grep -qE 'Non-2xx|Socket errors' "$work/wrk"
}

nc_hears_its_echo() {
  [[ $(printf 'over and out' | nc -N -w 10 127.0.0.1 "$port") == "over and out" ]]
}

ci/torus doctor >/dev/null
for backend in io_uring epoll kqueue nio; do
  if ! ci/torus doctor --json | python3 -c "
import json, sys
backends = json.load(sys.stdin)['backends']
sys.exit(0 if any(b['name'] == '$backend' and b['available'] for b in backends) else 1)"; then
    continue
  fi
  ok "http on $backend starts" start http "$backend"
  ok "curl on $backend" curl_says_hello
  ok "wrk on $backend" wrk_without_errors
  ok "http on $backend ends on SIGTERM" finish_server
  ok "echo on $backend starts" start echo "$backend"
  ok "nc on $backend" nc_hears_its_echo
  ok "echo on $backend ends on SIGTERM" finish_server
done
echo "clients: $passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
