"""Shape foreign keys: each is a function from rows to members of the parent's table, and says what it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Protocol

import numpy as np

from synthseed.engine.urns import draw, places
from synthseed.engine.world import World
from synthseed.errors import need
from synthseed.streams import NULL, Curve, Ints, below, corner, zipf

FAR = 2**62  # stands for no other member: beyond all


class Link(Protocol):
    """Choose each row's parent."""

    @property
    def parent(self) -> str:
        """Return the key of the parent's table."""

    @property
    def none(self) -> int:
        """Return the member that stands for no parent."""

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return the parent's member per generated row, NULL where there is none."""

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when plan and editions leave no choice."""


def _beside(numbers: Ints, others: Ints) -> Ints:
    """Return numbers of [0, n - k) as those of [0, n) that are none of the k others of their row (distinct, FAR beyond all)."""
    for other in np.sort(others, axis=0):
        numbers = numbers + (numbers >= other)
    return numbers


@dataclass(frozen=True)
class Driven:
    """Follow the driver: this table exists per parent."""

    column: str
    parent: str
    none: ClassVar[int] = NULL

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return the parent whose block of slots holds each row."""
        return world.fans[table].parents(rows)

    def check(self, world: World, table: str, /) -> None:
        """Do nothing: the fan was cut, so the rows fit."""


