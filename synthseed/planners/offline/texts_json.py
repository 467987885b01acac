"""Plan documents: a small shape per JSON column, by its name and table, with values that vary and agree with the row."""

from __future__ import annotations

import json
from typing import Any

from synthseed.plan import Json, Slot, Tier
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.texts_fields import field_for, members
from synthseed.planners.offline.texts_fitting import ALL, fill
from synthseed.planners.offline.texts_vocabulary import phrases
from synthseed.planners.offline.things import is_goods

SHAPES = {
    "attribute": "attributes", "specification": "attributes", "spec": "attributes", "feature": "attributes",
    "characteristic": "attributes",
    "setting": "settings", "preference": "preferences", "option": "config", "config": "config", "configuration": "config",
    "parameter": "config",
    "param": "config", "argument": "config", "metadata": "metadata", "meta": "metadata", "info": "metadata",
    "information": "metadata",
    "detail": "metadata", "extra": "metadata", "context": "metadata", "data": "payload", "payload": "payload", "body": "payload",
    "event": "payload",
    "message": "payload", "request": "payload", "address": "address", "dimension": "dimensions", "size": "dimensions",
    "measure": "dimensions",
    "hour": "hours", "opening": "hours", "schedule": "hours", "result": "result", "response": "result", "output": "result",
    "report": "result",
    "error": "error", "exception": "error", "location": "location", "position": "location", "property": "properties",
    "field": "properties",
    "measurement": "measurement", "reading": "measurement", "sample": "measurement", "value": "measurement",
}  # fmt: skip
LISTS = members(
    "tag label keyword item list role permission scope language skill category feature amenity allergy ingredient image "
    "line step symptom genre size colour color"
)  # fmt: skip


def is_list(question: TextQuestion) -> bool:
    """Tell whether a document is an array: a CHECK says so, or its name is that of a list."""
    texts = [check.text.lower() for check in question.table.checks if question.column.name.lower() in check.text.lower()]
    if any("typeof" in text or "json_type" in text for text in texts):
        return any("'array'" in text for text in texts)
    if question.column.default is not None and question.column.default.strip("'").startswith(("[", "{")):
        return question.column.default.strip("'").startswith("[")
    return bool(question.words) and question.words[-1] in LISTS and question.words[-1] not in ("feature", "size", "image", "line")


def plan_json(question: TextQuestion) -> TextPlan:
    """Plan a JSON column; one without a known name holds where the row came from."""
    said = phrases(question.language)
    if is_list(question):
        return _list(question)
    name = next((SHAPES[word] for word in reversed(question.words) if word in SHAPES), "")
    if name == "metadata" and is_goods(question):
        name = "attributes"
    field = field_for(question)
    own = "stats" if field == "games" and {*question.words} & {"stat", "stats", "attribute", "bonus"} else name or "metadata"
    shape = said.group("shapes", f"{own}@{field}", own, "metadata")
    if own == "attributes" and not is_goods(question):
        shape = said.group("shapes", "properties")
    return _document(shape, question, understood=bool(name) or own == "stats")


def _list(question: TextQuestion) -> TextPlan:
    word = question.words[-1] if question.words else "tag"
    field = field_for(question)
    head = {"color": "colour", "keyword": "tag", "label": "tag", "item": "tag", "list": "tag", "scope": "permission"}.get(word, word)
    said = phrases(question.language)
    values = said.values("lookups", f"{head}@{field}", head, f"tag@{field}", "tag") or ("a", "b", "c")
    # Two halves of one list: the entries of a document differ.
    half = len(values) // 2 or 1
    slots = (Slot(f"{head}_one", (Tier(ALL, values[:half]),)), Slot(f"{head}_two", (Tier(ALL, values[half:] or values),)))
    return TextPlan(Json(json.dumps([f"{{{head}_one}}", f"{{{head}_two}}"])), slots, understood=head in said.data.get("lookups", {}))


def _document(shape: dict[str, Any] | Any, question: TextQuestion, *, understood: bool) -> TextPlan:
    """Return a document whose tokens are all known; a member whose token is not known is left out."""
    slots: dict[str, Slot] = {}
    kept = _kept(dict(shape) or {"source": "{hex:8}"}, question, slots)
    return TextPlan(Json(json.dumps(kept, ensure_ascii=False)), tuple(slots.values()), understood=understood)


def _kept(shape: dict[str, Any], question: TextQuestion, slots: dict[str, Slot]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in shape.items():
        if isinstance(value, dict):
            found[key] = _kept(value, question, slots)
            continue
        filled = fill([str(value)], _roomy(question))
        if filled is not None:
            found[key] = str(value)
            slots.update({slot.name: slot for slot in filled.slots})
    return found


def _roomy(question: TextQuestion) -> TextQuestion:
    """Return the question without a length: a document in a text column is measured as a whole, and is short."""
    from dataclasses import replace

    return replace(question, column=replace(question.column, type=replace(question.column.type, length=None)))
