#!/usr/bin/env python3
"""Sees to it that the figures in README.md are those of the report that they link to.

  quoted.py            ends with 1 if a link has no target, or a figure is another one than in its row
  quoted.py --fix      writes the report's figures into README.md
  quoted.py --take build/bench/latest
                       takes that run's report.md (and its page's picture, where there is Chromium) as docs/report.md first

A quoted figure is a link to a row with the name of the column as its title: [22.8 ns](benchmarks/docs/report.md#nop-64-epoll "ns").
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
REPORT = HERE / "docs" / "report.md"
QUOTE = re.compile(r'\[([\d., ]*\d)([^\]]*)\]\(benchmarks/docs/report\.md#([\w-]+) "([^"]+)"\)')
LINK = re.compile(r"\]\(benchmarks/docs/report\.md#([\w-]+)")
NUMBER = re.compile(r"\d[\d ]*(?:\.\d+)?")


def rows_of(report):
    """{anchor: {column: text}} of all tables; sections are anchors without columns."""
    rows, columns = {}, []
    for line in report.splitlines():
        section = re.match(r'<a id="([^"]+)"></a>$', line)
        if section:
            rows[section.group(1)] = {}
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        anchor = re.match(r'<a id="([^"]+)"></a>', cells[0])
        if anchor:
            rows[anchor.group(1)] = dict(zip(columns, cells))
        elif not line.startswith("|---"):
            columns = cells
    return rows


def figure(rows, anchor, column):
    """The first number in a cell, or None."""
    found = NUMBER.search(rows.get(anchor, {}).get(column, ""))
    return found.group(0).strip() if found else None


def wrong(readme, rows):
    """What is not as in the report, one line each."""
    found = [f"no row {anchor}" for anchor in LINK.findall(readme) if anchor not in rows]
    for number, _, anchor, column in QUOTE.findall(readme):
        measured = figure(rows, anchor, column)
        if anchor in rows and measured != number:
            found.append(f"{anchor}, {column}: {number} in README.md, {measured} in the report")
    return found


def fixed(readme, rows):
    def quote(match):
        number, rest, anchor, column = match.groups()
        return f'[{figure(rows, anchor, column) or number}{rest}](benchmarks/docs/report.md#{anchor} "{column}")'

    return QUOTE.sub(quote, readme)


def take(folder):
    REPORT.parent.mkdir(exist_ok=True)
    shutil.copy(folder / "report.md", REPORT)
    picture = ["--screenshot", str(REPORT.with_suffix(".png"))]
    subprocess.run([str(HERE / "check_page.py"), str(folder / "report.html"), *picture], check=False)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--take", type=Path)
    options = parser.parse_args(arguments)
    if options.take:
        take(options.take)
    rows = rows_of(REPORT.read_text())
    if options.fix or options.take:
        README.write_text(fixed(README.read_text(), rows))
    readme = README.read_text()
    found = wrong(readme, rows)
    for line in found:
        print(f"quoted.py: {line}", file=sys.stderr)
    print(f"quoted.py: {len(LINK.findall(readme))} links, {len(found)} wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
