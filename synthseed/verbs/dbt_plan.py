"""Write a plan for the sources of a dbt project, to review, edit and commit; `synthseed dbt fill` takes it from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthseed.configuration import Database
from synthseed.errors import ConfigurationError
from synthseed.report.progress import Progress, Silent
from synthseed.verbs import dbt_sources, modelled, prepared, wanted
from synthseed.verbs.dbt_replanning import checked, completed, need_nothing_else, target_of
from synthseed.verbs.dbt_wanted import PLANNED_BY, adjusted_plan, need_moment, plan_folder
from synthseed.verbs.plan import Checked, Planned
from synthseed.verbs.planning import doubts, near, saved
from synthseed.verbs.replanning import with_locked

if TYPE_CHECKING:
    from synthseed.plan import Plan
    from synthseed.report.asked import Asked
    from synthseed.verbs.dbt_sources import Read


def dbt_plan(
    *,
    project_dir: str | Path | None = None,
    dbt: str | Path | None = None,
    target: str | None = None,
    profiles_dir: str | Path | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002 - dbt's own word
    artifacts: str | Path | None = None,
    rows: int | Mapping[str, int] | None = None,
    seed: int | None = None,
    as_of: str | None = None,
    locale: str | None = None,
    plan: str | None = None,
    again: bool = False,
    oracle: bool = True,
    dry_run: bool = False,
    planner: str | None = None,
    model: str | None = None,
    base_url: str | None = None,
    instructions: str | None = None,
    max_cost_usd: Decimal | float | str | None = None,
    progress: Progress | None = None,
) -> Planned:
    """Write the plan of a dbt project's sources into seeds_config/plans/, where `dbt_fill` finds it.

    A plan that is there is kept as it is: only what it lacks, and what has changed and is no person's, is planned.
    The warehouse is not asked. A model is sent what is known of the sources, never the project's SQL.

    Args:
        project_dir: Folder of dbt_project.yml, or one below it; the current one.
        dbt: The user's dbt; the one on the PATH.
        target: Of the profile.
        profiles_dir: Folder of profiles.yml, found as dbt finds it.
        vars: As `dbt --vars`.
        artifacts: Folder of artifacts that are read in dbt's place.
        rows: Rows that every source shall hold, or by table.
        as_of: ISO moment that the rows are told from; without it a fill tells them from its own hour, as freshness needs it.
        plan: Name of the plan below seeds_config/plans/; the project's name.
        again: Replace the plan that is there, but for what is locked in it.
        oracle: Ask an empty scratch warehouse what was misunderstood.
        dry_run: Write and send nothing.
        planner: `offline` or `openai`.

    Raises:
        SynthseedError: The project or a plan that is there cannot be read, or the model cannot be asked.
    """
    need_moment(as_of)
    named = dbt_sources.asked(project_dir, dbt, target, profiles_dir, vars, artifacts)
    project, _ = dbt_sources.paths(named)
    folder = plan_folder(project, plan)
    kept = (folder / "_plan.yml").is_file() and not again
    if kept:
        need_nothing_else(folder, rows, seed, as_of, locale)
    database = modelled.Wish(planner, model, base_url, instructions, None, max_cost_usd).on(_database(locale))
    read = _read(named, oracle=oracle)
    if not read.described.schema.tables:
        raise ConfigurationError(f"{project.file}: the project has no source to plan; expected one; `synthseed dbt seeds` is for its seeds")
    if kept:
        return completed(read, database, folder, dry_run=dry_run, progress=progress or Silent())
    asked = wanted.asked(rows).named(read.described.schema)
    return _planned(read, database, asked, seed, as_of, folder, again=again, dry_run=dry_run, progress=progress or Silent())


def check_dbt_plan(
    *,
    project_dir: str | Path | None = None,
    dbt: str | Path | None = None,
    target: str | None = None,
    profiles_dir: str | Path | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002 - dbt's own word
    artifacts: str | Path | None = None,
    plan: str | None = None,
    oracle: bool = True,
) -> Checked:
    """Hold a plan against its project; nothing is written and no model is asked. The arguments are those of `dbt_plan`.

    Raises:
        SynthseedError: The project or the plan cannot be read.
    """
    named = dbt_sources.asked(project_dir, dbt, target, profiles_dir, vars, artifacts)
    project, _ = dbt_sources.paths(named)
    read = _read(named, oracle=oracle)
    return checked(read, plan_folder(project, plan), PLANNED_BY + (f" --plan {plan}" if plan else ""))


def _database(locale: str | None) -> Database:
    """Return what synthseed.yml says of planning, where there is one; no database is opened."""
    return Database(url="sqlite://", locale=locale)


def _read(named: dbt_sources.Asked, *, oracle: bool) -> Read:
    read = dbt_sources.read_project(named)
    _, dbt = dbt_sources.paths(named)
    return dbt_sources.asked_warehouse(read, dbt, named, {}) if oracle and dbt is not None else read


def _planned(
    read: Read,
    database: Database,
    asked: wanted.Asked,
    seed: int | None,
    as_of: str | None,
    folder: Path,
    *,
    again: bool,
    dry_run: bool,
    progress: Progress,
) -> Planned:
    from synthseed import plan_yaml

    schema = read.described.schema
    target = target_of(read)
    if dry_run and database.planner == "openai":
        return Planned(target, {}, None, (), estimate=_estimate(read, database, asked, seed))
    made, told = _made(read, database, asked, seed, as_of, progress)
    notes = (*read.rounds, *(told.fallbacks if told else doubts(made)))
    if again:
        made, locked = with_locked(schema, made, folder)
        notes = (*notes, *locked)
    notes += tuple(f"{key} could not be read: {why}" for key, why in read.failed.items())
    if not dry_run:
        saved(folder, made, schema, fresh=True)
    return Planned(target, plan_yaml.dump_plan(made, schema), None if dry_run else near(folder), notes, asked=told)


def _made(
    read: Read, database: Database, asked: wanted.Asked, seed: int | None, as_of: str | None, progress: Progress
) -> tuple[Plan, Asked | None]:
    """Return the plan after what the project's tests need, made by a model or offline."""

    def adjusted(plan: Plan) -> Plan:
        return replace(adjusted_plan(read, plan), as_of=as_of)  # None: each fill is told from its own hour

    schema = read.described.schema
    if database.planner == "openai":
        options = prepared.Options(seed=seed, locale=database.locale, progress=progress, adjust=adjusted)
        chosen = prepared.by_model(database, schema, asked, options, purse=modelled.budget(database))
        return chosen.plan, chosen.asked
    return adjusted(_offline(read, database, asked, seed)), None


def _offline(read: Read, database: Database, asked: wanted.Asked, seed: int | None) -> Plan:
    from synthseed.planners import offline

    return offline.plan(read.described.schema, rows=asked.rows, every=asked.every, locale=database.locale, seed=seed or 0)


def _estimate(read: Read, database: Database, asked: wanted.Asked, seed: int | None) -> str:
    """Return what asking would take; nothing is sent."""
    schema = read.described.schema
    wish = modelled.guidance(database, schema, _offline(read, database, asked, seed), database.locale)
    return modelled.estimate(database, modelled.requests(schema, wish)).line()
