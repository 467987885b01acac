"""Show the database a few rows before the load: what it refuses is known before the first row is written for good."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from synthseed.errors import LoadError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.chunk import Chunk
    from synthseed.loaders.work import Work

# Of any other database we do not know that it takes everything back (MySQL keeps what AUTO_INCREMENT gave out, and all rows
# of a table of MyISAM), and its driver does not name the constraint.
BACKENDS = ("postgresql", "sqlite", "duckdb")
PARENT = "23503"  # foreign_key_violation (PostgreSQL manual, appendix A)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Name what a database refused: table, SQLSTATE, and constraint, column and function where it names them; never a value."""

    table: str
    state: str
    constraint: str
    column: str
    text: str
    function: str = ""


class _Seen(Exception):
    """End a rehearsal, so that its transaction is rolled back."""


def rehearse(connection: Connection, work: Work, chunks: Iterable[Chunk]) -> tuple[Refusal, ...]:
    """Write rows by the load's own path inside a transaction that is rolled back; return what is refused, one thing per table.

    Sequences stay where they are, and no key or index is taken off. What a trigger may have raised is no refusal here,
    because it may want rows that a sample lacks, and neither is a parent that is missing because its own table was
    refused: the load decides. A table that is refused is left out for the rest; DuckDB, which has no savepoints, ends there.

    Args:
        connection: The load's; a transaction that is open on it is committed first.
        work: The sample: rows per table.
        chunks: Its rows, one chunk per table, in the order of `work`.

    Raises:
        TryAgain, ConnectionFailed, Guarded: What has nothing to do with the rows.
    """
    dialect = connection.dialect.name
    if dialect not in BACKENDS:
        return ()
    backend = import_module(f"synthseed.loaders.{dialect}")
    seen = _Rehearsal(connection, replace(work, trial=True))
    # A load that cannot even begin says so itself, with what to do.
    with contextlib.suppress(_Seen, LoadError), backend.opened(connection, seen.work) as loader:
        for chunk in chunks:
            if not seen.shown(loader, chunk) and dialect == "duckdb":
                raise _Seen
        if dialect == "postgresql":
            seen.waited(loader)
        raise _Seen
    return tuple(seen.refusals)


@dataclass
class _Rehearsal:
    """Collect refusals; `lost` are the tables whose rows were rolled back."""

    connection: Connection
    work: Work
    refusals: list[Refusal] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def shown(self, loader: Any, chunk: Chunk) -> bool:
        """Write the rows of a table; return whether they were taken."""
        try:
            with self._point(loader):
                loader.write(chunk)
                loader.finish(chunk.table)
        except LoadError as error:
            self._refused(chunk.table, error)
            self.lost.add(chunk.table)
            return False
        return True

    def waited(self, loader: Any) -> None:
        """Ask for what PostgreSQL would check at the commit."""
        from synthseed.loaders.refusals import told

        triggers = [name for relation in loader.relations.values() for name in relation.triggers]
        try:
            with self._point(loader), told(triggers=triggers):
                loader.server.execute("set constraints all immediate")
        except LoadError as error:
            self._refused(self._table(error), error)

    @contextlib.contextmanager
    def _point(self, loader: Any) -> Iterator[None]:
        if self.connection.dialect.name == "duckdb":
            yield
            return
        self._say("savepoint")
        try:
            yield
        except LoadError:
            if hasattr(loader, "abandon"):  # a COPY that is under way
                loader.abandon()
            self._say("rollback to savepoint")
            raise
        self._say("release savepoint")

    def _say(self, what: str) -> None:
        self.connection.exec_driver_sql(f"{what} synthseed")  # `begin_nested` compiles each: 1 ms a table

    def _refused(self, table: str, error: LoadError) -> None:
        alone = error.state == PARENT and (bool(self.lost) or any(child == table for child, _ in self.work.late))
        if error.state and table and not error.triggered and not alone:
            self.refusals.append(Refusal(table, error.state, error.constraint, error.column, str(error), error.function))

    def _table(self, error: LoadError) -> str:
        """Return the table of a constraint that was checked late, as the server names no other."""
        for key in self.work.tables:
            table = self.work.table(key)
            names = {one.name for one in table.keys} | {one.name for one in table.foreign_keys} | {one.name for one in table.exclusions}
            if error.constraint in names:
                return key
        return ""
