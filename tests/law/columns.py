"""Shape keys and values over the law of rows: each column is a few lines, and says what it refuses.

A column has `members` (the parent's member per row: a foreign key) or `values`, and `check` where plan and editions can
be impossible. `Law` at the end compiles tables and editions, and answers for any row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from editions import MOST_ROWS, Cohorts, Driver, Edition, Fan, by_edition
from law import NULL, SAMPLE, Curve, Ints, Refused, Stream, among, ball, below, bent, corner, need, shuffle, taken_places, unshuffle, zipf


# ---------------------------------------------------------------------------------------------- foreign keys
@dataclass(frozen=True)
class Pick:
    """Choose any visible parent, by rank**-exponent; NULL where none is visible."""

    column: str
    parent: str
    exponent: str = "0"
    nullable: bool = False
    apart: tuple[str, ...] = ()  # keys of the same table to the same parent that must lead elsewhere (CHECK a <> b)

    def members(self, law: Law, table: str, rows: Ints) -> Ints:
        parent, stream, member = law.cohorts[self.parent], law.stream(table, self.column), np.full(len(rows), NULL)
        for edition, at in by_edition(law.cohorts[table].edition_of_row(rows)):
            if parent.end(edition):
                curve = Curve.cut(parent.end(edition), 2**32, shape=zipf(parent.end(edition), self.exponent))
                member[at] = parent.scatter(law.stream(table, self.column, "rank"), curve.pick(stream.bits(rows[at])))
        for at, row in enumerate(rows.tolist()):  # one that another key has is drawn again, evenly among all but those
            one = np.array([row])
            others = {int(law.members(table, label, one)[0]) for label in self.apart} - {NULL}
            if int(member[at]) in others:
                free = [m for m in range(parent.end(int(law.cohorts[table].edition_of_row(one)[0]))) if m not in others]
                member[at] = free[int(below(stream.again(1).bits(one), len(free))[0])] if free else NULL
        return member

    def check(self, law: Law, table: str) -> None:
        for edition, gained in enumerate(law.cohorts[table].gained):
            need(
                self.nullable or not gained or law.cohorts[self.parent].end(edition) > len(self.apart),
                f"{table}.{self.column}: {gained} rows in edition {edition + 1}, {self.parent} has {law.cohorts[self.parent].end(edition)} rows",
            )


@dataclass(frozen=True)
class Own:
    """Choose among the rows of another table that have the same parent (same_parent): an order's address."""

    column: str
    parent: str
    via: str  # the column of this table that holds the shared parent
    nullable: bool = False

    def members(self, law: Law, table: str, rows: Ints) -> Ints:
        fan, stream, member = law.fans[self.parent], law.stream(table, self.column), np.full(len(rows), NULL)
        shared = fan.rank(law.members(table, self.via, rows))
        for edition, at in by_edition(law.cohorts[table].edition_of_row(rows)):
            count = fan.count(shared[at], edition + 1)
            at, count = at[count > 0], count[count > 0]
            member[at] = fan.child.member_of_row(fan.row(shared[at], below(stream.bits(rows[at]), count)))
        return member

    def check(self, law: Law, table: str) -> None:
        need(self.parent in law.fans, f"{table}.{self.column}: {self.parent} has no driver, so the rows of one parent cannot be counted")
        fan = law.fans[self.parent]
        need(
            fan.driver.parent == law.column(table, self.via).parent,
            f"{table}.{self.column}: {self.parent} is driven by {fan.driver.parent}, not by the parent of {self.via}",
        )
        need(
            self.nullable or fan.driver.least > 0,
            f"{table}.{self.column} is NOT NULL, but {self.parent} may have 0 rows per {fan.driver.parent}: set least to 1",
        )


@dataclass(frozen=True)
class Single:
    """Hold each parent at most once (one-to-one): an urn of the visible parents."""

    column: str
    parent: str

    def members(self, law: Law, table: str, rows: Ints) -> Ints:
        ends = [law.cohorts[self.parent].end(edition) for edition in range(law.editions)]
        return ball(law.stream(table, self.column), rows, law.cohorts[table].row, ends)

    def check(self, law: Law, table: str) -> None:
        for edition in range(law.editions):
            rows, parents = law.cohorts[table].row[edition + 1], law.cohorts[self.parent].end(edition)
            need(
                rows <= parents,
                f"{table}.{self.column}: {rows} rows after edition {edition + 1}, {self.parent} has {parents}, one row each",
            )