@dataclass(frozen=True)
class Pick:
    """Choose any visible parent, by rank**-exponent; NULL where none is visible.

    Attributes:
        apart: Keys to the same table that must lead to another row: CHECK (a <> b).
    """

    column: str
    parent: str
    exponent: str = "0"
    nullable: bool = False
    apart: tuple[str, ...] = ()
    none: ClassVar[int] = NULL
    _curves: dict[int, Curve] = field(default_factory=dict, compare=False, repr=False)

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return a member that the row's edition sees; early and low ranks are the popular ones."""
        parent, stream, member = world.cohorts[self.parent], world.stream(table, self.column), np.full(len(rows), NULL)
        for edition, at in world.cohorts[table].by_edition(rows):
            end = parent.end(edition)
            if end:
                if end not in self._curves:
                    self._curves[end] = Curve.cut(end, 2**32, shape=zipf(end, self.exponent))
                rank = self._curves[end].pick(stream.bits(rows[at]))
                member[at] = parent.scatter(world.stream(table, self.column, "rank"), rank)
        return self._apart(world, table, rows, member) if self.apart else member

    def _apart(self, world: World, table: str, rows: Ints, member: Ints) -> Ints:
        """Return the members, with those that another key has drawn again, evenly among all but those."""
        others = np.sort([world.members(table, label, rows) for label in self.apart], axis=0)
        alike = np.vstack([np.zeros((1, len(rows)), bool), others[1:] == others[:-1]])
        others = np.where(alike | (others == NULL), FAR, others)
        at = np.flatnonzero((others == member).any(axis=0) & (member != NULL))
        ends = np.array(world.ends(self.parent))[world.cohorts[table].edition_of_row(rows[at])]
        free = ends - (others[:, at] != FAR).sum(axis=0)
        drawn = below(world.stream(table, self.column).again(1).bits(rows[at]), np.maximum(free, 1))
        member[at] = np.where(free > 0, _beside(drawn, others[:, at]), NULL)
        return member

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when a NOT NULL key has no parent to point at."""
        for edition, gained in enumerate(world.cohorts[table].gained):
            end = world.cohorts[self.parent].end(edition)
            need(
                self.nullable or not gained or end > 0,
                f"{table}.{self.column}: {gained} rows in edition {edition + 1}, {self.parent} has 0 rows; fill {self.parent} too",
            )
            need(
                self.nullable or not gained or end > len(self.apart),
                f"{table}.{self.column}: must differ from {', '.join(self.apart)}, {self.parent} has {end} rows in edition {edition + 1}; "
                f"ask for at least {len(self.apart) + 1} rows of {self.parent}",
            )


@dataclass(frozen=True)
class Own:
    """Choose among the rows of another table that have the same parent (same_parent): an order's address.

    Attributes:
        via: Label of the key of this table that leads to the shared parent, or to a row that leads there.
        above: Label of that row's own key to the shared parent; empty where `via` is the shared parent's: two keys of a task
            share the tenant's column, and the assignee is of the tenant that the project has.
    """

    column: str
    parent: str
    via: str
    nullable: bool = False
    above: str = ""
    none: ClassVar[int] = NULL

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return one of the siblings that the row's edition sees; NULL where the parent has none."""
        fan, stream, member = world.fans[self.parent], world.stream(table, self.column), np.full(len(rows), NULL)
        via = world.members(table, self.via, rows)
        if self.above:
            middle, some = world.links[table][self.via].parent, np.flatnonzero(via != NULL)
            via[some] = world.members(middle, self.above, world.cohorts[middle].row_of(via[some]))
        there = np.flatnonzero(via != NULL)
        shared = np.zeros(len(rows), np.int64)
        shared[there] = fan.rank(via[there])
        bits = stream.bits(rows)
        for edition in range(world.editions):
            at = there[world.cohorts[table].edition_of_row(rows[there]) == edition]
            count = fan.count(shared[at], edition + 1)
            at, count = at[count > 0], count[count > 0]
            if len(at):
                member[at] = fan.child.member_of_row(fan.row(shared[at], below(bits[at], count)))
        return member

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when the siblings cannot be counted, or may be none."""
        where = f"{table}.{self.column}"
        need(self.parent in world.fans, f"{where}: {self.parent} has no driver, so the rows of one parent cannot be counted")
        fan, shared = world.fans[self.parent], world.links[table][self.via].parent
        shared = world.links[shared][self.above].parent if self.above else shared
        need(
            fan.driver.parent == shared,
            f"{where}: {self.parent} is driven by {fan.driver.parent}, not by {shared}, the parent of {self.via}",
        )
        need(
            self.nullable or fan.driver.least > 0,
            f"{where} is NOT NULL, but {self.parent} may have 0 rows per {fan.driver.parent}: set the min of its fanout to 1",
        )


@dataclass(frozen=True)
class Single:
    """Hold each parent at most once (one-to-one): an urn of the visible parents."""

    column: str
    parent: str
    none: ClassVar[int] = NULL

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return a parent that no other row has."""
        return draw(world, table, (self.column,), rows, world.ends(self.parent))

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when there are more rows than parents."""
        for edition, parents in enumerate(world.ends(self.parent)):
            rows = int(world.cohorts[table].row[edition + 1])
            need(
                rows <= parents,
                f"{table}.{self.column}: {rows} rows after edition {edition + 1}, {self.parent} has {parents}, one row each; "
                f"ask for at most {parents} rows of {table}",
            )


@dataclass(frozen=True)
class Partner:
    """Hold each parent at most once per parent of the driver: one urn each. UNIQUE (driver, column).

    Nothing to refuse here: the fan is cut with the number of parents as its limit.

    Attributes:
        apart: The driver's label, where both lead to one table and must differ; the owner's own ball is then passed over.
    """

    column: str
    parent: str
    apart: str = ""
    none: ClassVar[int] = NULL

    def ends(self, world: World) -> list[int]:
        """Return the balls of each edition."""
        return [max(end - bool(self.apart), 0) for end in world.ends(self.parent)]

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return a parent that no sibling has."""
        drawn = places(world, table, self.column, rows, self.ends(world))
        return _beside(drawn, world.members(table, self.apart, rows)[None, :]) if self.apart else drawn

    def check(self, world: World, table: str, /) -> None:
        """Do nothing: the fan's limit holds."""


@dataclass(frozen=True)
class Pair:
    """Hold each pair of parents at most once (dense junction): an urn over a growing rectangle; one side of the pair.

    Attributes:
        apart: True where both sides are of one table and must differ: the rectangle is without its diagonal.
    """

    column: str
    parents: tuple[str, str]
    axis: int
    apart: bool = False
    none: ClassVar[int] = NULL

    @cached_property
    def parent(self) -> str:
        """Return the table of this side."""
        return self.parents[self.axis]

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return this side of a pair that no other row has."""
        heights, widths = self._sides(world)
        areas = [h * w for h, w in zip(heights, widths, strict=True)]
        first, second = corner(draw(world, table, self.parents, rows, areas), heights, widths)
        return (first, _beside(second, first[None, :]) if self.apart else second)[self.axis]

    def _sides(self, world: World) -> tuple[list[int], list[int]]:
        high, wide = (world.ends(parent) for parent in self.parents)
        return high, [max(end - 1, 0) for end in wide] if self.apart else wide

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when there are more rows than pairs."""
        heights, widths = self._sides(world)
        for edition, (h, w) in enumerate(zip(heights, widths, strict=True)):
            rows = int(world.cohorts[table].row[edition + 1])
            need(h * w < 2**62, f"{table}: {h} x {w} pairs of {' and '.join(self.parents)} are more than 2**62")
            need(
                rows <= h * w,
                f"{table}: {rows} rows after edition {edition + 1}, {h} x {w} = {h * w} pairs of {' and '.join(self.parents)}; "
                f"ask for at most {h * w} rows of {table}",
            )


