"""What the ledger keeps, in the database that was filled."""

from __future__ import annotations

from typing import Any

import pytest
from loads import chunks, work_of

from synthseed.connection import connect
from synthseed.editions import Edition, Found, Ledger
from synthseed.errors import LedgerError
from synthseed.loaders import open_loader
from synthseed.loaders.ledger import forget, names, read_ledger, record, standing_keys
from synthseed.readers import read_schema
from synthseed.schema import Schema

FIRST = Edition(1, {"t": 3, "other.ü": 2**40}, 1_700_000_000_000_000, "abc", {"t": 1}, {"t": Found(2, "f" * 64)}, 1)
SECOND = Edition(2, {"t": 2}, 1_800_000_000_000_000, "def", {"t": 4}, {}, 1)
SCHEMA = Schema(())


def recorded(url: str, *editions: Edition, seed: int = 7) -> None:
    with connect(url, create=True) as connection:
        for edition in editions:
            record(connection, SCHEMA, edition, f"plan {edition.plan}: 'ü'", seed, keys={"t": "1,2"})
        connection.commit()


def ledger(url: str) -> Ledger | None:
    with connect(url, create=True) as connection:
        return read_ledger(connection, SCHEMA)


def test_a_database_that_was_never_filled_has_none(database: Any) -> None:
    assert ledger(database.url) is None


def test_what_was_recorded_is_read(database: Any) -> None:
    recorded(database.url, FIRST, SECOND)

    assert ledger(database.url) == Ledger((FIRST, SECOND), {"abc": "plan abc: 'ü'", "def": "plan def: 'ü'"}, 7)
    with connect(database.url) as connection:
        assert standing_keys(connection, SCHEMA, 2) == {"t": "1,2"}


def test_an_edition_goes_with_the_load_that_fails(database: Any) -> None:
    database.execute("create table t (id integer primary key)")
    rows = {"t": {"id": [1]}}

    with connect(database.url) as connection:
        schema = read_schema(connection)
        with pytest.raises(ZeroDivisionError), open_loader(connection, work_of(schema, rows)) as loader:  # noqa: PT012
            record(connection, schema, FIRST, "plan", 7)
            loader.write(next(chunks(schema, rows)))
            raise ZeroDivisionError

    assert ledger(database.url) is None


def test_an_edition_stays_with_the_load_that_is_done(database: Any) -> None:
    database.execute("create table t (id integer primary key)")
    rows = {"t": {"id": [1]}}

    with connect(database.url) as connection:
        schema = read_schema(connection)
        with open_loader(connection, work_of(schema, rows)) as loader:
            record(connection, schema, FIRST, "plan", 7)
            loader.write(next(chunks(schema, rows)))

    assert (ledger(database.url) or Ledger()).editions == (FIRST,)
    assert database.query("select id from t") == [(1,)]


def test_what_is_forgotten_is_gone_with_its_plan(database: Any) -> None:
    recorded(database.url, FIRST, SECOND)

    with connect(database.url) as connection:
        forget(connection, SCHEMA, [2])
        connection.commit()

    assert ledger(database.url) == Ledger((FIRST,), {"abc": "plan abc: 'ü'"}, 7)


def test_a_ledger_without_editions_leaves_nothing_behind(database: Any) -> None:
    recorded(database.url, FIRST)

    with connect(database.url) as connection:
        forget(connection, SCHEMA, [1])
        connection.commit()

    assert ledger(database.url) is None
    recorded(database.url, FIRST, seed=8)
    assert ledger(database.url) == Ledger((FIRST,), {"abc": "plan abc: 'ü'"}, 8)


@pytest.mark.parametrize("body", ["2", "x", ""])
def test_a_ledger_of_another_format_is_refused(database: Any, body: str) -> None:
    recorded(database.url, FIRST)
    table = ".".join(part for part in names(database.dialect) if part)
    database.execute(f"update {table} set body = '{body}' where part = 'format'")

    with pytest.raises(LedgerError, match=rf"{table}: found .*version.*expected"):
        ledger(database.url)


def test_a_damaged_ledger_is_refused_with_a_way_out(database: Any) -> None:
    recorded(database.url, FIRST)
    table = ".".join(part for part in names(database.dialect) if part)
    database.execute(f"update {table} set body = '{{}}' where part = 'edition'")

    with pytest.raises(LedgerError, match=r"changed by hand.*--truncate"):
        ledger(database.url)


def test_another_seed_or_an_edition_twice_is_refused(database: Any) -> None:
    recorded(database.url, FIRST)

    with pytest.raises(LedgerError, match="seed 7, not 8"):
        recorded(database.url, SECOND, seed=8)
    with pytest.raises(LedgerError, match="edition 1 is to be recorded and 1 is"):
        recorded(database.url, FIRST)


def test_sqlite_gets_no_table_besides_the_ledger(sqlite: Any) -> None:
    recorded(sqlite.url, FIRST)

    assert sqlite.query("select name from sqlite_master where type = 'table'") == [("synthseed_ledger",)]
