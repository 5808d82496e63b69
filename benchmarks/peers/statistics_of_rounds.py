"""Medians, spreads and ratios of interleaved rounds. Standard library only."""

import random
import statistics

RESAMPLES = 4000


def spread(values):
    """Median, minimum and maximum of a non-empty list."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def paired_ratio(values, base, resamples=RESAMPLES, seed=1):
    """How values compare with base, round by round.

    Both lists hold one figure per round, in the order of the rounds. The rounds of all servers are interleaved, so what
    disturbs the machine for a while disturbs neighbours alike; the ratio is taken within each round before anything is
    averaged. The interval is the 95 % percentile bootstrap of the median ratio over rounds.
    """
    if len(values) != len(base) or not values:
        raise ValueError("a ratio needs the same rounds of both")
    ratios = [value / other for value, other in zip(values, base)]
    generator = random.Random(seed)
    medians = sorted(
        statistics.median(generator.choices(ratios, k=len(ratios))) for _ in range(resamples)
    )
    return {
        "median": statistics.median(ratios),
        "low": medians[int(0.025 * (resamples - 1))],
        "high": medians[int(0.975 * (resamples - 1))],
    }


def split_cpu(cpu_seconds, user_seconds, system_seconds):
    """Divides the exact CPU time by the shares of the coarse user and system times; (user, system) in seconds."""
    coarse = user_seconds + system_seconds
    if coarse == 0:
        return 0.0, cpu_seconds
    return cpu_seconds * user_seconds / coarse, cpu_seconds * system_seconds / coarse
