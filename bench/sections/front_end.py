"""P1, P14: the health route against the raw server, and what waiting costs in memory."""

import socket
import time

from harness.loads import Closed
from harness.measures import measures
from harness.programs import wait_for
from harness.report import compare
from harness.stage import make_event, requests_of

CONNECTIONS = 5_000
WAITING = 2_000  # twice as many may wait before it is known how fast they are settled


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


def open_connections(server, count):
    """Connections that have each been answered once and are idle."""
    request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", server.port), 10)
        connection.sendall(request)
        connection.recv(4096)
        connections.append(connection)
    return connections


def close_all(connections):
    for connection in connections:
        connection.close()


@measures("P14")
def idle_connections(stage, report):
    server = stage.rushline()
    warm = open_connections(server, 100)
    before = server.resident_bytes()
    idle = open_connections(server, CONNECTIONS)
    time.sleep(2)
    per_connection = (server.resident_bytes() - before) / CONNECTIONS
    close_all(warm + idle)
    report.row("P14", f"memory per idle connection, {CONNECTIONS:,} of them", "", "",
               [per_connection])


@measures("P14")
def waiting_requests(stage, report):
    """What a request that waits for its verdict costs beside its connection."""
    database = stage.postgres()
    server = stage.rushline(database, None, "--coupons-verdict-wait-ms", 30_000)
    event = make_event(server)
    head = (f"POST {requests_of(event)} HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/json\r\nContent-Length: 30\r\n\r\n")
    connections = open_connections(server, 2 * WAITING)
    resident = []
    with database.holding(
            f"SELECT FROM rushline.coupon_events WHERE event_id = {event} FOR UPDATE"):
        for number, connection in enumerate(connections, 1):
            connection.sendall(f'{head}{{"user_id": "waiting-{number:07d}"}}'.encode())
            if number % WAITING == 0:
                wait_for(lambda: server.metric("rushline_coupon_requests_waiting") >= number,
                         f"{number:,} requests wait", 4)
                resident.append(server.resident_bytes())
    close_all(connections)
    report.row("P14 waiting", f"memory per waiting request, from {WAITING:,} to "
               f"{2 * WAITING:,} of them, PostgreSQL, direct mode", "", "",
               [(resident[1] - resident[0]) / WAITING])
