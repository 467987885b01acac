"""Make one whole plan of what a model gave and what the offline planner has for the rest; every fallback is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from synthseed.plan import Choice, Plan, Semantic, TablePlan, Template
from synthseed.plan_fit import problems as misfits
from synthseed.planners.model.borrow import borrowed, picked
from synthseed.planners.model.reply import Reading
from synthseed.planners.model.vocabulary import NAME, apart
from synthseed.schema import Schema, Table

OWN = ("first_name", "last_name", "full_name", "middle_name", "username")  # models have favourite names: people come from local lists
SUGGESTED = re.compile(r" \(did you mean [^()]*\?\)")


# ---------------------------------------------------------------------------------------------- readings together
def merged(drafts: Mapping[str, TablePlan], readings: Sequence[Reading]) -> dict[str, TablePlan]:
    """Return the drafts with what the readings say; what is read later takes the place of what was there."""
    found = dict(drafts)
    for reading in readings:
        for key, table in reading.tables.items():
            found[key] = _joined(found[key], table) if key in found else table
    return found


def _joined(old: TablePlan, new: TablePlan) -> TablePlan:
    """Return a table's plan with the columns of another part of it, or of a repair."""
    new = apart(new, old)
    known = {slot.name for slot in old.slots} | {joint.name for joint in old.joints}  # what is called alike is now the same
    columns = {plan.column: plan for plan in (*old.columns, *new.columns)}
    given = {plan.column for plan in new.columns}
    keys = {key.columns: key for key in (*old.fks, *new.fks)}
    return replace(
        old,
        rows=old.rows or new.rows,
        about=old.about or new.about,
        fks=tuple(keys.values()),
        columns=tuple(columns.values()),
        joints=(*old.joints, *(joint for joint in new.joints if joint.name not in known)),
        slots=(*old.slots, *(slot for slot in new.slots if slot.name not in known)),
        nulls={**old.nulls, **new.nulls},
        overrides=(*(one for one in old.overrides if one.column not in given), *new.overrides),
        follow=(*(one for one in old.follow if one.column not in given), *new.follow),
        rules=tuple(dict.fromkeys((*old.rules, *new.rules))),
    )


