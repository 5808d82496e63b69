"""Options, cells, and the command that a report shows."""

import unittest

from run import Cell, compare, parse_cells, parse_ready_line, pooled, shown_command


class RunTest(unittest.TestCase):
    def test_cell(self):
        self.assertEqual(Cell(256, 64, 1), Cell.parse("256:64:1"))
        for wrong in ("256:64", "0:64:1", "a:b:c", "1:2:3:4", "1:-2:3"):
            with self.assertRaises(ValueError):
                Cell.parse(wrong)

    def test_all_cells_are_each_size_with_each_number_of_connections(self):
        cells = parse_cells("all")
        self.assertEqual(24, len(set(cells)))
        self.assertIn(Cell(16, 65536, 16), cells)
        self.assertEqual([Cell(1, 64, 1), Cell(16, 64, 1)], parse_cells("1:64:1,16:64:1"))

    def test_ready_line(self):
        self.assertEqual((9000, "epoll"), parse_ready_line("listening 127.0.0.1:9000 backend=epoll\n"))
        self.assertEqual((9000, "nio"), parse_ready_line("listening [::1]:9000 backend=nio"))
        self.assertIsNone(parse_ready_line("WARNING: something else"))

    def test_user_time_is_pooled(self):
        rounds = [{"cpu_us": 5.0, "user_us": 0.0, "system_us": 5.0, "messages": 300}]
        rounds.append({"cpu_us": 5.0, "user_us": 4.0, "system_us": 1.0, "messages": 100})
        self.assertEqual(1.0, pooled(rounds, "user_us"))
        self.assertEqual(1.0, compare({"x": rounds}, "x")["x"]["user_us"]["mean"])

    def test_shown_command_leaves_places_out(self):
        command = ["--torus", "/some/place", "--cells", "1:64:1", "--json", "out.json", "--http"]
        self.assertEqual("run.py --cells 1:64:1 --http", shown_command("run.py", command))


if __name__ == "__main__":
    unittest.main()
