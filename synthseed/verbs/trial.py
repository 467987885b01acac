"""Try a plan in memory before it is used: which of its columns does the engine refuse, and why.

The engine raises the first thing that is wrong. Here each refusal costs the column that it names: the column takes what the
offline planner makes of it, and the plan is tried again, until it compiles and its first rows can be made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from synthseed.errors import PlanError, Refused, SchemaError
from synthseed.plan import Choice, Expr, Joint, Json, Template

if TYPE_CHECKING:
    from synthseed.engine.program import Program
    from synthseed.plan import Plan, TablePlan
    from synthseed.schema import Schema

LOOKED_AT = 300  # rows whose finished texts are looked at
MOST = 400  # columns given up in one plan; each costs a compilation


@dataclass(frozen=True, slots=True)
class Fault:
    """Name what the engine refused: a column (or the label of a key, or the text of a rule) of a table, and the refusal."""

    table: str
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Tried:
    """Hold the plan that works, its program, and what had to be given up for it."""

    plan: Plan
    program: Program
    faults: tuple[Fault, ...]


def tried(schema: Schema, plan: Plan, offline: Plan, *, rows: Mapping[str, int] | None = None, as_of: int) -> Tried:
    """Return the plan with everything that the engine refuses planned offline.

    Args:
        schema: The database.
        plan: A plan whose names fit the schema.
        offline: The offline planner's plan of the same schema: what a refused column falls back on.
        rows: Rows per table; the plan's own, unless given.
        as_of: Microseconds since 1970, UTC.

    Raises:
        PlanError, Refused, SchemaError: The offline planner's own plan is refused as well.
    """
    from synthseed.engine.program import compile_program

    faults: list[Fault] = []
    while True:
        counts = rows if rows is not None else {key: table.rows for key, table in plan.tables.items()}
        try:
            program = compile_program(schema, plan, rows=counts, as_of=as_of)
            program.rehearse()
            fault = _reaching(program, plan)
            if fault is None:
                return Tried(plan, program, tuple(faults))
            raise PlanError(fault.text)
        except (PlanError, Refused, SchemaError) as error:
            fault = _fault(schema, plan, str(error))
            changed = _given_up(plan, offline, fault) if fault is not None and len(faults) < MOST else plan
            if fault is None or changed == plan:
                raise
            faults.append(fault)
            plan = changed


def _reaching(program: Program, plan: Plan) -> Fault | None:
    """Return the first column of a model's whose finished cells hold what could be somebody's: parts that are harmless alone."""
    from synthseed import chunk
    from synthseed.cells import Form
    from synthseed.planners.model.values import reaches

    for key, table in plan.tables.items():
        rows = program.gained(key)[:LOOKED_AT]
        names = [
            one.column
            for one in table.columns
            if one.source == "model" and isinstance(one.gen, Template | Expr | Choice | Json | Joint) and one.column in program.columns(key)
        ]
        for name, cells in program.cells(key, np.array(rows, np.int64), names).items() if rows and names else ():
            if cells.form is Form.TEXT and any(text and reaches(text) for text in set(chunk.python(cells.array))):
                return Fault(key, name, f"{key}.{name}: its cells hold an address, a number or a formula that could be somebody's")
    return None


def _fault(schema: Schema, plan: Plan, text: str) -> Fault | None:
    """Return what a message speaks of: it begins with `table.column`, or with `table` and names the rest."""
    keys = sorted((key for key in schema.by_key if text.startswith(key)), key=len)
    for key in reversed(keys):
        table, rest = plan.tables.get(key), text[len(key) :]
        if table is None or rest[:1] not in (".", ":", " "):
            continue
        for part in _parts(schema, table):
            if rest.startswith(f".{part}") and not rest[len(part) + 1 : len(part) + 2].isalnum():
                return Fault(key, part, text)
        for rule in table.rules:
            if f"`{rule}`" in rest:
                return Fault(key, rule, text)
        return Fault(key, "", text)
    return _in_condition(plan, text) if text.startswith("`") else None


def _in_condition(plan: Plan, text: str) -> Fault | None:
    """Return the rule, or the override, that holds an expression which a message begins with and says no table of.

    One that is this expression comes before one that only holds it, and a table that the message names before others.
    """
    from synthseed.expressions import parse, unparse, walk

    quoted = text[1:].partition("`")[0]
    found: list[tuple[tuple[bool, bool], Fault]] = []
    for key, table in plan.tables.items():
        conditions = [(rule, rule) for rule in table.rules] + [(one.column, one.when) for one in table.overrides]
        for part, condition in conditions:
            node = parse(condition)
            if quoted in map(unparse, walk(node)):
                found.append(((unparse(node) != quoted, f" {key}: " not in text), Fault(key, part, text)))
    return min(found, key=lambda one: one[0], default=(None, None))[1]


def _parts(schema: Schema, table: TablePlan) -> Iterator[str]:
    """Yield the columns and keys of a table, the longest names first."""
    names = {*table.by_column, *(key.columns for key in table.fks), *(column.name for column in schema.table(table.table).columns)}
    yield from sorted(names, key=len, reverse=True)


def _given_up(plan: Plan, offline: Plan, fault: Fault) -> Plan:
    """Return the plan without the part at fault; the whole table where nothing smaller is named or is left to give up."""
    old, new = plan.tables[fault.table], offline.tables.get(fault.table)
    if fault.part in old.rules:
        changed = replace(old, rules=tuple(rule for rule in old.rules if rule != fault.part))
    elif new is None:
        return plan
    else:
        changed = _column_from(old, new, fault.part) if fault.part else old
        if changed == old:
            changed = new
    return replace(plan, tables={**plan.tables, fault.table: changed})


def _column_from(old: TablePlan, new: TablePlan, name: str) -> TablePlan:
    """Return the old plan with one column, or one key, as the new one has it, with all that the new one needs for it."""
    from synthseed.planners.model.borrow import borrowed

    key = new.by_key.get(name)
    if key is not None:
        return replace(old, fks=tuple(key if one.columns == name else one for one in old.fks))
    planned = new.by_column.get(name)
    if planned is None or planned.gen == getattr(old.by_column.get(name), "gen", None):
        return old
    return borrowed(old, new, [name])
