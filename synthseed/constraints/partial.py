"""Read the condition of a partial unique key: which column can keep a row out of the part, and how.

The default address of a customer, the current price of a product: the key holds for the rows of the part alone, and most rows
stay out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from synthseed import expressions as e
from synthseed.constraints.checks import as_expression
from synthseed.constraints.facts import Value
from synthseed.schema import Column, Kind, Table, Unique


@dataclass(frozen=True, slots=True)
class Part:
    """Say how a row stays out of a part of a table.

    Attributes:
        inside: The whole condition.
        column: The column that keeps a row out.
        null: True: by NULL; False: by not being NULL; None: by another value than `values`.
        values: Values that rows of the part may have.
    """

    inside: e.Node
    column: str
    null: bool | None = None
    values: tuple[Value, ...] = ()


def part_of(unique: Unique, table: Table, dialect: str, fixed: Collection[str] = ()) -> Part | None:
    """Return how rows stay out of a unique key's part; None where it is not partial, or nothing is known to do so.

    Args:
        unique: The key.
        table: Its table.
        dialect: `Schema.dialect`.
        fixed: Columns whose values are not free: those of foreign keys.
    """
    inside = as_expression(unique.where, dialect, table) if unique.where else None
    if inside is None:
        return None
    kept = {*fixed, *unique.columns, *(column.name for column in table.columns if column.generated)}
    found = (part for node in _conjuncts(inside) for part in _out_of(node, inside, table))
    return next((part for part in found if part.column not in kept), None)


def _conjuncts(node: e.Node) -> Iterator[e.Node]:
    match node:
        case e.Logic("and", operands):
            for one in operands:
                yield from _conjuncts(one)
        case e.Call("coalesce", (inner, e.Literal(False))):  # `flag IS TRUE`
            yield from _conjuncts(inner)
        case _:
            yield node


def _out_of(node: e.Node, inside: e.Node, table: Table) -> Iterator[Part]:
    """Yield how a row makes one condition untrue."""
    match node:
        case e.Name(column, "") if column in table.by_name:
            yield Part(inside, column, values=(True,))
        case e.Unary("not", e.Name(column, "")) if column in table.by_name:
            yield Part(inside, column, values=(False,))
        case e.Compare("=", e.Name(column, ""), e.Literal(value)) if value is not None and column in table.by_name:
            yield Part(inside, column, values=(_typed(value, table.column(column)),))
        case e.In(e.Name(column, ""), items, False) if column in table.by_name and all(isinstance(one, e.Literal) for one in items):
            yield Part(inside, column, values=tuple(one.value for one in items if isinstance(one, e.Literal) and one.value is not None))
        case e.IsNull(e.Name(column, ""), negated) if column in table.by_name and table.column(column).nullable:
            yield Part(inside, column, null=negated)


def _typed(value: Value, column: Column) -> Value:
    """Return a value as the column's type has it: 1 is true in a database without booleans of its own."""
    return bool(value) if column.type.kind is Kind.BOOLEAN and not isinstance(value, str | bool) else value
