#!/usr/bin/env python3
"""What it costs another thread to wake a sleeping loop: Torus on each backend beside a C loop on epoll and an eventfd.

  wakeup.py                                    every contestant that starts here, about three minutes
  wakeup.py --rounds 8 --posts 5000 --json wakeup.json
  wakeup.py --contestants c-eventfd,torus-epoll,torus-epoll-spin

One thread posts, the loop sleeps in between (--gap microseconds). Latency: from just before the post to the first instruction of
the task. Two cells: one post at a time, and 64 at once, where Torus makes a system call only for a loop that sleeps and the C
loop's eventfd is written for each. Rounds are interleaved; ratios are taken within a round, with a 95 % bootstrap interval.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import contestants as shared  # noqa: E402
from peers.statistics_of_rounds import paired_ratio, spread  # noqa: E402

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


def command_of(name, classpath):
    arguments = CONTESTANTS[name]
    if arguments is None:
        return [str(HERE / "build" / "wakeup")]
    return [*shared.java(classpath, "dev.torus.benchmarks.wakeup.Wakeup"), *arguments]


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
    parser = shared.parser_of(__doc__, CONTESTANTS, "c-eventfd")
    parser.add_argument("--posts", type=int, default=3000, help="posts, or groups of them, a round; default 3000")
    parser.add_argument("--gap", type=int, default=100, help="microseconds in which the loop falls asleep; default 100")
    parser.add_argument("--warmup", type=int, default=12000, help="posts before the first round; default 12000")
    options = parser.parse_args(arguments)
    names = shared.names_of(parser, options, CONTESTANTS)
    classpath = shared.build(HERE, options.torus)
    result = shared.result_of("wakeup", "benchmarks/wakeup/wakeup.py", options, arguments)
    result["gap_us"] = options.gap
    contestants = shared.start_all(names, lambda name: command_of(name, classpath))
    try:
        for contestant in contestants:
            contestant.ask(options.warmup, 1, 5)
        for cell, size in CELLS.items():
            rounds = shared.interleaved(
                contestants, options.rounds, lambda contestant, size=size: contestant.ask(options.posts, size, options.gap)
            )
            result["cells"][cell] = summary(rounds, options.base)
            show(cell, result["cells"][cell])
    finally:
        for contestant in contestants:
            contestant.close()
    shared.write(result, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
