"""Let a column's ranks follow another's: say what may, and bend its draws.

A rank is known in one of two ways. A plain number, moment or choice knows the position of a cell among all that it could
make. Any other cell's position is its place among a sample: the cells of up to SAMPLE rows, spread evenly over the rows up to
the end of its own edition. Neither looks at a later edition, so growth moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from synthseed import chunk
from synthseed.cells import ARROW, Cells, numbers, texts
from synthseed.engine.arrays import Repeated
from synthseed.errors import PlanError
from synthseed.generators.base import Generator, Ordered, Setting
from synthseed.generators.choices import Chosen, places
from synthseed.generators.copula import Weights, bent, weights
from synthseed.generators.naming import check_names
from synthseed.generators.quantiles import POSITIONS
from synthseed.plan import Follow
from synthseed.schema import Column
from synthseed.streams import Ints, Stream, Words

if TYPE_CHECKING:
    from synthseed.engine.frame import Frame
    from synthseed.engine.tables import Planned

SAMPLE = 4096  # a rank among so many is within 0.8 % of the true one in 99 of 100 samples (Kolmogorov)


@dataclass(frozen=True, slots=True)
class Following:
    """Follow the rank of `ref`, a column or `key.column`."""

    ref: str
    weights: Weights

    def bent(self, frame: Frame, own: Words) -> Words:
        """Return the column's draws, bent; where `ref` is NULL they stay as they are."""
        other = frame.position(self.ref)
        if other.valid is None:
            return bent(own, other.ints, self.weights)
        words, at = own.copy(), np.flatnonzero(other.valid)
        words[at] = bent(own[at], other.ints[at], self.weights)
        return words


def following(given: Follow, gen: Generator, setting: Setting) -> Following:
    """Compile one `follow`.

    Raises:
        PlanError: `ref` is not there, or the column has no order that could follow.
    """
    check_names({given.ref}, setting)
    if setting.unique:
        raise PlanError(f"{setting.where}: a unique column cannot follow {given.ref}: it is drawn without replacement; take the follow out")
    if isinstance(gen, Repeated) or not isinstance(gen, Ordered):
        raise PlanError(
            f"{setting.where}: its generator has no order, so it cannot follow {given.ref}: a number, moment, after or choice can; "
            "plan the column as one of them, or take the follow out"
        )
    return Following(given.ref, weights(given.rho))


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold the cells of a sample of rows, sorted; digits behind the point are `scale`."""

    values: Ints
    scale: int

    @staticmethod
    def of(cells: Cells) -> Sample:
        """Sort the cells that are there."""
        return Sample(np.sort(cells.ints[cells.mask()]), cells.scale)

    @staticmethod
    def rows(count: int) -> Ints:
        """Return which of the rows [0, count) are in the sample."""
        size = min(count, SAMPLE)
        return np.arange(size) * count // max(size, 1)

    def position(self, cells: Cells, stream: Stream, rows: Ints) -> Ints:
        """Return where in [0, 2**32) each cell lies in the sample, evenly inside the run of cells that are like it.

        A cell that the sample does not have lies around the border of its two neighbours there.
        """
        scale = max(self.scale, cells.scale)
        values = self.values * 10 ** (scale - self.scale)
        wanted = cells.ints * 10 ** (scale - cells.scale)
        low, high = np.searchsorted(values, wanted, "left"), np.searchsorted(values, wanted, "right")
        inside = (stream.bits(rows) >> np.uint64(32)).view(np.int64)
        absent = high == low
        start = (low << 32) - np.where(absent, POSITIONS // 2, 0)
        place = (start + inside * np.where(absent, 1, high - low)) // max(len(values), 1)
        return np.clip(place, 0, POSITIONS - 1)


def comparable(frame: Frame, name: str, planned: Planned | None) -> Cells:
    """Return a column's cells as integers in their order, for rows of one plan.

    Labels of an enum are in the order of their type, texts of a choice as they are listed, times and numbers in a text
    column are what they were before they became text. A text that is none of those listed (an override's) has no rank: NULL.

    Raises:
        PlanError: They have no order that means something.
    """
    cells, column = frame.cells(name), frame.table.columns.get(name)
    if cells.form not in ARROW:
        return cells
    listed = _listed(planned, column)
    if listed is not None:
        place = places(cells, listed)
        return numbers(place, valid=cells.mask() & (place >= 0))
    drawn = planned.draw(frame) if planned else cells
    if drawn.form in ARROW:
        raise PlanError(
            f"{frame.table.key}.{name}: {cells.form} values have no rank that a column could follow; name a number, a time or a choice"
        )
    return replace(drawn, valid=cells.valid)


def _listed(planned: Planned | None, column: Column | None) -> Cells | None:
    """Return the texts that a column has in their order, None where they are not listed."""
    if column is not None and column.type.labels:
        return texts(chunk.strings(column.type.labels))
    if planned is not None and isinstance(planned.gen, Chosen) and planned.gen.pool.form in ARROW:
        return planned.gen.pool
    return None
