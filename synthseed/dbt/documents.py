"""Write what an attribute holds under its name, and what a document holds under its keys."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from synthseed.dbt.drafts import values_of
from synthseed.dbt.facts import Pivoted
from synthseed.dbt.types import NUMBERS, TIMES, by_name
from synthseed.plan import Choice, Gen, Json, Tier

KEY = "key "  # before a type: no two documents hold the same


def attribute(pivot: Pivoted) -> Gen | None:
    """Return what an attribute holds: the values that it may have, the document that it is, or texts that read as its kind."""
    values = pivot.accepted or (pivot.seen if pivot.kind == "text" else ())
    if values:
        return Choice((Tier(Decimal(100), values),))
    if pivot.kind == "json":
        return Json(document(dict(pivot.paths))) if pivot.paths else None
    return values_of(pivot.kind)


def document(paths: Mapping[str, str], flag: str = "true") -> str:
    """Return the text of a document with a value at each dotted path; those that are yes or no are `flag`."""
    inner: dict[str, dict[str, str]] = {}
    for path, kind in paths.items():
        head, _, rest = path.partition(".")
        inner.setdefault(head, {})[rest] = kind
    parts = []
    for head, below in inner.items():
        nested = {path: kind for path, kind in below.items() if path and not path.isdigit()}
        parts.append(f'"{head}": {document(nested, flag) if nested else _json_value(head, next(iter(below.values())), flag)}')
    return "{" + ", ".join(parts) + "}"


def distinct(paths: dict[str, str], path: str) -> bool:
    """Let no two documents hold the same under a path; return whether that is new."""
    kind = paths.get(path, "text")
    paths[path] = kind if kind.startswith(KEY) else KEY + kind
    return not kind.startswith(KEY)


def _json_value(key: str, kind: str, flag: str) -> str:
    if kind.startswith(KEY):
        inner = kind.removeprefix(KEY)
        return '"{seq}"' if (by_name(key) if inner == "text" else inner) in NUMBERS else f'"{key}-{{seq}}"'
    kind = by_name(key) if kind == "text" else kind
    if kind in NUMBERS:
        return '"{int:1-400}"'
    if kind == "boolean":
        return flag
    if kind in TIMES:
        return '"2026-0{int:1-9}-1{int:0-9}"'
    return f'"{key}-{{int:1-40}}"'
