"""Calculate a column from the row, its parents and its children: `expr`.

Expressions have SQL's three-valued logic: what is calculated from NULL is NULL, `and`, `or` and `not` know it, and only
`is null`, `coalesce`, `concat` (which takes it for an empty text), `min` and `max` (which pass over it) and `if`
(which takes its third argument) look past it. A division by zero is NULL. Texts are compared byte by byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, Form, Mask, nulls, numbers, texts
from synthseed.errors import PlanError
from synthseed.expressions import Aggregate, Between, Binary, Call, Compare, In, IsNull, Literal, Logic, Name, Node, Unary, unparse
from synthseed.generators import arithmetic
from synthseed.generators.arithmetic import both, cleaned, fits, moved, peak
from synthseed.generators.base import Rows, Setting, Space
from synthseed.generators.forms import TIMES, compared, empty, lifted, numeric, of_text
from synthseed.generators.functions import CALLS, Argument, together
from synthseed.generators.literals import converted
from synthseed.generators.naming import read
from synthseed.generators.rendering import repeated
from synthseed.plan import Expr


# ---------------------------------------------------------------------------------------------- the generator
@dataclass(frozen=True)
class Formula:
    """Evaluate an expression per row."""

    node: Node
    setting: Setting
    distinct: bool = False
    version: int = 1
    group: str = ""

    def values(self, rows: Rows, /) -> Cells:
        """Return one cell per row, in the form that the expression has."""
        try:
            cells = evaluate(self.node, rows)
        except PlanError as error:
            raise PlanError(f"{self.setting.where}: {error}") from None
        return _fitted(cells, self.setting)

    def space(self) -> Space | None:
        """Return None: nothing is drawn."""
        return None


def build_expr(gen: Expr, setting: Setting) -> Formula:
    """Build the generator of an `expr` column.

    Raises:
        PlanError: The expression can't be read, or names what is not there.
    """
    node = read(gen.expr, setting)
    return Formula(node, setting, _counts(node))


def _counts(node: Node) -> bool:
    """Return True where the expression is the row's running number, plus or minus a constant."""
    if isinstance(node, Binary) and node.op in "+-" and isinstance(node.right, Literal):
        return _counts(node.left) and isinstance(node.right.value, Decimal)
    return isinstance(node, Call) and node.function == "row_number"


def _fitted(cells: Cells, setting: Setting) -> Cells:
    """Return texts as times, truths or UUIDs where the column takes those; the texts are few: they are written out."""
    if cells.form is not Form.TEXT or setting.column is None or empty(cells):
        return cells
    if (form := chunk.fitting(setting.column.type)) in (Form.TEXT, Form.NUMBER):
        return cells
    there = cells.mask()
    array = cells.array if cells.valid is None else chunk.take(cells.array, np.flatnonzero(there))
    encoded = array.dictionary_encode()
    index = np.full(len(cells), -1, np.int64)
    index[there] = chunk.view(encoded.indices, np.int32)
    found = converted(chunk.python(encoded.dictionary), setting)
    return found.take(index) if found.form is form else cells


# ---------------------------------------------------------------------------------------------- evaluating
def evaluate(node: Node, rows: Rows) -> Cells:
    """Return the value of an expression per row.

    Raises:
        PlanError: Forms that don't go together, or a number that does not fit; the message holds the expression.
    """
    try:
        return _evaluated(node, rows)
    except PlanError as error:
        message = str(error)
        raise PlanError(message if message.startswith("`") else f"`{unparse(node)}`: {message}") from None


def truth(node: Node, rows: Rows) -> Mask:
    """Return where a condition is TRUE; NULL is not."""
    known, true = _known(node, rows)
    return known & true


def holds(node: Node, rows: Rows) -> Mask:
    """Return where a CHECK passes: where it is TRUE, or NULL."""
    known, true = _known(node, rows)
    return ~known | true


def _known(node: Node, rows: Rows) -> tuple[Mask, Mask]:
    cells = evaluate(node, rows)
    if cells.form not in (Form.BOOLEAN, Form.NUMBER):
        raise PlanError(f"`{unparse(node)}` is a {cells.form}, not a condition; compare it with something")
    return cells.mask(), cells.ints != 0


def _count(rows: Rows) -> int:
    return len(rows.numbers)


def _evaluated(node: Node, rows: Rows) -> Cells:
    match node:
        case Literal(value):
            return _literal(value, _count(rows))
        case Name():
            return cleaned(rows.cells(node.text))
        case Aggregate(function, child, column):
            return cleaned(rows.aggregate(function, child, column))
        case Unary("not", operand):
            cells = _truth(operand, rows)
            return replace(cells, values=1 - cells.ints)
        case Unary(_, operand):
            cells = evaluate(operand, rows)
            cells = cells if cells.form is Form.SPAN else numeric(cells)
            return replace(cells, values=-cells.ints)
        case Binary():
            return _binary(node, rows)
        case Compare(op, left, right):
            return _compared(op, _argument(left, rows), _argument(right, rows))
        case Logic(op, operands):
            return _joined(op, [_truth(operand, rows) for operand in operands])
        case IsNull(operand, negated):
            return _boolean(evaluate(operand, rows).mask() == negated)
        case In(operand, items, negated):
            return _negated(_in(operand, items, rows), negated)
        case Between(operand, low, high, negated):
            inner, least, most = (_argument(one, rows) for one in (operand, low, high))
            return _negated(_joined("and", [_compared(">=", inner, least), _compared("<=", inner, most)]), negated)
        case Call(function, arguments):
            return CALLS[function]([_argument(argument, rows) for argument in arguments], rows)


