#!/usr/bin/env python3
"""Turns the JSON of benchmark runs into one self-contained HTML page: tables, bar charts with error bars, percentile plots.

  report.py --output build/bench/report.html build/bench/*.json
  report.py --output report.html --markdown report.md FOLDER

Takes what peers/run.py, peers/counters.py, latency/latency.py, strategies/run.sh --json and JMH (-rf json) write; a folder
stands for all its .json files. Every figure links to the command that makes it, every row has a link target of its own.
Plotly draws; if it is not installed, it is put into a virtual environment in build/venv first.
"""

import argparse
import json
import sys
from pathlib import Path

from packages import ensure

def section_of(result, source, anchor):
    """The section of one file's content, or None for a kind that is not known."""
    from reporting import echo, others

    if isinstance(result, list) and result and "primaryMetric" in result[0]:
        return others.jmh(result, source, anchor)
    if not isinstance(result, dict):
        return None
    kind = result.get("kind") or ("strategies" if "rows" in result else None)
    if kind in echo.TITLES:
        return echo.section(result, source, anchor)
    makers = {"counters": others.counters, "idle": others.idle, "latency": others.latency, "strategies": others.strategies}
    return makers[kind](result, source, anchor) if kind in makers else None


def files_of(paths):
    for path in paths:
        yield from sorted(path.glob("*.json")) if path.is_dir() else [path]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--output", type=Path, default=Path("report.html"), help="the HTML page; default report.html")
    parser.add_argument("--markdown", type=Path, help="the tables as Markdown, too")
    parser.add_argument("--install", action="store_true", help="only see to it that the Python packages are there")
    parser.add_argument("--title", default="Torus: measurements")
    options = parser.parse_args(arguments)
    ensure("plotly", "hdrh")
    if options.install:
        return 0
    from reporting.model import slug
    from reporting.page import page_html, page_markdown

    sections = []
    for file in files_of(options.files):
        section = section_of(json.loads(file.read_text()), file.name, slug(file.stem))
        if section is None:
            print(f"report.py: {file} is of no known kind; left out", file=sys.stderr)
        else:
            sections.append(section)
    if not sections:
        sys.exit("report.py: nothing to report")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(page_html(sections, options.title), encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(page_markdown(sections, options.title), encoding="utf-8")
    print(f"report: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
