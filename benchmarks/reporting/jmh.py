"""JMH's results, by jmh/micro.py or JMH itself (-rf json): a table and a bar chart for each benchmark, queues compared.

Shown is the median of all measured iterations with the middle half of them: iterations are many and short, so what a neighbour
of the machine did does not show in it. Of queues, whose figures differ more between two JVMs than within one, it is the median of
JVMs (rounds), and ratios are taken within a round.
"""

import statistics

import plotly.graph_objects as go
from peers.statistics_of_rounds import paired_ratio

from .model import Section, Table, number

TITLES = {
    "SyscallLevels": "System calls at three levels",
    "JniCrossing": "From Java into C: JNI, and the JDK's own",
    "ForeignCrossing": "From Java into C: the foreign function interface",
    "LoopTurn": "The loop: one turn, one job, one timer",
    "NopBatch": "NOPs",
    "QueueThroughput": "Queues, consumer awake",
    "ParkingThroughput": "Queues, consumer asleep when there is nothing",
    "FalseSharing": "False sharing: bytes between the indices of a ring",
}
KINDS = {
    "torus-event": "many producers",
    "torus-mpsc": "many producers, without the wake-up",
    "torus-spsc": "one producer",
}
COMPARED = ("QueueThroughput", "ParkingThroughput")


class Entry:
    """One benchmark with one set of parameters."""

    def __init__(self, result):
        parts = result["benchmark"].split(".")
        self.group, self.name = parts[-2], parts[-1]
        self.parameters = {key: value for key, value in result.get("params", {}).items() if key != "capacity"}
        secondary = result.get("secondaryMetrics", {})
        # a group's own score adds the calls of all its threads; what got through is an auxiliary counter
        metric = secondary.get("taken", result["primaryMetric"])
        self.unit = metric["scoreUnit"]
        forks = metric.get("rawData") or [[metric["score"]]]
        self.rounds = [statistics.median(fork) for fork in forks]
        values = self.rounds if self.compared and len(forks) > 1 else [value for fork in forks for value in fork]
        self.median = statistics.median(values)
        quarters = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
        self.low, self.high = quarters[0], quarters[2]
        allocation = secondary.get("gc.alloc.rate.norm") or secondary.get("·gc.alloc.rate.norm")
        self.allocated = allocation["score"] if allocation else None

    @property
    def pinned(self):
        return {"true": "threads bound to two processors", "false": "threads not bound"}.get(self.parameters.get("pinned"), "")

    @property
    def label(self):
        """The parameters that tell entries of one table apart."""
        others = [value for key, value in self.parameters.items() if key != "pinned"]
        return ", ".join(others) if self.compared else ", ".join([self.name, *others])

    @property
    def compared(self):
        return self.group in COMPARED

    @property
    def table(self):
        """(title, anchor) of the table that it belongs to: bound and unbound threads are never mixed."""
        title = TITLES.get(self.group, self.group)
        if self.compared:
            title += f": {self.name}, {self.pinned}"
        bound = {"true": "-bound", "false": "-unbound"}.get(self.parameters.get("pinned"), "")
        return title, f"{self.group}-{self.name}{bound}" if self.compared else self.group

    def spread(self):
        return f"{number(self.median)} ({number(self.low)}–{number(self.high)})"


def table_of(title, anchor, entries):
    rows = [
        [entry.label, entry.spread(), entry.unit, number(entry.allocated, 3) if entry.allocated is not None else "–"]
        for entry in entries
    ]
    return Table(title, ["benchmark", "median (middle half)", "unit", "B/op"], rows, anchor)


def figure_of(title, entries):
    figure = go.Figure(
        go.Bar(
            x=[entry.label for entry in entries],
            y=[entry.median for entry in entries],
            error_y=dict(
                type="data",
                symmetric=False,
                array=[entry.high - entry.median for entry in entries],
                arrayminus=[entry.median - entry.low for entry in entries],
                thickness=1.2,
            ),
            marker_color=["#d1495b" if "torus" in entry.label else "#30638e" for entry in entries],
        )
    )
    figure.update_layout(title=title, yaxis_title=f"{entries[0].unit} (median; bar: the middle half)")
    return figure


