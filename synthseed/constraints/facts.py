"""Say what a CHECK says, as frozen data.

A CHECK passes where it is NULL, so no fact but `NotNull`, `NullTogether`, `NonNulls` and `Implies` says anything about NULL.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from synthseed import expressions as e

Value = Decimal | str | bool


@dataclass(frozen=True, slots=True)
class Among:
    """Say that a column holds one of some values."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Excludes:
    """Say that a column holds none of some values."""

    column: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Say that a column lies between two bounds, None where there is none; times are ISO texts."""

    column: str
    low: Decimal | str | None = None
    high: Decimal | str | None = None
    low_inclusive: bool = True
    high_inclusive: bool = True


@dataclass(frozen=True, slots=True)
class Length:
    """Bound the length of a column, both ends inclusive: characters of a text, bytes of bytes, elements of an array."""

    column: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class AsLong:
    """Say that two lists have as many elements, where both are there."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Compare:
    """Say that `left op right` holds between two columns, where both are there."""

    left: str
    op: str
    right: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Say that a regular expression, in the database's own dialect, is found in a column (or is not)."""

    column: str
    regex: str
    ignore_case: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Cased:
    """Say that a text is all in one case: lower or upper."""

    column: str
    case: str


@dataclass(frozen=True, slots=True)
class JsonType:
    """Say that a column holds JSON of a kind: object, array, string, number, boolean, or any."""

    column: str
    kind: str


@dataclass(frozen=True, slots=True)
class NotNull:
    """Say that a column is never NULL."""

    column: str


@dataclass(frozen=True, slots=True)
class NullTogether:
    """Say that columns are NULL all together or not at all."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NonNulls:
    """Say how many of some columns are not NULL, both bounds inclusive."""

    columns: tuple[str, ...]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Implies:
    """Say that a column is NULL (or is not) where a condition is true; `only`: and the contrary where it is false."""

    when: e.Node
    column: str
    null: bool
    only: bool = False


@dataclass(frozen=True, slots=True)
class Opaque:
    """Keep a part of a CHECK that says something else: its SQL text, and the columns that it names."""

    text: str
    columns: tuple[str, ...]


Fact = (
    Among | Excludes | Range | Length | AsLong | Compare | Pattern | Cased | JsonType | NotNull | NullTogether | NonNulls | Implies | Opaque
)


def columns_of(fact: Fact) -> tuple[str, ...]:
    """Return the columns that a fact speaks of."""
    match fact:
        case NullTogether(columns) | NonNulls(columns) | Opaque(_, columns):
            return columns
        case Compare(left, _, right) | AsLong(left, right):
            return (left, right)
        case Implies(when, column):
            return (*sorted(e.names(when)), column)
        case _:
            return (fact.column,)
