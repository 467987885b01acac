"""Load SQLite by INSERTs of many rows, in one transaction.

250 rows per statement were the fastest (400,000 rows per CPU-second of 12 columns, against 210,000 one by one; measured,
SQLite 3.40). Indexes that stand while a table fills cost 2.4 times what building them afterwards does.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection

from synthseed.chunk import Chunk
from synthseed.errors import Guarded, LoadError
from synthseed.loaders.python_values import batches, interleaved, stored
from synthseed.loaders.sql_names import quoted
from synthseed.loaders.sqlite_refusals import told
from synthseed.loaders.work import Work
from synthseed.schema import Column, Kind

ROWS = 250  # per statement
LARGE_TABLE = 20_000  # rows of an empty table: from here its indexes are built afterwards


@contextmanager
def opened(connection: Connection, work: Work) -> Iterator[SqliteLoader]:
    """Open the load's transaction with the keys' enforcement off, and roll back unless the loader was closed."""
    if connection.in_transaction():
        connection.commit()
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    level, driver.isolation_level = driver.isolation_level, None  # else sqlite3 begins and commits where it sees fit
    keys = driver.execute("pragma foreign_keys").fetchone()[0]
    try:
        with told():
            driver.execute("pragma foreign_keys = off")  # does nothing inside a transaction
            connection.begin()
            if driver.in_transaction:  # an event has begun it, without the lock
                driver.execute("rollback")
            driver.execute("begin immediate")
            loader = SqliteLoader(connection, driver, work)
        yield loader
    except BaseException:
        with contextlib.suppress(Exception):  # SQLite has rolled back already where it could not go on
            connection.rollback()
        raise
    finally:
        if driver.in_transaction:
            driver.rollback()
        driver.execute(f"pragma foreign_keys = {keys}")
        driver.isolation_level = level


class SqliteLoader:
    """Write chunks as multi-row INSERTs; see the module."""

    def __init__(self, connection: Connection, driver: sqlite3.Connection, work: Work) -> None:
        self.connection = connection
        self.driver = driver
        self.work = work
        self.closed = False
        self.sent: dict[str, int] = {}
        self.taken: dict[str, int] = {}
        self.indexes: list[str] = []
        self.variables = driver.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        self._truncate()
        self.before = {} if work.trial else {key: self._violations(key) for key in work.tables}
        self._take_off()

    # ------------------------------------------------------------------------------------------ before the rows
    def _truncate(self) -> None:
        for key in self.work.truncate:
            for other in self.work.outside(key):
                if self.driver.execute(f"select exists (select 1 from {self._sql(other)})").fetchone()[0]:
                    raise Guarded(f"{key}: {other} refers to it and is not to be emptied; name {other} as well, or empty neither")
        for key in self.work.truncate:
            self.driver.execute(f"delete from {self._sql(key)}")

    def _take_off(self) -> None:
        for key in self.work.tables:
            table = self.work.table(key)
            # Of an attached database the text of an index lacks the schema that its CREATE needs.
            if table.schema or self.work.rows.get(key, 0) < LARGE_TABLE or not self._empty(key):
                continue
            found = self.driver.execute(
                "select i.name, m.sql from pragma_index_list(?) i join sqlite_master m on m.type = 'index' and m.name = i.name "
                'where not i."unique" and m.sql is not null',
                (table.name,),
            ).fetchall()
            for index, statement in found:
                self.driver.execute(f"drop index {quoted(index)}")
                self.indexes.append(statement)

    def _empty(self, key: str) -> bool:
        return not self.driver.execute(f"select exists (select 1 from {self._sql(key)})").fetchone()[0]

    def _sql(self, key: str) -> str:
        table = self.work.table(key)
        return f"{quoted(table.schema)}.{quoted(table.name)}" if table.schema else quoted(table.name)

    # ------------------------------------------------------------------------------------------ the rows
    def write(self, chunk: Chunk, /) -> None:
        """Insert the next rows of a table."""
        key, count = chunk.table, chunk.data.num_rows
        names = self.work.columns[key]
        self.sent[key] = self.sent.get(key, 0) + count
        with told(key):
            self.taken[key] = self.taken.get(key, 0) + (self._insert(key, names, chunk) if names else self._defaults(key, count))

    def _insert(self, key: str, names: tuple[str, ...], chunk: Chunk) -> int:
        columns = [stored(chunk.data.column(name), hyphens=hyphenated(self.work.table(key).column(name))) for name in names]
        width, taken = len(names), 0
        rows = max(1, min(ROWS, self.variables // width))
        row = f"({', '.join('?' * width)})"
        start = f"insert into {self._sql(key)} ({', '.join(map(quoted, names))}) values "
        whole = start + ", ".join([row] * rows)
        for flat in batches(interleaved(columns), width, rows):
            statement = whole if len(flat) == width * rows else start + ", ".join([row] * (len(flat) // width))
            taken += self.driver.execute(statement, flat).rowcount
        return taken

    def _defaults(self, key: str, count: int) -> int:
        return sum(self.driver.execute(f"insert into {self._sql(key)} default values").rowcount for _ in range(count))

    def finish(self, table: str, /) -> None:
        """Compare the rows sent with those taken."""
        sent, taken = self.sent.get(table, 0), self.taken.get(table, 0)
        if sent != taken:
            names = ", ".join(self._triggers(table)) or "none"
            raise LoadError(
                f"{table}: {sent} rows sent, {taken} taken; nothing was committed. A trigger that drops rows does this; triggers here: "
                f"{names}. Plan rows that it keeps, or leave the table out"
            )

    def _triggers(self, key: str) -> list[str]:
        table = self.work.table(key)
        found = self.driver.execute(
            f"select name from {quoted(table.schema or 'main')}.sqlite_master where type = 'trigger' and tbl_name = ? order by 1",
            (table.name,),
        )
        return [name for (name,) in found]

    # ------------------------------------------------------------------------------------------ after the rows
    def close(self) -> None:
        """Build the indexes again, check the keys, move the counters, commit."""
        if self.closed:
            return
        for key in self.work.tables:
            self.finish(key)
        with told():
            for statement in self.indexes:
                self.driver.execute(statement)
            self._check()
            self._count()
            self.connection.commit()
            if self.driver.in_transaction:
                self.driver.commit()
        self.closed = True

    def _violations(self, key: str) -> Counter[tuple[Any, ...]]:
        """Count the rows of a table whose parent is missing; none where SQLite cannot check (what is referred to is not unique)."""
        table = self.work.table(key)
        check = f"pragma {quoted(table.schema or 'main')}.foreign_key_check({quoted(table.name)})"
        try:
            return Counter(self.driver.execute(check).fetchall())
        except sqlite3.OperationalError:
            return Counter()

    def _check(self) -> None:
        for key in self.work.tables:
            new = self._violations(key) - self.before[key]
            if new:
                _, _, parent, number = next(iter(new))
                name = self.work.table(key).name
                listed = 'select "from" from pragma_foreign_key_list(?) where id = ? order by seq'
                keys = ", ".join(str(column) for (column,) in self.driver.execute(listed, (name, number)))
                raise LoadError(f"{key}: {new.total()} rows refer by {keys} to rows of {parent} that are not there; nothing was committed")

    def _count(self) -> None:
        """Move the counters of AUTOINCREMENT past what was given out; an insert moves them past what was written."""
        for key, columns in self.work.counters.items():
            table = self.work.table(key)
            master = quoted(table.schema or "main")
            if not self.driver.execute(f"select 1 from {master}.sqlite_master where name = 'sqlite_sequence'").fetchone():
                continue
            for last in columns.values():
                self.driver.execute(f"update {master}.sqlite_sequence set seq = ?1 where name = ?2 and seq < ?1", (last, table.name))


def hyphenated(column: Column) -> bool:
    """Return True where a UUID is stored with its hyphens: in a type called so, or in a text long enough for them."""
    return column.type.kind is not Kind.UUID or column.type.length is None or column.type.length >= 36
