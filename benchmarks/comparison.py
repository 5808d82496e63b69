"""Whether a run is slower than another one, told apart from noise. Standard library only.

What is compared is not CPU time but its ratio to the base server of the same round (c-epoll): two runs are made on different
days, maybe on different machines, and what makes everything slower makes the base slower too.
"""

import math
import random
import statistics
from dataclasses import dataclass

RESAMPLES = 4000
FALSE_DISCOVERIES = 0.05
LEAST_CHANGE = 0.05


@dataclass
class Change:
    """One server in one cell, before and now."""

    name: str
    before: list
    now: list
    p: float
    ratio: float
    low: float
    high: float
    verdict: str = "no difference"


def _rank_sums_exact(n, m):
    """How often each rank sum of the first n of n + m distinct values occurs."""
    ways = [[0] * (n * (n + 2 * m + 1) // 2 + 1) for _ in range(n + 1)]
    ways[0][0] = 1
    for rank in range(1, n + m + 1):
        for taken in range(min(rank, n), 0, -1):
            row, less = ways[taken], ways[taken - 1]
            for total in range(len(row) - 1, rank - 1, -1):
                row[total] += less[total - rank]
    return ways[n]


def _midranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    ties = 0
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for at in range(start, end + 1):
            ranks[order[at]] = (start + end) / 2 + 1
        size = end - start + 1
        ties += size**3 - size
        start = end + 1
    return ranks, ties


def mann_whitney(first, second):
    """Two-sided p: how likely samples of one distribution differ in rank as much as these. Exact unless there are ties."""
    n, m = len(first), len(second)
    if n == 0 or m == 0:
        raise ValueError("two samples are needed")
    ranks, ties = _midranks(list(first) + list(second))
    rank_sum = sum(ranks[:n])
    if ties == 0:
        counts = _rank_sums_exact(n, m)
        below = sum(counts[: int(rank_sum) + 1])
        above = sum(counts[int(rank_sum) :])
        return min(1.0, 2 * min(below, above) / math.comb(n + m, n))
    mean = n * (n + m + 1) / 2
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    z = max(0.0, abs(rank_sum - mean) - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


def bootstrap_ratio(before, now, resamples=RESAMPLES, seed=1):
    """(ratio of the medians, low, high): now to before, 95 % percentile bootstrap."""
    generator = random.Random(seed)
    ratios = sorted(
        statistics.median(generator.choices(now, k=len(now))) / statistics.median(generator.choices(before, k=len(before)))
        for _ in range(resamples)
    )
    middle = statistics.median(now) / statistics.median(before)
    return middle, ratios[int(0.025 * (resamples - 1))], ratios[int(0.975 * (resamples - 1))]


def least_p(n, m):
    """The smallest p that so many rounds can give at all."""
    return min(1.0, 2 / math.comb(n + m, n))


def judge(changes, least_change=LEAST_CHANGE, false_discoveries=FALSE_DISCOVERIES):
    """Sets the verdicts. A change counts when it is larger than least_change and significant.

    Many cells are compared at once, so significance is by Benjamini and Hochberg: of what is called a change, no more than
    this share is expected to be none.
    """
    ordered = sorted(changes, key=lambda change: change.p)
    significant = 0
    for place, change in enumerate(ordered, 1):
        if change.p <= false_discoveries * place / len(ordered):
            significant = place
    for place, change in enumerate(ordered, 1):
        if place <= significant and change.ratio > 1 + least_change:
            change.verdict = "slower"
        elif place <= significant and change.ratio < 1 / (1 + least_change):
            change.verdict = "faster"
        elif least_p(len(change.before), len(change.now)) > false_discoveries / len(ordered):
            change.verdict = "no difference (too few rounds to tell a single one)"
    return changes


def ratios_to_base(entry, base):
    return [
        mine["cpu_us"] / other["cpu_us"] for mine, other in zip(entry["rounds"], base["rounds"])
    ]


def compare_runs(before, now):
    """All changes between two results of peers/run.py; what is not in both is left out."""
    changes = []
    for cell in before["cells"]:
        old, new = before["cells"][cell], now["cells"].get(cell, {})
        base = now["base"]
        if before["base"] != base or base not in old or base not in new:
            continue
        for server in old:
            if server == base or server not in new:
                continue
            samples = ratios_to_base(old[server], old[base]), ratios_to_base(new[server], new[base])
            ratio, low, high = bootstrap_ratio(*samples)
            name = f"{now['kind']} {cell} {server}"
            changes.append(Change(name, *samples, mann_whitney(*samples), ratio, low, high))
    return changes


def compare_nops(before, now):
    """All changes between two results of jmh/nop.py: the time of a NOP to that in C, of the same round."""
    changes = []
    for part in before["batches"]:
        others = [other for other in now["batches"] if other["batch"] == part["batch"]]
        if not others:
            continue
        old, new = ({row["what"]: row["rounds"] for row in rows} for rows in (part["rows"], others[0]["rows"]))
        base = "C, io_uring"
        for backend in old:
            if backend == base or backend not in new or base not in old or base not in new:
                continue
            samples = [[mine / c for mine, c in zip(run[backend], run[base])] for run in (old, new)]
            ratio, low, high = bootstrap_ratio(*samples)
            changes.append(Change(f"nop {part['batch']} torus-{backend}", *samples, mann_whitney(*samples), ratio, low, high))
    return changes


def exact_regressions(before, now, tolerance=0.02):
    """What peers/counters.py counts has no noise worth a test: more of it per message, or per turn, is a regression."""
    old = {row["backend"]: row for row in before["backends"]}
    found = []
    for row in now["backends"]:
        other = old.get(row["backend"])
        if other is None:
            continue
        # under strace the batches are as large as they can be, so these do not depend on the machine's mood
        checks = {
            "heap bytes per message": (other["full_speed"]["allocatedBytes"], row["full_speed"]["allocatedBytes"], 0.5),
            "JNI calls per turn": (other["crossings_per_turn"], row["crossings_per_turn"], tolerance),
            "system calls per message (strace)": (other["strace"]["syscalls"], row["strace"]["syscalls"], 0.1),
            "receives in vain per message (strace)": (
                other["strace"]["receives_in_vain"] / max(other["traced"]["messages"], 1),
                row["strace"]["receives_in_vain"] / max(row["traced"]["messages"], 1),
                tolerance,
            ),
        }
        for what, (was, is_now, allowed) in checks.items():
            if is_now > was + allowed:
                found.append(f"{row['backend']}: {what} {was:.3f} -> {is_now:.3f}")
    return found
