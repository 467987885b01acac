"""Hold one table compiled: what its columns are made by, in each edition's plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from synthseed.cells import Cells, Mask
from synthseed.engine.cohorts import Cohorts
from synthseed.engine.fixed import Given, Kept
from synthseed.generators.base import Generator, Ordered, Ranked, Space
from synthseed.plan import Joint, TablePlan
from synthseed.schema import Column, Table
from synthseed.streams import Ints, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthseed.engine.follow import Following
    from synthseed.engine.frame import Frame
    from synthseed.engine.urns import Draw
    from synthseed.expressions import Node


@dataclass(frozen=True)
class Override:
    """Give some rows of a column another generator (None: NULL) where a condition is true."""

    when: Node
    gen: Generator | None

    def applies(self, frame: Frame) -> Mask:
        """Return where the condition is true; NULL is not."""
        from synthseed.generators.formulas import truth

        return truth(self.when, frame)

    def draw(self, frame: Frame) -> Cells:
        """Return the override's cells."""
        assert self.gen is not None
        return self.gen.values(frame)


@dataclass(frozen=True)
class Outside:
    """Keep rows out of a part of the table, by another generator (None: NULL) where the part's condition is true.

    Attributes:
        inside: The part's condition.
        allowed: Returns which generated rows may be in the part.
    """

    inside: Node
    gen: Generator | None
    allowed: Callable[[Frame], Mask]

    def applies(self, frame: Frame) -> Mask:
        """Return which rows are in the part and may not be."""
        from synthseed.generators.formulas import truth

        return truth(self.inside, frame) & ~self.allowed(frame)

    def draw(self, frame: Frame) -> Cells:
        """Return cells that keep rows out."""
        assert self.gen is not None
        return self.gen.values(frame)


@dataclass(frozen=True)
class Planned:
    """Make one column by one plan.

    Attributes:
        nulls: Rows that are NULL, in parts of 2**32.
        space: The space to draw from without replacement, where the column is unique by value.
        follow: What its ranks follow; the cells of overrides follow nothing.
    """

    name: str
    gen: Generator
    nulls: int = 0
    overrides: tuple[Override | Outside, ...] = ()
    space: Space | None = None
    follow: Following | None = None

    def draw(self, frame: Frame) -> Cells:
        """Return one cell per row of the frame."""
        if self.space is not None:
            return self.space.decode(frame.index(self.gen.group or self.name, self.space.size), frame)
        if self.follow is not None and isinstance(self.gen, Ordered):
            return self.gen.drawn(frame, self._words(frame))
        return self.gen.values(frame)

    def position(self, frame: Frame) -> Ints | None:
        """Return where in [0, 2**32) each cell lies among all that the plan could make; None where only cells can tell."""
        if self.space is not None or self.overrides or not isinstance(self.gen, Ranked):
            return None
        words = self._words(frame)
        return self.gen.position(frame, words) if self.follow is None else (words >> np.uint64(32)).view(np.int64)

    def _words(self, frame: Frame) -> Words:
        own = frame.stream(self.name).bits(frame.numbers)
        return own if self.follow is None else frame.once(("bent", self.name), lambda: self._bent(frame, own))

    def _bent(self, frame: Frame, own: Words) -> Words:
        assert self.follow is not None
        return self.follow.bent(frame, own)


@dataclass
class Spec:
    """Make a table's columns by one plan; fields of joint tables are built when an expression first asks."""

    plan: TablePlan
    columns: dict[str, Planned]
    build_field: Callable[[Joint, str], Generator]
    given: Mapping[str, Given] = field(default_factory=dict)
    _fields: dict[tuple[str, str], Generator] = field(default_factory=dict)

    def field(self, name: str, of: str) -> Generator:
        """Return the generator of a joint table's field that need not be a column."""
        if (name, of) not in self._fields:
            self._fields[name, of] = self.build_field(Joint(name, of), f"{name}.{of}")
        return self._fields[name, of]


@dataclass(frozen=True)
class Counter:
    """Count a key up: first + place * increment in each edition, as a sequence would."""

    cohorts: Cohorts
    first: Sequence[int]
    increment: int = 1

    def values(self, rows: Ints) -> Ints:
        """Return the value of each generated row."""
        edition = self.cohorts.edition_of_row(np.maximum(rows, 0))
        return np.array(self.first, np.int64)[edition] + (rows - self.cohorts.row[edition]) * self.increment

    def last(self, edition: int) -> int | None:
        """Return the last value given out up to an edition, None where there is none."""
        for e in range(edition, -1, -1):
            if self.cohorts.gained[e]:
                return self.first[e] + (int(self.cohorts.gained[e]) - 1) * self.increment
        return None


@dataclass
class TableProgram:
    """Hold one table compiled.

    Attributes:
        owners: Foreign key columns: the label of the key that decides, and the parent's column.
        draws: What `Rows.index` answers with, by column or group; a name that is not here repeats values.
        specs: One per plan that its rows were made with.
        spec_of: The spec of each edition, an index into `specs`.
        found: Values that rows found standing hold, by column, all editions in order.
        written: Columns that are written.
        kept: Values of unique columns that rows by hand hold, by column.
    """

    key: str
    table: Table
    cohorts: Cohorts
    columns: dict[str, Column]
    owners: dict[str, tuple[str, str]]
    counters: dict[str, Counter] = field(default_factory=dict)
    draws: dict[str, Draw] = field(default_factory=dict)
    specs: list[Spec] = field(default_factory=list)
    spec_of: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    found: Mapping[str, Cells] = field(default_factory=dict)
    nulls: Mapping[str, Ints] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    kept: dict[str, Kept] = field(default_factory=dict)

    @property
    def helpers(self) -> set[str]:
        """Return the names of the helper columns, which are never stored."""
        return {name for spec in self.specs for name in spec.plan.by_column if name not in self.columns}

    def edition_of(self, rows: Ints) -> Ints:
        """Return the edition of each row; of a row found standing (a negative number) the edition that found it."""
        edition = self.cohorts.edition_of_row(np.maximum(rows, 0))
        stands = rows < 0
        return np.where(stands, self.cohorts.edition_of(-1 - rows), edition) if stands.any() else edition

    def key_nulls(self, label: str) -> Ints | None:
        """Return per edition the rows without a parent, in parts of 2**32; None where every row has one."""
        return self.nulls.get(label)
