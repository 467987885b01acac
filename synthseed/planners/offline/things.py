"""Name things: what a row of a table is called in life, by the kind of thing that the table holds.

Goods come with their category and a usual price: `goods_of` is the joint table `line` with the fields `category`, `noun`
and `base` (a price in the currency's major unit), which a price column may follow as `line.base`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from synthseed.plan import ColumnPlan, Joint, JointRow, JointTable, Override, Semantic, Template, Tier
from synthseed.planners.offline import names
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.texts_fields import field_for, label_of, members
from synthseed.planners.offline.texts_fitting import ALL, GUESS, Filled, apart, fill
from synthseed.planners.offline.texts_vocabulary import phrases, split

LINE = "line"
GOODS = members("product article item good merchandise part component material variant supply commodity sku")
SAME = {
    "accommodation": "hotel", "inn": "hotel", "lodge": "hotel", "hostel": "hotel", "resort": "hotel", "shop": "store",
    "outlet": "store",
    "film": "movie", "track": "song", "novel": "book", "publication": "book", "vessel": "ship", "yacht": "boat", "show": "series",
    "competition": "tournament", "championship": "league", "depot": "warehouse", "facility": "site", "plant_site": "site",
    "property": "listing", "flat": "apartment", "house": "building", "destination": "location", "place": "location",
    "area": "location",
    "practice": "clinic", "app": "software", "application": "software", "service": "software", "program": "program",
    "programme": "program",
    "training": "course", "module": "course", "lecture": "course", "seminar": "course", "workshop": "event", "meeting": "event",
    "concert": "event", "conference": "event", "activity": "event", "excursion": "tour", "journey": "trip", "meal": "dish",
    "food": "dish",
    "beverage": "drink", "offer": "promotion", "sale": "promotion", "assignment": "task", "todo": "task", "ticket_type": "package",
    "hero": "character", "creature": "monster", "enemy": "monster", "weapon": "item", "medicine": "medication",
    "drug": "medication",
    "plane": "aircraft", "airplane": "aircraft", "node": "server", "instance": "server", "repo": "repository", "orchestra": "band",
    "ensemble": "band", "clan": "guild", "vineyard": "farm", "garden": "park", "collection": "list", "wishlist": "list",
    "crop": "plant",
    "seed": "plant", "flower": "plant", "tree": "plant", "test": "exam", "quiz": "exam", "chapter": "lesson",
    "stay": "trip", "connection": "route", "path": "trail", "bank": "branch", "agency": "branch", "survey": "report",
    "study": "dataset",
}  # fmt: skip
NOT_GOODS = members("order cart invoice menu news blog game line to agenda inventory checklist")
INDUSTRY = frozenset({"part", "component", "material", "spare"})
NUMBERED = frozenset({"sensor", "machine", "device", "room", "gate", "vehicle"})  # where a language says nothing


# ---------------------------------------------------------------------------------------------- goods
def is_goods(question: TextQuestion) -> bool:
    """Tell whether a table holds goods: products, articles, parts."""
    own = question.table_words
    if not own or own[-1] not in GOODS:
        return False
    if len(own) == 1 and own[0] in ("item", "article"):
        return field_for(question) not in ("games", "media", "school", "finance")
    return not any(word in NOT_GOODS for word in own[:-1])


def assortment(question: TextQuestion) -> str:
    """Return the name of the assortment that a database trades in: shop, industry, computer, pharmacy."""
    found = {word for table in question.schema.tables for word in names.words(table.name, question.language)}
    if found & {"prescription", "pharmacy", "patient"}:
        return "pharmacy"
    if found & {"machine", "maintenance", "production", "bom", "spare", "component"} or INDUSTRY & set(question.table_words):
        return "industry"
    return "computer" if found & {"laptop", "computer"} else "shop"


def shelves(question: TextQuestion) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the categories of an assortment, from common to rare, with their (noun, usual price)."""
    groups = phrases(question.language).group("goods", assortment(question), "shop")
    return {str(category): tuple(_priced(entry) for entry in split(entries)) for category, entries in groups.items()}


def _priced(entry: str) -> tuple[str, str]:
    noun, _, price = entry.rpartition(" ")
    return noun, price


def goods_of(question: TextQuestion) -> JointTable | None:
    """Return the joint table `line` (category, noun, base) of a table of goods; None for another table or language."""
    found = shelves(question) if is_goods(question) else {}
    rows = [
        JointRow(Decimal(max(1, 14 - rank - 2 * place)), (category, noun, price))
        for rank, (category, entries) in enumerate(found.items())
        for place, (noun, price) in enumerate(entries)
    ]
    return JointTable(LINE, ("category", "noun", "base"), tuple(rows)) if rows else None


