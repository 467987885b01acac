"""Say what a fill of a dbt project wants: which sources, how many rows, told from when, by which plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from synthseed import configuration
from synthseed.errors import ConfigurationError
from synthseed.verbs import prepared, wanted
from synthseed.verbs.setting import settings

if TYPE_CHECKING:
    from pathlib import Path

    from synthseed.configuration import Database
    from synthseed.dbt.project import Project
    from synthseed.editions import Ledger
    from synthseed.plan import Plan
    from synthseed.planners.model.budget import Budget
    from synthseed.report.progress import Progress
    from synthseed.verbs.dbt_sources import Read
    from synthseed.verbs.prepared import Options


PLANNED_BY = "synthseed dbt plan"


@dataclass(frozen=True)
class Wanted:
    """Hold what rows are wanted; the words are those of the command line. Whoever asks a model, asks out of one purse."""

    asked: wanted.Asked
    select: tuple[str, ...] = ()
    seed: int | None = None
    as_of: str | None = None
    locale: str | None = None
    plan: str | None = None
    set: Mapping[str, str] | Sequence[str] | None = None
    oracle: bool = True
    dry_run: bool = False
    truncate: bool = False
    purse: Budget | None = None
    send_sql: bool = False


def need_moment(text: str | None) -> None:
    """Refuse a moment to tell rows from that is none, before anything is read.

    Raises:
        ConfigurationError: It is no ISO date or time.
    """
    try:
        datetime.fromisoformat(text or "2000-01-01")
    except ValueError as error:
        raise ConfigurationError(f"--as-of is {text!r}; expected an ISO date or time; give one such as 2026-01-31") from error


def plan_folder(project: Project, name: str | None) -> Path:
    """Return the folder of a project's plan."""
    file = configuration.find()
    folder = file.parent if file else project.root / configuration.FOLDER
    return configuration.plan_folder(folder, name or project.name)


def database_for(project: Project, wish: Wanted, url: str = "sqlite://") -> Database:
    """Return what a project's rows are planned for; without a URL no database is opened."""
    plan = plan_folder(project, wish.plan)
    return configuration.Database(url=url, plan=plan, locale=wish.locale, planned_by=PLANNED_BY)


def options_of(read: Read, wish: Wanted, moment: str, truncate: bool, progress: Progress, mended: Plan | None = None) -> Options:
    """Return how the fill is prepared: the project's schema, and its plan after its tests, or the mended one."""

    def adjusted(plan: Plan) -> Plan:
        return adjusted_plan(read, plan) if mended is None else mended

    return prepared.Options(
        seed=wish.seed,
        truncate=truncate,
        locale=wish.locale,
        progress=progress,
        ask=not wish.dry_run,
        settings=settings(wish.set),
        described=read.described.schema,
        adjust=adjusted,
        as_of=moment,
        purse=wish.purse,
    )


def adjusted_plan(read: Read, plan: Plan) -> Plan:
    """Return a plan after what the project's tests and filters need."""
    from synthseed.dbt import forced
    from synthseed.dbt.adjusted import adjust
    from synthseed.planners import offline

    rows = {key: table.rows for key, table in plan.tables.items()}
    parsed = offline.plan(read.described.parsed_schema(), rows=rows, locale=plan.locale, seed=plan.seed)
    found = adjust(plan, read.manifest, read.facts, read.described, parsed)
    return forced.applied(found, read.described, read.facts, forced.lossless(read.manifest, read.lineage, read.facts))


def moment_of(as_of: str | None, ledger: Ledger, database: Database) -> tuple[str, bool]:
    """Return the moment that rows are told from, and whether rows that stand were told from another.

    It is the one given, else the committed plan's, else the current hour.

    Raises:
        ConfigurationError: It is no ISO moment.
    """
    from synthseed import plan_yaml

    planned = None
    if as_of is None and database.plan is not None and (database.plan / plan_yaml.HEAD).is_file():
        planned = plan_yaml.load_plan(database.plan).as_of
    text = as_of or planned or datetime.now(UTC).replace(minute=0, second=0, microsecond=0).isoformat()
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"--as-of is {text!r}; expected an ISO date or time, such as 2026-01-31T14:00") from error
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    stands = ledger.editions[-1].as_of if ledger.editions else None
    return when.astimezone(UTC).isoformat(), stands is not None and stands != int(when.timestamp()) * 1_000_000


def selected(read: Read, wish: Wanted) -> wanted.Asked:
    """Return what was asked for with the sources that `--select` names, and all of their parents.

    Raises:
        ConfigurationError: A name that is no source.
    """
    from fnmatch import fnmatchcase

    from synthseed.errors import suggestion

    labels = {key: read.manifest.sources[key] for key in read.described.tables}
    wish = replace(wish, asked=_by_table(read, wish.asked))
    if not wish.select:
        return wish.asked
    keys: set[str] = set()
    for name in (one.removeprefix("source:") for text in wish.select for one in text.replace(",", " ").split()):
        found = [
            key
            for key, source in labels.items()
            if any(fnmatchcase(one, name) for one in (source.label, source.source, source.name, f"{source.package}.{source.label}"))
        ]
        if not found:
            known = [source.label for source in labels.values()]
            listed = ", ".join(known[:20])
            raise ConfigurationError(f"--select {name}: the project has no such source{suggestion(name, known)}; it has: {listed}")
        keys |= {read.described.tables[key] for key in found}
    return replace(wish.asked, tables=tuple(_with_parents(read, keys)))


def _by_table(read: Read, asked: wanted.Asked) -> wanted.Asked:
    """Return what was asked for with `source.table`, as dbt calls a source, taken for the table that it is."""
    sources = [(read.manifest.sources[key], table) for key, table in read.described.tables.items()]
    names = [source.name for source, _ in sources]
    tables = {source.name: table for source, table in sources if names.count(source.name) == 1}
    tables |= {source.label: table for source, table in sources}
    known = read.described.schema.by_key
    rows = {name if name in known else tables.get(name, name): count for name, count in asked.rows.items()}
    return replace(asked, rows=rows)


def _with_parents(read: Read, keys: set[str]) -> list[str]:
    todo, found = list(keys), dict.fromkeys(sorted(keys))
    while todo:
        for key in read.described.schema.table(todo.pop()).foreign_keys:
            if key.parent not in found:
                found[key.parent] = None
                todo.append(key.parent)
    return list(found)


def left(read: Read) -> tuple[str, ...]:
    """Return the sources that were left alone, with the reason."""
    return tuple(f"{read.manifest.sources[key].label}: {why}; left alone" for key, why in read.described.left.items())
