"""The figures in README.md are those of the report, and what differs is found and put right."""

import unittest

import quoted

REPORT = """**batches of 64**

| where | ns | B/op |
|---|---|---|
| <a id="nop-64-epoll"></a>epoll | 22.8 (22.7–23.0) | 0.001 |
| <a id="echo-1"></a>echo | 1 234 (1 200–1 300) | – |
"""


class QuotedTest(unittest.TestCase):
    def setUp(self):
        self.rows = quoted.rows_of(REPORT)

    def link(self, number, anchor="nop-64-epoll", column="ns"):
        return f'a NOP takes [{number} ns](benchmarks/docs/report.md#{anchor} "{column}").'

    def test_same_figure(self):
        self.assertEqual([], quoted.wrong(self.link("22.8"), self.rows))
        self.assertEqual([], quoted.wrong(self.link("1 234", "echo-1"), self.rows))

    def test_other_figure_row_and_column(self):
        self.assertIn("22.8 in the report", quoted.wrong(self.link("21.0"), self.rows)[0])
        self.assertEqual(["no row nop-8-epoll"], quoted.wrong(self.link("22.8", "nop-8-epoll"), self.rows))
        self.assertEqual(1, len(quoted.wrong(self.link("22.8", column="µs"), self.rows)))

    def test_links_without_figures_need_a_row_too(self):
        self.assertEqual(1, len(quoted.wrong("[see](benchmarks/docs/report.md#nowhere)", self.rows)))

    def test_puts_right(self):
        self.assertEqual(self.link("22.8"), quoted.fixed(self.link("21.0"), self.rows))
        self.assertEqual(self.link("5", "nowhere"), quoted.fixed(self.link("5", "nowhere"), self.rows))

    @unittest.skipUnless(quoted.REPORT.exists(), "no report is kept")
    def test_readme(self):
        self.assertEqual([], quoted.wrong(quoted.README.read_text(), quoted.rows_of(quoted.REPORT.read_text())))


if __name__ == "__main__":
    unittest.main()
