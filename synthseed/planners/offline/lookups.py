"""Fill lookups: the values that a field's own lists hold, by head noun (departments, grades, payment methods, ...).

A small table of names holds each value once, with a code that is made of it; a column of another table draws from them,
the common ones more often.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache

from synthseed.plan import Joint, JointRow, JointTable
from synthseed.planners.offline import names
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.texts_fields import column_words, field_for, members
from synthseed.planners.offline.texts_fitting import choice, country_of
from synthseed.planners.offline.texts_vocabulary import package_words, phrases
from synthseed.planners.offline.things import goods_of, kind_of, noun_of, shelves
from synthseed.schema import Column, Table

ENTRY = "entry"
FRAMES = members("type kind category group class method mode list option code name label master lookup rate")
HEADS = {
    "payment method": "payment", "payment type": "payment", "shipping method": "shipping", "delivery method": "shipping",
    "delivery type": "shipping", "shipment type": "shipping", "pay method": "payment", "means payment": "payment",
    "absence type": "leave", "leave type": "leave", "specialty": "speciality", "specialization": "speciality",
    "color": "colour", "diagnose": "diagnosis", "ward": "department@health", "icd": "diagnosis", "measure": "unit",
    "measurement unit": "unit", "unit measure": "unit", "uom": "unit", "division": "department",
    "vehicle class": "vehicle", "job title": "position", "occupation": "occupation", "profession": "occupation", "job": "position",
    "competence": "skill", "topic": "category", "section": "category", "rubric": "category", "difficulty": "level",
    "urgency": "priority",
    "membership": "tier", "plan": "plan", "subscription": "plan", "subscription plan": "plan", "loyalty level": "tier",
    "customer group": "segment", "customer segment": "segment", "customer type": "segment", "expense category": "category@finance",
    "expense type": "category@finance", "cost type": "category@finance", "account type": "account", "state": "status",
    "phase": "stage",
    "log level": "level@log", "drug": "medication", "medicine": "medication", "illness": "diagnosis", "disease": "diagnosis",
    "procedure": "treatment", "therapy": "treatment", "feature": "amenity", "facility": "amenity", "fuel": "fuel",
    "relation": "relationship",
    "kinship": "relationship", "day": "weekday", "semester": "term", "mother tongue": "language", "nationality": "nationality",
    "meal plan": "board", "tool": "equipment", "resource": "equipment", "make": "brand", "producer": "manufacturer",
    "maker": "manufacturer",
    "activity type": "event", "sensor type": "metric", "measurement type": "metric", "species": "animal", "pet type": "animal",
    "animal type": "animal", "pet": "animal", "industry": "industry", "sector": "industry",
    "music genre": "genre@music",
    "album genre": "genre@music", "song genre": "genre@music", "ticket category": "category@software",
    "item type": "category@games",
    "room category": "room", "operating system": "system", "os": "system", "programming language": "programming",
    "publisher": "publisher",
    "car make": "car_maker", "car maker": "car_maker", "vehicle make": "car_maker", "vehicle brand": "car_maker",
    "car brand": "car_maker",
    "severity level": "severity", "quality level": "quality", "contract type": "contract", "employment type": "contract",
    "education": "degree", "degree": "degree", "marital status": "marital", "civil status": "marital", "blood group": "blood",
    "dish category": "category@food", "menu category": "category@food", "dish type": "category@food", "meal type": "category@food",
    "cargo type": "category@logistics", "freight type": "category@logistics", "product category": "category",
    "article category": "category",
    "article group": "category", "product group": "category", "product type": "category", "product class": "category",
    "salutation": "salutation",
    "kind": "type", "membership plan": "tier", "member shipping": "tier", "member shipping plan": "tier",
}  # fmt: skip
MUSIC = frozenset({"album", "song", "track", "artist", "band", "playlist", "music"})
VAGUE = frozenset({"event", "document", "service", "position", "plan", "account", "source"})  # said of anything: only alone
LOGGED = frozenset({"log", "audit", "trace"})
ENTITIES = members(
    "room vehicle event document contract account property equipment animal device service insurance shift term treatment "
    "instrument event sport crop source position source medication board tool resource plan pet feature facility material"
)
PLACED = members("department account position role subject skill service equipment speciality")
SOURCED = members("occupation system programming car_maker licence cpu resolution phone_model")
FIXED = frozenset(
    {"salutation", "relationship", "weekday", "blood", "gender", "religion", "marital"}
)  # never extended in life, only if rows demand it


def head_of(words: tuple[str, ...], question: TextQuestion) -> str:
    """Return the list that words name (`room type` is `room`), with its field where it has a list of its own; "" where none."""
    field = "log" if LOGGED & set(question.table_words) else field_for(question)
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            found = _listed(" ".join(words[start:end]), field, question)
            if found and end == len(words) and not (start and found.partition("@")[0] in VAGUE):
                return found
    if len(words) > 1 and words[-1] in FRAMES:
        return head_of(words[:-1], question)
    return ""


def _listed(phrase: str, field: str, question: TextQuestion) -> str:
    said = phrases(question.language)
    head = HEADS.get(phrase, phrase)
    if head == "genre" and MUSIC & {word for table in question.schema.tables for word in names.words(table.name, question.language)}:
        head = "genre@music"
    for name in (f"{head}@{field}", head):
        if said.values("lookups", name):
            return name
    return head if head in SOURCED and package_words(head, question.language, country_of(question.locale)) else ""


def values_of(head: str, question: TextQuestion) -> tuple[str, ...]:
    """Return the values of a list, from common to rare."""
    if head.partition("@")[0] == "category" and head != "category@finance" and (goods_of(question) or _sells(question)):
        return tuple(shelves(question)) or phrases(question.language).values("lookups", head)
    found = phrases(question.language).values("lookups", head)
    return found or package_words(head, question.language, country_of(question.locale))[:60]


def _sells(question: TextQuestion) -> bool:
    """Tell whether the categories of a table are those of goods that refer to it."""
    return any(
        key.parent == question.table.key and names.words(table.name, question.language)[-1:] in (("product",), ("article",), ("item",))
        for table in question.schema.tables
        for key in table.foreign_keys
    )


def combined(values: tuple[str, ...], rows: int, question: TextQuestion, head: str) -> tuple[str, ...]:
    """Return at least `rows` distinct values: combined with a region or a grade, numbered only when that is not enough."""
    said = phrases(question.language)
    if len(values) >= rows:
        return values
    more = said.top("regions") if head.partition("@")[0] in PLACED else said.top("grades")
    found = list(dict.fromkeys([*values, *(f"{value} {part}" for part in more for value in values)]))
    number = 2
    while len(found) < rows:
        found += [f"{value} {number}" for value in values]
        number += 1
    return tuple(found[: max(rows, len(values))])


# ---------------------------------------------------------------------------------------------- plans
def plan_entry(question: TextQuestion) -> TextPlan | None:
    """Plan a column of a lookup table: its name, or the code that is made of it."""
    column = next((name for name in fields_of(question) if name == question.column.name), None)
    joint = entries(question)
    if column is None or joint is None:
        return None
    known = head_of(question.table_words, question) != ""
    return TextPlan(Joint(ENTRY, column), joints=(joint,), understood=known, note="" if known else "the list of this table is not known")


def plan_member(question: TextQuestion) -> TextPlan | None:
    """Plan a column that draws from a list: `brand`, `payment_method`, `genre`."""
    words = question.words
    bare = words in (("type",), ("kind",), ("category",), ("class",), ("group",))
    head = (head_of((*question.table_words, *words), question) or head_of(words, question)) if bare else head_of(words, question)
    if words == ("category",) and goods_of(question) is not None:
        line = goods_of(question)
        assert line is not None
        if _room(question) >= max(len(row.cells[0]) for row in line.rows) and not question.unique:
            return TextPlan(Joint(line.name, "category"), joints=(line,))
    values = tuple(value for value in values_of(head, question) if len(value) <= _room(question)) if head else ()
    if not values:
        return None
    if question.unique:
        return TextPlan(choice(_fitting(values, question, head), skewed=False))
    return TextPlan(choice(values))


def _room(question: TextQuestion) -> int:
    return question.column.type.length or 10_000


def _fitting(values: tuple[str, ...], question: TextQuestion, head: str) -> tuple[str, ...]:
    found = combined(values, question.rows, question, head)
    return found if all(len(value) <= _room(question) for value in found) else coded(found, _room(question), "upper")


def is_list(question: TextQuestion) -> bool:
    """Tell whether a table is a list of names: a lookup, or a table whose noun is the head of a list."""
    last = question.table_words[-1:]
    if not last or (last[0] in ENTITIES and question.role != "lookup"):
        return False
    known = head_of(question.table_words, question) != ""
    return known or (
        question.role == "lookup"
        and (last[0] in FRAMES or not kind_of(question))
        and last[0] not in phrases(question.language).top("numbered")
    )


def fields_of(question: TextQuestion) -> dict[str, str]:
    """Return the columns of a list that its entries fill, with what they hold: `name` or a style of code."""
    found: dict[str, str] = {}
    for column in question.table.columns:
        holds = _holds(column, question)
        if holds != "name" and alone(question.table, column.name) and not _named_once(question):
            continue  # a code of its own, since names come again
        if holds and not any(column.name in key.columns for key in question.table.foreign_keys):
            found[column.name] = holds
    return found if "name" in found.values() or question.role == "lookup" else {}


def _named_once(question: TextQuestion) -> bool:
    """Tell whether each name may stand once: in a lookup, or where a key says so."""
    return question.role == "lookup" or any(
        _holds(column, question) == "name" and alone(question.table, column.name) for column in question.table.columns
    )


def alone(table: Table, name: str) -> bool:
    """Tell whether a column is a key of its own."""
    return any(key.columns == (name,) and not key.where for key in table.keys)


PLAIN = ("full", "long", "short", "display", "official", "english", "local", "native", "public")  # words that leave a name a name


def _holds(column: Column, question: TextQuestion) -> str:
    words = column_words(column, question)
    last = words[-1:]
    if column.type.kind != "text" or column.generated is not None or not last:
        return ""
    if not set(words[:-1]) <= {*question.table_words, *PLAIN}:
        return ""  # the name of something else: `queue_name` of a workflow's status
    if last[0] in ("slug", "key", "handle"):
        return "slug"
    if last[0] in ("code", "abbreviation", "short", "symbol", "shortcut", "acronym", "id"):
        return "upper"
    if last[0] in ("name", "label", "title", "designation", "value") or column_words(column, question)[-1:] == question.table_words[-1:]:
        return "name"
    return ""


def entries(question: TextQuestion) -> JointTable | None:
    """Return the joint table `entry` of a list: one row per value, one field per column that it fills."""
    head = head_of(question.table_words, question)
    values = values_of(head, question) if head else ()
    if "@" in head and question.unique and len(values) < question.rows:
        general = phrases(question.language).values("lookups", head.partition("@")[0])
        values = tuple(dict.fromkeys((*values, *general)))  # the words of every field before any number
    if not values and question.table_words[-1:] and question.table_words[-1] in FRAMES:
        values = phrases(question.language).values("kinds", field_for(question), "any")  # kinds of something: `class_types`
    values = values or tuple(f"{noun_of(question)} {letter}" for letter in "ABCDEFGHIJKL")
    if not values:
        return None
    fields = fields_of(question)
    full = (
        values
        if not (question.unique or _named_once(question))
        else combined(values, question.rows, question, head)[: max(question.rows, 1) if question.role == "lookup" else None]
    )
    columns = [_written(full, question.table.column(name), holds) for name, holds in fields.items()]
    rows = tuple(JointRow(Decimal(1), cells) for cells in zip(*columns, strict=True))
    return JointTable(ENTRY, tuple(fields), rows) if rows else None


def _written(values: tuple[str, ...], column: Column, holds: str) -> tuple[str, ...]:
    room = column.type.length or 10_000
    if holds == "name" and all(len(value) <= room for value in values):
        return values
    return coded(values, room, "upper" if holds == "name" else holds)


@cache
def coded(values: tuple[str, ...], room: int, style: str) -> tuple[str, ...]:
    """Return distinct codes made of values: `bank-transfer` as a slug, else up to four capitals (`BANK`, `BATR`)."""
    found: list[str] = []
    taken: set[str] = set()
    for value in values:
        for code in _codes(value, room, style):
            if code not in taken:
                taken.add(code)
                found.append(code)
                break
    return tuple(found) if len(found) == len(values) else tuple(_counted(len(values), room))


def _codes(value: str, room: int, style: str) -> tuple[str, ...]:
    folded = unicodedata.normalize("NFKD", value.replace("ß", "ss")).encode("ascii", "ignore").decode()
    parts = re.findall(r"[A-Za-z0-9]+", folded)
    plain = "".join(parts).upper()
    if style == "slug" and parts and len("-".join(parts)) <= room:
        return ("-".join(parts).lower(),)
    size = min(room, 4)
    initials = "".join(part[: max(1, size // len(parts))] for part in parts).upper()[:size] if parts else ""
    bones = re.sub(r"(?<!^)[AEIOU]", "", plain)[:size]
    made = (
        initials,
        bones,
        plain[:size],
        *(plain[: size - 1] + letter for letter in "123456789XYZ"),
        *(plain[:1] + f"{n:02}" for n in range(1, 100)),
    )
    return tuple(code.lower() if style == "slug" else code for code in made if 0 < len(code) <= room)


def _counted(count: int, room: int) -> list[str]:
    """Return codes in base 36 where values are too many for names of this width."""
    width = min(room, max(2, len(str(count))))
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    found = []
    for number in range(count):
        text = ""
        for _ in range(width):
            number, rest = divmod(number, 36)
            text = digits[rest] + text
        found.append(text)
    return found
