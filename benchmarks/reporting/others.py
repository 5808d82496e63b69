"""Counters (peers/counters.py), latency at fixed rates (latency/latency.py), strategies, and JMH's own JSON."""

import plotly.graph_objects as go

from .model import Section, Table, number, ratio_text, slug, spread_text


def counters(result, source, anchor):
    title = f"echo, {result['connections']} connections, {result['bytes']} bytes; per message"
    rows = []
    for row in result["backends"]:
        full, under, strace = row["full_speed"], row["traced"], row["strace"]
        rows.append(
            [
                row["backend"],
                number(full["crossings"], 4),
                number(row["crossings_per_turn"], 3),
                number(full["syscalls"], 4),
                number(full["allocatedBytes"], 3),
                number(full["wouldBlock"], 4),
                number(under["syscalls"], 4),
                number(strace["syscalls"], 4),
                f"{row['disagreement']:.2%}",
                str(strace["receives_in_vain"]),
            ]
        )
    columns = [
        "backend", "JNI calls", "JNI calls per turn", "system calls", "heap bytes", "in vain",
        "system calls, counters (under strace)", "system calls, strace", "differ", "receives in vain, strace",
    ]  # fmt: skip
    made = Section("Counted", anchor, result["command"], result["when"], result["machine"], source)
    made.tables.append(Table(title, columns, rows, anchor))
    return made


def latency(result, source, anchor):
    """Percentile plots: the answer's time from when it should have been asked for, so a stall hides nothing."""
    made = Section("Latency at fixed rates", anchor, result["command"], result["when"], result["machine"], source)
    made.text = (
        "Measured from the moment a message was due, not from when it was sent (no coordinated omission). "
        f"{result['connections']} connections, {result['bytes']} bytes, {result['seconds']:g} s per rate."
    )
    columns = ["server", "wanted per s", "reached per s", "p50 µs", "p90 µs", "p99 µs", "p99.9 µs", "p99.99 µs", "most µs"]
    for rate in dict.fromkeys(row["rate"] for row in result["rows"]):
        of_rate = [row for row in result["rows"] if row["rate"] == rate]
        rows = [
            [row["server"], number(rate), number(row["per_second"])]
            + [number(row["latency_us"][key], 0) for key in ("p50", "p90", "p99", "p99.9", "p99.99", "max")]
            for row in of_rate
        ]
        made.tables.append(Table(f"{rate:g} messages per second", columns, rows, f"{anchor}-{rate:g}"))
        figure = go.Figure()
        for row in of_rate:
            points = [(1 / (1 - q), value) for q, value in row["percentiles"] if q < 1 and value > 0]
            figure.add_trace(
                go.Scatter(name=row["server"], x=[x for x, _ in points], y=[y for _, y in points], mode="lines")
            )
        ticks = [1, 10, 100, 1000, 10000, 100000]
        figure.update_layout(
            title=f"Latency by percentile at {rate:g} messages per second",
            xaxis=dict(
                type="log", title="percentile", tickvals=ticks, ticktext=["0", "90", "99", "99.9", "99.99", "99.999"]
            ),
            yaxis=dict(type="log", title="µs"),
        )
        made.figures.append(figure)
    return made


def idle(result, source, anchor):
    made = Section("Idle connections", anchor, result["command"], result["when"], result["machine"], source)
    made.text = (
        f"{result['connections']} connections that say nothing. Process memory is private to the server's process; kernel memory "
        "counts both ends. CPU: an echo of 64 bytes on 16 other connections, before and beside them."
    )
    rows = [
        [
            row["server"],
            number(row["process_bytes"], 0),
            number(row["heap_bytes"], 0),
            number(row["kernel_bytes"], 0),
            number(row["process_before_mib"], 1),
            number(row["alone"]["cpu_us"]),
            number(row["beside"]["cpu_us"]),
        ]
        for row in result["rows"]
    ]
    columns = ["server", "process B each", "Java heap B each", "kernel B each", "process MiB before", "CPU µs alone", "CPU µs beside"]
    made.tables.append(Table(f"{result['connections']} idle connections", columns, rows, anchor))
    figure = go.Figure(go.Bar(x=[row["server"] for row in result["rows"]], y=[row["process_bytes"] for row in result["rows"]]))
    figure.update_layout(title="Process memory of an idle connection", yaxis_title="bytes")
    made.figures.append(figure)
    return made


