"""Learn from a project's models what its seeds hold: tests of models are pushed back to them, and joins are keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from synthseed.dbt.artifacts import Manifest
from synthseed.dbt.domains import domains
from synthseed.dbt.facts import Facts, Strength
from synthseed.dbt.rows import Cell
from synthseed.dbt.seeds import Seed, SeedColumn
from synthseed.dbt.settled import settle


def read_by_models(manifest: Manifest, ids: Collection[str]) -> bool:
    """Return whether a model or a snapshot stands on one of these seeds."""
    return any(node.kind != "seed" and not set(ids).isdisjoint(node.depends_on) for node in manifest.nodes.values())


def learnt(manifest: Manifest, columns: Mapping[str, Iterable[str]]) -> Facts:
    """Return what the models and their tests say.

    Args:
        manifest: With compiled SQL, as far as dbt could compile it.
        columns: Columns of each seed, by id.
    """
    from synthseed.dbt import evidence
    from synthseed.dbt.lineage import resolve
    from synthseed.dbt.pushed import push

    lineage, facts = resolve(manifest, columns), Facts()
    evidence.gather(lineage.queries, facts, lambda key: key.rsplit(".", 1)[-1])
    push(manifest, lineage, facts)
    return facts


def keys(facts: Facts, real: Collection[str]) -> list[tuple[Cell, Cell]]:
    """Return (child, parent) for every column whose keys another one has; `real` are seeds whose own rows stand."""
    unique = {cell for cell, found in facts.columns.items() if found.unique}
    unique |= {Cell(key.relation, key.columns[0]) for key in facts.keys if len(key.columns) == 1}
    found = []
    for domain in domains(facts, real, unique):
        if domain.parent is not None:
            found += [(cell, domain.parent) for cell in sorted(domain.cells, key=str) if cell.relation != domain.parent.relation]
    return found


def typed(seeds: Sequence[Seed], facts: Facts, adapter: str) -> list[Seed]:
    """Return the seeds with the types that models give to columns of which only the name is known."""
    names = {Cell(seed.node.id, column.name.lower()): column.name for seed in seeds for column in seed.columns}
    pairs = [frozenset(pair) for pair in keys(facts, ())]
    settled = settle(names, facts.columns, pairs, adapter, names)

    def better(seed: Seed, column: SeedColumn) -> SeedColumn:
        one = settled[Cell(seed.node.id, column.name.lower())]
        known = column.origin != "name" or one.strength <= Strength.NAME
        return column if known else replace(column, sql=one.sql, origin=one.where)

    return [replace(seed, columns=tuple(better(seed, column) for column in seed.columns)) for seed in seeds]
