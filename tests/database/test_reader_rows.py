"""What little of the rows is read: whether there are any, and the keys that stand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sqlalchemy import make_url

from synthseed import chunk
from synthseed.cells import ARROW, Cells, Form
from synthseed.connection import connect
from synthseed.errors import SchemaError
from synthseed.readers import holds_rows, read_keys, read_schema


def keys(database: Any, script: str, columns: Sequence[str], table: str = "t") -> list[Cells]:
    database.execute(script)
    with connect(database.url) as connection:
        return read_keys(connection, read_schema(connection).table(table), columns)


def plain(cells: Cells) -> list[Any]:
    values = chunk.python(cells.array) if cells.form in ARROW else cells.ints.tolist()
    return [value if there else None for value, there in zip(values, cells.mask(), strict=True)]


def test_which_tables_hold_rows_is_read_apart(database: Any) -> None:
    database.execute('create table "a %s" (id integer primary key); create table b (id integer primary key); insert into b values (1)')
    with connect(database.url) as connection:
        assert holds_rows(connection, read_schema(connection)) == {"a %s": False, "b": True}


def test_integer_keys_come_sorted_numerically(database: Any) -> None:
    (found,) = keys(database, "create table t (id bigint primary key); insert into t values (10), (9), (-3), (9007199254740993)", ["id"])

    assert (found.form, found.scale, found.valid) == (Form.NUMBER, 0, None)
    assert plain(found) == [-3, 9, 10, 9007199254740993]


def test_several_columns_come_sorted_lexicographically_with_null_last(database: Any) -> None:
    found = keys(
        database,
        "create table t (a varchar(9), \"b%\" int);insert into t values ('é', 1), ('z', 10), ('Z', 5), ('z', 9), (null, 0), ('z', null)",
        ["a", "b%"],
    )

    assert list(zip(*map(plain, found), strict=True)) == [("Z", 5), ("z", 9), ("z", 10), ("z", None), ("é", 1), (None, 0)]


def test_money_and_times_are_integers(database: Any) -> None:
    found = keys(
        database,
        "create table t (n numeric(10,2), d date, m timestamp, c time, b boolean);"
        "insert into t values (12.30, '1970-01-03', '1970-01-01 00:00:01.5', '01:00:00.000001', true),"
        " (-0.07, '1969-12-31', '1969-12-31 23:59:59.999999', '00:00:00', false), (7, null, null, null, null)",
        ["n", "d", "m", "c", "b"],
    )

    assert [(cells.form, cells.scale) for cells in found] == [
        (Form.NUMBER, 2), (Form.DATE, 0), (Form.MOMENT, 0), (Form.TIME, 0), (Form.BOOLEAN, 0),
    ]  # fmt: skip
    assert plain(found[0]) == [-7, 700, 1230]
    assert plain(found[1]) == [-1, None, 2]
    assert plain(found[2]) == [-1, None, 1_500_000]
    assert plain(found[3]) == [0, None, 3_600_000_001]
    assert plain(found[4]) == [0, None, 1]


def test_a_number_without_a_scale_has_the_digits_that_it_needs(database: Any) -> None:
    (whole,) = keys(database, "create table t (n numeric); insert into t values (3), (2)", ["n"])
    (broken,) = keys(database, "insert into t values (2.5)", ["n"])

    assert (plain(whole), whole.scale) == ([2, 3], 0)
    assert [value / 10**broken.scale for value in plain(broken)] == [2, 2.5, 3]


def test_uuids_are_sixteen_bytes_sorted_by_their_bytes(database: Any) -> None:
    (found,) = keys(
        database,
        "create table t (id uuid primary key);"
        "insert into t values ('ffffffff-0000-4000-8000-000000000001'), ('0a0b0c0d-0000-4000-8000-000000000002')",
        ["id"],
    )

    assert found.form is Form.UUID
    assert [value.hex() for value in plain(found)] == ["0a0b0c0d000040008000000000000002", "ffffffff000040008000000000000001"]


def test_uuids_in_texts_and_bytes_are_the_same_uuids(sqlite: Any) -> None:
    (found,) = keys(
        sqlite,
        "create table t (id CHAR(32)); insert into t values ('0A0B0C0D000040008000000000000002'), (x'ffffffff000040008000000000000001')",
        ["id"],
    )

    assert [value.hex() for value in plain(found)] == ["0a0b0c0d000040008000000000000002", "ffffffff000040008000000000000001"]


def test_other_types_are_their_text(postgresql: Any) -> None:
    found = keys(
        postgresql,
        "create type mood as enum ('sad', 'ok');"
        "create table t (a inet, b mood, c int[], d jsonb, e char(4), f bytea, g timestamptz, h interval);"
        "insert into t values ('10.0.0.1', 'ok', '{1,2}', '{\"a\": 1}', 'x', '\\x00ff', '1970-01-01 02:00+02', '1 day')",
        list("abcdefgh"),
    )

    assert [plain(cells)[0] for cells in found] == ["10.0.0.1", "ok", "{1,2}", '{"a": 1}', "x", b"\x00\xff", 0, 86_400_000_000]


def test_times_with_a_zone_are_read_in_utc(sqlite: Any) -> None:
    (found,) = keys(
        sqlite,
        "create table t (m TIMESTAMP); insert into t values ('1970-01-01T02:00:00+02:00'), ('1970-01-01 00:00:01Z'), ('1970-01-02')",
        ["m"],
    )

    assert plain(found) == [0, 1_000_000, 86_400_000_000]


def test_an_empty_table_gives_cells_of_the_right_form(database: Any) -> None:
    found = keys(database, "create table t (a uuid, b varchar(5), c numeric(9,3), d date)", ["a", "b", "c", "d"])

    assert [(len(cells), cells.form, cells.scale) for cells in found] == [
        (0, Form.UUID, 0), (0, Form.TEXT, 0), (0, Form.NUMBER, 3), (0, Form.DATE, 0),
    ]  # fmt: skip


def test_more_rows_than_a_batch_are_all_read(database: Any) -> None:
    count = 2 * chunk.ROWS + 5
    database.execute(
        "create table t (id integer primary key, name varchar(20));"
        f"with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) "
        f"insert into t select {count} - i, 'n' || i from n"
    )
    numbers, names = keys(database, "select 1", ["id", "name"])

    assert np.array_equal(numbers.ints, np.arange(count))
    assert chunk.python(names.array.slice(0, 2)) == [f"n{count}", f"n{count - 1}"]


def test_partitions_rows_are_their_parents(postgresql: Any) -> None:
    (found,) = keys(
        postgresql,
        "create table t (id int) partition by range (id);"
        "create table t1 partition of t for values from (0) to (9); insert into t values (4);",
        ["id"],
    )

    assert plain(found) == [4]


def test_a_value_that_is_none_of_its_type_is_named_but_not_told(sqlite: Any) -> None:
    for declared, value in (("CHAR(36)", "'secret-1'"), ("INT", "'secret-1'"), ("DATE", "'secret-1'"), ("DATETIME", "1700000000")):
        with pytest.raises(SchemaError, match=r"t\.a: a row holds a value that is no") as caught:
            keys(sqlite, f"drop table if exists t; create table t (a {declared}); insert into t values ({value})", ["a"])
        assert "secret" not in str(caught.value)


def test_a_number_beyond_64_bits_is_named_but_not_told(postgresql: Any) -> None:
    with pytest.raises(SchemaError, match=r"t cannot be read \(SQLSTATE 22003\); it holds a number or time beyond 64 bits") as caught:
        keys(postgresql, "create table t (n numeric(30)); insert into t values (123456789012345678901)", ["n"])

    assert "123456" not in str(caught.value)


def test_a_table_that_may_not_be_read_says_what_to_grant(postgresql: Any) -> None:
    postgresql.execute("create table t (id int); insert into t values (1)")
    role = f"meta_{make_url(postgresql.url).database}"
    postgresql.execute(f"create role {role} login; grant usage on schema public to {role}")
    try:
        with connect(make_url(postgresql.url).set(username=role)) as connection:
            table = read_schema(connection).table("t")
            with pytest.raises(SchemaError, match=r"t cannot be read \(SQLSTATE 42501\); GRANT SELECT"):
                read_keys(connection, table, ["id"])
    finally:
        postgresql.execute(f"drop owned by {role}; drop role {role}")


READ = """
import sys
from synthseed.connection import connect
from synthseed.readers import read_keys, read_schema
with connect(sys.argv[1]) as connection:
    read_keys(connection, read_schema(connection).table("t"), ["a", "b", "c", "d"])
