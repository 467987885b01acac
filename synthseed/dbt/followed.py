"""Find the keys that follow from another key of their row: where rows are joined by both, the row that one leads to has the other.

`on quantity.level_id = level.id and quantity.item_id = level.item_id`: a quantity's item is its level's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from synthseed.dbt.domains import Domain
from synthseed.dbt.facts import Facts, Link
from synthseed.dbt.rows import Cell


@dataclass(frozen=True, slots=True)
class Followed:
    """Say that a column is what the row that `via` leads to has in `there`."""

    via: Cell
    there: Cell
    where: str


def followed(facts: Facts, domains: Iterable[Domain], filled: Collection[str]) -> Mapping[Cell, Followed]:
    """Return the keys that follow from another, by cell; none follows from one that follows from it."""
    parents = {cell: domain.parent for domain in domains if domain.parent is not None for cell in domain.cells if cell != domain.parent}
    found: dict[Cell, Followed] = {}
    for links in facts.together:
        for via, key in (pair for link in links for pair in _pairs(link)):
            if parents.get(via) != key or via.relation == key.relation or via in found or not {via.relation, key.relation} <= set(filled):
                continue
            for link in links:
                for cell, there in _pairs(link):
                    same = cell.relation == via.relation and there.relation == key.relation and cell != via and there != key
                    if same and _follows(cell, there, parents) and not _returns(there, cell.relation, found):
                        found.setdefault(cell, Followed(via, there, link.where))
    taken = {one.via for one in found.values()}
    return {cell: one for cell, one in found.items() if cell not in taken}


def _pairs(link: Link) -> tuple[tuple[Cell, Cell], tuple[Cell, Cell]]:
    return (link.left, link.right), (link.right, link.left)


def _follows(cell: Cell, there: Cell, parents: Mapping[Cell, Cell]) -> bool:
    """Return whether both hold the keys of one third table."""
    parent = parents.get(cell)
    return parent is not None and parents.get(there) == parent and parent.relation not in (cell.relation, there.relation)


def _returns(there: Cell, relation: str, found: Mapping[Cell, Followed]) -> bool:
    """Return whether a column comes, by what it follows itself, out of a table."""
    for _ in range(20):
        if there.relation == relation:
            return True
        if there not in found:
            return False
        there = found[there].there
    return True
