"""Unite the columns that hold the same keys, and choose in each domain whose keys they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from synthseed.dbt.facts import Facts, Link
from synthseed.dbt.rows import Cell

KEYS = ("id", "key", "uuid", "sku", "code", "number", "num", "nr", "no", "ref")  # what keys end with: order_id, orderNumber, PatNum
EMAIL = re.compile(r"(^|_)e?mail(_address)?$")
PEOPLE = re.compile(r"(^|_)(customer|user|contact|person|people|member|subscriber|lead|patient|employee|student|client|player|donor)s?$")


@dataclass(frozen=True, slots=True)
class Domain:
    """Hold columns with the same keys; `parent` is the one whose keys they are, None where no column has each key once."""

    cells: frozenset[Cell]
    parent: Cell | None
    where: str
    total: frozenset[Cell] = frozenset()


def united(links: Iterable[Link]) -> list[frozenset[Cell]]:
    """Return the sets of cells that links join, in the order of their first link."""
    root: dict[Cell, Cell] = {}

    def find(cell: Cell) -> Cell:
        root.setdefault(cell, cell)
        while root[cell] != cell:
            root[cell] = root[root[cell]]
            cell = root[cell]
        return cell

    for link in links:
        root[find(link.left)] = find(link.right)
    sets: dict[Cell, set[Cell]] = {}
    for cell in root:
        sets.setdefault(find(cell), set()).add(cell)
    return [frozenset(members) for members in sets.values()]


def domains(facts: Facts, seeds: Collection[str], keyed: Collection[Cell]) -> list[Domain]:
    """Return the key domains.

    Args:
        seeds: Ids of seeds: their rows are real, so where one holds a domain's key, it is the parent.
        keyed: Cells that are unique by a test or another fact.
    """
    links = [link for link in facts.links if _joins_keys(link, keyed, seeds)]
    found = []
    for cells in united(links):
        parent = _parent(cells, links, seeds, keyed)
        inside = [link for link in links if link.left in cells]
        where = next((link.where for link in inside if link.directed), inside[0].where)
        total = frozenset(link.left for link in inside if link.total and link.directed and link.left.relation != link.right.relation)
        found.append(Domain(cells, parent, where, total))
    return found


def lists(links: Iterable[Link], known: set[Cell]) -> set[Cell]:
    """Return the joined columns that are called after their table, which has no `id`: `currency.currency`, `deal_stage.stage_id`.

    A value that such a list holds twice comes twice in every join with it, and again with each list beyond it. Who is joined by an
    e-mail is known by it as well: the e-mail of a table of people is one of theirs each.
    """
    joined = {cell for link in links for cell in (link.left, link.right)}
    others = {cell: {Cell(cell.relation, "id"), Cell(cell.relation, f"{_bare(cell)}_id")} for cell in joined}
    after = {cell for cell in joined if _called_after(cell) and not known & others[cell]}
    return after | {cell for cell in joined if EMAIL.search(cell.column) and PEOPLE.search(_bare(cell))}


def _called_after(cell: Cell) -> bool:
    return cell.column == _bare(cell) or (cell.column.endswith("_id") and _bare(cell).endswith(f"_{cell.column.removesuffix('_id')}"))


def circular(found: Iterable[Domain]) -> set[Cell]:
    """Return the keys whose parents point back at their table, over however many tables: one of a circle must be NULL at first."""
    keys = [(cell, domain.parent.relation) for domain in found if domain.parent for cell in domain.cells if cell != domain.parent]
    parents: dict[str, set[str]] = {}
    for cell, parent in keys:
        parents.setdefault(cell.relation, set()).add(parent)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            new = parents.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        return seen

    above = {relation: reached(relation) for relation in {parent for _, parent in keys}}
    return {cell for cell, parent in keys if cell.relation in above[parent]}


def _joins_keys(link: Link, keyed: Collection[Cell], seeds: Collection[str]) -> bool:
    """Leave out joins on what is no key: a date, a currency, a country beside the key that the tables are joined by."""
    if link.directed or link.left in keyed or link.right in keyed:
        return True
    return any(_named_key(cell) or cell.relation in seeds for cell in (link.left, link.right))


def _named_key(cell: Cell) -> bool:
    name = cell.column.lower()
    return name in KEYS or name.endswith((*(f"_{key}" for key in KEYS), "id", "key", "code", "number", "num")) or own_key(cell) > 0


def _parent(cells: frozenset[Cell], links: list[Link], seeds: Collection[str], keyed: Collection[Cell]) -> Cell | None:
    votes = Counter(link.right for link in links if link.directed and link.right in cells)
    children = {link.left for link in links if link.directed}

    def rank(cell: Cell) -> tuple[int, int, int, int, str]:
        return (cell.relation in seeds, votes[cell] - 5 * (cell in children), cell in keyed, own_key(cell), cell.column)

    best = max(cells, key=rank)
    if best.relation in seeds or votes[best] or best in keyed or own_key(best):
        return best
    return None


def _bare(cell: Cell) -> str:
    return cell.relation.rsplit(".", 1)[-1].lower().removeprefix("raw_").removeprefix("src_")


def own_key(cell: Cell) -> int:
    """Return how much a column's name says that it is its own table's key."""
    table = _bare(cell)
    singular = _singular(table)
    name = cell.column.lower().replace("_", "")
    if cell.column in ("id", "_id"):
        return 3
    if name in {f"{one}{key}".replace("_", "") for one in (singular, table) for key in KEYS}:
        return 2
    return 0


def _singular(table: str) -> str:
    return table.removesuffix("ies") + "y" if table.endswith("ies") else table.removesuffix("s")
