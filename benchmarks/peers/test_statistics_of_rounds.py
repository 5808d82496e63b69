"""Run with: python3 -m unittest discover -s benchmarks/peers"""

import random
import unittest

from run import Cell, parse_ready_line
from statistics_of_rounds import paired_ratio, split_cpu, spread


class Spread(unittest.TestCase):
    def test_is_median_and_ends(self):
        self.assertEqual(spread([3.0, 1.0, 2.0, 10.0]), {"median": 2.5, "min": 1.0, "max": 10.0})


class PairedRatio(unittest.TestCase):
    def test_of_equal_rounds_is_one_without_spread(self):
        self.assertEqual(paired_ratio([5.0, 7.0], [5.0, 7.0]), {"median": 1.0, "low": 1.0, "high": 1.0})

    def test_removes_what_disturbs_both(self):
        noise = [1.0, 3.0, 1.5, 9.0, 2.0]
        ratio = paired_ratio([0.9 * n for n in noise], noise)
        for figure in ratio.values():
            self.assertAlmostEqual(figure, 0.9)

    def test_interval_holds_the_truth_about_as_often_as_it_says(self):
        generator = random.Random(7)
        hits = 0
        for trial in range(200):
            base = [generator.gauss(10, 0.2) for _ in range(15)]
            values = [1.1 * generator.gauss(10, 0.2) for _ in range(15)]
            ratio = paired_ratio(values, base, resamples=400, seed=trial)
            hits += ratio["low"] <= 1.1 <= ratio["high"]
        self.assertGreater(hits, 170)
        self.assertLess(hits, 200)

    def test_is_the_same_each_time(self):
        values, base = [1.0, 2.0, 4.0], [1.5, 1.5, 3.0]
        self.assertEqual(paired_ratio(values, base), paired_ratio(values, base))

    def test_refuses_rounds_that_do_not_match(self):
        self.assertRaises(ValueError, paired_ratio, [1.0], [1.0, 2.0])
        self.assertRaises(ValueError, paired_ratio, [], [])


class SplitCpu(unittest.TestCase):
    def test_keeps_the_exact_sum(self):
        user, system = split_cpu(10.004, 1.0, 8.99)
        self.assertAlmostEqual(user + system, 10.004)
        self.assertAlmostEqual(user / system, 1.0 / 8.99)

    def test_of_no_ticks_is_all_system(self):
        self.assertEqual(split_cpu(0.004, 0, 0), (0.0, 0.004))


class Cells(unittest.TestCase):
    def test_reads_connections_bytes_pipeline(self):
        self.assertEqual(Cell.parse("256:64:1"), Cell(256, 64, 1))
        self.assertEqual(str(Cell(16, 65536, 16)), "16:65536:16")

    def test_refuses_others(self):
        for text in ("256:64", "0:64:1", "a:b:c", "1:1:1:1"):
            self.assertRaises(ValueError, Cell.parse, text)


class ReadyLine(unittest.TestCase):
    def test_gives_port_and_backend(self):
        self.assertEqual(parse_ready_line("listening 127.0.0.1:34567 backend=io_uring\n"), (34567, "io_uring"))

    def test_is_none_for_anything_else(self):
        self.assertIsNone(parse_ready_line("WARNING: something\n"))


if __name__ == "__main__":
    unittest.main()
