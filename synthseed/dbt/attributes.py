"""Read an attribute's value where its rows are chosen by the attribute's name before the value is read.

`where field = 'status'` in one model and `value in ('new', 'open')` in the next: under that name alone the value is one of these, and
JSON or a number under another. A pivot says so inside of an aggregate; here a filter does, wherever on the value's way it stands. So
it is kept as a pivot is, and is no evidence on the column as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

from synthseed.dbt.conditions import conjuncts
from synthseed.dbt.facts import ColumnFacts, Facts, Pivoted, Strength
from synthseed.dbt.filtered import listed
from synthseed.dbt.grains import paths
from synthseed.dbt.origins import bound, of_expression
from synthseed.dbt.pivoted import VALUE, add
from synthseed.dbt.rows import Cell, Query, Tree, place_of

Names = dict[Cell, frozenset[str]]  # names that an attribute has, by the column that holds them


@contextmanager
def aside(query: Query, expression: Tree, facts: Facts, where: str) -> Iterator[None]:
    """Keep what is read of an expression's values, where their names are known, with the names instead of the column."""
    held = _named(query, expression)
    before = {cell: facts.columns.pop(cell, None) for cell in held}
    try:
        yield
    finally:
        for cell, names in held.items():
            read, there = facts.columns.pop(cell, None), before[cell]
            if there is not None:
                facts.columns[cell] = there
            if read is not None:
                _keep(cell, names, read, facts, where)


def _named(query: Query, expression: Tree) -> dict[Cell, Names]:
    found: dict[Cell, Names] = {}
    for column in bound(expression):
        cells = [one.cell for one in of_expression(column) if VALUE.search(one.cell.column)]
        for cell in dict.fromkeys(cells):
            names = _names(query, column, cell)
            if names:
                found[cell] = names
    return found


def _names(query: Query, column: Tree, value: Cell) -> Names:
    """Return the names that the rows of a value were filtered by, in its query and on its way down: the narrowest filter's."""
    alias, name = place_of(column)
    if alias not in query.items:
        return {}
    found: Names = {}
    for under, other in chain([(query, alias)], ((one, place) for one, place, _ in paths(query.items[alias], name))):
        for condition in (one for whole in under.conditions for one in conjuncts(whole)):
            pairs = listed(condition)
            texts = frozenset(text for _, text in pairs)
            of_row = pairs and all(place_of(one)[0] == other for one in bound(condition))
            for cell in {cell for cell, _ in pairs} if of_row else ():
                if cell != value and (cell not in found or len(texts) < len(found[cell])):
                    found[cell] = texts
    return found


def _keep(cell: Cell, names: Names, read: ColumnFacts, facts: Facts, where: str) -> None:
    # A cast says that the column is something else, and is not needed where it is that type already.
    facts.columns[cell].types += [fact for fact in read.types if fact.strength is not Strength.CAST and fact.kind != "json"]
    kinds = [fact.kind for fact in read.parsed if fact.kind != "text"]
    kind = "json" if read.paths or "json" in kinds else next(reversed(kinds), "text")
    seen = tuple(dict.fromkeys(text for text in (*read.wanted, *read.seen, *read.refused) if text))
    if kind == "text" and not seen:
        return
    for name, texts in names.items():
        for text in sorted(texts):
            add(Pivoted(name, text, cell, kind, where, seen=seen, paths=tuple(read.paths.items())), facts)


__all__ = ["aside"]
