"""Read what little of the rows a fill may see: whether a table has any, and the keys that stand.

Keys come in batches, as the canonical cells that the engine makes: integers for numbers and times, 16 bytes for a UUID,
text for all that is carried as text. They are sorted here, not by the server, whose collations differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy
from sqlalchemy import ColumnElement, Connection, Select
from sqlalchemy.exc import DBAPIError

from synthseed import chunk
from synthseed.cells import ARROW, Cells, Form, Mask
from synthseed.errors import SchemaError
from synthseed.schema import Column, Kind, Schema, Table, Type

FLOAT_SCALE = 6  # digits of a floating point key that are looked at


# ---------------------------------------------------------------------------------------------- SQL that dialects share
def scaled(column: ColumnElement[Any], scale: int) -> ColumnElement[Any]:
    """Return the SQL of a number in units of 10**-scale, as an integer."""
    return sqlalchemy.cast(sqlalchemy.func.round(column * 10**scale), sqlalchemy.BigInteger)


def counted(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the SQL of the digits behind the point that a column needs: none where all of its numbers are whole."""
    part = sqlalchemy.case((column != sqlalchemy.func.round(column), FLOAT_SCALE), else_=0)
    return sqlalchemy.func.coalesce(sqlalchemy.func.max(part), 0)


