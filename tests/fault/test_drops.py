"""A slice of what script/faults does: some plans in each world, and a loss that must be noticed."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMMAND = pathlib.Path(__file__).with_name("main.py")
DEADLINE = 240


class Faults(unittest.TestCase):
    def run_plans(self, *options):
        """The kept result of one run of the command."""
        folder = tempfile.TemporaryDirectory(prefix="rushline-faults-test-")
        self.addCleanup(folder.cleanup)
        kept = pathlib.Path(folder.name) / "result.json"
        done = subprocess.run([sys.executable, "-B", COMMAND, *options, "--json", kept],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=DEADLINE, check=False)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)
        runs = json.loads(kept.read_text(encoding="utf-8"))["runs"]
        if not runs["runs"]:
            self.skipTest(", ".join(runs["skipped"]))
        return runs

    def check_world(self, world, seed):
        runs = self.run_plans("--world", world, "--seed", str(seed))
        self.assertEqual(runs["runs"], {world: 1})
        self.assertGreater(sum(runs["faults"][name][ack]["staged"] for name in runs["faults"]
                               for ack in runs["faults"][name]), 2)
        for promise in ("S1", "S2", "S3", "S4", "S5", "S7", "S8", "S9", "L1"):
            self.assertGreater(runs["rows"][promise], 0, promise)


class PlansTest(Faults):
    def test_embedded(self):
        self.check_world("embedded", 3)

    def test_distributed(self):
        self.check_world("distributed", 2)

    def test_network(self):
        self.check_world("network", 4)


class LossTest(Faults):
    def test_a_database_that_is_taken_back_is_noticed_and_counted(self):
        runs = self.run_plans("--world", "embedded", "--fault", "database-older", "--seed", "1")
        lost = {entry["promise"] for entry in runs["lost"]}
        self.assertLessEqual({"S4", "S8"}, lost)
