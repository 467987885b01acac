"""Read a PostgreSQL database from its catalogue.

SQLAlchemy's reflection is silent on or loses most of what a fill needs (types verbatim, expressions and NULLS NOT
DISTINCT of an index, exclusions, partitions, domains, sequences), so the whole is read from the catalogue, in a dozen
queries whatever the number of tables; a test holds the two equal where both speak.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy
from sqlalchemy import Connection

from synthseed.errors import ConfigurationError, suggestion
from synthseed.readers import postgresql_catalogue as catalogue
from synthseed.readers.rows import look
from synthseed.readers.types import PgType, postgresql_type
from synthseed.schema import (
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Kind,
    Partitioning,
    Schema,
    Table,
    Type,
    Unique,
    Unread,
)
from synthseed.schema import Sequence as Counter

STRATEGIES = {"r": "range", "l": "list", "h": "hash"}
IDENTITY = {"a": "always", "d": "by default"}


def read(connection: Connection, schemas: Sequence[str]) -> Schema:
    """Return all tables of these schemas; of all but the system's where none is named."""
    server = connection.execute(sqlalchemy.text(catalogue.SERVER)).one()
    default = server.schema or "public"
    if schemas:
        _need_schemas(connection, schemas)
    scope = catalogue.NAMED if schemas else catalogue.ALL
    found = connection.execute(sqlalchemy.text(catalogue.TABLES.format(scope=scope)), {"schemas": list(schemas)}).all()
    parts = _Parts.read(connection, found, default)
    tables = tuple(_table(row, parts) for row in found)
    return Schema(tables, "postgresql", server.version.split()[0], default, server.encoding)


def _need_schemas(connection: Connection, schemas: Sequence[str]) -> None:
    known = set(connection.execute(sqlalchemy.text(catalogue.SCHEMAS)).scalars())
    for name in schemas:
        if name not in known:
            raise ConfigurationError(f"schemas: there is no schema `{name}` in the database{suggestion(name, known)}")


# ---------------------------------------------------------------------------------------------- the catalogue's rows
@dataclass(frozen=True, slots=True)
class _Parts:
    """Hold the catalogue's rows, by the oid of their table.

    Attributes:
        default: Name of the default schema.
        keys: `Table.key` of each table.
        names: Column names by (table, number).
        types: Types by oid.
        sequences: By (table, number).
        own: Constraints and triggers that a partition has and its parent has not, by the partition's oid.
    """

    default: str
    keys: Mapping[int, str]
    names: Mapping[tuple[int, int], str]
    types: Mapping[int, PgType]
    sequences: Mapping[tuple[int, int], Counter]
    columns: Mapping[int, list[Any]]
    constraints: Mapping[int, list[Any]]
    uniques: Mapping[int, list[Any]]
    partitioned: Mapping[int, list[Any]]
    partitions: Mapping[int, list[Any]]
    own: Mapping[int, list[Any]]
    unread: Mapping[int, list[Any]]
    quote: Callable[[str], str]

    @staticmethod
    def read(connection: Connection, tables: Sequence[Any], default: str) -> _Parts:
        def rows(query: str, oids: Iterable[int]) -> list[Any]:
            return list(connection.execute(sqlalchemy.text(query), {"oids": list(oids)}))

        oids = [row.oid for row in tables]
        columns = rows(catalogue.COLUMNS, oids)
        constraints = rows(catalogue.CONSTRAINTS, oids)
        parents = {row.parent for row in constraints if row.parent} - set(oids)
        names = {(row.table, row.number): row.name for row in columns + rows(catalogue.COLUMNS, parents)}
        partitions = rows(catalogue.PARTITIONS, oids)
        inner = [row.oid for row in partitions]
        return _Parts(
            default=default,
            keys={row.oid: row.relname if row.nspname == default else f"{row.nspname}.{row.relname}" for row in tables},
            names=names,
            types={row.oid: _type(row) for row in rows(catalogue.TYPES, {row.type for row in columns})},
            sequences={(row.table, row.number): _sequence(row, default) for row in rows(catalogue.SEQUENCES, oids)},
            columns=_by_table(columns),
            constraints=_by_table(constraints),
            uniques=_by_table(rows(catalogue.UNIQUES, oids)),
            partitioned=_by_table(rows(catalogue.PARTITIONED, oids)),
            partitions=_by_table(partitions),
            own=_by_table([*rows(catalogue.OWN_OF_PARTITIONS, inner), *rows(catalogue.UNREAD, inner)]),
            unread=_by_table(rows(catalogue.UNREAD, oids)),
            quote=connection.dialect.identifier_preparer.quote,
        )

    def columns_of(self, table: int, numbers: Iterable[int] | None) -> tuple[str, ...]:
        return tuple(self.names[table, number] for number in numbers or () if (table, number) in self.names)


def _by_table(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.table].append(row)
    return found


