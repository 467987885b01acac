"""Fill the sources of a dbt project, so that the user's own `dbt build` has something to build from."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthseed.editions import Ledger
from synthseed.errors import ConfigurationError
from synthseed.report.dbt_filled import DbtFilled
from synthseed.report.progress import Progress, Silent
from synthseed.verbs import dbt_sources, dbt_warehouse, modelled, prepared, rehearsed, wanted
from synthseed.verbs.dbt_wanted import Wanted, database_for, left, moment_of, need_moment, options_of, selected
from synthseed.verbs.fill import filled, guard, work_of, written

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.configuration import Database
    from synthseed.dbt.project import Project
    from synthseed.plan import Plan
    from synthseed.report.filled import Filled
    from synthseed.verbs.dbt_sources import Read
    from synthseed.verbs.prepared import Options, Prepared


def dbt_fill(
    *,
    project_dir: str | Path | None = None,
    dbt: str | Path | None = None,
    target: str | None = None,
    profiles_dir: str | Path | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002 - dbt's own word
    artifacts: str | Path | None = None,
    select: Sequence[str] | str = (),
    rows: int | Mapping[str, int] | None = None,
    scale: Decimal | float | str | None = None,
    seed: int | None = None,
    as_of: str | None = None,
    locale: str | None = None,
    plan: str | None = None,
    set: Sequence[str] | Mapping[str, str] | None = None,  # noqa: A002 - the option's name
    out: str | Path | None = None,
    format: str = "parquet",  # noqa: A002 - the option's name
    oracle: bool = True,
    verify: bool = False,
    send_sql: bool = False,
    truncate: bool = False,
    dry_run: bool = False,
    planner: str | None = None,
    model: str | None = None,
    base_url: str | None = None,
    instructions: str | None = None,
    max_cost_usd: Decimal | float | str | None = None,
    progress: Progress | None = None,
) -> DbtFilled:
    """Fill the sources of a dbt project, in its warehouse or as files.

    Columns, types, keys and vocabularies come from the project's SQL and tests; an empty scratch warehouse of the same kind says
    what was misunderstood. Rows of ours that were told from another moment are replaced, in one transaction.

    Args:
        project_dir: Folder of dbt_project.yml, or one below it; the current one.
        dbt: The user's dbt; the one on the PATH.
        target: Of the profile.
        profiles_dir: Folder of profiles.yml, found as dbt finds it.
        vars: As `dbt --vars`.
        artifacts: Folder of artifacts that are read in dbt's place.
        select: The only sources that gain rows, with their parents: `source`, `source.table`, with `*`.
        rows: Rows that every source shall hold, or by table.
        scale: Multiplies what the plan says.
        as_of: ISO moment that the rows are told from; the current hour.
        plan: Name of the plan below seeds_config/plans/; the project's name.
        out: Folder that Parquet files and the DDL are written into, in place of the warehouse.
        oracle: Ask an empty scratch warehouse what was misunderstood.
        truncate: Replace the rows that synthseed wrote, also by fewer; rows of others are refused as ever.
        verify: Run `dbt build` afterwards, and repair the plan where its tests fail, at most three times.
        send_sql: Let a model that repairs the plan read the compiled SQL of the tests that fail; else it is told names and counts only.
        planner: `offline` or `openai`, where no plan is there; `openai` also repairs what no rule of `verify` can.

    Raises:
        SynthseedError: Whatever stands in the way; nothing was written.
    """
    need_moment(as_of)
    names = (select,) if isinstance(select, str) else tuple(select)
    wish = Wanted(wanted.asked(rows, scale), names, seed, as_of, locale, plan, set, oracle, dry_run, truncate, None, send_sql)
    named = dbt_sources.asked(project_dir, dbt, target, profiles_dir, vars, artifacts)
    ask = modelled.Wish(planner, model, base_url, instructions, None, max_cost_usd)
    if out is not None:
        from synthseed.verbs.dbt_files import fill_files

        if truncate:
            raise ConfigurationError("--truncate replaces rows in the warehouse, and --out writes files; give one of the two")
        if verify:
            raise ConfigurationError("--verify runs `dbt build` in the warehouse, and --out writes files; give one of the two")
        return fill_files(named, wish, ask, Path(out), format, progress or Silent())
    if verify:
        from synthseed.verbs.dbt_verify import filled_and_verified

        return filled_and_verified(named, wish, ask, progress or Silent())
    return fill_warehouse(named, wish, ask, progress or Silent())


# ---------------------------------------------------------------------------------------------- the warehouse
def fill_warehouse(named: dbt_sources.Asked, wish: Wanted, ask: modelled.Wish, progress: Progress) -> DbtFilled:
    """Read the project, ask the warehouse, fill its sources."""
    project, _ = dbt_sources.paths(named)
    database = database_of(project, named, wish, ask)
    with dbt_warehouse.opened(database, create=False) as connection:
        if connection is not None:
            guard(connection, database)
    read = understood(named, wish, database)
    return load(read, named, wish, database, progress)


def understood(named: dbt_sources.Asked, wish: Wanted, database: Database) -> Read:
    """Read the project, with the tables that stand, and let a scratch warehouse correct it."""
    read = dbt_sources.read_project(named)
    with dbt_warehouse.opened(database, create=False) as connection:
        there = dbt_warehouse.standing(connection, read.manifest)
    _, dbt = dbt_sources.paths(named)
    if wish.oracle and dbt is not None:
        read = dbt_sources.asked_warehouse(read, dbt, named, there)
    elif there:
        read = dbt_sources.understood(read.project, read.profile, read.manifest, read.failed, read.how, there)
    return read


def database_of(project: Project, named: dbt_sources.Asked, wish: Wanted, ask: modelled.Wish) -> Database:
    """Return the warehouse as a database to fill, with the plan's folder."""
    profile = dbt_sources.profile_of(project, named)
    return ask.on(database_for(project, wish, dbt_warehouse.url_of(profile)))


