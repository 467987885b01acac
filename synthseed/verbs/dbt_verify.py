"""Fill a project's sources, run the user's own `dbt build`, and repair the plan where it is not green."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError
from synthseed.report.dbt_filled import Built, DbtFilled, Repair
from synthseed.verbs import dbt_fill, dbt_sources, dbt_wanted, dbt_warehouse

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.configuration import Database
    from synthseed.dbt.artifacts import Manifest, Result
    from synthseed.dbt.command import Dbt
    from synthseed.dbt.forced import Forced
    from synthseed.dbt.lineage import Lineage
    from synthseed.dbt.repairs import Change
    from synthseed.dbt.verdict import Looked
    from synthseed.report.progress import Progress
    from synthseed.verbs.dbt_sources import Read
    from synthseed.verbs.modelled import Wish

ROUNDS = 3  # repairs
UNASKED = "--verify repairs by its own rules; to ask a model for repairs is not built"
LONGEST = 1800.0
BAD = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class Outcome:
    """Hold what a build left: its results, what of its models is in the warehouse, and its manifest."""

    manifest: Manifest
    lineage: Lineage
    results: tuple[Result, ...]
    looked: tuple[Looked, ...]
    said: str = ""
    built: Built = field(default_factory=lambda: Built(0, 0))


def filled_and_verified(named: dbt_sources.Asked, wish: dbt_wanted.Wanted, ask: Wish, progress: Progress) -> DbtFilled:
    """Fill, build, and repair at most three times."""
    from synthseed.dbt.forced import Forced, applied

    project, dbt = dbt_sources.paths(named)
    if dbt is None:
        raise ConfigurationError("--verify: found artifacts and no dbt; expected one to run `dbt build` with; name it by --dbt")
    database = dbt_fill.database_of(project, named, wish, ask)
    read = dbt_fill.understood(named, wish, database)
    done = dbt_fill.load(read, named, wish, database, progress)
    wish = replace(wish, as_of=done.filled.as_of or wish.as_of)
    forced, repairs = Forced(), list[Repair]()
    before = snapshots(read.manifest, database)
    outcome = built(dbt, read, named, database, 1)
    for round_ in range(1, ROUNDS + 1):
        if outcome.built.green:
            break
        forget_snapshots(outcome, database, before)
        changes = repaired(read, outcome, forced)
        repairs += [Repair(round_, one.failed, one.what, one.why) for one in changes]
        if not any(one.what for one in changes):
            break
        read = described_again(read)
        done = dbt_fill.refill(read, wish, database, progress, partial(applied, described=read.described, facts=read.facts, forced=forced))
        outcome = built(dbt, read, named, database, round_ + 1)
    notes = (UNASKED,) if database.planner == "openai" and not outcome.built.green else ()
    return replace(done, built=outcome.built, repairs=tuple(repairs), filled=replace(done.filled, notes=(*done.filled.notes, *notes)))


def described_again(read: Read) -> Read:
    """Describe the sources again, by facts that were repaired."""
    from synthseed.dbt.described import describe

    seeds = dbt_sources.seed_values(read.project, read.manifest)
    return replace(read, described=describe(read.manifest, read.lineage, read.facts, seeds=seeds))


# ---------------------------------------------------------------------------------------------- snapshots
def snapshots(manifest: Manifest, database: Database) -> set[str]:
    """Return the ids of the snapshots that are in the warehouse."""
    from sqlalchemy.exc import DBAPIError

    found: set[str] = set()
    with dbt_warehouse.opened(database, create=False) as connection:
        for node in manifest.nodes.values() if connection is not None else ():
            if node.kind == "snapshot" and connection is not None:
                try:
                    connection.exec_driver_sql(f"select 1 from {node.relation} limit 0")
                    found.add(node.id)
                except DBAPIError:
                    connection.rollback()
    return found


def forget_snapshots(outcome: Outcome, database: Database, before: set[str]) -> None:
    """Drop the snapshots that this run's builds made: one of rows that are gone would keep them as history."""
    with dbt_warehouse.opened(database, create=False) as connection:
        for node in outcome.manifest.nodes.values() if connection is not None else ():
            if node.kind == "snapshot" and node.id not in before and connection is not None:
                connection.exec_driver_sql(f"drop table if exists {node.relation} cascade")
        if connection is not None:
            connection.commit()