@dataclass(frozen=True)
class Ordered:
    """Hold two rows of one table, the lower member first: CHECK (a < b). One side of the pair.

    Pairs are numbered by their higher member, so that later members add theirs at the end.

    Attributes:
        columns: Labels of both keys, the lower one first.
        unique: True where no pair may come twice.
    """

    column: str
    parent: str
    columns: tuple[str, str]
    axis: int
    unique: bool
    none: ClassVar[int] = NULL

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return this side of a pair that the row's edition sees."""
        sizes = self._sizes(world)
        if self.unique:
            pairs = draw(world, table, self.columns, rows, sizes)
        else:
            bounds = np.array(sizes, np.int64)[world.cohorts[table].edition_of_row(rows)]
            pairs = below(world.stream(table, *self.columns).bits(rows), np.maximum(bounds, 1))
        high = (1 + np.sqrt(8.0 * pairs + 1)).astype(np.int64) // 2  # near: a float may be off by one
        high -= high * (high - 1) // 2 > pairs
        high += high * (high + 1) // 2 <= pairs
        return (pairs - high * (high - 1) // 2, high)[self.axis]

    def _sizes(self, world: World) -> list[int]:
        return [end * (end - 1) // 2 for end in world.ends(self.parent)]

    def check(self, world: World, table: str, /) -> None:
        """Raise Refused when there are more rows than pairs, or none."""
        for edition, size in enumerate(self._sizes(world)):
            rows, gained = int(world.cohorts[table].row[edition + 1]), int(world.cohorts[table].gained[edition])
            need(
                rows <= size if self.unique else not gained or size > 0,
                f"{table}: {rows} rows after edition {edition + 1}, {size} pairs of {self.parent} whose {self.columns[0]} is below their "
                f"{self.columns[1]}; ask for more rows of {self.parent}" + (f", or at most {size} rows of {table}" if size else ""),
            )


@dataclass(frozen=True)
class Tree:
    """Point at a lower member of the same table, or be a root: a forest whatever the editions.

    A root is NULL; where the key is NOT NULL, a root points at itself.
    """

    column: str
    parent: str
    nullable: bool = True
    roots: int = 10  # per thousand
    none: ClassVar[int] = NULL

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return a lower member, or the root's own or no member."""
        member, stream = world.cohorts[table].member_of_row(rows), world.stream(table, self.column)
        root = (below(stream.bits(rows), 1000) < self.roots) | (member == 0)
        lower = below(stream.again(1).bits(rows), np.maximum(member, 1))
        return np.where(root, NULL if self.nullable else member, lower)

    def check(self, world: World, table: str, /) -> None:
        """Do nothing: a lower member is always there, or the row is a root."""


@dataclass(frozen=True)
class Through:
    """Take the parent of a wider key's parent: both keys share columns, and the wider one decides."""

    column: str
    parent: str
    via: str  # label of the wider key
    label: str  # the key of the wider key's parent that leads to `parent`
    none: ClassVar[int] = NULL

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return the grandparent through the wider key."""
        wide = world.links[table][self.via].parent
        middle = world.members(table, self.via, rows)
        member, there = np.full(len(rows), NULL), np.flatnonzero(middle != NULL)
        member[there] = world.members(wide, self.label, world.cohorts[wide].row_of(middle[there]))
        return member

    def check(self, world: World, table: str, /) -> None:
        """Do nothing: the wider key was checked."""


@dataclass(frozen=True)
class Absent:
    """Point nowhere: an optional key whose columns another key decides in part, in no way that both could hold."""

    column: str
    parent: str
    none: ClassVar[int] = NULL

    def members(self, world: World, table: str, rows: Ints, /) -> Ints:
        """Return no parent for any row."""
        return np.full(len(rows), NULL)

    def check(self, world: World, table: str, /) -> None:
        """Do nothing: NULL satisfies the key."""
