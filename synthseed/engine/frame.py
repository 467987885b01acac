"""Evaluate the columns of one run of rows, each once: what generators see of the rows that they fill."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from synthseed.cells import Cells, Form, merged, numbers
from synthseed.engine.conform import conform
from synthseed.engine.follow import comparable
from synthseed.errors import PlanError, Refused
from synthseed.schema import owned
from synthseed.streams import NULL, Ints, Stream, below

if TYPE_CHECKING:
    from synthseed.engine.fixed import Given
    from synthseed.engine.program import Program
    from synthseed.engine.tables import Planned, Spec, TableProgram

T = TypeVar("T")
DEEPEST = 100  # frames within frames: a path of parents in a tree is about 3 * ln(rows) long, a circle has no end


class Frame:
    """Implement `generators.base.Rows` for any rows of one table, in any order.

    A frame keeps each column that it evaluated, so that what ten columns read of a parent is computed once.
    """

    def __init__(self, program: Program, table: TableProgram, rows: Ints, *, depth: int = 0) -> None:
        self.program, self.table, self._rows, self._depth = program, table, rows, depth
        self._memo: dict[Hashable, object] = {}
        self._busy: list[str] = []
        if depth > DEEPEST:
            raise PlanError(f"{table.key}: cells that need each other in a circle; change one of the expressions that lead back here")

    # ------------------------------------------------------------------------------------------ Rows
    @property
    def numbers(self) -> Ints:
        """Return the row numbers."""
        return self._rows

    @property
    def as_of(self) -> Ints:
        """Return the moment each row is told from."""
        return self.once("as_of", lambda: self.program.moments[self.table.edition_of(self._rows)])

    def stream(self, *names: object) -> Stream:
        """Return the stream of this seed and table with these names."""
        return self.program.world.stream(self.table.key, *names)

    def index(self, name: str, size: int) -> Ints:
        """Return a draw from [0, size) per row, without replacement where the table's keys ask for it."""
        return self.once(("index", name, size), lambda: self._index(name, size))

    def _index(self, name: str, size: int) -> Ints:
        unique = self.table.draws.get(name)
        if unique is None:
            return below(self.stream(name).bits(self._rows), size)
        stands = self._rows < 0
        if not stands.any():
            return unique.index(self.program.world, self.table.key, self._rows)
        index = below(self.stream(name, "found").bits(self._rows), size)
        index[~stands] = unique.index(self.program.world, self.table.key, self._rows[~stands])
        return index

    def cells(self, name: str) -> Cells:
        """Return other cells of the same rows, by column, `key.column` or `set.field`."""
        if name in self._memo:
            known = self._memo[name]
            assert isinstance(known, Cells)
            return known
        if name in self._busy:
            raise PlanError(f"{self.table.key}: {' -> '.join([*self._busy, name])} is a circle; plan one of them without the others")
        self._busy.append(name)
        self._memo[name] = made = self._made(name)
        self._busy.pop()
        return made

    def ordinal(self) -> Ints:
        """Return the place of each row among its siblings, from 0."""
        fan = self.program.world.fans.get(self.table.key)
        if fan is None:
            raise PlanError(f"{self.table.key}: ordinal() counts within the driver's parent, and no key of the table has `mode: driver`")
        if (self._rows < 0).any():
            raise PlanError(f"{self.table.key}: ordinal() of rows that were found standing is not known")
        return self.once("ordinal", lambda: fan.locate(self._rows)[1])

    def once(self, name: Hashable, draw: Callable[[], T]) -> T:
        """Return draw(), computed once for this run of rows."""
        known = ("once", name)
        if known not in self._memo:
            self._memo[known] = draw()
        return self._memo[known]  # type: ignore[return-value]  # each name has one type

    def aggregate(self, function: str, child: str, column: str) -> Cells:
        """Return sum, count, avg, min_of or max_of over each row's children."""
        return self.once(("aggregate", function, child, column), lambda: self._aggregate(function, child, column))

    # ------------------------------------------------------------------------------------------ ranks
    def position(self, name: str) -> Cells:
        """Return where in [0, 2**32) each cell of `column` or `key.column` lies among those of its table; NULL where it is."""
        if not len(self):  # the rows above the roots of a tree
            return numbers(self._rows)
        links = self.program.world.links[self.table.key]
        head, tail = owned(name, links)
        if name not in self.table.columns and head in links:
            return self._parent(head, lambda frame: frame.position(tail))
        return self.once(("position", name), lambda: self._position(name))

    def _position(self, name: str) -> Cells:
        self.cells(name)  # first, so that a circle is seen here
        return self._by_spec(lambda spec, frame: frame.ranked(name, spec.columns.get(name)))

    def ranked(self, name: str, planned: Planned | None) -> Cells:
        """Return the positions of a column for rows of one plan: by its own draw, else in a sample of the table's cells."""
        place = planned.position(self) if planned else None
        if place is not None:
            return numbers(place, valid=self.cells(name).valid)
        cells, stream = self.comparable(name), self.stream(name, "rank")
        place, edition = np.zeros(len(self), np.int64), self.table.edition_of(self._rows)
        for one in np.unique(edition).tolist():
            at = np.flatnonzero(edition == one)
            place[at] = self.program.sample(self.table.key, name, one, self._depth).position(cells.take(at), stream, self._rows[at])
        return numbers(place, valid=cells.valid)

    def comparable(self, name: str) -> Cells:
        """Return the cells of a column as integers in their order.

        Raises:
            PlanError: Its values have no order.
        """
        return self._by_spec(lambda spec, frame: comparable(frame, name, spec.columns.get(name)))

    # ------------------------------------------------------------------------------------------ columns
    def _made(self, name: str) -> Cells:
        table = self.table
        if name in table.columns:
            return self._column(name)
        if name in table.helpers:
            return self._planned(name)
        links = self.program.world.links[table.key]
        head, tail = owned(name, links)
        if head in links:
            return self._parent(head, lambda frame: frame.cells(tail))
        if any(head == joint.name for spec in table.specs for joint in spec.plan.joints):
            return self._by_spec(lambda spec, frame: spec.field(head, tail).values(frame))
        raise PlanError(f"{table.key}: there is no {name!r}: expected a column, a `_helper`, `key.column` or `set.field`")

    def _column(self, name: str) -> Cells:
        table = self.table
        stands = self._rows < 0
        if stands.any() and name in table.found:
            here = np.flatnonzero(stands)
            place = self.program.world.cohorts[table.key].place_found(-1 - self._rows[here])
            parts = [(here, table.found[name].take(place))]
            rest = np.flatnonzero(~stands)
            if len(rest):
                parts.append((rest, self.part(rest).cells(name)))
            return merged(parts, len(self._rows))
        if name in table.owners:
            label, column = table.owners[name]
            return conform(self._parent(label, lambda frame: frame.cells(column)), table.columns[name].type, f"{table.key}.{name}")
        if name in table.counters:
            return numbers(table.counters[name].values(self._rows))
        return self._planned(name)

    def _planned(self, name: str) -> Cells:
        cells = self._by_spec(lambda spec, frame: frame.by_hand(frame.drawn(name, spec.columns.get(name)), spec.given.get(name)))
        kept = self.table.kept.get(name)
        if kept is None:
            return cells
        at, place = kept.repeated(self._rows, cells, self.table.edition_of(self._rows), lambda: self._unused(name, kept.rows))
        return _replaced(cells, at, self._unused(name, kept.rows).take(place)) if len(at) else cells

    def _unused(self, name: str, rows: Ints) -> Cells:
        """Return what rows by hand drew and do not need."""

        def draw() -> Cells:
            frame = Frame(self.program, self.table, rows, depth=self._depth + 1)
            return frame._by_spec(lambda spec, part: part.drawn(name, spec.columns.get(name)))

        return self.once(("unused", name), draw)

    def by_hand(self, cells: Cells, given: Given | None) -> Cells:
        """Return the cells with those that the plan gives by hand in their place."""
        if given is None:
            return cells
        place = given.place(self._rows)
        at = np.flatnonzero(place >= 0)
        return _replaced(cells, at, given.cells.take(place[at]) if given.cells else None) if len(at) else cells

    def _by_spec(self, draw: Callable[[Spec, Frame], Cells]) -> Cells:
        specs = self.table.specs
        if len(specs) == 1:
            return draw(specs[0], self)
        which = self.table.spec_of[self.table.edition_of(self._rows)]
        parts = [(np.flatnonzero(which == number), spec) for number, spec in enumerate(specs)]
        return merged([(at, draw(spec, self.part(at))) for at, spec in parts if len(at)], len(self._rows))

    def drawn(self, name: str, planned: Planned | None) -> Cells:
        """Return the cells of a planned column, for rows of one plan."""
        if planned is None:  # the column was added after these rows: the database gave them its default
            return Cells(Form.NUMBER, np.zeros(len(self), np.int64), np.zeros(len(self), bool))
        cells = self._fitted(name, planned.draw(self))
        if planned.nulls:
            there = (self.stream(name, "null").bits(self._rows) >> np.uint64(32)).astype(np.int64) >= planned.nulls
            cells = cells.where(there)
        for override in planned.overrides:
            at = np.flatnonzero(override.applies(self.without(name, cells)))
            if len(at):
                made = self._fitted(name, override.draw(self.part(at))) if override.gen else None
                cells = _replaced(cells, at, made)
        return cells

    def _fitted(self, name: str, cells: Cells) -> Cells:
        column = self.table.columns.get(name)
        return cells if column is None else conform(cells, column.type, f"{self.table.key}.{name}")

    def without(self, name: str, cells: Cells) -> Frame:
        """Return this frame with a column as it is so far, for the condition of an override of that column."""
        frame = Frame(self.program, self.table, self._rows, depth=self._depth)
        frame._memo = {**self._memo, name: cells}
        frame._busy = [busy for busy in self._busy if busy != name]
        return frame

    def part(self, at: Ints) -> Frame:
        """Return a frame over some of the rows; this one where that is all of them."""
        if len(at) == len(self._rows):
            return self
        return Frame(self.program, self.table, self._rows[at], depth=self._depth + 1)

    def __len__(self) -> int:
        return len(self._rows)

    # ------------------------------------------------------------------------------------------ parents and children
    def members(self, label: str) -> Ints:
        """Return the parent's member of each row by a key's label, NULL where there is none."""
        return self.once(("members", label), lambda: self._members(label))

    def _members(self, label: str) -> Ints:
        member = self.program.world.members(self.table.key, label, self._rows)
        share = self.table.key_nulls(label)
        if share is not None:
            there = (self.stream(label, "null").bits(self._rows) >> np.uint64(32)).astype(np.int64) >= share[
                self.table.edition_of(self._rows)
            ]
            member = np.where(there, member, NULL)
        return member

    def _parent(self, label: str, read: Callable[[Frame], Cells]) -> Cells:
        member = self.members(label)
        parent = self.program.tables[self.program.world.links[self.table.key][label].parent]
        there = member != NULL
        whole = None if parent.key == self.table.key else self.program.whole(parent.key)
        if whole is not None:
            with self.program.lock:  # one frame for all workers
                cells = read(whole)
            return cells.take(np.where(there, member, -1))
        at = np.flatnonzero(there)
        frame = self.once(("parent", label), lambda: self._frame_of(parent, member[at]))
        cells = read(frame)
        if len(at) == len(member):
            return cells
        place = np.full(len(member), -1)
        place[at] = np.arange(len(at))
        return cells.take(place)

    def _frame_of(self, parent: TableProgram, member: Ints) -> Frame:
        return Frame(self.program, parent, self.program.world.cohorts[parent.key].row_of(member), depth=self._depth + 1)

    def _aggregate(self, function: str, child: str, column: str) -> Cells:
        world, table = self.program.world, self.table.key
        fan = world.fans.get(child)
        if fan is None or fan.driver.parent != table:
            raise PlanError(f"{table}: {function}({child}...) needs {child} to be driven by {table}: give its key `mode: driver`")
        if not fan.driver.closed:
            raise Refused(f"{table} sums {child}, whose driver is open: later children would change rows that stand")
        if (self._rows < 0).any():
            raise PlanError(f"{table}: {function}({child}...) of rows that were found standing is not known")
        member, count, scale = world.cohorts[table].member_of_row(self._rows), np.zeros(len(self), np.int64), 0
        total, low, high = np.zeros(len(self), np.int64), np.full(len(self), 2**62), np.full(len(self), -(2**62))
        form = Form.NUMBER
        for edition, at in world.cohorts[table].by_edition(self._rows):
            where = np.arange(len(self))[at]
            for owner, rows in fan.slots(member[at], edition):
                mine = where[owner]
                if not column:
                    np.add.at(count, mine, 1)
                    continue
                cells = Frame(self.program, self.program.tables[child], rows, depth=self._depth + 1).cells(column)
                if cells.valid is not None:
                    mine, cells = mine[cells.valid], cells.take(np.flatnonzero(cells.valid))
                if not len(mine):
                    continue
                form, scale = cells.form, cells.scale
                _gather(total, mine, cells.ints)
                np.add.at(count, mine, 1)
                if function in ("min_of", "max_of"):
                    np.minimum.at(low, mine, cells.ints)
                    np.maximum.at(high, mine, cells.ints)
        if function == "count":
            return numbers(count)
        if function == "sum":
            return numbers(total, scale)
        if function == "avg":
            return numbers(rounded_each(total * 100, np.maximum(count, 1)), scale + 2, count > 0)
        return Cells(form, low if function == "min_of" else high, count > 0, scale)


def _gather(total: Ints, owner: Ints, values: Ints) -> None:
    """Add values to their owners' totals; owners rise, so each has one run."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    total[owner[starts]] += np.add.reduceat(values, starts)


def rounded_each(values: Ints, units: Ints) -> Ints:
    """Return values / units, element by element, rounded half away from zero."""
    return np.where(values >= 0, (2 * values + units) // (2 * units), -((units - 2 * values) // (2 * units)))


def _replaced(cells: Cells, at: Ints, made: Cells | None) -> Cells:
    if made is None:
        there = np.ones(len(cells), bool)
        there[at] = False
        return cells.where(there)
    rest = np.ones(len(cells), bool)
    rest[at] = False
    keep = np.flatnonzero(rest)
    return merged([(keep, cells.take(keep)), (at, made)], len(cells))