# ---------------------------------------------------------------------------------------------- the build
def built(dbt: Dbt, read: Read, named: dbt_sources.Asked, database: Database, round_: int) -> Outcome:
    """Run `dbt build` and look at what it made; later rounds build incremental models anew."""
    from synthseed.dbt import compiled
    from synthseed.dbt.artifacts import read_results

    profile = read.profile
    if profile is None:
        raise ConfigurationError("--verify: there is no profile; expected one to build with")
    with tempfile.TemporaryDirectory(prefix="synthseed_") as folder:
        outcome = dbt.run(
            ["build", *(("--full-refresh",) if round_ > 1 else ())],
            project=read.project,
            target_path=Path(folder),
            profiles_dir=profile.file.parent,
            target=profile.target,
            vars=named.vars or None,
            secrets=profile.secrets,
            timeout=LONGEST,
        )
        file = Path(folder) / "run_results.json"
        if not file.is_file():
            raise outcome.failure(f"{read.project.file}: `dbt build`")
        results = read_results(file)
        manifest = compiled.texts(Path(folder))
    fresh = dbt_sources.understood(read.project, profile, manifest, {}, read.how)
    with dbt_warehouse.opened(database, create=False) as connection:
        looked = tuple(_looked(connection, manifest, results)) if connection is not None else ()
    found = Outcome(manifest, fresh.lineage, results, looked)
    return replace(found, built=judged(found, round_))


def _looked(connection: Connection, manifest: Manifest, results: tuple[Result, ...]) -> Iterator[Looked]:
    """Count the rows of each relation, and of each column those that are not NULL."""
    from sqlalchemy.exc import DBAPIError

    from synthseed.dbt.stubs import quoted
    from synthseed.dbt.verdict import Looked, relations

    made = {one.id for one in results if one.status == "success"}
    for node in (node for node in relations(manifest) if node.id in made):
        try:
            cursor = connection.exec_driver_sql(f"select * from {node.relation} limit 0")
            names = list(cursor.keys())
            counts = ", ".join(["count(*)", *(f"count({quoted(name)})" for name in names)])
            row = connection.exec_driver_sql(f"select {counts} from {node.relation}").one()
        except DBAPIError:
            connection.rollback()
            continue
        yield Looked(node, int(row[0]), dict(zip(names, (int(one) for one in row[1:]), strict=True)))
    connection.rollback()


def judged(outcome: Outcome, rounds: int) -> Built:
    """Say whether a build is green, and what is empty."""
    from synthseed.dbt import verdict

    tests = outcome.manifest.tests
    marts = verdict.marts(outcome.manifest)
    failed = [one for one in outcome.results if one.status in BAD]
    empty, null, columns = [], [], 0
    for looked in outcome.looked:
        if not looked.rows:
            if not verdict.allowed_empty(looked.node, outcome.manifest, outcome.lineage):
                empty.append(looked.node.name)
            continue
        for name, count in looked.filled.items() if looked.node.id in marts else ():
            if name in verdict.SNAPSHOT_TIMES or (not count and verdict.constant_null(looked.node, name, outcome.lineage)):
                continue
            columns += 1
            null += [f"{looked.node.name}.{name}"] if not count else []
    passed = sum(1 for one in outcome.results if one.status == "pass")
    warned = [tests[one.id].name for one in outcome.results if one.status == "warn" and one.id in tests]
    names = tuple(tests[one.id].name if one.id in tests else one.id.split(".", 2)[-1] for one in failed)
    models = sum(1 for one in outcome.results if one.status == "success")
    return Built(models, passed, names, tuple(empty), tuple(null), columns, rounds, tuple(warned))


# ---------------------------------------------------------------------------------------------- repairs
def repaired(read: Read, outcome: Outcome, forced: Forced) -> list[Change]:
    """Change the facts by what failed; what no rule knows anything of is named with an empty change."""
    from synthseed.dbt import verdict
    from synthseed.dbt.repairs import Repairer

    repairer = Repairer(read.manifest, read.lineage, read.facts, read.described, forced)
    changes = [repairer.failure(one, dict(outcome.manifest.tests)) for one in outcome.results if one.status in BAD]
    changes += [
        repairer.empty(looked.node.id)
        for looked in outcome.looked
        if not looked.rows and not verdict.allowed_empty(looked.node, outcome.manifest, outcome.lineage)
    ]
    by_name = {looked.node.name: looked.node.id for looked in outcome.looked}
    many = len(outcome.built.null_columns) * 20 > outcome.built.columns
    for name in outcome.built.null_columns if many else ():
        model, _, column = name.rpartition(".")
        changes.append(repairer.null(by_name[model], column))
    return changes
