#!/usr/bin/env python3
"""Checks a report in headless Chromium: every figure is drawn, no script fails, every link has its target, nothing is loaded.

  check_page.py report.html                          one line per check; the last line counts them
  check_page.py report.html --screenshot page.png    a picture of the upper part, too

Ends with 77 where there is no Chromium.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SKIPPED = 77
PATIENCE_SECONDS = 180


class Page(HTMLParser):
    """What is in the document once its scripts have run."""

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.loads, self.figures, self.drawn = set(), set(), [], 0, 0
        self.traces = 0

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        classes = (given.get("class") or "").split()
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and (given.get("href") or "").startswith("#"):
            self.links.add(given["href"][1:])
        if tag in ("script", "link", "img", "iframe") and (given.get("src") or given.get("href") or "").startswith("http"):
            self.loads.append(given.get("src") or given.get("href"))
        self.figures += "plotly-graph-div" in classes
        self.drawn += "subplot" in classes
        self.traces += "trace" in classes


def browser_command(browser, profile, *options):
    return [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=30000",
        "--enable-logging=stderr", *options,
    ]  # fmt: skip


def rendered(browser, page):
    """(the document as text, what the console said)"""
    with tempfile.TemporaryDirectory() as profile:
        command = browser_command(browser, profile, "--dump-dom", page.resolve().as_uri())
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    return done.stdout, done.stderr


def picture(browser, page, file, width, height):
    with tempfile.TemporaryDirectory() as profile:
        options = [f"--window-size={width},{height}", f"--screenshot={file.resolve()}", page.resolve().as_uri()]
        subprocess.run(browser_command(browser, profile, *options), capture_output=True, timeout=PATIENCE_SECONDS, check=True)


def checks(text, console):
    """[(what, None or what is wrong)]"""
    page = Page()
    page.feed(text)
    errors = re.findall(r'CONSOLE[^"]*"([^"]*(?:Uncaught|Error)[^"]*)"', console)
    missing = sorted(page.links - page.ids)
    return [
        ("there are figures", None if page.figures else "none"),
        ("every figure is drawn", None if page.drawn >= page.figures else f"{page.drawn} of {page.figures}"),
        ("figures have content", None if page.traces >= page.figures else f"{page.traces} traces in {page.figures} figures"),
        ("no script fails", errors[0] if errors else None),
        ("every link has its target", f"not there: {', '.join(missing[:5])}" if missing else None),
        ("nothing is loaded from elsewhere", ", ".join(page.loads) or None),
    ]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--screenshot", type=Path)
    parser.add_argument("--size", default="1280x1600", help="of the picture")
    options = parser.parse_args(arguments)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("check_page.py: no Chromium here", file=sys.stderr)
        return SKIPPED
    found = checks(*rendered(browser, options.page))
    for what, wrong in found:
        print(f"{what}: {wrong or 'yes'}", file=sys.stderr)
    if options.screenshot:
        options.screenshot.parent.mkdir(parents=True, exist_ok=True)
        width, height = options.size.split("x")
        picture(browser, options.page, options.screenshot, width, height)
    failed = sum(1 for _, wrong in found if wrong)
    print(f"{len(found) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
