"""Plan numbers: the range follows the name, the unit and the neighbours, never one range for all."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.resources import files

from synthseed.plan import Choice, Expr, Gen, Number, Quantiles, Spike
from synthseed.planners.offline.draft import NUMBERS, Draft
from synthseed.planners.offline.names import says
from synthseed.planners.offline.roles import PEOPLE
from synthseed.planners.offline.shapes import choice, clipped, number
from synthseed.schema import Column, Kind

EPOCH = ("1640995200", "1664582400", "1688169600", "1711929600", "1730419200", "1735689599")  # 2022 to 2024, busier at the end
YEARS = {
    "build": "1955 1988 2004 2015 2022 2024", "birth": "1945 1968 1981 1994 2004 2007", "publication": "1950 1992 2008 2017 2023 2024",
    "founded": "1890 1962 1988 2006 2018 2023", "release": "1972 1998 2010 2018 2023 2024", "model": "2004 2014 2018 2021 2023 2024",
}  # fmt: skip

UNITS = frozenset("km cm mm kg g gram kilometer minute hour second day month byte mb gb percent millisecond".split())  # noqa: SIM905
PLACES = ("position", "sort order", "display order", "sequence", "rank", "ranking", "order index", "ordering", "sort", "line number")


@cache
def ranges() -> tuple[tuple[tuple[str, ...], Number], ...]:
    """Return (phrase, number) of `ranges.tsv`: the longer phrases first."""
    found = []
    text = files("synthseed.planners.offline").joinpath("ranges.tsv").read_text("utf-8")
    for line in text.splitlines()[1:]:
        phrase, q, step, zero = line.split("\t")
        found.append((tuple(phrase.split(" ")), number(q, step, zero=int(zero))))
    return tuple(sorted(found, key=lambda pair: -len(pair[0])))


def known(words: tuple[str, ...], table: tuple[str, ...] = ()) -> Number | None:
    """Return the number that these words name: the last words count most, then any; a table's word may come first."""
    for phrase, gen in ranges():
        if phrase[0] == "@" and phrase[1] in table and says(words, " ".join(phrase[2:])):
            return gen
    found = _suffix(words)
    if found is None or (found[0] == words[-1:] and words[-1] in UNITS):  # `mileage_km` is a mileage before it is kilometres
        found = _suffix(words[:-1]) or found
    if found is not None:
        return found[1]
    for phrase, gen in ranges():
        if phrase[0] != "@" and says(words, " ".join(phrase)):
            return gen
    return None


def _suffix(words: tuple[str, ...]) -> tuple[tuple[str, ...], Number] | None:
    return next(((phrase, gen) for phrase, gen in ranges() if words and words[-len(phrase) :] == phrase), None)


def plan_numbers(draft: Draft) -> None:
    """Plan the number columns that nobody planned yet."""
    for column in draft.todo:
        kind = column.type.kind if column.type.element is None else column.type.element.kind
        if kind in NUMBERS:
            gen = number_of(draft, column)
            if gen is None:
                draft.guessed.append(column.name)
                draft.put(column, fitted(draft, column, _plain(draft, column)), "planned from its type: the name says nothing")
            else:
                draft.put(column, gen)


def number_of(draft: Draft, column: Column) -> Gen | None:
    """Return the generator of a number that is understood."""
    words = draft.names[column.name]
    said = _special(draft, column, words)
    if said is not None:
        return said
    gen = known(words, (*draft.words, *_living(draft)))
    if gen is None:
        return None
    return fitted(draft, column, gen)


def _living(draft: Draft) -> tuple[str, ...]:
    """Return `person` and `vital` where other columns say that a row is about a body."""
    born = draft.words[-1] in PEOPLE or "birth date" in draft.said
    measured = bool(draft.said & {"heart rate", "pulse", "systolic", "diastolic", "blood pressure"})
    return ("person",) * born + ("vital",) * measured


def _special(draft: Draft, column: Column, words: tuple[str, ...]) -> Gen | None:
    """Return numbers that need more than a range: ratings, years, epochs, positions, line numbers."""
    limit, last = draft.limits[column.name], words[-1]
    unique = draft.needed(column.name) > 0
    if limit.among:
        return None
    if unique and column.type.kind is Kind.INTEGER and _per_parent(draft, column):
        return Expr("ordinal()")
    if column.type.kind is Kind.INTEGER and (column.type.bits or 32) >= 32 and _is_epoch(column, words):
        factor = 10**3 if "millisecond" in words or (column.type.bits == 64 and column.name.lower().endswith("ms")) else 1
        return clipped(Number(Quantiles(*(Decimal(value) * factor for value in EPOCH)), Decimal(1)), limit.low, limit.high)
    if last in ("rating", "star") and not unique:
        return rated(limit.low, limit.high, column)
    if last == "year" and not unique:
        which = next((YEARS[word] for word in YEARS if word in words or word in draft.words), YEARS["release"])
        which = YEARS["model"] if "vehicle" in draft.words or "car" in draft.words else which
        return clipped(number(which), limit.low, limit.high)
    if column.type.kind is Kind.INTEGER and " ".join(words) in PLACES:
        return Expr("ordinal()" if draft.driver is not None else "row_number()")
    return None


