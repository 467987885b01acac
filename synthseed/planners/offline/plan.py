"""Make the plan: read names and keys first, then what hangs on them, the texts last."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec

from synthseed.plan import After, Choice, ColumnPlan, Expr, Gen, JointTable, Moment, Null, Number, Plan, Quantiles, Slot, TablePlan
from synthseed.planners.offline.beginnings import Beginning, beginning_of
from synthseed.planners.offline.draft import Draft, covered
from synthseed.planners.offline.exclusions import plan_exclusions
from synthseed.planners.offline.flags import plan_flags
from synthseed.planners.offline.gaps import plan_gaps
from synthseed.planners.offline.images import plan_images
from synthseed.planners.offline.leftovers import code, plan_leftovers, plan_texts
from synthseed.planners.offline.limits import limits_of
from synthseed.planners.offline.links import plan_links
from synthseed.planners.offline.money import plan_money
from synthseed.planners.offline.names import LOCALES, guess_language, words
from synthseed.planners.offline.numbers import plan_numbers, spread
from synthseed.planners.offline.passwords import plan_passwords
from synthseed.planners.offline.people import plan_people
from synthseed.planners.offline.presence import plan_presence, ruled
from synthseed.planners.offline.prices import use_bases
from synthseed.planners.offline.proportions import plan_proportions
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.roles import role_of
from synthseed.planners.offline.sizes import order, sizes
from synthseed.planners.offline.states import plan_states, tie_to_states
from synthseed.planners.offline.timeline import plan_ahead, plan_times
from synthseed.planners.offline.uniqueness import plan_slots, settle_unique
from synthseed.schema import Kind, Schema

Ask = Callable[[TextQuestion], "TextPlan | None"]
TIMES = (Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.DATE, Kind.TIME)
TEXTS = "synthseed.planners.offline.texts"


def plan(
    schema: Schema,
    *,
    rows: Mapping[str, int] | None = None,
    every: int | None = None,
    locale: str | None = None,
    as_of: str | None = None,
    seed: int = 0,
) -> Plan:
    """Return a plan for every table.

    Args:
        schema: The database.
        rows: Rows that were asked for, per table key; fan-outs fit them.
        every: Rows that were asked for every other table.
        locale: Language and country of people and places; guessed from the schema's names unless given.
        as_of: ISO date or time that the rows are told from.
        seed: The plan's seed.
    """
    drafts = _drafts(schema, rows or {}, every, locale)
    spoken = next((draft.locale for draft in drafts.values()), locale or LOCALES["en"])
    tables = {table.key: drafts[table.key].done() for table in schema.tables}
    return Plan(tables, seed=seed, as_of=as_of, locale=spoken)


def guesses(plan: Plan) -> tuple[str, ...]:
    """Return `table.column` of the columns that were planned from their type alone."""
    return tuple(
        f"{table.table}.{column.column}"
        for table in plan.tables.values()
        for column in table.columns
        if column.note.startswith("planned from its type")
    )


def complete(schema: Schema, plan: Plan) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan with what the schema has and it lacks, and a note for each table or column that was added."""
    asked = {key: table.rows for key, table in plan.tables.items()}
    fresh: dict[str, TablePlan] | None = None
    tables, notes = dict(plan.tables), []
    for table in schema.tables:
        planned = plan.tables.get(table.key)
        if planned is not None and not _lacks(planned, table.key, schema):
            continue
        if fresh is None:
            fresh = {key: draft.done() for key, draft in _drafts(schema, asked, None, plan.locale).items()}
        if planned is None:
            tables[table.key] = fresh[table.key]
            notes.append(f"{table.key}: not in the plan, planned offline with {fresh[table.key].rows} rows")
        else:
            tables[table.key], added = _added(planned, fresh[table.key], table.by_name)
            notes += [f"{table.key}.{name}: not in the plan, planned offline" for name in added]
    return (replace(plan, tables=tables) if notes else plan), tuple(notes)


def _lacks(planned: TablePlan, key: str, schema: Schema) -> bool:
    table = schema.table(key)
    draft = Draft(schema, table, "en", "en_US", (), "entity", 0, {})
    return any(column.name not in planned.by_column for column in draft.free) or any(
        k.label not in planned.by_key for k in table.foreign_keys
    )


