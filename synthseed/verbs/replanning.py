"""Bring a plan up to a schema that has changed: what a migration touched is planned again, what a person wrote stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.verbs.planning import lacking, near

if TYPE_CHECKING:
    from synthseed.plan import Plan
    from synthseed.plan_lock import Difference, Lock
    from synthseed.schema import Schema


@dataclass(frozen=True)
class Replanning:
    """Hold what is to be planned again.

    Attributes:
        whole: The plan, completed offline: what a model is then asked for falls back on it.
        tables: Tables that are new.
        columns: `table.column` of the columns that are new, or have changed and are not a person's; keys by their label.
        notes: What was done, a sentence per table or column.
        lost: Tables whose files held something of a person's that is now out of the plan: kept as `.before`.
    """

    whole: Plan
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def differing(schema: Schema, plan: Plan, lock: Lock) -> tuple[Difference, ...]:
    """Return in what a plan and its database differ."""
    from synthseed import plan_lock
    from synthseed.planners import offline

    there = replace(plan, tables={key: table for key, table in plan.tables.items() if key in schema.by_key})
    whole, _ = offline.complete(schema, there)
    return plan_lock.differences(schema, plan, lock, whole)


def replanned(schema: Schema, plan: Plan, folder: Path) -> Replanning:
    """Return what of a plan is to be planned again for a schema.

    Raises:
        PlanError: What a person wrote does not fit the schema; with its file, and what to do.
    """
    from synthseed import plan_lock, plan_yaml

    lock = plan_lock.read_lock(folder)
    work = _Work(schema, plan, lock, plan)
    for difference in differing(schema, plan, lock):
        work.settle(difference)
    place = plan_yaml.places(folder)
    plan_yaml.check_fit(work.plan, schema, file=lambda table: str(place[table]))
    whole, tables, columns = _completed(schema, work.plan)
    new = [f"{key}: new, planned" for key in tables]
    new += [f"{one}: {'changed, planned again' if one in work.changed else 'new, planned'}" for one in columns if one not in work.read]
    return Replanning(whole, tables, columns, (*work.notes, *new), tuple(work.lost))


def _completed(schema: Schema, plan: Plan) -> tuple[Plan, tuple[str, ...], tuple[str, ...]]:
    """Return the plan with what it lacks planned offline, the tables that it lacked, and its columns and keys."""
    from synthseed.planners import offline
    from synthseed.planners.model.borrow import borrowed

    whole, _ = offline.complete(schema, plan)
    tables, columns = lacking(schema, plan, whole)
    found, labels = dict(whole.tables), []
    fresh = offline.plan(schema, rows={key: table.rows for key, table in plan.tables.items()}, locale=plan.locale) if columns else whole
    for key, old in plan.tables.items():
        keys = [label for label in whole.tables[key].by_key if label not in old.by_key]
        labels += [f"{key}.{label}" for label in keys]
        names = [name for name in whole.tables[key].by_column if f"{key}.{name}" in columns]
        if names:  # names of the old plan and of the new one are kept apart
            found[key] = borrowed(old, fresh.tables[key], names, keys=keys)
    return replace(whole, tables=found), tables, (*columns, *labels)


@dataclass
class _Work:
    """Take out of a plan what no longer fits, and keep count of it.

    Attributes:
        start: The plan as it was: whose a column is shows there.
        changed: `table.column` of what is planned again because it is another now.
        read: `table.column` of what is planned again because something that it reads is gone.
        persons: What is a person's, of each table that was looked at.
    """

    schema: Schema
    plan: Plan
    lock: Lock
    start: Plan
    notes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    persons: dict[str, frozenset[str]] = field(default_factory=dict)

    def settle(self, one: Difference) -> None:
        """Bring the plan up to one difference; what is new is planned later."""
        if one.kind == "new":
            return
        if not one.part:
            self._without_table(one.table)
        elif one.kind == "dropped" or self._is_misplaced(one.table, one.part):
            self._without_part(one)
        elif self._is_own(one.table, one.part):
            self._leave(one.table, one.part)
        else:
            self.changed.add(f"{one.table}.{one.part}")
            self._take_out(one.table, one.part, gone=False)

    # ------------------------------------------------------------------------------------------ whose it is
    def _is_own(self, table: str, name: str) -> bool:
        from synthseed.plan_lock import edited

        if table not in self.persons:
            self.persons[table] = edited(self.start, self.lock, table)
        return name in self.persons[table]

    def _is_misplaced(self, table: str, name: str) -> bool:
        from synthseed.plan_lock import misplaced

        return name in misplaced(self.schema.table(table), self.start.tables[table])

    def _lose(self, key: str) -> None:
        if key not in self.lost:
            self.lost.append(key)

    # ------------------------------------------------------------------------------------------ what is done
    def _without_table(self, key: str) -> None:
        from synthseed.plan_lock import TABLE

        table = self.start.tables[key]
        if any(self._is_own(key, name) for name in (TABLE, *table.by_key, *(one for one in table.by_column if one[:1] != "_"))):
            self._lose(key)
        self.notes.append(f"{key}: gone from the database, its plan is taken out")
        self.plan = replace(self.plan, tables={name: table for name, table in self.plan.tables.items() if name != key})
        self._settle_readers(key, "")

    def _without_part(self, one: Difference) -> None:
        where = f"{one.table}.{one.part}"
        if self._is_own(one.table, one.part) or any(one.part in row for row in self.start.tables[one.table].fixed):
            self._lose(one.table)
        if one.kind == "dropped":
            self.notes.append(f"{where}: gone from the database, taken out")
        else:
            self.changed.add(where)
            self.notes.append(f"{where}: {self._place(one.table, one.part)}, its plan as it was is taken out")
        self._take_out(one.table, one.part, gone=True)
        self._settle_readers(one.table, one.part)

    def _place(self, table: str, name: str) -> str:
        column = self.schema.table(table).by_name.get(name)
        if column is not None and column.generated is not None:
            return "computed by the database now"
        return "no foreign key any more" if name in self.start.tables[table].by_key else "part of a foreign key now"

    def _take_out(self, table: str, name: str, *, gone: bool) -> None:
        from synthseed.plan_parts import without

        rest = without(self.plan.tables[table], name, gone=gone, real=self.schema.table(table).by_name)
        self.plan = replace(self.plan, tables={**self.plan.tables, table: rest})

    def _leave(self, key: str, name: str) -> None:
        """Leave a column as a person planned it, but for a share of NULL that it can no longer have."""
        self.notes.append(f"{key}.{name}: changed in the database; the plan is yours and stays as it is: look at it")
        table, column = self.plan.tables[key], self.schema.table(key).by_name.get(name)
        if column is not None and not column.nullable and table.nulls.get(name):
            self.notes.append(f"{key}.{name}: NOT NULL now, its {table.nulls[name]} % of NULL are taken out")
            table = replace(table, nulls={one: share for one, share in table.nulls.items() if one != name})
            self.plan = replace(self.plan, tables={**self.plan.tables, key: table})

    def _settle_readers(self, table: str, name: str) -> None:
        """Plan again what read a column, key or table that is gone; what is a person's is named."""
        gone = f"{table}.{name}" if name else table
        for key, reader in self._readers(table, name):
            where = f"{key}.{reader}"
            if self._is_own(key, reader):
                self.notes.append(f"{where}: reads {gone}, which is gone; its plan is yours and stays as it is: change it")
            elif where not in self.read | self.changed:
                self.read.add(where)
                self.notes.append(f"{where}: read {gone}, which is gone; planned again")
                self._take_out(key, reader, gone=False)

    def _readers(self, table: str, name: str) -> Iterator[tuple[str, str]]:
        """Yield (table, column or key) of what may read a column, key or table."""
        from synthseed.plan_parts import readers

        short = table.rpartition(".")[2]
        for key, plan in list(self.plan.tables.items()):
            shown = self.schema.table(key)
            if key == table:
                found = {*readers(plan, name.split(",")), *(one.columns for one in plan.fks if one.via == name)}
            else:
                labels = [word for one in shown.foreign_keys if one.parent == table for word in one.columns]
                found = set(readers(plan, [short, *labels]))
                found &= set(readers(plan, name.split(","))) if name else found
            yield from ((key, one) for one in sorted(found) if one in shown.by_name or one in plan.by_key)


