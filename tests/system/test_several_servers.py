"""Several servers beside each other on one PostgreSQL, without Redis: the same promises."""
import threading
import unittest

from support import postgres
from support import server as child
from support.case import SystemTest
from support.client import Connection
from support.promises import check_round
from support.rush import presses_of, rush
from support.waiting import wait_until


class SeveralServersTest(SystemTest):
    server_per_test = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if postgres.why_none():
            raise unittest.SkipTest(postgres.why_none())

    def launch(self, **changes):
        record = postgres.Postgres()
        self.addCleanup(record.end)
        self.servers = []
        for _ in range(2):
            server = child.Server(self.folder)
            server.database = record.url
            self.addCleanup(server.kill)
            self.servers.append(server.start())
        self.server = self.servers[0]
        self.http = Connection(self.server.address, self.contract, self.bearer)
        self.addCleanup(self.http.close)

    def ask(self, server, method, path, body=None, headers=None):
        with Connection(server.address) as connection:
            return connection.request(method, path, body, headers or {})

    def rush_both(self, event, users, meanwhile=None):
        """Every user presses on both servers at once; gives all presses."""
        presses = []

        def press(server):
            presses.extend(rush(server, presses_of(users, event), 16))

        threads = [threading.Thread(target=press, args=(server,)) for server in self.servers]
        for thread in threads:
            thread.start()
        if meanwhile:
            meanwhile()
        for thread in threads:
            thread.join()
        return presses

    def test_a_drop_over_both_is_exact(self):
        event = self.make_event(300)
        users = [f"u{number}" for number in range(900)]
        presses = self.rush_both(event, users)
        coupons = check_round(self, presses, 300, event)
        self.assertEqual(len(coupons), 300)
        self.assertEqual(sum(press.status == 201 for press in presses), 300)
        self.verify("--event", event)

    def test_a_drop_goes_on_when_one_is_killed_in_it(self):
        event = self.make_event(400)
        users = [f"u{number}" for number in range(1200)]
        self.rush_both(event, users, meanwhile=self.servers[1].kill)
        presses = rush(self.server, presses_of(users, event), 16)
        self.assertEqual(len([press for press in presses if press.state == "issued"]), 400)
        self.verify("--event", event)

    def test_a_sold_out_event_raised_on_one_is_open_on_the_other(self):
        event = self.make_event(1)
        self.press(event, "ann")
        path = f"/v1/coupon-events/{event}/requests"
        other = self.servers[1]
        for user in ("bob", "cid"):
            answer = self.ask(other, "POST", path, {"user_id": user})
            self.assertEqual(answer.json()["state"], "sold_out")
        self.patch(f"/v1/coupon-events/{event}", {"quantity": 2})
        wait_until(lambda: self.ask(other, "POST", path, {"user_id": "dan"}).json()["state"] ==
                   "issued", "the new round")
        self.verify("--event", event)

    def test_a_sale_on_one_is_on_the_list_of_both(self):
        self.sell(("tea", 3), ("mug", 5))
        for server in self.servers:
            wait_until(lambda at=server: [
                (item["product_id"], item["score"]) for item in
                self.ask(at, "GET", "/v1/products/popular?window=3d").json()["items"]] ==
                [("mug", 5), ("tea", 3)], "the list of each server")
        self.verify()

    def test_one_key_on_both_servers_is_one_order(self):
        product = self.make_product(stock=10)
        body = {"user_id": "ann", "lines": [{"product_id": product, "quantity": 1}]}
        answers = []

        def place(server):
            answers.append(self.ask(server, "POST", "/v1/orders", body,
                                    {"Idempotency-Key": "once"}))

        threads = [threading.Thread(target=place, args=(server,)) for server in self.servers * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        orders = {answer.json()["order_id"] for answer in answers if answer.status == 201}
        self.assertEqual(len(orders), 1)
        self.assertEqual(self.get(f"/v1/products/{product}")["stock"], 9)
        self.verify()
