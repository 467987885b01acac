"""Push uniqueness back: to the columns of the source, and to the keys of what is joined beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synthseed.dbt.conditions import conjuncts
from synthseed.dbt.documents import distinct
from synthseed.dbt.domains import own_key
from synthseed.dbt.facts import Facts, KeyFact
from synthseed.dbt.grains import deduplicates, grains, of_its_row, paths, queries_below
from synthseed.dbt.origins import MANY, bound, cells_in, of_expression
from synthseed.dbt.pivoted import json_path
from synthseed.dbt.rows import Cell, Query, Row, Tree, Value, place_of, value_of

MULTIPLIES = ("left", "inner", "full", "right", "join", "cross", "outer")
Grain = tuple[Query | None, Row, str]


def push_unique(row: Row, names: list[str], where: str, facts: Facts) -> None:
    """Add what follows from the columns of a row being unique together."""
    read = [found for name in names if (found := read_out(row.get(name))) is not None]
    if read:
        if len(names) == 1 and grains(row, names[0]):  # of several together each may come again
            distinct(facts.columns[read[0][0]].paths, read[0][1])
        return
    keys = list(dict.fromkeys([*_own(row, names, where), *_beside(row, names, where)]))
    for key in keys:
        facts.keys.append(key)
        if len(key.columns) == 1:
            facts.columns[Cell(key.relation, key.columns[0])].unique.append(key.where)
    if not keys:
        facts.unused.append((where, "its rows are made of several, or not of a source's"))


def read_out(value: Value | None) -> tuple[Cell, str] | None:
    """Return the cell and the path in it, where a value is read out of a document: it is not the document that is unique then."""
    from sqlglot import exp

    tree = value.expr if value is not None else None
    for _ in range(MANY):
        if isinstance(tree, exp.Cast | exp.TryCast | exp.Paren | exp.Trim | exp.Lower | exp.Upper):
            tree = tree.this
        elif isinstance(tree, exp.Column) and value_of(tree).expr is not None:
            tree = value_of(tree).expr
        else:
            break
    column, path = json_path(tree) if tree is not None else (None, "")
    cells = [found.cell for found in of_expression(column)] if column is not None and path else []
    return (cells[0], path) if cells else None


def _own(row: Row, names: list[str], where: str) -> Iterator[KeyFact]:
    """Return a key per branch of a UNION, in the columns of the one source whose rows the model's are."""
    found = [grains(row, name) for name in names]
    for place in range(min((len(one) for one in found), default=0)):
        grain = [one[place] for one in found]
        values = [base.get(name) for _, base, name in grain]
        if any(value is None or not of_its_row(value) for value in values):
            continue
        cells = {cell for value in values if value is not None for cell in cells_in(value)}
        equal = _equals(base for _, base, _ in grain) if len({cell.relation for cell in cells}) > 1 else {}
        for relation in sorted({cell.relation for cell in cells}):
            columns = [_there(cell, relation, equal) for cell in cells]
            if all(columns):
                yield KeyFact(relation, tuple(sorted(set().union(*columns))), where)


def _there(cell: Cell, relation: str, equal: dict[Cell, set[Cell]]) -> set[str]:
    """Return the column of a relation that a join holds equal to a cell, else those that hold the key of the cell's row."""
    if cell.relation == relation:
        return {cell.column}
    same = sorted(other.column for other in equal.get(cell, ()) if other.relation == relation)
    if same:
        return {same[0]}
    pairs = [
        (mine, other) for mine, others in equal.items() if mine.relation == cell.relation for other in others if other.relation == relation
    ]
    return {other.column for _, other in pairs} if all(own_key(mine) for mine, _ in pairs) else set()


