"""Hold one column of values in canonical form: integers where there are numbers, Arrow where there are texts.

Canonical means that a digest of a column is the same on every machine: money and decimals are integers in units of their
scale, times are whole microseconds, dates are days. What a database stores is made of it by `chunk.to_arrow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from synthseed.streams import Ints

if TYPE_CHECKING:
    import pyarrow as pa

Mask = NDArray[np.bool_]


class Form(StrEnum):
    """Say what the values of some cells are."""

    NUMBER = "number"  # int64, in units of 10**-scale
    BOOLEAN = "boolean"  # int64, 0 or 1
    DATE = "date"  # int64, days since 1970-01-01
    MOMENT = "moment"  # int64, microseconds since 1970-01-01 00:00 UTC
    TIME = "time"  # int64, microseconds since midnight
    SPAN = "span"  # int64, microseconds
    TEXT = "text"  # Arrow string array
    BYTES = "bytes"  # Arrow binary array
    UUID = "uuid"  # Arrow fixed size binary array of 16 bytes
    LIST = "list"  # Arrow list array; `element` says of what


ARROW = (Form.TEXT, Form.BYTES, Form.UUID, Form.LIST)


@dataclass(frozen=True, slots=True)
class Cells:
    """Hold n values, and which of them are there.

    Attributes:
        form: What the values are.
        values: int64 of shape (n,), or an Arrow array without nulls of its own for the forms in ARROW.
        valid: False where the cell is NULL, shape (n,); None where none is. A NULL cell's value means nothing.
        scale: For NUMBER: digits behind the point.
    """

    form: Form
    values: Any
    valid: Mask | None = None
    scale: int = 0

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ints(self) -> Ints:
        """Return the integer values; only for the forms that have them."""
        if self.form in ARROW:
            raise TypeError(f"{self.form} cells hold no integers")
        return cast("Ints", self.values)

    @property
    def array(self) -> pa.Array:
        """Return the Arrow values; only for the forms in ARROW."""
        if self.form not in ARROW:
            raise TypeError(f"{self.form} cells hold no Arrow array")
        return self.values

    def mask(self) -> Mask:
        """Return True where a value is there, shape (n,)."""
        return np.ones(len(self), bool) if self.valid is None else self.valid

    def where(self, valid: Mask) -> Cells:
        """Return the same cells, NULL also where `valid` is False."""
        return replace(self, valid=valid if self.valid is None else self.valid & valid)

    def take(self, index: Ints) -> Cells:
        """Return the cells at these places; a negative place is NULL."""
        from synthseed import chunk

        there = index >= 0
        whole = bool(there.all())
        at = index if whole else np.where(there, index, 0)
        if not len(self):
            return Cells(self.form, chunk.blank(self.form, len(index), self.values), np.zeros(len(index), bool), self.scale)
        values = chunk.take(self.values, at) if self.form in ARROW else self.values[at]
        valid = None if self.valid is None else self.valid[at]
        if not whole:
            valid = there if valid is None else valid & there
        return Cells(self.form, values, valid, self.scale)

    def rescaled(self, scale: int) -> Cells:
        """Return numbers in units of 10**-scale; digits cut off are rounded half away from zero."""
        if self.form is not Form.NUMBER or scale == self.scale:
            return self
        if scale > self.scale:
            return replace(self, values=self.ints * 10 ** (scale - self.scale), scale=scale)
        unit = 10 ** (self.scale - scale)
        return replace(self, values=rounded(self.ints, unit), scale=scale)


def rounded(values: Ints, unit: int) -> Ints:
    """Return values / unit, rounded half away from zero."""
    half = unit // 2
    return np.where(values >= 0, (values + half) // unit, -((half - values) // unit))


def numbers(values: Ints, scale: int = 0, valid: Mask | None = None) -> Cells:
    """Return NUMBER cells."""
    return Cells(Form.NUMBER, np.asarray(values, np.int64), valid, scale)


def texts(array: pa.Array, valid: Mask | None = None) -> Cells:
    """Return TEXT cells of an Arrow string array without nulls."""
    return Cells(Form.TEXT, array, valid)


def nulls(count: int) -> Cells:
    """Return cells that are all NULL."""
    return Cells(Form.NUMBER, np.zeros(count, np.int64), np.zeros(count, bool))


def merged(parts: Sequence[tuple[Ints, Cells]], count: int) -> Cells:
    """Put cells for some of the rows each back into one run of `count` rows; rows that no part names are NULL."""
    from synthseed import chunk

    known = [(at, cells) for at, cells in parts if len(at) and not _empty(cells)] or [(at, cells) for at, cells in parts if len(at)]
    if not known:
        return nulls(count)
    first = known[0][1]
    scale = max(cells.scale for _, cells in known)
    if len(known) == 1 and len(known[0][0]) == count and np.array_equal(known[0][0], np.arange(count)):
        return first
    valid = np.zeros(count, bool)
    for at, cells in known:
        valid[at] = cells.mask()
    if first.form in ARROW:
        place = np.zeros(count, np.int64)
        start = 0
        for at, _ in known:
            place[at] = np.arange(start, start + len(at))
            start += len(at)
        values: Any = chunk.take(chunk.concat([cells.array for _, cells in known]), place)
    else:
        values = np.zeros(count, np.int64)
        for at, cells in known:
            values[at] = cells.rescaled(scale).ints
    return Cells(first.form, values, None if valid.all() else valid, scale)


def _empty(cells: Cells) -> bool:
    return cells.valid is not None and not cells.valid.any()
