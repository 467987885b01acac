"""Say how long things take: the order of the times of a life, and the distance from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

# Stage of a word in the order of a life; the smallest of a row is its beginning.
ORDER = {
    "founded": 0, "hired": 1, "joined": 1, "registered": 1, "signup": 1, "created": 2, "inserted": 2, "added": 2, "creation": 2,
    "opened": 2, "ordered": 3, "placed": 3, "booked": 3, "requested": 3, "submitted": 3, "issued": 3, "order": 3, "booking": 3,
    "invoice": 3, "issue": 3, "received": 4, "queued": 4, "confirmed": 5, "approved": 5, "accepted": 5, "assigned": 5, "paid": 6,
    "payment": 6, "sent": 6, "scheduled": 6, "start": 7, "started": 7, "begin": 7, "from": 7, "in": 7, "arrival": 7, "published": 7,
    "picked": 7, "admission": 7, "admitted": 7, "departure": 8, "locked": 8, "shipped": 8, "dispatched": 8, "shipping": 8, "pickup": 8,
    "delivered": 10, "delivery": 10, "end": 11, "ended": 11, "to": 11, "until": 11, "out": 11, "finish": 11, "finished": 11,
    "completed": 11, "completion": 11, "stop": 11, "stopped": 11, "discharge": 11, "discharged": 11, "resolved": 11, "closed": 12,
    "return": 12, "returned": 12, "read": 9, "seen": 9, "login": 9, "used": 9, "accessed": 9, "visited": 9, "active": 9, "activity": 9,
    "verified": 4, "activated": 4, "refunded": 13, "cancelled": 13, "rejected": 13, "failed": 13, "left": 13, "termination": 13,
    "updated": 14, "modified": 14, "changed": 14, "synced": 14, "archived": 15, "deleted": 16, "expiry": 17, "expired": 17, "expires": 17,
    "retired": 13, "resigned": 13, "dissolved": 13, "terminated": 13, "discontinued": 13, "withdrawn": 13,
    "due": 17, "valid": 17, "deadline": 17, "renewal": 17,
}  # fmt: skip
BEGINNING = 7  # stages below are bookkeeping or the start of a process
LATE = 14  # from here on a time is about the row, not of the process
FORWARD = frozenset(
    {
        "due",
        "expiry",
        "expires",
        "deadline",
        "until",
        "renewal",
        "next",
        "valid",
        "target",
        "planned",
        "scheduled",
        "estimated",
        "expected",
        "appointment",
    }
)
HOURS, DAYS, MONTHS, MINUTES = "hours", "days", "months", "minutes"
DELAYS: Mapping[str, tuple[str, str]] = {
    "updated": (DAYS, "0 1 12 90 420 900"), "modified": (DAYS, "0 1 12 90 420 900"), "changed": (DAYS, "0 1 12 90 420 900"),
    "login": (DAYS, "0 9 70 260 700 1000"), "seen": (DAYS, "0 9 70 260 700 1000"), "used": (DAYS, "0 6 40 180 500 900"),
    "deleted": (DAYS, "3 60 190 380 700 1000"), "archived": (DAYS, "30 120 260 420 700 1000"), "paid": (HOURS, "0 1 4 30 220 700"),
    "payment": (HOURS, "0 1 4 30 220 700"), "confirmed": (MINUTES, "1 4 15 90 900 4000"), "approved": (HOURS, "1 4 18 46 120 400"),
    "accepted": (HOURS, "1 3 12 40 120 400"), "assigned": (MINUTES, "2 12 45 240 1400 6000"), "shipped": (HOURS, "2 14 26 49 120 300"),
    "dispatched": (HOURS, "2 14 26 49 120 300"), "delivered": (HOURS, "18 44 70 98 190 400"), "delivery": (DAYS, "1 2 3 5 9 21"),
    "returned": (DAYS, "3 8 13 20 32 60"), "refunded": (DAYS, "1 3 7 14 30 60"), "cancelled": (HOURS, "0 2 14 60 300 900"),
    "rejected": (HOURS, "1 8 30 90 260 600"), "failed": (MINUTES, "0 1 3 12 90 600"), "verified": (MINUTES, "1 6 40 600 8000 40000"),
    "activated": (HOURS, "0 1 6 40 300 900"), "read": (HOURS, "0 0 2 14 120 700"), "resolved": (HOURS, "1 6 28 90 320 1200"),
    "closed": (HOURS, "2 24 70 190 700 2400"), "left": (MONTHS, "2 9 20 38 80 120"),
    "termination": (MONTHS, "2 9 20 38 80 120"), "terminated": (MONTHS, "2 9 20 38 80 120"),
    "retired": (MONTHS, "14 30 55 90 150 220"), "resigned": (MONTHS, "2 9 20 38 80 120"), "dissolved": (MONTHS, "4 10 20 38 60 90"),
    "discontinued": (MONTHS, "4 10 20 38 60 90"), "withdrawn": (MONTHS, "1 4 9 18 40 60"),
    "expiry": (MONTHS, "6 12 12 24 36 60"), "expires": (MONTHS, "1 6 12 12 24 36"), "expired": (MONTHS, "1 6 12 12 24 36"),
    "due": (DAYS, "7 14 14 30 30 60"), "next": (MONTHS, "3 6 12 12 12 24"), "deadline": (DAYS, "3 10 21 45 120 240"),
    "valid": (MONTHS, "3 12 12 24 48 60"), "renewal": (MONTHS, "6 12 12 12 24 36"), "published": (HOURS, "0 1 8 60 400 1200"),
    "started": (MINUTES, "0 1 4 20 300 2000"), "sent": (MINUTES, "0 1 3 30 900 4000"), "processed": (MINUTES, "0 1 4 20 300 2000"),
    "received": (HOURS, "1 12 40 90 200 400"), "synced": (MINUTES, "0 5 60 800 9000 40000"), "picked": (HOURS, "1 3 8 20 60 120"),
}  # fmt: skip
SPANS: Mapping[str, tuple[str, str]] = {
    "booking": (DAYS, "1 1 2 4 8 14"), "reservation": (DAYS, "1 1 2 4 8 14"), "stay": (DAYS, "1 1 2 4 8 14"),
    "rental": (DAYS, "1 2 3 6 14 28"), "trip": (HOURS, "1 2 4 8 30 72"), "appointment": (MINUTES, "15 15 30 30 60 90"),
    "lesson": (MINUTES, "45 45 45 90 90 120"), "session": (MINUTES, "1 4 12 35 120 400"), "match": (MINUTES, "88 92 95 104 122 140"),
    "game": (MINUTES, "4 12 24 38 70 140"), "shift": (HOURS, "4 6 8 8 10 12"), "meeting": (MINUTES, "15 30 45 60 90 180"),
    "consultation": (MINUTES, "10 15 20 30 50 90"), "contract": (MONTHS, "6 12 12 24 36 60"), "subscription": (MONTHS, "1 2 7 14 30 48"),
    "project": (MONTHS, "1 3 6 11 24 40"), "course": (MONTHS, "1 3 4 6 10 12"), "campaign": (DAYS, "3 7 14 30 60 120"),
    "promotion": (DAYS, "2 5 10 21 45 90"), "membership": (MONTHS, "2 9 18 36 70 120"), "employment": (MONTHS, "2 11 26 50 110 240"),
    "employee": (MONTHS, "2 9 20 38 80 120"), "loan": (DAYS, "2 9 16 24 40 90"), "lease": (MONTHS, "6 12 24 48 90 180"),
    "run": (MINUTES, "1 2 6 24 120 600"), "job": (MINUTES, "1 2 6 24 120 600"), "task": (DAYS, "0 1 3 8 24 60"),
    "event": (HOURS, "1 2 3 5 12 48"), "flight": (MINUTES, "55 80 125 210 560 800"), "shipment": (DAYS, "1 2 3 5 9 21"),
    "treatment": (DAYS, "0 1 5 14 60 180"), "admission": (DAYS, "1 2 4 7 18 60"), "semester": (MONTHS, "5 5 6 6 6 6"),
    "auction": (DAYS, "3 5 7 7 10 14"), "prescription": (DAYS, "3 5 7 10 28 90"),
    "absence": (DAYS, "1 1 2 5 14 30"), "vacation": (DAYS, "1 3 7 14 21 30"),
    "ticket": (HOURS, "1 6 28 90 320 1200"), "sprint": (DAYS, "7 14 14 14 21 28"), "tournament": (DAYS, "1 2 3 9 28 42"),
    "insurance": (MONTHS, "12 12 12 24 36 60"), "quest": (HOURS, "1 2 6 20 90 300"),
}  # fmt: skip
LONG = 8  # hours: from here on a delay ends on another working day as often as not
BETWEEN = (HOURS, "1 6 30 120 700 2000")  # between two times that say nothing of their distance
NIGHTS = (DAYS, "1 1 2 4 8 14")
CHILD = "0 12 90 280 640 1000"  # days from a parent's beginning to what happens to it
SOON = "0 0 2 14 120 400"  # hours, minutes: children that follow their parent at once
LENGTHS: Mapping[str, int] = {"s": 1, "second": 1, "minute": 60, "minimum": 60, "hour": 3600, "day": 86400}
SHORTLY = frozenset(
    {
        "payment",
        "shipment",
        "delivery",
        "invoice",
        "refund",
        "message",
        "comment",
        "notification",
        "reply",
        "log",
        "history",
        "result",
        "item",
        "line",
        "prescription",
        "diagnosis",
    }
)
OUTSIDE = frozenset({"birth", "founded", "death"})  # times that no process hangs on
SLOTTED = frozenset({"appointment", "lesson", "meeting", "consultation", "treatment", "interview", "exam", "visit"})
LEAVING = frozenset({"left", "termination", "terminated", "retired", "resigned", "dissolved", "discontinued", "withdrawn"})
AHEAD = SLOTTED | {"reservation", "booking", "match", "event", "trip", "flight", "shift", "rental", "session", "game", "delivery"}
COMING = frozenset({"scheduled", "upcoming", "planned", "confirmed", "pending", "reserved", "open", "requested", "booked"})


def stage(words: tuple[str, ...]) -> int:
    """Return where a time stands in the order of a life; a time that says nothing is the row's beginning."""
    found = [ORDER[word] for word in words if word in ORDER]
    if {"check", "checked"} & set(words) or len(found) < 2:
        return found[-1] if found else 3
    if words[0] in ("last", "first", "next"):
        return 9 if words[0] != "first" else 3
    return max(found) if {"due", "expiry", "valid", "deadline"} & set(words) and words[-1] != "from" else found[-1]


def in_days(unit: str, q: str) -> tuple[str, str]:
    """Return delays of many hours in days, so that they fall on working hours."""
    parts = [Decimal(part) for part in q.split()]
    if unit != HOURS or parts[2] < LONG:
        return unit, q
    return DAYS, " ".join(str((part / 24).quantize(Decimal("0.01"))) for part in parts)
