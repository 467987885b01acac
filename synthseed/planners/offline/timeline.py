"""Plan times: one timeline per row, cut at the plan's `as_of`.

The first time of a row lies after the beginning of its parents; every other one lies after the one before it, at a
distance of its own scale: a parcel takes days, a night's stay nights, a contract months.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from synthseed.expression_nodes import quoted
from synthseed.plan import After, Expr, Gen, Moment, Null, Number, Override
from synthseed.planners.offline.beginnings import Beginning, first_time, parents_begin
from synthseed.planners.offline.calendar_days import plan_births, plan_hours
from synthseed.planners.offline.draft import NUMBERS, TIMES, Draft
from synthseed.planners.offline.rhythms import WORKED, rhythm
from synthseed.planners.offline.shapes import quantiles
from synthseed.planners.offline.spans import (
    AHEAD,
    BEGINNING,
    BETWEEN,
    COMING,
    DAYS,
    DELAYS,
    FORWARD,
    HOURS,
    LATE,
    LEAVING,
    LENGTHS,
    MINUTES,
    MONTHS,
    NIGHTS,
    OUTSIDE,
    SPANS,
    in_days,
    stage,
)
from synthseed.planners.offline.states import states
from synthseed.schema import Column, Kind


def plan_times(draft: Draft, beginnings: Mapping[str, Beginning]) -> None:
    """Plan dates, timestamps and times of day; `beginnings` tells where the parents' lives begin, by table key."""
    plan_births(draft, bool(parents_begin(draft, beginnings)))
    plan_hours(draft)
    line = [
        c
        for c in draft.free
        if c.type.kind in TIMES and c.name in draft.columns and not {"birth", "founded", "death"} & set(draft.names[c.name])
    ]
    columns = [c for c in draft.todo if _kind(c) in TIMES]
    columns.sort(key=lambda c: (stage(draft.names[c.name]), draft.table.columns.index(c)))
    if not line:
        columns.sort(key=lambda c: c is not _anchor(draft, columns))
    for column in columns:
        gen, note = first_time(draft, column, beginnings) if not line else _next(draft, column, line)
        draft.put(column, gen, note, nulls=_nulls(draft, draft.names[column.name], bool(line)))
        if column.type.kind is not Kind.ARRAY:
            line.append(column)
    _lasting(draft)


def _lasting(draft: Draft) -> None:
    """Let the end of a row lie as long after its start as the row's own duration says."""
    length = next((c for c in draft.free if c.type.kind in NUMBERS and draft.names[c.name][0] in ("duration", "runtime")), None)
    stamped = [c for c in draft.free if c.type.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) and c.name in draft.columns]
    start = next((c for c in stamped if {"start", "started", "begin"} & set(draft.names[c.name])), None)
    end = next(
        (c for c in stamped if {"end", "ended", "finished", "finish", "completed", "stop", "stopped"} & set(draft.names[c.name])), None
    )
    if length is None or start is None or end is None or start is end or length.name not in draft.columns:
        return
    seconds = next((LENGTHS[word] for word in draft.names[length.name] if word in LENGTHS), 60)
    planned, begun = draft.columns[length.name], draft.columns[start.name]
    if not isinstance(planned.gen, Number):
        return
    if isinstance(begun.gen, Moment) and not begun.gen.end:
        draft.columns[start.name] = replace(begun, gen=replace(begun.gen, end="-1d"))
    draft.put("_lasted", planned.gen, "how long it lasted")
    draft.columns[length.name] = replace(planned, gen=Expr("_lasted"))
    draft.columns[end.name] = replace(draft.columns[end.name], gen=Expr(f"add_seconds({quoted(start.name)}, _lasted * {seconds})"))
    draft.nulls.pop(length.name, None)
    if end.nullable and length.nullable:
        draft.nulls[end.name] = Decimal(3)
        draft.overrides.append(Override(length.name, f"{quoted(end.name)} is null", Null()))
    elif end.nullable:
        draft.nulls.pop(end.name, None)


def _anchor(draft: Draft, columns: list[Column]) -> Column | None:
    """Return the time at which a row begins: the earliest that every row has."""
    fit = [
        c
        for c in columns
        if not c.nullable and stage(draft.names[c.name]) < LATE and not {"due", "expiry", "deadline"} & set(draft.names[c.name])
    ]
    return next(iter(fit or [c for c in columns if not c.nullable] or columns), None)


def _kind(column: Column) -> Kind:
    return column.type.element.kind if column.type.element is not None else column.type.kind


def plan_ahead(draft: Draft) -> None:
    """Put what is still to come after today: a scheduled appointment lies in the future, a completed one does not."""
    found = states(draft)
    if found is None or draft.words[-1] not in AHEAD:
        return
    column = next(
        (c for c in draft.free if c.name in draft.columns and c.type.kind in TIMES and not c.nullable and _begins(draft, c)), None
    )
    labels = [state.label for state in found[1] if state.concept in COMING]
    if column is None or not labels or not isinstance(draft.columns[column.name].gen, After | Expr | Moment):
        return
    draft.put("_now", Moment("-1d"), "about today")
    draft.put("_soon", After("_now", DAYS, quantiles("1 3 9 21 60 120"), future=True), "a day to come")
    slotted = "_slot" in draft.columns
    gen: Gen = (
        Expr("add_seconds(date(_soon), _slot * 900)") if slotted else Expr("date(_soon)" if column.type.kind is Kind.DATE else "_soon")
    )
    texts = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
    draft.overrides.insert(0, Override(column.name, f"{quoted(found[0].name)} in ({texts})", gen))


