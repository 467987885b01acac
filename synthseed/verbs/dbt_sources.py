"""Read a dbt project into a schema: its SQL, its tests, its seeds, and where it can be had the warehouse's own word."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthseed.dbt.facts import Strength, TypeFact
from synthseed.errors import ConfigurationError, SynthseedError

if TYPE_CHECKING:
    from synthseed.dbt.artifacts import Manifest, Node, Test
    from synthseed.dbt.command import Dbt
    from synthseed.dbt.compiled import Compiled
    from synthseed.dbt.described import Described
    from synthseed.dbt.facts import Facts
    from synthseed.dbt.lineage import Lineage
    from synthseed.dbt.profiles import Profile
    from synthseed.dbt.project import Project
    from synthseed.dbt.rows import Cell
    from synthseed.dbt.settled import Settled
    from synthseed.schema import Table


@dataclass(frozen=True)
class Asked:
    """Hold how the user names a project; the words are those of the command line."""

    project_dir: Path | None = None
    dbt: str | None = None
    target: str | None = None
    profiles_dir: Path | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Path | None = None


def asked(
    project_dir: str | Path | None,
    dbt: str | Path | None,
    target: str | None,
    profiles_dir: str | Path | None,
    vars: Mapping[str, Any] | None,  # noqa: A002 - dbt's own word
    artifacts: str | Path | None,
) -> Asked:
    """Return how the user names a project, with paths that hold from wherever dbt is called."""
    return Asked(_path(project_dir), str(dbt) if dbt else None, target, _path(profiles_dir), vars or {}, _path(artifacts))


def _path(text: str | Path | None) -> Path | None:
    return Path(text).absolute() if text else None


@dataclass(frozen=True)
class Read:
    """Hold what is known of a project.

    Attributes:
        profile: None where no profile can be read and none is needed.
        failed: Models and tests whose SQL could not be had or read, with the reason.
        how: How the SQL was made, for the output.
        rounds: What the warehouse corrected, per round.
    """

    project: Project
    profile: Profile | None
    manifest: Manifest
    lineage: Lineage
    facts: Facts
    described: Described
    failed: Mapping[str, str]
    how: str
    rounds: tuple[str, ...] = ()


def paths(asked: Asked) -> tuple[Project, Dbt | None]:
    """Return the project and the user's dbt; None where artifacts are read in its place.

    Raises:
        ConfigurationError: There is no project, or `--dbt` is none.
    """
    from synthseed.dbt.command import find_dbt
    from synthseed.dbt.project import find

    project = find(asked.project_dir)
    if asked.artifacts is not None:
        return project, None
    try:
        return project, find_dbt(asked.dbt)
    except ConfigurationError:
        if asked.dbt is None and (project.target_path / "manifest.json").is_file():
            return project, None
        raise


def profile_of(project: Project, asked: Asked) -> Profile:
    """Return the profile of the project."""
    from synthseed.dbt.profiles import read_profile

    return read_profile(project, target=asked.target, profiles_dir=asked.profiles_dir, vars=asked.vars or None)


def compiled_of(project: Project, dbt: Dbt | None, asked: Asked) -> Compiled:
    """Return the project's manifest with compiled SQL.

    Raises:
        ConfigurationError: The project as a whole cannot be parsed, or there are no artifacts.
    """
    from synthseed.dbt import compiled

    return compiled.manifest(
        project, dbt, target=asked.target, profiles_dir=asked.profiles_dir, vars=asked.vars or None, artifacts=asked.artifacts
    )


def read_project(asked: Asked, standing: Mapping[str, Table] | None = None) -> Read:
    """Read a project without any warehouse.

    Raises:
        ConfigurationError: The project as a whole cannot be read.
    """
    project, dbt = paths(asked)
    found = compiled_of(project, dbt, asked)
    project, profile = found.project or project, None
    try:
        profile = profile_of(project, asked)
    except SynthseedError:
        if dbt is not None:
            raise
    return understood(project, profile, found.manifest, found.failed, found.how, standing)


def understood(
    project: Project,
    profile: Profile | None,
    manifest: Manifest,
    failed: Mapping[str, str],
    how: str,
    standing: Mapping[str, Table] | None = None,
    told: Mapping[Cell, TypeFact] | None = None,
) -> Read:
    """Resolve a manifest's SQL and tests, and describe its sources; `told` is the warehouse's word on columns."""
    from synthseed.dbt import evidence
    from synthseed.dbt.described import describe
    from synthseed.dbt.facts import Facts
    from synthseed.dbt.lineage import resolve
    from synthseed.dbt.pushed import push

    seeds = seed_values(project, manifest)
    known = {key: [column.name for column in table.columns] for key, table in (standing or {}).items()}
    lineage = resolve(manifest, {key: list(values) for key, values in seeds.items()}, known)
    facts = Facts()
    for cell, fact in (told or {}).items():
        lineage.rows[cell.relation].get(cell.column)
        facts.columns[cell].types.append(fact)
    evidence.gather(lineage.queries, facts, _name)
    evidence.gather_types(lineage.test_queries, facts, _name)
    if not standing and not told:
        evidence.printed(lineage.queries, facts, _name)
    push(manifest, lineage, facts)
    described = describe(manifest, lineage, facts, standing=standing, seeds=seeds)
    why = {key: failed.get(key, reason) for key, reason in lineage.failed.items()}
    why |= {file: failed[file] for file in project.unparsed if file in failed}
    return Read(project, profile, manifest, lineage, facts, described, why, how)


def _name(key: str) -> str:
    return key.split(".")[2] if key.count(".") >= 2 else key


def seed_values(project: Project, manifest: Manifest) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the values of each real seed's columns, in small letters; a CSV that is missing or broken has none."""
    from synthseed.dbt.seeds import csv_of, read_csv

    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for node in manifest.nodes.values():
        if node.kind != "seed":
            continue
        try:
            file = csv_of(node, project.root, project.packages_path)
            table = read_csv(file, str(node.config.get("delimiter") or ","))
        except SynthseedError:
            continue
        table = table.slice(0, 5_000)
        found[node.id] = {name.lower(): tuple(str(one) for one in table[name].to_pylist() if one != "") for name in table.column_names}
    return found


