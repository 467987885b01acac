"""Plan states and other short lists: labels in the order of a life, and what each state leaves out.

A state column decides which dates, reasons and flags of its row exist; what it rules out becomes an override.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from synthseed.expression_nodes import quoted
from synthseed.plan import Choice, Null, Override, Semantic, Tier
from synthseed.planners.offline.draft import Draft, of_place
from synthseed.planners.offline.genders import plan_gender
from synthseed.planners.offline.names import words
from synthseed.planners.offline.shapes import choice, skewed, values_of
from synthseed.schema import Column, Kind

# The place of a word in a life, and how common it is at any time: ended lives are many, the stages before them few.
STAGES: dict[str, tuple[int, int]] = {
    "draft": (0, 6), "new": (0, 7), "created": (0, 6), "pending": (0, 7), "open": (0, 9), "queued": (0, 5), "todo": (0, 12),
    "backlog": (0, 12), "requested": (0, 7), "submitted": (0, 8), "received": (1, 8), "planned": (0, 8), "scheduled": (0, 14),
    "waiting": (0, 6), "unpaid": (0, 8), "invited": (0, 6), "registered": (1, 10), "lead": (0, 20), "trial": (0, 8), "trialing": (0, 8),
    "applied": (0, 14), "placed": (0, 8), "ready": (1, 6), "unverified": (0, 9), "idle": (0, 10), "upcoming": (0, 12), "issued": (1, 10),
    "sent": (2, 14), "ordered": (1, 9), "confirmed": (1, 14), "accepted": (1, 16), "approved": (1, 24), "assigned": (1, 8),
    "reviewed": (2, 10), "in_review": (1, 7), "review": (1, 7), "authorized": (1, 6), "processing": (2, 7), "in_progress": (2, 12),
    "progress": (2, 12), "doing": (2, 12), "running": (2, 6), "started": (2, 6), "live": (2, 40), "active": (2, 60), "paid": (2, 14),
    "captured": (2, 20), "enrolled": (2, 40), "checked": (2, 8), "checked_in": (3, 6), "picked": (2, 5), "picked_up": (2, 5),
    "in_use": (3, 20), "packed": (2, 5), "published": (3, 64), "shipped": (3, 9), "transit": (3, 10), "in_transit": (3, 10),
    "dispatched": (3, 8), "out_for_delivery": (3, 4), "sold": (3, 30), "available": (2, 70), "occupied": (3, 20), "reserved": (2, 8),
    "rented": (3, 20), "maintenance": (2, 4), "offline": (2, 9), "online": (2, 60), "delivered": (4, 60), "completed": (5, 60),
    "complete": (5, 60), "done": (5, 48), "finished": (5, 55), "closed": (5, 48), "resolved": (4, 20), "success": (5, 86),
    "succeeded": (5, 84), "settled": (5, 60), "won": (5, 20), "fulfilled": (5, 55), "checked_out": (5, 62), "passed": (5, 70),
    "graduated": (5, 18), "read": (4, 50), "active_verified": (3, 50), "verified": (3, 60), "attended": (5, 80), "returned": (6, 4),
    "refunded": (6, 4), "partially_refunded": (6, 2), "cancelled": (9, 6), "rejected": (9, 5), "declined": (9, 5), "failed": (9, 4),
    "failure": (9, 4), "error": (9, 3), "expired": (9, 5), "lost": (9, 10), "overdue": (9, 5), "blocked": (9, 3), "suspended": (9, 3),
    "banned": (9, 1), "disabled": (9, 3), "inactive": (9, 9), "deleted": (9, 2), "archived": (8, 9), "discontinued": (8, 6),
    "retired": (8, 5), "withdrawn": (9, 4), "dropped": (9, 6), "void": (9, 2), "voided": (9, 2), "no_show": (9, 4), "show": (9, 4),
    "timeout": (9, 2), "past_due": (9, 4), "skipped": (9, 4), "broken": (9, 3), "damaged": (9, 2), "terminated": (9, 6), "left": (9, 8),
    "hidden": (8, 4), "spam": (9, 2), "unsubscribed": (9, 8), "paused": (3, 5), "on_hold": (2, 4), "hold": (2, 4), "deceased": (9, 2),
    "discharged": (5, 60), "admitted": (2, 14), "bounced": (9, 3), "dead": (9, 2), "aborted": (9, 3),
}  # fmt: skip
BAD = 9
# Stages that a time column is named after: `shipped_at` exists from the stage `shipped` on.
REACHED = {
    "confirmed": 1, "approved": 1, "accepted": 1, "assigned": 1, "paid": 2, "started": 2, "start": 2, "published": 3, "shipped": 3,
    "picked": 2, "dispatched": 3, "shipping": 3, "sent": 2, "delivered": 4, "delivery": 4, "resolved": 4, "completed": 5, "finished": 5,
    "closed": 5, "done": 5, "ended": 5, "end": 5, "settled": 5, "returned": 6, "refunded": 6, "fulfilled": 5, "discharged": 5,
    "processed": 3, "verified": 3, "activated": 2,
}  # fmt: skip
ENDINGS = (
    "cancelled", "rejected", "declined", "failed", "expired", "deleted", "archived", "suspended", "blocked", "banned", "terminated",
    "refunded", "returned", "voided", "withdrawn", "discontinued", "retired", "dropped", "left",
)  # fmt: skip
CAUSES = {
    "cancellation": "cancelled", "cancel": "cancelled", "rejection": "rejected", "reject": "rejected", "decline": "declined",
    "failure": "failed", "fail": "failed", "error": "failed", "refund": "refunded", "return": "returned", "suspension": "suspended",
    "ban": "banned", "termination": "terminated", "archive": "archived", "deletion": "deleted", "block": "blocked",
}  # fmt: skip
LIVES = {
    "order": ("delivered", "shipped", "paid", "pending", "cancelled"), "purchase": ("completed", "pending", "failed", "refunded"),
    "sale": ("completed", "pending", "cancelled"), "invoice": ("paid", "sent", "overdue", "draft", "cancelled"),
    "payment": ("completed", "pending", "failed", "refunded"), "transaction": ("completed", "pending", "failed"),
    "booking": ("completed", "confirmed", "pending", "cancelled", "no_show"),
    "reservation": ("completed", "confirmed", "pending", "cancelled"), "appointment": ("completed", "scheduled", "cancelled", "no_show"),
    "ticket": ("closed", "open", "in_progress", "resolved"), "task": ("done", "in_progress", "open", "cancelled"),
    "shipment": ("delivered", "in_transit", "pending", "returned"), "delivery": ("delivered", "in_transit", "pending", "returned"),
    "subscription": ("active", "cancelled", "trialing", "past_due"), "post": ("published", "draft", "archived"),
    "article": ("published", "draft", "archived"), "project": ("active", "completed", "planned", "on_hold"),
    "job": ("succeeded", "running", "failed", "queued"), "run": ("succeeded", "running", "failed", "queued"),
    "loan": ("returned", "active", "overdue"), "enrollment": ("completed", "active", "dropped"),
    "course": ("active", "planned", "completed"), "contract": ("active", "expired", "terminated", "draft"),
    "machine": ("active", "maintenance", "retired"), "vehicle": ("available", "rented", "maintenance", "retired"),
    "room": ("available", "occupied", "maintenance"), "device": ("online", "offline", "maintenance"),
    "product": ("active", "discontinued", "draft"), "claim": ("approved", "pending", "rejected"),
    "request": ("approved", "pending", "rejected"), "refund": ("completed", "pending", "rejected"),
    "campaign": ("active", "completed", "draft", "paused"), "message": ("read", "delivered", "sent", "failed"),
    "notification": ("read", "sent", "failed"), "match": ("finished", "scheduled", "cancelled"),
    "trip": ("completed", "planned", "cancelled"), "application": ("submitted", "in_review", "accepted", "rejected"),
    "return": ("completed", "requested", "rejected"),
}  # fmt: skip
GERMAN = {
    "delivered": "geliefert", "shipped": "versendet", "paid": "bezahlt", "pending": "offen", "cancelled": "storniert",
    "sent": "versendet", "overdue": "überfällig", "draft": "Entwurf", "completed": "abgeschlossen", "failed": "fehlgeschlagen",
    "refunded": "erstattet", "confirmed": "bestätigt", "no_show": "nicht erschienen", "scheduled": "geplant", "closed": "geschlossen",
    "open": "offen", "in_progress": "in Bearbeitung", "resolved": "gelöst", "done": "erledigt", "in_transit": "unterwegs",
    "returned": "zurückgegeben", "active": "aktiv", "published": "veröffentlicht", "archived": "archiviert", "planned": "geplant",
    "on_hold": "pausiert", "expired": "abgelaufen", "terminated": "gekündigt", "inactive": "inaktiv", "maintenance": "in Wartung",
    "available": "verfügbar", "occupied": "belegt", "approved": "genehmigt", "rejected": "abgelehnt", "finished": "beendet",
    "requested": "angefragt", "dropped": "abgebrochen", "retired": "ausgemustert", "rented": "vermietet",
}  # fmt: skip
FRENCH = {
    "delivered": "livrée", "shipped": "expédiée", "paid": "payée", "pending": "en attente", "cancelled": "annulée", "sent": "envoyée",
    "overdue": "en retard", "draft": "brouillon", "completed": "terminée", "failed": "échouée", "refunded": "remboursée",
    "confirmed": "confirmée", "scheduled": "planifiée", "closed": "fermée", "open": "ouverte", "in_progress": "en cours",
    "resolved": "résolue", "done": "terminée", "active": "active", "inactive": "inactive", "published": "publiée", "archived": "archivée",
    "rejected": "refusée", "approved": "approuvée", "returned": "retournée", "no_show": "absente",
}  # fmt: skip
SPANISH = {
    "delivered": "entregado", "shipped": "enviado", "paid": "pagado", "pending": "pendiente", "cancelled": "cancelado", "sent": "enviado",
    "overdue": "vencido", "draft": "borrador", "completed": "completado", "failed": "fallido", "refunded": "reembolsado",
    "confirmed": "confirmado", "scheduled": "programado", "closed": "cerrado", "open": "abierto", "in_progress": "en curso",
    "resolved": "resuelto", "done": "terminado", "active": "activo", "inactive": "inactivo", "published": "publicado",
    "archived": "archivado", "rejected": "rechazado", "approved": "aprobado", "returned": "devuelto", "no_show": "ausente",
}  # fmt: skip
TONGUES = {"de": GERMAN, "fr": FRENCH, "es": SPANISH}
BACK = {text.lower(): concept for tongue in TONGUES.values() for concept, text in reversed(tongue.items())}  # shipped before sent
LEVELS = {
    "low": 24, "medium": 46, "normal": 52, "high": 20, "critical": 5, "urgent": 6, "highest": 3, "lowest": 4, "minor": 30, "major": 18,
    "trivial": 8, "info": 60, "warning": 20, "warn": 20, "debug": 30, "fatal": 1, "emergency": 2, "moderate": 28, "severe": 6,
}  # fmt: skip
COMMON = {
    "admin": 2, "owner": 3, "superadmin": 1, "moderator": 4, "editor": 8, "manager": 7, "user": 80, "member": 74, "customer": 82,
    "viewer": 30, "guest": 10, "staff": 12, "free": 58, "basic": 26, "pro": 12, "premium": 9, "enterprise": 4, "trial": 8, "bronze": 40,
    "silver": 30, "gold": 18, "platinum": 6, "vip": 3, "standard": 55, "retail": 80, "business": 12, "card": 55, "credit_card": 48,
    "paypal": 24, "cash": 18, "bank_transfer": 12, "other": 4, "unknown": 3, "divers": 1, "x": 1, "diverse": 1, "nonbinary": 1,
    "non-binary": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """Hold a label, its stage of a life, and what it is called in English."""

    label: str
    concept: str
    stage: int


def concept_of(label: str, language: str) -> str:
    """Return a label as one English word of STAGES, where it is one."""
    plain = label.strip().lower().replace(" ", "_").replace("-", "_")
    for found in (
        plain,
        BACK.get(label.strip().lower(), ""),
        BACK.get(plain, ""),
        "_".join(words(label, language)),
        words(label, language)[-1],
    ):
        if found in STAGES:
            return found
    return {"canceled": "cancelled", "ok": "success", "enabled": "active"}.get(plain, plain)


def plan_states(draft: Draft) -> None:
    """Plan enums, columns whose values a CHECK lists, and columns that are named as a state."""
    for column in draft.todo:
        labels = _labels(column) or draft.limits[column.name].among
        named = draft.names[column.name][-1]
        if labels and _told_by_names(draft, column, labels, named):
            draft.put(column, Semantic("gender", "person"), nulls=draft.scatter(column.name, 2, 20))
        elif labels and plan_gender(draft, column, labels):
            continue
        elif labels:
            draft.put(column, shared(labels, draft.language, named), nulls=draft.scatter(column.name, 2, 20))
        elif (
            column.type.kind is Kind.TEXT
            and (named == "status" or (named == "state" and not of_place(draft, column)))
            and column.name not in draft.unique
        ):
            life = LIVES.get(draft.words[-1]) or next(
                (LIVES[word] for word in draft.words if word in LIVES), ("active", "inactive", "pending")
            )
            tongue = TONGUES.get(draft.language, {})
            said = tuple(dict.fromkeys(tongue.get(word, word) for word in life))
            room = column.type.length or 99
            if all(len(word) <= room for word in said):
                draft.put(column, shared(said, draft.language, named), nulls=draft.scatter(column.name, 1, 6))


def _told_by_names(draft: Draft, column: Column, labels: tuple[str, ...], named: str) -> bool:
    """Tell a gender that agrees with the row's names: two labels that the built-in value can write."""
    if named not in ("gender", "sex") or not draft.said & {"first name", "last name", "full name", "name"}:
        return False
    return len(column.type.labels) == 2 or (set(labels) == {"F", "M"} and column.type.length == 1)


