#!/usr/bin/env python3
"""Many idle connections: what each costs in memory, and what they cost the others.

Each server in turn: echo on 16 connections is measured, 10,000 more connections are opened and stay silent, memory is read,
and the same echo is measured again beside them. A JVM is asked to collect garbage before each reading (jcmd GC.run).

  idle.py                                        the usual servers, 10,000 connections
  idle.py --servers torus-epoll --connections 2000 --json idle.json

Process memory is what is private to the process (Private_* of smaps_rollup). A JVM's heap is of one size and all of it touched from the
start, so that it adds nothing to that, however much garbage the accepting makes; what jcmd says is used of it is added: objects
that live. Kernel memory (slab and socket buffers of the whole machine) counts both ends of a connection.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

from run import Bench, Cell, Running, machine, parse_arguments, shown_command
from servers import SERVERS

CONNECT_SECONDS = 60
ACTIVE = Cell(16, 64, 1)
PAGE = resource.getpagesize()
HEAP = "JAVA_TOOL_OPTIONS=-Xms256m -Xmx256m -XX:+AlwaysPreTouch"


def private_bytes(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kilobytes) for kilobytes in re.findall(r"^Private_\w+:\s+(\d+) kB$", text, re.MULTILINE)) * 1024


def kernel_bytes():
    slab = int(re.search(r"^Slab:\s+(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE).group(1)) * 1024
    buffers = sum(int(pages) for pages in re.findall(r" mem (\d+)", Path("/proc/net/sockstat").read_text())) * PAGE
    return slab + buffers


def heap_bytes(text):
    """What jcmd GC.heap_info says is used in all generations, metaspace apart."""
    text = text.split("Metaspace")[0]
    return sum(int(used) * 1024 for used in re.findall(r"total \d+K, used (\d+)K", text))


def is_java(pid):
    return Path(f"/proc/{pid}/comm").read_text().strip() == "java"


def settle(pid):
    """(private bytes, used Java heap or None) after a collection."""
    if not is_java(pid):
        return private_bytes(pid), None
    subprocess.run(["jcmd", str(pid), "GC.run"], check=True, capture_output=True, timeout=60)
    info = subprocess.run(["jcmd", str(pid), "GC.heap_info"], check=True, capture_output=True, text=True, timeout=60)
    return private_bytes(pid), heap_bytes(info.stdout)


def descriptors(pid):
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def open_idle(bench, options, running, before):
    """The process that holds the idle connections, once the server has that many descriptors more than before."""
    command = ["taskset", "-c", options.load_core, *bench.load, "--port", str(running.port), "--hold", "600"]
    holder = subprocess.Popen([*command, "--connections", str(options.connections)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + CONNECT_SECONDS
    while descriptors(running.process.pid) < before + options.connections:
        if holder.poll() is not None or time.monotonic() > deadline:
            holder.kill()
            raise RuntimeError(f"{running.name}: not all connections were accepted: {holder.stderr.read().strip()}")
        time.sleep(0.2)
    return holder


def measure(bench, options, name):
    running = Running(name, ["env", HEAP, *bench.command(name)], options.server_core)
    holder = None
    try:
        running.wait_ready()
        pid = running.process.pid
        fresh = descriptors(pid)
        bench.round(running, ACTIVE, 0, SERVERS[name].warmup_seconds)
        alone = bench.round(running, ACTIVE, 0.5, options.seconds)
        memory, heap = settle(pid)
        kernel = kernel_bytes()
        holder = open_idle(bench, options, running, fresh)
        more, more_heap = settle(pid)
        kernel_more = kernel_bytes()
        beside = bench.round(running, ACTIVE, 0.5, options.seconds)
    finally:
        if holder is not None:
            holder.kill()
            holder.wait()
        running.stop()
    live = None if heap is None else (more_heap - heap) / options.connections
    return {
        "server": name,
        "process_bytes": (more - memory) / options.connections + (live or 0),
        "heap_bytes": live,
        "kernel_bytes": (kernel_more - kernel) / options.connections,
        "process_before_mib": memory / 2**20,
        "alone": alone,
        "beside": beside,
    }


def table(rows, connections):
    lines = [
        f"{connections} idle connections; bytes for each; CPU us per message of an echo on {ACTIVE.connections} others",
        f"  {'server':18}{'process':>10}{'Java heap':>11}{'kernel':>9}{'MiB before':>12}{'CPU alone':>11}{'CPU beside':>12}",
    ]
    for row in rows:
        heap = "" if row["heap_bytes"] is None else f"{row['heap_bytes']:.0f}"
        lines.append(
            f"  {row['server']:18}{row['process_bytes']:10.0f}{heap:>11}{row['kernel_bytes']:9.0f}{row['process_before_mib']:12.1f}"
            f"{row['alone']['cpu_us']:11.2f}{row['beside']['cpu_us']:12.2f}"
        )
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="c-epoll,torus-epoll,torus-io_uring,torus-nio,netty-epoll,jdk-nio,go,tokio,node")
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--torus", help="the launcher of torus-tools")
    options = parser.parse_args(arguments)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    common = parse_arguments(["--servers", options.servers] + (["--torus", options.torus] if options.torus else []))
    options.server_core, options.load_core = common.server_core, common.load_core
    bench = Bench(common)
    rows = []
    for name in common.names:
        try:
            rows.append(measure(bench, options, name))
            print(f"{name} {rows[-1]['process_bytes']:.0f} bytes for each", file=sys.stderr)
        except (OSError, RuntimeError, subprocess.SubprocessError) as failure:
            print(f"left out: {failure}", file=sys.stderr)
    print(table(rows, options.connections))
    if options.json:
        result = {
            "kind": "idle",
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": machine(),
            "command": shown_command("benchmarks/peers/idle.py", sys.argv[1:] if arguments is None else arguments),
            "connections": options.connections,
            "rows": rows,
        }
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
