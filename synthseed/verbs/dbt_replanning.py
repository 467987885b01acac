"""Bring the plan of a dbt project up to what its models read now: what is new is planned, what a person wrote stays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.editions import Ledger
from synthseed.errors import ConfigurationError, SynthseedError
from synthseed.verbs import modelled, prepared, wanted
from synthseed.verbs.dbt_wanted import adjusted_plan
from synthseed.verbs.plan import Checked, Planned
from synthseed.verbs.planning import Chosen, near, saved
from synthseed.verbs.replanning import Replanning, differing, keep_lost, replanned

if TYPE_CHECKING:
    from synthseed.configuration import Database
    from synthseed.plan import Plan, TablePlan
    from synthseed.planners.model.request import Guidance
    from synthseed.report.asked import Asked
    from synthseed.report.progress import Progress
    from synthseed.schema import Schema
    from synthseed.verbs.dbt_sources import Read

UNFIT = "planned without what the project's tests need of it, which does not go with the plan that is there; --again plans all of it"


@dataclass(frozen=True)
class _Made:
    """Hold a plan that was completed, what was said on the way, and what a model was asked."""

    plan: Plan
    notes: tuple[str, ...] = ()
    asked: Asked | None = None


def target_of(read: Read) -> str:
    """Return what the plan is of."""
    return f"the {len(read.described.schema.tables)} sources of the dbt project {read.project.name}"


def need_nothing_else(folder: Path, *given: object) -> None:
    """Refuse what is asked of a plan from nothing where one is there.

    Raises:
        ConfigurationError: It is edited there, or replaced.
    """
    if any(one is not None for one in given):
        raise ConfigurationError(f"{near(folder)}/ holds a plan; edit it there, or plan again from nothing with --again")


def completed(read: Read, database: Database, folder: Path, *, dry_run: bool, progress: Progress) -> Planned:
    """Plan what the plan in a folder lacks, and what has changed and is no person's; nothing else of it is touched.

    Raises:
        PlanError: What a person wrote does not fit the project any more; with its file, and what to do.
    """
    from synthseed import plan_yaml

    schema = read.described.schema
    again = replanned(schema, plan_yaml.load_plan(folder), folder)
    if dry_run and database.planner == "openai":
        found = modelled.requests(schema, _guidance(database, schema, again), tables=again.tables, columns=_columns(schema, again))
        return Planned(target_of(read), {}, None, (), kept=True, estimate=modelled.estimate(database, found).line())
    made = _made(read, database, again, progress)
    lost = () if dry_run else tuple(keep_lost(folder, again.lost))
    if not dry_run:
        saved(folder, made.plan, schema)
    failed = tuple(f"{key} could not be read: {why}" for key, why in read.failed.items())
    notes = tuple(_told(one) for one in (*read.rounds, *again.notes, *made.notes, *failed, *lost))
    files = plan_yaml.dump_plan(made.plan, schema)
    return Planned(target_of(read), files, None if dry_run else near(folder), notes, kept=True, asked=made.asked)


def checked(read: Read, folder: Path, repair: str) -> Checked:
    """Hold the plan in a folder against the project.

    Raises:
        PlanError: The plan cannot be read.
    """
    from synthseed import plan_lock, plan_yaml

    if not (folder / plan_yaml.HEAD).is_file():
        return Checked(target_of(read), None, (f"there is no plan in {near(folder)}/",), repair)
    found = differing(read.described.schema, plan_yaml.load_plan(folder), plan_lock.read_lock(folder))
    return Checked(target_of(read), near(folder), tuple(_told(one.line()) for one in found), repair)


def _told(note: str) -> str:
    """Return a sentence about a database as one about a project: the columns are those that its models read."""
    return note.replace("the database", "the project")


# ---------------------------------------------------------------------------------------------- what is new
def _columns(schema: Schema, again: Replanning) -> tuple[str, ...]:
    """Return the columns that a planner may plan; keys are the engine's."""
    keys = {f"{table.key}.{key.label}" for table in schema.tables for key in table.foreign_keys}
    return tuple(one for one in again.columns if one not in keys)


def _guidance(database: Database, schema: Schema, again: Replanning) -> Guidance:
    return modelled.guidance(database, schema, again.whole, database.locale)


def _made(read: Read, database: Database, again: Replanning, progress: Progress) -> _Made:
    schema, columns = read.described.schema, _columns(read.described.schema, again)
    made = _Made(again.whole)
    if not again.tables and not again.columns:
        return made
    if database.planner == "openai" and (again.tables or columns):
        plan, told = modelled.ask(
            database,
            schema,
            again.whole,
            as_of=prepared.moment(again.whole, Ledger()),
            locale=database.locale,
            tables=again.tables,
            columns=columns,
            progress=progress,
        )
        made = _Made(plan, told.fallbacks, told)
    adjusted = replace(made, plan=_with(made.plan, adjusted_plan(read, made.plan), again))
    if _fits(schema, adjusted.plan) or not _fits(schema, made.plan):
        return adjusted
    return replace(made, notes=(*made.notes, *(f"{one}: {UNFIT}" for one in (*again.tables, *again.columns))))


def _with(plan: Plan, adjusted: Plan, again: Replanning) -> Plan:
    """Return a plan with what is new in it as another has it, and with the helpers that this reads of other tables."""
    from synthseed.planners.model.borrow import borrowed

    tables = dict(plan.tables)
    for key, old in plan.tables.items():
        new = adjusted.tables[key]
        names = [one.removeprefix(f"{key}.") for one in again.columns if one.startswith(f"{key}.")]
        if key in again.tables:
            tables[key] = new
        elif names:
            columns, keys = [name for name in names if name in new.by_column], [name for name in names if name in new.by_key]
            tables[key] = borrowed(old, new, columns, keys=keys)
    for key, table in tables.items():
        helpers = [name for name in adjusted.tables[key].by_column if name[:1] == "_" and name not in table.by_column]
        read = [name for name in helpers if _read(key, name, [one for other, one in tables.items() if other != key])]
        if read:
            tables[key] = borrowed(table, adjusted.tables[key], read)
    return replace(plan, tables=tables)


def _read(key: str, name: str, tables: Collection[TablePlan]) -> bool:
    """Return whether a column of one of these tables reads a helper."""
    short = key.rpartition(".")[2]
    texts = [str(column.gen) for table in tables for column in table.columns]
    return any(name in text and short in text for text in texts)


def _fits(schema: Schema, plan: Plan) -> bool:
    """Return whether the engine takes a plan."""
    try:
        program, _ = prepared.in_memory(schema, Chosen(plan, ""), wanted.Asked())
        program.rehearse()
    except SynthseedError:
        return False
    return True
