"""Rehearse a fill in the database, and plan otherwise what it refuses; what still fails is refused by name, before the load."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.errors import PlanError, Refused, SchemaError
from synthseed.plan import ColumnPlan, Gen, TablePlan
from synthseed.schema import Column, Schema, Table
from synthseed.verbs.next_best import candidates, shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.loaders.rehearsal import Refusal
    from synthseed.planners.model.request import Problem
    from synthseed.verbs.prepared import Prepared

TRIES = 24  # other generators per constraint, and
SECONDS = 60.0  # the time that all of them may take
NOTE = "the database refused what was planned first"
UNIQUE, EXCLUDED, ABSENT = "23505", "23P01", "23502"


def refused(connection: Connection, ready: Prepared) -> tuple[Refusal, ...]:
    """Return what the database refuses of a sample of the new rows, one thing per table; nothing is left behind."""
    from synthseed.engine.sample import sample
    from synthseed.loaders import Work
    from synthseed.loaders.rehearsal import rehearse

    program = ready.program
    if program is None:
        return ()
    rows = sample(program)
    tables = tuple(key for key in program.order if key in rows and len(rows[key]))
    work = Work(
        schema=ready.schema,
        tables=tables,
        rows={key: len(rows[key]) for key in tables},
        columns={key: tuple(program.columns(key)) for key in tables},
        truncate=ready.truncate,
        counters={key: program.counters(key) for key in tables},
    )
    return rehearse(connection, work, (program.chunk(key, rows[key]) for key in tables))


def problems(schema: Schema, found: Sequence[Refusal]) -> tuple[Problem, ...]:
    """Return what a model is told of refusals: SQLSTATE and constraint, with its SQL, per column that it is about."""
    from synthseed.planners.model.request import Problem

    told = []
    for one in found:
        table = schema.table(one.table)
        what = f"SQLSTATE {one.state}" + (f", constraint {one.constraint}" if one.constraint else "")
        text = _text(table, one)
        what += f": {text}" if text and text != one.constraint else ""
        for name in [column.name for column in _columns(table, one)] or [""]:
            where = f"{table.key}.{name}" if name else table.key
            told.append(Problem(f"refused_{one.state}", table.key, name, f"{where}: the database refuses it ({what})"))
    return tuple(told)


def settled(connection: Connection, ready: Prepared) -> Prepared:
    """Return the fill with a plan whose sample the database takes.

    A plan in files that was there before is never changed: what the database refuses of it is refused by name.

    Raises:
        Refused: The database refuses rows, and nothing that could be planned in their place was taken.
    """
    found = refused(connection, ready)
    if not found:
        return ready
    if ready.chosen.saved and ready.chosen.fresh is None:
        told = "; ".join(map(_told, found))
        raise Refused(f"{told}. Change its plan, or run `synthseed plan --again`; nothing was written")
    better = _Ladder(connection, ready).climbed(found)
    if ready.chosen.fresh is not None:
        _save(ready, better, ready.chosen.fresh)
    return better


def _save(before: Prepared, after: Prepared, folder: Path) -> None:
    """Write the columns that were planned otherwise into the files of a plan that is new; what holds for this run alone is left out."""
    from synthseed import plan_yaml
    from synthseed.planners.model.borrow import borrowed
    from synthseed.verbs.planning import saved

    plan = plan_yaml.load_plan(folder)
    tables = dict(plan.tables)
    for key, table in after.plan.tables.items():
        old = before.plan.tables[key].by_column
        names = [name for name, column in table.by_column.items() if column != old.get(name)]
        if names:
            tables[key] = borrowed(tables[key], table, names)
    saved(folder, replace(plan, tables=tables), after.schema, fresh=True)


# ---------------------------------------------------------------------------------------------- the next best
Mark = tuple[str, ...]  # table, SQLSTATE, constraint and column, as far as they are known


def _mark(one: Refusal) -> Mark:
    return one.table, one.state, one.constraint, one.column


@dataclass
class _Refused:
    """Hold what was tried for one constraint: the candidates left, those tried, and the one that stands now."""

    left: Iterator[tuple[Column, Gen]]
    first: Refusal
    tried: list[str] = field(default_factory=list)
    now: tuple[Column, Gen] | None = None


@dataclass
class _Ladder:
    """Try other generators for the columns of what is refused, all refused constraints at a time."""

    connection: Connection
    start: Prepared
    known: dict[Mark, _Refused] = field(default_factory=dict)
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def climbed(self, found: Sequence[Refusal]) -> Prepared:
        """Return the fill with other generators, each with a note.

        Raises:
            Refused: Nothing that is known to be worth a try is taken.
        """
        ready = self.start
        while found:
            for one in {self._mark_of(one): one for one in found}.values():
                ready = self._next(one)
            found = refused(self.connection, ready)
        notes = [
            f"{mark[0]}.{one.now[0].name}: planned as {shown(one.now[1])}, because the database refused the first plan ({_why(one.first)})"
            for mark, one in self.known.items()
            if one.now is not None
        ]
        return replace(ready, chosen=replace(ready.chosen, notes=(*ready.chosen.notes, *notes)))

    def _mark_of(self, one: Refusal) -> Mark:
        """Return the constraint that a refusal is about: one that the column put in its place brought about is still the first."""
        if _mark(one) in self.known:
            return _mark(one)
        names = {column.name for column in _columns(self.start.schema.table(one.table), one)}
        for mark, known in self.known.items():
            if mark[0] == one.table and known.now is not None and known.now[0].name in names and one.state != "23514":
                return mark
        return _mark(one)

    def _next(self, one: Refusal) -> Prepared:
        """Return the fill with the next candidate that the engine takes."""
        mark = self._mark_of(one)
        if mark not in self.known:
            table = self.start.schema.table(one.table)
            self.known[mark] = _Refused(candidates(_open(self.start, table, one), _text(table, one)), one)
        known = self.known[mark]
        while len(known.tried) < TRIES and time.monotonic() < self.until:
            known.now = next(known.left, None)
            if known.now is None:
                break
            known.tried.append(f"{known.now[0].name} as {shown(known.now[1])}")
            try:
                return self._replanned()
            except (PlanError, Refused, SchemaError):
                continue
        vain = ", ".join(known.tried) or "nothing, for no other value is known"
        raise Refused(f"{_told(known.first)}; tried in vain: {vain}. Plan it by hand: `synthseed plan`; nothing was written")

    def _replanned(self) -> Prepared:
        from synthseed.verbs.prepared import compiled

        ready = self.start
        tables = dict(ready.plan.tables)
        for mark, known in self.known.items():
            if known.now is not None:
                tables[mark[0]] = _otherwise(tables[mark[0]], *known.now)
        chosen = replace(ready.chosen, plan=replace(ready.plan, tables=tables))
        program = compiled(ready.schema, chosen, ready.gain.rows, ready.as_of, ready.ledger, ready.standing)
        program.rehearse()
        return replace(ready, chosen=chosen, program=program)


def _otherwise(old: TablePlan, column: Column, gen: Gen) -> TablePlan:
    """Return the plan of a table with another generator for a column."""
    planned = ColumnPlan(column.name, gen, "offline", NOTE)
    there = column.name in old.by_column
    columns = tuple(planned if one.column == column.name else one for one in old.columns)
    return replace(
        old,
        columns=columns if there else (*columns, planned),
        overrides=tuple(one for one in old.overrides if one.column != column.name),
        follow=tuple(one for one in old.follow if one.column != column.name),
        nulls={name: share for name, share in old.nulls.items() if name != column.name},
    )


def _open(ready: Prepared, table: Table, one: Refusal) -> list[Column]:
    """Return the columns of what was refused that may be planned otherwise: not those that a person planned."""
    old = ready.plan.tables.get(table.key)
    kept = (
        {plan.column for plan in old.columns if plan.locked or plan.source == "user"} if old else {column.name for column in table.columns}
    )
    given = {name for row in old.fixed for name in row} if old else set()
    return [
        column for column in _columns(table, one) if column.name not in kept | given and column.sequence is None and not column.identity
    ]


# ---------------------------------------------------------------------------------------------- what was refused
def _constraints(table: Table, one: Refusal) -> list[tuple[str, tuple[str, ...]]]:
    """Return the SQL and the columns of the constraints that a refusal may be about."""
    if one.state == ABSENT:
        return []
    named = [(check.text, check.columns) for check in table.checks if one.constraint and one.constraint in (check.name, check.text)]
    named += [
        (exclusion.text, tuple(part for part, _ in exclusion.parts)) for exclusion in table.exclusions if exclusion.name == one.constraint
    ]
    named += [(key.where or "", key.columns) for key in table.keys if one.constraint and key.name == one.constraint]
    if not named and one.constraint:
        named = [(check.text, check.columns) for check in table.checks if _bare(check.text) == _bare(one.constraint)]
    if not named and one.state == UNIQUE:  # SQLite: `t.a, t.b`
        names = tuple(part.rpartition(".")[2] for part in one.constraint.split(", "))
        named = [(key.where or "", key.columns) for key in table.keys if key.columns == names]
    if not named and one.function:
        named = [(check.text, check.columns) for check in table.checks if re.search(rf"\b{re.escape(one.function)}\b", check.text, re.I)]
    return named


def _bare(text: str) -> str:
    return re.sub(r"[\s()\"]", "", text).lower()


def _text(table: Table, one: Refusal) -> str:
    return " ".join(dict.fromkeys(text for text, _ in _constraints(table, one) if text))


def _columns(table: Table, one: Refusal) -> list[Column]:
    """Return the columns that a refused constraint is about; none that a foreign key or the database itself decides."""
    names = list(dict.fromkeys(name for _, columns in _constraints(table, one) for name in columns))
    if one.column in table.by_name and (not names or one.column in names):
        names = [one.column]  # of a domain's CHECK: the column that it was reached through
    keys = {name for key in table.foreign_keys for name in key.columns}
    return [table.column(name) for name in names if name in table.by_name and name not in keys and table.column(name).generated is None]


# ---------------------------------------------------------------------------------------------- in words
def _why(found: Refusal) -> str:
    return ", ".join(part for part in (found.state, found.constraint) if part)


def _told(found: Refusal) -> str:
    text = re.sub(r"row \d+ of the load", "a sample of the rows", found.text)
    text = text.replace("; nothing was committed", "")
    return text if found.constraint in text else f"{text}, {_why(found)}"  # DuckDB's text has no names
