"""Plan what no one understood, from its type: codes with the column's own noun, never a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from synthseed.plan import ColumnPlan, Gen, Json, KeyPlan, Moment, Null, Semantic
from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.names import tokens, words
from synthseed.planners.offline.nested import input_text
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.shapes import choice, flag, number, template
from synthseed.schema import Column, Kind

CODED = frozenset({"code", "ref", "reference", "key", "token", "hash", "id", "number", "nr", "no", "uid", "uri", "serial"})
TEXTUAL = frozenset({Kind.TEXT, Kind.JSON, Kind.ENUM, Kind.OTHER})
INPUTS = {
    "xml": "<note>{int:1-90}</note>", "int4range": "[{int:1-40},{int:50-99})", "int8range": "[{int:1-40},{int:50-99})",
    "numrange": "[{int:1-40},{int:50-99})", "daterange": "[2024-{int:1-9}-{int:1-28},2025-{int:1-9}-{int:1-28})",
    "tsrange": "[2024-{int:1-9}-{int:1-28} 10:00,2025-{int:1-9}-{int:1-28} 12:00)",
    "tstzrange": "[2024-{int:1-9}-{int:1-28} 10:00+00,2025-{int:1-9}-{int:1-28} 12:00+00)",
    "point": "({int:6-14}.{digits:4},{int:47-54}.{digits:4})", "tsvector": "'{int:1-90}':1", "money": "{int:2-900}.{digits:2}",
    "hstore": "\"size\"=>\"{int:1-90}\"", "cidr": "198.51.100.{int:0-255}/32", "inet": "198.51.100.{int:1-254}",
    "macaddr": "02:00:5e:{hex:2}:{hex:2}:{hex:2}", "macaddr8": "02:00:5e:ff:fe:{hex:2}:{hex:2}:{hex:2}", "jsonpath": "$.size",
    "citext": "", "box": "(({int:50-99},{int:50-99}),({int:1-40},{int:1-40}))", "circle": "<({int:1-40},{int:1-40}),{int:1-9}>",
    "polygon": "((0,0),({int:1-9},0),({int:1-9},{int:1-9}))", "path": "((0,0),({int:1-9},{int:1-9}))",
    "lseg": "[({int:1-9},0),({int:1-9},{int:10-19})]", "line": "{{{int:1-9},-1,{int:1-9}}}", "ltree": "top.part{int:1-90}",
    "pg_lsn": "0/{upper:1}{digits:6}", "oid": "{int:16400-90000}", "name": "name_{int:1-900}",
}  # fmt: skip


def plan_texts(draft: Draft, ask: object) -> None:
    """Plan texts, codes and documents: by the module of texts where it answers, else from the type."""
    for column in draft.todo:
        if column.type.kind in TEXTUAL or (column.type.element is not None and column.type.element.kind in TEXTUAL):
            if any(of_pattern(pattern) for pattern in draft.limits[column.name].patterns):
                draft.put(column, code(draft, column), "as the CHECK's pattern says", nulls=draft.scatter(column.name, 4, 20))
                continue
            answer = ask(question(draft, column)) if callable(ask) else None
            if isinstance(answer, TextPlan):
                take(draft, column, answer)


def take(draft: Draft, column: Column, answer: TextPlan) -> None:
    """Add the answer about a text column to the table's plan."""
    for slot in answer.slots:
        draft.slots.setdefault(slot.name, slot)
    for joint in answer.joints:
        draft.joints.setdefault(joint.name, joint)
    for helper in answer.helpers:
        draft.columns.setdefault(helper.column, helper)
    draft.overrides.extend(answer.overrides)
    draft.put(column, answer.gen, answer.note)
    if column.nullable:
        draft.nulls[column.name] = Decimal(draft.scatter(column.name, 8, 30)) if answer.nulls is None else answer.nulls
    if not answer.understood:
        draft.guessed.append(column.name)


def question(draft: Draft, column: Column) -> TextQuestion:
    """Return what is asked about a text column."""
    needed = 0 if draft.combined(column.name) else draft.needed(column.name)
    parents: Mapping[str, tuple[str, ...]] = {
        key.label: words(key.parent.rpartition(".")[2], draft.language) for key in draft.table.foreign_keys
    }
    siblings: Mapping[str, ColumnPlan] = draft.columns
    keys: Mapping[str, KeyPlan] = draft.keys
    return TextQuestion(
        draft.schema, draft.table, column, draft.names[column.name], draft.words, draft.role, draft.language, draft.locale,
        needed or draft.rows, bool(needed), siblings, keys, parents, draft.limits[column.name].among,
    )  # fmt: skip


def plan_leftovers(draft: Draft) -> None:
    """Plan every column that is still without a plan, from its type alone."""
    for column in draft.todo:
        gen, nulls = from_type(draft, column)
        draft.put(column, gen, "planned from its type: the name says nothing", nulls=nulls)
        draft.guessed.append(column.name)