def _type(row: Any) -> PgType:
    return PgType(
        name=row.name,
        schema=row.schema,
        sql=row.sql,
        category=row.category,
        base=row.base,
        modifier=row.modifier,
        element=row.element,
        labels=tuple(row.labels),
        required=row.required,
        default=row.default,
        checks=tuple(zip(row.check_names, row.check_texts, strict=True)),
    )


def _sequence(row: Any, default: str) -> Counter:
    return Counter(row.name, None if row.schema == default else row.schema, row.start, row.increment)


# ---------------------------------------------------------------------------------------------- a table of them
def _table(row: Any, parts: _Parts) -> Table:
    oid = row.oid
    uniques = [_unique(found, parts) for found in parts.uniques[oid]]
    constraints = {kind: list(found) for kind, found in groupby(sorted(parts.constraints[oid], key=_kind), _kind)}
    return Table(
        name=row.relname,
        columns=tuple(_column(found, parts) for found in parts.columns[oid]),
        schema=None if row.nspname == parts.default else row.nspname,
        primary_key=next((unique for unique in uniques if unique.primary), None),
        foreign_keys=tuple(_foreign_key(found, parts) for found in constraints.get("f", ()) if _parent_is_read(found, parts)),
        uniques=tuple(unique for unique in uniques if not unique.primary),
        checks=(
            *(Check(found.expression, parts.columns_of(oid, found.columns), found.name) for found in constraints.get("c", ())),
            *(check for found in parts.columns[oid] for check in _domain_checks(found, parts)),
        ),
        exclusions=tuple(_exclusion(found) for found in constraints.get("x", ())),
        partitioning=next((_partitioning(found, parts) for found in parts.partitioned[oid]), None),
        comment=row.comment,
        unread=tuple(_unread(oid, constraints, uniques, parts)),
    )


def _kind(constraint: Any) -> str:
    # WITHOUT OVERLAPS (version 18) makes of a key what an exclusion is, operators included.
    return "x" if constraint.period and constraint.kind in "pu" else str(constraint.kind)


def _column(row: Any, parts: _Parts) -> Column:
    type_ = postgresql_type(row.type, row.modifier, row.sql, parts.types)
    domains = list(_domains(row.type, parts.types))
    default = next((domain.default for domain in domains if domain.default is not None), None)
    sequence = parts.sequences.get((row.table, row.number))
    return Column(
        name=row.name,
        type=type_,
        nullable=not row.required and not any(domain.required for domain in domains),
        default=default if row.expression is None else None if row.generated else row.expression,
        identity=IDENTITY.get(row.identity),
        generated=row.expression if row.generated else None,
        sequence=sequence if type_.kind in (Kind.INTEGER, Kind.NUMERIC) else None,
        comment=row.comment,
    )


def _domains(oid: int, types: Mapping[int, PgType]) -> Iterable[PgType]:
    while (found := types[oid]).category == "d":
        yield found
        oid = found.base


# The deparser writes VALUE for a domain's value, and everything else that is spelt so in quotes or in lower case.
VALUE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\bVALUE\b""")


def _domain_checks(row: Any, parts: _Parts) -> Iterable[Check]:
    column = parts.quote(row.name)
    for domain in _domains(row.type, parts.types):
        for name, text in domain.checks:
            told = VALUE.sub(lambda match: column if match[0] == "VALUE" else match[0], text)
            yield Check(told, (row.name,), name)


def _unique(row: Any, parts: _Parts) -> Unique:
    plain = [number for number in row.columns if number]
    return Unique(
        columns=parts.columns_of(row.table, plain),
        name=row.name,
        expressions=tuple(text for number, text in zip(row.columns, row.parts, strict=True) if not number),
        where=row.condition,
        nulls_distinct=row.nulls_distinct,
        primary=row.primary,
    )


def _parent_is_read(row: Any, parts: _Parts) -> bool:
    return row.parent in parts.keys and not row.period


def _foreign_key(row: Any, parts: _Parts) -> ForeignKey:
    return ForeignKey(
        columns=parts.columns_of(row.table, row.columns),
        parent=parts.keys[row.parent],
        parent_columns=parts.columns_of(row.parent, row.parent_columns),
        name=row.name,
        deferrable=row.deferrable,
        initially_deferred=row.deferred,
        match_full=row.match_full,
    )


def _exclusion(row: Any) -> Exclusion:
    return Exclusion(tuple(zip(row.parts, row.operators, strict=True)), row.definition, row.name)


# ---------------------------------------------------------------------------------------------- partitions
def _partitioning(row: Any, parts: _Parts) -> Partitioning:
    bounds = tuple(found.bound for found in parts.partitions[row.table] if found.level == 1)
    return Partitioning(STRATEGIES.get(row.strategy, row.strategy), _partition_columns(row, parts), bounds)


def _partition_columns(row: Any, parts: _Parts) -> tuple[str, ...]:
    texts = split(row.definition[row.definition.index("(") + 1 : -1])
    return tuple(parts.names[row.table, number] if number else text for number, text in zip(row.columns, texts, strict=True))


def split(text: str) -> list[str]:
    """Split an SQL list at its commas, but not at those inside parentheses or quotes."""
    found, depth, start = [], 0, 0
    for match in re.finditer(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]""", text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] == "," and depth == 0:
            found.append(text[start : match.start()].strip())
            start = match.end()
    return [*found, text[start:].strip()]