# ---------------------------------------------------------------------------------------------- the warehouse as an oracle
ROUNDS = 6


def asked_warehouse(read: Read, dbt: Dbt, asked: Asked, standing: Mapping[str, Table]) -> Read:
    """Let an empty warehouse of the same kind say what was misunderstood: tables of the sources, then the models over them.

    Up to six rounds, until no model finds a column or a type amiss that a source could be the reason of. The SQL that dbt
    prints once the sources are there is read as well: a package then reads columns that it else prints as NULL.
    """
    from sqlalchemy.exc import DBAPIError

    from synthseed.dbt import compiled, oracle
    from synthseed.dbt.scratch import scratch

    profile = read.profile
    if profile is None:
        return read
    told: list[str] = []
    corrected: dict[Cell, TypeFact] = {}
    try:
        with scratch(profile) as made, tempfile.TemporaryDirectory(prefix="synthseed_") as folder:
            for round_ in range(1, ROUNDS + 1):
                oracle.stub(made, read.described, read.manifest)
                places = (Path(folder) / str(round_), Path(folder) / str(round_ - 1))
                outcome = oracle.build(dbt, read.project, made, places, asked.vars, profile)
                failed = oracle.failures(outcome)
                fresh = oracle.corrections(failed, read.manifest, read.lineage, read.described)
                fresh = [one for one in fresh if one.cell not in corrected]
                told += [f"round {round_}: {read.described.where(one.cell)} is {one.kind}: {one.why}" for one in fresh]
                corrected.update({one.cell: one.fact(profile.adapter) for one in fresh})
                manifest = _merged(read.manifest, compiled.built(outcome, made, profile))
                before = read.described
                kept = {cell: settled for cell, settled in before.types.items() if settled.strength is Strength.PRINTED}
                read = understood(read.project, profile, manifest, read.failed, read.how, standing, {**_facts(kept), **corrected})
                if not fresh and read.described.schema == before.schema:
                    break
    except SynthseedError as error:
        told.append(f"the warehouse could not be asked: {error}")
    except DBAPIError as error:
        told.append(f"the warehouse could not be asked: {str(error.orig).splitlines()[0]}")
    return replace(read, rounds=tuple(told))


def _facts(kept: Mapping[Cell, Settled]) -> dict[Cell, TypeFact]:
    """Return what a package printed of columns while they were not there: it prints it once only."""
    return {cell: TypeFact(one.kind, Strength.PRINTED, one.where, one.sql) for cell, one in kept.items()}


def _merged(old: Manifest, new: Manifest) -> Manifest:
    """Return the newer SQL of each model and test, and the older where there is no newer."""
    nodes = {key: node if node.compiled else replace(node, compiled=_sql(old.nodes.get(key))) for key, node in new.nodes.items()}
    tests = {key: test if test.compiled else replace(test, compiled=_sql(old.tests.get(key))) for key, test in new.tests.items()}
    return replace(new, nodes=nodes, tests=tests, sources=old.sources)


def _sql(one: Node | Test | None) -> str | None:
    return one.compiled if one is not None else None
