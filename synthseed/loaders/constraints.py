"""Take foreign keys and indexes off for a large load and put them back, in one transaction with it.

A foreign key costs 6.3 us for each row while it stands and 0.3 us when it is added back; an index in random order costs
five times its rebuilding (measured, PostgreSQL 15, a million rows). Everything comes back from the server's own
definition, keys validated, with comments; the catalogue is compared with what it was before anything is committed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from synthseed.errors import LoadError
from synthseed.loaders.catalogue import Relation, Server
from synthseed.loaders.sql_names import literal, quoted

# Constraints that may come off: not inherited, not an extension's, no trigger of theirs switched by hand.
FOREIGN_KEYS = """
select k.oid::bigint, k.conname, k.conrelid::bigint, k.confrelid::bigint, k.conindid::bigint, pg_get_constraintdef(k.oid),
       obj_description(k.oid, 'pg_constraint'), format('%%I.%%I', n.nspname, c.relname), k.condeferrable,
       array(select attname::text from unnest(k.conkey) with ordinality as u(num, at)
             join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num order by u.at)
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
join pg_class p on p.oid = k.confrelid
where k.contype = 'f' and k.conrelid = any(%s::oid[]) and k.conparentid = 0 and c.relkind = 'r' and p.relkind = 'r'
  and not c.relispartition and not p.relispartition
  and not exists (select from pg_depend d where d.classid = 'pg_constraint'::regclass and d.objid = k.oid and d.deptype in ('e', 'x'))
  and not exists (select from pg_depend d where d.refclassid = 'pg_constraint'::regclass and d.refobjid = k.oid
                  and d.deptype <> 'i')
  and not exists (select from pg_trigger t where t.tgconstraint = k.oid and t.tgenabled <> 'O')
  and has_table_privilege(k.confrelid, 'REFERENCES')
order by k.oid
"""
# Indexes that may come off: nothing hangs on them but, for a constraint's, that constraint, and a plain CREATE makes them again.
INDEXES = """
select i.indexrelid::bigint, i.indrelid::bigint, x.relname, format('%%I.%%I', n.nspname, c.relname), pg_get_indexdef(i.indexrelid),
       obj_description(i.indexrelid, 'pg_class'), k.conname, pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'),
       format('%%I.%%I', n.nspname, x.relname)
from pg_index i join pg_class x on x.oid = i.indexrelid join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace join pg_am m on m.oid = x.relam
left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x') and k.conrelid = i.indrelid
where i.indrelid = any(%s::oid[]) and c.relkind = 'r' and not c.relispartition and x.reltablespace = 0
  and i.indisvalid and not i.indisreplident and not i.indisclustered and x.relowner = c.relowner
  and (k.oid is null or (k.contype in ('p', 'u') and x.reloptions is null and m.amname = 'btree' and x.relname = k.conname
                         and not (c.relreplident = 'd' and k.contype = 'p' and exists (
                             select from pg_publication where puballtables
                             union all select from pg_publication_rel r where r.prrelid = c.oid))))
  and not exists (select from pg_attribute a where a.attrelid = i.indexrelid and coalesce(a.attstattarget, -1) <> -1)
  and not exists (select from pg_inherits h where h.inhrelid = i.indexrelid or h.inhparent = c.oid)
  and not exists (select from pg_depend d where d.refclassid = 'pg_class'::regclass and d.refobjid = i.indexrelid
                  and not (d.classid = 'pg_constraint'::regclass and d.objid = any(%s::oid[])))
  and not exists (select from pg_depend d where d.refclassid = 'pg_constraint'::regclass and d.refobjid = k.oid
                  and not (d.classid = 'pg_class'::regclass and d.objid = i.indexrelid))
  and not exists (select from pg_depend d where d.deptype in ('e', 'x') and d.objid in (i.indexrelid, k.oid))
order by i.indexrelid
"""
SNAPSHOT = """
with touched as (
    select unnest(%(oids)s::oid[]) as oid
    union select confrelid from pg_constraint where contype = 'f' and conrelid = any(%(oids)s::oid[]))
select 'constraint', k.conrelid::regclass::text, k.conname::text, concat_ws(' | ', pg_get_constraintdef(k.oid), k.convalidated,
       k.conislocal, k.coninhcount, k.connoinherit, obj_description(k.oid, 'pg_constraint'))
from pg_constraint k where k.conrelid in (select oid from touched) or k.confrelid in (select oid from touched)
union all
select 'index', i.indrelid::regclass::text, x.relname::text, concat_ws(' | ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisreplident,
       i.indisclustered, i.indisunique, i.indisprimary, i.indimmediate, x.reltablespace, x.reloptions, pg_get_userbyid(x.relowner),
       obj_description(i.indexrelid, 'pg_class'))
from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid in (select oid from touched)
union all
select 'column', a.attrelid::regclass::text, a.attname::text, concat_ws(' | ', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity, a.attgenerated, a.attstattarget, a.attacl, pg_get_expr(d.adbin, d.adrelid))
from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid in (select oid from touched) and a.attnum > 0
union all
select 'trigger', t.tgrelid::regclass::text, case when t.tgisinternal then '' else t.tgname::text end,
       case when t.tgisinternal then concat_ws(' | ', t.tgfoid::regproc, t.tgenabled, t.tgtype, count(*))
            else concat_ws(' | ', t.tgenabled, min(pg_get_triggerdef(t.oid))) end
