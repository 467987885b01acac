"""Choose the plan: the committed one, else the one that the ledger keeps, else one made offline and not saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed import configuration
from synthseed.editions import Ledger
from synthseed.errors import ConfigurationError, PlanError
from synthseed.verbs import older
from synthseed.verbs.target import option

if TYPE_CHECKING:
    from synthseed.configuration import Database
    from synthseed.plan import Plan
    from synthseed.report.asked import Asked
    from synthseed.schema import Schema
    from synthseed.verbs import wanted


@dataclass(frozen=True)
class Chosen:
    """Hold a plan, where it came from, and the plans that standing editions were made with.

    Attributes:
        origin: A sentence for the report.
        notes: What was decided for the user while planning.
        plans: Plans by fingerprint.
        saved: True when the plan lies in files.
        asked: What a model was asked for it; None where none was.
        fresh: Folder that it was saved to just now, so that nobody has reviewed it yet; None for any other plan.
    """

    plan: Plan
    origin: str
    notes: tuple[str, ...] = ()
    plans: Mapping[str, Plan] = field(default_factory=dict)
    saved: bool = False
    asked: Asked | None = None
    fresh: Path | None = None


def choose(
    database: Database,
    schema: Schema,
    ledger: Ledger,
    asked: wanted.Asked,
    *,
    seed: int | None = None,
    locale: str | None = None,
    adjust: Callable[[Plan], Plan] | None = None,
) -> Chosen:
    """Return the plan to use; `adjust` changes one that is made here.

    Raises:
        PlanError: The committed plan cannot be read or does not fit the schema.
        ConfigurationError: The configuration wants a model to plan, no plan is there, and this command asks no model.
    """
    from synthseed import plan_yaml
    from synthseed.planners import offline

    plans = {name: plan_yaml.plan_of(text) for name, text in ledger.plans.items()}
    locale = locale or database.locale
    if database.plan is not None and (database.plan / "_plan.yml").is_file():
        plan, notes = offline.complete(schema, committed(database, database.plan, schema))
        chosen = Chosen(plan, f"The plan is {near(database.plan)}/ ({len(plan.tables)} tables)", notes, plans, saved=True)
    elif ledger.editions and ledger.editions[-1].plan in plans:
        plan, notes = offline.complete(schema, plans[ledger.editions[-1].plan])
        plan, refused = older.fitting(schema, plan, ledger.editions[-1].as_of)
        notes = (*notes, *refused)
        chosen = Chosen(plan, f"The plan is the one of edition {ledger.editions[-1].number}, kept in the database", notes, plans)
    else:
        _need_no_model(database)
        plan = offline.plan(schema, rows=asked.rows, every=asked.every, locale=locale, seed=seed or 0)
        plan = adjust(plan) if adjust else plan
        chosen = Chosen(plan, f"Planned offline, unsaved ({saving(database)} writes the plan, to review and edit)", doubts(plan), plans)
    return chosen if seed is None else replace(chosen, plan=replace(chosen.plan, seed=seed))


def needs_model(database: Database, ledger: Ledger) -> bool:
    """Return whether a model is to make the plan: the configuration says so, and neither files nor ledger hold one."""
    there = database.plan is not None and (database.plan / "_plan.yml").is_file()
    return database.planner == "openai" and not there and not ledger.editions


def _need_no_model(database: Database) -> None:
    if database.planner != "offline":
        raise ConfigurationError(
            f"there is no plan yet, and `planner: {database.planner}` is to make it; {saving(database)} asks the model once (so does "
            "`synthseed fill`), or plan without a model: --planner offline"
        )


def committed(database: Database, folder: Path, schema: Schema) -> Plan:
    """Read a plan from its files and hold it against the schema.

    Raises:
        PlanError: With file and line where it cannot be read; with the file, and the command, where it does not fit.
    """
    from synthseed import plan_yaml

    plan = plan_yaml.load_plan(folder)
    place = plan_yaml.places(folder)
    try:
        plan_yaml.check_fit(plan, schema, file=lambda table: str(place[table]))
    except PlanError as error:
        raise PlanError(f"{error}. After a migration {saving(database)} brings the plan up to the database") from None
    return plan


def lacking(schema: Schema, old: Plan, whole: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables that a plan lacks, and as `table.column` the columns that its other tables lack."""
    tables = tuple(key for key in schema.by_key if key not in old.tables)
    columns = [
        f"{key}.{name}"
        for key, table in whole.tables.items()
        if key in old.tables
        for name in table.by_column
        if name not in old.tables[key].by_column and name in schema.table(key).by_name
    ]
    return tables, tuple(columns)


def saved(folder: Path, plan: Plan, schema: Schema, *, fresh: bool = False) -> None:
    """Write a plan's files, and beside them what was planned and for which schema.

    With `fresh` a plan that is there is replaced; else what a person wrote in it stays a person's. Comments stay where they can.
    """
    from synthseed import plan_lock, plan_patch, plan_yaml

    before, lock = _there(folder, fresh=fresh), plan_lock.Lock() if fresh else plan_lock.read_lock(folder)
    if before is None:
        plan_yaml.save_plan(folder, plan, schema)
    else:
        plan_patch.update_plan(folder, plan, schema, before=before, again=plan_lock.outdated(schema, before, lock))
    plan_lock.save_lock(folder, plan, schema, lock, None if fresh else before)


def _there(folder: Path, *, fresh: bool) -> Plan | None:
    """Return the plan that a folder holds; None where it holds none, or one that is to be replaced and cannot be read."""
    from synthseed import plan_yaml

    try:
        return plan_yaml.load_plan(folder) if (folder / plan_yaml.HEAD).is_file() else None
    except PlanError:
        if fresh:
            return None
        raise


def saving(database: Database) -> str:
    """Return the command that writes a plan for this database."""
    if database.planned_by:
        return f"`{database.planned_by}`"
    return f"`synthseed plan {option(database)}{'' if database.alias else ' --save NAME'}`"


def doubts(plan: Plan) -> tuple[str, ...]:
    """Return what the planner did not understand, as one note per table."""
    from synthseed.planners import offline

    columns: dict[str, list[str]] = {}
    for where in offline.guesses(plan):
        table, _, column = where.rpartition(".")
        columns.setdefault(table, []).append(column)
    return tuple(f"{table}: {', '.join(names)} not understood, planned from the type alone" for table, names in columns.items())


def near(path: Path) -> str:
    """Return a path as a person would type it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def named_folder(name: str) -> Path:
    """Return the folder of a plan by name, below the nearest seeds_config/ or the one that would be made here."""
    file = configuration.find()
    return configuration.plan_folder(file.parent if file else Path.cwd() / configuration.FOLDER, name)
