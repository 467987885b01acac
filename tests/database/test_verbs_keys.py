"""Rows of ours are found again by their key, whatever its type, and taken out from among those of the application."""

from __future__ import annotations

from typing import Any

import pytest

import synthseed
from synthseed.errors import LoadError

BOTH = {
    "date": ("date", "'1999-01-01'"),
    "timestamp": ("timestamp", "'1999-01-01 00:00:00'"),
    "numeric": ("numeric(10,2)", "99999.99"),
    "uuid": ("uuid", "'00000000-0000-0000-0000-000000000000'"),
    "text": ("varchar(40)", "'zz'"),
    "char": ("char(8)", "'zz'"),
    "float": ("double precision", "1e9"),
    "real": ("real", "1e9"),
    "boolean and integer": ("boolean", "true"),
}
POSTGRESQL = {
    "timestamptz": ("timestamptz", "'1999-01-01'"),
    "interval": ("interval", "'99 years'"),
    "time": ("time", "'00:00:01.5'"),
    "bytea": ("bytea", r"'\x00'"),
    "numeric without a scale": ("numeric", "0.123456789"),
    "daterange": ("daterange", "'[1999-01-01,1999-01-02)'"),
    "tstzrange": ("tstzrange", "'[1999-01-01,1999-01-02)'"),
    "inet": ("inet", "'8.8.8.8'"),
    "macaddr": ("macaddr", "'08:00:2b:01:02:03'"),
    "money": ("money", "99999.99"),
}


def filled_and_used(database: Any, sql: str, value: str) -> None:
    """Fill a table whose only key is of this type, let the application add a row, and top up."""
    database.execute(f"create table t (k {sql} not null, n integer not null, note varchar(20), primary key (k, n));")
    synthseed.fill(url=database.url, rows=40)
    database.execute(f"insert into t values ({value}, -1, 'mine');")


def holds(database: Any, sql: str, value: str) -> None:
    filled_and_used(database, sql, value)

    synthseed.fill(url=database.url, rows=60)

    assert database.query("select count(*) from t") == [(61,)]
    synthseed.reset(url=database.url)
    assert database.query("select n, note from t") == [(-1, "mine")]


@pytest.mark.parametrize("kind", BOTH)
def test_a_key_of_any_type_tells_our_rows_from_others(database: Any, kind: str) -> None:
    holds(database, *BOTH[kind])


@pytest.mark.parametrize("kind", POSTGRESQL)
def test_a_key_of_any_type_of_postgresql_tells_our_rows_from_others(postgresql: Any, kind: str) -> None:
    holds(postgresql, *POSTGRESQL[kind])


def test_a_blob_key_of_sqlite_tells_our_rows_from_others(sqlite: Any) -> None:
    holds(sqlite, "blob", "x'00'")


@pytest.mark.parametrize("kind", ["date", "timestamp", "numeric", "uuid", "text", "float", "real"])
def test_a_key_of_one_column_does_too(database: Any, kind: str) -> None:
    sql, value = BOTH[kind]
    database.execute(f"create table t (k {sql} primary key, note varchar(20));")
    synthseed.fill(url=database.url, rows=40)
    database.execute(f"insert into t values ({value}, 'mine');")

    synthseed.reset(url=database.url)

    assert database.query("select note from t") == [("mine",)]


def test_a_key_that_the_database_makes_is_no_key_of_ours(postgresql: Any) -> None:
    postgresql.execute("create table t (n integer not null, k integer generated always as (n % 1000000) stored);")
    postgresql.execute("create unique index on t (k);")
    synthseed.fill(url=postgresql.url, rows=3)

    done = synthseed.fill(url=postgresql.url, rows=3)

    assert done.rows == 0
    synthseed.reset(url=postgresql.url)
    assert postgresql.query("select count(*) from t") == [(0,)]


def test_a_partitioned_table_is_reset(postgresql: Any) -> None:
    postgresql.execute("""
        create table t (id integer primary key, note text) partition by range (id);
        create table t_low partition of t for values from (minvalue) to (30);
        create table t_high partition of t for values from (30) to (maxvalue);""")
    synthseed.fill(url=postgresql.url, rows=50)

    taken = synthseed.reset(url=postgresql.url)

    assert taken.rows == {"t": 50}
    assert postgresql.query("select count(*) from t") == [(0,)]


def test_the_rows_of_an_inheriting_table_stay(postgresql: Any) -> None:
    postgresql.execute("create table t (id integer primary key); create table heir (note text) inherits (t);")
    synthseed.fill(url=postgresql.url, rows={"t": 20, "heir": 0})
    postgresql.execute("insert into t values (-1); insert into heir values (1, 'mine'), (2, 'mine');")

    synthseed.reset(url=postgresql.url)

    assert postgresql.query("select id from t order by id") == [(-1,), (1,), (2,)]


def test_a_refusal_speaks_of_rows_that_refer_to_ours_only_where_that_is_so(postgresql: Any) -> None:
    postgresql.execute("""
        create table t (id integer primary key, n integer);
        create function never() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
        create trigger never before delete on t for each row execute function never();""")
    synthseed.fill(url=postgresql.url, rows=20)
    postgresql.execute("insert into t values (-1, 1);")

    with pytest.raises(LoadError) as caught:
        synthseed.reset(url=postgresql.url)

    assert "P0001" in str(caught.value)
    assert "refer to them" not in str(caught.value)
