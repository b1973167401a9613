"""P19: what a thousand slow clients of each kind cost those who are not slow.

slowhttptest holds 1,000 connections in one of its four modes; `rushline load` asks for coupons at a
steady rate meanwhile. In turn there are no slow clients, they hold another server, and they hold
the same one. They need processors of their own, which are the same here: they run at the lowest
priority, and what they cost from another server is not the doing of the one that is measured.
"""

import dataclasses
import os
import shutil
import signal
import statistics
import subprocess

from harness.loads import Open, lasting
from harness.measures import measures
from harness.programs import CannotRun, wait_for
from harness.stage import make_event, requests_of

SLOW_CONNECTIONS = 1_000
GOOD_RATE = 1_000  # requests per second: far from what makes anybody wait
GOOD_CONNECTIONS = 64
RUN_SECONDS_MIN = 3
# Per mode: what slowhttptest is told beside the target, and the path that it asks for.
MODES = {
    "slow headers": (["-H", "-i", "2", "-x", "24"], "/livez"),
    "slow body": (["-B", "-i", "2", "-x", "24", "-s", "8192", "-f", "application/json"], None),
    "slow read": (["-X", "-w", "1", "-y", "64", "-n", "1", "-z", "16", "-k", "3"], "/openapi.json"),
    "range": (["-R", "-a", "5", "-b", "3000"], "/livez"),
}


class Slow:
    """slowhttptest, again and again where its clients are answered; ended by its group."""

    def __init__(self, server, mode, path, seconds):
        # One probe, at the start: a second one would leave its closed socket among those that
        # slowhttptest polls, and it would spin.
        command = ["slowhttptest", *mode, "-c", str(SLOW_CONNECTIONS), "-r", str(SLOW_CONNECTIONS),
                   "-l", str(seconds), "-p", str(10 * seconds), "-v", "1",
                   "-u", f"http://127.0.0.1:{server.port}{path}"]
        self.process = subprocess.Popen(
            ["nice", "-n", "19", "sh", "-c", 'while :; do "$@"; done', "sh", *command],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            start_new_session=True)

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def connected(server):
    return server.metric("rushline_http_connections")


@dataclasses.dataclass(frozen=True)
class Good:
    """What those who are not slow saw of one run, and what the server needed for it."""
    p99_ms: float
    cpu_percent: float  # of one processor


def good_run(stage, server, event, prefix):
    """All of those who are not slow must be served."""
    before = sum(server.cpu_seconds())
    run = Open(stage.options, server, event, GOOD_RATE, prefix, connections=GOOD_CONNECTIONS)
    served = sum(run.outcomes.get(word, 0) for word in ("issued", "sold_out"))
    if served != run.requests:
        raise CannotRun(f"only {served:,} of {run.requests:,} good requests were served: "
                        f"{run.outcomes}")
    cpu = sum(server.cpu_seconds()) - before
    return Good(run.p99_us / 1000, 100 * cpu / stage.options.seconds)


def slow_clients(stage, report, name):
    if not shutil.which("slowhttptest"):
        raise CannotRun("slowhttptest is not installed (script/bootstrap bench)")
    options = stage.options = lasting(stage.options, max(RUN_SECONDS_MIN, stage.options.seconds))
    server, elsewhere = stage.rushline(), stage.rushline()
    event, other_event = make_event(server), make_event(elsewhere)
    mode, path = MODES[name]
    memory_before, most_memory, rounds, most = server.resident_bytes(), 0, [], 0
    good_run(stage, server, event, "w")  # warm

    def run_while_slow(held, held_event, prefix):
        nonlocal most, most_memory
        slow = Slow(held, mode, path or requests_of(held_event), options.seconds + 15)
        stage.callback(slow.stop)
        if name == "range":  # they are answered, and others come
            wait_for(lambda: connected(held) > 1, "slowhttptest begins", 10)
        else:
            wait_for(lambda: connected(held) >= SLOW_CONNECTIONS, "all slow clients connect", 10)
        most = max(most, connected(server))
        good = good_run(stage, server, event, prefix)
        most_memory = max(most_memory, server.resident_bytes())
        slow.stop()
        wait_for(lambda: connected(held) < 10, "the slow clients are gone", 60)
        return good

    turns = (lambda n: good_run(stage, server, event, f"n{n}"),
             lambda n: run_while_slow(elsewhere, other_event, f"a{n}"),
             lambda n: run_while_slow(server, event, f"s{n}"))
    for n in range(options.rounds):
        order = [(at + n) % len(turns) for at in range(len(turns))]
        runs = {at: turns[at](n) for at in order}
        rounds.append([runs[at] for at in range(len(turns))])

    def shown(goods):
        return (f"{statistics.median(good.p99_ms for good in goods):.2f} ms, "
                f"{statistics.median(good.cpu_percent for good in goods):.0f} % CPU")

    by_kind = list(zip(*rounds))
    measured = (f"{shown(by_kind[-1])} ({most:,.0f} connections, "
                f"{(most_memory - memory_before) / 2**20:+.0f} MiB)")
    for at, whom in enumerate(("nobody is slow", "they hold another server")):
        report.row("P19", f"p99 among 1,000 slow clients, {name}", measured,
                   f"{whom} {shown(by_kind[at])}",
                   [runs[-1].p99_ms / runs[at].p99_ms for runs in rounds])


@measures("P19")
def slow_headers(stage, report):
    slow_clients(stage, report, "slow headers")


@measures("P19")
def slow_body(stage, report):
    slow_clients(stage, report, "slow body")


@measures("P19")
def slow_read(stage, report):
    slow_clients(stage, report, "slow read")


@measures("P19")
def ranges(stage, report):
    slow_clients(stage, report, "range")
