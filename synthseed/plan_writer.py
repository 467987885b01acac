"""Write a plan for persons: a stable order, short forms, only what differs from the default, types beside the columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from functools import lru_cache
from typing import Any

import yaml

from synthseed.plan import KINDS, Choice, ColumnPlan, Gen, KeyPlan, Plan, TablePlan, Template, Tier
from synthseed.plan_reader import WHOLE
from synthseed.schema import Column, Table

WIDE = 120  # characters of a line before it is broken
KEY = 60  # longest text that becomes a key: YAML reads no key above 1,024 characters, and a person none of that length
NAMES = {kind: name for name, kind in KINDS.items()}
PLAIN = re.compile(r"[^\W\d_][\w .@/+*()%'!?;<>=€$-]*|_\w+|-?(0|[1-9]\d*)(\.\d+)?|\d{1,4}-\d\d-\d\d|-\d+[ymwdh]")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
STRING = "tag:yaml.org,2002:str"
Tree = Any  # a rendered scalar (str), a dict of keys (rendered) to trees, or a list of trees


# ---------------------------------------------------------------------------------------------- scalars
@lru_cache
def _resolver() -> Any:
    return yaml.SafeLoader("")


def scalar(text: str, *, date: bool = False) -> str:
    """Return a text as YAML, in quotes only where YAML (or a reader of it) would take it for something else.

    Numbers need none, because every field knows whether it holds texts; a date needs none where a time is expected.
    """
    if PLAIN.fullmatch(text) and text == text.rstrip():
        if re.fullmatch(r"-?[\d.]+", text) or (date and DATE.fullmatch(text)):
            return text
        if _resolver().resolve(yaml.ScalarNode, text, (True, False)) == STRING and text.lower() not in ("y", "n"):
            return text
    if ('"' in text or "\\" in text) and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char)
    code = ord(char)
    return short or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}")


def number(value: Decimal | int) -> str:
    """Return a number without an exponent, with the digits that it was written with."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


# ---------------------------------------------------------------------------------------------- trees to lines
def flow(tree: Tree) -> str:
    """Return a tree on one line."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in tree.items()) + "}"
    return "[" + ", ".join(flow(value) for value in tree) + "]" if isinstance(tree, list) else tree


def lines(tree: Mapping[str, Tree], indent: int = 0) -> Iterator[str]:
    """Return the lines of a mapping: what fits stays on one line."""
    for key, value in tree.items():
        yield from entry(key, value, indent)


def entry(key: str, value: Tree, indent: int, comment: str = "") -> Iterator[str]:
    """Return the lines of one key; the comment ends its first line."""
    pad, tail = " " * indent, f"  # {comment}" if comment else ""
    line = f"{pad}{key}: {flow(value)}"
    if isinstance(value, str) or not value or (len(line) <= WIDE and not _tall(value)):
        yield line + tail
    elif isinstance(value, dict):
        yield f"{pad}{key}:{tail}"
        yield from lines(value, indent + 2)
    elif all(isinstance(item, str) for item in value):
        yield from _wrapped(f"{pad}{key}: ", value, " " * (indent + 2))
    else:
        yield f"{pad}{key}:{tail}"
        yield from items(value, indent + 2)


def _tall(value: Tree) -> bool:
    """Return whether a tree reads better over several lines though it fits on one: a list of mappings does."""
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def items(value: list[Tree], indent: int) -> Iterator[str]:
    """Return the lines of a list, one item each, or more where an item is too long."""
    pad = " " * indent
    for item in value:
        line = f"{pad}- {flow(item)}"
        if isinstance(item, str) or len(line) <= WIDE:
            yield line
            continue
        first, *rest = lines(item, indent + 2)
        yield f"{pad}- {first[indent + 2 :]}"
        yield from rest


def _wrapped(start: str, values: list[str], pad: str) -> Iterator[str]:
    line = start + "["
    for place, value in enumerate(values):
        text = value + ("]" if place == len(values) - 1 else ",")
        if len(line) + len(text) + 1 > WIDE and not line.endswith("["):
            yield line
            line = pad + text
        else:
            line += text if line.endswith("[") else " " + text
    yield line


# ---------------------------------------------------------------------------------------------- plan to trees
def _tier(tier: Tier) -> Tree:
    return {"share": number(tier.share), "values": [scalar(value) for value in tier.values]}


def tiers(given: tuple[Tier, ...], *, template: bool = False) -> dict[str, Tree]:
    """Return tiers in the form that reads best and means the same."""
    if len(given) == 1 and given[0].share == WHOLE:
        if template and len(given[0].values) == 1:
            return {"template": scalar(given[0].values[0])}
        return {"values": [scalar(value) for value in given[0].values]}
    single = [tier.values[0] for tier in given if len(tier.values) == 1 and len(tier.values[0]) <= KEY]
    if not template and len(given) > 1 and len(set(single)) == len(given):
        return {"values": {scalar(tier.values[0]): number(tier.share) for tier in given}}
    return {"tiers": [_tier(tier) for tier in given]}


def value(name: str, given: Any) -> Tree:
    """Return the value of a field."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, Decimal | int):
        return number(given)
    if isinstance(given, str):
        return scalar(given, date=name in ("start", "end", "as_of"))
    if isinstance(given, tuple):
        return [value(name, item) for item in given]
    return {item.name: value(item.name, getattr(given, item.name)) for item in fields(given)}


