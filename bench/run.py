#!/usr/bin/python3
"""Measures Rushline against the limits of the machine that it runs on, and against itself.

Every figure is a ratio within one run: the two sides take turns, round by round, and the median of
the rounds' ratios is printed with its range, because a shared machine moves by a third from hour to
hour. What is divided by stands in bench/limits. Called by script/bench, which builds everything.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
JSON_HEADERS = {"Content-Type": "application/json"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A child process that listens on a port, ended by its pid."""

    def __init__(self, arguments, port=None, folder=None):
        self.folder = folder
        self.process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
        self.port = port or self.port_it_tells()
        self.wait_until_it_listens()

    def port_it_tells(self):
        for line in self.process.stderr:
            if told := re.search(r"listening on http://[^ ]*:(\d+)", line):
                return int(told[1])
        raise SystemExit("bench: the server ended before it listened")

    def wait_until_it_listens(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
        raise SystemExit("bench: nothing listens")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_seconds(self, thread_name=None):
        """User and system seconds, of the process or of its threads of that name."""
        base = pathlib.Path(f"/proc/{self.process.pid}")
        stats = [base / "stat"]
        if thread_name:
            stats = [task / "stat" for task in (base / "task").iterdir()
                     if (task / "comm").read_text().strip() == thread_name]
        user = system = 0
        for stat in stats:
            fields = stat.read_text().rsplit(")", 1)[1].split()
            user += int(fields[11])
            system += int(fields[12])
        return user / TICKS_PER_SECOND, system / TICKS_PER_SECOND

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def call(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, None if body is None else json.dumps(body),
                           {**JSON_HEADERS, **(headers or {})})
        response = connection.getresponse()
        data = response.read()
        if response.status >= 400:
            raise SystemExit(f"bench: {method} {path} → {response.status} {data[:300]!r}")
        return response, json.loads(data) if data else None


def start_rushline(options):
    folder = tempfile.mkdtemp(prefix="rushline-bench-", dir=options.folder)
    return Program([options.rushline, "serve", "--listen", "127.0.0.1:0",
                    "--database", f"sqlite:{folder}/bench.db"], folder=folder)


def start_raw(options, body_bytes=100):
    port = free_port()
    return Program([options.raw_http, str(port), "2", str(body_bytes)], port)


class Load:
    """One run of wrk: requests per second, and microseconds of the server's CPU per request."""

    def __init__(self, options, program, connections, *script, pipelined=1, thread=None):
        before = program.cpu_seconds(thread)
        output = subprocess.run(
            ["wrk", "-t2", f"-c{connections}", f"-d{options.seconds}s", "--timeout", "10s",
             "-s", str(ROOT / "bench/wrk/request.lua"), f"http://127.0.0.1:{program.port}", "--",
             *map(str, script)],
            capture_output=True, text=True, check=True).stdout
        after = program.cpu_seconds(thread)
        requests = int(re.search(r"(\d+) requests in", output)[1])
        self.per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
        self.user_us = (after[0] - before[0]) * 1e6 / max(requests, 1)
        self.cpu_us = self.user_us + (after[1] - before[1]) * 1e6 / max(requests, 1)
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        errors = re.search(r"Socket errors: (.*)", output)
        if refused or errors:
            told = refused[0] if refused else errors[0]
            raise SystemExit(f"bench: wrk {' '.join(map(str, script))}: {told}")


def spread(values):
    return f"{statistics.median(values):.2f} [{min(values):.2f}-{max(values):.2f}]"


class Report:
    def __init__(self):
        self.rows = []
        print("| # | what | ours | against | ratio, median [range] | goal |")
        print("|---|---|---|---|---|---|")

    def row(self, number, what, ours, against, ratios, goal):
        shown = spread(ratios) if ratios else ""
        print(f"| {number} | {what} | {ours} | {against} | {shown} | {goal} |", flush=True)
        self.rows.append({"id": number, "what": what, "ours": ours, "against": against,
                          "ratios": ratios, "goal": goal})


def alternate(options, ours, theirs):
    """Runs both `options.rounds` times in turn; two lists."""
    pairs = [(ours(), theirs()) for _ in range(options.rounds)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def compare(options, report, number, what, goal, ours, theirs, against):
    a, b = alternate(options, ours, theirs)
    median_a = statistics.median(load.per_second for load in a)
    median_b = statistics.median(load.per_second for load in b)
    user = statistics.median(load.user_us for load in a)
    cpu = statistics.median(load.cpu_us for load in a)
    report.row(number, what, f"{median_a:,.0f}/s, {cpu:.1f} µs CPU ({user:.1f} user)",
               f"{against} {median_b:,.0f}/s",
               [x.per_second / y.per_second for x, y in zip(a, b)], goal)
    return a, b


# --- what is measured ----------------------------------------------------------------------------

def front_end(options, report):
    """P1: the health route against the raw server."""
    ours, raw = start_rushline(options), start_raw(options)
    for connections in (64, 256):
        compare(options, report, "P1", f"/livez, {connections} connections", "≥ 0.90",
                lambda: Load(options, ours, connections, "get", "/livez"),
                lambda: Load(options, raw, connections, "get", "/livez"), "raw_http")
    compare(options, report, "P1", "/livez, 64 connections, pipelined 16", "≥ 0.75",
            lambda: Load(options, ours, 64, "pipeline", "/livez", 16),
            lambda: Load(options, raw, 64, "pipeline", "/livez", 16), "raw_http")
    ours.stop()
    raw.stop()


def make_event(server, quantity):
    event = server.call("POST", "/v1/coupon-events",
                        {"name": "bench", "quantity": quantity,
                         "discount": {"type": "fixed", "value": 100}})[1]
    return event["coupon_event_id"]


def verdicts(options, report):
    """P2: sold out, told from memory. P7, P8: issued, durable."""
    ours, raw = start_rushline(options), start_raw(options)
    sold = f"/v1/coupon-events/{make_event(ours, 1)}/requests"
    ours.call("POST", sold, {"user_id": "first"})
    ours.call("POST", sold, {"user_id": "second"})
    for connections in (64, 256):
        compare(options, report, "P2", f"sold-out verdict, {connections} connections", "≥ 0.90",
                lambda: Load(options, ours, connections, "post", sold, 1),
                lambda: Load(options, raw, connections, "post", sold, 1), "raw_http POST")
    compare(options, report, "P2", "sold-out verdict, 64 connections", "itself",
            lambda: Load(options, ours, 64, "post", sold, 1),
            lambda: Load(options, ours, 64, "get", "/livez"), "/livez")
    for connections in (64, 256):
        event = f"/v1/coupon-events/{make_event(ours, 900_000_000)}/requests"
        first = iter(range(0, 10**12, 1_000_000))
        a, _ = compare(options, report, "P7", f"issued verdict, {connections} connections",
                       "≥ 0.50",
                       lambda: Load(options, ours, connections, "post", event, next(first)),
                       lambda: Load(options, raw, connections, "post", event, 1),
                       "raw_http POST")
        settling_cost(options, report, ours, event, next(first), connections)
    ours.stop()
    raw.stop()


def metric(server, name):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if re.match(rf"{name}(\{{|\s)", line))


def raw_sqlite(options, mode, rows):
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        output = subprocess.run([options.raw_sqlite, f"{folder}/raw.db", mode, str(rows),
                                 str(options.seconds)],
                                capture_output=True, text=True, check=True).stdout
    per_second, cpu = re.match(r"(\d+) rows/s, ([\d.]+) us", output).groups()
    return float(per_second), float(cpu)


def settling_cost(options, report, server, path, first, connections):
    """P8: CPU of the writer thread per coupon against a bare insert in batches of that size."""
    ratios, ours, bare, sizes = [], [], [], []
    for round_number in range(options.rounds):
        batches = metric(server, "rushline_coupon_batches_total")
        requests = metric(server, "rushline_coupon_batch_requests_total")
        load = Load(options, server, connections, "post", path,
                    first + (round_number + 1) * 1_000_000, thread="db-writer")
        requests = metric(server, "rushline_coupon_batch_requests_total") - requests
        batches = metric(server, "rushline_coupon_batches_total") - batches
        size = max(1, round(requests / max(batches, 1)))
        cpu = raw_sqlite(options, "coupons", size)[1]
        sizes.append(size)
        ours.append(load.cpu_us)
        bare.append(cpu)
        ratios.append(load.cpu_us / cpu)
    report.row("P8", f"CPU of settling per coupon, {connections} connections, batches of "
               f"{statistics.median(sizes):.0f}", f"{statistics.median(ours):.1f} µs",
               f"bare insert {statistics.median(bare):.1f} µs", ratios, "≤ 1.4")


def fill_purchases(server, products, prefix="p"):
    """One purchase line for each of `products` products; the first 100 sell more."""
    for begin in range(0, products, 10_000):
        lines = [{"purchase_id": f"{prefix}-{n}", "product_id": f"product-{n:09d}",
                  "quantity": 2000 - n if n < 1000 else 1}
                 for n in range(begin, min(begin + 10_000, products))]
        server.call("POST", "/v1/purchases", {"purchases": lines})
    last = f"/v1/products/product-{products - 1:09d}/rank"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.call("GET", last)[1]["rank"]:
            return
        time.sleep(0.1)
    raise SystemExit("bench: the list was not filled in time")


def lists(options, report):
    """P3: the list and its 304. P11: a thousand products against a million. P15: commit to list."""
    small, large = start_rushline(options), start_rushline(options)
    fill_purchases(small, 1_000)
    fill_purchases(large, options.products)
    path = "/v1/products/popular?window=3d&limit=100"
    response, body = small.call("GET", path)
    size = int(response.headers["Content-Length"])
    raw, raw_short = start_raw(options, size), start_raw(options)
    compare(options, report, "P3", f"popular list, top 100, {size} bytes, 64 connections", "≥ 0.90",
            lambda: Load(options, small, 64, "get", path),
            lambda: Load(options, raw, 64, "get", path), "raw_http of that size")
    compare(options, report, "P3", "its 304, 64 connections", "≥ 0.90",
            lambda: Load(options, small, 64, "get", path, "If-None-Match",
                         response.headers["ETag"]),
            lambda: Load(options, raw_short, 64, "get", path), "raw_http")
    compare(options, report, "P3", "popular list, top 100, 64 connections", "itself",
            lambda: Load(options, small, 64, "get", path),
            lambda: Load(options, small, 64, "get", "/livez"), "/livez")
    compare(options, report, "P11", f"list read, {options.products:,} products", "≥ 0.83",
            lambda: Load(options, large, 64, "get", path),
            lambda: Load(options, small, 64, "get", path), "1,000 products")
    commit_to_list(options, report, small, "1,000")
    commit_to_list(options, report, large, f"{options.products:,}")
    for program in (small, large, raw, raw_short):
        program.stop()


def commit_to_list(options, report, server, products):
    times = []
    for n in range(20):
        score = 1_000_000 * (n + 1)
        server.call("POST", "/v1/purchases",
                    {"purchases": [{"purchase_id": f"late-{n}",
                                    "product_id": "product-000000000", "quantity": 1_000_000}]})
        told = time.monotonic()
        while server.call("GET", "/v1/products/popular?limit=1")[1]["items"][0]["score"] < score:
            if time.monotonic() - told > 10:
                raise SystemExit("bench: a sale did not reach the list within 10 s")
        times.append((time.monotonic() - told) * 1000)
    report.row("P15", f"commit to list, {products} products",
               f"{statistics.median(times):.1f} ms, worst {max(times):.1f} ms", "", [], "≤ 500 ms")


def board(options, report):
    """P11: raising a rank in the board of this process, by Google Benchmark."""
    def raises(products, scores):
        output = subprocess.run(
            [options.board_bench, f"--benchmark_filter=^raise/{scores}/{products}/",
             "--benchmark_format=json"],
            capture_output=True, text=True, check=True).stdout
        return json.loads(output)["benchmarks"][0]["items_per_second"]

    for scores in ("skewed", "equal"):
        pairs = [(raises(1_000, scores), raises(1_000_000, scores)) for _ in range(options.rounds)]
        report.row("P11", f"rank raise, {scores} scores, 1,000,000 products, time per raise",
                   f"{statistics.median(b for _, b in pairs) / 1e6:.1f} M/s",
                   f"1,000 products {statistics.median(a for a, _ in pairs) / 1e6:.1f} M/s",
                   [a / b for a, b in pairs], "≤ 1.2")


def purchases(options, report):
    """P12: bulk purchases against bare inserts of as many rows. P13: orders of one product."""
    ours, ratios, rates, bare_rates = start_rushline(options), [], [], []
    for round_number in range(options.rounds):
        bodies = [json.dumps({"purchases": [
            {"purchase_id": f"b-{round_number}-{part}-{n}", "product_id": f"product-{n}",
             "quantity": 1} for n in range(10_000)]}) for part in range(10)]
        connection = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=60)
        begun = time.monotonic()
        for body in bodies:
            connection.request("POST", "/v1/purchases", body, JSON_HEADERS)
            if connection.getresponse().read() != b'{"accepted":10000,"duplicates":0}':
                raise SystemExit("bench: purchases were not taken")
        rates.append(100_000 / (time.monotonic() - begun))
        bare_rates.append(raw_sqlite(options, "purchases", 10_000)[0])
        ratios.append(rates[-1] / bare_rates[-1])
    report.row("P12", "bulk purchases, 10,000 a request", f"{statistics.median(rates):,.0f} rows/s",
               f"bare insert {statistics.median(bare_rates):,.0f} rows/s", ratios, "≥ 0.50")

    ours.call("POST", "/v1/products", {"product_id": "one", "name": "One", "price": 1000,
                                       "stock": 100_000_000})
    first = iter(range(0, 10**9, 1_000_000))
    loads = [(Load(options, ours, 64, "order", "/v1/orders", "one", next(first)).per_second,
              raw_sqlite(options, "orders", 1)[0]) for _ in range(options.rounds)]
    report.row("P13", "orders, 64 buyers of one product",
               f"{statistics.median(a for a, _ in loads):,.0f}/s",
               "one commit per order, no HTTP "
               f"{statistics.median(b for _, b in loads):,.0f}/s",
               [a / b for a, b in loads], "see docs/bench.md")
    ours.stop()


