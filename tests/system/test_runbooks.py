"""Every command of the runbooks is run as it stands there, on a shop that is set up as shipped.

The settings, secrets and users are those of deploy/, with passwords filled in; the server is the
role of PostgreSQL and the user of Redis that they name. A command that is refused, or not
understood, fails the test. Only what differs from place to place is filled in: HOST, PORT, ID, PID,
the folders, and the address of the admin listener.
"""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from support import postgres, redis
from support import server as child
from support.client import Connection
from support.waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEMD = ROOT / "deploy/systemd"
RUNBOOKS = sorted((ROOT / "docs/runbooks").glob("*.md"))
BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.M | re.S)
ANSWER = re.compile(r"^ *read -rsp \"[^\"]*\" (\w+)", re.M)
# Where systemd does not run, these fail; they still say what they do not understand. Where they are
# not installed, nothing is known of them.
OF_THE_MACHINE = ("systemctl", "journalctl", "timedatectl")
REFUSED = re.compile(r"NOAUTH|NOPERM|WRONGPASS|\(error\)|^ERR |[Uu]sage:|unrecognized|[Uu]nknown "
                     r"|invalid option|unauthorized|forbidden|ERROR: |FATAL: |not found", re.M)
# `runuser -u rushline -- COMMAND` without the user, whom only an installation has.
RUNUSER = '#!/bin/sh\n[ "$1 $2 $3" = "-u rushline --" ] || exit 2\nshift 3\nexec "$@"\n'


def commands_of(page):
    """The lines of all blocks of a page, as one shell runs them."""
    return "\n".join(re.sub(rf"^{indent}", "", block, flags=re.M).rstrip()
                     for indent, block in BLOCK.findall(page))


class RunbooksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        why_not = postgres.why_none() or redis.why_none()
        if why_not:
            raise unittest.SkipTest(why_not)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.record = postgres.Postgres()
        cls.addClassCleanup(cls.record.end)
        cls.record.query("CREATE ROLE rushline LOGIN")
        cls.record.query("CREATE DATABASE rushline OWNER rushline")
        cls.redis = redis.Redis()
        cls.addClassCleanup(cls.redis.end)
        # As the shipped file says of it: nobody comes in without a name.
        cls.redis.command("ACL", "SETUSER", "default", "off", "resetpass", "-@all")
        cls.install()
        cls.start()

    @classmethod
    def install(cls):
        """The files of deploy/systemd, the keys and the programs, as docs/running.md says."""
        for name in ("etc", "var", "bin"):
            (cls.folder / name).mkdir()
        cls.admin = f"127.0.0.1:{postgres.free_port()}"
        settings = (SYSTEMD / "rushline.toml").read_text("utf-8")
        settings = settings.replace("/etc/rushline", f"{cls.folder}/etc")
        settings = settings.replace("0.0.0.0:9090", cls.admin)
        (cls.folder / "etc/rushline.toml").write_text(settings, "utf-8")
        secrets = (SYSTEMD / "secrets").read_text("utf-8").replace("PASSWORD", redis.PASSWORD)
        secrets = secrets.replace("10.0.0.2:5432", f"127.0.0.1:{cls.record.port}")
        secrets = secrets.replace("10.0.0.1:6379", f"127.0.0.1:{cls.redis.port}")
        (cls.folder / "etc/secrets").write_text(secrets, "utf-8")
        cls.secrets = dict(re.findall(r"^(\w+)='(.*)'$", secrets, re.M))
        made = child.run("key", "create", "operators", "--scopes", "admin", "-o", "json",
                         "--keys", cls.folder / "etc/keys")
        cls.key = json.loads(made.stdout)["key"]
        (cls.folder / "bin/rushline").symlink_to(child.binary())
        stubs = {"runuser": RUNUSER}
        stubs.update({name: "#!/bin/sh\n" for name in (*OF_THE_MACHINE, "fuser")
                      if not shutil.which(name)})
        for name, text in stubs.items():
            (cls.folder / "bin" / name).write_text(text, "ascii")
            (cls.folder / "bin" / name).chmod(0o755)

    @classmethod
    def start(cls):
        server = child.Server(cls.folder, ["--config", f"{cls.folder}/etc/rushline.toml"],
                              environment=cls.secrets)
        server.database = cls.secrets["RUSHLINE_DATABASE"]
        cls.addClassCleanup(server.kill)
        server.start()
        host, port = cls.admin.split(":")
        with Connection((host, int(port)), bearer=cls.key) as connection:
            cls.event = connection.post("/v1/coupon-events", {
                "name": "Drop", "quantity": 5, "discount": {"type": "fixed", "value": 100}})[
                    "coupon_event_id"]
        # What an operator of the embedded database would find.
        cls.addClassCleanup((cls.folder / "var/rushline.db").open("ab").close)

    def filled_in(self, line):
        """What the operator would write for what differs from place to place."""
        port = self.redis.port if "redis-cli" in line else self.record.port
        for pattern, value in ((r"\bHOST\b", "127.0.0.1"), (r"\bPORT\b", port),
                               (r"\bID\b", self.event), (r"\bPID\b", self.idle_session()),
                               ("/etc/rushline", f"{self.folder}/etc"),
                               ("/var/lib/rushline", f"{self.folder}/var"),
                               (r"127\.0\.0\.1:9090", self.admin)):
            if re.search(pattern, line):
                line = re.sub(pattern, str(value), line)
        return line

    def idle_session(self):
        """The process of somebody's session that may be ended."""
        return self.record.query("SELECT pid FROM pg_stat_activity WHERE state = 'idle in "
                                 "transaction' AND application_name = 'psql' LIMIT 1") or 0

    def run_page(self, page):
        """(commands that failed, everything that was said) of a page, run in one shell."""
        commands = commands_of(page)
        script = "\n".join(self.filled_in(line) for line in commands.splitlines())
        answers = {"REDISCLI_AUTH": redis.PASSWORD, "RUSHLINE_KEY": self.key}
        typed = "".join(answers[name] + "\n" for name in ANSWER.findall(commands))
        environment = child.clean_environment({"PGCONNECT_TIMEOUT": "10"})
        environment["PATH"] = f"{self.folder}/bin:" + environment["PATH"]
        done = subprocess.run(
            ["bash", "-c", "set -o pipefail; trap 'echo \"failed: $BASH_COMMAND\"' ERR\n" + script],
            input=typed, capture_output=True, text=True, check=False, timeout=120,
            cwd=self.folder, env=environment)
        said = done.stdout + done.stderr
        failed = [command for command in re.findall(r"^failed: (.*)$", said, re.M)
                  if not command.startswith(OF_THE_MACHINE)]
        return failed, said

    def test_every_command_is_understood_and_allowed(self):
        outsider = postgres.Outsider(self.record, "rushline", "SELECT 1")
        self.addCleanup(outsider.end)
        wait_until(self.idle_session, "somebody is idle in a transaction")
        count = 0
        for path in RUNBOOKS:
            page = path.read_text("utf-8")
            with self.subTest(path.name):
                failed, said = self.run_page(page)
                self.assertEqual(failed, [], said)
                self.assertIsNone(REFUSED.search(said), said)
            count += len(commands_of(page).splitlines())
        self.assertGreater(count, 30)

    def test_a_command_that_is_refused_or_not_understood_is_found(self):
        for command in ("redis-cli -h HOST -p PORT PING", "redis-cli --usr x -h HOST -p PORT PING",
                        "rushline verify", "rushline verify --confg FILE",
                        "curl -fsS http://127.0.0.1:9090/v1/status",
                        "rushline event pause ID --target http://127.0.0.1:9090",
                        "psql -h HOST -p PORT -U postgres -d rushline -c 'SELECT nothing'",
                        "systemctl sttus rushline", "journalctl --nothing", "no-such-program"):
            if command.startswith(OF_THE_MACHINE) and not shutil.which(command.split(" ")[0]):
                continue
            with self.subTest(command):
                failed, said = self.run_page(f"```sh\n{command}\n```\n")
                self.assertTrue(failed or REFUSED.search(said), said)
