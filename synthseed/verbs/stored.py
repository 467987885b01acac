"""Bring keys made again into the form that the database has them in, to be compared with the keys that stand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from synthseed import chunk
from synthseed.cells import Cells, Form
from synthseed.schema import Kind

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.schema import Column, Table

# Written as text or as the nearest float, and printed by the server in its own words: `[2024-01-01,2024-02-01]` as a daterange
# reads `[2024-01-01,2024-02-02)`.
LOOSE = (Kind.FLOAT, Kind.OTHER, Kind.ARRAY, Kind.JSON)
EXACT = 2.0**52  # from here on a double has no fraction, and SQLite's round() returns it as it is


def as_stored(connection: Connection, table: Table, name: str, made: Cells, scale: int) -> Cells:
    """Return cells that were made again as `readers.read_keys` reads them once they are stored.

    Args:
        scale: Digits behind the point that the keys were read with.
    """
    column = table.column(name)
    if column.type.kind in LOOSE and connection.dialect.name == "postgresql" and made.form in (Form.NUMBER, Form.TEXT):
        return _by_the_server(connection, table, column, made, scale)
    if column.type.kind is Kind.FLOAT and made.form is Form.NUMBER:
        return Cells(Form.NUMBER, _rounded(made.ints / 10**made.scale * 10**scale), made.valid, scale)
    return made.rescaled(scale)


def _rounded(values: Any) -> Any:
    """Return what `cast(round(x) as bigint)` makes of floats."""
    return np.where(np.abs(values) < EXACT, np.trunc(values + np.copysign(0.5, values)), values).astype(np.int64)


def _by_the_server(connection: Connection, table: Table, column: Column, made: Cells, scale: int) -> Cells:
    """Let the server read the texts and print them as it prints the keys that stand."""
    import sqlalchemy

    from synthseed.readers.dialects import reader_of
    from synthseed.readers.rows import cells_of

    value: sqlalchemy.ColumnElement[Any] = sqlalchemy.literal_column(f"cast(u.x as {column.type.sql})")
    query = sqlalchemy.select(reader_of("postgresql").key_value(value, column.type, scale)).order_by(sqlalchemy.text("u.n"))
    values: list[Any] = []
    texts = _texts(made)
    for start in range(0, len(texts), chunk.ROWS):
        source = sqlalchemy.text("unnest(cast(:texts as text[])) with ordinality as u (x, n)").bindparams(
            texts=texts[start : start + chunk.ROWS]
        )
        values += connection.execute(query.select_from(source)).scalars()
    return cells_of(column, scale, values, table.key)


def _texts(made: Cells) -> list[str | None]:
    texts = (
        chunk.python(made.array) if made.form is Form.TEXT else [str(Decimal(value).scaleb(-made.scale)) for value in made.ints.tolist()]
    )
    return [text if there else None for text, there in zip(texts, made.mask().tolist(), strict=True)]
