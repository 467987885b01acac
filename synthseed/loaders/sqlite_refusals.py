"""Say what SQLite refused: names out of its text, which tells columns and constraints, and the SQLSTATE that it amounts to."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from synthseed.errors import LoadError, SynthseedError, TryAgain

BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
STATES = {"CHECK": "23514", "UNIQUE": "23505", "NOT NULL": "23502", "FOREIGN KEY": "23503"}
OTHERS = {
    "SQLITE_CONSTRAINT_DATATYPE": "22P02",
    "SQLITE_MISMATCH": "22P02",
    "SQLITE_TOOBIG": "54000",
    "SQLITE_CONSTRAINT_TRIGGER": "P0001",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "23503",
}
STRICT = re.compile(r"^cannot store \w+ value in \w+ column (.+)$")  # names of types and the column, no value (sqlite3VdbeHalt, 3.37)
UNKNOWN = re.compile(r"^no such function: (\w+)$")


@contextmanager
def told(table: str = "") -> Iterator[None]:
    """Turn what SQLite raises inside into errors of ours.

    Not `from error`: a traceback would print its text with it, and a trigger's text may hold a row's values.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise refusal(error, table) from None


def refusal(error: sqlite3.Error, table: str) -> SynthseedError:
    """Return our error for SQLite's. The text of a broken constraint names columns only, or the CHECK."""
    where = table or "load"
    code, name = getattr(error, "sqlite_errorcode", 0), getattr(error, "sqlite_errorname", type(error).__name__)
    if code & 0xFF in BUSY:
        return TryAgain(f"{where}: another program writes to the file ({name}); nothing was committed; try again when it is done")
    text = str(error)
    triggered = name == "SQLITE_CONSTRAINT_TRIGGER"
    unknown = UNKNOWN.match(text) if not triggered else None
    kind, told_by_sqlite, named = text.partition(" constraint failed: ") if not triggered else ("", "", "")
    shown = text if told_by_sqlite or unknown else name
    column = named.rpartition(".")[2] if kind in ("NOT NULL", "UNIQUE") and "," not in named else ""
    if name == "SQLITE_CONSTRAINT_DATATYPE" and (strict := STRICT.match(text)):
        column = strict[1].rpartition(".")[2]
        shown = f"{name}, column {column}"
    return LoadError(
        f"{where}: SQLite refused rows or a statement of the load ({shown}); nothing was committed",
        state=STATES.get(kind) or OTHERS.get(name) or ("42883" if unknown else ""),
        constraint=named,
        column=column,
        function=unknown[1] if unknown else "",
        triggered=triggered,
    )
