"""Take out what fill put in: by key, in one transaction, after a look at whether it still stands as it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synthseed.editions import Ledger
from synthseed.errors import LoadError, Refused
from synthseed.report.taken import Taken
from synthseed.verbs.fill import guard
from synthseed.verbs.planning import Chosen, choose
from synthseed.verbs.standing import Seen, count_rows, identity, see
from synthseed.verbs.taking import delete_ours, stored_keys, whole_name
from synthseed.verbs.target import opened, read, resolve, shown
from synthseed.verbs.triggered import has_triggers, left_behind
from synthseed.verbs.wanted import Asked

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.engine.standing import Standing
    from synthseed.schema import Schema, Table


def reset(*, db: str | None = None, url: str | None = None) -> Taken:
    """Take out the rows that synthseed wrote, and their record; rows of others stay.

    Raises:
        LedgerError: Rows of ours were deleted, or the database has no ledger that says which they are.
        Refused: Rows that are not ours depend on some of ours.
    """
    database = resolve(db, url)
    with opened(database) as connection:
        _enforce_keys(connection)
        guard(connection, database)
        schema = read(connection, database)
        ledger = _ledger(connection, schema)
        ours = {key: rows for key, rows in ledger.rows.items() if rows and key in schema.by_key}
        if not ours:
            return Taken(shown(database), {}, {}, 0)
        if ledger.editions[-1].plan in ledger.plans:
            database = replace(database, plan=None)  # what was filled was filled by the ledger's plans; the one in files may not fit
        seen = _seen(connection, schema, ledger, choose(database, schema, ledger, Asked()))
        kept = _kept(connection, schema, ours, seen)
        kept = _take_out(connection, schema, ours, seen, kept)
        _forget(connection, schema, ledger)
        notes = left_behind(connection, kept)
        _commit(connection)
    return Taken(shown(database), ours, {key: count for key, count in kept.items() if count}, len(ledger.editions), notes)


def _ledger(connection: Connection, schema: Schema) -> Ledger:
    from synthseed.loaders import ledger as ledgers

    return ledgers.read_ledger(connection, schema) or Ledger()


def _forget(connection: Connection, schema: Schema, ledger: Ledger) -> None:
    from synthseed.loaders import ledger as ledgers

    ledgers.forget(connection, schema, [edition.number for edition in ledger.editions])


def _enforce_keys(connection: Connection) -> None:
    """Let SQLite check foreign keys, which it does only where the connection asked for it, outside of a transaction."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


def _commit(connection: Connection) -> None:
    from sqlalchemy.exc import DBAPIError

    try:
        connection.commit()
    except DBAPIError as error:
        raise _refused(error) from None


# ---------------------------------------------------------------------------------------------- what is ours
def _seen(connection: Connection, schema: Schema, ledger: Ledger, chosen: Chosen) -> dict[str, Seen | None]:
    """Return, for every table with rows of ours, its keys and which are ours; None for a table without a key."""
    from synthseed.engine.order import load_order

    known: dict[str, Standing] = {}
    found: dict[str, Seen | None] = {}
    for key in load_order(schema):
        before = any(key in edition.found for edition in ledger.editions)
        if ledger.rows.get(key) or before:
            one = see(connection, schema, ledger, chosen, known, key)
            if one is not None and before:
                known[key] = one.standing
            if ledger.rows.get(key):
                found[key] = one
    return found


def _kept(connection: Connection, schema: Schema, ours: Mapping[str, int], seen: Mapping[str, Seen | None]) -> dict[str, int]:
    """Return the rows of every table that are not ours and must stand afterwards."""
    kept = {}
    for table in schema.tables:
        one = seen.get(table.key)
        stand = one.count if one is not None else count_rows(connection, table)
        kept[table.key] = stand - ours.get(table.key, 0)
    return kept


