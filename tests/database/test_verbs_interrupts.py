"""A fill that is stopped, or killed, leaves the database as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import synthseed

ROOT = Path(__file__).parents[2]
TABLES = """
create table first (id integer primary key, name varchar(40) not null);
create table second (id integer primary key, first_id integer not null references first (id), amount integer not null);
"""


def started(url: str, rows: int) -> subprocess.Popen[str]:
    """Start a fill in a process of its own, as from a terminal: its parent may have been told to ignore Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", "synthseed.cli", "fill", "--url", url, "--rows", "first=50", "--rows", f"second={rows}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def untouched(database: Any) -> bool:
    """Return whether no table holds a row, and no ledger was made."""
    ledger = {
        "sqlite": "select count(*) from sqlite_master where name like 'synthseed%'",
        "postgresql": "select count(*) from pg_namespace where nspname = 'synthseed'",
    }[database.dialect]
    return all(database.query(query) == [(0,)] for query in (ledger, "select count(*) from first", "select count(*) from second"))


def test_ctrl_c_ends_a_fill_with_130_and_nothing_written(database: Any) -> None:
    database.execute(TABLES)
    process = started(database.url, 20_000_000)
    assert process.stderr is not None
    first = process.stderr.readline()  # the first table is written, the second is on its way

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert first.startswith("first: 50 rows")
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "synthseed: interrupted; nothing was written"
    assert untouched(database)
    assert synthseed.fill(url=database.url, rows=20).rows == 40
    assert not untouched(database)


def test_a_killed_fill_leaves_nothing_behind(postgresql: Any) -> None:
    postgresql.execute(TABLES)
    process = started(postgresql.url, 1_000_000)
    until(lambda: postgresql.query("select 1 from pg_stat_progress_copy where tuples_processed > 50000"), "no COPY was seen")

    process.kill()
    process.communicate(timeout=60)
    others = (
        "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    until(lambda: not postgresql.query(others), "the server kept the session")

    assert process.returncode == -signal.SIGKILL
    assert untouched(postgresql)
    assert synthseed.fill(url=postgresql.url, rows=20).rows == 40
