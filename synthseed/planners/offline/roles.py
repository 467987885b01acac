"""Classify tables by their keys, names and columns: entity, lookup, link, event, log or detail."""

from __future__ import annotations

from synthseed.planners.offline.draft import NUMBERS, TIMES, covered, numbered
from synthseed.planners.offline.names import words
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table

PEOPLE = frozenset(
    [
        "customer",
        "user",
        "person",
        "people",
        "patient",
        "student",
        "teacher",
        "employee",
        "doctor",
        "member",
        "player",
        "author",
        "contact",
        "buyer",
        "seller",
        "guest",
        "driver",
        "staff",
        "nurse",
        "owner",
        "tenant",
        "landlord",
        "client",
        "subscriber",
        "reader",
        "passenger",
        "applicant",
        "candidate",
        "worker",
        "instructor",
        "parent",
        "vet",
        "pilot",
        "actor",
        "artist",
        "manager",
        "agent",
        "lead",
        "account",
        "profile",
        "host",
        "trainer",
        "coach",
        "citizen",
        "resident",
        "volunteer",
        "donor",
        "borrower",
        "recipient",
        "viewer",
        "visitor",
        "operator",
    ]
)
FIRMS = frozenset(
    [
        "company",
        "supplier",
        "vendor",
        "manufacturer",
        "organization",
        "organisation",
        "employer",
        "publisher",
        "partner",
        "carrier",
        "merchant",
        "agency",
        "provider",
        "firm",
        "club",
        "school",
        "university",
        "hospital",
        "clinic",
        "hotel",
        "restaurant",
        "store",
        "shop",
        "branch",
        "team",
        "league",
        "airline",
        "bank",
        "insurance",
        "practice",
        "brand",
        "factory",
        "plant",
        "warehouse",
    ]
)
GROUPS = frozenset("guild clan club team squad crew band league association society union committee circle alliance class".split())  # noqa: SIM905
LOOKUPS = frozenset(
    [
        "type",
        "category",
        "status",
        "kind",
        "role",
        "tag",
        "country",
        "currency",
        "language",
        "unit",
        "department",
        "priority",
        "genre",
        "color",
        "size",
        "level",
        "class",
        "group",
        "grade",
        "permission",
        "region",
        "tier",
        "method",
        "reason",
        "topic",
        "skill",
        "specialty",
        "label",
        "severity",
        "state",
        "channel",
        "rate",
        "subject",
        "faculty",
        "ward",
        "season",
        "rank",
        "breed",
        "species",
    ]
)
LOGS = frozenset(
    (
        "log",
        "history",
        "audit",
        "activity",
        "view",
        "click",
        "hit",
        "reading",
        "measurement",
        "metric",
        "trace",
        "heartbeat",
        "tick",
        "vital",
        "event",
        "sample",
        "ping",
        "changelog",
        "revision",
        "usage",
        "impression",
    )
)
DETAILS = frozenset("item line position detail entry row component step leg".split())  # noqa: SIM905
DOCUMENTS = frozenset(
    [
        "order",
        "booking",
        "invoice",
        "payment",
        "ticket",
        "review",
        "appointment",
        "shipment",
        "delivery",
        "message",
        "comment",
        "post",
        "loan",
        "rental",
        "trip",
        "match",
        "game",
        "session",
        "transaction",
        "transfer",
        "purchase",
        "sale",
        "visit",
        "consultation",
        "prescription",
        "treatment",
        "enrollment",
        "enrolment",
        "registration",
        "reservation",
        "refund",
        "return",
        "claim",
        "request",
        "offer",
        "quote",
        "subscription",
        "vote",
        "like",
        "follow",
        "rating",
        "exam",
        "grade",
        "lesson",
        "attendance",
        "absence",
        "complaint",
        "notification",
        "job",
        "task",
        "run",
        "deployment",
        "alert",
        "incident",
        "cart",
        "basket",
        "donation",
        "bid",
        "auction",
        "quest",
        "test",
        "result",
        "admission",
        "diagnosis",
        "vaccination",
        "report",
        "contract",
        "expense",
        "answer",
    ]
)


