"""Fill array columns: each row gets none to three elements, or as many as the type takes, each drawn as a cell of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import numpy as np

from synthseed import chunk
from synthseed.cells import Cells, Form
from synthseed.engine.conform import conform
from synthseed.generators.base import Generator, Rows, Space
from synthseed.schema import Type
from synthseed.streams import Ints, Stream, below, shuffle

T = TypeVar("T")
MOST = 4  # elements of a row are numbered row * MOST + place, or with the length of the type where that is more


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

    def __init__(self, name: str, gen: Generator, element: Type, where: str, length: int | None = None) -> None:
        self._name, self._gen, self._element, self._where, self._length = name, gen, element, where, length
        space = gen.space()
        self._space = space if space is None or length is None or length <= space.size else None  # else some are alike

    def values(self, rows: Rows, /) -> Cells:
        """Return one list per row, most with one or two elements; with just as many as the type takes, where it says so."""
        most = MOST if self._length is None else max(MOST, self._length)
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
        if self._length is not None:
            return np.full(len(rows.numbers), self._length)
        count = np.array([0, 1, 1, 1, 2, 2, 2, 3])[below(rows.stream(self._name, "elements").bits(rows.numbers), 8)]
        return count if self._space is None else np.minimum(count, self._space.size)

    def space(self) -> Space | None:
        """Return None: lists are not numbered."""
        return None