def _added(old: TablePlan, new: TablePlan, real: Container[str]) -> tuple[TablePlan, list[str]]:
    """Return the old plan with the columns and keys that only the new one has, and their names; `real` are the table's own."""
    columns = {plan.column: plan for plan in new.columns if plan.column not in old.by_column}
    stored = [name for name in columns if name in real]
    keys = tuple(key for key in new.fks if key.columns not in old.by_key)
    if any(key.mode == "driver" for key in old.fks):
        keys = tuple(replace(key, mode="pick", skew="mild", fanout=None, closed=None) if key.mode == "driver" else key for key in keys)
    slots = tuple(slot for slot in new.slots if slot.name not in {s.name for s in old.slots})
    joints = tuple(joint for joint in new.joints if joint.name not in {j.name for j in old.joints})
    named = {*stored, *(name for key in keys for name in key.columns.split(","))}
    nulls = {**old.nulls, **{name: share for name, share in new.nulls.items() if name in named}}
    overrides = (*old.overrides, *(o for o in new.overrides if o.column in stored))
    order = [plan.column for plan in new.columns]
    whole = sorted((*old.columns, *columns.values()), key=lambda p: order.index(p.column) if p.column in order else -1)
    found = replace(
        old, fks=old.fks + keys, columns=tuple(whole), slots=old.slots + slots, joints=old.joints + joints, nulls=nulls, overrides=overrides
    )
    return found, stored + [key.columns for key in keys]


def _drafts(schema: Schema, asked: Mapping[str, int], every: int | None, locale: str | None) -> dict[str, Draft]:
    """Return the drafts of all tables, parents first, with everything planned."""
    language = _language(schema, locale)
    spoken = locale or LOCALES[language]
    roles = {table.key: role_of(schema, table, language) for table in schema.tables}
    named = {table.key: words(table.name, language) for table in schema.tables}
    counts = sizes(schema, roles, named, asked, every)
    drafts: dict[str, Draft] = {}
    for table in order(schema):
        limits, orders = limits_of(table, schema.dialect)
        drafts[table.key] = Draft(schema, table, language, spoken, named[table.key], roles[table.key], counts[table.key], limits, orders)
    ask = _texts()
    for draft in drafts.values():
        plan_states(draft)
    plan_links(drafts)
    for draft in drafts.values():
        plan_exclusions(draft)
        plan_slots(draft)
        plan_passwords(draft)
        plan_images(draft)
        plan_people(draft)
        plan_flags(draft)
    plan_money(drafts)
    plan_proportions(drafts)
    beginnings: dict[str, Beginning] = {}
    for draft in drafts.values():
        plan_numbers(draft)
        plan_times(draft, beginnings)
        begun = beginning_of(draft)
        if begun is not None:
            beginnings[draft.table.key] = begun
    for draft in drafts.values():
        plan_texts(draft, ask)
        plan_leftovers(draft)
        use_bases(draft)
        tie_to_states(draft, ruled(draft))
        plan_presence(draft)
        plan_ahead(draft)
        plan_gaps(draft)
        _settle(draft)
    return drafts


def _language(schema: Schema, locale: str | None) -> str:
    found = guess_language(name for table in schema.tables for name in (table.name, *table.by_name))
    if found == "en" and locale is not None and locale[:2] != "en":
        return "en"  # English names in a German database: read as English
    return found


def _texts() -> Ask | None:
    """Return the module of texts' answer, where there is one."""
    if find_spec(TEXTS) is None:
        return None
    found: Ask = import_module(TEXTS).plan_text
    return found


def _settle(draft: Draft) -> None:
    """Keep orders between numbers, make unique columns distinct, and drop shares of NULL that mean nothing."""
    for pair in draft.orders:
        _order(draft, pair.low, pair.high, pair.strict)
    for column in draft.free:
        _distinct(draft, column.name)
    settle_unique(draft)
    _always_there(draft)
    keys = covered(draft.table)
    for name in list(draft.nulls):
        column = draft.table.column(name)
        if not column.nullable or draft.nulls[name] == 0 or (name not in keys and name not in draft.columns):
            del draft.nulls[name]


