#!/usr/bin/env python3
"""Latency of echo servers at fixed rates, by HdrHistogram, without coordinated omission.

The load generator (peers/c/load --rate) sends each message when it is due, whatever the server does, and counts from then
on. Servers take turns at each rate; rounds of one server and rate are added up.

  latency/latency.py                                                    the usual servers at 2,000, 10,000 and 20,000 per second
  latency/latency.py --servers torus-epoll,netty-epoll --rates 5000 --seconds 10 --logs build/bench/latency --json latency.json

--logs takes for each server and rate a .hgrm (percentile distribution, milliseconds) and a .hlog (interval log, one interval
per round), which HdrHistogram's own tools read.
"""

import argparse
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "peers")]

from packages import ensure  # noqa: E402
from run import Bench, Running, machine, parse_arguments, shown_command  # noqa: E402
from servers import SERVERS  # noqa: E402

LONGEST_NANOS = 3600 * 10**9
NANOS_PER_MS = 1e6
QUANTILES = {"p50": 50, "p90": 90, "p99": 99, "p99.9": 99.9, "p99.99": 99.99, "max": 100}


def histogram_of(buckets):
    """A histogram of [[nanoseconds, count], ...]."""
    from hdrh.histogram import HdrHistogram

    histogram = HdrHistogram(1, LONGEST_NANOS, 3)
    for nanos, count in buckets:
        histogram.record_value(max(1, nanos), count)
    return histogram


def percentiles(histogram):
    """[[share, µs], ...]: the steps that HdrHistogram itself takes, the finer the nearer to the end."""
    return [
        [item.percentile_level_iterated_to / 100, item.value_iterated_to / 1e3]
        for item in histogram.get_percentile_iterator(5)
    ]


def write_logs(folder, name, rounds, total):
    from hdrh.log import HistogramLogWriter

    folder.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    total.output_percentile_distribution(text, NANOS_PER_MS)
    # hdrhistogram 0.10 does not scale the deviation
    scaled = f"StdDeviation   = {total.get_stddev() / NANOS_PER_MS:12.3f}]".encode()
    (folder / f"{name}.hgrm").write_bytes(re.sub(rb"StdDeviation   = *[\d.]+\]", scaled, text.getvalue()))
    with open(folder / f"{name}.hlog", "w", encoding="ascii") as out:
        writer = HistogramLogWriter(out)
        writer.output_log_format_version()
        # the writer's own output_start_time fails (hdrhistogram 0.10)
        shown = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(rounds[0][0]))
        writer.output_comment(f"[StartTime: {rounds[0][0]:.3f} (seconds since epoch), {shown}]")
        writer.output_legend()
        for started, ended, histogram in rounds:
            histogram.set_start_time_stamp(started * 1000)
            histogram.set_end_time_stamp(ended * 1000)
            writer.output_interval_histogram(histogram, started, ended)


class Latency:
    def __init__(self, options, common):
        self.options = options
        self.common = common
        self.rows = []

    def load(self, running, rate, warmup, seconds):
        command = ["taskset", "-c", self.common.load_core, *self.options.scheduling, str(self.common.c / "load")]
        command += ["--port", str(running.port)]
        command += ["--connections", str(self.options.connections), "--bytes", str(self.options.bytes), "--buckets"]
        command += ["--warmup", str(warmup), "--seconds", str(seconds), "--pid", str(running.process.pid)]
        if rate:
            command += ["--rate", str(rate)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=warmup + seconds + 60)
        if done.returncode != 0:
            raise RuntimeError(f"load on {running.name}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def measure(self, servers, rate):
        results = {running.name: [] for running in servers}
        for number in range(self.options.rounds):
            for running in servers:
                started = time.time()
                result = self.load(running, rate, 1.0, self.options.seconds)
                results[running.name].append((started, time.time(), result))
                p99 = result["latency_us"]["p99"]
                print(f"{rate:g}/s round {number + 1}/{self.options.rounds} {running.name:16} p99 {p99:.0f} us", file=sys.stderr)
        for name, rounds in results.items():
            self.add(name, rate, rounds)

    def add(self, name, rate, rounds):
        intervals = [(started, ended, histogram_of(result["buckets_ns"])) for started, ended, result in rounds]
        total = histogram_of([])
        for _, _, histogram in intervals:
            total.add(histogram)
        if self.options.logs:
            write_logs(self.options.logs, f"{name}-{rate:g}", intervals, total)
        messages = sum(result["messages"] for _, _, result in rounds)
        self.rows.append(
            {
                "server": name,
                "rate": rate,
                "per_second": messages / sum(result["seconds"] for _, _, result in rounds),
                "cpu_us": sum(result["server"]["cpu_s"] for _, _, result in rounds) / max(messages, 1) * 1e6,
                "latency_us": {key: total.get_value_at_percentile(q) / 1e3 for key, q in QUANTILES.items()},
                "rounds_p99_us": [result["latency_us"]["p99"] for _, _, result in rounds],
                "percentiles": percentiles(total),
            }
        )


def table(rows):
    lines = ["latency from when a message was due, us", f"  {'server':18}{'rate/s':>9}{'reached':>9}" + "".join(f"{key:>10}" for key in QUANTILES)]
    for row in rows:
        figures = "".join(f"{row['latency_us'][key]:10.0f}" for key in QUANTILES)
        lines.append(f"  {row['server']:18}{row['rate']:9.0f}{row['per_second']:9.0f}{figures}")
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="c-epoll,torus-epoll,torus-io_uring,torus-nio,netty-epoll,netty-io_uring,jdk-nio")
    parser.add_argument("--rates", default="2000,10000,20000", help="messages per second over all connections")
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--bytes", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--logs", type=Path, help="folder for .hgrm and .hlog files")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--torus", help="the launcher of torus-tools")
    parser.add_argument("--realtime", action="store_true", help="real-time scheduling (root), for a shared machine")
    options = parser.parse_args(arguments)
    options.scheduling = ["chrt", "-r", "1"] if options.realtime else []
    ensure("plotly", "hdrh")
    common = parse_arguments(["--servers", options.servers] + (["--torus", options.torus] if options.torus else []))
    bench = Bench(common)
    subprocess.run(["make", "-s", "-C", str(HERE.parent / "peers" / "c"), f"OUT={common.c}"], check=True)
    latency = Latency(options, common)
    servers = []
    try:
        for name in common.names:
            running = Running(name, bench.command(name), common.server_core, options.scheduling)
            servers.append(running)
            running.wait_ready()
            latency.load(running, None, 0, SERVERS[name].warmup_seconds)
        for rate in options.rates.split(","):
            latency.measure(servers, float(rate))
    finally:
        for running in servers:
            running.stop()
    print(table(latency.rows))
    if options.json:
        shown = [part for part in (sys.argv[1:] if arguments is None else arguments)]
        result = {
            "kind": "latency",
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": machine(),
            "command": shown_command("benchmarks/latency/latency.py", shown),
            "connections": options.connections,
            "bytes": options.bytes,
            "seconds": options.seconds * options.rounds,
            "rows": latency.rows,
        }
        options.json.write_text(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
