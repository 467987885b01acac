"""Hold what every cell may look at: the seed, the members of every table, and who is whose parent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from synthseed.engine.cohorts import Cohorts
from synthseed.engine.fans import Fan
from synthseed.streams import Ints, Stream, below

if TYPE_CHECKING:
    from synthseed.engine.links import Link


@dataclass
class World:
    """Answer for members and parents of any row.

    Attributes:
        names: The name that each table's streams are drawn under.
        links: Per table, the shape of each foreign key by label.
    """

    seed: int
    editions: int
    names: dict[str, str]
    cohorts: dict[str, Cohorts]
    fans: dict[str, Fan] = field(default_factory=dict)
    links: dict[str, dict[str, Link]] = field(default_factory=dict)
    _streams: dict[tuple[object, ...], Stream] = field(default_factory=dict)

    def stream(self, table: str, *names: object) -> Stream:
        """Return the stream of this seed with a table's name and others."""
        known = (table, *names)
        if known not in self._streams:
            self._streams[known] = Stream.named(self.seed, self.names[table], *names)
        return self._streams[known]

    def members(self, table: str, label: str, rows: Ints) -> Ints:
        """Return the parent's member per row, NULL where there is none.

        A row found standing (a negative number) has parents that nobody read: any that its edition saw is guessed.
        """
        link = self.links[table][label]
        stands = rows < 0
        if not stands.any():
            return link.members(self, table, rows)
        member = np.empty_like(rows)
        member[~stands] = link.members(self, table, rows[~stands])
        parent, own = self.cohorts[link.parent], self.cohorts[table]
        ends = parent.member[own.edition_of(-1 - rows[stands]) + 1]
        guess = below(self.stream(table, label, "found").bits(rows[stands]), np.maximum(ends, 1))
        member[stands] = np.where(ends > 0, guess, link.none)
        return member

    def ends(self, table: str) -> list[int]:
        """Return the members that each edition sees of a table."""
        return [self.cohorts[table].end(edition) for edition in range(self.editions)]
