"""The comparison with recorded runs: the same build twice, and a build that was really slower."""

import contextlib
import copy
import io
import itertools
import json
import random
import tempfile
import unittest
from pathlib import Path

import compare
from comparison import Change, bootstrap_ratio, compare_nops, compare_runs, exact_regressions, judge, least_p, mann_whitney

DATA = Path(__file__).resolve().parent / "testdata"


def recorded(name):
    return json.loads((DATA / f"{name}.json").read_text())


class MannWhitneyTest(unittest.TestCase):
    def test_is_exact(self):
        for first, second in (([1.0, 2.0, 5.0], [3.0, 4.0, 6.0, 7.0]), ([9.0, 8.0], [1.0, 2.0, 3.0])):
            values = first + second
            mine = sum(sorted(values).index(v) + 1 for v in first)
            sums = [sum(c) for c in itertools.combinations(range(1, len(values) + 1), len(first))]
            below = sum(s <= mine for s in sums) / len(sums)
            above = sum(s >= mine for s in sums) / len(sums)
            self.assertAlmostEqual(min(1.0, 2 * min(below, above)), mann_whitney(first, second))

    def test_complete_separation(self):
        self.assertAlmostEqual(2 / 252, mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]))
        self.assertAlmostEqual(least_p(5, 5), mann_whitney([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]))

    def test_ties(self):
        self.assertEqual(1.0, mann_whitney([1, 1, 1], [1, 1, 1]))
        self.assertGreater(mann_whitney([1, 1, 2], [1, 2, 2]), 0.3)

    def test_empty(self):
        with self.assertRaises(ValueError):
            mann_whitney([], [1.0])

    def test_keeps_its_level(self):
        generator = random.Random(7)
        found = 0
        for _ in range(2000):
            first, second = ([generator.gauss(0, 1) for _ in range(8)] for _ in range(2))
            found += mann_whitney(first, second) < 0.05
        self.assertLess(found / 2000, 0.065)


class JudgeTest(unittest.TestCase):
    def change(self, before, now):
        return Change("x", before, now, mann_whitney(before, now), *bootstrap_ratio(before, now))

    def test_a_significant_but_tiny_change_is_none(self):
        before = [1.0 + i / 1000 for i in range(8)]
        change = self.change(before, [value * 1.02 for value in before])
        self.assertEqual("no difference", judge([change])[0].verdict)

    def test_slower_and_faster(self):
        before = [1.0 + i / 1000 for i in range(8)]
        changes = judge([self.change(before, [v * 1.2 for v in before]), self.change(before, [v / 1.2 for v in before])])
        self.assertEqual(["slower", "faster"], [change.verdict for change in changes])

    def test_too_few_rounds_are_said_to_be_so(self):
        change = self.change([1.0, 1.1, 1.2], [2.0, 2.1, 2.2])
        self.assertIn("too few rounds", judge([change])[0].verdict)


