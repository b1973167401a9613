"""Two servers with PostgreSQL and Redis: what the line adds, and what a lost Redis costs."""
import time

from support import server as child
from support.client import Connection
from support.fail_points import NAMES
from support.promises import check_round, told
from support.rush import presses_of, rush
from support.two_servers import TwoServers
from support.waiting import wait_until

EPOCH_POINTS = [name for name in NAMES if name.startswith("epoch.")]


class LineTest(TwoServers):
    def test_requests_go_through_the_line_and_both_servers_tell(self):
        event = self.event_in_line(300)
        presses = rush(self.server, presses_of([f"u{n}" for n in range(500)], event), 32)
        check_round(self, presses, 300, event)
        places = sum(self.metric(server, "rushline_drained_places_total")
                     for server in (self.server, self.second))
        self.assertGreaterEqual(places, 300)
        self.assertEqual(self.metric(self.server, "rushline_lines_left_total"), 0)
        self.verify("--event", event)

    def test_every_key_has_a_ttl(self):
        event = self.event_in_line(5, ack="queued")
        self.press(event, "ann", 202)
        self.sell(("tea", 3))
        self.wait_for_scores({"tea": 3})
        keys = wait_until(lambda: int(self.redis.command("DBSIZE")[1:]) >= 4 and self.all_keys(),
                          "keys of an event and of the board")
        for key in keys:
            self.assertGreater(int(self.redis.command("TTL", key)[1:]), 0, key)

    def all_keys(self):
        names = []
        for pattern in ("coupon-events:*", "queue:*", "rank:*"):
            count = int(self.redis.command("EVAL", "return #redis.call('KEYS', ARGV[1])", 0,
                                           pattern)[1:])
            names += [self.redis.command("EVAL", "return redis.call('KEYS', ARGV[1])"
                                         f"[{index + 1}]", 0, pattern).decode()
                      for index in range(count)]
        return names

    def test_queued_is_said_as_soon_as_there_is_a_place_and_the_verdict_follows(self):
        event = self.event_in_line(1, ack="queued")
        answer = self.press(event, "ann", 202)
        self.assertEqual((answer["state"], answer["position"]), ("queued", 1))
        path = f"/v1/coupon-events/{event}/requests/"
        self.assertEqual(self.get(path + "ann?wait=5")["state"], "issued")
        self.assertEqual(self.press(event, "bob", 200)["state"], "sold_out")
        self.assertEqual(self.get(path + "cid")["state"], "sold_out")

    def test_pausing_resuming_and_closing_hold_from_their_answer_on(self):
        event = self.event_in_line(5)
        self.post(f"/v1/coupon-events/{event}/pause", {"reason": "r"})
        self.press(event, "ann", 409, code="event_paused")
        self.post(f"/v1/coupon-events/{event}/resume", {"reason": "r"})
        self.press(event, "ann")
        self.post(f"/v1/coupon-events/{event}/close", {"reason": "r"})
        self.press(event, "bob", 409, code="event_closed")
        self.assertEqual(self.metric(self.server, "rushline_lines_left_total"), 0)
        self.verify("--event", event)

    def test_a_server_that_dies_with_requests_in_line_is_made_up_for_within_two_seconds(self):
        event = self.event_in_line(400)
        users = [f"u{number}" for number in range(300)]
        answered = []

        def kill_once(press):
            answered.append(press)
            if len(answered) == 60:
                self.server.process.kill()

        presses = rush(self.server, presses_of(users, event), 32, on_answer=kill_once)
        killed = time.monotonic()
        self.server.wait()
        self.use(self.second)
        self.server = self.second
        # Whoever has a place is decided without asking again.
        wait_until(lambda: self.redis.command("ZCARD", f"queue:coupon-events:{{{event}}}") == b":0",
                   "the line is drained", 10)
        self.assertLess(time.monotonic() - killed, 5)
        presses += rush(self.server, presses_of(users, event), 16)
        check_round(self, presses, 400, event)
        self.verify("--event", event)

    def test_a_sale_on_one_server_is_on_the_list_of_both(self):
        self.sell(("tea", 3), ("mug", 5))
        for server in (self.server, self.second):
            self.use(server)
            self.wait_for_scores({"tea": 3, "mug": 5})

    def test_a_server_without_redis_is_refused_while_events_go_through_it(self):
        self.event_in_line(5)
        server = child.Server(self.folder)
        server.database = self.server.database
        self.addCleanup(server.kill)
        server.launch()
        self.assertEqual(server.wait(), 3, server.log())
        self.assertIn("--redis", server.log())


