"""Who may call: keys, scopes, and the refusal to listen to the world without keys."""
import pathlib
import re

from support import server as child
from support.case import SystemTest
from support.client import Connection
from support.keys import make_key
from support.tokens import shopper_token
from support.waiting import wait_until


class AccessTest(SystemTest):
    server_per_test = True

    def launch(self, **changes):
        keys = pathlib.Path(self.folder) / "keys"
        if not keys.exists():
            self.shop, shop_line = make_key(self.folder, "web", "shop")
            self.admin, admin_line = make_key(self.folder, "office", "admin")
            self.both, both_line = make_key(self.folder, "root", "shop,admin")
            keys.write_text(f"# keys\n\n{shop_line}\n{admin_line}\n{both_line}\n", "utf-8")
        self.bearer = self.both
        super().launch(flags=("--keys", str(keys)))

    def answer(self, bearer, method, path, body=None, headers=None):
        with self.connection(bearer=bearer) as connection:
            return connection.request(method, path, body, headers)

    def test_without_a_known_key_nobody_gets_in(self):
        for bearer in (None, "wrong", self.shop[:-1], self.shop + "x", ""):
            answer = self.answer(bearer, "GET", "/v1/products")
            self.assertEqual((answer.status, answer.code), (401, "unauthorized"), bearer)
        for header in (f"Basic {self.shop}", self.shop, "Bearer", f"Bearer  {self.shop} x"):
            answer = self.answer(None, "GET", "/v1/products", None, {"Authorization": header})
            self.assertEqual(answer.status, 401, header)

    def test_health_needs_no_key(self):
        for path in ("/livez", "/readyz", "/startupz"):
            self.assertEqual(self.answer(None, "GET", path).status, 200, path)

    def test_a_shop_key_sells_but_does_not_administer(self):
        product = {"name": "N", "price": 1, "stock": 1}
        self.assertEqual(self.answer(self.shop, "POST", "/v1/products", product).code, "forbidden")
        event = {"name": "E", "quantity": 1, "discount": {"type": "fixed", "value": 1}}
        self.assertEqual(self.answer(self.shop, "POST", "/v1/coupon-events", event).status, 403)
        made = self.make_event(1)
        for action in ("pause", "resume", "close"):
            answer = self.answer(self.shop, "POST", f"/v1/coupon-events/{made}/{action}",
                                 {"reason": "r"})
            self.assertEqual(answer.status, 403)
        self.assertEqual(self.answer(self.shop, "PATCH", f"/v1/coupon-events/{made}",
                                     {"quantity": 5}).status, 403)
        path = f"/v1/coupon-events/{made}/requests"
        self.assertEqual(self.answer(self.shop, "POST", path, {"user_id": "ann"}).status, 201)
        self.assertEqual(self.answer(self.shop, "GET", "/v1/products").status, 200)

    def test_an_admin_key_administers_but_does_not_act_for_users(self):
        event = {"name": "E", "quantity": 1, "discount": {"type": "fixed", "value": 1}}
        made = self.answer(self.admin, "POST", "/v1/coupon-events", event)
        self.assertEqual(made.status, 201)
        path = f"/v1/coupon-events/{made['coupon_event_id']}/requests"
        self.assertEqual(self.answer(self.admin, "POST", path, {"user_id": "ann"}).status, 403)
        self.assertEqual(self.answer(self.admin, "GET", "/v1/coupon-events").status, 200)

    def test_idempotency_keys_belong_to_their_caller(self):
        product = self.make_product(10)
        body = {"user_id": "ann", "lines": [{"product_id": product, "quantity": 1}]}
        key = {"Idempotency-Key": "same"}
        first = self.answer(self.shop, "POST", "/v1/orders", body, key)
        other = self.answer(self.both, "POST", "/v1/orders", body, key)
        again = self.answer(self.shop, "POST", "/v1/orders", body, key)
        self.assertNotEqual(first["order_id"], other["order_id"])
        self.assertEqual(first.body, again.body)

    def test_keys_are_never_said(self):
        self.answer("wrong", "GET", "/v1/products")
        self.answer(self.shop, "GET", "/v1/products")
        said = self.server.log()
        for secret in (self.shop, self.admin, self.both):
            self.assertNotIn(secret, said)
        self.assertNotIn(self.shop, (pathlib.Path(self.folder) / "keys").read_text("utf-8"))

    def test_verbs_take_the_key_from_the_environment(self):
        listed = self.rushline("event", "list", "--target", self.server.url,
                               environment={"RUSHLINE_KEY": self.admin})
        self.assertNotIn(self.admin, listed.stdout + listed.stderr)
        self.rushline("event", "list", "--target", self.server.url, status=5)


