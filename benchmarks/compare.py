#!/usr/bin/env python3
"""Compares a benchmark run with an earlier one and tells regressions from noise.

  compare.py EARLIER NOW          each a .json of peers/run.py, peers/counters.py or jmh/nop.py, or a folder of them (paired by name)

CPU time per message, as a ratio to the base server of the same round (a NOP: to the same in C), is compared by Mann-Whitney with the false discovery
rate held at 5 %, and a change must be larger than --least (5 %); the interval shown is a bootstrap of the ratio of medians.
Counted figures (heap bytes, JNI and system calls) need no statistics. Only servers whose name matches --gate decide about the
result: ends with 1 if one of them is slower, with 0 otherwise, and with 0 if there is nothing earlier to compare with.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from comparison import LEAST_CHANGE, compare_nops, compare_runs, exact_regressions, judge

PEERS = ("echo", "http", "accept")


def load(path):
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    results = {}
    for file in files:
        content = json.loads(file.read_text())
        if isinstance(content, dict) and "kind" in content:
            results[file.stem if path.is_dir() else "the run"] = content
    return results


def describe(change):
    return (
        f"  {change.name:40} {change.ratio:6.3f} [{change.low:.3f}, {change.high:.3f}]  p={change.p:<8.4g}"
        f" rounds {len(change.before)}, {len(change.now)}  {change.verdict}"
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("earlier", type=Path)
    parser.add_argument("now", type=Path)
    parser.add_argument("--least", type=float, default=LEAST_CHANGE, help="smallest change that counts; default 0.05")
    parser.add_argument("--gate", default="^torus-", help="servers whose slowing down is a failure; default ^torus-")
    options = parser.parse_args(arguments)
    if not options.earlier.exists():
        print(f"compare: nothing to compare with: {options.earlier} is not there")
        return 0
    earlier, now = load(options.earlier), load(options.now)
    changes, counted = [], []
    for name in sorted(earlier.keys() & now.keys()):
        before, after = earlier[name], now[name]
        if before["kind"] != after["kind"]:
            continue
        if before.get("machine") != after.get("machine"):
            print(f"compare: {name}: not the same machine: {before.get('machine')} and {after.get('machine')}")
        if after["kind"] in PEERS:
            changes += compare_runs(before, after)
        elif after["kind"] == "nop":
            changes += compare_nops(before, after)
        elif after["kind"] == "counters":
            counted += exact_regressions(before, after)
    judge(changes, options.least)
    if changes:
        print("CPU time per message to the base server's, now to before; 95 % interval:")
    for change in changes:
        print(describe(change))
    for line in counted:
        print(f"  counted: {line}")
    slower = [c for c in changes if c.verdict == "slower" and re.search(options.gate, c.name.split()[-1])]
    print(f"compare: {len(changes)} compared, {len(slower)} slower, {len(counted)} counted regressions")
    return 1 if slower or counted else 0


if __name__ == "__main__":
    sys.exit(main())
