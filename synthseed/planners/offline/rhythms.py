"""Say at which hours and in which months the rows of a table come into being."""

from __future__ import annotations

from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.names import words as words_of

SOCIAL = frozenset({"post", "comment", "like", "follow", "message", "review", "view", "session", "game", "match", "player", "vote"}) | {
    "user", "guild", "clan", "character", "inventory", "quest", "chat",
}  # fmt: skip
WORKED = frozenset({"shipped", "shipping", "dispatched", "delivered", "delivery", "approved", "confirmed", "resolved", "closed"}) | {
    "picked", "rejected", "refunded", "processed", "verified", "returned", "published",
}  # fmt: skip
RETAIL = frozenset({"order", "cart", "purchase", "sale", "basket", "payment", "customer"})


def rhythm(draft: Draft) -> str:
    """Return the hours at which rows of a table come into being."""
    named = set(draft.words)
    if draft.role == "log" and named & {"measurement", "reading", "metric", "trace", "heartbeat", "ping", "sensor", "log"}:
        return "machine"
    if named & RETAIL:
        return "retail"
    around = {word for key in draft.table.foreign_keys for word in words_of(key.parent.rpartition(".")[2], draft.language)}
    if named & SOCIAL or (around & SOCIAL and not around & RETAIL):
        return "social"
    return "retail" if around & RETAIL and draft.role == "event" and not named & {"invoice", "shipment"} else "office"


def season(draft: Draft) -> str:
    """Return the months at which rows of a table come into being."""
    named = set(draft.words)
    if named & {"order", "cart", "purchase", "sale", "basket"}:
        return "retail_q4"
    if named & {"enrollment", "enrolment", "student", "lesson", "grade", "course"}:
        return "school_year"
    return "summer" if named & {"booking", "trip", "rental", "hotel"} else "flat"