def verdict_of(ratio):
    """A bar is missed when the whole interval lies below it, and met when none of it does."""
    if ratio["high"] < 1:
        return "below"
    return "at or above" if ratio["low"] >= 1 else "not told apart"


def comparison(tables):
    """Torus' queues beside the best of the others, in every shape: what is below is said to be."""
    rows = []
    for (title, _), entries in tables.items():
        by_queue = {entry.parameters.get("queue"): entry for entry in entries}
        for ours, kind in KINDS.items():
            others = [
                entry
                for queue, entry in by_queue.items()
                if not queue.startswith("torus") and queue.endswith("spsc") == ours.endswith("spsc")
            ]
            if ours not in by_queue or not others:
                continue
            best = max(others, key=lambda entry: entry.median)
            mine = by_queue[ours]
            ratio = paired_ratio(mine.rounds, best.rounds)
            shape = title.split(": ", 1)[1]
            rows.append(
                [
                    f"{shape}, made for {kind}" + (" (asleep)" if mine.group == "ParkingThroughput" else ""),
                    mine.spread(),
                    best.parameters["queue"],
                    best.spread(),
                    f"{ratio['median']:.2f} [{ratio['low']:.2f}, {ratio['high']:.2f}]",
                    verdict_of(ratio),
                ]
            )
    return rows


WHY = (
    "Each queue runs in a fresh JVM in each round; ratios are taken within a round. Two JVMs with the same queue differ by up to three "
    "times, more than the queues do: what two threads cost each other depends on whether they meet in the ring. A cache line goes from "
    "one of these processors to the other in 60 to 90 ns, as long as ten elements take, and 16 elements share a line, so a ring in which the "
    "consumer is at the producer's heels is many times slower than a filled one, and small things decide which of the two it is. "
    "What the queues themselves do is told by QueueSteps, one thread that fills and empties. There Torus' rings are behind "
    "JCTools' and Agrona's by up to 1 ns for an element in and out. For the ring with one producer the cause is known: the others write slots by "
    "Unsafe, and Torus by variable handles, which look at the array's class and at its bounds (in the generated code: a load and two "
    "compares for each access). The same ring with its slots written by Unsafe took 3.8 to 4.0 ns, with handles 4.1, JCTools' 3.6; Torus "
    "does not use Unsafe, which JDKs are about to remove. For many producers Unsafe made no difference (5.9 ns; Agrona's 5.2), and "
    "what is left there has not been found. The event queue is the ring torus-mpsc with the wake-up and with those who wait "
    "for room, which the other queues do not have: one read more for each offer and each poll. JCTools' queue for many producers asks for the "
    "producers' index when it is empty, and thereby takes that line away from them; the Disruptor's consumer looks at the producers' "
    "cursor and at a second array of published numbers."
)


def section(result, source, anchor):
    if isinstance(result, list):
        result = {"results": result}
    first = result["results"][0]
    machine = result.get("machine") or {"system": first.get("vmName", ""), "kernel": first.get("vmVersion", "")}
    command = result.get("command", f"java -jar benchmarks/jmh/target/benchmarks.jar ({source})")
    made = Section("Microbenchmarks (JMH)", anchor, command, result.get("when", ""), machine, source)
    made.text = f"JMH {first.get('jmhVersion', '')}, Java {first.get('jdkVersion', '')}; allocation by its gc profiler."
    tables = {}
    for entry in map(Entry, result["results"]):
        tables.setdefault(entry.table, []).append(entry)
    compared = comparison({key: entries for key, entries in tables.items() if entries[0].compared})
    if compared:
        columns = ["shape", "Torus, per µs", "best other", "its figure", "ratio [95 %]", "Torus is"]
        made.tables.append(Table("Torus' queue beside the best other one", columns, compared, f"{anchor}-queues", note=WHY))
    for (title, part), entries in tables.items():
        made.tables.append(table_of(title, f"{anchor}-{part}", entries))
        made.figures.append(figure_of(title, entries))
    return made


SECTIONS = {"jmh": section}
