"""Read what rows must be to get through the filters and joins of a query."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from synthseed.dbt.conditions import conjuncts, disjuncts
from synthseed.dbt.facts import Facts, Link, Strength, TypeFact
from synthseed.dbt.grains import optional, paths
from synthseed.dbt.literals import days_from_now, literal
from synthseed.dbt.origins import Origin, bound, of_expression
from synthseed.dbt.rows import BOUND, Cell, Query, Tree, place_of
from synthseed.dbt.types import TIMES, kind_of

OUTER = ("left", "full", "right", "outer", "anti")


class Filters:
    """Read the conditions of one query."""

    def __init__(self, facts: Facts, where: str, query: Query) -> None:
        self.facts, self.where, self.query = facts, where, query

    def read(self, around: Callable[[Tree], AbstractContextManager[None]] = nullcontext) -> None:
        """Read WHERE, HAVING, QUALIFY and the conditions of inner joins; `around` is entered for each condition."""
        for condition in (*self.query.conditions, *(on for side, on in self.query.joins if side not in OUTER)):
            for one in conjuncts(condition):
                with around(one):
                    self._filter(one)

    def _filter(self, one: Tree, *, not_: bool = False) -> None:
        from sqlglot import exp

        name = type(one).__name__
        if isinstance(one, exp.Paren):
            self._filter(one.this, not_=not_)
        elif isinstance(one, exp.Not):
            self._filter(one.this, not_=not not_)
        elif isinstance(one, exp.Or):
            self._either(one, not_=not_)
        elif isinstance(one, exp.Column | exp.Coalesce):
            for found in of_expression(one):
                self._want(found, "false" if not_ else "true", Strength.USE)
        elif isinstance(one, exp.Is):
            self._is(one, not_=not_)
        elif isinstance(one, exp.In) and one.expressions:
            for other in one.expressions:
                self._literal(one.this, other, not_=not_)
        elif name in ("EQ", "NEQ"):
            self._literal(one.this, one.expression, not_=not_ != (name == "NEQ"))
        elif name in ("GT", "GTE", "LT", "LTE") and not not_:
            later = name in ("GT", "GTE")
            self._window(one.this, one.expression, later=later)
            self._window(one.expression, one.this, later=not later)
        elif isinstance(one, exp.Between) and not not_:
            self._window(one.this, one.args["low"], later=True)
            self._window(one.this, one.args["high"], later=False)

    def _either(self, one: Tree, *, not_: bool) -> None:
        """Read `a = 'x' or a = 'y'`, which is a list; of any other alternative nothing follows for a row."""
        from sqlglot import exp

        parts = list(disjuncts(one))
        listed = all(isinstance(part, exp.EQ) and literal(part.expression) is not None for part in parts)
        if not_ or (listed and len({tuple(of_expression(part.this)) for part in parts}) == 1):
            for part in parts:
                self._filter(part, not_=not_)

    def _is(self, one: Tree, *, not_: bool) -> None:
        from sqlglot import exp

        for found in of_expression(one.this):
            if {"pick", "coalesce", "nullif"} & set(found.steps):
                continue
            if isinstance(one.expression, exp.Boolean):
                self._want(found, "true" if bool(one.expression.this) != not_ else "false", Strength.LITERAL)
            elif isinstance(one.expression, exp.Null) and not (isinstance(one.this, exp.Column) and optional(self.query, one.this)):
                # Behind an outer join, NULL is what no row was found for.
                column = self.facts.columns[found.cell]
                (column.refused if not_ else column.wanted).setdefault(None, self.where)

    def _literal(self, this: Tree, other: Tree, *, not_: bool) -> None:
        if BOUND in other.meta:
            return
        told = literal(other)
        for found in of_expression(this) if told else ():
            if told is None or not found.same or "scale" in found.steps:
                continue
            if told[0] == "boolean":
                self._want(found, told[1] if not not_ else ("false" if told[1] == "true" else "true"), Strength.LITERAL)
            elif not_:
                self.facts.columns[found.cell].refused.setdefault(told[1], self.where)
            else:
                self._want(found, told[1])

    def _want(self, found: Origin, text: str, boolean: Strength | None = None) -> None:
        if not found.same:
            return
        column = self.facts.columns[found.cell]
        column.wanted.setdefault(text, self.where)
        if boolean is not None and found.cast is None:
            column.types.append(TypeFact("boolean", boolean, self.where))

    def _window(self, this: Tree, other: Tree, *, later: bool) -> None:
        days, told = days_from_now(other), literal(other)
        text = f"{int(days)}d" if days is not None else told[1] if told and told[0] == "date" else None
        for found in of_expression(this) if text else ():
            if not {"pick", "scale"} & set(found.steps):
                column = self.facts.columns[found.cell]
                (column.since if later else column.until).setdefault(text or "", self.where)


# ---------------------------------------------------------------------------------------------- joins
def joined(query: Query, facts: Facts, where: str) -> None:
    """Read which columns are held equal: by joins, and in WHERE by comma joins, correlated sub-queries and IN (SELECT)."""
    from sqlglot import exp

    for side, condition in (*query.joins, *(("left", one) for one in query.conditions)):
        before = len(facts.links)
        for one in conjuncts(condition):
            if isinstance(one, exp.Not) and isinstance(one.this, exp.In):
                one = one.this
            if isinstance(one, exp.EQ) and of_expression(one.expression) and _of_two_rows(one):
                link(one.this, one.expression, side, facts, where, chosen(query, condition, one))
            elif isinstance(one, exp.In) and one.args.get("query") is not None:
                link(one.this, one.args["query"], "left", facts, where)
        if len(facts.links) > before + 1:
            facts.together.append(tuple(facts.links[before:]))


def link(left: Tree, right: Tree, side: str, facts: Facts, where: str, when: frozenset[tuple[Cell, str]] = frozenset()) -> None:
    """Add that two expressions hold the same keys, where each is a column with the same values; moments are no keys."""
    for one in of_expression(left):
        for other in of_expression(right):
            if one.cell != other.cell and one.same and other.same and not (_kinds(one) | _kinds(other)) & TIMES:
                facts.links.append(Link(one.cell, other.cell, where, total=side in ("inner", "from", "cross"), when=when))


def _of_two_rows(equal: Tree) -> bool:
    left, right = place_of(equal.this)[0], place_of(equal.expression)[0]
    return not left or left != right


def chosen(query: Query, condition: Tree, equal: Tree) -> frozenset[tuple[Cell, str]]:
    """Return the literals that the rows of a join are chosen by: in the query, and on its columns' way down."""

    below = [
        under for place in map(place_of, bound(equal)) if place[0] in query.items for under, _, _ in paths(query.items[place[0]], place[1])
    ]
    wholes = (condition, *query.conditions, *(one for under in dict.fromkeys(below) for one in under.conditions))
    return frozenset(pair for whole in wholes for one in conjuncts(whole) for pair in listed(one))


def listed(condition: Tree) -> set[tuple[Cell, str]]:
    """Return the cells and texts of `a = 'x'`, `a in ('x', 'y')` and `a = 'x' or a = 'y'`."""
    from sqlglot import exp

    found: set[tuple[Cell, str]] = set()
    for one in disjuncts(condition):
        if not isinstance(one, exp.EQ | exp.In) or (isinstance(one, exp.In) and not one.expressions):
            return set()
        for other in one.expressions if isinstance(one, exp.In) else [one.expression]:
            told = literal(other)
            if told is None or told[0] != "text":
                return set()
            found |= {(cell.cell, told[1]) for cell in of_expression(one.this)}
    return found if len({cell for cell, _ in found}) == 1 else set()


def _kinds(found: Origin) -> set[str]:
    kind = kind_of(found.cast) if found.cast else None
    return {kind} if kind else set()
