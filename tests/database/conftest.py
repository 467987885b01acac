"""Give every test here a fresh, empty database, once per dialect."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import duckdb
import psycopg
import pytest
import servers


class Database(Protocol):
    """A database that a test owns."""

    url: str
    dialect: str

    def execute(self, script: str) -> None:
        """Run statements, separated by semicolons, and commit."""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of one query."""


@dataclass
class SQLite:
    url: str
    dialect: str = "sqlite"

    @property
    def path(self) -> str:
        return self.url.removeprefix("sqlite:///")

    def execute(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(script)
            connection.commit()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()


@dataclass
class PostgreSQL:
    url: str
    dialect: str = "postgresql"

    def execute(self, script: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(script)  # type: ignore[call-overload]  # psycopg wants a literal, a test's script is one

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[call-overload]


@dataclass
class DuckDB:
    url: str
    dialect: str = "duckdb"

    @property
    def path(self) -> str:
        return self.url.removeprefix("duckdb:///")

    def execute(self, script: str) -> None:
        with duckdb.connect(self.path) as connection:
            connection.execute(script)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.path) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[servers.Server]:
    """A PostgreSQL server for the whole session, started when the first test asks for it."""
    with servers.postgres() as server:
        request.config.stash.setdefault(servers.STARTED, set()).add(f"PostgreSQL {server.version}, from: {server.origin}")
        yield server


@pytest.fixture
def postgresql(postgres_server: servers.Server) -> Iterator[PostgreSQL]:
    """A fresh PostgreSQL database."""
    name = f"synthseed_test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(f"create database {name} template template0 encoding 'UTF8'")
        try:
            yield PostgreSQL(urlunsplit(urlsplit(postgres_server.url)._replace(path=f"/{name}")))
        finally:
            admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def sqlite(tmp_path: Path) -> SQLite:
    """A fresh SQLite file."""
    return SQLite(f"sqlite:///{tmp_path / 'test.db'}")


@pytest.fixture
def duckdb_database(tmp_path: Path) -> DuckDB:
    """A fresh DuckDB file."""
    found = DuckDB(f"duckdb:///{tmp_path / 'test.duckdb'}")
    found.execute("checkpoint")
    return found


# Files and tests whose claims are about the verbs, and so hold on DuckDB too. Of the others some have SQL that it does not read;
# all of test_growth passes, and takes 20 s more.
ON_DUCKDB = (
    "test_kinds",
    "test_ledger",
    "test_verbs_options",
    "test_hostile_schemas",
    "test_every_sum_in_the_database_is_the_sum_of_its_children",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for `database` on SQLite and PostgreSQL, and some files on DuckDB as well."""
    if "database" in metafunc.fixturenames:
        names = {metafunc.module.__name__.rpartition(".")[2], metafunc.function.__name__}
        also = ["duckdb_database"] if names & set(ON_DUCKDB) else []
        metafunc.parametrize("database", ["sqlite", "postgresql", *also], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh database of each dialect in turn: the same test on every one."""
    found: Database = request.getfixturevalue(request.param)
    return found
