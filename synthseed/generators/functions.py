"""Call the functions of an expression: one Python function each, over cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, Form, numbers, rounded, texts
from synthseed.errors import PlanError
from synthseed.expressions import Literal, Node, unparse
from synthseed.generators import arithmetic
from synthseed.generators.arithmetic import both, fits, moved, peak
from synthseed.generators.base import Rows
from synthseed.generators.forms import TIMES, common, compared, empty, lifted, numeric, of_text, picked, unified
from synthseed.generators.literals import DAY
from synthseed.generators.rendering import as_text, repeated
from synthseed.streams import Ints

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Argument:
    """Hold what a function is called with: the expression, and its value per row."""

    node: Node
    cells: Cells

    @property
    def text(self) -> str | None:
        """Return the text where the expression is one that is written out."""
        return self.node.value if isinstance(self.node, Literal) and isinstance(self.node.value, str) else None

    @property
    def number(self) -> int:
        """Return the whole number that the expression writes out."""
        if isinstance(self.node, Literal) and isinstance(self.node.value, Decimal):
            return int(self.node.value)
        raise PlanError(f"`{unparse(self.node)}` stands where a whole number must be written out")


def together(arguments: Sequence[Argument]) -> list[Cells]:
    """Return the arguments in one form, texts that are written out read as what the others are."""
    return unified([argument.cells for argument in arguments], [argument.text for argument in arguments])


def _round(arguments: Sequence[Argument], rows: Rows) -> Cells:
    digits = arguments[1].number if len(arguments) > 1 else 0
    if not -18 <= digits <= 18:
        raise PlanError(f"round to {digits} digits; -18 to 18 are possible")
    return arithmetic.round_to(numeric(arguments[0].cells), digits)


def _floor(arguments: Sequence[Argument], rows: Rows) -> Cells:
    return arithmetic.floor(numeric(arguments[0].cells))


def _ceil(arguments: Sequence[Argument], rows: Rows) -> Cells:
    return arithmetic.ceil(numeric(arguments[0].cells))


def _abs(arguments: Sequence[Argument], rows: Rows) -> Cells:
    cells = numeric(arguments[0].cells)
    return replace(cells, values=np.abs(cells.ints))


def _if(arguments: Sequence[Argument], rows: Rows) -> Cells:
    condition = arguments[0].cells
    if condition.form not in (Form.BOOLEAN, Form.NUMBER):
        raise PlanError(f"`{unparse(arguments[0].node)}` is a {condition.form}, not a condition; compare it with something")
    return picked(together(arguments[1:]), np.where(condition.mask() & (condition.ints != 0), 0, 1))


def _coalesce(arguments: Sequence[Argument], rows: Rows) -> Cells:
    options = together(arguments)
    there = np.array([option.mask() for option in options])
    return picked(options, np.argmax(there, axis=0))  # the first that is there; the first of all where none is


def _extreme(op: str) -> Callable[[Sequence[Argument], Rows], Cells]:
    def extreme(arguments: Sequence[Argument], rows: Rows) -> Cells:
        options = together(arguments)
        best = options[0]
        for option in options[1:]:
            better = compared(op, option, best)
            take = option.mask() & (~best.mask() | (better.mask() & (better.ints != 0)))
            best = picked([best, option], take.astype(np.int64))
        return best

    return extreme


def _textual(argument: Argument) -> Cells:
    cells = argument.cells
    return cells if cells.form is Form.TEXT else texts(as_text(cells), cells.valid)


def _lower(arguments: Sequence[Argument], rows: Rows) -> Cells:
    cells = _textual(arguments[0])
    return replace(cells, values=pc.utf8_lower(cells.array))


def _upper(arguments: Sequence[Argument], rows: Rows) -> Cells:
    cells = _textual(arguments[0])
    return replace(cells, values=pc.utf8_upper(cells.array))


def _concat(arguments: Sequence[Argument], rows: Rows) -> Cells:
    return texts(chunk.join(*(as_text(argument.cells) for argument in arguments)))


def _substr(arguments: Sequence[Argument], rows: Rows) -> Cells:
    cells, start = _textual(arguments[0]), arguments[1].number - 1
    stop = start + max(arguments[2].number, 0) if len(arguments) > 2 else None
    if stop is not None and stop <= 0:
        return replace(cells, values=repeated("", len(cells)))
    return replace(cells, values=pc.utf8_slice_codeunits(cells.array, start=max(start, 0), stop=stop))


def _length(arguments: Sequence[Argument], rows: Rows) -> Cells:
    cells = arguments[0].cells
    if cells.form is Form.BYTES:
        return numbers(chunk.lengths(cells.array), 0, cells.valid)
    text = _textual(arguments[0])
    return numbers(chunk.view(pc.utf8_length(text.array), np.int32), 0, text.valid)


def _time(argument: Argument) -> Cells:
    """Return dates or moments; a text that is written out is read as one."""
    cells, text = argument.cells, argument.text
    if text is not None:
        return of_text(text, Form.DATE if len(text.strip()) <= len("2024-05-31") else Form.MOMENT, len(cells))
    if cells.form in TIMES:
        return cells
    if empty(cells):
        return lifted(cells, Form.DATE)
    raise PlanError(f"`{unparse(argument.node)}` is a {cells.form}, not a date or time")


def _date(arguments: Sequence[Argument], rows: Rows) -> Cells:
    return _day(_time(arguments[0]))


def _day(cells: Cells) -> Cells:
    return cells if cells.form is Form.DATE else replace(cells, form=Form.DATE, values=cells.ints // DAY)


def _months(arguments: Sequence[Argument]) -> tuple[Cells, Ints]:
    """Return the days, and months since 1970-01 (numpy's calendar is Gregorian, in integers)."""
    day = _day(_time(arguments[0]))
    return day, day.ints.view("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _year(arguments: Sequence[Argument], rows: Rows) -> Cells:
    day, months = _months(arguments)
    return numbers(months // 12 + 1970, 0, day.valid)


def _month(arguments: Sequence[Argument], rows: Rows) -> Cells:
    day, months = _months(arguments)
    return numbers(months % 12 + 1, 0, day.valid)


def _add_days(arguments: Sequence[Argument], rows: Rows) -> Cells:
    cells, days = _time(arguments[0]), numeric(arguments[1].cells)
    if cells.form is Form.DATE:
        return moved(cells, arithmetic.round_to(days, 0).ints, days)
    return moved(cells, _microseconds(days, DAY), days)


def _microseconds(cells: Cells, unit: int) -> Ints:
    fits(peak(cells.ints) * unit)
    return rounded(cells.ints * unit, 10**cells.scale)


def _add_seconds(arguments: Sequence[Argument], rows: Rows) -> Cells:
    cells, seconds = lifted(_time(arguments[0]), Form.MOMENT), numeric(arguments[1].cells)
    return moved(cells, _microseconds(seconds, SECOND), seconds)


def _days_between(arguments: Sequence[Argument], rows: Rows) -> Cells:
    start, end = (_time(argument) for argument in arguments)
    form = common([start, end], [None, None])
    a, b = lifted(start, form), lifted(end, form)
    return numbers((b.ints - a.ints) // (DAY if form is Form.MOMENT else 1), 0, both(a, b))


def _ordinal(arguments: Sequence[Argument], rows: Rows) -> Cells:
    return numbers(rows.ordinal() + 1)


def _row_number(arguments: Sequence[Argument], rows: Rows) -> Cells:
    return numbers(running(rows.numbers))


def running(row_numbers: Ints) -> Ints:
    """Return 1, 2, 3, ... of row numbers from 0.

    Raises:
        PlanError: Rows among them were found standing, and have none.
    """
    if len(row_numbers) and int(row_numbers.min()) < 0:
        raise PlanError("rows that were found standing have no running number; don't read a column that is made of it from such parents")
    return row_numbers + 1


CALLS: dict[str, Callable[[Sequence[Argument], Rows], Cells]] = {
    "round": _round, "floor": _floor, "ceil": _ceil, "abs": _abs, "min": _extreme("<"), "max": _extreme(">"),
    "coalesce": _coalesce, "if": _if, "lower": _lower, "upper": _upper, "concat": _concat, "substr": _substr,
    "length": _length, "date": _date, "year": _year, "month": _month, "add_days": _add_days,
    "days_between": _days_between, "add_seconds": _add_seconds, "ordinal": _ordinal, "row_number": _row_number,
}  # fmt: skip
