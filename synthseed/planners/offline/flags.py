"""Plan booleans: a flag is rarely even; its name says which way it leans."""

from __future__ import annotations

from synthseed.constraints.partial import part_of
from synthseed.planners.offline.draft import Draft, covered
from synthseed.planners.offline.names import words
from synthseed.planners.offline.shapes import flag
from synthseed.schema import Kind

SHARES = {
    "active": 91, "enabled": 88, "visible": 92, "public": 72, "published": 78, "available": 84, "valid": 94, "verified": 71,
    "confirmed": 82, "approved": 80, "accepted": 78, "paid": 84, "completed": 70, "done": 62, "complete": 70, "success": 93,
    "successful": 93, "passed": 76, "read": 68, "seen": 68, "current": 60, "open": 35, "required": 40, "refundable": 62, "taxable": 90,
    "shippable": 85, "discountable": 82, "deleted": 2, "removed": 2, "archived": 6, "hidden": 5, "blocked": 2, "banned": 1, "locked": 3,
    "suspended": 2, "disabled": 4, "cancelled": 6, "refunded": 3, "returned": 4, "failed": 4, "expired": 9, "default": 12, "primary": 30,
    "main": 30, "preferred": 22, "featured": 8, "pinned": 3, "sticky": 3, "favorite": 12, "premium": 14, "vip": 4, "admin": 2,
    "superuser": 1, "staff": 6, "owner": 12, "test": 2, "internal": 12, "system": 6, "draft": 9, "urgent": 7, "critical": 4, "error": 3,
    "spam": 2, "flagged": 3, "anonymous": 8, "guest": 14, "new": 12, "gift": 6, "subscribed": 46, "newsletter": 42, "opt": 44,
    "consent": 71, "marketing": 38, "smoker": 16, "pregnant": 2, "neutered": 55, "adopted": 35, "allowed": 80, "locale": 10, "online": 30,
    "remote": 24, "private": 18, "anonymized": 4, "recurring": 18, "billable": 74, "insured": 88, "fragile": 11, "hazardous": 2,
    "organic": 14, "vegetarian": 18, "vegan": 9, "spicy": 12,
}  # fmt: skip

CHOSEN = 94  # percentage of the parents whose first row is the chosen one


def plan_flags(draft: Draft) -> None:
    """Plan the booleans, and integers or one-letter texts that are named as flags (`is_active`)."""
    for column in draft.todo:
        kind, limit = column.type.kind, draft.limits[column.name]
        named = draft.names[column.name]
        asked = named[0] in ("is", "has", "ist", "hat", "was", "can", "flag", "should", "allow", "show") and len(named) > 1
        if kind is Kind.BOOLEAN and _chooses(draft, column.name):
            draft.put(column, flag(CHOSEN), "the first row of each parent alone: a partial unique key")
        elif kind is Kind.BOOLEAN:
            draft.put(column, flag(share(draft, column.name)), nulls=draft.scatter(column.name, 2, 14))
        elif asked and kind is Kind.INTEGER and not limit.among and (limit.high is None or limit.high >= 1):
            gen = flag(share(draft, column.name))
            draft.put(column, type(gen)(tuple(type(t)(t.share, ("1" if t.values == ("true",) else "0",)) for t in gen.tiers)))


def _chooses(draft: Draft, name: str) -> bool:
    """Tell the flag of the one row of several that a parent has chosen: its default address."""
    driver, table = draft.driver, draft.table
    keys = [key for key in table.uniques if key.where and driver is not None and set(key.columns) == set(driver.columns)]
    parts = [part_of(key, table, draft.schema.dialect, covered(table)) for key in keys]
    return any(part is not None and part.column == name and part.values == (True,) for part in parts)


def share(draft: Draft, name: str) -> int:
    """Return the percentage of rows for which a flag is set."""
    for word in (*reversed(draft.names[name]), *words(name)):
        if word in SHARES:
            negated = {"not", "no", "non"} & set(draft.names[name])
            return 100 - SHARES[word] if negated else SHARES[word]
    return draft.scatter(name, 12, 38)
