"""Fit cells to the column that will hold them, so that what other cells read is what the database stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, Form, numbers, texts
from synthseed.errors import PlanError, Refused
from synthseed.schema import Kind, Type
from synthseed.streams import Ints

DAY, SECOND = 86_400_000_000, 1_000_000


def conform(cells: Cells, type_: Type, where: str) -> Cells:
    """Return the cells in the form and scale of a column's type.

    Args:
        cells: What a generator made.
        type_: The column's type.
        where: `table.column`, for messages.

    Raises:
        PlanError: The type cannot hold such values: another form, or a text longer than the column.
        Refused: A number is outside what the type can hold.
    """
    if cells.valid is not None and not cells.valid.any():
        return cells
    form = chunk.fitting(type_)
    if cells.form is not form:
        cells = _converted(cells, form, type_, where)
    if form is Form.LIST and type_.element is not None:
        return _list(cells, type_, where)
    if form is Form.NUMBER:
        return _bounded(cells, type_, where)
    if form is Form.TEXT and type_.length is not None and type_.kind in (Kind.TEXT, Kind.OTHER):
        _short_enough(cells, type_, where)
    if form is Form.MOMENT and type_.precision == 0:
        return replace(cells, values=cells.ints // SECOND * SECOND)
    return cells


def _list(cells: Cells, type_: Type, where: str) -> Cells:
    """Return lists whose elements are of the column's type; those of another column may be of any."""
    kind = chunk.arrow_type(type_)
    if cells.array.type == kind:
        return cells
    try:
        return replace(cells, values=cells.array.cast(kind))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PlanError(f"{where}: lists of {cells.array.type.value_type} were planned, which {type_.sql} does not take") from error


def _bounded(cells: Cells, type_: Type, where: str) -> Cells:
    if type_.kind is Kind.INTEGER:
        cells, bits = cells.rescaled(0), type_.bits or 64
        low, high = (0, 2**bits - 1) if type_.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    elif type_.kind is Kind.NUMERIC:
        if type_.scale is not None:
            cells = cells.rescaled(type_.scale)
        high = 10 ** (type_.precision or 38) - 1
        low = -high
    else:
        return cells
    values = cells.ints if cells.valid is None else cells.ints[cells.valid]
    if len(values) and (int(values.min()) < low or int(values.max()) > high):
        raise Refused(
            f"{where}: values from {int(values.min())} to {int(values.max())}{f' in units of 10**-{cells.scale}' if cells.scale else ''} "
            f"were planned, {type_.sql} holds {low} to {high}; plan a smaller range"
        )
    return cells


def _short_enough(cells: Cells, type_: Type, where: str) -> None:
    lengths = chunk.lengths(cells.array)
    if cells.valid is not None:
        lengths = lengths[cells.valid]
    if len(lengths) and int(lengths.max()) > (type_.length or 0):
        characters = chunk.view(pc.utf8_length(cells.array), np.int32)
        longest = int((characters if cells.valid is None else characters[cells.valid]).max())
        if longest > (type_.length or 0):
            raise PlanError(f"{where}: a text of {longest} characters was planned, {type_.sql} holds {type_.length}; plan shorter texts")


# ---------------------------------------------------------------------------------------------- from one form to another
def _converted(cells: Cells, form: Form, type_: Type, where: str) -> Cells:
    convert = CONVERSIONS.get(form)
    try:
        made = convert(cells, type_) if convert else None
    except pa.ArrowInvalid as error:
        raise PlanError(f"{where}: a text was planned that is no {type_.sql}; plan the column with values of that type") from error
    if made is None:
        raise PlanError(f"{where}: {cells.form} values were planned, {type_.sql} takes {form}; plan the column with another `use`")
    return made


