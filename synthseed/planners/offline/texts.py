"""Plan text columns that are not people, places, companies, identifiers or states: decide what kind of text is asked."""

from __future__ import annotations

from dataclasses import replace

from synthseed.plan import Choice, Number, Semantic, Template, Tier
from synthseed.planners.offline import codes, lookups, names, remarks, texts_json, texts_known, things
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.texts_fields import field_for, members
from synthseed.planners.offline.texts_fitting import ALL, fill
from synthseed.planners.offline.texts_vocabulary import phrases
from synthseed.schema import Column, Kind

NAMES = frozenset(["name", "title", "label", "designation", "model"])
PATHS = frozenset(["path", "folder", "directory", "filepath"])
FILES = members("image photo picture avatar logo thumbnail cover icon document attachment file pdf video audio")
PERSONS = members("speaker veterinarian curator responsible lecturer inspector technician operator examiner lender")
VERSIONS = frozenset(["version", "release", "revision", "firmware"])


def plan_text(question: TextQuestion) -> TextPlan | None:
    """Return the plan of a text column; None where its name says nothing, and for bytes.

    Slots and joint tables of one table are shared by name: two columns of a table never ask for different ones.
    """
    kind = question.column.type.kind
    question = translated(question)
    if question.values:
        return TextPlan(Choice((Tier(ALL, question.values),)))
    if kind is Kind.JSON:
        if question.unique:
            return None
        return texts_json.plan_json(question)
    if kind is Kind.ARRAY and question.column.type.element is not None:
        element = replace(question.column, type=question.column.type.element)
        return plan_text(replace(question, column=element, unique=False)) if question.column.type.element.kind is Kind.TEXT else None
    if kind not in (Kind.TEXT, Kind.OTHER) or not question.words:
        return None
    base = question.column.type.sql.lower().partition("(")[0]  # not what a struct is made of
    if kind is Kind.OTHER and (base.endswith("]") or not any(word in base for word in ("text", "char", "xml"))):
        return None
    planned = _planned(_loosened(question))
    if planned is None or _fits(planned, question):
        return planned
    return codes.plan_code(question) if codes.is_code(question) else None


