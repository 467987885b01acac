"""Lists have as many elements as types and CHECKs want, and those that must be as long as each other are."""

from __future__ import annotations

import numpy as np
import pytest

from synthseed.engine.program import compile_program
from synthseed.planners import offline
from synthseed.schema import Check, Column, Kind, Schema, Table, Type, Unique

KEY, TEXT, UUID = Type("integer", Kind.INTEGER, bits=32), Type("text", Kind.TEXT), Type("uuid", Kind.UUID)


def lengths(*checks):
    """Return the lengths of 400 lists in each of three columns, as the CHECKs let them be."""
    lists = [Column(name, Type("a[]", Kind.ARRAY, element=one), False) for name, one in (("ids", UUID), ("names", TEXT), ("sizes", KEY))]
    told = tuple(Check(text, f"c{number}") for number, text in enumerate(checks))
    table = Table("t", (Column("id", KEY, False), *lists), None, Unique(("id",), primary=True), checks=told)
    schema = Schema((table,), "postgresql")
    program = compile_program(schema, offline.plan(schema), rows={"t": 400}, as_of=0)
    frame = program.frame("t", np.arange(400))
    return {name: np.array([len(one) for one in frame.cells(name).array]) for name in ("ids", "names", "sizes")}


@pytest.mark.parametrize("check", ["ids <> '{}'::uuid[]", "ids != '{}'", "cardinality(ids) > 0", "array_length(ids, 1) >= 1"])
def test_a_list_that_may_not_be_empty_is_not(check):
    free, found = lengths(), lengths(check)

    assert free["ids"].min() == 0
    assert (found["ids"].min(), found["ids"].max()) == (1, 3)
    assert np.array_equal(found["names"], free["names"])


def test_bounds_hold_at_both_ends():
    found = lengths("cardinality(names) between 2 and 5", "array_length(sizes, 1) = 7")

    assert set(found["names"].tolist()) == {2, 3}
    assert set(found["sizes"].tolist()) == {7}


def test_lists_that_must_be_as_long_as_each_other_are_within_the_bounds_of_all():
    found = lengths("cardinality(ids) = cardinality(names) AND cardinality(names) = cardinality(sizes)", "cardinality(sizes) > 0")

    assert np.array_equal(found["ids"], found["names"])
    assert np.array_equal(found["names"], found["sizes"])
    assert (found["ids"].min(), found["ids"].max()) == (1, 3)
