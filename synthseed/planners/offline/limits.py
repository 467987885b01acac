"""Turn what constraints and types say of each column into bounds that every planned column keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from synthseed.constraints.checks import facts
from synthseed.constraints.facts import Among, Cased, Compare, Excludes, JsonType, Length, NotNull, Pattern, Range
from synthseed.schema import Column, Kind, Table

BOUND = re.compile(r"'(\d{4}-\d\d-\d\d[^']*)'")


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold the bounds of one column.

    Attributes:
        among: The only values allowed; empty: any.
        low: Smallest number, inclusive.
        high: Largest number, inclusive.
        first: Earliest time, ISO.
        last: Latest time, ISO.
        shortest: Fewest characters.
        longest: Most characters.
        patterns: Patterns that a text must match.
        document: JSON type of the document's root: "object", "array".
        case: "lower" or "upper" where a text must be all in one case.
        there: True where a CHECK forbids NULL.
    """

    among: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    first: str = ""
    last: str = ""
    shortest: int = 0
    longest: int | None = None
    patterns: tuple[str, ...] = ()
    document: str = ""
    case: str = ""
    there: bool = False

    @property
    def bounded(self) -> bool:
        """Tell whether times are bounded."""
        return bool(self.first or self.last)


@dataclass(frozen=True, slots=True)
class Order:
    """Hold that one column is below another in every row."""

    low: str
    high: str
    strict: bool = False


def of_type(column: Column) -> Limits:
    """Return the bounds that a type sets by itself."""
    kind = column.type.kind
    if kind is Kind.INTEGER:
        bits = column.type.bits or 32
        return Limits(low=Decimal(0) if column.type.unsigned else Decimal(-(2 ** (bits - 1))), high=Decimal(2 ** (bits - 1) - 1))
    if kind is Kind.NUMERIC and column.type.precision is not None:
        scale = column.type.scale or 0
        top = (Decimal(10) ** column.type.precision - 1).scaleb(-scale)
        return Limits(low=-top, high=top)
    if kind is Kind.TEXT:
        return Limits(longest=column.type.length)
    return Limits()


def limits_of(table: Table, dialect: str) -> tuple[dict[str, Limits], tuple[Order, ...]]:
    """Return the bounds of every column, and the pairs of columns that are ordered."""
    found = {column.name: of_type(column) for column in table.columns}
    orders: list[Order] = []
    _from_facts(table, dialect, found, orders)
    _from_partitions(table, found)
    return found, tuple(orders)


def _from_facts(table: Table, dialect: str, found: dict[str, Limits], orders: list[Order]) -> None:
    for fact in facts(table, dialect):
        match fact:
            case Among(column, values):
                found[column] = replace(found[column], among=_kept(found[column].among, tuple(map(_text, values))))
            case Range(column):
                found[column] = _ranged(found[column], fact, table.column(column))
            case Length(column, low, high):
                limit = found[column]
                longest = min((value for value in (limit.longest, high) if value is not None), default=None)
                found[column] = replace(limit, shortest=max(limit.shortest, low or 0), longest=longest)
            case Pattern(column, regex, ignore_case, negated):
                if not negated and not ignore_case:
                    found[column] = replace(found[column], patterns=(*found[column].patterns, regex))
            case Cased(column, case):
                found[column] = replace(found[column], case=case)
            case JsonType(column, kind):
                found[column] = replace(found[column], document=kind)
            case NotNull(column):
                found[column] = replace(found[column], there=True)
            case Compare(left, "<" | "<=" as sign, right):
                orders.append(Order(left, right, sign == "<"))
            case Compare(left, ">" | ">=" as sign, right):
                orders.append(Order(right, left, sign == ">"))
            case _:
                pass
    for fact in facts(table, dialect):
        if isinstance(fact, Excludes) and Decimal(0) in fact.values:  # an amount that is not 0 is above it, unless it must be below
            above = _ranged(found[fact.column], Range(fact.column, low=Decimal(0), low_inclusive=False), table.column(fact.column))
            found[fact.column] = above if above.high is None or (above.low or 0) <= above.high else found[fact.column]


def _kept(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for value in known if value in more) if known else more


def _text(value: Decimal | str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:f}" if isinstance(value, Decimal) else value


def _ranged(limit: Limits, fact: Range, column: Column) -> Limits:
    """Return the bounds with those of a range: an open end is moved in by the smallest step that the type has."""
    low, high = fact.low, fact.high
    if isinstance(low, str) or isinstance(high, str):
        first = low if isinstance(low, str) else ""
        last = high if isinstance(high, str) else ""
        if re.match(r"\d{4}-\d\d-\d\d", first or last):
            return replace(limit, first=max(limit.first, first), last=min(limit.last or last, last or limit.last))
        return limit
    kind = column.type.kind if column.type.element is None else column.type.element.kind
    scale = 0 if kind is Kind.INTEGER else 2 if column.type.scale is None else column.type.scale
    step = Decimal(1).scaleb(-scale)
    if low is not None and not fact.low_inclusive:
        low += step
    if high is not None and not fact.high_inclusive:
        high -= step
    return tightened(limit, low=low, high=high)


def _from_partitions(table: Table, found: dict[str, Limits]) -> None:
    """Keep times inside the partitions that there are."""
    parts = table.partitioning
    if (
        parts is None
        or len(parts.columns) != 1
        or parts.columns[0] not in found
        or any("DEFAULT" in bound.upper() for bound in parts.bounds)
    ):
        return
    name = parts.columns[0]
    if parts.strategy.lower().startswith("list"):
        values = tuple(dict.fromkeys(value for bound in parts.bounds for value in re.findall(r"'([^']*)'", bound)))
        found[name] = replace(found[name], among=values or found[name].among)
        return
    dates = sorted(date for bound in parts.bounds for date in BOUND.findall(bound))
    if dates:
        found[name] = replace(found[name], first=dates[0][:10], last=_day_before(dates[-1][:10]))


def _day_before(day: str) -> str:
    from datetime import date, timedelta

    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def tightened(limit: Limits, *, low: Decimal | None = None, high: Decimal | None = None) -> Limits:
    """Return the bounds, drawn together."""
    lows = [value for value in (limit.low, low) if value is not None]
    highs = [value for value in (limit.high, high) if value is not None]
    return replace(limit, low=max(lows, default=None), high=min(highs, default=None))


__all__ = ["Limits", "Mapping", "Order", "limits_of", "of_type", "tightened"]
