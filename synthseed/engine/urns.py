"""Draw without replacement: behind every unique column, one-to-one key and junction.

A *draw* is what `Rows.index` answers with for the columns that must not repeat a value: over the whole table, per parent of the
driver, or over the combinations of several columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from synthseed.engine.fixed import PIECE, Held, Kept
from synthseed.engine.world import World
from synthseed.errors import need
from synthseed.streams import Ints, ball, below, taken_places


def draw(world: World, table: str, names: Sequence[object], rows: Ints, sizes: Sequence[int], taken: Sequence[Ints] | None = None) -> Ints:
    """Return a ball in [0, sizes[edition]) per row that no other row of the table has, under the stream of these names."""
    return ball(world.stream(table, *names), rows, world.cohorts[table].row.tolist(), sizes, taken=taken)


def places(world: World, table: str, column: str, rows: Ints, sizes: Sequence[int]) -> Ints:
    """Return a place in [0, sizes[edition]) per row that no sibling of the same driver's parent has."""
    owner, ordinal = world.fans[table].locate(rows)
    drawn = [np.zeros_like(owner)]
    for edition in range(world.editions):
        drawn.append(drawn[-1] + world.fans[table].span(owner, edition)[1])
    return ball(world.stream(table, column), ordinal, drawn, sizes, owner)


def check_new(world: World, table: str, held: Held, where: str, index: Callable[[Ints], Ints]) -> None:
    """Raise Refused where a row by hand that is new holds the ball of a row that stands."""
    last = world.editions - 1
    new, before = np.flatnonzero(held.editions == last), int(world.cohorts[table].row[last])
    if not len(new):
        return
    for low in range(0, before, PIECE):
        taken = new[np.isin(held.balls[new], index(np.arange(low, min(low + PIECE, before))))]
        number = int(held.rows[taken[0]]) + 1 if len(taken) else 0
        need(
            not number,
            f"{where}: row {number} of `rows` gives values that a row has which stands; give others, or start again with --truncate",
        )


class Draw(Protocol):
    """Number the distinct values that a column or group draws from."""

    def index(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return the number of each generated row's value."""

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when the rows do not fit, with the arithmetic."""


@dataclass
class Urn:
    """Never repeat a value in the whole table.

    Attributes:
        name: The stream's name: the column, or the group of columns that agree.
        columns: The unique columns it serves, for messages.
        sizes: Values in the space, per edition; a space only grows at its end.
        found: Per edition, the numbers of the values that rows found standing hold.
        held: The numbers of the values that rows by hand hold.
    """

    name: str
    columns: tuple[str, ...]
    sizes: tuple[int, ...]
    found: tuple[Ints, ...] = ()
    taken: list[Ints] | None = None
    held: Held | None = None

    def index(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return the number of each row's value."""
        drawn = draw(world, table, (self.name,), rows, self.sizes, self.taken)
        if self.held is None:
            return drawn
        instead = draw(world, table, (self.name,), self.held.rows, self.sizes, self.taken)
        return self.held.settled(rows, drawn, world.cohorts[table].edition_of_row(rows), instead)

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when there are more rows than values, or the space shrank."""
        where, drawn = f"{table}.{', '.join(self.columns)}", world.cohorts[table].row.tolist()
        need(list(self.sizes) == sorted(self.sizes), f"{where}: a space of a unique column only grows, this one shrank: {list(self.sizes)}")
        for edition, size in enumerate(self.sizes):
            need(
                drawn[edition + 1] <= size,
                f"{where}: {drawn[edition + 1]} rows after edition {edition + 1}, unique, {size} values; "
                f"ask for at most {size} rows of {table}, or plan the column with more values",
            )
        if any(len(values) for values in self.found):
            self.taken = taken_places(world.stream(table, self.name), self.found, drawn, self.sizes)
        if self.held is not None and len(self.columns) > 1:  # single ones are compared by value
            check_new(world, table, self.held, where, lambda rows: self.index(world, table, rows))


@dataclass
class Shared:
    """Draw for columns that agree, without replacement while the numbers last, though no column of them is unique.

    A unique column that joins the group later (an e-mail beside names) then finds every row where it stands.
    """

    name: str
    size: int

    def index(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return a number that no row before `size` shares; later rows draw any."""
        stream, early = world.stream(table, self.name), rows < self.size
        drawn = np.minimum(world.cohorts[table].row, self.size).tolist()
        if early.all():
            return ball(stream, rows, drawn, [self.size] * world.editions)
        index = below(stream.bits(rows), self.size)
        index[early] = ball(stream, rows[early], drawn, [self.size] * world.editions)
        return index

    def check(self, world: World, table: str, /) -> None:
        """Do nothing: numbers may repeat."""


@dataclass
class Places:
    """Never repeat a value within one parent of the driver: UNIQUE (driver, column).

    Attributes:
        held: The numbers of the values that rows by hand hold, as far as the space has them.
        kept: All values that rows by hand hold.
    """

    name: str
    column: str
    sizes: tuple[int, ...]
    held: Held | None = None
    kept: Kept | None = None

    def index(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return the number of each row's value."""
        drawn = places(world, table, self.name, rows, self.sizes)
        if self.held is None:
            return drawn
        instead = self._balls(world, table, self.held.rows, places(world, table, self.name, self.held.rows, self.sizes))
        editions = world.cohorts[table].edition_of_row(rows)
        balls = self._owned(world, table).settled(rows, self._balls(world, table, rows, drawn), editions, instead)
        return balls % self.sizes[-1]

    def _balls(self, world: World, table: str, rows: Ints, numbers: Ints) -> Ints:
        """Return numbers that tell the parent too."""
        return world.fans[table].locate(rows)[0] * self.sizes[-1] + numbers

    def _owned(self, world: World, table: str) -> Held:
        assert self.held is not None
        return replace(self.held, balls=self._balls(world, table, self.held.rows, self.held.balls))

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused where rows by hand give one parent a value twice; the fan was cut with the sizes as its limit."""
        where = f"{table}.{self.column}"
        if self.kept is not None:
            pairs = world.fans[table].locate(self.kept.rows)[0] * len(self.kept.rows) + self.kept.alike()
            _, first, count = np.unique(pairs, return_index=True, return_counts=True)
            twice = self.kept.rows[first[count > 1]]
            number = int(twice[0]) + 1 if len(twice) else 0
            need(not number, f"{where}: row {number} of `rows` and a later one have the same parent and value; give another value")
        if self.held is not None:
            owned = self._owned(world, table)
            check_new(world, table, owned, where, lambda rows: self._balls(world, table, rows, self.index(world, table, rows)))


@dataclass
class Combined:
    """Never repeat a combination of several columns: one urn over the product of their spaces; one column's part.

    The first column's space may grow (new combinations come at the end); the others keep their size.
    """

    urn: Urn
    unit: int  # product of the sizes of the columns after this one
    size: int
    first: bool

    def index(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return the number of each row's value of this column."""
        part = self.urn.index(world, table, rows) // self.unit
        return part if self.first else part % self.size

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when there are more rows than combinations."""
        self.urn.check(world, table)
