"""Turn Arrow columns into lists of Python values, for drivers that take nothing else: by column, in C where there is a way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from synthseed import chunk
from synthseed.loaders.text_forms import clock_text, decimal_text, is_narrow, known, text_form, wide

EXACT = 2**53  # below, every integer is a double
CUT = "\0"  # stands between texts while they are decoded: no text of ours holds it


def texts(array: pa.Array) -> list[Any]:
    """Return a string array as Python strings, None for NULL.

    All texts are decoded as one and split by a character that none holds: 4 times as fast as one by one (measured).
    """
    if not len(array):
        return []
    plain = chunk.join(array, CUT) if not array.null_count else chunk.join(_without_nulls(array), CUT)
    values: list[Any] = str(chunk.content(plain), "utf-8").split(CUT)
    values.pop()
    if len(values) != len(array):  # a text holds the character after all
        data, ends = bytes(chunk.content(_without_nulls(array))), chunk.offsets(_without_nulls(array)).tolist()
        values = [data[low - ends[0] : high - ends[0]].decode() for low, high in pairwise(ends)]
    return _emptied(values, array)


def _without_nulls(array: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(array.is_valid(), array, chunk.strings([""])[0]) if array.null_count else array


def _emptied(values: list[Any], array: pa.Array) -> list[Any]:
    """Put None where the array is NULL."""
    if array.null_count:
        for at in np.flatnonzero(~chunk.unpacked(array.is_valid())).tolist():
            values[at] = None
    return values


def numbers(array: pa.Array) -> list[Any]:
    """Return integers, floats and booleans as int and float."""
    if pa.types.is_boolean(array.type):
        return _emptied(chunk.unpacked(array).astype(np.int64).tolist(), array)
    return _emptied(chunk.view(array, array.type.to_pandas_dtype()).tolist(), array)


def doubles(array: pa.Array) -> list[Any]:
    """Return decimals as the doubles nearest to them, integers where they have no places behind the point."""
    low, high = wide(array)
    scale = array.type.scale
    if is_narrow(low, high) and scale == 0:
        return _emptied(low.tolist(), array)
    if is_narrow(low, high) and 0 < scale <= 18 and (np.abs(low) < EXACT).all():
        return _emptied((low / 10**scale).tolist(), array)  # both exact: the quotient is rounded once
    return _emptied([float(value) for value in texts(decimal_text(array))], array)


def decimals(array: pa.Array) -> list[Any]:
    """Return decimals as `Decimal`."""
    return _emptied([Decimal(value) for value in texts(decimal_text(array))], array)


def binary(array: pa.Array) -> list[Any]:
    """Return bytes; there is no way to cut them in C."""
    data, ends = chunk.content(array), chunk.offsets(array).tolist()
    return _emptied([bytes(data[low - ends[0] : high - ends[0]]) for low, high in pairwise(ends)], array)


def stored(array: pa.Array, *, hyphens: bool = True) -> list[Any]:
    """Return values as SQLite stores them: numbers, texts and bytes; times as texts in UTC, without a zone.

    Args:
        array: One column.
        hyphens: For UUIDs: 36 characters, else the 32 digits alone.
    """
    from synthseed.loaders.text_forms import moment_text

    kind = array.type
    if pa.types.is_string(kind):
        return texts(array)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return numbers(array)
    if pa.types.is_decimal(kind):
        return doubles(array)
    if pa.types.is_timestamp(kind):
        return _emptied(texts(moment_text(known(array))), array)
    if pa.types.is_time(kind):
        return _emptied(texts(clock_text(known(array))), array)
    if pa.types.is_fixed_size_binary(kind):
        return _emptied(texts(chunk.uuid_text(array, hyphens=hyphens)), array)
    if pa.types.is_binary(kind):
        return binary(array)
    return texts(text_form(array))


def bound(array: pa.Array) -> list[Any]:
    """Return values as any driver binds them: Decimal, datetime, date, time, timedelta, bytes, str, int, float."""
    kind = array.type
    if pa.types.is_decimal(kind):
        return decimals(array)
    if pa.types.is_timestamp(kind):
        return _emptied(chunk.view(array, "M8[us]").astype(object).tolist(), array)
    if pa.types.is_date(kind):
        return _emptied(chunk.view(array, np.int32).astype("M8[D]").astype(object).tolist(), array)
    if pa.types.is_duration(kind):
        return _emptied(chunk.view(array, "m8[us]").astype(object).tolist(), array)
    if pa.types.is_list(kind):
        return chunk.python(array)
    return stored(array)


def interleaved(columns: Sequence[list[Any]]) -> list[Any]:
    """Return values row by row in one list, by slices, so that no row is ever a tuple."""
    width = len(columns)
    flat: list[Any] = [None] * (width * len(columns[0]))
    for at, values in enumerate(columns):
        flat[at::width] = values
    return flat


def batches(flat: list[Any], width: int, rows: int) -> Iterator[list[Any]]:
    """Cut interleaved values into runs of whole rows."""
    step = width * rows
    for start in range(0, len(flat), step):
        yield flat[start : start + step]
