"""Describe what a database enforces, as frozen data: no SQLAlchemy, no rows.

A `Schema` is what readers make, what planners and the engine read, and what a test builds in one line. Names are the
catalogue's own. What a reader meets and cannot describe is kept as `Unread`, with its text.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """Say how a type is generated and carried; the SQL text stays in `Type.sql`."""

    INTEGER = "integer"
    NUMERIC = "numeric"  # exact decimals
    FLOAT = "float"
    BOOLEAN = "boolean"
    TEXT = "text"
    BYTES = "bytes"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"  # without a time zone
    TIMESTAMPTZ = "timestamptz"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "json"
    ENUM = "enum"
    ARRAY = "array"
    OTHER = "other"  # carried as its input text: inet, range, composite, hstore, tsvector, money, xml, ...


@dataclass(frozen=True, slots=True)
class Type:
    """Describe a type: its SQL text verbatim, and what the engine needs of it.

    Attributes:
        sql: As the catalogue writes it, with length and precision: `numeric(10,2)`, `character varying(80)`, `mood`.
        length: Most characters of a text, most bytes of bytes, bits of a bit string, or elements of an array; None where unlimited.
        bits: Width of an integer (8, 16, 32, 64) or a float (32, 64).
        precision: Digits of a NUMERIC in all; None where unlimited. Of a time: digits of the second.
        scale: Digits of a NUMERIC behind the point.
        labels: Members of an enum, in its own order.
        element: Type of the elements of an array.
        domain: Name of the domain that this type was reached through, else None.
        fixed: True for `char(n)`, which pads to its length, and for an array that has just its length.
        unsigned: True for MySQL's unsigned integers.
    """

    sql: str
    kind: Kind
    length: int | None = None
    bits: int | None = None
    precision: int | None = None
    scale: int | None = None
    labels: tuple[str, ...] = ()
    element: Type | None = None
    domain: str | None = None
    fixed: bool = False
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """Describe the sequence (or counter) behind a column."""

    name: str | None = None
    schema: str | None = None
    start: int = 1
    increment: int = 1


@dataclass(frozen=True, slots=True)
class Column:
    """Describe a column.

    Attributes:
        default: The default's SQL text, else None.
        identity: "always", "by default", or None.
        generated: The expression of a GENERATED ALWAYS AS column, which nobody may write; else None.
        sequence: The sequence that it owns or takes its default from (also SQLite's rowid counter); else None.
    """

    name: str
    type: Type
    nullable: bool = True
    default: str | None = None
    identity: str | None = None
    generated: str | None = None
    sequence: Sequence | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Describe a foreign key; `columns` and `parent_columns` run in parallel, `parent` is a `Table.key`."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    name: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False
    match_full: bool = False

    @property
    def label(self) -> str:
        """Return the columns joined by a comma: the key's name in a plan."""
        return ",".join(self.columns)


@dataclass(frozen=True, slots=True)
class Unique:
    """Describe a unique constraint or index.

    Attributes:
        columns: Plain columns of the key, in order.
        expressions: SQL texts of the parts that are not plain columns.
        where: SQL text of a partial index's condition.
        nulls_distinct: False for NULLS NOT DISTINCT.
        primary: True for the primary key.
    """

    columns: tuple[str, ...]
    name: str | None = None
    expressions: tuple[str, ...] = ()
    where: str | None = None
    nulls_distinct: bool = True
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """Describe a CHECK by its SQL text (without the word CHECK); `columns` are those it names, where known."""

    text: str
    columns: tuple[str, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Describe an exclusion constraint by its parts (column or expression, operator) and its definition."""

    parts: tuple[tuple[str, str], ...]
    text: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Partitioning:
    """Describe a partitioned table: how it is cut, and the bounds of each partition, verbatim."""

    strategy: str
    columns: tuple[str, ...]
    bounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """Keep what a reader could not describe: what it is, its text, and the columns it stands on, where known."""

    what: str
    text: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Describe a table. `schema` is None for the database's default schema."""

    name: str
    columns: tuple[Column, ...]
    schema: str | None = None
    primary_key: Unique | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    partitioning: Partitioning | None = None
    comment: str | None = None
    unread: tuple[Unread, ...] = ()

    @property
    def key(self) -> str:
        """Return the table's name in plans, streams and messages: `name`, or `schema.name` outside the default schema."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Return the columns by name."""
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """Return a column by name; KeyError where there is none."""
        return self.by_name[name]

    @property
    def keys(self) -> tuple[Unique, ...]:
        """Return the primary key, if any, and the unique keys."""
        return ((self.primary_key,) if self.primary_key else ()) + self.uniques

    def foreign_key(self, label: str) -> ForeignKey:
        """Return the foreign key of these columns (joined by a comma); KeyError where there is none."""
        for key in self.foreign_keys:
            if key.label == label:
                return key
        raise KeyError(label)


def owned(name: str, owners: Collection[str]) -> tuple[str, str]:
    """Return owner and column of `owner.column`; either may hold dots.

    The longest owner that is known counts; where none is, the last dot does.
    """
    dots = [place for place, char in enumerate(name) if char == "."][::-1]
    at = next((place for place in dots if name[:place] in owners), dots[0] if dots else None)
    return ("", name) if at is None else (name[:at], name[at + 1 :])


@dataclass(frozen=True)
class Schema:
    """Describe a database: its dialect ("postgresql", "sqlite", ...), version, default schema and tables, by name."""

    tables: tuple[Table, ...]
    dialect: str = "postgresql"
    version: str = ""
    default_schema: str = "public"
    encoding: str = "UTF8"

    @cached_property
    def by_key(self) -> dict[str, Table]:
        """Return the tables by key."""
        return {table.key: table for table in self.tables}

    def table(self, key: str) -> Table:
        """Return a table by its key; KeyError where there is none."""
        return self.by_key[key]
