"""Plan what an exclusion constraint keeps apart: stretches of time or numbers, one after the other, that never overlap.

The stretches of the whole table follow one another, whatever else the constraint compares (`room_id with =`): so two rows never
overlap, and rows that are added later come behind. Each begins somewhere in a place of its own and ends inside of it.
"""

from __future__ import annotations

import re
from decimal import Decimal

from synthseed.expression_nodes import quoted
from synthseed.plan import Expr, Moment, Number
from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.shapes import quantiles, template
from synthseed.schema import Column, Kind

OVERLAPS = "&&"
TIMES = frozenset({"tsrange", "tstzrange", "daterange"})
NUMBERS = frozenset({"int4range", "int8range", "numrange"})
OF_TWO = re.compile(rf"\b({'|'.join(sorted(TIMES | NUMBERS))})\s*\(\s*\"?(\w+)\"?(?:::[\w ]+)?\s*,\s*\"?(\w+)\"?")
START = "2022-01-01"  # of the first stretch
SPAN = 3 * 365 * 86_400  # seconds that the planned rows take
DAY, HOUR, LEAST = 86_400, 3_600, 600
WHY = "one after the other: the exclusion constraint lets none overlap"


def plan_exclusions(draft: Draft) -> None:
    """Plan the columns whose overlap a constraint excludes."""
    for exclusion in draft.table.exclusions:
        for text, operator in exclusion.parts:
            if operator.strip() != OVERLAPS:
                continue
            column = draft.table.by_name.get(text.strip('"'))
            two = OF_TWO.search(text)
            if column is not None and column in draft.todo:
                _range(draft, column)
            elif two is not None:
                _bounds(draft, two[1], two[2], two[3])


def _range(draft: Draft, column: Column) -> None:
    """Plan a column of a range type."""
    kind, low, high = column.type.sql, f"_{column.name}_from", f"_{column.name}_till"
    if kind in TIMES:
        _times(draft, low, high, _place(draft, days=kind == "daterange"), days=kind == "daterange")
    elif kind in NUMBERS:
        _numbers(draft, low, high)
    else:
        return
    draft.put(column, template(f"[{{col:{low}}},{{col:{high}}})"), WHY, nulls=0)


def _bounds(draft: Draft, kind: str, low: str, high: str) -> None:
    """Plan two columns that a constraint reads as the ends of a range."""
    columns = [draft.table.by_name.get(name) for name in (low, high)]
    if any(column is None or column not in draft.todo for column in columns):
        return
    if kind in TIMES:
        days = any(column is not None and column.type.kind is Kind.DATE for column in columns)
        _times(draft, low, high, _place(draft, days=days), days=days)
    else:
        _numbers(draft, low, high)


def _place(draft: Draft, *, days: bool) -> int:
    """Return the seconds of one place: the rows share the span, at whole hours, or days; more rows go on behind it."""
    each = SPAN // max(draft.rows, 1)
    return max(each // DAY, 2) * DAY if days else max(min(each, 30 * DAY) // HOUR * HOUR, HOUR) if each >= HOUR else LEAST


def _times(draft: Draft, low: str, high: str, place: int, *, days: bool) -> None:
    base, length = f"_{low.lstrip('_')}_first", f"_{low.lstrip('_')}_length"
    draft.put(base, Moment(START, START), "the day of the first stretch")
    if days:
        whole = place // DAY
        draft.put(length, Number(quantiles(f"1 1 1 {max(whole // 4, 1)} {max(whole // 2, 1)} {max(whole - 1, 1)}")), "its length in days")
        draft.put(low, Expr(f"add_days(date({base}), row_number() * {whole})"), WHY)
        draft.put(high, Expr(f"add_days({quoted(low)}, {length})"), WHY)
        return
    step = 900 if place >= 2 * HOUR else 60
    ends = [max(place * part // 100 // step * step, step) for part in (5, 10, 20, 35, 60, 90)]
    draft.put(length, Number(quantiles(" ".join(map(str, ends))), Decimal(step)), "its length in seconds")
    draft.put(low, Expr(f"add_seconds(date({base}), row_number() * {place})"), WHY)
    draft.put(high, Expr(f"add_seconds({quoted(low)}, {length})"), WHY)


def _numbers(draft: Draft, low: str, high: str) -> None:
    length = f"_{low.lstrip('_')}_length"
    draft.put(length, Number(quantiles("1 2 3 5 8 9")), "its length")
    draft.put(low, Expr("row_number() * 10"), WHY)
    draft.put(high, Expr(f"{quoted(low)} + {length}"), WHY)