# ---------------------------------------------------------------------------------------------- the whole
def completed(
    schema: Schema,
    drafts: Mapping[str, TablePlan],
    offline: Plan,
    *,
    tables: Collection[str] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> tuple[Plan, tuple[str, ...]]:
    """Return a whole plan, and a sentence for each part that the offline planner had to plan.

    Args:
        schema: The database.
        drafts: What the model gave, by table.
        offline: Whole plan of the same schema; tables that were not asked for are as it has them.
        tables: Tables that were asked for; None: all.
        reasons: Why a part is missing, by `table.column` or `table`.
    """
    reasons = reasons or {}
    plans, told = dict(offline.tables), []
    for table in schema.tables:
        if tables is not None and table.key not in tables:
            continue
        new = offline.tables[table.key]
        draft = drafts.get(table.key)
        if draft is None:
            told += _fallback(table.key, "", reasons) if new.columns or new.fks else []
            continue
        plans[table.key], missing = _whole(table, draft, new, schema, reasons)
        told += [*missing, *_rules_left_out(table, plans[table.key], reasons)]
    return replace(offline, tables=plans), tuple(told)


def _rules_left_out(table: Table, plan: TablePlan, reasons: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each rule that something was wrong with: what is called `table.part` and is no name."""
    for where, reason in reasons.items():
        part = where.removeprefix(f"{table.key}.")
        known = {*table.by_name, *plan.by_key, *plan.rules}
        if part != where and part not in known and not NAME.fullmatch(part):
            yield f"{table.key}: `{part}` left out: {reason.removeprefix(f'{table.key}: ')}"


def _fallback(table: str, part: str, reasons: Mapping[str, str]) -> list[str]:
    where = f"{table}.{part}" if part else table
    reason = reasons.get(where) or reasons.get(table) or "the model gave no plan for it"
    return [f"{where}: planned offline: {reason.removeprefix(f'{where}: ')}"]


def _whole(table: Table, draft: TablePlan, offline: TablePlan, schema: Schema, reasons: Mapping[str, str]) -> tuple[TablePlan, list[str]]:
    plan = replace(_without_own(draft, offline), rows=draft.rows or offline.rows, about=draft.about or offline.about)
    plan, gone = _fitting(_one_driver(plan), table, schema)
    missing = [one.column for one in offline.columns if one.column in table.by_name and one.column not in plan.by_column]
    keys = [key.columns for key in offline.fks if key.columns not in plan.by_key]
    why = {**{f"{table.key}.{name}": text for name, text in gone.items()}, **reasons}
    plan = borrowed(plan, offline, missing, keys=keys, reason=lambda name: why.get(f"{table.key}.{name}", ""))
    named = [name for name in (*missing, *keys) if name not in _owned(draft, offline)]
    order = [column.name for column in table.columns]
    columns = sorted(plan.columns, key=lambda one: order.index(one.column) if one.column in order else -1)
    told = [text for name in named for text in _fallback(table.key, name, why)]
    told += [f"{table.key}: {name} left out: {text.removeprefix(f'{table.key}: ')}" for name, text in gone.items() if " of " in name]
    return replace(plan, columns=tuple(columns)), told


def _owned(draft: TablePlan, offline: TablePlan) -> set[str]:
    """Return the columns that are the engine's to fill whatever a model says: identifiers, and names of people."""
    from synthseed.generators.semantic import TYPES

    found = set()
    for plan in offline.columns:
        own = isinstance(plan.gen, Semantic) and (plan.gen.type in OWN or TYPES[plan.gen.type].identifier)
        given = draft.by_column.get(plan.column)
        if own and given is not None and isinstance(given.gen, Choice | Template):
            found.add(plan.column)
        if isinstance(plan.gen, Semantic) and plan.gen.password and given is not None:
            found.add(plan.column)  # a model knows no password that somebody could sign in with
    return found


def _without_own(draft: TablePlan, offline: TablePlan) -> TablePlan:
    own = _owned(draft, offline)
    if not own:
        return draft
    return replace(
        draft,
        columns=tuple(plan for plan in draft.columns if plan.column not in own),
        overrides=tuple(one for one in draft.overrides if one.column not in own or not isinstance(one.gen, Choice | Template)),
    )


def _one_driver(plan: TablePlan) -> TablePlan:
    """Return the plan with the first of several drivers: a table exists per one parent."""
    drivers = [key.columns for key in plan.fks if key.mode == "driver"]
    return replace(plan, fks=tuple(picked(key) if key.columns in drivers[1:] else key for key in plan.fks))


def _fitting(plan: TablePlan, table: Table, schema: Schema) -> tuple[TablePlan, dict[str, str]]:
    """Return the plan without what the schema contradicts, and why each part of it went."""
    gone: dict[str, str] = {}
    while (problem := next(misfits(plan, table, schema), None)) is not None:
        plan, name = _less(plan, table, schema, problem)
        gone.setdefault(name, problem)
    return plan, gone


def _less(plan: TablePlan, table: Table, schema: Schema, problem: str) -> tuple[TablePlan, str]:
    """Return the plan without the smallest part that a problem goes with, and the name of that; parts that it names are tried first."""
    parts = [
        *(("nulls", name, 0) for name in plan.nulls),
        *(("follow", one.column, place) for place, one in enumerate(plan.follow)),
        *(("overrides", one.column, place) for place, one in enumerate(plan.overrides)),
        *(("columns", one.column, place) for place, one in enumerate(plan.columns)),
        *(("fks", one.columns, place) for place, one in enumerate(plan.fks)),
    ]
    for part, name, place in sorted(parts, key=lambda one: one[1] not in problem):
        fewer = _without_part(plan, part, name, place)
        if _bare(problem) not in map(_bare, misfits(fewer, table, schema)):
            return fewer, name if part in ("columns", "fks") else f"{part} of {name}"
    return TablePlan(plan.table, plan.rows, plan.about, plan.role), ""


def _bare(problem: str) -> str:
    """Return a problem without what it suggests, which changes with what else is there."""
    return SUGGESTED.sub("", problem)


def _without_part(plan: TablePlan, part: str, name: str, place: int) -> TablePlan:
    if part == "columns":
        return _dropped(plan, name)
    if part == "nulls":
        return replace(plan, nulls={key: share for key, share in plan.nulls.items() if key != name})
    rest: dict[str, Any] = {part: tuple(one for at, one in enumerate(getattr(plan, part)) if at != place)}
    return replace(plan, **rest)


def _dropped(plan: TablePlan, name: str) -> TablePlan:
    return replace(
        plan,
        columns=tuple(one for one in plan.columns if one.column != name),
        overrides=tuple(one for one in plan.overrides if one.column != name),
        follow=tuple(one for one in plan.follow if one.column != name),
        nulls={key: share for key, share in plan.nulls.items() if key != name},
    )


def without(plan: TablePlan, parts: Collection[str]) -> TablePlan:
    """Return a draft without some columns, keys (by label) and rules (by text): they are to be planned again."""
    for part in parts:
        plan = _dropped(plan, part)
    return replace(
        plan,
        fks=tuple(key for key in plan.fks if key.columns not in parts),
        rules=tuple(rule for rule in plan.rules if rule not in parts),
    )
