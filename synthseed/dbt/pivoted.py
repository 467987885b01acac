"""Read names that lie in the rows instead of in the header: entity-attribute-value tables, and JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from synthseed.dbt.conditions import conjuncts
from synthseed.dbt.facts import Facts, Pivoted, Strength, TypeFact
from synthseed.dbt.literals import json_steps, literal
from synthseed.dbt.origins import Origin, of_expression
from synthseed.dbt.rows import Query, Tree, Value, value_of
from synthseed.dbt.types import kind_of

VALUE = re.compile(r"(^|_)val(ue)?(_|$)")  # of an attribute, whose name may stand in another table: that of the attributes
DEEPEST = 40
MOST = 400  # expressions that are looked through


def aggregated(one: Tree, kind: str | None, facts: Facts, where: str) -> None:
    """Read `max(case when name = 'x' then value end)`, cast to `kind`; a sum of numbers that no one casts is no such thing."""
    from sqlglot import exp

    one = _peeled(one)
    if isinstance(one, exp.Filter):
        picked(one, kind, facts, where)
        return
    if not isinstance(one, exp.Max | exp.Min | exp.Sum | exp.AnyValue):
        return
    case = _peeled(one.this)
    for branch in case.args.get("ifs") or () if isinstance(case, exp.Case) else ():
        condition = branch.this if case.this is None else exp.EQ(this=case.this, expression=branch.this)
        _picks(branch.args["true"], condition, kind, facts, where, summed=isinstance(one, exp.Sum))


def picked(one: Tree, kind: str | None, facts: Facts, where: str) -> None:
    """Read `max(value) filter (where name = 'x')`."""
    from sqlglot import exp

    inner = one.this
    if isinstance(inner, exp.Max | exp.Min | exp.Sum | exp.AnyValue) and isinstance(one.expression, exp.Where):
        _picks(inner.this, one.expression.this, kind, facts, where, summed=isinstance(inner, exp.Sum))


def _picks(value: Tree, condition: Tree, kind: str | None, facts: Facts, where: str, *, summed: bool) -> None:
    from sqlglot import exp

    for one in conjuncts(condition):
        told = literal(one.expression) if isinstance(one, exp.EQ) else None
        if told is None or told[0] != "text":
            continue
        for found in of_expression(value) or _passed(value):
            read = kind or (kind_of(found.cast) if found.cast else None)
            for name in of_expression(one.this) if read or not summed else ():
                if found.cell != name.cell and (found.cell.relation == name.cell.relation or VALUE.search(found.cell.column)):
                    add(Pivoted(name.cell, told[1], found.cell, read or "text", where), facts)


def accept_pivoted(one: Tree, values: Sequence[str], facts: Facts) -> None:
    """Let an attribute that a test holds to some values have those: the pivot that an expression is gets them."""
    aside = Facts()
    aggregated(one, None, aside, "")
    for place, pivot in enumerate(facts.pivots):
        if any((pivot.name, pivot.literal, pivot.value) == (found.name, found.literal, found.value) for found in aside.pivots):
            facts.pivots[place] = replace(pivot, accepted=tuple(values))


def add(found: Pivoted, facts: Facts) -> None:
    """Add a pivot; the type that it is cast to takes the place of text, as it is read inside the cast."""
    for one in [one for one in facts.pivots if (one.name, one.literal, one.value) == (found.name, found.literal, found.value)]:
        if one.kind not in ("text", found.kind) and found.kind != "text":
            continue
        facts.pivots.remove(one)
        found = replace(
            found,
            kind=one.kind if found.kind == "text" else found.kind,
            accepted=one.accepted or found.accepted,
            seen=tuple(dict.fromkeys((*one.seen, *found.seen))),
            paths=tuple({**dict(one.paths), **dict(found.paths)}.items()),
            key=found.key or one.key,
        )
    facts.pivots.append(found)


def _passed(tree: Tree) -> list[Origin]:
    """Return the columns that an expression passes on where it is there: `case when value is null then 'none' else value end`."""
    from sqlglot import exp

    found: list[Origin] = []
    todo, seen = [tree], 0
    while todo and seen < MOST:
        one, seen = todo.pop(), seen + 1
        if isinstance(one, exp.Column):
            own = of_expression(one)
            found += own
            todo += [] if own else _trees(value_of(one))
        elif isinstance(one, exp.Case):
            todo += [*(branch.args["true"] for branch in one.args.get("ifs") or ()), one.args.get("default")]
        elif isinstance(one, exp.Paren | exp.Cast | exp.Alias):
            todo.append(one.this)
    return found


def behind(tree: Tree) -> list[Pivoted]:
    """Return the attributes that an expression passes on, however many models and windows below it is pivoted."""
    from sqlglot import exp

    aside, todo = Facts(), [tree]
    seen: set[int] = set()
    while todo and len(seen) < MOST:
        one = todo.pop()
        if id(one) in seen or one is None:
            continue
        seen.add(id(one))
        if isinstance(one, exp.Column):
            todo += _trees(value_of(one))
        elif isinstance(one, exp.Case):
            todo += [*(branch.args["true"] for branch in one.args.get("ifs") or ()), one.args.get("default")]
        elif isinstance(one, exp.Coalesce):
            todo += [one.this, *one.expressions]
        elif isinstance(one, exp.Max | exp.Min | exp.AnyValue | exp.Filter):
            before = len(aside.pivots)
            aggregated(one, None, aside, "")
            todo += [one.this] if len(aside.pivots) == before else []
        elif isinstance(one, exp.Paren | exp.Cast | exp.Alias | exp.Window | exp.FirstValue | exp.LastValue | exp.IgnoreNulls | exp.Nullif):
            todo.append(one.this)
    return aside.pivots


def _trees(value: Value) -> list[Tree]:
    """Return the expressions that a value is, one per branch of its UNIONs."""
    found: list[Tree] = []
    todo = [value]
    while todo and len(found) < MOST:
        one = todo.pop()
        todo += one.branches
        found += [one.expr] if one.expr is not None else []
    return found


def read_behind(tree: Tree, facts: Facts, where: str, **read: Any) -> None:
    """Let the one attribute that an expression passes on be what it is read as: `kind`, `seen` or `key`."""
    pivots = behind(tree)
    if len({(one.name, one.literal, one.value) for one in pivots}) == 1:
        add(replace(pivots[0], where=where, **read), facts)


def keyed(query: Query, facts: Facts, where: str) -> None:
    """Read which attributes are keys: they are joined with an `id`, where they were pivoted before."""
    from sqlglot import exp

    for one in (one for _, condition in query.joins for one in conjuncts(condition) if isinstance(one, exp.EQ)):
        for side, other in ((one.this, one.expression), (one.expression, one.this)):
            keys = [found.cell for found in of_expression(side) if found.same and found.cell.column.endswith("id")]
            if len(keys) == 1 and not of_expression(other):
                read_behind(other, facts, where, key=keys[0])


def _peeled(tree: Tree) -> Tree:
    """Return an expression without parentheses and casts; a column that computes is what it computes."""
    from sqlglot import exp

    for _ in range(DEEPEST):
        if isinstance(tree, exp.Paren | exp.Cast | exp.TryCast | exp.Coalesce):
            tree = tree.this
        elif isinstance(tree, exp.Column) and value_of(tree).expr is not None:
            tree = value_of(tree).expr
        else:
            break
    return tree


# ---------------------------------------------------------------------------------------------- JSON
def field_of(one: Tree) -> str:
    """Return the key that `column['key']` reads; an empty text where it is no such expression."""
    from sqlglot import exp

    keys = one.expressions if isinstance(one, exp.Bracket) else []
    return str(keys[0].this) if len(keys) == 1 and isinstance(keys[0], exp.Literal) and keys[0].is_string else ""


def json_path(one: Tree) -> tuple[Tree | None, str]:
    """Return the JSON column that an expression reads, and the dotted path that it reads there; None where it reads none."""
    from sqlglot import exp

    steps: list[str] = []
    reads = False
    for _ in range(DEEPEST):
        if not reads and isinstance(one, exp.Column) and value_of(one).expr is not None:
            one = value_of(one).expr
        if type(one).__name__.startswith(("JSONExtract", "JSONBExtract", "JSONValue", "JSONArrayLength", "ParseJSON")):
            reads = True
            path = one.args.get("expression") or one.args.get("path")
            steps[:0] = json_steps(path) if path is not None else []
        elif key := field_of(one):
            reads = True
            steps[:0] = [key]
        elif not (isinstance(one, exp.Paren | exp.Cast) and (reads or isinstance(one, exp.Paren))):
            break
        one = one.this
    if not reads or not isinstance(one, exp.Column):
        return None, ""
    return one, ".".join(steps)


def read_json(one: Tree, kind: str, facts: Facts, where: str) -> None:
    """Note the path that is read out of a JSON column, and the type that it is read as."""
    base, path = json_path(one)
    for found in of_expression(base) if base is not None else ():
        column = facts.columns[found.cell]
        if found.cast is None and "text" not in found.steps:
            column.types.append(TypeFact("json", Strength.USE, where))
        column.parsed.append(TypeFact("json", Strength.USE, where))
        if path and (kind != "text" or path not in column.paths):
            column.paths[path] = kind
