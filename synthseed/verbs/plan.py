"""Write a plan: what every column looks like, as files that a person reviews, edits and commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.editions import Ledger
from synthseed.errors import ConfigurationError
from synthseed.report.asked import Asked
from synthseed.report.progress import Progress, Silent
from synthseed.verbs import modelled, wanted, written
from synthseed.verbs.planning import doubts, named_folder, near, saved
from synthseed.verbs.replanning import Replanning, differing, keep_lost, replanned, with_locked
from synthseed.verbs.target import opened, option, read, resolve, shown

if TYPE_CHECKING:
    from synthseed.configuration import Database
    from synthseed.plan import Plan
    from synthseed.planners.model.budget import Budget
    from synthseed.schema import Schema


@dataclass(frozen=True, slots=True)
class Planned:
    """Say what was planned.

    Attributes:
        files: Text per file name.
        folder: Where the files were written; None when they were not.
        notes: What was decided for the user.
        kept: True when a plan was there, and only what it lacked was added.
        asked: What a model was asked; None where none was.
        prompt: What would be sent, with `prompt`; nothing was.
        estimate: What asking would take, with `dry_run`; nothing was sent.
    """

    target: str
    files: Mapping[str, str]
    folder: str | None
    notes: tuple[str, ...]
    kept: bool = False
    asked: Asked | None = None
    prompt: str | None = None
    estimate: str | None = None


@dataclass(frozen=True)
class _Scope:
    """Hold what is to be planned: the plan to start from, and the tables and columns of it; None: all tables."""

    start: Plan
    tables: tuple[str, ...] | None = None
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    again: Replanning | None = None

    @property
    def nothing(self) -> bool:
        return self.tables is not None and not self.tables and not self.columns


def plan(
    *,
    db: str | None = None,
    url: str | None = None,
    rows: int | Mapping[str, int] | None = None,
    locale: str | None = None,
    seed: int | None = None,
    save: str | None = None,
    again: bool = False,
    dry_run: bool = False,
    prompt: bool = False,
    planner: str | None = None,
    model: str | None = None,
    base_url: str | None = None,
    instructions: str | None = None,
    domain: str | None = None,
    max_cost_usd: Decimal | float | str | None = None,
    strict: bool = False,
    direct: Sequence[str] = (),
    expand: bool = False,
    progress: Progress | None = None,
) -> Planned:
    """Plan a database from its metadata alone, and write the plan's files.

    A plan that is there is kept as it is: only what it lacks (new tables, new columns) is planned.

    Args:
        db: Alias in seeds_config/synthseed.yml; its plan lies in seeds_config/plans/.
        url: URL of a database; without `save` nothing is written.
        rows: Rows that every table shall hold, or by table.
        locale: Language and country: `de_DE`.
        seed: Every cell depends on it.
        save: Name of the plan to write, below seeds_config/plans/.
        again: Replace a plan that is there, but for its locked columns.
        dry_run: Write nothing, and send nothing: return the files, or what asking a model would take.
        prompt: Return what a model would be sent, to the byte; send nothing.
        planner: `offline` or `openai`; what synthseed.yml says, unless given.
        model: Name of the model to ask.
        base_url: URL of a server that speaks OpenAI's API.
        instructions: The user's own words for the database.
        domain: What the database is about.
        max_cost_usd: Most dollars that planning may cost.
        strict: Any column that falls back to the offline planner is an error.
        direct: Tables whose rows a model writes itself, `TABLE` or `TABLE=NUMBER`; they are stored in the plan.
        expand: Ask the model for more values where vocabularies are small for their rows; a request more per such table.
        progress: Is told how far the asking is.

    Raises:
        SynthseedError: The database or a plan that is there cannot be read, or the model cannot be asked.
    """
    from synthseed import plan_yaml

    asked = wanted.asked(rows)
    database = modelled.Wish(planner, model, base_url, instructions, domain, max_cost_usd).on(resolve(db, url))
    folder = named_folder(save) if save else database.plan
    with opened(database) as connection:
        schema = read(connection, database)
    asked = asked.named(schema)
    written.check(schema, direct)
    kept = folder is not None and (folder / "_plan.yml").is_file() and not again
    if kept and (asked.rows or asked.every is not None or seed is not None or locale):
        raise ConfigurationError(f"{near(folder or Path())}/ holds a plan; edit it there, or plan again from nothing with --again")
    scope = _scope(schema, folder, kept, asked, locale or database.locale, seed)
    if prompt or (dry_run and database.planner == "openai"):
        return _unsent(database, schema, scope, locale, prompt=prompt)
    made, notes, told, purse = scope.start, scope.notes, None, modelled.budget(database)
    if database.planner == "openai" and not scope.nothing:
        made, told = _asked(database, schema, scope, locale, purse, strict=strict, expand=expand, progress=progress)
        notes = (*scope.notes, *told.fallbacks) if kept else told.fallbacks
    if again:
        made, locked = with_locked(schema, made, folder)
        notes = (*notes, *locked)
    counts = written.missing(made, schema, written.wanted(direct))
    if counts and not dry_run:
        made, more = written.with_rows(database, schema, made, counts, locale=locale, progress=progress or Silent(), purse=purse)
        told, notes = told + more if told else more, (*notes, *more.fallbacks)
    folder = folder if not dry_run else None
    if folder is not None:
        if scope.again is not None:
            notes = (*notes, *keep_lost(folder, scope.again.lost))
        saved(folder, made, schema, fresh=not kept)
    files = plan_yaml.dump_plan(made, schema)
    return Planned(shown(database), files, near(folder) if folder else None, tuple(notes), kept, told)


def _scope(schema: Schema, folder: Path | None, kept: bool, asked: wanted.Asked, locale: str | None, seed: int | None) -> _Scope:
    """Return what is to be planned: all of it, or what a plan that is there lacks."""
    from synthseed.planners import offline

    if kept and folder is not None:
        from synthseed import plan_yaml

        old = plan_yaml.load_plan(folder)
        again = replanned(schema, old, folder)
        keys = {f"{table.key}.{key.label}" for table in schema.tables for key in table.foreign_keys}
        columns = tuple(one for one in again.columns if one not in keys)
        return _Scope(again.whole, again.tables, columns, again.notes, again)
    whole = offline.plan(schema, rows=asked.rows, every=asked.every, locale=locale, seed=seed or 0)
    return _Scope(whole, notes=doubts(whole))


def _unsent(database: Database, schema: Schema, scope: _Scope, locale: str | None, *, prompt: bool) -> Planned:
    """Return what a model would be sent, or what that would take."""
    from synthseed.planners.model.prompt import shown as prompts

    wish = modelled.guidance(database, schema, scope.start, locale)
    found = modelled.requests(schema, wish, tables=scope.tables, columns=scope.columns)
    if prompt:
        return Planned(shown(database), {}, None, (), prompt=prompts(found))
    return Planned(shown(database), {}, None, (), estimate=modelled.estimate(database, found).line())


def _asked(
    database: Database,
    schema: Schema,
    scope: _Scope,
    locale: str | None,
    purse: Budget,
    *,
    strict: bool,
    expand: bool,
    progress: Progress | None,
) -> tuple[Plan, Asked]:
    from synthseed.verbs import prepared

    return modelled.ask(
        database,
        schema,
        scope.start,
        as_of=prepared.moment(scope.start, Ledger()),
        locale=locale,
        tables=scope.tables,
        columns=scope.columns,
        strict=strict,
        expand=expand,
        progress=progress,
        purse=purse,
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """Say in what a plan and its database differ; nothing, where `differences` is empty.

    Attributes:
        target: The database.
        folder: The plan's folder; None where there is no plan.
        differences: A sentence each.
        repair: The command that brings the plan up to the database.
    """

    target: str
    folder: str | None
    differences: tuple[str, ...]
    repair: str


def check_plan(*, db: str | None = None, url: str | None = None, plan: str | None = None) -> Checked:
    """Hold a plan against its database; nothing is written and no model is asked.

    Args:
        db: Alias in seeds_config/synthseed.yml.
        url: URL of a database.
        plan: Name of the plan below seeds_config/plans/, with `url`.

    Raises:
        SynthseedError: The database or the plan cannot be read.
    """
    from synthseed import plan_lock, plan_yaml

    database = resolve(db, url, plan=plan)
    folder = database.plan
    with opened(database) as connection:
        schema = read(connection, database)
    repair = f"synthseed plan {option(database)}" + (f" --save {plan}" if plan else "")
    if folder is None or not (folder / "_plan.yml").is_file():
        return Checked(shown(database), None, (f"there is no plan{f' in {near(folder)}/' if folder else ''}",), repair)
    found = differing(schema, plan_yaml.load_plan(folder), plan_lock.read_lock(folder))
    return Checked(shown(database), near(folder), tuple(one.line() for one in found), repair)
