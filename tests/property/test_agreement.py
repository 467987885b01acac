"""Hold the engine to the specification in tests/law, value for value, on its own random schemas and histories."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import columns as C
import editions as E
import numpy as np
import pytest
import test_law
from hypothesis import HealthCheck, given, settings
from law import Refused as LawRefused

from synthseed.editions import Ledger
from synthseed.engine.cohorts import Cohorts
from synthseed.engine.fans import Driver, Fan
from synthseed.engine.links import Driven, Ordered, Own, Pair, Partner, Pick, Single, Tree
from synthseed.engine.program import compile_program
from synthseed.engine.tables import Counter
from synthseed.engine.urns import Places, Urn
from synthseed.engine.world import World
from synthseed.errors import Refused
from synthseed.plan import Choice, ColumnPlan, Expr, Follow, KeyPlan, Number, Plan, Quantiles, TablePlan, Tier
from synthseed.plan_yaml import fingerprint
from synthseed.schema import Column, ForeignKey, Kind, Schema, Sequence, Table, Type, Unique

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def world_of(law):
    """Return the engine's world of a law's tables and editions; tables of the law are in order, parents first."""
    cohorts = {name: Cohorts(name, own.gained.tolist(), own.found.tolist()) for name, own in law.cohorts.items()}
    world = World(law.seed, law.editions, {name: name for name in law.tables}, cohorts)
    for name, table in law.tables.items():
        world.links[name] = {column.column: link for column in table.columns if (link := link_of(column)) is not None}
        driver = test_law.driver_of(table)
        if driver:
            limits = law._limits(table, driver)
            spec = Driver(driver.column, driver.parent, driver.closed, driver.least, [driver.shape] * law.editions, driver.scattered)
            world.fans[name] = Fan(world.stream(name, driver.column), spec, cohorts[driver.parent], cohorts[name], limits)
    for name, links in world.links.items():
        for link in links.values():
            link.check(world, name)
    return world


def link_of(column):
    match column:
        case E.Driver():
            return Driven(column.column, column.parent)
        case C.Pick():
            return Pick(column.column, column.parent, column.exponent, column.nullable, column.apart)
        case C.Own():
            return Own(column.column, column.parent, column.via, column.nullable)
        case C.Single():
            return Single(column.column, column.parent)
        case C.Partner() if column.parent is not None:
            return Partner(column.column, column.parent, column.apart)
        case C.Pair():
            return Pair(column.column, column.parents, column.axis, column.apart)
        case C.Ordered():
            return Ordered(column.column, column.parent, column.columns, column.axis, column.unique)
        case C.Tree():
            return Tree(column.column, column.parent, True, column.roots)
    return None


@FEW
@given(test_law.histories())
def test_every_foreign_key_is_the_one_of_the_law(laws):
    law = laws[-1]
    world = world_of(law)

    for name in law.tables:
        rows = test_law.every_row(law, name)
        for label in world.links[name]:
            assert np.array_equal(world.members(name, label, rows), law.members(name, label, rows)), (name, label)


@FEW
@given(test_law.histories())
def test_slots_ordinals_and_children_are_those_of_the_law(laws):
    law = laws[-1]
    world = world_of(law)

    for name, fan in world.fans.items():
        rows = test_law.every_row(law, name)
        assert all(np.array_equal(ours, theirs) for ours, theirs in zip(fan.locate(rows), law.fans[name].locate(rows), strict=True))
        assert np.array_equal(fan.row(*fan.locate(rows)), rows)
        parents = np.arange(int(fan.parent.member[-1]))
        for edition in range(law.editions):
            ours, theirs = list(fan.slots(parents, edition)), list(law.fans[name].slots(parents, edition))
            assert len(ours) == len(theirs)
            assert all(np.array_equal(a, b) for one, two in zip(ours, theirs, strict=True) for a, b in zip(one, two, strict=True))


@FEW
@given(test_law.histories())
def test_unique_values_and_places_are_those_of_the_law(laws):
    law = laws[-1]
    world = world_of(law)

    for name, table in law.tables.items():
        rows = test_law.every_row(law, name)
        for column in table.columns:
            if isinstance(column, C.Unique) and column.tries == 1:
                found = tuple(np.array(values, np.int64) for values in column.found)
                urn = Urn(column.column, (column.column,), tuple(column.spaces), found)
                urn.check(world, name)
                assert np.array_equal(urn.index(world, name, rows), law.values(name, column.column, rows))
            if isinstance(column, C.Partner) and column.parent is None:
                drawn = Places(column.column, column.column, (column.places,) * law.editions)
                assert np.array_equal(drawn.index(world, name, rows), law.values(name, column.column, rows))


@FEW
@given(test_law.histories())
def test_counted_keys_are_those_of_the_law(laws):
    law = laws[-1]
    world = world_of(law)

    for name, own in law.cohorts.items():
        rows = test_law.every_row(law, name)
        counter = Counter(world.cohorts[name], own.first_key.tolist())
        assert np.array_equal(counter.values(rows), law.values(name, "id", rows))


class Twice:
    """State a column that is calculated: its rank is known from its cells alone."""

    column = "twice"

    def values(self, law, table, rows):
        return law.values(table, "few", rows) * 2


def followed(editions):
    """Return a law and an engine's program of the same columns, which follow each other in every way."""
    follows = [("b", "a", "-0.9", ""), ("c", "b", "0.5", ""), ("d", "twice", "0.8", ""), ("e", "id", "-0.45", ""), ("f", "a", "0.95", "up")]
    evens = [C.Even("a", 0, 99), *(C.Even(name, 0, 99, ref, rho, via) for name, ref, rho, via in follows)]
    law = C.Law(
        0,
        [
            C.Table("p", [C.Key("id"), C.Even("a", 0, 99)]),
            C.Table("t", [C.Key("id"), C.Pick("up", "p"), C.Even("few", 0, 9), Twice(), *evens]),
        ],
        [E.Edition({"p": rows, "t": rows * 2}) for rows in editions],
    )
    number = Number(Quantiles(*map(Decimal, (0, 25, 50, 75, 95, 100))))
    whole, key = Type("integer", Kind.INTEGER, bits=32), Column("id", Type("bigint", Kind.INTEGER, bits=64), False, sequence=Sequence())
    names, primary = ("few", "twice", *"abcdef"), Unique(("id",), primary=True)
    above = Table("p", (key, Column("a", whole)), None, primary)
    table = Table("t", (key, replace(key, name="up", sequence=None), *(Column(name, whole) for name in names)), None, primary,
                  (ForeignKey(("up",), "p", ("id",)),))  # fmt: skip
    gens = {"few": Choice((Tier(Decimal(1), tuple("0123456789")),)), "twice": Expr("few * 2")}
    columns = tuple(ColumnPlan(name, gens.get(name, number)) for name in names)
    told = tuple(Follow(name, f"{via}.{ref}" if via else ref, Decimal(rho)) for name, ref, rho, via in follows)
    plan = Plan({"p": TablePlan("p", 0, columns=(ColumnPlan("a", number),)),
                 "t": TablePlan("t", 0, fks=(KeyPlan("up", "pick"),), columns=columns, follow=told)})  # fmt: skip
    schema, ledger = Schema((above, table)), Ledger()
    for rows in editions:
        program = compile_program(
            schema, plan, rows={"p": rows, "t": rows * 2}, as_of=0, ledger=ledger, plans=dict.fromkeys([fingerprint(plan)], plan)
        )
        ledger = replace(ledger, editions=(*ledger.editions, program.edition))
    return law, program


