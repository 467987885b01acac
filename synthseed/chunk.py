"""Build and read Arrow buffers: the one file that does, and the chunk that is made of them.

pyarrow imports pandas (half a second) at the first `pa.array`, `pa.scalar`, `to_numpy` or Python number handed to
`pyarrow.compute`, wherever pandas is installed (measured, 26.0.1). `Array.from_buffers`, `take`, `cast` and
`binary_join_element_wise` of arrays do not, so arrays are built and read that way, here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed.cells import ARROW, Cells, Form, Mask
from synthseed.errors import SchemaError
from synthseed.schema import Kind, Type
from synthseed.streams import Ints

ROWS = 16_384  # rows generated at a time: 256k are 3 to 5 times slower (page faults, second-level cache)
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
HYPHENS = (8, 13, 18, 23)  # RFC 9562, section 4


@dataclass(frozen=True, slots=True)
class Chunk:
    """Hold a run of rows of one table: the unit of loading, retry and distribution.

    Attributes:
        table: `Table.key` of the table.
        start: Number of the first row.
        data: One Arrow array per column that is written, named as in the database.
    """

    table: str
    start: int
    data: pa.RecordBatch


# ---------------------------------------------------------------------------------------------- arrays
def integers(values: Ints) -> pa.Array:
    """Return an int64 array over the same memory."""
    values = np.ascontiguousarray(values, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def strings(values: Iterable[str]) -> pa.Array:
    """Return a string array of Python strings."""
    return _sized([value.encode() for value in values], pa.string())


def binaries(values: Iterable[bytes]) -> pa.Array:
    """Return a binary array of Python bytes."""
    return _sized(list(values), pa.binary())


def _sized(parts: Sequence[bytes], kind: pa.DataType) -> pa.Array:
    offsets = np.zeros(len(parts) + 1, np.int32)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    return pa.Array.from_buffers(kind, len(parts), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(parts))])


def uuids(values: np.ndarray) -> pa.Array:
    """Return 16-byte values of a uint8 array of shape (n, 16)."""
    values = np.ascontiguousarray(values, np.uint8)
    return pa.Array.from_buffers(pa.binary(16), len(values), [None, pa.py_buffer(values)])


def fixed_text(values: np.ndarray) -> pa.Array:
    """Return strings of equal width from ASCII codes, a uint8 array of shape (n, width)."""
    count, width = values.shape
    offsets = np.arange(0, width * (count + 1), width, dtype=np.int32) if width else np.zeros(count + 1, np.int32)
    return pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(values, np.uint8))])


def uuid_text(array: pa.Array, *, hyphens: bool = True) -> pa.Array:
    """Return 16-byte values as 32 hexadecimal digits, with hyphens or without; NULL is 0s."""
    raw = np.zeros((len(array), 16), np.uint8)
    if array.buffers()[1] is not None:
        raw = np.frombuffer(array.buffers()[1], np.uint8, 16 * len(array), 16 * array.offset).reshape(-1, 16)
    digits = np.empty((len(array), 32), np.uint8)
    digits[:, 0::2], digits[:, 1::2] = HEX[raw >> 4], HEX[raw & 15]
    if not hyphens:
        return fixed_text(digits)
    text = np.full((len(array), 36), ord("-"), np.uint8)
    text[:, [at for at in range(36) if at not in HYPHENS]] = digits
    return fixed_text(text)


def readable(array: pa.Array, type_: Type) -> pa.Array:
    """Return an array as a person reads it: UUIDs as text, also in lists."""
    if type_.kind is Kind.UUID and array.type == pa.binary(16):
        return uuid_text(array) if not array.null_count else _nulled(uuid_text(array), unpacked(array.is_valid()))
    if (
        type_.kind is Kind.ARRAY
        and type_.element is not None
        and type_.element.kind is Kind.UUID
        and array.type.value_type == pa.binary(16)
    ):
        mask = array.is_null() if array.null_count else None
        return pa.ListArray.from_arrays(_int32(offsets(array)), uuid_text(array.values), mask=mask)
    return array


def lists(offsets: Ints, elements: pa.Array) -> pa.Array:
    """Return a list array; `offsets` has one entry more than there are lists."""
    return pa.ListArray.from_arrays(_int32(offsets), elements)


def _int32(values: np.ndarray) -> pa.Array:
    values = np.ascontiguousarray(values, np.int32)
    return pa.Array.from_buffers(pa.int32(), len(values), [None, pa.py_buffer(values)])


def bits(values: np.ndarray) -> pa.Buffer:
    """Return a bitmap of a boolean array, least significant bit first."""
    return pa.py_buffer(np.packbits(np.asarray(values, bool), bitorder="little"))


def view(array: pa.Array, kind: Any = np.int64) -> np.ndarray:
    """Return the fixed-width values of an array as numpy, without copying; NULL values are whatever lies there."""
    kind = np.dtype(kind)
    return np.frombuffer(array.buffers()[1], kind, len(array), array.offset * kind.itemsize)


def offsets(array: pa.Array) -> np.ndarray:
    """Return the len + 1 offsets of a string, binary or list array."""
    return np.frombuffer(array.buffers()[1], np.int32, len(array) + 1, array.offset * 4)


def content(array: pa.Array) -> memoryview:
    """Return the bytes of a string or binary array, from the first value's to the last one's."""
    ends, data = offsets(array), array.buffers()[2]
    return memoryview(data)[ends[0] : ends[-1]] if data is not None else memoryview(b"")


def lengths(array: pa.Array) -> Ints:
    """Return the number of bytes of each string or binary value."""
    return np.diff(offsets(array)).astype(np.int64)


def python(array: pa.Array) -> list[Any]:
    """Return the values as Python objects; None for NULL."""
    if not pa.types.is_timestamp(array.type):
        return [value.as_py() for value in array]
    # `as_py` of a moment imports pandas: 200 ms for the few rows that a fill shows at its end (measured, 26.0.1).
    zone = UTC if array.type.tz else None
    moments = view(array, "M8[us]").astype(object).tolist()
    return [moment.replace(tzinfo=zone) if valid else None for moment, valid in zip(moments, unpacked(array.is_valid()), strict=True)]


def take(array: pa.Array, index: Ints) -> pa.Array:
    """Return the values at these places."""
    return array.take(integers(index))


def concat(arrays: Sequence[pa.Array]) -> pa.Array:
    """Return one array of several."""
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(list(arrays))


def blank(form: Form, count: int, like: Any) -> Any:
    """Return `count` meaningless values of a form, to stand under NULL."""
    if form not in ARROW:
        return np.zeros(count, np.int64)
    if form is Form.UUID:
        return uuids(np.zeros((count, 16), np.uint8))
    if form is Form.LIST:
        return lists(np.zeros(count + 1, np.int64), like.values.slice(0, 0))
    return strings([""] * count) if form is Form.TEXT else binaries([b""] * count)


def release() -> None:
    """Give memory that no array holds any more back to the system: Arrow's pool keeps what each thread freed.

    Chunks are made in one thread and freed in another: without it a fill of 600,000 wide rows peaks at 1.25 times one of
    60,000, with it at 1.1 (measured, 26.0.1).
    """
    pa.default_memory_pool().release_unused()


# ---------------------------------------------------------------------------------------------- texts
def join(*parts: pa.Array | str) -> pa.Array:
    """Return the parts of each row put together; a Python string stands for itself in every row."""
    arrays = [strings([part])[0] if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*arrays, strings([""])[0])


def text_of(values: Ints, width: int = 0) -> pa.Array:
    """Return integers as decimal text, padded with zeros to a width."""
    text = integers(values).cast(pa.string())
    return text if width < 2 else pc.utf8_lpad(text, width=width, padding="0")


def equal(array: pa.Array, text: str) -> Mask:
    """Return where a string array holds this text."""
    return unpacked(pc.equal(array, strings([text])[0]))


def unpacked(array: pa.Array) -> Mask:
    """Return a boolean array as numpy; NULL is False."""
    if not len(array):
        return np.zeros(0, bool)
    if array.null_count:
        array = pc.if_else(array.is_valid(), array, array.is_valid())
    packed = np.frombuffer(array.buffers()[1], np.uint8)
    return np.unpackbits(packed, bitorder="little")[array.offset : array.offset + len(array)].astype(bool)


# ---------------------------------------------------------------------------------------------- what a database stores
def arrow_type(type_: Type, scale: int = 0) -> pa.DataType:
    """Return the Arrow type in which a column travels to a loader.

    Args:
        type_: The column's type.
        scale: Digits behind the point, for a NUMERIC without a scale of its own.
    """
    if type_.kind is Kind.INTEGER:
        bits = (type_.bits or 64) * (2 if type_.unsigned else 1)  # the next wider one holds them all
        return {8: pa.int8(), 16: pa.int16(), 32: pa.int32()}.get(bits, pa.int64())
    if type_.kind is Kind.NUMERIC:
        return pa.decimal128(min(type_.precision or 38, 38), scale if type_.scale is None else type_.scale)
    if type_.kind is Kind.FLOAT:
        return pa.float32() if type_.bits == 32 else pa.float64()
    if type_.kind is Kind.ARRAY:
        return pa.list_(arrow_type(type_.element, scale)) if type_.element else pa.string()
    plain = {
        Kind.BOOLEAN: pa.bool_(),
        Kind.BYTES: pa.binary(),
        Kind.DATE: pa.date32(),
        Kind.TIME: pa.time64("us"),
        Kind.TIMESTAMP: pa.timestamp("us"),
        Kind.TIMESTAMPTZ: pa.timestamp("us", "UTC"),
        Kind.INTERVAL: pa.duration("us"),
        Kind.UUID: pa.binary(16),
    }
    return plain.get(type_.kind, pa.string())


FITTING = {
    Kind.INTEGER: Form.NUMBER,
    Kind.NUMERIC: Form.NUMBER,
    Kind.FLOAT: Form.NUMBER,
    Kind.BOOLEAN: Form.BOOLEAN,
    Kind.BYTES: Form.BYTES,
    Kind.DATE: Form.DATE,
    Kind.TIME: Form.TIME,
    Kind.TIMESTAMP: Form.MOMENT,
    Kind.TIMESTAMPTZ: Form.MOMENT,
    Kind.INTERVAL: Form.SPAN,
    Kind.UUID: Form.UUID,
    Kind.ARRAY: Form.LIST,
}


def fitting(type_: Type) -> Form:
    """Return the form that cells of a column of this type have: TEXT for all that is carried as its input text."""
    return FITTING.get(type_.kind, Form.TEXT)


def to_arrow(cells: Cells, type_: Type, where: str = "") -> pa.Array:
    """Return cells as the Arrow array that a column of this type is loaded from.

    Args:
        cells: Any cells of the form that `fitting(type_)` names; all-NULL cells of any form.
        type_: The column's type.
        where: `table.column`, for the message.

    Raises:
        SchemaError: The cells have another form than the type needs.
    """
    kind, count = arrow_type(type_, cells.scale), len(cells)
    if cells.valid is not None and not cells.valid.any():
        return empty(kind, count)
    if cells.form is not fitting(type_):
        raise SchemaError(f"{where}: {type_.sql} takes {fitting(type_)} values, {cells.form} was made; plan the column with another `use`")
    if cells.form in ARROW:
        array = cells.array
        if pa.types.is_list(kind) and array.type != kind:
            array = array.cast(kind)
        return array if cells.valid is None else _nulled(array, cells.valid)
    values = _stored(cells, kind)
    validity = None if cells.valid is None else bits(cells.valid)
    return pa.Array.from_buffers(kind, count, [validity, values])


def empty(kind: pa.DataType, count: int) -> pa.Array:
    """Return an array of NULLs. (`pa.nulls` builds them without touching pandas.)"""
    return pa.nulls(count, kind)


def _nulled(array: pa.Array, valid: Mask) -> pa.Array:
    there = pa.Array.from_buffers(pa.bool_(), len(array), [None, bits(valid)])
    return pc.if_else(there, array, pa.nulls(1, array.type)[0])


def _stored(cells: Cells, kind: pa.DataType) -> pa.Buffer:
    values = cells.ints
    if pa.types.is_decimal(kind):
        wide = np.empty((len(values), 2), np.int64)
        wide[:, 0] = cells.rescaled(kind.scale).ints
        wide[:, 1] = wide[:, 0] >> 63
        return pa.py_buffer(wide)
    if pa.types.is_boolean(kind):
        return bits(values != 0)
    if pa.types.is_floating(kind):
        # Both operands are exact below 2**53 and IEEE division rounds correctly: the same double on every machine.
        return pa.py_buffer((values / 10**cells.scale).astype(kind.to_pandas_dtype()))
    if pa.types.is_integer(kind):
        values = cells.rescaled(0).ints
    width = {8: np.int8, 16: np.int16, 32: np.int32}.get(kind.bit_width, np.int64)
    return pa.py_buffer(np.ascontiguousarray(values.astype(width)))