def _always_there(draft: Draft) -> None:
    """Leave no NULL where a CHECK forbids it: `CHECK (updated_at IS NOT NULL)` is some tools' way to say NOT NULL."""
    there = {name for name, limit in draft.limits.items() if limit.there}
    for name in there:
        draft.nulls.pop(name, None)
    draft.overrides[:] = [one for one in draft.overrides if one.column not in there or not isinstance(one.gen, Null)]


def _order(draft: Draft, low: str, high: str, strict: bool) -> None:
    """Plan the higher of two numbers as the lower one and a distance; times are ordered by the timeline."""
    a, b = draft.columns.get(low), draft.columns.get(high)
    if a is None or b is None:
        return
    if isinstance(a.gen, Number) and isinstance(b.gen, Number):
        gap, name = b.gen.q, f"_{high}_above_{low}"
        step = max(a.gen.step, b.gen.step)
        least = step if strict else Decimal(0)
        wide = max((gap.p50 - gap.min) / 2, step)
        limit = draft.limits[high].high
        if limit is not None:
            wide = min(wide, max((limit - a.gen.q.max) / 4, step))
        units = [
            ((wide * factor / step).to_integral_value() * step)
            for factor in (Decimal("0.3"), Decimal("0.7"), Decimal("1.3"), Decimal("2.4"), Decimal(4))
        ]
        parts = [least, *(max(unit, least) for unit in units)]
        if limit is not None and a.gen.q.max + parts[-1] > limit:
            return
        draft.put(name, Number(Quantiles(*parts), step), f"how far {high} lies above {low}")
        draft.columns[high] = replace(b, gen=Expr(f"{_quoted(low)} + {name}"))
    elif isinstance(a.gen, Moment | After) and isinstance(b.gen, Moment):
        if _follows(draft, low, high):  # the timeline began with the higher one
            draft.columns[low] = replace(a, gen=b.gen)
        draft.columns[high] = replace(b, gen=_later(low))


def _follows(draft: Draft, name: str, other: str) -> bool:
    """Return whether a time is told from another of its row, by one step or several."""
    for _ in draft.columns:
        planned = draft.columns.get(name)
        if planned is None or not isinstance(planned.gen, After):
            return False
        name = planned.gen.ref
        if name == other:
            return True
    return False


def _later(ref: str) -> After:
    from synthseed.planners.offline.shapes import quantiles

    return After(ref, "days", quantiles("1 2 7 30 180 400"))


def _quoted(name: str) -> str:
    from synthseed.expression_nodes import quoted

    return quoted(name)


def _distinct(draft: Draft, name: str) -> None:
    """Give a unique column a generator that has room for distinct values."""
    needed = draft.needed(name)
    if not needed or name not in draft.columns:
        return
    column, planned = draft.table.column(name), draft.columns[name]
    if column.type.kind is Kind.INTEGER and isinstance(planned.gen, Number | Choice) and _room(planned.gen) < needed:
        limit = draft.limits[name]
        if not limit.among:
            draft.put(column, spread(limit.low, limit.high, max(needed, 10), Decimal(1)), planned.note)
    elif isinstance(planned.gen, Choice) and column.type.kind is Kind.TEXT and not draft.limits[name].among and _room(planned.gen) < needed:
        draft.put(column, code(draft, column), planned.note)
    elif isinstance(planned.gen, Moment) and planned.gen.start.startswith("-") and name in draft.unique:
        draft.put(column, replace(planned.gen, start="2022-01-01", growth=Decimal(1), rhythm="flat", season="flat"), planned.note)
    elif isinstance(planned.gen, After) and column.type.kind in TIMES:
        # A delay may repeat; moments are numbered, and so are drawn without replacement.
        draft.put(column, Moment("2022-01-01"), planned.note)


def _room(gen: Gen) -> int:
    if isinstance(gen, Choice):
        return len({value for tier in gen.tiers for value in tier.values})
    if isinstance(gen, Number):
        return int((gen.q.max - gen.q.min) / gen.step) + 1 if gen.step else 1
    return 10**9


__all__ = ["ColumnPlan", "JointTable", "Slot", "complete", "guesses", "plan"]
