"""Two keys to one table that must differ lead to different rows, in every shape, as the law says and as growth allows."""

from __future__ import annotations

from itertools import pairwise

import columns as C
import editions as E
import numpy as np
import pytest
import test_law
from hypothesis import given, settings
from hypothesis import strategies as st
from law import NULL
from law import Refused as LawRefused
from test_agreement import world_of

from synthseed.errors import Refused
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique

QUICK = settings(max_examples=40, deadline=None)
# Six parents at first, whom fifteen pairs are made of: enough for all rows of a history.
EDITIONS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=4)
HISTORIES = EDITIONS.map(lambda found: [(6, found[0][1]), *found[1:]])
KEYS = (("t", "abc"), ("u", "ab"), ("v", "ab"), ("w", "ab"), ("x", "ab"))


def law_of(history):
    """Return a law of three tables that point twice or thrice at one: by picks, under a driver, as pairs."""
    picks = [C.Pick("a", "p", "0.6"), C.Pick("b", "p", "1", apart=("a",)), C.Pick("c", "p", nullable=True, apart=("a", "b"))]
    driven = [E.Driver("a", "p", closed=False), C.Partner("b", "p", apart="a")]
    pairs = [C.Pair("a", ("p", "p"), 0, apart=True), C.Pair("b", ("p", "p"), 1, apart=True)]
    ordered = [C.Ordered("a", "p", ("a", "b"), 0, unique=False), C.Ordered("b", "p", ("a", "b"), 1, unique=False)]
    once = [C.Ordered("a", "p", ("a", "b"), 0), C.Ordered("b", "p", ("a", "b"), 1)]
    tables = [C.Table("p", [C.Key("id")])]
    tables += [
        C.Table(name, [C.Key("id"), *keys]) for name, keys in (("t", picks), ("u", driven), ("v", pairs), ("w", ordered), ("x", once))
    ]
    return C.Law(3, tables, [E.Edition({"p": born, "t": rows, "u": rows, "v": rows, "w": rows, "x": rows}) for born, rows in history])


@QUICK
@given(HISTORIES)
def test_keys_that_must_differ_do_and_are_those_of_the_law(history):
    law = law_of(history)
    world = world_of(law)

    for name, labels in KEYS:
        rows = test_law.every_row(law, name)
        found = {label: world.members(name, label, rows) for label in labels}
        for label in labels:
            assert np.array_equal(found[label], law.members(name, label, rows)), (name, label)
        for one, other in pairwise(labels):
            assert not ((found[one] == found[other]) & (found[one] != NULL)).any()
        assert name not in "wx" or (found["a"] < found["b"]).all()
        assert name in "tw" or len(set(zip(found["a"].tolist(), found["b"].tolist(), strict=True))) == len(rows)


@QUICK
@given(HISTORIES)
def test_a_later_edition_moves_no_key(history):
    before, after = world_of(law_of(history)), world_of(law_of([*history, (3, 9)]))
    rows = test_law.every_row(law_of(history), "t")

    for name, labels in KEYS:
        for label in labels:
            assert np.array_equal(before.members(name, label, rows), after.members(name, label, rows)), (name, label)


@pytest.mark.parametrize("history", [[(1, 5)], [(4, 13)]])
def test_more_rows_than_there_are_other_parents_are_refused_by_both(history):
    with pytest.raises(LawRefused):
        law_of(history)

    tables = [C.Table("p", [C.Key("id")]), C.Table("v", [C.Pair("a", ("p", "p"), 0, apart=True), C.Pair("b", ("p", "p"), 1, apart=True)])]
    law = C.Law(3, tables, [E.Edition({"p": history[0][0], "v": 0})])
    law.cohorts["v"] = E.Cohorts("v", [E.Edition({"v": history[0][1]})])
    with pytest.raises(Refused, match="pairs of p and p"):
        world_of(law)


KEY = Type("integer", Kind.INTEGER, bits=32)


@pytest.mark.parametrize("check", ["a <> b", "a != b", "NOT a = b", "b <> a AND a > 0", "a < b", "b > a AND a > 0"])
@pytest.mark.parametrize("keys", ["pk", "none", "single"])
def test_a_check_that_keys_differ_shapes_them(check, keys):
    from synthseed.engine.program import compile_program
    from synthseed.planners import offline

    parent = Table("p", (Column("id", KEY, False),), None, Unique(("id",), primary=True))
    unique = {"pk": Unique(("a", "b"), primary=True), "none": Unique(("id",), primary=True), "single": Unique(("a",), primary=True)}[keys]
    columns = (*((Column("id", KEY, False),) if keys == "none" else ()), Column("a", KEY, False), Column("b", KEY, False))
    foreign = tuple(ForeignKey((name,), "p", ("id",)) for name in "ab")
    table = Table("t", columns, None, unique, foreign, checks=(Check(check, "c", ("a", "b")),))
    schema = Schema((parent, table), "postgresql")

    rows = 12 if keys == "single" else 60
    program = compile_program(schema, offline.plan(schema), rows={"p": 12, "t": rows}, as_of=0)
    made = program.frame("t", np.arange(rows))
    a, b = made.cells("a").ints, made.cells("b").ints

    ordered = check in ("a < b", "b > a AND a > 0")
    assert keys != "single" or len(set(a.tolist())) == rows
    if ordered and keys == "single":
        return  # one row per parent, and in order: no shape has both, and the database refuses it by name
    assert (a < b).all() if ordered else (a != b).all()
    assert keys != "pk" or len(set(zip(a.tolist(), b.tolist(), strict=True))) == rows
