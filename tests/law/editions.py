"""Number the rows of a table through its growth, and hand children to parents: O(1) both ways, no memory.

An *edition* is one fill: how many rows each table gained. A *member* of a table is a row in the order of arrival: per
edition first the rows found standing, then those generated. A *row* is a generated member, numbered from 0. A *slot* is
a place in the block of children that one edition hands to one parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from law import Caps, Curve, Ints, Shape, Stream, need, shuffle, unshuffle

PIECE = 1 << 14  # children expanded at a time: memory stays constant when one parent has millions
MOST_ROWS = 2**32  # so that the products of a curve stay below 2**63


@dataclass(frozen=True)
class Edition:
    """Record one fill: rows gained per table, keys found standing per table, and the first key given out."""

    rows: Mapping[str, int]
    standing: Mapping[str, Sequence[int]] = field(default_factory=dict)
    first_key: Mapping[str, int] = field(default_factory=dict)


class Cohorts:
    """Number the members of one table by edition; edition e sees the members below `end(e)`, for ever."""

    def __init__(self, table: str, editions: Sequence[Edition]) -> None:
        self.table = table
        standing = [np.sort(np.array(edition.standing.get(table, ()), np.int64)) for edition in editions]
        self.found = np.array([len(keys) for keys in standing], np.int64)
        self.gained = np.array([edition.rows.get(table, 0) for edition in editions], np.int64)
        self.row = np.concatenate([[0], np.cumsum(self.gained)])
        self.member = np.concatenate([[0], np.cumsum(self.found + self.gained)])
        self.keys = np.concatenate([*standing, [0]])  # the sentinel keeps the array indexable when nothing stands
        self.keys_from = np.concatenate([[0], np.cumsum(self.found)])
        self.first_key = np.array([edition.first_key.get(table, 1 + self.row[e]) for e, edition in enumerate(editions)], np.int64)
        need(bool((self.gained >= 0).all()), f"{table}: an edition never takes rows away; reset the last editions instead")
        need(self.member[-1] < MOST_ROWS, f"{table}: {self.member[-1]} rows, at most {MOST_ROWS}")

    def end(self, edition: int) -> int:
        return int(self.member[edition + 1])

    def size(self, edition: int) -> int:
        return int(self.member[edition + 1] - self.member[edition])

    def edition_of_row(self, row: Ints) -> Ints:
        return np.searchsorted(self.row, row, "right") - 1

    def edition_of(self, member: Ints) -> Ints:
        return np.searchsorted(self.member, member, "right") - 1

    def member_of_row(self, row: Ints) -> Ints:
        edition = self.edition_of_row(row)
        return self.member[edition] + self.found[edition] + row - self.row[edition]

    def row_of(self, member: Ints) -> Ints:
        """Return the generated row of each member, negative where it was found standing."""
        edition = self.edition_of(member)
        offset = member - self.member[edition] - self.found[edition]
        return np.where(offset >= 0, self.row[edition] + offset, -1)

    def key(self, member: Ints) -> Ints:
        """Return the key value: read for standing members, counted up from the edition's first key for the others."""
        edition = self.edition_of(member)
        offset = member - self.member[edition]
        stands = offset < self.found[edition]
        return np.where(
            stands,
            self.keys[np.where(stands, self.keys_from[edition] + offset, -1)],
            self.first_key[edition] + offset - self.found[edition],
        )

    def scatter(self, stream: Stream, rank: Ints, undo: bool = False) -> Ints:
        """Carry ranks to members (or back) inside each cohort: who is popular stays so when the table grows."""
        turn, scattered = unshuffle if undo else shuffle, np.empty_like(rank)
        for edition, at in by_edition(self.edition_of(rank)):
            first = self.member[edition]
            scattered[at] = first + turn(rank[at] - first, self.size(edition), stream.key(edition))
        return scattered


def by_edition(editions: Ints) -> Iterator[tuple[int, np.ndarray]]:
    for edition in range(int(editions.min()), int(editions.max()) + 1) if len(editions) else ():
        at = np.flatnonzero(editions == edition)
        if len(at):
            yield edition, at