class RotationTest(SystemTest):
    """Keys that are replaced while the server runs."""
    server_per_test = True

    def launch(self, **changes):
        self.keys = pathlib.Path(self.folder) / "keys"
        self.old, old_line = make_key(self.folder, "old", "shop,admin")
        self.put(old_line)
        self.bearer = self.old
        super().launch(flags=("--keys", str(self.keys)))

    def put(self, text):
        new = self.keys.with_suffix(".new")
        new.write_text(text + "\n", "utf-8")
        new.rename(self.keys)

    def status(self, connection, key):
        return connection.request("GET", "/v1/products", None,
                                  {"Authorization": f"Bearer {key}"}).status

    def test_a_key_is_replaced_without_a_restart_also_on_open_connections(self):
        new, new_line = make_key(self.folder, "new", "shop")
        with self.connection(bearer=None) as connection:
            self.assertEqual(self.status(connection, self.old), 200)
            self.assertEqual(self.status(connection, new), 401)
            self.put(new_line)
            wait_until(lambda: self.status(connection, new) == 200, "the new key is known")
            self.assertEqual(self.status(connection, self.old), 401)

    def test_a_stream_ends_with_its_key_and_not_before(self):
        new, new_line = make_key(self.folder, "new", "shop,admin")
        old_line = self.keys.read_text("utf-8").strip()
        self.put(f"{old_line}\n{new_line}")
        path = f"/v1/coupon-events/{self.make_event(1)}/stream"
        with self.connection(bearer=None) as connection:
            wait_until(lambda: self.status(connection, new) == 200, "both keys are known")
        streams = {key: self.stream(path, bearer=key) for key in (self.old, new)}
        for stream in streams.values():
            self.assertIsNotNone(stream.next())
        self.put(new_line)
        self.assertIsNone(streams[self.old].next())
        self.assertTrue(streams[self.old].ended, "properly, by the last chunk")
        streams[self.old].connection.expect_end()
        self.assertIsNone(streams[new].next(timeout=1))
        self.assertFalse(streams[new].ended)

    def test_a_file_that_is_wrong_or_gone_changes_nothing_and_is_told_once(self):
        def complaints():
            return [line for line in self.server.lines if "replaced by something else" in line]
        for number, spoil in enumerate((lambda: self.put("nonsense"), self.keys.unlink), 1):
            spoil()
            wait_until(lambda: len(complaints()) == number, "a complaint in the log")
            with self.connection(bearer=None) as connection:
                self.assertEqual(self.status(connection, self.old), 200)
        self.assertNotIn("nonsense", "".join(complaints()))