def _labels(column: Column) -> tuple[str, ...]:
    return column.type.labels or (column.type.element.labels if column.type.element else ())


def shared(labels: tuple[str, ...], language: str, named: str = "") -> Choice:
    """Give every label a share: by its stage, its level, how common it is, or by its place in the list."""
    if len(labels) == 1:
        return choice((100, labels[0]))
    concepts = [concept_of(label, language) for label in labels]
    if set(labels) <= {"true", "false", "t", "f", "0", "1", "Y", "N", "y", "n", "yes", "no"} and len(labels) == 2:
        return choice((70, labels[0]), (30, labels[1]))
    if named in ("gender", "sex") or {label.lower()[:1] for label in labels} <= set("mfwdxo"):
        return choice(*((48 if label.lower()[:1] in "mfw" else 2, label) for label in labels))
    for known in (LEVELS, COMMON):
        if sum(concept in known for concept in concepts) * 2 > len(labels):
            return _tiers([(known.get(concept, 6), label) for concept, label in zip(concepts, labels, strict=True)])
    if sum(concept in STAGES for concept in concepts) * 2 > len(labels):
        return _tiers([(STAGES.get(concept, (2, 6))[1], label) for concept, label in zip(concepts, labels, strict=True)])
    if all(label.lstrip("-").replace(".", "", 1).isdigit() for label in labels) and len(labels) <= 12:
        return Choice(tuple(Tier(Decimal(2 + 3 * (len(labels) - at)), (label,)) for at, label in enumerate(labels)))
    return skewed(labels)


