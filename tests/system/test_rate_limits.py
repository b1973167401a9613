"""Rate limits of keys and users, as callers see them."""
import pathlib
import re
import time

from support.case import SystemTest
from support.waiting import wait_until


class RateLimitTest(SystemTest):
    server_flags = ("--http-key-rate", "200", "--http-key-burst", "400",
                    "--http-user-rate", "1", "--http-user-burst", "3")

    def press(self, event, user):
        return self.http.request("POST", f"/v1/coupon-events/{event}/requests", {"user_id": user})

    def test_a_user_who_presses_too_often_is_told_when_to_come_back(self):
        event = self.make_event(5)
        self.assertEqual([self.press(event, "mina").status for _ in range(3)], [201, 200, 200])
        refused = self.press(event, "mina")
        self.assertEqual((refused.status, refused.code), (429, "rate_limited"))
        self.assertEqual(refused.headers["ratelimit-policy"],
                         '"key";q=400;w=2, "user";q=3;w=3')
        self.assertRegex(refused.headers["ratelimit"], r'"key";r=\d+;t=1, "user";r=0;t=1')
        self.assertEqual(self.press(event, "bora").status, 201, "others do not suffer")

        come_back = time.monotonic() + int(refused.headers["retry-after"])
        wait_until(lambda: time.monotonic() >= come_back, "it is time")
        self.assertEqual(self.press(event, "mina").status, 200)

    def test_everybody_is_told_what_is_left(self):
        answer = self.get("/v1/products")
        self.assertEqual(answer.headers["ratelimit-policy"], '"key";q=400;w=2')
        self.assertRegex(answer.headers["ratelimit"], r'^"key";r=3\d\d;t=1$')
        self.assertNotIn("ratelimit", self.get("/livez").headers)

    def test_refusals_are_counted(self):
        event = self.make_event(5)
        for _ in range(5):
            self.press(event, "dana")
        metrics = self.get("/metrics").body.decode()
        counted = re.search(r'rushline_rate_limited_total\{limit="user"\} (\d+)', metrics)
        self.assertGreaterEqual(int(counted[1]), 2)


class ConfiguredRateLimitTest(SystemTest):
    server_per_test = True

    def launch(self, **changes):
        config = pathlib.Path(self.folder) / "rushline.toml"
        config.write_text("[http]\nkey_rate = 1\n", "utf-8")
        super().launch(flags=("--config", str(config)))

    def test_a_rate_without_a_burst_lets_in_what_comes_in_a_second(self):
        statuses = [self.http.request("GET", "/v1/products").status for _ in range(5)]
        self.assertIn(429, statuses)
        self.assertEqual(self.get("/livez").status, 200)


class RemovedKeyTest(SystemTest):
    """The rate of a key lasts as long as the key."""
    server_per_test = True

    def launch(self, **changes):
        made = {name: self.rushline_json("key", "create", name, "--scopes", "shop")
                for name in ("stays", "goes")}
        self.lines = {name: key["line"] for name, key in made.items()}
        self.keys = {name: key["key"] for name, key in made.items()}
        self.bearer = self.keys["stays"]
        self.put("stays", "goes")
        # So slow that nothing comes back while the test runs.
        super().launch(flags=("--keys", str(self.file), "--http-key-rate", "1",
                              "--http-key-burst", "1000"))

    @property
    def file(self):
        return pathlib.Path(self.folder) / "keys"

    def put(self, *names):
        new = self.file.with_suffix(".new")
        new.write_text("".join(self.lines[name] + "\n" for name in names), "utf-8")
        new.rename(self.file)

    def left(self, name):
        with self.connection(bearer=self.keys[name]) as connection:
            answer = connection.request("GET", "/v1/products")
            told = re.search(r'"key";r=(\d+)', answer.headers.get("ratelimit", ""))
            return int(told[1]) if told else None

    def test_a_key_that_comes_back_begins_anew_and_one_that_stays_does_not(self):
        for name in self.keys:
            for _ in range(200):
                self.left(name)
        self.put("stays")
        wait_until(lambda: self.left("goes") is None, "the key is gone")
        self.put("stays", "goes")
        wait_until(lambda: self.left("goes") is not None, "the key is back")
        self.assertGreater(self.left("goes"), 990)
        self.assertLess(self.left("stays"), 900)


class NoRateLimitTest(SystemTest):
    def test_nothing_is_limited_or_told_unless_configured(self):
        event = self.make_event(1)
        for _ in range(100):
            answer = self.http.request("POST", f"/v1/coupon-events/{event}/requests",
                                       {"user_id": "mina"})
            self.assertIn(answer.status, (200, 201))
            self.assertNotIn("ratelimit-policy", answer.headers)
            self.assertNotIn("ratelimit", answer.headers)
