"""Read YAML into nodes that know their file, line and comment: the syntax of a plan file, without its meaning.

The nodes are made of the parser's events and not by `yaml.compose`: libyaml's composer calls itself per level and dies of
a segmentation fault at some ten thousand brackets (PyYAML 6.0.3), and events show anchors before anything is expanded.
Scalars stay texts. What `no`, `1e3` or `2026-01-01` mean is for the field that they stand in, so a vocabulary keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

import yaml

from synthseed.errors import PlanError

DEEPEST = 16  # levels of a plan file; its own deepest place is at 9
LONGEST = 60  # characters of a found value that a message repeats
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NUMBER = re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]{1,2})?")
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(slots=True)
class Node:
    """Hold a value and where it stands.

    Attributes:
        value: Text of a scalar, nodes of a list, or nodes by key of a mapping.
        line: Line of the value, or of its key in a mapping; from 1.
        plain: True for a scalar without quotes.
        note: For a value of a mapping: the comment lines directly above its key.
    """

    file: str
    line: int
    value: str | list[Node] | dict[str, Node]
    plain: bool = False
    note: str = ""

    def fail(self, message: str) -> NoReturn:
        """Raise PlanError with file and line in front."""
        raise PlanError(f"{self.file}:{self.line}: {message}")

    def wanted(self, what: str, where: str) -> NoReturn:
        """Raise PlanError: something else was expected here."""
        self.fail(f"{where} is {self.shown}, expected {what}")

    @property
    def shown(self) -> str:
        """Return what stands here, for a message."""
        if isinstance(self.value, str):
            return "nothing" if self.empty else f"{self.value!r}"[:LONGEST]
        return "a mapping" if isinstance(self.value, dict) else "a list"

    @property
    def empty(self) -> bool:
        """Return whether this is YAML's null."""
        return self.plain and isinstance(self.value, str) and self.value in NULLS

    def mapping(self, where: str) -> dict[str, Node]:
        """Return the nodes by key."""
        return self.value if isinstance(self.value, dict) else self.wanted("a mapping (name: value)", where)

    def items(self, where: str) -> list[Node]:
        """Return the nodes of a list."""
        return self.value if isinstance(self.value, list) else self.wanted("a list", where)

    def text(self, where: str) -> str:
        """Return the scalar as it is written: `no`, `007` and `2026-01-01` are texts."""
        if not isinstance(self.value, str) or self.empty:
            self.wanted("a text (in quotes when it is empty, null or ~)", where)
        return self.value

    def decimal(self, where: str, wanted: str = "a number") -> Decimal:
        """Return an exact number of at most 40 digits before the point."""
        text = self.value if isinstance(self.value, str) else ""
        number = Decimal(text.replace("_", "")) if NUMBER.fullmatch(text) and len(text) <= 60 else None
        if number is None or abs(number.adjusted()) > 40:
            self.wanted(wanted, where)
        return number

    def whole(self, where: str, low: int, high: int = 2**63 - 1) -> int:
        """Return a whole number in [low, high]."""
        wanted = f"a whole number from {low} to {high}"
        number = self.decimal(where, wanted)
        if number != int(number) or not low <= number <= high:
            self.wanted(wanted, where)
        return int(number)

    def truth(self, where: str) -> bool:
        """Return true or false."""
        known = BOOLEANS.get(self.value.lower()) if isinstance(self.value, str) and self.plain else None
        return self.wanted("true or false", where) if known is None else known


@dataclass(slots=True)
class _Reader:
    """Turn events into nodes, level by level."""

    file: str
    lines: list[str]
    last: int = 0  # last line with content so far, from 1

    def documents(self, events: Iterator[Any]) -> Iterator[Node]:
        for event in events:
            end = event.end_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                self.last = max(self.last, end if event.explicit else 0)
            elif not isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentEndEvent):
                yield self.node(event, events, 0)

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        line, end = event.start_mark.line + 1, event.end_mark
        node = Node(self.file, line, "")
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            node.fail("anchors (&) and aliases (*) are not read in a plan; write the text in quotes, or the value twice")
        if event.tag not in (None, "!"):
            node.fail(f"the tag {event.tag!r:.60} is not read in a plan; take it out")
        if depth > DEEPEST:
            node.fail(f"more than {DEEPEST} levels; a plan has no such place")
        if isinstance(event, yaml.ScalarEvent):
            node.value, node.plain = event.value, not event.style
            self.last = end.line + (1 if end.column else 0)
        elif isinstance(event, yaml.SequenceStartEvent):
            self.last = line if event.flow_style else self.last  # a block begins at its first item, below its comment
            node.value = [self.node(inner, events, depth + 1) for inner in _until(events, yaml.SequenceEndEvent)]
        else:
            self.last = line if event.flow_style else self.last
            node.value = self.entries(events, depth)
        return node

    def entries(self, events: Iterator[Any], depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for event in _until(events, yaml.MappingEndEvent):
            after = self.last
            key = self.node(event, events, depth + 1)
            if not isinstance(key.value, str):
                key.fail("a key of a mapping is a text")
            if key.value in found:
                key.fail(f"{key.value!r:.60} is there twice; it first stands in line {found[key.value].line}")
            note = self.comment(after, key.line)
            value = self.node(next(events), events, depth + 1)
            value.line, value.note = key.line, note
            found[key.value] = value
        return found

    def comment(self, after: int, line: int) -> str:
        """Return the comment lines directly above a line, down to the last line with content."""
        found: list[str] = []
        for text in reversed(self.lines[after : line - 1]):
            text = text.strip()
            if not text.startswith("#"):
                break
            found.append(text[2:] if text.startswith("# ") else text[1:])
        return "\n".join(reversed(found))


def _until(events: Iterator[Any], end: type) -> Iterator[Any]:
    for event in events:
        if isinstance(event, end):
            return
        yield event


def documents(text: str, file: str) -> list[Node]:
    """Return the documents of a YAML text as nodes.

    Raises:
        PlanError: It is no YAML, or holds an anchor, a tag, a doubled key or more levels than a plan has.
    """
    try:
        return list(_Reader(file, text.split("\n")).documents(yaml.parse(text, Loader=LOADER)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        if "nesting depth" in problem:  # libyaml 0.2.6 and newer count themselves, before the first event
            raise PlanError(f"{file}:{line}: more than {DEEPEST} levels; a plan has no such place") from None
        raise PlanError(
            f"{file}:{line}: not valid YAML: {problem}; look at the quotes, brackets and indentation around this line"
        ) from None
