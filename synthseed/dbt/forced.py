"""Hold what must be so in every row, beyond what the facts say of most rows, and change a plan by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from synthseed.dbt.artifacts import Manifest
from synthseed.dbt.capacity import fitted
from synthseed.dbt.conditions import conjuncts
from synthseed.dbt.described import Described
from synthseed.dbt.drafts import Draft
from synthseed.dbt.facts import Facts
from synthseed.dbt.lineage import Lineage
from synthseed.dbt.literals import literal
from synthseed.dbt.origins import of_expression, origins
from synthseed.dbt.rows import Cell, Query
from synthseed.plan import Choice, Plan, Tier
from synthseed.schema import Schema

MANIFOLD = 8  # times the rows, at most
PLENTY = 2_000  # rows of a source that is not made larger


@dataclass
class Forced:
    """Hold what a plan must do.

    Attributes:
        certain: Columns whose filters all rows get through, and that are never NULL, with the reason.
        rows: Factor for the rows of a source, by its id.
        planned: Rows that a source has in the plan before its factor, by its id; known once a plan was made.
        again: Models that another build may make, for dbt knew no order; each is waited for once.
    """

    certain: dict[Cell, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    planned: dict[str, int] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)

    def grown(self, source: str) -> int | None:
        """Let a source have twice the rows; return its factor, None where it holds enough that more would only take time.

        Models that cross entities with a calendar hold as many rows as both together: 2,400 issues over two years are a
        million, and no server builds their window functions in a CI's minutes.
        """
        factor = self.rows.get(source, 1) * 2
        if factor > MANIFOLD or self.planned.get(source, 0) * factor > PLENTY:
            return None
        self.rows[source] = factor
        return factor


def filtered(query: Query) -> Iterator[Cell]:
    """Return the cells that a query's conditions are about."""
    for condition in query.conditions:
        for one in conjuncts(condition):
            parts = [one.this, one] if hasattr(one, "this") and not isinstance(one.this, str) else [one]
            for part in parts:
                if hasattr(part, "meta") and literal(part) is None:
                    yield from (found.cell for found in of_expression(part))


def lossless(manifest: Manifest, lineage: Lineage, facts: Facts) -> Forced:
    """Return the filters of parents that a relationships test points at: a parent that is filtered out leaves orphans."""
    forced = Forced()
    for test in manifest.tests.values():
        if test.kind.rpartition(".")[2] != "relationships" or not test.arguments.get("field"):
            continue
        parent = next((key for key in test.depends_on if key != test.node), test.node or "")
        row = lineage.rows.get(parent)
        value = row.get(str(test.arguments["field"]).strip('"').lower()) if row is not None else None
        relations = {found.cell.relation for found in origins(value)} if value is not None else set()
        nodes = _below(parent, manifest)
        for query in (query for query in lineage.queries if query.node in nodes):
            for cell in filtered(query):
                if cell.relation in relations and facts.columns[cell].wanted:
                    forced.certain.setdefault(cell, f"parents must get through: test {test.name}")
    return forced


def _below(node: str, manifest: Manifest) -> set[str]:
    found: set[str] = set()
    todo = [node]
    while todo:
        key = todo.pop()
        if key in manifest.nodes and key not in found:
            found.add(key)
            todo += manifest.nodes[key].depends_on
    return found


def applied(plan: Plan, described: Described, facts: Facts, forced: Forced) -> Plan:
    """Return the plan with what it must do."""
    drafts = {key: Draft(table) for key, table in plan.tables.items()}
    for cell, why in forced.certain.items():
        key, name = described.tables.get(cell.relation, ""), described.names.get(cell, "")
        if key in drafts and name:
            _certain(drafts[key], name, facts.columns[cell].wanted, why)
    forced.planned |= {source: plan.tables[key].rows for source, key in described.tables.items() if key in plan.tables}
    factors = _level({described.tables[source]: factor for source, factor in forced.rows.items()}, described.schema)
    tables = {key: draft.done() for key, draft in drafts.items()}
    larger = {key: replace(table, rows=table.rows * factors.get(key, 1)) for key, table in tables.items()}
    return fitted(replace(plan, tables=larger), described.schema)


def _level(factors: Mapping[str, int], schema: Schema) -> dict[str, int]:
    """Return the factors with no parent's above its children's: there must be a child for each, and few of many have one in a join."""
    found = dict(factors)
    links = [
        (key.parent, table.key)
        for table in schema.tables
        for key in table.foreign_keys
        if key.parent != table.key and not any(table.column(name).nullable for name in key.columns)
    ]
    for _ in schema.tables:
        before = dict(found)
        for parent, child in links:
            found[parent] = min(found.get(parent, 1), found.get(child, 1))
        if found == before:
            break
    return found


def _certain(draft: Draft, name: str, wanted: Mapping[str | None, str], why: str) -> None:
    texts = [text for text in wanted if text is not None]
    if None in wanted and not texts:
        draft.nulls[name] = Decimal(100)
        return
    draft.nulls.pop(name, None)
    if texts and name in draft.columns and isinstance(draft.columns[name].gen, Choice):
        draft.put(name, Choice((Tier(Decimal(100), tuple(texts)),)), why)
