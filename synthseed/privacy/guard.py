"""Refuse a target that looks like production, and tables whose rows are not ours.

A signal is a word, not a part of one (`liverpool` and `delivery` are none), in the host, the database's name or the path
of a file, or what the server itself says: it has replicas, or is one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import URL, Connection

from synthseed.connection import parse_url, shown
from synthseed.errors import ConfigurationError, Guarded, suggestion

WORDS = frozenset({"prod", "production", "live", "master", "primary"})
SAMPLES = 5  # tables named in a message; the rest are counted


# ---------------------------------------------------------------------------------------------- production
def red_flags(connection: Connection, url: URL | str) -> list[str]:
    """Return what says that this is a production database; empty when nothing does."""
    return [*name_flags(parse_url(url) if isinstance(url, str) else url), *server_flags(connection)]


def check_target(connection: Connection, url: URL | str) -> None:
    """Refuse a database that looks like production.

    Raises:
        Guarded: With the signals, and the way out.
    """
    flags = red_flags(connection, url)
    if flags:
        raise Guarded(
            f"{shown(url)} looks like production: {'; '.join(flags)}. Nothing was written. "
            "Fill a database of your own: a copy without replicas, whose host and name say none of these words"
        )


def name_flags(url: URL) -> list[str]:
    """Return the signals in a URL: host, database name, and for a file each part of its path."""
    places = [("host", host) for host in _hosts(url)]
    if url.database:
        *folders, name = re.split(r"[/\\]", url.database) if url.get_backend_name() in ("sqlite", "duckdb") else [url.database]
        places += [*(("folder", folder) for folder in folders), ("database", name)]
    return [f"the {what} `{text}` says {word}" for what, text in places for word in sorted(WORDS & words(text))]


def words(text: str) -> set[str]:
    """Return the words of a name, in lower case: what stands between digits, signs or a change of case."""
    parts = re.findall(r"[^\W\d_]+", text)
    humps = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)
    return {part.lower() for part in (*parts, *humps)}


def _hosts(url: URL) -> list[str]:
    asked = url.query.get("host", ())
    return [host for host in (url.host, *([asked] if isinstance(asked, str) else asked)) if host]


STANDBY = "select pg_is_in_recovery()"
# A backup that runs is no replica; `state` is NULL to a user who may not see it.
REPLICAS = "select count(*) from pg_catalog.pg_stat_replication where state is distinct from 'backup'"
SLOTS = "select count(*) from pg_catalog.pg_replication_slots where active and slot_type = 'physical'"


def server_flags(connection: Connection) -> list[str]:
    """Return the signals that a PostgreSQL server gives itself; no other server is asked."""
    if connection.dialect.name != "postgresql":
        return []
    flags = []
    if _value(connection, STANDBY):
        flags.append("the server is in recovery: it is a replica")
    if replicas := _value(connection, REPLICAS):
        flags.append(f"replicas are attached to the server ({replicas} in pg_stat_replication)")
    elif slots := _value(connection, SLOTS):
        flags.append(f"replicas are attached to the server ({slots} active in pg_replication_slots)")
    return flags


def _value(connection: Connection, query: str) -> int:
    """Return a query's number; 0 where this user may not ask, without breaking the transaction."""
    try:
        with connection.begin_nested():
            return int(connection.execute(sqlalchemy.text(query)).scalar_one())
    except sqlalchemy.exc.DBAPIError:
        return 0


# ---------------------------------------------------------------------------------------------- rows that are not ours
@dataclass(frozen=True, slots=True)
class Decision:
    """Say which tables are used as they stand, and which get rows."""

    parents: tuple[str, ...]
    fill: tuple[str, ...]


def target_tables(
    holding: Mapping[str, bool], ours: Mapping[str, int], named: Collection[str], *, append: bool = False, truncate: bool = False
) -> Decision:
    """Decide which tables get rows: the empty ones, and those that we filled before.

    A table that holds rows which the ledger does not know is a parent. `append` and `truncate` release the tables that are
    named, or all where none is.

    Args:
        holding: Whether each table holds rows.
        ours: Rows that are ours by the ledger, per table.
        named: Tables asked for by name: `--rows TABLE=N`, `--tables`.
        append: The rows that stand are kept, and new ones are added.
        truncate: The tables are emptied first.

    Raises:
        ConfigurationError: A name that is no table; `append` and `truncate` together.
        Guarded: A parent is asked for by name, or no table is left to fill.
    """
    if append and truncate:
        raise ConfigurationError("`--append` keeps the rows that stand and `--truncate` deletes them; give one of the two")
    for name in named:
        if name not in holding:
            raise ConfigurationError(f"there is no table `{name}` in the database{suggestion(name, holding)}")
    foreign = [table for table, holds in holding.items() if holds and not ours.get(table)]
    released = set(named or foreign) if append or truncate else set()
    parents = tuple(table for table in foreign if table not in released)
    fill = tuple(table for table in holding if table not in parents)
    if refused := [table for table in parents if table in named]:
        raise Guarded(f"{_listed(refused)} rows that synthseed did not write, and {_is(refused)} asked for by name; {WAYS}")
    if parents and not fill:
        raise Guarded(f"no table is left to fill: {_listed(parents)} rows that synthseed did not write; {WAYS}")
    return Decision(parents, fill)


WAYS = "`--append` keeps them and adds new ones, `--truncate` deletes them first"


def _listed(tables: Collection[str]) -> str:
    some, rest = sorted(tables)[:SAMPLES], max(0, len(tables) - SAMPLES)
    return f"{', '.join(some)}{f' and {rest} more' if rest else ''} {'holds' if len(tables) == 1 else 'hold'}"


def _is(tables: Collection[str]) -> str:
    return "is" if len(tables) == 1 else "are"
