"""Say what the models of a build are to be looked at for: which are there to hold rows, and which columns are there to be filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthseed.dbt.artifacts import Manifest, Node
from synthseed.dbt.lineage import Lineage
from synthseed.dbt.origins import cells_in
from synthseed.dbt.rows import Value

SNAPSHOT_TIMES = ("dbt_valid_to",)  # NULL until a second snapshot has found a change


@dataclass(frozen=True, slots=True)
class Looked:
    """Hold a built relation as it was found: its rows, and how many of each column are not NULL."""

    node: Node
    rows: int
    filled: Mapping[str, int]


def relations(manifest: Manifest) -> list[Node]:
    """Return the models and snapshots that are relations of their own."""
    kept = ("ephemeral", "inline")
    return [node for node in manifest.nodes.values() if node.kind != "seed" and node.materialized not in kept and node.relation]


def marts(manifest: Manifest) -> set[str]:
    """Return the models that people read: those that no other model reads, and those in a folder of marts."""
    read = {key for node in manifest.nodes.values() for key in node.depends_on}
    own = [node for node in manifest.nodes.values() if node.kind == "model"]
    return {node.id for node in own if node.id not in read or "marts/" in f"/{node.path}".lower()}


def allowed_empty(node: Node, manifest: Manifest, lineage: Lineage) -> bool:
    """Return whether a model can hold no row whatever its sources hold: it reads none, or only what is not switched on."""
    if not node.depends_on:
        return False
    sources = [key for key in node.depends_on if key in manifest.sources or key in manifest.nodes]
    text = " ".join((node.compiled or "").lower().split())
    return not sources or text.endswith(("limit 0", "where false", "where 1 = 0", "where 1=0"))


def constant_null(node: Node, column: str, lineage: Lineage) -> bool:
    """Return whether a column is NULL by the model's own SQL: a switch of the project is off, or no source has it."""
    row = lineage.rows.get(node.id)
    value = row.get(column.lower()) if row is not None and row.knows(column.lower()) else None
    return value is not None and not cells_in(value) and _is_null(value, 0)


def _is_null(value: Value, depth: int) -> bool:
    from sqlglot import exp

    from synthseed.dbt.origins import bound
    from synthseed.dbt.rows import value_of

    if depth > 40:
        return False
    if value.branches:
        return all(_is_null(branch, depth + 1) for branch in value.branches)
    tree = value.expr
    while isinstance(tree, exp.Cast | exp.TryCast | exp.Paren | exp.Alias | exp.Sum | exp.Max | exp.Min | exp.Avg):
        tree = tree.this
    if tree is None:
        return False
    if isinstance(tree, exp.Null):
        return True
    columns = bound(tree)
    return isinstance(tree, exp.Column) and all(_is_null(value_of(column), depth + 1) for column in columns)
