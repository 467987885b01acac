"""Say what else a column could hold, where the database refused what was planned: the likeliest first.

A CHECK that nobody could read still names what it compares with: values, a pattern, a length, the keys of a document, bounds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from synthseed.errors import SynthseedError
from synthseed.plan import Choice, Expr, Gen, Null, Number, Quantiles, Template, Tier
from synthseed.schema import Column, Kind, Type

LITERAL = re.compile(r"'((?:[^']|'')*)'")
NUMERAL = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.'])")
KEY = re.compile(r"(?:->>?|\?)\s*'((?:[^']|'')+)'|'\$\.(\w+)'")
KINDS = {"string": "a", "text": "a", "number": 1, "integer": 1, "boolean": True, "true": True, "array": ["a"], "object": {"a": 1}}
NUMBERS = (Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT)
DAYS = ("2024-01-01", "2024-02-29", "2023-12-31")  # the first and the last of a year, a Monday and a Sunday, and a leap day
ALONE = 5  # values that are tried one by one
WIDEST = 64  # characters: no length above is a code's

Rung = Callable[[Column, str], Iterator[Gen]]


def candidates(columns: Sequence[Column], text: str) -> Iterator[tuple[Column, Gen]]:
    """Yield other generators for the columns of a refused constraint.

    Args:
        columns: Those that may be planned otherwise.
        text: The constraint's SQL; empty where it is not known.
    """
    seen: set[tuple[str, Gen]] = set()
    for rung in (_listed, _documents, _patterns, _default, _numbers, _each, _lengths, _plain):
        for column in columns:
            for gen in rung(column, text):
                if (column.name, gen) not in seen:
                    seen.add((column.name, gen))
                    yield column, gen
    for column, other in _pairs(columns):
        yield column, Expr(other.name)
    yield from ((column, Null()) for column in columns if column.nullable)


def _pairs(columns: Sequence[Column]) -> Iterator[tuple[Column, Column]]:
    for column in reversed(columns):
        yield from ((column, other) for other in columns if other is not column and _alike(other.type, column.type))


def _alike(one: Type, other: Type) -> bool:
    elements = (one.element.kind if one.element else None, other.element.kind if other.element else None)
    return one.kind is other.kind and elements[0] is elements[1]


# ---------------------------------------------------------------------------------------------- values that are named
def _literals(column: Column, text: str) -> tuple[str, ...]:
    if column.type.kind in NUMBERS or column.type.kind is Kind.BOOLEAN:
        return ()
    found = (one.replace("''", "'") for one in LITERAL.findall(text))
    return tuple(value for value in dict.fromkeys(found) if _casts(value, column))


def _listed(column: Column, text: str) -> Iterator[Gen]:
    values = _literals(column, text)
    if values:
        yield _one_of(values)


def _each(column: Column, text: str) -> Iterator[Gen]:
    yield from (_one_of((value,)) for value in _literals(column, text)[:ALONE])


def _default(column: Column, text: str) -> Iterator[Gen]:
    named = LITERAL.match(column.default or "")
    value = named[1].replace("''", "'") if named else (column.default or "")
    if value and (named or NUMERAL.fullmatch(value) or value in ("true", "false")) and _casts(value, column):
        yield _one_of((value,))


def _numbers(column: Column, text: str) -> Iterator[Gen]:
    if column.type.kind is Kind.BOOLEAN:
        yield from (_one_of((value,)) for value in ("true", "false"))
    if column.type.kind not in NUMBERS:
        return
    numbers = sorted({Decimal(found) for found in NUMERAL.findall(text)})
    for number in numbers:
        if number > 1 and number == number.to_integral_value() and _casts(str(100 * number), column):
            yield Number(Quantiles(*(number * times for times in map(Decimal, (1, 5, 10, 20, 50, 100)))), number)  # multiples
    for low, high in pairwise(numbers):
        if (high - low) // 4 > 0:  # else nearly all rows are `low`, and a sample misses the others
            yield _between(low, high)
    for number in numbers:  # above it, as far as the next one; a hundred where there is none
        top = min((other for other in numbers if other > number + 1), default=number + 100)
        if _casts(str(top), column):
            yield _between(number + 1, top)
    for number in numbers:
        yield from (_one_of((str(value),)) for value in (number, number + 1, number - 1) if _casts(str(value), column))


def _between(low: Decimal, high: Decimal) -> Number:
    quarter = (high - low) // 4
    return Number(Quantiles(low, low + quarter, low + 2 * quarter, low + 3 * quarter, low + 3 * quarter, high), Decimal(1))


# ---------------------------------------------------------------------------------------------- texts
def _patterns(column: Column, text: str) -> Iterator[Gen]:
    from synthseed.planners.offline.regexes import template_of

    if column.type.kind is not Kind.TEXT:
        return
    for value in dict.fromkeys(LITERAL.findall(text)):
        made = template_of(value.replace("''", "'"))
        if made and made != value:
            yield _template(made)


def _lengths(column: Column, text: str) -> Iterator[Gen]:
    if column.type.kind not in (Kind.TEXT, Kind.BYTES):
        return
    most = min(column.type.length or WIDEST, WIDEST)
    sizes = [int(found) for found in dict.fromkeys(NUMERAL.findall(text)) if found.isdigit() and 0 < int(found) <= most]
    for size in sizes[:3]:
        if column.type.kind is Kind.BYTES:
            yield _one_of(("a" * size,))
            continue
        yield from (_template(f"{{{kind}:{size}}}") for kind in ("digits", "upper", "lower"))


def _plain(column: Column, text: str) -> Iterator[Gen]:
    if column.type.kind is Kind.TEXT:
        most = min(column.type.length or 8, 8)
        yield from (_template(f"{{{kind}:{most}}}") for kind in ("digits", "lower"))
    elif column.type.kind in (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        yield from (_one_of((day,)) for day in DAYS)
    elif column.type.kind in NUMBERS:
        yield from (_one_of((value,)) for value in ("0", "1"))


def _documents(column: Column, text: str) -> Iterator[Gen]:
    """Yield documents with the keys that a CHECK asks for, each of the kind that it names next."""
    found = list(KEY.finditer(text))
    if not found or column.type.kind not in (Kind.JSON, Kind.TEXT):
        return
    for plain in ("a", 1):
        document: dict[str, object] = {}
        for at, key in enumerate(found):
            end = found[at + 1].start() if at + 1 < len(found) else len(text)
            kind = next((one for one in LITERAL.findall(text[key.end() : end]) if one in KINDS), None)
            name = (key[1] or key[2]).replace("''", "'")
            if name not in document or kind:
                document[name] = KINDS[kind] if kind else plain
        yield _one_of((json.dumps(document),))


# ---------------------------------------------------------------------------------------------- pieces
def shown(gen: Gen) -> str:
    """Return a generator in a few words."""
    match gen:
        case Choice(tiers) | Template(tiers):
            values = [repr(value) for tier in tiers for value in tier.values]
            return ", ".join(values[:4]) + (", ..." if len(values) > 4 else "")
        case Null():
            return "NULL"
        case Number(q, step):
            return f"numbers from {q.min} to {q.max} in steps of {step}"
        case Expr(expr):
            return f"the same as {expr}"
    return type(gen).__name__.lower()


def _one_of(values: tuple[str, ...]) -> Choice:
    return Choice((Tier(Decimal(100), values),))


def _template(text: str) -> Template:
    return Template((Tier(Decimal(100), (text,)),))


def _casts(value: str, column: Column) -> bool:
    from synthseed.generators.literals import of_type

    try:
        of_type([value], column.type, column.name)
    except SynthseedError:
        return False
    return column.type.length is None or column.type.kind is not Kind.TEXT or len(value) <= column.type.length
