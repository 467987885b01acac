"""Keep two times of a row as near to each other as CHECKs want: `ends_at <= starts_at + interval '8 hours'`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from synthseed import expressions as e
from synthseed.constraints.checks import as_expression
from synthseed.constraints.intervals import seconds_of
from synthseed.plan import After, Quantiles
from synthseed.planners.offline.draft import Draft
from synthseed.schema import Kind

TIMES = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
DAY, HOUR, MINUTE = 86_400, 3_600, 60
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
PLACES = (
    Decimal("0"),
    Decimal("0.08"),
    Decimal("0.25"),
    Decimal("0.5"),
    Decimal("0.85"),
    Decimal("0.97"),
)  # of the room between the bounds


@dataclass(frozen=True, slots=True)
class Gap:
    """Say how many seconds one time lies after another at least, and at most."""

    first: str
    then: str
    low: int | None = None
    high: int | None = None


def plan_gaps(draft: Draft) -> None:
    """Plan the later of two times by the room that CHECKs leave it after the earlier one."""
    found: dict[tuple[str, str], Gap] = {}
    for check in draft.table.checks:
        node = as_expression(check.text, draft.schema.dialect, draft.table)
        for gap in _gaps(node) if node is not None else ():
            known = found.get((gap.first, gap.then), Gap(gap.first, gap.then))
            lows = [low for low in (known.low, gap.low) if low is not None]
            highs = [high for high in (known.high, gap.high) if high is not None]
            found[gap.first, gap.then] = Gap(gap.first, gap.then, max(lows, default=None), min(highs, default=None))
    for gap in found.values():
        if gap.high is not None or (gap.low or 0) > 0:
            _keep(draft, gap)


def _keep(draft: Draft, gap: Gap) -> None:
    names = draft.table.by_name
    if any(name not in names or names[name].type.kind not in TIMES or name not in draft.columns for name in (gap.first, gap.then)):
        return
    old, before = draft.columns[gap.then], draft.columns[gap.first].gen
    if isinstance(before, After) and before.ref == gap.then:
        return
    strict = any(order.low == gap.first and order.high == gap.then and order.strict for order in draft.orders)
    unit, seconds = _unit(draft, gap)
    low = max(-(-(gap.low or 0) // seconds), 1 if strict else 0)
    high = gap.high // seconds if gap.high is not None else max(low * 4, low + 10)
    if gap.high is not None and gap.high < low * seconds:
        return  # no room: the rehearsal says why
    q = Quantiles(*(Decimal(low) + (place * (high - low)).to_integral_value() for place in PLACES))
    note = f"within {high} {unit} of {gap.first}" if gap.high is not None else f"{low} {unit} or more after {gap.first}"
    ahead = not isinstance(old.gen, After) or old.gen.future or low > 0
    draft.columns[gap.then] = replace(old, gen=After(gap.first, unit, q, future=ahead), note=note)


def _unit(draft: Draft, gap: Gap) -> tuple[str, int]:
    days = any(draft.table.column(name).type.kind is Kind.DATE for name in (gap.first, gap.then))
    width = gap.high if gap.high is not None else gap.low or 0
    if days or width > 20 * DAY:
        return "days", DAY
    return ("minutes", MINUTE) if width >= 20 * MINUTE else ("seconds", 1)


# ---------------------------------------------------------------------------------------------- reading
def _gaps(node: e.Node) -> Iterator[Gap]:
    match node:
        case e.Logic("and", operands):
            for one in operands:
                yield from _gaps(one)
        case e.Logic("or", operands):  # `ends_at IS NULL OR ...`
            rest = [one for one in operands if not isinstance(one, e.IsNull)]
            yield from _gaps(rest[0]) if len(rest) == 1 else ()
        case e.Between(operand, low, high, False):
            yield from _gap(operand, ">=", low)
            yield from _gap(operand, "<=", high)
        case e.Compare(op, left, right) if op in FLIPPED:
            yield from _gap(left, op, right)
            yield from _gap(right, FLIPPED[op], left)


def _gap(left: e.Node, op: str, right: e.Node) -> Iterator[Gap]:
    """Yield what `then op first + length`, or `then - first op length`, says."""
    match left, right:
        case e.Name(then, ""), (e.Call("add_seconds", (e.Name(first, ""), e.Literal(Decimal() as length)))):
            yield from _told(first, then, op, int(length), 1)
        case e.Name(then, ""), (e.Binary("+", e.Name(first, ""), e.Literal(Decimal() as length))):
            yield from _told(first, then, op, int(length) * DAY, DAY)
        case e.Name(first, ""), (e.Binary("-", e.Name(then, ""), e.Literal(Decimal() as length))):
            yield from _told(first, then, FLIPPED[op], int(length) * DAY, DAY)
        case e.Binary("-", e.Name(then, ""), e.Name(first, "")), e.Literal(Decimal() as length):
            yield from _told(first, then, op, int(length) * DAY, DAY)
        case e.Binary("-", e.Name(then, ""), e.Name(first, "")), e.Literal(str() as text):
            seconds = seconds_of(text)
            if seconds is not None:
                yield from _told(first, then, op, int(seconds), 1)


def _told(first: str, then: str, op: str, length: int, step: int) -> Iterator[Gap]:
    if op in ("<", "<=", "="):
        yield Gap(first, then, high=length - step if op == "<" else length)
    if op in (">", ">=", "="):
        yield Gap(first, then, low=length + step if op == ">" else length)
