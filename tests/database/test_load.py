"""What every loader promises, on every database."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from loads import chunks, load, work_of

from synthseed.connection import connect
from synthseed.errors import Guarded, LoadError
from synthseed.loaders import ahead, open_loader
from synthseed.readers import read_schema

SHOP = """
create table customers (id integer primary key, name varchar(40) not null unique, born date, score numeric(8,2) check (score >= 0));
create table orders (id integer primary key, customer_id integer not null references customers (id), note text);
"""
ROWS: dict[str, dict[str, Any]] = {
    "customers": {
        "id": [1, 2, 3],
        "name": ["Zoë", 'a"b\\', "tab\tline\n"],
        "born": [date(1990, 2, 28), None, date(2024, 2, 29)],
        "score": [Decimal("12.50"), None, 0],
    },
    "orders": {"id": [10, 11], "customer_id": [3, 1], "note": [None, ""]},
}


def test_rows_arrive_as_they_were_sent(database: Any) -> None:
    database.execute(SHOP)

    load(database.url, ROWS)

    assert database.query("select id, name, score from customers order by id") == [
        (1, "Zoë", Decimal("12.50")),
        (2, 'a"b\\', None),
        (3, "tab\tline\n", 0),
    ]
    assert database.query("select * from orders order by id") == [(10, 3, None), (11, 1, "")]
    assert [str(value) for (value,) in database.query("select born from customers order by id")] == ["1990-02-28", "None", "2024-02-29"]


def test_an_error_inside_leaves_nothing(database: Any) -> None:
    database.execute(SHOP)

    with connect(database.url) as connection:
        schema = read_schema(connection)
        with pytest.raises(KeyboardInterrupt), open_loader(connection, work_of(schema, ROWS)) as loader:  # noqa: PT012
            loader.write(next(chunks(schema, ROWS)))
            raise KeyboardInterrupt

    assert database.query("select count(*) from customers") == [(0,)]


def test_a_refused_row_is_told_by_its_constraint_and_without_its_values(database: Any) -> None:
    database.execute(SHOP)
    database.execute("insert into customers values (77, 'secret', null, null)")
    twice = {"customers": {"id": [1], "name": ["secret"], "born": [None], "score": [1]}}

    with pytest.raises(LoadError, match=r"customers.*(customers_name_key|customers\.name).*nothing was committed") as raised:
        load(database.url, twice)

    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert database.query("select id from customers") == [(77,)]


def test_a_child_without_its_parent_is_refused(database: Any) -> None:
    database.execute(SHOP)
    rows = ROWS | {"orders": {"id": [10], "customer_id": [9], "note": [None]}}

    with pytest.raises(LoadError, match="orders"):
        load(database.url, rows)

    assert database.query("select count(*) from customers") == [(0,)]


def test_only_the_tables_named_are_emptied(database: Any) -> None:
    database.execute(SHOP + "create table other (id integer primary key); insert into other values (1);")
    database.execute("insert into customers values (1, 'a', null, null); insert into orders values (1, 1, null)")

    load(database.url, ROWS, truncate=("customers", "orders"))

    assert database.query("select count(*) from customers") == [(3,)]
    assert database.query("select count(*) from other") == [(1,)]


def test_a_table_that_others_refer_to_is_not_emptied_without_them(database: Any) -> None:
    database.execute(SHOP)
    database.execute("insert into customers values (1, 'a', null, null); insert into orders values (1, 1, null)")

    with pytest.raises(Guarded, match=r"customers: .*orders.* refers to it"):
        load(database.url, {"customers": ROWS["customers"]}, truncate=("customers",))

    assert database.query("select count(*) from customers") == [(1,)]


def test_a_table_may_refer_to_rows_of_its_own_that_come_later(database: Any) -> None:
    database.execute("create table staff (id integer primary key, boss integer references staff (id))")

    load(database.url, {"staff": {"id": [1, 2, 3], "boss": [3, 1, None]}})

    assert database.query("select boss from staff order by id") == [(3,), (1,), (None,)]


CYCLE = {
    "sqlite": """
        create table a (id integer primary key, b integer {n} references b (id));
        create table b (id integer primary key, a integer not null references a (id));""",
    "postgresql": """
        create table a (id integer primary key, b integer {n});
        create table b (id integer primary key, a integer not null references a (id));
        alter table a add foreign key (b) references b (id) {d};""",
}


@pytest.mark.parametrize("null", ["", "not null"])
@pytest.mark.parametrize("deferrable", ["", "deferrable"])
def test_a_cycle_of_keys_is_loaded_and_its_keys_stand_as_before(database: Any, null: str, deferrable: str) -> None:
    database.execute(CYCLE[database.dialect].format(n=null, d=deferrable))
    with connect(database.url) as connection:
        before = read_schema(connection)

    load(database.url, {"a": {"id": [1, 2], "b": [2, 1]}, "b": {"id": [1, 2], "a": [1, 2]}})

    with connect(database.url) as connection:
        assert read_schema(connection) == before
    assert database.query("select b from a order by id") == [(2,), (1,)]


TRIGGER = {
    "sqlite": "create trigger picky before insert on customers when new.id = 2 begin select raise(ignore); end",
    "postgresql": """
        create function picky() returns trigger language plpgsql as 'begin if new.id = 2 then return null; end if; return new; end';
        create trigger picky before insert on customers for each row execute function picky()""",
}


def test_a_trigger_that_drops_rows_fails_the_load_by_its_name(database: Any) -> None:
    database.execute(SHOP)
    database.execute(TRIGGER[database.dialect])

    with pytest.raises(LoadError, match=r"customers: 3 rows sent, 2 taken.*picky"):
        load(database.url, {"customers": ROWS["customers"]})

    assert database.query("select count(*) from customers") == [(0,)]


def test_names_of_any_kind_are_quoted(database: Any) -> None:
    database.execute('create table "Order %s""x" ("a%b" integer primary key, "select ""€""" varchar(9))')

    load(database.url, {'Order %s"x': {"a%b": [1], 'select "€"': ["x%s"]}})

    assert database.query('select * from "Order %s""x"') == [(1, "x%s")]


