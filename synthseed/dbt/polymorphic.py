"""Tell apart the links of a column that leads to one table or another, by what stands in a column beside it."""

from __future__ import annotations

from collections import defaultdict

from synthseed.dbt.facts import Facts, Link, Pivoted
from synthseed.dbt.pivoted import add
from synthseed.dbt.rows import Cell


def set_apart(facts: Facts) -> None:
    """Move the links of such columns out of the links: their tables' keys are not the same keys."""
    keyed = {Cell(key.relation, key.columns[0]) for key in facts.keys if len(key.columns) == 1}
    by_child: dict[Cell, list[tuple[Cell, Link]]] = defaultdict(list)
    for link in facts.links:
        for child, parent in ((link.left, link.right), (link.right, link.left)):
            if child.relation != parent.relation and _is_key(parent, keyed) and not _is_key(child, keyed):
                by_child[child] += [] if _named_after(child, parent) else [(parent, link)]
    apart = [link for found in by_child.values() for link in _conflicting(found)]
    facts.polymorphic += apart
    for link in apart:
        child, parent = (link.left, link.right) if _is_key(link.right, keyed) else (link.right, link.left)
        for name, text in sorted(link.when, key=str):
            add(Pivoted(name, text, child, "text", link.where, key=parent), facts)
    gone = {id(link) for link in apart}
    facts.links[:] = [link for link in facts.links if id(link) not in gone]


def _is_key(cell: Cell, keyed: set[Cell]) -> bool:
    return cell.column == "id" or cell in keyed


def _conflicting(found: list[tuple[Cell, Link]]) -> list[Link]:
    """Return the links of a column to several keys where those to each are chosen by literals of their own."""
    literals: dict[Cell, set[tuple[Cell, str]]] = defaultdict(set)
    for parent, link in found:
        literals[parent] |= link.when
    told = [texts for texts in literals.values() if texts]
    if len(told) < 2 or any(one & other for place, one in enumerate(told) for other in told[place + 1 :]):
        return []
    return [link for parent, link in found if literals[parent] and not link.directed]


def _named_after(child: Cell, parent: Cell) -> bool:
    """Return whether a column bears the name of the table that it leads to, `customer_id` of `customers`."""
    stem = child.column.removesuffix("_id")
    return stem != child.column and stem in parent.relation.rpartition(".")[2].lower()
