"""Follow a value back to the cells that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from weakref import WeakKeyDictionary

from synthseed.dbt.rows import BOUND, Cell, Tree, Value, value_of

MANY = 64  # origins, and levels, that are followed


@dataclass(frozen=True, slots=True)
class Origin:
    """Say that a value is a cell, but for what was done to it on the way.

    Attributes:
        cast: Type that it was cast to last; None where nothing was.
        steps: What was done: cast, text, fold, coalesce, nullif, trunc, pick (min, max and the like), scale.
        scale: What it was multiplied by.
    """

    cell: Cell
    steps: tuple[str, ...] = ()
    cast: str | None = None
    scale: Decimal = Decimal(1)

    @property
    def same(self) -> bool:
        """Return whether equal cells give equal values, and other cells others."""
        return not {"trunc", "pick", "text"} & set(self.steps)

    @property
    def bare(self) -> bool:
        """Return whether nothing was done to it."""
        return not self.steps


_found: WeakKeyDictionary[Value, tuple[Origin, ...]] = WeakKeyDictionary()  # a value is bound once: what it is does not change


def origins(value: Value) -> list[Origin]:
    """Return the cells that a value is, one per branch of its UNIONs; none where it is computed."""
    return list(_origins(value, 0))


def origin(value: Value) -> Origin | None:
    """Return the one cell that a value is; None where there are several, or none."""
    found = origins(value)
    return found[0] if len(found) == 1 else None


def of_expression(expression: Tree) -> list[Origin]:
    """Return the cells that a bound expression is."""
    return list(_of(expression, 0))


def _origins(value: Value, depth: int) -> tuple[Origin, ...]:
    if value in _found:
        return _found[value]
    found: tuple[Origin, ...] = ()
    if value.cell is not None:
        return (Origin(value.cell),)
    if depth > MANY:
        return ()
    if value.branches:
        found = tuple(dict.fromkeys(one for branch in value.branches for one in _origins(branch, depth + 1)))[:MANY]
    elif value.expr is not None:
        found = _of(value.expr, depth + 1)
    _found[value] = found
    return found


def _of(one: Tree, depth: int) -> tuple[Origin, ...]:
    from sqlglot import exp

    if depth > MANY:
        return ()
    if isinstance(one, exp.Column) or (isinstance(one, exp.Query) and BOUND in one.meta):
        return _origins(value_of(one), depth + 1)
    step = _step(one)
    if step is None:
        return ()
    inner = _of(one.this, depth + 1)
    if step == "cast":
        to = one.args["to"].sql().lower()
        return tuple(replace(found, steps=(*found.steps, "cast"), cast=to) for found in inner)
    if step == "scale":
        return tuple(replace(found, steps=(*found.steps, "scale"), scale=found.scale * _factor(one)) for found in inner)
    return tuple(replace(found, steps=(*found.steps, step)) for found in inner) if step else inner


def _step(one: Tree) -> str | None:
    """Return what an expression does to its first part; "" where nothing, None where it is no longer that."""
    from sqlglot import exp

    if isinstance(one, exp.Paren | exp.Alias | exp.Ordered):
        return ""
    if isinstance(one, exp.Cast | exp.TryCast):
        return "cast"
    if isinstance(one, exp.Trim | exp.Lower | exp.Upper):
        return "fold"
    if isinstance(one, exp.Coalesce):
        return "coalesce"
    if isinstance(one, exp.Nullif):
        return "nullif"
    if isinstance(one, exp.Min | exp.Max | exp.AnyValue | exp.First | exp.Last | exp.Window | exp.FirstValue | exp.LastValue):
        return "pick" if not isinstance(one, exp.Window) or _picks(one.this) else None
    if isinstance(one, exp.TimestampTrunc | exp.DateTrunc | exp.Date | exp.TsOrDsToDate | exp.Timestamp | exp.Round):
        return "trunc"
    if isinstance(one, exp.AtTimeZone):
        return "zone"
    if isinstance(one, exp.Left | exp.Substring | exp.SplitPart):
        return "text"
    if isinstance(one, exp.Mul | exp.Div) and _literal(one.expression) is not None:
        return "scale"
    return None


def _picks(one: Tree) -> bool:
    from sqlglot import exp

    while isinstance(one, exp.IgnoreNulls | exp.RespectNulls):
        one = one.this
    return isinstance(one, exp.Min | exp.Max | exp.FirstValue | exp.LastValue | exp.AnyValue)


def _literal(one: Tree) -> Decimal | None:
    from sqlglot import exp

    while isinstance(one, exp.Paren | exp.Cast):
        one = one.this
    if not isinstance(one, exp.Literal) or one.is_string:
        return None
    try:
        return Decimal(one.name) or None
    except InvalidOperation:
        return None


def _factor(one: Tree) -> Decimal:
    from sqlglot import exp

    number = _literal(one.expression) or Decimal(1)
    return Decimal(1) / number if isinstance(one, exp.Div) else number


# ---------------------------------------------------------------------------------------------- all that is read
def cells_in(value: Value, seen: set[int] | None = None) -> set[Cell]:
    """Return every cell that a value is made of, in whatever way."""
    found: set[Cell] = set()
    seen = set() if seen is None else seen
    todo = [value]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if one.cell is not None:
            found.add(one.cell)
        todo += one.branches
        if one.expr is not None:
            todo += [value_of(column) for column in bound(one.expr)]
    return found


def bound(expression: Tree) -> list[Tree]:
    """Return the bound columns (and sub-queries) of an expression."""
    found: list[Tree] = []
    todo = [expression]
    while todo:
        one = todo.pop()
        if BOUND in one.meta:
            found.append(one)
        else:
            todo += list(one.iter_expressions())
    return found
