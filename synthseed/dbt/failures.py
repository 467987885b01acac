"""Read a test as what it is: a query whose rows are failures, so that the opposite of its conditions holds for every row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from synthseed.dbt.conditions import conjuncts, disjuncts, holding, opened, text_of
from synthseed.dbt.facts import Facts, Link, Rule, Sum
from synthseed.dbt.grains import picks, queries_below
from synthseed.dbt.literals import literal
from synthseed.dbt.origins import Origin, bound, of_expression
from synthseed.dbt.rows import Query, Row, Tree, place_of, value_of
from synthseed.dbt.sources_sql import Written, comparison, written


class Failures:
    """Read the rows that one test returns."""

    def __init__(self, facts: Facts, test: str, where: str, accept: Callable[[Origin, Iterable[str], str], None]) -> None:
        self.facts, self.test, self.where, self.accept = facts, test, where, accept

    def read(self, row: Row) -> bool:
        """Add what holds for every row where the test returns none; return whether anything does."""
        if row.parts and (row.query is None or row.query.distinct):
            found = [self.read(part) for part in row.parts]
            return any(found)
        failing: list[Tree] = []
        while row.query is not None and row.query.node == self.test and not row.parts:
            query = row.query
            if len(query.items) == 2 and not failing and self._orphans(query):
                return True
            failing[:0] = query.conditions
            if len(query.items) != 1 or (query.groups and any(picks(one) for one in failing)):
                return False
            row = next(iter(query.items.values()))
        found = [self._holds(one) for one in holding(failing)]
        return any(found)

    def _orphans(self, query: Query) -> bool:
        """Read `child left join parent on ... where parent.key is null`: every child has its parent."""
        from sqlglot import exp

        parts = [part for one in query.conditions for part in conjuncts(one)]
        missing = {place_of(one.this)[0] for one in parts if isinstance(one, exp.Is) and isinstance(one.expression, exp.Null)}
        for side, condition in query.joins:
            pairs = [one for one in conjuncts(condition) if isinstance(one, exp.EQ)]
            if side != "left" or len(pairs) != 1 or len(missing) != 1:
                continue
            for child, parent in ((pairs[0].this, pairs[0].expression), (pairs[0].expression, pairs[0].this)):
                if place_of(parent)[0] in missing and place_of(child)[0] not in missing:
                    return self._link(child, parent)
        return False

    def _link(self, child: Tree, parent: Tree) -> bool:
        made = [
            Link(one.cell, other.cell, self.where, directed=True, total=True)
            for one in of_expression(child)
            for other in of_expression(parent)
            if one.cell != other.cell and one.same and other.same
        ]
        self.facts.links += made
        return bool(made)

    # ------------------------------------------------------------------------------------------ what holds
    def _holds(self, tree: Tree) -> bool:
        from sqlglot import exp

        tree = opened(tree)
        if isinstance(tree, exp.And):
            found = [self._holds(part) for part in conjuncts(tree)]
            return any(found)
        if isinstance(tree, exp.Not) and isinstance(tree.this, exp.Is) and isinstance(tree.this.expression, exp.Null):
            return self._not_null(tree.this.this)
        if isinstance(tree, exp.Between):
            low = exp.GTE(this=tree.this, expression=tree.args["low"])
            return any([self._holds(low), self._holds(exp.LTE(this=tree.this, expression=tree.args["high"]))])
        if isinstance(tree, exp.In) and tree.expressions:
            return self._among(tree)
        if isinstance(tree, exp.Like | exp.ILike):
            return self._like(tree)
        if isinstance(tree, exp.Or):
            return self._either(tree) or self._rule(_beside_null(tree))
        return self._total(tree) or self._sums(tree) or self._rule(tree)

    def _not_null(self, tree: Tree) -> bool:
        found = [one for one in of_expression(tree) if not {"coalesce", "pick"} & set(one.steps)]
        for one in found:
            self.facts.columns[one.cell].not_null.append(self.where)
        return bool(found)

    def _like(self, tree: Tree) -> bool:
        told = literal(tree.expression)
        found = [one for one in of_expression(tree.this) if one.same] if told else []
        for one in found:
            self.facts.columns[one.cell].shapes.setdefault(told[1] if told else "", self.where)
        return bool(found)

    def _either(self, tree: Tree) -> bool:
        """Read `name like '%Ltd' or name like '%Inc'`."""
        from sqlglot import exp

        parts = [opened(one) for one in disjuncts(tree)]
        if not all(isinstance(one, exp.Like | exp.ILike) and literal(one.expression) for one in parts):
            return False
        cells = [{found.cell for found in of_expression(one.this) if found.same} for one in parts]
        if len(cells[0]) != 1 or any(each != cells[0] for each in cells):
            return False
        texts = [told[1] for one in parts if (told := literal(one.expression))]
        self.facts.columns[cells[0].pop()].either.update(dict.fromkeys(texts, self.where))
        return True

    def _among(self, tree: Tree) -> bool:
        told = [literal(one) for one in tree.expressions]
        found = [one for one in of_expression(tree.this) if one.same and "scale" not in one.steps]
        for one in found if all(told) else ():
            self.accept(one, [each[1] for each in told if each], self.where)
        return bool(found) and all(told)

    def _rule(self, tree: Tree) -> bool:
        found = text_of(tree)
        if found is None:
            return False
        text, cells = found
        text = text[1:-1] if text.startswith("(") and text.endswith(")") and _is_connector(tree) else text
        self.facts.rules.append(Rule(cells[0].relation, text, tuple(dict.fromkeys(cell.column for cell in cells)), self.where))
        return True

    def _sums(self, tree: Tree) -> bool:
        """Read a comparison of sums over the rows of one source, which a comparison of the rows makes true."""
        found = comparison(tree)
        if found is None or not (found[0].summed or found[2].summed):
            return False
        left, sign, right = found
        cells = (*left.cells, *right.cells)
        if len({cell.relation for cell in cells}) != 1 or (left.summed != right.summed and left.cells and right.cells):
            return True
        if sign in ("=", ">=", "<="):
            columns = tuple(dict.fromkeys(cell.column for cell in cells))
            self.facts.rules.append(Rule(cells[0].relation, f"{left.text} {sign} {right.text}", columns, self.where))
        return True

    # ------------------------------------------------------------------------------------------ sums over children
    def _total(self, tree: Tree) -> bool:
        """Read `sum of children = column of the parent`."""
        from sqlglot import exp

        if not isinstance(tree, exp.EQ):
            return False
        for this, other in ((tree.this, tree.expression), (tree.expression, tree.this)):
            summed, total = written(this), written(other)
            if summed is None or total is None or not summed.summed or total.summed or len(total.cells) != 1:
                continue
            query = _query_of(this) if len(summed.cells) == 1 or summed.product else None
            if query is None or summed.scale is None or total.scale is None:
                continue
            return self._sum_over(query, summed, total)
        return False

    def _sum_over(self, query: Query, summed: Written, total: Written) -> bool:
        key = next((found[0] for group in query.groups if (found := of_expression(group))), None)
        term, factor = summed.cells[0], (summed.scale or Decimal(1)) / (total.scale or Decimal(1))
        if key is None or len(query.groups) != 1 or _filtered(query):
            return False
        if term.relation == key.cell.relation:
            times = summed.cells[1] if summed.product else None
            self.facts.sums.append(Sum(total.cells[0], key.cell, term, None, factor, self.where, times))
            return True
        if summed.product:
            return False
        for link in self.facts.links:
            for one, other in ((link.left, link.right), (link.right, link.left)):
                if one.relation == key.cell.relation and other.relation == term.relation:
                    self.facts.sums.append(Sum(total.cells[0], key.cell, term, one, factor, self.where))
                    return True
        return False


def _filtered(query: Query) -> bool:
    """Return whether some of the children are left out of a sum by their values."""
    from sqlglot import exp

    def tells(condition: Tree) -> bool:
        return any(literal(one.expression) is not None for one in condition.find_all(exp.EQ, exp.NEQ) if bound(one.this)) or any(
            bound(one.this) for one in condition.find_all(exp.In)
        )

    below = [query, *queries_below(query.items.values())]
    return any(tells(condition) for one in below for condition in one.conditions)


def _beside_null(tree: Tree) -> Tree:
    """Return a condition without the `or x is null` beside it: a rule lets NULL pass anyway."""
    from sqlglot import exp

    parts = list(disjuncts(tree))
    kept = [one for one in parts if not (isinstance(one, exp.Is) and isinstance(one.expression, exp.Null))]
    return kept[0] if len(kept) == 1 and len(parts) > 1 else tree


def _is_connector(tree: Tree) -> bool:
    from sqlglot import exp

    return isinstance(tree, exp.And | exp.Or)


def _query_of(tree: Tree) -> Query | None:
    """Return the query that aggregates, behind a column."""
    from sqlglot import exp

    for _ in range(40):
        if isinstance(tree, exp.Paren | exp.Cast | exp.Coalesce | exp.Round):
            tree = tree.this
        elif isinstance(tree, exp.Column):
            value = value_of(tree)
            if value.expr is None:
                return None
            if value.expr.find(exp.Sum) is not None and value.query is not None:
                return value.query
            tree = value.expr
        else:
            return None
    return None