def _literal(value: Decimal | str | bool | None, count: int) -> Cells:
    if value is None:
        return nulls(count)
    if isinstance(value, bool):
        return _boolean(np.full(count, value))
    return texts(repeated(value, count)) if isinstance(value, str) else of_text(f"{value:f}", Form.NUMBER, count)


def _boolean(values: Mask, valid: Mask | None = None) -> Cells:
    return Cells(Form.BOOLEAN, np.asarray(values).astype(np.int64), valid)


def _negated(cells: Cells, negated: bool) -> Cells:
    return replace(cells, values=1 - cells.ints) if negated else cells


def _argument(node: Node, rows: Rows) -> Argument:
    return Argument(node, evaluate(node, rows))


def _truth(node: Node, rows: Rows) -> Cells:
    cells = evaluate(node, rows)
    if empty(cells):
        return _boolean(np.zeros(len(cells), bool), np.zeros(len(cells), bool))
    if cells.form not in (Form.BOOLEAN, Form.NUMBER):
        raise PlanError(f"`{unparse(node)}` is a {cells.form}, not a condition; compare it with something")
    return _boolean(cells.ints != 0, cells.valid)


def _joined(op: str, parts: Sequence[Cells]) -> Cells:
    """Join truths: one that decides (false for `and`, true for `or`) decides also beside NULL."""
    decides = op == "or"
    known = [part.mask() for part in parts]
    deciding = np.logical_or.reduce([((part.ints != 0) == decides) & there for part, there in zip(parts, known, strict=True)])
    valid = deciding | np.logical_and.reduce(known)
    return _boolean(deciding if decides else ~deciding, None if valid.all() else valid)


# ---------------------------------------------------------------------------------------------- comparing
def _compared(op: str, left: Argument, right: Argument) -> Cells:
    a, b = together((left, right))
    return compared(op, a, b)


def _in(operand: Node, items: Sequence[Node], rows: Rows) -> Cells:
    value, options = _argument(operand, rows), [_argument(item, rows) for item in items]
    words = [option.text for option in options if option.text is not None]
    if value.cells.form is Form.TEXT and value.text is None and len(words) == len(items):
        return _boolean(chunk.unpacked(pc.is_in(value.cells.array, value_set=chunk.strings(words))), value.cells.valid)
    return _joined("or", [_compared("=", value, option) for option in options])


# ---------------------------------------------------------------------------------------------- arithmetic
def _binary(node: Binary, rows: Rows) -> Cells:
    left, right = evaluate(node.left, rows), evaluate(node.right, rows)
    if node.op in "+-" and {left.form, right.form} & {Form.DATE, Form.MOMENT, Form.SPAN}:
        return _in_time(node, left, right)
    left, right = numeric(left), numeric(right)
    match node.op:
        case "+" | "-":
            return arithmetic.add(left, right, 1 if node.op == "+" else -1)
        case "*":
            return arithmetic.multiply(left, right)
        case "%":
            return arithmetic.remainder(left, right)
    if (digits := _power_of_ten(node.right)) is not None and left.scale + digits <= arithmetic.DIGITS:
        return arithmetic.shift(left, digits)
    return arithmetic.divide(left, right)


def _power_of_ten(node: Node) -> int | None:
    if isinstance(node, Literal) and isinstance(node.value, Decimal) and node.value >= 1 and not isinstance(node.value, bool):
        digits = node.value.adjusted()
        return digits if node.value == Decimal(10) ** digits else None
    return None


def _in_time(node: Binary, left: Cells, right: Cells) -> Cells:
    if left.form in TIMES and isinstance(node.right, Literal) and isinstance(node.right.value, str):
        right = of_text(node.right.value, left.form, len(left))
    sign = 1 if node.op == "+" else -1
    match left.form, right.form:
        case Form.DATE, Form.NUMBER:
            return moved(left, arithmetic.round_to(right, 0).ints * sign, right)
        case Form.NUMBER, Form.DATE if sign > 0:
            return moved(right, arithmetic.round_to(left, 0).ints, left)
        case Form.DATE, Form.DATE if sign < 0:
            return numbers(left.ints - right.ints, 0, both(left, right))
        case ((Form.DATE | Form.MOMENT), (Form.DATE | Form.MOMENT)) if sign < 0:
            a, b = lifted(left, Form.MOMENT), lifted(right, Form.MOMENT)
            fits(peak(a.ints) + peak(b.ints))
            return Cells(Form.SPAN, a.ints - b.ints, both(a, b))
        case ((Form.DATE | Form.MOMENT), Form.SPAN):
            return moved(lifted(left, Form.MOMENT), right.ints * sign, right)
        case Form.SPAN, (Form.DATE | Form.MOMENT) if sign > 0:
            return moved(lifted(right, Form.MOMENT), left.ints, left)
        case Form.SPAN, Form.SPAN:
            return moved(left, right.ints * sign, right)
        case _ if empty(left) or empty(right):
            return replace(right if empty(left) else left, valid=np.zeros(len(left), bool))
    raise PlanError(f"{left.form} {node.op} {right.form} has no meaning; use add_days, add_seconds or days_between")
