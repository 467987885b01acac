"""Hold the queries to PostgreSQL's catalogue: one per kind of thing, for all tables at once.

None needs a privilege on a table: CONNECT, and USAGE on the schemas, are enough. `{scope}` is the condition on the
schemas, `:oids` are the tables' oids. What a version does not have is asked through `to_jsonb`, which gives NULL there.
"""

from __future__ import annotations

SERVER = """
select current_schema() as schema, current_setting('server_version') as version, current_setting('server_encoding') as encoding"""

SCHEMAS = "select nspname from pg_catalog.pg_namespace"
ALL = "n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'synthseed')"
NAMED = "n.nspname = any(cast(:schemas as text[]))"

TABLES = """
select c.oid, n.nspname, c.relname, c.relkind, obj_description(c.oid, 'pg_class') as comment
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't' and {scope}
  and not exists (select from pg_catalog.pg_depend d
                  where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by n.nspname, c.relname"""

COLUMNS = """
select a.attrelid as table, a.attnum as number, a.attname as name, a.atttypid as type, a.atttypmod as modifier,
       format_type(a.atttypid, a.atttypmod) as sql, a.attnotnull as required, a.attidentity as identity, a.attgenerated as generated,
       pg_get_expr(d.adbin, d.adrelid) as expression, col_description(a.attrelid, a.attnum) as comment, c.collname as collation
from pg_catalog.pg_attribute a
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join pg_catalog.pg_collation c on c.oid = a.attcollation and not c.collisdeterministic
where a.attrelid = any(cast(:oids as oid[])) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum"""

# Arrays are those types that another one names as its array: int2vector has elements too, and is none.
TYPES = """
with recursive needed as (
    select unnest(cast(:oids as oid[])) as oid
    union
    select inner_.oid from needed join pg_catalog.pg_type t on t.oid = needed.oid
    cross join lateral (values (t.typbasetype), (t.typelem)) as inner_ (oid) where inner_.oid <> 0
)
select t.oid, t.typname as name, n.nspname as schema, t.typtype as category, t.typbasetype as base, t.typtypmod as modifier,
       case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(t.oid, null) end as sql,
       case when e.typarray = t.oid then e.oid else 0 end as element, t.typnotnull as required,
       coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) as default,
       array(select l.enumlabel from pg_catalog.pg_enum l where l.enumtypid = t.oid order by l.enumsortorder)::text[] as labels,
       array(select k.conname from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c' order by k.conname)::text[]
         as check_names,
       array(select pg_get_expr(k.conbin, 0) from pg_catalog.pg_constraint k
             where k.contypid = t.oid and k.contype = 'c' order by k.conname) as check_texts
from needed join pg_catalog.pg_type t on t.oid = needed.oid join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join pg_catalog.pg_type e on e.oid = t.typelem"""

# A sequence is a column's because the column owns it (serial, identity), or because the column's default calls it; where
# both are there and differ, the default's comes last and holds.
SEQUENCES = """
select 1 as rank, d.refobjid as table, d.refobjsubid as number, s.relname as name, n.nspname as schema, q.seqstart as start,
       q.seqincrement as increment
from pg_catalog.pg_depend d
join pg_catalog.pg_sequence q on q.seqrelid = d.objid join pg_catalog.pg_class s on s.oid = d.objid
join pg_catalog.pg_namespace n on n.oid = s.relnamespace
where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
  and d.deptype in ('a', 'i') and d.refobjsubid > 0 and d.refobjid = any(cast(:oids as oid[]))
union all
select 2, a.adrelid, a.adnum, s.relname, n.nspname, q.seqstart, q.seqincrement
from pg_catalog.pg_attrdef a
join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = a.oid
  and d.refclassid = 'pg_catalog.pg_class'::regclass
join pg_catalog.pg_sequence q on q.seqrelid = d.refobjid join pg_catalog.pg_class s on s.oid = d.refobjid
join pg_catalog.pg_namespace n on n.oid = s.relnamespace
where a.adrelid = any(cast(:oids as oid[]))
order by 1"""

