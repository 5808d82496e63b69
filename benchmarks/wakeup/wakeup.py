#!/usr/bin/env python3
"""What it costs another thread to wake a sleeping loop: Torus on each backend beside a C loop on epoll and an eventfd.

  wakeup.py                                    every contestant that starts here, about three minutes
  wakeup.py --rounds 8 --posts 5000 --json wakeup.json
  wakeup.py --contestants c-eventfd,torus-epoll,torus-epoll-spin

One thread posts, the loop sleeps in between (--gap microseconds). Latency: from just before the post to the first instruction of
the task. Two cells: one post at a time, and 64 at once, where Torus makes a system call only for a loop that sleeps and the C
loop's eventfd is written for each. Rounds are interleaved; ratios are taken within a round, with a 95 % bootstrap interval.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "peers"))

from run import machine, shown_command  # noqa: E402
from statistics_of_rounds import paired_ratio, spread  # noqa: E402

BUILD = HERE / "build"
KEYS = ("p50_ns", "p90_ns", "p99_ns")
CELLS = {"one post": 1, "64 posts at once": 64}
CONTESTANTS = {
    "c-eventfd": None,
    "torus-epoll": ("epoll",),
    "torus-io_uring": ("io_uring",),
    "torus-nio": ("nio",),
    "torus-epoll-spin": ("epoll", "200"),
    "torus-io_uring-spin": ("io_uring", "200"),
}


def build(torus):
    BUILD.mkdir(exist_ok=True)
    subprocess.run([torus, "doctor"], check=False, stdout=subprocess.DEVNULL)  # builds what ci/torus runs
    classpath = (ROOT / "build" / "torus.classpath").read_text()
    sources = [str(file) for file in sorted((HERE / "java").rglob("*.java"))]
    for command in (
        ["cc", "-O2", "-pthread", "-o", str(BUILD / "wakeup"), str(HERE / "c" / "wakeup.c")],
        ["javac", "-nowarn", "-d", str(BUILD / "classes"), "-cp", classpath] + sources,
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"not built: {command[0]}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return f"{BUILD / 'classes'}:{classpath}"


class Contestant:
    """A process with a loop and a thread that posts to it."""

    def __init__(self, name, classpath):
        java = ["java", "-XX:+UseSerialGC", "-cp", classpath, "dev.torus.benchmarks.wakeup.Wakeup"]
        arguments = CONTESTANTS[name]
        command = [str(BUILD / "wakeup")] if arguments is None else java + list(arguments)
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{name} did not start")

    def run(self, rounds, size, gap):
        self.process.stdin.write(f"{rounds} {size} {gap}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


def summary(rounds, base):
    """Spreads of latencies in ns, wake-ups per post, and ratios of the median latencies; rounds: {name: [answers]}."""
    rows = {}
    for name, answers in rounds.items():
        rows[name] = {key: spread([answer[key] for answer in answers]) for key in KEYS}
        rows[name]["wakeups_per_post"] = sum(a["wakeups"] for a in answers) / sum(a["posts"] for a in answers)
        if base in rounds:
            rows[name]["ratio"] = paired_ratio([a["p50_ns"] for a in answers], [a["p50_ns"] for a in rounds[base]])
    return rows


def show(cell, rows):
    print(f"\n{cell}")
    print(f"  {'contestant':<20} {'p50 µs':>8} {'p90 µs':>8} {'p99 µs':>8} {'ratio of p50 [95 %]':>22} {'wake-ups per post':>18}")
    for name, row in rows.items():
        latencies = " ".join(f"{row[key]['median'] / 1000:>8.2f}" for key in KEYS)
        ratio = row.get("ratio")
        text = f"{ratio['median']:.2f} [{ratio['low']:.2f}, {ratio['high']:.2f}]" if ratio else "–"
        print(f"  {name:<20} {latencies} {text:>22} {row['wakeups_per_post']:>18.4f}", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contestants", default=",".join(CONTESTANTS))
    parser.add_argument("--base", default="c-eventfd", help="what the ratios are to; default c-eventfd")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--posts", type=int, default=3000, help="posts, or groups of them, a round; default 3000")
    parser.add_argument("--gap", type=int, default=100, help="microseconds in which the loop falls asleep; default 100")
    parser.add_argument("--warmup", type=int, default=12000, help="posts before the first round; default 12000")
    parser.add_argument("--torus", default=str(ROOT / "ci" / "torus"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    names = options.contestants.split(",")
    unknown = [name for name in names if name not in CONTESTANTS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(CONTESTANTS)}")
    classpath = build(options.torus)
    contestants = []
    for name in names:
        try:
            contestants.append(Contestant(name, classpath))
        except (RuntimeError, OSError) as failure:
            print(f"left out: {failure}", file=sys.stderr)
    result = {
        "kind": "wakeup",
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "command": shown_command("benchmarks/wakeup/wakeup.py", sys.argv[1:]),
        "base": options.base,
        "gap_us": options.gap,
        "cells": {},
    }
    try:
        for contestant in contestants:
            contestant.run(options.warmup, 1, 5)
        for cell, size in CELLS.items():
            rounds = {contestant.name: [] for contestant in contestants}
            for _ in range(options.rounds):
                for contestant in contestants:
                    rounds[contestant.name].append(contestant.run(options.posts, size, options.gap))
            result["cells"][cell] = summary(rounds, options.base)
            show(cell, result["cells"][cell])
    finally:
        for contestant in contestants:
            contestant.close()
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