def base_of(question: TextQuestion) -> str | None:
    """Return the name under which expressions of a table of goods find the usual price: `line.base` or `_base`.

    It is there once the table's name (or category) has been planned here; None for a table that holds no goods.
    """
    if goods_of(question) is None:
        return None
    return "_base" if category_key(question) is not None else f"{LINE}.base"


def category_key(question: TextQuestion) -> str | None:
    """Return `key.column` of the name of a table of goods' category, where the table has a key to one."""
    for key in question.table.foreign_keys:
        if question.parents.get(key.label, ())[-1:] == ("category",) and key.parent in question.schema.by_key:
            label = label_of(question.schema.table(key.parent), question.language)
            if label is not None:
                return f"{key.label}.{label.name}"
    return None


def plan_goods(question: TextQuestion) -> TextPlan | None:
    """Plan the name of a product so that its category (a column or a parent) and its usual price agree with it."""
    line = goods_of(question)
    said = phrases(question.language).texts("names", "product")
    if line is None or not said:
        return None
    nouns = tuple(dict.fromkeys(row.cells[1] for row in line.rows))
    if question.unique:
        filled = distinct(said, question, given={"noun": nouns})
        return None if filled is None else TextPlan(filled.template, filled.slots, (line,))
    key = category_key(question)
    token = "col:_noun" if key is not None else f"{LINE}.noun"
    widths = {token: max(len(noun) for noun in nouns)}
    filled = fill([text.replace("{noun}", f"{{{token}}}") for text in said], question, widths=widths)
    filled = filled or fill([f"{{{token}}}"], question, widths=widths)
    if filled is None:
        return None
    if key is None:
        return TextPlan(filled.template, filled.slots, (line,), note="category, noun and usual price are one row of `line`")
    joints, helpers, overrides = _by_category(line, key)
    return TextPlan(filled.template, filled.slots, joints, note="the noun fits the category", helpers=helpers, overrides=overrides)


def _by_category(line: JointTable, key: str) -> tuple[tuple[JointTable, ...], tuple[ColumnPlan, ...], tuple[Override, ...]]:
    """Return a joint table per category, and what makes `_noun` and `_base` follow the parent's name."""
    joints, overrides = [line], []
    for at, category in enumerate(dict.fromkeys(row.cells[0] for row in line.rows), 1):
        rows = tuple(row for row in line.rows if row.cells[0] == category)
        joints.append(JointTable(f"{LINE}{at}", line.fields, rows))
        quoted = category.replace("'", "''")
        overrides += [Override(f"_{name}", f"{key} = '{quoted}'", Joint(f"{LINE}{at}", name)) for name in ("noun", "base")]
    helpers = tuple(ColumnPlan(f"_{name}", Joint(LINE, name)) for name in ("noun", "base"))
    return tuple(joints), helpers, tuple(overrides)


# ---------------------------------------------------------------------------------------------- other things
def kind_of(question: TextQuestion) -> str:
    """Return the kind of thing that a table holds: the last of its words that phrases exist for, else "" ."""
    known = phrases(question.language).data.get("things", {})
    for word in reversed(question.table_words):
        name = SAME.get(word, word)
        if name in known:
            return name
    return ""


def plan_name(question: TextQuestion) -> TextPlan | None:
    """Plan the name of a thing; None where not even the table's noun can be told."""
    taken = _of_parent(question)
    if taken is not None:
        return taken
    if question.table_words[-1:] in (("line",), ("item",)) and {"order", "cart", "basket", "invoice", "wishlist"} & set(
        question.table_words
    ):
        question = replace(question, table_words=("product",))  # a line of a document is called as what it sells
    if is_goods(question):
        planned = plan_goods(question)
        if planned is not None:
            return planned
    said = phrases(question.language)
    kind = kind_of(question)
    texts = said.texts("things", kind) if kind else ()
    counted = not texts and question.table_words[-1:] != () and question.table_words[-1] in NUMBERED | set(said.top("numbered"))
    if counted:
        form = "{upper:2}-{digits:4}" if question.unique and question.rows > 1000 else "{upper:1}-{int:10-99}"
        texts = (f"{noun_of(question)} {form}",)
    if not texts:
        texts = tuple(text.replace("{thing}", noun_of(question)) for text in said.texts("things", "any"))
    own = distinct(texts, question) if question.unique else fill(_placed(_inherited(texts, question), question), question)
    filled = own if own is not None or question.unique else fill(texts, question)
    if filled is None:
        return None
    note = "" if kind or counted else "named by the table's own noun"
    return TextPlan(filled.template, filled.slots, note=note, understood=bool(kind) or counted)


