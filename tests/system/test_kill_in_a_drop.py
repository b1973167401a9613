"""kill -9 in a drop: at every named point and at random moments; no told verdict is lost."""
from support.fail_points import NAMES, start_until_killed
from support.case import DISTRIBUTED, SystemTest
from support.promises import check_round, told
from support.rush import check_contract, presses_of, rush
from support.waiting import seeded_random, wait_until

# Through the line, verdicts are told elsewhere than on the direct way.
DROP_POINTS = [name for name in NAMES
               if name.startswith(("write.", "settle.") + (("line.",) if DISTRIBUTED else ()))
               and not (DISTRIBUTED and name == "settle.before_tell")]
BEFORE_TELL = "line.before_tell" if DISTRIBUTED else "settle.before_tell"


class KilledDropTest(SystemTest):
    server_per_test = True

    def kill_at(self, point):
        """A rush that dies at `point`; after a restart everybody asks again."""
        chance = seeded_random(f"{self.id()} {point}")
        quantity = chance.choice([150, 300, 1003])
        event = self.make_event(quantity)
        users = [f"u{number}" for number in range(300)]
        self.assertEqual(self.server.stop(), 0)
        # A start commits a few things of its own; the death shall come in the middle of the rush.
        count = chance.randint(8, 14) if point.startswith("write.") else chance.randint(2, 6)
        # While the thread that dies stalls, the others go on: a verdict told too early is heard.
        server = start_until_killed(self, f"{point}:{count}:80")
        presses = users + users
        chance.shuffle(presses)
        before = rush(server, presses_of(presses, event), 8)
        self.assertEqual(server.wait(), -9, f"{point}:{count} was not reached\n{server.log()}")
        self.assertTrue(told(before, "issued"), "it died before anybody was told anything")
        self.assertLess(len(told(before, "issued")), quantity)

        self.launch()
        # Whoever was told a verdict still has it, even before anybody asks again.
        for press in told(before, "issued"):
            state = self.get(f"{press.path}/{press.user}").json()
            self.assertEqual(state["coupon_id"], press.body["coupon_id"], press)
        after = rush(self.server, presses_of(users, event), 8)
        self.assertEqual(len(after), 300)
        check_contract(self.contract, before + after)
        check_round(self, before + after, quantity, event)
        self.verify()
        self.assertEqual(self.event(event)["waiting"], 0)

    def test_killed_before_the_first_verdict_of_a_small_drop(self):
        for quantity in (1, 7):
            event = self.make_event(quantity)
            self.assertEqual(self.server.stop(), 0)
            server = start_until_killed(self, f"{BEFORE_TELL}:1:80")
            users = [f"u{number}" for number in range(10)]
            before = rush(server, presses_of(users, event), 10)
            self.assertEqual(server.wait(), -9)
            self.launch()
            after = rush(self.server, presses_of(users, event), 10)
            check_round(self, before + after, quantity, event)
            self.verify()

    def test_the_points_of_a_drop_are_known(self):
        self.assertGreaterEqual(len(DROP_POINTS), 7)


def kill_test(point):
    return lambda self: self.kill_at(point)


for _point in DROP_POINTS:
    setattr(KilledDropTest, f"test_killed_at_{_point.replace('.', '_')}", kill_test(_point))


class KilledAtRandomTest(SystemTest):
    server_per_test = True

    def test_five_kills_at_random_moments_lose_no_verdict(self):
        chance = seeded_random(self.id())
        quantity = chance.randint(500, 1500)
        event = self.make_event(quantity)
        users = [f"u{number}" for number in range(2000)]
        presses = []
        for _ in range(5):
            wanted = [chance.choice(users) for _ in range(3000)]
            last = chance.randrange(1, 600)
            answered = []

            def kill_soon(press):
                answered.append(press)
                if len(answered) == last:
                    self.server.process.kill()

            presses += rush(self.server, presses_of(wanted, event), 24,
                            on_answer=kill_soon)
            self.assertEqual(self.server.wait(), -9)
            self.launch()
        presses += rush(self.server, presses_of(users, event), 24)
        check_contract(self.contract, presses)
        check_round(self, presses, quantity, event)
        wait_until(lambda: self.event(event)["waiting"] == 0, "nobody waits")
        self.verify()
