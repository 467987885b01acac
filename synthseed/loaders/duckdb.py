"""Load DuckDB by INSERT ... SELECT from Arrow, a chunk per statement, in one transaction, keys and indexes in place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from synthseed import chunk as arrow
from synthseed import interrupts
from synthseed.chunk import Chunk
from synthseed.errors import Guarded, LoadError, Refused
from synthseed.loaders.duckdb_names import named, placed
from synthseed.loaders.duckdb_rebuild import Out, first, take_out
from synthseed.loaders.duckdb_refusals import told
from synthseed.loaders.sql_names import quoted
from synthseed.loaders.work import Work
from synthseed.schema import ForeignKey, Table, Type
from synthseed.streams import Ints

SOURCE = "synthseed_chunk"  # what a chunk is called while it is read
AT_ONCE = 10_000_000  # values that a sequence is asked for by one statement: a quarter of a second, so that Ctrl-C is heard


@contextmanager
def opened(connection: Connection, work: Work) -> Iterator[DuckDBLoader]:
    """Open the load's transaction, and roll it back unless the loader was closed."""
    if connection.in_transaction():
        connection.commit()
    try:
        with told():
            connection.begin()
            loader = DuckDBLoader(connection, work)
        yield loader
    except BaseException:
        with contextlib.suppress(Exception):  # a database that has failed takes no statement, and has rolled back
            connection.rollback()
        raise