@dataclass(frozen=True)
class Partner:
    """Hold each parent (or place) at most once per parent of the driver: one urn each. UNIQUE (driver, column).

    Nothing to refuse here: the fan is cut with the number of places as its limit.
    """

    column: str
    parent: str | None = None
    places: int = 0  # without a parent: the number of values, such as the slots of a calendar (exclusion constraint)
    apart: str = ""  # the driver, where it leads to the same table and the two must differ: the owner's own ball is passed over

    def sizes(self, law: Law) -> list[int]:
        ends = [law.cohorts[self.parent].end(edition) if self.parent else self.places for edition in range(law.editions)]
        return [max(end - bool(self.apart), 0) for end in ends]

    def members(self, law: Law, table: str, rows: Ints) -> Ints:
        owner, ordinal = law.fans[table].locate(rows)
        drawn = [np.zeros_like(owner)]
        for edition in range(law.editions):
            drawn.append(drawn[-1] + law.fans[table].span(owner, edition)[1])
        member = ball(law.stream(table, self.column), ordinal, drawn, self.sizes(law), owner)
        return member + (member >= law.members(table, self.apart, rows)) if self.apart else member


@dataclass(frozen=True)
class Pair:
    """Hold each pair of parents at most once (dense junction): an urn over a growing rectangle; one side of the pair."""

    column: str
    parents: tuple[str, str]
    axis: int
    apart: bool = False  # both sides are of one table and must differ: the rectangle is without its diagonal

    def sides(self, law: Law) -> list[list[int]]:
        high, wide = ([law.cohorts[parent].end(edition) for edition in range(law.editions)] for parent in self.parents)
        return [high, [max(end - 1, 0) for end in wide] if self.apart else wide]

    def members(self, law: Law, table: str, rows: Ints) -> Ints:
        sides = self.sides(law)
        cells = ball(law.stream(table, *self.parents), rows, law.cohorts[table].row, [h * w for h, w in zip(*sides, strict=True)])
        first, second = corner(cells, *sides)
        return (first, second + (second >= first) if self.apart else second)[self.axis]

    @property
    def parent(self) -> str:
        return self.parents[self.axis]

    def check(self, law: Law, table: str) -> None:
        for edition in range(law.editions):
            rows, (h, w) = law.cohorts[table].row[edition + 1], (side[edition] for side in self.sides(law))
            need(
                rows <= h * w,
                f"{table}: {rows} rows after edition {edition + 1}, {h} x {w} = {h * w} pairs of {' and '.join(self.parents)}",
            )


