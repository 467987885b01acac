"""Choose a few of the new rows of every table, with the new rows that they refer to: what a database is tried with first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from synthseed.constraints.checks import as_expression
from synthseed.errors import SynthseedError
from synthseed.generators.formulas import holds
from synthseed.streams import NULL, Ints

if TYPE_CHECKING:
    from synthseed.engine.program import Program

PICKED = 48  # rows of a table that are picked for themselves: a third each of the first, of the last and in between
MOST = 200  # rows of a table, parents of other rows included
WHOLE = 5_000  # rows of all tables: with more than about 50 tables, fewer are picked of each, down to LEAST
LEAST = 3
LOOKED = 2_000  # rows of a table whose CHECKs are held against them here, as far as the language has words for them
SUSPECTS = 6  # rows that no CHECK would pass, which are tried besides

Place = Mapping[str, int]  # of a table in the order of loading


def sample(program: Program, size: int = PICKED) -> dict[str, Ints]:
    """Return some new rows per table, rising, closed under parents: a parent that is a new row is in the sample too.

    Not so a parent whose table is loaded after the row's own, in a circle of keys: there chains have no end. The same
    program has the same sample. Where parents of parents pass MOST, fewer rows are picked; where they do so with the
    fewest, the rows that refer to what is left out are left out.

    Args:
        program: What the rows are made by.
        size: Rows that are picked per table, before their parents.
    """
    place = {key: at for at, key in enumerate(program.order)}
    tables = [key for key in place if program.gained(key)]
    suspects = {key: _suspects(program, key) for key in tables}
    picked = max(LEAST, min(size, WHOLE // (2 * max(1, len(tables)))))
    while True:
        rows = {key: np.union1d(_spread(program.gained(key), picked), suspects[key]) for key in tables}
        _with_parents(program, place, rows)
        if picked <= LEAST or max(map(len, rows.values()), default=0) <= MOST:
            break
        picked = max(LEAST, picked // 2)
    return _closed(program, place, {key: found[:MOST] for key, found in rows.items()})


def _suspects(program: Program, key: str) -> Ints:
    """Return some rows for which a CHECK is false, so that the database is asked about them and not about their neighbours alone."""
    table, gained = program.schema.table(key), program.gained(key)
    looked = np.arange(gained.start, min(gained.stop, gained.start + LOOKED))
    found = np.zeros(len(looked), bool)
    for check in table.checks:
        node = as_expression(check.text, program.schema.dialect, table, check.columns[0] if len(check.columns) == 1 else "")
        if node is None:
            continue
        try:
            found |= ~holds(node, program.frame(key, looked))
        except SynthseedError:  # the database says what this language cannot
            continue
    return looked[found][:SUSPECTS]


def _spread(gained: range, size: int) -> Ints:
    """Return the first and last rows of a range, and as many evenly between them."""
    if len(gained) <= size:
        return np.arange(gained.start, gained.stop)
    third = size // 3
    between = np.linspace(third, len(gained) - 1 - third, size - 2 * third).astype(np.int64)
    places = np.concatenate([np.arange(third), between, np.arange(len(gained) - third, len(gained))])
    return np.unique(places) + gained.start


def _with_parents(program: Program, place: Place, rows: dict[str, Ints]) -> None:
    """Add the parents, and theirs, until nothing is missing or each table has more rows than it may keep."""
    todo = dict(rows)
    while todo:
        table, fresh = todo.popitem()
        for parent, needed, _ in _parents(program, place, table, fresh):
            known = rows.get(parent, np.zeros(0, np.int64))
            more = np.setdiff1d(needed, known)
            if len(more) and len(known) < MOST:
                rows[parent] = np.union1d(known, more)
                todo[parent] = np.union1d(todo.get(parent, more), more)


def _closed(program: Program, place: Place, rows: dict[str, Ints]) -> dict[str, Ints]:
    """Leave out rows whose parents were left out, until no row is without its parents."""
    while True:
        before = sum(map(len, rows.values()))
        for table, some in rows.items():
            keep = np.ones(len(some), bool)
            for parent, needed, at in _parents(program, place, table, some):
                keep[at] &= np.isin(needed, rows.get(parent, needed[:0]))
            rows[table] = some[keep]
        if sum(map(len, rows.values())) == before:
            return {key: some for key, some in rows.items() if len(some)}


def _parents(program: Program, place: Place, table: str, rows: Ints) -> Iterator[tuple[str, Ints, Ints]]:
    """Yield per foreign key the parent's table, its new rows that are referred to, and the places of those who do."""
    frame = program.frame(table, rows)
    for label, link in program.world.links[table].items():
        if place[link.parent] > place[table]:
            continue
        member = frame.members(label)
        at = np.flatnonzero(member != NULL)
        above = program.world.cohorts[link.parent].row_of(member[at])
        new = above >= program.gained(link.parent).start
        yield link.parent, above[new], at[new]
