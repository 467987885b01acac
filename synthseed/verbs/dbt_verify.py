"""Fill a project's sources, run the user's own `dbt build`, and repair the plan where it is not green."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError
from synthseed.report.dbt_filled import Built, DbtFilled, Repair
from synthseed.verbs import dbt_fill, dbt_mended, dbt_sources, dbt_wanted, dbt_warehouse, modelled

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.configuration import Database
    from synthseed.dbt.artifacts import Manifest, Result
    from synthseed.dbt.command import Dbt
    from synthseed.dbt.concerned import Concern
    from synthseed.dbt.facts import Pivoted
    from synthseed.dbt.forced import Forced
    from synthseed.dbt.lineage import Lineage
    from synthseed.dbt.repairs import Change
    from synthseed.dbt.verdict import Looked
    from synthseed.plan import Plan
    from synthseed.report.asked import Asked
    from synthseed.report.progress import Progress
    from synthseed.verbs.dbt_sources import Read
    from synthseed.verbs.modelled import Wish

ROUNDS = 3  # repairs
LONGEST = 1800.0
BAD = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class Outcome:
    """Hold what a build left: its results, what of its models is in the warehouse, and its manifest."""

    manifest: Manifest
    lineage: Lineage
    results: tuple[Result, ...]
    looked: tuple[Looked, ...]
    pivots: tuple[Pivoted, ...] = ()
    said: str = ""
    built: Built = field(default_factory=lambda: Built(0, 0))


def filled_and_verified(named: dbt_sources.Asked, wish: dbt_wanted.Wanted, ask: Wish, progress: Progress) -> DbtFilled:
    """Fill, build, and repair at most three times: by the rules, and what no rule knows anything of by a model where one is configured."""
    project, dbt = dbt_sources.paths(named)
    if dbt is None:
        raise ConfigurationError("--verify: found artifacts and no dbt; expected one to run `dbt build` with; name it by --dbt")
    database = dbt_fill.database_of(project, named, wish, ask)
    wish = replace(wish, purse=modelled.budget(database))
    read = dbt_fill.understood(named, wish, database)
    done = dbt_fill.load(read, named, wish, database, progress)
    wish = replace(wish, as_of=done.filled.as_of or wish.as_of)
    before = snapshots(read.manifest, database)
    outcome = built(dbt, read, named, database, 1)
    mending = _Mending(read, wish, database, progress, done.filled.asked)
    for round_ in range(1, ROUNDS + 1):
        if outcome.built.green:
            break
        forget_snapshots(outcome, database, before)
        if not mending.repaired(outcome, round_):
            break
        done = dbt_fill.refill(mending.read, wish, database, progress, mending.plan)
        outcome = built(dbt, read, named, database, round_ + 1)
    filled = replace(done.filled, asked=mending.asked, notes=tuple(dict.fromkeys((*done.filled.notes, *mending.notes))))
    return replace(done, built=outcome.built, repairs=tuple(mending.repairs), filled=filled)


class _Mending:
    """Hold a plan while it is mended, with what was done."""

    def __init__(self, read: Read, wish: dbt_wanted.Wanted, database: Database, progress: Progress, asked: Asked | None) -> None:
        from synthseed.dbt.forced import Forced

        self.read, self.wish, self.database, self.progress, self.asked = read, wish, database, progress, asked
        self.forced = Forced()
        self.repairs: list[Repair] = []
        self.notes: list[str] = []
        self.offline = self._offline()
        self.plan = self.offline

    def _offline(self) -> Plan:
        """Return the plan that the facts make by themselves."""
        from synthseed.dbt.forced import applied
        from synthseed.planners import offline

        asked = self.wish.asked.named(self.read.described.schema)
        plan = offline.plan(
            self.read.described.schema, rows=asked.rows, every=asked.every, locale=self.wish.locale, seed=self.wish.seed or 0
        )
        return applied(dbt_wanted.adjusted_plan(self.read, plan), self.read.described, self.read.facts, self.forced)

    def repaired(self, outcome: Outcome, round_: int) -> bool:
        """Mend the plan by what failed; return whether anything was changed."""
        from synthseed.dbt.repairs import learnt

        changes = learnt(outcome.pivots, self.read.facts, self.read.described)
        found = repaired(self.read, outcome, self.forced)
        changes += [change for change, _ in found if change.what]
        self.repairs += [Repair(round_, change.failed, change.what, change.why) for change in changes]
        helpless = [(change, concern) for change, concern in found if not change.what]
        if changes:
            self.read = described_again(self.read)
        before, self.offline = self.offline, self._offline()
        there = dbt_mended.in_use(self.database.plan, self.read.described.schema)
        kept: dbt_mended.Names = {}
        self.plan = self.offline
        if there is not None:
            plan, kept = there
            self.plan, left = dbt_mended.mended(plan, before, self.offline, kept)
            self.notes += [f"{one}: what you wrote of it stays, though a failure of the build would change it" for one in left]
        answered = self._asked(helpless, kept, round_)
        return answered or bool(changes)

    def _asked(self, helpless: list[tuple[Change, Concern]], kept: dbt_mended.Names, round_: int) -> bool:
        """Ask a model for what no rule knows anything of, where one is configured; return whether it changed anything."""
        answer = dbt_mended.Answered(self.plan)
        if helpless and self.database.planner == "openai" and self.wish.purse is not None:
            answer = dbt_mended.asked(
                self.database,
                self.read.described,
                self.plan,
                [concern for _, concern in helpless],
                kept=kept,
                as_of=self.wish.as_of or "",
                purse=self.wish.purse,
                progress=self.progress,
                sql=self.wish.send_sql,
            )
        self.plan = answer.plan
        self.notes += answer.notes
        if answer.asked is not None:
            self.asked = answer.asked if self.asked is None else self.asked + answer.asked
        by = f"planned by {answer.asked.model}: " if answer.asked is not None else ""
        for change, concern in helpless:
            names = {self.read.described.where(cell) for cell in concern.cells}
            what = ", ".join(one for one in answer.columns if one in names)
            self.repairs.append(Repair(round_, change.failed, f"{by}{what}" if what else "", change.why))
        return bool(answer.columns)


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
    found = Outcome(manifest, fresh.lineage, results, looked, tuple(fresh.facts.pivots))
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
def repaired(read: Read, outcome: Outcome, forced: Forced) -> list[tuple[Change, Concern]]:
    """Change the facts by what failed, and say what each failure is about; where no rule knows anything the change is empty."""
    from synthseed.dbt import verdict
    from synthseed.dbt.concerned import Concerns
    from synthseed.dbt.repairs import Repairer

    repairer = Repairer(read.manifest, read.lineage, read.facts, read.described, forced)
    concerns = Concerns(outcome.manifest, outcome.lineage, read.described)
    found = []
    for one in (one for one in outcome.results if one.status in BAD):
        change = repairer.failure(one, dict(outcome.manifest.tests))
        found.append((change, concerns.failure(one, change.failed)))
    for looked in outcome.looked:
        if not looked.rows and not verdict.allowed_empty(looked.node, outcome.manifest, outcome.lineage):
            change = repairer.empty(looked.node.id)
            found.append((change, concerns.empty(looked.node.id, change.failed)))
    by_name = {looked.node.name: looked.node.id for looked in outcome.looked}
    many = len(outcome.built.null_columns) * 20 > outcome.built.columns
    for name in outcome.built.null_columns if many else ():
        model, _, column = name.rpartition(".")
        change = repairer.null(by_name[model], column)
        found.append((change, concerns.null(by_name[model], column, change.failed)))
    return found
