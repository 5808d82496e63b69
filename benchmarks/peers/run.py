#!/usr/bin/env python3
"""Compares echo (or HTTP) servers by the CPU time that the server process spends per message.

All servers are started once, each pinned to one core with the load generator on another; then rounds are interleaved:
round 1 of every server, round 2 of every server, ... so that a disturbance of the machine meets all of them alike. What
is compared is CPU time per message, which other work on the machine changes much less than it changes throughput.

  run.py                                             everything, the default cells
  run.py --servers all                               and all that build.sh could build; those that do not start are named
  run.py --servers c-epoll,torus-epoll --cells 256:64:1 --rounds 5 --seconds 10
  run.py --servers all --cells all --rounds 2 --seconds 1

A cell is connections:bytes:pipeline. Needs Python 3.9, a C compiler with liburing, and taskset. Standard library only.
"""

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import wrk
from servers import SERVERS
from statistics_of_rounds import paired_ratio, split_cpu, spread

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
START_SECONDS = 60
STOP_SECONDS = 20
DEFAULT_CELLS = "1:64:1,16:64:1,256:64:1,1000:64:1,256:64:16,256:4096:1,16:65536:1,16:65536:16,256:65536:1"


@dataclass(frozen=True)
class Cell:
    """What the load generator does: so many connections, bytes per message, messages outstanding on each."""

    connections: int
    size: int
    pipeline: int

    @staticmethod
    def parse(text):
        parts = text.split(":")
        if len(parts) != 3 or not all(part.isdigit() and int(part) > 0 for part in parts):
            raise ValueError(f"a cell is connections:bytes:pipeline, not {text!r}")
        return Cell(*map(int, parts))

    def __str__(self):
        return f"{self.connections}:{self.size}:{self.pipeline}"


def parse_cells(text):
    """The cells of a list; "all" is every size with every number of connections, alone and pipelined."""
    if text == "all":
        return [Cell(c, size, p) for size in (64, 4096, 65536) for c in (1, 16, 256, 1000) for p in (1, 16)]
    return [Cell.parse(cell) for cell in text.split(",")]


def parse_ready_line(line):
    """(port, backend) of "listening HOST:PORT backend=NAME", or None for any other line."""
    words = line.split()
    if len(words) != 3 or words[0] != "listening" or not words[2].startswith("backend="):
        return None
    return int(words[1].rsplit(":", 1)[1]), words[2].removeprefix("backend=")


