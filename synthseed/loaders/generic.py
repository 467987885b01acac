"""Load any database that SQLAlchemy knows by INSERTs of many rows, in one transaction, constraints in place.

Parents come first. A key whose parents come later is left NULL and set by UPDATE when all rows are there; what it is to
hold waits in a temporary file, not in memory.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import sqlalchemy
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from synthseed import chunk as arrow
from synthseed.chunk import Chunk
from synthseed.errors import ConnectionFailed, Guarded, LoadError, Refused, SynthseedError
from synthseed.loaders.python_values import batches, bound, interleaved
from synthseed.loaders.work import Work
from synthseed.schema import ForeignKey, Table

ROWS = 250  # per statement
VARIABLES = 2_000  # per statement: SQL Server's limit is 2,100, the smallest that is known


@contextmanager
def opened(connection: Connection, work: Work) -> Iterator[GenericLoader]:
    """Open the load's transaction, and roll it back unless the loader was closed."""
    if connection.in_transaction():
        connection.commit()
    loader = GenericLoader(connection, work)
    zone = _to_utc(connection)
    try:
        with told():
            connection.begin()
        yield loader
    except BaseException:
        with contextlib.suppress(Exception):  # a lost connection has rolled back already
            connection.rollback()
        raise
    finally:
        loader.release()
        if zone is not None:
            with contextlib.suppress(DBAPIError):
                connection.execute(sqlalchemy.text("set session time_zone = :zone"), {"zone": zone})
                connection.commit()


def _to_utc(connection: Connection) -> str | None:
    """Let MySQL read times as UTC: a TIMESTAMP is read in the session's zone, where an hour a year does not exist."""
    if connection.dialect.name not in ("mysql", "mariadb"):
        return None
    zone = str(connection.exec_driver_sql("select @@session.time_zone").scalar())
    connection.exec_driver_sql("set session time_zone = '+00:00'")
    connection.commit()
    return zone


@dataclass
class _Later:
    """Hold the keys of a table that are set when their parents are there.

    Attributes:
        columns: Columns of the late keys, NULL until then.
        identity: The primary key.
        spill: Their values, as Arrow batches in a temporary file.
    """

    columns: tuple[str, ...]
    identity: tuple[str, ...]
    spill: Any = field(default_factory=lambda: tempfile.TemporaryFile(prefix="synthseed-"))  # noqa: SIM115  # closed by `release`
    writer: Any = None

    def keep(self, data: pa.RecordBatch) -> None:
        """Write the columns of these rows down."""
        rows = data.select([*self.columns, *self.identity])
        self.writer = self.writer or pa.ipc.new_stream(self.spill, rows.schema)
        self.writer.write_batch(rows)

    def kept(self) -> Iterator[pa.RecordBatch]:
        """Return what was written down."""
        if self.writer is not None:
            self.writer.close()
            self.spill.seek(0)
            yield from pa.ipc.open_stream(self.spill)


