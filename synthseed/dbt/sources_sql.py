"""Write a bound expression of a model again over the columns of one source."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from synthseed.dbt.literals import literal, number
from synthseed.dbt.origins import of_expression
from synthseed.dbt.rows import BOUND, Cell, Tree, Value, value_of

DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Written:
    """Hold SQL text over cells; `scale` is what the model multiplied them by, None for a constant, whose `text` is a number."""

    text: str
    cells: tuple[Cell, ...] = ()
    scale: Decimal | None = None
    summed: bool = False
    product: bool = False

    @property
    def relations(self) -> frozenset[str]:
        """Return the sources that it reads."""
        return frozenset(cell.relation for cell in self.cells)


OPERATORS = {"EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}


def comparison(tree: Tree) -> tuple[Written, str, Written] | None:
    """Return left side, operator and right side of a comparison; None where it is none over sources."""
    sign = OPERATORS.get(type(tree).__name__)
    if sign is None:
        return None
    left, right = written(tree.this), written(tree.expression)
    if left is None or right is None:
        return None
    one, other = _scaled(left, right), _scaled(right, left)
    return (one, sign, other) if one is not None and other is not None else None


def written(tree: Tree, depth: int = 0) -> Written | None:
    """Return an expression over cells; None where it is more than sums, differences and constants of them."""
    from sqlglot import exp

    if depth > DEEPEST:
        return None
    told = literal(tree)
    if told is not None:
        text = told[1] if told[0] in ("integer", "numeric", "boolean") else "'" + told[1].replace("'", "''") + "'"
        return Written(text)
    if BOUND in tree.meta:
        return of_value(value_of(tree), depth + 1)
    if isinstance(tree, exp.Paren | exp.Cast | exp.TryCast | exp.Round | exp.Alias | exp.Nullif | exp.Trim):
        return written(tree.this, depth + 1)
    if isinstance(tree, exp.Coalesce) and len(tree.expressions) == 1:
        return _coalesced(tree, depth)
    if isinstance(tree, exp.Sum):
        inner = written(tree.this, depth + 1)
        return (
            Written(inner.text, inner.cells, inner.scale, summed=True, product=inner.product)
            if inner is not None and not inner.summed
            else None
        )
    if isinstance(tree, exp.Mul | exp.Div):
        return _product(tree, depth)
    if isinstance(tree, exp.Add | exp.Sub):
        return _sum(tree, depth)
    return None


def of_value(value: Value, depth: int = 0) -> Written | None:
    """Return a value over cells."""
    if value.cell is not None:
        return Written(f'"{value.cell.column}"', (value.cell,), Decimal(1))
    if value.branches:
        found = [of_value(branch, depth + 1) for branch in value.branches]
        return found[0] if len(found) == 1 else None
    return written(value.expr, depth + 1) if value.expr is not None and depth < DEEPEST else None


def _coalesced(tree: Tree, depth: int) -> Written | None:
    inner, other = written(tree.this, depth + 1), literal(tree.expressions[0])
    if inner is None or other is None or not inner.cells:
        return inner
    if inner.summed or number(other[1]) != 0 or len(inner.cells) != 1:
        return inner
    return Written(f"coalesce({inner.text}, 0)", inner.cells, inner.scale, inner.summed)


def _product(tree: Tree, depth: int) -> Written | None:
    from sqlglot import exp

    inner, told = written(tree.this, depth + 1), literal(tree.expression)
    factor = number(told[1]) if told else None
    if inner is not None and told is None and isinstance(tree, exp.Mul):
        return _of_two(inner, written(tree.expression, depth + 1))
    if inner is None or inner.scale is None or not factor:
        return None
    scale = inner.scale / factor if isinstance(tree, exp.Div) else inner.scale * factor
    return Written(inner.text, inner.cells, scale, inner.summed, inner.product)


def _of_two(one: Written, other: Written | None) -> Written | None:
    """Return the product of two columns of one source: a quantity and a price."""
    if other is None or len(one.cells) != 1 or len(other.cells) != 1 or one.relations != other.relations or one.summed or other.summed:
        return None
    scale = one.scale * other.scale if one.scale is not None and other.scale is not None else None
    return Written(f"{one.text} * {other.text}", one.cells + other.cells, scale, product=True)


def _sum(tree: Tree, depth: int) -> Written | None:
    from sqlglot import exp

    left, right = written(tree.this, depth + 1), written(tree.expression, depth + 1)
    if left is None or right is None:
        return None
    one, other = _scaled(left, right), _scaled(right, left)
    if one is None or other is None or one.summed != other.summed or one.product or other.product:
        return None
    sign = "-" if isinstance(tree, exp.Sub) else "+"
    scale = one.scale if one.scale is not None else other.scale
    return Written(f"({one.text} {sign} {other.text})", one.cells + other.cells, scale, one.summed)


def _scaled(one: Written, beside: Written) -> Written | None:
    """Return one side in the unit of the other: a constant is divided by the scale of the columns beside it."""
    if one.scale == beside.scale or beside.scale is None:
        return one
    if one.scale is None:
        value = number(one.text)
        if value is None:
            return one if beside.scale == 1 else None
        return Written(format((value / beside.scale).normalize(), "f"), summed=beside.summed)
    return None


__all__ = ["Written", "comparison", "of_expression", "of_value", "written"]
