"""Plan texts that a field has agreed on: diagnoses with their codes, school years, rooms, events, gear, lines of an invoice."""

from __future__ import annotations

from decimal import Decimal

from synthseed.plan import Choice, ColumnPlan, Joint, JointRow, JointTable, Override, Template, Tier
from synthseed.planners.offline.limits import limits_of
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.states import STAGES, concept_of
from synthseed.planners.offline.texts_fields import column_words, field_for, label_of, members, trade_of
from synthseed.planners.offline.texts_fitting import ALL, choice, fill
from synthseed.planners.offline.texts_vocabulary import phrases, split
from synthseed.planners.offline.things import assortment, shelves
from synthseed.schema import Kind, Table

KINDS = members("type kind category class mode group method variety form sort")
WORDED = members("description name title text diagnosis label designation")
EVENTS = members("event log history activity audit tracking change trace timeline movement")
ACTS = members("event action activity type kind name code verb operation")
HAPPENINGS = {
    "shipment": members("shipment parcel delivery consignment tracking freight package"),
    "order": members("order purchase cart"),
    "match": members("match fixture"),
    "patient": members("patient appointment admission visit treatment"),
    "player": members("player character"),
    "play": members("play playback listen stream"),
    "payment": members("payment transaction invoice refund"),
    "ticket": members("ticket issue case request complaint incident"),
    "device": members("device sensor machine meter station probe turbine pump"),
    "vehicle": members("vehicle truck car"),
    "animal": members("animal pet horse cattle cow herd"),
    "member": members("member membership subscription"),
    "document": members("document file article post contract"),
    "user": members("user session account visitor customer client web page app"),
}  # fmt: skip
STEPPED = frozenset({"shipment", "order", "payment", "ticket", ""})  # what happens to these is a step into their next state
GEARED = members("item equipment weapon gear loot")
GEAR = {
    "weapon": "weapon", "armor": "armour", "armour": "armour", "accessory": "jewellery", "jewelry": "jewellery", "jewellery": "jewellery",
    "ring": "jewellery", "potion": "potion", "consumable": "potion", "tool": "tool",
}  # fmt: skip
LINES = members("line item position entry detail")
DOCUMENTS = members("invoice bill quote offer receipt order estimate credit")
YEARS = {"fr": "{}-{}", "es": "{}-{}"}


def plan_known(question: TextQuestion) -> TextPlan | None:
    """Plan a text whose form or words its field has agreed on; None for any other."""
    found = (_coded(question), _school_year(question), _room(question), _happening(question), _geared(question), _line(question))
    return next((plan for plan in found if plan is not None), None)


def _length(question: TextQuestion) -> int:
    return question.column.type.length or 10_000


# ---------------------------------------------------------------------------------------------- diagnoses
def _is_icd(words: tuple[str, ...], name: str) -> bool:
    return "icd" in words or any(part in name.lower() for part in ("icd10", "icd_10", "cim10", "cie10", "icd"))


def _coded(question: TextQuestion) -> TextPlan | None:
    """Plan a code of the ICD and the diagnosis that it stands for as one row."""
    listed = phrases(question.language).values("coded", "icd")
    coding = [c for c in question.table.columns if c.type.kind is Kind.TEXT and _is_icd(column_words(c, question), c.name)]
    if not listed or question.unique:
        return None
    pairs = [tuple(entry.split("=", 1)) for entry in listed]
    # A joint is drawn by weight: common complaints first, as the list has them.
    rows = tuple(JointRow(Decimal(max(2, 30 - place)), (code, text)) for place, (code, text) in enumerate(pairs))
    joint = JointTable("icd", ("code", "text"), rows)
    if any(c.name == question.column.name for c in coding) and question.words[-1] not in WORDED - {"name"}:
        codes = max(len(code) for code, _ in pairs)
        return TextPlan(Joint("icd", "code"), joints=(joint,)) if _length(question) >= codes else None
    about = "diagnosis" in question.table_words or "diagnosis" in question.words
    if coding and about and question.words[-1] in WORDED and _length(question) >= max(len(text) for _, text in pairs):
        return TextPlan(Joint("icd", "text"), joints=(joint,), note="the code and its text are one row of `icd`")
    return None


# ---------------------------------------------------------------------------------------------- years and rooms
def _school_year(question: TextQuestion) -> TextPlan | None:
    """Plan a school or fiscal year that is kept as a text."""
    if question.words[-1:] != ("year",) or question.unique:
        return None
    room, values = _length(question), []
    for year in (2025, 2026, 2024, 2023, 2022):
        long = YEARS.get(question.language, "{}/{}").format(year, year + 1 if question.language in YEARS else f"{(year + 1) % 100:02}")
        values.append(next((text for text in (long, f"{year}/{(year + 1) % 100:02}", str(year)) if len(text) <= room), ""))
    if question.words == ("year",):
        values = [value[:4] for value in values]
    return TextPlan(choice(values)) if all(values) else None


