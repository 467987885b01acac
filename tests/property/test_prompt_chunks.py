"""However a schema is made, each column is asked for once, and the calls are few."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from synthseed.planners.model.chunks import COLUMNS, TABLES, brief, chunks, halves, whole
from synthseed.planners.model.prompt import plan_requests
from synthseed.planners.model.request import Guidance
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, Type, Unique

INT = Type("integer", Kind.INTEGER, bits=32)
TEXT = Type("text", Kind.TEXT)


def table(name: str, count: int, parents: dict[str, bool]) -> Table:
    """Return a table with so many planned columns; `parents` says which keys may be NULL."""
    keys = tuple(ForeignKey((f"{parent}_id",), parent, ("id",)) for parent in parents)
    return Table(
        name,
        (
            Column("id", INT, False),
            *(Column(key.columns[0], INT, parents[key.parent]) for key in keys),
            *(Column(f"c{at}", TEXT) for at in range(count)),
        ),
        primary_key=Unique(("id",), primary=True),
        foreign_keys=keys,
    )


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """Draw tables of any width, whose keys point anywhere: backwards, forwards, to themselves, outside of the schema."""
    widths = draw(st.lists(st.one_of(st.integers(0, 12), st.integers(20, 130), st.integers(0, 400)), max_size=40))
    places = st.integers(0, len(widths))
    tables = [
        table(f"t{at}", width, draw(st.dictionaries(places.map("t{}".format), st.booleans(), max_size=3)))
        for at, width in enumerate(widths)
    ]
    return Schema(tuple(tables))


@given(schemas())
@settings(max_examples=80)
def test_each_table_and_column_is_asked_for_exactly_once(schema: Schema) -> None:
    requests = plan_requests(schema, Guidance())

    asked = [column for request in requests for column in request.columns]
    assert sorted(asked) == sorted(f"{part.table}.{column}" for part in whole(schema) for column in part.columns)
    assert {key for request in requests for key in request.tables} == {one.key for one in schema.tables}
    assert len(requests) <= 1 + -(-len(asked) // 50)
    for request in requests:
        assert len(request.columns) < 100
        for key in request.tables:
            assert sum(line == key or line.startswith(f"{key}, only") for line in request.user.splitlines()) == 1


@given(schemas())
@settings(max_examples=40)
def test_halves_of_halves_end_and_lose_nothing(schema: Schema) -> None:
    for chunk in chunks(schema, whole(schema)):
        todo, found = [chunk], []
        while todo:
            one = todo.pop()
            two = halves(one)
            todo += two
            found += [] if two else [(part.table, column) for part in one for column in part.columns]

        assert sorted(found) == sorted((part.table, column) for part in chunk for column in part.columns)


def parent_of(shape: str, at: int) -> dict[str, bool]:
    if at == 0 or shape == "flat":
        return {}
    parents = {"chain": (at - 1,), "tree": ((at - 1) // 3,), "star": (0,), "net": (at // 2, at // 3), "circle": ((at + 1) % 200, at - 1)}
    return {f"t{one}": False for one in parents[shape]}


@pytest.mark.parametrize("shape", ["flat", "chain", "tree", "star", "net", "circle"])
@pytest.mark.parametrize("width", [0, 1, 2, 27, 45, 49, 50, 81, 99])
def test_two_hundred_tables_take_few_calls(shape: str, width: int) -> None:
    schema = Schema(tuple(table(f"t{at}", width, parent_of(shape, at)) for at in range(200)))

    found = chunks(schema, whole(schema))
    assert len(found) <= 1 + -(-200 * width // 50)
    assert all(len(chunk) <= 110 for chunk in found) or width == 0
    assert max(sum(part.weight for part in chunk) for chunk in found) <= 99


def test_a_table_of_1600_columns_is_cut_by_columns() -> None:
    requests = plan_requests(Schema((table("wide", 1599, {}),)), Guidance())

    assert [len(one.columns) for one in requests] == [79] + [80] * 19
    assert requests[0].limit < 32_000
    assert "(fks" not in requests[0].user.partition("<plan_for>")[2]
    assert all("(fks" in one.user.partition("<plan_for>")[2] for one in requests[1:])
    assert all(len(one.user) < 8_000 for one in requests)


def test_a_small_schema_is_one_call_and_has_no_brief() -> None:
    schema = Schema(tuple(table(f"t{at}", COLUMNS // TABLES, parent_of("tree", at)) for at in range(TABLES)))

    (request,) = plan_requests(schema, Guidance())
    assert "<brief>" not in request.user


def test_parents_come_first_and_families_stay_together() -> None:
    tables = []
    for family in "abcd":
        tables += [table(f"{family}_lines", 10, {f"{family}_orders": False}), table(f"{family}_orders", 10, {f"{family}_people": False})]
        tables += [table(f"{family}_people", 10, {}), table(f"{family}_notes", 10, {f"{family}_people": True})]
    schema = Schema(tuple(tables))

    found = [[part.table for part in chunk] for chunk in chunks(schema, whole(schema))]
    flat = [key for chunk in found for key in chunk]
    for one in schema.tables:
        assert all(flat.index(key.parent) < flat.index(one.key) for key in one.foreign_keys)
    assert [{key[0] for key in chunk} for chunk in found] == [{"a", "b"}, {"c", "d"}]


def test_the_brief_has_a_line_per_table() -> None:
    schema = Schema((table("customers", 3, {}), table("orders", 4, {"customers": False}), table("a<b>\n", 1, {"nowhere": True})))

    first, second, third = brief(schema).splitlines()
    assert first.startswith("customers: entity, ")
    assert second.startswith("orders -> customers: ")
    assert second.endswith("6 columns")
    assert third.startswith('"a\\u003cb\\u003e\\n" -> nowhere: ')
