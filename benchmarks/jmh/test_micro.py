"""The driver of the microbenchmarks: sets and cells, and how rounds become one result."""

import argparse
import unittest

import micro


def entry(queue, *values):
    metric = {"score": sum(values) / len(values), "scoreUnit": "ops/us", "rawData": [list(values)]}
    return {"benchmark": "a.QueueThroughput.oneProducer", "params": {"queue": queue}, "primaryMetric": metric, "secondaryMetrics": {}}


class MicroTest(unittest.TestCase):
    def test_rounds_become_forks(self):
        merged = micro.in_rounds([[entry("a", 1, 3), entry("b", 5)], [entry("a", 4, 8), entry("b", 7)]])
        self.assertEqual(["a", "b"], [one["params"]["queue"] for one in merged])
        self.assertEqual([[1, 3], [4, 8]], merged[0]["primaryMetric"]["rawData"])
        self.assertEqual(4, merged[0]["primaryMetric"]["score"])

    def test_a_counter_that_one_round_lacks(self):
        first, second = entry("a", 1), entry("a", 2)
        second["secondaryMetrics"]["gc.time"] = {"score": 1, "rawData": [[1]]}
        self.assertEqual([[1], [2]], micro.in_rounds([[first], [second]])[0]["primaryMetric"]["rawData"])

    def test_the_cells_of_queues(self):
        options = argparse.Namespace(quick=True, queues="torus-event,agrona-mpsc")
        for _, parameters in micro.runs_of("queues", options, []):
            self.assertEqual("torus-event,agrona-mpsc", parameters["queue"])
        options.queues = "jctools-spsc"
        self.assertEqual(3, len(micro.runs_of("queues", options, [])))
        for name in micro.SETS:
            self.assertTrue(micro.runs_of(name, argparse.Namespace(quick=False, queues=None), ["nio"]))


if __name__ == "__main__":
    unittest.main()
