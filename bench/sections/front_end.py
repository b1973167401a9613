"""P1, P14: the health route against the raw server, and what an idle connection costs."""

import socket
import time

from harness.loads import Closed
from harness.measures import measures
from harness.report import compare


@measures("P1")
def livez(stage, report):
    options = stage.options
    ours, raw = stage.rushline(), stage.raw_http()
    user = []
    for connections in (64, 256):
        loads, _ = compare(stage, report, "P1", f"/livez, {connections} connections",
                           lambda: Closed(options, ours, connections, "get", "/livez"),
                           lambda: Closed(options, raw, connections, "get", "/livez"), "raw_http")
        user += [load.user_us for load in loads]
    compare(stage, report, "P1 pipelined", "/livez, 64 connections, pipelined 16",
            lambda: Closed(options, ours, 64, "pipeline", "/livez", 16),
            lambda: Closed(options, raw, 64, "pipeline", "/livez", 16), "raw_http")
    report.row("P1 user", "/livez, user-mode CPU per request", "", "", user)


@measures("P14")
def idle_connections(stage, report):
    server, count = stage.rushline(), 5_000
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
    for connection in warm + idle:
        connection.close()
    report.row("P14", f"memory per idle connection, {count:,} of them", "", "", [per_connection])
