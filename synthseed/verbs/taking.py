"""Delete the rows of ours that stand among others: by their key, in the database's own form of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from synthseed import chunk
from synthseed.verbs.standing import Seen, identity, marks

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.schema import Schema, Table

WRITTEN = ("postgresql", "duckdb")  # databases that write every key as text, and read it again as it was
MANY = 20_000  # keys per DELETE on PostgreSQL, as one array per column
FEW = 500  # values per DELETE elsewhere: SQLite allows 999 parameters in versions before 3.32


def delete_ours(connection: Connection, schema: Schema, seen: Seen) -> None:
    """Delete the rows of ours of one table.

    A key is compared in the form in which the database itself gave it (on PostgreSQL its text, cast back to the column's type;
    elsewhere the driver's value): cells in canonical form are integers also where a date or a float is stored.
    """
    found = stored_keys(connection, seen)
    if connection.dialect.name == "postgresql":
        _delete_joined(connection, schema, seen.table, found)
    else:
        _delete_listed(connection, seen.table, found)


def whole_name(connection: Connection, schema: Schema, table: Table) -> str:
    """Return a table's quoted name for PostgreSQL, without its inheritance children; partitions are the table itself."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    name = f"{quote(table.schema or schema.default_schema)}.{quote(table.name)}"
    return name if table.partitioning else f"ONLY {name}"


def stored_keys(connection: Connection, seen: Seen) -> list[tuple[Any, ...]]:
    """Return the keys of ours as they are stored: read beside their canonical form, by which they are known."""
    import sqlalchemy

    from synthseed.readers.dialects import reader_of
    from synthseed.readers.rows import cells_of, rows_of

    table, names = seen.table, identity(seen.table)
    columns, scales = [table.column(name) for name in names], [seen.cells[name].scale for name in names]
    ours = set(marks([seen.cells[name].take(np.flatnonzero(seen.ours)) for name in names]))
    read = reader_of(connection.dialect.name).key_value
    plain: list[sqlalchemy.ColumnElement[Any]] = [sqlalchemy.column(name) for name in names]
    values = [read(one, column.type, scale) for one, column, scale in zip(plain, columns, scales, strict=True)]
    stored = [sqlalchemy.cast(one, sqlalchemy.Text) if connection.dialect.name in WRITTEN else one for one in plain]
    query = rows_of(table, *(one.label(f"c{at}") for at, one in enumerate([*values, *stored])))
    found: list[tuple[Any, ...]] = []
    with connection.execute(query, execution_options={"yield_per": chunk.ROWS}) as result:
        for rows in result.partitions():
            runs = list(zip(*rows, strict=True))
            made = [cells_of(column, scale, run, table.key) for column, scale, run in zip(columns, scales, runs, strict=False)]
            found += [key for key, mark in zip(zip(*runs[len(names) :], strict=True), marks(made), strict=True) if mark in ours]
    return found


def _delete_joined(connection: Connection, schema: Schema, table: Table, keys: Sequence[tuple[Any, ...]]) -> None:
    """Join the keys as rows of texts: one plan for any number of them, and an index is used where that is faster."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    columns = [table.column(name) for name in identity(table)]
    cast = ", ".join(f"cast(u.c{at} as {column.type.sql}) as c{at}" for at, column in enumerate(columns))
    listed, arrays = ", ".join(f"c{at}" for at in range(len(columns))), ", ".join(["cast(%s as text[])"] * len(columns))
    same = " and ".join(f"t.{quote(column.name)} = k.c{at}" for at, column in enumerate(columns))
    target, cast, same = (text.replace("%", "%%") for text in (whole_name(connection, schema, table), cast, same))
    sql = f"delete from {target} t using (select {cast} from unnest({arrays}) as u ({listed})) k where {same}"
    for batch in _batches(keys, MANY):
        connection.exec_driver_sql(sql, tuple(list(column) for column in zip(*batch, strict=True)))


def _delete_listed(connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> None:
    import sqlalchemy

    names = identity(table)
    target = sqlalchemy.table(table.name, *(sqlalchemy.column(name) for name in names), schema=table.schema)
    columns = [target.c[name] for name in names]
    for batch in _batches(keys, max(1, FEW // len(names))):
        found = columns[0].in_([key[0] for key in batch]) if len(names) == 1 else sqlalchemy.tuple_(*columns).in_(batch)
        connection.execute(sqlalchemy.delete(target).where(found))


def _batches(keys: Sequence[tuple[Any, ...]], size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
