"""What a report consists of, before it is written as HTML or Markdown. Standard library only."""

import re
from dataclasses import dataclass, field


@dataclass
class Table:
    """Rows of text; the first column names the row. anchor is the prefix of each row's own link target."""

    title: str
    columns: list
    rows: list
    anchor: str
    note: str = ""

    def row_anchor(self, row):
        return slug(f"{self.anchor}-{row[0]}")


@dataclass
class Section:
    """All about one run: tables, figures (plotly), and the command that makes them."""

    title: str
    anchor: str
    command: str
    when: str
    machine: dict
    source: str
    tables: list = field(default_factory=list)
    figures: list = field(default_factory=list)
    text: str = ""

    @property
    def command_anchor(self):
        return f"command-{self.anchor}"


def slug(text):
    """A link target: lower case, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def number(value, digits=2):
    """A figure with as many digits as make sense, or a dash for none."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.{digits}f}"


def spread_text(spread, digits=2):
    """median (min–max)"""
    return f"{number(spread['median'], digits)} ({number(spread['min'], digits)}–{number(spread['max'], digits)})"


def ratio_text(ratio):
    """median [low, high]"""
    return f"{ratio['median']:.2f} [{ratio['low']:.2f}, {ratio['high']:.2f}]" if ratio else "–"


def machine_text(machine):
    return ", ".join(str(machine[key]) for key in ("system", "kernel", "machine", "processor") if machine.get(key)) + (
        f", {machine['cores']} cores" if machine.get("cores") else ""
    )
