"""Reading what wrk prints."""

import unittest

from wrk import parse

TEXT = """Running 2s test @ http://127.0.0.1:9000/plaintext
  1 threads and 256 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.10ms    1.04ms  30.11ms   95.00%
    Req/Sec   121.50k     3.00k  125.00k    80.00%
  Latency Distribution
     50%  953.00us
     75%    2.20ms
     90%    2.50ms
     99%    1.20s
  242100 requests in 2.01s, 30.00MB read
Requests/sec: 120447.76
Transfer/sec:     14.93MB
"""


class WrkTest(unittest.TestCase):
    def test_requests_time_and_percentiles(self):
        result = parse(TEXT)
        self.assertEqual(242100, result["messages"])
        self.assertAlmostEqual(2.01, result["seconds"])
        self.assertEqual({"p50": 953.0, "p75": 2200.0, "p90": 2500.0, "p99": 1.2e6}, result["latency_us"])

    def test_failed_requests_are_an_error(self):
        for wrong in ("  Socket errors: connect 0, read 5, write 0, timeout 0", "  Non-2xx or 3xx responses: 17"):
            with self.assertRaisesRegex(RuntimeError, wrong.strip()[:10]):
                parse(TEXT + wrong + "\n")

    def test_nothing_was_answered(self):
        with self.assertRaises(RuntimeError):
            parse("  0 requests in 2.00s, 0.00B read\n")


if __name__ == "__main__":
    unittest.main()
