"""The demo as a stranger sees it, and the generator: thresholds, reports, histories."""
import json
import re
import signal
import subprocess

from support import postgres, redis
from support import server as child
from support.case import SystemTest
from support.waiting import wait_until


class LoadTest(SystemTest):
    def load(self, event, *arguments, status=0):
        return self.rushline("load", "--target", self.server.url, "--event", event,
                             "--rate", "400/s", "--shoppers", "300", "--duration", "2s",
                             "--seed", "7", *arguments, status=status)

    def test_verdicts_are_counted_by_kind_and_the_history_can_be_verified(self):
        event = self.make_event(100)
        self.load(event, "--json", "load.json", "--history", "load.jsonl",
                  "--report", "load.html", "--threshold", "p99<20s")
        result = json.loads((self.folder / "load.json").read_text("utf-8"))
        self.assertIn("p99", json.dumps(result))
        lines = [json.loads(line) for line in
                 (self.folder / "load.jsonl").read_text("utf-8").splitlines()]
        self.assertGreater(len(lines), 600)
        issued = {line["coupon_id"] for line in lines if line["outcome"] == "issued"}
        self.assertEqual(len(issued), 100)
        self.assertEqual(self.event(event)["issued"], 100)
        text = self.verify("--history", str(self.folder / "load.jsonl")).stdout
        for promise in ("S3", "S4", "S5", "S6"):
            self.assertRegex(text, rf"\b{promise}\b")

    def test_the_report_is_one_file_without_network(self):
        self.load(self.make_event(100), "--report", "report.html")
        text = (self.folder / "report.html").read_text("utf-8")
        self.assertIn("<svg", text)
        remote = re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//[^"' >]+""", text)
        self.assertEqual(remote, [])

    def test_a_history_that_was_tampered_with_is_found(self):
        event = self.make_event(100)
        self.load(event, "--history", "true.jsonl")
        lines = [json.loads(line) for line in
                 (self.folder / "true.jsonl").read_text("utf-8").splitlines()]
        won = next(line for line in lines if line["outcome"] == "issued")
        won["coupon_id"] += 100000
        (self.folder / "false.jsonl").write_text(
            "".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        done = self.rushline("verify", "--database", self.server.database, "--history",
                             str(self.folder / "false.jsonl"), status=6)
        self.assertRegex(done.stdout, r"\bS4\b")

    def test_a_missed_threshold_is_exit_code_7(self):
        done = self.load(self.make_event(100), "--threshold", "p99<1us", status=7)
        self.assertIn("p99", done.stdout + done.stderr)

    def test_a_threshold_that_cannot_be_read_is_wrong_usage(self):
        done = self.load(1, "--threshold", "fast", status=2)
        self.assertIn("fast", done.stderr)


class DemoTest(SystemTest):
    server_per_test = True

    def launch(self, **_):
        """The demo brings its own server."""
        self.server = child.Server(self.folder)

    def test_the_demo_shows_a_drop_and_proves_it(self):
        done = self.rushline("demo", "--shoppers", "200", "--quantity", "50", "--duration", "4s",
                             "--seed", "3", deadline=60)
        said = done.stdout + done.stderr
        self.assertRegex(said, r"http://127\.0\.0\.1:\d+")
        self.assertRegex(said, r"\b50\b")
        self.assertRegex(said.lower(), r"verif")
        self.assertNotIn("\x1b", said)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_distributed_demo_runs_over_two_servers_and_leaves_nothing_behind(self):
        why_not = postgres.why_none() or redis.why_none()
        if why_not:
            self.skipTest(why_not)
        done = self.rushline("demo", "--distributed", "--shoppers", "300", "--quantity", "50",
                             "--duration", "3s", deadline=120)
        self.assertEqual(len(set(re.findall(r"http://127\.0\.0\.1:\d+", done.stdout))), 2)
        self.assertIn("50 of 50 issued", done.stdout)
        self.assertIn("Every promise holds.", done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_demo_that_keeps_running_ends_with_its_signal(self):
        process = subprocess.Popen(
            [child.binary(), "demo", "--shoppers", "100", "--quantity", "20", "--duration", "3s",
             "--keep-running"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=child.clean_environment(), cwd=self.folder)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        seen = []
        for line in process.stdout:
            seen.append(line)
            if "verif" in line.lower():
                break
        self.assertIsNone(process.poll(), "".join(seen))
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        wait_until(lambda: process.poll() is not None, "the demo ends")
        self.assertIn(process.returncode, (0, 130))
