"""P2, P7, P8: verdicts of the embedded default, told from memory and written down."""

import statistics

from harness.limits import raw_sqlite
from harness.loads import Closed, press_before, warm_up
from harness.measures import measures
from harness.report import compare
from harness.stage import make_event, requests_of


@measures("P2")
def sold_out(stage, report):
    options = stage.options
    ours, raw = stage.rushline(), stage.raw_http()
    path = requests_of(make_event(ours, quantity=1))
    ours.call("POST", path, {"user_id": "first"})
    ours.call("POST", path, {"user_id": "second"})
    for connections in (64, 256):
        compare(stage, report, "P2", f"sold-out verdict, {connections} connections",
                lambda: Closed(options, ours, connections, "post", path, 1),
                lambda: Closed(options, raw, connections, "post", path, 1), "raw_http POST")
    compare(stage, report, "P2 itself", "sold-out verdict, 64 connections",
            lambda: Closed(options, ours, 64, "post", path, 1),
            lambda: Closed(options, ours, 64, "get", "/livez"), "/livez")


@measures("P7", "P8")
def issued_embedded(stage, report):
    options = stage.options
    ours, raw = stage.rushline(), stage.raw_http()
    for connections in (64, 256):
        path = requests_of(make_event(ours))
        first = iter(range(0, 10**9, 1_000_000))
        compare(stage, report, "P7", f"issued verdict, embedded, {connections} connections",
                lambda: Closed(options, ours, connections, "post", path, next(first)),
                lambda: Closed(options, raw, connections, "post", path, 1), "raw_http POST")
        settling_cost(stage, report, ours, path, first, connections)


def settling_cost(stage, report, server, path, first, connections):
    """CPU of the writer thread per coupon against a bare insert in batches of that size."""
    ratios, ours, bare, sizes = [], [], [], []
    for _ in range(stage.options.rounds):
        batches = server.metric("rushline_coupon_batches_total")
        requests = server.metric("rushline_coupon_batch_requests_total")
        load = Closed(stage.options, server, connections, "post", path, next(first),
                      threads=["db-writer"])
        requests = server.metric("rushline_coupon_batch_requests_total") - requests
        batches = server.metric("rushline_coupon_batches_total") - batches
        sizes.append(max(1, round(requests / max(batches, 1))))
        ours.append(load.cpu_us)
        bare.append(raw_sqlite(stage.options, "coupons", sizes[-1])[1])
        ratios.append(ours[-1] / bare[-1])
    report.row("P8", f"CPU of settling per coupon, embedded, {connections} connections, batches of "
               f"{statistics.median(sizes):.0f}", f"{statistics.median(ours):.1f} µs",
               f"bare insert {statistics.median(bare):.1f} µs", ratios)


@measures("P7")
def issued_embedded_against_before(stage, report):
    options = stage.options
    database = stage.postgres()
    ours, before = stage.rushline(), stage.peer("before", database)
    path, their_path = requests_of(make_event(ours)), requests_of(make_event(before))
    first = iter(range(0, 10**9, 1_000_000))
    warm_up(options, before, "post", their_path, next(first))
    compare(stage, report, "P7 before", "issued verdict, embedded, 256 connections",
            lambda: Closed(options, ours, 256, "post", path, next(first)),
            lambda: press_before(options, before, database, their_path, next(first)),
            "the \"before\" peer")