def from_type(draft: Draft, column: Column) -> tuple[Gen, int]:
    """Return a generator that a type alone allows, and a percentage of NULL."""
    kind = column.type.element.kind if column.type.element is not None else column.type.kind
    moment = Moment("-3y")
    simple: dict[Kind, Gen] = {
        Kind.BOOLEAN: flag(30),
        Kind.UUID: Semantic("uuid"),
        Kind.BYTES: Semantic("hash"),
        Kind.INTEGER: number("0 1 3 8 30 120"),
        Kind.NUMERIC: number("0 1 3 8 30 90", "0.5"),
        Kind.FLOAT: number("0 1 3 8 30 120", "0.1"),
        Kind.DATE: moment,
        Kind.TIMESTAMP: moment,
        Kind.TIMESTAMPTZ: moment,
        Kind.TIME: choice((60, ("08:00:00", "09:30:00")), (40, ("14:00:00", "17:15:00"))),
        Kind.INTERVAL: choice((60, ("1 day", "7 days")), (40, ("00:30:00", "02:00:00"))),
    }
    if kind in simple:
        return simple[kind], draft.scatter(column.name, 10, 30)
    if kind is Kind.JSON:
        return (Json("[]") if draft.limits[column.name].document == "array" else Json('{"version": "{int:1-4}", "source": "import"}')), 30
    if kind is Kind.ENUM and column.type.labels:
        return choice((100, column.type.labels)), 0
    base = re.sub(r"\(.*\)", "", column.type.sql.lower()).strip()
    if INPUTS.get(base):
        return template(INPUTS[base]), 30
    if kind is Kind.OTHER and (nested := input_text(column.type.sql)) is not None:
        return template(nested), 30
    if base in ("bit", "bit varying", "varbit"):
        bits = column.type.length or 1
        return choice((60, "0" * bits), (40, "1" + "0" * (bits - 1))), 20
    if kind is Kind.OTHER and column.nullable and base not in ("text", "citext"):
        return Null(), 100
    return code(draft, column), 85  # silence where nothing is known


def lettered(noun: str) -> Gen:
    """Return a noun with a letter, the first ones often."""
    return choice((50, f"{noun} A"), (30, f"{noun} B"), (14, f"{noun} C"), (6, f"{noun} D"))


def code(draft: Draft, column: Column) -> Gen:
    """Return a code with the column's own noun that fits its length, its pattern and its uniqueness."""
    limit = draft.limits[column.name]
    shaped = next((found for found in map(of_pattern, limit.patterns) if found), None)
    if shaped is not None:
        return template(shaped)
    needed, longest = draft.needed(column.name), min(value for value in (limit.longest, column.type.length, 40) if value is not None)
    noun = re.sub(r"[^a-z]", "", draft.names[column.name][-1].lower()) or "x"
    digits = max(len(str(max(needed, 1))) + 1, 4)
    own = re.sub(r"[^a-z]", "", tokens(column.name)[-1])
    if own not in CODED and longest >= max(limit.shortest, len(own) + 8) and column.type.kind is Kind.TEXT and len(own) > 2:
        return template(f"{own.capitalize()} {{seq}}") if needed else lettered(own.capitalize())
    if longest >= digits + 4:
        lead = noun[: min(3, longest - digits - 1)]
        text = f"{lead}-{{seq:{digits}}}" if needed else f"{lead}-{{digits:4}}"
        return template(text.ljust(limit.shortest, "0") if limit.shortest > len(lead) + 1 + digits else text)
    if needed:
        length = next((n for n in range(1, longest + 1) if 26**n > needed * 20), max(longest, 1))
        size = max(length, limit.shortest, min(longest, 3))
        return template(f"{{hex:{max(longest, 1)}}}" if limit.case == "lower" else f"{{upper:{size}}}")
    letters = noun[: max(longest - 1, 1)]
    return (
        choice((50, letters), (30, (letters + "b")[:longest]), (20, (letters + "c")[:longest]))
        if longest > 1
        else choice((60, "a"), (30, "b"), (10, "c"))
    )


PART = re.compile(r"\[A-Z\]|\[0-9\]|\\d|\[a-z\]|\[A-Z0-9\]|\[a-z0-9\]|\[A-Fa-f0-9\]|\[a-f0-9\]|\[0-9a-f\]|\\[.\-/]|[A-Za-z0-9_\-/@.: ]")
REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}|\+|\*|\?")
TOKENS = {
    "[A-Z]": "upper",
    "[0-9]": "digits",
    "\\d": "digits",
    "[a-f0-9]": "hex",
    "[0-9a-f]": "hex",
    "[A-Fa-f0-9]": "hex",
    "[A-Z0-9]": "upper",
    "[a-z]": "hex",
    "[a-z0-9]": "hex",
}


def of_pattern(pattern: str) -> str | None:
    """Return a template whose texts match a simple pattern: classes of characters, counts and plain letters; else None."""
    body = pattern.removeprefix("^").removesuffix("$")
    out, at = "", 0
    while at < len(body):
        part = PART.match(body, at)
        if part is None:
            return None
        at = part.end()
        times = REPEAT.match(body, at)
        count = 1
        if times is not None:
            at = times.end()
            count = int(times[1]) if times[1] else 0 if times[0] in ("*", "?") else 4
            count = max(count, 6) if times[0] in ("+",) or (times[2] == "" and "," in times[0]) else count
        token = TOKENS.get(part[0])
        if token == "hex" and part[0] == "[a-z]":
            out += f"{{upper:{count}|lower}}" if count else ""
        elif token:
            out += f"{{{token}:{count}}}" if count else ""
        else:
            out += part[0].removeprefix("\\") * count
    return out


__all__ = ["code", "from_type", "of_pattern", "plan_leftovers", "plan_texts", "question", "take"]