from pg_trigger t where t.tgrelid in (select oid from touched)
group by t.tgrelid, t.tgisinternal, case when t.tgisinternal then '' else t.tgname::text end, t.tgfoid, t.tgenabled, t.tgtype
union all
select 'table', c.oid::regclass::text, '', concat_ws(' | ', c.relkind, c.relpersistence, c.relreplident, c.reloptions, c.relacl,
       c.relrowsecurity, c.relforcerowsecurity, c.relispartition, pg_get_userbyid(c.relowner))
from pg_class c where c.oid in (select oid from touched)
order by 1, 2, 3, 4
"""

Snapshot = list[tuple[str, str, str, str]]


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold what puts back one object: statements, the first of which makes it."""

    what: str
    table: int
    drop: str
    make: str
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignKeyRow:
    """Describe a foreign key that may come off."""

    oid: int
    child: int
    parent: int
    index: int
    columns: tuple[str, ...]
    deferrable: bool
    taken: Taken


def snapshot(server: Server, oids: Collection[int]) -> Snapshot:
    """Return all that the catalogue says of these tables and the parents they name, in a fixed order."""
    return [tuple(row) for row in server.execute(SNAPSHOT, {"oids": list(oids)}).fetchall()]


def difference(before: Snapshot, after: Snapshot) -> str | None:
    """Return the first object that is not as it was, None where all are."""
    changed = sorted(set(before) ^ set(after))
    if not changed and len(before) == len(after):
        return None
    what, table, name, _ = changed[0] if changed else (before or after)[0]
    return f"{what} {name} of {table}" if name else f"{what} of {table}"


def foreign_keys(server: Server, tables: Collection[Relation]) -> list[ForeignKeyRow]:
    """Return the foreign keys of these tables that may come off, in the order they were made in."""
    owned = [relation.oid for relation in tables if relation.owned]
    return [_foreign_key(row) for row in server.execute(FOREIGN_KEYS, (owned,)).fetchall()]


def _foreign_key(row: Any) -> ForeignKeyRow:
    oid, name, child, parent, index, definition, comment, table, deferrable, columns = row
    comments = (f"comment on constraint {quoted(name)} on {table} is {literal(comment)}",) if comment is not None else ()
    taken = Taken(
        f"foreign key {name} of {table}",
        child,
        f"alter table {table} drop constraint {quoted(name)}",
        f"alter table {table} add constraint {quoted(name)} {definition}",
        comments,
    )
    return ForeignKeyRow(oid, child, parent, index, tuple(columns), deferrable, taken)


def indexes(server: Server, tables: Collection[Relation], gone: Collection[ForeignKeyRow]) -> list[Taken]:
    """Return the indexes, with primary and unique keys, that may come off once the foreign keys in `gone` are off."""
    owned = [relation.oid for relation in tables if relation.owned]
    rows = server.execute(INDEXES, (owned, [key.oid for key in gone])).fetchall() if owned else []
    return [_index(row) for row in rows]


def _index(row: Any) -> Taken:
    _, table_oid, name, table, definition, comment, key, key_definition, key_comment, full = row
    comments = [f"comment on index {full} is {literal(comment)}"] if comment is not None else []
    if key is None:
        return Taken(f"index {name} of {table}", table_oid, f"drop index {full}", definition, tuple(comments))
    if key_comment is not None:
        comments.append(f"comment on constraint {quoted(key)} on {table} is {literal(key_comment)}")
    return Taken(
        f"key {key} of {table}",
        table_oid,
        f"alter table {table} drop constraint {quoted(key)}",
        f"alter table {table} add constraint {quoted(key)} {key_definition}",
        tuple(comments),
    )


def taken_off(server: Server, objects: Collection[Taken]) -> None:
    """Drop objects; foreign keys come first, since keys stand under them."""
    for one in objects:
        server.execute(one.drop.encode())


def put_back(server: Server, one: Taken) -> None:
    """Make an object again, with its comments."""
    for statement in (one.make, *one.comments):
        server.execute(statement.encode())


def compared(server: Server, oids: Collection[int], before: Snapshot) -> None:
    """Raise unless the catalogue is as it was.

    Raises:
        LoadError: It is not; the caller rolls back.
    """
    changed = difference(before, snapshot(server, oids))
    if changed is not None:
        raise LoadError(
            f"{changed}: it would not come back as it was; nothing was committed. Fill fewer rows at a time (below 50,000 in all "
            "nothing is taken off), and report this with the object's definition"
        )


def outside(server: Server, emptied: Mapping[int, str]) -> tuple[str, str] | None:
    """Return a table that refers to one of the emptied tables and is not one of them, with the one it refers to."""
    row = server.execute(
        "select conrelid::regclass::text, confrelid::bigint from pg_constraint where contype = 'f' and conparentid = 0 "
        "and confrelid = any(%s::oid[]) and not conrelid = any(%s::oid[]) order by 1 limit 1",
        (list(emptied), list(emptied)),
    ).fetchone()
    return (row[0], emptied[row[1]]) if row else None