@dataclass(frozen=True)
class Ordered:
    """Hold a pair of two rows of one table, the lower one first (CHECK a < b): one side of it.

    Pairs are numbered by their higher row, so that later rows add theirs at the end: pair n is (n - h * (h - 1) / 2, h).
    """

    column: str
    parent: str
    columns: tuple[str, str]
    axis: int
    unique: bool = True

    def sizes(self, law: Law) -> list[int]:
        return [end * (end - 1) // 2 for end in (law.cohorts[self.parent].end(edition) for edition in range(law.editions))]

    def members(self, law: Law, table: str, rows: Ints) -> Ints:
        stream, sizes = law.stream(table, *self.columns), self.sizes(law)
        if self.unique:
            pairs = ball(stream, rows, law.cohorts[table].row, sizes)
        else:
            pairs = below(stream.bits(rows), np.array(sizes, np.int64)[law.cohorts[table].edition_of_row(rows)])
        found = []
        for number in pairs.tolist():
            high = next(h for h in range(1, number + 2) if h * (h + 1) // 2 > number)
            found.append((number - high * (high - 1) // 2, high)[self.axis])
        return np.array(found, np.int64)

    def check(self, law: Law, table: str) -> None:
        for edition, size in enumerate(self.sizes(law)):
            rows, gained = law.cohorts[table].row[edition + 1], law.cohorts[table].gained[edition]
            need(
                rows <= size if self.unique else not gained or size > 0,
                f"{table}: {rows} rows after edition {edition + 1}, {size} pairs of {self.parent}",
            )


@dataclass(frozen=True)
class Tree:
    """Point at a lower member of the same table, or be a root (NULL): a forest whatever the editions."""

    column: str
    parent: str
    roots: int = 10  # per thousand

    def members(self, law: Law, table: str, rows: Ints) -> Ints:
        member, stream = law.cohorts[table].member_of_row(rows), law.stream(table, self.column)
        root = (below(stream.bits(rows), 1000) < self.roots) | (member == 0)
        return np.where(root, NULL, below(stream.again(1).bits(rows), np.maximum(member, 1)))


# ---------------------------------------------------------------------------------------------- values
@dataclass(frozen=True)
class Key:
    column: str

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        return law.cohorts[table].key(law.cohorts[table].member_of_row(rows))


@dataclass(frozen=True)
class Rank:
    """Count 1, 2, 3, ... within the driver's parent, across editions."""

    column: str

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        return law.fans[table].locate(rows)[1] + 1


@dataclass(frozen=True)
class Total:
    """Sum a column of the children. Only a closed driver: the sum of a row that stands must not move."""

    column: str
    child: str
    of: str

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        fan, member = law.fans[self.child], law.cohorts[table].member_of_row(rows)
        total = np.zeros_like(rows)
        for edition, at in by_edition(law.cohorts[table].edition_of_row(rows)):
            for owner, children in fan.slots(member[at], edition):
                np.add.at(total, at[owner], law.values(self.child, self.of, children))
        return total

    def check(self, law: Law, table: str) -> None:
        driver = law.fans[self.child].driver if self.child in law.fans else None
        need(driver is not None and driver.parent == table, f"{table}.{self.column}: {self.child} is not driven by {table}")
        need(
            driver is not None and driver.closed,
            f"{table}.{self.column} sums {self.child}, whose driver is open: later children would change rows that stand",
        )


@dataclass(frozen=True)
class Group:
    """Columns drawn together: until `passes` holds, each attempt draws all of them again from streams of its own."""

    bounds: Mapping[str, tuple[int, int]]  # low and high, both inclusive
    passes: Callable[[Mapping[str, Ints]], np.ndarray] = lambda cells: np.ones(len(next(iter(cells.values()))), bool)
    tries: int = 64

    def values(self, law: Law, table: str, rows: Ints) -> tuple[dict[str, Ints], Ints]:
        cells, attempts, todo = {name: np.zeros_like(rows) for name in self.bounds}, np.zeros_like(rows), np.arange(len(rows))
        for attempt in range(self.tries):
            for name, (low, high) in self.bounds.items():
                cells[name][todo] = low + below(law.stream(table, name).again(attempt).bits(rows[todo]), high - low + 1)
            attempts[todo] = attempt
            todo = todo[~self.passes({name: column[todo] for name, column in cells.items()})]
            if not len(todo):
                return cells, attempts
        raise Refused(f"{table}: row {rows[todo[0]]} fails its CHECK {self.tries} times")


@dataclass(frozen=True)
class Drawn:
    column: str
    group: Group

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        return self.group.values(law, table, rows)[0][self.column]


@dataclass(frozen=True)
class Unique:
    """Never repeat a value: an urn over a space that may grow at its end. Each row owns `tries` draws, so a CHECK may reject."""

    column: str
    spaces: Sequence[int]  # per edition
    passes: Callable[[Ints], np.ndarray] = lambda values: np.ones(len(values), bool)
    tries: int = 1
    found: Sequence[Sequence[int]] = ()  # per edition: the values that rows found standing hold, read with their keys

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        drawn, stream = law.cohorts[table].row * self.tries, law.stream(table, self.column)
        value, todo, taken = np.zeros_like(rows), np.arange(len(rows)), self.taken(law, table)
        for attempt in range(self.tries):
            value[todo] = ball(stream, rows[todo] * self.tries + attempt, drawn, self.spaces, taken=taken)
            todo = todo[~self.passes(value[todo])]
            if not len(todo):
                return value
        raise Refused(f"{table}.{self.column}: row {rows[todo[0]]} fails its CHECK {self.tries} times")

    def taken(self, law: Law, table: str) -> list[Ints] | None:
        found = [np.array(values, np.int64) for values in self.found]
        return taken_places(law.stream(table, self.column), found, law.cohorts[table].row * self.tries, self.spaces) if found else None

    def check(self, law: Law, table: str) -> None:
        need(list(self.spaces) == sorted(self.spaces), f"{table}.{self.column}: a space of a unique column only grows")
        for edition, space in enumerate(self.spaces):
            rows = law.cohorts[table].row[edition + 1]
            need(
                rows * self.tries <= space,
                f"{table}.{self.column}: {rows} rows x {self.tries} tries after edition {edition + 1}, {space} values",
            )
        self.taken(law, table)


@dataclass(frozen=True)
class First:
    """Be true for one child of each parent, for ever. UNIQUE (driver) WHERE column."""

    column: str

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        return (law.fans[table].locate(rows)[1] == 0).astype(np.int64)


@dataclass(frozen=True)
class After:
    """Follow the parent's value within `room`, and never repeat: the residue modulo `modulus` is the row's own.

    A unique value that must also obey its row (a window, a CHECK, decoration) keeps its uniqueness in one part, the tag;
    the rest is free, and may be drawn again. An e-mail address has its tag in the text: anna.smith.k3f9@example.org.
    """

    column: str
    via: str
    of: str
    room: int
    modulus: int
    since: int = 0  # in place of the value of a parent found standing: its columns are never read

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        parent, stream, base = law.column(table, self.via).parent, law.stream(table, self.column), np.full(len(rows), self.since)
        row = law.cohorts[parent].row_of(law.members(table, self.via, rows))
        base[row >= 0] = law.values(parent, self.of, row[row >= 0])
        value = base + 1 + below(stream.bits(rows), self.room - self.modulus)
        return value + (shuffle(rows, self.modulus, stream.again(1).key(0)) - value) % self.modulus

    def check(self, law: Law, table: str) -> None:
        rows = law.cohorts[table].row[-1]
        need(rows <= self.modulus < self.room, f"{table}.{self.column}: {rows} rows, {self.modulus} residues, a window of {self.room}")


@dataclass(frozen=True)
class Flag:
    """Be true for an exact share of each edition, at most `most` rows ever; the true rows are numbered 0, 1, 2, ..."""

    column: str
    share: int  # per thousand
    most: int = MOST_ROWS

    def counts(self, law: Law, table: str) -> list[int]:
        """Return how many rows are true before each edition; cumulative, so many small editions keep the share."""
        return [min(int(row) * self.share // 1000, self.most) for row in law.cohorts[table].row]

    def rank(self, law: Law, table: str, rows: Ints) -> Ints:
        """Return the number of each true row, -1 for the others."""
        cohorts, so_far, rank = law.cohorts[table], self.counts(law, table), np.full(len(rows), -1)
        for edition, at in by_edition(cohorts.edition_of_row(rows)):
            place = unshuffle(rows[at] - cohorts.row[edition], cohorts.gained[edition], law.stream(table, self.column).key(edition))
            rank[at] = np.where(place < so_far[edition + 1] - so_far[edition], so_far[edition] + place, -1)
        return rank

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        return (self.rank(law, table, rows) >= 0).astype(np.int64)


@dataclass(frozen=True)
class UniqueWhere:
    """Never repeat a value among the rows whose flag is true (partial unique index); free for the others."""

    column: str
    flag: Flag
    space: int

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        rank, stream, so_far = self.flag.rank(law, table, rows), law.stream(table, self.column), self.flag.counts(law, table)
        value = below(stream.bits(rows), self.space)
        at = np.flatnonzero(rank >= 0)
        value[at] = ball(stream, rank[at], so_far, [self.space] * law.editions)
        return value

    def check(self, law: Law, table: str) -> None:
        need(
            self.flag.counts(law, table)[-1] <= self.space,
            f"{table}.{self.column}: {self.flag.counts(law, table)[-1]} rows with {self.flag.column}, {self.space} values",
        )


@dataclass(frozen=True)
class Even:
    """Draw from [low, high]; with a `ref`, ranks follow those of that column of this table, or of the parent's by the key `via`."""

    column: str
    low: int
    high: int
    ref: str = ""
    rho: str = "0"
    via: str = ""

    def words(self, law: Law, table: str, rows: Ints) -> np.ndarray:
        own = law.stream(table, self.column).bits(rows)
        if self.ref:
            other = law.position(table, self.ref, rows, self.via)
            at = np.flatnonzero(other != NULL)
            own[at] = bent(own[at], other[at], self.rho)
        return own

    def values(self, law: Law, table: str, rows: Ints) -> Ints:
        return self.low + below(self.words(law, table, rows), self.high - self.low + 1)


# ---------------------------------------------------------------------------------------------- the law
@dataclass(frozen=True)
class Table:
    name: str
    columns: Sequence[Any]


class Law:
    """Compile tables and editions, refusing what cannot be; then answer for any row, in any order, on any machine."""

    def __init__(self, seed: int, tables: Sequence[Table], editions: Sequence[Edition]) -> None:
        self.seed, self.editions, self.tables = seed, len(editions), {table.name: table for table in tables}
        self.cohorts = {name: Cohorts(name, editions) for name in self.tables}
        self.fans: dict[str, Fan] = {}
        for name, table in self.tables.items():
            for driver in (column for column in table.columns if isinstance(column, Driver)):
                need(name not in self.fans, f"{name}: two drivers; children are cut by one foreign key only")
                need(name != driver.parent, f"{name}: a table cannot be its own driver; a tree points at lower members")
                streams, cohorts = self.stream(name, driver.column), self.cohorts
                self.fans[name] = Fan(streams, driver, cohorts[driver.parent], cohorts[name], self._limits(table, driver))
        for name, table in self.tables.items():
            for column in table.columns:
                getattr(column, "check", lambda law, table: None)(self, name)

    def _limits(self, table: Table, driver: Driver) -> list[int | None]:
        partners = [column.sizes(self) for column in table.columns if isinstance(column, Partner)]
        sizes = [[driver.most] * self.editions, *partners]
        return [min((size for size in column if size is not None), default=None) for column in zip(*sizes, strict=True)]

    def stream(self, table: str, *names: object) -> Stream:
        return Stream.named(self.seed, table, *names)

    def column(self, table: str, name: str) -> Any:
        return next(column for column in self.tables[table].columns if column.column == name)

    def members(self, table: str, name: str, rows: Ints) -> Ints:
        """Return the parent's member per row, NULL where there is none."""
        column = self.column(table, name)
        return self.fans[table].parents(rows) if isinstance(column, Driver) else column.members(self, table, rows)

    def values(self, table: str, name: str, rows: Ints) -> Ints:
        """Return one value per row; a foreign key is its parent's key, computed, never looked up."""
        column = self.column(table, name)
        if hasattr(column, "values"):
            return column.values(self, table, rows)
        value = self.members(table, name, rows)
        at = np.flatnonzero(value != NULL)
        if column.parent is not None:
            value[at] = self.cohorts[column.parent].key(value[at])
        return value

    def position(self, table: str, name: str, rows: Ints, via: str = "") -> Ints:
        """Return where in [0, 2**32) the cell of each row, or of its parent by the key `via`, lies; NULL where it is."""
        if via:
            member = self.members(table, via, rows)
            position, at, parent = np.full(len(rows), NULL), np.flatnonzero(member != NULL), self.column(table, via).parent
            position[at] = self.position(parent, name, self.cohorts[parent].row_of(member[at]))
            return position
        column = self.column(table, name)
        if isinstance(column, Even):
            return (column.words(self, table, rows) >> np.uint64(32)).astype(np.int64)
        position, cohorts = np.full(len(rows), NULL), self.cohorts[table]
        for edition, at in by_edition(cohorts.edition_of_row(rows)):
            count = int(cohorts.row[edition + 1])  # its own edition and those before: no later one moves the sample
            sample = self.values(table, name, np.arange(min(count, SAMPLE)) * count // min(count, SAMPLE))
            values = self.values(table, name, rows[at])
            place = among(values, np.sort(sample[sample != NULL]), self.stream(table, name, "rank").bits(rows[at]))
            position[at] = np.where(values == NULL, NULL, place)
        return position

    def cells(self, table: str, rows: Ints) -> dict[str, Ints]:
        return {column.column: self.values(table, column.column, rows) for column in self.tables[table].columns}

    def explain(self, table: str, row: int) -> dict[str, Any]:
        """Tell how one row came to be: edition, member, slot, ordinal, parents, attempts, cells."""
        rows, cohorts = np.array([row]), self.cohorts[table]
        edition = int(cohorts.edition_of_row(rows)[0])
        told: dict[str, Any] = {"edition": edition + 1, "member": int(cohorts.member_of_row(rows)[0])}
        if table in self.fans:
            told |= {"slot": int(self.fans[table].slot_of(rows, edition)[0]), "ordinal": int(self.fans[table].locate(rows)[1][0])}
        columns = self.tables[table].columns
        told["parents"] = {c.column: int(self.members(table, c.column, rows)[0]) for c in columns if hasattr(c, "parent")}
        told["attempts"] = {c.column: int(c.group.values(self, table, rows)[1][0]) for c in columns if isinstance(c, Drawn)}
        told["cells"] = {name: int(value[0]) for name, value in self.cells(table, rows).items()}
        return told
