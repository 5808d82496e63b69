#!/usr/bin/env python3
"""What Torus' echo does per message, counted: calls into native code, system calls, heap bytes, receives that find nothing.

Counted twice: by the kernel's own counters, and by strace on the loop's thread over the same messages, where both must
agree. strace makes the server slow and its batches large, so the counters are also read at full speed, without it.

  counters.py                          all backends, 256 connections, 64 bytes
  counters.py --backends epoll --messages 50000 --json counters.json

Ends with 1 if the counters and strace differ by more than 2 % and more than the few calls of the turns in which strace came and
went. Needs strace, a C compiler and the right to trace.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from run import HERE, ROOT, machine, parse_ready_line, shown_command

WARMUP_MESSAGES = 400_000
WARMUP_SECONDS = 4
HOLD_SECONDS = 2.0
STRACE_COLUMNS = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(\d+)?\s*(\w+)$")
TOLERANCE = 0.02
EDGE_CALLS = 6
# Calls on a message's way; others (futex at a safepoint, reading /proc for the statistics, ...) are the JVM's.
RECEIVES = ("recvfrom", "recvmsg", "read", "readv")
OTHER_IO = ("sendto", "sendmsg", "write", "writev", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "io_uring_enter")


def parse_strace(text):
    """{call: (count, errors)} of the table that strace -c prints."""
    calls = {}
    for line in text.splitlines():
        found = STRACE_COLUMNS.match(line)
        if found and found.group(3) != "total":
            calls[found.group(3)] = (int(found.group(1)), int(found.group(2) or 0))
    return calls


class Server:
    """torus echo, answering to "stats"."""

    def __init__(self, options, backend):
        command = ["taskset", "-c", options.server_core, options.torus, "echo", "--backend", backend, "--control"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = parse_ready_line(self.process.stdout.readline())
        if ready is None:
            raise RuntimeError(f"{backend} did not start")
        self.port, self.backend = ready

    def stats(self):
        self.process.stdin.write("stats\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def loop_thread(self):
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            if (task / "comm").read_text().strip() == "torus-0":
                return task.name
        raise RuntimeError("no thread is called torus-0")

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


class Load:
    """The load generator: connects, holds, sends so many messages, stays connected until it is told to end."""

    def __init__(self, options, server, messages, hold=0.0, seconds=300):
        command = ["taskset", "-c", options.load_core, HERE / "c" / "build" / "load", "--port", server.port]
        command += ["--connections", options.connections, "--bytes", options.bytes, "--messages", messages]
        command += ["--warmup", 0, "--seconds", seconds, "--hold", hold, "--linger"]
        command = [str(part) for part in command]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def finish(self):
        """Waits for the last answer."""
        if not self.process.stdout.readline():
            raise RuntimeError("the load generator failed")

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


def established(server, connections):
    """Waits until the server has accepted them all; what it has counted then."""
    deadline = time.monotonic() + HOLD_SECONDS
    while time.monotonic() < deadline:
        stats = server.stats()
        if stats["connections"] >= connections:
            return stats
        time.sleep(0.05)
    raise RuntimeError("not all connections were accepted in time")


def counted(options, server, messages, begin=lambda: None, end=lambda: None):
    """What the counters say of so many messages on connections that are there already."""
    connections = server.stats()["connections"] + options.connections
    load = Load(options, server, messages, HOLD_SECONDS)
    try:
        established(server, connections)
        begin()
        before = server.stats()
        load.finish()
        after = server.stats()
        end()
    finally:
        load.close()
    return {key: after[key] - before[key] for key in after}


class Tracer:
    """strace -c on the loop's thread."""

    def __init__(self, server):
        self.command = ["strace", "-c", "-p", server.loop_thread()]
        self.lines = []

    def begin(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        self.lines.append(self.process.stderr.readline())
        if "attached" not in self.lines[0]:
            self.process.kill()
            raise RuntimeError("strace: " + self.lines[0].strip())

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.lines.append(self.process.communicate(timeout=20)[1])

    def calls(self):
        return parse_strace("".join(self.lines))


def traced(options, server, messages):
    """(counters, strace's table) of the same messages."""
    tracer = Tracer(server)
    counters = counted(options, server, messages, tracer.begin, tracer.end)
    return counters, tracer.calls()


def per_message(counters, keys=("crossings", "syscalls", "wouldBlock", "allocatedBytes", "enters")):
    messages = max(counters["messages"], 1)
    return {key: counters[key] / messages for key in keys}


def agree(counted_calls, traced_calls):
    return abs(counted_calls - traced_calls) <= max(EDGE_CALLS, TOLERANCE * traced_calls)


def measure(options, backend):
    server = Server(options, backend)
    try:
        for _ in range(2):
            load = Load(options, server, WARMUP_MESSAGES, seconds=WARMUP_SECONDS)
            load.finish()
            load.close()
        free = counted(options, server, 5 * options.messages)
        counters, calls = traced(options, server, options.messages)
    finally:
        server.close()
    messages = max(counters["messages"], 1)
    system_calls = sum(count for name, (count, _) in calls.items() if name in RECEIVES + OTHER_IO)
    receives = sum(calls.get(name, (0, 0))[0] for name in RECEIVES)
    empty = sum(calls.get(name, (0, 0))[1] for name in RECEIVES)
    return {
        "backend": server.backend,
        "full_speed": per_message(free) | {"messages": free["messages"]},
        "traced": per_message(counters) | {"messages": counters["messages"]},
        "strace": {
            "syscalls": system_calls / messages,
            "receives": receives / messages,
            "receives_in_vain": empty,
            "calls": {name: {"count": count, "errors": errors} for name, (count, errors) in calls.items()},
        },
        "crossings_per_turn": free["crossings"] / max(free["enters"], 1),
        "agree": agree(counters["syscalls"], system_calls),
        "disagreement": abs(counters["syscalls"] - system_calls) / max(system_calls, 1),
    }


def table(rows, options):
    lines = [
        f"echo, {options.connections} connections, {options.bytes} bytes; per message; the right half under strace",
        f"  {'backend':10}{'JNI':>9}{'JNI/turn':>10}{'syscalls':>10}{'B heap':>9}{'in vain':>9} |"
        f"{'counter':>9}{'strace':>9}{'differ':>8}{'receives in vain':>18}",
    ]
    for row in rows:
        full, under, strace = row["full_speed"], row["traced"], row["strace"]
        lines.append(
            f"  {row['backend']:10}{full['crossings']:9.4f}{row['crossings_per_turn']:10.3f}{full['syscalls']:10.4f}"
            f"{full['allocatedBytes']:9.3f}{full['wouldBlock']:9.4f} |{under['syscalls']:9.4f}{strace['syscalls']:9.4f}"
            f"{row['disagreement']:8.2%}{strace['receives_in_vain']:18}"
        )
        calls = ", ".join(
            f"{name} {entry['count']}" + (f" ({entry['errors']} errors)" if entry["errors"] else "")
            for name, entry in strace["calls"].items()
        )
        lines.append(f"  {'':10}{under['messages']} messages: {calls}")
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", default="io_uring,epoll,nio")
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--bytes", type=int, default=64)
    parser.add_argument("--messages", type=int, default=100_000, help="under strace; five times as many without")
    parser.add_argument("--server-core", default="0")
    parser.add_argument("--load-core", default="1")
    parser.add_argument("--torus", default=str(ROOT / "ci" / "torus"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    subprocess.run(["make", "-s", "-C", str(HERE / "c"), "build/load"], check=True)
    rows = []
    for backend in options.backends.split(","):
        print(f"{backend} ...", file=sys.stderr)
        rows.append(measure(options, backend))
    print(table(rows, options))
    if options.json:
        result = {
            "kind": "counters",
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": machine(),
            "command": shown_command("benchmarks/peers/counters.py", sys.argv[1:] if arguments is None else arguments),
            "connections": options.connections,
            "bytes": options.bytes,
            "backends": rows,
        }
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0 if all(row["agree"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
