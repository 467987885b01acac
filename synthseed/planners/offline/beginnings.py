"""Plan where a row's life begins: after the beginnings of its parents, and before their ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthseed.expression_nodes import Name, quoted, unparse
from synthseed.plan import After, Expr, Gen, Moment
from synthseed.planners.offline.calendar_days import inside_bounds
from synthseed.planners.offline.draft import TIMES, Draft
from synthseed.planners.offline.rhythms import rhythm, season
from synthseed.planners.offline.roles import PEOPLE
from synthseed.planners.offline.shapes import number, quantiles
from synthseed.planners.offline.spans import AHEAD, CHILD, DAYS, FORWARD, HOURS, LATE, LEAVING, OUTSIDE, SHORTLY, SLOTTED, SOON, stage
from synthseed.schema import Column, Kind


@dataclass(frozen=True, slots=True)
class Beginning:
    """Say where a parent's life begins and where it may have ended: the columns to refer to, and the parent's role."""

    column: str
    kind: Kind
    end: str = ""
    role: str = ""


def beginning_of(draft: Draft) -> Beginning | None:
    """Return the column at which this table's rows begin: a NOT NULL time that is not of a person's birth nor a future one."""
    best: tuple[int, Beginning] | None = None
    for column in draft.free:
        plan, words = draft.columns.get(column.name), draft.names[column.name]
        if (
            plan is None
            or column.type.kind not in TIMES
            or column.nullable
            or not isinstance(plan.gen, Moment | After | Expr)
            or "birth" in words
        ):
            continue
        at = stage(words)
        if OUTSIDE & set(words) and not isinstance(plan.gen, After):
            continue  # a firm of 1950 does not date its orders
        if at < LATE and not (FORWARD & set(words)) and (best is None or at < best[0]):
            best = (at, Beginning(column.name, column.type.kind, _end_of(draft), draft.role))
    return best[1] if best else None


def _end_of(draft: Draft) -> str:
    """Return the column at which a life ends: when someone left, or a thing was retired."""
    for column in draft.free:
        plan = draft.columns.get(column.name)
        past = plan is not None and isinstance(plan.gen, After) and not plan.gen.future
        if past and column.type.kind in TIMES and LEAVING & set(draft.names[column.name]):
            return column.name
    return ""


def first_time(draft: Draft, column: Column, beginnings: Mapping[str, Beginning]) -> tuple[Gen, str]:
    """Return the beginning of a row: after its parents' beginnings, or by the role of its table."""
    words = draft.names[column.name]
    limit = draft.limits[column.name]
    if limit.bounded:
        return inside_bounds(draft, column, Moment("-3y", "", number("2 2 2 2 2 2").q.min, rhythm(draft))), ""
    refs = parents_begin(draft, beginnings)
    ahead = bool(FORWARD & set(words)) and draft.words[-1] not in AHEAD
    if refs:
        soon = (draft.words[-1] in SHORTLY or draft.role == "detail") and _about(draft, beginnings)
        ref = refs[0] if len(refs) == 1 else Name("_begin")
        if len(refs) > 1:
            draft.put("_begin", Expr(f"max({', '.join(map(unparse, refs))})"), "the latest beginning of the parents")
        if column.type.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) and draft.words[-1] in SLOTTED:
            return _slotted(draft, ref, _ends(draft, beginnings)), "on working days' quarters of an hour"
        unit, q = (HOURS, SOON) if soon and column.type.kind is not Kind.DATE else (DAYS, "0 0 1 4 20 60" if soon else CHILD)
        gen = After(ref.text, unit, quantiles(q), future=ahead, rhythm=rhythm(draft))
        ends = _ends(draft, beginnings)
        if not ends or ahead:
            return gen, ""
        draft.put("_free", gen, "as if nobody ever left")
        return _before_the_end(draft, "_free", unparse(ref), ends), "before the parents' end"
    growth = number("2 2 2 2 2 2").q.min if draft.role not in ("lookup",) else number("1 1 1 1 1 1").q.min
    if draft.role == "lookup":
        return Moment("-5y", "-4y", growth, "office"), ""
    if draft.role == "log":
        return Moment("-90d", "", growth, rhythm(draft)), ""
    if draft.role == "entity" and draft.words[-1] not in PEOPLE:
        return Moment("-5y", "-3m" if not ahead else "", growth, "office"), ""
    return Moment("-3y", "", growth, rhythm(draft), season(draft)), ""


def _about(draft: Draft, beginnings: Mapping[str, Beginning]) -> bool:
    """Tell whether a row is about a document, or is its driver's: then it comes soon after."""
    held = [beginnings[key.parent] for key in draft.table.foreign_keys if key.parent in beginnings and key.parent != draft.table.key]
    return any(one.role in ("event", "detail") for one in held) or (draft.driver is not None and draft.driver.parent in beginnings)


def _ends(draft: Draft, beginnings: Mapping[str, Beginning]) -> list[str]:
    """Return references to the ends of the parents that every row has."""
    return [
        f"{quoted(key.label)}.{quoted(beginnings[key.parent].end)}"
        for key in draft.table.foreign_keys
        if key.parent in beginnings
        and beginnings[key.parent].end
        and key.parent != draft.table.key
        and key.label in draft.keys
        and not any(draft.table.column(name).nullable for name in key.columns)
    ]


def _before_the_end(draft: Draft, free: str, begin: str, ends: list[str]) -> Expr:
    """Return the time, or where a parent ended before it, one between the beginning and that end."""
    end = ends[0] if len(ends) == 1 else "_end"
    if len(ends) > 1:
        draft.put("_end", Expr(f"min({', '.join(ends)})"), "the earliest end of the parents")
    draft.put("_part", number("2 22 48 71 90 97"), "percent of the time until the end")
    inside = f"add_days({begin}, floor(max(days_between({begin}, {end}), 0) * _part / 100))"
    return Expr(f"if({end} is null or {end} >= {free}, {free}, {inside})")


def _slotted(draft: Draft, ref: Name, ends: list[str]) -> Expr:
    """Return a time at a quarter of an hour between 8 and 17, after the parents' beginnings."""
    day = "_free" if ends else "_day"
    if ends:
        draft.columns.pop("_day", None)
    draft.put(day, After(ref.text, DAYS, quantiles(CHILD.replace("0 12", "1 12"))), "the day; the time of day is `_slot`")
    if ends:
        draft.put("_day", _before_the_end(draft, "_free", unparse(ref), ends), "before the parents' end")
    draft.put("_slot", number("32 36 42 54 64 67"), "quarters of an hour since midnight")
    return Expr(f"max({unparse(ref)}, add_seconds(date(_day), _slot * 900))")


def parents_begin(draft: Draft, beginnings: Mapping[str, Beginning]) -> list[Name]:
    """Return references to the beginnings of the parents that every row has, the driver's first."""
    keys = sorted(draft.table.foreign_keys, key=lambda key: key is not draft.driver)
    refs = []
    for key in keys:
        held = beginnings.get(key.parent)
        if held is None or key.parent == draft.table.key or any(draft.table.column(name).nullable for name in key.columns):
            continue
        if key.label not in draft.keys:
            continue
        refs.append(Name(held.column, key.label))
    return refs[:4]
