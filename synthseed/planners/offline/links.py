"""Plan foreign keys: one driver per table of things that happen, skewed picks for the others, diamonds closed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from synthseed.plan import Choice, KeyPlan, Quantiles
from synthseed.planners.offline.draft import Draft, covered
from synthseed.planners.offline.roles import DETAILS
from synthseed.planners.offline.shapes import fan, values_of
from synthseed.schema import ForeignKey, Kind, Table

DRIVEN = ("event", "link", "detail", "log")
CLIENTS = frozenset({"customer", "patient", "student", "user", "member", "guest", "player", "client", "tenant", "subscriber", "reader"})
STAFF = frozenset({"employee", "doctor", "teacher", "driver", "staff", "nurse", "instructor", "manager", "agent", "vet"})
OPTIONAL = {
    "parent": 20, "referrer": 70, "referred": 70, "deleted": 96, "cancelled": 95, "approved": 25, "assigned": 20, "assignee": 20,
    "manager": 12, "closed": 40, "discount": 70, "coupon": 82, "voucher": 82, "promotion": 80, "replaced": 94, "previous": 60,
    "updated": 30, "created": 6,
}  # fmt: skip


def plan_links(drafts: Mapping[str, Draft]) -> None:
    """Plan every table's keys: drivers first, since diamonds ask by which key a table is driven."""
    for draft in drafts.values():
        _drive(draft, drafts)
    for draft in drafts.values():
        for key in draft.table.foreign_keys:
            if key.label not in draft.keys:
                draft.keys[key.label] = _other(draft, key, drafts)
            _optional(draft, key)


def single(table: Table, key: ForeignKey) -> bool:
    """Tell a one-to-one key: each parent at most once."""
    return any(set(unique.columns) <= set(key.columns) and not unique.where for unique in table.keys)


def required(table: Table, key: ForeignKey) -> bool:
    """Tell a key that every row has."""
    return not any(table.column(name).nullable for name in key.columns)


