"""P3, P11, P15: lists of the embedded default; raising a rank in the board of this process."""

import json
import statistics

from harness.limits import run
from harness.loads import Closed
from harness.measures import measures
from harness.purchases import LIST, fill_rushline
from harness.report import compare, median_of
from sections.commit_to_list import report_commit_to_list


@measures("P3")
def popular_list(stage, report):
    options, ours = stage.options, stage.rushline()
    fill_rushline(ours, 1_000)
    response, _ = ours.call("GET", LIST)
    size, tag = int(response.headers["Content-Length"]), response.headers["ETag"]
    raw, raw_short = stage.raw_http(size), stage.raw_http()
    compare(stage, report, "P3", f"popular list, top 100, {size} bytes, 64 connections",
            lambda: Closed(options, ours, 64, "get", LIST),
            lambda: Closed(options, raw, 64, "get", LIST), "raw_http of that size")
    compare(stage, report, "P3", "its 304, 64 connections",
            lambda: Closed(options, ours, 64, "get", LIST, "If-None-Match", tag),
            lambda: Closed(options, raw_short, 64, "get", LIST), "raw_http")
    compare(stage, report, "P3 itself", "popular list, top 100, 64 connections",
            lambda: Closed(options, ours, 64, "get", LIST),
            lambda: Closed(options, ours, 64, "get", "/livez"), "/livez")


def compare_catalogues(stage, report, small, large, where):
    """P11: the time of a list read, large against small; both rates taking turns."""
    options, times, loads = stage.options, [], []
    for _ in range(options.rounds):
        pair = (Closed(options, large, 64, "get", LIST), Closed(options, small, 64, "get", LIST))
        loads.append(pair)
        times.append(pair[1].per_second / pair[0].per_second)
    report.row("P11 read", f"time of a list read, {options.products:,} products, {where}",
               f"{median_of([a for a, _ in loads], 'per_second'):,.0f}/s",
               f"1,000 products {median_of([b for _, b in loads], 'per_second'):,.0f}/s", times)


@measures("P11", "P15")
def embedded_catalogues(stage, report):
    small, large = stage.rushline(), stage.rushline()
    fill_rushline(small, 1_000)
    fill_rushline(large, stage.options.products)
    compare_catalogues(stage, report, small, large, "embedded")
    report_commit_to_list(report, [small], "embedded, 1,000 products")
    report_commit_to_list(report, [large], f"embedded, {stage.options.products:,} products")


@measures("P11")
def rank_raise_in_process(stage, report):
    """By Google Benchmark."""
    def raises(products, scores):
        output = run(stage.options.board_bench, "--benchmark_format=json",
                     f"--benchmark_filter=^raise/{scores}/{products}/")
        return json.loads(output)["benchmarks"][0]["items_per_second"]

    for scores in ("skewed", "equal"):
        pairs = [(raises(1_000, scores), raises(1_000_000, scores))
                 for _ in range(stage.options.rounds)]
        report.row("P11 raise", f"time of a rank raise, {scores} scores, 1,000,000 products, "
                   "in process",
                   f"{statistics.median(b for _, b in pairs) / 1e6:.1f} M/s",
                   f"1,000 products {statistics.median(a for a, _ in pairs) / 1e6:.1f} M/s",
                   [a / b for a, b in pairs])
