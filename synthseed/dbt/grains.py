"""Follow rows back, instead of values: whether a row of a model is a row of its source, or one made of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synthseed.dbt.origins import MANY, bound
from synthseed.dbt.rows import Query, Row, Tree, Value, place_of, value_of

LONGEST = 10_000  # SELECTs that are followed from a model to its source
NESTED = 8  # UNIONs within UNIONs that are followed


def deduplicates(query: Query) -> bool:
    """Return whether a query makes one row of several, or keeps one of several.

    GROUP BY, DISTINCT, the first of a window, the row whose value is the group's greatest.
    """
    return (
        bool(query.groups)
        or query.distinct
        or any(picks(one) for one in query.conditions)
        or any(picks(on) for side, on in query.joins if side not in ("left", "full"))
    )


def picks(condition: Tree) -> bool:
    """Return whether a condition looks at several rows: at an aggregate, or at a place among others."""
    return any(_windowed(value_of(column), set()) for column in bound(condition)) or _computes(condition)


def _windowed(value: Value, seen: set[int], *, unknown: bool = False) -> bool:
    """Return whether a value is computed over several rows; with `unknown`, also where a part of it is not known."""
    todo = [value]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        todo += one.branches
        if one.expr is not None:
            if _computes(one.expr):
                return True
            todo += [value_of(column) for column in bound(one.expr)]
        elif unknown and one.cell is None and not one.branches:
            return True
    return False


def _computes(expression: Tree) -> bool:
    from sqlglot import exp

    return expression.find(exp.Window, exp.AggFunc) is not None


def of_its_row(value: Value) -> bool:
    """Return whether a value is made of known columns of its own row: what is unique of it says which of them are."""
    return not _windowed(value, set(), unknown=True)


def grains(row: Row, name: str, depth: int = 0) -> list[tuple[Query | None, Row, str]]:
    """Return where a column of a row comes from without any row being made of several: (query that computes it, its row, name there).

    One entry per branch of a UNION; none where rows were made of several on the way. The query is None, and the row the
    source's, where the column is a source's own.
    """
    for _ in range(LONGEST if depth < NESTED else 0):
        if row.query is not None and deduplicates(row.query):
            return []
        if row.parts:
            found = []
            for part, other in _parts(row, name):
                found += grains(part, other, depth + 1) if other else []
            return found[:MANY]
        if row.query is None:
            return [(None, row, name)] if row.relation else []
        under = row.below(name)
        if under is None:
            value = row.get(name)
            return [(row.query, row, name)] if value is not None and value.query is row.query else []
        _, row, name = under
    return []


def _parts(row: Row, name: str) -> Iterator[tuple[Row, str | None]]:
    names = list(row.columns)
    for part in row.parts:
        if row.make is not None or name not in names:
            yield part, name
            continue
        own = list(part.names())
        place = names.index(name)
        yield part, own[place] if place < len(own) else None


def paths(row: Row, name: str) -> Iterator[tuple[Query, str, str]]:
    """Return the queries that a column goes through on its way down, each with alias and name of what it is, or is made of, in it."""
    todo = [(row, name)]
    seen: set[tuple[int, str]] = set()
    while todo and len(seen) < LONGEST:
        one, asked = todo.pop()
        if (id(one), asked) in seen:
            continue
        seen.add((id(one), asked))
        todo += [(part, other) for part, other in _parts(one, asked) if other]
        query = one.query
        for alias, inner in _places(one, asked) if query is not None else ():
            if query is not None and alias in query.items:
                yield query, alias, inner
                todo.append((query.items[alias], inner))


def _places(row: Row, name: str) -> list[tuple[str, str]]:
    """Return alias and name of the columns, in its own query, that a column is or is computed of."""
    under = row.below(name)
    if under is not None:
        return [(under[0], under[2])]
    value = row.columns.get(name)
    if value is None or value.expr is None or value.query is not row.query:
        return []
    return list(dict.fromkeys(place_of(column) for column in bound(value.expr)))


def optional(query: Query, column: Tree) -> bool:
    """Return whether a column is NULL where an outer join found nothing."""
    alias, name = place_of(column)
    if not alias:
        return False
    if query.sides.get(alias) in ("left", "full"):
        return True
    return any(under.sides.get(other) in ("left", "full") for under, other, _ in paths(query.items[alias], name))


def queries_below(rows: Iterable[Row]) -> list[Query]:
    """Return every query that rows are made by, each once."""
    found: list[Query] = []
    todo, seen = list(rows), set()
    while todo:
        row = todo.pop()
        if id(row) in seen:
            continue
        seen.add(id(row))
        todo += row.parts
        if row.query is not None:
            found.append(row.query)
            todo += row.query.items.values()
    return found
