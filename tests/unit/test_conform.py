"""Cells fit the column that holds them, or are refused."""

from __future__ import annotations

import numpy as np
import pytest

from synthseed import chunk
from synthseed.cells import Cells, Form, merged, nulls, numbers, texts
from synthseed.engine.conform import conform
from synthseed.errors import PlanError, Refused
from synthseed.schema import Kind, Type

NUMERIC = Type("numeric(10,2)", Kind.NUMERIC, precision=10, scale=2)
TEXT = Type("text", Kind.TEXT)


def held(cells: Cells, type_: Type) -> list:
    return chunk.python(chunk.to_arrow(conform(cells, type_, "t.c"), type_))


@pytest.mark.parametrize(
    ("cells", "type_", "values"),
    [
        (numbers(np.array([1, -250]), 2), TEXT, ["0.01", "-2.50"]),
        (numbers(np.array([125, -125]), 3), Type("numeric(5,2)", Kind.NUMERIC, precision=5, scale=2), ["0.13", "-0.13"]),
        (Cells(Form.MOMENT, np.array([1_700_000_000_000_000])), TEXT, ["2023-11-14 22:13:20"]),
        (Cells(Form.MOMENT, np.array([1_700_000_000_000_000])), Type("date", Kind.DATE), ["2023-11-14"]),
        (Cells(Form.MOMENT, np.array([1_700_000_000_000_000])), Type("integer", Kind.INTEGER, bits=32), ["1700000000"]),
        (texts(chunk.strings(["+49 30 23125"])), Type("bigint", Kind.INTEGER, bits=64), ["493023125"]),
        (texts(chunk.strings(["2024-02-29"])), Type("date", Kind.DATE), ["2024-02-29"]),
        (texts(chunk.strings(["yes", "no"])), Type("boolean", Kind.BOOLEAN), ["True", "False"]),
        (numbers(np.array([0, 1])), Type("boolean", Kind.BOOLEAN), ["False", "True"]),
        (texts(chunk.strings(["ab"])), Type("bytea", Kind.BYTES), ["b'ab'"]),
    ],
)
def test_cells_of_another_form_become_what_the_column_holds(cells, type_, values):
    assert [str(value) for value in held(cells, type_)] == values


def test_a_uuid_is_the_same_as_text_and_as_a_uuid():
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    cells = conform(texts(chunk.strings([uuid])), Type("uuid", Kind.UUID), "t.c")

    assert held(cells, TEXT) == [uuid]
    assert held(cells, Type("char(32)", Kind.TEXT, length=32, fixed=True)) == [uuid.replace("-", "")]


def test_a_number_outside_the_type_is_refused_with_the_arithmetic():
    with pytest.raises(Refused, match=r"t\.c: values from -1 to 40000 were planned, smallint holds -32768 to 32767"):
        conform(numbers(np.array([-1, 40_000])), Type("smallint", Kind.INTEGER, bits=16), "t.c")


def test_a_null_outside_the_type_is_not_looked_at():
    cells = numbers(np.array([1, 40_000]), 0, np.array([True, False]))

    assert held(cells, Type("smallint", Kind.INTEGER, bits=16)) == [1, None]


def test_a_text_longer_than_its_column_is_refused_by_characters_not_bytes():
    type_ = Type("varchar(3)", Kind.TEXT, length=3)

    assert held(texts(chunk.strings(["äöü"])), type_) == ["äöü"]
    with pytest.raises(PlanError, match="a text of 4 characters was planned, varchar\\(3\\) holds 3"):
        conform(texts(chunk.strings(["äöüß"])), type_, "t.c")


def test_values_that_no_rule_converts_are_refused_by_name():
    with pytest.raises(PlanError, match=r"t\.c: text values|t\.c: a text was planned that is no date"):
        conform(texts(chunk.strings(["soon"])), Type("date", Kind.DATE), "t.c")


def test_merged_cells_come_back_in_order_and_what_nobody_made_is_null():
    made = merged([(np.array([2, 0]), texts(chunk.strings(["c", "a"]))), (np.array([3]), nulls(1))], 4)

    assert held(made, TEXT) == ["a", None, "c", None]


def test_merged_numbers_share_the_finer_scale():
    made = merged([(np.array([0]), numbers(np.array([1]))), (np.array([1]), numbers(np.array([25]), 2))], 2)

    assert [str(value) for value in held(made, NUMERIC)] == ["1.00", "0.25"]


def test_taking_a_negative_place_gives_null():
    assert held(texts(chunk.strings(["a", "b"])).take(np.array([1, -1])), TEXT) == ["b", None]
