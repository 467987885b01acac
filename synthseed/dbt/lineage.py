"""Resolve the SQL of a project: what every column of every model is made of, down to the sources.

A model that cannot be parsed costs that model only; its row is then the documented columns, of nothing. Ids whose relation name
is not the manifest's (an own `ref` or `source` macro) are found among what dbt says that the model depends on.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from synthseed.dbt.artifacts import Manifest, Node, Source, Test
from synthseed.dbt.negations import set_apart
from synthseed.dbt.parts import named_parts
from synthseed.dbt.resolver import Resolver
from synthseed.dbt.rows import UNKNOWN, Cell, Query, Row, Tail, Tree, Value

DIALECTS = {
    "sqlserver": "tsql", "synapse": "tsql", "fabric": "tsql", "spark": "spark", "databricks": "databricks", "athena": "athena",
}  # fmt: skip
SNAPSHOT = ("scd_id", "updated_at", "valid_from", "valid_to", "is_deleted")
SURPRISES = (RecursionError, ValueError, TypeError, AttributeError, KeyError, IndexError)  # of sqlglot, which reads thirty dialects


@dataclass
class Lineage:
    """Hold what was resolved.

    Attributes:
        rows: Row by id of a source, seed, model or snapshot.
        tests: Row of what a test returns, by id, where it was compiled.
        queries: Every SELECT of every model; those of tests are in `test_queries`.
        failed: Why a model or test could not be read, by id.
        spelled: Spelling of a source's column where SQL puts it in quotes.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    tests: dict[str, Row] = field(default_factory=dict)
    queries: list[Query] = field(default_factory=list)
    test_queries: list[Query] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    spelled: dict[Cell, str] = field(default_factory=dict)

    def cells(self, relation: str) -> list[Cell]:
        """Return the columns of a source or seed that are known by now."""
        return [Cell(relation, name) for name in self.rows[relation].columns]


def resolve(manifest: Manifest, seeds: Mapping[str, Iterable[str]], known: Mapping[str, Iterable[str]] | None = None) -> Lineage:
    """Resolve all models and tests of a project.

    Args:
        manifest: With compiled SQL, as far as dbt could compile it.
        seeds: Columns of each seed's file, by id.
        known: Columns of sources that a warehouse told, by id.
    """
    found = Lineage()
    for source in manifest.sources.values():
        found.rows[source.id] = _source_row(source, (known or {}).get(source.id, ()))
    for node in manifest.nodes.values():
        if node.kind == "seed":
            columns = dict.fromkeys([*(name.lower() for name in seeds.get(node.id, ())), *(one.name.lower() for one in node.columns)])
            found.rows[node.id] = Row({name: Value(Cell(node.id, name)) for name in columns}, relation=node.id)
    dialect = DIALECTS.get(manifest.adapter, manifest.adapter)
    for node in _ordered(manifest):
        found.rows[node.id] = _row_of(manifest, node, found, dialect)
    for test in manifest.tests.values():
        if test.compiled:
            row = _read(manifest, test, found, dialect, found.test_queries)
            if row is not None:
                found.tests[test.id] = row
    return found


def _source_row(source: Source, known: Iterable[str]) -> Row:
    row = Row(make=lambda name: Value(Cell(source.id, name)), relation=source.id)
    for name in (*(one.name.lower() for one in source.columns), *(name.lower() for name in known)):
        row.get(name)
    return row


def _ordered(manifest: Manifest) -> list[Node]:
    """Return models and snapshots, those that others read first."""
    done: dict[str, Node] = {}
    open_: set[str] = set()

    def visit(key: str) -> None:
        node = manifest.nodes.get(key)
        if node is None or node.kind == "seed" or key in done or key in open_:
            return
        open_.add(key)
        for other in node.depends_on:
            visit(other)
        done[key] = node

    for key in sorted(manifest.nodes, key=lambda key: not manifest.nodes[key].depends_on):
        visit(key)  # what depends on nothing may name tables outright, so that it comes last
    return list(done.values())


def _row_of(manifest: Manifest, node: Node, found: Lineage, dialect: str) -> Row:
    row = _read(manifest, node, found, dialect, found.queries) if node.compiled else None
    if row is None:
        found.failed.setdefault(node.id, "dbt did not compile it")
        return Row({one.name.lower(): UNKNOWN for one in node.columns}, make=lambda _: UNKNOWN)
    return _snapshot(row) if node.kind == "snapshot" else row


def _snapshot(row: Row) -> Row:
    """Return the row of a snapshot: dbt adds columns of its own, which no source has."""
    tail = Tail(row, alias="_")
    own = {f"dbt_{name}": UNKNOWN for name in SNAPSHOT}
    return Row(own, (tail,), query=Query("", items={"_": row}), places=(tail, *own))


def _read(manifest: Manifest, node: Node | Test, found: Lineage, dialect: str, queries: list[Query]) -> Row | None:
    from sqlglot.errors import SqlglotError

    mark = len(queries)
    try:
        tree = _parsed(str(node.compiled), dialect)
        row = Resolver(manifest, node, found.rows, found.spelled, queries, dialect).query(tree, {})
    except (SqlglotError, *SURPRISES) as error:  # whatever it raises costs this model only
        del queries[mark:]
        found.failed[node.id] = (
            f"sqlglot could not read its SQL: {str(error).splitlines()[0][:160] if str(error) else type(error).__name__}"
        )
        return None
    own = {one.name.lower() for one in node.columns} if isinstance(node, Node) else set()
    for name in own:
        if not row.knows(name) and row.open:
            row.get(name)  # documented columns of a `select *` model are columns of what it reads
    return row


def _parsed(sql: str, dialect: str) -> Tree:
    import logging

    import sqlglot

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = dialect if dialect in sqlglot.Dialect.classes else None
        trees = [tree for tree in sqlglot.parse(sql, dialect=known) if tree is not None]
    if not trees:
        raise ValueError("there is no statement in it")
    return named_parts(set_apart(trees[-1]))
