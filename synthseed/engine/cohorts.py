"""Number the rows of a table through its growth: members, rows, editions.

An *edition* is one fill. A *member* of a table is a row in the order of arrival: per edition first the rows found
standing, then those generated. A *row* is a generated member, numbered from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from synthseed.errors import need
from synthseed.streams import Ints, Stream, shuffle, unshuffle

MOST_ROWS = 2**32  # so that the products of a curve stay below 2**63
REMEMBERED = 1 << 16  # a shuffled cohort up to this size is kept as a table: 2 ns a row in place of 60, 512 KiB


class Cohorts:
    """Number the members of one table by edition; edition e sees the members below `end(e)`, for ever.

    Args:
        table: The table's key, for messages.
        gained: Rows generated per edition.
        found: Rows found standing per edition.

    Raises:
        Refused: An edition takes rows away, or there are more than MOST_ROWS.
    """

    def __init__(self, table: str, gained: Sequence[int], found: Sequence[int]) -> None:
        self.table = table
        self.gained, self.found = np.array(gained, np.int64), np.array(found, np.int64)
        self.row = np.concatenate([[0], np.cumsum(self.gained)])
        self.member = np.concatenate([[0], np.cumsum(self.found + self.gained)])
        self.found_from = np.concatenate([[0], np.cumsum(self.found)])
        self._turned: dict[tuple[Stream, int, bool], Ints] = {}
        need(bool((self.gained >= 0).all()), f"{table}: an edition never takes rows away; reset the last editions instead")
        need(bool(self.member[-1] < MOST_ROWS), f"{table}: {self.member[-1]} rows, at most {MOST_ROWS}")

    @property
    def editions(self) -> int:
        """Return the number of editions."""
        return len(self.gained)

    @property
    def rows(self) -> int:
        """Return the rows generated in all editions."""
        return int(self.row[-1])

    def end(self, edition: int) -> int:
        """Return the number of members that an edition sees."""
        return int(self.member[edition + 1])

    def size(self, edition: int) -> int:
        """Return the number of members that arrived with an edition."""
        return int(self.member[edition + 1] - self.member[edition])

    def edition_of_row(self, row: Ints) -> Ints:
        """Return the edition of each generated row."""
        if self.editions == 1:
            return np.zeros(len(row), np.int64)
        return np.searchsorted(self.row, row, "right") - 1

    def edition_of(self, member: Ints) -> Ints:
        """Return the edition of each member."""
        if self.editions == 1:
            return np.zeros(len(member), np.int64)
        return np.searchsorted(self.member, member, "right") - 1

    def member_of_row(self, row: Ints) -> Ints:
        """Return the member of each generated row."""
        edition = self.edition_of_row(row)
        return self.member[edition] + self.found[edition] + row - self.row[edition]

    def row_of(self, member: Ints) -> Ints:
        """Return the generated row of each member; -1 - member where it was found standing."""
        edition = self.edition_of(member)
        offset = member - self.member[edition] - self.found[edition]
        return np.where(offset >= 0, self.row[edition] + offset, -1 - member)

    def place_found(self, member: Ints) -> Ints:
        """Return the place of each standing member among all rows found standing, edition by edition."""
        edition = self.edition_of(member)
        return self.found_from[edition] + member - self.member[edition]

    def by_edition(self, row: Ints) -> Iterator[tuple[int, Any]]:
        """Yield (edition, places) of generated rows; the places are a slice where all rows are of one edition."""
        return split(self.row, row)

    def scatter(self, stream: Stream, rank: Ints, *, undo: bool = False) -> Ints:
        """Carry ranks to members (or back) inside each cohort: who is popular stays so when the table grows."""
        scattered = np.empty_like(rank)
        for edition, at in split(self.member, rank):
            first = self.member[edition]
            scattered[at] = first + self._turn(stream, rank[at] - first, edition, undo)
        return scattered

    def _turn(self, stream: Stream, place: Ints, edition: int, undo: bool) -> Ints:
        turn, size = unshuffle if undo else shuffle, self.size(edition)
        if size > REMEMBERED or len(place) < size // 16:
            return turn(place, size, stream.key(edition))
        known = (stream, edition, undo)
        if known not in self._turned:
            self._turned[known] = turn(np.arange(size), size, stream.key(edition))
        return self._turned[known][place]


def split(bounds: Ints, positions: Ints) -> Iterator[tuple[int, Any]]:
    """Yield (part, places) for the parts of rising bounds that positions fall in."""
    if not len(positions):
        return
    low, high = (int(np.searchsorted(bounds, value, "right")) - 1 for value in (positions.min(), positions.max()))
    if low == high:
        yield low, slice(None)
        return
    part = np.searchsorted(bounds, positions, "right") - 1
    for one in range(low, high + 1):
        at = np.flatnonzero(part == one)
        if len(at):
            yield one, at
