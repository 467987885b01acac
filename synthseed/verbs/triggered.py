"""Tell the rows that triggers of the database write beside those of a fill: no ledger knows them, and no reset takes them out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from synthseed.verbs.standing import count_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.schema import Schema

ASK = {
    "postgresql": "select exists (select from pg_catalog.pg_trigger where not tgisinternal) or exists "
    "(select from pg_catalog.pg_rewrite where ev_type <> '1' and ev_class >= 16384)",
    "sqlite": "select exists (select 1 from sqlite_master where type = 'trigger')",
    "duckdb": "select false",  # it has none
}


def has_triggers(connection: Connection) -> bool:
    """Return whether something of the database may write rows of its own; so where it cannot be asked."""
    query = ASK.get(connection.dialect.name)
    return query is None or bool(connection.exec_driver_sql(query).scalar())


def counts(connection: Connection, schema: Schema) -> dict[str, int] | None:
    """Return the rows of all tables; None where no trigger can write any, so that nothing need be counted."""
    return {table.key: count_rows(connection, table) for table in schema.tables} if has_triggers(connection) else None


def written_beside(
    connection: Connection, schema: Schema, before: Mapping[str, int] | None, rows: Mapping[str, int], emptied: Collection[str]
) -> tuple[str, ...]:
    """Return a note for every table that holds more rows than stood there and were written.

    Args:
        before: What `counts` said before the fill.
        rows: Rows written, per table.
        emptied: Tables that the fill emptied first.
    """
    if before is None:
        return ()
    notes = []
    for table in schema.tables:
        stood = 0 if table.key in emptied else before[table.key]
        more = count_rows(connection, table) - stood - rows.get(table.key, 0)
        if more > 0:
            notes.append(
                f"{table.key}: triggers of the database wrote {more:,} rows more than the {rows.get(table.key, 0):,} asked for; "
                "they are not on record, and `synthseed reset` leaves them"
            )
    return tuple(notes)


def left_behind(connection: Connection, kept: Mapping[str, int]) -> tuple[str, ...]:
    """Return a note for every table whose rows outlive a reset, where triggers may have written them."""
    if not any(kept.values()) or not has_triggers(connection):
        return ()
    return tuple(
        f"{key}: {rows:,} rows stay that fill did not write; triggers of the database wrote them, or the application did"
        for key, rows in kept.items()
        if rows
    )
