"""How the traffic tells what became of an operation, and how L2 is read from a history."""
import socket
import threading
import time
import unittest

from fault.admitting import measure_admitting
from fault.catalogue import CATALOGUE
from fault.history import History
from fault.plan import Step
from fault.staging import Staged
from fault.traffic import Operation, Traffic
from support.postgres import free_port

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Listener:
    """Answers every request in the same way; without an answer it says nothing, or hangs up."""

    def __init__(self, answer, hangs_up=False):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = self.socket.getsockname()
        self.answer = answer
        self.hangs_up = hangs_up
        self.kept = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        self.kept.append(connection)
        while connection.recv(65536):
            if self.hangs_up:
                connection.close()
                return
            connection.sendall(self.answer)


class Noted(Operation):
    def __init__(self, server=None, timeout=0.3):
        self.server = server
        self.timeout = timeout
        self.told = None
        self.when = None

    def answered(self, traffic, when, answer):
        self.told, self.when = answer.status, when
        traffic.stop()

    def failed(self, traffic, when, how):
        self.told, self.when = how, when
        traffic.stop()


class TrafficTest(unittest.TestCase):
    def told(self, addresses, operation):
        traffic = Traffic(addresses, lanes_per_server=1)
        traffic.add(time.monotonic(), operation)
        traffic.run()
        return operation.told

    def listener(self, *arguments, **options):
        listener = Listener(*arguments, **options)
        self.addCleanup(listener.socket.close)
        return listener.address

    def test_an_answer_is_told_with_its_times(self):
        operation = Noted()
        self.assertEqual(self.told([self.listener(ANSWER)], operation), 200)
        self.assertLessEqual(operation.when[0], operation.when[1])

    def test_silence_is_a_timeout_and_a_hang_up_an_error(self):
        self.assertEqual(self.told([self.listener(b"")], Noted()), "timeout")
        self.assertEqual(self.told([self.listener(b"", hangs_up=True)], Noted()), "error")

    def test_who_could_not_even_connect_goes_to_another_server(self):
        nobody = ("127.0.0.1", free_port())
        operation = Noted()
        self.assertEqual(self.told([nobody, self.listener(ANSWER)], operation), 200)
        self.assertEqual(operation.server_that_answered, 1)

    def test_an_operation_for_one_server_waits_until_it_listens(self):
        port = free_port()
        traffic = Traffic([("127.0.0.1", port)], lanes_per_server=1)
        operation = Noted(server=0)
        traffic.add(time.monotonic(), operation)
        thread = threading.Thread(target=traffic.run)
        thread.start()
        late = socket.create_server(("127.0.0.1", port))
        self.addCleanup(late.close)
        connection, _ = late.accept()
        connection.recv(65536)
        connection.sendall(ANSWER)
        thread.join()
        connection.close()
        self.assertEqual(operation.told, 200)


def staged(fault, begin_us, end_us):
    result = Staged(Step(0.0, 0.0, fault, 0, False, 0.0, 0))
    result.begin_us = result.begun_us = begin_us
    result.end_us = end_us
    return result


class AdmittingTest(unittest.TestCase):
    DEATH_US = 10_000_000

    def history(self, again_us):
        """Two servers under load; after the death the second tells verdicts only `again_us` later.
        """
        history = History()
        for number in range(40):
            for server in (0, 1):
                asked = self.DEATH_US + number * 30_000
                late = server == 1 and asked < self.DEATH_US + again_us
                history.add(asked, asked + 1_000, user="ann", event=1, server=server,
                            outcome="refused" if late else "issued")
        return history

    def measured(self, again_us, *others):
        death = staged("redis-killed", self.DEATH_US, self.DEATH_US + 500_000)
        return measure_admitting([death, *others], self.history(again_us), 2)

    def test_counts_from_the_death_to_the_first_verdict_of_each_server(self):
        [death] = self.measured(300_000)
        self.assertEqual(death.again_us, [1_000, 301_000])
        self.assertFalse(death.is_broken)

    def test_later_than_a_second_or_never_breaks_the_promise(self):
        for again_us in (1_100_000, 5_000_000):
            [death] = self.measured(again_us)
            self.assertTrue(death.is_broken, str(death))

    def test_a_death_with_another_fault_around_it_is_not_measured(self):
        other = staged("server-killed", self.DEATH_US + 900_000, self.DEATH_US + 950_000)
        self.assertEqual(self.measured(300_000, other), [])
        long_ago = staged("server-killed", 1_000_000, 2_000_000)
        self.assertEqual(len(self.measured(300_000, long_ago)), 1)

    def test_only_deaths_of_redis_are_measured(self):
        for fault in CATALOGUE.values():
            self.assertEqual(fault.kills_redis, "L2" in fault.promises, fault.name)
