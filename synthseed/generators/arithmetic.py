"""Calculate with cells, exactly: decimals are int64 in units of their scale, and nothing ever wraps.

NULL in, NULL out. Every operation first bounds its result by the largest operands; what would not fit an int64 raises.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthseed.cells import Cells, Form, Mask, numbers, rounded
from synthseed.errors import PlanError
from synthseed.streams import Ints

LARGEST = 2**63 - 1
DIVIDED = 6  # digits that a division adds
DIGITS = 12  # behind the point, beyond which a division adds none


def both(*parts: Cells) -> Mask | None:
    """Return where all of the cells are there; None where all are everywhere."""
    found = [cells.valid for cells in parts if cells.valid is not None]
    return None if not found else np.logical_and.reduce(found)


def cleaned(cells: Cells) -> Cells:
    """Return cells with 0 under NULL, so that what lies there does not count in a bound."""
    if cells.valid is None or cells.form not in (Form.NUMBER, Form.BOOLEAN, Form.DATE, Form.MOMENT, Form.TIME, Form.SPAN):
        return cells
    return replace(cells, values=np.where(cells.valid, cells.ints, 0))


def peak(values: Ints) -> int:
    """Return the largest absolute value."""
    return max(int(values.max()), -int(values.min())) if len(values) else 0


def fits(bound: int) -> None:
    """Raise PlanError where a result may be as large as this and does not fit an int64."""
    if bound > LARGEST:
        raise PlanError("a number of more than 18 digits comes out (all digits behind the point counted); round in between, or scale it")


def at_scale(cells: Cells, scale: int) -> Ints:
    """Return the values in units of 10**-scale; never rounds."""
    unit = 10 ** (scale - cells.scale)
    if unit == 1:
        return cells.ints
    fits(peak(cells.ints) * unit)
    scaled: Ints = cells.ints * unit
    return scaled


def moved(cells: Cells, by: Ints, other: Cells) -> Cells:
    """Return integer cells with `by` added, NULL also where `other` is."""
    fits(peak(cells.ints) + peak(by))
    return replace(cells, values=cells.ints + by, valid=both(cells, other))


def add(left: Cells, right: Cells, sign: int = 1) -> Cells:
    """Return left + right, or left - right for the sign -1; the larger scale of the two."""
    scale = max(left.scale, right.scale)
    a, b = at_scale(left, scale), at_scale(right, scale)
    fits(peak(a) + peak(b))
    return numbers(a + b if sign > 0 else a - b, scale, both(left, right))


def multiply(left: Cells, right: Cells) -> Cells:
    """Return left * right; the sum of their scales."""
    fits(peak(left.ints) * peak(right.ints))
    return numbers(left.ints * right.ints, left.scale + right.scale, both(left, right))


def divide(left: Cells, right: Cells) -> Cells:
    """Return left / right with up to 6 more digits than the left, half away from zero; NULL where the right is 0."""
    more = min(DIVIDED, max(DIGITS - left.scale, 0))
    fits(peak(left.ints) * 10 ** (right.scale + more))
    fits(peak(right.ints))
    there = right.ints != 0
    divisor = np.where(there, right.ints, 1)
    dividend = left.ints * 10 ** (right.scale + more)
    size = np.abs(divisor)
    quotient = (np.abs(dividend) + size // 2) // size if peak(dividend) + peak(size) // 2 <= LARGEST else _halved(dividend, size)
    values = np.where((dividend < 0) != (divisor < 0), -quotient, quotient)
    return _nulled(numbers(values, left.scale + more, both(left, right)), there)


def _halved(dividend: Ints, size: Ints) -> Ints:
    whole, rest = np.divmod(np.abs(dividend), size)
    return whole + (rest >= size - rest)


def remainder(left: Cells, right: Cells) -> Cells:
    """Return what is left of left after whole rights, with the sign of left, as in SQL; NULL where the right is 0."""
    scale = max(left.scale, right.scale)
    a, b = at_scale(left, scale), at_scale(right, scale)
    there = b != 0
    rest = np.abs(a) % np.where(there, np.abs(b), 1)
    return _nulled(numbers(np.where(a < 0, -rest, rest), scale, both(left, right)), there)


def _nulled(cells: Cells, there: Mask) -> Cells:
    return cells if there.all() else cells.where(there)


def shift(cells: Cells, digits: int) -> Cells:
    """Return cells / 10**digits, exactly: the point moves, no digit is lost."""
    return replace(cells, scale=cells.scale + digits)


def round_to(cells: Cells, digits: int) -> Cells:
    """Return numbers of `digits` digits behind the point (before it, where negative), half away from zero.

    The scale is `digits` also where the number had fewer: `round(price, 2)` always reads as cents.
    """
    if digits >= cells.scale:
        return replace(cells, values=at_scale(cells, digits), scale=digits)
    unit = 10 ** min(cells.scale - digits, 18)
    fits(peak(cells.ints) + unit // 2)
    values = rounded(cells.ints, unit)
    return replace(cells, values=values * 10 ** max(-digits, 0), scale=max(digits, 0))


def floor(cells: Cells) -> Cells:
    """Return the largest whole number not above."""
    return replace(cells, values=cells.ints // 10**cells.scale, scale=0)


def ceil(cells: Cells) -> Cells:
    """Return the smallest whole number not below."""
    return replace(cells, values=-(-cells.ints // 10**cells.scale), scale=0)
