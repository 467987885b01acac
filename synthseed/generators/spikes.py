"""Give exact values a share of the rows of a number, and say where they stand among the other values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from synthseed.errors import PlanError
from synthseed.generators.base import Setting
from synthseed.generators.quantiles import POSITIONS, Distribution
from synthseed.plan import Number
from synthseed.streams import Ints, below


@dataclass(frozen=True, slots=True)
class Spikes:
    """Hold exact values and where on [0, 2**63) each one's share ends."""

    ends: Ints
    values: Ints

    def among(self, line: Distribution, low: int, step: int) -> Steps:
        """Return where the spikes stand among the numbers low + step * line."""
        order = np.argsort(self.values, kind="stable")
        parts = np.diff(self.ends >> 31, prepend=0)[order]
        values, sums = self.values[order], np.cumsum([0, *parts])
        under = line.count((values - low - 1) // step)
        rest = POSITIONS - int(sums[-1])
        starts = np.array([int(plain) * rest >> 32 for plain in under], np.int64) + sums[:-1]
        return Steps(under, starts, parts, sums, values, np.argsort(order))


@dataclass(frozen=True, slots=True)
class Steps:
    """Hold where the spikes stand among all numbers, by size: on [0, 2**32) each has a run of positions of its own.

    Attributes:
        under: Positions of the plain draw that give less than each spike, shape (n,), rising.
        starts: Where each spike's run begins, rising.
        parts: How long it is.
        sums: Positions of all spikes so far, shape (n + 1,); what the last one leaves is the plain draw's.
        values: The spikes by size.
        ranks: The rank by size of each spike of the plan.
    """

    under: Ints
    starts: Ints
    parts: Ints
    sums: Ints
    values: Ints
    ranks: Ints

    @property
    def rest(self) -> int:
        """Return how many positions the spikes leave."""
        return POSITIONS - int(self.sums[-1])

    def split(self, position: Ints) -> tuple[Ints, Ints]:
        """Return the spike at each position by rank, -1 for none, and the position of the plain draw there."""
        so_far = np.searchsorted(self.starts, position, "right")
        last = np.maximum(so_far - 1, 0)
        spike = (so_far > 0) & (position < self.starts[last] + self.parts[last])
        plain = np.where(spike, 0, position - self.sums[so_far]).astype(np.uint64)
        return np.where(spike, last, -1), ((plain << np.uint64(32)) // np.uint64(self.rest)).astype(np.int64)

    def joined(self, plain: Ints) -> Ints:
        """Return the position among all numbers of each position of the plain draw."""
        return below(plain.astype(np.uint64) << np.uint64(32), self.rest) + self.sums[np.searchsorted(self.under, plain, "right")]


def spikes(gen: Number, scale: int, bounds: tuple[int, int], setting: Setting) -> Spikes | None:
    """Return the spikes of a number in units of 10**-scale, None where it has none.

    Raises:
        PlanError: They have more than all rows, or a value that the column does not hold.
    """
    if not gen.spikes:
        return None
    total = sum((Fraction(spike.share) for spike in gen.spikes), Fraction(0))
    if total > 100 or any(spike.share < 0 for spike in gen.spikes):
        raise PlanError(f"{setting.where}: the spikes have {total} % of the rows; shares are from 0 to 100 % together")
    ends, values, so_far = [], [], Fraction(0)
    for spike in gen.spikes:
        value = Fraction(spike.value) * 10**scale
        if value.denominator != 1 or not bounds[0] <= value <= bounds[1]:
            sql = setting.column.type.sql if setting.column else "a helper column"
            raise PlanError(f"{setting.where}: the spike {spike.value} does not fit {sql}; change it or take it out")
        so_far += Fraction(spike.share)
        ends.append(min(int(so_far / 100 * 2**63), 2**63 - 1))
        values.append(int(value))
    return Spikes(np.array(ends, np.int64), np.array(values, np.int64))
