"""Change what is known of the sources after what a build says: offline rules, one per kind of failure.

A repair is a fact like any other, with the failure as where it is known from; so the plan that is made from the facts again
holds it, and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from synthseed.dbt.artifacts import Manifest, Result, Test
from synthseed.dbt.concerned import told
from synthseed.dbt.described import Described
from synthseed.dbt.documents import distinct
from synthseed.dbt.facts import Facts, KeyFact, Link, Pivoted, Strength, TypeFact
from synthseed.dbt.forced import Forced, filtered
from synthseed.dbt.lineage import Lineage
from synthseed.dbt.oracle import corrections
from synthseed.dbt.origins import bound, cells_in, origins
from synthseed.dbt.pivoted import add
from synthseed.dbt.rows import Cell, Row, Value, value_of
from synthseed.dbt.types import sql_of
from synthseed.dbt.uniqueness import read_out
from synthseed.dbt.unordered import named_outright


@dataclass(frozen=True, slots=True)
class Change:
    """Say what was changed for a failure; `what` is empty where no rule knows anything."""

    failed: str
    what: str
    why: str


def learnt(pivots: Iterable[Pivoted], facts: Facts, described: Described) -> list[Change]:
    """Add what the models say of attributes as they were built: what a model pivots out of the rows it finds is compiled only then."""

    def known() -> dict[tuple[Cell, str, Cell], Pivoted]:
        return {(one.name, one.literal, one.value): replace(one, where="") for one in facts.pivots}

    before = known()
    for one in pivots:
        add(one, facts)
    changes = []
    for key, now in known().items():
        if before.get(key) != now:
            read = f"one of {', '.join(now.seen[:4])}" if now.seen and now.kind == "text" else f"read as {now.kind}"
            read = f"a key of {described.where(now.key)}" if now.key is not None else read
            name = f"{described.where(now.name)} = {now.literal}"
            changes.append(Change(f"{described.where(now.value)}, {name}", f"it is {read}", "models that look at rows were compiled anew"))
    return changes


class Repairer:
    """Change facts by failures; each rule is tried once per failure."""

    def __init__(self, manifest: Manifest, lineage: Lineage, facts: Facts, described: Described, forced: Forced) -> None:
        self.manifest, self.lineage, self.facts, self.described, self.forced = manifest, lineage, facts, described, forced
        self.grown: dict[str, int | None] = {}  # once per build, however many models of a source are empty

    def failure(self, result: Result, tests: dict[str, Test]) -> Change:
        """Repair what a failed test or a model's error is about."""
        name = result.id.split(".")[2] if result.id.count(".") > 1 else result.id
        why = told(result)
        test = tests.get(result.id)
        done = self._test(test) if test is not None else self._error(result)
        return Change(name if test is None else test.name, "; ".join(dict.fromkeys(done)), why)

    # ------------------------------------------------------------------------------------------ tests
    def _test(self, test: Test) -> list[str]:
        row = self.lineage.rows.get(test.node or "")
        kind = test.kind.rpartition(".")[2]
        value = row.get(test.column.lower()) if row is not None and test.column else None
        where = f"test {test.name} failed"
        if kind == "relationships":
            return list(self._relationship(test, row, where))
        if kind in ("unique", "unique_combination_of_columns"):
            names = [test.column] if test.column else [str(one) for one in test.arguments.get("combination_of_columns") or ()]
            return list(self._unique(row, [name.lower() for name in names if name], where))
        if kind == "accepted_values" and value is not None:
            texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in test.arguments.get("values") or ()]
            return list(self._accepted(value, texts, where))
        if value is not None:
            return list(self._filled(value, where))
        return list(self._conditions(test.node or "", where))

    def _relationship(self, test: Test, row: Row | None, where: str) -> Iterator[str]:
        other = next((key for key in test.depends_on if key != test.node), test.node or "")
        parent = self.lineage.rows.get(other)
        name = str(test.arguments.get("field") or "").lower()
        child = row.get(test.column.lower()) if row is not None and test.column else None
        target = parent.get(name) if parent is not None and name else None
        for one in origins(child) if child is not None else ():
            for to in origins(target) if target is not None else ():
                known = any({one.cell, to.cell} == {link.left, link.right} for link in self.facts.links)
                if one.cell != to.cell and not known:
                    self.facts.links.append(Link(one.cell, to.cell, where, directed=True, total=True))
                    yield f"{self.described.where(one.cell)} points at {self.described.where(to.cell)}"
        yield from self._conditions(other, where)

    def _unique(self, row: Row | None, names: list[str], where: str) -> Iterator[str]:
        cells: set[Cell] = set()
        for name in names:
            value = row.get(name) if row is not None else None
            read = read_out(value)
            if read is None:
                cells |= cells_in(value) if value is not None else set()
            elif distinct(self.facts.columns[read[0]].paths, read[1]):
                yield f"{self.described.where(read[0])}: its {read[1]} is unique"
        by_relation: dict[str, list[str]] = {}
        for cell in cells:
            if cell.relation in self.described.tables:
                by_relation.setdefault(cell.relation, []).append(cell.column)
        for relation, columns in by_relation.items():
            fact = KeyFact(relation, tuple(sorted(columns)), where)
            if len(columns) <= 6 and not any(key.relation == relation and set(key.columns) <= set(columns) for key in self.facts.keys):
                self.facts.keys.append(fact)
                yield f"{self.described.tables[relation]} ({', '.join(fact.columns)}) is unique"

    def _accepted(self, value: Value, texts: list[str], where: str) -> Iterator[str]:
        for found in origins(value):
            facts = self.facts.columns[found.cell]
            if list(facts.accepted) != texts and found.cell.relation in self.described.tables:
                facts.accepted = dict.fromkeys(texts, where)
                yield f"{self.described.where(found.cell)} is one of {', '.join(texts[:6])}"

    def _filled(self, value: Value, where: str) -> Iterator[str]:
        """Let the cells of a value never be NULL, and the keys that lead to them neither; those that it asks for NULL are to be both."""
        for cell in sorted(cells_in(value) - _asked_for_null(value), key=lambda one: (one.relation, one.column)):
            yield from self._certain(cell, where)
            for domain in self.described.domains:
                keys = [one for one in domain.cells if domain.parent is not None and domain.parent.relation == cell.relation]
                for key in keys:
                    yield from self._certain(key, where)

    def _certain(self, cell: Cell, where: str) -> Iterator[str]:
        if cell in self.forced.certain or cell.relation not in self.described.tables:
            return
        self.forced.certain[cell] = where
        column = self.facts.columns[cell]
        if None in column.wanted and None not in column.refused:
            return  # a filter wants it NULL
        column.not_null.append(where)
        yield f"{self.described.where(cell)} is never NULL"

    # ------------------------------------------------------------------------------------------ models
    def _error(self, result: Result) -> list[str]:
        found = []
        for one in corrections([result], self.manifest, self.lineage, self.described):
            sql = sql_of(one.kind, self.manifest.adapter)
            self.facts.columns[one.cell].types.append(TypeFact(one.kind, Strength.WAREHOUSE, f"the warehouse: {one.why}", sql))
            self.facts.columns[one.cell].parsed.append(TypeFact(one.kind, Strength.WAREHOUSE, f"the warehouse: {one.why}", sql))
            found.append(f"{self.described.where(one.cell)} reads as {one.kind}")
        other = named_outright(result.id, result.message, self.manifest)
        if other is not None and result.id not in self.forced.again:
            self.forced.again.add(result.id)
            found.append(f"built again: it names {other.name} without ref(), so that dbt may build it first")
        return found

    def empty(self, node: str) -> Change:
        """Let a model that is empty get rows: through its filters and joins, and by more rows."""
        where = f"{node.split('.')[2]} was empty"
        done = list(self._conditions(node, where))
        for key in sorted(self._sources(node)):
            factor = self.grown[key] if key in self.grown else self.forced.grown(key)
            self.grown[key] = factor
            if factor is not None:
                done.append(f"{self.described.tables[key]}: {factor} times the rows")
        return Change(f"{node.split('.')[2]} is empty", "; ".join(dict.fromkeys(done)), "no row gets through its joins and filters")

    def null(self, node: str, column: str) -> Change:
        """Let a column that holds NULL alone hold something."""
        row = self.lineage.rows.get(node)
        value = row.get(column.lower()) if row is not None else None
        where = f"{node.split('.')[2]}.{column} was NULL in every row"
        done = list(self._filled(value, where)) if value is not None else []
        return Change(f"{node.split('.')[2]}.{column} is NULL in every row", "; ".join(dict.fromkeys(done)), "")

    def _sources(self, node: str) -> set[str]:
        found: set[str] = set()
        todo, seen = [node], set()
        while todo:
            key = todo.pop()
            if key in seen:
                continue
            seen.add(key)
            if key in self.described.tables:
                found.add(key)
            elif key in self.manifest.nodes:
                todo += self.manifest.nodes[key].depends_on
        return found

    def _conditions(self, node: str, where: str) -> Iterator[str]:
        """Let all rows of the sources get through the filters on the way to a model."""
        nodes, todo = set(), [node]
        while todo:
            key = todo.pop()
            if key not in nodes:
                nodes.add(key)
                todo += self.manifest.nodes[key].depends_on if key in self.manifest.nodes else ()
        for query in (query for query in self.lineage.queries if query.node in nodes):
            for cell in filtered(query):
                if cell not in self.forced.certain and cell.relation in self.described.tables and self.facts.columns[cell].wanted:
                    self.forced.certain[cell] = where
                    yield f"every {self.described.where(cell)} gets through the filter of {query.node.split('.')[2]}"


def _asked_for_null(value: Value) -> set[Cell]:
    """Return the cells that `is null` is asked of on the way to a value, unless it is that cell."""
    from sqlglot import exp

    found: set[Cell] = set()
    seen: set[int] = set()
    todo = [value]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        todo += one.branches
        for test in one.expr.find_all(exp.Is) if one.expr is not None else ():
            if isinstance(test.expression, exp.Null):
                found |= {cell for column in bound(test.this) for cell in cells_in(value_of(column))}
        todo += [value_of(column) for column in bound(one.expr)] if one.expr is not None else []
    return found - {found.cell for found in origins(value)}
