"""Read a DuckDB database from its catalogue functions, and from its own DDL where they are silent."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, Connection

from synthseed.errors import ConfigurationError, suggestion
from synthseed.readers.ddl import index_ddl, table_ddl, tokens, unquoted
from synthseed.readers.rows import counted, look, scaled
from synthseed.readers.types import duckdb_type
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique
from synthseed.schema import Sequence as Counter

DEFAULT = "main"
# Of the database that was opened: not what is attached to it, nor temporary tables. `estimated_size`, and `last_value` and
# `start_value` of a sequence tell of rows and are not asked for: a file that is opened again says that a sequence starts with
# the value that comes next (measured, 1.4.5 and 2.0.0).
SCHEMAS = """
select schema_name from duckdb_schemas()
where database_name = current_database() and (not internal or schema_name = 'main') order by 1"""
TABLES = """
select schema_name, table_name, comment, sql from duckdb_tables()
where database_name = current_database() and not internal and not temporary order by 1, 2"""
COLUMNS = """
select schema_name, table_name, column_name, column_default, is_nullable, data_type, comment from duckdb_columns()
where database_name = current_database() and not internal order by 1, 2, column_index"""
CONSTRAINTS = """
select schema_name, table_name, constraint_type, constraint_name, constraint_column_names, expression, referenced_table,
       referenced_column_names
from duckdb_constraints() where database_name = current_database() order by 1, 2, constraint_index"""
INDEXES = """
select schema_name, table_name, index_name, sql from duckdb_indexes()
where database_name = current_database() and is_unique and sql is not null order by 1, 2, 3"""
SEQUENCES = """
select schema_name, sequence_name, greatest(min_value, 1) as first, increment_by from duckdb_sequences()
where database_name = current_database() and not temporary"""
NEXT = re.compile(r"\(?nextval\('((?:[^']|'')+)'\)\)?", re.IGNORECASE)

Place = tuple[str, str]


def read(connection: Connection, schemas: Sequence[str]) -> Schema:
    """Return all tables of these schemas; of all schemas where none is named."""
    known = [str(name) for (name,) in connection.exec_driver_sql(SCHEMAS)]
    for name in schemas:
        if name not in known:
            raise ConfigurationError(f"schemas: there is no schema `{name}` in the database{suggestion(name, known)}")
    parts = _Parts.read(connection)
    found = [row for row in connection.exec_driver_sql(TABLES) if not schemas or row.schema_name in schemas]
    version = ".".join(map(str, connection.dialect.server_version_info or ()))
    return Schema(tuple(_table(row, parts) for row in found), "duckdb", version, DEFAULT)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Hold what the catalogue says, by schema and name of the table."""

    columns: Mapping[Place, list[Any]]
    constraints: Mapping[Place, list[Any]]
    indexes: Mapping[Place, list[Any]]
    sequences: Mapping[Place, Counter]

    @staticmethod
    def read(connection: Connection) -> _Parts:
        rows = connection.exec_driver_sql(SEQUENCES).all()
        counters = {(s, n): Counter(n, None if s == DEFAULT else s, first, step) for s, n, first, step in rows}
        columns, constraints, indexes = (_by_table(connection.exec_driver_sql(query)) for query in (COLUMNS, CONSTRAINTS, INDEXES))
        return _Parts(columns, constraints, indexes, counters)


def _by_table(rows: Iterable[Any]) -> Mapping[Place, list[Any]]:
    found: dict[Place, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.schema_name, row.table_name].append(row)
    return found


# ---------------------------------------------------------------------------------------------- a table of them
def _table(row: Any, parts: _Parts) -> Table:
    place = (row.schema_name, row.table_name)
    schema = None if row.schema_name == DEFAULT else row.schema_name
    generated = table_ddl(row.sql).generated
    rules: dict[str, list[Any]] = defaultdict(list)
    for one in parts.constraints[place]:
        rules[one.constraint_type].append(one)
    columns = tuple(_column(one, generated, row.schema_name, parts.sequences) for one in parts.columns[place])
    names = {column.name.lower(): column.name for column in columns}
    return Table(
        name=row.table_name,
        columns=columns,
        schema=schema,
        primary_key=next((Unique(_names(one), one.constraint_name, primary=True) for one in rules["PRIMARY KEY"]), None),
        foreign_keys=tuple(_foreign_key(one, schema) for one in rules["FOREIGN KEY"]),
        uniques=(
            *(Unique(_names(one), one.constraint_name) for one in rules["UNIQUE"]),
            *(_index(one, names) for one in parts.indexes[place]),
        ),
        checks=tuple(Check(one.expression, tuple(dict.fromkeys(_names(one))), one.constraint_name) for one in rules["CHECK"]),
        comment=row.comment,
    )


