"""Build generators in a line: quantiles, tiers, and shares that are never flat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal, localcontext

from synthseed.plan import Choice, Number, Quantiles, Spike, Template, Tier

FINER = tuple(Decimal(text) for text in ("1", "0.5", "0.1", "0.01", "0.001", "0.0001"))
HALVES = ("50", "25", "13", "7", "5")  # share of the first, second, ... of some values: the long tail shares the last


def quantiles(text: str) -> Quantiles:
    """Return quantiles from six numbers: `0 1 2 4 11 60`."""
    return Quantiles(*(Decimal(part) for part in text.split()))


def number(text: str, step: str = "1", *, zero: int = 0) -> Number:
    """Return a number from six quantiles and a step; `zero` is the percentage of rows that are exactly 0."""
    spikes = (Spike(Decimal(0), Decimal(zero)),) if zero else ()
    return Number(quantiles(text), Decimal(step), spikes)


def choice(*pairs: tuple[int | str | Decimal, str | Sequence[str]]) -> Choice:
    """Return a choice from (share, value or values)."""
    return Choice(tuple(Tier(Decimal(share), (values,) if isinstance(values, str) else tuple(values)) for share, values in pairs))


def template(text: str) -> Template:
    """Return a template of one text."""
    return Template((Tier(Decimal(100), (text,)),))


def skewed(values: Sequence[str]) -> Choice:
    """Return a choice in which the first values are the common ones."""
    if len(values) <= len(HALVES):
        return Choice(tuple(Tier(Decimal(share), (value,)) for share, value in zip(HALVES, values, strict=False)))
    cuts = (max(len(values) // 8, 1), max(len(values) // 3, 2), len(values))
    tiers, low = [], 0
    for share, high in zip(("45", "35", "20"), cuts, strict=True):
        if high > low:
            tiers.append(Tier(Decimal(share), tuple(values[low:high])))
        low = high
    return Choice(tuple(tiers))


def values_of(gen: Choice) -> tuple[str, ...]:
    """Return the values of a choice, the common ones first."""
    return tuple(value for tier in gen.tiers for value in tier.values)


def flag(percent: int) -> Choice:
    """Return true for this percentage of the rows."""
    return choice((percent, "true"), (100 - percent, "false"))


def fan(mean: Decimal, least: int, most: int | None) -> Quantiles:
    """Return children per parent around a mean: some have none, a few have many; `most` is what constraints leave."""
    bound = Decimal(10**6 if most is None else most)
    parts = [Decimal(least), mean * Decimal("0.35"), mean * Decimal("0.75"), mean * Decimal("1.3"), mean * Decimal(3)]
    parts = [min(max(part.quantize(Decimal(1)), Decimal(least)), bound) for part in parts]
    longest = max((mean * 8).to_integral_value(), mean.to_integral_value() + 2, Decimal(3))
    return Quantiles(*rising([*parts, min(longest, bound)]))


def rising(values: Iterable[Decimal]) -> list[Decimal]:
    """Return the values, each at least the one before."""
    out: list[Decimal] = []
    for value in values:
        out.append(max(value, out[-1]) if out else value)
    return out


def clipped(gen: Number, low: Decimal | None, high: Decimal | None) -> Number:
    """Return a number that stays between two bounds, in steps that a bound does not break.

    Where the bounds leave less than half of what was planned, the whole range between them is used, its low end most.
    """
    q = gen.q
    floor, ceiling = q.min if low is None else low, q.max if high is None else high
    step = gen.step
    if low is not None and high is not None and (q.p75 > high or q.p25 < low):
        wide = high - low
        parts = [low, low + wide / 5, low + wide * 2 / 5, low + wide * 3 / 5, low + wide * 4 / 5, high]
    elif low is not None and q.p50 < low:
        parts = [value + low for value in (abs(q.min), abs(q.p25), abs(q.p50), abs(q.p75), abs(q.p95), abs(q.max))]
    else:
        parts = [q.min, q.p25, q.p50, q.p75, q.p95, q.max]
    if floor > ceiling:
        floor = ceiling
    parts = rising(min(max(part, floor), ceiling) for part in parts)
    step = next((unit for unit in (step, *FINER) if unit <= step and _holds(unit, floor, ceiling)), step)
    rounded = [_step(part, step, floor, ceiling) for part in parts]
    spikes = tuple(spike for spike in gen.spikes if floor <= spike.value <= ceiling)
    return Number(Quantiles(*rising(rounded)), step, spikes)


def _holds(unit: Decimal, floor: Decimal, ceiling: Decimal) -> bool:
    """Tell whether a multiple of the unit lies between two bounds."""
    if ceiling - floor >= unit:
        return True
    with localcontext(prec=80):  # a NUMERIC may have more digits than the usual 28
        return (floor / unit).to_integral_value(ROUND_CEILING) * unit <= ceiling


def _step(value: Decimal, step: Decimal, floor: Decimal, ceiling: Decimal) -> Decimal:
    with localcontext(prec=80):
        near = (value / step).to_integral_value() * step if step else value
    return min(max(near, floor), ceiling)