class ShopperTest(SystemTest):
    """Shoppers who call themselves, with a token that the shop has signed."""
    server_per_test = True

    def launch(self, **changes):
        folder = pathlib.Path(self.folder)
        self.key, line = make_key(folder, "shop", "shop,admin")
        (folder / "keys").write_text(line + "\n", "utf-8")
        made = self.rushline_json("key", "create", "spring", "--shopper", "--keys",
                                  str(folder / "secrets"))
        self.secret = made["secret"]
        self.bearer = self.key
        super().launch(flags=("--keys", str(folder / "keys"), "--shopper-secrets",
                              str(folder / "secrets"), "--http-cors-origins",
                              "https://shop.example"))

    def token(self, user, lasts=60, **header):
        return shopper_token(user, self.secret, lasts, **header)

    def ask(self, token, method, path, body=None, **headers):
        with self.connection(bearer=token) as connection:
            return connection.request(method, path, body, headers)

    def test_a_shopper_gets_a_coupon_and_sees_only_what_is_theirs(self):
        event = self.make_event(5)
        requests = f"/v1/coupon-events/{event}/requests"
        mina = self.token("mina", kid="spring")
        self.assertEqual(self.ask(mina, "POST", requests, {"user_id": "mina"}).status, 201)
        for path in (f"{requests}/mina", "/v1/users/mina/coupons", f"/v1/coupon-events/{event}",
                     "/v1/coupon-events", "/v1/products/popular", "/v1/products"):
            self.assertEqual(self.ask(mina, "GET", path).status, 200, path)
        self.assertEqual(self.ask(mina, "POST", requests, {"user_id": "jin"}).status, 403)
        for path in (f"{requests}/jin", "/v1/users/jin/coupons", "/v1/status",
                     f"/v1/coupon-events/{event}/coupons", "/v1/orders/1"):
            self.assertEqual(self.ask(mina, "GET", path).status, 403, path)
        product = {"name": "N", "price": 1, "stock": 1}
        self.assertEqual(self.ask(mina, "POST", "/v1/products", product).status, 403)
        self.assertEqual(self.event(event)["issued"], 1)

    def test_a_token_that_is_over_or_forged_lets_nobody_in(self):
        late = self.ask(self.token("mina", lasts=-1), "GET", "/v1/products")
        self.assertEqual((late.status, late.code), (401, "unauthorized"))
        self.assertIn("expired", late["detail"])
        head, claims, signature = self.token("mina").split(".")
        other = self.token("jin").split(".")[1]
        for forged in (f"{head}.{other}.{signature}", f"{head}.{claims}.",
                       f"{head}.{claims}.{signature[:-2]}AA"):
            self.assertEqual(self.ask(forged, "GET", "/v1/products").status, 401)

    def test_idempotency_keys_belong_to_the_shopper(self):
        event = self.make_event(5)
        path = f"/v1/coupon-events/{event}/requests"
        key = {"Idempotency-Key": "same"}
        mina = self.ask(self.token("mina"), "POST", path, {"user_id": "mina"}, **key)
        jin = self.ask(self.token("jin"), "POST", path, {"user_id": "jin"}, **key)
        again = self.ask(self.token("mina", lasts=50), "POST", path, {"user_id": "mina"}, **key)
        self.assertNotEqual(mina["coupon_id"], jin["coupon_id"])
        self.assertEqual(mina.body, again.body)

    def test_pages_of_the_shop_may_call(self):
        answer = self.ask(self.token("mina"), "GET", "/v1/products", Origin="https://shop.example")
        self.assertEqual(answer.headers["access-control-allow-origin"], "https://shop.example")
        preflight = self.ask(None, "OPTIONS", "/v1/coupon-events/1/requests",
                             Origin="https://shop.example",
                             **{"Access-Control-Request-Method": "POST"})
        self.assertEqual(preflight.status, 204)
        self.assertIn("POST", preflight.headers["access-control-allow-methods"])
        other = self.ask(self.token("mina"), "GET", "/v1/products", Origin="https://evil.example")
        self.assertNotIn("access-control-allow-origin", other.headers)

    def test_secrets_are_never_said(self):
        self.ask(self.token("mina"), "GET", "/v1/products")
        said = self.server.log() + self.get("/metrics").body.decode() + \
            self.get("/v1/status").body.decode()
        self.assertNotIn(self.secret, said)
        self.assertNotIn(self.key, said)

    def test_secrets_that_others_can_read_are_refused(self):
        secrets = pathlib.Path(self.folder) / "secrets"
        secrets.chmod(0o644)
        for flags in (("--keys", str(secrets.with_name("keys"))), ()):
            server = child.Server(self.folder, flags=(*flags, "--shopper-secrets", str(secrets)))
            server.launch()
            self.addCleanup(server.kill)
            self.assertEqual(server.wait(), 3, server.log())
            self.assertNotIn(self.secret, server.log())


class SecretRotationTest(SystemTest):
    """Secrets of shopper tokens that are replaced while the server runs."""
    server_per_test = True

    def launch(self, **changes):
        folder = pathlib.Path(self.folder)
        self.key, line = make_key(folder, "shop", "shop,admin")
        (folder / "keys").write_text(line + "\n", "utf-8")
        self.secrets = folder / "secrets"
        self.old, self.new = (self.make_secret(name) for name in ("spring", "summer"))
        self.put(self.old)
        self.bearer = self.key
        super().launch(flags=("--keys", str(folder / "keys"), "--shopper-secrets",
                              str(self.secrets)))

    def make_secret(self, name):
        made = self.rushline_json("key", "create", name, "--shopper")
        return name, made["secret"]

    def put(self, *secrets):
        new = self.secrets.with_suffix(".new")
        new.touch(0o600)
        new.write_text("".join(f"{name} {secret}\n" for name, secret in secrets), "utf-8")
        new.rename(self.secrets)

    def token(self, secret, user="mina", lasts=60, named=False):
        return shopper_token(user, secret[1], lasts, **({"kid": secret[0]} if named else {}))

    def status(self, token):
        with self.connection(bearer=token) as connection:
            return connection.request("GET", "/v1/products").status

    def test_both_secrets_are_good_together_and_the_old_one_ends(self):
        old, new = (self.token(secret) for secret in (self.old, self.new))
        with self.connection(bearer=old) as connection:
            self.assertEqual(connection.request("GET", "/v1/products").status, 200)
            self.assertEqual(self.status(new), 401)
            self.put(self.old, self.new)
            wait_until(lambda: self.status(new) == 200, "the new secret is known")
            for secret in (self.old, self.new):
                for named in (False, True):
                    self.assertEqual(self.status(self.token(secret, named=named)), 200, secret[0])
            self.put(self.new)
            wait_until(lambda: self.status(old) == 401, "the old secret is gone")
            self.assertEqual(connection.request("GET", "/v1/products").status, 401,
                             "also on a connection that it opened")
            forged = shopper_token("mina", self.old[1], kid=self.new[0])
            self.assertEqual(self.status(forged), 401)
            self.assertEqual(self.status(self.token(self.new, named=True)), 200)
            self.assertEqual(self.status(self.key), 200)

    def test_streams_end_with_the_secret_or_the_token_that_opened_them(self):
        self.put(self.old, self.new)
        wait_until(lambda: self.status(self.token(self.new)) == 200, "both secrets are known")
        path = f"/v1/coupon-events/{self.make_event(1)}/stream"
        brief = self.stream(path, bearer=self.token(self.new, "jin", lasts=4))
        of_old = self.stream(path, bearer=self.token(self.old))
        of_new = self.stream(path, bearer=self.token(self.new))
        for stream in (brief, of_old, of_new):
            self.assertIsNotNone(stream.next())
        self.put(self.new)
        for stream in (of_old, brief):
            self.assertIsNone(stream.next())
            self.assertTrue(stream.ended, "properly, by the last chunk")
        self.assertIsNone(of_new.next(timeout=1))
        self.assertFalse(of_new.ended)

    def test_a_shopper_cannot_take_the_streams_of_all(self):
        path = f"/v1/coupon-events/{self.make_event(1)}/stream"
        mina = self.token(self.old)
        streams = [self.stream(path, bearer=mina) for _ in range(10)]
        self.assertEqual([stream.status for stream in streams], [200] * 10)
        with self.connection(bearer=mina) as connection:
            refused = connection.request("GET", path)
            self.assertEqual((refused.status, refused.code), (429, "too_many_streams"))
            self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
            self.assertEqual(connection.request("GET", "/v1/products").status, 200)
        for bearer in (self.token(self.old, "jin"), self.key):
            self.assertEqual(self.stream(path, bearer=bearer).status, 200)
        streams[0].connection.close()
        wait_until(lambda: self.stream(path, bearer=mina).status == 200, "a place is free again")


