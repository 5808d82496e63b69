"""Echo, HTTP and accept runs of peers/run.py: CPU time per message with error bars, latency, ratios."""

import plotly.graph_objects as go

from .model import Section, Table, number, ratio_text, slug, spread_text

TITLES = {
    "echo": "TCP echo",
    "http": "HTTP plaintext",
    "accept": "Accepting connections",
}
COLUMNS = ["server", "CPU µs", "user µs", "system µs", "ratio to {base} [95 %]", "per second", "p50 µs", "p99 µs", "p99.9 µs"]


def cell_title(kind, cell):
    connections, size, pipeline = cell.split(":")
    depth = f", {pipeline} outstanding on each" if pipeline != "1" else ""
    length = "" if kind == "http" else f", {size} bytes"
    return f"{connections} connection{'s' if connections != '1' else ''}{length}{depth}"


def mean(spread):
    """Over all rounds together; older results have the median only."""
    return spread.get("mean", spread["median"])


def cell_table(result, cell, anchor):
    rows = []
    for name, entry in result["cells"][cell].items():
        rows.append(
            [
                name,
                spread_text(entry["cpu_us"]),
                number(mean(entry["user_us"]), 3),
                number(mean(entry["system_us"])),
                ratio_text(entry.get("cpu_ratio")),
                number(entry["per_second"]["median"]),
                number(entry["p50_us"]["median"], 0),
                number(entry["p99_us"]["median"], 0),
                number(entry["p99.9_us"]["median"], 0) if "p99.9_us" in entry else "–",
            ]
        )
    columns = [column.format(base=result["base"]) for column in COLUMNS]
    title = f"{cell_title(result['kind'], cell)} ({cell})"
    return Table(title, columns, rows, f"{anchor}-{slug(cell)}")


def cell_figure(result, cell):
    """Stacked user and system time; the error bar is the range of their sum over the rounds."""
    entries = result["cells"][cell]
    names = list(entries)
    user = [mean(entries[name]["user_us"]) for name in names]
    cpu = [entries[name]["cpu_us"] for name in names]
    rest = [spread["median"] - part for spread, part in zip(cpu, user)]
    bars = dict(
        type="data",
        symmetric=False,
        array=[spread["max"] - spread["median"] for spread in cpu],
        arrayminus=[spread["median"] - spread["min"] for spread in cpu],
        thickness=1.2,
    )
    figure = go.Figure(
        [
            go.Bar(name="user", x=names, y=user, marker_color="#d1495b"),
            go.Bar(name="system", x=names, y=rest, marker_color="#30638e", error_y=bars),
        ]
    )
    figure.update_layout(
        barmode="stack",
        title=f"{cell_title(result['kind'], cell)}: CPU time of the server per message",
        yaxis_title="µs (median; bar: least to most of the rounds)",
    )
    return figure


def ratios_figure(result):
    """All cells at once: the ratio to the base server with its interval."""
    names = list(dict.fromkeys(name for servers in result["cells"].values() for name in servers))
    figure = go.Figure()
    for name in names:
        cells = [c for c, servers in result["cells"].items() if servers.get(name, {}).get("cpu_ratio")]
        if name == result["base"] or not cells:
            continue
        ratios = [result["cells"][cell][name]["cpu_ratio"] for cell in cells]
        figure.add_trace(
            go.Bar(
                name=name,
                x=cells,
                y=[ratio["median"] for ratio in ratios],
                error_y=dict(
                    type="data",
                    symmetric=False,
                    array=[ratio["high"] - ratio["median"] for ratio in ratios],
                    arrayminus=[ratio["median"] - ratio["low"] for ratio in ratios],
                    thickness=1.2,
                ),
            )
        )
    figure.add_hline(y=1, line_dash="dot")
    figure.update_layout(
        barmode="group",
        title=f"CPU time per message as a ratio to {result['base']} (95 % interval)",
        xaxis=dict(type="category", title="connections : bytes : outstanding"),
    )
    return figure


def section(result, source, anchor):
    kind = result["kind"]
    made = Section(
        TITLES[kind], anchor, result.get("command", ""), result["when"], result["machine"], source,
        text=f"{result['rounds']} interleaved rounds of {result['seconds']:g} s each; the server on one core, the load on another.",
    )  # fmt: skip
    if len(result["cells"]) > 1:
        made.figures.append(ratios_figure(result))
    for cell in result["cells"]:
        made.tables.append(cell_table(result, cell, anchor))
        made.figures.append(cell_figure(result, cell))
    return made


SECTIONS = dict.fromkeys(TITLES, section)
