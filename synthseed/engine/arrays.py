"""Fill array columns: each row gets none to three elements, or as many as type and CHECKs want, each drawn as a cell of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from synthseed import chunk
from synthseed.cells import Cells, Form
from synthseed.constraints.checks import facts
from synthseed.constraints.facts import AsLong, Length
from synthseed.engine.conform import conform
from synthseed.generators.base import Generator, Rows, Space
from synthseed.schema import Column, Table, Type
from synthseed.streams import Ints, Stream, below, shuffle

T = TypeVar("T")
MOST = 4  # elements of a row are numbered row * MOST + place, or with the number that is wanted where that is more


@dataclass(frozen=True, slots=True)
class Lengths:
    """Say how many elements the lists of a column have: both ends inclusive, None for no upper end.

    Attributes:
        name: The column whose stream decides; one of several that must be as long as each other.
        alike: True where there are others, so that nothing of this column alone may shorten a list.
    """

    name: str
    low: int = 0
    high: int | None = None
    alike: bool = False


def lengths(table: Table, dialect: str, column: Column) -> Lengths:
    """Return how many elements type and CHECKs let the lists of a column have."""
    if column.type.fixed and column.type.length is not None:
        return Lengths(column.name, column.type.length, column.type.length)
    said = facts(table, dialect) if table.checks else ()
    names = {column.name}
    pairs = [{fact.left, fact.right} for fact in said if isinstance(fact, AsLong)]
    for _ in pairs:
        names = names.union(*(pair for pair in pairs if pair & names))
    bounds = [fact for fact in said if isinstance(fact, Length) and fact.column in names]
    highs = [fact.high for fact in bounds if fact.high is not None]
    return Lengths(min(names), max((fact.low or 0 for fact in bounds), default=0), min(highs, default=None), len(names) > 1)


class Elements:
    """Stand for the elements of some rows, as rows of their own with streams of their own."""

    def __init__(self, rows: Rows, owner: Ints, numbers: Ints) -> None:
        self._rows, self._owner, self._numbers = rows, owner, numbers

    @property
    def numbers(self) -> Ints:
        """Return a number per element."""
        return self._numbers

    @property
    def as_of(self) -> Ints:
        """Return the moment each element's row is told from."""
        return self._rows.as_of[self._owner]

    def stream(self, *names: object) -> Stream:
        """Return the stream of these names, for elements."""
        return self._rows.stream(*names, "element")

    def index(self, name: str, size: int) -> Ints:
        """Return a draw from [0, size) per element."""
        return below(self.stream(name).bits(self._numbers), size)

    def cells(self, name: str) -> Cells:
        """Return other cells of each element's row."""
        return self._rows.cells(name).take(self._owner)

    def ordinal(self) -> Ints:
        """Return the place of each element's row among its siblings."""
        return self._rows.ordinal()[self._owner]

    def aggregate(self, function: str, child: str, column: str) -> Cells:
        """Return an aggregate over the children of each element's row."""
        return self._rows.aggregate(function, child, column).take(self._owner)

    def once(self, name: Hashable, draw: Callable[[], T]) -> T:
        """Return draw(); elements are asked only once."""
        return draw()


class Repeated:
    """Make lists of what another generator makes; the elements of a row differ where its space has enough values."""

    version, distinct, group = 1, False, ""

    def __init__(self, name: str, gen: Generator, element: Type, where: str, lengths: Lengths) -> None:
        self._name, self._gen, self._element, self._where, self._lengths = name, gen, element, where, lengths
        space, most = gen.space(), MOST if lengths.alike else lengths.low
        self._space = space if space is None or most <= space.size else None  # else some are alike

    def values(self, rows: Rows, /) -> Cells:
        """Return one list per row, most with one or two elements; within the bounds, where there are any."""
        most = max(MOST, self._lengths.low)
        count = self._counts(rows)
        owner = np.repeat(np.arange(len(count)), count)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        elements = Elements(rows, owner, rows.numbers[owner] * most + place)
        if self._space is None:
            cells = self._gen.values(elements)
        else:
            keys = rows.stream(self._name, "order").bits(rows.numbers)[owner]
            cells = self._space.decode(shuffle(place, np.full(len(place), self._space.size), keys), elements)
        array = chunk.to_arrow(conform(cells, self._element, self._where), self._element, self._where)
        return Cells(Form.LIST, chunk.lists(np.concatenate([[0], np.cumsum(count)]), array))

    def _counts(self, rows: Rows) -> Ints:
        count = np.array([0, 1, 1, 1, 2, 2, 2, 3])[below(rows.stream(self._lengths.name, "elements").bits(rows.numbers), 8)]
        count = np.clip(count, self._lengths.low, self._lengths.high)
        return count if self._space is None else np.minimum(count, self._space.size)

    def space(self) -> Space | None:
        """Return None: lists are not numbered."""
        return None
