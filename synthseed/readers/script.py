"""Read the schema that an SQL script makes, without a database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy
from sqlalchemy import StaticPool

from synthseed.errors import ConfigurationError, NotBuilt, SchemaError
from synthseed.readers.database import read_schema
from synthseed.schema import Schema


def read_script(path: str | Path, dialect: str = "sqlite") -> Schema:
    """Read a `.sql` file of DDL: an SQLite script is run in an empty database in memory, which is then read.

    Raises:
        ConfigurationError: There is no such file.
        SchemaError: SQLite does not understand the script.
        NotBuilt: The script is another dialect's.
    """
    path = Path(path)
    if dialect != "sqlite":
        raise NotBuilt(f"{path}: reading a {dialect} script is not built; create a database from it, and give its URL instead")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (
            "is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else "cannot be read; there is no such file, or it is closed to you"
        )
        raise ConfigurationError(f"{path}: {reason}") from error
    engine = sqlalchemy.create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            _run(connection.connection.driver_connection, text, path)
            return read_schema(connection)
    finally:
        engine.dispose()


def _run(driver: sqlite3.Connection | None, text: str, path: Path) -> None:
    assert driver is not None
    driver.set_authorizer(lambda action, *_: sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK)
    try:
        driver.executescript(text)
    except sqlite3.Error as error:
        raise SchemaError(
            f"{path}: SQLite does not understand the script ({error}); expected CREATE TABLE … in SQLite's own words"
        ) from error
    finally:
        driver.set_authorizer(None)
