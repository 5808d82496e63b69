"""NOPs through the ring (jmh/nop.py): Java on each backend beside C, in batches."""

import plotly.graph_objects as go

from .model import Section, Table, number, ratio_text, spread_text

RATIO_BAR = 1.25
EMULATED_BAR_NS = 30.0
BAR_BATCH = 64


def verdict(batch, row):
    """Whether a row keeps its bar; bars are set for batches of 64 only."""
    if batch != BAR_BATCH or "bytes" not in row:
        return "–"
    ratio = row.get("ratio")
    if ratio:
        kept = ratio["low"] <= RATIO_BAR
        return f"{'kept' if kept else 'missed'}: {RATIO_BAR:g} of C"
    kept = row["ns"]["median"] <= EMULATED_BAR_NS
    return f"{'kept' if kept else 'missed'}: {EMULATED_BAR_NS:g} ns"


def figure(result):
    drawn = go.Figure()
    names = list(dict.fromkeys(row["what"] for part in result["batches"] for row in part["rows"]))
    for name in names:
        points = [(part["batch"], row["ns"]) for part in result["batches"] for row in part["rows"] if row["what"] == name]
        drawn.add_trace(
            go.Bar(
                name=name,
                x=[str(batch) for batch, _ in points],
                y=[ns["median"] for _, ns in points],
                error_y=dict(
                    type="data",
                    symmetric=False,
                    array=[ns["max"] - ns["median"] for _, ns in points],
                    arrayminus=[ns["median"] - ns["min"] for _, ns in points],
                    thickness=1.2,
                ),
            )
        )
    drawn.update_layout(
        barmode="group",
        title="One NOP, by batch",
        xaxis=dict(type="category", title="NOPs in a turn"),
        yaxis_title="ns (median of the rounds; bar: least to most)",
    )
    return drawn


def section(result, source, anchor):
    made = Section("One operation of the ring", anchor, result["command"], result["when"], result["machine"], source)
    made.text = (
        "A NOP queued, submitted, completed and delivered through Java's kernel, and the same in C by liburing; "
        f"{result['rounds']} interleaved rounds, each a fresh JVM. The ratio is taken within a round, with its 95 % interval; a bar "
        "is missed when the whole interval lies beyond it."
    )
    made.figures.append(figure(result))
    for part in result["batches"]:
        rows = [
            [
                row["what"],
                spread_text(row["ns"], 1),
                ratio_text(row.get("ratio")),
                number(row["bytes"], 3) if "bytes" in row else "–",
                verdict(part["batch"], row),
            ]
            for row in part["rows"]
        ]
        columns = ["where", "ns", "ratio to C [95 %]", "B/op", "bar"]
        made.tables.append(Table(f"batches of {part['batch']}", columns, rows, f"{anchor}-{part['batch']}"))
    rows = [[row["what"], spread_text(row["ns"], 1)] for row in result["beside"]]
    made.tables.append(Table("Beside them", ["what", "ns"], rows, f"{anchor}-beside"))
    return made


SECTIONS = {"nop": section}
