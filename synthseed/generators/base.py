"""Say what a generator is, and what it may ask of the rows that it fills."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from synthseed.cells import Cells
from synthseed.plan import TablePlan
from synthseed.schema import Column, Schema, Table
from synthseed.streams import Ints, Stream, Words

T = TypeVar("T")


class Rows(Protocol):
    """Stand for a run of rows of one table: any rows, in any order, with repeats.

    Nothing here tells which chunk, worker or load the rows belong to. Row numbers are negative for parents that were
    found standing: their cells are only guessed, and what needs a number from 0 refuses them.
    """

    @property
    def numbers(self) -> Ints:
        """Return the row numbers, shape (n,)."""

    @property
    def as_of(self) -> Ints:
        """Return the moment each row is told from, microseconds since 1970 UTC, shape (n,): `as_of` of its edition."""

    def stream(self, *names: object) -> Stream:
        """Return the stream of this seed and table with these names."""

    def index(self, name: str, size: int) -> Ints:
        """Return a draw from [0, size) per row, under the name of a column or group.

        Without replacement (an urn over the whole table) where the columns drawn under this name must be unique.
        """

    def cells(self, name: str) -> Cells:
        """Return other cells of the same rows, as the database will hold them.

        `column`, `_helper`, `key.column` for the parent's cell (`customer_id.created_at`; a key of several columns is
        named by all of them, joined by a comma), `set.field` for a joint table, or the bare name of a joint's column.
        """

    def ordinal(self) -> Ints:
        """Return the place of each row among its siblings, from 0, in the order of the driver."""

    def aggregate(self, function: str, child: str, column: str) -> Cells:
        """Return sum, count, avg, min_of or max_of of a column of each row's children; `column` is "" for count."""

    def once(self, name: Hashable, draw: Callable[[], T]) -> T:
        """Return draw(), computed once per run of rows for everything that asks under this name."""


class Space(Protocol):
    """Number the distinct values of a unique column: an urn over [0, size) never gives one twice.

    A space only grows at its end: a larger version of it decodes the old numbers to the same values. One that has a part to
    prefer (a reserved range before an impossible one) says so by `natural`: the numbers drawn from while the rows fit.
    """

    @property
    def size(self) -> int:
        """Return how many distinct values there are."""

    def decode(self, index: Ints, rows: Rows) -> Cells:
        """Return the value of each number."""

    def encode(self, values: Cells) -> Ints:
        """Return the number of each value, -1 for a value that is not in the space."""


class Generator(Protocol):
    """Make the cells of one column. `version` changes when the cells of the same plan would.

    `distinct` is True when no two rows of a table can get the same value whatever the engine does (a running number).
    `group` names what `Rows.index` is asked under, "" where the generator does not draw from a space of its own.
    """

    @property
    def version(self) -> int:
        """Return the version of the cells that it makes."""

    @property
    def distinct(self) -> bool:
        """Return whether no two rows of a table can get the same value whatever the engine does."""

    @property
    def group(self) -> str:
        """Return the name that it asks `Rows.index` under, "" where it asks for none."""

    def values(self, rows: Rows, /) -> Cells:
        """Return one cell per row."""

    def space(self) -> Space | None:
        """Return the space of distinct values that `values` draws from when the column is unique, if there is one."""


@runtime_checkable
class Ordered(Protocol):
    """Make cells whose order is known: a generator that has this too can follow the rank of another column."""

    def drawn(self, rows: Rows, words: Words, /) -> Cells:
        """Return one cell per row by its random word; no cell is lower than one of a lower word."""


@runtime_checkable
class Ranked(Protocol):
    """Know the rank of a cell without a look at other cells: then what follows it depends on its own row alone."""

    def position(self, rows: Rows, words: Words, /) -> Ints:
        """Return where in [0, 2**32) the cell that `values` makes of each word lies among all of them, evenly."""


@dataclass(frozen=True)
class Setting:
    """Say what a generator is built for.

    Attributes:
        schema: The database.
        table: The table.
        column: The column; None for a helper column (`_name`), which is never stored.
        name: The column's name, or the helper's.
        plan: The table's plan: slots and joint tables are looked up there.
        locale: `en_US`, `de_DE`, ...
        as_of: Microseconds since 1970, UTC: the newest moment of the newest edition; for bounds, never for a cell.
        unique: True when the engine will draw this column's group without replacement.
    """

    schema: Schema
    table: Table
    column: Column | None
    name: str
    plan: TablePlan
    locale: str = "en_US"
    as_of: int = 0
    unique: bool = False

    @property
    def where(self) -> str:
        """Return `table.column`, for messages."""
        return f"{self.table.key}.{self.name}"
