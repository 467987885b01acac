"""What the PostgreSQL loader promises: one transaction, the schema as it was, rights that are missing told by name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from loads import chunks, load, work_of

from synthseed import chunk
from synthseed.chunk import Chunk
from synthseed.connection import connect
from synthseed.errors import ConnectionFailed, Guarded, LoadError, TryAgain
from synthseed.loaders import Work, open_loader
from synthseed.readers import read_schema
from synthseed.schema import Schema

MANY = 120_000  # above the number from which indexes and keys come off
LARGE = """
create table parent (id bigint generated always as identity primary key, code bigint not null unique, note text);
create table child (id bigint primary key, parent_id bigint not null, amount numeric(10,2),
    constraint "Fk %s" foreign key (parent_id) references parent (id) on delete cascade);
create index child_parent on child (parent_id) where amount > 0;
create index child_low on child (lower(amount::text) desc, id) include (parent_id);
create table outside (id bigint primary key references child (id));
alter table outside add unique (id) deferrable;
comment on constraint "Fk %s" on child is 'it''s a \\key';
comment on index child_low is 'an index';
comment on constraint parent_code_key on parent is 'a key';
comment on index parent_code_key is 'its index';
create view summed as select p.*, count(*) from parent p group by p.id;
create table clustered (id bigint primary key, other bigint not null);
create unique index clustered_other on clustered (other);
create index clustered_both on clustered (other, id);
alter table clustered cluster on clustered_both;
alter table clustered replica identity using index clustered_other;
"""
CATALOGUE = """
select 'k', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), convalidated::text, obj_description(oid, 'pg_constraint')
from pg_constraint where connamespace = 'public'::regnamespace
union all select 'i', indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid),
    concat(indisvalid, indisclustered, indisreplident), obj_description(indexrelid, 'pg_class')
