"""What one measurement runs on: started piece by piece, ended all together, whatever happens."""

import contextlib
import os
import pathlib
import shutil
import subprocess

from harness.programs import CannotRun, Program, free_port, wait_for
from harness.stores import Postgres, Redis

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PEERS = ROOT / "bench/peers"
PACKAGES = ROOT / "build/bench/peers"


def install_packages():
    """Installs what the peers are made of, outside of the sources, when it changed."""
    if not shutil.which("npm") or not shutil.which("node"):
        raise CannotRun("Node.js or npm is not installed (script/bootstrap bench)")
    wanted = [PEERS / "package.json", PEERS / "package-lock.json"]
    PACKAGES.mkdir(parents=True, exist_ok=True)
    installed = PACKAGES / "node_modules"
    if installed.exists() and all((PACKAGES / file.name).exists() and
                                  (PACKAGES / file.name).read_bytes() == file.read_bytes()
                                  for file in wanted):
        return installed
    for file in wanted:
        shutil.copy(file, PACKAGES)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                          cwd=PACKAGES, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(installed, ignore_errors=True)
        raise CannotRun(f"npm could not install the peers' packages: {done.stderr[-200:]}")
    return installed


class Stage(contextlib.ExitStack):
    """Every piece is stopped when the stage is left, the last one first."""

    def __init__(self, options):
        super().__init__()
        self.options = options

    def _keep(self, piece):
        self.callback(piece.stop)
        return piece

    def rushline(self, database=None, redis=None, *more):
        """A server: embedded without a database, in direct mode without a Redis."""
        arguments = [self.options.rushline, "serve", "--listen", "127.0.0.1:0", "--database",
                     database.url if database else "sqlite:{folder}/bench.db", *more]
        if redis:
            arguments += ["--redis", redis.url]
        server = self._keep(Program("rushline", arguments,
                                    folder=self.options.folder))
        if redis and server.metric("rushline_direct_mode") != 0:
            raise CannotRun("rushline was given a Redis and is in direct mode")
        return server

    def raw_http(self, body_bytes=100):
        port = free_port()
        return self._keep(Program("raw_http", [self.options.raw_http, port, "2",
                                               body_bytes], port, self.options.folder))

    def postgres(self):
        return self._keep(Postgres(self.options))

    def redis(self):
        return self._keep(Redis(self.options))

    def peer(self, name, database, redis=None, *more):
        packages, port = install_packages(), free_port()
        arguments = ["node", PEERS / f"{name}.js", "--port", port, "--database",
                     database.url, *(["--redis", redis.url] if redis else []), *more]
        return self._keep(Program(f"the \"{name}\" peer", arguments, port, self.options.folder,
                                  env={**os.environ, "NODE_PATH": str(packages),
                                       "NODE_ENV": "production"}))


def make_event(server, quantity=900_000_000, ack="verdict"):
    """The id of a new event, on Rushline and on the peers alike."""
    event = server.call("POST", "/v1/coupon-events",
                        {"name": "bench", "quantity": quantity, "ack": ack,
                         "discount": {"type": "fixed", "value": 100}})[1]
    return event["coupon_event_id"]


def requests_of(event):
    return f"/v1/coupon-events/{event}/requests"


def wait_until_settled(server, event, seconds=120):
    """Until nobody waits in the event's line, so that the other side's turn is its own."""
    wait_for(lambda: server.call("GET", f"/v1/coupon-events/{event}")[1]["waiting"] == 0,
             f"the line of event {event} is settled", seconds, every=0.1)
