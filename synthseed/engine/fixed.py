"""Hold the rows that a plan gives by hand: the first rows of a table, as far as they name a column.

A generated value of a unique column never equals a given one: the row that drew it takes the draw of the row by hand, which
needs none of its own. So no space shrinks, and a draw that leads to another given value is followed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from synthseed.cells import Cells, merged
from synthseed.engine.conform import conform
from synthseed.errors import PlanError, need
from synthseed.generators.drawn import listed
from synthseed.generators.literals import of_type
from synthseed.plan import TablePlan
from synthseed.schema import Table
from synthseed.streams import Ints

if TYPE_CHECKING:
    from synthseed.engine.program import Program
    from synthseed.engine.tables import TableProgram

PIECE = 1 << 16  # rows that stand compared at a time


@dataclass(frozen=True)
class Given:
    """Hold the given cells of one column: `rows` are row numbers, rising; `cells` is NULL where the plan says so, None all over."""

    rows: Ints
    cells: Cells | None

    def place(self, rows: Ints) -> Ints:
        """Return where each row's cell is, -1 for a row whose cell is not given."""
        if not len(self.rows):
            return np.full(len(rows), -1)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[at] == rows, at, -1)


def given(plan: TablePlan, table: Table) -> dict[str, Given]:
    """Return the given cells by column.

    Raises:
        PlanError: A text is no value of its column's type.
    """
    found = {}
    for name in dict.fromkeys(name for row in plan.fixed for name in row):
        if name not in table.by_name:
            continue  # a column that was dropped since
        column, where = table.column(name), f"{table.key}.{name}"
        numbers = [number for number, row in enumerate(plan.fixed) if name in row]
        texts = [plan.fixed[number][name] for number in numbers]
        blank = next((text for text in texts if text is not None), None)
        cells = None
        if blank is not None:
            cells = conform(of_type([blank if text is None else text for text in texts], column.type, where), column.type, where)
            cells = cells.where(np.array([text is not None for text in texts], bool))
        found[name] = Given(np.array(numbers, np.int64), cells)
    return found


@dataclass(frozen=True)
class Kept:
    """Hold the values that rows by hand give to a unique column; entries run in parallel, by row.

    An urn passes over them by number; what is distinct without an urn (`{seq}`), or is not numbered, is compared by value.

    Attributes:
        rows: Row numbers, rising.
        cells: Their values, none of them NULL.
        editions: The edition that wrote the row.
    """

    rows: Ints
    cells: Cells
    editions: Ints

    def alike(self) -> Ints:
        """Return the first entry of the same value, for each."""
        return listed(self.cells, self.cells)

    def repeated(self, rows: Ints, cells: Cells, editions: Ints, unused: Callable[[], Cells]) -> tuple[Ints, Ints]:
        """Return (places in `rows`, entries) of the rows whose value is kept, and the row by hand whose own draw they take.

        Args:
            rows: Row numbers.
            cells: Their values.
            editions: Their editions.
            unused: Returns what the rows by hand drew themselves.
        """
        entry = np.where(cells.mask(), listed(self.cells, cells), -1)
        taken = (entry >= 0) & (rows >= 0) & ~np.isin(rows, self.rows)
        at = np.flatnonzero(taken & (self.editions[entry] <= editions))
        entry, since = entry[at], editions[at]
        if not len(at):
            return at, entry
        drawn = unused()
        beyond = np.where(drawn.mask(), listed(self.cells, drawn), -1)
        for _ in range(len(self.rows)):  # what a row by hand drew may be another one's value
            following = beyond[entry]
            again = (following >= 0) & (self.editions[following] <= since)
            if not again.any():
                break
            entry = np.where(again, following, entry)
        return at, entry


@dataclass(frozen=True)
class Held:
    """Say which ball of an urn each row by hand holds; entries run in parallel, by row.

    Attributes:
        rows: Row numbers, rising.
        balls: The ball of the given value.
        editions: The edition that wrote the row: rows of earlier ones were drawn without regard to it.
    """

    rows: Ints
    balls: Ints
    editions: Ints

    def settled(self, rows: Ints, balls: Ints, editions: Ints, drawn: Ints) -> Ints:
        """Return the balls of rows.

        Args:
            rows: Row numbers.
            balls: What they drew.
            editions: Their editions.
            drawn: What the rows by hand drew themselves.
        """
        order = np.argsort(self.balls)
        held, since, instead = self.balls[order], self.editions[order], drawn[order]
        balls = balls.copy()
        for _ in range(len(held) + 1):
            at = np.minimum(np.searchsorted(held, balls), len(held) - 1)
            taken = (held[at] == balls) & (since[at] <= editions)
            if not taken.any():
                break
            balls[taken] = instead[at[taken]]
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[at] == rows, self.balls[at], balls)