from pg_index join pg_class c on c.oid = indexrelid where c.relnamespace = 'public'::regnamespace
order by 1, 2, 3
"""


def counted(table: str, columns: dict[str, np.ndarray], schema: Schema) -> Iterator[Chunk]:
    """Return chunks of integer columns, as many rows as they are long."""
    from synthseed.cells import numbers

    count = len(next(iter(columns.values())))
    for start in range(0, count, chunk.ROWS):
        arrays = [
            chunk.to_arrow(numbers(values[start : start + chunk.ROWS]), schema.table(table).column(name).type)
            for name, values in columns.items()
        ]
        yield Chunk(table, start, pa.RecordBatch.from_arrays(arrays, list(columns)))


def load_many(url: str, rows: dict[str, dict[str, np.ndarray]], **more: Any) -> None:
    with connect(url) as connection:
        schema = read_schema(connection)
        counts = {key: len(next(iter(columns.values()))) for key, columns in rows.items()}
        work = Work(schema, tuple(rows), counts, {key: tuple(columns) for key, columns in rows.items()}, **more)
        with open_loader(connection, work) as loader:
            for key, columns in rows.items():
                for one in counted(key, columns, schema):
                    loader.write(one)
                loader.finish(key)


def large() -> dict[str, dict[str, np.ndarray]]:
    at = np.arange(1, MANY + 1)
    return {
        "parent": {"id": at, "code": at * 7},
        "child": {"id": at, "parent_id": at[::-1], "amount": at % 100},
        "clustered": {"id": at, "other": -at},
    }


def test_a_large_load_leaves_keys_indexes_and_comments_as_they_were(postgresql: Any) -> None:
    postgresql.execute(LARGE)
    before = postgresql.query(CATALOGUE)
    oids = dict(postgresql.query("select relname::text, oid::bigint from pg_class where relname in ('child_parent', 'parent_pkey')"))

    load_many(postgresql.url, large())

    assert postgresql.query(CATALOGUE) == before
    after = dict(postgresql.query("select relname::text, oid::bigint from pg_class where relname in ('child_parent', 'parent_pkey')"))
    assert after["child_parent"] != oids["child_parent"]  # it was taken off
    assert after["parent_pkey"] == oids["parent_pkey"]  # a view stands on it
    assert postgresql.query("select count(*), sum(amount)::bigint from child") == [(MANY, int((np.arange(1, MANY + 1) % 100).sum()))]
    assert postgresql.query("select reltuples::bigint from pg_class where relname = 'child'") == [(MANY,)]  # ANALYZE has run


def test_an_orphan_in_a_large_load_is_found_and_nothing_stays(postgresql: Any) -> None:
    postgresql.execute(LARGE)
    before = postgresql.query(CATALOGUE)
    rows = large()
    rows["child"]["parent_id"] = rows["child"]["parent_id"] + 1

    with pytest.raises(LoadError, match=r"child: .*23503.*Fk %s"):
        load_many(postgresql.url, rows)

    assert postgresql.query(CATALOGUE) == before
    assert postgresql.query("select count(*) from parent") == [(0,)]


def test_a_value_twice_in_a_large_load_is_found_and_nothing_stays(postgresql: Any) -> None:
    postgresql.execute(LARGE)
    before = postgresql.query(CATALOGUE)
    rows = large()
    rows["parent"]["code"] = rows["parent"]["code"] // 14

    with pytest.raises(LoadError, match=r"parent: .*23505"):
        load_many(postgresql.url, rows)

    assert postgresql.query(CATALOGUE) == before


def test_a_schema_that_would_not_come_back_is_rolled_back(postgresql: Any) -> None:
    postgresql.execute(LARGE)
    before = postgresql.query(CATALOGUE)
    rows = large()

    with connect(postgresql.url) as connection:
        schema = read_schema(connection)
        work = Work(schema, tuple(rows), dict.fromkeys(rows, MANY), {key: tuple(columns) for key, columns in rows.items()})
        with pytest.raises(LoadError, match="child"), open_loader(connection, work) as loader:  # noqa: PT012
            for key, columns in rows.items():
                for one in counted(key, columns, schema):
                    loader.write(one)
                loader.finish(key)
            connection.exec_driver_sql("alter table child alter column amount set not null")

    assert postgresql.query(CATALOGUE) == before
    assert postgresql.query("select count(*) from child") == [(0,)]


def test_many_rows_into_tables_that_hold_some_keep_all_in_place(postgresql: Any) -> None:
    postgresql.execute(LARGE)
    postgresql.execute("insert into parent (code) values (-1); insert into child values (-1, 1, 1); insert into clustered values (0, 0)")
    before = postgresql.query("select indexrelid from pg_index where indrelid in ('child'::regclass, 'parent'::regclass) order by 1")
    rows = large()
    rows["parent"]["id"] = rows["parent"]["id"] + 1
    rows["child"]["parent_id"] = rows["child"]["parent_id"] + 1

    load_many(postgresql.url, rows)

    after = postgresql.query("select indexrelid from pg_index where indrelid in ('child'::regclass, 'parent'::regclass) order by 1")
    assert after == before
    assert postgresql.query("select count(*) from child") == [(MANY + 1,)]


# ---------------------------------------------------------------------------------------------- types
TYPES = {
    "int2": [1, -32768],
    "int4": [1, -(2**31)],
    "int8": [2**63 - 1, -(2**63)],
    "numeric(18,4)": ["0.0001", "-99999999999999.9999", "0", "12345.6789", "10000"],
    "numeric": ["1.500000", "-0.000001", "123456789012.000000"],
    "float4": [1.5, -0.25],
    "float8": [0.1, -1e9],
    "bool": [True, False],
    "text": ["", "a\tb\\c\n\r", "ÄÖ€😀", "\\N", "NULL", '"q"', "{a}"],
    "varchar(9)": ["abc"],
    "char(3)": ["abc"],
    "name": ["abc"],
    "json": ['{"a": 1}'],
    "jsonb": ['{"a": [1, "x\\n"]}'],
    "mood": ["so so", "it's"],
    "positive": [5],
    "label": ["x y"],
    "bytea": [b"", b"\0\xff\\"],
    "uuid": [uuid.UUID(int=2**127 + 5)],
    "inet": ["192.0.2.1", "2001:db8::1"],
    "int4range": ["[1,5)"],
    "tsvector": ["'a' 'b\\\\c'"],
    "money": ["$1.00"],
    "pair": ['(1,"a b")'],
    "text[]": [["a", None, 'b"\\ ,{}'], [], ["NULL", ""]],
    "int4[]": [[1, None, 3], [], [4]],
    "mood[]": [["it's", "so so"]],
    "uuid[]": [[uuid.UUID(int=7)]],
    "numeric(8,2)[]": [["1.25", None]],
    "inet[]": [["192.0.2.1"]],
}


@pytest.mark.parametrize("extra", ["", "point"], ids=["binary", "text"])
def test_every_type_arrives_as_it_would_by_insert(postgresql: Any, extra: str) -> None:
    postgresql.execute(
        "create type mood as enum ('so so', 'it''s'); create domain positive as int check (value > 0);"
        "create domain label as varchar(20); create type pair as (a int, b text)"
    )
    for at, type_ in enumerate(TYPES):
        postgresql.execute(f"create table t{at} (id int primary key, v {type_}, w {type_}{', x point' if extra else ''})")
    more = {"x": "(1,2)"} if extra else {}
    rows = {
        f"t{at}": {"id": range(1, len(values) + 2), "v": [*values, None], "w": [None, *values]}
        | {name: [value] * (len(values) + 1) for name, value in more.items()}
        for at, values in enumerate(TYPES.values())
    }

    load(postgresql.url, rows)

    with psycopg.connect(postgresql.url) as connection:
        for at, (type_, values) in enumerate(TYPES.items()):
            same = f"select v::text is not distinct from (%s::text::{type_})::text, w is null from t{at} where id = %s"
            for number, value in enumerate(values, 1):
                shown = _shown(value)
                assert connection.execute(same, (shown, number)).fetchone() == (True, number == 1), (type_, value)  # type: ignore[call-overload]
            assert connection.execute(f"select v from t{at} order by id desc limit 1").fetchone() == (None,)  # type: ignore[call-overload]


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return (
            "{"
            + ",".join("NULL" if item is None else '"' + str(item).replace("\\", "\\\\").replace('"', '\\"') + '"' for item in value)
            + "}"
        )
    return "\\x" + value.hex() if isinstance(value, bytes) else str(value)


# ---------------------------------------------------------------------------------------------- keys, rights, row security
@pytest.fixture
def clerk(postgresql: Any) -> Iterator[Callable[[], str]]:
    """A role that owns nothing; the fixture gives its URL."""
    name = f"clerk_{uuid.uuid4().hex[:12]}"
    postgresql.execute(f"create role {name} login")
    parts = urlsplit(postgresql.url)
    yield lambda: urlunsplit(parts._replace(netloc=f"{name}@{parts.netloc.rpartition('@')[2]}"))
    postgresql.execute(f"drop owned by {name}; drop role {name}")


def role(url: str) -> str:
    return urlsplit(url).username or ""


NOT_NULL_CYCLE = """
create table a (id integer primary key, b integer not null);
create table b (id integer generated always as identity primary key, a integer not null references a (id));
alter table a add foreign key (b) references b (id);
"""
CYCLE = {"a": {"id": [1, 2], "b": [2, 1]}, "b": {"id": [1, 2], "a": [1, 2]}}


def test_a_cycle_of_keys_needs_the_right_to_insert_alone(postgresql: Any, clerk: Any) -> None:
    postgresql.execute(NOT_NULL_CYCLE + f"grant select, insert on a, b to {role(clerk())};")

    load(clerk(), CYCLE)

    assert postgresql.query("select b from a order by id") == [(2,), (1,)]


def test_row_security_takes_rows_by_insert_and_refuses_what_its_policy_does(postgresql: Any, clerk: Any) -> None:
    postgresql.execute(
        "create table t (id integer primary key, tenant integer); alter table t enable row level security;"
        f"create policy p on t with check (tenant = 1); grant insert, select on t to {role(clerk())}"
    )

    load(clerk(), {"t": {"id": [1], "tenant": [1]}})
    with pytest.raises(LoadError, match=r"t: .*42501"):
        load(clerk(), {"t": {"id": [2], "tenant": [2]}})

    assert postgresql.query("select id from t") == [(1,)]


def test_a_missing_right_is_told_with_its_grant(postgresql: Any, clerk: Any) -> None:
    postgresql.execute(f"create table t (id integer primary key); grant select on t to {role(clerk())}")

    with pytest.raises(LoadError, match="grant insert on"):
        load(clerk(), {"t": {"id": [1]}})


# ---------------------------------------------------------------------------------------------- sequences
def test_sequences_move_past_what_was_written_and_never_back(postgresql: Any) -> None:
    postgresql.execute(
        "create table t (id integer generated always as identity primary key, n serial, d integer default 0, v text);"
        "create sequence down increment -2 start -1; alter table t alter d set default nextval('down'); select setval('t_n_seq', 100)"
    )

    load(postgresql.url, {"t": {"id": [1, 2], "n": [1, 2], "d": [-1, -3], "v": ["", ""]}}, counters={"t": {"id": 2, "n": 2, "d": -3}})
    postgresql.execute("insert into t (v) values ('application')")

    assert postgresql.query("select id, n, d from t where v > ''") == [(3, 101, -5)]


def test_the_last_value_of_a_sequence_may_be_given_out(postgresql: Any) -> None:
    postgresql.execute("create table t (id smallserial primary key)")

    load(postgresql.url, {"t": {"id": [32767]}}, counters={"t": {"id": 32767}})

    with pytest.raises(psycopg.errors.SequenceGeneratorLimitExceeded):
        postgresql.query("select nextval('t_id_seq')")


def test_a_load_that_fails_moves_no_sequence(postgresql: Any) -> None:
    postgresql.execute("create table t (id serial primary key); create table u (id integer primary key references t)")

    with pytest.raises(LoadError):
        load(postgresql.url, {"t": {"id": [1, 2]}, "u": {"id": [3]}}, counters={"t": {"id": 2}})

    assert postgresql.query("select nextval('t_id_seq')") == [(1,)]


def test_a_sequence_that_we_may_not_move_is_told_before_the_first_row(postgresql: Any, clerk: Any) -> None:
    postgresql.execute(f"create table t (id serial primary key); grant insert, select on t to {role(clerk())}")

    with pytest.raises(LoadError, match=r"grant select, update on sequence"):
        load(clerk(), {"t": {"id": [1]}}, counters={"t": {"id": 1}})


def test_a_sequence_of_another_owner_is_moved_with_the_right_to(postgresql: Any, clerk: Any) -> None:
    postgresql.execute(
        f"create table t (id serial primary key); grant insert, select on t to {role(clerk())};"
        f"grant select, update on sequence t_id_seq to {role(clerk())}"
    )

    load(clerk(), {"t": {"id": [1, 2]}}, counters={"t": {"id": 2}})

    assert postgresql.query("select nextval('t_id_seq')") == [(3,)]


# ---------------------------------------------------------------------------------------------- shapes of tables
def test_partitioned_tables_get_their_rows(postgresql: Any) -> None:
    postgresql.execute(
        "create table t (id integer primary key) partition by range (id); create table t1 partition of t for values from (0) to (100);"
        "create table t2 partition of t default; create table u (t integer references t (id)); insert into t values (500)"
    )

    load(postgresql.url, {"t": {"id": [1, 200]}, "u": {"t": [200, 1]}}, truncate=("t", "u"))

    assert postgresql.query("select (select count(*) from t1), (select count(*) from t2), (select count(*) from u)") == [(1, 1, 2)]


def test_a_table_that_inherits_is_not_emptied_with_its_parent(postgresql: Any) -> None:
    postgresql.execute("create table base (id integer); create table heir () inherits (base); insert into heir values (1)")

    load(postgresql.url, {"base": {"id": [2]}}, truncate=("base",))

    assert postgresql.query("select id from base order by 1") == [(1,), (2,)]


def test_a_table_without_columns_to_write_gets_its_rows(postgresql: Any) -> None:
    postgresql.execute(
        "create table t (id integer generated always as identity, v integer generated always as (1) stored); create table z ()"
    )

    with connect(postgresql.url) as connection:
        schema = read_schema(connection)
        work = Work(schema, ("t", "z"), {"t": 3, "z": 3}, {"t": (), "z": ()})
        empty = pa.RecordBatch.from_arrays([chunk.integers(np.arange(3))], ["row"])
        with open_loader(connection, work) as loader:
            loader.write(Chunk("t", 0, empty))
            loader.write(Chunk("z", 0, empty))

    assert postgresql.query("select (select max(id) from t), (select count(*) from z)") == [(3, 3)]


def test_a_table_outside_that_refers_is_named_even_when_it_was_not_read(postgresql: Any) -> None:
    postgresql.execute("create table t (id integer primary key); create schema other; create table other.u (t integer references public.t)")

    with pytest.raises(Guarded, match=r"t: other\.u refers to it"):
        load(postgresql.url, {"t": {"id": [1]}}, truncate=("t",))


# ---------------------------------------------------------------------------------------------- what comes from outside
def test_a_second_fill_is_told_to_try_again(postgresql: Any) -> None:
    postgresql.execute("create table t (id integer primary key)")

    with connect(postgresql.url) as connection:
        schema = read_schema(connection)
        with open_loader(connection, work_of(schema, {"t": {"id": [1]}})), pytest.raises(TryAgain, match="another fill"):
            load(postgresql.url, {"t": {"id": [1]}})


def test_a_lock_that_is_held_is_told_to_try_again(postgresql: Any) -> None:
    postgresql.execute("create table t (id integer primary key)")

    with psycopg.connect(postgresql.url) as other:
        other.execute("lock table t in share mode")
        with pytest.raises(TryAgain, match="55P03"):
            load(postgresql.url, {"t": {"id": [1]}}, patience=1)


def test_a_connection_that_is_lost_is_told_and_leaves_nothing(postgresql: Any) -> None:
    postgresql.execute("create table t (id integer primary key)")
    rows = {"t": {"id": list(range(1000))}}

    with connect(postgresql.url) as connection:
        schema = read_schema(connection)
        with pytest.raises(ConnectionFailed, match="nothing was committed"), open_loader(connection, work_of(schema, rows)) as loader:  # noqa: PT012
            loader.write(next(chunks(schema, rows)))
            postgresql.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            )
            loader.finish("t")

    assert postgresql.query("select count(*) from t") == [(0,)]


CHILD = """
    import sys, time
    import numpy as np
    sys.path[:0] = [{tests!r}, {root!r}]
    from test_load_postgresql import counted, large, MANY
    from synthseed.connection import connect
    from synthseed.loaders import Work, open_loader
    from synthseed.readers import read_schema
    with connect({url!r}) as connection:
        schema, rows = read_schema(connection), large()
        work = Work(schema, tuple(rows), dict.fromkeys(rows, MANY), {{key: tuple(columns) for key, columns in rows.items()}})
        with open_loader(connection, work) as loader:
            for key, columns in rows.items():
                for one in counted(key, columns, schema):
                    loader.write(one)
                    if key == "child" and one.start > MANY / 2:
                        print("half way", flush=True)
                        time.sleep(60)