def rows_of(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    """Return a query for a table's own rows: on PostgreSQL those of its inheritance children are not."""
    source = sqlalchemy.table(table.name, schema=table.schema)
    query = sqlalchemy.select(*columns).select_from(source)
    return query if table.partitioning else query.with_hint(source, "ONLY", "postgresql")


def some_row(table: Table) -> ColumnElement[bool]:
    """Return the SQL that says whether a table holds a row."""
    return rows_of(table, sqlalchemy.literal_column("1")).exists()


def look(connection: Connection, tables: Sequence[Table], default: str) -> dict[str, bool]:
    """Return whether each table holds rows, by looking, a hundred tables a query."""
    holding: dict[str, bool] = {}
    for start in range(0, len(tables), 100):
        some = tables[start : start + 100]
        row = connection.execute(sqlalchemy.select(*(some_row(table).label(f"t{at}") for at, table in enumerate(some)))).one()
        holding |= {table.key: bool(there) for table, there in zip(some, row, strict=True)}
    return holding


@contextmanager
def told(what: str, hint: str = "") -> Iterator[None]:
    """Tell a database's error by its SQLSTATE: its own text may hold values."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        reason = REASONS.get(state or "", hint or "look at the server's log")
        found = f"SQLSTATE {state}" if state else type(error.orig).__name__
        raise SchemaError(f"{what} cannot be read ({found}); {reason}") from None


REASONS = {
    "42501": "GRANT SELECT on it (and USAGE on its schema) to the user of the URL",
    "42P01": "the table is gone, or USAGE on its schema is missing: GRANT it to the user of the URL",
    "22003": "it holds a number or time beyond 64 bits or infinity, which a fill cannot count from",
    "0A000": "it holds a number or time that is infinite or NaN, which a fill cannot count from",
    "57014": "the server's statement_timeout is too short",
}


# ---------------------------------------------------------------------------------------------- keys
def read_keys(connection: Connection, table: Table, columns: Sequence[str]) -> list[Cells]:
    """Return the values of all rows that stand in these columns, sorted by value, one Cells per column.

    Numbers sort numerically, texts and UUIDs by their bytes, several columns lexicographically; NULL comes last.

    Raises:
        SchemaError: The table may not be read, or holds a value that is none of the column's type.
    """
    from synthseed.readers.dialects import reader_of

    reader, wanted = reader_of(connection.dialect.name), [table.column(name) for name in columns]
    with told(table.key):
        scales = [_scale(connection, table, column, reader.digits) for column in wanted]
        values = [reader.key_value(sqlalchemy.column(c.name), c.type, s) for c, s in zip(wanted, scales, strict=True)]
        query = rows_of(table, *(value.label(f"c{at}") for at, value in enumerate(values)))
        parts: list[list[Cells]] = [[cells_of(c, s, [], table.key)] for c, s in zip(wanted, scales, strict=True)]
        with connection.execute(query, execution_options={"yield_per": chunk.ROWS}) as result:
            for rows in result.partitions():
                for at, run in enumerate(zip(*rows, strict=True)):
                    parts[at].append(cells_of(wanted[at], scales[at], run, table.key))
    return _sorted([_joined(part) for part in parts])


def _scale(connection: Connection, table: Table, column: Column, digits: Callable[[ColumnElement[Any]], ColumnElement[Any]]) -> int:
    if column.type.kind is Kind.FLOAT:
        return FLOAT_SCALE
    if column.type.kind is Kind.NUMERIC and column.type.scale is None:
        return int(connection.execute(rows_of(table, digits(sqlalchemy.column(column.name)))).scalar() or 0)
    return column.type.scale or 0


def cells_of(column: Column, scale: int, values: Sequence[Any], where: str) -> Cells:
    """Return what a driver gave for a column as canonical cells.

    Raises:
        SchemaError: A value is none of the column's type; it is not told.
    """
    form = key_form(column.type)
    valid: Mask = np.fromiter((value is not None for value in values), bool, len(values))
    if not valid.all():
        values = [BLANK[form] if value is None else value for value in values]
    try:
        made = MAKERS[form](values)
    except (ValueError, TypeError, OverflowError) as error:
        name = f"{where}.{column.name}"
        raise SchemaError(f"{name}: a row holds a value that is no {column.type.sql}; correct it, or leave the table out") from error
    return Cells(form, made, None if valid.all() else valid, scale if form is Form.NUMBER else 0)


def key_form(type_: Type) -> Form:
    """Return the form that a key of this type is read in: what `chunk.fitting` says, and text for an array."""
    form = chunk.fitting(type_)
    return Form.TEXT if form is Form.LIST else form


def _joined(parts: Sequence[Cells]) -> Cells:
    first = parts[0]
    if first.form in ARROW:
        values: Any = chunk.concat([part.array for part in parts])
    else:
        values = np.concatenate([part.ints for part in parts])
    valid = None if all(part.valid is None for part in parts) else np.concatenate([part.mask() for part in parts])
    return Cells(first.form, values, valid, first.scale)


def _sorted(cells: list[Cells]) -> list[Cells]:
    import pyarrow as pa
    import pyarrow.compute as pc

    arrays = []
    for one in cells:
        if one.valid is not None:
            arrays.append(chunk.integers((~one.valid).astype(np.int64)))
        arrays.append(one.array if one.form in ARROW else chunk.integers(one.ints))
    names = [str(at) for at in range(len(arrays))]
    order = pc.sort_indices(pa.RecordBatch.from_arrays(arrays, names=names), sort_keys=[(name, "ascending") for name in names])
    index = chunk.view(order, np.uint64).astype(np.int64)
    return [one.take(index) for one in cells]


# ---------------------------------------------------------------------------------------------- a driver's values
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BLANK: dict[Form, Any] = {
    Form.NUMBER: 0,
    Form.BOOLEAN: 0,
    Form.DATE: date(1970, 1, 1),
    Form.MOMENT: EPOCH,
    Form.TIME: time(),
    Form.SPAN: timedelta(),
    Form.TEXT: "",
    Form.BYTES: b"",
    Form.UUID: bytes(16),
}


def _whole(values: Sequence[Any]) -> Any:
    if not {type(value) for value in values} <= {int, bool}:
        raise TypeError("not an integer")  # numpy would cut a fraction off without a word
    return np.array(values, np.int64)


def _each(one: Callable[[Any], int]) -> Callable[[Sequence[Any]], Any]:
    """Return the maker that takes integers as they are (the server counted), and asks `one` for each other value."""

    def made(values: Sequence[Any]) -> Any:
        return np.array([value if isinstance(value, int) else one(value) for value in values], np.int64)

    return made


def _days(value: Any) -> int:
    told = date.fromisoformat(value.strip()[:10]) if isinstance(value, str) else value
    return (told.date() if isinstance(told, datetime) else told).toordinal() - EPOCH.toordinal()


def _moment(value: Any) -> int:
    told = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    return ((told if told.tzinfo else told.replace(tzinfo=UTC)) - EPOCH) // MICROSECOND


def _clock(value: Any) -> int:
    if isinstance(value, timedelta):  # PyMySQL's TIME
        return value // MICROSECOND
    told = time.fromisoformat(value.strip()) if isinstance(value, str) else value
    return (told.hour * 3600 + told.minute * 60 + told.second) * 1_000_000 + int(told.microsecond)


def _text(values: Sequence[Any]) -> Any:
    return chunk.strings(value if isinstance(value, str) else str(value) for value in values)


def _bytes(values: Sequence[Any]) -> Any:
    return chunk.binaries(value.encode() if isinstance(value, str) else bytes(value) for value in values)


def _uuids(values: Sequence[Any]) -> Any:
    raw = b"".join(_sixteen(value) for value in values)
    return chunk.uuids(np.frombuffer(raw, np.uint8).reshape(len(values), 16))


def _sixteen(value: Any) -> bytes:
    if isinstance(value, UUID):
        return value.bytes
    raw = bytes.fromhex(re.sub("[-{} ]", "", value)) if isinstance(value, str) else bytes(value)
    if len(raw) != 16:
        raise ValueError("not a UUID")
    return raw


MAKERS: dict[Form, Callable[[Sequence[Any]], Any]] = {
    Form.NUMBER: _whole,
    Form.BOOLEAN: _whole,
    Form.DATE: _each(_days),
    Form.MOMENT: _each(_moment),
    Form.TIME: _each(_clock),
    Form.SPAN: _each(lambda value: value // MICROSECOND),
    Form.TEXT: _text,
    Form.BYTES: _bytes,
    Form.UUID: _uuids,
}


# ---------------------------------------------------------------------------------------------- which tables hold rows
def holds_rows(connection: Connection, schema: Schema) -> dict[str, bool]:
    """Return whether each table holds rows, by `Table.key`; read apart from the schema, which knows nothing of rows."""
    from synthseed.readers.dialects import reader_of

    with told("the tables"):
        return reader_of(connection.dialect.name).held(connection, schema.tables, schema.default_schema)