def test_times_arrive_to_the_microsecond(database: Any) -> None:
    database.execute("create table t (id integer primary key, at timestamp, clock time)")
    moments = [datetime(2024, 1, 2, 3, 4, 5), datetime(1969, 12, 31, 23, 59, 59, 999999), None]

    load(database.url, {"t": {"id": [1, 2, 3], "at": moments, "clock": [time(1, 2, 3, 4), time(0), None]}})

    assert [str(at) for (at,) in database.query("select at from t order by id")] == [
        "2024-01-02 03:04:05",
        "1969-12-31 23:59:59.999999",
        "None",
    ]
    assert [str(clock) for (clock,) in database.query("select clock from t order by id")] == ["01:02:03.000004", "00:00:00", "None"]


def test_a_generated_column_is_left_to_the_database(database: Any) -> None:
    database.execute("create table t (id integer primary key, twice integer generated always as (id * 2) stored)")

    load(database.url, {"t": {"id": [1, 2]}})

    assert database.query("select twice from t order by id") == [(2,), (4,)]


def test_a_loader_may_be_closed_twice_and_tables_without_rows_are_no_matter(database: Any) -> None:
    database.execute(SHOP)

    with connect(database.url) as connection:
        schema = read_schema(connection)
        with open_loader(connection, work_of(schema, {"customers": ROWS["customers"], "orders": {"id": []}})) as loader:
            loader.write(next(chunks(schema, ROWS)))
            loader.finish("customers")
            loader.finish("orders")
            loader.close()

    assert database.query("select count(*) from customers") == [(3,)]


def test_what_the_making_of_chunks_raises_comes_out_of_the_load(database: Any) -> None:
    database.execute(SHOP)

    def broken() -> Any:
        yield next(chunks(schema, ROWS))
        raise ZeroDivisionError

    with connect(database.url) as connection:
        schema = read_schema(connection)
        work = work_of(schema, ROWS)
        with pytest.raises(ZeroDivisionError), open_loader(connection, work) as loader, ahead(broken()) as made:  # noqa: PT012
            for one in made:
                loader.write(one)

    assert database.query("select count(*) from customers") == [(0,)]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("synthseed")]


def test_a_transaction_that_was_open_is_kept(database: Any) -> None:
    database.execute(SHOP)

    with connect(database.url) as connection:
        schema = read_schema(connection)
        connection.exec_driver_sql("insert into customers values (50, 'mine', null, null)")
        with pytest.raises(ZeroDivisionError), open_loader(connection, work_of(schema, ROWS)):
            raise ZeroDivisionError

    assert database.query("select id from customers") == [(50,)]


def test_the_moment_of_a_zone_is_utc(postgresql: Any) -> None:
    postgresql.execute("create table t (id integer primary key, at timestamptz)")

    load(postgresql.url, {"t": {"id": [1], "at": [datetime(2024, 7, 1, 12)]}})

    assert postgresql.query("select at from t")[0][0] == datetime(2024, 7, 1, 12, tzinfo=UTC)