class LostRedisTest(TwoServers):
    def check_goes_on(self, happens, heals=lambda: None):
        event = self.event_in_line(600)
        users = [f"u{number}" for number in range(1000)]
        presses = self.rush_while(event, users, happens)
        slowest = max(press.completed - press.invoked for press in presses if press.status)
        self.assertLess(slowest, 2, "L2: it admits again within a second, and tells what waited")
        heals()
        presses += rush(self.server, presses_of(users, event), 16)
        self.assertEqual(told(presses, "queued"), [])
        check_round(self, presses, 600, event)
        self.verify("--event", event)
        return event

    def test_killed(self):
        self.check_goes_on(self.redis.kill)
        for server in (self.server, self.second):
            wait_until(lambda at=server: not self.status(at)["redis"]["up"], "it is noticed")
            codes = [finding["code"] for finding in self.status(server)["findings"]]
            self.assertIn("redis_unavailable", codes)
            with Connection(server.address, self.contract) as probe:
                self.assertEqual(probe.get("/readyz")["degraded"], ["redis"])
        self.redis.start()
        event = self.make_event(5)
        self.wait_for_line(event)
        self.press(event, "ann")

    def test_wiped(self):
        self.check_goes_on(lambda: self.redis.command("FLUSHALL"))

    def test_frozen(self):
        self.check_goes_on(self.redis.freeze, self.redis.thaw)

    def test_restarted_with_its_file_is_used_again_by_itself(self):
        event = self.event_in_line(1000)
        users = [f"u{number}" for number in range(300)]

        def restart():
            self.redis.kill()
            self.redis.start()

        presses = self.rush_while(event, users, restart)
        check_round(self, presses, 1000, event)
        # Asked for again and again, it goes back after five healthy seconds.
        left = time.monotonic()
        wait_until(lambda: self.press(event, "u1", 200) and min(self.lines()) == 1,
                   "the event goes through the line again", 30, 0.1)
        self.assertLess(time.monotonic() - left, 20)
        presses = rush(self.server, presses_of([f"v{n}" for n in range(200)], event), 16)
        self.assertEqual(len(told(presses, "issued")), 200)
        self.verify("--event", event)

    def test_lists_go_on_without_redis_and_follow_again(self):
        self.sell(("tea", 3))
        self.wait_for_scores({"tea": 3})
        self.redis.kill()
        self.sell(("mug", 5))
        self.wait_for_scores({"tea": 3, "mug": 5})
        self.assertTrue(self.popular()["stale"])
        self.redis.start()
        self.sell(("tea", 4))
        self.wait_for_scores({"tea": 7, "mug": 5})
        wait_until(lambda: not self.popular()["stale"], "the lists come from the board again")

    def test_a_wiped_board_is_rebuilt_and_no_read_fails_meanwhile(self):
        self.sell(*[(f"p{number}", number + 1) for number in range(200)])
        self.wait_for_scores({"p199": 200})
        self.redis.command("FLUSHALL")
        self.sell(("p0", 1000))
        self.wait_for_scores({"p0": 1001, "p199": 200})
        wait_until(lambda: not self.popular()["stale"], "the lists come from the board again")


class KilledBetweenEpochsTest(TwoServers):
    def kill_at(self, point):
        """A server that dies while it takes an event out of the line, or brings it back."""
        event = self.event_in_line(300)
        third = self.start_server(environment={"RUSHLINE_FAIL_POINT": f"{point}:1"})
        self.server.beside = [third]
        if point != "epoch.before_leave":
            self.assertEqual(self.second.stop(), 0)
        users = [f"u{number}" for number in range(400)]
        answered = []

        def wipe(press):
            answered.append(press)
            if len(answered) in (50, 150):
                self.redis.command("FLUSHALL")

        presses = rush(self.server, presses_of(users, event), 16, on_answer=wipe)
        self.server.beside = []
        presses += rush(self.server, presses_of(users, event), 16)
        check_round(self, presses, 300, event)
        self.verify("--event", event)


def kill_test(point):
    return lambda self: self.kill_at(point)


for _point in EPOCH_POINTS:
    setattr(KilledBetweenEpochsTest, f"test_killed_at_{_point.replace('.', '_')}",
            kill_test(_point))