def _names(row: Any) -> tuple[str, ...]:
    return tuple(row.constraint_column_names)


def _column(row: Any, generated: Mapping[str, str], schema: str, sequences: Mapping[Place, Counter]) -> Column:
    made = generated.get(row.column_name.lower())
    default = None if made is not None else row.column_default
    return Column(
        name=row.column_name,
        type=duckdb_type(row.data_type),
        nullable=bool(row.is_nullable),
        default=default,
        generated=made,
        sequence=_sequence(default, schema, sequences) if default else None,
        comment=row.comment,
    )


def _sequence(default: str, schema: str, sequences: Mapping[Place, Counter]) -> Counter | None:
    """Return the sequence that a default takes its value from."""
    found = NEXT.fullmatch(default.strip())
    if not found:
        return None
    *path, name = (token.name for token in tokens(found[1].replace("''", "'")) if token.text != ".")
    return next((sequences[place, name] for place in (path[-1:] or [DEFAULT, schema]) if (place, name) in sequences), None)


def _foreign_key(row: Any, schema: str | None) -> ForeignKey:
    # DuckDB has no key into another schema ("across different schemas or catalogs is not supported").
    parent = row.referenced_table if schema is None else f"{schema}.{row.referenced_table}"
    return ForeignKey(_names(row), parent, tuple(row.referenced_column_names), row.constraint_name)


def _index(row: Any, names: Mapping[str, str]) -> Unique:
    columns, expressions = [], []
    for part in index_ddl(row.sql)[0]:
        name = names.get(unquoted(part).lower())
        if name is None:
            expressions.append(part[1:-1] if part.startswith("(") and part.endswith(")") else part)
        else:
            columns.append(name)
    return Unique(tuple(columns), row.index_name, tuple(expressions))


# ---------------------------------------------------------------------------------------------- its rows
def held(connection: Connection, tables: Sequence[Table], default: str) -> dict[str, bool]:
    """Return whether each table holds rows."""
    return look(connection, tables, default)


def key_value(column: ColumnElement[Any], type_: Type, scale: int) -> ColumnElement[Any]:
    """Return the SQL of a key's value: numbers in units of the scale, times as integers, all else as the driver gives it."""
    value = _VALUES.get(type_.kind)
    return column if value is None else value(column, scale)


def _decimal(column: ColumnElement[Any], scale: int) -> ColumnElement[Any]:
    # The digits without their point: a product would need more digits than a DECIMAL may have.
    digits = sqlalchemy.cast(sqlalchemy.cast(column, sqlalchemy.Numeric(38, scale)), sqlalchemy.Text)
    return sqlalchemy.cast(sqlalchemy.func.replace(digits, ".", "") if scale else digits, sqlalchemy.BigInteger)


def _moment(column: ColumnElement[Any], _: int) -> ColumnElement[Any]:
    # As UTC, which is the session's zone; the driver wants pytz for a moment with a zone. epoch_us makes NULL of infinity, the
    # cast of its text makes an error.
    infinite = sqlalchemy.cast(sqlalchemy.cast(column, sqlalchemy.Text), sqlalchemy.BigInteger)
    value = sqlalchemy.cast(column, sqlalchemy.TIMESTAMP)
    return sqlalchemy.case((sqlalchemy.func.isinf(value), infinite), else_=sqlalchemy.func.epoch_us(value))


def _text(column: ColumnElement[Any], _: int) -> ColumnElement[Any]:
    return sqlalchemy.cast(column, sqlalchemy.Text)


_VALUES: Mapping[Kind, Callable[[ColumnElement[Any], int], ColumnElement[Any]]] = {
    Kind.NUMERIC: _decimal,
    Kind.FLOAT: lambda column, scale: scaled(sqlalchemy.cast(column, sqlalchemy.Double), scale),
    Kind.DATE: lambda column, _: column - sqlalchemy.cast("1970-01-01", sqlalchemy.Date),
    Kind.TIMESTAMP: _moment,
    Kind.TIMESTAMPTZ: _moment,
    Kind.TIME: lambda column, _: sqlalchemy.func.epoch_us(sqlalchemy.cast(column, sqlalchemy.Time)),
    Kind.INTERVAL: lambda column, _: sqlalchemy.func.epoch_us(column),
    Kind.ENUM: _text,
    Kind.JSON: _text,
    Kind.ARRAY: _text,
    Kind.OTHER: _text,
}

digits = counted