def memory(options, report):
    """P14: what an idle connection costs."""
    server, count = start_rushline(options), 5_000
    request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    def open_one():
        connection = socket.create_connection(("127.0.0.1", server.port), 10)
        connection.sendall(request)
        connection.recv(4096)
        return connection
    warm = [open_one() for _ in range(100)]
    before = server.resident_bytes()
    idle = [open_one() for _ in range(count)]
    time.sleep(2)
    per_connection = (server.resident_bytes() - before) / count
    report.row("P14", f"memory per idle connection, {count:,} of them",
               f"{per_connection:,.0f} bytes", "", [], "≤ 8 KB")
    for connection in warm + idle:
        connection.close()
    server.stop()


PARTS = {"front_end": front_end, "verdicts": verdicts, "lists": lists, "board": board,
         "purchases": purchases, "memory": memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART",
                        help=f"which parts, default all: {' '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds (default 5)")
    parser.add_argument("--seconds", type=int, default=2, help="of each run (default 2)")
    parser.add_argument("--products", type=int, default=1_000_000,
                        help="in the large catalogue (default 1,000,000)")
    parser.add_argument("--folder", default=None, help="where databases lie (default: TMPDIR)")
    parser.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path)
    parser.add_argument("--json", help="also write the rows there")
    options = parser.parse_args()
    options.rushline = str(options.build / "rushline")
    options.raw_http = str(options.build / "bench/raw_http")
    options.raw_sqlite = str(options.build / "bench/raw_sqlite")
    options.board_bench = str(options.build / "src/adapters/embedded/embedded_bench")

    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"{os.cpu_count()} cores, {cpu[1] if cpu else 'unknown CPU'}; {options.rounds} "
          f"alternating rounds of {options.seconds} s; generator, server and limit on the same "
          "cores\n")
    report = Report()
    for part in options.parts or PARTS:
        PARTS[part](options, report)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(report.rows, indent=1))


if __name__ == "__main__":
    sys.exit(main())
