"""Choose the seeds that rows are made for; whoever has rows of their own is left alone unless named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.dbt.seed_facts import read_by_models
from synthseed.dbt.seed_schema import Described, RealCsv, describe
from synthseed.dbt.seeds import Seed, nodes, read_seed, selected
from synthseed.errors import PlanError, suggestion

if TYPE_CHECKING:
    from synthseed.dbt.artifacts import Manifest
    from synthseed.dbt.facts import Facts
    from synthseed.dbt.project import Project


@dataclass(frozen=True)
class Choice:
    """Hold the seeds of a project by what becomes of them.

    Attributes:
        seeds: Seeds that the schema describes, by name: those written, and those that are planned besides.
        written: Names of those that get rows.
        real: Names of those whose own rows stand.
    """

    seeds: Mapping[str, Seed]
    written: tuple[str, ...]
    real: tuple[str, ...]
    described: Described


Models = Callable[[Mapping[str, Sequence[str]]], "Facts | None"]


def choose(manifest: Manifest, project: Project, select: Sequence[str], planned: Sequence[str], models: Models) -> Choice:
    """Choose seeds: those that were named; else those that are planned, and those whose CSV holds no row.

    A seed that a chosen one refers to, and that has no rows of its own, is chosen with it.

    Args:
        select: Names, `*` allowed.
        planned: Seeds that the plan has.
        models: Returns what the models say, given the columns of each seed by id; asked where a model stands on a chosen seed.

    Raises:
        ConfigurationError: A name that is no seed, or a CSV that cannot be read.
        PlanError: The plan has a seed that the project lacks.
    """
    known, adapter = nodes(manifest), manifest.adapter
    named = selected(known, select)
    if lost := [name for name in planned if name not in known]:
        raise PlanError(
            f"{lost[0]}.yml of the plan: the project has no seed {lost[0]}{suggestion(lost[0], known)}; expected one; "
            "take the file out, or rename it"
        )
    read = {name: read_seed(name, node, project.root, adapter, project.packages_path) for name, node in known.items()}
    made = {name for name, seed in read.items() if name in planned or (not seed.rows and seed.node.package == manifest.project)}
    chosen = set(named) or made
    described = {name: seed for name, seed in read.items() if name in made | chosen}
    real = {seed.node.id: RealCsv(seed.file, _delimiter(seed)) for name, seed in read.items() if name not in described}
    facts = None
    if read_by_models(manifest, [seed.node.id for seed in described.values()]):
        facts = models({seed.node.id: [column.name for column in seed.columns] for seed in read.values()})
    found = describe(manifest, list(described.values()), adapter, real, facts)
    written = _with_parents(found, set(chosen))
    described = {seed.name: seed for seed in found.seeds}
    return Choice(described, written, tuple(n for n in read if n not in described), found)


def _delimiter(seed: Seed) -> str:
    return str(seed.node.config.get("delimiter") or ",")


def _with_parents(found: Described, names: set[str]) -> tuple[str, ...]:
    todo = list(names)
    while todo:
        parents = {key.parent for key in found.schema.table(todo.pop()).foreign_keys} - names
        names |= parents
        todo += parents
    return tuple(table.key for table in found.schema.tables if table.key in names)


def plan_names(folder: Path) -> tuple[str, ...]:
    """Return the tables that a plan's folder has files for; none where there is no plan."""
    from synthseed import plan_yaml

    return tuple(plan_yaml.load_plan(folder).tables) if (folder / plan_yaml.HEAD).is_file() else ()