class RecordedTest(unittest.TestCase):
    """run-1 and run-2 are the same build, run-slightly-slow without the JVM's second compiler, run-slow without both."""

    def verdicts(self, before, now):
        return {change.name: change.verdict for change in judge(compare_runs(before, now))}

    def test_noise_is_no_regression(self):
        for first, second in (("run-1", "run-2"), ("run-2", "run-1")):
            self.assertEqual({"no difference"}, set(self.verdicts(recorded(first), recorded(second)).values()))

    def test_halves_of_a_run_do_not_differ(self):
        for name in ("run-1", "run-2", "run-slightly-slow", "run-slow"):
            halves = []
            for start in (0, 1):
                half = recorded(name)
                for servers in half["cells"].values():
                    for entry in servers.values():
                        entry["rounds"] = entry["rounds"][start::2]
                halves.append(half)
            self.assertNotIn("slower", self.verdicts(*halves).values())

    def test_a_slower_build_is_a_regression(self):
        for first in ("run-1", "run-2"):
            verdicts = self.verdicts(recorded(first), recorded("run-slow"))
            self.assertEqual("slower", verdicts["echo 16:64:1 torus-epoll"])
            self.assertEqual("slower", verdicts["echo 16:64:1 torus-nio"])

    def test_less_than_the_least_change_is_none_until_it_is_asked_for(self):
        before, now = recorded("run-2"), recorded("run-slightly-slow")
        self.assertEqual("no difference", self.verdicts(before, now)["echo 16:64:1 torus-epoll"])
        sharper = {c.name: c.verdict for c in judge(compare_runs(before, now), least_change=0.02)}
        self.assertEqual("slower", sharper["echo 16:64:1 torus-epoll"])

    def test_a_machine_half_as_fast_is_no_regression(self):
        slow = recorded("run-2")
        for servers in slow["cells"].values():
            for entry in servers.values():
                for one in entry["rounds"]:
                    one["cpu_us"] *= 2
        self.assertNotIn("slower", self.verdicts(recorded("run-1"), slow).values())

    def test_servers_and_cells_of_one_run_only_are_left_out(self):
        other = recorded("run-2")
        del other["cells"]["16:64:1"]["torus-nio"]
        other["cells"]["1:64:1"] = copy.deepcopy(other["cells"]["16:64:1"])
        self.assertEqual(["echo 16:64:1 torus-epoll"], list(self.verdicts(recorded("run-1"), other)))


class NopTest(unittest.TestCase):
    """Recorded: the same build twice, and one whose Java code was compiled by the first compiler only, which is really slower."""

    def verdicts(self, before, now):
        return {change.name: change.verdict for change in judge(compare_nops(recorded(before), recorded(now)))}

    def test_noise_is_no_regression(self):
        found = self.verdicts("nop-1", "nop-2")
        self.assertEqual({"nop 64 torus-io_uring", "nop 64 torus-epoll", "nop 64 torus-nio"}, set(found))
        self.assertNotIn("slower", found.values())

    def test_a_slower_build_is_a_regression(self):
        found = self.verdicts("nop-1", "nop-slow")
        self.assertEqual({"slower"}, {found["nop 64 torus-epoll"], found["nop 64 torus-nio"]})

    def test_without_c_nothing_is_compared(self):
        without = recorded("nop-1")
        for part in without["batches"]:
            part["rows"] = [row for row in part["rows"] if not row["what"].startswith("C")]
        self.assertEqual([], compare_nops(recorded("nop-1"), without))


class CountedTest(unittest.TestCase):
    def test_same(self):
        self.assertEqual([], exact_regressions(recorded("counters"), recorded("counters")))

    def test_more_of_anything(self):
        worse = recorded("counters")
        epoll = next(row for row in worse["backends"] if row["backend"] == "epoll")
        epoll["full_speed"]["allocatedBytes"] += 24
        epoll["strace"]["receives_in_vain"] = epoll["traced"]["messages"]
        found = exact_regressions(recorded("counters"), worse)
        self.assertEqual(2, len(found))
        self.assertTrue(found[0].startswith("epoll: heap bytes"))


class CommandTest(unittest.TestCase):
    def compare(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            return compare.main([str(argument) for argument in arguments]), out.getvalue()

    def test_result_of_the_command(self):
        self.assertEqual(0, self.compare(DATA / "run-1.json", DATA / "run-2.json")[0])
        status, text = self.compare(DATA / "run-1.json", DATA / "run-slow.json")
        self.assertEqual(1, status)
        self.assertIn("2 slower", text)

    def test_gate(self):
        self.assertEqual(0, self.compare(DATA / "run-1.json", DATA / "run-slow.json", "--gate", "^netty")[0])

    def test_nothing_earlier(self):
        status, text = self.compare(DATA / "nowhere", DATA / "run-1.json")
        self.assertEqual(0, status)
        self.assertIn("nothing to compare with", text)

    def test_folders_are_paired_by_name(self):
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            for folder, name in ((first, "run-1"), (second, "run-slow")):
                (Path(folder) / "echo.json").write_text(json.dumps(recorded(name)))
            (Path(second) / "only-here.json").write_text(json.dumps(recorded("run-1")))
            self.assertEqual(1, self.compare(first, second)[0])


if __name__ == "__main__":
    unittest.main()
