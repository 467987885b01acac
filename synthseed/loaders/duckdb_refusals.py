"""Say what DuckDB refused, without a word of its own: its messages quote values (`Duplicate key "id: 1"`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from sqlalchemy.exc import DBAPIError

from synthseed.errors import ConnectionFailed, LoadError, SynthseedError, TryAgain

# What the text of a constraint's error means, and the SQLSTATE that it amounts to; a group is a name out of the catalogue.
MEANING = (
    (r"Duplicate key .* violates (primary key|unique) constraint", "a value twice under a {} constraint", "23505"),
    (r"[Dd]uplicate key", "a value twice under a primary key or unique constraint", "23505"),
    (r"does not exist in the referenced table", "a foreign key without its parent", "23503"),
    (r"still referenced by a foreign key", "to let a row go that another one refers to", "23503"),
    (r"NOT NULL constraint failed: ([^\n]+)$", "a NULL in {}, which takes none", "23502"),
    (r"CHECK constraint failed on table", "a row that a CHECK rules out", "23514"),
)
CHECK = re.compile(r"CHECK constraint failed on table .+? with expression CHECK\((.*)\)\s*$", re.DOTALL)
CLASSES: tuple[tuple[type[Exception], str], ...] = (
    (duckdb.OutOfMemoryException, "for want of memory; raise its memory_limit, or fill fewer rows at a time"),
    (duckdb.ConversionException, "a value that is not of the column's type"),
    (duckdb.OutOfRangeException, "a number that is out of range"),
    (duckdb.IOException, "as the file could not be written; see whether the disk is full"),
)


@contextmanager
def told(table: str = "") -> Iterator[None]:
    """Turn what DuckDB raises inside into errors of ours."""
    try:
        yield
    except duckdb.Error as error:
        # Not `from error`: a traceback would print its text with it.
        raise refusal(error, table) from None
    except DBAPIError as error:
        if not isinstance(error.orig, duckdb.Error):
            raise
        raise refusal(error.orig, table) from None


def refusal(error: duckdb.Error, table: str) -> SynthseedError:
    """Return our error for DuckDB's: its class, and what is known to be a name."""
    where, text, name = table or "load", str(error), type(error).__name__
    if isinstance(error, duckdb.TransactionException) and "onflict" in text:
        return TryAgain(f"{where}: another connection of this process changed the same rows; nothing was committed; try again")
    if isinstance(error, duckdb.FatalException):
        return ConnectionFailed(f"{where}: DuckDB gave the database up after an error of its own; nothing was committed; fill again")
    if isinstance(error, duckdb.ConstraintException):
        for pattern, meaning, state in MEANING:
            if found := re.search(pattern, text):
                return LoadError(
                    f"{where}: DuckDB refused {meaning.format(*found.groups())} ({name}); nothing was committed",
                    state=state,
                    constraint=check[1] if (check := CHECK.search(text)) else "",
                    column=found[1].rpartition(".")[2] if state == "23502" else "",
                )
    reason = next((reason for kind, reason in CLASSES if isinstance(error, kind)), "rows or a statement of the load")
    return LoadError(f"{where}: DuckDB refused {reason} ({name}); nothing was committed")