def _room(question: TextQuestion) -> TextPlan | None:
    """Plan the room that something happens in: a number by the door, not a type of room."""
    if question.words[-1:] not in (("room",), ("classroom",)) or question.table_words[-1:] == ("room",) or question.unique:
        return None
    number = "{int:1-3}{int:0-1}{int:1-9}"
    letter = phrases(question.language).word("prefixes", "room") or "R"
    texts = [number] if field_for(question) == "hospitality" else [f"{letter[:1]} {number}", number, "{int:1-9}"]
    filled = fill(texts, question)
    return None if filled is None else TextPlan(Template((Tier(ALL, filled.texts[:1]),)), filled.slots)


# ---------------------------------------------------------------------------------------------- events
def _happening(question: TextQuestion) -> TextPlan | None:
    """Plan what happened to the parent of an event: its states where it has steps, else what its kind goes through."""
    around = set(question.table_words)
    if not around & EVENTS or not set(question.words) <= ACTS or question.unique:
        return None
    label = label_of(question.table, question.language)
    if label is not None and label.name != question.column.name and question.table_words == ("event",):
        return None  # an event that people go to has a name of its own
    kind = _kind_of_event(question)
    if not kind and not question.parents and question.table_words == ("event",):
        return None
    values = _steps(question) if kind in STEPPED else ()
    values = values or phrases(question.language).values("happenings", kind or _by_field(question), "any")
    fitting = [value for value in values if len(value) <= _length(question)]
    return TextPlan(choice(fitting), note="what its parent goes through") if fitting else None


def _kind_of_event(question: TextQuestion) -> str:
    for around in (question.table_words, *question.parents.values()):
        for kind, nouns in HAPPENINGS.items():
            if nouns & set(around):
                return kind
    return ""


def _by_field(question: TextQuestion) -> str:
    field = {"software": "user", "logistics": "shipment", "energy": "device", "health": "patient", "games": "player", "shop": "order"}
    return field.get(field_for(question), "any")


def _steps(question: TextQuestion) -> tuple[str, ...]:
    """Return the states that a parent can step into, without those it begins with."""
    for key in question.table.foreign_keys:
        parent = question.schema.by_key.get(key.parent)
        if parent is None or key.parent == question.table.key:
            continue
        stepped = tuple(label for label in _states(parent, question) if STAGES.get(concept_of(label, question.language), (1, 0))[0] > 0)
        if len(stepped) >= 2:
            return stepped
    return ()


def _states(table: Table, question: TextQuestion) -> tuple[str, ...]:
    limits, _ = limits_of(table, question.schema.dialect)
    for column in table.columns:
        if column_words(column, question)[-1:] in (("status",), ("state",)):
            return tuple(column.type.labels or limits[column.name].among)
    return ()


# ---------------------------------------------------------------------------------------------- gear of a game
def _gear(question: TextQuestion) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = {}
    for key, text in phrases(question.language).data.get("gear", {}).items():
        label, _, nouns = str(text).partition("=")
        found[key] = (label, split(nouns))
    return found


def gear_of(question: TextQuestion) -> tuple[JointTable, ...]:
    """Return the joint table `gear` (noun, type, slot) of a game's items, and one per type; () for another table."""
    groups = _gear(question)
    if not groups or question.table_words[-1:] == () or question.table_words[-1] not in GEARED or field_for(question) != "games":
        return ()
    slots = phrases(question.language).data.get("gear_slots", {})
    rows = {
        key: tuple(JointRow(Decimal(9 - min(place, 7)), (noun, label, str(slots[noun]))) for place, noun in enumerate(nouns))
        for key, (label, nouns) in groups.items()
    }
    fields = ("noun", "type", "slot")
    whole = JointTable("gear", fields, tuple(row for part in rows.values() for row in part))
    return (whole, *(JointTable(f"gear_{key}", fields, part) for key, part in rows.items()))


