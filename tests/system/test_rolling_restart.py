"""Restarting two servers one after the other, under load and behind a load balancer, loses nothing.

And what makes that so: a server that is told to end says so for a while before it closes its door.
"""
import itertools
import signal
import time

from support.balancer import Balancer, Customer
from support.case import SystemTest
from support.client import Connection
from support.two_servers import TwoServers
from support.waiting import stays, wait_until

DELAY = 2          # seconds of http.drain_delay_seconds
PROBE_EVERY = 0.5  # seconds between two looks of the balancer


class RollingRestartTest(TwoServers):
    def launch(self, **changes):
        super().launch(**changes)
        self.servers = [self.server, self.second]

    def start_server(self, **options):
        server = super().start_server(flags=("--http-drain-delay-seconds", str(DELAY)), **options)
        server.listen = f"127.0.0.1:{server.address[1]}"  # the same after a restart
        return server

    def requests(self, name, event, product):
        """What a shop asks for, without an end."""
        for number in itertools.count():
            user = f"{name}-{number}"
            yield ("POST", f"/v1/coupon-events/{event}/requests", {"user_id": user}, {})
            yield ("GET", "/v1/products/popular", None, {})
            yield ("POST", "/v1/orders",
                   {"user_id": user, "lines": [{"product_id": product, "quantity": 1}]},
                   {"Idempotency-Key": user})

    def test_no_request_fails_while_two_servers_are_restarted_one_after_the_other(self):
        event = self.make_event(200)
        product = self.make_product(stock=10**9)
        addresses = [server.address for server in self.servers]
        balancer = Balancer(addresses, PROBE_EVERY)
        self.addCleanup(balancer.end)
        wait_until(lambda: all(map(balancer.is_ready, addresses)), "both are ready")
        customers = [Customer(balancer, self.requests(f"c{number}", event, product), 0.005)
                     for number in range(6)]
        for customer in customers:
            customer.start()
            self.addCleanup(customer.ended.set)
        for server, other in (self.servers, reversed(self.servers)):
            self.wait_for_answers(customers, server.address)
            server.signal(signal.SIGTERM)
            self.wait_for_answers(customers, other.address)
            self.assertEqual(server.wait(), 0, server.log())
            self.wait_for_answers(customers, other.address)
            address = server.address
            server.start()
            self.assertEqual(server.address, address)
            wait_until(lambda: balancer.is_ready(address), "it is ready again")
            self.wait_for_answers(customers, address)
        for customer in customers:
            customer.ended.set()
        for customer in customers:
            customer.join(30)
        self.assertEqual([failure for customer in customers for failure in customer.failures], [])
        statuses = {answer.status for customer in customers for _, _, answer in customer.answers}
        self.assertLessEqual(statuses, {200, 201}, "202, 503 and the like are no answers here")
        self.assertEqual(self.issued(customers), 200)
        self.server = self.servers[0]
        self.verify()

    @staticmethod
    def wait_for_answers(customers, address):
        """Some more requests are answered by this server."""
        def count():
            return sum(1 for customer in customers
                       for answered, _, _ in list(customer.answers) if answered == address)
        before = count()
        wait_until(lambda: count() >= before + 30, f"{address} answers")

    @staticmethod
    def issued(customers):
        bodies = [answer.json() for customer in customers for _, request, answer
                  in customer.answers if request[1].endswith("/requests")]
        return sum(1 for body in bodies if body["state"] == "issued")


class DrainDelayTest(SystemTest):
    server_per_test = True
    server_flags = ("--http-drain-delay-seconds", str(DELAY))

    def test_it_says_that_it_ends_and_still_takes_connections_for_the_delay(self):
        self.server.signal(signal.SIGTERM)
        begun = time.monotonic()
        wait_until(lambda: self.get_anew("/readyz") == 503, "it says so")
        self.assertEqual(self.get_anew("/livez"), 200)
        stays(lambda: self.get_anew("/v1/products") == 200, "it serves who still comes", DELAY / 2)
        self.assertEqual(self.server.wait(), 0, self.server.log())
        self.assertGreaterEqual(time.monotonic() - begun, DELAY - 0.5)

    def test_a_second_signal_ends_the_delay_as_well(self):
        self.server.signal(signal.SIGTERM)
        wait_until(lambda: self.get_anew("/readyz") == 503, "it says so")
        self.server.signal(signal.SIGTERM)
        self.assertIn(self.server.wait(), (143, -signal.SIGTERM))

    def get_anew(self, path):
        with Connection(self.server.address) as connection:
            return connection.get(path).status
