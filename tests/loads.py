"""Load rows given as Python values: by hand, without plan or engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from synthseed import chunk
from synthseed.cells import Cells, Form
from synthseed.chunk import Chunk
from synthseed.connection import connect
from synthseed.loaders import Work, open_loader
from synthseed.readers import read_schema
from synthseed.schema import Kind, Schema, Table, Type

Rows = Mapping[str, Mapping[str, Sequence[Any]]]
MICROSECOND = timedelta(microseconds=1)


def cells(values: Sequence[Any], type_: Type) -> Cells:
    """Return Python values in the canonical form of a column's type."""
    form = chunk.fitting(type_)
    valid = np.array([value is not None for value in values])
    mask = None if valid.all() else valid
    if form is Form.TEXT:
        return Cells(form, chunk.strings("" if value is None else str(value) for value in values), mask)
    if form is Form.BYTES:
        return Cells(form, chunk.binaries(value or b"" for value in values), mask)
    if form is Form.UUID:
        raw = b"".join((value or UUID(int=0)).bytes for value in values)
        return Cells(form, chunk.uuids(np.frombuffer(raw, np.uint8).reshape(-1, 16)), mask)
    if form is Form.LIST:
        assert type_.element is not None
        inner = [item for value in values for item in value or ()]
        ends = np.cumsum([0, *(len(value or ()) for value in values)])
        return Cells(form, chunk.lists(ends, chunk.to_arrow(cells(inner, type_.element), type_.element)), mask)
    scale = 0 if type_.kind is Kind.INTEGER else 6 if type_.scale is None else type_.scale
    return Cells(form, np.array([_integer(value, form, scale) for value in values], np.int64), mask, scale if form is Form.NUMBER else 0)


def _integer(value: Any, form: Form, scale: int) -> int:
    if value is None:
        return 0
    if form is Form.NUMBER:
        return int(Decimal(str(value)).scaleb(scale))
    if form is Form.DATE:
        return (value - date(1970, 1, 1)).days
    if form is Form.MOMENT:
        return (value.replace(tzinfo=None) - datetime(1970, 1, 1)) // MICROSECOND
    if form is Form.TIME:
        return (datetime.combine(date.min, value or time.min) - datetime.min) // MICROSECOND
    return value // MICROSECOND if form is Form.SPAN else int(value)


def chunk_of(table: Table, columns: Mapping[str, Sequence[Any]], start: int = 0) -> Chunk:
    """Return a chunk of these columns."""
    arrays = [chunk.to_arrow(cells(values, table.column(name).type), table.column(name).type, name) for name, values in columns.items()]
    return Chunk(table.key, start, pa.RecordBatch.from_arrays(arrays, list(columns)))


def work_of(schema: Schema, rows: Rows, **more: Any) -> Work:
    """Return the work of loading these rows, tables in the order given."""
    counts = {key: len(next(iter(columns.values()))) for key, columns in rows.items()}
    return Work(schema, tuple(rows), counts, {key: tuple(columns) for key, columns in rows.items()}, **more)


def chunks(schema: Schema, rows: Rows) -> Iterator[Chunk]:
    """Return one chunk per 16,384 rows."""
    for key, columns in rows.items():
        count = len(next(iter(columns.values())))
        for start in range(0, count, chunk.ROWS):
            yield chunk_of(schema.table(key), {name: values[start : start + chunk.ROWS] for name, values in columns.items()}, start)


def load(url: str, rows: Rows, **more: Any) -> None:
    """Load rows into a database, tables in the order given."""
    with connect(url) as connection:
        schema = read_schema(connection)
        with open_loader(connection, work_of(schema, rows, **more)) as loader:
            for one in chunks(schema, rows):
                loader.write(one)
