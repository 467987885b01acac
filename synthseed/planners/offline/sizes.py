"""Size tables by their roles: lookups small, masters hundreds, documents and their lines more, logs many."""

from __future__ import annotations

from collections.abc import Mapping

from synthseed.planners.offline.names import words
from synthseed.planners.offline.roles import FIRMS, GROUPS, LOOKUPS, PEOPLE
from synthseed.schema import ForeignKey, Schema, Table

STAFF = frozenset("employee doctor teacher driver staff nurse instructor trainer manager agent pilot vet operator host".split())  # noqa: SIM905
SOME = {
    "club": 14, "team": 16, "squad": 16, "crew": 10, "band": 20, "league": 6, "agent": 24, "vet": 8, "operator": 16, "coach": 14,
    "match": 260, "ticket": 400, "order": 600, "shipment": 400, "invoice": 400, "payment": 400, "delivery": 400,
    "depot": 8, "guild": 30, "clan": 30, "station": 20, "airport": 20, "office": 8, "site": 10, "library": 4, "campus": 4, "garage": 6,
    "farm": 12, "museum": 6, "employee": 48, "teacher": 36, "doctor": 24, "driver": 24, "staff": 40, "nurse": 40, "instructor": 20,
    "trainer": 14, "manager": 20, "user": 200, "customer": 300, "patient": 300, "student": 320, "player": 400, "author": 60, "actor": 90,
    "pilot": 20, "vehicle": 40, "truck": 24, "room": 60, "machine": 45, "device": 80, "sensor": 90, "product": 160, "article": 160,
    "item": 160, "book": 220, "movie": 140, "course": 40, "project": 24, "class": 18, "campaign": 12, "account": 240, "location": 24,
    "route": 30, "flight": 120, "recipe": 80, "song": 400, "track": 400, "album": 60, "artist": 60, "tenant": 8, "workspace": 12,
}  # fmt: skip
FEW = 8  # firms, schools, hotels, warehouses: what the others belong to
LISTED = 10
MASTERS = 90
MOST = 20_000


def sizes(
    schema: Schema, roles: Mapping[str, str], named: Mapping[str, tuple[str, ...]], asked: Mapping[str, int], every: int | None
) -> dict[str, int]:
    """Return rows per table; what was asked wins, and the children of a table follow what was asked of it."""
    found: dict[str, int] = {}
    for table in order(schema):
        wanted = asked.get(table.key, every)
        found[table.key] = wanted if wanted is not None else min(_own(schema, table, roles, named, found), _room(table, found), MOST)
    return found


def order(schema: Schema) -> list[Table]:
    """Return the tables, parents first; keys that may be NULL give way where keys run in a circle."""
    left = {table.key: table for table in schema.tables}
    done: list[Table] = []
    while left:
        for strict in (False, True, None):
            ready = [t for t in left.values() if strict is None or not any(_waits(t, key, left, strict) for key in t.foreign_keys)]
            if ready:
                break
        ready = ready if strict is not None else ready[:1]
        done += [left.pop(table.key) for table in ready]
    return done


def _waits(table: Table, key: ForeignKey, left: Mapping[str, Table], strict: bool) -> bool:
    if key.parent == table.key or key.parent not in left:
        return False
    return not strict or not any(table.column(name).nullable for name in key.columns)


def _own(schema: Schema, table: Table, roles: Mapping[str, str], named: Mapping[str, tuple[str, ...]], found: Mapping[str, int]) -> int:
    role, head = roles[table.key], named[table.key][-1]
    keys = [key for key in table.foreign_keys if key.parent != table.key]
    needed = [key for key in keys if not any(table.column(name).nullable for name in key.columns)] or keys
    parents = {key.parent: found.get(key.parent, MASTERS) for key in needed}
    heavy = [rows for key, rows in parents.items() if roles.get(key) not in ("lookup", "log")]
    if role == "lookup":
        return LISTED if not head.endswith("status") else 5
    if role == "link" or (role == "event" and _pairs(table, needed, roles)):
        most = max(parents.values(), default=MASTERS)
        member = head in ("member", "membership") and any(named.get(key, ("",))[-1] in GROUPS for key in parents)
        return most if member else max(most * (2 if role == "link" else 4), 12)
    if role == "detail":
        return int(max(heavy, default=MASTERS) * 2.6)
    if role == "log":
        return max(max(heavy, default=400) * 4, 600)
    if role == "event":
        documents = [rows for key, rows in parents.items() if roles.get(key) in ("event", "detail")]
        if documents:
            return int(min(documents) * 0.8)
        served = max(heavy, default=min(max(parents.values(), default=150) * 8, 150))  # by a list alone: some per entry
        return max(min(served * 3, 3000), min(SOME.get(head, 240), 240))
    single = any(set(unique.columns) in [set(key.columns) for key in keys] for unique in table.keys if not unique.where)
    if single:
        return max(int(min(parents.values(), default=MASTERS) * 0.7), 1)
    own = SOME.get(head, FEW if head in FIRMS else 120 if head in PEOPLE else MASTERS)
    belongs = [
        found.get(key.parent, MASTERS) for key in needed if roles.get(key.parent) not in ("lookup", "log") and _named_for(key, named)
    ]
    if head in FIRMS | GROUPS or (head in STAFF and not belongs):
        return own
    if head in STAFF:  # the staff of eight shops: a few each, and fewer than those whom they serve
        return min(max(own, max(belongs) * 4), own * 2)
    if head in LOOKUPS and belongs:  # departments of eight firms: a few each
        return min(MASTERS, max(belongs) * 4)
    return max(own, max((rows * 2 for rows in belongs), default=0))


def _pairs(table: Table, keys: list[ForeignKey], roles: Mapping[str, str]) -> bool:
    """Tell a table of pairs that happen: an exam and a student have one grade."""
    heavy = [key for key in keys if roles.get(key.parent) != "lookup"]
    return any(sum(set(key.columns) <= set(unique.columns) for key in heavy) > 1 for unique in table.keys)


def _named_for(key: ForeignKey, named: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell `customer_id` of an address, which is one of the customer's, from `leader_id` of a guild, which is nobody's."""
    head = named.get(key.parent, ("",))[-1]
    return head not in PEOPLE | GROUPS or (head not in STAFF and head in words(key.columns[-1]))


def _room(table: Table, found: Mapping[str, int]) -> int:
    """Return the most rows that the unique keys over foreign keys leave, a third of all pairs."""
    room = MOST
    for unique in table.keys:
        inside = [key for key in table.foreign_keys if set(key.columns) <= set(unique.columns)]
        if inside and set(unique.columns) == {name for key in inside for name in key.columns} and not unique.where:
            product = 1
            for key in inside:
                product *= max(found.get(key.parent, MASTERS), 1)
            room = min(room, max(product // 3, 1) if len(inside) > 1 else product)
    return room
