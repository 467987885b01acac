"""Values that travel as bytes are shown as a person writes them."""

from __future__ import annotations

import uuid

import pyarrow as pa

from synthseed import chunk
from synthseed.schema import Kind, Type

UUID = Type("uuid", Kind.UUID)
ONE, TWO = uuid.UUID("ca2e44a6-2619-4d2b-b55f-981df2221ae7"), uuid.UUID(int=7)


def test_uuids_are_text_and_null_stays():
    found = chunk.readable(pa.array([ONE.bytes, None, TWO.bytes], pa.binary(16)), UUID)

    assert found.to_pylist() == [str(ONE), None, str(TWO)]


def test_uuids_in_lists_are_text_in_any_part_of_an_array():
    lists = pa.array([[TWO.bytes], [ONE.bytes, TWO.bytes], None, []], pa.list_(pa.binary(16)))

    assert chunk.readable(lists, Type("uuid[]", Kind.ARRAY, element=UUID)).to_pylist() == [[str(TWO)], [str(ONE), str(TWO)], None, []]
    assert chunk.readable(lists.slice(1), Type("uuid[]", Kind.ARRAY, element=UUID)).to_pylist() == [[str(ONE), str(TWO)], None, []]


def test_bytes_that_are_no_uuid_stay():
    array = pa.array([b"ab"], pa.binary())

    assert chunk.readable(array, Type("bytea", Kind.BYTES)) is array
