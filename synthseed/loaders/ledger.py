"""Keep the ledger in the database that was filled: it goes where the database goes.

One table holds it: `synthseed.ledger` on PostgreSQL, `synthseed_ledger` elsewhere. A row is a part of it, as JSON or as
the text that it is: the format's version, the seed, an edition, a plan (once per fingerprint), the keys that an edition
found standing in a table. Nothing in it counts up by itself: AUTOINCREMENT would make a table of its own in SQLite.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import Column, Connection, MetaData, String, Table, Text
from sqlalchemy.dialects.mysql import LONGTEXT
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema, CreateTable, DropSchema, DropTable

from synthseed.editions import Edition, Found, Ledger
from synthseed.errors import LedgerError
from synthseed.schema import Schema

FORMAT = 1
SCHEMA = "synthseed"
TRANSACTIONAL = ("postgresql", "sqlite", "duckdb")  # elsewhere a CREATE TABLE commits what came before it


def names(dialect: str) -> tuple[str | None, str]:
    """Return schema and name of the ledger's table in a dialect; readers leave it out."""
    return (SCHEMA, "ledger") if dialect == "postgresql" else (None, "synthseed_ledger")


def _table(dialect: str) -> Table:
    schema, name = names(dialect)
    long = Text().with_variant(LONGTEXT(), "mysql", "mariadb")  # MySQL's TEXT ends at 64 KB
    return Table(
        name,
        MetaData(),
        Column("part", String(16), primary_key=True),
        Column("edition", String(20), primary_key=True),
        Column("name", String(200), primary_key=True),
        Column("body", long, nullable=False),
        schema=schema,
    )


