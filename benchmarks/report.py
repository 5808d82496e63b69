#!/usr/bin/env python3
"""Turns the JSON of benchmark runs into one self-contained HTML page: tables, bar charts with error bars, percentile plots.

  report.py --output build/bench/report.html build/bench/*.json
  report.py --output report.html --markdown report.md FOLDER

Takes what the scripts of this folder write with --json, and JMH (-rf json); a folder stands for all its .json files. A new kind of
result needs a module in reporting/ with SECTIONS = {"its kind": function}. Every figure links to the command that makes it, every row has a link target of its own.
Plotly draws; if it is not installed, it is put into a virtual environment in build/venv first.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from pathlib import Path

from packages import ensure

def makers():
    """What makes the section of each kind: every module of reporting says by SECTIONS which kinds it knows."""
    import reporting

    found = {}
    for module in pkgutil.iter_modules(reporting.__path__):
        found.update(getattr(importlib.import_module(f"reporting.{module.name}"), "SECTIONS", {}))
    return found


def kind_of(result):
    """JMH's own files are lists; all others say what they are."""
    if isinstance(result, list) and result and "primaryMetric" in result[0]:
        return "jmh"
    if not isinstance(result, dict):
        return None
    return result.get("kind") or ("strategies" if "rows" in result else None)


def section_of(result, source, anchor, known):
    """The section of one file's content, or None for a kind that is not known."""
    make = known.get(kind_of(result))
    return make(result, source, anchor) if make else None


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
    known = makers()
    for file in files_of(options.files):
        section = section_of(json.loads(file.read_text()), file.name, slug(file.stem), known)
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
