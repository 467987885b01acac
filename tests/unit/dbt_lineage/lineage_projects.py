"""Build a dbt project in a line: models by name with their compiled SQL, sources by name, tests as YAML has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from synthseed.dbt.artifacts import Entity, Field, Manifest, Node, Source, Test
from synthseed.dbt.evidence import gather, printed
from synthseed.dbt.facts import ColumnFacts, Facts
from synthseed.dbt.lineage import Lineage, resolve
from synthseed.dbt.pushed import push
from synthseed.dbt.rows import Cell


@dataclass(frozen=True, repr=False)
class Known:
    """Hold what is found in a project, under the short names that its test uses: `orders.id`."""

    manifest: Manifest
    lineage: Lineage
    facts: Facts

    def columns(self, source: str) -> set[str]:
        return set(self.lineage.rows[_source_id(self.manifest, source)].columns)

    def of(self, name: str) -> ColumnFacts:
        source, _, column = name.rpartition(".")
        return self.facts.columns[Cell(_source_id(self.manifest, source), column)]

    def kinds(self, name: str) -> set[str]:
        return {fact.kind for fact in self.of(name).types}

    @property
    def keys(self) -> set[str]:
        return {f"{_short(key.relation)}({', '.join(key.columns)})" for key in self.facts.keys}

    @property
    def links(self) -> set[frozenset[str]]:
        return {frozenset((_cell(link.left), _cell(link.right))) for link in self.facts.links}

    @property
    def parents(self) -> set[tuple[str, str]]:
        return {(_cell(link.left), _cell(link.right)) for link in self.facts.links if link.directed}

    @property
    def rules(self) -> set[str]:
        return {rule.text for rule in self.facts.rules}

    @property
    def sums(self) -> set[tuple[str, str, str, str | None]]:
        return {(_cell(one.total), _cell(one.key), _cell(one.term), _cell(one.via) if one.via else None) for one in self.facts.sums}

    @property
    def pivots(self) -> set[tuple[str, str, str, str]]:
        return {(_cell(one.name), one.literal, _cell(one.value), one.kind) for one in self.facts.pivots}

    def behind(self, model: str, column: str) -> set[str]:
        """Return the source columns that a model's column is made of."""
        from synthseed.dbt.origins import cells_in

        value = self.lineage.rows[f"model.shop.{model}"].get(column)
        return {_cell(cell) for cell in cells_in(value)} if value is not None else set()


def project(
    models: Mapping[str, str],
    tests: Iterable[Test] = (),
    *,
    sources: Iterable[str] = ("orders", "items", "customers", "products"),
    seeds: Mapping[str, Iterable[str]] | None = None,
    documented: Mapping[str, Iterable[str | Field]] | None = None,
    entities: Iterable[Entity] = (),
    adapter: str = "duckdb",
    primary_keys: Mapping[str, tuple[str, ...]] | None = None,
    outright: Iterable[str] = (),
    snapshots: Iterable[str] = (),
    aliases: Mapping[str, Mapping[str, str]] | None = None,
) -> Known:
    """Return what lineage, SQL and tests say about the sources `raw.<name>`.

    Models depend on whatever their SQL names, but those that name tables `outright`, without `ref`; `aliases` are those that their
    macros list.
    """
    documented, seeds, primary_keys = documented or {}, seeds or {}, primary_keys or {}
    there = {_id("source", name): _source(name, documented.get(name, ())) for name in sources}
    nodes = {_id("seed", name): _node("seed", name, None, (), ()) for name in seeds}
    for name, sql in models.items():
        depends = [key for key in (*there, *nodes) if name not in outright and re.search(rf"\b{_short(key)}\b", sql)]
        node = _node("model", name, sql, depends, documented.get(name, ()), primary_keys.get(name, ()))
        node = replace(node, aliases=(aliases or {}).get(name, {}))
        nodes[node.id] = replace(node, kind="snapshot") if name in snapshots else node
    made = {test.id: test for test in tests}
    manifest = Manifest("shop", adapter, "1.11.0", there, nodes, made, tuple(entities))
    lineage, facts = resolve(manifest, {_id("seed", name): columns for name, columns in seeds.items()}), Facts()
    gather(lineage.queries, facts, _short)
    printed(lineage.queries, facts, _short)
    push(manifest, lineage, facts)
    return Known(manifest, lineage, facts)


def generic(kind: str, model: str, column: str | None = None, *, sql: str | None = None, to: str | None = None, **arguments: Any) -> Test:
    """Return a test of a model as the manifest has it; `to` names the other model, seed or source of a relationships test."""
    depends = (f"model.shop.{model}",)
    if to is not None:
        kind_, _, name = to.rpartition(":")
        depends = (f"{kind_ or 'model'}.shop.{'raw.' if kind_ == 'source' else ''}{name}", *depends)
        arguments["to"] = f"ref('{name}')" if kind_ != "source" else f"source('raw', '{name}')"
    name = f"{kind.rpartition('.')[2]}_{model}_{column or ''}"
    return Test(f"test.shop.{name}", name, kind, f"model.shop.{model}", column, arguments, depends, sql, None, "error")


def singular(name: str, sql: str) -> Test:
    """Return a test that is a SQL file."""
    return Test(f"test.shop.{name}", name, "singular", None, None, {}, (), sql, None, "error")


def _id(kind: str, name: str) -> str:
    return f"{kind}.shop.{'raw.' if kind == 'source' else ''}{name}"


def _source_id(manifest: Manifest, name: str) -> str:
    key = _id("source", name)
    return key if key in manifest.sources else _id("seed", name)


def _short(key: str) -> str:
    return key.rpartition(".")[2]


def _cell(cell: Cell) -> str:
    return f"{_short(cell.relation)}.{cell.column}"


def _fields(columns: Iterable[str | Field]) -> tuple[Field, ...]:
    return tuple(Field(one) if isinstance(one, str) else one for one in columns)


def _source(name: str, columns: Iterable[str | Field]) -> Source:
    return Source(_id("source", name), "shop", "raw", name, None, "raw", name, f'"raw"."{name}"', _fields(columns))


def _node(kind: str, name: str, sql: str | None, depends: Iterable[str], columns: Iterable[str | Field], key: tuple[str, ...] = ()) -> Node:
    return Node(
        _id(kind, name), kind, "shop", name, None, "main", name, name, _fields(columns), tuple(depends), sql, "", "", "", {}, key
    )  # fmt: skip