def held(parts: Sequence[tuple[Ints, Ints, int]]) -> Held | None:
    """Return what rows by hand hold, from (rows, balls, edition) of each edition; None where no given value is in the space."""
    kept = [(rows[balls >= 0], balls[balls >= 0], edition) for rows, balls, edition in parts]
    rows = np.concatenate([np.zeros(0, np.int64), *(rows for rows, _, _ in kept)])
    if not len(rows):
        return None
    balls = np.concatenate([balls for _, balls, _ in kept])
    editions = np.concatenate([np.full(len(some), edition) for some, _, edition in kept])
    return Held(rows, balls, editions)


def given_rows(table: TableProgram, name: str, edition: int, *, null: bool = False) -> Ints:
    """Return the rows of an edition whose value of a column is given by hand: those that are NULL, or those that are not."""
    known = table.specs[int(table.spec_of[edition])].given.get(name)
    if known is None:
        return np.zeros(0, np.int64)
    start, end = table.cohorts.row[edition : edition + 2]
    there = np.zeros(len(known.rows), bool) if known.cells is None else known.cells.mask()
    return known.rows[(known.rows >= start) & (known.rows < end) & (there != null)]


def given_by_edition(table: TableProgram, name: str) -> Iterator[tuple[int, Ints, Cells]]:
    """Yield edition, rows and values of a column's rows by hand, as each edition wrote them; NULL is left out."""
    for edition, spec in enumerate(table.spec_of.tolist()):
        rows, known = given_rows(table, name, edition), table.specs[spec].given.get(name)
        if known is not None and known.cells is not None and len(rows):
            yield edition, rows, known.cells.take(known.place(rows))


def kept(table: TableProgram, name: str) -> Kept | None:
    """Return the values that rows by hand hold in a unique column, None where there are none."""
    parts = list(given_by_edition(table, name))
    if not parts:
        return None
    rows = np.concatenate([rows for _, rows, _ in parts])
    starts = np.cumsum([0, *(len(some) for _, some, _ in parts)])
    cells = merged([(np.arange(start, start + len(some)), some) for start, (_, _, some) in zip(starts, parts, strict=False)], len(rows))
    return Kept(rows, cells, np.concatenate([np.full(len(some), edition) for edition, some, _ in parts]))


def check_given(program: Program) -> None:
    """Hold the rows by hand of the newest edition against what is known only when all is compiled.

    Raises:
        PlanError: One gives a key that counts up another value than the one that it counts to.
        Refused: One gives a value of a unique column that a row has which stands.
    """
    for table in program.tables.values():
        for name in table.counters:
            _check_counted(table, name)
    _check_kept(program)


def _check_counted(table: TableProgram, name: str) -> None:
    last = len(table.spec_of) - 1
    rows, where = given_rows(table, name, last), f"{table.key}.{name}"
    cells = table.specs[int(table.spec_of[last])].given[name].cells if len(rows) else None
    if cells is None:
        return
    found = cells.take(table.specs[int(table.spec_of[last])].given[name].place(rows)).ints
    expected = table.counters[name].values(rows)
    for at in np.flatnonzero(found != expected)[:1].tolist():
        raise PlanError(
            f"{where}: row {rows[at] + 1} of `rows` gives {found[at]}, and this key counts up: its row {rows[at] + 1} is {expected[at]}; "
            "give that number, or take it out"
        )


def _check_kept(program: Program) -> None:
    last = program.world.editions - 1
    for key, table in program.tables.items():
        for name, values in table.kept.items():
            new = np.flatnonzero(values.editions == last)
            taken = np.zeros(len(new), bool)
            for cells in _standing(program, key, name) if len(new) else ():
                taken |= listed(cells, values.cells.take(new)) >= 0
            number = int(values.rows[new][taken][0]) + 1 if taken.any() else 0
            need(
                not number,
                f"{key}.{name}: row {number} of `rows` gives a value that a row has which stands; "
                "give another, or start again with --truncate",
            )


def _standing(program: Program, key: str, name: str) -> Iterator[Cells]:
    """Yield the values of a column that stood before the newest edition, without NULL."""
    table = program.tables[key]
    found, before = table.found.get(name), int(table.cohorts.row[program.world.editions - 1])
    pieces = (np.arange(low, min(low + PIECE, before)) for low in range(0, before, PIECE))
    for cells in chain([] if found is None else [found], (program.cells(key, rows, (name,))[name] for rows in pieces)):
        there = np.flatnonzero(cells.mask())
        if len(there):
            yield cells.take(there)
