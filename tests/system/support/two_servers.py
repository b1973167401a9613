"""The base of tests over two servers with PostgreSQL and Redis, of whatever shape."""
import threading
import unittest

from support import postgres, redis
from support import server as child
from support.case import SystemTest
from support.client import Connection
from support.rush import presses_of, rush
from support.waiting import wait_until


class TwoServers(SystemTest):
    """Two servers per test, over a PostgreSQL of the class and a Redis of the test."""
    server_per_test = True
    make_redis = redis.Redis

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        why_not = postgres.why_none() or redis.why_none()
        if why_not:
            raise unittest.SkipTest(why_not)
        cls.record = postgres.Postgres()
        cls.addClassCleanup(cls.record.end)

    def launch(self, **changes):
        self.redis = type(self).make_redis()
        self.addCleanup(self.redis.end)
        self.data = (self.record.create_database(), self.redis)
        self.server, self.second = self.start_server(), self.start_server()
        self.server.beside = [self.second]
        self.use(self.server)

    def start_server(self, **options):
        server = child.Server(self.folder, **options).share(self.data)
        self.addCleanup(server.kill)
        return server.start()

    def use(self, server):
        self.http = Connection(server.address, self.contract, self.bearer)
        self.addCleanup(self.http.close)

    def status(self, server):
        with Connection(server.address) as connection:
            return connection.request("GET", "/v1/status", None, {}).json()

    def metric(self, server, name):
        with Connection(server.address) as connection:
            text = connection.request("GET", "/metrics", None, {}).body.decode()
        return sum(int(line.split(" ")[-1]) for line in text.splitlines()
                   if line.split(" ")[0].split("{")[0] == name)

    def lines(self):
        """Events that go through Redis, as each server sees it."""
        return [self.status(server)["redis"]["lines"] for server in (self.server, self.second)
                if server.is_running()]

    def event_in_line(self, quantity, **fields):
        event = self.make_event(quantity, **fields)
        self.wait_for_line(event)
        return event

    def wait_for_line(self, event):
        wait_until(lambda: self.redis.has_line(event), "the event has its line")
        wait_until(lambda: all(count > 0 for count in self.lines()), "both servers know of it")

    def rush_while(self, event, users, happens, after=100):
        """A rush in the middle of which something happens, beside it."""
        answered = []

        def at_once(press):
            answered.append(press)
            if len(answered) == after:
                threading.Thread(target=happens, daemon=True).start()

        return rush(self.server, presses_of(users, event), 32, on_answer=at_once)
