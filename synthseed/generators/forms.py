"""Bring cells of different forms to one, and compare or merge them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import ARROW, Cells, Form
from synthseed.errors import PlanError
from synthseed.generators.arithmetic import at_scale, both, fits, peak
from synthseed.generators.literals import DAY, TRUTHS, day_of, decimal_of, moment_of, scale_of, span_of, time_of
from synthseed.generators.rendering import as_text, repeated

TIMES = (Form.DATE, Form.MOMENT)
WIDER = {
    frozenset((Form.BOOLEAN, Form.NUMBER)): Form.NUMBER,
    frozenset((Form.DATE, Form.MOMENT)): Form.MOMENT,
    frozenset((Form.UUID, Form.TEXT)): Form.TEXT,
}
READ: dict[Form, tuple[Callable[[str], int | None], str]] = {
    Form.BOOLEAN: (lambda text: TRUTHS.get(text.lower()), "true or false"),
    Form.DATE: (day_of, "a date, '2024-05-31'"),
    Form.MOMENT: (moment_of, "a time, '2024-05-31 09:30:00'"),
    Form.TIME: (time_of, "a time of day, '09:30:00'"),
    Form.SPAN: (span_of, "a span of time, '1 day 02:30:00'"),
}


def empty(cells: Cells) -> bool:
    """Return True where every cell is NULL."""
    return cells.valid is not None and not cells.valid.any()


def of_text(text: str, form: Form, count: int) -> Cells:
    """Return a text that is written out, as cells of the form that it is compared or merged with.

    Raises:
        PlanError: The text can't be read as one.
    """
    if form is Form.NUMBER:
        number = decimal_of(text)
        if number is None or scale_of(number) > 18:
            raise PlanError(f"'{text}' stands where a number is needed; write it without quotes")
        fits(abs(int(number.scaleb(scale_of(number)))))
        return Cells(form, np.full(count, int(number.scaleb(scale_of(number))), np.int64), None, scale_of(number))
    if form not in READ:
        return Cells(Form.TEXT, repeated(text, count))
    read, expected = READ[form]
    value = read(text)
    if value is None:
        raise PlanError(f"'{text}' stands where {expected} is needed")
    # A date with a time of day, compared with dates, would lose it: day_of cuts it, as a database's cast does.
    return Cells(form, np.full(count, value, np.int64))


def common(cells: Sequence[Cells], literals: Sequence[str | None]) -> Form:
    """Return the form that all cells can take.

    Args:
        cells: Cells of any forms; those that are all NULL fit anywhere.
        literals: For each, the text where it is one that is written out, else None: it becomes what the others are.
    """
    found = {one.form for one, text in zip(cells, literals, strict=True) if text is None and not empty(one)}
    moments = Form.DATE in found and any(text is not None and len(text.strip()) > len("2024-05-31") for text in literals)
    found |= {Form.MOMENT} if moments else set()
    if found == {Form.UUID} and any(text is not None for text in literals):
        return Form.TEXT
    if len(found) <= 1:
        return next(iter(found), Form.TEXT if any(text is not None for text in literals) else cells[0].form)
    if wider := WIDER.get(frozenset(found)):
        return wider
    raise PlanError(f"{' and '.join(sorted(found))} values can't be compared or merged; convert one of them")


def lifted(cells: Cells, form: Form) -> Cells:
    """Return cells in another form that `common` found for them."""
    if cells.form is form:
        return cells
    if empty(cells):
        count = len(cells)
        return Cells(form, chunk.blank(form, count, chunk.lists(np.zeros(1, np.int64), chunk.strings([]))), np.zeros(count, bool))
    match form:
        case Form.NUMBER:
            return replace(cells, form=form, scale=0)
        case Form.MOMENT:
            fits(peak(cells.ints) * DAY)
            return replace(cells, form=form, values=cells.ints * DAY)
        case _:
            return Cells(Form.TEXT, as_text(cells), cells.valid)


def unified(cells: Sequence[Cells], literals: Sequence[str | None]) -> list[Cells]:
    """Return the cells in their common form; numbers also in one scale (see `common`)."""
    form = common(cells, literals)
    count = len(cells[0])
    same = [of_text(text, form, count) if text is not None else lifted(one, form) for one, text in zip(cells, literals, strict=True)]
    if form is not Form.NUMBER:
        return same
    scale = max(one.scale for one in same)
    return [replace(one, values=at_scale(one, scale), scale=scale) for one in same]


def picked(options: Sequence[Cells], which: np.ndarray) -> Cells:
    """Return per row the cell of one of the options, all of one form and scale; `which` is shape (n,)."""
    first, count = options[0], len(which)
    place = np.arange(count)
    there = np.stack([one.mask() for one in options])[which, place]
    if first.form in ARROW:
        values = chunk.take(chunk.concat([one.array for one in options]), which * count + place)
    else:
        values = np.stack([one.ints for one in options])[which, place]
    return Cells(first.form, values, None if there.all() else there, first.scale)


def numeric(cells: Cells) -> Cells:
    """Return numbers; truths are 1 and 0.

    Raises:
        PlanError: The cells are neither.
    """
    if cells.form is Form.BOOLEAN or empty(cells):
        return lifted(cells, Form.NUMBER)
    if cells.form is not Form.NUMBER:
        raise PlanError(f"a {cells.form} stands where a number is needed")
    return cells


def compared(op: str, a: Cells, b: Cells) -> Cells:
    """Return the truth of `a op b`, for cells of one form and scale; NULL where one of them is."""
    valid = both(a, b)
    if a.form in ARROW:
        if a.form is Form.LIST:
            raise PlanError("lists can't be compared")
        # Binary order is byte order; `string` has it too, which is that of code points.
        compare = {"=": pc.equal, "<>": pc.not_equal, "<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal}[op]
        return Cells(Form.BOOLEAN, chunk.unpacked(compare(a.array, b.array)).astype(np.int64), valid)
    order = {"=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[op]
    return Cells(Form.BOOLEAN, order(a.ints, b.ints).astype(np.int64), valid)
