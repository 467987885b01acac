"""Find the database that a verb is about: an alias, a URL or DATABASE_URL; open it and read its schema."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed import configuration, interrupts
from synthseed.configuration import Database
from synthseed.errors import ConfigurationError, SchemaError, suggestion

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.schema import Schema, Table


def resolve(db: str | None = None, url: str | None = None, *, plan: str | None = None, schema_file: str | Path | None = None) -> Database:
    """Return the database that `db` or `url` names; without either, the one of DATABASE_URL.

    Args:
        db: Alias in seeds_config/synthseed.yml.
        url: URL, or the path of a SQLite or DuckDB file.
        plan: Name of a plan below seeds_config/plans/ to use with a URL.
        schema_file: SQL that creates the tables of a SQLite or DuckDB file which is missing.

    Raises:
        ConfigurationError: Both are given, neither is, or the alias is not known.
    """
    if db and url:
        raise ConfigurationError("--db and --url are both given; one database at a time")
    if db:
        database = _settings(db).database(db)
    else:
        url = url or os.environ.get("DATABASE_URL", "")
        if not url:
            raise ConfigurationError(f"no database is named: give --db ALIAS, --url URL, or set DATABASE_URL{_aliases()}")
        database = Database(url=url)
    if plan:
        file = configuration.find()
        folder = file.parent if file else Path.cwd() / configuration.FOLDER
        database = replace(database, plan=configuration.plan_folder(folder, plan))
    return replace(database, schema_file=Path(schema_file)) if schema_file else database


def _settings(alias: str) -> configuration.Settings:
    file = configuration.find()
    if file is None:
        where = f"{configuration.FOLDER}/{configuration.FILE}"
        raise ConfigurationError(
            f"--db {alias}: no {where} here or in a folder above {Path.cwd()}; `synthseed init URL` writes one, or give --url URL"
        )
    return configuration.read(file)


def _aliases() -> str:
    file = configuration.find()
    return f"; {file} names: {', '.join(configuration.read(file).databases) or 'none'}" if file else ""


# ---------------------------------------------------------------------------------------------- opening
def shown(database: Database) -> str:
    """Return how the database is named in messages: its alias, if any, and its URL without secrets."""
    from synthseed import connection

    url = connection.shown(database.url)
    path = file_path(url) if database.alias else None
    if path is not None and path.is_relative_to(Path.cwd()):
        url = f"{url.partition('://')[0]}:///{path.relative_to(Path.cwd())}"
    return f"{database.alias} ({url})" if database.alias else url


def option(database: Database) -> str:
    """Return the option that names the database, as it is typed again; a password is left out."""
    from synthseed import connection

    if database.alias:
        return f"--db {database.alias}"
    path = file_path(database.url)
    if "://" not in database.url:  # a file's path
        text = database.url
    elif path is not None:
        text = str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    else:
        text = connection.shown(database.url).replace(":***@", "@")
    return f"--url {shlex.quote(text)}"


@contextmanager
def opened(database: Database) -> Iterator[Connection]:
    """Open the database; a SQLite or DuckDB file that is missing is created from its schema file, if one is named."""
    from synthseed import connection

    if database.schema_file is not None:
        _create(database.url, database.schema_file)
    with interrupts.between_calls() as guard, connection.connect(database.url) as open_connection:
        # SQLite has no such way to be stopped: its `interrupt` may roll the transaction back.
        name = "interrupt" if open_connection.dialect.name == "duckdb" else "cancel"
        guard.cancel = getattr(open_connection.connection.driver_connection, name, guard.cancel)
        try:
            yield open_connection
        except KeyboardInterrupt:
            # In the middle of a COPY there is nothing to be asked of the server any more: it rolls back when the socket closes.
            open_connection.invalidate()
            raise


def file_path(url: str) -> Path | None:
    """Return the file of a SQLite or DuckDB URL; None for another database, or one in memory."""
    found = re.fullmatch(r"(?:sqlite|duckdb)(?:\+\w+)?:///([^?:]+)(?:\?.*)?", url)
    return Path(found[1]) if found else None


def _create(url: str, schema_file: Path) -> None:
    path = file_path(url)
    if path is None or path.exists():
        return
    script = _script(schema_file)
    # Made aside and moved into place: a script that fails halfway leaves no database behind.
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        (_run_duckdb if url.startswith("duckdb") else _run_sqlite)(aside, script, schema_file)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _run_sqlite(path: Path, script: str, schema_file: Path) -> None:
    import sqlite3

    try:
        with closing(sqlite3.connect(path)) as database:
            database.executescript(script)
    except sqlite3.Error as error:
        raise SchemaError(f"{schema_file}: SQLite cannot run it: {error}") from error


def _run_duckdb(path: Path, script: str, schema_file: Path) -> None:
    from sqlalchemy.exc import DBAPIError

    from synthseed import connection

    try:
        with connection.connect(f"duckdb:///{path}", create=True) as database:
            database.exec_driver_sql(script)
            database.commit()
    except DBAPIError as error:
        raise SchemaError(f"{schema_file}: DuckDB cannot run it: {error.orig}") from error


def _script(schema_file: Path) -> str:
    try:
        return schema_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"schema_file {schema_file} cannot be read: {type(error).__name__}") from error


# ---------------------------------------------------------------------------------------------- reading
def read(connection: Connection, database: Database) -> Schema:
    """Read the schema as the configuration narrows it.

    Raises:
        SchemaError: There is no table.
    """
    from synthseed import readers

    schema = readers.read_schema(connection, schemas=database.schemas)
    if database.tables or database.exclude:
        for name in (*database.tables, *database.exclude):
            if "*" not in name:
                table_of(schema, name)
        kept = [t.key for t in schema.tables if (not database.tables or _named(t, database.tables)) and not _named(t, database.exclude)]
        # Read again, so that a foreign key to a table that is left out is kept as such.
        schema = readers.read_schema(connection, schemas=database.schemas, tables=kept) if kept else replace(schema, tables=())
    if not schema.tables:
        raise SchemaError(f"{shown(database)}: there is no table to fill; run the migrations first, or name the schemas to read")
    return schema


def _named(table: Table, names: Sequence[str]) -> bool:
    from fnmatch import fnmatchcase

    return any(fnmatchcase(table.key, name) for name in names)


def table_of(schema: Schema, name: str) -> str:
    """Return the key of a table that somebody named; `public.orders` also finds `orders`.

    Raises:
        ConfigurationError: There is none, with the nearest name.
    """
    if name in schema.by_key:
        return name
    short = name.removeprefix(f"{schema.default_schema}.")
    if short in schema.by_key:
        return short
    known = list(schema.by_key)
    folded = [key for key in known if key.casefold() == name.casefold()]
    if len(folded) == 1:
        return folded[0]
    listed = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
    raise ConfigurationError(f"there is no table {name!r}{suggestion(name, known)}; the database has: {listed}")
