"""P4, P5, P17: a place in line through Redis, told at once (`ack: queued`).

Coupons are written down meanwhile, as in a real drop; the rows that say `held back` hold the
event's row in the database, so that the line only grows and the admission stands alone.
"""

import contextlib
import os
import statistics

from harness.limits import raw_redis
from harness.loads import Closed, warm_up
from harness.measures import measures
from harness.programs import CannotRun, wait_for
from harness.report import compare
from harness.stage import make_event, requests_of, wait_until_settled

CONNECTIONS = 256
WAYS = (("settled meanwhile", False), ("settling held back", True))


class Line:
    """Rushline on PostgreSQL and Redis with a new event for each run."""

    def __init__(self, stage):
        self.options = stage.options
        self.database, self.redis = stage.postgres(), stage.redis()
        self.server = stage.rushline(self.database, self.redis)
        self.first = iter(range(0, 10**9, 1_000_000))

    def load(self, held_back):
        """One run; ended only when the line is empty again."""
        event = make_event(self.server, ack="queued")
        self.server.call("POST", requests_of(event), {"user_id": "opens-the-line"})
        wait_until_settled(self.server, event)
        hold = self.database.holding(
            f"SELECT FROM rushline.coupon_events WHERE event_id = {event} FOR UPDATE"
        ) if held_back else contextlib.nullcontext()
        with hold:
            begun = Admitted(self)
            load = Closed(self.options, self.server, CONNECTIONS, "post", requests_of(event),
                          next(self.first))
            load.admitted = Admitted(self, begun)
        wait_until_settled(self.server, event)
        if load.admitted.users < 0.95 * load.requests:
            raise CannotRun(f"only {load.admitted.users:,.0f} of {load.requests:,} requests "
                            "went through the line")
        return load


class Admitted:
    """Counters of the admission now, or what was added since `begun`."""

    def __init__(self, line, begun=None):
        metrics = line.server.metrics()
        for name in ("rushline_admit_batches_total", "rushline_admit_requests_total"):
            if name not in metrics:
                raise CannotRun(f"/metrics has no {name}")
        self.calls = metrics["rushline_admit_batches_total"] - (begun.calls if begun else 0)
        self.users = metrics["rushline_admit_requests_total"] - (begun.users if begun else 0)
        self.redis_cpu = line.redis.own_cpu_seconds() - (begun.redis_cpu if begun else 0)

    @property
    def users_per_call(self):
        return max(1, round(self.users / max(self.calls, 1)))

    @property
    def redis_cpu_us(self):
        return self.redis_cpu * 1e6 / max(self.users, 1)


@measures("P4")
def place_in_line(stage, report):
    line, raw = Line(stage), stage.raw_http()
    for way, held_back in WAYS:
        compare(stage, report, "P4", f"place in line, {CONNECTIONS} connections, {way}",
                lambda: line.load(held_back),
                lambda: Closed(stage.options, raw, CONNECTIONS, "post", requests_of(1), 1),
                "raw_http POST")


@measures("P5")
def redis_cpu_per_admission(stage, report):
    """The bare side runs on a Redis of its own, with batches as large as those that occurred."""
    line, bare = Line(stage), stage.redis()
    for way, held_back in reversed(WAYS):
        pairs = []
        for _ in range(stage.options.rounds):
            admitted = line.load(held_back).admitted
            pairs.append((admitted, raw_redis(stage.options, bare, admitted.users_per_call)))
        users = statistics.median(ours.users_per_call for ours, _ in pairs)
        what = f"Redis CPU per admission, batches of {users:.0f}, {way}"
        report.row("P5" if held_back else "P5 itself",
                   what if held_back else what + " (taking and trimming included)",
                   f"{statistics.median(ours.redis_cpu_us for ours, _ in pairs):.2f} µs",
                   "bare ZADD NX "
                   f"{statistics.median(b.redis_cpu_us_per_user for _, b in pairs):.2f} µs, "
                   f"{os.cpu_count()} connections",
                   [ours.redis_cpu_us / b.redis_cpu_us_per_user for ours, b in pairs])


@measures("P17")
def place_against_after(stage, report):
    line, redis = Line(stage), stage.redis()
    peer = stage.peer("after", line.database, redis)

    def theirs():
        event = make_event(peer)
        load = Closed(stage.options, peer, CONNECTIONS, "post", requests_of(event),
                      next(line.first))
        wait_for(lambda: redis.ask("ZCARD", f"queue:coupon-events:{event}") == "0",
                 "the peer's line is settled", 120, every=0.1)
        peer.wait_until_idle()
        return load

    warm_up(stage.options, peer, "post", requests_of(make_event(peer)), next(line.first))
    compare(stage, report, "P17", f"place in line, {CONNECTIONS} connections, settled meanwhile",
            lambda: line.load(False), theirs, "the \"after\" peer")
