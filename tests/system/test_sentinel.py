"""Two servers with PostgreSQL and a Redis that Sentinels watch: the primary changes in a drop."""
import time

from support.promises import check_round, told
from support.redis_sentinels import Sentinels
from support.rush import presses_of, rush
from support.two_servers import TwoServers
from support.waiting import wait_until


class SentinelServers(TwoServers):
    make_redis = Sentinels

    def primaries(self):
        """What each server says of the primary."""
        return [self.status(server)["redis"]["primaries"] for server in
                (self.server, self.second)]

    def wait_for_primary(self, other_than, again):
        wait_until(lambda: self.redis.primary() is not other_than or again(),
                   "a replica is promoted", interval=1)
        expected = [{"address": f"127.0.0.1:{self.redis.primary().port}", "up": True}]
        wait_until(lambda: self.primaries() == [expected, expected], "both servers follow")

    def wait_for_return(self, event, user):
        """Asked for again and again, the event goes back to the line."""
        wait_until(lambda: self.press(event, user, 200) and min(self.lines()) == 1
                   and self.redis.has_line(event),
                   "the event goes through the line again", interval=0.1)

    def check_change(self, happens, again=lambda: None):
        """The primary changes in a drop: it goes on directly, and comes back by itself. What is
        done `again` is repeated until it has changed."""
        event = self.event_in_line(2000)
        old = self.redis.primary()
        users = [f"u{number}" for number in range(800)]
        presses = self.rush_while(event, users, happens)
        slowest = max(press.completed - press.invoked for press in presses if press.status)
        self.assertLess(slowest, 2, "L2: it admits again within a second, and tells what waited")
        self.assertEqual(told(presses, "queued"), [])
        self.wait_for_primary(old, again)
        left = time.monotonic()
        self.wait_for_return(event, "u1")
        self.assertLess(time.monotonic() - left, 20)
        presses += rush(self.server, presses_of([f"v{number}" for number in range(400)], event), 16)
        check_round(self, presses, 2000, event)
        self.verify("--event", event)


class SentinelTest(SentinelServers):
    def test_a_primary_that_dies_in_a_drop(self):
        self.check_change(lambda: self.redis.primary().kill())
        for server in (self.server, self.second):
            redis = self.status(server)["redis"]
            self.assertEqual((redis["shape"], redis["up"]), ("sentinel", True))

    def test_a_primary_that_is_switched_by_hand_in_a_drop(self):
        def switch():
            # Refused, or given up, while no replica is good enough for the Sentinel. Once it has
            # switched it is not asked again before the others have heard of it.
            sentinel = self.redis.sentinels[1]
            if sentinel.primary_port() == self.redis.primary().port:
                sentinel.command("SENTINEL", "FAILOVER", "shop")

        self.check_change(switch, again=switch)


class LostTogetherTest(SentinelServers):
    def test_a_primary_that_dies_with_the_sentinel_that_is_asked(self):
        def lose_a_machine():
            primary = self.redis.primary()
            self.redis.sentinels[0].kill()
            primary.kill()

        self.check_change(lose_a_machine)
