"""The sample that a database is tried with: small, the same each time, and no row without its parents."""

from __future__ import annotations

import numpy as np
import pytest

from synthseed.editions import Ledger
from synthseed.engine.program import Program, compile_program
from synthseed.engine.sample import MOST, PICKED, sample
from synthseed.planners import offline
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, Type, Unique
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