def _loosened(question: TextQuestion) -> TextQuestion:
    """Ask for fewer distinct names where a year, a number or another short list tells the rows apart with them."""
    if not question.unique or lookups.alone(question.table, question.column.name) or codes.is_code(question):
        return question
    shared = [key for key in question.table.keys if question.column.name in key.columns and len(key.columns) == 2 and not key.expressions]
    if len(shared) != 1:
        return question
    (other,) = (name for name in shared[0].columns if name != question.column.name)
    column = question.table.by_name.get(other)
    if column is None or any(other in key.columns for key in question.table.foreign_keys):
        return question
    sizes = _size(question, column)
    # A quarter more than needed: a draw without replacement from a full house is no draw.
    return replace(question, rows=-(-question.rows * 5 // (4 * sizes))) if sizes > 1 else question


def _size(question: TextQuestion, column: Column) -> int:
    """Return how many values the other column of a key is known to have, 1 where that is not known."""
    plan = question.siblings.get(column.name)
    gen = plan.gen if plan is not None else None
    if gen is None and column.type.kind is Kind.TEXT:
        words = names.words(column.name, question.language)
        found = _planned(replace(question, column=column, words=words, unique=False)) if words != question.words else None
        gen = found.gen if found is not None else None
    if isinstance(gen, Choice):
        return len({value for tier in gen.tiers for value in tier.values})
    return int((gen.q.max - gen.q.min) / gen.step) + 1 if isinstance(gen, Number) and gen.step else 1


def translated(question: TextQuestion) -> TextQuestion:
    """Return the question with words that only texts know (`mannschaft`, `seriennummer`) as English words."""
    parents = {label: _english(words, question.language) for label, words in question.parents.items()}
    if question.language == "en" and names.tokens(question.column.name)[-1] in phrases("en").data.get("lookups", {}):
        # `tier` is an animal in German: a word that is the head of an English list stays one.
        question = replace(question, words=(*question.words[:-1], names.tokens(question.column.name)[-1]))
    words, table_words = (_english(words, question.language) for words in (question.words, question.table_words))
    return replace(question, words=words, table_words=table_words, parents=parents)


def _english(words: tuple[str, ...], language: str) -> tuple[str, ...]:
    said = phrases(language)
    return tuple(part for word in words for part in (said.word("also", word) or _ending(word, language) or word).split())


def _ending(word: str, language: str) -> str:
    """Return what an unknown compound is about and its kind: `antragsart` is an antrag's type."""
    for end, meaning in phrases(language).data.get("endings", {}).items():
        if word.endswith(end) and len(word) > len(end) + 2:
            start = word.removesuffix(end).removesuffix("s")
            return f"{phrases(language).word('also', start) or start} {meaning}"
    return ""


def _planned(question: TextQuestion) -> TextPlan | None:
    """Try the kinds of text, the surest first."""
    last = question.words[-1]
    words = set(question.words)
    if question.table_words[-1:] in (("country",), ("currency",)) and last in ("name", "code", "iso", "label"):
        kind = (
            f"{question.table_words[-1]}_code" if (question.column.type.length or 99) <= 3 or last != "name" else question.table_words[-1]
        )
        return TextPlan(Semantic(kind, "listed")) if kind != "currency" else None
    if question.words == ("name",) and {*question.table_words} & (remarks.REVIEWS | remarks.COMMENTS | remarks.TALK):
        return TextPlan(Semantic("full_name", "author"))
    known = texts_known.plan_known(question)
    if known is not None:
        return known
    if lookups.is_list(question) and question.column.name in lookups.fields_of(question):
        entry = lookups.plan_entry(question)
        if entry is not None:
            return entry
    if words == {"grade"} and question.column.nullable and field_for(question) != "school":
        return remarks.plan_remark(question)  # `notas` and `Note` are remarks outside schools
    if _is_document(question):
        return texts_json.plan_json(question)
    if last in remarks.REASONS or words & remarks.REASONS:
        return remarks.plan_reason(question)
    if codes.is_code(question):
        return codes.plan_code(question)
    if last == "value" and codes.SETTINGS & set(question.table_words):
        return _plain(["{setting_value}"], question)
    if last in PERSONS and not question.unique:
        return TextPlan(Semantic("full_name", question.column.name))
    if last in VERSIONS:
        return _plain(["{int:0-6}.{int:0-20}.{int:0-9}", "{int:1-9}.{int:0-9}", "{int:1-9}"], question)
    if last in PATHS or (last in FILES and not words & {"name", "type", "size", "title"}):
        return _path(question, last)
    if "error" in words and last in ("message", "text", "detail"):
        return remarks.plan_log(question)
    if (words & remarks.LOGS and last in ("message", "text", "detail", "description", "error")) or last in (
        "error",
        "exception",
        "stacktrace",
    ):
        return remarks.plan_log(question)
    return _written(question, last) or _called(question, last) or texts_known.plan_kind(question)


def _written(question: TextQuestion, last: str) -> TextPlan | None:
    """Plan what somebody wrote: by the column's last word, and the table that it is in."""
    nouns = set(question.table_words)
    if last in remarks.TITLES:
        planned = remarks.plan_title(question)
        if planned is not None or last in ("title", "summary"):
            return planned or (remarks.plan_description(question) if last == "summary" else None)
        return lookups.plan_member(question) or things.plan_name(question)
    if last in remarks.BODIES or (last == "comment" and nouns & (remarks.REVIEWS | remarks.COMMENTS)):
        return remarks.plan_body(question)
    if last in remarks.REMARKS:
        return remarks.plan_remark(question)
    if last in remarks.DESCRIPTIONS:
        return remarks.plan_description(question)
    return None


def _called(question: TextQuestion, last: str) -> TextPlan | None:
    """Plan a name: of the row's thing, or of a thing that the column names (`brand`, `room_type`, `course_name`)."""
    if last not in NAMES and question.words != question.table_words:
        member = lookups.plan_member(question)
        if member is not None:
            return member
    if last in NAMES or question.words == question.table_words:
        rest = tuple(word for word in question.words[:-1] if word not in ("full", "display", "short", "official", "internal", "long"))
        if rest and rest != question.table_words and rest[-1] not in question.table_words:
            named = replace(question, table_words=rest)
            return lookups.plan_member(replace(question, words=rest)) or (things.plan_name(named) if things.kind_of(named) else None)
        return things.plan_name(question) if question.table_words else None
    if things.kind_of(replace(question, table_words=(last,))):
        return things.plan_name(replace(question, table_words=(last,)))
    return None


def _is_document(question: TextQuestion) -> bool:
    """Tell whether a text column holds JSON: its name or a CHECK says so."""
    checked = any("json" in check.text.lower() and question.column.name.lower() in check.text.lower() for check in question.table.checks)
    return checked or "json" in question.words or question.column.name.lower().endswith("_json")


def _path(question: TextQuestion, last: str) -> TextPlan | None:
    endings = {"image": "jpg", "photo": "jpg", "picture": "jpg", "avatar": "png", "logo": "svg", "thumbnail": "jpg",
    "cover": "jpg", "icon": "svg",
               "video": "mp4", "audio": "mp3"}  # fmt: skip
    folder = question.table.name.lower()
    ending = endings.get(last, "pdf")
    number = "{seq:6}" if question.unique else "{hex:12}"
    return _plain([f"/{folder}/{number}.{ending}", f"{number}.{ending}", number], question)


def _plain(texts: list[str], question: TextQuestion) -> TextPlan | None:
    """Return the first of some templates that fits."""
    if question.unique and not any("{seq" in text for text in texts):
        texts = [f"{texts[0]}.{{seq}}", "{seq}"]
    filled = fill(texts, question)
    return None if filled is None else TextPlan(Template((Tier(ALL, filled.texts[:1]),)), filled.slots)


def _fits(planned: TextPlan, question: TextQuestion) -> bool:
    """Tell whether every value of a choice can be held; templates have been measured."""
    limit = question.column.type.length
    if limit is None or not isinstance(planned.gen, Choice):
        return True
    return all(len(value) <= limit for tier in planned.gen.tiers for value in tier.values)
