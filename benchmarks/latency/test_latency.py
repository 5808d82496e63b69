"""The logs that latency/latency.py writes are read back by HdrHistogram."""

import importlib.util
import tempfile
import unittest
from pathlib import Path

import latency

RECORDED = Path(__file__).resolve().parent.parent / "testdata" / "latency"
BUCKETS = [[1_000, 90], [20_000, 9], [5_000_000, 1]]


@unittest.skipUnless(importlib.util.find_spec("hdrh"), "hdrhistogram is not installed")
class LogsTest(unittest.TestCase):
    def test_percentiles_are_those_of_the_buckets(self):
        histogram = latency.histogram_of(BUCKETS)
        self.assertEqual(100, histogram.get_total_count())
        for share, nanos in ((50, 1_000), (95, 20_000), (100, 5_000_000)):
            self.assertAlmostEqual(nanos, histogram.get_value_at_percentile(share), delta=nanos / 1000)
        steps = latency.percentiles(histogram)
        self.assertEqual(sorted(steps), steps)
        self.assertEqual(1.0, steps[-1][0])
        self.assertAlmostEqual(5_000, steps[-1][1], delta=5)

    def test_interval_log_and_percentile_distribution(self):
        from hdrh.histogram import HdrHistogram
        from hdrh.log import HistogramLogReader

        with tempfile.TemporaryDirectory() as folder:
            rounds = [(100.0, 101.0, latency.histogram_of(BUCKETS)), (102.0, 103.0, latency.histogram_of(BUCKETS[:1]))]
            total = latency.histogram_of(BUCKETS)
            latency.write_logs(Path(folder), "torus-epoll-5000", rounds, total)
            reader = HistogramLogReader(
                str(Path(folder) / "torus-epoll-5000.hlog"), HdrHistogram(1, latency.LONGEST_NANOS, 3)
            )
            counts = []
            while (interval := reader.get_next_interval_histogram()) is not None:
                counts.append(interval.get_total_count())
            self.assertEqual([100, 90], counts)
            lines = (Path(folder) / "torus-epoll-5000.hgrm").read_text().splitlines()
            self.assertIn("Percentile", lines[0])
            self.assertTrue(any(line.startswith("#[Max     =        5.0") for line in lines), lines[-3:])

    def test_writes_what_was_recorded_and_is_read_by_the_tools_of_hdrhistogram(self):
        """testdata/latency is read by HdrHistogram's Java tools in LatencyLogsTest of strategies: this program must still write it."""
        from hdrh.histogram import HdrHistogram
        from hdrh.log import HistogramLogReader

        def intervals(file):
            reader = HistogramLogReader(str(file), HdrHistogram(1, latency.LONGEST_NANOS, 3))
            return list(iter(reader.get_next_interval_histogram, None))

        with tempfile.TemporaryDirectory() as folder:
            rounds = [(100.0, 101.0, latency.histogram_of(BUCKETS)), (102.0, 103.0, latency.histogram_of(BUCKETS[:1]))]
            total = latency.histogram_of(BUCKETS)
            total.add(latency.histogram_of(BUCKETS[:1]))
            latency.write_logs(Path(folder), "recorded", rounds, total)
            written = Path(folder)
            self.assertEqual((RECORDED / "recorded.hgrm").read_text(), (written / "recorded.hgrm").read_text())
            for ours, theirs in zip(intervals(written / "recorded.hlog"), intervals(RECORDED / "recorded.hlog"), strict=True):
                self.assertEqual(theirs.get_total_count(), ours.get_total_count())
                self.assertEqual(theirs.get_max_value(), ours.get_max_value())
                self.assertEqual(theirs.get_start_time_stamp(), ours.get_start_time_stamp())


if __name__ == "__main__":
    unittest.main()
