"""Move PostgreSQL's sequences past the values that were written, never back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synthseed.errors import LoadError
from synthseed.loaders.catalogue import Relation, Server
from synthseed.loaders.sql_names import literal

# A sequence stands behind a column as its identity, as its own (serial), or in its default.
BEHIND = """
select distinct s.oid::bigint, format('%%I.%%I', n.nspname, s.relname), q.seqincrement, q.seqmin, q.seqmax,
       pg_has_role(s.relowner, 'USAGE'), has_sequence_privilege(s.oid, 'SELECT'), has_sequence_privilege(s.oid, 'UPDATE'), asked.last
from unnest(%s::oid[], %s::text[], %s::bigint[]) as asked(relation, name, last)
join pg_attribute a on a.attrelid = asked.relation and a.attname = asked.name
join pg_class s on s.relkind = 'S' and s.oid in (
    select d.objid from pg_depend d
    where d.classid = 'pg_class'::regclass and d.refobjid = a.attrelid and d.refobjsubid = a.attnum and d.deptype in ('a', 'i')
    union all
    select d.refobjid from pg_depend d join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
    where f.adrelid = a.attrelid and f.adnum = a.attnum and d.refclassid = 'pg_class'::regclass)
join pg_sequence q on q.seqrelid = s.oid join pg_namespace n on n.oid = s.relnamespace
order by 2
"""
HELD = """
select string_agg(format('alter sequence %I.%I restart with %s', schemaname, sequencename,
       case when last_value is null then start_value
            when last_value + increment_by between min_value and max_value then last_value + increment_by else last_value end), '; ')
from pg_sequences where pg_has_role(sequenceowner, 'USAGE')
"""


@dataclass(frozen=True, slots=True)
class Counter:
    """Describe a sequence and the last value of it that rows were given."""

    name: str
    step: int
    low: int
    high: int
    owned: bool
    last: int


def counters(server: Server, relations: Mapping[str, Relation], last: Mapping[str, Mapping[str, int]]) -> tuple[Counter, ...]:
    """Return the sequences behind the counted columns.

    Raises:
        LoadError: One of them may not be moved by us; raised before the first row.
    """
    asked = [(relations[key].oid, column, value) for key, columns in last.items() if key in relations for column, value in columns.items()]
    if not asked:
        return ()
    found: dict[str, Counter] = {}
    for _, name, step, low, high, owned, readable, movable, value in server.execute(BEHIND, tuple(map(list, zip(*asked, strict=True)))):
        if not owned and not (readable and movable):
            raise LoadError(
                f"sequence {name}: it must be moved past the new rows; grant it: grant select, update on sequence {name} to current_user"
            )
        known = found.get(name)
        furthest = value if known is None else (max if step > 0 else min)(value, known.last)
        found[name] = Counter(name, step, low, high, owned, furthest)
    return tuple(found.values())


def moved(server: Server, counters: Iterable[Counter]) -> None:
    """Move sequences so that the next value of each comes after the last one given out.

    `ALTER SEQUENCE` rolls back with the load and needs the owner. `setval` does not roll back, so it comes last.
    """
    for counter in sorted(counters, key=lambda counter: not counter.owned):
        row = server.execute(f"select last_value, is_called from {counter.name}".encode()).fetchone()
        assert row is not None
        at = row[0] if row[1] else row[0] - counter.step
        if (counter.last - at) * counter.step <= 0:
            continue
        following = counter.last + counter.step
        if not counter.owned:
            server.execute(f"select setval({literal(counter.name)}::regclass, {counter.last})".encode())
        elif counter.low <= following <= counter.high:
            server.execute(f"alter sequence {counter.name} restart with {following}".encode())
        else:  # the last value there is was given out: take it, so that the next one is refused
            server.execute(f"alter sequence {counter.name} restart with {counter.last}".encode())
            server.execute(f"select nextval({literal(counter.name)}::regclass)".encode())


def held(server: Server) -> None:
    """Let the sequences that are ours go on from where they stand, in a way that a rollback takes back, unlike `nextval`."""
    row = server.execute(HELD.encode()).fetchone()
    if row is not None and row[0]:
        server.execute(row[0].encode())