# ---------------------------------------------------------------------------------------------- the driver
@dataclass(frozen=True)
class Driver:
    """Make a table exist per parent. Closed: children come with their parent and never after. Open: they may come later."""

    column: str
    parent: str
    closed: bool = True
    least: int = 0  # owed once, by the edition in which the parent is born
    most: int | None = None  # in the parent's whole life
    shape: Shape = ((1, 1),)
    scattered: bool = True  # false: rows in slot order, for a table whose order inside a parent must follow the key


class Fan:
    """Hand the rows of each edition to parents: slots of newborn parents first, then (open only) those of older ones."""

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
            f"{self.child.table}: {rows} rows in edition {edition + 1}; {self.driver.parent} has {born} new rows, {least} to {most} each, and {old} older ones, "
            f"{'closed' if self.driver.closed else f'with room for {room} more'}: {least * born} to {most * born + room} rows",
        )
        fair = least * born + (rows - least * born) * born // max(born + old, 1)
        now = max(rows - room, least * born, min(fair, most * born))
        new = Curve.cut(born, now, least, most, self.driver.shape) if born else None
        older = Curve.cut(old, rows - now, 0, caps, self.driver.shape) if rows > now else None
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
            here = np.flatnonzero((rank >= low) & (rank < high)) if curve else ()
            if curve and len(here):
                start[here] = slot + curve.start(rank[here] - low)
                stop[here] = slot + curve.start(rank[here] - low + 1)
        return start, stop - start

    def rank_of(self, slot: Ints, edition: int) -> Ints:
        """Undo `span`: return the rank whose block holds each slot of an edition."""
        rank, old = np.zeros_like(slot), slot >= self.split[edition]
        for (curve, low, _, first), here in zip(self._parts(edition), (np.flatnonzero(~old), np.flatnonzero(old)), strict=True):
            if curve and len(here):
                rank[here] = low + curve.rank(slot[here] - first)
        return rank

    def row_of(self, slot: Ints, edition: int) -> Ints:
        place = shuffle(slot, self.child.gained[edition], self.placing[edition]) if self.driver.scattered else slot
        return self.child.row[edition] + place

    def slot_of(self, row: Ints, edition: int) -> Ints:
        place = row - self.child.row[edition]
        return unshuffle(place, self.child.gained[edition], self.placing[edition]) if self.driver.scattered else place

    def count(self, rank: Ints, before: int) -> Ints:
        """Return how many children each parent got in the editions before one: frozen once that edition is on record."""
        return sum((self.span(rank, edition)[1] for edition in range(before)), np.zeros_like(rank))

    def parents(self, rows: Ints) -> Ints:
        """Return the parent of each row."""
        rank = np.empty_like(rows)
        for edition, at in by_edition(self.child.edition_of_row(rows)):
            rank[at] = self.rank_of(self.slot_of(rows[at], edition), edition)
        return self.parent.scatter(self.ranking, rank)

    def locate(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return (parent's rank, ordinal) of each row: ordinals of one parent run 0, 1, 2, ... across editions, no gaps."""
        rank, ordinal = np.empty_like(rows), np.empty_like(rows)
        for edition, at in by_edition(self.child.edition_of_row(rows)):
            slot = self.slot_of(rows[at], edition)
            rank[at] = found = self.rank_of(slot, edition)
            ordinal[at] = slot - self.span(found, edition)[0] + self.count(found, edition)
        return rank, ordinal

    def row(self, rank: Ints, ordinal: Ints) -> Ints:
        """Undo `locate`."""
        row, left = np.full_like(rank, -1), ordinal.copy()
        for edition in range(len(self.curves)):
            start, count = self.span(rank, edition)
            here = np.flatnonzero((row < 0) & (left < count))
            row[here] = self.row_of(start[here] + left[here], edition)
            left -= count
        return row

    def slots(self, member: Ints, edition: int) -> Iterator[tuple[np.ndarray, Ints]]:
        """Yield (index into member, row) of the children of one edition, a bounded piece at a time."""
        start, count = self.span(self.rank(member), edition)
        ends = np.cumsum(count)
        for low in range(0, int(ends[-1]) if len(ends) else 0, PIECE):
            number = np.arange(low, min(low + PIECE, int(ends[-1])))
            owner = np.searchsorted(ends, number, "right")
            yield owner, self.row_of(start[owner] + number - (ends - count)[owner], edition)
