"""Rows and values that a model wrote as text are untrusted too: each is held against its column, and reaches nobody."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthseed import readers
from synthseed.errors import ModelError
from synthseed.plan import Choice, ColumnPlan, Slot, TablePlan, Template, Tier
from synthseed.planners.model.more import expand_request, written_request
from synthseed.planners.model.more_reply import read_rows, read_values
from synthseed.planners.model.request import Guidance
from synthseed.planners.model.values import safe
from synthseed.schema import Check, Column, Kind, Schema, Table, Type, Unique

TEXT = Type("varchar(20)", Kind.TEXT, length=20)
KINDS = Table(
    "kinds",
    (
        Column("code", TEXT, nullable=False),
        Column("name", Type("text", Kind.TEXT)),
        Column("price", Type("numeric(6,2)", Kind.NUMERIC, precision=6, scale=2), nullable=False),
        Column("mood", Type("mood", Kind.ENUM, labels=("good", "-bad"))),
        Column("since", Type("date", Kind.DATE)),
        Column("till", Type("date", Kind.DATE)),
        Column("parts", Type("jsonb", Kind.JSON)),
    ),
    primary_key=Unique(("code",), primary=True),
    checks=(Check("price >= 1 and price < 1000", ("price",)), Check("till >= since", ("since", "till"), "in_order")),
)
SCHEMA = Schema((KINDS,), dialect="postgresql")
REQUEST = written_request(SCHEMA, "kinds", rows=5, guidance=Guidance())
FINE = ["a1", "Alpha", "12.50", "good", "2024-05-01", "2024-06-01", '{"a": 1}']
ENDS = '{"name": "' + '\\"' * 900_000


def reply(*rows):
    return json.dumps({"rows": [{"n": number, "cells": list(cells)} for number, cells in enumerate(rows, 1)]})


def changed(**cells):
    return [cells.get(name, value) for name, value in zip(KINDS.by_name, FINE, strict=True)]


def csv_of(*rows):
    return "\n".join([",".join(KINDS.by_name), *rows])


# ---------------------------------------------------------------------------------------------- rows
def test_sound_rows_are_read_as_they_stand():
    rows, problems = read_rows(reply(FINE, changed(code="b2", name=None, mood="-bad")), REQUEST, SCHEMA)

    assert problems == ()
    assert rows[0] == dict(zip(KINDS.by_name, FINE, strict=True))
    assert (rows[1]["name"], rows[1]["mood"]) == (None, "-bad")


@pytest.mark.parametrize("fence", ["{}", "```csv\n{}\n```", "Here are the rows:\n{}"])
def test_csv_is_read_in_place_of_json(fence):
    text = csv_of('a1,"Al, ""the"" pha",12.50,good,2024-05-01,2024-06-01,"{""a"": 1}"', "b2,\\N,2,\\N,\\N,\\N,\\N")

    rows, problems = read_rows(fence.replace("{}", text), REQUEST, SCHEMA)

    assert problems == ()
    assert rows[0]["name"] == 'Al, "the" pha'
    assert rows[1] == {"code": "b2", "name": None, "price": "2", "mood": None, "since": None, "till": None, "parts": None}


def test_columns_of_csv_may_stand_in_any_order():
    text = "name,code,price,mood,since,till,parts\nAlpha,a1,3,good,\\N,\\N,\\N"

    rows, _ = read_rows(text, REQUEST, SCHEMA)

    assert (rows[0]["code"], rows[0]["name"]) == ("a1", "Alpha")


WRONG = {
    "too long": ("bad_cell", {"code": "x" * 21}),
    "null": ("bad_cell", {"code": None}),
    "no number": ("bad_cell", {"price": "cheap"}),
    "not finite": ("bad_cell", {"price": "NaN"}),
    "huge": ("bad_cell", {"price": "1e300"}),
    "too many digits": ("bad_cell", {"price": "1.234"}),
    "no label": ("bad_cell", {"mood": "ugly"}),
    "no date": ("bad_cell", {"since": "2024-02-31"}),
    "no JSON": ("bad_cell", {"parts": "{a}"}),
    "deep JSON": ("bad_cell", {"parts": "[" * 9_000}),
    "a list": ("bad_cell", {"name": ["a"]}),
    "too large": ("bad_cell", {"name": "x" * 10_001}),
    "below the CHECK": ("check", {"price": "0.99"}),
    "above the CHECK": ("check", {"price": "1000"}),
    "a CHECK over two columns": ("check", {"since": "2024-06-02"}),
    "twice in a key": ("doubled", {"code": "a1"}),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_unsound_row_is_dropped_and_told(wrong):
    code, cells = WRONG[wrong]

    rows, problems = read_rows(reply(FINE, changed(**{"code": "b2", **cells})), REQUEST, SCHEMA)

    assert [row["code"] for row in rows] == ["a1"]
    assert [one.code for one in problems] == [code]
    assert "row 2" in problems[0].text


def test_what_a_check_does_not_forbid_where_it_is_null_is_kept():
    rows, problems = read_rows(reply(changed(since=None), changed(code="b2")), REQUEST, SCHEMA)

    assert (len(rows), problems) == (2, ())


def test_rows_of_another_width_are_dropped():
    rows, problems = read_rows(reply(FINE, FINE[:-1], []), REQUEST, SCHEMA)

    assert len(rows) == 1
    assert [one.code for one in problems] == ["bad_row", "bad_row"]


def test_addresses_links_numbers_and_formulas_of_rows_reach_nobody():
    cells = {
        "code": "=1+1",
        "name": "bob@gmail.com, https://evil.io/x, 8.8.8.8, 10.0.0.1, 202-456-1414",
        "parts": '{"mail": "bob@gmail.com"}',
    }

    rows, _ = read_rows(reply(changed(**cells)), REQUEST, SCHEMA)

    assert rows[0]["code"] == "1+1"
    assert rows[0]["name"] == "bob@example.com, https://example.com/x, 192.0.2.8, 10.0.0.1, 000-000-0000"
    assert rows[0]["parts"] == '{"mail": "bob@example.com"}'


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("2606:4700:4700::1111", "2001:db8::11"),
        ("at 12:30:45 in ::1 or 2001:db8::7", "at 12:30:45 in ::1 or 2001:db8::7"),
        ("DE89370400440532013000", "DE00370400440532013000"),
        ("GB29 NWBK 6016 1331 9268 19", "GB00 NWBK 0000 0000 0000 00"),
        ("AB12CDEFGHIJKLMNOP", "AB12CDEFGHIJKLMNOP"),
        ("version 1.2.3.4.5 of 2024-05-31 09:30:00", "version 1.2.3.4.5 of 2024-05-31 09:30:00"),
        ("from 2024-05-31 09 to 2024-06-01/2024-06-02 202-456-1414", "from 2024-05-31 09 to 2024-06-01/2024-06-02 000-000-0000"),
        ("bob@mail.example, www.example.org", "bob@mail.example, www.example.org"),
        ("follow @anna {{x}}", "follow @anna {{x}}"),
    ],
)
def test_what_could_be_somebodys_is_told_from_what_is_nobodys(text, made):
    assert safe(text) == made


@pytest.mark.parametrize(
    "text",
    ["", "no", "{}", '{"rows": []}', '{"rows": 7}', "[" * 100_000, '{"rows":' + "[" * 100_000, "a,b\n1,2", csv_of(), ENDS, "x" * 2_000_001],
)
def test_a_reply_without_rows_is_refused(text):
    with pytest.raises(ModelError, match="the model's reply cannot be used"):
        read_rows(text, REQUEST, SCHEMA)


def test_no_more_values_are_read_than_a_table_may_have():
    rows, _ = read_rows(reply(*(changed(code=f"c{number}") for number in range(900))), REQUEST, SCHEMA)

    assert len(rows) * len(KINDS.columns) <= 5_000


def test_rows_of_a_whole_example_fit_its_sqlite_table():
    shop = readers.read_script(Path(__file__).parent / "example" / "shop.sqlite.sql")
    request = written_request(shop, "products", rows=2, guidance=Guidance(), columns=("sku", "name", "price"))

    rows, problems = read_rows(
        '{"rows": [{"n": 1, "cells": ["K-1", "Kettle", "39.90"]}, {"n": 2, "cells": ["K-2", "Pan", "-4"]}]}', request, shop
    )

    assert rows == [{"sku": "K-1", "name": "Kettle", "price": "39.90"}]
    assert [one.code for one in problems] == ["check"]


CELLS = st.none() | st.text(max_size=25) | st.integers() | st.floats() | st.lists(st.text(max_size=3), max_size=2) | st.sampled_from(FINE)


@given(st.lists(st.lists(CELLS, min_size=6, max_size=8), max_size=4), st.booleans())
def test_whatever_rows_hold_they_fit_or_are_refused(cells, as_csv):
    text = csv_of(*(",".join(map(str, row)) for row in cells)) if as_csv else reply(*cells)
    try:
        rows, _ = read_rows(text, REQUEST, SCHEMA)
    except ModelError:
        return

    again, problems = read_rows(reply(*([row[name] for name in KINDS.by_name] for row in rows)), REQUEST, SCHEMA)
    assert (again, problems) == (rows, ())


# ---------------------------------------------------------------------------------------------- values
PLAN = TablePlan(
    "kinds",
    10,
    slots=(Slot("noun", (Tier(Decimal(1), ("lamp", "{mood_} chair")),)), Slot("mood_", (Tier(Decimal(1), ("old",)),))),
    columns=(
        ColumnPlan("code", Choice((Tier(Decimal(1), ("a", "b")),))),
        ColumnPlan("name", Template((Tier(Decimal(1), ("The {noun}",)),))),
    ),
)


def lists(**values):
    return json.dumps({"lists": [{"name": name, "values": given} for name, given in values.items()]})


def test_new_values_of_asked_lists_are_read():
    expand_request(SCHEMA, PLAN, {"noun": 3, "code": 2}, Guidance())

    found, problems = read_values(lists(noun=["lamp", "desk", "desk", "{mood_} bed"], code=["c", "a"]), PLAN, {"noun", "code"}, SCHEMA)

    assert problems == ()
    assert found == {"noun": ("desk", "{mood_} bed"), "code": ("c",)}


def test_values_that_do_not_fit_or_bring_tokens_of_their_own_are_dropped():
    text = lists(noun=["{int:1-9} desk", "fine", None, 7], code=["x" * 21, "=cmd", "bob@evil.io"])

    found, problems = read_values(text, PLAN, {"noun", "code"}, SCHEMA)

    assert found == {"noun": ("fine", "7"), "code": ("cmd", "bob@example.com")}
    assert [(one.code, one.column) for one in problems] == [("bad_value", "noun"), ("bad_value", "code")]


def test_a_list_that_was_not_asked_for_is_told():
    found, problems = read_values(lists(nouns=["desk"], noun=["bed"]), PLAN, {"noun"}, SCHEMA)

    assert found == {"noun": ("bed",)}
    assert [one.code for one in problems] == ["unknown_list"]
    assert "did you mean noun?" in problems[0].text


@pytest.mark.parametrize("text", ["", "{}", '{"lists": 7}', '{"lists": [7, [], {"name": []}]}', lists(noun=["lamp"]), lists(noun=7), ENDS])
def test_a_reply_without_a_new_value_is_refused(text):
    with pytest.raises(ModelError, match="the model's reply cannot be used"):
        read_values(text, PLAN, {"noun"}, SCHEMA)
