"""Compile schema, plan and editions into a program: every error that a plan can have is raised here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from synthseed.cells import Cells, merged
from synthseed.constraints.facts import Value
from synthseed.constraints.partial import Part
from synthseed.editions import Edition
from synthseed.engine.arrays import Repeated, lengths
from synthseed.engine.cohorts import MOST_ROWS, Cohorts
from synthseed.engine.fans import Driver, Fan
from synthseed.engine.fixed import given
from synthseed.engine.follow import Following, following
from synthseed.engine.links import Link, Own, Partner
from synthseed.engine.shapes import Shaped, lorenz, shape
from synthseed.engine.standing import Standing
from synthseed.engine.tables import Counter, Outside, Override, Planned, Spec, TableProgram
from synthseed.engine.uniques import Uniques
from synthseed.engine.world import World
from synthseed.errors import PlanError, need
from synthseed.expressions import children, parse
from synthseed.generators.base import Generator, Setting
from synthseed.generators.build import build
from synthseed.plan import Choice, ColumnPlan, Expr, Gen, Joint, KeyPlan, Null, Plan, SameAs, TablePlan, Tier
from synthseed.plan_fit import follows, no_rank, unranked
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, owned


@dataclass(frozen=True)
class History:
    """Hold all editions, oldest first, the newest one last, and the plan of each."""

    editions: tuple[Edition, ...]
    plans: tuple[Plan, ...]
    standing: Mapping[str, Standing]

    def gained(self, table: str) -> list[int]:
        """Return the rows that each edition gained."""
        return [edition.rows.get(table, 0) for edition in self.editions]

    def found(self, table: str) -> list[int]:
        """Return the rows that stood before each edition."""
        standing = self.standing.get(table, Standing())
        return [standing.count(edition) for edition in range(len(self.editions))]

    def table_plan(self, table: str, edition: int) -> TablePlan:
        """Return a table's plan in an edition; an empty one where the plan doesn't know the table."""
        return self.plans[edition].tables.get(table, TablePlan(table, 0))


def compile_tables(schema: Schema, history: History) -> tuple[World, dict[str, TableProgram], tuple[str, ...]]:
    """Return the world, the compiled tables, and notes on what was decided for the user.

    Raises:
        PlanError: The plan does not fit the schema.
        SchemaError: Something of the schema stands in the way.
        Refused: No rows can satisfy plan and editions.
    """
    last = len(history.editions) - 1
    cohorts = {key: Cohorts(key, history.gained(key), history.found(key)) for key in schema.by_key}
    names = {key: history.table_plan(key, last).stream or key for key in schema.by_key}
    world = World(history.plans[last].seed, last + 1, names, cohorts)
    summed = _summed(history)

    def counted(key: str, column: str) -> bool:
        table = schema.table(key)
        return is_counted(table, table.column(column), history.table_plan(key, last))

    shaped = {key: shape(schema, table, history.table_plan(key, last), counted) for key, table in schema.by_key.items()}
    tables = {key: _table(schema, table, history, cohorts[key], shaped[key]) for key, table in schema.by_key.items()}
    for key, one in shaped.items():
        world.links[key] = one.links
    for key in schema.by_key:
        uniques = _uniques(schema, tables[key], history, shaped[key], world)
        _specs(schema, tables[key], history, uniques)
        limits = uniques.settle()
        if shaped[key].driver is not None:
            world.fans[key] = _fan(world, key, shaped[key], history, limits, summed)
        elif any(limit is not None for limit in limits):
            raise PlanError(f"{key}: values that are unique per parent need a key with `mode: driver`")
    _check(world, tables)
    return world, tables, tuple(note for one in shaped.values() for note in one.notes)


def _summed(history: History) -> set[str]:
    """Return the tables whose parents sum, count or otherwise gather them, by any plan."""
    gathered = set()
    for plan in history.plans:
        for table in plan.tables.values():
            gens = [column.gen for column in table.columns] + [override.gen for override in table.overrides]
            texts = [gen.expr for gen in gens if isinstance(gen, Expr)] + [override.when for override in table.overrides]
            gathered |= {child for text in texts for _, child, _ in children(parse(text))}
    return gathered


def _check(world: World, tables: Mapping[str, TableProgram]) -> None:
    for key, links in world.links.items():
        for link in links.values():
            link.check(world, key)
    for key, table in tables.items():
        for draw in table.draws.values():
            draw.check(world, key)


def _fan(world: World, key: str, shaped: Shaped, history: History, limits: Sequence[int | None], summed: set[str]) -> Fan:
    label = shaped.driver
    assert label is not None
    plans = [history.table_plan(key, edition).by_key.get(label, KeyPlan(label, "driver")) for edition in range(world.editions)]
    newest = plans[-1]
    closed = newest.closed if newest.closed is not None else key in summed
    least = int(newest.fanout.min) if newest.fanout else 0
    parent = shaped.links[label].parent
    driver = Driver(label, parent, closed, least, [lorenz(plan.fanout) for plan in plans], scattered=not closed)
    ends = [
        [1] * world.editions if shaped.once else [None] * world.editions,
        list(limits),
        *(_balls(world, shaped.links[label]) for label in shaped.partners),
    ]
    each = [min((limit for limit in column if limit is not None), default=None) for column in zip(*ends, strict=True)]
    return Fan(world.stream(key, label), driver, world.cohorts[parent], world.cohorts[key], each)


def _balls(world: World, link: Link) -> list[int]:
    assert isinstance(link, Partner)
    return link.ends(world)


# ---------------------------------------------------------------------------------------------- one table
def _table(schema: Schema, table: Table, history: History, cohorts: Cohorts, shaped: Shaped) -> TableProgram:
    owners: dict[str, tuple[str, str]] = {}

    def weight(key: ForeignKey) -> tuple[int, bool, bool]:
        """Order keys by what owns a column that they share: the wider one, not one that follows another, the driver."""
        link = shaped.links.get(key.label)
        return -len(key.columns), isinstance(link, Own) and bool(link.above), key.label != shaped.driver

    for key in sorted(table.foreign_keys, key=weight):
        if key.label in shaped.links and shaped.links[key.label].parent == key.parent:
            for name, above in zip(key.columns, key.parent_columns, strict=True):
                owners.setdefault(name, (key.label, above))
    compiled = TableProgram(table.key, table, cohorts, table.by_name, owners)
    standing = history.standing.get(table.key, Standing())
    compiled.found = {name: _all_found(standing, name) for columns in standing.columns for name in columns}
    for column in table.columns:
        if column.name not in owners and is_counted(table, column, history.table_plan(table.key, len(history.editions) - 1)):
            compiled.counters[column.name] = _counter(table, column, history, cohorts, standing)
    return compiled


def _all_found(standing: Standing, name: str) -> Cells:
    parts, start = [], 0
    for columns in standing.columns:
        if name in columns:
            parts.append((np.arange(start, start + len(columns[name])), columns[name]))
            start += len(columns[name])
    return merged(parts, start)


def is_counted(table: Table, column: Column, plan: TablePlan) -> bool:
    """Return whether a column is a key that counts up: an integer with a sequence, or alone the primary key."""
    if column.type.kind is not Kind.INTEGER or column.generated or column.name in plan.by_column:
        return False
    alone = table.primary_key is not None and table.primary_key.columns == (column.name,)
    return alone or column.identity is not None or column.sequence is not None


def _counter(table: Table, column: Column, history: History, cohorts: Cohorts, standing: Standing) -> Counter:
    start, step = (column.sequence.start, column.sequence.increment) if column.sequence else (1, 1)
    where = f"{table.key}.{column.name}"
    need(
        step > 0,
        f"{where}: its sequence counts down (increment {step}); only sequences that count up are built: plan the column as `number`",
    )
    first: list[int] = []
    following = start
    for number, edition in enumerate(history.editions):
        found = standing.columns[number].get(column.name) if number < len(standing.columns) else None
        if found is not None and len(found):
            following = max(following, int(found.ints.max()) + step)
        value = edition.first_key.get(where, following)
        first.append(value)
        if cohorts.gained[number]:
            following = max(following, value + int(cohorts.gained[number]) * step)
    high = 2 ** ((column.type.bits or 64) - 1) - 1
    need(
        following - step <= high,
        f"{where}: {cohorts.rows} rows count from {first[0]} to {following - step}, {column.type.sql} ends at {high}; ask for fewer rows",
    )
    return Counter(cohorts, first, step)


def _uniques(schema: Schema, table: TableProgram, history: History, shaped: Shaped, world: World) -> Uniques:
    plan, whole = history.table_plan(table.key, world.editions - 1), history.plans[-1]
    maker = _Maker(schema, table, plan, whole, history.editions[-1].as_of)
    return Uniques(table, shaped, plan, world, history.standing.get(table.key, Standing()), maker.capacity, schema.dialect)


def _specs(schema: Schema, table: TableProgram, history: History, uniques: Uniques) -> None:
    plans: list[TablePlan] = []
    which = []
    for edition in range(len(history.editions)):
        plan = history.table_plan(table.key, edition)
        last = edition == len(history.editions) - 1
        if not last and not history.editions[edition].rows.get(table.key):
            which.append(-1)  # no row of this edition will ever be asked for
            continue
        if plan not in plans:
            plans.append(plan)
        which.append(plans.index(plan))
    table.spec_of = np.array([number if number >= 0 else which[-1] for number in which], np.int64)
    for number, plan in enumerate(plans):
        edition = which.index(number)
        maker = _Maker(schema, table, plan, history.plans[edition], history.editions[-1].as_of)
        table.specs.append(maker.spec(uniques, number))
    table.nulls = _key_nulls(table, history)
    newest = table.specs[table.spec_of[-1]].columns
    gaining = bool(history.editions[-1].rows.get(table.key))
    table.written = tuple(column.name for column in table.table.columns if _is_written(table, column, newest, gaining))
    for name in table.specs[table.spec_of[-1]].given:
        if name not in table.written:
            raise PlanError(f"{table.key}.{name}: `rows` gives it by hand, and for the other rows it is not planned; add it to the columns")


def _is_written(table: TableProgram, column: Column, planned: Mapping[str, Planned], gaining: bool) -> bool:
    if column.generated:
        return False
    if column.name in planned or column.name in table.owners or column.name in table.counters:
        return True
    if column.nullable:
        return column.default is None
    if column.default is None and gaining:
        raise PlanError(f"{table.key}.{column.name}: NOT NULL, without a default, and not planned; add it to the plan's columns")
    return False


def _key_nulls(table: TableProgram, history: History) -> dict[str, np.ndarray]:
    shares: dict[str, np.ndarray] = {}
    for key in table.table.foreign_keys:
        optional = [name for name in key.columns if table.columns[name].nullable]
        plans = [history.table_plan(table.key, edition) for edition in range(len(history.editions))]
        percents = [max((plan.nulls.get(name, Decimal(0)) for name in optional), default=Decimal(0)) for plan in plans]
        if any(percents):
            shares[key.label] = np.array([parts(percent) for percent in percents], np.int64)
    return shares


def _text(value: Value) -> str:
    return str(value).lower()


def parts(percent: Decimal) -> int:
    """Return a percentage in parts of 2**32."""
    return int(percent * 2**32 / 100)


class _Maker:
    """Build the generators of one table by one plan."""

    def __init__(self, schema: Schema, table: TableProgram, plan: TablePlan, whole: Plan, as_of: int) -> None:
        self.schema, self.table, self.plan, self.whole, self.as_of = schema, table, plan, whole, as_of

    def spec(self, uniques: Uniques, number: int) -> Spec:
        """Return the compiled columns of this plan, the table's spec of this number."""
        columns = {}
        for _, problem in follows(self.plan):
            raise PlanError(f"{self.plan.table}: {problem}")
        if lost := [follow.column for follow in self.plan.follow if follow.column not in self.plan.by_column]:
            raise PlanError(f"{self.plan.table}: follow of {lost[0]}: no such column is planned; plan it, or take the follow out")
        for column in self.plan.columns:
            known = self.table.columns.get(column.column)
            if known is None and not column.column.startswith("_"):
                continue  # a column that was dropped since: its rows stand without it
            if known is not None and (known.generated or column.column in self.table.owners):
                continue
            columns[column.column] = self._planned(column, known, uniques, number)
        shared = {column.gen.set: uniques.by_value(column.column) for column in self.plan.columns if isinstance(column.gen, Joint)}

        def field_of(joint: Joint, name: str) -> Generator:
            return build(joint, self._setting(None, name, unique=shared.get(joint.set, False)))

        return Spec(self.plan, columns, field_of, given(self.plan, self.table.table))

    def capacity(self, name: str) -> int:
        """Return how many distinct values a planned column has, 0 where they cannot be numbered."""
        known = self.table.columns[name]
        try:
            gen = self._gen(self.plan.by_column[name].gen, name, known, unique=True)
        except PlanError:
            return 0
        space = None if gen.distinct else gen.space()
        return MOST_ROWS if gen.distinct else space.size if space else 0

    def _planned(self, column: ColumnPlan, known: Column | None, uniques: Uniques, number: int) -> Planned:
        name, unique = column.column, uniques.by_value(column.column)
        nulls = 0 if known is not None and self._always_there(known) else parts(self.plan.nulls.get(name, Decimal(0)))
        overrides = tuple(
            Override(parse(override.when), None if isinstance(override.gen, Null) else self._gen(override.gen, name, known, unique=False))
            for override in self.plan.overrides
            if override.column == name
        )
        outside = tuple(
            Outside(part.inside, self._outside(part, column, known), uniques.outside(part))
            for part in (*uniques.shaped.firsts, *uniques.parts.values())
            if part.column == name and known is not None
        )
        gen = self._gen(column.gen, name, known, unique=unique)
        follow = self._follow(name, gen, self._setting(known, name, unique=unique))
        return Planned(name, gen, nulls, (*overrides, *outside), uniques.space_of(name, gen, number), follow)

    def _outside(self, part: Part, column: ColumnPlan, known: Column | None) -> Generator | None:
        """Return what keeps rows out of a part: the column's other values, NULL (None), or its values where NULL is in it.

        Raises:
            PlanError: The plan has no other value for them.
        """
        if part.null is True:
            return None
        name, gen, inside = column.column, column.gen, {_text(value) for value in part.values}
        if part.null is False:
            return self._gen(gen, name, known, unique=False)
        listed = [(tier.share, value) for tier in gen.tiers for value in tier.values] if isinstance(gen, Choice) else []
        others = [(share, value) for share, value in listed if value.lower() not in inside]
        if not others and known is not None:
            labels = ("true", "false") if known.type.kind is Kind.BOOLEAN else known.type.labels
            others = [(Decimal(1), value) for value in labels if value.lower() not in inside]
        if others:
            return self._gen(Choice(tuple(Tier(share, (value,)) for share, value in others)), name, known, unique=False)
        if known is not None and known.nullable:
            return None
        raise PlanError(
            f"{self.plan.table}.{name}: {', '.join(sorted(inside))} may be there once, by a partial unique key, and the plan has no other "
            "value for the rest of the rows; plan it as a choice of several"
        )

    def _follow(self, name: str, gen: Generator, setting: Setting) -> Following | None:
        given = next((one for one in self.plan.follow if one.column == name), None)
        if given is None:
            return None
        found = following(given, gen, setting)
        parents = {key.label: key.parent for key in self.table.table.foreign_keys} | {"": self.table.key}
        label, column = ("", given.ref) if given.ref in self.table.table.by_name else owned(given.ref, parents)
        if label not in parents:  # the field of a joint table
            return found
        parent = parents[label]
        plan = self.plan if parent == self.table.key else self.whole.tables.get(parent, TablePlan(parent, 0))
        table, ref = self.schema.by_key.get(parent), plan.by_column.get(column)
        if table is not None and ref is not None and unranked(ref.gen, table.by_name.get(column)):
            raise PlanError(f"{setting.where}: {no_rank(given.ref)}")
        return found

    def _always_there(self, column: Column) -> bool:
        """Return whether a column never is NULL: it may not be, or a key of another table points at it."""
        pointing = (key for table in self.schema.tables for key in table.foreign_keys if key.parent == self.table.key)
        return not column.nullable or any(column.name in key.parent_columns for key in pointing)

    def _gen(self, gen: Gen, name: str, known: Column | None, *, unique: bool) -> Generator:
        plan, gen = self._resolved(gen)
        setting = replace(self._setting(known, name, unique=unique), plan=plan)
        if known is not None and known.type.kind is Kind.ARRAY and known.type.element is not None and not isinstance(gen, Expr | Null):
            element = replace(known, type=known.type.element)
            made = build(gen, replace(setting, column=element, unique=False))
            return Repeated(name, made, known.type.element, setting.where, lengths(self.table.table, self.schema.dialect, known))
        return build(gen, setting)

    def _resolved(self, gen: Gen) -> tuple[TablePlan, Gen]:
        """Follow `same_as` to the generator that it names, and to the plan that holds its slots and joint tables."""
        plan, seen = self.plan, set()
        while isinstance(gen, SameAs):
            if gen.ref in seen:
                raise PlanError(f"{self.plan.table}: `same_as: {gen.ref}` leads back to itself")
            seen.add(gen.ref)
            table, column = owned(gen.ref, self.whole.tables)
            plan = self.whole.tables.get(table, TablePlan(table, 0))
            if column not in plan.by_column:
                raise PlanError(f"{self.plan.table}: `same_as: {gen.ref}` names no planned column; write table.column")
            gen = plan.by_column[column].gen
        return plan, gen

    def _setting(self, column: Column | None, name: str, *, unique: bool) -> Setting:
        return Setting(self.schema, self.table.table, column, name, self.plan, self.whole.locale, self.as_of, unique)