# ---------------------------------------------------------------------------------------------- what cannot be described
def _unread(oid: int, constraints: Mapping[str, list[Any]], uniques: Sequence[Unique], parts: _Parts) -> Iterable[Unread]:
    for row in constraints.get("f", ()):
        if not _parent_is_read(row, parts):
            yield Unread("foreign key", row.definition, parts.columns_of(oid, row.columns))
    for row in parts.unread[oid]:
        yield Unread(row.what, row.text)
    yield from _unread_partitions(oid, parts)
    yield from _unread_types(oid, parts)
    yield from _unread_collations(oid, uniques, parts)


def _unread_partitions(oid: int, parts: _Parts) -> Iterable[Unread]:
    for row in parts.partitioned[oid]:
        if not all(row.columns):
            yield Unread("partition key", row.definition, parts.columns_of(oid, row.columns))
    for row in parts.partitions[oid]:
        if row.level > 1:
            yield Unread("subpartition", f"{row.name} {row.bound}")
        if row.definition:
            yield Unread("subpartitioned", f"{row.name} {row.bound} partition by {row.definition}")
        for own in parts.own[row.oid]:
            yield Unread("partition's own constraint", f"{row.name}: {own.text}")


def _unread_types(oid: int, parts: _Parts) -> Iterable[Unread]:
    for row in parts.columns[oid]:
        outer = next((found for found in _chain(row.type, parts.types) if found.element), None)
        if outer is None:
            continue
        for domain in _domains(outer.element, parts.types):
            for _, text in domain.checks:
                yield Unread("check of an element", text, (row.name,))


def _chain(oid: int, types: Mapping[int, PgType]) -> Iterable[PgType]:
    yield from _domains(oid, types)
    while types[oid].category == "d":
        oid = types[oid].base
    yield types[oid]


def _unread_collations(oid: int, uniques: Sequence[Unique], parts: _Parts) -> Iterable[Unread]:
    """Tell where two texts that differ are one to a unique key."""
    keyed = {name for unique in uniques for name in unique.columns}
    for row in parts.columns[oid]:
        base = list(_chain(row.type, parts.types))[-1]
        if row.name in keyed and (row.collation or base.name == "citext"):
            yield Unread("collation", row.collation or "citext", (row.name,))


# ---------------------------------------------------------------------------------------------- which tables hold rows
def held(connection: Connection, tables: Sequence[Table], default: str) -> dict[str, bool]:
    """Return whether each table holds rows: by looking, or by its size on disk where we may not look."""
    rows = connection.execute(sqlalchemy.text(catalogue.READABLE), {"names": [table.name for table in tables]}).all()
    known = {(row.nspname, row.relname): row for row in rows}
    found = {table.key: known[table.schema or default, table.name] for table in tables if (table.schema or default, table.name) in known}
    holding = {key: row.size > 0 for key, row in found.items()}
    # A table of size 0 holds nothing; the others are asked.
    ask = [table for table in tables if table.key in found and found[table.key].readable and holding[table.key]]
    return {table.key: holding.get(table.key, False) for table in tables} | look(connection, ask, default)


def key_value(column: sqlalchemy.ColumnElement[Any], type_: Type, scale: int) -> sqlalchemy.ColumnElement[Any]:
    """Return the SQL of a key's value as the driver carries it cheapest: integers, bytes or text."""
    func, cast = sqlalchemy.func, sqlalchemy.cast
    whole = sqlalchemy.BigInteger
    match type_.kind:
        case Kind.INTEGER | Kind.BYTES:
            return column
        case Kind.NUMERIC | Kind.FLOAT:
            return cast(func.round(cast(column, sqlalchemy.Numeric) * 10**scale), whole)
        case Kind.BOOLEAN:
            return cast(column, sqlalchemy.Integer)
        case Kind.DATE:
            return column - sqlalchemy.literal_column("date '1970-01-01'", sqlalchemy.Date)
        case Kind.TIME | Kind.TIMESTAMP | Kind.TIMESTAMPTZ | Kind.INTERVAL:
            return cast(sqlalchemy.extract("epoch", column) * 1_000_000, whole)
        case Kind.UUID:
            return func.uuid_send(column)
        case Kind.TEXT:
            return cast(column, sqlalchemy.Text)
    # What the server prints: the cast of an inet adds the /32 that was never written.
    return sqlalchemy.case((column.is_(None), None), else_=func.format(sqlalchemy.literal_column("'%s'"), column))


def digits(column: sqlalchemy.ColumnElement[Any]) -> sqlalchemy.ColumnElement[Any]:
    """Return the SQL of the digits behind the point that a NUMERIC without a scale needs."""
    return sqlalchemy.func.coalesce(sqlalchemy.func.max(sqlalchemy.func.scale(sqlalchemy.func.trim_scale(column))), 0)