def _begins(draft: Draft, column: Column) -> bool:
    return (
        stage(draft.names[column.name]) == BEGINNING
        or "scheduled" in draft.names[column.name]
        or draft.words[-1] == draft.names[column.name][0]
    )


def _next(draft: Draft, column: Column, line: list[Column]) -> tuple[Gen, str]:
    """Return a time after the nearest earlier one that every row has."""
    words = draft.names[column.name]
    before = _before(draft, column, line)
    strict = _strict(draft, column)
    ahead = bool(FORWARD & set(words)) or _ahead(draft, before)
    unit, q = _delay(draft, words, before)
    if column.type.kind is Kind.DATE and unit in (HOURS, MINUTES):
        unit, q = DAYS, "0 0 1 2 5 20"
    if strict:
        q = " ".join(part if part != "0" else "1" for part in q.split())
    if (strict or LEAVING & set(words)) and not ahead:
        ahead = not _old_enough(draft, column, before, 31 * int(Decimal(q.split()[0])) + 1 if unit == MONTHS else 2) and strict
    unit, q = in_days(unit, q)
    worked = draft.role != "log" and WORKED & set(words)
    gen = After(before.name, unit, quantiles(q), future=ahead, rhythm="office" if worked else rhythm(draft))
    if {"updated", "modified", "changed"} & set(words) and not strict:
        return _touched(draft, column, gen, line)
    return gen, ""


def _old_enough(draft: Draft, column: Column, before: Column, days: int) -> bool:
    """Leave out an end where the beginning is too near to today; False where the column may not be NULL."""
    if not column.nullable:
        return False
    draft.put("_today", Moment("-1d"), "about today")
    draft.overrides.append(Override(column.name, f"days_between({quoted(before.name)}, _today) <= {days}", Null()))
    return True


def _touched(draft: Draft, column: Column, gen: After, line: list[Column]) -> tuple[Gen, str]:
    """Return the last change of a row: after everything that happened to it."""
    dates = [
        quoted(c.name) for c in line if c.name != gen.ref and c.type.kind in TIMES and c.type.kind is not Kind.TIME and not _ahead(draft, c)
    ]
    known = [c for c in dates if not OUTSIDE & set(draft.names.get(c.strip('"'), ()))]
    if not known:
        return gen, ""
    draft.put("_touched", gen, "some change")
    return Expr(f"max(_touched, {', '.join(known)})"), "after all that happened to the row"


def _before(draft: Draft, column: Column, line: list[Column]) -> Column:
    """Return the time that a column follows: what a CHECK says, else the nearest stage before it that is there when it is."""
    words, here = draft.names[column.name], stage(draft.names[column.name])
    checked = [c for c in line if any(order.high == column.name and order.low == c.name for order in draft.orders)]
    if checked:
        return checked[-1]
    always = [c for c in line if not c.nullable]
    if {"cancelled", "rejected", "failed", "deleted", "archived", "updated", "modified", "synced", "seen", "login"} & set(words):
        past = [c for c in always if not _ahead(draft, c)]
        return (past or always or line)[0]
    process = [c for c in line if stage(draft.names[c.name]) < here < LATE and _process(draft, c) and (column.nullable or not c.nullable)]
    near = process or [c for c in always if stage(draft.names[c.name]) < here] or always or line
    return max(near, key=lambda c: stage(draft.names[c.name]))


def _process(draft: Draft, column: Column) -> bool:
    return stage(draft.names[column.name]) < LATE and not {"last", "cancelled", "rejected", "failed", "verified"} & set(
        draft.names[column.name]
    )


def _strict(draft: Draft, column: Column) -> bool:
    return any(order.strict and column.name in (order.low, order.high) for order in draft.orders)


def _ahead(draft: Draft, before: Column) -> bool:
    gen = draft.columns[before.name].gen
    return isinstance(gen, After) and gen.future


def _delay(draft: Draft, words: tuple[str, ...], before: Column) -> tuple[str, str]:
    """Return the distance from the time before: by what the column is, or by what the table's spans are."""
    said = stage(words)
    if 10 <= said <= 13 and (
        stage(draft.names[before.name]) == BEGINNING or {"from", "in", "start", "begin"} & set(draft.names[before.name])
    ):
        if "check" in words or "departure" in words:
            return NIGHTS
        for word in reversed(draft.words):
            if word in SPANS:
                return SPANS[word]
    if said == BEGINNING and draft.words[-1] in ("booking", "reservation", "appointment", "event", "course", "trip", "rental"):
        return DAYS, "1 6 19 45 120 300"
    for word in reversed(words):
        if word in DELAYS:
            return DELAYS[word]
    for word in reversed(draft.words):
        if word in SPANS and said >= 10:
            return SPANS[word]
    return BETWEEN


def _nulls(draft: Draft, words: tuple[str, ...], later: bool) -> int:
    if {"deleted", "archived", "cancelled", "rejected", "banned", "blocked", "suspended", "failed"} & set(words):
        return 95
    if LEAVING & set(words):
        return 88
    if {"updated", "modified", "changed"} & set(words):
        return 12
    if later and {"end", "ended", "until"} & set(words) and any(SPANS.get(word, ("", ""))[0] == MONTHS for word in draft.words):
        return 80
    return draft.scatter("".join(words), 8, 24) if later else 4
