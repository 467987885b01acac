"""Remember what was planned and for which schema: `_plan.lock` beside `_plan.yml`, written by the planner alone.

Per column it holds two short digests: of the metadata that its plan depends on, and of the plan as it was made. The first tells
what a migration changed, the second what a person edited since. Comments are in neither: rewording one plans nothing again.
What a table's plan says beside its columns (rows, rules, rows by hand) has a digest under the empty name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from synthseed.errors import PlanError
from synthseed.plan import Plan, TablePlan
from synthseed.plan_parts import stands
from synthseed.plan_yaml import canonical, write_whole
from synthseed.schema import Column, Schema, Table, Unique

FILE = "_plan.lock"
FORMAT = 1
TABLE = ""  # name of what a table's plan says beside its columns and keys
DIGITS = 6  # bytes of a digest: 48 bits are enough to tell two versions of one column apart


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold the digests of a column or key: of its metadata, and of its plan as it was made ("": by a person)."""

    schema: str
    plan: str = ""


@dataclass(frozen=True)
class Lock:
    """Hold the entries of columns and foreign keys (by label), by table and name, and the dialect that describes them.

    Another dialect says the same in other words: against it nothing is seen to have changed.
    """

    tables: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)
    dialect: str = ""

    def entry(self, table: str, name: str) -> Entry | None:
        """Return the entry of a column or key, None where the lock has none."""
        return self.tables.get(table, {}).get(name)

    def known(self, schema: Schema, table: str) -> Mapping[str, Entry]:
        """Return the entries of a table that a schema can be held against."""
        return self.tables.get(table, {}) if self.dialect == schema.dialect else {}


@dataclass(frozen=True, slots=True)
class Difference:
    """Name one thing in which a plan and a schema differ: a table, or a column or key of it."""

    kind: str  # new, dropped, changed
    table: str
    part: str = ""

    def line(self) -> str:
        """Return it as a person reads it."""
        told = {
            "new": "is in the database and not in the plan",
            "dropped": "is in the plan and not in the database",
            "changed": "is another than the one that was planned for",
        }
        return f"{f'{self.table}.{self.part}' if self.part else self.table}: {told[self.kind]}"


# ---------------------------------------------------------------------------------------------- digests
def _digest(value: Any) -> str:
    text = json.dumps(canonical(value), ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)
    return blake2b(text.encode(), digest_size=DIGITS).hexdigest()


def described(table: Table) -> dict[str, str]:
    """Return the digest of what the plan of each column and foreign key of a table depends on."""
    found = {}
    for column in table.columns:
        whole = (column.type, column.default, column.identity, column.generated, column.sequence is not None)
        found[column.name] = _digest((whole, _constrained(table, column)))
    for key in table.foreign_keys:
        # Not the type: it is the parent's, and no plan of a key depends on it.
        bound = tuple(_constrained(table, table.column(name)) for name in key.columns)
        found[key.label] = _digest(("key", key.columns, key.parent, key.parent_columns, bound))
    return found


def _constrained(table: Table, column: Column) -> tuple[object, ...]:
    keys = tuple(_told(key) for key in table.keys if column.name in key.columns or key.expressions or key.where)
    checks = tuple(check.text for check in table.checks if column.name in check.columns or not check.columns)
    return (column.name, column.nullable, keys, checks, tuple(exclusion.text for exclusion in table.exclusions))


def _told(key: Unique) -> tuple[object, ...]:
    return (key.columns, key.expressions, key.where, key.nulls_distinct, key.primary)


def planned(plan: TablePlan) -> dict[str, str]:
    """Return the digest of the plan of each column and foreign key, with all that it stands on; and of the rest, under ""."""
    found = {TABLE: _digest((plan.role, plan.rows, plan.rules, plan.stream, plan.fixed, plan.written))}
    found |= {name: _digest((own, parts)) for name, own, parts in stands(plan)}
    for key in plan.fks:
        nulls = tuple(plan.nulls.get(name) for name in key.columns.split(","))
        found[key.columns] = _digest(("key", key, nulls))
    return found


# ---------------------------------------------------------------------------------------------- the file
def read_lock(folder: Path) -> Lock:
    """Return the lock of a plan's folder; an empty one where there is none.

    Raises:
        PlanError: It cannot be read.
    """
    file = folder / FILE
    if not file.is_file():
        return Lock()
    try:
        root = json.loads(file.read_text(encoding="utf-8"))
        tables = {
            str(key): {str(name): Entry(str(pair[0]), str(pair[1])) for name, pair in entries.items()}
            for key, entries in root["tables"].items()
        }
        dialect = str(root["dialect"])
        if root["format"] != FORMAT:
            raise ValueError("format")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise PlanError(
            f"{file}: it cannot be read ({type(error).__name__}); it is written by `synthseed plan` alone. Restore it, or delete it: every "
            "column then counts as edited"
        ) from error
    return Lock(tables, dialect)


