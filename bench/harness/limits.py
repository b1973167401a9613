"""What Rushline is divided by: the bare programs of bench/limits, one run each."""

import json
import os
import re
import subprocess
import tempfile
import types

from harness.programs import CannotRun


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise CannotRun(f"{os.path.basename(program)}: {done.stderr.strip()[:200]}")
    return done.stdout


def raw_sqlite(options, mode, rows):
    """Rows per second, microseconds of CPU per row."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        output = run(options.raw_sqlite, f"{folder}/raw.db", mode, rows, options.seconds)
    per_second, cpu = re.match(r"(\d+) rows/s, ([\d.]+) us", output).groups()
    return float(per_second), float(cpu)


def raw_postgres(options, database, mode, rows, sessions=1):
    """What it prints, and `cpu_us`: its own and PostgreSQL's CPU per row."""
    run(options.raw_postgres, database.url, "tables", 0, 0, 0)
    before = sum(database.cpu_seconds())
    figures = types.SimpleNamespace(**json.loads(
        run(options.raw_postgres, database.url, mode, rows, sessions, options.seconds)))
    used = sum(database.cpu_seconds()) - before
    figures.cpu_us = figures.own_cpu_us_per_row + used * 1e6 / max(figures.rows, 1)
    return figures


def raw_redis(options, redis, users, mode="zadd"):
    """As many connections as Rushline has event loops."""
    return types.SimpleNamespace(**json.loads(
        run(options.raw_redis, redis.port, mode, users, os.cpu_count(), options.seconds)))