def _drive(draft: Draft, drafts: Mapping[str, Draft]) -> None:
    table = draft.table
    fit = [
        key
        for key in table.foreign_keys
        if key.parent in drafts and key.parent != table.key and not single(table, key) and required(table, key)
    ]
    fit = [key for key in fit if draft.rows > 0 and drafts[key.parent].rows > 0 and not _wider(table, key, fit)]
    if not fit:
        return
    best = max(fit, key=lambda key: (_weight(draft, key, drafts), -table.columns.index(table.column(key.columns[0]))))
    if draft.role not in DRIVEN and _weight(draft, best, drafts) < 4 and not _meet(draft, best, drafts):
        return
    best = _above(draft, best, fit, drafts)
    parents = drafts[best.parent].rows
    draft.mean = -(-draft.rows // parents)
    least = min(1, draft.rows // parents) if draft.role == "detail" else 0
    most = _most(draft, best, drafts)
    if most is not None and most * parents < draft.rows:
        return  # no fan-out fits: left to the engine, which says why
    draft.keys[best.label] = KeyPlan(
        best.label, "driver", fanout=_fan(draft.rows, parents, least, most), closed=True if draft.role == "detail" else None
    )


def _meet(draft: Draft, key: ForeignKey, drafts: Mapping[str, Draft]) -> bool:
    """Tell whether another table leads to this one and to its parent: then rows are counted per parent, to close the diamond."""
    pair = {draft.table.key, key.parent}
    return any(pair <= {other.parent for other in one.table.foreign_keys} for one in drafts.values() if one is not draft)


def _above(draft: Draft, best: ForeignKey, fit: list[ForeignKey], drafts: Mapping[str, Draft]) -> ForeignKey:
    """Return the key to the ancestor that both keys lead to: the nearer one then follows it (same_parent), and the diamond closes."""
    parent = drafts[best.parent]
    if draft.role == "detail" or any(set(best.columns) < set(unique.columns) for unique in draft.table.keys) or parent.driver is None:
        return best
    ancestor = drafts.get(parent.driver.parent)
    if any(_of_parent(draft, key, best, drafts) for key in draft.table.foreign_keys if key is not best):
        return best  # the other one is that of its row
    if ancestor is None or parent.rows < ancestor.rows:
        return best
    return next((key for key in fit if key is not best and key.parent == parent.driver.parent), best)


def _fan(rows: int, parents: int, least: int, most: int | None) -> Quantiles:
    shape = fan(Decimal(rows) / Decimal(max(parents, 1)), least, most)
    needed = Decimal(-(-rows // max(parents, 1)))
    high = max(shape.max, needed)
    return Quantiles(shape.min, shape.p25, shape.p50, shape.p75, shape.p95, high)


def _wider(table: Table, key: ForeignKey, fit: list[ForeignKey]) -> bool:
    """Tell whether another key holds all columns of this one: it decides."""
    return any(set(key.columns) < set(other.columns) for other in fit)


def _weight(draft: Draft, key: ForeignKey, drafts: Mapping[str, Draft]) -> int:
    """Say how much speaks for a key as the driver."""
    table, parent = draft.table, drafts[key.parent]
    weight = {"event": 3, "detail": 3, "entity": 2, "link": 2, "log": 1, "lookup": -6}[parent.role]
    weight += 4 * any(unique.where and set(unique.columns) == set(key.columns) for unique in table.uniques)  # one of its rows is chosen
    for unique in table.keys:
        if set(key.columns) < set(unique.columns):
            rest = set(unique.columns) - set(key.columns)
            weight += 6 if not rest & covered(table) else 3
    if draft.words[-1] in DETAILS and set(parent.words) & set(draft.words[:-1]):
        weight += 6
    if draft.role == "entity" and set(parent.words) & set(draft.words):
        weight += 1
    if any(other is not key and set(other.columns) & set(key.columns) for other in table.foreign_keys):
        weight += 2
    if any(grand.parent == other.parent for other in table.foreign_keys if other is not key for grand in parent.table.foreign_keys):
        weight += 2  # its parent knows the other one too: the other follows
    weight += (parent.words[-1] in CLIENTS) - (parent.words[-1] in STAFF)
    weight -= 2 * any(
        word in ("created", "updated", "approved", "by", "assigned", "staff", "employee") for word in draft.names[key.columns[-1]]
    )
    return weight


def _most(draft: Draft, key: ForeignKey, drafts: Mapping[str, Draft]) -> int | None:
    """Return the most children that unique keys leave per parent, None for no limit."""
    room: list[int] = []
    for unique in draft.table.keys:
        if not set(key.columns) < set(unique.columns) or unique.where or unique.expressions:
            continue
        rest = [name for name in unique.columns if name not in key.columns]
        values = 1
        for name in rest:
            values *= _values(draft, name, drafts)
        room.append(values)
    return min(room) if room and min(room) < 10**6 else None


def _values(draft: Draft, name: str, drafts: Mapping[str, Draft]) -> int:
    """Return how many values a column can have, at least."""
    column = draft.table.column(name)
    for key in draft.table.foreign_keys:
        if name in key.columns and key.parent in drafts:
            return max(drafts[key.parent].rows, 1)
    labels = column.type.labels or draft.limits[name].among
    if labels:
        return len(labels)
    if column.type.kind is Kind.BOOLEAN:
        return 2
    plan = draft.columns.get(name)
    if plan is not None and isinstance(plan.gen, Choice):
        return len(values_of(plan.gen))
    limit = draft.limits[name]
    if column.type.kind is Kind.INTEGER and limit.low is not None and limit.high is not None:
        return int(min(limit.high - limit.low + 1, Decimal(10**6)))
    return 10**6


def _other(draft: Draft, key: ForeignKey, drafts: Mapping[str, Draft]) -> KeyPlan:
    """Plan a key that is not the driver: inside the diamond if there is one, else by skew."""
    driver = draft.driver
    if key.parent in drafts and key.parent != draft.table.key and not single(draft.table, key):
        near = next((one for one in draft.table.foreign_keys if one is not key and _of_parent(draft, key, one, drafts)), None)
        if near is not None and _told_apart(draft, key, near):
            near = None
        if near is not None and draft.keys.get(near.label, KeyPlan("", "pick")).mode != "same_parent":
            return KeyPlan(key.label, "same_parent", via=near.label)
        via = _through(draft, key, drafts)
        if via is not None:
            return KeyPlan(key.label, "same_parent", via=via)
    if driver is None and draft.role == "link":
        return KeyPlan(key.label, "pick", skew="none")
    parent = drafts.get(key.parent)
    heavy = parent is not None and parent.role == "entity" and draft.role in DRIVEN and parent.rows > 8
    return KeyPlan(
        key.label,
        "pick",
        skew="heavy" if heavy and draft.role == "detail" else "mild" if heavy or key.parent != draft.table.key else "none",
    )


def _of_parent(draft: Draft, key: ForeignKey, near: ForeignKey, drafts: Mapping[str, Draft]) -> bool:
    """Tell whether a key is its parent's own: the customer of a payment is the customer of its order."""
    parent = drafts.get(near.parent)
    if parent is None or near.parent in (key.parent, draft.table.key) or not required(draft.table, near):
        return False
    if parent.role not in ("event", "detail"):
        return False  # an address is one of its customer's: the order is the customer's, and picks among them
    if set(key.columns) & set(near.columns) or drafts[key.parent].words[-1] in STAFF:
        return False
    direct = [k for k in parent.table.foreign_keys if k.parent == key.parent and k.parent_columns == key.parent_columns]
    if len(direct) != 1 or not required(parent.table, direct[0]):
        return False
    plain = drafts[key.parent].words[-1] in draft.names[key.columns[-1]]
    return direct[0].columns == key.columns or (plain and drafts[key.parent].words[-1] in parent.names[direct[0].columns[-1]])


def _told_apart(draft: Draft, key: ForeignKey, near: ForeignKey) -> bool:
    """Tell whether a unique key holds both keys and nothing else: then the one says nothing of the other, as it would in a diamond."""
    both = {*key.columns, *near.columns}
    return any(both == set(unique.columns) for unique in draft.table.keys if not unique.expressions)


def _through(draft: Draft, key: ForeignKey, drafts: Mapping[str, Draft]) -> str | None:
    """Return the key of this table that shares a parent with the rows of `key`'s table: an order's address is its customer's."""
    target = drafts[key.parent]
    if target.driver is None:
        return None
    ancestor = target.driver.parent
    for other in draft.table.foreign_keys:
        if other is key or other.parent != ancestor or other.parent == key.parent or not required(draft.table, other):
            continue
        planned = draft.keys.get(other.label)
        if planned is not None and planned.mode == "same_parent":
            continue
        if required(draft.table, key) and not _owes(target, drafts[ancestor]):
            return None
        return other.label
    return None


def _owes(target: Draft, ancestor: Draft) -> bool:
    """Make sure that every ancestor has at least one row of the table, so that a NOT NULL key finds one."""
    driver = target.driver
    if driver is None or target.rows < ancestor.rows:
        return False
    plan = target.keys[driver.label]
    q = plan.fanout
    if q is not None and q.min < 1:
        least = Decimal(1)
        q = Quantiles(least, *(max(value, least) for value in (q.p25, q.p50, q.p75, q.p95, q.max)))
        target.keys[driver.label] = KeyPlan(plan.columns, plan.mode, fanout=q, closed=plan.closed)
    return True


def _optional(draft: Draft, key: ForeignKey) -> None:
    """Say how many rows have no parent, where a key may be NULL."""
    planned = draft.keys.get(key.label)
    if planned is None or key.parent == draft.table.key:
        return
    for name in key.columns:
        if draft.table.column(name).nullable and name not in draft.nulls:
            percent = next((OPTIONAL[word] for word in draft.names[name] if word in OPTIONAL), draft.scatter(name, 6, 22))
            draft.nulls[name] = Decimal(0 if planned.mode == "driver" else percent)
