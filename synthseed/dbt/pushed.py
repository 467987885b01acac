"""Push the tests of a project back to the columns of its sources.

Tests stand on models. What a test says of a model's column holds for the source's column that it is, as far as no row was made of
several on the way. Any test that dbt compiled is also read as what it is: a query whose rows are failures, so that the opposite of its
condition holds for every row, whatever package or project the test comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from synthseed.dbt.artifacts import Manifest, Test
from synthseed.dbt.calendars import within
from synthseed.dbt.facts import Facts, Link, Strength, TypeFact
from synthseed.dbt.failures import Failures
from synthseed.dbt.grains import paths
from synthseed.dbt.lineage import SURPRISES, Lineage
from synthseed.dbt.literals import literal
from synthseed.dbt.mapped import covered, inverted
from synthseed.dbt.origins import Origin, bound, of_expression, origins
from synthseed.dbt.pivoted import accept_pivoted
from synthseed.dbt.polymorphic import set_apart
from synthseed.dbt.rows import Cell, Row, Tree, Value, value_of
from synthseed.dbt.types import kind_of
from synthseed.dbt.uniqueness import push_unique


def push(manifest: Manifest, lineage: Lineage, facts: Facts) -> None:
    """Add what tests, contracts, primary keys and semantic entities say to the facts."""
    pusher = Pusher(manifest, lineage, facts)
    for test in manifest.tests.values():
        try:
            pusher.test(test)
        except SURPRISES as error:
            facts.unused.append((f"test {test.name}", f"it could not be read: {type(error).__name__}"))
    pusher.contracts()
    pusher.entities()
    within(manifest, lineage, facts)
    set_apart(facts)


class Pusher:
    """Push one test after the other."""

    def __init__(self, manifest: Manifest, lineage: Lineage, facts: Facts) -> None:
        self.manifest, self.lineage, self.facts = manifest, lineage, facts

    def test(self, test: Test) -> None:
        """Push one test back, by its kind where that is known, else by its compiled SQL."""
        row, where = self._row(test), f"test {test.name}"
        kind = test.kind.rpartition(".")[2]
        if row is None:
            return self._compiled(test, where)
        if kind == "not_null" and test.column:
            self._not_null(row, test.column.lower(), where)
        elif kind == "unique" and test.column and test.where is None:
            self._unique(row, [test.column.lower()], where)
        elif kind == "unique_combination_of_columns" and test.where is None:
            self._unique(row, [str(one).lower() for one in test.arguments.get("combination_of_columns") or ()], where)
        elif kind == "accepted_values" and test.column:
            self._accepted(row, test.column.lower(), [_text(one) for one in test.arguments.get("values") or ()], where)
        elif kind == "relationships" and test.column:
            self._relationship(row, test, where)
        else:
            self._compiled(test, where)
        return None

    def _row(self, test: Test) -> Row | None:
        parent = self._parent(test) if test.arguments.get("to") else None
        node = test.node or next((key for key in test.depends_on if key in self.lineage.rows and key != parent), None)
        return self.lineage.rows.get(node) if node and test.kind != "singular" else None

    # ------------------------------------------------------------------------------------------ tests by kind
    def _not_null(self, row: Row, name: str, where: str) -> None:
        name = _plain(name)
        value = row.get(name)
        kept = self._kept(row, name)
        for found in origins(value) if value else ():
            if not {"coalesce", "pick"} & set(found.steps) and (found.cell, None) not in kept:
                self.facts.columns[found.cell].not_null.append(where)
        for branch in (value.branches or (value,)) if value else ():
            if branch.expr is not None and not origins(branch):
                self._covered(branch.expr, where)

    def _covered(self, case: Tree, where: str) -> None:
        """A CASE without ELSE that is never NULL has a branch for every value of its input."""
        for cell, texts in covered(case):
            self._accept(Origin(cell), texts, where)
            self.facts.columns[cell].not_null.append(where)

    def _unique(self, row: Row, names: list[str], where: str) -> None:
        push_unique(row, [_plain(name) for name in names], where, self.facts)

    def _kept(self, row: Row, name: str) -> set[tuple[Cell, str | None]]:
        """Return the cells, each with NULL or "", that filters choose the rows by on a column's way down.

        What such a filter lets through says nothing of the rows that it takes out.
        """
        from sqlglot import exp

        found: set[tuple[Cell, str | None]] = set()
        for query in dict.fromkeys(query for query, _, _ in paths(row, name)):
            for condition in query.conditions:
                for one in condition.find_all(exp.EQ, exp.NEQ, exp.In, exp.Is):
                    null = isinstance(one, exp.Is) and isinstance(one.expression, exp.Null)
                    told = isinstance(one, exp.In) or null or literal(one.expression) is not None
                    found |= {(cell.cell, None if null else "") for cell in of_expression(one.this) if told}
        return found

    def _accepted(self, row: Row, name: str, values: list[str], where: str) -> None:
        value = row.get(_plain(name))
        if value is None:
            return
        kept = self._kept(row, _plain(name))
        for branch in value.branches or (value,):
            found = origins(branch)
            for one in found:
                if one.same and "scale" not in one.steps and (one.cell, "") not in kept:
                    self._accept(one, values, where)
            if not found and branch.expr is not None:
                self._mapped(branch.expr, set(values), where)
                accept_pivoted(branch.expr, values, self.facts)

    def _accept(self, found: Origin, values: Iterable[str], where: str) -> None:
        column = self.facts.columns[found.cell]
        fresh = dict.fromkeys(values, where)
        kept = {one: place for one, place in column.accepted.items() if one in fresh}
        column.accepted = kept or ({**column.accepted} if column.accepted and not kept else fresh)

    def _mapped(self, case: Tree, values: set[str], where: str) -> None:
        """Invert a CASE that maps literals to literals."""
        for cell, texts, closed in inverted(case, values):
            if closed and texts:
                self._accept(Origin(cell), texts, where)
            for text in texts:
                self.facts.columns[cell].seen.setdefault(text, where)

    def _relationship(self, row: Row, test: Test, where: str) -> None:
        child = row.get(_plain(str(test.column).lower()))
        parent = self.lineage.rows.get(self._parent(test) or "")
        name = _plain(str(test.arguments.get("field") or "").lower())
        other = parent.get(name) if parent is not None else None
        if child is None or other is None:
            return
        for one in origins(child):
            for target in origins(other):
                if one.cell != target.cell and one.same and target.same:
                    self.facts.links.append(Link(one.cell, target.cell, where, directed=True, total=True))
        self._constants(child, other, where)

    def _parent(self, test: Test) -> str | None:
        """Return the id that `to` names, among what the test depends on."""
        named = re.findall(r"""['"]([^'"]+)['"]""", str(test.arguments.get("to") or ""))
        found = [key for key in test.depends_on if named and key.split(".")[2:][-1:] == named[-1:]]
        others = found or [key for key in test.depends_on if key != test.node]
        return others[0] if others else test.node

    def _constants(self, child: Value, parent: Value, where: str) -> None:
        """Let the parent hold every constant that a model emits."""
        targets = [target for target in origins(parent) if target.same]
        for text in _emitted(child):
            for target in targets:
                self.facts.columns[target.cell].wanted.setdefault(text, where)

    def _compiled(self, test: Test, where: str) -> None:
        row = self.lineage.tests.get(test.id)
        if row is None:
            self.facts.unused.append((where, self.lineage.failed.get(test.id, "dbt did not compile it")))
        elif not Failures(self.facts, test.id, where, self._accept).read(row):
            self.facts.unused.append((where, "what it says is more than rules over one source"))

    # ------------------------------------------------------------------------------------------ contracts and entities
    def contracts(self) -> None:
        """Push the declared types of models back, and the types and primary keys of contracts."""
        for node in self.manifest.nodes.values():
            row = self.lineage.rows.get(node.id)
            if row is None or node.kind == "seed":
                continue
            for one in node.columns:
                value = row.get(one.name.lower()) if row.knows(one.name.lower()) else None
                where = f"contract of {node.name}.{one.name}"
                if {"not_null", "primary_key"} & set(one.constraints):
                    self._not_null(row, one.name.lower(), where)
                if {"unique", "primary_key"} & set(one.constraints):
                    self._unique(row, [one.name.lower()], where)
                for found in origins(value) if value else ():
                    self._declared(found, one.data_type, f"data_type of {node.name}.{one.name}")
                    if one.description and not self.facts.columns[found.cell].described and found.bare:
                        self.facts.columns[found.cell].described = one.description
            if node.primary_key:
                self._unique(row, [name.lower() for name in node.primary_key], f"primary key of {node.name}")

    def _declared(self, found: Origin, data_type: str | None, where: str) -> None:
        kind = kind_of(data_type) if data_type else None
        if kind and not {"scale", "trunc", "cast", "zone"} & set(found.steps):
            self.facts.columns[found.cell].types.append(TypeFact(kind, Strength.TESTED, where, data_type or ""))

    def entities(self) -> None:
        """Unite the entities of one name; the primary one is the parent."""
        by_name: dict[str, list[tuple[str, Cell]]] = {}
        for entity in self.manifest.entities:
            row = self.lineage.rows.get(entity.model)
            value = row.get(entity.expr.lower()) if row is not None and row.knows(entity.expr.lower()) else None
            for found in origins(value) if value else ():
                if found.same:
                    by_name.setdefault(entity.name, []).append((entity.kind, found.cell))
            if entity.kind in ("primary", "unique") and row is not None and value is not None:
                self._unique(row, [entity.expr.lower()], f"entity {entity.name}")
        for name, members in by_name.items():
            parents = [cell for kind, cell in members if kind in ("primary", "unique")]
            for kind, cell in members:
                if parents and kind == "foreign" and cell != parents[0]:
                    self.facts.links.append(Link(cell, parents[0], f"entity {name}", directed=True))


def _emitted(child: Value) -> set[str]:
    """Return the constants among the values of a column."""
    from sqlglot import exp

    texts: set[str] = set()
    todo, seen = [child], set()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        todo += one.branches
        if one.expr is None:
            continue
        outs = [one.expr]
        for part in one.expr.find_all(exp.Case, exp.Coalesce):
            ifs = part.args.get("ifs") or ()
            outs += [branch.args["true"] for branch in ifs] + [part.args.get("default")] if ifs else list(part.expressions)
        texts |= {told[1] for out in outs if out is not None and (told := literal(out)) is not None}
        if isinstance(one.expr, exp.Cast | exp.Coalesce | exp.Paren):
            todo += [value_of(column) for column in bound(one.expr)]
    return texts


def _plain(name: str) -> str:
    return name.strip('"`[]')


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
