"""Say what PostgreSQL refused, without a word of its own: its messages and details hold row values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from synthseed.errors import ConnectionFailed, LoadError, SynthseedError, TryAgain

LOST = ("08", "57P01", "57P02", "57P03")  # connection exceptions; shut down, crashed, not accepting
AGAIN = {"55P03": "a lock is held by another session", "40P01": "a deadlock", "40001": "another transaction changed the same rows"}
# PostgreSQL manual, appendix A.
MEANING = {
    "22001": "a text is too long",
    "22003": "a number is out of range",
    "22P02": "a value is not of the column's type",
    "22P05": "a character does not exist in the database's encoding",
    "23502": "a NULL in a column that takes none",
    "23503": "a foreign key without its parent",
    "23505": "a value twice in a unique key",
    "23514": "a row that a CHECK, a domain or the partitions rule out",
    "23P01": "a row that an exclusion constraint rules out",
    "25006": "the database is read-only",
    "42501": "a right is missing",
    "42P01": "a table is gone",
    "42703": "a column is gone",
    "53100": "the disk is full",
    "54000": "a row is too big for a page",
    "57014": "the statement was cancelled",
    "P0001": "a trigger or a function raised an error",
}
RAISED = re.compile(r"^PL/\w+", re.MULTILINE)  # whatever the language of the messages
CALLED = re.compile(r"^(?:PL/pgSQL|SQL) function (?:\w+\.)?(\w+)\b", re.MULTILINE)
LINE = r", line (\d+)(?:, column (.*))?"  # behind the table, which is named without its schema


@contextmanager
def told(table: str = "", *, columns: Sequence[str] = (), triggers: Sequence[str] = ()) -> Iterator[None]:
    """Turn what the server raises inside into errors of ours.

    Args:
        table: Key of the table at hand, where there is one.
        columns: Its columns: only their names are taken from the server's text.
        triggers: Its triggers, for the message.
    """
    try:
        yield
    except psycopg.Error as error:
        # Not `from error`: a traceback would print the server's text with it.
        raise refusal(error, table, columns, triggers) from None


def _line(context: str, table: str) -> re.Match[str] | None:
    """Return the line of the load, and what stands behind `column`; names may hold whatever the message is made of."""
    names = [table, *(table[place + 1 :] for place, char in enumerate(table) if char == ".")]
    found = (re.search(f"^COPY {re.escape(name)}{LINE}", context, re.MULTILINE) for name in names)
    return next((match for match in found if match), None)


def refusal(error: psycopg.Error, table: str, columns: Sequence[str], triggers: Sequence[str]) -> SynthseedError:
    """Return our error for the server's: SQLSTATE and names only."""
    state = error.sqlstate
    if isinstance(error, psycopg.OperationalError) if state is None else state.startswith(LOST):
        return ConnectionFailed(f"{table or 'load'}: the connection was lost; nothing was committed; fill again")
    if state in AGAIN:
        return TryAgain(f"{table or 'load'}: {AGAIN[state]} (SQLSTATE {state}); nothing was committed; try again")
    where = [f"SQLSTATE {state}" if state else type(error).__name__]
    diag = error.diag
    context = diag.context or ""
    if diag.table_name and not f".{table}".endswith(f".{diag.table_name}"):
        where.append(f"table {diag.table_name}")
    line = _line(context, table)
    copied = [name for name in columns if line and line[2] and (line[2] == name or line[2].startswith(f"{name}: "))]
    column = diag.column_name or max(copied, key=len, default=None)
    names = (
        ("column", column),
        ("constraint", diag.constraint_name),
        ("type", diag.datatype_name),
        ("row", line and f"{line[1]} of the load"),
    )
    where += [f"{what} {name}" for what, name in names if name]
    if triggers and (state == "P0001" or state not in MEANING):
        where.append("triggers " + ", ".join(triggers))
    meaning = MEANING.get(state or "", "rows or a statement of the load")
    return LoadError(
        f"{table or 'load'}: the database refused {meaning} ({', '.join(where)}); nothing was committed",
        state=state or "",
        constraint=diag.constraint_name or "",
        column=column or "",
        function=called[1] if (called := CALLED.search(context)) else "",
        triggered=bool(triggers and RAISED.search(context)),
    )
