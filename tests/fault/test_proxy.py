"""What each behaviour of the proxy does to a connection, seen from both ends."""
import socket
import struct
import threading
import time
import unittest

from fault.links import Loss, Way, Word
from fault.postgres_wire import Statement
from fault.proxy import Proxy
from support.waiting import DEADLINE, wait_until

QUIET = 0.1  # what does not come within this time does not come


class Echo:
    """Answers every line with the same line, and keeps what it heard."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.heard = b""
        self.ended = []  # how connections ended: the error, or None for a FIN
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            while data := connection.recv(65536):
                self.heard += data
                connection.sendall(data)
            self.ended.append(None)
        except OSError as error:
            self.ended.append(error)
        connection.close()


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.echo = Echo()
        self.addCleanup(self.echo.listener.close)
        self.proxy = Proxy(self.echo.address, {"word": lambda: Word(b"COMMIT")})
        self.addCleanup(self.proxy.end)

    def client(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), DEADLINE)
        self.addCleanup(client.close)
        return client

    def talk(self, client, text):
        client.sendall(text)
        self.assertEqual(self.read(client, len(text)), text)

    @staticmethod
    def read(client, count):
        data = b""
        while len(data) < count:
            more = client.recv(count - len(data))
            if not more:
                break
            data += more
        return data

    def assert_quiet(self, client):
        client.settimeout(QUIET)
        with self.assertRaises(TimeoutError):
            client.recv(1)
        client.settimeout(DEADLINE)

    def assert_ended(self, client):
        try:
            self.assertEqual(client.recv(1), b"")
        except ConnectionResetError:
            pass

    def test_passes_everything_on_in_both_directions(self):
        client = self.client()
        text = b"0123456789" * 300_000
        sender = threading.Thread(target=client.sendall, args=(text,))
        sender.start()
        self.assertEqual(self.read(client, len(text)), text)
        sender.join()

    def test_an_end_is_passed_on_after_what_was_said_before(self):
        client = self.client()
        client.sendall(b"bye")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(self.read(client, 99), b"bye")
        wait_until(lambda: self.echo.ended == [None], "the target sees a FIN")
        wait_until(lambda: self.proxy.connections() == 0, "nothing is left of the connection")

    def test_a_target_that_does_not_listen_is_told_as_a_broken_connection(self):
        self.echo.listener.shutdown(socket.SHUT_RDWR)  # ends the accept() that waits, too
        self.echo.listener.close()
        try:
            client = self.client()
        except ConnectionResetError:
            return  # it was told before connect() could say that it had succeeded
        self.assert_ended(client)

    def test_a_delay_holds_in_the_direction_that_it_is_set_for(self):
        client = self.client()
        self.proxy.delay(0.2, Way.REPLY)
        begun = time.monotonic()
        self.talk(client, b"slow")
        self.assertGreaterEqual(time.monotonic() - begun, 0.2)
        self.proxy.delay(0.2, Way.BOTH)
        begun = time.monotonic()
        self.talk(client, b"slower")
        self.assertGreaterEqual(time.monotonic() - begun, 0.4)

    def test_what_is_held_arrives_when_healed(self):
        client = self.client()
        self.proxy.hold()
        client.sendall(b"late")
        self.assert_quiet(client)
        self.assertEqual(self.echo.heard, b"")
        self.proxy.heal()
        self.assertEqual(self.read(client, 4), b"late")

    def test_one_way_holds_the_requests_or_the_replies_only(self):
        client = self.client()
        self.proxy.hold(Way.REPLY)
        client.sendall(b"heard")
        wait_until(lambda: self.echo.heard == b"heard", "the request arrives")
        self.assert_quiet(client)
        self.proxy.hold(Way.REQUEST)
        self.assertEqual(self.read(client, 5), b"heard")
        client.sendall(b"unheard")
        self.assert_quiet(client)
        self.assertEqual(self.echo.heard, b"heard")

    def test_a_vanished_peer_is_silent_for_old_and_new_connections(self):
        old = self.client()
        self.talk(old, b"before")
        self.proxy.vanish()
        wait_until(lambda: self.echo.ended, "the target is rid of it")
        old.sendall(b"anybody?")
        new = self.client()
        new.sendall(b"you?")
        self.assert_quiet(old)
        self.assert_quiet(new)
        self.proxy.heal()
        self.talk(self.client(), b"after")
        old.sendall(b"still?")
        self.assert_quiet(old)
        self.assert_quiet(new)
        self.assertEqual(self.echo.heard, b"beforeafter")

    def test_a_reset_ends_every_connection_abruptly(self):
        client = self.client()
        self.talk(client, b"before")
        self.proxy.reset()
        with self.assertRaises(ConnectionResetError):
            client.recv(1)
        wait_until(lambda: isinstance(self.echo.ended[0], ConnectionResetError) if
                   self.echo.ended else None, "the target sees a RST")
        self.talk(self.client(), b"after")

    def test_refused_until_healed(self):
        client = self.client()
        self.proxy.refuse()
        self.assert_ended(client)
        with self.assertRaises(ConnectionRefusedError):
            self.client()
        self.proxy.heal()
        self.talk(self.client(), b"after")

    def test_a_throttle_lets_so_many_bytes_pass_in_a_second(self):
        client = self.client()
        self.proxy.throttle(10_000, Way.REQUEST)
        begun = time.monotonic()
        self.talk(client, b"x" * 3_000)
        self.assertGreaterEqual(time.monotonic() - begun, 0.25)
        self.proxy.heal()
        self.talk(client, b"x" * 300_000)

    def test_a_lost_request_is_never_heard_of(self):
        client = self.client()
        self.proxy.cut(Loss.REQUEST, "word")
        self.talk(client, b"BEGIN")
        client.sendall(b"COMMIT")
        self.assert_ended(client)
        self.assertEqual(self.echo.heard, b"BEGIN")
        self.assertEqual(self.proxy.counts["cuts"], 1)
        self.talk(self.client(), b"COMMIT")

    def test_a_lost_reply_is_of_a_request_that_was_carried_out(self):
        client = self.client()
        self.proxy.cut(Loss.REPLY, "word")
        self.talk(client, b"BEGIN")
        client.sendall(b"COM")
        self.assertEqual(self.read(client, 3), b"COM")
        client.sendall(b"MIT")  # the word is found across two packets
        self.assert_ended(client)
        self.assertEqual(self.echo.heard, b"BEGINCOMMIT")

    def test_torn_requests_and_replies_arrive_in_part(self):
        client = self.client()
        self.proxy.cut(Loss.REQUEST_TAIL, count=1, keep=3)
        client.sendall(b"COMMIT")
        self.assert_ended(client)
        wait_until(lambda: self.echo.heard == b"COM", "a part of the request arrives")
        client = self.client()
        self.proxy.cut(Loss.REPLY_TAIL, "word", keep=2)
        client.sendall(b"COMMIT")
        self.assertEqual(self.read(client, 99), b"CO")

    def test_a_cut_that_waits_is_forgotten_when_healed(self):
        client = self.client()
        self.proxy.cut(Loss.REPLY, "word")
        self.proxy.heal()
        self.talk(client, b"COMMIT")
        self.assertEqual(self.proxy.counts["cuts"], 0)

    def test_cuts_count_down(self):
        self.proxy.cut(Loss.REPLY, count=2)
        for _ in range(2):
            client = self.client()
            client.sendall(b"x")
            self.assert_ended(client)
        self.talk(self.client(), b"x")


def message(kind, *parts):
    content = b"".join(part + b"\0" for part in parts) + b"\0\0\0\0"
    return kind + struct.pack("!I", len(content) + 4) + content


class StatementTest(unittest.TestCase):
    def setUp(self):
        self.watch = Statement(b"COMMIT")
        tls = struct.pack("!II", 8, 80877103)
        startup = struct.pack("!II", 12, 196608) + b"\0\0\0\0"
        self.assertFalse(self.watch.sees(tls) or self.watch.sees(startup))

    def test_a_simple_query_is_seen(self):
        self.assertFalse(self.watch.sees(message(b"Q", b"SELECT 'COMMIT'")))
        self.assertTrue(self.watch.sees(message(b"Q", b"commit")))

    def test_a_prepared_statement_is_seen_each_time_it_is_carried_out(self):
        prepared = message(b"P", b"s7", b"COMMIT")
        other = message(b"P", b"s8", b"BEGIN")
        self.assertFalse(self.watch.sees(prepared + other))
        self.assertFalse(self.watch.sees(message(b"B", b"", b"s8")))
        for _ in range(2):
            self.assertTrue(self.watch.sees(message(b"B", b"", b"s7")))

    def test_a_message_in_pieces_is_seen_with_its_last_piece(self):
        whole = message(b"P", b"", b"COMMIT") + message(b"B", b"", b"")
        self.assertEqual([self.watch.sees(whole[at:at + 1]) for at in range(len(whole))],
                         [False] * (len(whole) - 1) + [True])
