"""Run the program as its users do: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = """
create table authors (id integer primary key, name varchar(80) not null, email varchar(120) not null unique);
create table books (
    id integer primary key, author_id integer not null references authors (id), title varchar(120) not null,
    price numeric(8,2) not null, published_on date not null);
"""


@dataclass
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `synthseed ARGUMENTS` below tmp_path and return exit code, stdout and stderr."""

    def run(*arguments: object, **environment: str) -> Done:
        known = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SHOP_URL", "SYNTHSEED_DEBUG")}
        done = subprocess.run(
            [sys.executable, "-m", "synthseed.cli", *map(str, arguments)],
            cwd=tmp_path, env={**known, "PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    return run


class File:
    """A SQLite file of a test's."""

    def __init__(self, path: Path, script: str) -> None:
        self.path, self.url = path, f"sqlite:///{path}"
        self.execute(script)

    def execute(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(script)
            connection.commit()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()

    def count(self, table: str) -> int:
        return int(self.query(f"select count(*) from {table}")[0][0])


@pytest.fixture
def library(tmp_path: Path) -> File:
    """An empty library of two tables."""
    return File(tmp_path / "library.db", LIBRARY)


@pytest.fixture
def configured(tmp_path: Path, library: File) -> Path:
    """A seeds_config/synthseed.yml that names the library `dev`."""
    folder = tmp_path / "seeds_config"
    folder.mkdir()
    (folder / "synthseed.yml").write_text("databases:\n  dev:\n    url: sqlite:///library.db\n")
    return folder
