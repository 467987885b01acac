"""Read an SQLite database from its pragmas, and from its own DDL where they are silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy
from sqlalchemy import Connection

from synthseed.errors import ConfigurationError
from synthseed.readers.ddl import Reference, TableDdl, index_ddl, names_in, table_ddl
from synthseed.readers.rows import counted, look, scaled
from synthseed.readers.types import sqlite_type
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique, Unread
from synthseed.schema import Sequence as Counter

OLDEST = (3, 37, 0)  # pragma table_list, which alone tells the shadow tables of a module such as FTS5

# `type` tells views, and the virtual and shadow tables of a module, from tables; `wr` is WITHOUT ROWID.
TABLES = r"""
select m.name, m.sql, l.wr from pragma_table_list l join sqlite_master m on m.type = 'table' and m.name = l.name
where l.schema = 'main' and l.type = 'table' and l.name not like 'sqlite\_%' escape '\'
order by m.name"""
COLUMNS = """
select m.name as owner, x.* from sqlite_master m join pragma_table_xinfo(m.name, 'main') x
where m.type = 'table' and x.hidden <> 1 order by m.name, x.cid"""
KEYS = """
select m.name as owner, f.* from sqlite_master m join pragma_foreign_key_list(m.name, 'main') f
where m.type = 'table' order by m.name, f.id, f.seq"""
INDEXES = """
select m.name as owner, l.name, l.origin, l.partial, i.sql, x.cid, x.name as "column", x.coll
from sqlite_master m join pragma_index_list(m.name, 'main') l join pragma_index_xinfo(l.name, 'main') x
left join sqlite_master i on i.type = 'index' and i.name = l.name
where m.type = 'table' and l."unique" and x.key order by m.name, l.name, x.seqno"""
TRIGGERS = "select tbl_name as owner, sql from sqlite_master where type = 'trigger' order by name"

STORED, VIRTUAL = 3, 2  # `hidden` of table_xinfo
EXPRESSION = -2  # `cid` of index_xinfo


def read(connection: Connection, schemas: Sequence[str]) -> Schema:
    """Return all tables; SQLite has one schema, `main`."""
    if wrong := [name for name in schemas if name != "main"]:
        raise ConfigurationError(f"schemas: there is no schema `{wrong[0]}` in an SQLite database; expected `main`, or none")
    found = connection.dialect.server_version_info or OLDEST
    if found < OLDEST:
        raise ConfigurationError(f"SQLite {'.'.join(map(str, found))} is too old; expected 3.37 or newer (use a newer Python)")
    parts = _Parts.read(connection)
    tables = tuple(_table(name, parts) for name in parts.ddl)
    encoding = str(connection.exec_driver_sql("pragma encoding").scalar())
    return Schema(tuple(_whole(table, tables) for table in tables), "sqlite", ".".join(map(str, found)), "main", encoding.replace("-", ""))


@dataclass(frozen=True, slots=True)
class _Parts:
    """Hold what the pragmas and the DDL say, by the name of the table."""

    ddl: Mapping[str, TableDdl]
    without_rowid: frozenset[str]
    columns: Mapping[str, list[Any]]
    keys: Mapping[str, list[Any]]
    indexes: Mapping[str, list[Any]]
    triggers: Mapping[str, list[Any]]

    @staticmethod
    def read(connection: Connection) -> _Parts:
        tables = connection.exec_driver_sql(TABLES).all()
        return _Parts(
            ddl={row.name: table_ddl(row.sql) for row in tables},
            without_rowid=frozenset(row.name for row in tables if row.wr),
            columns=_by_table(connection.exec_driver_sql(COLUMNS)),
            keys=_by_table(connection.exec_driver_sql(KEYS)),
            indexes=_by_table(connection.exec_driver_sql(INDEXES)),
            triggers=_by_table(connection.exec_driver_sql(TRIGGERS)),
        )


def _by_table(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.owner].append(row)
    return found


def _runs(rows: Iterable[Any], name: str) -> Iterator[list[Any]]:
    """Yield the rows of one key or index each."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[row._mapping[name]].append(row)
    return iter(found.values())


