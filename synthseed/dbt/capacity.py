"""Give a table no more rows than its keys have values for: a key over small vocabularies cannot tell more apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from synthseed.plan import Choice, Plan, TablePlan
from synthseed.schema import Schema, Table

CLOSE = 0.6  # of the combinations of several columns that are drawn, one beside the other


def fitted(plan: Plan, schema: Schema) -> Plan:
    """Return the plan with fewer rows where a key is narrower than the rows that were planned."""
    tables = dict(plan.tables)
    for table in schema.tables:
        if table.key in tables:
            tables[table.key] = _fitted(tables[table.key], table, tables)
    return replace(plan, tables=tables)


def _fitted(plan: TablePlan, table: Table, tables: Mapping[str, TablePlan]) -> TablePlan:
    for key in table.keys:
        most = room(key.columns, plan, table, tables)
        if most is not None and plan.rows > most:
            note = f"{most} rows, no more: ({', '.join(key.columns)}) is unique"
            columns = tuple(replace(one, note=note) if one.column == key.columns[0] else one for one in plan.columns)
            plan = replace(plan, rows=most, columns=columns)
    return plan


def room(names: tuple[str, ...], plan: TablePlan, table: Table, tables: Mapping[str, TablePlan]) -> int | None:
    """Return how many rows a key over some columns can tell apart; None where a column has no small vocabulary."""
    parents = {key.columns[0]: key.parent for key in table.foreign_keys if len(key.columns) == 1}
    combinations = 1
    for name in names:
        column, parent = plan.by_column.get(name), tables.get(parents.get(name, ""))
        if parent is not None and parents[name] != table.key:
            combinations *= max(parent.rows, 1)
        elif column is not None and isinstance(column.gen, Choice) and not any(one.column == name for one in plan.overrides):
            combinations *= len({value for tier in column.gen.tiers for value in tier.values})
        else:
            return None
    return max(int(combinations * CLOSE), 1) if len(names) > 1 else combinations
