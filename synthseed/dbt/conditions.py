"""Take conditions apart, turn them into their opposite, and write them again over the columns of one source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synthseed.dbt.literals import literal
from synthseed.dbt.rows import BOUND, Cell, Tree, value_of
from synthseed.dbt.sources_sql import comparison, written

DEEPEST = 20


def conjuncts(condition: Tree) -> Iterator[Tree]:
    """Return what AND joins."""
    from sqlglot import exp

    yield from _flat(condition, exp.And)


def disjuncts(condition: Tree) -> Iterator[Tree]:
    """Return what OR joins."""
    from sqlglot import exp

    yield from _flat(condition, exp.Or)


def _flat(condition: Tree, kind: Tree) -> Iterator[Tree]:
    from sqlglot import exp

    todo = [condition]
    while todo:
        one = todo.pop()
        if isinstance(one, kind):
            todo += [one.expression, one.this]
        elif isinstance(one, exp.Paren):
            todo.append(one.this)
        else:
            yield one


def opened(tree: Tree) -> Tree:
    """Return the expression behind a column that is a condition computed further down, `expression = true`."""
    from sqlglot import exp

    for _ in range(DEEPEST):
        if isinstance(tree, exp.Paren):
            tree = tree.this
        elif isinstance(tree, exp.EQ | exp.Is) and isinstance(tree.expression, exp.Boolean) and tree.expression.this:
            inner = opened(tree.this)
            if not isinstance(inner, exp.Connector | exp.Predicate | exp.Not):
                return tree
            tree = inner
        elif isinstance(tree, exp.Column) and isinstance(value_of(tree).expr, exp.Connector | exp.Predicate | exp.Not | exp.Paren):
            tree = value_of(tree).expr
        else:
            return tree
    return tree


# ---------------------------------------------------------------------------------------------- opposites
def holding(failing: Iterable[Tree]) -> Iterator[Tree]:
    """Return what must hold for every row where none may meet all of these conditions."""
    from sqlglot import exp

    parts = [part for one in failing for part in conjuncts(opened(one)) if not _always(part)]
    if len(parts) > 1:  # NULL meets no comparison, so that it need not be left out
        named = [_cells(part) for part in parts]
        parts = [
            part
            for place, part in enumerate(parts)
            if not (_not_null(part) and any(named[place] & other for at, other in enumerate(named) if at != place))
        ]
    if len(parts) == 1:
        yield from _opposites(parts[0])
    elif parts:
        turned = [list(_opposites(part)) for part in parts]
        if all(len(one) == 1 for one in turned):
            whole = turned[0][0]
            for other in turned[1:]:
                whole = exp.Or(this=whole, expression=other[0])
            yield whole


def _opposites(one: Tree) -> Iterator[Tree]:
    from sqlglot import exp

    parts = list(disjuncts(opened(one)))
    if len(parts) > 1:
        for part in parts:
            yield from holding([part])
        return
    one = parts[0]
    if isinstance(one, exp.And):
        yield from holding([one])
    elif isinstance(one, exp.Not):
        inner = opened(one.this)
        yield from conjuncts(inner)
    elif isinstance(one, exp.Is | exp.In):
        yield exp.Not(this=one)
    else:
        turned = _turned(one)
        if turned is not None:
            yield turned


def _turned(one: Tree) -> Tree | None:
    from sqlglot import exp

    opposite = {
        exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.GT: exp.LTE, exp.GTE: exp.LT, exp.LT: exp.GTE, exp.LTE: exp.GT,
    }.get(type(one))  # fmt: skip
    if opposite is None or (literal(one.this) is not None and literal(one.expression) is not None):
        return None
    return opposite(this=one.this, expression=one.expression)


def _always(one: Tree) -> bool:
    """Return whether a part is but `1 = 1` or TRUE."""
    from sqlglot import exp

    if isinstance(one, exp.Boolean):
        return bool(one.this)
    left, right = (literal(one.this), literal(one.expression)) if isinstance(one, exp.EQ) else (None, None)
    return left is not None and left == right


def _not_null(one: Tree) -> bool:
    from sqlglot import exp

    return isinstance(one, exp.Not) and isinstance(one.this, exp.Is) and isinstance(one.this.expression, exp.Null)


def _cells(one: Tree) -> frozenset[Cell]:
    from synthseed.dbt.origins import bound, cells_in

    return frozenset(cell for column in bound(one) for cell in cells_in(value_of(column)))


# ---------------------------------------------------------------------------------------------- text
def text_of(tree: Tree, depth: int = 0) -> tuple[str, tuple[Cell, ...]] | None:
    """Return a condition as SQL over the cells of one source; None where it is more than that can say."""
    found = _text(tree, depth)
    return found if found is not None and len({cell.relation for cell in found[1]}) == 1 else None


def _text(tree: Tree, depth: int) -> tuple[str, tuple[Cell, ...]] | None:
    from sqlglot import exp

    if depth > DEEPEST:
        return None
    if isinstance(tree, exp.Paren):
        return _text(tree.this, depth + 1)
    if isinstance(tree, exp.And | exp.Or):
        left, right = _text(tree.this, depth + 1), _text(tree.expression, depth + 1)
        word = "and" if isinstance(tree, exp.And) else "or"
        return (f"({left[0]} {word} {right[0]})", left[1] + right[1]) if left and right else None
    if isinstance(tree, exp.Not) and isinstance(tree.this, exp.Is | exp.In):
        inner = _text(tree.this, depth + 1)
        return (inner[0].replace(" is null", " is not null").replace(" in (", " not in ("), inner[1]) if inner else None
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        one = _column(tree.this)
        return (f'"{one.column}" is null', (one,)) if one else None
    if isinstance(tree, exp.In) and tree.expressions:
        return _listed(tree)
    if BOUND in tree.meta:
        return None
    return _compared(tree)


def _column(tree: Tree) -> Cell | None:
    found = written(tree)
    return found.cells[0] if found is not None and len(found.cells) == 1 and not found.summed else None


def _listed(tree: Tree) -> tuple[str, tuple[Cell, ...]] | None:
    one, told = _column(tree.this), [written(part) for part in tree.expressions]
    if one is None or any(part is None or part.cells for part in told):
        return None
    return f'"{one.column}" in ({", ".join(part.text for part in told if part)})', (one,)


def _compared(tree: Tree) -> tuple[str, tuple[Cell, ...]] | None:
    found = comparison(tree)
    if found is None or found[0].summed or found[2].summed:
        return None
    return f"{found[0].text} {found[1]} {found[2].text}", (*found[0].cells, *found[2].cells)
