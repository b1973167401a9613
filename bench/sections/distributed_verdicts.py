"""P6, P8, P9: verdicts on PostgreSQL, through the line in Redis and, without one, directly."""

import statistics

from harness.limits import raw_postgres
from harness.loads import Closed, Open, press_before, warm_up
from harness.measures import measures
from harness.programs import CannotRun
from harness.report import compare
from harness.stage import make_event, requests_of, wait_until_settled

CONNECTIONS = 256
SETTLING_THREADS = ["db-writer", "lines"]

def issued_of(server, event):
    return server.call("GET", f"/v1/coupon-events/{event}")[1]["issued"]


class Verdicts:
    """One run against an event; per second counts only coupons that were committed meanwhile."""

    def __init__(self, stage, servers, event, first, **closed):
        before = issued_of(servers[0], event)
        load = Closed(stage.options, servers, CONNECTIONS, "post", requests_of(event), first,
                      **closed)
        self.issued = issued_of(servers[0], event) - before
        self.requests = load.requests
        self.cpu_us, self.user_us = load.cpu_us, load.user_us
        self.per_second = min(self.issued, load.requests) / load.seconds


def batch_size(servers, before=None):
    """Coupons per settling transaction since `before`, which an earlier call gave."""
    pairs = (("rushline_drains_total", "rushline_drained_places_total"),
             ("rushline_coupon_batches_total", "rushline_coupon_batch_requests_total"))
    counts = [0.0, 0.0]
    for server in servers:
        metrics = server.metrics()
        for pair in pairs:
            counts = [count + metrics.get(name, 0.0) for count, name in zip(counts, pair)]
    if before is None:
        return counts
    batches, rows = counts[0] - before[0], counts[1] - before[1]
    if batches == 0:
        raise CannotRun("/metrics counted no batch of coupons")
    return max(1, round(rows / batches))


@measures("P6")
def issued_by_two_servers(stage, report):
    database = stage.postgres()
    redis = stage.redis()
    servers = [stage.rushline(database, redis) for _ in range(2)]
    before = stage.peer("before", database)
    event, their_path = make_event(servers[0]), requests_of(make_event(before))
    first = iter(range(0, 10**9, 1_000_000))
    warm_up(stage.options, before, "post", their_path, next(first))

    def ours():
        run = Verdicts(stage, servers, event, next(first))
        wait_until_settled(servers[0], event)
        return run

    runs, _ = compare(
        stage, report, "P6", f"issued verdict, two servers, {CONNECTIONS} connections", ours,
        lambda: press_before(stage.options, before, database, their_path, next(first)),
        "the \"before\" peer")
    report_told(report, runs)


def report_told(report, runs):
    """Whether the answers were verdicts: those that came too late were 202."""
    shares = [min(1.0, run.issued / max(run.requests, 1)) for run in runs]
    if min(shares) < 0.98:
        report.row("P6 itself", "coupons committed per answer given", "", "", shares)


@measures("P6")
def issued_directly(stage, report):
    database = stage.postgres()
    server, before = stage.rushline(database), stage.peer("before", database)
    event, their_path = make_event(server), requests_of(make_event(before))
    first = iter(range(0, 10**9, 1_000_000))
    warm_up(stage.options, before, "post", their_path, next(first))
    runs, _ = compare(
        stage, report, "P6 itself", f"issued verdict, one server in direct mode, {CONNECTIONS} "
        "connections", lambda: Verdicts(stage, [server], event, next(first)),
        lambda: press_before(stage.options, before, database, their_path, next(first)),
        "the \"before\" peer")
    report_told(report, runs)


def settling_cost(stage, report, database, redis, way):
    server = stage.rushline(database, redis)
    event = make_event(server)
    rounds = []
    for n in range(stage.options.rounds):
        counted = batch_size([server])
        run = Verdicts(stage, [server], event, n * 1_000_000, threads=SETTLING_THREADS,
                       watched=[database])
        wait_until_settled(server, event)
        size = batch_size([server], counted)
        cost = run.cpu_us * run.requests / max(run.issued, 1)
        rounds.append((size, cost, raw_postgres(stage.options, database, "coupons", size).cpu_us))
    size, cost, bare = (statistics.median(column) for column in zip(*rounds))
    report.row("P8", f"CPU of settling per coupon, PostgreSQL, {way}, batches of {size:.0f}",
               f"{cost:.1f} µs", f"bare insert {bare:.1f} µs", [b / c for _, b, c in rounds])


@measures("P8")
def settling_cost_directly(stage, report):
    settling_cost(stage, report, stage.postgres(), None, "direct mode")


@measures("P8")
def settling_cost_through_the_line(stage, report):
    settling_cost(stage, report, stage.postgres(), stage.redis(), "through the line")


def latency(stage, report, database, redis, way, goal):
    """The open model at half of the best rate, against bare commits one after the other."""
    server = stage.rushline(database, redis)
    event = make_event(server)
    best = max(Verdicts(stage, [server], event, n * 1_000_000).per_second for n in range(2))
    wait_until_settled(server, event)
    rounds = []
    for n in range(stage.options.rounds):
        counted = batch_size([server])
        run = Open(stage.options, server, event, best / 2, f"r{n}")
        size = batch_size([server], counted)
        if run.outcomes["issued"] < 0.99 * run.requests:
            raise CannotRun(f"at half of the best rate not every answer was a coupon: "
                            f"{run.outcomes}")
        bare = raw_postgres(stage.options, database, "coupons", size)
        rounds.append((size, run.p99_us / 1000, bare.commit_p99_us / 1000, run.offered))
    size, ours, theirs, offered = (statistics.median(column) for column in zip(*rounds))
    report.row(goal, f"verdict latency p99 at {offered:,.0f}/s of at best {best:,.0f}/s, {way}, "
               f"batches of {size:.0f}", f"{ours:.2f} ms",
               f"p99 of one bare commit {theirs:.2f} ms", [b / c for _, b, c, _ in rounds])


@measures("P9")
def latency_directly(stage, report):
    latency(stage, report, stage.postgres(), None, "direct mode", "P9 itself")


@measures("P9")
def latency_through_the_line(stage, report):
    latency(stage, report, stage.postgres(), stage.redis(), "PostgreSQL and Redis", "P9")