def _of_parent(question: TextQuestion) -> TextPlan | None:
    """Let a line of a document carry the name of the goods that it refers to."""
    if question.table_words[-1:] not in (("line",), ("item",), ("position",)) or question.unique:
        return None
    for key in question.table.foreign_keys:
        parent = question.schema.by_key.get(key.parent)
        if not GOODS & set(question.parents.get(key.label, ())[-1:]) or parent is None or key.parent == question.table.key:
            continue
        label = label_of(parent, question.language)
        closed = all(not question.table.column(name).nullable for name in key.columns) or question.column.nullable
        room = question.column.type.length
        if label is not None and closed and (room is None or (label.type.length or GUESS) <= room):
            return TextPlan(Template((Tier(ALL, (f"{{{key.label}.{label.name}}}",)),)), note=f"as its {parent.name} is called")
    return None


def _inherited(texts: tuple[str, ...], question: TextQuestion) -> tuple[str, ...]:
    """Let a name that holds a subject, a sport or the like hold that of the row's own parent, where it has one."""
    for key in question.table.foreign_keys:
        parent, noun = question.schema.by_key.get(key.parent), question.parents.get(key.label, ())[-1:]
        label = label_of(parent, question.language) if parent is not None and key.parent != question.table.key else None
        if label is None or label.nullable or not noun or any(question.table.column(name).nullable for name in key.columns):
            continue
        token = f"{{{key.label}.{label.name}}}"
        named = tuple(text.replace(f"{{{noun[0]}}}", token) for text in texts if f"{{{noun[0]}}}" in text)
        room = question.column.type.length
        if named and (room is None or (label.type.length or GUESS) + 12 <= room):
            return named
    return texts


def _placed(texts: tuple[str, ...], question: TextQuestion) -> tuple[str, ...]:
    """Let a name that holds a town hold the row's own, where the row has one."""
    for column in question.table.columns:
        plan = question.siblings.get(column.name)
        if plan is not None and isinstance(plan.gen, Semantic) and plan.gen.type == "city" and not column.nullable:
            return tuple(text.replace("{city}", f"{{col:{column.name}}}") for text in texts)
    return texts


def noun_of(question: TextQuestion) -> str:
    """Return the table's noun in the schema's language: known, or read off its name."""
    known = phrases(question.language).word("nouns", question.table_words[-1]) if question.table_words else ""
    if known:
        return known
    parts = names.tokens(question.table.name)
    word = names.singular(parts[-1]) if question.language == "en" else parts[-1]
    if question.language == "de":
        # Names are ASCII where people write umlauts; `neue` and `quelle` keep their letters.
        word = re.sub(r"(?<![aeq])([aou])e(?!u)", lambda found: {"a": "ä", "o": "ö", "u": "ü"}[found[1]], word)
        word = re.sub(r"(ung|heit|keit|schaft)en$", r"\1", word)
    return word[:1].upper() + word[1:]


def distinct(
    texts: tuple[str, ...], question: TextQuestion, *, given: Mapping[str, tuple[str, ...]] | None = None, placed: bool = True
) -> Filled | None:
    """Return texts that can name `rows` things apart: combined with a place or a person first, numbered only at last.

    Args:
        texts: Templates of a name.
        question: What is asked.
        given: Slots that the phrase file does not know.
        placed: False for technical names, which no place is added to.
    """
    single = [text for text in texts if "{city}" not in text] if placed else []
    plain = [text for text in texts if "{int:" not in text and "{digits:" not in text] or list(texts)
    tries = [
        list(texts),
        [f"{text}, {{city}}" for text in single],
        [f"{text}, {{surname}}" for text in single],
        [f"{text}{' ' if placed else '.'}{{seq}}" for text in plain],
        [f"{noun_of(question)} {{seq}}", f"{{seq:{len(str(question.rows)) + 1}}}"] if placed else [],
    ]
    for candidates in tries:
        filled = fill(candidates, question, given=given)
        if filled is not None and "{seq" in filled.texts[0]:
            return filled
        found = apart(filled, question.rows) if filled is not None else None
        if found is not None:
            return found
    return None