def _equals(rows: Iterable[Row]) -> dict[Cell, set[Cell]]:
    """Return the cells that inner and left joins below rows hold equal."""
    equal: dict[Cell, set[Cell]] = {}
    for query in queries_below(rows):
        for _, condition in query.joins:
            for one in conjuncts(condition):
                pair = _pair(one)
                for left in of_expression(pair[0]) if pair else ():
                    for right in of_expression(pair[1]) if pair else ():
                        equal.setdefault(left.cell, set()).add(right.cell)
                        equal.setdefault(right.cell, set()).add(left.cell)
    return equal


# ---------------------------------------------------------------------------------------------- what is joined beside
def _beside(row: Row, names: list[str], where: str) -> Iterator[KeyFact]:
    """A join that must not multiply rows has keys that are unique on its other side."""
    while row.query is not None and not row.parts and not deduplicates(row.query):
        query, mine = row.query, set(_places(row, names))
        aliases = {alias for alias, _ in mine}
        if not mine or not aliases <= set(query.items):
            return
        first = next(iter(query.items))
        for side, condition in query.joins:
            if side in MULTIPLIES:
                yield from _joined(query, condition, aliases | {first}, where)
        yield from _first(query, first, aliases, where)
        if len(aliases) != 1:
            return
        row, names = query.items[aliases.pop()], [name for _, name in mine]


def _places(row: Row, names: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        under, value = row.below(name), row.get(name)
        if under is not None:
            yield under[0], under[2]
        elif value is not None and value.expr is not None and value.query is row.query:
            yield from (place_of(column) for column in bound(value.expr))


def _joined(query: Query, condition: Tree, mine: set[str], where: str) -> Iterator[KeyFact]:
    sides: dict[str, list[str]] = {}
    mixed: set[str] = set()
    for one in conjuncts(condition):
        pair = _pair(one)
        if pair is None:
            mixed |= {place_of(column)[0] for column in bound(one)}
            continue
        for column in pair:
            sides.setdefault(place_of(column)[0], []).append(place_of(column)[1])
    for alias, columns in sides.items():
        item = query.items.get(alias)
        if item is None or alias in mine or alias in mixed:
            continue
        key = _source_key(item, columns)
        if key is not None:
            yield KeyFact(key[0], key[1], f"{where}, through the join on it")


def _first(query: Query, first: str, mine: set[str], where: str) -> Iterator[KeyFact]:
    """What is joined to is unique in all the columns together that lead to what is."""
    if first in mine:
        return
    columns: list[str] = []
    for one in (one for side, condition in query.joins if side in MULTIPLIES for one in conjuncts(condition)):
        pair = [place_of(column) for column in _pair(one) or ()]
        columns += [name for alias, name in pair if alias == first and {other for other, _ in pair} & mine]
    key = _source_key(query.items[first], columns) if columns else None
    if key is not None:
        yield KeyFact(key[0], key[1], f"{where}, through the joins with it")


def _source_key(item: Row, names: list[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the source's columns that names of a row are, where the row is the source's, every one of its rows."""
    cells: set[Cell] = set()
    for name in names:
        found = grains(item, name)
        value = item.get(name)
        if len(found) != 1 or found[0][0] is not None or value is None or value.cell is None:
            return None
        if any(query.conditions for query, _, _ in paths(item, name)):
            return None  # unique among the rows that a filter lets through says little of the others
        cells.add(value.cell)
    relations = {cell.relation for cell in cells}
    return (relations.pop(), tuple(sorted(cell.column for cell in cells))) if len(relations) == 1 else None


def _pair(one: Tree) -> tuple[Tree, Tree] | None:
    """Return the two columns that a condition holds equal, casts taken off."""
    from sqlglot import exp

    if not isinstance(one, exp.EQ):
        return None
    sides = []
    for side in (one.this, one.expression):
        while isinstance(side, exp.Cast | exp.TryCast | exp.Paren):
            side = side.this
        if not isinstance(side, exp.Column) or not place_of(side)[0]:
            return None
        sides.append(side)
    return (sides[0], sides[1]) if place_of(sides[0])[0] != place_of(sides[1])[0] else None