def _geared(question: TextQuestion) -> TextPlan | None:
    """Plan name, type and slot of an item so that they agree."""
    joints = gear_of(question)
    if not joints or question.unique:
        return None
    last = question.words[-1]
    widths = {name: max(len(row.cells[at]) for row in joints[0].rows) for at, name in enumerate(joints[0].fields)}
    typed = _type_of(question)
    if last in KINDS and typed is None and set(question.words) <= KINDS | GEARED | {"slot"} and widths["type"] <= _length(question):
        return TextPlan(Joint("gear", "type"), joints=joints[:1])
    if last == "slot" and typed is None and widths["slot"] <= _length(question):
        return TextPlan(Joint("gear", "slot"), joints=joints[:1])
    if question.words not in (("name",), ("item", "name"), ("title",)):
        return None
    token = "gear.noun" if typed is None else "col:_noun"
    texts = [text.replace("{item_noun}", f"{{{token}}}") for text in phrases(question.language).texts("things", "item")]
    filled = fill([text for text in texts if token in text], question, widths={token: widths["noun"]})
    if filled is None:
        return None
    if typed is None:
        return TextPlan(filled.template, filled.slots, joints[:1], note="name, type and slot are one row of `gear`")
    name, values = typed
    overrides = tuple(
        Override("_noun", f"{name} = '{value}'", Joint(f"gear_{GEAR[value.lower()]}", "noun")) for value in values if value.lower() in GEAR
    )
    used = {override.gen.set for override in overrides if isinstance(override.gen, Joint)}
    helper = ColumnPlan("_noun", Joint("gear", "noun"))
    return TextPlan(
        filled.template, filled.slots, tuple(j for j in joints if j.name in used | {"gear"}), helpers=(helper,), overrides=overrides
    )


def _type_of(question: TextQuestion) -> tuple[str, tuple[str, ...]] | None:
    """Return the column of the item's type and its labels, where constraints list them."""
    for column in question.table.columns:
        plan = question.siblings.get(column.name)
        if column_words(column, question)[-1] in KINDS and plan is not None and isinstance(plan.gen, Choice):
            values = tuple(value for tier in plan.gen.tiers for value in tier.values)
            if any(value.lower() in GEAR for value in values):
                return column.name, values
    return None


# ---------------------------------------------------------------------------------------------- lines and kinds
def _line(question: TextQuestion) -> TextPlan | None:
    """Plan what a line of an invoice says, in the trade of the database."""
    own = question.table_words
    if own[-1:] == () or own[-1] not in LINES or not DOCUMENTS & set(own[:-1]) or question.words[-1] not in WORDED or question.unique:
        return None
    trade = trade_of(question)
    said = phrases(question.language)
    if any({"product", "article"} & set(words) for words in question.parents.values()):
        return None
    texts = said.values("lines", trade, "any")
    nouns = tuple(noun for entries in shelves(question).values() for noun, _ in entries) if assortment(question) else ()
    filled = fill(texts, question, given={"noun": nouns} if nouns else None)
    return None if filled is None else TextPlan(filled.template, filled.slots)


def plan_kind(question: TextQuestion) -> TextPlan | None:
    """Plan a column that tells kinds apart and whose list is not known: a few words of the field."""
    if not question.words or question.words[-1] not in KINDS or question.unique:
        return None
    values = phrases(question.language).values("kinds", field_for(question), "any")
    fitting = [value for value in values if len(value) <= _length(question)]
    return TextPlan(choice(fitting), note="a guess at the kinds of this field", understood=False) if len(fitting) >= 2 else None


def plan_own(question: TextQuestion, noun: str) -> TextPlan | None:
    """Plan a text that must be there from the row itself: its noun with its date, its parent's name or a number."""
    of = {"de": "vom", "fr": "du", "es": "del"}.get(question.language, "of")
    dated = [
        c.name for c in question.table.columns if c.type.kind is Kind.DATE and not c.nullable and c.name in question.siblings
    ]  # fmt: skip
    texts = [f"{noun} {of} {{col:{name}}}" for name in dated[:1]]
    for key in question.table.foreign_keys:
        parent = question.schema.by_key.get(key.parent)
        label = label_of(parent, question.language) if parent is not None and key.parent != question.table.key else None
        closed = all(not question.table.column(name).nullable for name in key.columns)
        if label is not None and closed and not label.nullable and (label.type.length or 60) + len(noun) + 2 <= _length(question):
            texts.append(f"{noun}, {{{key.label}.{label.name}}}")
    texts.append(f"{noun} {{int:1-60}}")
    if question.unique:
        texts = [f"{noun} {{seq}}"]
    widths = {f"col:{name}": 10 for name in dated}
    filled = fill(texts[:1] if dated else texts, question, widths=widths) or fill(texts[-1:], question)
    if filled is None:
        return None
    return TextPlan(Template((Tier(ALL, filled.texts[:1]),)), filled.slots, note="the row's own nouns", understood=False)
