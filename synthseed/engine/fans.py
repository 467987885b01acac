"""Hand the children of each edition to parents: who is whose child, both ways, in O(editions) and no memory.

A *slot* is a place in the block of children that one edition hands to one parent. Slots go to newborn parents first,
then (open drivers only) to older ones; a curve cuts them, a shuffle scatters them over the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from synthseed.engine.cohorts import MOST_ROWS, Cohorts
from synthseed.errors import need
from synthseed.streams import Caps, Curve, Ints, Shape, Stream, shuffle, unshuffle

PIECE = 1 << 14  # children expanded at a time: memory stays constant when one parent has millions


@dataclass(frozen=True)
class Driver:
    """Make a table exist per parent.

    Attributes:
        column: Label of the foreign key.
        parent: Key of the parent's table.
        closed: Children come with their parent and never after; an open driver lets them come later.
        least: Children owed to every parent, once, by the edition in which it is born.
        shapes: Per edition, the Lorenz curve of the fan-out, busiest parents first.
        scattered: False keeps the rows in slot order: siblings stand together.
    """

    column: str
    parent: str
    closed: bool = True
    least: int = 0
    shapes: Sequence[Shape] = ()
    scattered: bool = True


class Fan:
    """Cut one table's rows by its driver.

    Args:
        stream: The stream named by the table and the driver's column.
        driver: What to cut by.
        parent: Members of the parent's table.
        child: Members of this table.
        limits: Most children a parent may have in its whole life, per edition; None for no limit.

    Raises:
        Refused: The rows asked do not fit between `least` and `most` of the parents there are.
    """

    def __init__(self, stream: Stream, driver: Driver, parent: Cohorts, child: Cohorts, limits: Sequence[int | None]) -> None:
        self.parent, self.child, self.driver, self.ranking = parent, child, driver, stream
        self.placing = [stream.again(1).key(edition) for edition in range(len(limits))]
        self.curves: list[tuple[Curve | None, Curve | None]] = []
        self.split: list[int] = []
        for edition, limit in enumerate(limits):
            self._cut(edition, limit)

    def caps(self, old: int, limit: int | None) -> Caps:
        """Return the room of the older parents by run of ranks: ranks are fixed at birth, so what they got is known."""
        if self.driver.closed or not old:
            return [(old, 0)]
        if limit is None:
            return [(old, MOST_ROWS)]
        given = [(int(self.parent.member[edition]), new) for edition, (new, _) in enumerate(self.curves) if new]
        given += [(0, older) for _, older in self.curves if older]
        marks = sorted({0, old, *(low + int(rank) for low, curve in given for rank in curve.ranks)})
        used = [sum(curve.longest(mark - low) for low, curve in given if 0 <= mark - low < curve.ranks[-1]) for mark in marks]
        return [(high - low, max(limit - spent, 0)) for (low, high), spent in zip(pairwise(marks), used, strict=False)]

    def _cut(self, edition: int, limit: int | None) -> None:
        rows, born, old = int(self.child.gained[edition]), self.parent.size(edition), int(self.parent.member[edition])
        if not rows:  # a table that this edition does not fill owes nothing to the parents that it gains
            self.curves.append((None, None))
            self.split.append(0)
            return
        most, least, caps = max(rows, 1) if limit is None else limit, self.driver.least, self.caps(old, limit)
        room = sum(ranks * cap for ranks, cap in caps)
        need(
            least * born <= rows <= most * born + room,
            f"{self.child.table}: {rows} rows in edition {edition + 1}; "
            f"{self.driver.parent} has {born} new rows, {least} to {most} each, and {old} older ones, "
            f"{'closed' if self.driver.closed else f'with room for {room} more'}: {least * born} to {most * born + room} rows; "
            f"ask for as many, or change the rows of {self.driver.parent} or the fan-out of {self.driver.column}",
        )
        fair = least * born + (rows - least * born) * born // max(born + old, 1)
        now = max(rows - room, least * born, min(fair, most * born))
        shape: Shape = self.driver.shapes[edition] if self.driver.shapes else ((1, 1),)
        new = Curve.cut(born, now, least, most, shape) if born else None
        older = Curve.cut(old, rows - now, 0, caps, shape) if rows > now else None
        self.curves.append((new, older))
        self.split.append(now)

    def rank(self, member: Ints) -> Ints:
        """Return the rank of each parent: its cohort's first member, plus its place in the shuffled cohort."""
        return self.parent.scatter(self.ranking, member, undo=True)

    def _parts(self, edition: int) -> tuple[tuple[Curve | None, int, int, int], ...]:
        """Return (curve, first rank, end of ranks, first slot) of the newborn parents and of the older ones."""
        first, (new, older) = int(self.parent.member[edition]), self.curves[edition]
        return (new, first, self.parent.end(edition), 0), (older, 0, first, self.split[edition])

    def span(self, rank: Ints, edition: int) -> tuple[Ints, Ints]:
        """Return (first slot, number of slots) of each rank in one edition."""
        start, stop = np.zeros_like(rank), np.zeros_like(rank)
        for curve, low, high, slot in self._parts(edition):
            if not curve or high <= low:
                continue
            inside = (rank >= low) & (rank < high)
            here = slice(None) if inside.all() else np.flatnonzero(inside)
            start[here] = slot + curve.start(rank[here] - low)
            stop[here] = slot + curve.start(rank[here] - low + 1)
        return start, stop - start

    def rank_of(self, slot: Ints, edition: int) -> Ints:
        """Undo `span`: return the rank whose block holds each slot of an edition."""
        (new, low, _, _), (older, first, _, cut) = self._parts(edition)
        if older is None and new is not None:
            return low + new.rank(slot)
        rank, old = np.zeros_like(slot), slot >= self.split[edition]
        for curve, start, begin, here in ((new, low, 0, np.flatnonzero(~old)), (older, first, cut, np.flatnonzero(old))):
            if curve and len(here):
                rank[here] = start + curve.rank(slot[here] - begin)
        return rank

    def row_of(self, slot: Ints, edition: int) -> Ints:
        """Return the row that holds each slot of an edition."""
        place = shuffle(slot, int(self.child.gained[edition]), self.placing[edition]) if self.driver.scattered else slot
        return self.child.row[edition] + place

    def slot_of(self, row: Ints, edition: int) -> Ints:
        """Undo `row_of`."""
        place = row - self.child.row[edition]
        return unshuffle(place, int(self.child.gained[edition]), self.placing[edition]) if self.driver.scattered else place

    def count(self, rank: Ints, before: int) -> Ints:
        """Return how many children each parent got in the editions before one: frozen once that edition is on record."""
        total = np.zeros_like(rank)
        for edition in range(before):
            total += self.span(rank, edition)[1]
        return total

    def parents(self, rows: Ints) -> Ints:
        """Return the parent of each row, as a member."""
        rank = np.empty_like(rows)
        for edition, at in self.child.by_edition(rows):
            rank[at] = self.rank_of(self.slot_of(rows[at], edition), edition)
        return self.parent.scatter(self.ranking, rank)

    def locate(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return (parent's rank, ordinal) of each row: ordinals of one parent run 0, 1, 2, ... across editions, no gaps."""
        rank, ordinal = np.empty_like(rows), np.empty_like(rows)
        for edition, at in self.child.by_edition(rows):
            slot = self.slot_of(rows[at], edition)
            found = self.rank_of(slot, edition)
            rank[at] = found
            ordinal[at] = slot - self.span(found, edition)[0] + self.count(found, edition)
        return rank, ordinal

    def row(self, rank: Ints, ordinal: Ints) -> Ints:
        """Undo `locate`; -1 where a parent has no such child."""
        row, left = np.full_like(rank, -1), ordinal.copy()
        for edition in range(len(self.curves)):
            start, count = self.span(rank, edition)
            here = np.flatnonzero((row < 0) & (left >= 0) & (left < count))
            row[here] = self.row_of(start[here] + left[here], edition)
            left -= count
        return row

    def slots(self, member: Ints, edition: int) -> Iterator[tuple[Ints, Ints]]:
        """Yield (index into member, row) of the children of one edition, a bounded piece at a time, owners rising."""
        start, count = self.span(self.rank(member), edition)
        ends = np.cumsum(count)
        total = int(ends[-1]) if len(ends) else 0
        for low in range(0, total, PIECE):
            number = np.arange(low, min(low + PIECE, total))
            owner = np.searchsorted(ends, number, "right")
            yield owner, self.row_of(start[owner] + number - (ends - count)[owner], edition)
