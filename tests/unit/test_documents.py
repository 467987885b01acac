from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from rows_stand_in import StandIn

from synthseed import chunk
from synthseed.cells import Cells, Form, numbers, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Setting
from synthseed.generators.documents import build_json
from synthseed.plan import Json, Slot, TablePlan, Tier
from synthseed.schema import Column, Kind, Schema, Table, Type


def setting(*, unique: bool = False) -> Setting:
    names = ("doc", "note", "price", "at")
    table = Table("t", tuple(Column(name, Type("text", Kind.TEXT)) for name in names))
    slots = {"color": ("black", 'sla"te\n'), "size": ("1", "2.5", "{int:3-4}"), "flag": ("true", "false"), "code": ("007", "1")}
    plan = TablePlan("t", 3, slots=tuple(Slot(name, (Tier(Decimal(1), values),)) for name, values in slots.items()))
    return Setting(Schema((table,)), table, table.column("doc"), "doc", plan, unique=unique)


def documents(template: str) -> list[Any]:
    table = StandIn(
        3,
        {
            "note": texts(chunk.strings(['a"b\\c\x01\té', "", "x"]), np.array([True, False, True])),
            "price": numbers(np.array([100, 2, 3]), 2, np.array([True, False, True])),
            "at": Cells(Form.MOMENT, np.arange(3) * 10**10),
        },
        as_of=1_764_000_000_000_000,
    )
    return [json.loads(text, parse_float=Decimal) for text in chunk.python(build_json(Json(template), setting()).values(table).array)]


def test_a_document_without_tokens_is_written_compactly() -> None:
    generator = build_json(Json('{"a": [1, 2.5, null, true, "é\\u0001"], "b": {}, "c": []}'), setting())

    assert chunk.python(generator.values(StandIn(2)).array) == ['{"a":[1,2.5,null,true,"é\\u0001"],"b":{},"c":[]}'] * 2


def test_texts_are_escaped_and_null_is_null_or_an_empty_text() -> None:
    assert documents('["{note}", "<{note}>"]') == [['a"b\\c\x01\té', '<a"b\\c\x01\té>'], [None, "<>"], ["x", "<x>"]]


def test_a_string_that_is_one_token_takes_the_type_of_the_token() -> None:
    first, second, _ = documents('["{price}", "{seq}", "{year}", "{at}", "{seq:3}", "{int:5-5}", "{price}!"]')

    assert first == [Decimal("1.00"), 1, 2025, "1970-01-01T00:00:00Z", "001", 5, "1.00!"]
    assert second == [None, 2, 2025, "1970-01-01T02:46:40Z", "002", 5, "!"]


def test_a_slot_is_a_number_or_a_truth_only_where_all_of_its_values_are() -> None:
    found = documents('{"size": "{size}", "flag": "{flag}", "code": "{code}", "color": "{color}"}')

    assert {type(one["size"]) for one in found} <= {int, Decimal}
    assert all(isinstance(one["flag"], bool) and isinstance(one["code"], str) and isinstance(one["color"], str) for one in found)


def test_two_places_draw_apart() -> None:
    template = build_json(Json('["{digits:9}", "{digits:9}"]'), setting())

    assert all(len(set(json.loads(text))) == 2 for text in chunk.python(template.values(StandIn(50)).array))


@pytest.mark.parametrize(
    "template", ["{", "NaN", "1e999", "[" * 100_000, "[" * 60 + "]" * 60, '{"a": "{nope}"}', '"\\ud800"', '"\\u0000"', ""]
)
def test_what_is_no_document_is_refused_at_build_time(template: str) -> None:
    with pytest.raises(PlanError, match=r"^t\.doc: "):
        build_json(Json(template), setting())


def test_a_unique_column_refuses_documents() -> None:
    with pytest.raises(PlanError, match="unique"):
        build_json(Json('"{digits:3}"'), setting(unique=True))