def load(read: Read, named: dbt_sources.Asked, wish: Wanted, database: Database, progress: Progress) -> DbtFilled:
    """Fill the sources that a project was read to have."""
    if not read.described.schema.tables:
        return DbtFilled(_nothing(read, database), read.how, read.rounds, dict(read.failed), left(read))
    with dbt_warehouse.opened(database, create=not wish.dry_run) as connection:
        if connection is None:
            raise ConfigurationError("--dry-run: the DuckDB file is not there yet; expected one; leave out --dry-run, or run `dbt debug`")
        done = _load(connection, read, wish, database, progress)
    return DbtFilled(done, read.how, read.rounds, dict(read.failed), left(read))


def refill(read: Read, wish: Wanted, database: Database, progress: Progress, plan: Plan) -> DbtFilled:
    """Replace the rows of ours by those of a plan that was mended; where the plan lies in files it is saved there."""
    from synthseed import plan_yaml
    from synthseed.verbs.planning import saved

    if database.plan is not None and (database.plan / plan_yaml.HEAD).is_file():
        saved(database.plan, plan, read.described.schema)
    with dbt_warehouse.opened(database, create=False) as connection:
        if connection is None:
            raise ConfigurationError("the warehouse is gone; expected the one that was filled; fill again")
        done = _load(connection, read, wish, database, progress, plan, again=True)
    return DbtFilled(done, read.how, read.rounds, dict(read.failed), left(read))


