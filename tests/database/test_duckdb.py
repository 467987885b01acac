"""What is DuckDB's own: its types and catalogue, its transactions, and the ways around what it refuses."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from loads import load, work_of

import synthseed
from synthseed.chunk import Chunk
from synthseed.connection import connect, parse_url
from synthseed.errors import ConfigurationError, ConnectionFailed, Guarded, LoadError, Refused, TryAgain
from synthseed.loaders import open_loader
from synthseed.readers import holds_rows, read_keys, read_schema
from synthseed.schema import Check, ForeignKey, Kind, Schema, Sequence, Unique

SHOP = """
create sequence customers_id;
create table customers (
    id integer primary key default nextval('customers_id'), email varchar not null unique, full_name varchar,
    referred_by integer references customers (id), signed_up_at timestamp not null, balance decimal(10, 2) check (balance >= 0)
);
create table orders (
    id bigint primary key, customer_id integer not null references customers (id), total decimal(12, 2) not null,
    placed_at timestamptz, note varchar check (length(note) <= 40)
);
create table order_items (
    order_id bigint references orders (id), line integer, sku varchar not null, qty integer check (qty between 1 and 9),
    primary key (order_id, line)
);
create index items_sku on order_items (sku);
comment on table orders is 'what was ''ordered''';
comment on column orders.note is 'of the customer';
comment on index items_sku is 'by sku';
create view big as select * from orders where total > 100;
"""
TABLES = ("customers", "orders", "order_items")


def schema_of(url: str) -> Schema:
    with connect(url) as connection:
        return read_schema(connection)


def counts(database: Any) -> list[int]:
    return [database.query(f"select count(*) from {table}")[0][0] for table in TABLES]


def definitions(database: Any) -> list[tuple[Any, ...]]:
    tables = "select table_name, sql, comment from duckdb_tables() where table_name <> 'synthseed_ledger' order by 1"
    return database.query(tables) + database.query("select index_name, sql, comment from duckdb_indexes() order by 1")


# ---------------------------------------------------------------------------------------------- reading
def test_every_constraint_is_read(duckdb_database: Any) -> None:
    duckdb_database.execute(
        """
        create schema other; create sequence other.counted start 5 increment 2;
        create table other.parents (
            id integer primary key default nextval('other.counted'), "Long name" varchar not null unique check (length("Long name") < 10),
            part varchar, twice integer generated always as (id * 2), unique (part, id));
        create table other.children (parent_id integer not null references other.parents (id), part varchar);
        create unique index lowered on other.children (lower(part));
        comment on table other.parents is 'of children';
        create temp table passing (a integer); create view seen as select 1 as one;
        """
    )

    schema = schema_of(duckdb_database.url)

    parents, children = schema.table("other.parents"), schema.table("other.children")
    assert (schema.dialect, schema.default_schema, len(schema.tables)) == ("duckdb", "main", 2)
    assert parents.primary_key == Unique(("id",), "parents_id_pkey", primary=True)
    assert [unique.columns for unique in parents.uniques] == [("Long name",), ("part", "id")]
    assert parents.checks == (Check('(length("Long name") < 10)', ("Long name",), "parents_long name_check"),)
    assert parents.column("id").sequence == Sequence("counted", "other", 1, 2)
    assert (parents.column("twice").generated, parents.column("twice").default) == ("(id * 2)", None)
    assert (parents.comment, parents.column("part").nullable, parents.column("Long name").nullable) == ("of children", True, False)
    assert children.foreign_keys == (ForeignKey(("parent_id",), "other.parents", ("id",), "children_parent_id_id_fkey"),)
    assert children.uniques == (Unique((), "lowered", ("lower(part)",)),)


def test_the_schema_is_the_same_whatever_rows_there_are(duckdb_database: Any) -> None:
    duckdb_database.execute("create sequence s start 3; create table t (id integer primary key default nextval('s'))")
    before = schema_of(duckdb_database.url)
    duckdb_database.execute("insert into t select nextval('s') from range(1000); checkpoint")

    assert schema_of(duckdb_database.url) == before


def test_the_first_schema_can_be_named_before_there_is_a_table(duckdb_database: Any) -> None:
    with connect(duckdb_database.url, create=True) as connection:
        assert read_schema(connection, schemas=["main"]).tables == ()


def test_attached_databases_are_left_out(duckdb_database: Any, tmp_path: Path) -> None:
    duckdb_database.execute("create table mine (id integer)")
    with connect(duckdb_database.url) as connection:
        connection.exec_driver_sql(f"attach '{tmp_path / 'other.duckdb'}' as beside")
        connection.exec_driver_sql("create table beside.theirs (id integer)")
        connection.commit()

        assert [table.key for table in read_schema(connection).tables] == ["mine"]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("utinyint", Kind.INTEGER), ("ubigint", Kind.INTEGER), ("hugeint", Kind.NUMERIC), ("float", Kind.FLOAT), ("blob", Kind.BYTES),
        ("timestamp_ns", Kind.TIMESTAMP), ("timestamptz", Kind.TIMESTAMPTZ), ("time", Kind.TIME), ("timetz", Kind.TIME),
        ("interval", Kind.INTERVAL), ("uuid", Kind.UUID), ("json", Kind.JSON), ("enum('it''s', 'b')", Kind.ENUM), ("bit", Kind.OTHER),
        ("integer[]", Kind.ARRAY), ("varchar[3]", Kind.ARRAY), ("integer[][]", Kind.OTHER), ("struct(a integer, b varchar)", Kind.OTHER),
        ("map(varchar, integer)", Kind.OTHER), ("union(i integer, s varchar)", Kind.OTHER), ("struct(x double)[]", Kind.OTHER),
        ("struct(p struct(q decimal(5, 2)), l integer[], d date)", Kind.OTHER),
    ],
)  # fmt: skip
def test_a_column_of_any_type_is_read_and_filled(duckdb_database: Any, sql: str, kind: Kind) -> None:
    duckdb_database.execute(f"create table t (id integer primary key, v {sql} not null)")

    synthseed.fill(url=duckdb_database.url, rows=50)

    assert schema_of(duckdb_database.url).table("t").column("v").type.kind is kind
    assert duckdb_database.query("select count(*), count(v) from t") == [(50, 50)]


# ---------------------------------------------------------------------------------------------- values
def test_values_arrive_exactly(duckdb_database: Any) -> None:
    duckdb_database.execute(
        "create table t (id integer primary key, small utinyint, huge hugeint, price decimal(10, 2), f float, yes boolean, word varchar,"
        "raw blob, u uuid, d date, clock time, moment timestamp, zoned timestamptz, span interval, tags varchar[], point double[2],"
        "s struct(a integer, b varchar), one union(n integer, s varchar))"
    )
    number, moment = uuid.UUID("12345678-9abc-4def-8123-456789abcdef"), datetime(2024, 1, 2, 3, 4, 5, 60)

    load(
        duckdb_database.url,
        {
            "t": {
                "id": [1, 2], "small": [200, None], "huge": [10**18, None], "price": ["19.99", None], "f": ["0.5", None],
                "yes": [True, None], "word": ["a\0ü'", None], "raw": [b"\0a\xff", None], "u": [number, None],
                "d": [date(2024, 2, 29), None], "clock": [time(1, 2, 3, 4), None], "moment": [moment, None], "zoned": [moment, None],
                "span": [timedelta(days=-1, microseconds=1), None], "tags": [["x", "y"], None], "point": [["0.25", "-1.5"], None],
                "s": ["{'a': 7, 'b': 'x, y'}", None], "one": ["text", None],
            }
        },
    )  # fmt: skip

    first, second = duckdb_database.query("select * exclude (zoned), epoch_us(zoned), union_tag(one)::varchar from t order by id")
    assert first == (
        1, 200, 10**18, Decimal("19.99"), 0.5, True, "a\0ü'", b"\0a\xff", number, date(2024, 2, 29), time(1, 2, 3, 4), moment,
        timedelta(days=-1, microseconds=1), ["x", "y"], (0.25, -1.5), {"a": 7, "b": "x, y"}, "text",
        int(moment.replace(tzinfo=UTC).timestamp()) * 10**6 + 60, "s",
    )  # fmt: skip
    assert second == (2, *[None] * 18)


def test_the_rows_are_those_of_sqlite(duckdb_database: Any, sqlite: Any) -> None:
    ddl = "create table t (id integer primary key, name varchar(40) not null unique, price numeric(10, 2), at_day date, n integer)"
    for database in (duckdb_database, sqlite):
        database.execute(ddl)
        synthseed.fill(url=database.url, rows=300)

    ours = duckdb_database.query("select id, name, price::double, at_day::varchar, n from t order by id")
    assert ours == sqlite.query("select id, name, price, at_day, n from t order by id")


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("date", "'1999-01-01'"), ("timestamp", "'1999-01-01 00:00:00'"), ("timestamptz", "'1999-01-01 00:00:00+02'"),
        ("decimal(38, 10)", "0.123"), ("hugeint", "170141183460469231"), ("uuid", "'00000000-0000-0000-0000-000000000000'"),
        ("varchar", "'zz'"), ("double", "1e9"), ("float", "1e9"), ("boolean", "true"), ("time", "'00:00:01.5'"), ("blob", r"'\x00'"),
        ("enum('a', 'b')", "'b'"),
    ],
)  # fmt: skip
def test_a_key_of_any_type_tells_our_rows_from_others(duckdb_database: Any, sql: str, value: str) -> None:
    duckdb_database.execute(f"create table t (k {sql} not null, n integer not null, note varchar, primary key (k, n))")
    synthseed.fill(url=duckdb_database.url, rows=40)
    duckdb_database.execute(f"insert into t values ({value}, -1, 'mine')")

    synthseed.fill(url=duckdb_database.url, rows=60)
    filled = duckdb_database.query("select count(*) from t")
    synthseed.reset(url=duckdb_database.url)

    assert filled == [(61,)]
    assert duckdb_database.query("select n, note from t") == [(-1, "mine")]


def test_an_infinite_key_is_refused(duckdb_database: Any) -> None:
    duckdb_database.execute("create table t (k timestamp primary key); insert into t values ('infinity')")
    with connect(duckdb_database.url) as connection:
        table = read_schema(connection).table("t")

        with pytest.raises(synthseed.errors.SchemaError, match="t cannot be read"):
            read_keys(connection, table, ["k"])


# ---------------------------------------------------------------------------------------------- the verbs
def test_rows_grow_are_emptied_and_taken_out_again(duckdb_database: Any) -> None:
    duckdb_database.execute(SHOP)
    before = definitions(duckdb_database)
    synthseed.fill(url=duckdb_database.url, rows=200)
    stood = duckdb_database.query("from customers order by id")

    synthseed.fill(url=duckdb_database.url, rows=500)
    assert (counts(duckdb_database), duckdb_database.query("from customers order by id limit 200")) == ([500] * 3, stood)
    assert duckdb_database.query("select nextval('customers_id')")[0][0] > 500

    synthseed.fill(url=duckdb_database.url, rows=200, truncate=True)
    assert counts(duckdb_database) == [200] * 3

    synthseed.reset(url=duckdb_database.url)
    assert counts(duckdb_database) == [0] * 3
    assert definitions(duckdb_database) == before


def test_rows_of_others_outlive_a_reset_with_their_parents(duckdb_database: Any) -> None:
    duckdb_database.execute(SHOP)
    synthseed.fill(url=duckdb_database.url, rows=100)
    duckdb_database.execute("insert into customers values (-2, 'b@example.org', 'B', null, '2024-01-01', 0)")
    duckdb_database.execute("insert into customers values (-3, 'c@example.org', 'C', -2, '2024-01-01', 1)")
    duckdb_database.execute("insert into orders values (-1, -3, 5, null, 'mine'); insert into order_items values (-1, 1, 'x', 1)")
    before = definitions(duckdb_database)

    synthseed.reset(url=duckdb_database.url)

    assert duckdb_database.query("select id, referred_by from customers order by id desc") == [(-2, None), (-3, -2)]
    assert counts(duckdb_database) == [2, 1, 1]
    assert definitions(duckdb_database) == before


def test_a_reset_is_refused_where_rows_of_others_depend_on_ours(duckdb_database: Any) -> None:
    duckdb_database.execute(SHOP)
    synthseed.fill(url=duckdb_database.url, rows=100)
    duckdb_database.execute("insert into orders values (-1, 7, 5, null, 'mine')")

    with pytest.raises(LoadError, match="foreign key without its parent"):
        synthseed.reset(url=duckdb_database.url)

    assert counts(duckdb_database) == [100, 101, 100]


def test_a_table_that_others_refer_to_is_not_emptied_alone(duckdb_database: Any) -> None:
    duckdb_database.execute(SHOP)
    synthseed.fill(url=duckdb_database.url, rows=50)

    with pytest.raises(Guarded, match="orders refers to it"):
        load(duckdb_database.url, {"customers": {"id": [1]}}, truncate=("customers",))

    assert counts(duckdb_database) == [50] * 3


def test_an_alias_and_a_schema_file_make_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seeds_config").mkdir()
    (tmp_path / "shop.sql").write_text(SHOP, encoding="utf-8")
    file = tmp_path / "seeds_config" / "synthseed.yml"
    file.write_text("databases:\n  dev:\n    url: duckdb:///dev.duckdb\n    schema_file: ../shop.sql\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    done = synthseed.fill(db="dev", rows=20)

    assert "dev (duckdb:///dev.duckdb)" in done.target
    with duckdb.connect(str(tmp_path / "dev.duckdb")) as connection:
        assert connection.execute("select count(*) from orders").fetchall() == [(20,)]


# ---------------------------------------------------------------------------------------------- names
# A file and a schema in it that is called like a database: like the file's own, or like one of those that are always there.
ALIKE = [("shop.duckdb", "shop"), ("Shop.duckdb", "shop"), ("My-Shop.duckdb", "my-shop"), ("2 a%s.b.duckdb", "2 A%S"), ("x.duckdb", "temp")]


def quoted(*names: str) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


@pytest.fixture
def alike(duckdb_database: Any, tmp_path: Path) -> Callable[[str, str], tuple[Any, str]]:
    """Make a file with a shop in a schema, tables of the same names in `main`, and a table that is called like both."""

    def made(file: str, schema: str) -> tuple[Any, str]:
        database = replace(duckdb_database, url=f"duckdb:///{tmp_path / file}")
        name = database.query("select current_database()")[0][0]
        place = quoted(name, schema)
        # Behind REFERENCES DuckDB 1 takes no three parts, and two are no more than a schema's there.
        above = quoted(schema) if duckdb.__version__.startswith("1.") else place
        shop = SHOP.replace("customers_id", f"{place}.customers_id").replace("references ", f"references {above}.")
        database.execute(
            f"create schema {place}; use {place}; {shop}"
            f"create table {place}.{quoted(schema)} ({quoted(schema)} integer primary key, n integer unique);"
            f"create table {quoted(name)}.main.orders (id integer primary key, note varchar);"
            f"create table {quoted(name)}.main.{quoted(schema)} ({quoted(schema)} integer primary key);"
        )
        return database, place

    return made


def counts_in(database: Any, place: str) -> list[int]:
    tables = [f"{place}.{table}" for table in TABLES]
    return [database.query(f"select count(*) from {table}")[0][0] for table in [*tables, "main.orders"]]


@pytest.mark.parametrize(("file", "schema"), ALIKE)
def test_a_schema_that_is_called_like_a_database_is_filled(alike: Any, file: str, schema: str) -> None:
    database, place = alike(file, schema)
    synthseed.fill(url=database.url, rows=30)
    stood = database.query(f"from {place}.customers order by id")

    synthseed.fill(url=database.url, rows=80)

    assert counts_in(database, place) == [80] * 4
    assert database.query(f"from {place}.customers order by id limit 30") == stood
    assert database.query(f"select count(*) from {place}.{quoted(schema)}") == [(80,)]
    assert database.query(f"select nextval('{place}.customers_id')")[0][0] > 80


@pytest.mark.parametrize(("file", "schema"), ALIKE)
def test_a_schema_that_is_called_like_a_database_is_emptied_and_reset(alike: Any, file: str, schema: str) -> None:
    database, place = alike(file, schema)
    before = definitions(database)
    synthseed.fill(url=database.url, rows=80)

    synthseed.fill(url=database.url, rows=20, truncate=True)
    emptied = counts_in(database, place)
    database.execute(f"insert into {place}.customers values (-2, 'b@example.org', 'B', null, '2024-01-01', 0)")
    database.execute(f"insert into {place}.customers values (-3, 'c@example.org', 'C', -2, '2024-01-01', 0)")
    synthseed.reset(url=database.url)

    assert emptied == [20] * 4
    assert counts_in(database, place) == [2, 0, 0, 0]
    assert definitions(database) == before


def test_keys_are_read_in_a_schema_that_is_called_like_a_database(alike: Any) -> None:
    database, place = alike("shop.duckdb", "shop")
    database.execute(f"create schema other; create table other.t (k integer); insert into {place}.shop values (7, 8)")

    with connect(database.url) as connection:
        schema = read_schema(connection)
        held = holds_rows(connection, schema)
        (cells,) = read_keys(connection, schema.table("shop.shop"), ["n"])

    assert [key for key, holds in held.items() if holds] == ["shop.shop"]
    assert cells.values.tolist() == [8]


def test_a_key_of_a_schema_to_its_own_table_comes_back_as_it_was(duckdb_database: Any) -> None:
    own = "references shop.t (id)" if duckdb.__version__.startswith("1.") else "references t (id)"
    duckdb_database.execute(f"create schema shop; use shop; create table shop.t (id integer primary key, above integer {own})")
    before = definitions(duckdb_database)
    synthseed.fill(url=duckdb_database.url, rows=20)

    synthseed.reset(url=duckdb_database.url)

    assert duckdb_database.query("select count(*) from shop.t") == [(0,)]
    assert definitions(duckdb_database) == before


def test_a_parent_with_an_odd_name_is_made_again(duckdb_database: Any) -> None:
    duckdb_database.execute(
        'create table "Of all"("a b" integer primary key); create table kids (k integer references "Of all" ("a b"));'
        'create schema "my own"; create table "my own"."T-x" (id integer primary key);'
        'create table "my own".y (id integer primary key, x integer references "my own"."T-x" (id), check (id <> 0));'
    )
    before = definitions(duckdb_database)
    synthseed.fill(url=duckdb_database.url, rows=20)

    synthseed.reset(url=duckdb_database.url)

    assert duckdb_database.query('select (select count(*) from "Of all"), (select count(*) from "my own".y)') == [(0, 0)]
    assert definitions(duckdb_database) == before


# ---------------------------------------------------------------------------------------------- loading
def test_a_row_comes_after_the_row_of_its_table_that_it_refers_to(duckdb_database: Any) -> None:
    duckdb_database.execute("create table t (id integer primary key, above integer references t (id))")

    load(duckdb_database.url, {"t": {"id": [5, 4, 3, 2, 1], "above": [4, 3, 3 - 1, 1, None]}})

    assert duckdb_database.query("from t order by id") == [(1, None), (2, 1), (3, 2), (4, 3), (5, 4)]


def test_a_table_whose_every_row_needs_another_of_its_own_is_refused(duckdb_database: Any) -> None:
    duckdb_database.execute("create table t (id integer primary key, above integer not null references t (id))")

    with pytest.raises(Refused, match=r"t\.above.*no first one"):
        synthseed.fill(url=duckdb_database.url, rows=5)


def test_an_error_leaves_the_file_as_it_was_and_tells_no_value(duckdb_database: Any) -> None:
    duckdb_database.execute("create table t (id integer primary key, v varchar); insert into t values (1, 'kept')")

    with pytest.raises(LoadError, match="a value twice under a primary key or unique constraint") as told:
        load(duckdb_database.url, {"t": {"id": [7, 77123, 77123], "v": ["a", "b", "c"]}})

    assert "77123" not in f"{told.value!r}{told.value.__cause__!r}"
    assert duckdb_database.query("from t") == [(1, "kept")]


def test_a_sequence_is_moved_past_what_was_written(duckdb_database: Any) -> None:
    duckdb_database.execute('create sequence "Of t" increment 5; create table t (id integer primary key default nextval(\'"Of t"\'))')

    for rows in (30, 70):
        synthseed.fill(url=duckdb_database.url, rows=rows)
    duckdb_database.execute("insert into t default values")

    assert duckdb_database.query("select count(*), max(id) > 5 * 69 from t") == [(71, True)]


def test_no_chunk_is_kept_once_it_is_written(duckdb_database: Any) -> None:
    duckdb_database.execute("create table t (v varchar)")
    schema, texts = schema_of(duckdb_database.url), pa.array(["x" * 300] * 10_000)
    before = pa.total_allocated_bytes()

    with (
        connect(duckdb_database.url) as connection,
        open_loader(connection, work_of(schema, {"t": {"v": np.zeros(200_000)}})) as loader,
    ):
        for start in range(0, 200_000, len(texts)):
            loader.write(Chunk("t", start, pa.RecordBatch.from_arrays([pa.concat_arrays([texts])], ["v"])))
        held = pa.total_allocated_bytes() - before

    assert held < 20_000_000  # 60 MB were written


def test_a_process_that_is_killed_leaves_the_file_as_it_was(duckdb_database: Any) -> None:
    duckdb_database.execute(SHOP)
    program = (
        "import os, synthseed\nfrom synthseed.loaders.duckdb import DuckDBLoader\n"
        "DuckDBLoader.close = lambda self: os.kill(os.getpid(), 9)\n"
        f"synthseed.fill(url={duckdb_database.url!r}, rows=2000)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)

    assert (done.returncode, counts(duckdb_database)) == (-9, [0] * 3)
    assert duckdb_database.query("select count(*) from duckdb_tables() where table_name = 'synthseed_ledger'") == [(0,)]


# ---------------------------------------------------------------------------------------------- the connection
def test_a_file_is_known_by_its_content_and_a_new_one_by_its_name(duckdb_database: Any, tmp_path: Path) -> None:
    moved = Path(duckdb_database.path).rename(tmp_path / "dev.db")

    assert parse_url(str(moved)).get_backend_name() == "duckdb"
    assert [parse_url(name).get_backend_name() for name in ("new.duckdb", "new.ddb", "new.db")] == ["duckdb", "duckdb", "sqlite"]


def test_a_file_that_another_process_holds_is_named_with_it(duckdb_database: Any) -> None:
    program = f"import duckdb; c = duckdb.connect({duckdb_database.path!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()

        with pytest.raises(TryAgain, match=rf"another program holds the file \(process {other.pid}\)"), connect(duckdb_database.url):
            pass

        other.communicate(b"\n", timeout=90)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no database at all", "not a DuckDB database"),
        (None, "there is no file"),
        (b"\0" * 8 + b"DUCK" + b"\xff" * 4096, "the file is damaged"),
    ],
)
def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "bad.duckdb"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConnectionFailed, match=told), connect(f"duckdb:///{path}"):
        pass


def test_without_the_package_it_says_what_to_install(duckdb_database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'synthseed\[duckdb\]'"), connect(duckdb_database.url):
        pass


def test_rows_that_are_not_fetched_yet_outlive_the_next_statement(duckdb_database: Any) -> None:
    with connect(duckdb_database.url) as connection:
        rows = connection.exec_driver_sql("select * from range(5000)")
        first = rows.fetchmany(2)
        second = connection.exec_driver_sql("select 7").scalar()

        assert (first, second, len(rows.fetchall())) == ([(0,), (1,)], 7, 4998)


def test_what_is_not_committed_is_rolled_back(duckdb_database: Any) -> None:
    with connect(duckdb_database.url) as connection:
        connection.exec_driver_sql("create table t (id integer)")
        connection.commit()
        connection.exec_driver_sql("insert into t values (1)")

    assert duckdb_database.query("select count(*) from t") == [(0,)]


def test_a_connection_of_the_same_process_keeps_its_settings(duckdb_database: Any) -> None:
    with duckdb.connect(duckdb_database.path) as theirs:
        query = "select current_setting('autoinstall_known_extensions'), current_setting('TimeZone')"
        theirs.execute("set autoinstall_known_extensions = true; set TimeZone = 'Asia/Tokyo'")
        theirs.execute("create table t (id integer primary key)")
        synthseed.fill(url=duckdb_database.url, rows=3)

        assert theirs.execute(query).fetchall() == [(True, "Asia/Tokyo")]
        assert theirs.execute("select count(*) from t").fetchall() == [(3,)]


def test_a_table_may_be_called_as_it_likes(duckdb_database: Any) -> None:
    duckdb_database.execute('create table "select" ("order" integer primary key, "a ""b" varchar, "B%s" integer)')

    synthseed.fill(url=duckdb_database.url, rows=10)

    assert duckdb_database.query('select count("order") from "select"') == [(10,)]
