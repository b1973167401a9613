"""Two servers with PostgreSQL and a Redis Cluster: slots move and primaries are lost in a drop."""
import functools

from support.promises import check_round, told
from support.redis_cluster import Cluster
from support.rush import presses_of, rush
from support.two_servers import TwoServers
from support.waiting import wait_until


class ClusterServers(TwoServers):
    make_redis = Cluster

    def events_in_line(self, count, quantity):
        events = [self.event_in_line(quantity) for _ in range(count)]
        wait_until(lambda: self.lines() == [count, count], "both servers know of all lines")
        return events

    def check_events(self, presses, events, quantity):
        for event in events:
            of_event = [press for press in presses if f"/{event}/" in press.path]
            check_round(self, of_event, quantity, event)
            self.verify("--event", event)

    def check_answered_in_time(self, presses):
        slowest = max(press.completed - press.invoked for press in presses if press.status)
        self.assertLess(slowest, 2, "L2: it admits again within a second, and tells what waited")
        self.assertEqual(told(presses, "queued"), [])

    def direct_events(self):
        return sum(self.metric(server, "rushline_lines_left_total")
                   for server in (self.server, self.second))


class SlotTest(ClusterServers):
    def test_a_slot_that_moves_to_and_fro_in_a_drop(self):
        event = self.event_in_line(1500)

        def move():
            home = self.redis.owner_of(event)
            away = self.redis.other_than(home)
            self.redis.move_slot(event, away)
            wait_until(lambda: self.redis.replication_id_of(event) == away.replication_id(),
                       "the line is installed on the other primary")
            self.redis.move_slot(event, home)

        presses = self.rush_while(event, [f"u{number}" for number in range(1200)], move)
        self.check_answered_in_time(presses)
        self.assertGreaterEqual(self.direct_events(), 1, "it went around the move")
        # Redis answered all the time: the event comes back at once.
        wait_until(lambda: self.press(event, "u1", 200) and self.lines() == [1, 1],
                   "the event goes through the line again", interval=0.1)
        presses += rush(self.server, presses_of([f"v{number}" for number in range(500)], event), 16)
        self.check_events(presses, [event], 1500)

    def test_the_list_follows_while_the_slot_of_the_board_moves(self):
        self.sell(("tea", 3))
        self.wait_for_scores({"tea": 3})
        home = self.redis.owner_of("products")
        away = self.redis.other_than(home)
        self.redis.move_slot("products", away)
        self.sell(("mug", 5))
        self.wait_for_scores({"tea": 3, "mug": 5})
        self.redis.move_slot("products", home)
        self.sell(("tea", 4))
        self.wait_for_scores({"tea": 7, "mug": 5})
        wait_until(lambda: not self.popular()["stale"], "the lists come from the board")


class LostPrimaryTest(ClusterServers):
    def test_a_primary_that_dies_costs_its_own_events_only(self):
        events = self.events_in_line(6, 300)
        lost = self.redis.owner_of(events[0])
        concerned = [event for event in events if self.redis.owner_of(event) is lost]
        self.assertLess(len(concerned), len(events))
        users = [f"u{number}" for number in range(150)]
        presses = [press for group in zip(*(presses_of(users, event) for event in events))
                   for press in group]
        answered = []

        def kill_once(press):
            answered.append(press)
            if len(answered) == 150:
                lost.kill()

        presses = rush(self.server, presses, 32, on_answer=kill_once)
        self.check_answered_in_time(presses)
        remaining = len(events) - len(concerned)
        wait_until(lambda: self.lines() == [remaining, remaining], "the others stay in line")
        self.assertEqual(self.direct_events(), len(concerned))
        for server in (self.server, self.second):
            status = self.status(server)
            self.assertEqual(status["mode"], "redis")
            self.assertIn("redis_partly_unavailable",
                          [finding["code"] for finding in status["findings"]])
            away = [one["address"] for one in status["redis"]["primaries"] if not one["up"]]
            self.assertEqual(away, [f"127.0.0.1:{lost.port}"])

        lost.start()
        wait_until(lambda: all(self.press(event, "u1", 200) for event in concerned) and
                   self.lines() == [len(events)] * 2, "all go through the line again",
                   interval=0.1)
        self.assertEqual(self.metric(self.server, "rushline_redis_up"), 1)
        presses += rush(self.server, [press for event in events for press in presses_of(
            [f"v{number}" for number in range(50)], event)], 16)
        self.check_events(presses, events, 300)


class PromotedReplicaTest(ClusterServers):
    make_redis = functools.partial(Cluster, replicas_of_each=1, timeout_ms=1500)

    def test_a_replica_takes_over_in_a_drop(self):
        event = self.event_in_line(1000)
        old = self.redis.owner_of(event)
        presses = self.rush_while(event, [f"u{number}" for number in range(600)], old.kill)
        self.check_answered_in_time(presses)
        wait_until(lambda: self.press(event, "u1", 200) and self.lines() == [1, 1],
                   "the event goes through the line of the promoted replica", interval=0.1)
        self.assertIsNot(self.redis.owner_of(event), old)
        self.assertTrue(self.redis.has_line(event))
        presses += rush(self.server, presses_of([f"v{number}" for number in range(300)], event), 16)
        self.check_events(presses, [event], 1000)