def differing(given: Any, names: tuple[str, ...] = ()) -> dict[str, Tree]:
    """Return the fields of a dataclass that are not at their default (all those named, in any case)."""
    found = {}
    for item in fields(given):
        current = getattr(given, item.name)
        if item.default is MISSING or current != item.default or item.name in names:
            found[item.name] = value(item.name, current)
    return found


def generator(gen: Gen) -> dict[str, Tree]:
    """Return `use` and the fields of a generator."""
    use = {"use": scalar(NAMES[type(gen)])}
    if isinstance(gen, Choice | Template):
        return use | tiers(gen.tiers, template=isinstance(gen, Template))
    return use | differing(gen)


def _column(plan: ColumnPlan, source: str) -> dict[str, Tree]:
    found = generator(plan.gen)
    if plan.source != source:
        found["source"] = scalar(plan.source)
    if plan.locked:
        found["locked"] = "true"
    if not commentable(plan.note):
        found["note"] = scalar(plan.note)
    return found


def _key(plan: KeyPlan) -> dict[str, Tree]:
    return differing(plan)


# ---------------------------------------------------------------------------------------------- comments
def commentable(text: str) -> bool:
    """Return whether a text comes back from a comment as it was: printable lines, none with blanks around it."""
    return not text or all(line and line == line.strip() and line.isprintable() for line in text.split("\n"))


def comment(text: str, indent: int = 0) -> list[str]:
    """Return a text as comment lines; nothing where it cannot be one, and is written as a key instead."""
    return [f"{' ' * indent}# {line}" for line in text.split("\n")] if text and commentable(text) else []


def typed(column: Column | None) -> str:
    """Return what stands beside a column: its type, and whether it may be NULL."""
    if column is None:
        return ""
    text = column.type.sql + ("" if column.nullable else ", not null")
    return "".join(char if char.isprintable() else " " for char in text)


# ---------------------------------------------------------------------------------------------- files
def table_text(plan: TablePlan, table: Table | None = None, *, source: str | None = None) -> str:
    """Return a table's file: columns in the schema's order, helper columns before them; `source` is said once for most of them."""
    about = f"{plan.table}: {plan.about}" if plan.about and plan.table.isprintable() else ""
    head: dict[str, Tree] = {"table": scalar(plan.table)}
    if plan.about and not (about and commentable(about) and commentable(plan.about)):
        about, head["about"] = "", scalar(plan.about)
    head["role"] = scalar(plan.role)
    if plan.fixed or plan.written:
        head["count"] = number(plan.rows)
    head["rows"] = "written" if plan.written else [_fixed(row) for row in plan.fixed] if plan.fixed else number(plan.rows)
    source = source or usual_source(plan)
    if source != "offline":
        head["source"] = scalar(source)
    if plan.stream:
        head["stream"] = scalar(plan.stream)
    if plan.locked:
        head["locked"] = "true"
    out = [*comment(about), *lines(head)]
    parts: dict[str, Tree] = {
        "fks": [_key(key) for key in plan.fks],
        "joints": [value("", joint) for joint in plan.joints],
        "slots": [{"name": scalar(slot.name)} | tiers(slot.tiers) for slot in plan.slots],
    }
    for name, part in parts.items():
        out += entry(name, part, 0) if part else ()
    if plan.columns:
        out.append("columns:")
        for column in ordered(plan, table):
            out += comment(column.note, 2)
            out += entry(scalar(column.column), _column(column, source), 2, typed(table.by_name.get(column.column) if table else None))
    if plan.nulls:
        out += entry("nulls", {scalar(name): number(share) for name, share in plan.nulls.items()}, 0)
    overrides = [{"column": scalar(item.column), "when": scalar(item.when)} | generator(item.gen) for item in plan.overrides]
    out += entry("overrides", overrides, 0) if overrides else ()
    out += entry("follow", [differing(follow) for follow in plan.follow], 0) if plan.follow else ()
    if plan.rules:
        out += ["rules:", *items([scalar(rule) for rule in plan.rules], 2)]
    return "\n".join(out) + "\n"


def _fixed(row: Mapping[str, str | None]) -> Tree:
    return {scalar(column): "null" if cell is None else scalar(cell) for column, cell in row.items()}


def usual_source(plan: TablePlan) -> str:
    """Return who planned most of a table's columns: it is said once, and beside a column only where it differs."""
    counts = Counter(column.source for column in plan.columns)
    return max(counts, key=lambda source: (counts[source], source == "offline", source)) if counts else "offline"


def ordered(plan: TablePlan, table: Table | None) -> list[ColumnPlan]:
    """Return the columns in the schema's order; what the schema does not have comes first, as planned."""
    if table is None:
        return list(plan.columns)
    place = {column.name: at for at, column in enumerate(table.columns)}
    return sorted(plan.columns, key=lambda column: place.get(column.column, -1))


def plan_head(plan: Plan) -> str:
    """Return what `_plan.yml` says."""
    found: dict[str, Tree] = {"seed": number(plan.seed)}
    if plan.as_of is not None:
        found["as_of"] = scalar(plan.as_of, date=True)
    found |= {"locale": scalar(plan.locale), "engine": number(plan.engine)}
    if plan.vocabularies:
        found["vocabularies"] = {scalar(name): scalar(digest) for name, digest in sorted(plan.vocabularies.items())}
    return "\n".join(lines(found)) + "\n"
