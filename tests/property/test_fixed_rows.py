"""Rows by hand stay where the plan puts them, no generated value equals one, and growth moves nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from synthseed import chunk
from synthseed.cells import numbers
from synthseed.editions import Ledger
from synthseed.engine.program import Program, compile_program
from synthseed.engine.standing import Standing
from synthseed.errors import PlanError, Refused
from synthseed.plan import (
    Choice,
    ColumnPlan,
    Joint,
    JointRow,
    JointTable,
    KeyPlan,
    Number,
    Plan,
    Quantiles,
    Semantic,
    TablePlan,
    Template,
    Tier,
)
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, Type, Unique

AS_OF = 1_760_000_000_000_000
INT = Type("integer", Kind.INTEGER, bits=32)
WORDS = Type("text", Kind.TEXT)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
TO_60 = Number(Quantiles(*(Decimal(q) for q in (1, 15, 30, 45, 57, 60))))
LETTERS = tuple(f"v{number}" for number in range(60))
MAKERS = {
    "number": (INT, TO_60, [str(number) for number in range(1, 61)] + ["777", "-4"]),
    "choice": (WORDS, Choice((Tier(Decimal(100), LETTERS),)), [*LETTERS, "other"]),
    "sequence": (WORDS, Template((Tier(Decimal(100), ("SKU-{seq:3}",)),)), [f"SKU-{number:03}" for number in range(70)]),
    "letters": (
        WORDS,
        Template((Tier(Decimal(100), ("{upper:1}{digits:1}",)),)),
        [f"{letter}{digit}" for letter in "ABCDEF" for digit in range(10)],
    ),
    "login": (WORDS, Semantic("username", "person"), ["admin", "root"]),
    "phone": (WORDS, Semantic("phone"), ["+1 202-555-0101", "(202) 555-0123"]),
    "hash": (WORDS, Semantic("sha256"), ["00" * 32]),
    "plate": (WORDS, Semantic("license_plate"), ["ABC 123"]),
    "email": (WORDS, Semantic("email", "person"), ["admin@example.com", "a@example.org"]),
}


def table(type_: Type, *uniques: tuple[str, ...], more: dict[str, Type] | None = None) -> Table:
    columns = (Column("id", INT, nullable=False), Column("x", type_, nullable=False))
    columns += tuple(Column(name, kind, nullable=False) for name, kind in (more or {}).items())
    return Table("t", columns, primary_key=Unique(("id",), primary=True), uniques=tuple(Unique(unique) for unique in uniques))


def grown(schema: Schema, plans: list[Plan], sizes: list[dict[str, int]]) -> list[Program]:
    ledger, known, made = Ledger(), {}, []
    for plan, rows in zip(plans, sizes, strict=True):
        program = compile_program(schema, plan, rows=rows, as_of=AS_OF, ledger=ledger, plans=known)
        known[program.edition.plan] = plan
        ledger = replace(ledger, editions=(*ledger.editions, program.edition))
        made.append(program)
    return made


def values(program: Program, *names: str, rows: np.ndarray | None = None) -> list[tuple]:
    known = program.tables["t"]
    cells = program.cells("t", np.arange(known.cohorts.rows) if rows is None else rows, names)
    return list(zip(*(chunk.python(chunk.to_arrow(cells[name], known.columns[name].type)) for name in names), strict=True))


@QUICK
@given(
    st.sampled_from(sorted(MAKERS)),
    st.lists(st.integers(0, 69), unique=True, max_size=12),
    st.lists(st.integers(0, 20), min_size=1, max_size=3),
)
def test_no_generated_value_equals_one_by_hand(name: str, picked: list[int], sizes: list[int]) -> None:
    type_, gen, listed = MAKERS[name]
    fixed = tuple({"x": text} for text in dict.fromkeys(listed[pick % len(listed)] for pick in picked))
    plan = Plan({"t": TablePlan("t", 20, columns=(ColumnPlan("x", gen),), fixed=fixed)})
    sizes = [max(sizes[0], len(fixed)), *sizes[1:]]
    made = grown(Schema((table(type_, ("x",)),)), [plan] * len(sizes), [{"t": size} for size in sizes])

    found = [values(program, "x") for program in made]
    assert [str(x) for (x,) in found[-1][: len(fixed)]] == [row["x"] for row in fixed]
    assert len(set(found[-1])) == len(found[-1])
    for shorter in found:
        assert found[-1][: len(shorter)] == shorter


@QUICK
@given(
    st.sampled_from(["number", "choice", "sequence", "letters"]),
    st.lists(st.integers(0, 69), unique=True, max_size=8),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 8)), min_size=2, max_size=4),
)
def test_a_list_that_grows_moves_no_row_that_stands(name: str, picked: list[int], steps: list[tuple[int, int]]) -> None:
    type_, gen, listed = MAKERS[name]
    texts = list(dict.fromkeys(listed[pick % len(listed)] for pick in picked))
    schema, listing = Schema((table(type_, ("x",)),)), sorted(count for _, count in steps)
    plans = [Plan({"t": TablePlan("t", 20, columns=(ColumnPlan("x", gen),), fixed=tuple({"x": x} for x in texts[:n]))}) for n in listing]
    try:
        made = grown(schema, plans, [{"t": size} for size, _ in steps])
    except Refused:  # a row that stands drew the value before it was listed
        return

    found, stood = [values(program, "x") for program in made], 0
    for plan, rows in zip(plans, found, strict=True):
        for number, row in enumerate(plan.tables["t"].fixed[stood : len(rows)], stood):
            assert str(found[-1][number][0]) == row["x"]
        stood = len(rows)
        assert found[-1][: len(rows)] == rows
    assert len(set(found[-1])) == len(found[-1])


def test_rows_do_not_depend_on_the_order_in_which_they_are_asked_for() -> None:
    for type_, gen, listed in MAKERS.values():
        plan = Plan({"t": TablePlan("t", 20, columns=(ColumnPlan("x", gen),), fixed=tuple({"x": x} for x in listed[:3]))})
        program = grown(Schema((table(type_, ("x",)),)), [plan], [{"t": 40}])[0]
        whole, order = values(program, "x"), np.random.default_rng(0).permutation(40)

        assert [values(program, "x", rows=order[at : at + 1])[0] for at in range(40)] == [whole[row] for row in order]


def spread(*texts: str) -> Choice:
    return Choice((Tier(Decimal(100), texts),))


@QUICK
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz?")), unique=True, max_size=10),
    st.lists(st.integers(0, 8), min_size=1, max_size=3),
)
def test_no_pair_of_values_equals_one_by_hand(pairs: list[tuple[str, str]], sizes: list[int]) -> None:
    fixed = tuple({"x": x, "y": y} for x, y in pairs)
    columns = (ColumnPlan("x", spread(*"abcdef")), ColumnPlan("y", spread(*"uvwxyz")))
    plan = Plan({"t": TablePlan("t", 20, columns=columns, fixed=fixed)})
    schema = Schema((table(WORDS, ("x", "y"), more={"y": WORDS}),))
    made = grown(schema, [plan] * len(sizes), [{"t": size + (len(fixed) if not at else 0)} for at, size in enumerate(sizes)])

    found = [values(program, "x", "y") for program in made]
    assert found[-1][: len(pairs)] == pairs
    assert len(set(found[-1])) == len(found[-1])
    for shorter in found:
        assert found[-1][: len(shorter)] == shorter


@QUICK
@given(
    st.lists(st.sampled_from(["a", "b", "c", "d", "other", None]), max_size=8),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 8)), min_size=1, max_size=3),
)
def test_no_sibling_has_the_value_of_one_by_hand(texts: list[str | None], sizes: list[tuple[int, int]]) -> None:
    fixed = tuple({} if text is None else {"x": text} for text in texts)
    above = Table("p", (Column("id", INT, nullable=False),), primary_key=Unique(("id",), primary=True))
    child = replace(table(WORDS, ("p_id", "x"), more={"p_id": INT}), foreign_keys=(ForeignKey(("p_id",), "p", ("id",)),))
    key = KeyPlan("p_id", "driver")
    plan = Plan({"p": TablePlan("p", 5), "t": TablePlan("t", 20, columns=(ColumnPlan("x", spread(*"abcdef")),), fks=(key,), fixed=fixed)})
    try:
        made = grown(Schema((above, child)), [plan] * len(sizes), [{"p": parents + 2, "t": rows} for parents, rows in sizes])
    except Refused:  # two rows by hand came to one parent, or to one where the value stands; or there are too few parents
        return

    found = [values(program, "p_id", "x") for program in made]
    assert len(set(found[-1])) == len(found[-1])
    for row, text in zip(found[-1], texts, strict=False):
        assert text in (None, row[1])
    for shorter in found:
        assert found[-1][: len(shorter)] == shorter


def test_no_row_of_a_joint_table_comes_again_beside_one_by_hand() -> None:
    cities = JointTable("place", ("x", "y"), tuple(JointRow(Decimal(1), (x, y)) for x in "abc" for y in "uvw"))
    columns = tuple(ColumnPlan(name, Joint("place", name)) for name in "xy")
    fixed = ({"x": "b", "y": "w"}, {"x": "a", "y": "elsewhere"}, {"x": "c", "y": "u"})
    plan = Plan({"t": TablePlan("t", 10, columns=columns, joints=(cities,), fixed=fixed)})
    schema = Schema((table(WORDS, ("x", "y"), more={"y": WORDS}),))
    made = grown(schema, [plan] * 2, [{"t": 5}, {"t": 4}])

    found = values(made[-1], "x", "y")
    assert found[:3] == [("b", "w"), ("a", "elsewhere"), ("c", "u")]
    assert len(set(found)) == 9
    with pytest.raises(PlanError, match="row 1 of `rows` gives some of x, y, which are unique together"):
        grown(schema, [replace(plan, tables={"t": replace(plan.tables["t"], fixed=({"y": "w"},))})], [{"t": 5}])


def test_null_in_a_pair_by_hand_is_like_nothing() -> None:
    columns = (ColumnPlan("x", spread(*"ab")), ColumnPlan("y", spread(*"uv")))
    fixed = ({"x": "a", "y": None}, {"x": "a", "y": None}, {"y": None}, {"x": "b", "y": "v"})
    plan = Plan({"t": TablePlan("t", 20, columns=columns, fixed=fixed)})
    schema = Schema((table(WORDS, ("x", "y"), more={"y": WORDS}),))
    known = schema.table("t")
    schema = Schema((replace(known, columns=(*known.columns[:2], Column("y", WORDS))),))

    found = values(grown(schema, [plan], [{"t": 4}])[0], "x", "y")
    assert [y for _, y in found] == [None, None, None, "v"]


def test_part_of_a_pair_by_hand_is_refused() -> None:
    columns = (ColumnPlan("x", spread(*"abcdef")), ColumnPlan("y", spread(*"uvwxyz")))
    plan = Plan({"t": TablePlan("t", 20, columns=columns, fixed=({"x": "a"},))})

    with pytest.raises(PlanError, match="row 1 of `rows` gives some of x, y, which are unique together"):
        grown(Schema((table(WORDS, ("x", "y"), more={"y": WORDS}),)), [plan], [{"t": 3}])


def test_a_key_that_counts_up_is_given_as_it_counts_in_its_own_edition() -> None:
    schema, stands = Schema((table(INT),)), {"t": Standing(({}, {"id": numbers(np.array([41]))}))}
    plans = [Plan({"t": TablePlan("t", 9, columns=(ColumnPlan("x", TO_60),), fixed=({}, {}, {"id": key}))}) for key in ("3", "42")]

    def second(plan: Plan) -> Program:
        first = compile_program(schema, plan, rows={"t": 2}, as_of=AS_OF)
        ledger = Ledger((first.edition,))
        return compile_program(schema, plan, rows={"t": 2}, as_of=AS_OF, ledger=ledger, plans={first.edition.plan: plan}, standing=stands)

    with pytest.raises(PlanError, match=r"t\.id: row 3 of `rows` gives 3, and this key counts up: its row 3 is 42"):
        second(plans[0])
    assert values(second(plans[1]), "id") == [(1,), (2,), (42,), (43,)]


def test_a_column_by_hand_alone_is_refused_where_the_database_would_fill_it() -> None:
    known = table(WORDS)
    known = replace(known, columns=(*known.columns, Column("role", WORDS, nullable=False, default="'user'"), Column("note", WORDS)))
    plans = [Plan({"t": TablePlan("t", 2, columns=(ColumnPlan("x", spread("a")),), fixed=({name: "y"},))}) for name in ("note", "role")]

    assert values(grown(Schema((known,)), plans[:1], [{"t": 2}])[0], "note") == [("y",), (None,)]
    with pytest.raises(PlanError, match=r"t\.role: `rows` gives it by hand, and for the other rows it is not planned"):
        grown(Schema((known,)), plans[1:], [{"t": 2}])
