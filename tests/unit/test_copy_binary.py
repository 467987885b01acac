"""The bytes of PostgreSQL's binary COPY format, against the manual's description of it."""

from __future__ import annotations

import struct
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from synthseed import chunk
from synthseed.loaders.copy_binary import ServerType, encoded, encoding, joined


def plain(name: str) -> ServerType:
    return ServerType(name)


def rows(types: list[ServerType], arrays: list[pa.Array]) -> bytes:
    chosen = [encoding(type_, array.type) for type_, array in zip(types, arrays, strict=True)]
    assert None not in chosen
    return bytes(encoded(arrays, [one for one in chosen if one], len(arrays[0])))


def nullable(array: pa.Array, valid: list[bool]) -> pa.Array:
    there = pa.Array.from_buffers(pa.bool_(), len(valid), [None, chunk.bits(np.array(valid))])
    return pa.compute.if_else(there, array, pa.nulls(1, array.type)[0])


def decimals(values: list[str], precision: int, scale: int) -> pa.Array:
    units = [int(Decimal(value).scaleb(scale)) for value in values]
    raw = b"".join(unit.to_bytes(16, "little", signed=True) for unit in units)
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(values), [None, pa.py_buffer(raw)])


def test_a_row_is_a_count_and_each_field_its_length_and_bytes() -> None:
    data = rows([plain("int8"), plain("text")], [chunk.integers(np.array([5, -1])), chunk.strings(["a", "ü"])])

    assert data == struct.pack(">hiqi", 2, 8, 5, 1) + b"a" + struct.pack(">hiqi", 2, 8, -1, 2) + "ü".encode()


def test_null_is_a_length_of_minus_one_and_no_bytes() -> None:
    ints = nullable(chunk.integers(np.array([1, 2])), [False, True])
    texts = nullable(chunk.strings(["hidden", "b"]), [False, True])

    data = rows([plain("int8"), plain("varchar"), plain("jsonb")], [ints, texts, texts])

    assert data == struct.pack(">hiii", 3, -1, -1, -1) + struct.pack(">hiqi", 3, 8, 2, 1) + b"b" + struct.pack(">i", 2) + b"\1b"


def test_columns_of_fixed_width_are_one_record() -> None:
    data = rows(
        [plain("int2"), plain("bool")],
        [chunk.integers(np.array([7])), pa.Array.from_buffers(pa.bool_(), 1, [None, chunk.bits(np.array([True]))])],
    )

    assert data == struct.pack(">hihib", 2, 2, 7, 1, 1)


@pytest.mark.parametrize(
    ("value", "precision", "scale", "expected"),
    [
        ("0", 9, 2, (1, -1, 0, 2, (0,))),
        ("12345.678", 10, 3, (3, 1, 0, 3, (1, 2345, 6780))),
        ("-0.0001", 18, 4, (1, -1, 0x4000, 4, (1,))),
        ("10000", 20, 0, (2, 1, 0, 0, (1, 0))),
        ("-99999999999999999999.99", 38, 2, (6, 4, 0x4000, 2, (9999, 9999, 9999, 9999, 9999, 9900))),
        ("12300", 5, -2, (2, 1, 0, 0, (1, 2300))),
    ],
)
def test_a_numeric_is_groups_of_four_digits(
    value: str, precision: int, scale: int, expected: tuple[int, int, int, int, tuple[int, ...]]
) -> None:
    count, weight, sign, places, digits = expected

    data = rows([plain("numeric")], [decimals([value], precision, scale)])

    got = struct.unpack(f">hihhHh{(len(data) - 14) // 2}h", data)
    stripped = list(got[6:])
    lead = len(stripped) - count
    assert got[4:6] == (sign, places)
    assert (got[3] - lead, tuple(stripped[lead:]), set(stripped[:lead]) <= {0}) == (weight, digits, True)


def test_an_array_holds_its_elements_type_and_their_count() -> None:
    texts = ServerType("_text", 1009, "b", plain("text"), 25)
    values = nullable(chunk.strings(["a", "", "x"]), [True, False, True])
    lists = chunk.lists(np.array([0, 2, 2, 3]), values)

    data = rows([texts], [lists])

    first = struct.pack(">hiiiiiii", 1, 29, 1, 1, 25, 2, 1, 1) + b"a" + struct.pack(">i", -1)
    empty = struct.pack(">hiiii", 1, 12, 0, 1, 25)
    last = struct.pack(">hiiiiiii", 1, 25, 1, 1, 25, 1, 1, 1) + b"x"
    assert data == first + empty + last


def test_a_part_of_an_array_is_encoded_like_a_whole_one() -> None:
    whole = [chunk.integers(np.arange(10)), chunk.text_of(np.arange(10)), nullable(chunk.text_of(np.arange(10)), [True, False] * 5)]
    types = [plain("int4"), plain("text"), plain("jsonb")]

    parts = [rows(types, [array.slice(start, 3) for array in whole]) for start in (0, 3, 6)] + [
        rows(types, [array.slice(9) for array in whole])
    ]

    assert b"".join(parts) == rows(types, whole)


def test_an_integer_that_does_not_fit_is_not_cut() -> None:
    with pytest.raises(pa.ArrowInvalid):
        rows([plain("int4")], [chunk.integers(np.array([2**31]))])


@pytest.mark.parametrize("name", ["inet", "money", "tsvector", "int4range", "point", "bit", "hstore"])
def test_a_type_without_an_encoding_here_is_said_to_have_none(name: str) -> None:
    assert encoding(plain(name), pa.string()) is None


def test_no_element_at_all_is_no_bytes() -> None:
    assert len(joined([chunk.strings([])], [encoding(plain("text"), pa.string())], 0)) == 0  # type: ignore[list-item]
