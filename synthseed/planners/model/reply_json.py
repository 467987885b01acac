"""Read the JSON of a reply as the nodes that a plan file is read from; whatever comes, it ends in nodes or a ModelError.

The text is untrusted: its size and depth are looked at before a parser gets it, numbers stay the texts that they are, and
what has no place in a plan (a doubled key, a control character, half a surrogate pair) is dropped or told.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from synthseed.errors import ModelError
from synthseed.plan_nodes import Node

LARGEST = 2_000_000  # characters of a reply
DEEPEST = 40  # levels; the plan's schema has 13
LONGEST_LIST = 1_000
LONGEST_TEXT = 10_000
FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
# Also a string that never ends: tried again at each of a million escaped quotes, it took minutes.
STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
# Controls but for tab and line feed, what is invisible or turns the direction of a line, and lone surrogates.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


class _Number(str):
    """Mark the text of a JSON number."""


def read_json(text: str) -> Node:
    """Return the reply's JSON value as a node; a fence, or a sentence, around it is passed over.

    Raises:
        ModelError: There is none, or it is too large or too deep.
    """
    if len(text) > LARGEST:
        _unusable(f"it has {len(text):,} characters, at most {LARGEST:,} are read")
    found = _inner(text)
    if _depth(found) > DEEPEST:
        _unusable(f"it is nested deeper than {DEEPEST} levels")
    try:
        value, _ = _decoder().raw_decode(found)
    except (ValueError, RecursionError):
        _unusable("it is no JSON")
    return node(value)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number, object_pairs_hook=_first_of_each, strict=False)


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _inner(text: str) -> str:
    fenced = FENCE.search(text)
    inner = fenced[1] if fenced else text
    start = inner.find("{")
    if start < 0:
        _unusable("it holds no JSON object")
    return inner[start:]


def _depth(text: str) -> int:
    """Return how deep brackets nest outside of strings, without recursion."""
    depth = most = 0
    for bracket in re.findall(r"[\[\]{}]", STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        most = max(most, depth)
    return most


def _unusable(why: str) -> NoReturn:
    raise ModelError(f"the model's reply cannot be used: {why}; nothing was saved. Ask again, or plan without a model: --planner offline")


def node(value: Any) -> Node:
    """Return a JSON value as a node of a plan file."""
    if isinstance(value, dict):
        return Node("", 0, {clean(key): node(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return Node("", 0, [node(inner) for inner in value])
    if isinstance(value, _Number):
        return Node("", 0, str(value), plain=True)
    if isinstance(value, bool):
        return Node("", 0, "true" if value else "false", plain=True)
    if value is None:
        return Node("", 0, "null", plain=True)
    return Node("", 0, clean(str(value)))


def clean(text: str) -> str:
    """Return a text without what nobody sees."""
    return HIDDEN.sub("", text)


def oversized(value: Node) -> str:
    """Return what of a node is too large, as a sentence; empty where nothing is."""
    todo = [value]
    while todo:
        inner = todo.pop().value
        if isinstance(inner, str):
            if len(inner) > LONGEST_TEXT:
                return f"a text of {len(inner):,} characters, at most {LONGEST_TEXT:,} are read"
            continue
        if len(inner) > LONGEST_LIST:
            return f"a list of {len(inner):,} values, at most {LONGEST_LIST:,} are read"
        todo += inner.values() if isinstance(inner, dict) else inner
    return ""


def values_in(value: Node) -> int:
    """Return how many texts and numbers a node holds."""
    count, todo = 0, [value]
    while todo:
        inner = todo.pop().value
        if isinstance(inner, str):
            count += 1
        else:
            todo += inner.values() if isinstance(inner, dict) else inner
    return count
