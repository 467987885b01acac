"""Draw integers from six quantiles by piecewise linear interpolation, and read a distribution backwards: no floats.

The shares of the six quantiles (0, 25, 50, 75, 95, 100 %) are multiples of a twentieth, so the line through them is cut
into twenty cells of equal share: `word * 20` has the cell in its high half and the place inside the cell in its low half.
A draw is then two table look-ups, a multiplication and a shift, without a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np

from synthseed.errors import PlanError
from synthseed.plan import Quantiles
from synthseed.streams import Ints, Words, below

CELLS = 20
POSITIONS = 2**32  # draws that can be told apart, and what `Distribution.count` counts
FINEST = 2**20  # parts of a unit in which the line is kept, so that 2 of 7 is no rounded number of units
NARROW = 2**31  # below this a cell's width times 32 bits fits in int64
LIMIT = 10**18  # largest unit on either side: five times the widest cell still fits in 64 bits


@dataclass(frozen=True, slots=True)
class Distribution:
    """Hold the line through six quantiles as cells of equal share.

    Attributes:
        edges: Where each cell begins, in units / 2**shift, shape (21,); never falling. Half a unit is already added, so
            that cutting the parts off rounds to the nearest unit.
        widths: Width of each cell, shape (20,).
        shift: Parts of a unit: 2**shift.
        wide: True when some cell is too wide for 32-bit places.
    """

    edges: Ints
    widths: Ints
    shift: int
    wide: bool

    def draw(self, words: Words) -> Ints:
        """Return a number of units per uint64 word; never falls while the word rises."""
        if not self.wide:
            return self._narrow((words >> np.uint64(32)).view(np.int64))
        cell = below(words, CELLS)
        inside = below(words * np.uint64(CELLS), self.widths[cell])
        return (self.edges[cell] + inside) >> self.shift

    def at(self, position: Ints) -> Ints:
        """Return the number of units at a position in [0, 2**32): the position-th smallest of all draws."""
        return self.draw(position.astype(np.uint64) << np.uint64(32)) if self.wide else self._narrow(position)

    def _narrow(self, position: Ints) -> Ints:
        place = position * CELLS
        cell = place >> 32
        place &= POSITIONS - 1
        place *= self.widths.take(cell)
        place >>= 32
        place += self.edges.take(cell)
        place >>= self.shift
        return place

    def count(self, units: Ints) -> Ints:
        """Return how many of the 2**32 positions give at most this many units: the inverse of `at`, exact."""
        if self.wide:
            return self._bisected(units)
        bound = (np.clip(units, (self.edges[0] >> self.shift) - 1, self.edges[-1] >> self.shift) + 1) << self.shift
        cell = np.searchsorted(self.edges, bound) - 1  # the last edge below the bound, so that cell has a width
        inside = np.clip(cell, 0, CELLS - 1)
        width = np.maximum(self.widths[inside], 1)
        places = -((-(np.minimum(bound - self.edges[inside], width) << 32)) // width)
        found = -((-((inside << 32) + places)) // CELLS)
        return np.where(cell < 0, 0, np.where(cell >= CELLS, POSITIONS, found))

    def _bisected(self, units: Ints) -> Ints:
        low, high = np.zeros(len(units), np.int64), np.full(len(units), POSITIONS, np.int64)
        for _ in range(33):
            middle = (low + high) >> 1
            inside = (middle < high) & (self.at(np.minimum(middle, POSITIONS - 1)) <= units)
            low, high = np.where(inside, middle + 1, low), np.where(inside, high, middle)
        return low


def distribution(knots: Sequence[Fraction], where: str) -> Distribution:
    """Build a distribution of six values in units (see `in_units`), all within 10**18 of zero.

    Raises:
        PlanError: The values fall.
    """
    if any(high < low for low, high in pairwise(knots)):
        raise PlanError(f"{where}: the quantiles fall; write min <= p25 <= p50 <= p75 <= p95 <= max")
    line = [
        low + (high - low) * k / cells for (low, high), cells in zip(pairwise(knots), (5, 5, 5, 4, 1), strict=True) for k in range(cells)
    ]
    line.append(knots[-1])
    widest = max(high - low for low, high in pairwise(line))
    largest = max(abs(value) for value in line) + 1
    shift = FINEST.bit_length() - 1
    while shift and (widest * 2**shift >= NARROW - 1 or largest * 2**shift >= LIMIT):
        shift -= 1
    half = Fraction(1, 2) if shift else 0
    edges = np.array([(value + half) * 2**shift // 1 for value in line], np.int64)
    if not shift:  # whole units: round here, since nothing is left to cut off
        edges = np.array([(value * 2 + 1) // 2 for value in line], np.int64)
    widths = np.diff(edges)
    return Distribution(edges, widths, shift, bool(widths.max() >= NARROW))


def in_units(q: Quantiles, unit: Decimal | Fraction) -> tuple[Fraction, ...]:
    """Return the six values of a plan in units, exactly."""
    return tuple(Fraction(value) / Fraction(unit) for _, value in q.knots())
