"""Fill a database with synthseed, then break one thing: what a harness must see.

planted.py catalogue|row|orphan URL ROWS     exits 0 when the fault is in place, 97 when it could not be planted
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from typing import Any

FAILED = 97  # nothing was planted: a harness that fails then has not seen a fault


def main() -> int:
    """Fill and break; return 0 when the fault is in place, 97 when it is not."""
    fault, url, rows = sys.argv[1:]
    done = subprocess.run(["synthseed", "fill", "--quiet", "--url", url, "--rows", rows], check=False)
    if done.returncode:
        sys.stderr.write(f"planted.py: the fill itself failed, exit {done.returncode}\n")
        return FAILED
    try:
        with closing(opened(url)) as connection:
            {"catalogue": drop_index, "row": delete_rows, "orphan": make_orphan}[fault](connection, url.startswith("sqlite"))
            connection.commit()
    except Exception as error:  # whatever it is: the harness must not take it for the fault
        sys.stderr.write(f"planted.py: {fault} was not planted: {type(error).__name__}: {error}\n")
        return FAILED
    return 0


def opened(url: str) -> Any:
    """Return a DB-API connection."""
    if url.startswith("sqlite"):
        import sqlite3

        return sqlite3.connect(url.removeprefix("sqlite:///"))
    import psycopg

    return psycopg.connect(url)


def names(connection: Any, query: str) -> list[Any]:
    """Return the rows of a query."""
    found: list[Any] = connection.execute(query).fetchall()
    return found


def drop_index(connection: Any, sqlite: bool) -> None:
    """Drop an index or a constraint; where there is none, make a view."""
    if sqlite:
        found = names(connection, "select name from sqlite_master where type = 'index' and sql is not null")
        if found:
            connection.execute(f'drop index "{found[0][0]}"')
        else:
            connection.execute("create view planted as select 1")
        return
    found = names(connection, "select conrelid::regclass::text, conname from pg_constraint where contype in ('f', 'c') and conrelid > 0")
    connection.execute(f'alter table {found[0][0]} drop constraint "{found[0][1]}"' if found else "create view planted as select 1")


def delete_rows(connection: Any, sqlite: bool) -> None:
    """Delete all rows of a table that no other refers to."""
    if not connection.execute(f"delete from {childless(connection, sqlite)}").rowcount:
        raise LookupError("the table held no rows")


def childless(connection: Any, sqlite: bool) -> str:
    """Return a table that no foreign key points at."""
    if sqlite:
        tables = [name for (name,) in names(connection, "select name from pragma_table_list where schema = 'main' and type = 'table'")]
        tables = [name for name in tables if not name.startswith("sqlite_") and name != "synthseed_ledger"]
        parents = {row[2] for name in tables for row in names(connection, f"select * from pragma_foreign_key_list('{name}')")}
        return next(f'"{name}"' for name in tables if name not in parents)
    query = """
        select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'synthseed') and n.nspname !~ '^pg_'
          and not exists (select from pg_constraint k where k.confrelid = c.oid and k.conrelid <> c.oid)"""
    return str(names(connection, query)[0][0])


def make_orphan(connection: Any, sqlite: bool) -> None:
    """Delete a parent that has children, without letting the database look."""
    if sqlite:
        tables = [name for (name,) in names(connection, "select name from pragma_table_list where schema = 'main' and type = 'table'")]
        keys = [(name, row) for name in tables for row in names(connection, f"select * from pragma_foreign_key_list('{name}')")]
        for child, (_, _, parent, column, target, *_rest) in keys:
            target = target or names(connection, f"select name from pragma_table_info('{parent}') where pk = 1")[0][0]
            sql = f'delete from "{parent}" where "{target}" in (select "{column}" from "{child}")'
            if child != parent and connection.execute(sql).rowcount:
                return
        raise LookupError("no foreign key with rows to plant an orphan under")
    connection.execute("set session_replication_role = replica")  # no trigger looks, and the catalogue stays as it is
    query = """
        select k.confrelid::regclass::text, a.attname, k.conrelid::regclass::text, b.attname from pg_constraint k
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = k.confkey[1]
        join pg_attribute b on b.attrelid = k.conrelid and b.attnum = k.conkey[1]
        where k.contype = 'f' and k.confrelid <> k.conrelid"""
    for parent, target, child, column in names(connection, query):
        if connection.execute(f'delete from {parent} where "{target}" in (select "{column}" from {child} limit 1)').rowcount:
            return
    raise LookupError("no foreign key with rows to plant an orphan under")


if __name__ == "__main__":
    sys.exit(main())