@pytest.mark.parametrize("editions", [[1], [7, 0, 40], [30, 5, 1], [3000], [2100, 900]])
def test_ranks_and_bent_draws_are_those_of_the_law(editions):
    law, program = followed(editions)
    rows = test_law.every_row(law, "t")
    frame = program.frame("t", rows)

    for name in ("twice", "id", *"abcdef"):
        assert np.array_equal(frame.position(name).ints, law.position("t", name, rows)), name
    assert np.array_equal(frame.position("up.a").ints, law.position("t", "a", rows, "up"))
    for name in "bcdef":
        planned = program.tables["t"].specs[-1].columns[name]
        assert np.array_equal(planned.gen.drawn(frame, law.column("t", name).words(law, "t", rows)).ints, frame.cells(name).ints), name


REFUSED_BY_KEYS = [
    name
    for name in test_law.REFUSALS
    if name
    not in {"unique space without room for redraws", "sum over an open driver", "two drivers", "its own driver", "no parents at all"}
]


@pytest.mark.parametrize("name", REFUSED_BY_KEYS)
def test_what_the_law_refuses_the_engine_refuses(name, monkeypatch):
    build, _ = test_law.REFUSALS[name]
    with pytest.raises(LawRefused):
        build()
    law = lawless(build, monkeypatch)

    with pytest.raises(Refused):
        check_uniques(law, world_of(law))


def lawless(build, monkeypatch):
    """Return the tables and editions of a refusal, without the specification's own checks."""
    caught = {}

    class Unchecked(C.Law):
        def __init__(self, seed, tables, editions):
            self.seed, self.editions, self.tables = seed, len(editions), {table.name: table for table in tables}
            gained = {name: [max(edition.rows.get(name, 0), 0) for edition in editions] for name in self.tables}
            self.cohorts = {name: E.Cohorts(name, [E.Edition({name: rows}) for rows in gained[name]]) for name in self.tables}
            for name, cohorts in self.cohorts.items():
                cohorts.gained = np.array([edition.rows.get(name, 0) for edition in editions])
            caught["law"] = self

    monkeypatch.setattr(test_law, "Law", Unchecked)
    build()
    return caught["law"]


def check_uniques(law, world):
    for name, table in law.tables.items():
        for column in table.columns:
            if isinstance(column, C.Unique):
                found = tuple(np.array(values, np.int64) for values in column.found)
                Urn(column.column, (column.column,), tuple(column.spaces), found).check(world, name)