"""


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_a_load_that_is_killed_leaves_the_database_as_it_was(postgresql: Any, kill: signal.Signals) -> None:
    postgresql.execute(LARGE)
    before = postgresql.query(CATALOGUE)
    here = Path(__file__).resolve()
    script = textwrap.dedent(CHILD).format(tests=str(here.parent), root=str(here.parents[2]), url=postgresql.url)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(here.parents[1]), str(here.parents[2])])}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half way\n"
        process.send_signal(kill)

    deadline = time.monotonic() + 60
    while postgresql.query("select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert postgresql.query(CATALOGUE) == before
    assert postgresql.query("select (select count(*) from parent), (select count(*) from child)") == [(0, 0)]


def test_an_integer_too_wide_for_its_column_is_refused(postgresql: Any) -> None:
    postgresql.execute("create table t (id integer primary key)")

    with connect(postgresql.url) as connection:
        schema = read_schema(connection)
        wide = Chunk("t", 0, pa.RecordBatch.from_arrays([chunk.integers(np.array([2**40]))], ["id"]))
        with pytest.raises(LoadError, match="does not fit"), open_loader(connection, work_of(schema, {"t": {"id": [1]}})) as loader:
            loader.write(wide)

    assert postgresql.query("select count(*) from t") == [(0,)]
