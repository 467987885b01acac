"""Cut a schema into calls: all of a small one at once, else tables that hang together by their keys, about 60 columns a call.

However the tables are made, n planned columns need at most 1 + n / 50 calls: a chunk is closed with 50 columns or more,
and a table of 50 or more is cut into chunks of its own that have as many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from synthseed.planners.model.compact import planned
from synthseed.planners.model.redaction import name
from synthseed.planners.offline.names import guess_language, words
from synthseed.planners.offline.roles import role_of
from synthseed.planners.offline.sizes import order, sizes
from synthseed.schema import Schema, Table

TABLES, COLUMNS = 8, 80  # one call holds so many
LEAST, USUAL = 50, 60  # columns of a chunk


@dataclass(frozen=True, slots=True)
class Part:
    """Name the columns of a table that one call asks for."""

    table: str
    columns: tuple[str, ...]

    @property
    def weight(self) -> int:
        """Return the number of columns."""
        return len(self.columns)


Chunk = tuple[Part, ...]


def whole(schema: Schema) -> tuple[Part, ...]:
    """Return every table with all of its planned columns."""
    return tuple(Part(table.key, planned(table)) for table in schema.tables)


def fits(parts: Sequence[Part]) -> bool:
    """Tell whether one call asks for all of them."""
    return len(parts) <= TABLES and sum(part.weight for part in parts) <= COLUMNS


def chunks(schema: Schema, parts: Iterable[Part]) -> tuple[Chunk, ...]:
    """Return the calls that ask for these parts, parents first, each part once (a wide one in pieces)."""
    wanted = {part.table: part for part in parts}
    owners = _owners(schema)
    ordered = [wanted[key] for key in _along(schema, owners) if key in wanted]
    if fits(ordered):
        return (tuple(ordered),) if ordered else ()
    found: list[Chunk] = []
    open_: list[Part] = []
    for part in ordered:
        if part.weight >= LEAST:
            found += [(piece,) for piece in _pieces(part)]
            continue
        size = sum(one.weight for one in open_)
        near = owners.get(part.table) in {one.table for one in open_}
        if size >= LEAST and size + part.weight > (COLUMNS if near else USUAL):
            found.append(tuple(open_))
            open_ = []
        open_.append(part)
    return (*found, tuple(open_)) if open_ else tuple(found)


def _pieces(part: Part) -> list[Part]:
    """Return a wide table in pieces of 50 to 99 columns."""
    count = -(-part.weight // COLUMNS)
    return _cut(part, count if part.weight // count >= LEAST else count - 1)


def _cut(part: Part, count: int) -> list[Part]:
    ends = [part.weight * at // count for at in range(count + 1)]
    return [Part(part.table, part.columns[low:high]) for low, high in pairwise(ends)]


def halves(chunk: Chunk) -> tuple[Chunk, ...]:
    """Return two chunks that ask for half as much each; none where one column, or a table without any, is all there is."""
    if len(chunk) == 1:
        return tuple((piece,) for piece in _cut(chunk[0], 2)) if chunk[0].weight > 1 else ()
    weights = [part.weight + 1 for part in chunk]  # a table costs words of its own
    best = min(range(1, len(chunk)), key=lambda at: abs(sum(weights[:at]) - sum(weights[at:])))
    return chunk[:best], chunk[best:]


# ---------------------------------------------------------------------------------------------- what hangs together
def _owners(schema: Schema) -> dict[str, str]:
    """Return the table that each one exists for, as its keys tell: of the parents that it can't be without, the one that is
    last in the order of tables, so that a line belongs to its order and not to the product."""
    place = {table.key: at for at, table in enumerate(order(schema))}
    found = {}
    for table in schema.tables:
        keys = [key for key in table.foreign_keys if key.parent != table.key and place.get(key.parent, len(place)) < place[table.key]]
        needed = [key for key in keys if not any(table.column(column).nullable for column in key.columns)] or keys
        if needed:
            found[table.key] = max((key.parent for key in needed), key=place.__getitem__)
    return found


def _along(schema: Schema, owners: Mapping[str, str]) -> list[str]:
    """Return the tables so that each one stands behind its owner, with all that it owns right behind itself."""
    owned: dict[str, list[str]] = {}
    roots: list[str] = []
    for table in order(schema):
        owner = owners.get(table.key)
        (roots if owner is None else owned.setdefault(owner, [])).append(table.key)
    found, todo = [], roots[::-1]
    while todo:
        key = todo.pop()
        found.append(key)
        todo += owned.get(key, [])[::-1]
    return found


# ---------------------------------------------------------------------------------------------- the whole in brief
def brief(schema: Schema) -> str:
    """Return one line per table: name, parents, role, rows and columns, as far as names and keys tell."""
    language = guess_language(column for table in schema.tables for column in (table.name, *table.by_name))
    roles = {table.key: role_of(schema, table, language) for table in schema.tables}
    named = {table.key: words(table.name, language) for table in schema.tables}
    rows = sizes(schema, roles, named, {}, None)
    return "\n".join(_line(table, roles[table.key], rows[table.key]) for table in schema.tables)


def _line(table: Table, role: str, rows: int) -> str:
    parents = dict.fromkeys(name(key.parent) for key in table.foreign_keys)
    keys = f" -> {', '.join(parents)}" if parents else ""
    return f"{name(table.key)}{keys}: {'event' if role == 'detail' else role}, {rows} rows, {len(table.columns)} columns"