def _load(
    connection: Connection,
    read: Read,
    wish: Wanted,
    database: Database,
    progress: Progress,
    plan: Plan | None = None,
    *,
    again: bool = False,
) -> Filled:
    from synthseed.loaders import ledger as ledgers

    schema = read.described.schema
    ledger = ledgers.read_ledger(connection, schema) or Ledger()
    there = dbt_warehouse.standing(connection, read.manifest)
    dbt_warehouse.need_ours(connection, schema, ledger, there, read.described)
    moment, other = moment_of(wish.as_of, ledger, database)
    lacking = [f"{read.described.tables[source.id]}.{name}" for source, name in dbt_warehouse.lacking(read.described, read.manifest, there)]
    options = options_of(read, wish, moment, bool(again or other or lacking or wish.truncate) and bool(ledger.editions), progress, plan)
    asked = selected(read, wish)
    if wish.dry_run:
        return _dry(connection, read, database, asked, options)
    with dbt_warehouse.made(connection, read.described, read.manifest, there, anew=again) as fresh:
        ready = prepared.prepare(connection, database, asked, options)
        ready = rehearsed.settled(connection, ready)
        done = _written(connection, database, ready, options, progress)
        _external(connection, read)
    notes = [f"{len(fresh)} tables were made: {', '.join(fresh[:6])}{', ...' if len(fresh) > 6 else ''}"] if fresh else []
    if other and ledger.editions:
        notes.append(f"rows told from {prepared.iso(ledger.editions[-1].as_of)} were replaced by rows told from {moment}")
    if lacking and ledger.editions:
        notes.append(f"models read more than our rows held: {', '.join(lacking[:6])}; the rows were written again, with it")
    return replace(done, notes=(*notes, *done.notes))


def _dry(connection: Connection, read: Read, database: Database, asked: wanted.Asked, options: Options) -> Filled:
    from synthseed.report.filled import Filled, TableFilled
    from synthseed.verbs.planning import choose
    from synthseed.verbs.target import shown

    schema = read.described.schema
    asked = asked.named(schema)
    chosen = choose(database, schema, Ledger(), asked, seed=options.seed, locale=options.locale, adjust=options.adjust)
    chosen = replace(chosen, plan=replace(chosen.plan, as_of=options.as_of))
    program, as_of = prepared.in_memory(schema, chosen, asked)
    program.rehearse()
    return Filled(
        target=shown(database),
        plan=chosen.origin,
        tables=tuple(TableFilled(key, len(program.gained(key)), 0) for key in program.order),
        seed=chosen.plan.seed,
        as_of=prepared.iso(as_of),
        notes=program.notes,
        dry_run=True,
    )


def _nothing(read: Read, database: Database) -> Filled:
    from synthseed.report.filled import Filled
    from synthseed.verbs.target import shown

    return Filled(target=shown(database), plan="The project has no source to fill", tables=())


def _written(connection: Connection, database: Database, ready: Prepared, options: Options, progress: Progress) -> Filled:
    from synthseed import plan_yaml
    from synthseed.loaders import ledger as ledgers
    from synthseed.loaders import open_loader

    if ready.program is None:
        return filled(ready, database, {}, 0.0, recorded=False, dry_run=False)
    begun = time.monotonic()
    with open_loader(connection, replace(work_of(ready, ready.program), schema=bare(ready.schema))) as loader:
        if ready.truncate:
            ledgers.forget(connection, ready.schema, [edition.number for edition in ready.before.editions])
        ledgers.record(connection, ready.schema, ready.program.edition, plan_yaml.plan_text(ready.plan), ready.plan.seed)
        seconds = written(loader, ready.program, ready.gain.rows, progress)
    return filled(ready, database, seconds, time.monotonic() - begun, recorded=True, dry_run=False)


def bare(schema: Any) -> Any:
    """Return the schema as the warehouse has it: sources are columns, and nothing enforces anything."""
    tables = tuple(
        replace(
            table,
            primary_key=None,
            uniques=(),
            foreign_keys=(),
            checks=(),
            columns=tuple(replace(column, nullable=True) for column in table.columns),
        )
        for table in schema.tables
    )
    return replace(schema, tables=tables)


def _external(connection: Connection, read: Read) -> None:
    """Write the file that dbt-duckdb reads in a source's place, out of its table.

    Raises:
        ConfigurationError: The location is not a file that DuckDB writes.
    """
    from synthseed.dbt.external import copies

    if read.profile is None or read.profile.adapter != "duckdb":
        return
    for file, statement in copies(read.described, read.manifest, read.project.root):
        file.parent.mkdir(parents=True, exist_ok=True)
        connection.exec_driver_sql(statement)
    connection.commit()