def _per_parent(draft: Draft, column: Column) -> bool:
    """Tell a number that counts the rows of one parent: UNIQUE (driver, number)."""
    driver = draft.driver
    if driver is None or column.name in draft.unique:
        return False
    return any({*driver.columns, column.name} == set(unique.columns) for unique in draft.table.keys)


def _is_epoch(column: Column, words: tuple[str, ...]) -> bool:
    moments = {"at", "timestamp", "created", "updated", "modified", "deleted"}
    return bool(moments & set(words[-1:])) or (
        words[-1] in ("time", "date") and words[0] in ("created", "updated", "start", "end", "last", "creation")
    )


def rated(low: Decimal | None, high: Decimal | None, column: Column) -> Gen:
    """Return stars or grades: the good ones are common, the worst more common than the next."""
    top = 5 if high is None or not 2 < high <= 10 else int(high)
    bottom = 1 if low is None or not 0 <= low <= top else int(low)
    if column.type.kind is not Kind.INTEGER and top == 5:
        return clipped(number("1 3.6 4.2 4.6 4.9 5", "0.1"), low, high)
    shares = {0: 48, 1: 25, 2: 12, 3: 6}
    values = range(top, bottom - 1, -1)
    tiers = [(shares.get(at, 3) if value != bottom else 8, str(value)) for at, value in enumerate(values)]
    return choice(*tiers)


def fitted(draft: Draft, column: Column, gen: Number) -> Gen:
    """Return a number inside what constraints and type allow; wide and even where it must be unique."""
    limit = draft.limits[column.name]
    low, high = limit.low, limit.high
    scale = 0 if column.type.kind is Kind.INTEGER else column.type.scale
    step = gen.step
    if scale is not None and step < Decimal(1).scaleb(-scale):
        step = Decimal(1).scaleb(-scale)
    needed = draft.needed(column.name)
    if needed:
        return spread(low, high, max(needed, 10), step if scale else Decimal(1))
    return clipped(Number(gen.q, step, gen.spikes), low, high)


def spread(low: Decimal | None, high: Decimal | None, rows: int, step: Decimal) -> Number:
    """Return a number with room for many distinct values: a hundred times the rows, where the bounds leave them."""
    first = max(Decimal(1) if low is None else low, Decimal(1)) if high is None or high >= 1 else (high - rows if low is None else low)
    if low is not None and high is not None and (high - low) / step < rows * 2:
        first = low
    last = first + max(rows * 100, 10**5) * step
    last = min(last, high) if high is not None else last
    wide = last - first
    q = Quantiles(first, first + wide / 4, first + wide / 2, first + wide * 3 / 4, first + wide * 19 / 20, last)
    return Number(
        Quantiles(*(value.quantize(Decimal(1)) if step >= 1 else value for value in (q.min, q.p25, q.p50, q.p75, q.p95, q.max))), step
    )


def _plain(draft: Draft, column: Column) -> Number:
    """Return a small, skewed count: what an integer is when nothing says more."""
    if column.type.kind is Kind.INTEGER:
        top = 12 + draft.scatter(column.name, 0, 60)
        return number(f"0 {1 + top // 20} {2 + top // 8} {4 + top // 4} {top // 2 + 3} {top + 5}")
    top = 20 + draft.scatter(column.name, 0, 180)
    return number(f"0 {top // 10} {top // 5} {top // 2} {top} {top * 3}", "0.5")


def bound(gen: Gen) -> Decimal | None:
    """Return the largest value of a number or a choice of numbers."""
    if isinstance(gen, Number):
        return max([gen.q.max, *(spike.value for spike in gen.spikes)])
    if isinstance(gen, Choice):
        return max((Decimal(value) for tier in gen.tiers for value in tier.values if value.replace(".", "", 1).isdecimal()), default=None)
    return None


def spiked(common: str, *others: tuple[str, int]) -> Number:
    """Return a number that is mostly one value, and some others with a share each."""
    value = Decimal(common)
    return Number(Quantiles(*[value] * 6), Decimal("0.01"), tuple(Spike(Decimal(other), Decimal(share)) for other, share in others))