class Running:
    """A started server."""

    def __init__(self, name, command, core, scheduling=()):
        self.name = name
        self.process = subprocess.Popen(
            ["taskset", "-c", core, *scheduling, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        # A reader of its own for each stream, or a talkative server would block on a full pipe.
        self.output = []
        self.errors = []
        self.ready = threading.Event()
        self.port = self.backend = None
        threading.Thread(target=self._read_output, daemon=True).start()
        threading.Thread(target=lambda: self.errors.extend(self.process.stderr), daemon=True).start()

    def _read_output(self):
        for line in self.process.stdout:
            self.output.append(line)
            found = parse_ready_line(line)
            if found and self.port is None:
                self.port, self.backend = found
                self.ready.set()
        self.ready.set()

    def wait_ready(self):
        if not self.ready.wait(START_SECONDS) or self.port is None:
            self.stop()
            raise RuntimeError(f"{self.name} did not start: {''.join(self.output + self.errors).strip()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            print(f"warning: {self.name} did not end on SIGTERM", file=sys.stderr)


class Bench:
    """The chosen servers and how to measure one round of one of them."""

    def __init__(self, options):
        self.options = options
        self.load = [str(options.c / "load")]

    def command(self, name):
        server = SERVERS[name]
        template = server.http if self.options.http else server.echo
        if template is None:
            raise RuntimeError(f"{name} has no HTTP server")
        options = self.options
        places = {"torus": options.torus, "before": options.before, "here": HERE, "c": options.c, "java": options.java, "java25": options.java25}
        return [part.format(**places) for part in template]

    def round(self, running, cell, warmup, seconds):
        before = ["taskset", "-c", self.options.load_core, *self.options.scheduling]
        if self.options.http and cell.pipeline == 1 and not self.options.own_load:
            arguments = (running.port, running.process.pid, cell.connections, warmup, seconds, before, self.options.varied)
            return summarise(wrk.run(*arguments))
        command = [*before, *self.load]
        command += ["--port", str(running.port), "--pid", str(running.process.pid)]
        command += ["--connections", str(cell.connections), "--bytes", str(cell.size)]
        command += ["--pipeline", str(cell.pipeline), "--warmup", str(warmup), "--seconds", str(seconds)]
        if self.options.http:
            command.append("--http")
        if self.options.accept:
            command.append("--accept")
        done = subprocess.run(command, capture_output=True, text=True, timeout=warmup + seconds + 60)
        if done.returncode != 0:
            raise RuntimeError(f"load on {running.name} at {cell}: {done.stderr.strip()}")
        return summarise(json.loads(done.stdout))


def summarise(result):
    """The figures of one round; CPU times per message."""
    server = result["server"]
    messages = max(result["messages"], 1)
    user, system = split_cpu(server["cpu_s"], server["user_s"], server["system_s"])
    figures = {
        "cpu_us": server["cpu_s"] / messages * 1e6,
        "user_us": user / messages * 1e6,
        "system_us": system / messages * 1e6,
        "per_second": result["per_second"],
        "busy": server["cpu_s"] / result["seconds"],
        "p50_us": result["latency_us"]["p50"],
        "p99_us": result["latency_us"]["p99"],
        "p99.9_us": result["latency_us"].get("p99.9"),
        "messages": result["messages"],
    }
    return {key: figure for key, figure in figures.items() if figure is not None}


def measure_cell(bench, servers, cell, log):
    """{server: [round, ...]} of one cell; a server that fails is reported and left out."""
    options = bench.options
    rounds = {running.name: [] for running in servers}

    def attempt(running, warmup, seconds):
        if running.name not in rounds:
            return None
        try:
            return bench.round(running, cell, warmup, seconds)
        except (RuntimeError, subprocess.TimeoutExpired) as failure:
            log(f"{cell} {running.name} left out: {failure}")
            del rounds[running.name]
            return None

    for running in servers:
        attempt(running, 0, max(SERVERS[running.name].warmup_seconds, options.warmup))
    for number in range(options.rounds):
        for running in servers:
            result = attempt(running, options.round_warmup, options.seconds)
            if result:
                rounds[running.name].append(result)
                log(f"{cell} round {number + 1}/{options.rounds} {running.name:16} {result['cpu_us']:8.3f} us/message")
    return rounds


def pooled(results, key):
    """Per message over all rounds together: the share of user time comes from ticks, of which a short round sees few."""
    return sum(result[key] * result["messages"] for result in results) / sum(result["messages"] for result in results)


def compare(rounds, base):
    """The report of one cell: spreads of every figure, and ratios to the base server."""
    report = {}
    for name, results in rounds.items():
        entry = {key: spread([result[key] for result in results]) for key in results[0]}
        for key in ("user_us", "system_us"):
            entry[key]["mean"] = pooled(results, key)
        if base in rounds:
            entry["cpu_ratio"] = paired_ratio(
                [result["cpu_us"] for result in results], [result["cpu_us"] for result in rounds[base]]
            )
        entry["rounds"] = results
        report[name] = entry
    return report


def table(report, base):
    """The report as text."""
    lines = []
    for cell, servers in report.items():
        lines.append(f"\n{cell}: CPU of the server per message, us; median (min-max); ratio to {base} [95 %]")
        lines.append(
            f"  {'server':18}{'cpu':>22}{'user':>8}{'system':>8}{'ratio':>22}{'msg/s':>10}{'p50':>9}{'p99':>9}{'p99.9':>9}"
        )
        for name, entry in servers.items():
            cpu, ratio = entry["cpu_us"], entry.get("cpu_ratio")
            cpu_text = f"{cpu['median']:.2f} ({cpu['min']:.2f}-{cpu['max']:.2f})"
            tail = f"{entry['p99.9_us']['median']:9.0f}" if "p99.9_us" in entry else ""
            ratio_text = f"{ratio['median']:.2f} [{ratio['low']:.2f}, {ratio['high']:.2f}]" if ratio else ""
            lines.append(
                f"  {name:18}{cpu_text:>22}{entry['user_us']['mean']:8.3f}{entry['system_us']['mean']:8.2f}"
                f"{ratio_text:>22}{entry['per_second']['median']:10.0f}{entry['p50_us']['median']:9.0f}"
                f"{entry['p99_us']['median']:9.0f}{tail}"
            )
    return "\n".join(lines)


def machine():
    model = "unknown"
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "processor": model,
        "cores": os.cpu_count(),
    }


def shown_command(script, arguments):
    """The command that repeats a run: without the options that only say where things are."""
    places = ("--json", "--torus", "--before", "--c", "--java", "--java25")
    shown = [script]
    skip = False
    for argument in arguments:
        if not skip and argument not in places:
            shown.append(argument)
        skip = argument in places
    return shlex.join(shown)


def java_of(variable):
    """The java command of the JDK that an environment variable names, or the one of the path."""
    home = os.environ.get(variable)
    return f"{home}/bin/java" if home else shutil.which("java") or "java"


def newest_java():
    """The java command of $JAVA25_HOME, or of the newest JDK in the usual places."""
    if os.environ.get("JAVA25_HOME"):
        return java_of("JAVA25_HOME")
    version, newest = 0, java_of("JAVA_HOME")
    for java in [*Path("/usr/lib/jvm").glob("*/bin/java"), *Path("/opt").glob("*/bin/java")]:
        shown = subprocess.run([str(java), "-version"], capture_output=True, text=True).stderr
        found = re.search(r'version "(\d+)', shown)
        if found and int(found.group(1)) > version:
            version, newest = int(found.group(1)), str(java)
    return newest


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="c-epoll,c-io_uring,torus-epoll,torus-io_uring,torus-nio", help="or: all")
    parser.add_argument("--cells", default=DEFAULT_CELLS, help="connections:bytes:pipeline,...; or: all 24")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0, help="measured time of a round")
    parser.add_argument("--round-warmup", type=float, default=0.5, help="load before each round is measured")
    parser.add_argument("--warmup", type=float, default=0.0, help="least load before a server's first round of a cell")
    parser.add_argument("--base", default="c-epoll", help="the server that ratios refer to")
    parser.add_argument("--http", action="store_true", help="HTTP plaintext by wrk (bytes of a cell: ignored)")
    parser.add_argument("--varied", action="store_true", help="HTTP by wrk: every request has a target of its own")
    parser.add_argument("--own-load", action="store_true", help="HTTP by c/load instead of wrk; so it is with pipelining too")
    parser.add_argument("--accept", action="store_true", help="a new connection for every message")
    parser.add_argument("--server-core", default="0")
    parser.add_argument("--load-core", default="1")
    parser.add_argument("--json", type=Path, help="write the result there")
    parser.add_argument("--java", default=java_of("JAVA_HOME"), help="runs the JVM peers; default $JAVA_HOME or the path's")
    parser.add_argument("--java25", default=newest_java(), help="21 or later, for virtual threads; $JAVA25_HOME or the newest")
    parser.add_argument("--torus", type=Path, default=ROOT / "ci" / "torus", help="the launcher of torus-tools")
    parser.add_argument("--before", type=Path, help="the launcher of another build: servers before-epoll, before-io_uring, before-nio")
    parser.add_argument("--c", type=Path, default=HERE / "c" / "build", help="the built C peers")
    parser.add_argument("--realtime", action="store_true", help="real-time scheduling (root): the neighbours wait meanwhile; for short rounds")
    parser.add_argument("--list", action="store_true", help="name the servers and exit")
    options = parser.parse_args(arguments)
    options.scheduling = ["chrt", "-r", "1"] if options.realtime else []
    everyone = [name for name in SERVERS if options.before or not name.startswith("before-")]
    options.names = everyone if options.servers == "all" else options.servers.split(",")
    if options.http and options.servers == "all":
        options.names = [name for name in options.names if SERVERS[name].http]
    for name in options.names:
        if name not in SERVERS:
            parser.error(f"unknown server {name}; known: {', '.join(SERVERS)}")
    try:
        options.cells = parse_cells(options.cells)
    except ValueError as wrong:
        parser.error(str(wrong))
    return options