def _tiers(pairs: list[tuple[int, str]]) -> Choice:
    whole = sum(share for share, _ in pairs)
    return choice(*((max(round(share * 100 / whole), 1), label) for share, label in sorted(pairs, key=lambda pair: -pair[0])))


def states(draft: Draft) -> tuple[Column, tuple[State, ...]] | None:
    """Return the column that says how far a row's life has come, and its states."""
    for wanted in ("status", "state", "stage", "phase"):
        for column in draft.table.columns:
            plan = draft.columns.get(column.name)
            if plan is None or draft.names[column.name][-1] != wanted or not isinstance(plan.gen, Choice):
                continue
            found = tuple(
                State(label, concept_of(label, draft.language), STAGES.get(concept_of(label, draft.language), (2, 0))[0])
                for label in values_of(plan.gen)
            )
            if sum(state.concept in STAGES for state in found) * 2 >= len(found):
                return column, found
    return None


def tie_to_states(draft: Draft, ruled: frozenset[str] = frozenset()) -> None:
    """Empty the dates, reasons and actors that a row's state rules out; those in `ruled` are a CHECK's matter."""
    found = states(draft)
    flags = {draft.names[c.name][-1]: c for c in draft.free if c.type.kind is Kind.BOOLEAN and c.name in draft.columns}
    for column in draft.free:
        if (
            column.name in ruled
            or column.name not in draft.columns
            or not column.nullable
            or isinstance(draft.columns[column.name].gen, Null)
        ):
            continue
        named = draft.names[column.name]
        ending = next((word for word in (*(CAUSES.get(word, word) for word in named),) if word in ENDINGS), None)
        if ending is not None and ending in flags and flags[ending] is not column:
            _empty(draft, column, f"not {quoted(flags[ending].name)}")
        elif found is not None:
            _by_state(draft, column, named, ending, *found)