class GenericLoader:
    """Write chunks as multi-row INSERTs; see the module."""

    def __init__(self, connection: Connection, work: Work) -> None:
        self.connection = connection
        self.work = work
        self.emptied = False
        self.closed = False
        self.sent: dict[str, int] = {}
        self.taken: dict[str, int] = {}
        self.statements: dict[tuple[str, int], _Statement] = {}
        self.later: dict[str, _Later] = {}
        for key in dict.fromkeys(child for child, _ in work.late):
            self.later[key] = self._later(key, [foreign for child, foreign in work.late if child == key])

    def _later(self, key: str, foreign_keys: Sequence[ForeignKey]) -> _Later:
        table = self.work.table(key)
        identity = table.primary_key.columns if table.primary_key else ()
        columns: list[str] = []
        for foreign in foreign_keys:
            free = [name for name in foreign.columns if table.column(name).nullable and name not in identity]
            if not free or not identity:
                why = "takes no NULL" if not free else "its table has no primary key to set it by"
                raise Refused(
                    f"{key}.{foreign.label}: it refers to {foreign.parent}, which refers back, and {why}; {self.connection.dialect.name} "
                    "cannot be filled in that order. Let one key of the circle take NULL, or leave these tables out"
                )
            columns += free
        return _Later(tuple(dict.fromkeys(columns)), identity)

    # ------------------------------------------------------------------------------------------ the rows
    def write(self, chunk: Chunk, /) -> None:
        """Insert the next rows of a table."""
        self._empty()
        key, count = chunk.table, chunk.data.num_rows
        table = self.work.table(key)
        names = [name for name in self.work.columns[key] if key not in self.later or name not in self.later[key].columns]
        self.sent[key] = self.sent.get(key, 0) + count
        with told(key):
            if key in self.later:
                self.later[key].keep(chunk.data)
            taken = self._insert(table, names, chunk.data) if names else self._defaults(table, count)
        self.taken[key] = self.taken.get(key, 0) + taken

    def _insert(self, table: Table, names: Sequence[str], data: pa.RecordBatch) -> int:
        columns = [bound(data.column(name)) for name in names]
        many = self.connection.dialect.supports_multivalues_insert
        rows = max(1, min(ROWS, VARIABLES // len(names))) if many else 1
        taken = 0
        for flat in batches(interleaved(columns), len(names), rows):
            which = (table.key, len(flat) // len(names))
            if which not in self.statements:
                self.statements[which] = _Statement.compiled(self.connection, table, names, which[1])
            taken += self.statements[which].run(self.connection, flat)
        return taken

    def _defaults(self, table: Table, count: int) -> int:
        statement = sqlalchemy.insert(_named(table, ())).values()
        return sum(self.connection.execute(statement).rowcount for _ in range(count))

    def finish(self, table: str, /) -> None:
        """Compare the rows sent with those taken."""
        sent, taken = self.sent.get(table, 0), self.taken.get(table, 0)
        if sent != taken:
            raise LoadError(
                f"{table}: {sent} rows sent, {taken} taken; nothing was committed. A trigger that drops rows does this; "
                "plan rows that it keeps, or leave the table out"
            )

    def _empty(self) -> None:
        """Empty the tables that were named, children first.

        Not before the first row: what else opens the transaction (the ledger's table) may commit on its own in MySQL.
        """
        if self.emptied:
            return
        self.emptied = True
        for key in self.work.truncate:
            for other in self.work.outside(key):
                if self._holds_rows(other):
                    raise Guarded(f"{key}: {other} refers to it and is not to be emptied; name {other} as well, or empty neither")
        backwards = sorted(self.work.truncate, key=self._place, reverse=True)
        for key in backwards:
            waiting = dict.fromkeys(self._circular(key))
            if waiting:
                with told(key):
                    self.connection.execute(sqlalchemy.update(_named(self.work.table(key), tuple(waiting))).values(waiting))
        for key in backwards:
            with told(key):
                self.connection.execute(sqlalchemy.delete(_named(self.work.table(key), ())))

    def _circular(self, key: str) -> Iterator[str]:
        """Return the columns that would keep rows from being deleted: of late keys, and of the table's keys to itself."""
        table = self.work.table(key)
        yield from self.later[key].columns if key in self.later else ()
        for foreign in table.foreign_keys:
            if foreign.parent == key:  # InnoDB looks at each row, not at the statement's end
                yield from (name for name in foreign.columns if table.column(name).nullable)

    def _holds_rows(self, key: str) -> bool:
        with told(key):
            query = sqlalchemy.select(sqlalchemy.literal(1)).select_from(_named(self.work.table(key), ())).limit(1)
            return self.connection.execute(query).first() is not None

    def _place(self, key: str) -> int:
        return self.work.tables.index(key) if key in self.work.tables else len(self.work.tables)

    # ------------------------------------------------------------------------------------------ after the rows
    def close(self) -> None:
        """Set the keys that waited, and commit."""
        if self.closed:
            return
        self._empty()
        for key in self.work.tables:
            self.finish(key)
        for key, later in self.later.items():
            with told(key):
                self._set(key, later)
        with told():
            self.connection.commit()
        self.closed = True

    def _set(self, key: str, later: _Later) -> None:
        named = _named(self.work.table(key), (*later.columns, *later.identity))
        match = [named.c[name] == sqlalchemy.bindparam(f"key{at}") for at, name in enumerate(later.identity)]
        values: dict[str, Any] = {name: sqlalchemy.bindparam(f"set{at}") for at, name in enumerate(later.columns)}
        statement = sqlalchemy.update(named).where(*match).values(values)
        labels = [*(f"set{at}" for at in range(len(later.columns))), *(f"key{at}" for at in range(len(later.identity)))]
        for rows in later.kept():
            there = arrow.unpacked(rows.column(later.columns[0]).is_valid())
            for name in later.columns[1:]:
                there = there | arrow.unpacked(rows.column(name).is_valid())
            columns = [bound(rows.column(name)) for name in rows.schema.names]
            found = [dict(zip(labels, row, strict=True)) for row, wanted in zip(zip(*columns, strict=True), there, strict=True) if wanted]
            if found:
                self.connection.execute(statement, found)

    def release(self) -> None:
        """Close the temporary files."""
        for later in self.later.values():
            later.spill.close()


@dataclass(frozen=True)
class _Statement:
    """Hold an INSERT of a number of rows as the dialect writes it."""

    text: str
    labels: tuple[str, ...] | None  # None where the driver takes values by place

    @staticmethod
    def compiled(connection: Connection, table: Table, names: Sequence[str], rows: int) -> _Statement:
        """Write the statement; that costs more than running it."""
        places = range(len(names))
        values: list[dict[str, Any]] = [{names[at]: sqlalchemy.bindparam(f"p{row}_{at}") for at in places} for row in range(rows)]
        statement = sqlalchemy.insert(_named(table, names)).values(values if rows > 1 else values[0])
        compiled: Any = statement.compile(dialect=connection.dialect)
        labels = tuple(f"p{row}_{at}" for row in range(rows) for at in places)
        return _Statement(str(compiled), None if compiled.positional else labels)

    def run(self, connection: Connection, flat: list[Any]) -> int:
        """Insert the rows; return how many were taken."""
        values: Any = tuple(flat) if self.labels is None else dict(zip(self.labels, flat, strict=True))
        return connection.exec_driver_sql(self.text, values).rowcount


def _named(table: Table, names: Sequence[str]) -> sqlalchemy.TableClause:
    """Return a table by its name, every name quoted, without asking the database."""
    columns: list[Any] = [sqlalchemy.column(sqlalchemy.quoted_name(name, quote=True)) for name in names]
    schema = None if table.schema is None else sqlalchemy.quoted_name(table.schema, quote=True)
    return sqlalchemy.table(sqlalchemy.quoted_name(table.name, quote=True), *columns, schema=schema)


@contextmanager
def told(table: str = "") -> Iterator[None]:
    """Turn what the database raises inside into errors of ours, without its text, which holds row values."""
    try:
        yield
    except DBAPIError as error:
        raise refusal(error, table) from None


def refusal(error: DBAPIError, table: str) -> SynthseedError:
    """Return our error for the driver's: its class and number only."""
    where = table or "load"
    if error.connection_invalidated:
        return ConnectionFailed(f"{where}: the connection was lost; nothing was committed; fill again")
    number = getattr(error.orig, "args", ())[:1]
    shown = f"{type(error.orig).__name__} {number[0]}" if number and isinstance(number[0], int) else type(error.orig).__name__
    return LoadError(f"{where}: the database refused rows or a statement of the load ({shown}); nothing was committed")
