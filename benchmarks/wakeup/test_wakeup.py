"""The harness of the wake-ups: what is made of the contestants' answers."""

import unittest

import wakeup


class WakeupTest(unittest.TestCase):
    def test_summary(self):
        def answer(p50, wakeups):
            return {"p50_ns": p50, "p90_ns": 2 * p50, "p99_ns": 3 * p50, "wakeups": wakeups, "posts": 100}

        rows = wakeup.summary({"c": [answer(1000, 100), answer(2000, 100)], "t": [answer(1500, 10), answer(3000, 30)]}, "c")
        self.assertEqual(rows["t"]["ratio"]["median"], 1.5)
        self.assertEqual(rows["t"]["wakeups_per_post"], 0.2)
        self.assertEqual(rows["c"]["p90_ns"]["median"], 3000)
        self.assertNotIn("ratio", wakeup.summary({"t": [answer(1, 1)]}, "c")["t"])


if __name__ == "__main__":
    unittest.main()
