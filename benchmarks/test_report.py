"""The report from recorded results of every kind: Markdown and page have each row, its link target and its command."""

import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE / "testdata"


@unittest.skipUnless(importlib.util.find_spec("plotly"), "plotly is not installed")
class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.page, cls.markdown = Path(cls.folder.name) / "page.html", Path(cls.folder.name) / "page.md"
        command = [sys.executable, str(HERE / "report.py"), "--output", str(cls.page), "--markdown", str(cls.markdown)]
        cls.done = subprocess.run([*command, str(DATA)], capture_output=True, text=True)
        if cls.done.returncode != 0:
            raise AssertionError(cls.done.stderr)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_row_is_in_both_with_its_target(self):
        page, markdown = self.page.read_text(), self.markdown.read_text()
        echo = json.loads((DATA / "echo.json").read_text())
        for cell, servers in echo["cells"].items():
            for name in servers:
                target = f"echo-{cell}-{name}".replace(":", "-").replace("_", "-")
                self.assertIn(f'id="{target}"', page)
                self.assertIn(f'id="{target}"', markdown)

    def test_files_and_wakeups_are_in_both(self):
        page, markdown = self.page.read_text(), self.markdown.read_text()
        for target in ("files-read-random-4096-torus-ring", "wakeup-one-post-torus-epoll"):
            self.assertIn(f'id="{target}"', page)
            self.assertIn(f'id="{target}"', markdown)
        self.assertIn('href="#command-files"', page)

    def test_every_figure_links_to_its_command(self):
        page = self.page.read_text()
        self.assertIn('<p id="command-echo">Made by <code>benchmarks/peers/run.py', page)
        self.assertIn('href="#command-echo"', page)

    def test_a_nop_has_its_verdict(self):
        rows = [line for line in self.markdown.read_text().splitlines() if line.startswith('| <a id="nop-1-64-')]
        self.assertEqual(4, len(rows))
        self.assertTrue(any("of C |" in row for row in rows), rows)
        self.assertTrue(any("30 ns |" in row for row in rows), rows)

    def test_queues_are_compared_bound_and_unbound_apart(self):
        markdown = self.markdown.read_text()
        self.assertIn('<a id="jmh-queuethroughput-oneproducer-bound-torus-event">', markdown)
        self.assertIn('<a id="jmh-queuethroughput-oneproducer-unbound-torus-event">', markdown)
        compared = [line for line in markdown.splitlines() if line.startswith('| <a id="jmh-queues-')]
        self.assertTrue(compared)
        for row in compared:
            self.assertRegex(row, r"\] \| (at or above|not told apart|below) \|$")

    def test_crossings_loop_and_false_sharing_have_rows(self):
        markdown = self.markdown.read_text()
        for row in ("jnicrossing-jniempty", "foreigncrossing-ffmcriticalempty", "loopturn-turn-epoll", "falsesharing-ring-8"):
            self.assertIn(f'<a id="jmh-{row}">', markdown)

    def test_page_loads_nothing_from_elsewhere(self):
        page = self.page.read_text()
        self.assertNotIn("<script src", page)
        self.assertNotIn("<link", page)

    def test_unknown_file_is_named_and_left_out(self):
        self.assertIn("unknown.json is of no known kind", self.done.stderr)


if __name__ == "__main__":
    unittest.main()