def save_lock(folder: Path, plan: Plan, schema: Schema, lock: Lock, before: Plan | None) -> None:
    """Write the lock of a plan.

    Args:
        folder: The plan's folder.
        plan: The plan as it is now.
        schema: The schema that it is for.
        lock: The lock as it was.
        before: The plan as it was: what was a person's there stays a person's. None: all of it is planned.
    """
    tables: dict[str, dict[str, list[str]]] = {}
    for key, table in sorted(plan.tables.items()):
        if key not in schema.by_key:
            continue
        digests = planned(table)
        entries = tables[key] = {}
        persons = edited(before, lock, key) if before is not None and key in before.tables else frozenset()
        for name, digest in {TABLE: "", **described(schema.table(key))}.items():
            old = lock.entry(key, name)
            kept = before is not None and name in persons and _has(before, table, name)
            entries[name] = [digest, (old.plan if old else "") if kept else digests.get(name, "")]
    rows = [
        f"  {json.dumps(key)}: {{\n" + ",\n".join(f"   {json.dumps(name)}: {json.dumps(pair)}" for name, pair in entries.items()) + "\n  }"
        for key, entries in tables.items()
    ]
    write_whole(
        folder / FILE, f'{{"format": {FORMAT}, "dialect": {json.dumps(schema.dialect)}, "tables": {{\n' + ",\n".join(rows) + "\n}}\n"
    )


def _has(plan: Plan, table: TablePlan, name: str) -> bool:
    """Return whether a plan has what another one has under this name: a column, a key, or the table."""
    old = plan.tables.get(table.table)
    return old is not None and (name in old.by_column) == (name in table.by_column) and (name in old.by_key) == (name in table.by_key)


# ---------------------------------------------------------------------------------------------- what differs
def edited(plan: Plan, lock: Lock, table: str) -> frozenset[str]:
    """Return the columns and keys of a table (and `TABLE`) that are a person's: locked, said so, planned by hand, or changed since."""
    entries, columns = lock.tables.get(table, {}), plan.tables[table].by_column
    digests = planned(plan.tables[table])
    kept = {name for name, column in columns.items() if column.locked or column.source == "user" or plan.tables[table].locked}
    kept |= {TABLE, *plan.tables[table].by_key} if plan.tables[table].locked else set()
    return frozenset(kept | {name for name, digest in digests.items() if name not in entries or entries[name].plan != digest})


def differences(schema: Schema, plan: Plan, lock: Lock, whole: Plan) -> tuple[Difference, ...]:
    """Return in what a plan and a schema differ, by table; what the lock does not know cannot be seen to have changed.

    Args:
        schema: The database.
        plan: The plan as it is.
        lock: What was planned for which schema.
        whole: The plan, completed for the schema: what only it has is new.
    """
    found = [Difference("new", key) for key in schema.by_key if key not in plan.tables]
    found += [Difference("dropped", key) for key in plan.tables if key not in schema.by_key]
    for key, table in plan.tables.items():
        if key in schema.by_key:
            found += _of_table(schema.table(key), table, lock.known(schema, key), whole.tables[key])
    return tuple(found)


def _planned_names(table: Table, plan: TablePlan) -> list[str]:
    """Return the columns and keys that a plan plans, each once; helper columns are the plan's own matter."""
    return list(dict.fromkeys((*(name for name in plan.by_column if name in table.by_name or not name.startswith("_")), *plan.by_key)))


def _of_table(table: Table, plan: TablePlan, lock: Mapping[str, Entry], whole: TablePlan) -> list[Difference]:
    now, there = described(table), _planned_names(table, plan)
    loose = {*plan.nulls, *(name for row in plan.fixed for name in row)}
    gone = [name for name in (*there, *sorted(loose - {*there})) if name not in now]
    parts = [("new", name) for name in _planned_names(table, whole) if name not in there] + [("dropped", name) for name in gone]
    parts += [("changed", name) for name in there if name in now and (name in misplaced(table, plan) or _is_another(lock, name, now))]
    return [Difference(kind, table.key, name) for kind, name in parts]


def _is_another(lock: Mapping[str, Entry], name: str, now: Mapping[str, str]) -> bool:
    return name in lock and lock[name].schema != now[name]


def outdated(schema: Schema, plan: Plan, lock: Lock) -> dict[str, set[str]]:
    """Return the columns and keys whose metadata is another than the lock knows and that are no person's, by table."""
    found: dict[str, set[str]] = {}
    for key, table in plan.tables.items():
        now = described(schema.table(key)) if key in schema.by_key else {}
        changed = (name for name in (*table.by_column, *table.by_key) if name in now and _is_another(lock.known(schema, key), name, now))
        found[key] = set(changed) - edited(plan, lock, key)
    return found


def misplaced(table: Table, plan: TablePlan) -> set[str]:
    """Return the columns that a plan has no say in any more (computed, or part of a foreign key), and keys that are plain columns now."""
    bound = {name for key in table.foreign_keys for name in key.columns}
    keys = {key.label for key in table.foreign_keys}
    computed = {column.name for column in table.columns if column.generated is not None}
    return {name for name in plan.by_column if name in bound | computed} | {name for name in plan.by_key if name not in keys}
