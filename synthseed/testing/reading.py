"""Read tables out of a prompt, as a model would: names, types, and what is said beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

_FLAGS = re.compile(r" (?=(?:NN|auto|PK|UNIQUE)(?: |$)|FK |= |\{|CHECK \()")
_LABELS = re.compile(r" \{(.*?)\}(?= CHECK \(|$)")
_TOGETHER = ("FK (", "PRIMARY KEY (", "UNIQUE (", "EXCLUDE (", "PARTITIONED BY (", "CHECK (", "not asked for: ")


@dataclass(frozen=True, slots=True)
class Column:
    """Describe a column: `type` is the prompt's text; `parent` the table that a foreign key of this column alone points to."""

    name: str
    type: str
    nullable: bool
    auto: bool
    unique: bool
    labels: tuple[str, ...]
    parent: str | None
    checks: str


@dataclass(frozen=True, slots=True)
class Table:
    """Describe a table: its foreign keys as (columns joined by a comma, parent), a primary key and checks of several columns."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, str], ...]
    primary: tuple[str, ...]
    checks: tuple[str, ...]

    @property
    def by_name(self) -> Mapping[str, Column]:
        """Return the columns by name."""
        return {column.name: column for column in self.columns}


def block(text: str, tag: str) -> str:
    """Return what stands in a block of the prompt; empty where there is none."""
    found = re.search(rf"^<{tag}>\n(.*?)\n?^</{tag}>", text, re.DOTALL | re.MULTILINE) or re.search(
        rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL
    )
    return found[1] if found else ""


def asked_tables(user: str) -> tuple[tuple[Table, frozenset[str] | None, bool], ...]:
    """Return the tables that a plan is asked for.

    Each with the columns that are wanted, None for all that are not auto, and whether its foreign keys are wanted too.
    """
    tables = {table.name: table for table in _tables(block(user, "schema"))}
    found = []
    for line in block(user, "plan_for").splitlines():
        name, rest = named(line)
        only = re.fullmatch(r", only these columns( \([^)]*\))?: (.*)", rest)
        if name in tables:
            found.append((tables[name], frozenset(names(only[2])) if only else None, only is None or only[1] is None))
    return tuple(found)


def named(text: str) -> tuple[str, str]:
    """Return the name that a text begins with, which is plain or a JSON string, and what follows it."""
    if text.startswith('"'):
        name, end = json.JSONDecoder().raw_decode(text)
        return str(name), text[end:]
    found = re.match(r"[^\s,(){}:]+", text)
    return (found[0], text[found.end() :]) if found else ("", text)


def names(text: str) -> list[str]:
    """Return names that are separated by commas."""
    found = []
    while text:
        name, rest = named(text)
        if name:
            found.append(name)
        text = rest.lstrip(", ") if name else ""
    return found


def _tables(text: str) -> list[Table]:
    found: list[Table] = []
    name, lines = "", list[str]()
    for line in [*text.splitlines(), "table "]:
        if line.startswith("table "):
            if name:
                found.append(_table(name, lines))
            name, lines = named(line.removeprefix("table "))[0], []
        elif line.startswith("  "):
            lines.append(re.split(r"  -- ", line[2:], maxsplit=1)[0])
        elif line.startswith("parent "):
            if name:
                found.append(_table(name, lines))
            name = ""
    return found


def _table(name: str, lines: list[str]) -> Table:
    columns = [_column(line) for line in lines if not line.startswith(_TOGETHER)]
    keys = [(column.name, column.parent) for column in columns if column.parent is not None]
    for line in lines:
        if line.startswith("FK ("):
            own, _, rest = line.removeprefix("FK (").partition(") ")
            keys.append((",".join(names(own)), named(rest)[0]))
    primary = next((line.removeprefix("PRIMARY KEY (")[:-1] for line in lines if line.startswith("PRIMARY KEY (")), "")
    checks = tuple(line[7:-1] for line in lines if line.startswith("CHECK ("))
    return Table(name, tuple(columns), tuple(keys), tuple(names(primary)), checks)


def _column(line: str) -> Column:
    name, rest = named(line)
    type_, *flags = _FLAGS.split(rest.strip(), maxsplit=1)
    text = f" {flags[0]}" if flags else ""
    plain = re.split(r" (?== |\{|CHECK \()", text, maxsplit=1)[0] + " "
    key = re.search(r" FK (.+)", plain)
    labels = _LABELS.search(text)
    return Column(
        name=name,
        type=type_,
        nullable=" NN " not in plain,
        auto=" auto " in plain,
        unique=" UNIQUE " in plain or " PK " in plain,
        labels=_labels(labels[1]) if labels else (),
        parent=_parent(key[1]) if key else None,
        checks=" ".join(re.findall(r"CHECK \((.*)\)", text)),
    )


def _parent(text: str) -> str:
    """Return the table of `table.column`; a table's own name may hold a dot, a column's is the last part."""
    name, rest = named(text.strip())
    return name if text.startswith('"') and rest else name.rpartition(".")[0]


def _labels(text: str) -> tuple[str, ...]:
    found: list[str] = []
    while text:
        if text.startswith('"'):
            label, text = named(text)
            text = text.removeprefix(", ")
        else:
            label, _, text = text.partition(", ")
        if not label.startswith("… "):
            found.append(label)
    return tuple(found)
