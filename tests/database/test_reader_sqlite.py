"""SQLite's pragmas and DDL, feature by feature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from synthseed.connection import connect
from synthseed.errors import ConfigurationError, NotBuilt, SchemaError
from synthseed.readers import read_schema, read_script
from synthseed.schema import Check, ForeignKey, Kind, Schema, Sequence, Table, Type, Unique, Unread


def schema_of(database: Any, script: str, **options: Any) -> Schema:
    database.execute(script)
    with connect(database.url) as connection:
        return read_schema(connection, **options)


def table_of(database: Any, script: str, key: str = "t") -> Table:
    return schema_of(database, script).table(key)


def test_a_rowid_is_a_counter_and_no_other_key_is(sqlite: Any) -> None:
    schema = schema_of(
        sqlite,
        "create table a (id INTEGER PRIMARY KEY); create table b (id integer, primary key (id)); create table c (id INT PRIMARY KEY);"
        "create table d (id INTEGER PRIMARY KEY DESC); create table e (id INTEGER PRIMARY KEY) without rowid;"
        "create table f (id INTEGER PRIMARY KEY AUTOINCREMENT); create table g (x INTEGER, y INTEGER, primary key (x, y))",
    )

    counted = {table.key for table in schema.tables for column in table.columns if column.sequence == Sequence()}
    assert counted == {"a", "b", "f"}
    assert not any(column.nullable for table in schema.tables for column in table.columns)


def test_columns_are_read_with_default_null_and_expression(sqlite: Any) -> None:
    table = table_of(
        sqlite,
        "create table t (a TEXT NOT NULL DEFAULT 'x, (y' /* ) */, b INT DEFAULT (1 + 2), c AS (a || ')') STORED, -- d )\n"
        " d INT GENERATED ALWAYS AS (b * 2) VIRTUAL, [e f] VARCHAR ( 40 ))",
    )
    found = [(column.name, column.nullable, column.default, column.generated) for column in table.columns]

    assert found == [
        ("a", False, "'x, (y'", None),
        ("b", True, "1 + 2", None),
        ("c", True, None, "a || ')'"),
        ("d", True, None, "b * 2"),
        ("e f", True, None, None),
    ]
    assert table.column("d").type == Type("INT", Kind.INTEGER, bits=64)
    assert table.column("e f").type.length == 40


def test_unique_keys_come_from_constraints_and_indexes(sqlite: Any) -> None:
    table = table_of(
        sqlite,
        'create table t (id TEXT, a TEXT UNIQUE, b INT, c INT, "D d" INT, constraint main primary key (id, b),'
        ' constraint pair unique ("D d", c));'
        "create unique index i_expression on t (c DESC, lower(a) collate nocase asc, substr(a, 1, 2));"
        "create unique index i_partial on t (b) where c > 0 and a <> ') where'; create index plain on t (a)",
    )

    assert table.primary_key == Unique(("id", "b"), "main", primary=True)
    assert set(table.uniques) == {
        Unique(("a",)),
        Unique(("D d", "c"), "pair"),
        Unique(("c",), "i_expression", expressions=("lower(a)", "substr(a, 1, 2)")),
        Unique(("b",), "i_partial", where="c > 0 and a <> ') where'"),
    }


def test_texts_that_a_unique_key_takes_for_one_are_told(sqlite: Any) -> None:
    table = table_of(sqlite, "create table t (a TEXT COLLATE NOCASE UNIQUE, b TEXT COLLATE NOCASE, c TEXT UNIQUE)")

    assert table.unread == (Unread("collation", "NOCASE", ("a",)),)


def test_foreign_keys_of_every_shape(sqlite: Any) -> None:
    table = table_of(
        sqlite,
        "create table Plant (Country text, Code int, primary key (Country, Code));"
        "create table t (id integer primary key, boss int constraint up references T deferrable initially deferred, c text, n int,"
        " other int references T (ID) on delete cascade not deferrable,"
        " constraint plant foreign key (N, c) references plant (CODE, country));"
        "alter table t add column lost int references nowhere (id) deferrable initially deferred",
    )

    assert set(table.foreign_keys) == {
        ForeignKey(("boss",), "t", ("id",), "up", deferrable=True, initially_deferred=True),
        ForeignKey(("other",), "t", ("id",)),
        ForeignKey(("n", "c"), "Plant", ("Code", "Country"), "plant"),
    }
    assert table.unread == (Unread("foreign key", "FOREIGN KEY (lost) REFERENCES nowhere(id)", ("lost",)),)


def test_checks_are_texts_with_their_columns_and_names(sqlite: Any) -> None:
    table = table_of(
        sqlite,
        "create table t (a INT CHECK (a > 0) CHECK(a<9), b TEXT CONSTRAINT short CHECK (length(b) <= 3 and b <> 'a)'),"
        ' "order" INT, constraint ordered check ("order" < a) check (b in (\'x\',"b")))',
    )

    assert table.checks == (
        Check("a > 0", ("a",)),
        Check("a<9", ("a",)),
        Check("length(b) <= 3 and b <> 'a)'", ("b",), "short"),
        Check('"order" < a', ("a", "order"), "ordered"),
        Check("b in ('x',\"b\")", ("b",)),
    )


def test_only_tables_of_the_application_are_read(sqlite: Any) -> None:
    schema = schema_of(
        sqlite,
        "create table t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); create view v as select 1; create virtual table f using fts5(a);"
        "create table django_migrations (id integer primary key, app text, name text, applied datetime); insert into t values (1, 'x');"
        "create table synthseed_ledger (id int); analyze;",
    )

    assert list(schema.by_key) == ["t"]
    assert (schema.dialect, schema.default_schema, schema.encoding) == ("sqlite", "main", "UTF8")


def test_triggers_are_kept_unread(sqlite: Any) -> None:
    trigger = "CREATE TRIGGER trim after insert on t begin select 1; end"
    table = table_of(sqlite, f"create table t (id int); {trigger}")

    assert table.unread == (Unread("trigger", trigger),)


def test_another_schema_is_refused(sqlite: Any) -> None:
    with pytest.raises(ConfigurationError, match="no schema `public` in an SQLite database"):
        schema_of(sqlite, "create table t (id int)", schemas=["public"])


def test_what_reflection_tells_too_is_the_same(sqlite: Any) -> None:
    schema = schema_of(
        sqlite,
        "create table p (a INT, b INT NOT NULL, c TEXT, primary key (b, a));"
        "create table t (id INTEGER NOT NULL PRIMARY KEY, a INT, b INT NOT NULL, n TEXT DEFAULT 'x',"  # UNIQUE behind a DEFAULT escapes it
        " constraint up foreign key (b, a) references p (b, a) deferrable initially deferred, constraint pair unique (a, b),"
        " constraint small check (a < 5))",
    )
    with connect(sqlite.url) as connection:
        inspector = sqlalchemy.inspect(connection)
        for table in schema.tables:
            columns = inspector.get_columns(table.name)
            primary = inspector.get_pk_constraint(table.name)
            checks = inspector.get_check_constraints(table.name)
            assert [(c.name, c.default) for c in table.columns] == [(c["name"], c["default"]) for c in columns]
            assert table.primary_key is not None
            assert list(table.primary_key.columns) == primary["constrained_columns"]
            assert {(u.name, u.columns) for u in table.uniques} == {
                (u["name"], tuple(u["column_names"])) for u in inspector.get_unique_constraints(table.name)
            }
            assert [(k.name, list(k.columns), k.parent, list(k.parent_columns), k.deferrable) for k in table.foreign_keys] == [
                (k["name"], k["constrained_columns"], k["referred_table"], k["referred_columns"], bool(k["options"].get("deferrable")))
                for k in inspector.get_foreign_keys(table.name)
            ]
            assert [(c.name, c.text) for c in table.checks] == [(c["name"], c["sqltext"]) for c in checks]


def test_a_script_is_read_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shop.sql"
    path.write_text("create table t (id integer primary key, note text); insert into t (note) values ('x');", encoding="utf-8")

    assert [column.name for column in read_script(path).table("t").columns] == ["id", "note"]
    assert [found.name for found in tmp_path.iterdir()] == ["shop.sql"]


def test_a_script_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    path = tmp_path / "shop.sql"
    path.write_text("create table t (id serial primary key default nextval('x'));", encoding="utf-8")

    with pytest.raises(SchemaError, match=r"shop\.sql: SQLite does not understand the script \(near"):
        read_script(path)
    with pytest.raises(ConfigurationError, match=r"none\.sql: cannot be read"):
        read_script(tmp_path / "none.sql")
    with pytest.raises(NotBuilt, match="reading a postgresql script is not built; create a database from it"):
        read_script(path, dialect="postgresql")


def test_a_script_writes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.sql"
    path.write_text(f"attach '{tmp_path / 'other.db'}' as other; create table other.t (id int);", encoding="utf-8")

    with pytest.raises(SchemaError, match="not authorized"):
        read_script(path)
    assert not (tmp_path / "other.db").exists()
