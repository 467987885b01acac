"""Name the reader of each dialect; a new one is a file beside the others and a line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection

from synthseed.readers import duckdb, generic, postgresql, sqlite
from synthseed.schema import Schema, Table, Type


class Reader(Protocol):
    """What each dialect's file offers."""

    def read(self, connection: Connection, schemas: Sequence[str]) -> Schema:
        """Return all tables of these schemas; of the application's own where none is named."""

    def held(self, connection: Connection, tables: Sequence[Table], default: str) -> dict[str, bool]:
        """Return whether each table holds rows, by `Table.key`."""

    def key_value(self, column: ColumnElement[Any], type_: Type, scale: int) -> ColumnElement[Any]:
        """Return the SQL of a key's value: numbers in units of 10**-scale, all else as `rows.cells_of` takes it."""

    def digits(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the SQL of the digits behind the point that a number column without a scale needs."""


READERS: Mapping[str, Reader] = {"postgresql": postgresql, "sqlite": sqlite, "duckdb": duckdb}


def reader_of(dialect: str) -> Reader:
    """Return the reader of a dialect: its own, or the one that goes by SQLAlchemy's reflection alone."""
    return READERS.get(dialect, generic)
