"""Turn a live database into a `Schema`, whatever its dialect, and leave out what is no part of the application."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from synthseed.errors import ConfigurationError, suggestion
from synthseed.readers.bookkeeping import without_bookkeeping
from synthseed.readers.dialects import reader_of
from synthseed.readers.rows import told
from synthseed.schema import ForeignKey, Schema, Table, Unread

LEDGER = "synthseed_ledger"  # our own table, where a schema of our own is not to be had


def read_schema(connection: Connection, *, schemas: Sequence[str] = (), tables: Collection[str] | None = None) -> Schema:
    """Read the schema of a database; none of its rows are looked at, and no privilege on a table is needed.

    Views, temporary and foreign tables, tables of extensions, partitions (their parent tells them) and the bookkeeping of
    migration tools are left out.

    Args:
        connection: To the database.
        schemas: Names of the schemas to read; all but the system's where none is named.
        tables: Keys of the only tables to read (bookkeeping too, when it is named); None for all. A foreign key to a
            table that is not read is kept as unread.

    Raises:
        ConfigurationError: A schema or table that is named is not there.
        SchemaError: The catalogue cannot be read.
    """
    with told("the catalogue"):
        found = reader_of(connection.dialect.name).read(connection, schemas)
    kept = tuple(table for table in found.tables if table.name != LEDGER)
    kept = without_bookkeeping(kept) if tables is None else _named(kept, tables)
    keys = {table.key for table in kept}
    return replace(found, tables=tuple(_within(table, keys) for table in kept))


def _named(found: Sequence[Table], names: Collection[str]) -> tuple[Table, ...]:
    known = {table.key for table in found}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"tables: there is no table `{name}` in the database{suggestion(name, known)}")
    return tuple(table for table in found if table.key in names)


def _within(table: Table, keys: Collection[str]) -> Table:
    outside = [key for key in table.foreign_keys if key.parent not in keys]
    if not outside:
        return table
    inside = tuple(key for key in table.foreign_keys if key.parent in keys)
    return replace(table, foreign_keys=inside, unread=(*table.unread, *(_unread(key) for key in outside)))


def _unread(key: ForeignKey) -> Unread:
    text = f"FOREIGN KEY ({', '.join(key.columns)}) REFERENCES {key.parent}({', '.join(key.parent_columns)})"
    return Unread("foreign key", text, key.columns)
