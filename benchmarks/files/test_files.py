"""The harness of the files: cells, summaries, and the CPU clock of another process."""

import subprocess
import sys
import unittest

import files


class FilesTest(unittest.TestCase):
    def test_cells(self):
        self.assertEqual(files.parse_cell("read:random:4096"), ("read", "random", 4096))
        self.assertEqual(files.parse_cell("open:random:0"), ("open", "random", 1))
        for wrong in ("read:random", "chew:random:1", "read:backwards:1", "read:random:0", "stat:random:5", "read:random:65537"):
            with self.assertRaises(ValueError):
                files.parse_cell(wrong)
        for cell in files.CELLS:
            files.parse_cell(cell)

    def test_summary_takes_ratios_within_rounds(self):
        def figures(per_second, cpu):
            return {"per_second": per_second, "cpu_us": cpu, "workers": 1, "bytes_per_operation": None}

        rows = files.summary({"a": [figures(100, 2), figures(200, 1)], "b": [figures(50, 4), figures(100, 2)]}, "a")
        self.assertEqual(rows["b"]["ratio_per_second"]["median"], 0.5)
        self.assertEqual(rows["b"]["ratio_cpu_us"]["median"], 2)
        self.assertEqual(rows["a"]["cpu_us"], {"median": 1.5, "min": 1, "max": 2})
        self.assertNotIn("ratio_cpu_us", files.summary({"b": [figures(1, 1)]}, "a")["b"])

    def test_the_clock_of_another_process(self):
        with subprocess.Popen(
            [sys.executable, "-c", "import sys; sum(range(10**6)); print('done', flush=True); sys.stdin.read()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            process.stdout.readline()
            used = files.cpu_seconds(process.pid)
            self.assertGreater(used, 0.001)
            self.assertLess(used, 60)
            process.stdin.close()


if __name__ == "__main__":
    unittest.main()