print({"pandas", "openai"} & set(sys.modules), "psycopg" in sys.modules)
"""


def test_reading_loads_neither_pandas_nor_another_databases_driver(database: Any) -> None:
    database.execute(
        "create table t (a varchar(9), b int, c uuid, d date);"
        "insert into t values ('x', 1, 'ffffffff-0000-4000-8000-000000000001', '2024-01-01')"
    )
    done = subprocess.run([sys.executable, "-c", READ, database.url], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == f"set() {database.dialect == 'postgresql'}"


def test_a_database_without_a_reader_of_its_own_is_read_by_reflection(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from synthseed.readers import dialects

    script = (
        "create table p (id integer primary key, name varchar(40) not null, price numeric(8,2) default 1, unique (name));"
        "create table t (p_id int not null references p (id), n int, check (n > 0), primary key (p_id, n)); "
        "insert into p (id, name) values (2, 'b'), (1, 'a')"
    )
    database.execute(script)
    with connect(database.url) as connection:
        own = read_schema(connection)
        monkeypatch.setattr(dialects, "READERS", {})
        found = read_schema(connection)
        holding, (names,) = holds_rows(connection, found), read_keys(connection, found.table("p"), ["name"])

    assert [(t.key, [(c.name, c.type.kind, c.nullable) for c in t.columns]) for t in found.tables] == [
        (t.key, [(c.name, c.type.kind, c.nullable) for c in t.columns]) for t in own.tables
    ]
    assert [key.parent_columns for key in found.table("t").foreign_keys] == [("id",)]
    assert [unique.columns for unique in found.table("p").uniques] == [("name",)]
    assert [check.columns for check in found.table("t").checks] == [("n",)]
    assert (holding, plain(names)) == ({"p": True, "t": False}, ["a", "b"])
