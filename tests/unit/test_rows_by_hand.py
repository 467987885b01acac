"""`rows:` of a plan is a number, a list of rows by hand, or `written`: read, written again the same, and held against the schema."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from synthseed.errors import PlanError
from synthseed.plan import Plan, TablePlan
from synthseed.plan_fit import problems
from synthseed.plan_writer import table_text
from synthseed.plan_yaml import fingerprint, plan_of, plan_text
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, Type, Unique

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ROWS = st.lists(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5), st.none() | TEXTS, max_size=4), min_size=1)
CODE = Type("varchar(4)", Kind.TEXT, length=4)
USERS = Table(
    "users",
    (
        Column("id", Type("integer", Kind.INTEGER, bits=32), nullable=False),
        Column("code", CODE, nullable=False),
        Column("mood", Type("mood", Kind.ENUM, labels=("glad", "sad"))),
        Column("boss_id", Type("integer", Kind.INTEGER, bits=32)),
        Column("twice", CODE, generated="code || code"),
    ),
    primary_key=Unique(("id",), primary=True),
    foreign_keys=(ForeignKey(("boss_id",), "users", ("id",)),),
    uniques=(Unique(("code", "mood")),),
)


def read(rows: str) -> TablePlan:
    return plan_of(f"seed: 0\n---\ntable: t\n{rows}\n").tables["t"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rows: 500", {"rows": 500}),
        ("rows: [{a: x, b: null}, {a: '007'}]", {"rows": 2, "fixed": ({"a": "x", "b": None}, {"a": "007"})}),
        ("count: 500\nrows:\n  - {a: no}", {"rows": 500, "fixed": ({"a": "no"},)}),
        ("rows: written", {"rows": 20, "written": True}),
        ("rows: written\ncount: 40", {"rows": 40, "written": True}),
    ],
)
def test_rows_are_a_number_or_a_list_or_written(text: str, expected: dict) -> None:
    assert read(text) == TablePlan("t", **expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows: [{a: x}, {a: y}]\ncount: 1", r":\d+: t: count is '1', expected a whole number from 2"),
        ("rows: 5\ncount: 5", r":\d+: t: `count` stands beside rows that are listed"),
        ("rows: many", r":\d+: t: rows is 'many', expected a whole number, a list of rows, or `written`"),
        ("rows: [{a: [x]}]", r":\d+: t: a is a list, expected a text"),
        ("rows: [x]", r":\d+: a row of t is 'x', expected a mapping"),
    ],
)
def test_what_is_none_of_them_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        read(text)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(0, 9))
def test_rows_by_hand_are_written_as_they_are_read(rows: list[dict[str, str | None]], more: int) -> None:
    plan = Plan({"t": TablePlan("t", len(rows) + more, fixed=tuple(rows))})

    assert plan_of(plan_text(plan)) == plan


def test_a_short_row_takes_one_line() -> None:
    text = table_text(TablePlan("t", 40, fixed=({"email": "admin@example.com", "role": "admin"}, {"role": None})))

    assert text.splitlines()[2:] == ["count: 40", "rows:", "  - {email: admin@example.com, role: admin}", "  - {role: null}"]


def test_a_fingerprint_tells_rows_by_hand() -> None:
    plans = [Plan({"t": TablePlan("t", 3, fixed=fixed)}) for fixed in ((), ({"a": "x"},), ({"a": "y"},), ({"a": None},), ({"a": "x"}, {}))]

    assert len({fingerprint(plan) for plan in plans}) == len(plans)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (({"coed": "x"},), "users: row 1 of `rows` names coed (did you mean code?), which is no column of the table"),
        (({}, {"code": None}), "users.code: row 2 of `rows` is NULL, and the column is NOT NULL"),
        (({"code": "abcde"},), "users.code: row 1 of `rows` has 5 characters, varchar(4) takes 4"),
        (({"mood": "gald"},), "users.mood: row 1 of `rows`: 'gald' is no label of mood (did you mean glad?); it has glad, sad"),
        (({"boss_id": "1"},), "users.boss_id: row 1 of `rows` gives a foreign key, which the engine draws"),
        (({"twice": "xx"},), "users.twice: row 1 of `rows` gives a column that the database computes; take it out"),
        (({"code": "a", "mood": "sad"},) * 2, "users: rows 1 and 2 of `rows` have the same code, mood, which is unique"),
    ],
)
def test_a_row_that_the_schema_contradicts_is_told(rows: tuple[dict, ...], message: str) -> None:
    found = list(problems(TablePlan("users", 9, fixed=rows), USERS, Schema((USERS,))))

    assert [one for one in found if one.startswith(message)] == found
    assert len(found) == 1


def test_half_of_a_key_may_repeat() -> None:
    rows = ({"code": "a", "mood": "sad"}, {"code": "a", "mood": "glad"}, {"code": "a", "mood": None}, {"code": "a", "mood": None})

    assert list(problems(TablePlan("users", 9, fixed=rows), USERS, Schema((USERS,)))) == []
