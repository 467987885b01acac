"""Say what one fill is about to do, and what a loader is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from synthseed.chunk import Chunk
from synthseed.schema import ForeignKey, Schema, Table


class Loader(Protocol):
    """Hand chunks to a database or to files, all of them in one transaction; `closed` is true once it is committed."""

    closed: bool

    def write(self, chunk: Chunk, /) -> None:
        """Load the next rows of a table; tables come one after the other, each with its rows in order."""

    def finish(self, table: str, /) -> None:
        """Say that a table has all its rows; raises where the database took another number of them."""

    def close(self) -> None:
        """Put back what was taken off for the load, compare it with what was, and commit."""


@dataclass(frozen=True)
class Work:
    """Say what one fill is about to do.

    Attributes:
        schema: The database as it was read.
        tables: Keys of the tables that get rows, parents first as far as that is possible.
        rows: New rows per table.
        columns: Columns written per table, named as in the database.
        truncate: Keys of the tables that are emptied first; none other ever is.
        counters: Last value given out per table and counted column: sequences are moved past it.
        patience: Seconds to wait for a lock before giving up.
        trial: True where all is rolled back: nothing is taken off, moved, or asked whose cost grows with the rows that stand.
    """

    schema: Schema
    tables: tuple[str, ...]
    rows: Mapping[str, int]
    columns: Mapping[str, tuple[str, ...]]
    truncate: tuple[str, ...] = ()
    counters: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    patience: int = 10
    trial: bool = False

    @cached_property
    def total(self) -> int:
        """Return the new rows of all tables."""
        return sum(self.rows.get(key, 0) for key in self.tables)

    def table(self, key: str) -> Table:
        """Return a table by its key."""
        return self.schema.table(key)

    @cached_property
    def late(self) -> tuple[tuple[str, ForeignKey], ...]:
        """Return the foreign keys whose parents are loaded after their children, with the child: one or more per cycle.

        A table that refers to itself is not late: a database checks at the end of the statement, or parents have lower rows.
        """
        place = {key: at for at, key in enumerate(self.tables)}
        return tuple(
            (child, key) for child in self.tables for key in self.table(child).foreign_keys if place.get(key.parent, -1) > place[child]
        )

    def outside(self, key: str) -> tuple[str, ...]:
        """Return the tables that refer to this one and are not emptied with it."""
        return tuple(
            table.key
            for table in self.schema.tables
            if table.key not in self.truncate and any(foreign.parent == key for foreign in table.foreign_keys)
        )
