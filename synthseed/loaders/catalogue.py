"""Read from PostgreSQL's catalogue what a load needs to know of its tables: types, rights, triggers, row security."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from synthseed.errors import LoadError
from synthseed.loaders.copy_binary import ServerType
from synthseed.loaders.sql_names import quoted
from synthseed.loaders.work import Work

Server = psycopg.Connection[Any]

RELATIONS = """
select c.oid::bigint, n.nspname, c.relname, c.relkind::text, c.relispartition, pg_has_role(c.relowner, 'USAGE'),
       has_table_privilege(c.oid, 'INSERT'), has_table_privilege(c.oid, 'TRUNCATE'), row_security_active(c.oid),
       array(select t.tgname::text from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgtype & 4 = 4
             and t.tgenabled <> 'D' order by 1)
from unnest(%s::text[], %s::text[]) as asked(space, name)
join pg_namespace n on n.nspname = asked.space
join pg_class c on c.relnamespace = n.oid and c.relname = asked.name and c.relkind in ('r', 'p', 'f')
"""
COLUMNS = """
select attrelid::bigint, attname, atttypid::bigint, format_type(atttypid, atttypmod), attidentity::text
from pg_attribute where attrelid = any(%s::oid[]) and attnum > 0 and not attisdropped
"""
TYPES = """
with recursive needed(oid) as (
    select unnest(%s::oid[])
    union
    select part.oid from needed join pg_type t on t.oid = needed.oid
    cross join lateral (values (t.typbasetype), (case when t.typlen = -1 then t.typelem else 0 end)) as part(oid)
    where part.oid <> 0)
select t.oid::bigint, t.typname, t.typtype::text, t.typbasetype::bigint,
       case when t.typlen = -1 and exists (select from pg_type e where e.oid = t.typelem and e.typarray = t.oid)
            then t.typelem else 0 end::bigint
from needed join pg_type t on t.oid = needed.oid
"""


@dataclass(frozen=True)
class Relation:
    """Describe a table as the server knows it.

    Attributes:
        kind: `pg_class.relkind`: r(elation), p(artitioned), f(oreign).
        partition: True for a partition of another table.
        owned: True where we may change it.
        guarded: True where row-level security holds for us: COPY FROM is refused there.
        triggers: Names of the user's triggers that fire on INSERT.
        types: The type of each column.
        declared: The type of each column as SQL.
        always: The columns that are GENERATED ALWAYS AS IDENTITY.
    """

    key: str
    oid: int
    space: str
    name: str
    kind: str
    partition: bool
    owned: bool
    may_insert: bool
    may_truncate: bool
    guarded: bool
    triggers: tuple[str, ...]
    types: Mapping[str, ServerType] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)
    always: frozenset[str] = frozenset()

    @property
    def sql(self) -> str:
        """Return the table's name, quoted."""
        return f"{quoted(self.space)}.{quoted(self.name)}"

    @property
    def plain(self) -> bool:
        """Return True for a table that is neither cut into partitions nor one of them."""
        return self.kind == "r" and not self.partition


def relations(server: Server, work: Work, keys: Sequence[str]) -> dict[str, Relation]:
    """Return the tables by key.

    Raises:
        LoadError: One of them is not there any more.
    """
    names = {key: (work.table(key).schema or work.schema.default_schema, work.table(key).name) for key in keys}
    asked = list(names.values())
    found = {
        (row[1], row[2]): row for row in server.execute(RELATIONS, ([space for space, _ in asked], [name for _, name in asked])).fetchall()
    }
    for key, name in names.items():
        if name not in found:
            raise LoadError(f"{key}: the table was read and is not there now, or its schema is closed to us; read the database again")
    columns, types = _columns(server, [row[0] for row in found.values()])
    return {key: _relation(key, found[name], columns.get(found[name][0], []), types) for key, name in names.items()}


def _columns(server: Server, oids: list[int]) -> tuple[dict[int, list[Any]], dict[int, ServerType]]:
    columns: dict[int, list[Any]] = {}
    for row in server.execute(COLUMNS, (oids,)).fetchall():
        columns.setdefault(row[0], []).append(row)
    rows = {row[0]: row for row in server.execute(TYPES, (list({row[2] for some in columns.values() for row in some}),)).fetchall()}

    def built(oid: int) -> ServerType:
        _, name, sort, base, element = rows[oid]
        if base:
            return built(base)
        return ServerType(name, oid, sort, built(element), element) if element else ServerType(name, oid, sort)

    return columns, {oid: built(oid) for oid in rows}


def _relation(key: str, row: Any, columns: Sequence[Any], types: Mapping[int, ServerType]) -> Relation:
    oid, space, name, kind, partition, owned, may_insert, may_truncate, guarded, triggers = row
    return Relation(
        key,
        oid,
        space,
        name,
        kind,
        partition,
        owned,
        may_insert,
        may_truncate,
        guarded,
        tuple(triggers),
        {column: types[type_] for _, column, type_, _, _ in columns},
        {column: declared for _, column, _, declared, _ in columns},
        frozenset(column for _, column, _, _, identity in columns if identity == "a"),
    )


def is_empty(server: Server, relation: Relation) -> bool:
    """Return True when a table holds no row. Where we may not read it, its size on disk decides."""
    readable = server.execute("select has_table_privilege(%s::oid, 'SELECT')", (relation.oid,)).fetchone()
    if readable and readable[0]:
        row = server.execute(f"select exists (select from {relation.sql})").fetchone()
        return bool(row and not row[0])
    row = server.execute("select pg_relation_size(%s::oid)", (relation.oid,)).fetchone()
    return bool(row and not row[0])
