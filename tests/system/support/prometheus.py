"""A private Prometheus for system tests: scrapes given servers twice a second, with our alerts."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import urllib.request

from support.postgres import free_port
from support.waiting import DEADLINE, wait_until

PROGRAM = pathlib.Path("/usr/bin/prometheus")
ALERTS = pathlib.Path(__file__).parents[3] / "deploy" / "alerts.yml"


def why_none():
    """Why there can be no Prometheus here; nothing when there can."""
    return None if PROGRAM.exists() else "Prometheus is not installed"


class Prometheus:
    """Started when made; end() ends it by its pid. `addresses`: HOST:PORT of each server."""

    def __init__(self, addresses):
        self.folder = tempfile.mkdtemp(prefix="rushline-prometheus-")
        self.port = free_port()
        config = {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms",
                       "evaluation_interval": "500ms"},
            "rule_files": [str(ALERTS)],
            "scrape_configs": [{"job_name": "rushline",
                                "static_configs": [{"targets": list(addresses)}]}],
        }
        path = pathlib.Path(self.folder, "prometheus.yml")
        path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
        with open(self.folder + "/log", "wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, f"--config.file={path}", f"--storage.tsdb.path={self.folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(self._scrapes, "Prometheus scrapes every server", DEADLINE)
        except AssertionError:
            self.end()
            raise

    def _ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}",
                                    timeout=DEADLINE) as answer:
            return json.load(answer)["data"]

    def _scrapes(self):
        try:
            targets = self._ask("targets")["activeTargets"]
        except OSError:
            return False
        return targets and all(target["health"] == "up" for target in targets)

    def alerts(self):
        """{(alert, instance)} of all that are pending or firing."""
        return {(alert["labels"]["alertname"], alert["labels"].get("instance"))
                for alert in self._ask("alerts")["alerts"]}

    def values(self, metric):
        """{value} of every server, as text."""
        found = self._ask("query?query=" + metric)["result"]
        return {sample["value"][1] for sample in found}

    def end(self):
        self.process.kill()
        self.process.wait(DEADLINE)
        shutil.rmtree(self.folder, ignore_errors=True)
