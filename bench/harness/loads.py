"""What presses: wrk (closed model, as fast as answers come) and `rushline load` (open model)."""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness.programs import CannotRun

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "wrk/request.lua"
USERS_OF_A_SERVER = 10_000_000_000  # so far apart are the users that press on two servers


class Closed:
    """One run of wrk: requests per second, and microseconds of CPU per request.

    With several targets each gets its share of the connections, all at the same time. The CPU is
    that of the targets (their threads named `threads` only) and of what else is `watched`.
    """

    def __init__(self, options, targets, connections, *script, threads=(), watched=()):
        targets = targets if isinstance(targets, (list, tuple)) else [targets]
        if not shutil.which("wrk"):
            raise CannotRun("wrk is not installed (script/bootstrap bench)")

        def cpu():
            pairs = [target.cpu_seconds(threads) for target in targets]
            pairs += [program.cpu_seconds() for program in watched]
            return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)

        before = cpu()
        runs = [subprocess.Popen(
            ["wrk", f"-t{max(1, 2 // len(targets))}", f"-c{connections // len(targets)}",
             f"-d{options.seconds}s", "--timeout", "10s", "-s", str(SCRIPT),
             f"http://127.0.0.1:{target.port}", "--",
             str(at * USERS_OF_A_SERVER), *map(str, script)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for at, target in enumerate(targets)]
        outputs = [run.communicate()[0] for run in runs]
        after = cpu()
        self.requests, self.per_second, self.seconds = 0, 0.0, 0.0
        for target, run, output in zip(targets, runs, outputs):
            self._read(target, run, output, " ".join(map(str, script)))
        self.user_us = (after[0] - before[0]) * 1e6 / max(self.requests, 1)
        self.cpu_us = self.user_us + (after[1] - before[1]) * 1e6 / max(self.requests, 1)

    def _read(self, target, run, output, script):
        told = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", output)
        if run.returncode != 0 or not told:
            raise CannotRun(f"wrk {script}: {output.strip()[:200]}")
        wrong = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", output)
        if wrong:
            raise CannotRun(f"{target.name}: {script}: {wrong[0]} of {told[1]}")
        self.requests += int(told[1])
        self.seconds = max(self.seconds,
                           float(told[2]) * {"ms": 0.001, "s": 1, "m": 60}[told[3]])
        self.per_second += float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])


def lasting(options, seconds):
    """The same options for runs of another length."""
    return argparse.Namespace(**{**vars(options), "seconds": seconds})


def press_peer(options, peer, connections, *script):
    """One run, and what it left behind worked off: peers go on with what nobody waits for."""
    load = Closed(options, peer, connections, *script)
    peer.wait_until_idle()
    return load


def press_before(options, peer, database, path, first):
    """The "before" peer works on in the database, where it uses no CPU of its own."""
    load = press_peer(options, peer, 256, "post", path, first)
    database.wait_until_idle()
    return load


def warm_up(options, peer, *script):
    """A second that is not counted: what Node compiles late, pools that are still empty."""
    press_peer(lasting(options, 1), peer, 64, *script)


class Open:
    """One run of `rushline load`: at fixed times, whatever the server does."""

    def __init__(self, options, target, event, rate, prefix, connections=256, timeout="10s"):
        with tempfile.NamedTemporaryFile(suffix=".json", dir=options.folder) as figures:
            done = subprocess.run(
                [options.rushline, "load", "--target", f"http://127.0.0.1:{target.port}",
                 "--event", str(event), "--rate", f"{max(1, round(rate))}/s",
                 "--duration", f"{options.seconds}s", "--connections", str(connections),
                 "--shoppers", str(max(1, round(rate * options.seconds) + 1)),
                 "--prefix", prefix, "--timeout", timeout, "--json", figures.name],
                capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise CannotRun(f"rushline load: {done.stderr.strip()[:200]}")
            told = json.loads(pathlib.Path(figures.name).read_text())
        self.requests = told["requests"]
        self.outcomes = told["outcomes"]
        self.p99_us = told["latency_us"]["p99"]
        # What really went out while requests were due: a generator that lags offers less.
        due = told["seconds"][:options.seconds]
        self.offered = sum(second["sent"] for second in due) / max(len(due), 1)
        # Answered while requests were due: what comes in the seconds after would flatter a rate.
        self.issued_per_second = sum(second["issued"] for second in due) / max(len(due), 1)