def text(cells: Cells, type_: Type | None = None) -> pa.Array:
    """Return any cells as text, as a person writes them: decimals with all digits, ISO dates, true and false."""
    if cells.form is Form.TEXT:
        return cells.array
    if cells.form is Form.NUMBER:
        return decimal_text(cells.ints, cells.scale)
    if cells.form is Form.BOOLEAN:
        return chunk.take(chunk.strings(["false", "true"]), cells.ints)
    if cells.form is Form.DATE:
        return pc.strftime(_typed(cells.ints.astype(np.int32), pa.date32()), format="%Y-%m-%d")
    if cells.form is Form.MOMENT:
        return pc.strftime(_typed(cells.ints // SECOND, pa.timestamp("s")), format="%Y-%m-%d %H:%M:%S")
    if cells.form is Form.TIME:
        return pc.strftime(_typed(cells.ints // SECOND, pa.timestamp("s")), format="%H:%M:%S")
    if cells.form is Form.SPAN:
        return chunk.join(chunk.text_of(cells.ints // SECOND), " seconds")
    if cells.form is Form.UUID:
        return chunk.uuid_text(cells.array, hyphens=type_ is None or type_.length is None or type_.length >= 36)
    raise PlanError(f"{cells.form} values have no text")


def _typed(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def decimal_text(values: Ints, scale: int) -> pa.Array:
    """Return integers in units of 10**-scale as decimal text."""
    if not scale:
        return chunk.text_of(values)
    size = np.abs(values)
    sign = chunk.take(chunk.strings(["", "-"]), (values < 0).astype(np.int64))
    return chunk.join(sign, chunk.text_of(size // 10**scale), ".", chunk.text_of(size % 10**scale, scale))


def _number(cells: Cells, _: Type) -> Cells | None:
    if cells.form in (Form.BOOLEAN, Form.DATE):
        return numbers(cells.ints, 0, cells.valid)
    if cells.form in (Form.MOMENT, Form.SPAN):
        return numbers(cells.ints // SECOND, 0, cells.valid)
    if cells.form is Form.TEXT:
        digits = pc.replace_substring_regex(cells.array, pattern="[^0-9]", replacement="")
        blank = pc.equal(digits, chunk.strings([""])[0])
        return numbers(chunk.view(pc.if_else(blank, chunk.strings(["0"])[0], digits).cast(pa.int64())), 0, cells.valid)
    return None


def _boolean(cells: Cells, _: Type) -> Cells | None:
    if cells.form is Form.NUMBER:
        return Cells(Form.BOOLEAN, (cells.ints != 0).astype(np.int64), cells.valid)
    if cells.form is Form.TEXT:
        true = np.zeros(len(cells), bool)
        for word in ("true", "t", "1", "yes"):
            true |= chunk.equal(pc.utf8_lower(cells.array), word)
        return Cells(Form.BOOLEAN, true.astype(np.int64), cells.valid)
    return None


def _days(cells: Cells, _: Type) -> Cells | None:
    if cells.form is Form.MOMENT:
        return Cells(Form.DATE, cells.ints // DAY, cells.valid)
    if cells.form is Form.TEXT:
        return Cells(Form.DATE, chunk.view(cells.array.cast(pa.date32()), np.int32).astype(np.int64), cells.valid)
    return None


def _moment(cells: Cells, _: Type) -> Cells | None:
    if cells.form is Form.DATE:
        return Cells(Form.MOMENT, cells.ints * DAY, cells.valid)
    if cells.form is Form.TEXT:
        return Cells(Form.MOMENT, chunk.view(cells.array.cast(pa.timestamp("us"))), cells.valid)
    return None


def _bytes(cells: Cells, type_: Type) -> Cells | None:
    if cells.form is Form.TEXT:
        array = cells.array
        if type_.length is not None:
            array = pc.utf8_slice_codeunits(array, start=0, stop=type_.length)
        return Cells(Form.BYTES, array.cast(pa.binary()), cells.valid)
    if cells.form is Form.UUID:
        return Cells(Form.BYTES, cells.array.cast(pa.binary()), cells.valid)
    return None


def _uuid(cells: Cells, _: Type) -> Cells | None:
    if cells.form is not Form.TEXT:
        return None
    digits = pc.replace_substring(cells.array, pattern="-", replacement="")
    raw = np.frombuffer(chunk.content(digits), np.uint8)
    if len(raw) != 32 * len(cells):
        return None
    value = np.where(raw >= ord("a"), raw - ord("a") + 10, np.where(raw >= ord("A"), raw - ord("A") + 10, raw - ord("0"))).reshape(-1, 32)
    return Cells(Form.UUID, chunk.uuids((value[:, 0::2] << 4 | value[:, 1::2]).astype(np.uint8)), cells.valid)


def _time(cells: Cells, _: Type) -> Cells | None:
    return Cells(Form.TIME, cells.ints % DAY, cells.valid) if cells.form is Form.MOMENT else None


def _span(cells: Cells, _: Type) -> Cells | None:
    return Cells(Form.SPAN, cells.rescaled(0).ints * SECOND, cells.valid) if cells.form is Form.NUMBER else None


def _text(cells: Cells, type_: Type) -> Cells | None:
    return texts(text(cells, type_), cells.valid)


CONVERSIONS: Mapping[Form, Callable[[Cells, Type], Cells | None]] = {
    Form.TEXT: _text,
    Form.NUMBER: _number,
    Form.BOOLEAN: _boolean,
    Form.DATE: _days,
    Form.MOMENT: _moment,
    Form.TIME: _time,
    Form.SPAN: _span,
    Form.BYTES: _bytes,
    Form.UUID: _uuid,
}