def strategies(result, source, anchor):
    made = Section("Strategies", anchor, result.get("command", "benchmarks/strategies/run.sh"), result.get("when", ""),
                   result.get("machine", {}), source)  # fmt: skip
    rows = result["rows"]
    columns = [
        "strategy", "requests/s", "p50 µs", "p99 µs", "p99.9 µs", "user µs", "system µs", "memory MiB", "threads",
        "switches, voluntary", "switches, forced", "switches, machine", "interrupts, machine", "softirqs, machine",
    ]  # fmt: skip
    keys = [
        "requestsPerSecond", "p50Micros", "p99Micros", "p999Micros", "userMicros", "systemMicros", "residentMib", "threads",
        "voluntarySwitches", "involuntarySwitches", "machineSwitches", "machineInterrupts", "machineSoftirqs",
    ]  # fmt: skip
    made.text = (
        "The same service by each way to be concurrent. Times, context switches, interrupts and softirqs are per request; those of the "
        "machine include the clients'. What a switch costs is in the section on one operation of the ring: the bare system call, and "
        "from one thread to another."
    )
    figure = go.Figure()
    for clients in dict.fromkeys(row["clients"] for row in rows):
        medians = {}
        for row in rows:
            if row["clients"] == clients:
                medians.setdefault(row["strategy"], []).append(row)
        table = []
        for name, of_name in medians.items():
            middle = [sorted(row.get(key, 0) for row in of_name)[len(of_name) // 2] for key in keys]
            table.append([name] + [number(value) for value in middle])
        made.tables.append(Table(f"{clients} clients", columns, table, f"{anchor}-{clients}"))
        figure.add_trace(
            go.Bar(name=f"{clients} clients", x=[row[0] for row in table], y=[
                sorted(r["userMicros"] + r["systemMicros"] for r in of_name)[len(of_name) // 2]
                for of_name in medians.values()
            ])
        )  # fmt: skip
    figure.update_layout(barmode="group", title="CPU time of the server per request", yaxis_title="µs")
    made.figures.append(figure)
    return made


def files(result, source, anchor):
    made = Section("Files", anchor, result["command"], result["when"], result["machine"], source)
    made.text = (
        f"One file of {result['mib']} MiB in the page cache, {result['depth']} operations in flight; ratios to {result['base']}. "
        "Workers: threads of the operating system that did what the ring could not do at once."
    )
    columns = ["contestant", "per second", "ratio", "CPU µs per operation", "ratio of CPU", "heap bytes", "workers"]
    for cell, contestants in result["cells"].items():
        rows = [
            [
                name,
                spread_text(row["per_second"], 0),
                ratio_text(row.get("ratio_per_second")),
                spread_text(row["cpu_us"]),
                ratio_text(row.get("ratio_cpu_us")),
                number(row["bytes_per_operation"], 1),
                number(row["workers"], 0),
            ]
            for name, row in contestants.items()
        ]
        made.tables.append(Table(cell, columns, rows, f"{anchor}-{slug(cell)}"))
    figure = go.Figure()
    for name in dict.fromkeys(name for contestants in result["cells"].values() for name in contestants):
        cells = [cell for cell in result["cells"] if name in result["cells"][cell]]
        figure.add_trace(go.Bar(name=name, x=cells, y=[result["cells"][cell][name]["cpu_us"]["median"] for cell in cells]))
    figure.update_layout(barmode="group", title="CPU time per file operation", yaxis=dict(type="log", title="µs"))
    made.figures.append(figure)
    return made


def wakeup(result, source, anchor):
    made = Section("Waking the loop", anchor, result["command"], result["when"], result["machine"], source)
    made.text = (
        "From just before another thread's post to the first instruction of the task, the loop asleep "
        f"{result['gap_us']} µs in between; ratios of the median to {result['base']}."
    )
    columns = ["contestant", "p50 µs", "p90 µs", "p99 µs", "ratio of p50", "wake-ups per post"]
    for cell, contestants in result["cells"].items():
        rows = [
            [name]
            + [number(row[key]["median"] / 1000) for key in ("p50_ns", "p90_ns", "p99_ns")]
            + [ratio_text(row.get("ratio")), number(row["wakeups_per_post"], 4)]
            for name, row in contestants.items()
        ]
        made.tables.append(Table(cell, columns, rows, f"{anchor}-{slug(cell)}"))
    return made


SECTIONS = {
    "counters": counters,
    "files": files,
    "idle": idle,
    "latency": latency,
    "strategies": strategies,
    "wakeup": wakeup,
}
