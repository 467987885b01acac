"""What the SQLite loader promises: values as its users' libraries store them, keys checked, indexes back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from datetime import date, datetime
from typing import Any

import pytest
from loads import load, work_of

from synthseed.connection import connect
from synthseed.errors import LoadError, TryAgain
from synthseed.loaders import open_loader
from synthseed.readers import read_schema


def test_values_are_stored_as_sqlalchemy_and_django_store_them(sqlite: Any) -> None:
    sqlite.execute(
        "create table t (id integer primary key, d date, at datetime, price decimal(10,2), big decimal(20,0), yes boolean,"
        "u uuid, raw blob, f real)"
    )
    number = uuid.UUID("12345678-9abc-4def-8123-456789abcdef")

    load(
        sqlite.url,
        {
            "t": {
                "id": [1, 2],
                "d": [date(2024, 2, 29), None],
                "at": [datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 2, 3, 4, 5, 60)],
                "price": ["19.99", "5.00"],
                "big": [10**15, None],
                "yes": [True, False],
                "u": [number, None],
                "raw": [b"\0a", b""],
                "f": [0.5, None],
            }
        },
    )

    assert sqlite.query("select * from t order by id") == [
        (1, "2024-02-29", "2024-01-02 03:04:05", 19.99, 10**15, 1, str(number), b"\0a", 0.5),
        (2, None, "2024-01-02 03:04:05.000060", 5, None, 0, None, b"", None),
    ]


def test_a_text_with_a_nul_arrives(sqlite: Any) -> None:
    sqlite.execute("create table t (id integer primary key, v text)")

    load(sqlite.url, {"t": {"id": [1, 2, 3], "v": ["a\0b", None, "ü"]}})

    with closing(sqlite3.connect(sqlite.path)) as connection:
        assert connection.execute("select v from t order by id").fetchall() == [("a\0b",), (None,), ("ü",)]


def test_indexes_are_back_after_a_large_load(sqlite: Any) -> None:
    sqlite.execute(
        'create table t (id integer primary key, v integer); create index "by v" on t (v desc) where v > 0;'
        "create unique index u on t (id, v)"
    )
    before = sqlite.query("select name, sql from sqlite_master order by name")

    load(sqlite.url, {"t": {"id": range(30_000), "v": range(30_000)}})

    assert sqlite.query("select name, sql from sqlite_master order by name") == before
    assert sqlite.query("select count(*), sum(v) from t where v > 0") == [(29_999, sum(range(30_000)))]
    assert sqlite.query("pragma integrity_check") == [("ok",)]


def test_orphans_that_stood_before_are_not_ours(sqlite: Any) -> None:
    sqlite.execute("create table p (id integer primary key); create table c (id integer primary key, p integer references p (id))")
    sqlite.execute("insert into c values (1, 99)")

    load(sqlite.url, {"p": {"id": [1]}, "c": {"id": [2], "p": [1]}})
    with pytest.raises(LoadError, match="c: 1 rows refer by p to rows of p that are not there"):
        load(sqlite.url, {"c": {"id": [3], "p": [98]}})

    assert sqlite.query("select id from c order by id") == [(1,), (2,)]


def test_the_counter_of_autoincrement_moves_past_what_was_given_out(sqlite: Any) -> None:
    sqlite.execute("create table t (id integer primary key autoincrement)")

    load(sqlite.url, {"t": {"id": [1, 2]}}, counters={"t": {"id": 7}})

    assert sqlite.query("select seq from sqlite_sequence") == [(7,)]


def test_a_file_that_another_program_writes_to_is_told_to_try_again(sqlite: Any) -> None:
    sqlite.execute("create table t (id integer primary key)")

    with connect(sqlite.url) as connection, closing(sqlite3.connect(sqlite.path)) as other:
        schema = read_schema(connection)
        connection.commit()
        connection.exec_driver_sql("pragma busy_timeout = 50")
        other.execute("begin immediate")
        with pytest.raises(TryAgain, match="SQLITE_BUSY"), open_loader(connection, work_of(schema, {"t": {"id": [1]}})):
            pass


@pytest.mark.parametrize("setting", [0, 1])
def test_the_enforcement_of_keys_is_as_it_was(sqlite: Any, setting: int) -> None:
    sqlite.execute("create table t (id integer primary key)")

    with connect(sqlite.url) as connection:
        schema = read_schema(connection)
        connection.commit()
        connection.connection.cursor().execute(f"pragma foreign_keys = {setting}")
        with open_loader(connection, work_of(schema, {"t": {"id": []}})):
            pass

        assert connection.exec_driver_sql("pragma foreign_keys").scalar() == setting


def test_a_load_imports_neither_psycopg_nor_pandas(sqlite: Any) -> None:
    sqlite.execute("create table t (id integer primary key, v text, d date, n numeric(8,2), u uuid)")
    script = (
        "import sys, numpy as np; from synthseed import chunk, cells; from synthseed.connection import connect; import pyarrow as pa\n"
        "from synthseed.loaders import Work, open_loader; from synthseed.readers import read_schema\n"
        f"with connect({sqlite.url!r}) as connection:\n"
        "    schema = read_schema(connection); t = schema.table('t'); ids = cells.numbers(np.arange(5))\n"
        "    made = {'id': ids, 'v': cells.texts(chunk.text_of(np.arange(5))), 'd': cells.Cells(cells.Form.DATE, np.arange(5)),\n"
        "            'n': ids.where(np.arange(5) > 2), 'u': cells.Cells(cells.Form.UUID, chunk.uuids(np.zeros((5, 16))))}\n"
        "    data = pa.RecordBatch.from_arrays([chunk.to_arrow(one, t.column(name).type) for name, one in made.items()], list(made))\n"
        "    with open_loader(connection, Work(schema, ('t',), {'t': 5}, {'t': tuple(made)})) as loader:\n"
        "        loader.write(chunk.Chunk('t', 0, data))\n"
        "print(sorted({'psycopg', 'pandas', 'openai'} & set(sys.modules)))"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"