def _by_state(
    draft: Draft, column: Column, named: tuple[str, ...], ending: str | None, state: Column, all_states: tuple[State, ...]
) -> None:
    if column is state:
        return
    if ending is not None and named[-1] in (
        "at",
        "date",
        "on",
        "time",
        "reason",
        "by",
        "note",
        "comment",
        "code",
        "message",
        "timestamp",
        ending,
    ):
        out = [one.label for one in all_states if one.concept != ending and not (ending == "failed" and one.concept == "error")]
    elif named[-1] == "reason" or named == ("error",) or named == ("error", "message"):
        out = [one.label for one in all_states if one.stage != BAD]
    else:
        reached = next((REACHED[word] for word in named if word in REACHED), None)
        timely = named[-1] in ("at", "date", "on", "time", "timestamp", "by", "number", "code") or named[-1] in REACHED
        if reached is None or not timely or {"due", "expected", "estimated", "planned", "scheduled", "requested"} & set(named):
            return
        out = [one.label for one in all_states if one.stage < reached or (one.stage == BAD and reached > 1)]
    if out and len(out) < len(all_states):
        _empty(draft, column, f"{quoted(state.name)} in ({', '.join(_text(label) for label in out)})")
    elif out:
        draft.nulls[column.name] = Decimal(96)


def _empty(draft: Draft, column: Column, when: str) -> None:
    draft.overrides.append(Override(column.name, when, Null()))
    draft.nulls.pop(column.name, None)


def _text(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"