class ListeningTest(SystemTest):
    server_per_test = True

    def refused(self, status, *flags, listen="127.0.0.1:0"):
        server = child.Server(self.folder, flags=flags, listen=listen).launch()
        self.addCleanup(server.kill)
        self.assertEqual(server.wait(), status, server.log())
        return server.log()

    def test_without_keys_only_loopback_is_listened_on(self):
        said = self.refused(3, listen="0.0.0.0:0")
        self.assertIn("key", said)
        self.assertIn("127.0.0.1", said)

    def test_a_server_without_keys_says_so(self):
        self.assertIn("API keys", self.server.log())

    def test_a_wrong_keys_file_ends_the_start_without_showing_it(self):
        keys = pathlib.Path(self.folder) / "keys"
        for text in ("web shop not-a-hash\n", "", "secretsecret\n"):
            keys.write_text(text, "utf-8")
            said = self.refused(3, "--keys", str(keys))
            self.assertNotIn("secretsecret", said)
        self.refused(3, "--keys", str(self.folder) + "/nowhere")

    def test_an_address_that_is_taken_ends_the_start(self):
        host, port = self.server.address
        folder = pathlib.Path(self.folder) / "second"
        folder.mkdir()
        server = child.Server(folder, listen=f"{host}:{port}").launch()
        self.addCleanup(server.kill)
        self.assertIn(server.wait(), (3, 4))
        self.assertIn(str(port), server.log())


class AdminListenerTest(SystemTest):
    server_per_test = True
    server_flags = ("--admin-listen", "127.0.0.1:0")

    def test_an_admin_listener_takes_administration_metrics_and_health_with_it(self):
        line = wait_until(lambda: [line for line in self.server.lines if "operators" in line],
                          "the second listener is named")[0]
        admin_url = re.search(r"http://[\d.]+:\d+", line).group(0)
        with Connection(self.server.address) as shop, \
                Connection(("127.0.0.1", int(admin_url.rpartition(":")[2]))) as admin:
            for path in ("/metrics", "/readyz", "/livez", "/v1/status"):
                self.assertEqual(admin.get(path).status, 200, path)
                self.assertEqual(shop.get(path).status, 404, path)
            for listener in (shop, admin):
                self.assertEqual(listener.get("/openapi.json").status, 200)
            self.assertEqual(shop.get("/v1/products").status, 200)
            product = {"name": "Tea", "price": 900, "stock": 5}
            self.assertEqual(shop.post("/v1/products", product).status, 405)
            self.assertEqual(admin.post("/v1/products", product).status, 201)
            self.assertEqual(admin.get("/v1/products").status, 200)
            metrics = admin.get("/metrics").body.decode()
            self.assertIn('rushline_limit_used{limit="http_admin_connections"} 1\n', metrics)
            self.assertIn('rushline_limit{limit="http_admin_connections"} 100\n', metrics)
            self.assertIn('rushline_limit_used{limit="http_connections"} 1\n', metrics)
