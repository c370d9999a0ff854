"""What the reports of tools/bench are made of."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/bench"))

import curves  # noqa: E402
import side_by_side  # noqa: E402
from peer_runs import Kept  # noqa: E402
from peer_servers import ALL  # noqa: E402
from sheets import Sheet, cell, in_words, slope, steepest  # noqa: E402


class Slopes(unittest.TestCase):
    def test_linear_growth_has_slope_one(self):
        self.assertAlmostEqual(slope([(x, 7 * x) for x in (10, 100, 5000)]), 1)

    def test_what_does_not_grow_has_slope_zero(self):
        self.assertAlmostEqual(slope([(1, 3), (10, 3), (100, 3)]), 0)

    def test_quadratic_growth_has_slope_two(self):
        self.assertAlmostEqual(slope([(x, x * x) for x in (2, 4, 8)]), 2)

    def test_one_point_has_none(self):
        self.assertIsNone(slope([(5, 5), (5, 6)]))


    def test_the_steepest_piece_is_not_hidden_by_what_is_flat(self):
        self.assertAlmostEqual(steepest([(1, 5), (10, 5), (20, 20)]), 2)


class Cells(unittest.TestCase):
    def test_show_the_median_and_both_ends(self):
        rows = [{"a": {"b": x}} for x in (3000, 1000, 2000)]
        self.assertEqual(cell(rows, "a.b"), "2,000 [1,000..3,000]")

    def test_leave_out_what_a_run_does_not_have(self):
        self.assertEqual(cell([{"a": 1500}, {}], "a"), "1,500")
        self.assertEqual(cell([{}], "a"), "-")

    def test_show_whole_numbers_whole(self):
        self.assertEqual([in_words(x) for x in (0, 10.0, 0.5)], ["0", "10", "0.5"])


class KeptRuns(unittest.TestCase):
    def test_are_there_after_an_interruption(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "raw.jsonl")
            Kept(path).add({"workload": "W1", "run": 1}, {"rate": 5, "error": ""})
            with open(path, "a") as file:
                file.write('{"key": {"workload": "W1", "ru')  # The machine went down here.
            again = Kept(path)
            self.assertEqual(len(again.find(workload="W1", run=1)), 1)
            self.assertEqual(again.find(workload="W2"), [])

    def test_are_told_from_those_that_failed(self):
        with tempfile.TemporaryDirectory() as directory:
            uut = Kept(os.path.join(directory, "raw.jsonl"))
            uut.add({"run": 1}, {"error": "it takes too long"})
            self.assertEqual(uut.find(run=1, error=""), [])
            self.assertEqual(len(uut.find(run=1)), 1)


class Servers(unittest.TestCase):
    def test_each_says_what_its_acknowledgement_means(self):
        for x in ALL.values():
            self.assertTrue(x.acknowledged, x.name)

    def test_nobody_is_asked_for_what_it_has_not(self):
        self.assertFalse(side_by_side.can("redis", "W3"))
        self.assertFalse(side_by_side.can("nats-core", "W4-kill"))
        self.assertTrue(side_by_side.can("parley", "W4-kill"))


class Reports(unittest.TestCase):
    def test_say_the_same_in_markdown_and_on_a_page(self):
        sheet = Sheet("T")
        sheet.table(["a", "b"], [["1 < 2", "x"]])
        self.assertIn("| 1 < 2 | x |", sheet.markdown[-1])
        self.assertIn("<td>1 &lt; 2</td>", sheet.page[-1])

    def test_know_the_limit_of_a_text(self):
        self.assertEqual(curves.text_limit(), 16384)


if __name__ == "__main__":
    unittest.main()
