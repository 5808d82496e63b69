"""Tests of user_time.py: python3 -m unittest discover benchmarks/peers"""

import unittest

from user_time import count_samples, parse_sample

LIBRARY = "    7f6a0b2d07eb torus_engine_enter (/home/u/.cache/torus/libtorus-0882b82cc93e0029556ce7ff898eb609.so)"
JAVA = "    7f69f15e1f04 void dev.torus.kernel.OpEngine.fromRing(long, int) (/tmp/perf-4711.map)"
KERNEL = " ffffffff81c0012a entry_SYSCALL_64 ([kernel.kallsyms])"


class UserTimeTest(unittest.TestCase):
    def test_a_sample_has_a_symbol_and_a_file_without_what_changes_with_each_build(self):
        self.assertEqual(("torus_engine_enter", "libtorus.so"), parse_sample(LIBRARY))

    def test_a_java_method_has_its_class_and_no_parameters(self):
        self.assertEqual(("OpEngine.fromRing", "java"), parse_sample(JAVA))

    def test_samples_of_the_kernel_count_for_all_only(self):
        user, everything = count_samples("\n".join([LIBRARY, KERNEL, JAVA, LIBRARY, "", "nonsense"]))
        self.assertEqual(4, everything)
        self.assertEqual({("torus_engine_enter", "libtorus.so"): 2, ("OpEngine.fromRing", "java"): 1}, dict(user))


if __name__ == "__main__":
    unittest.main()
