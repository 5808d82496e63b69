"""Reading what strace -c prints."""

import unittest

from counters import agree, parse_strace, per_message

TABLE = """strace: Process 4711 attached
strace: Process 4711 detached
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 71.46    0.338163          11     30155           sendto
 28.05    0.132749           4     30819       269 recvfrom
  0.45    0.002107           5       364           epoll_pwait2
------ ----------- ----------- --------- --------- ----------------
100.00    0.473214           7     61338       269 total
"""


class StraceTest(unittest.TestCase):
    def test_calls_and_errors_without_the_total(self):
        expected = {"sendto": (30155, 0), "recvfrom": (30819, 269), "epoll_pwait2": (364, 0)}
        self.assertEqual(expected, parse_strace(TABLE))

    def test_nothing_was_called(self):
        self.assertEqual({}, parse_strace("strace: Process 1 attached\n"))


class PerMessageTest(unittest.TestCase):
    def test_divides(self):
        self.assertEqual({"syscalls": 0.5}, per_message({"messages": 4, "syscalls": 2}, ("syscalls",)))

    def test_no_message(self):
        self.assertEqual({"syscalls": 2}, per_message({"messages": 0, "syscalls": 2}, ("syscalls",)))


class AgreementTest(unittest.TestCase):
    def test_the_turns_at_the_edges_are_no_difference(self):
        self.assertTrue(agree(126, 130))
        self.assertTrue(agree(10_199, 10_000))

    def test_more_is(self):
        self.assertFalse(agree(123, 130))
        self.assertFalse(agree(10_201, 10_000))


if __name__ == "__main__":
    unittest.main()
