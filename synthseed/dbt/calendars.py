"""Let days lie in the calendar that models join them with, or that tests want them in.

A calendar is a model that reads no source: a series of days between dates that its SQL writes out, or from one of them to today.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from synthseed.dbt.artifacts import Manifest, Node
from synthseed.dbt.conditions import conjuncts
from synthseed.dbt.facts import Facts, Strength, TypeFact
from synthseed.dbt.lineage import Lineage
from synthseed.dbt.origins import cells_in, of_expression
from synthseed.dbt.rows import Cell, Row, Tree, place_of

DAY = re.compile(r"'(\d{4}-[01]\d-[0-3]\d)(?:[ T]00:00(?::00)?)?'")
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
TODAY = re.compile(r"current_date|current_timestamp|\bnow\(|getdate\(|\btoday\(", re.IGNORECASE)
LEAST = timedelta(28)  # between the first day and the last: less is a list of dates
RECENT = date(2025, 1, 1)  # rows are told from a later moment, some years back
YEARS = timedelta(5 * 365)
ENOUGH = RECENT + timedelta(3 * 365)  # a calendar from long ago until then holds whatever is planned anyway
LONGEST = 100  # models between a column and its calendar


def within(manifest: Manifest, lineage: Lineage, facts: Facts) -> None:
    """Add to what is known of columns that they lie in the calendar which they are joined with."""
    found = dict(calendars(manifest))
    for test in manifest.tests.values() if found else ():
        parent = next((key for key in test.depends_on if key in found and key != test.node), None)
        row = lineage.rows.get(test.node or "")
        if parent and row is not None and test.column and test.kind.rpartition(".")[2] == "relationships":
            value = row.get(test.column.lower())
            for cell in cells_in(value) if value is not None else ():
                _bound(facts, cell, found[parent], f"test {test.name}")
    for query in lineage.queries if found else ():
        for left, right in _pairs([*(condition for _, condition in query.joins), *query.conditions]):
            alias, name = place_of(right)
            calendar = _calendar(query.items[alias], name, found) if alias in query.items else None
            for one in of_expression(left) if calendar is not None else ():
                _bound(facts, one.cell, found[str(calendar)], f"model {query.node.split('.')[-1]}")
                facts.columns[one.cell].types.append(TypeFact("date", Strength.PARTNER, f"joined with {str(calendar).split('.')[-1]}"))


def calendars(manifest: Manifest) -> Iterator[tuple[str, tuple[str, str]]]:
    """Return the calendars among models, each with its first day and its last; the last is empty where it goes on until today."""
    for node in manifest.nodes.values():
        own = _alone(node, manifest)
        text = COMMENT.sub("", "\n".join(one.compiled or "" for one in own))
        days = sorted(set(DAY.findall(text)))
        if not days:
            continue
        first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1]) - timedelta(1)  # ends are often exclusive
        if TODAY.search(text):
            last = date.max
        if last - first >= LEAST and (last < ENOUGH or first >= RECENT - YEARS):
            yield node.id, (max(first, min(last, RECENT) - YEARS).isoformat(), last.isoformat() if last < date.max else "")


def _alone(node: Node, manifest: Manifest) -> list[Node]:
    """Return a model and the models that it is made of; nothing where it is made of any source, seed or snapshot."""
    found: dict[str, Node] = {}
    todo = [node.id]
    while todo:
        key = todo.pop()
        one = manifest.nodes.get(key)
        if one is None or one.kind != "model":
            return []
        if key not in found:
            found[key] = one
            todo += one.depends_on
    return list(found.values())


def _pairs(conditions: list[Tree]) -> Iterator[tuple[Tree, Tree]]:
    """Return the sides of each equality, casts taken off the second, both ways around."""
    from sqlglot import exp

    for one in (part for condition in conditions for part in conjuncts(condition)):
        if isinstance(one, exp.EQ):
            for left, right in ((one.this, one.expression), (one.expression, one.this)):
                while isinstance(right, exp.Cast | exp.TryCast | exp.Paren):
                    right = right.this
                if isinstance(right, exp.Column) and not of_expression(right):
                    yield left, right


def _calendar(row: Row, name: str, found: dict[str, tuple[str, str]]) -> str | None:
    """Return the calendar that a column of a row comes from."""
    for _ in range(LONGEST):
        if row.query is None:
            return None
        if row.query.node in found:
            return row.query.node
        under = row.below(name)
        if under is None:
            return None
        _, row, name = under
    return None


def _bound(facts: Facts, cell: Cell, days: tuple[str, str], where: str) -> None:
    facts.columns[cell].since.setdefault(days[0], where)
    if days[1]:
        facts.columns[cell].until.setdefault(days[1], where)
