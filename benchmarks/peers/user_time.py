#!/usr/bin/env python3
"""What servers spend in user mode per message, and where: perf's samples of the busiest thread, in interleaved rounds.

run.py divides the exact CPU time by the kernel's tick, of which few fall into user mode. This samples ten thousand times a
second, so ten seconds are good to two percent; the samples disturb the server a little, all servers alike. A JVM compiles
differently each time it starts: what is to be compared should be started more than once (name a server twice).

  user_time.py --servers c-epoll,torus-epoll,torus-epoll --cells 256:64:1 --rounds 5 --seconds 1 --realtime
  user_time.py --before LAUNCHER --servers c-epoll,before-epoll,torus-epoll --cells 256:64:1

The options are those of run.py. Needs perf and the right to use it; jcmd (JDK 17 or newer) names compiled Java code.
"""

import collections
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from run import Bench, Running, parse_arguments
from servers import NATIVE_WARMUP, SERVERS
from statistics_of_rounds import paired_ratio

SAMPLES_PER_SECOND = 9999
SHOWN = 12
SAMPLE = re.compile(r"\s*([0-9a-f]+)\s+(.*)\s\((.*)\)$")
KERNEL = 1 << 63


def parse_sample(line):
    """(symbol, file) of a line of perf script, None for a sample in the kernel, False for any other line."""
    found = SAMPLE.match(line)
    if not found:
        return False
    if int(found.group(1), 16) >= KERNEL:
        return None
    name = Path(found.group(3)).name
    file = "java" if name.endswith(".map") else re.sub(r"-[0-9a-f]{32}", "", name)
    words = found.group(2).split("(")[0].split()
    symbol = ".".join(words[-1].split(".")[-2:]) if file == "java" and words else found.group(2)
    return symbol, file


def count_samples(text):
    """({(symbol, file): samples in user mode}, samples in all) of perf script's output."""
    user = collections.Counter()
    everything = 0
    for line in text.splitlines():
        sample = parse_sample(line)
        if sample is False:
            continue
        everything += 1
        if sample:
            user[sample] += 1
    return user, everything


def busiest_thread(process):
    def running(thread):
        return int(Path(f"/proc/{process}/task/{thread}/schedstat").read_text().split()[0])

    return max(os.listdir(f"/proc/{process}/task"), key=running)


def record(bench, running, cell, into):
    """One round: CPU time per message in ns; the samples are in the file."""
    options = bench.options
    perf = ["perf", "record", "-q", "-F", str(SAMPLES_PER_SECOND), "-e", "cpu-clock", "-o", str(into)]
    perf += ["-t", busiest_thread(running.process.pid), "--", "sleep", str(options.seconds)]
    priority = ["chrt", "-r", "2"] if options.realtime else []
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(bench.round, running, cell, options.round_warmup, options.seconds + 0.5)
        time.sleep(options.round_warmup + 0.1)
        subprocess.run(["taskset", "-c", options.load_core, *priority, *perf], stderr=subprocess.DEVNULL, check=True)
        return load.result()["cpu_us"] * 1e3


def measure(bench, servers, cell, folder):
    """For each server, in their order, [(CPU ns per message, samples in user mode, samples in all), ...]."""
    options = bench.options
    for running in servers:
        bench.round(running, cell, 0, max(SERVERS[running.name].warmup_seconds, options.warmup))
    times = [[] for _ in servers]
    for number in range(options.rounds):
        for place, running in enumerate(servers):
            times[place].append(record(bench, running, cell, folder / f"{place}.{number}"))
    for running in servers:
        if SERVERS[running.name].warmup_seconds > NATIVE_WARMUP and shutil.which("jcmd"):
            subprocess.run(["jcmd", str(running.process.pid), "Compiler.perfmap"], stdout=subprocess.DEVNULL)
    return times


def samples_of(file):
    script = subprocess.run(["perf", "script", "-i", str(file), "-F", "ip,sym,dso"], capture_output=True, text=True)
    return count_samples(script.stdout)


def show(servers, times, folder):
    users = []
    for place, running in enumerate(servers):
        rounds = [(cpu, *samples_of(folder / f"{place}.{number}")) for number, cpu in enumerate(times[place])]
        users.append([cpu * sum(user.values()) / max(all_samples, 1) for cpu, user, all_samples in rounds])
        ratio = paired_ratio(users[place], users[0])
        print(
            f"{running.name:18}{statistics.median(users[place]):6.0f} ns in user mode"
            f" ({min(users[place]):.0f}-{max(users[place]):.0f})  {ratio['median']:.2f} [{ratio['low']:.2f}, {ratio['high']:.2f}]"
            f"  of {statistics.median(times[place]):.0f} ns"
        )
        where = collections.Counter()
        for cpu, user, all_samples in rounds:
            for key, count in user.items():
                where[key] += cpu * count / max(all_samples, 1) / len(rounds)
        for (symbol, file), nanos in where.most_common(SHOWN):
            print(f"    {nanos:6.1f}  {file:20} {symbol}")


def main(arguments=None):
    options = parse_arguments(arguments)
    if not shutil.which("perf"):
        print("there is no perf", file=sys.stderr)
        return 1
    os.environ["TORUS_JAVA_OPTIONS"] = "-XX:+PreserveFramePointer " + os.environ.get("TORUS_JAVA_OPTIONS", "")
    bench = Bench(options)
    servers = []
    try:
        for name in options.names:
            servers.append(Running(name, bench.command(name), options.server_core, options.scheduling))
            servers[-1].wait_ready()
        for cell in options.cells:
            with tempfile.TemporaryDirectory() as folder:
                times = measure(bench, servers, cell, Path(folder))
                print(cell)
                show(servers, times, Path(folder))
    finally:
        for running in servers:
            running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
