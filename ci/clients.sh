#!/usr/bin/env bash
# curl, wrk, ab and h2load against torus http with and without TLS, openssl s_client too, nc against torus echo: on each backend that is
# available here.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=0
skipped=0
for tool in curl wrk ab h2load openssl nc; do
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

# start COMMAND BACKEND OPTION...: a server on a free port, whose number is then in $port
start() {
  local command=$1 backend=$2
  shift 2
  rm -f "$work/out" # so that the line of the server before is not taken for this one's
  ci/torus "$command" --backend "$backend" --host 127.0.0.1 --port 0 "$@" >"$work/out" 2>"$work/err" &
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

# Each of the following is called with http or https. The certificate of the https server is its own, so nobody checks it here; that it
# is checked where it should be is tested in torus-loop.

curl_says_hello() {
  [[ $(curl -sk --max-time 20 "$1://localhost:$port/") == "Hello, World!" ]]
}

curl_keeps_its_connection() {
  [[ $(curl -skv --max-time 20 "$1://localhost:$port/" "$1://localhost:$port/plaintext" 2>&1 | grep -ci 're-using') -eq 1 ]]
}

curl_posts_a_body() { # with Expect: 100-continue; / takes no POST
  head -c 600000 /dev/zero >"$work/body"
  [[ $(curl -sk --max-time 20 -o /dev/null -w '%{http_code}' --data-binary @"$work/body" "$1://localhost:$port/") == 405 ]]
}

wrk_without_errors() {
  wrk -t1 -c32 -d2s "$1://localhost:$port/" >"$work/wrk"
  cat "$work/wrk" >&2
  grep -q 'Requests/sec' "$work/wrk" && ! grep -qE 'Non-2xx|Socket errors' "$work/wrk"
}

ab_without_errors() { # with and without keep-alive; HTTP/1.0
  local option
  for option in -k -q; do
    ab -q "$option" -s 60 -n 500 -c 20 "$1://127.0.0.1:$port/" >"$work/ab" 2>&1
    grep -E '^(Complete|Failed|Non-2xx|Requests)' "$work/ab" >&2
    grep -qE '^Complete requests: +500$' "$work/ab" && grep -qE '^Failed requests: +0$' "$work/ab" || return 1
    ! grep -q 'Non-2xx' "$work/ab" || return 1
  done
}

h2load_without_errors() { # pipelines eight requests
  h2load --h1 -n 5000 -c 20 -m 8 "$1://localhost:$port/plaintext" >"$work/h2load"
  grep -E '^(requests|status)' "$work/h2load" >&2
  grep -q '5000 succeeded, 0 failed, 0 errored, 0 timeout' "$work/h2load" && grep -q '5000 2xx' "$work/h2load"
}

openssl_agrees_on() { # VERSION: ALPN, an answer, and a clean end by close_notify
  printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' |
    timeout 30 openssl s_client -connect "127.0.0.1:$port" -servername localhost -alpn http/1.1 "$1" -ign_eof >"$work/openssl" 2>&1
  grep -q 'ALPN protocol: http/1.1' "$work/openssl" && grep -q 'Hello, World!' "$work/openssl" &&
    grep -qE 'closed$' "$work/openssl" && ! grep -qi 'unexpected eof' "$work/openssl"
}

openssl_may_not_renegotiate() { # its command R begins a second handshake: the server ends the connection, and serves others
  {
    sleep 1
    echo R
    sleep 1
    printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
    sleep 1
  } | timeout 30 openssl s_client -connect "127.0.0.1:$port" -tls1_2 >"$work/openssl" 2>&1 || true
  grep -q '^RENEGOTIATING' "$work/openssl" && ! grep -q 'Hello, World!' "$work/openssl" && curl_says_hello https
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
  for scheme in http https; do
    options=()
    [[ $scheme == http ]] || options=(--tls)
    ok "$scheme on $backend starts" start http "$backend" "${options[@]}"
    for client in curl_says_hello curl_keeps_its_connection curl_posts_a_body wrk_without_errors ab_without_errors h2load_without_errors; do
      ok "$scheme on $backend: $client" "$client" "$scheme"
    done
    if [[ $scheme == https ]]; then
      ok "https on $backend: openssl, TLS 1.3" openssl_agrees_on -tls1_3
      ok "https on $backend: openssl, TLS 1.2" openssl_agrees_on -tls1_2
      ok "https on $backend: openssl may not renegotiate" openssl_may_not_renegotiate
    fi
    ok "$scheme on $backend ends on SIGTERM" finish_server
  done
  ok "echo on $backend starts" start echo "$backend"
  ok "nc on $backend" nc_hears_its_echo
  ok "echo on $backend ends on SIGTERM" finish_server
done
echo "clients: $passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
