"""Write Arrow arrays as text, the way a database reads it: the whole column at once."""

from __future__ import annotations

import binascii

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Mask
from synthseed.streams import Ints

SECOND = 1_000_000
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def filled(array: pa.Array, text: str) -> pa.Array:
    """Return a string array with this text where it is NULL."""
    return pc.if_else(array.is_valid(), array, chunk.strings([text])[0]) if array.null_count else array


def chosen(first: Mask, yes: pa.Array, no: pa.Array) -> pa.Array:
    """Return `yes` where `first`, else `no`."""
    return pc.if_else(pa.Array.from_buffers(pa.bool_(), len(first), [None, chunk.bits(first)]), yes, no)


def nulled(text: pa.Array, like: pa.Array) -> pa.Array:
    """Return the texts, NULL where another array is."""
    return pc.if_else(like.is_valid(), text, pa.nulls(1, text.type)[0]) if like.null_count else text


def text_form(array: pa.Array) -> pa.Array:
    """Return values as text that PostgreSQL reads as their type, and people can read; NULL stays NULL."""
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_boolean(kind):
        return nulled(chosen(chunk.unpacked(array), chunk.strings(["true"])[0], chunk.strings(["false"])[0]), array)
    if pa.types.is_decimal(kind):
        return nulled(decimal_text(array), array)
    if pa.types.is_timestamp(kind):
        text = moment_text(known(array))
        return nulled(chunk.join(text, "+00") if kind.tz else text, array)
    if pa.types.is_time(kind):
        return nulled(clock_text(known(array)), array)
    if pa.types.is_duration(kind):
        return nulled(span_text(known(array)), array)
    if pa.types.is_fixed_size_binary(kind):
        return nulled(chunk.uuid_text(array), array)
    if pa.types.is_binary(kind):
        return nulled(chunk.join("\\x", hex_text(array)), array)
    if pa.types.is_list(kind):
        return nulled(array_literal(array), array)
    return array.cast(pa.string())


def known(array: pa.Array) -> Ints:
    """Return the int64 values of an array, 0 where it is NULL."""
    values = chunk.view(array)
    return np.where(chunk.unpacked(array.is_valid()), values, 0) if array.null_count else values


# ---------------------------------------------------------------------------------------------- numbers
def wide(array: pa.Array) -> tuple[Ints, Ints]:
    """Return the low (unsigned, as int64 bits) and the high halves of decimal128 values; 0 where NULL."""
    halves = np.frombuffer(array.buffers()[1], np.int64, 2 * len(array), array.offset * 16).reshape(-1, 2)
    low, high = halves[:, 0], halves[:, 1]
    if array.null_count:
        valid = chunk.unpacked(array.is_valid())
        low, high = np.where(valid, low, 0), np.where(valid, high, 0)
    return low, high


def is_narrow(low: Ints, high: Ints) -> bool:
    """Return True when all these values of 128 bits fit 64."""
    return bool((high == low >> 63).all())


def decimal_text(array: pa.Array) -> pa.Array:
    """Return decimals as plain digits. (Arrow's own cast writes `1E-8` below 0.000001.)"""
    scale = array.type.scale
    low, high = wide(array)
    if not is_narrow(low, high) or not 0 <= scale <= 18:
        return filled(array.cast(pa.string()), "0")
    if scale == 0:
        return chunk.text_of(low)
    unit = 10**scale
    size = np.abs(low)  # int64's own minimum does not occur: 19 digits of it are a decimal's limit before
    plain = chunk.join(chunk.text_of(size // unit), ".", chunk.text_of(size % unit, scale))
    return chosen(low < 0, chunk.join("-", plain), plain) if (low < 0).any() else plain


# ---------------------------------------------------------------------------------------------- times
def moment_text(values: Ints) -> pa.Array:
    """Return microseconds since 1970 as `YYYY-MM-DD HH:MM:SS`, with `.ffffff` only where there is a fraction."""
    seconds, part = values // SECOND, values % SECOND
    whole = pa.Array.from_buffers(pa.timestamp("s"), len(values), [None, pa.py_buffer(np.ascontiguousarray(seconds))]).cast(pa.string())
    return _with_fraction(whole, part)


def clock_text(values: Ints) -> pa.Array:
    """Return microseconds since midnight as `HH:MM:SS`, with `.ffffff` only where there is a fraction."""
    seconds = np.ascontiguousarray(values // SECOND, np.int32)
    whole = pa.Array.from_buffers(pa.time32("s"), len(values), [None, pa.py_buffer(seconds)]).cast(pa.string())
    return _with_fraction(whole, values % SECOND)


def span_text(values: Ints) -> pa.Array:
    """Return microseconds as `HH:MM:SS`, hours without a bound, with a sign where negative."""
    size = np.abs(values)
    seconds = size // SECOND
    whole = chunk.join(chunk.text_of(seconds // 3600, 2), ":", chunk.text_of(seconds // 60 % 60, 2), ":", chunk.text_of(seconds % 60, 2))
    text = _with_fraction(whole, size % SECOND)
    return chosen(values < 0, chunk.join("-", text), text)


def _with_fraction(whole: pa.Array, part: Ints) -> pa.Array:
    if not part.any():
        return whole
    return chosen(part == 0, whole, chunk.join(whole, ".", chunk.text_of(part, 6)))


# ---------------------------------------------------------------------------------------------- bytes
def hex_text(array: pa.Array) -> pa.Array:
    """Return bytes as hexadecimal digits."""
    ends = chunk.offsets(array)
    doubled = np.ascontiguousarray((ends - ends[0]) * 2, np.int32)
    data = pa.py_buffer(binascii.hexlify(chunk.content(array)))
    return pa.Array.from_buffers(pa.string(), len(array), [None, pa.py_buffer(doubled), data])


# ---------------------------------------------------------------------------------------------- lists
def elements(array: pa.Array) -> tuple[Ints, pa.Array]:
    """Return the n + 1 offsets of a list array, from 0, and the elements that they cut."""
    ends = chunk.offsets(array).astype(np.int64)
    return ends - ends[0], array.values.slice(int(ends[0]), int(ends[-1] - ends[0]))


def array_literal(array: pa.Array) -> pa.Array:
    """Return lists as PostgreSQL's array literals: `{"a","b",NULL}`; every element is quoted."""
    ends, values = elements(array)
    text = text_form(values)
    for sign in ("\\", '"'):
        text = pc.replace_substring(text, sign, "\\" + sign)
    text = filled(chunk.join('"', text, '"'), "NULL")
    return chunk.join("{", pc.binary_join(chunk.lists(ends, text), chunk.strings([","])[0]), "}")