# ---------------------------------------------------------------------------------------------- a table of them
def _table(name: str, parts: _Parts) -> Table:
    ddl, rows = parts.ddl[name], parts.columns[name]
    primary = tuple(row.name for row in sorted(rows, key=lambda row: int(row.pk)) if row.pk)
    indexes = list(_runs(parts.indexes[name], "name"))
    counter = _counter(name, primary, parts)
    known = {row.name.lower(): row.name for row in rows}
    uniques = tuple(_unique(run, ddl) for run in indexes if run[0].origin != "pk")
    return Table(
        name=name,
        columns=tuple(_column(row, ddl, counter) for row in rows),
        primary_key=Unique(primary, ddl.keys.get(_lower(primary)), primary=True) if primary else None,
        foreign_keys=tuple(_foreign_keys(name, parts)),
        uniques=uniques,
        checks=tuple(_check(text, label, known) for label, text in ddl.checks),
        unread=(
            *(Unread("trigger", row.sql) for row in parts.triggers[name]),
            *(Unread("collation", row.coll, (row.column,)) for run in indexes for row in run if row.column and row.coll != "BINARY"),
        ),
    )


def _lower(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


def _counter(name: str, primary: Sequence[str], parts: _Parts) -> str | None:
    """Return the column that is the rowid: a sole INTEGER key without an index of its own (sqlite.org/lang_createtable.html)."""
    if len(primary) != 1 or name in parts.without_rowid or any(row.origin == "pk" for row in parts.indexes[name]):
        return None
    return next((row.name for row in parts.columns[name] if row.pk and row.type.upper() == "INTEGER"), None)


def _column(row: Any, ddl: TableDdl, counter: str | None) -> Column:
    return Column(
        name=row.name,
        type=sqlite_type(row.type),
        nullable=not row.notnull and not row.pk,  # a key that may be NULL is a bug that SQLite keeps for old files' sake
        default=row.dflt_value,
        generated=ddl.generated.get(row.name.lower(), "") if row.hidden in (STORED, VIRTUAL) else None,
        sequence=Counter() if row.name == counter else None,
    )


def _check(text: str, name: str | None, known: Mapping[str, str]) -> Check:
    named = names_in(text)
    return Check(text, tuple(column for lower, column in known.items() if lower in named), name)


def _unique(run: Sequence[Any], ddl: TableDdl) -> Unique:
    first, columns = run[0], tuple(row.column for row in run if row.cid >= 0)
    parts, where = index_ddl(first.sql) if first.sql else ([], None)
    expressions = tuple(text for row, text in zip(run, parts, strict=bool(parts)) if row.cid == EXPRESSION) if parts else ()
    declared = ddl.keys.get(_lower(columns)) if first.origin == "u" else first.name
    return Unique(columns, declared, expressions, where)


def _foreign_keys(name: str, parts: _Parts) -> Iterator[ForeignKey]:
    runs = list(_runs(parts.keys[name], "id"))
    declared = parts.ddl[name].references[::-1]  # the pragma begins with the last one
    for at, run in enumerate(runs):
        columns = tuple(row._mapping["from"] for row in run)
        told = _declared(declared, at, columns, len(runs))
        yield ForeignKey(
            columns=columns,
            parent=run[0].table,
            parent_columns=tuple(row.to for row in run if row.to is not None),
            name=told.name if told else None,
            deferrable=bool(told and told.deferrable),
            initially_deferred=bool(told and told.deferred),
        )


def _declared(declared: Sequence[Reference], at: int, columns: Sequence[str], count: int) -> Reference | None:
    wanted = _lower(columns)
    if len(declared) == count and declared[at].columns == wanted:
        return declared[at]
    return next((reference for reference in declared if reference.columns == wanted), None)


def _whole(table: Table, tables: Sequence[Table]) -> Table:
    """Give foreign keys the catalogue's spelling, and the primary key where they name no column of the parent."""
    known = {other.name.lower(): other for other in tables}
    return replace(table, foreign_keys=tuple(_spelt(key, known.get(key.parent.lower())) for key in table.foreign_keys))


def _spelt(key: ForeignKey, parent: Table | None) -> ForeignKey:
    if parent is None:
        return key
    names = {column.name.lower(): column.name for column in parent.columns}
    primary = parent.primary_key.columns if parent.primary_key else ()
    to = tuple(names.get(name.lower(), name) for name in key.parent_columns) or primary
    return replace(key, parent=parent.name, parent_columns=to)


# ---------------------------------------------------------------------------------------------- its rows
def held(connection: Connection, tables: Sequence[Table], default: str) -> dict[str, bool]:
    """Return whether each table holds rows."""
    return look(connection, tables, default)


def key_value(column: sqlalchemy.ColumnElement[Any], type_: Type, scale: int) -> sqlalchemy.ColumnElement[Any]:
    """Return the SQL of a key's value: numbers in units of the scale, times as the text that they are stored as."""
    if type_.kind in (Kind.NUMERIC, Kind.FLOAT):
        return scaled(column, scale)
    if type_.kind in (Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        return sqlalchemy.cast(column, sqlalchemy.Text)
    return column


digits = counted
