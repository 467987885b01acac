"""PostgreSQL's catalogue, feature by feature."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import make_url

from synthseed.connection import connect
from synthseed.errors import ConfigurationError
from synthseed.readers import holds_rows, read_schema
from synthseed.schema import Check, Column, Exclusion, ForeignKey, Kind, Partitioning, Schema, Sequence, Table, Type, Unique, Unread


def schema_of(database: Any, script: str, **options: Any) -> Schema:
    database.execute(script)
    with connect(database.url) as connection:
        return read_schema(connection, **options)


def table_of(database: Any, script: str, key: str = "t") -> Table:
    return schema_of(database, script).table(key)


def types_of(database: Any, script: str) -> dict[str, Type]:
    return {column.name: column.type for column in table_of(database, script).columns}


def test_every_built_in_type_has_its_kind_and_its_text(postgresql: Any) -> None:
    found = types_of(
        postgresql,
        "create table t (a smallint, b int, c bigint, d numeric(10,2), e numeric, f numeric(3,-2), g real, h float8, i boolean, j text,"
        " k varchar(80), l char(3), m bytea, n date, o time(3), p timetz, q timestamp, r timestamptz(0), s interval, t uuid, u jsonb,"
        ' v inet, w bit(8), x varbit(16), y "char", z varchar)',
    )

    assert list(found.values()) == [
        Type("smallint", Kind.INTEGER, bits=16),
        Type("integer", Kind.INTEGER, bits=32),
        Type("bigint", Kind.INTEGER, bits=64),
        Type("numeric(10,2)", Kind.NUMERIC, precision=10, scale=2),
        Type("numeric", Kind.NUMERIC),
        Type("numeric(3,-2)", Kind.NUMERIC, precision=3, scale=-2),
        Type("real", Kind.FLOAT, bits=32),
        Type("double precision", Kind.FLOAT, bits=64),
        Type("boolean", Kind.BOOLEAN),
        Type("text", Kind.TEXT),
        Type("character varying(80)", Kind.TEXT, length=80),
        Type("character(3)", Kind.TEXT, length=3, fixed=True),
        Type("bytea", Kind.BYTES),
        Type("date", Kind.DATE),
        Type("time(3) without time zone", Kind.TIME, precision=3),
        Type("time with time zone", Kind.TIME),
        Type("timestamp without time zone", Kind.TIMESTAMP),
        Type("timestamp(0) with time zone", Kind.TIMESTAMPTZ, precision=0),
        Type("interval", Kind.INTERVAL),
        Type("uuid", Kind.UUID),
        Type("jsonb", Kind.JSON),
        Type("inet", Kind.OTHER),
        Type("bit(8)", Kind.OTHER, length=8, fixed=True),
        Type("bit varying(16)", Kind.OTHER, length=16),
        Type('"char"', Kind.TEXT, length=1),
        Type("character varying", Kind.TEXT),
    ]


def test_a_domain_is_its_base_with_its_checks_on_the_column(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        "create domain positive as numeric(8,2) not null default 1 check (value > 0);"
        "create domain price as positive check (value < 1000 and value::text <> 'VALUE');"
        'create table t ("the price" price)',
    )
    column = table.column("the price")

    assert column.type == Type("price", Kind.NUMERIC, precision=8, scale=2, domain="price")
    assert (column.nullable, column.default) == (False, "1")
    assert [check.columns for check in table.checks] == [("the price",), ("the price",)]
    assert {check.name for check in table.checks} == {"price_check", "positive_check"}
    text = next(check.text for check in table.checks if check.name == "price_check")
    assert "'VALUE'" in text
    assert text.count('"the price"') == 2


def test_enums_keep_their_order_and_arrays_their_element(postgresql: Any) -> None:
    found = types_of(
        postgresql,
        "create type mood as enum ('sad', 'ok', 'happy'); create domain code as varchar(4);"
        "create table t (m mood, n mood[], o varchar(5)[], p code[], q int[][], r int2vector)",
    )

    mood = Type("mood", Kind.ENUM, labels=("sad", "ok", "happy"))
    assert found["m"] == mood
    assert found["n"] == Type("mood[]", Kind.ARRAY, element=mood)
    assert found["o"].element == Type("character varying(5)", Kind.TEXT, length=5)
    assert found["p"].element == Type("code", Kind.TEXT, length=4, domain="code")
    assert found["q"].element == Type("integer", Kind.INTEGER, bits=32)
    assert found["r"].kind is Kind.OTHER


def test_the_checks_of_an_elements_domain_are_kept_unread(postgresql: Any) -> None:
    table = table_of(postgresql, "create domain code as text check (value <> ''); create table t (c code[])")

    assert table.checks == ()
    assert [(unread.what, unread.columns) for unread in table.unread] == [("check of an element", ("c",))]


def test_identities_serials_and_defaults_name_their_sequence(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        "create schema other; create sequence other.shared start 100 increment 5;"
        "create table t (a int generated always as identity (start 7 increment 3), b bigint generated by default as identity, c serial,"
        " d int default nextval('other.shared'), e text default nextval('other.shared')::text, f int default 4)",
    )
    found = {column.name: (column.identity, column.sequence) for column in table.columns}

    assert found == {
        "a": ("always", Sequence("t_a_seq", None, 7, 3)),
        "b": ("by default", Sequence("t_b_seq")),
        "c": (None, Sequence("t_c_seq")),
        "d": (None, Sequence("shared", "other", 100, 5)),
        "e": (None, None),
        "f": (None, None),
    }
    assert table.column("f").default == "4"
    assert table.column("c").default == "nextval('t_c_seq'::regclass)"


def test_a_generated_column_has_its_expression_and_no_default(postgresql: Any) -> None:
    column = table_of(postgresql, "create table t (a int, b int generated always as (a * 2) stored)").column("b")

    assert (column.generated, column.default) == ("(a * 2)", None)


def test_unique_keys_come_from_constraints_and_indexes(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        "create table t (id int primary key, a text, b text, c int, d boolean, constraint pair unique nulls not distinct (b, a));"
        "create unique index i_expression on t (c, lower(a)); create unique index i_partial on t (c) include (b) where d;"
        "create index plain on t (a)",
    )

    assert table.primary_key == Unique(("id",), "t_pkey", primary=True)
    assert table.uniques == (
        Unique(("c",), "i_expression", expressions=("lower(a)",)),
        Unique(("c",), "i_partial", where="d"),
        Unique(("b", "a"), "pair", nulls_distinct=False),
    )


def test_texts_that_a_unique_key_takes_for_one_are_told(postgresql: Any) -> None:
    table = table_of(postgresql, "create extension citext; create table t (a citext unique, b citext)")

    assert table.unread == (Unread("collation", "citext", ("a",)),)


def test_foreign_keys_of_every_shape(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        "create schema other; create table other.plant (country char(2), code int, primary key (country, code));"
        "create table t (id int primary key, c char(2), n int, boss int references t deferrable initially deferred,"
        " constraint plant foreign key (n, c) references other.plant (code, country) match full)",
    )

    assert table.foreign_keys == (
        ForeignKey(("n", "c"), "other.plant", ("code", "country"), "plant", match_full=True),
        ForeignKey(("boss",), "t", ("id",), "t_boss_fkey", deferrable=True, initially_deferred=True),
    )


def test_a_key_to_a_table_that_is_not_read_is_kept_unread(postgresql: Any) -> None:
    script = (
        "create schema other; create table other.p (id int primary key); create table t (id int, p_id int not null references other.p(id))"
    )
    table = schema_of(postgresql, script, schemas=["public"]).table("t")

    assert table.foreign_keys == ()
    assert table.unread == (Unread("foreign key", "FOREIGN KEY (p_id) REFERENCES other.p(id)", ("p_id",)),)


def test_a_key_to_a_partition_is_kept_unread(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        "create table p (id int primary key) partition by range (id); create table p1 partition of p for values from (0) to (9);"
        "create table t (p_id int references p1, q_id int references p)",
    )

    assert [key.label for key in table.foreign_keys] == ["q_id"]
    assert [unread.columns for unread in table.unread] == [("p_id",)]


def test_checks_are_texts_without_the_word(postgresql: Any) -> None:
    table = table_of(postgresql, "create table t (a int not null, b int, constraint ordered check (a < b), check (a > 0) no inherit)")

    assert table.checks == (Check("(a < b)", ("a", "b"), "ordered"), Check("(a > 0)", ("a",), "t_a_check"))


def test_exclusions_are_read_by_their_parts(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        "create extension btree_gist;"
        "create table t (room int, a date, b date, exclude using gist (room with =, daterange(a, b) with &&) where (room > 0))",
    )

    assert table.uniques == ()
    assert table.exclusions == (
        Exclusion(
            (("room", "="), ("daterange(a, b)", "&&")),
            "EXCLUDE USING gist (room WITH =, daterange(a, b) WITH &&) WHERE ((room > 0))",
            "t_room_daterange_excl",
        ),
    )


def test_a_partitioned_table_tells_its_bounds_and_hides_its_partitions(postgresql: Any) -> None:
    schema = schema_of(
        postgresql,
        "create table t (id int, day date, primary key (id, day)) partition by range (day);"
        "create table t1 partition of t for values from ('2024-01-01') to ('2025-01-01');"
        "create table t2 partition of t default;",
    )

    assert list(schema.by_key) == ["t"]
    assert schema.table("t").partitioning == Partitioning(
        "range", ("day",), ("FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')", "DEFAULT")
    )
    assert schema.table("t").unread == ()


def test_what_partitions_have_of_their_own_is_kept_unread(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        "create table t (id int, kind text) partition by list (lower(kind));"
        "create table t1 partition of t for values in ('a') partition by hash (id);"
        "create table t11 partition of t1 for values with (modulus 1, remainder 0);"
        "create table t2 partition of t (check (id > 5)) for values in ('b, c')",
    )

    assert table.partitioning is not None
    assert table.partitioning.columns == ("lower(kind)",)
    assert [unread.what for unread in table.unread] == ["partition key", "subpartitioned", "partition's own constraint", "subpartition"]


def test_triggers_rules_and_policies_are_kept_unread(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        "create table t (id int, owner text);"
        "create function f() returns trigger language plpgsql as 'begin return new; end';"
        "create trigger t_trim before insert on t for each row execute function f();"
        "create trigger t_off before insert on t for each row execute function f(); alter table t disable trigger t_off;"
        "create rule gone as on delete to t do instead nothing;"
        "alter table t enable row level security; create policy mine on t using (owner = current_user)",
    )

    assert [unread.what for unread in table.unread] == ["row security", "rule", "trigger"]
    assert table.unread[0].text == "policy mine using ((owner = CURRENT_USER))"
    assert table.unread[2].text.startswith("CREATE TRIGGER t_trim BEFORE INSERT ON public.t")


def test_only_tables_of_the_application_are_read(postgresql: Any) -> None:
    schema = schema_of(
        postgresql,
        "create schema synthseed; create table synthseed.ledger (id int); create schema shop; create table shop.item (id int);"
        "create table alembic_version (version_num varchar(32) primary key); create table schema_migrations (version text primary key);"
        "create table migrations (id serial, bird text); create view v as select 1 as one; create materialized view m as select 1 as one;"
        "create table t (id int)",
    )

    assert list(schema.by_key) == ["migrations", "t", "shop.item"]


def test_temporary_tables_are_left_out(postgresql: Any) -> None:
    with connect(postgresql.url) as connection:
        connection.exec_driver_sql("create temporary table gone (id int)")

        assert read_schema(connection).tables == ()


def test_bookkeeping_that_the_application_points_at_stays(postgresql: Any) -> None:
    script = (
        "create table schema_migrations (version text primary key); create table t (version text references schema_migrations);"
        "create table alembic_version (version_num text)"
    )

    assert list(schema_of(postgresql, script).by_key) == ["schema_migrations", "t"]
    assert list(schema_of(postgresql, "", tables=["alembic_version"]).by_key) == ["alembic_version"]


def test_comments_are_read(postgresql: Any) -> None:
    table = table_of(postgresql, "create table t (a int); comment on table t is 'things'; comment on column t.a is 'the age'")

    assert (table.comment, table.column("a").comment) == ("things", "the age")


def test_columns_stand_in_the_catalogues_order_without_those_dropped(postgresql: Any) -> None:
    table = table_of(postgresql, "create table t (z int, gone int, a int); alter table t drop column gone; alter table t add m int")

    assert table.columns == tuple(Column(name, Type("integer", Kind.INTEGER, bits=32)) for name in "zam")


def test_awkward_names_are_read_as_they_are(postgresql: Any) -> None:
    table = table_of(
        postgresql,
        'create table "O\'Brien; ""x"" % :y 😀" ("a%s" int primary key, "select" text unique, check ("a%s" > 0))',
        'O\'Brien; "x" % :y 😀',
    )

    assert [column.name for column in table.columns] == ["a%s", "select"]
    assert table.checks[0].columns == ("a%s",)


def test_a_schema_or_table_that_is_not_there_is_named(postgresql: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"no schema `publik` in the database \(did you mean public\?\)"):
        schema_of(postgresql, "create table orders (id int)", schemas=["publik"])

    with pytest.raises(ConfigurationError, match=r"no table `order` in the database \(did you mean orders\?\)"):
        schema_of(postgresql, "", tables=["order"])


def test_a_role_that_may_read_no_row_reads_the_whole_schema(postgresql: Any) -> None:
    script = (
        "create type mood as enum ('a'); create domain d as int check (value > 0);"
        "create table p (id serial primary key, m mood, n d, o int generated always as (1) stored);"
        "create table t (id int generated always as identity, p_id int references p, check (p_id > 0));"
        "create unique index on t (abs(p_id));"
        "create table empty (id int); create table part (id int) partition by range (id);"
        "create table part1 partition of part for values from (0) to (9);"
        "insert into p (m) values ('a'); insert into part values (1)"
    )
    whole = schema_of(postgresql, script)
    role = f"meta_{make_url(postgresql.url).database}"
    postgresql.execute(f"create role {role} login; grant usage on schema public to {role}")
    try:
        with connect(make_url(postgresql.url).set(username=role)) as connection:
            seen, holding = read_schema(connection), holds_rows(connection, whole)
            with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
                connection.exec_driver_sql("select * from p")
    finally:
        postgresql.execute(f"drop owned by {role}; drop role {role}")

    assert seen == whole
    assert holding == {"empty": False, "p": True, "part": True, "t": False}


def test_rows_that_a_policy_hides_are_seen(postgresql: Any) -> None:
    schema = schema_of(postgresql, "create table t (id int); insert into t values (1); alter table t enable row level security;")
    role = f"meta_{make_url(postgresql.url).database}"
    postgresql.execute(f"create role {role} login; grant usage on schema public to {role}; grant select on t to {role}")
    try:
        with connect(make_url(postgresql.url).set(username=role)) as connection:
            assert connection.exec_driver_sql("select count(*) from t").scalar() == 0
            assert holds_rows(connection, schema) == {"t": True}
    finally:
        postgresql.execute(f"drop owned by {role}; drop role {role}")


def test_rows_that_were_deleted_are_none_and_a_childs_rows_are_not_its_parents(postgresql: Any) -> None:
    schema = schema_of(
        postgresql,
        "create table t (id int); insert into t values (1); delete from t;"
        "create table base (id int); create table heir () inherits (base); insert into heir values (1)",
    )
    with connect(postgresql.url) as connection:
        assert holds_rows(connection, schema) == {"base": False, "heir": True, "t": False}


def test_five_hundred_tables_take_as_many_queries_as_one(postgresql: Any) -> None:
    postgresql.execute("create table t (id int)")
    counts = []
    for _ in range(2):
        with connect(postgresql.url) as connection:
            seen: list[str] = []
            sqlalchemy.event.listen(connection.engine, "before_cursor_execute", lambda *call, seen=seen: seen.append(call[2]))
            read_schema(connection)
            counts.append(len(seen))
        postgresql.execute("".join(f"create table if not exists t{n} (id int primary key, up int references t{n});" for n in range(500)))

    assert counts[0] == counts[1]


def test_what_reflection_tells_too_is_the_same(postgresql: Any) -> None:
    script = (
        "create schema other; create table other.p (a int, b int, c text, primary key (b, a)); comment on table other.p is 'parents';"
        "create table t (id bigint generated by default as identity primary key, a int, b int not null, n text default 'x' unique,"
        " foreign key (b, a) references other.p (b, a) deferrable, unique (a, b))"
    )
    schema = schema_of(postgresql, script)
    with connect(postgresql.url) as connection:
        inspector = sqlalchemy.inspect(connection)
        for table in schema.tables:
            place = (table.name, table.schema)
            columns = inspector.get_columns(*place)
            assert [(c.name, c.nullable) for c in table.columns] == [(c["name"], c["nullable"]) for c in columns]
            assert [c.default for c in table.columns] == [c["default"] for c in columns]
            assert table.primary_key is not None
            assert list(table.primary_key.columns) == inspector.get_pk_constraint(*place)["constrained_columns"]
            assert {(u.name, u.columns) for u in table.uniques} == {
                (u["name"], tuple(u["column_names"])) for u in inspector.get_unique_constraints(*place)
            }
            assert [(list(k.columns), k.parent, list(k.parent_columns)) for k in table.foreign_keys] == [
                (k["constrained_columns"], f"{k['referred_schema']}.{k['referred_table']}", k["referred_columns"])
                for k in inspector.get_foreign_keys(*place)
            ]
            assert table.comment == inspector.get_table_comment(*place)["text"]


def test_the_search_paths_first_schema_is_the_default(postgresql: Any) -> None:
    postgresql.execute("create schema shop; create table shop.item (id int); create table t (id int)")
    with connect(f"{postgresql.url}?options=-csearch_path%3Dshop") as connection:
        schema = read_schema(connection)

    assert schema.default_schema == "shop"
    assert sorted(schema.by_key) == ["item", "public.t"]


def server_is(database: Any, oldest: int) -> bool:
    with psycopg.connect(database.url) as connection:
        return connection.info.server_version >= oldest * 10000


def test_what_version_18_brought(postgresql: Any) -> None:
    if not server_is(postgresql, 18):
        # Older servers have none of it; the CI run with the wheel's server goes on here.
        with pytest.raises(psycopg.errors.SyntaxError):
            postgresql.execute("create table t (a int, b int generated always as (a) virtual)")
        return
    table = table_of(
        postgresql,
        "create extension btree_gist;"
        "create table t (id int, during daterange, n int not null, m int generated always as (n + 1) virtual,"
        " primary key (id, during without overlaps));"
        "create table u (id int, during daterange, foreign key (id, period during) references t (id, period during))",
    )

    assert table.checks == ()
    assert table.column("m").generated == "(n + 1)"
    assert table.primary_key is None
    assert table.exclusions[0].parts == (("id", "="), ("during", "&&"))
    with connect(postgresql.url) as connection:
        assert [unread.what for unread in read_schema(connection).table("u").unread] == ["foreign key"]