# ---------------------------------------------------------------------------------------------- reading
def read_ledger(connection: Connection, schema: Schema) -> Ledger | None:
    """Read the ledger; None where the database has none.

    Raises:
        LedgerError: It cannot be read: a newer format, a part that is damaged, a missing right.
    """
    rows = _rows(connection)
    if rows is None:
        return None
    found: dict[str, dict[tuple[str, str], str]] = {}
    for part, edition, name, body in rows:
        found.setdefault(part, {})[edition, name] = body
    _need_format(_where(connection), found.get("format", {}))
    try:
        editions = sorted((_edition(body) for body in found.get("edition", {}).values()), key=lambda edition: edition.number)
        plans = {name: body for (_, name), body in found.get("plan", {}).items()}
        seed = int(found.get("seed", {}).get(("", ""), "0"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(
            f"{_where(connection)}: a part of the ledger cannot be read ({type(error).__name__}); it was changed by hand. "
            "Restore it from a backup, or drop the table and fill with --truncate"
        ) from error
    return Ledger(tuple(editions), plans, seed)


def standing_keys(connection: Connection, schema: Schema, number: int) -> dict[str, str]:
    """Return the keys that an edition found standing, per table, as they were handed to `record`."""
    return {name: body for part, edition, name, body in _rows(connection) or () if part == "keys" and edition == str(number)}


def _rows(connection: Connection) -> list[tuple[str, str, str, str]] | None:
    table = _table(connection.dialect.name)
    try:
        if not _is_there(connection, table):
            return None
        return [tuple(row) for row in connection.execute(sqlalchemy.select(table))]
    except DBAPIError as error:
        raise LedgerError(
            f"{_where(connection)}: the ledger cannot be read{_state(error)}; grant SELECT on it, or fill with --no-ledger"
        ) from None


def _is_there(connection: Connection, table: Table) -> bool:
    if table.schema is not None and connection.dialect.name == "postgresql":
        # The catalogue shows a table also to who may not look into its schema: that must not read as "no ledger".
        row = connection.exec_driver_sql(
            "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            f"where n.nspname = '{table.schema}' and c.relname = '{table.name}'"
        )
        return row.first() is not None
    return sqlalchemy.inspect(connection).has_table(table.name)


def _need_format(where: str, found: Mapping[tuple[str, str], str]) -> None:
    body = found.get(("", ""), "")
    if not body.isdigit():
        raise LedgerError(
            f"{where}: found no version of the ledger's format, expected {FORMAT}; it is not ours or was changed by hand: rename the table"
        )
    if int(body) > FORMAT:
        raise LedgerError(
            f"{where}: found version {body} of the ledger's format, expected at most {FORMAT}; a newer synthseed wrote it: install that one"
        )


def _where(connection: Connection) -> str:
    schema, name = names(connection.dialect.name)
    return f"{schema}.{name}" if schema else name


def _state(error: DBAPIError) -> str:
    state = getattr(error.orig, "sqlstate", None)
    return f" (SQLSTATE {state})" if state else ""


# ---------------------------------------------------------------------------------------------- writing
def record(
    connection: Connection, schema: Schema, edition: Edition, plan_text: str, seed: int, *, keys: Mapping[str, str] | None = None
) -> None:
    """Add an edition; inside the load's transaction, before the first row of the edition.

    Args:
        connection: The one that the load runs on.
        schema: The database.
        edition: The fill.
        plan_text: The plan that it is made with; kept once per fingerprint.
        seed: The same for all editions.
        keys: Per table the keys found standing, as any text.

    Raises:
        LedgerError: An edition of that number is recorded, another seed is, or the ledger may not be written.
    """
    table = _table(connection.dialect.name)
    try:
        _create(connection, table)
        known = read_ledger(connection, schema)
        assert known is not None
        _need_next(_where(connection), known, edition, seed)
        rows: list[tuple[str, str, str, str]] = [("edition", str(edition.number), "", _body(edition))]
        rows += [("keys", str(edition.number), name, body) for name, body in (keys or {}).items()]
        if not known.editions:
            rows.append(("seed", "", "", str(seed)))
        if edition.plan not in known.plans:
            rows.append(("plan", "", edition.plan, plan_text))
        connection.execute(table.insert(), [dict(zip(("part", "edition", "name", "body"), row, strict=True)) for row in rows])
    except DBAPIError as error:
        raise LedgerError(
            f"{_where(connection)}: the ledger cannot be written{_state(error)}; grant CREATE on the database (and INSERT on the ledger), "
            "or fill with --no-ledger"
        ) from None


def _need_next(where: str, known: Ledger, edition: Edition, seed: int) -> None:
    last = max((one.number for one in known.editions), default=0)
    if edition.number <= last:
        raise LedgerError(f"{where}: edition {edition.number} is to be recorded and {last} is; another fill came between: fill again")
    if known.editions and known.seed != seed:
        raise LedgerError(
            f"{where}: the rows that stand were made with seed {known.seed}, not {seed}; use that one, or fill with --truncate"
        )


def _create(connection: Connection, table: Table) -> None:
    if _is_there(connection, table):
        return
    if connection.dialect.name in TRANSACTIONAL:
        _create_on(connection, table)
        return
    with connection.engine.begin() as other:  # a CREATE TABLE on the load's own connection would commit it half done
        _create_on(other, table)


def _create_on(connection: Connection, table: Table) -> None:
    if table.schema is not None:
        connection.execute(CreateSchema(table.schema, if_not_exists=True))
    connection.execute(CreateTable(table))
    connection.execute(table.insert().values(part="format", edition="", name="", body=str(FORMAT)))


def forget(connection: Connection, schema: Schema, numbers: Iterable[int]) -> None:
    """Take editions off, with the plans that no other edition was made with; the table too when none is left.

    Raises:
        LedgerError: The ledger cannot be read or written.
    """
    gone = set(numbers)
    known = read_ledger(connection, schema)
    if known is None or not gone:
        return
    table = _table(connection.dialect.name)
    left = [edition for edition in known.editions if edition.number not in gone]
    try:
        if not left and connection.dialect.name in TRANSACTIONAL:
            connection.execute(DropTable(table))
            if table.schema is not None and _is_bare(connection, table.schema):
                connection.execute(DropSchema(table.schema))
            return
        plans = set(known.plans) - {edition.plan for edition in left}
        seed = [] if left else [table.c.part == "seed"]
        connection.execute(
            table.delete().where(
                sqlalchemy.or_(
                    table.c.part.in_(("edition", "keys")) & table.c.edition.in_([str(number) for number in sorted(gone)]),
                    (table.c.part == "plan") & table.c.name.in_(sorted(plans)),
                    *seed,
                )
            )
        )
    except DBAPIError as error:
        raise LedgerError(f"{_where(connection)}: the ledger cannot be changed{_state(error)}; grant DELETE on it") from None


def _is_bare(connection: Connection, schema: str) -> bool:
    row = connection.execute(
        sqlalchemy.text("select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = :schema"),
        {"schema": schema},
    )
    return row.first() is None


# ---------------------------------------------------------------------------------------------- editions as text
def _body(edition: Edition) -> str:
    return json.dumps(
        {
            "number": edition.number,
            "rows": dict(edition.rows),
            "as_of": edition.as_of,
            "plan": edition.plan,
            "first_key": dict(edition.first_key),
            "found": {table: [found.count, found.digest] for table, found in edition.found.items()},
            "engine": edition.engine,
        },
        ensure_ascii=False,
    )


def _edition(body: str) -> Edition:
    parts: dict[str, Any] = json.loads(body)
    found = {table: Found(int(count), str(digest)) for table, (count, digest) in parts["found"].items()}
    return Edition(
        int(parts["number"]),
        {table: int(rows) for table, rows in parts["rows"].items()},
        int(parts["as_of"]),
        str(parts["plan"]),
        {table: int(key) for table, key in parts["first_key"].items()},
        found,
        int(parts["engine"]),
    )