def role_of(schema: Schema, table: Table, language: str) -> str:
    """Return the table's role."""
    named = words(table.name, language)
    keys = [key for key in table.foreign_keys if key.parent != table.key]
    head = named[-1]
    plain = [c for c in table.columns if c.name not in covered(table) and not numbered(table, c) and c.generated is None]
    if _links(table, keys) and head not in DOCUMENTS | LOGS | DETAILS:
        return "link"
    owned = [key for key in keys if not any(table.column(name).nullable for name in key.columns)]
    if owned and (head in DETAILS or _numbers_lines(table, owned) or (head not in DOCUMENTS | LOGS and _sells(table, owned, language))):
        return "detail"
    referenced = any(key.parent == table.key for other in schema.tables if other is not table for key in other.foreign_keys)
    if head in LOGS and not referenced:
        return "log"
    if not keys and (_listed(table, plain, language) and (referenced or head in LOOKUPS)) and head not in PEOPLE | FIRMS | DOCUMENTS:
        return "lookup"
    lives = head in PEOPLE | FIRMS | GROUPS | LOOKUPS or describes_person(table, language)
    if keys and (head in DOCUMENTS or (owned and not lives and _happens(table, plain, language))):
        return "event"
    return "entity"


def describes_person(table: Table, language: str) -> bool:
    """Tell a table of people by its columns: `first_name` and `last_name`, or a full name, that is nobody's contact."""
    said = {" ".join(words(column.name, language)) for column in table.columns}
    return {"first name", "last name"} <= said and not said & {"company name", "company", "order number", "total"}


def _links(table: Table, keys: list[ForeignKey]) -> bool:
    """Tell a many-to-many table: keys to two tables, and little else."""
    own = [c for c in table.columns if c.name not in covered(table) and not numbered(table, c)]
    tied = [u for u in table.keys if sum(set(key.columns) <= set(u.columns) for key in keys) >= 2]
    return len(keys) >= 2 and ((bool(tied) and len(own) <= 5) or not own)


def _numbers_lines(table: Table, owned: list[ForeignKey]) -> bool:
    """Tell a table whose key is its parent's and a number: a line of a document."""
    key = table.primary_key
    if key is None or len(key.columns) < 2:
        return False
    rest = set(key.columns) - covered(table)
    return (
        len(rest) == 1
        and any(set(foreign.columns) <= set(key.columns) for foreign in owned)
        and table.column(rest.pop()).type.kind is Kind.INTEGER
    )


def _sells(table: Table, owned: list[ForeignKey], language: str) -> bool:
    """Tell a line of a document by its columns: how many of what, at which price."""
    said = {word for column in table.columns for word in words(column.name, language)}
    return len(owned) >= 2 and {"quantity", "price"} <= said


def _listed(table: Table, plain: list[Column], language: str) -> bool:
    """Tell a short table of names: a code or a name, perhaps a description, a rank, a flag."""
    numbers = [c for c in plain if c.type.kind in NUMBERS]
    texts = [c for c in plain if c.type.kind in (Kind.TEXT, Kind.ENUM)]
    named = any(words(c.name, language)[-1] in ("name", "label", "title", "code", "key", "abbreviation", "description") for c in texts)
    head_is_list = words(table.name, language)[-1] in LOOKUPS
    return named and len(plain) <= (7 if head_is_list else 4) and len(numbers) <= (2 if head_is_list else 1)


def _happens(table: Table, plain: list[Column], language: str) -> bool:
    """Tell a table of things that happen: it has a time of its own beside the bookkeeping, or an amount and a state."""
    keeping = {"created", "updated", "deleted", "birth", "modified", "founded", "hired", "retired", "registered", "established"}
    times = [c for c in plain if c.type.kind in TIMES and not keeping & set(words(c.name, language))]
    money = [c for c in plain if c.type.kind is Kind.NUMERIC and words(c.name, language)[-1] in ("amount", "total", "balance")]
    return len(times) >= 1 or bool(money)
