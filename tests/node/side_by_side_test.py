"""The bench, end to end and for a moment: a node, the generator, a report."""
import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/bench"))

import side_by_side  # noqa: E402
from peer_runs import measure  # noqa: E402
from peer_servers import Parley, ParleyTls  # noqa: E402
from sheets import value_at  # noqa: E402

FEW = {"--users": 10, "--payload": 16, "--warm": 0.2, "--seconds": 1, "--settle": 0.5,
       "--publishers": 2, "--senders": 4, "--each": 25, "--quiet": 2, "--patience": 60}


class Generator(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.mkdtemp(prefix="parley-bench-")

    def tearDown(self):
        shutil.rmtree(self.scratch)

    def run_one(self, workload, kind=Parley, **more):
        options = FEW | {"--workload": workload[:2]} | {
            "--" + name.replace("_", "-"): value for name, value in more.items()}
        row = measure(lambda: kind(self.scratch, 0), [y for x in options.items() for y in x])
        self.assertEqual(row.get("error"), "", row)
        for heading, path, _ in side_by_side.COLUMNS[workload]:
            self.assertIsNotNone(value_at(row, path), f"{workload} has no {heading}")
        self.assertEqual(row.get("duplicated", 0), 0)
        return row

    def test_pairs_miss_nothing(self):
        row = self.run_one("W1")
        self.assertGreater(row["messages"], 0)
        self.assertEqual(row["missing"], 0)

    def test_pairs_miss_nothing_over_tls(self):
        row = self.run_one("W1", kind=ParleyTls)
        self.assertTrue(row["tls"])
        self.assertGreater(row["messages"], 0)
        self.assertEqual(row["missing"], 0)

    def test_every_member_of_a_room_gets_every_message(self):
        row = self.run_one("W3")
        self.assertGreater(row["deliveries"], 0)
        self.assertEqual(row["missing"], 0)

    def test_what_is_stored_is_drained(self):
        row = self.run_one("W4")
        self.assertEqual((row["stored"], row["drained"], row["lost"]), (250, 250, 0))

    def test_a_kill_in_the_middle_loses_nothing_acknowledged(self):
        row = self.run_one("W4-kill", kill_at=0.5, window=1)
        self.assertTrue(row["killed"])
        self.assertGreaterEqual(row["stored"], 125)
        self.assertEqual(row["lost"], 0)

    def test_the_largest_body_passes(self):
        row = self.run_one("W1", payload=16384)
        self.assertGreater(row["messages"], 0)


if __name__ == "__main__":
    unittest.main()
