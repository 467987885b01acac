"""Load PostgreSQL through COPY, all tables in one transaction.

A load takes the advisory lock of its database, empties the tables that were named, takes foreign keys and indexes off
where that pays, copies, puts them back validated, compares the catalogue with what it was, moves sequences and commits.
Whatever goes wrong on the way, also `kill -9`, leaves the database as it was, because nothing was committed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
import pyarrow as pa
from sqlalchemy import Connection

from synthseed.chunk import Chunk, release
from synthseed.errors import Guarded, LoadError, TryAgain
from synthseed.loaders import constraints, copy_binary, copy_text, sequences, staging
from synthseed.loaders.catalogue import Relation, Server, is_empty, relations
from synthseed.loaders.constraints import ForeignKeyRow, Snapshot, Taken
from synthseed.loaders.refusals import told
from synthseed.loaders.sql_names import quoted
from synthseed.loaders.staging import Stage
from synthseed.loaders.work import Work

LOCK = 0x73796E7468736565  # "synthsee": one fill at a time in a database
LARGE = 50_000  # rows in all: below, dropping and adding keys costs more than it saves, and locks more
LARGE_TABLE = 100_000  # rows of an empty table: from here its indexes are built afterwards
SENT = 256 << 10  # bytes handed to libpq at once
PIECE = 64 << 20  # bytes of a chunk that are encoded at once: Arrow's offsets end at 2 GB


@contextmanager
def opened(connection: Connection, work: Work) -> Iterator[PostgresLoader]:
    """Open the load's transaction, and roll it back unless the loader was closed."""
    if connection.in_transaction():
        connection.commit()
    level = connection.get_isolation_level()
    # One level for all: a snapshot taken at the start would make the checks of foreign keys fail against other sessions.
    connection.execution_options(isolation_level="READ COMMITTED")
    loader = None
    try:
        with told():
            connection.begin()
            loader = PostgresLoader(connection, work)
        yield loader
    except BaseException:
        if loader is not None:
            loader.abandon()
        with contextlib.suppress(Exception):  # a lost connection has rolled back already
            connection.rollback()
        raise
    finally:
        if not connection.closed and not connection.invalidated and not connection.in_transaction():
            with contextlib.suppress(Exception):
                connection.execution_options(isolation_level=level)


@dataclass
class _Open:
    """Hold the table that is being written."""

    table: str
    columns: tuple[str, ...]
    encodings: Sequence[copy_binary.Encoding] | None  # None: as text
    stack: ExitStack = field(default_factory=ExitStack)
    cursor: psycopg.Cursor[Any] | None = None
    copy: psycopg.Copy | None = None
    rows: int = 0


