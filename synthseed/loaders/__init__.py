"""Hand chunks to a database: one file per backend, the same verbs in each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from synthseed import interrupts
from synthseed.loaders.ahead import ahead
from synthseed.loaders.work import Loader, Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Loader", "Work", "ahead", "open_loader"]

BACKENDS = {"postgresql": "postgresql", "sqlite": "sqlite", "duckdb": "duckdb"}  # every other database SQLAlchemy knows: generic


@contextmanager
def open_loader(connection: Connection, work: Work) -> Iterator[Loader]:
    """Open the loader that fits the connection's database; all that happens inside is one transaction.

    Leaving the block without an error closes the loader, which commits; leaving it with one rolls everything back.
    A transaction that is open on the connection is committed first.

    Raises:
        LoadError: The database refused rows, or something of it would not be as it was. Nothing was committed.
        Guarded: A table that was not named refers to one that is to be emptied.
        Refused: A cycle of foreign keys cannot be loaded with the rights at hand.
        TryAgain: Another fill runs, or a lock is held.
        ConnectionFailed: The connection was lost. Nothing was committed.
    """
    # By name, so that a fill of SQLite never imports psycopg (0.16 s).
    backend = import_module(f"{__name__}.{BACKENDS.get(connection.dialect.name, 'generic')}")
    with backend.opened(connection, work) as loader:
        yield loader
        try:
            loader.close()
        finally:
            if loader.closed:
                interrupts.committed()