def with_locked(schema: Schema, plan: Plan, folder: Path | None) -> tuple[Plan, tuple[str, ...]]:
    """Return a plan from nothing with the columns and tables that are locked in the one that is there, and a note for each."""
    from synthseed import plan_yaml
    from synthseed.errors import PlanError
    from synthseed.planners import offline
    from synthseed.planners.model.borrow import borrowed

    if folder is None or not (folder / plan_yaml.HEAD).is_file():
        return plan, ()
    try:
        old = plan_yaml.load_plan(folder)
    except PlanError as error:
        return plan, (f"the plan that was there could not be read, and nothing of it is kept: {error}",)
    tables, notes = dict(plan.tables), []
    for key in plan.tables.keys() & old.tables.keys():
        before, table = old.tables[key], plan.tables[key]
        locked = [one.column for one in before.columns if one.locked and one.column in table.by_column]
        if before.locked:
            tables[key] = before
            notes.append(f"{key}: locked, kept")
        elif locked:
            tables[key] = borrowed(table, before, locked)
            notes += [f"{key}.{name}: locked, kept" for name in locked]
    found, _ = offline.complete(schema, replace(plan, tables=tables))
    place = plan_yaml.places(folder)
    plan_yaml.check_fit(found, schema, file=lambda table: str(place[table]) if table in place else table)
    return found, tuple(sorted(notes))


def keep_lost(folder: Path, lost: tuple[str, ...]) -> list[str]:
    """Copy the files whose text would be lost to `.before`; return a sentence for each."""
    from synthseed import plan_yaml

    place, told = plan_yaml.places(folder), []
    for key in lost:
        text = place[key].read_text(encoding="utf-8")
        copy = _free(place[key], text)
        plan_yaml.write_whole(copy, text)
        told.append(f"{key}: what you had edited is kept in {near(copy)}")
    return told


def _free(file: Path, text: str) -> Path:
    """Return a name beside a file that holds this very text already, or nothing."""
    number = 1
    while True:
        found = file.with_name(f"{file.name}.before{number if number > 1 else ''}")
        if not found.exists() or found.read_text(encoding="utf-8") == text:
            return found
        number += 1
