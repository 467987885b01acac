"""Fill the seeds of a dbt project from a plan, in place of `dbt seed`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthseed.configuration import Database
from synthseed.editions import Ledger
from synthseed.errors import ConfigurationError
from synthseed.report.dbt_seeds import SeedDone, SeedsDone
from synthseed.report.progress import Progress, Silent
from synthseed.verbs import dbt_sources, planning, prepared, wanted
from synthseed.verbs.dbt_seed_choice import Choice, choose, plan_names
from synthseed.verbs.dbt_wanted import need_moment, plan_folder

if TYPE_CHECKING:
    from synthseed.dbt.artifacts import Manifest
    from synthseed.dbt.command import Dbt
    from synthseed.dbt.facts import Facts
    from synthseed.dbt.profiles import Profile
    from synthseed.dbt.project import Project
    from synthseed.dbt.seeds import Seed
    from synthseed.engine.program import Program

FORMATS = ("csv", "parquet")


def dbt_seeds(
    *,
    project_dir: str | Path | None = None,
    dbt: str | Path | None = None,
    target: str | None = None,
    profiles_dir: str | Path | None = None,
    select: Sequence[str] | str = (),
    rows: int | Mapping[str, int] | None = None,
    scale: Decimal | float | str | None = None,
    seed: int | None = None,
    as_of: str | None = None,
    locale: str | None = None,
    truncate: bool = False,
    out: str | Path | None = None,
    format: str = "csv",  # noqa: A002 - the option's name
    plan: str | None = None,
    save: bool = False,
    reset: bool = False,
    artifacts: str | Path | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002 - the option's name
    dry_run: bool = False,
    progress: Progress | None = None,
) -> SeedsDone:
    """Fill the relations of a dbt project's seeds from a plan, so that `ref` finds them, or write the seeds as files.

    Rows are made for seeds that are named; without names for those in the plan, and those whose CSV holds only its header.
    Columns come from the header, types from `column_types`, and keys and values from the tests. A CSV is never changed.
    Rows of ours that stand are replaced, in one transaction; after an error they are as they were.

    Args:
        project_dir: Folder of dbt_project.yml, or one below it; else the current folder.
        dbt: The user's own dbt; else the one on the PATH.
        target: Target of the profile.
        profiles_dir: Folder of profiles.yml.
        select: Names of seeds, `*` allowed.
        rows: Rows of every seed, or by seed (`{"customers": 500, "*": 100}`); else what the plan says.
        scale: Multiplies what the plan says.
        seed: Every cell depends on it; 0 unless the plan says otherwise.
        as_of: ISO date or time that the rows are told from; else the plan's, or today.
        locale: Language and country of people and places, where no plan is there: `de_DE`.
        truncate: Replace rows that synthseed did not write.
        out: Folder to write `<seed>.csv` and `<seed>.yml` into, instead of the warehouse.
        format: Of the files: `csv` or `parquet`.
        plan: Name of the plan below seeds_config/plans/; `<project>-seeds` unless given.
        save: Write the plan into its folder, to review and commit.
        reset: Take rows of ours out instead, of all seeds or of those that are named.
        artifacts: Folder with manifest.json; dbt is not called then.
        vars: Variables for dbt, as `--vars`.
        dry_run: Say what would be written, write nothing.
        progress: Is told how far it is.

    Raises:
        SynthseedError: Whatever stands in the way; nothing was written.
    """
    if format not in FORMATS:
        raise ConfigurationError(f"--format is {format!r}; expected one of {', '.join(FORMATS)}; give one of them")
    if out is not None and truncate:
        raise ConfigurationError("--out writes files; --truncate is about the warehouse; give one of the two")
    if reset and (rows is not None or scale is not None or out is not None or save or truncate):
        raise ConfigurationError("--reset takes rows of ours out and writes none; give --select beside it, and nothing about rows or files")
    need_moment(as_of)
    asked = dbt_sources.asked(project_dir, dbt, target, profiles_dir, vars, artifacts)
    named = _Named(asked, *dbt_sources.paths(asked))
    project = named.project
    folder = plan_folder(project, plan or f"{project.name}-seeds")
    names = (select,) if isinstance(select, str) else tuple(select)
    if reset:
        from synthseed.verbs import dbt_seed_reset

        warehouse = Database(url=_url(dbt_sources.profile_of(project, asked)))
        return dbt_seed_reset.reset(warehouse, dbt_seed_reset.chosen(named.manifest(), names), dry_run=dry_run)
    choice = choose(named.manifest(), project, names, plan_names(folder), named.models)
    profile = None if out is not None else dbt_sources.profile_of(project, asked)
    database = Database(url=_url(profile) if profile else "sqlite://", plan=folder, locale=locale)
    if not choice.written:
        return SeedsDone(target=_shown(database, out), real=choice.real, notes=choice.described.notes, dry_run=dry_run)
    ready = _prepared(choice, database, wanted.asked(rows, scale, choice.written), seed, as_of)
    if save and not dry_run:
        planning.saved(folder, ready.chosen.plan, choice.described.schema)
        ready = replace(ready, chosen=replace(ready.chosen, origin=f"The plan is {planning.near(folder)}/, to review and commit"))
    if out is not None:
        return _files(choice, ready, Path(out), format, dry_run, progress or Silent())
    return _relations(choice, ready, database, truncate, dry_run, progress or Silent())


# ---------------------------------------------------------------------------------------------- the project
@dataclass
class _Named:
    """Hold how the user names a project, and read what is asked of it; without dbt its artifacts are read."""

    asked: dbt_sources.Asked
    project: Project
    dbt: Dbt | None

    def manifest(self) -> Manifest:
        """Return the manifest; nothing is compiled for it."""
        from synthseed.dbt.artifacts import read_manifest
        from synthseed.dbt.unparsed import without

        if self.dbt is None:
            return read_manifest((self.asked.artifacts or self.project.target_path) / "manifest.json")
        with tempfile.TemporaryDirectory(prefix="synthseed-dbt-") as name:
            asked = self.asked
            rest: Project | None = self.project
            while rest is not None:
                self.project = rest
                done = self.dbt.run(
                    ["parse"],
                    project=rest,
                    target_path=Path(name),
                    profiles_dir=asked.profiles_dir,
                    target=asked.target,
                    vars=asked.vars,
                    parsed=self.project.target_path,
                )
                rest = without(done.said, rest) if done.code and not done.todo else None
            if done.code:
                raise done.failure(f"{self.project.file}: `dbt parse`")
            return read_manifest(Path(name) / "manifest.json")

    def models(self, columns: Mapping[str, Sequence[str]]) -> Facts | None:
        """Return what the compiled models say of seeds; None where nothing can be compiled."""
        from synthseed.dbt.seed_facts import learnt

        return learnt(dbt_sources.compiled_of(self.project, self.dbt, self.asked).manifest, columns)


def _url(profile: Profile) -> str:
    from synthseed.dbt.profiles import warehouse_url, why_files

    url = warehouse_url(profile)
    if url is None:
        raise ConfigurationError(why_files(profile))
    return url


# ---------------------------------------------------------------------------------------------- the rows
@dataclass(frozen=True)
class _Ready:
    """Hold what is known before the first row."""

    chosen: planning.Chosen
    program: Program
    as_of: int
    rows: Mapping[str, int]


def _prepared(choice: Choice, database: Database, asked: wanted.Asked, seed: int | None, as_of: str | None) -> _Ready:
    schema = choice.described.schema
    asked = asked.named(schema)
    chosen = planning.choose(database, schema, Ledger(), asked, seed=seed, locale=database.locale)
    if not chosen.saved:
        chosen = replace(chosen, origin="Planned offline, unsaved (--save writes the plan, to review and edit)")
    if as_of is not None:
        chosen = replace(chosen, plan=replace(chosen.plan, as_of=as_of))
    program, moment = prepared.in_memory(schema, chosen, asked)
    program.rehearse()
    return _Ready(chosen, program, moment, {name: len(program.gained(name)) for name in choice.written})


def _done(choice: Choice, ready: _Ready, target: str, places: Mapping[str, str], seconds: Mapping[str, float], dry_run: bool) -> SeedsDone:
    seeds = []
    for name in (one for one in ready.program.order if one in choice.written):
        types = tuple((column.name, column.sql, column.origin) for column in choice.seeds[name].columns)
        seeds.append(SeedDone(name, places[name], ready.rows[name], seconds.get(name, 0.0), types))
    told = [
        f"{name}.{column.name}: {column.sql}, {column.note}"
        for name in choice.written
        for column in choice.seeds[name].columns
        if column.note
    ]
    return SeedsDone(
        target=target,
        plan=ready.chosen.origin,
        seeds=tuple(seeds),
        seed=ready.chosen.plan.seed,
        as_of=prepared.iso(ready.as_of),
        notes=tuple(dict.fromkeys((*told, *choice.described.notes, *ready.chosen.notes, *ready.program.notes))),
        real=choice.real,
        dry_run=dry_run,
    )


def _files(choice: Choice, ready: _Ready, out: Path, kind: str, dry_run: bool, progress: Progress) -> SeedsDone:
    from synthseed.verbs.dbt_seed_files import write_files

    seeds = {name: choice.seeds[name] for name in choice.written}
    begun, seconds, notes = time.monotonic(), dict[str, float](), tuple[str, ...]()
    files = {name: out / f"{name}.{kind}" for name in seeds}
    if not dry_run:
        seconds, files, notes = write_files(out, kind, seeds, choice.described.schema, ready.program, ready.rows, progress)
    places = {name: planning.near(file) for name, file in files.items()}
    done = _done(choice, ready, f"{planning.near(out)}/", places, seconds, dry_run)
    names = [name for file in files.values() for name in (planning.near(file), planning.near(file.with_suffix(".yml")))]
    return replace(done, files=tuple(names), seconds=time.monotonic() - begun, notes=(*done.notes, *notes))


def _relations(choice: Choice, ready: _Ready, database: Database, truncate: bool, dry_run: bool, progress: Progress) -> SeedsDone:
    from synthseed.verbs import dbt_seed_load as loading
    from synthseed.verbs.dbt_warehouse import opened
    from synthseed.verbs.fill import guard
    from synthseed.verbs.target import shown

    schema = choice.described.schema
    seeds = [choice.seeds[name] for name in choice.written]
    told = f"seed {ready.chosen.plan.seed}, told from {prepared.iso(ready.as_of)}"
    with opened(database, create=not dry_run) as connection:
        found = {seed.name: loading.Place(seed) for seed in seeds}
        seconds: dict[str, float] = {}
        begun = time.monotonic()
        if connection is not None:
            guard(connection, database)
            found = loading.places(connection, seeds, truncate=truncate)
            if not dry_run:
                seconds = loading.load(connection, found, schema, ready.program, ready.rows, told, progress)
        whole = time.monotonic() - begun
    done = _done(choice, ready, shown(database), {name: place.shown for name, place in found.items()}, seconds, dry_run)
    made = tuple(replace(one, made=not found[one.seed].there) for one in done.seeds)
    return replace(done, seconds=whole, seeds=made, notes=(*done.notes, *_hooks(seeds)))


def _hooks(seeds: Sequence[Seed]) -> tuple[str, ...]:
    """Say what of a seed's configuration only `dbt seed` does."""
    found = {seed.name: [what for what in ("pre-hook", "post-hook", "grants") if seed.node.config.get(what)] for seed in seeds}
    return tuple(f"{name}: {' and '.join(whats)} not run, which `dbt seed` would run" for name, whats in found.items() if whats)


def _shown(database: Database, out: str | Path | None) -> str:
    from synthseed.verbs.target import shown

    return f"{planning.near(Path(out))}/" if out is not None else shown(database)
