"""Write texts of which each matches one of several LIKE patterns."""

from __future__ import annotations

from decimal import Decimal

from synthseed.dbt.drafts import Draft
from synthseed.dbt.facts import ColumnFacts
from synthseed.plan import Choice, Semantic, Template, Tier


def one_of(draft: Draft, name: str, facts: ColumnFacts) -> bool:
    """Let every text match one of the patterns; a built-in value, such as a company's name, is kept as a part of it."""
    there = draft.columns.get(name)
    if there is None or isinstance(there.gen, Choice) or not facts.either:
        return False
    inside = ""
    if isinstance(there.gen, Semantic):
        helper = f"_{name.lower()}_part"
        draft.columns[helper] = type(there)(helper, there.gen, note=f"a part of {name}")
        inside = f"{{col:{helper}}}"
    texts = tuple(dict.fromkeys(text for pattern in facts.either if (text := _text(pattern, inside))))
    pattern, where = next(iter(facts.either.items()))
    if texts:
        draft.put(name, Template((Tier(Decimal(100), texts),)), f"like {pattern}, or another pattern: {where}")
    return bool(texts)


def _text(pattern: str, inside: str) -> str:
    """Return a template whose texts match a LIKE pattern, with a built-in value in it where there is one."""
    plain = pattern.replace("{", "{{").replace("}", "}}").replace("_", "x")
    if "%" not in plain:
        return plain
    if not inside:
        return plain.replace("%", "{seq:6}", 1).replace("%", "{lower:3}")
    word = plain.replace("%", "").strip()
    return f"{inside} {word}" if plain.startswith("%") else f"{word} {inside}"