class PostgresLoader:
    """Write chunks through COPY; see the module."""

    def __init__(self, connection: Connection, work: Work) -> None:
        self.connection = connection
        self.server = cast("Server", connection.connection.driver_connection)
        self.work = work
        self.open: _Open | None = None
        self.closed = False
        self.finished: set[str] = set()
        self.taken: list[Taken] = []
        self.before: Snapshot = []
        self.stages: dict[str, Stage] = {}
        self.sent: dict[str, int] = {}
        self._prepare()

    # ------------------------------------------------------------------------------------------ before the rows
    def _prepare(self) -> None:
        self._lock()
        keys = tuple(dict.fromkeys((*self.work.tables, *self.work.truncate)))
        self.relations = relations(self.server, self.work, keys)
        self._rights()
        self.counters = sequences.counters(self.server, self.relations, self.work.counters)
        self._truncate()
        self._take_off()
        self._make_way()
        self.server.execute("set constraints all deferred")

    def _lock(self) -> None:
        # SET LOCAL only: nothing of a session's state survives the transaction, also behind a pooler.
        for setting in (
            f"lock_timeout = '{self.work.patience}s'",
            "statement_timeout = 0",
            "idle_in_transaction_session_timeout = 0",
            "client_encoding = 'UTF8'",
            "datestyle = 'ISO, YMD'",
        ):
            self.server.execute(f"set local {setting}".encode())
        row = self.server.execute(f"select pg_try_advisory_xact_lock({LOCK})".encode()).fetchone()
        if row is None or not row[0]:
            raise TryAgain("another fill of this database is running; try again when it is done")

    def _rights(self) -> None:
        for key in self.work.tables:
            relation = self.relations[key]
            if not relation.may_insert:
                raise LoadError(f"{key}: INSERT is not granted to us; grant insert on {relation.sql} to current_user")
        for key in self.work.truncate:
            relation = self.relations[key]
            if not relation.may_truncate:
                raise LoadError(f"{key}: TRUNCATE is not granted to us; grant truncate on {relation.sql} to current_user")

    def _truncate(self) -> None:
        emptied = {self.relations[key].oid: key for key in self.work.truncate}
        if not emptied:
            return
        found = constraints.outside(self.server, emptied)
        if found is not None:
            raise Guarded(f"{found[1]}: {found[0]} refers to it and is not to be emptied; name {found[0]} as well, or empty neither")
        # ONLY, or tables that inherit from these would be emptied with them; a partitioned table is its partitions.
        names = [("only " if self.relations[key].kind == "r" else "") + self.relations[key].sql for key in self.work.truncate]
        self.server.execute(f"truncate {', '.join(names)}".encode())

    def _make_way(self) -> None:
        """Move sequences before the rows where a trigger may draw from them: an audit log's rows would take the keys of ours."""
        triggers = any(self.relations[key].triggers for key in self.work.tables)
        if self.work.trial and (triggers or any(self._draws(key) for key in self.work.tables)):
            # A number that a rolled-back row drew is gone for good; what ALTER SEQUENCE began is rolled back with it.
            sequences.held(self.server)
        if triggers:
            # Only what rolls back with the load; the others are moved last, as without triggers.
            sequences.moved(self.server, [counter for counter in self.counters if counter.owned])

    def _draws(self, key: str) -> bool:
        written = self.work.columns[key]
        return any(column.sequence is not None and column.name not in written for column in self.work.table(key).columns)

    def _take_off(self) -> None:
        if self.work.trial:
            self._stage(None)
            return
        filled = [self.relations[key] for key in self.work.tables if self.work.rows.get(key, 0)]
        large = self.work.total >= LARGE
        empty = {relation.oid for relation in filled if large and is_empty(self.server, relation)}
        known = constraints.foreign_keys(self.server, filled)
        late = {(self.relations[child].oid, key.columns) for child, key in self.work.late if not key.deferrable}
        off = [key for key in known if key.child in empty or (key.child, key.columns) in late]
        self._stage({(key.child, key.columns) for key in off})
        tables = [relation for relation in filled if relation.oid in empty and self.work.rows[relation.key] >= LARGE_TABLE]
        self._drop(off, tables)

    def _stage(self, off: Collection[tuple[int, tuple[str, ...]]] | None) -> None:
        """Choose the tables that go through temporary ones; `off` are the keys taken off, None: no key is waited for."""
        spans = [
            (child, key.parent)
            for child, key in (() if off is None else self.work.late)
            if not key.deferrable and (self.relations[child].oid, key.columns) not in (off or ())
        ]
        alone = [key for key in self.work.tables if self.relations[key].guarded and self.work.rows.get(key, 0)]
        self.groups = staging.groups(self.work.tables, alone, spans)
        for key in (key for group in self.groups for key in group):
            self.stages[key] = Stage(self.relations[key], self.work.columns[key], len(self.stages))

    def _drop(self, off: Sequence[ForeignKeyRow], tables: Sequence[Relation]) -> None:
        if not off and not tables:
            return
        self.before = constraints.snapshot(self.server, self._touched())
        # The tables of an index that comes off may still be referred to from elsewhere: the query leaves such keys alone.
        taken = constraints.indexes(self.server, tables, off)
        constraints.taken_off(self.server, [*(key.taken for key in off), *taken])
        # Keys before indexes and foreign keys last; each kind in the order it was made in.
        self.taken = [*sorted(taken, key=lambda one: one.what.startswith("index")), *(key.taken for key in off)]

    def _touched(self) -> list[int]:
        return [self.relations[key].oid for key in self.work.tables]

    # ------------------------------------------------------------------------------------------ the rows
    def write(self, chunk: Chunk, /) -> None:
        """Send the next rows of a table."""
        if self.open is None or self.open.table != chunk.table:
            self._end()
            self.open = self._begin(chunk)
        at = self.open
        with self._told(chunk.table):
            for piece in pieces(chunk.data):
                arrays = [piece.column(name) for name in at.columns]
                at.rows += piece.num_rows
                if at.copy is None:
                    continue
                if at.encodings is None:
                    _send(at.copy, copy_text.lines(arrays, piece.num_rows))
                else:
                    _send(at.copy, self._encoded(chunk.table, arrays, at.encodings, piece.num_rows))
            release()

    def finish(self, table: str, /) -> None:
        """End a table's COPY, and its group's where it is the last of one that goes through temporary tables."""
        if table in self.finished:
            return
        if self.open is not None and self.open.table == table:
            self._end()
        self.finished.add(table)
        for group in self.groups:
            if group[-1] == table:
                self._move(group)

    def _begin(self, chunk: Chunk) -> _Open:
        table, relation = chunk.table, self.relations[chunk.table]
        columns = self.work.columns[table]
        if not columns:
            return _Open(table, columns, None)
        # Columns of fixed width that are never NULL first: they become one record per row. COPY takes any order.
        declared = self.work.table(table)
        columns = tuple(
            sorted(columns, key=lambda name: declared.column(name).nullable or relation.types[name].name not in copy_binary.FIXED)
        )
        kinds = {name: chunk.data.schema.field(name).type for name in columns}
        chosen = {name: copy_binary.encoding(relation.types[name], kinds[name]) for name in columns}
        encodings = [one for name in columns if (one := chosen[name]) is not None]
        binary = len(encodings) == len(columns)
        names = ", ".join(quoted(name) for name in columns)
        with self._told(table):
            target, options = relation.sql, ["format binary"] if binary else ["format text"]
            if table in self.stages:
                target = self.stages[table].sql
                self.server.execute(self.stages[table].create().encode())
            elif table in self.work.truncate and relation.plain and not self.work.trial:
                options.append("freeze")
            at = _Open(table, columns, encodings if binary else None, cursor=self.server.cursor())
            assert at.cursor is not None
            statement = f"copy {target} ({names}) from stdin ({', '.join(options)})"
            at.copy = at.stack.enter_context(at.cursor.copy(statement.encode()))
            if binary:
                at.copy.write(copy_binary.HEADER)
        return at

    def _end(self) -> None:
        at, self.open = self.open, None
        if at is None:
            return
        with self._told(at.table):
            if at.copy is None:  # nothing of its rows is ours to say
                taken = self._defaults(at)
            else:
                if at.encodings is not None:
                    at.copy.write(copy_binary.TRAILER)
                at.stack.close()
                assert at.cursor is not None
                taken = at.cursor.rowcount
        self.sent[at.table] = self.sent.get(at.table, 0) + at.rows
        self._counted(at.table, at.rows, taken)

    def _defaults(self, at: _Open) -> int:
        target = self.relations[at.table].sql
        return self.server.execute(f"insert into {target} select from generate_series(1, {at.rows})".encode()).rowcount

    def _move(self, group: Sequence[str]) -> None:
        stages = [self.stages[key] for key in group if key in self.sent]
        if not stages:
            return
        with self._told(group[-1]):
            taken = staging.move_all(self.server, stages)
        for stage, count in zip(stages, taken, strict=True):
            self._counted(stage.relation.key, self.sent[stage.relation.key], count)

    def _counted(self, table: str, sent: int, taken: int) -> None:
        if sent != taken:
            triggers = ", ".join(self.relations[table].triggers) or "none that is switched on"
            raise LoadError(
                f"{table}: {sent} rows sent, {taken} taken; nothing was committed. A trigger that drops rows does this; triggers here: "
                f"{triggers}. Plan rows that it keeps, or leave the table out"
            )

    def _encoded(self, table: str, arrays: Sequence[pa.Array], encodings: Sequence[copy_binary.Encoding], rows: int) -> memoryview:
        try:
            return copy_binary.encoded(arrays, encodings, rows)
        except pa.ArrowInvalid:
            raise LoadError(f"{table}: an integer does not fit its column's width; nothing was committed; plan a smaller `high`") from None

    def _told(self, table: str) -> AbstractContextManager[None]:
        return told(table, columns=self.work.columns.get(table, ()), triggers=self.relations[table].triggers)

    # ------------------------------------------------------------------------------------------ after the rows
    def close(self) -> None:
        """Put keys and indexes back, compare, move sequences, commit; then let the server look at the new rows."""
        if self.closed:
            return
        self._end()
        for table in self.work.tables:
            self.finish(table)
        with told():
            # Deferred checks now, with the key's name: a COMMIT that fails says less, and ALTER TABLE waits for them.
            self.server.execute("set constraints all immediate")
            self._put_back()
            sequences.moved(self.server, self.counters)
            self.connection.commit()
        self.closed = True
        self._analyse()

    def _put_back(self) -> None:
        names = {relation.oid: key for key, relation in self.relations.items()}
        for one in self.taken:
            with told(names[one.table]):
                constraints.put_back(self.server, one)
        if self.taken:
            constraints.compared(self.server, self._touched(), self.before)

    def _analyse(self) -> None:
        names = [self.relations[key].sql for key in self.work.tables if self.sent.get(key) and self.relations[key].owned]
        if names:
            # The rows are committed: what ANALYZE meets (a lock, a time-out) does not make the load a failure.
            with contextlib.suppress(psycopg.Error), self.connection.begin():
                self.server.execute(f"analyze {', '.join(names)}".encode())

    def abandon(self) -> None:
        """End a COPY that is under way, so that the transaction can be rolled back."""
        at, self.open = self.open, None
        if at is not None:
            with contextlib.suppress(Exception):
                at.stack.__exit__(*(sys.exc_info() if sys.exc_info()[0] else (LoadError, LoadError("abandoned"), None)))


def _send(copy: psycopg.Copy, data: Any) -> None:
    """Write bytes to a COPY a little at a time: libpq's buffer grows to the largest piece, twice over, and stays so."""
    view = memoryview(data).cast("B")
    for start in range(0, len(view), SENT):
        copy.write(view[start : start + SENT])


def pieces(data: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut rows so that no piece encodes to more bytes than Arrow's offsets can count; most chunks are one piece."""
    cuts = max(1, -(-data.nbytes // PIECE))
    step = max(1, -(-data.num_rows // cuts))
    for start in range(0, data.num_rows, step):
        yield data.slice(start, step)
