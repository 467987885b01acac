"""Let SQLAlchemy talk to DuckDB by the `duckdb` package alone, as `duckdb+synthseed`.

Not by duckdb-engine, which reads PostgreSQL's catalogue and so cannot read DuckDB 2; one that is installed stays what
`duckdb://` means to others. Only what the verbs need is here: statements, transactions and `has_table`.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import URL, text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql.compiler import IdentifierPreparer

ERRORS = (
    "Error", "DatabaseError", "DataError", "OperationalError", "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError",
)  # fmt: skip
CHANGES = ("INSERT", "UPDATE", "DELETE", "MERGE_INTO", "COPY")  # statements whose one row is the number of rows that they changed
INSTALL = "autoinstall_known_extensions"


class Cursor:
    """Run statements on the one raw connection: a cursor of DuckDB's own is another connection, in another transaction."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rest: list[tuple[Any, ...]] | None = []  # None while DuckDB holds the rows
        self.description: Sequence[Any] | None = None
        self.rowcount = -1

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run one statement."""
        raw = self._connection.turn(self)
        returns = _returns(raw, statement)
        raw.execute(statement, list(parameters)) if parameters else raw.execute(statement)
        self.description, self.rowcount, self._rest = None, -1, []
        if returns == "rows":
            self.description, self._rest = raw.description, None
        elif returns == "count":
            self.rowcount = sum(int(row[0]) for row in raw.fetchall())
        return self

    def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Cursor:
        """Run one statement with each of these parameters."""
        changed = 0
        for one in parameters:
            changed += max(self.execute(statement, one).rowcount, 0)
        self.rowcount = changed
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row, None behind the last."""
        return next(iter(self.fetchmany(1)), None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Return the next rows, at most `size` of them."""
        size = size or self.arraysize
        if self._rest is None:
            rows: list[tuple[Any, ...]] = self._connection.raw.fetchmany(size)
            return rows
        rows, self._rest = self._rest[:size], self._rest[size:]
        return rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows that are left."""
        self.keep()
        rows, self._rest = self._rest or [], []
        return rows

    def keep(self) -> None:
        """Take the rows that are left out of DuckDB, which drops them when the next statement runs."""
        if self._rest is None:
            self._rest = self._connection.raw.fetchall()

    def close(self) -> None:
        """Forget the rows; DuckDB 2 refuses much of what comes next while it holds some."""
        if self._rest is None:
            with contextlib.suppress(Exception):  # it is closed, or its transaction has failed: then it holds none
                self._connection.raw.execute("select null").fetchall()
        self._rest = []

    def setinputsizes(self, *_: object) -> None:
        """Do nothing; the protocol of drivers asks for it."""

    def setoutputsize(self, *_: object) -> None:
        """Do nothing; the protocol of drivers asks for it."""


def _returns(raw: Any, statement: str) -> str:
    """Return whether a statement gives rows, their number, or nothing."""
    found = raw.extract_statements(statement)
    if not found:
        return "nothing"
    kind, expected = found[-1].type.name, [one.name for one in found[-1].expected_result_type]
    if kind in CHANGES and "returning" not in statement.lower():
        return "count"
    return "rows" if expected == ["QUERY_RESULT"] or kind in CHANGES else "nothing"


class Connection:
    """Hold a connection of DuckDB and whether it is in a transaction: a COMMIT without one is an error there."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self._begun = False
        self._current: Cursor | None = None
        self._before = raw.execute(f"select current_setting('{INSTALL}')").fetchone()[0]
        # Opening a database must not fetch anything out of the network; and texts of moments are read as UTC.
        raw.execute(f"set {INSTALL} = false")
        raw.execute("set TimeZone = 'UTC'")

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        return Cursor(self)

    def turn(self, cursor: Cursor) -> Any:
        """Return the raw connection to a cursor whose statement comes next."""
        if self._current is not None and self._current is not cursor:
            self._current.keep()
        self._current = cursor
        return self.raw

    def begin(self) -> None:
        """Begin a transaction unless there is one."""
        if not self._begun:
            self.raw.execute("begin transaction")
            self._begun = True

    def commit(self) -> None:
        """Commit the transaction, if there is one; where DuckDB refuses, it has rolled back."""
        if self._begun:
            self._begun = False
            self._settle()
            self.raw.execute("commit")

    def rollback(self) -> None:
        """Roll the transaction back, if there is one."""
        if self._begun:
            self._begun = False
            with contextlib.suppress(self._missing()):
                self.raw.execute("rollback")

    def close(self) -> None:
        """Close the connection; a transaction that is open is rolled back."""
        with contextlib.suppress(Exception):  # it is closed, or the database is past all statements
            self.rollback()
            self.raw.execute(f"set {INSTALL} = {self._before}")
        self.raw.close()

    def _settle(self) -> None:
        if self._current is not None:
            self._current.keep()

    @staticmethod
    def _missing() -> type[Exception]:
        found: type[Exception] = importlib.import_module("duckdb").TransactionException
        return found


class Quoting(IdentifierPreparer):
    """Quote every name: DuckDB compares names without their case, quoted or not, and its reserved words grow with it."""

    dialect: DuckDBDialect

    def _requires_quotes(self, value: str) -> bool:
        return True

    def quote_schema(self, schema: str, force: Any = None) -> str:
        """Write a schema behind its database: alone it is ambiguous where a database is called like it, as `shop` in `shop.duckdb`."""
        parts = (self.dialect.database, schema) if self.dialect.database else (schema,)
        return ".".join(map(self.quote, parts))

    def format_schema(self, name: str) -> str:
        """Write a schema for CREATE SCHEMA."""
        return self.quote_schema(name)


class DuckDBDialect(DefaultDialect):
    """Write standard SQL, which DuckDB reads."""

    name = "duckdb"
    driver = "synthseed"
    preparer = Quoting
    default_paramstyle = "qmark"
    supports_statement_cache = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_multivalues_insert = True
    supports_default_values = True
    supports_sane_multi_rowcount = False
    insert_returning = False
    use_insertmanyvalues = False
    postfetch_lastrowid = False
    database: str | None = None  # what DuckDB calls it, once it is known

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return what SQLAlchemy takes for the driver's module."""
        duckdb = importlib.import_module("duckdb")
        return SimpleNamespace(
            paramstyle="qmark",
            connect=lambda database, **settings: Connection(duckdb.connect(database, **settings)),
            **{name: getattr(duckdb, name) for name in ERRORS},
        )

    def create_connect_args(self, url: URL) -> tuple[Sequence[str], dict[str, Any]]:
        """Return what the driver's `connect` takes for a URL."""
        if url.query or url.host:
            raise ArgumentError("a DuckDB URL has a path and nothing else")
        return [url.database or ":memory:"], {}

    def get_driver_connection(self, connection: Any) -> Any:
        """Return DuckDB's own connection."""
        return connection.raw

    def initialize(self, connection: Any) -> None:
        """Learn the version and the database's name; DuckDB's other traits are known."""
        version, self.database = map(str, connection.exec_driver_sql("select version(), current_database()").one())
        self.server_version_info = tuple(int(part) for part in version.lstrip("v").split("-")[0].split(".") if part.isdigit())
        self.default_schema_name = "main"

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin a transaction."""
        dbapi_connection.begin()

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Return whether the error leaves the database beyond use; the class is told by its name, as it has a base that is ours."""
        return type(e).__name__ in ("FatalException", "ConnectionException")

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> bool:
        """Return whether the database has a table of this name."""
        query = text(
            "select 1 from duckdb_tables() where database_name = current_database() and schema_name = :schema "
            "and table_name = :name and not temporary"
        )
        return connection.execute(query, {"schema": schema or "main", "name": table_name}).first() is not None
