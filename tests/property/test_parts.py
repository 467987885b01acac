"""A partial unique key holds for the rows of its part, whatever the plan draws, and growth moves no row into or out of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthseed.constraints.partial import part_of
from synthseed.editions import Ledger
from synthseed.engine.program import compile_program
from synthseed.errors import PlanError
from synthseed.plan import Choice, Tier
from synthseed.plan_yaml import fingerprint
from synthseed.planners import offline
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, Type, Unique

QUICK = settings(max_examples=25, deadline=None)
KEY, FLAG, TEXT, DAY = (
    Type("integer", Kind.INTEGER, bits=32),
    Type("boolean", Kind.BOOLEAN),
    Type("text", Kind.TEXT),
    Type("date", Kind.DATE),
)
PARENT = Table("customer", (Column("id", KEY, False),), None, Unique(("id",), primary=True))
CONDITIONS = {
    "chosen": lambda row: row["chosen"] == 1,
    "chosen = true AND gone_on IS NULL": lambda row: row["chosen"] == 1 and row["gone_on"] is None,
    "chosen IS TRUE": lambda row: row["chosen"] == 1,
    "NOT chosen": lambda row: row["chosen"] == 0,
    "status = 'active'": lambda row: row["status"] == "active",
    "status IN ('active', 'paused')": lambda row: row["status"] in ("active", "paused"),
    "gone_on IS NULL": lambda row: row["gone_on"] is None,
    "gone_on IS NOT NULL": lambda row: row["gone_on"] is not None,
}


def schema_of(condition, columns=("customer_id",)):
    """Return a schema whose second table has a partial unique key."""
    own = [Column("id", KEY, False), Column("customer_id", KEY, False), Column("tenant", KEY, False), Column("chosen", FLAG, False)]
    own += [Column("status", TEXT, False), Column("gone_on", DAY)]
    table = Table("place", tuple(own), None, Unique(("id",), primary=True), (ForeignKey(("customer_id",), "customer", ("id",)),),
                  uniques=(Unique(columns, "one", where=condition),))  # fmt: skip
    return Schema((PARENT, table), "postgresql")


def plan_of(schema):
    """Return the offline plan, with a status of three values, most of them inside, and a tenant of twelve."""
    plan = offline.plan(schema)
    table = plan.tables["place"]
    gens = {"status": one_of("active", "paused", "gone"), "tenant": one_of(*map(str, range(12)))}
    columns = tuple(replace(one, gen=gens.get(one.column, one.gen)) for one in table.columns)
    return replace(plan, tables={**plan.tables, "place": replace(table, columns=columns)})


def one_of(*values):
    return Choice((Tier(Decimal(100), values),))


def grown(schema, plan, editions):
    """Return the program of the last of some editions."""
    ledger, program = Ledger(), None
    for parents, rows in editions:
        program = compile_program(
            schema, plan, rows={"customer": parents, "place": rows}, as_of=0, ledger=ledger, plans={fingerprint(plan): plan}
        )
        ledger = replace(ledger, editions=(*ledger.editions, program.edition))
    return program


def rows_of(program, count):
    frame = program.frame("place", np.arange(count))
    names = ("customer_id", "tenant", "chosen", "status", "gone_on")
    cells = {name: frame.cells(name) for name in names}
    values = {name: one.array.to_pylist() if name == "status" else one.ints.tolist() for name, one in cells.items()}
    valid = {name: one.mask() for name, one in cells.items()}
    return [{name: values[name][at] if valid[name][at] else None for name in names} for at in range(count)]


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("column", ["customer_id", "tenant"])
@QUICK
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 60)), min_size=1, max_size=3))
def test_no_two_rows_of_the_part_have_the_key_in_common_and_growth_moves_none(condition, column, editions):
    schema = schema_of(condition, (column,))
    plan = plan_of(schema)
    program, count = grown(schema, plan, editions), sum(rows for _, rows in editions)
    rows = rows_of(program, count)
    inside = Counter(row[column] for row in rows if CONDITIONS[condition](row))
    before = sum(rows for _, rows in editions[:-1])

    assert not [key for key, many in inside.items() if many > 1]
    assert rows_of(grown(schema, plan, editions[:-1]), before) == rows[:before] if len(editions) > 1 else True


def test_many_rows_of_one_parent_are_planned_and_most_parents_have_one_inside():
    schema = schema_of("chosen")
    rows = rows_of(grown(schema, plan_of(schema), [(20, 200)]), 200)
    inside = Counter(row["customer_id"] for row in rows if row["chosen"])

    assert len(inside) >= 12
    assert set(inside.values()) == {1}
    assert len(rows) == 200


def test_a_part_that_no_value_leaves_is_refused():
    schema = schema_of("status = 'active'")
    plan = plan_of(schema)
    table = plan.tables["place"]
    columns = tuple(replace(one, gen=one_of("active")) if one.column == "status" else one for one in table.columns)
    plan = replace(plan, tables={**plan.tables, "place": replace(table, columns=columns)})

    with pytest.raises(PlanError, match="status: active may be there once, by a partial unique key"):
        grown(schema, plan, [(5, 20)])


@pytest.mark.parametrize("condition", ["status <> 'x'", "lower(status) = 'active'", "chosen OR gone_on IS NULL", "customer_id = 3"])
def test_a_part_that_nothing_is_known_to_leave_is_the_whole_table(condition):
    schema = schema_of(condition)
    table = schema.table("place")

    assert part_of(table.uniques[0], table, "postgresql", {"customer_id"}) is None
