"""The sample that a database is tried with: small, the same each time, and no row without its parents."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from synthseed.editions import Ledger
from synthseed.engine.program import Program, compile_program
from synthseed.engine.sample import MOST, PICKED, sample
from synthseed.plan import Choice, Tier
from synthseed.planners import offline
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique
from synthseed.streams import NULL

AS_OF = 1_760_000_000_000_000
INT = Type("integer", Kind.INTEGER, bits=32)


def table(name: str, *parents: str, loose: bool = True) -> Table:
    """A table with a key to each parent; one to itself takes NULL."""
    keys = tuple(ForeignKey((f"{parent}_id",), parent, ("id",)) for parent in parents)
    columns = tuple(Column(f"{parent}_id", INT, nullable=parent == name and loose) for parent in parents)
    return Table(name, (Column("id", INT, nullable=False), *columns), primary_key=Unique(("id",), primary=True), foreign_keys=keys)


SHOP = Schema((table("city"), table("shop", "city", "shop"), table("sale", "shop", "city"), table("line", "sale")))
CIRCLE = Schema((table("left", "right"), table("right", "left"), table("tree", "tree", loose=False)))


def program(schema: Schema, rows: int, ledger: Ledger | None = None) -> Program:
    plan = offline.plan(schema, every=rows)
    before = ledger or Ledger()
    return compile_program(schema, plan, rows=dict.fromkeys(schema.by_key, rows), as_of=AS_OF, ledger=before)


def orphans(made: Program, found: dict[str, np.ndarray]) -> int:
    """Count the rows of a sample whose new parents are not in it."""
    count = 0
    for key, rows in found.items():
        for label, link in made.world.links[key].items():
            if made.order.index(link.parent) > made.order.index(key):
                continue  # in a circle one key waits
            member = made.frame(key, rows).members(label)
            above = made.world.cohorts[link.parent].row_of(member[member != NULL])
            new = above[above >= made.gained(link.parent).start]
            count += int((~np.isin(new, found.get(link.parent, new[:0]))).sum())
    return count


@pytest.mark.parametrize("schema", [SHOP, CIRCLE], ids=["shop", "circle"])
@pytest.mark.parametrize("rows", [1, 7, 5_000])
def test_no_row_is_without_its_parents(schema: Schema, rows: int) -> None:
    made = program(schema, rows)

    found = sample(made)

    assert orphans(made, found) == 0
    assert set(found) == set(schema.by_key)


def test_a_sample_holds_the_first_and_the_last_rows_and_few_others() -> None:
    found = sample(program(SHOP, 5_000))

    assert {0, 4_999} <= set(found["line"].tolist())
    assert 3 <= len(found["line"]) <= PICKED
    assert max(map(len, found.values())) <= MOST


def test_the_same_program_has_the_same_sample() -> None:
    first, second = sample(program(SHOP, 900)), sample(program(SHOP, 900))

    assert {key: rows.tolist() for key, rows in first.items()} == {key: rows.tolist() for key, rows in second.items()}


def test_only_new_rows_are_in_a_sample() -> None:
    before = program(SHOP, 300)
    made = program(SHOP, 300, Ledger((before.edition,)))

    found = sample(made)

    assert min(int(rows.min()) for rows in found.values()) >= 300
    assert orphans(made, found) == 0


@pytest.mark.parametrize("check", ["size <> 777 or shop_id < 0", "length(word) = 3 and not size = 777", "not_a_function(size) > 1"])
def test_rows_that_a_check_is_false_for_are_tried_as_far_as_that_can_be_told(check: str) -> None:
    columns = (Column("size", INT, nullable=False), Column("word", Type("text", Kind.TEXT), nullable=False))
    base = table("box", "shop")
    boxes = replace(base, columns=(*base.columns, *columns), checks=(Check(check, "c"),))
    schema = Schema((table("shop"), boxes))
    plan = offline.plan(schema, every=5_000)
    gens = {"size": one_of((Decimal("99.5"), "1"), (Decimal("0.5"), "777")), "word": one_of((Decimal(100), "xyz"))}
    planned = plan.tables["box"]
    mine = replace(planned, columns=tuple(replace(one, gen=gens.get(one.column, one.gen)) for one in planned.columns), overrides=())
    made = compile_program(schema, replace(plan, tables={**plan.tables, "box": mine}), rows={"shop": 50, "box": 5_000}, as_of=AS_OF)

    rows = sample(made)["box"]
    odd = made.frame("box", rows).cells("size").ints == 777

    assert len(rows) <= MOST
    assert (odd.sum() >= 4) == (not check.startswith("not_a"))  # 1 in 200: a picked few would hold none, or one


def one_of(*tiers: tuple[Decimal, str]) -> Choice:
    return Choice(tuple(Tier(share, (value,)) for share, value in tiers))