# ---------------------------------------------------------------------------------------------- taking out
def _take_out(
    connection: Connection, schema: Schema, ours: Mapping[str, int], seen: Mapping[str, Seen | None], kept: Mapping[str, int]
) -> dict[str, int]:
    """Take the rows of ours out; return the rows that stay, per table."""
    from sqlalchemy.exc import DBAPIError

    from synthseed.engine.order import load_order

    if connection.dialect.name == "duckdb":
        _take_out_duckdb(connection, schema, ours, seen, kept)
        return {table.key: _need_kept(connection, table, kept[table.key], seen.get(table.key)) for table in schema.tables}
    try:
        _defer_keys(connection)
        emptied = _truncated(connection, schema, [key for key in ours if not kept[key]])
        for key in reversed(load_order(schema)):
            if key in ours and key not in emptied:
                _delete(connection, schema, schema.table(key), seen[key] if kept[key] else None)
    except DBAPIError as error:
        raise _refused(error) from None
    return {table.key: _need_kept(connection, table, kept[table.key], seen.get(table.key)) for table in schema.tables}


def _take_out_duckdb(
    connection: Connection, schema: Schema, ours: Mapping[str, int], seen: Mapping[str, Seen | None], kept: Mapping[str, int]
) -> None:
    """Take the rows of ours out of DuckDB, which deletes no parent in the transaction that deletes its children."""
    from synthseed.loaders.duckdb_rebuild import Out, take_out

    out = {}
    for key in ours:
        one = seen[key] if kept[key] else None
        out[key] = Out() if one is None else Out(identity(one.table), stored_keys(connection, one))
    take_out(connection.connection.driver_connection, schema, out)


def _need_kept(connection: Connection, table: Table, kept: int, seen: Seen | None) -> int:
    """Return the rows that stand now: those of others, and what triggers wrote while rows of ours went."""
    stand = count_rows(connection, table)
    if stand < kept:  # ON DELETE CASCADE took rows along, or a trigger did something of its own
        raise Refused(
            f"{table.key}: {kept:,} rows that are not ours would be {stand:,} after the reset, "
            "since they depend on rows of ours; nothing was taken out: delete or move them first"
        )
    left = len(stored_keys(connection, seen)) if stand > kept and seen is not None else 0
    if left or (stand > kept and not has_triggers(connection)):
        raise Refused(
            f"{table.key}: {left or stand - kept:,} rows of ours would not go; a trigger, a rule or a policy of the database keeps them; "
            "nothing was taken out: reset as the owner of the table, or drop what keeps them first"
        )
    return stand


def _defer_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")


def _truncated(connection: Connection, schema: Schema, whole: Sequence[str]) -> set[str]:
    """Empty the tables that TRUNCATE can empty at once; it refuses one that a table outside refers to."""
    if connection.dialect.name != "postgresql":
        return set()
    chosen = set(whole)
    while outside := {foreign.parent for t in schema.tables if t.key not in chosen for foreign in t.foreign_keys} & chosen:
        chosen -= outside
    if chosen:
        names = ", ".join(whole_name(connection, schema, schema.table(key)) for key in sorted(chosen))
        connection.exec_driver_sql(f"TRUNCATE {names}".replace("%", "%%"))
    return chosen


def _delete(connection: Connection, schema: Schema, table: Table, seen: Seen | None) -> None:
    """Delete the rows of ours by their key; all rows where none are anybody else's."""
    import sqlalchemy

    if seen is not None:
        delete_ours(connection, schema, seen)
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DELETE FROM {whole_name(connection, schema, table)}".replace("%", "%%"))
    else:
        connection.execute(sqlalchemy.delete(sqlalchemy.table(table.name, schema=table.schema)))


def _refused(error: Any) -> LoadError:
    """Tell a database's refusal without its message, which may quote a row."""
    state = getattr(error.orig, "sqlstate", None)
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    where = f" (SQLSTATE {state}{f', constraint {name}' if name else ''})" if state else ""
    reason = "rows that are not ours refer to them" if _refers(error.orig) else "the server's log says why"
    return LoadError(f"the database refused to let rows of ours go{where}: {reason}; nothing was taken out")


def _refers(error: Any) -> bool:
    """Return whether a foreign key is what refused: of PostgreSQL, of SQLite, of MariaDB and MySQL."""
    told = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or next(iter(getattr(error, "args", ())), None)
    return told in ("23503", "SQLITE_CONSTRAINT_FOREIGNKEY", 1451)
