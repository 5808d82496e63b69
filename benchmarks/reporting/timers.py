"""Timers (timers/run.py): CPU time and bytes of each, armed and cancelled, armed and fired."""

import plotly.graph_objects as go

from .model import Section, Table, number, spread_text

SITUATIONS = {"cancelled": "Armed and cancelled", "fired": "Armed and fired"}


def section(result, source, anchor):
    made = Section("Timers", anchor, result["command"], result["when"], result["machine"], source)
    made.text = (
        f"{result['count']:,} timers, all armed before the first is cancelled or fires; {len(result['rounds'])} interleaved rounds. CPU time of all "
        "threads of the program; bytes allocated per timer (Node: held by an armed one)."
    )
    figure = go.Figure()
    subjects = result["subjects"]
    for kind, title in SITUATIONS.items():
        rows = [[name, spread_text(row[kind]["ns"], 0), number(row[kind]["bytes"], 0)] for name, row in subjects.items()]
        made.tables.append(Table(title, ["timers", "CPU ns each", "bytes each"], rows, f"{anchor}-{kind}"))
        spreads = [row[kind]["ns"] for row in subjects.values()]
        figure.add_trace(
            go.Bar(
                name=title,
                x=list(subjects),
                y=[spread["median"] for spread in spreads],
                error_y=dict(
                    array=[spread["max"] - spread["median"] for spread in spreads],
                    arrayminus=[spread["median"] - spread["min"] for spread in spreads],
                ),
            )
        )
    figure.update_layout(barmode="group", title="CPU time of a timer", yaxis_title="ns")
    made.figures.append(figure)
    return made


SECTIONS = {"timers": section}
