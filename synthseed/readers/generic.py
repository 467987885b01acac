"""Read any other database by SQLAlchemy's reflection alone: what that does not tell is not known here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy
from sqlalchemy import Connection
from sqlalchemy.engine.reflection import ObjectKind

from synthseed.errors import ConfigurationError, suggestion
from synthseed.readers.rows import counted, look, scaled
from synthseed.readers.types import generic_type
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique, Unread
from synthseed.schema import Sequence as Counter


def read(connection: Connection, schemas: Sequence[str]) -> Schema:
    """Return all tables of these schemas; of the default one where none is named.

    The others are no part of it: where a schema is a database (MariaDB, MySQL), they are other people's.
    """
    inspector = sqlalchemy.inspect(connection)
    default = inspector.default_schema_name or ""
    known = inspector.get_schema_names() if schemas else []
    for name in schemas:
        if name not in known:
            raise ConfigurationError(f"schemas: there is no schema `{name}` in the database{suggestion(name, known)}")
    tables: list[Table] = []
    for schema in [None if name == default else name for name in schemas] or [None]:
        tables += _tables(inspector, schema)
    version = ".".join(map(str, connection.dialect.server_version_info or ()))
    return Schema(tuple(tables), connection.dialect.name, version, default)


def _tables(inspector: Any, schema: str | None) -> Iterable[Table]:
    def all_of(get: Callable[..., Mapping[Any, Any]]) -> Mapping[Any, Any]:
        try:
            return dict(get(schema=schema, kind=ObjectKind.TABLE))
        except NotImplementedError:  # a dialect need not know every kind of thing
            return {}

    columns = all_of(inspector.get_multi_columns)
    keys, foreign_keys = all_of(inspector.get_multi_pk_constraint), all_of(inspector.get_multi_foreign_keys)
    uniques, indexes = all_of(inspector.get_multi_unique_constraints), all_of(inspector.get_multi_indexes)
    checks, comments = all_of(inspector.get_multi_check_constraints), all_of(inspector.get_multi_table_comment)
    for place, found in sorted(columns.items(), key=lambda item: str(item[0][1])):
        primary = keys.get(place) or {}
        known = [column["name"] for column in found]
        yield Table(
            name=place[1],
            columns=tuple(_column(column, primary.get("constrained_columns", ()), inspector) for column in found),
            schema=schema,
            primary_key=_primary(primary),
            foreign_keys=tuple(_foreign_key(key) for key in foreign_keys.get(place, ())),
            uniques=tuple(_uniques(uniques.get(place, ()), indexes.get(place, ()))),
            checks=tuple(_check(check, known) for check in checks.get(place, ())),
            comment=(comments.get(place) or {}).get("text"),
            unread=tuple(_unread(indexes.get(place, ()))),
        )


def _column(column: Mapping[str, Any], primary: Sequence[str], inspector: Any) -> Column:
    type_ = column["type"]
    try:
        sql = type_.compile(dialect=inspector.dialect)
    except sqlalchemy.exc.CompileError:
        sql = str(type_)
    kind = generic_type(type_, sql)
    identity = column.get("identity")
    counts = column.get("autoincrement") is True or (identity is not None and kind.kind is Kind.INTEGER)
    return Column(
        name=column["name"],
        type=kind,
        nullable=bool(column["nullable"]) and column["name"] not in primary,
        default=None if identity or column.get("computed") else column.get("default"),
        identity=None if not identity else "always" if identity.get("always") else "by default",
        generated=(column.get("computed") or {}).get("sqltext"),
        sequence=Counter(start=(identity or {}).get("start") or 1, increment=(identity or {}).get("increment") or 1) if counts else None,
        comment=column.get("comment"),
    )


def _primary(found: Mapping[str, Any]) -> Unique | None:
    columns = tuple(found.get("constrained_columns") or ())
    return Unique(columns, found.get("name"), primary=True) if columns else None


def _foreign_key(key: Mapping[str, Any]) -> ForeignKey:
    options, schema = key.get("options") or {}, key.get("referred_schema")
    return ForeignKey(
        columns=tuple(key["constrained_columns"]),
        parent=key["referred_table"] if schema is None else f"{schema}.{key['referred_table']}",
        parent_columns=tuple(key["referred_columns"]),
        name=key.get("name"),
        deferrable=bool(options.get("deferrable")),
        initially_deferred=str(options.get("initially", "")).upper() == "DEFERRED",
        match_full=str(options.get("match", "")).upper() == "FULL",
    )


def _uniques(constraints: Iterable[Mapping[str, Any]], indexes: Iterable[Mapping[str, Any]]) -> Iterable[Unique]:
    names = set()
    for constraint in constraints:
        names.add(constraint["name"])
        yield Unique(tuple(constraint["column_names"]), constraint["name"])
    for index in indexes:
        if index["unique"] and index["name"] not in names and not _opaque(index):
            yield Unique(tuple(index["column_names"]), index["name"])


def _opaque(index: Mapping[str, Any]) -> bool:
    return any(name is None for name in index["column_names"]) or bool(index.get("expressions"))


def _unread(indexes: Iterable[Mapping[str, Any]]) -> Iterable[Unread]:
    for index in indexes:
        if index["unique"] and _opaque(index):
            yield Unread("unique index", f"{index['name']}: {index.get('expressions') or ''}", tuple(filter(None, index["column_names"])))


def _check(check: Mapping[str, Any], known: Iterable[str]) -> Check:
    from synthseed.readers.ddl import names_in

    text = str(check["sqltext"])
    named = names_in(text)
    return Check(text, tuple(name for name in known if name.lower() in named), check.get("name"))


# ---------------------------------------------------------------------------------------------- its rows
def held(connection: Connection, tables: Sequence[Table], default: str) -> dict[str, bool]:
    """Return whether each table holds rows."""
    return look(connection, tables, default)


def key_value(column: sqlalchemy.ColumnElement[Any], type_: Type, scale: int) -> sqlalchemy.ColumnElement[Any]:
    """Return the SQL of a key's value: numbers in units of the scale, all else as the driver gives it."""
    return scaled(column, scale) if type_.kind in (Kind.NUMERIC, Kind.FLOAT) else column


digits = counted