def main(arguments=None):
    options = parse_arguments(arguments)
    if options.list:
        print("\n".join(SERVERS))
        return 0
    if not (options.c / "load").exists():
        subprocess.run(["make", "-s", "-C", str(HERE / "c"), f"OUT={options.c}"], check=True)
    os.environ.setdefault("JAVA_HOME", str(Path(options.java).resolve().parent.parent))
    bench = Bench(options)
    servers = []
    report = {}
    try:
        for name in options.names:
            try:
                running = Running(name, bench.command(name), options.server_core, options.scheduling)
                running.wait_ready()
                servers.append(running)
            except (OSError, RuntimeError) as failure:
                print(f"left out: {failure}", file=sys.stderr)
        for cell in options.cells:
            rounds = measure_cell(bench, servers, cell, lambda line: print(line, file=sys.stderr))
            report[str(cell)] = compare(rounds, options.base)
    finally:
        for running in servers:
            running.stop()
    print(table(report, options.base))
    if options.json:
        result = {
            "kind": "http" if options.http else "accept" if options.accept else "echo",
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": machine(),
            "rounds": options.rounds,
            "seconds": options.seconds,
            "base": options.base,
            "command": shown_command("benchmarks/peers/run.py", sys.argv[1:] if arguments is None else arguments),
            "cells": report,
        }
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
