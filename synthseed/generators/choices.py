"""Choose one of some values, by tiers: `choice`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import ARROW, Cells
from synthseed.generators.base import Rows, Setting
from synthseed.generators.literals import converted
from synthseed.generators.shares import Ladder, Shares, flattened
from synthseed.plan import Choice
from synthseed.schema import Kind
from synthseed.streams import Ints, Words, scrambled


@dataclass(frozen=True)
class Values:
    """Number distinct values in the order in which the plan gives them; more are added at the end."""

    cells: Cells

    @property
    def size(self) -> int:
        """Return how many values there are."""
        return len(self.cells)

    def decode(self, index: Ints, rows: Rows) -> Cells:
        """Return the value of each number."""
        return self.cells.take(index)

    def encode(self, values: Cells) -> Ints:
        """Return the number of each value, -1 for one that is not among them, and for NULL."""
        return np.where(values.mask(), places(values, self.cells), -1)


def places(values: Cells, among: Cells) -> Ints:
    """Return the first place of each value among others of the same form, -1 where it is none of them."""
    if values.form is not among.form:
        return np.full(len(values), -1, np.int64)
    if among.form in ARROW:
        if not len(among):
            return np.full(len(values), -1, np.int64)
        found = pc.index_in(values.array, value_set=among.array)
        return np.where(chunk.unpacked(found.is_valid()), chunk.view(found, np.int32).astype(np.int64), -1)
    scale = max(values.scale, among.scale)
    known, wanted = among.rescaled(scale).ints, values.rescaled(scale).ints
    order = np.argsort(known, kind="stable")
    at = np.minimum(np.searchsorted(known[order], wanted), max(len(known) - 1, 0))
    return np.where(known[order][at] == wanted, order[at], -1) if len(known) else np.full(len(values), -1, np.int64)


@dataclass(frozen=True)
class Chosen:
    """Draw a value per row by its share; without replacement, and then in equal parts, where the column is unique."""

    pool: Cells
    shares: Shares
    setting: Setting
    distinct: bool = False
    version: int = 1

    @property
    def group(self) -> str:
        """Return the name that `Rows.index` is asked under."""
        return self.setting.name

    def values(self, rows: Rows, /) -> Cells:
        """Return one cell per row."""
        if self.setting.unique:
            space = self.space()
            return space.decode(rows.index(self.group, space.size), rows)
        return self.pool.take(self.shares.pick(rows.stream(self.setting.name).bits(rows.numbers)))

    def drawn(self, rows: Rows, words: Words, /) -> Cells:
        """Return a higher value for a higher word: numbers and times by size, labels of an enum and texts in the order given."""
        return self.pool.take(self.ladder.place((words >> np.uint64(32)).view(np.int64)))

    def position(self, rows: Rows, words: Words, /) -> Ints:
        """Return where the value of each word lies, evenly inside its share."""
        return self.ladder.position(self.shares.pick(words), scrambled(scrambled(words)))

    @cached_property
    def ladder(self) -> Ladder:
        """Return the values in order, with their shares."""
        return self.shares.ladder(self._order())

    def _order(self) -> Ints:
        if self.pool.form not in ARROW:
            return np.argsort(self.pool.ints, kind="stable")
        column = self.setting.column
        if column is None or column.type.kind is not Kind.ENUM:
            return np.arange(len(self.pool))
        labels = {label: place for place, label in enumerate(column.type.labels)}
        return np.argsort([labels.get(text, len(labels)) for text in chunk.python(self.pool.array)], kind="stable")

    def space(self) -> Values:
        """Return the distinct values in order."""
        first = places(self.pool, self.pool) == np.arange(len(self.pool))
        return Values(self.pool.take(np.flatnonzero(first)))


def build_choice(gen: Choice, setting: Setting) -> Chosen:
    """Build the generator of a `choice` column.

    Raises:
        PlanError: A value is none of the column's type, is too long, or is no label of the enum.
    """
    values, shares = flattened(gen.tiers, setting.where)
    return Chosen(converted(values, setting), shares, setting)