# contype 'n' (NOT NULL, stored since version 18) is a column's own; 't' is a trigger. A key to a partitioned table has a
# row for each partition too, whose conparentid is not 0.
CONSTRAINTS = """
select c.conrelid as table, c.contype as kind, c.conname as name, c.conkey as columns, c.confrelid as parent, c.confkey as parent_columns,
       c.condeferrable as deferrable, c.condeferred as deferred, c.confmatchtype = 'f' as match_full,
       pg_get_expr(c.conbin, c.conrelid) as expression, pg_get_constraintdef(c.oid) as definition,
       array(select pg_get_indexdef(c.conindid, place, true)
             from generate_series(1, cardinality(c.conexclop)) as place order by place) as parts,
       array(select o.oprname from unnest(c.conexclop) with ordinality as u (operator, place)
             join pg_catalog.pg_operator o on o.oid = u.operator order by u.place)::text[] as operators,
       coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false) as period
from pg_catalog.pg_constraint c
where c.conrelid = any(cast(:oids as oid[])) and c.contype in ('c', 'f', 'x', 'p', 'u') and c.conparentid = 0
order by c.conrelid, c.conname"""

# indkey lists the INCLUDE columns behind the indnkeyatts that are the key.
UNIQUES = """
select i.indrelid as table, c.relname as name, i.indisprimary as primary,
       (string_to_array(i.indkey::text, ' ')::int[])[1:i.indnkeyatts] as columns,
       array(select pg_get_indexdef(i.indexrelid, place, true) from generate_series(1, i.indnkeyatts) as place order by place) as parts,
       pg_get_expr(i.indpred, i.indrelid) as condition,
       not coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) as nulls_distinct
from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
where i.indrelid = any(cast(:oids as oid[])) and i.indisunique and not i.indisexclusion and i.indislive
order by i.indrelid, c.relname"""

PARTITIONED = """
select p.partrelid as table, p.partstrat as strategy, p.partattrs::int2[]::int[] as columns, pg_get_partkeydef(p.partrelid) as definition
from pg_catalog.pg_partitioned_table p where p.partrelid = any(cast(:oids as oid[]))"""

# A partition that is a foreign table takes no rows of ours.
PARTITIONS = """
with recursive tree as (
    select p.partrelid as root, p.partrelid as oid, 0 as level from pg_catalog.pg_partitioned_table p
    where p.partrelid = any(cast(:oids as oid[]))
    union all
    select tree.root, i.inhrelid, tree.level + 1 from tree join pg_catalog.pg_inherits i on i.inhparent = tree.oid
)
select tree.root as table, tree.level, c.oid, c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound,
       pg_get_partkeydef(c.oid) as definition
from tree join pg_catalog.pg_class c on c.oid = tree.oid
where tree.level > 0 and c.relkind in ('r', 'p') order by tree.root, tree.level, c.relname"""

OWN_OF_PARTITIONS = """
select c.conrelid as table, pg_get_constraintdef(c.oid) as text from pg_catalog.pg_constraint c
where c.conrelid = any(cast(:oids as oid[])) and c.contype in ('c', 'f', 'x', 'p', 'u') and c.conparentid = 0 and c.coninhcount = 0
union all
select i.indrelid, pg_get_indexdef(i.indexrelid) from pg_catalog.pg_index i
where i.indrelid = any(cast(:oids as oid[])) and i.indisunique
  and not exists (select from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid)
  and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid)
order by 1, 2"""

# A trigger of a partitioned table has a copy on each partition, whose tgparentid is not 0.
UNREAD = """
select t.tgrelid as table, 'trigger' as what, pg_get_triggerdef(t.oid) as text from pg_catalog.pg_trigger t
where t.tgrelid = any(cast(:oids as oid[])) and not t.tgisinternal and t.tgenabled <> 'D' and t.tgparentid = 0
union all
select r.ev_class, 'rule', pg_get_ruledef(r.oid) from pg_catalog.pg_rewrite r
where r.ev_class = any(cast(:oids as oid[])) and r.rulename <> '_RETURN' and r.ev_enabled <> 'D'
union all
select c.oid, 'row security', concat_ws(' ', 'policy', quote_ident(p.polname),
       'using (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
from pg_catalog.pg_class c left join pg_catalog.pg_policy p on p.polrelid = c.oid
where c.oid = any(cast(:oids as oid[])) and c.relrowsecurity
order by 1, 2, 3"""

# Whether a table may be looked into: SELECT on one of its columns, its schema usable, and no policy that hides rows.
READABLE = """
select n.nspname, c.relname,
       has_schema_privilege(n.oid, 'USAGE') and has_any_column_privilege(c.oid, 'SELECT') and not row_security_active(c.oid) as readable,
       case when c.relkind = 'p' then (select coalesce(sum(pg_relation_size(t.relid)), 0) from pg_partition_tree(c.oid) t)
            else pg_relation_size(c.oid) end as size
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and c.relname = any(cast(:names as text[]))"""