class DuckDBLoader:
    """Write chunks as they are; see the module."""

    def __init__(self, connection: Connection, work: Work) -> None:
        self.connection = connection
        self.driver: Any = connection.connection.driver_connection
        self.work = work
        self.closed = False
        self.sent: dict[str, int] = {}
        self.taken: dict[str, int] = {}
        for key in work.tables:
            _need_first(work.table(key))
        self._truncate()

    def _truncate(self) -> None:
        for key in self.work.truncate:
            for other in self.work.outside(key):
                if first(self.driver, f"select exists (from {named(self.driver, self.work.table(other))})"):
                    raise Guarded(f"{key}: {other} refers to it and is not to be emptied; name {other} as well, or empty neither")
        take_out(self.driver, self.work.schema, dict.fromkeys(self.work.truncate, Out()))

    # ------------------------------------------------------------------------------------------ the rows
    def write(self, chunk: Chunk, /) -> None:
        """Insert the next rows of a table."""
        key, count = chunk.table, chunk.data.num_rows
        table, names = self.work.table(key), self.work.columns[key]
        self.sent[key] = self.sent.get(key, 0) + count
        with told(key):
            taken = self._insert(table, names, chunk.data) if names else self._defaults(table, count)
        self.taken[key] = self.taken.get(key, 0) + taken

    def _insert(self, table: Table, names: Sequence[str], data: pa.RecordBatch) -> int:
        # By place: DuckDB compares names without their case, and a chunk's may differ in nothing else.
        places = [f"c{at}" for at in range(len(names))]
        batch = pa.RecordBatch.from_arrays([data.column(name) for name in names], names=places)
        values = ", ".join(_value(place, table.column(name).type) for place, name in zip(places, names, strict=True))
        statement = f"insert into {named(self.driver, table)} ({', '.join(map(quoted, names))}) select {values} from {SOURCE}"
        own = [key for key in table.foreign_keys if key.parent == table.key and set(key.columns) <= set(names)]
        if not own:
            return self._run(statement, batch)
        levels = _levels(self._parents(batch, names, own), table.key)
        waves = [np.flatnonzero(levels == level) for level in range(int(levels.max(initial=0)) + 1)]
        return sum(self._run(statement, batch.take(arrow.integers(wave))) for wave in waves)

    def _run(self, statement: str, synthseed_chunk: pa.RecordBatch) -> int:
        # DuckDB finds the chunk by the name of the variable. One that is registered is a view, which the transaction keeps to
        # its end with all that it reads: 475 MB after 1.6 million rows of 300 bytes (measured, 2.0.0).
        return int(self.driver.execute(statement).fetchall()[0][0])

    def _parents(self, batch: pa.RecordBatch, names: Sequence[str], keys: Sequence[ForeignKey]) -> list[Ints]:
        """Return for each key of a table to itself the place of each row's parent in this chunk, -1 where it is not here."""
        numbered = batch.append_column("n", arrow.integers(np.arange(batch.num_rows)))
        synthseed_chunk = pa.Table.from_batches([numbered])  # noqa: F841  # as above; DuckDB 1 reads a batch only once
        found: list[Ints] = []
        for key in keys:
            pairs = zip(key.columns, key.parent_columns, strict=True)
            same = " and ".join(f"a.c{names.index(own)} = b.c{names.index(above)}" for own, above in pairs if above in names)
            query = f"select a.n as own, b.n as above from {SOURCE} a join {SOURCE} b on {same or 'false'}"
            rows = self.driver.execute(query).fetchnumpy()
            place = np.full(batch.num_rows, -1)
            place[np.asarray(rows["own"])] = np.asarray(rows["above"])
            found.append(place)
        return found

    def _defaults(self, table: Table, count: int) -> int:
        statement = f"insert into {named(self.driver, table)} default values"
        return sum(int(first(self.driver, statement)) for _ in range(count))

    def finish(self, table: str, /) -> None:
        """Compare the rows sent with those taken."""
        sent, taken = self.sent.get(table, 0), self.taken.get(table, 0)
        if sent != taken:
            raise LoadError(f"{table}: {sent} rows sent, {taken} taken; nothing was committed. Report this with the table's definition")

    # ------------------------------------------------------------------------------------------ after the rows
    def close(self) -> None:
        """Move the sequences, and commit."""
        if self.closed:
            return
        for key in self.work.tables:
            self.finish(key)
        with told():
            for key, columns in self.work.counters.items():
                for name, last in columns.items():
                    sequence = self.work.table(key).column(name).sequence
                    if sequence is not None and sequence.name is not None:
                        self._move(sequence.schema or self.work.schema.default_schema, sequence.name, last)
            with interrupts.held():
                self.connection.commit()
                self.closed = True

    def _move(self, schema: str, name: str, last: int) -> None:
        """Move a sequence past the last value given out, by asking for the values between: DuckDB 1 has no setval.

        Where it stands is asked of itself, as the catalogue of 1.4 is off by one in a file that was opened again. What was
        asked for is not taken back by a rollback, so this comes last.
        """
        query = (
            "select increment_by from duckdb_sequences() where database_name = current_database() and schema_name = ? and sequence_name = ?"
        )
        step = first(self.driver, query, [schema, name])
        sequence = f"{placed(self.driver, schema)}.{quoted(name)}"
        at = first(self.driver, "select nextval(?)", [sequence])
        while (last - at) // step > 0:
            some = min(-((at - last) // step), AT_ONCE)
            at = first(self.driver, "select max(nextval(?)) from range(?)", [sequence, some])


# ---------------------------------------------------------------------------------------------- pieces
def _value(place: str, type_: Type) -> str:
    """Return the SQL of a value that the plain cast of an INSERT would change."""
    if type_.sql.startswith("UNION("):  # a NULL would become the text NULL
        return f"case when {place} is not null then cast({place} as {type_.sql}) end"
    if type_.sql == "VARIANT":
        return f"cast(cast({place} as json) as variant)"
    return place


def _need_first(table: Table) -> None:
    for key in table.foreign_keys:
        if key.parent == table.key and not any(table.column(name).nullable for name in key.columns):
            raise Refused(
                f"{table.key}.{key.label}: every row refers to a row of the same table, and DuckDB takes none that refers to itself, "
                "so there can be no first one; let the column take NULL, or leave the table out"
            )


def _levels(parents: Sequence[Ints], where: str) -> Ints:
    """Return how many rows of this chunk come before each: DuckDB looks for a parent among the rows of earlier statements."""
    levels = np.zeros(len(parents[0]), np.int64)
    for place in parents:
        if (place == np.arange(len(place))).any():
            raise LoadError(f"{where}: a row refers to itself, which DuckDB takes in no order; nothing was committed")
    while True:
        after = levels
        for place in parents:
            after = np.maximum(after, np.where(place >= 0, after[place] + 1, 0))
        if (after == levels).all():
            return levels
        levels = after
