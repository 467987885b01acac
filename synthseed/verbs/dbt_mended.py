"""Mend the plan of a dbt project after a build: by what the rules changed, then by a model where one is configured.

The rules change facts, and the plan that the offline planner makes of them differs in some columns before and after: those
columns alone are taken over into the plan in use, whoever made it. What a person wrote in it stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synthseed.errors import SynthseedError
from synthseed.verbs import modelled, prepared
from synthseed.verbs.next_best import shown

if TYPE_CHECKING:
    from pathlib import Path

    from synthseed.configuration import Database
    from synthseed.dbt.concerned import Concern
    from synthseed.dbt.described import Described
    from synthseed.plan import Plan, TablePlan
    from synthseed.planners.model.budget import Budget
    from synthseed.planners.model.request import Problem
    from synthseed.report.asked import Asked
    from synthseed.report.progress import Progress
    from synthseed.schema import Schema

Names = Mapping[str, Collection[str]]  # columns and labels of keys, by table


@dataclass(frozen=True)
class Answered:
    """Hold what came of asking a model.

    Attributes:
        columns: `table.column` of the columns that it planned otherwise.
        notes: Why it could not be asked, or what it asked is not there.
    """

    plan: Plan
    columns: tuple[str, ...] = ()
    asked: Asked | None = None
    notes: tuple[str, ...] = ()


def in_use(folder: Path | None, schema: Schema) -> tuple[Plan, Names] | None:
    """Return the plan in files, whole, with what of it is a person's; None where there are none."""
    from synthseed import plan_lock, plan_yaml
    from synthseed.planners import offline

    if folder is None or not (folder / plan_yaml.HEAD).is_file():
        return None
    plan, lock = plan_yaml.load_plan(folder), plan_lock.read_lock(folder)
    kept = {key: plan_lock.edited(plan, lock, key) for key in plan.tables}
    there = {key: table for key, table in plan.tables.items() if key in schema.by_key}
    whole, _ = offline.complete(schema, replace(plan, tables=there))
    return whole, kept


def mended(plan: Plan, before: Plan, after: Plan, kept: Names) -> tuple[Plan, tuple[str, ...]]:
    """Return a plan with what differs between two others, and the columns that are a person's and so were not changed.

    Args:
        plan: The plan in use.
        before: What the offline planner made of the facts as they were.
        after: What it makes of them now.
        kept: What of the plan is a person's.
    """
    tables, left = dict(plan.tables), list[str]()
    for key, new in after.tables.items():
        if key not in tables or key not in before.tables:
            tables[key] = new
            continue
        tables[key], own = _table(tables[key], before.tables[key], new, kept.get(key, ()))
        left += [f"{key}.{name}" if name else key for name in own]
    return replace(plan, tables=tables), tuple(left)


def _table(plan: TablePlan, before: TablePlan, after: TablePlan, kept: Collection[str]) -> tuple[TablePlan, list[str]]:
    from synthseed import plan_lock
    from synthseed.planners.model.borrow import borrowed

    old, new = plan_lock.planned(before), plan_lock.planned(after)
    changed = [name for name, digest in new.items() if old.get(name) != digest]
    free = [name for name in changed if name not in kept]
    columns = [name for name in free if name in after.by_column]
    keys = [name for name in free if name in after.by_key]
    gone = {*columns, *(name for label in keys for name in label.split(","))}
    plan = replace(
        plan,
        fks=tuple(one for one in plan.fks if one.columns not in columns),
        columns=tuple(one for one in plan.columns if one.column not in gone),
        nulls={name: share for name, share in plan.nulls.items() if name not in gone},
    )
    plan = borrowed(plan, after, columns, keys=keys)
    if plan_lock.TABLE in free:
        rows = plan.rows * after.rows // before.rows if before.rows else after.rows
        fixed = (*plan.fixed, *(row for row in after.fixed if row not in before.fixed and row not in plan.fixed))
        plan = replace(plan, rows=rows, fixed=fixed)
    return plan, [name for name in changed if name in kept]


def asked(
    database: Database,
    described: Described,
    plan: Plan,
    concerns: Sequence[Concern],
    *,
    kept: Names,
    as_of: str,
    purse: Budget,
    progress: Progress,
    sql: bool = False,
) -> Answered:
    """Return the plan with the columns that failures are about as a model plans them.

    It is told the schema, and of each failure its kind, names and counts; no value, and SQL only where `sql` says so.
    """
    from synthseed import plan_lock
    from synthseed.editions import Ledger
    from synthseed.verbs.written import UNSAVED

    problems = _problems(described, plan, concerns, kept, sql=sql)
    if not problems:
        return Answered(
            plan, notes=("no column of a failure can be planned otherwise: keys are the engine's, and what a person wrote stays",)
        )
    columns = tuple(dict.fromkeys((one.table, one.column) for one in problems))
    start = replace(plan, as_of=as_of)
    try:
        found, told = modelled.ask(
            database,
            described.schema,
            start,
            as_of=prepared.moment(start, Ledger()),
            tables=(),
            columns=[f"{key}.{name}" for key, name in columns],
            problems=problems,
            progress=progress,
            purse=purse,
        )
    except SynthseedError as error:
        return Answered(plan, notes=(f"a model was to repair the plan and could not: {UNSAVED.sub('', str(error))}",))
    old = {key: plan_lock.planned(plan.tables[key]) for key, _ in columns}
    new = {key: plan_lock.planned(found.tables[key]) for key, _ in columns}
    changed = tuple(f"{key}.{name}" for key, name in columns if old[key].get(name) != new[key].get(name))
    return Answered(replace(found, as_of=plan.as_of), changed, told)


def _problems(described: Described, plan: Plan, concerns: Sequence[Concern], kept: Names, *, sql: bool) -> list[Problem]:
    """Return what a model is told, per column that it may plan: what failed, and how it is planned now."""
    from synthseed.planners.model.compact import planned
    from synthseed.planners.model.redaction import redacted
    from synthseed.planners.model.request import Problem

    found = []
    for concern in concerns:
        for cell in concern.cells:
            key, name = described.tables[cell.relation], described.names[cell]
            if name in planned(described.schema.table(key)) and name not in kept.get(key, ()):
                now = plan.tables[key].by_column.get(name)
                told = f"{key}.{name}: {concern.text}" + (f"; it was planned as {shown(now.gen)}" if now is not None else "")
                found.append(Problem("refused_by_build", key, name, redacted(told), concern.sql if sql else ""))
    return found
