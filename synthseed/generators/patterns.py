"""Write numbers as identifiers: a beginning, free digits, and check digits that are right or wrong on purpose.

A pattern is a list of tiers; the numbers of the first tier come first, so that a space grows at its end. Whole columns are
built as matrices of ASCII codes, and read back the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthseed import chunk
from synthseed.cells import Cells, merged, numbers, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Rows, Setting
from synthseed.generators.drawn import Drawn, is_numeric, length_of
from synthseed.streams import Ints

Codes = NDArray[np.uint8]  # shape (n, width): ASCII
Check = Callable[[Codes], Codes]


@dataclass(frozen=True)
class Tier:
    """Describe identifiers of one layout.

    Attributes:
        starts: Beginnings, all of one width.
        free: Free decimal digits behind it.
        shape: The layout: `#` stands for the next character, all else for itself. Empty: one character after another.
        check: Return the check characters of a matrix of what stands before them.
        ends: What may stand behind the check characters, all of one width.
        least: First value of the free digits.
        order: Places of the characters in the layout, where a check digit stands in front.
    """

    starts: tuple[str, ...]
    free: int
    shape: str = ""
    check: Check | None = None
    ends: tuple[str, ...] = ("",)
    least: int = 0
    count: int = 0
    order: tuple[int, ...] = ()

    @property
    def spread(self) -> int:
        """Return how many values the free digits take."""
        return self.count or 10**self.free - self.least

    @property
    def size(self) -> int:
        """Return how many identifiers there are."""
        return len(self.starts) * self.spread * len(self.ends)

    @cached_property
    def _starts(self) -> Codes:
        return codes(self.starts)

    @cached_property
    def _ends(self) -> Codes:
        return codes(self.ends)

    def bare(self, index: Ints) -> Codes:
        """Return the characters of each number, without layout."""
        rest, start = np.divmod(index, len(self.starts))
        free, end = np.divmod(rest, len(self.ends))
        body = np.concatenate([self._starts[start], digits(free + self.least, self.free)], axis=1)
        checks = self.check(body) if self.check is not None else body[:, :0]
        whole = np.concatenate([body, checks, self._ends[end]], axis=1)
        return whole[:, list(self.order)] if self.order else whole

    def written(self, index: Ints, shape: str) -> Codes:
        """Return the identifiers in a layout."""
        bare = self.bare(index)
        if not shape:
            return bare
        out = np.empty((len(index), len(shape)), np.uint8)
        out[:] = np.frombuffer(shape.encode(), np.uint8)
        out[:, [at for at, mark in enumerate(shape) if mark == "#"]] = bare
        return out

    def find(self, values: Codes, shape: str) -> Ints:
        """Return the number of each identifier in a layout, -1 for one that is not of this tier."""
        bare = values[:, [at for at, mark in enumerate(shape) if mark == "#"]] if shape else values
        if self.order:
            bare = bare[:, np.argsort(self.order)]
        width = self._starts.shape[1]
        known = {start: at for at, start in enumerate(self.starts)}
        start, at = np.unique(bare[:, :width], axis=0, return_inverse=True)
        places = np.array([known.get(bytes(row).decode("ascii", "replace"), -1) for row in start], np.int64)[at.reshape(-1)]
        free = np.zeros(len(bare), np.int64)
        for column in range(width, width + self.free):
            free = free * 10 + bare[:, column] - 48
        end_width = self._ends.shape[1]
        ends = np.zeros(len(bare), np.int64)
        for number, row in enumerate(self._ends):
            ends = np.where((bare[:, bare.shape[1] - end_width :] == row).all(axis=1), number, ends)
        index = ((free - self.least) * len(self.ends) + ends) * len(self.starts) + places
        fine = (places >= 0) & (free >= self.least) & (index < self.size) & (index >= 0)
        index = np.where(fine, index, 0)
        return np.where(fine & (self.written(index, shape) == values).all(axis=1), index, -1)


def codes(entries: Sequence[str]) -> Codes:
    """Return texts of one width as a matrix of ASCII codes."""
    return np.frombuffer("".join(entries).encode(), np.uint8).reshape(len(entries), len(entries[0]))


def digits(values: Ints, width: int) -> Codes:
    """Return numbers as ASCII digits, padded with zeros to a width."""
    out = np.empty((len(values), width), np.uint8)
    rest = values
    for column in reversed(range(width)):
        rest, last = np.divmod(rest, 10)
        out[:, column] = last + 48
    return out


def build_pattern(setting: Setting, tiers: Sequence[Tier], *, group: str, natural: int = 0) -> Drawn:
    """Return a generator of identifiers: in their layout where the column has room for it, else bare; a number where it holds numbers.

    Args:
        setting: The column.
        tiers: The first one is drawn from while the rows fit, unless `natural` says how many numbers are.
        group: Name that numbers are drawn under.
        natural: Numbers that are drawn from first.
    """
    plain = is_numeric(setting)
    shapes = tuple("" if plain else _shape(setting, tier) for tier in tiers)
    bounds = np.cumsum([0, *(tier.size for tier in tiers)])

    def make(index: Ints, rows: Rows) -> Cells:
        parts = []
        for number, tier in enumerate(tiers):
            at = np.flatnonzero((index >= bounds[number]) & (index < bounds[number + 1]))
            if len(at):
                matrix = tier.written(index[at] - bounds[number], shapes[number])
                parts.append((at, _number(matrix) if plain else texts(chunk.fixed_text(matrix))))
        return merged(parts, len(index))

    def find(values: Cells) -> Ints:
        found = np.full(len(values), -1, np.int64)
        array = chunk.text_of(values.ints) if plain else values.array
        wide = chunk.lengths(array)
        for number, tier in enumerate(tiers):
            width = len(shapes[number]) or tier.bare(np.zeros(1, np.int64)).shape[1]
            at = np.flatnonzero(wide == width)
            if len(at):
                matrix = np.frombuffer(chunk.content(chunk.take(array, at)), np.uint8).reshape(len(at), width)
                place = tier.find(matrix, shapes[number])
                found[at] = np.where(place >= 0, place + bounds[number], found[at])
        return found

    return Drawn(group, int(bounds[-1]), make, natural=natural or tiers[0].size, find=find, injective=True)


def _shape(setting: Setting, tier: Tier) -> str:
    """Return the layout that the column has room for: with separators, else without."""
    length = length_of(setting)
    bare = re.sub(r"[^#A-Z0-9]", "", tier.shape)
    compact = bare if bare.strip("#") else ""
    shape = tier.shape if length is None or len(tier.shape) <= length else compact
    width = len(shape) or tier.bare(np.zeros(1, np.int64)).shape[1]
    if length is not None and width > length:
        raise PlanError(f"{setting.where}: {length} characters were found, {width} are needed; widen the column or plan it as a template")
    return shape


def _number(matrix: Codes) -> Cells:
    value = np.zeros(len(matrix), np.int64)
    for column in range(matrix.shape[1]):
        value = np.where((matrix[:, column] >= 48) & (matrix[:, column] < 58), value * 10 + matrix[:, column] - 48, value)
    return numbers(value)


# ---------------------------------------------------------------------------------------------- check digits
def _ints(body: Codes) -> NDArray[np.int64]:
    return body.astype(np.int64) - 48


def _digit(values: Ints) -> Codes:
    return (values % 10 + 48).astype(np.uint8)[:, None]


def luhn(body: Codes) -> Ints:
    """Return the Luhn check digit (ISO/IEC 7812-1) of each row of digits."""
    number = _ints(body)
    double = number[:, ::-1][:, ::2] * 2
    return (-(number[:, ::-1][:, 1::2].sum(axis=1) + (double // 10 + double % 10).sum(axis=1))) % 10


def no_luhn(body: Codes) -> Codes:
    """Return a digit that fails the Luhn check: the right one plus 1."""
    return _digit(luhn(body) + 1)


def no_weighted(weights: Sequence[int], modulus: int, *, minus: bool = True) -> Check:
    """Return a check that writes the digit after the right one, of a weighted sum; a remainder above 9 has no right digit."""

    def check(body: Codes) -> Codes:
        remainder = (_ints(body) * np.array(weights)).sum(axis=1) % modulus
        right = (modulus - remainder) % modulus if minus else remainder
        return _digit(np.where(right > 9, 5, right + 1))

    return check


def remainder(body: Codes, modulus: int) -> Ints:
    """Return decimal numbers of any width modulo a number; letters count 10 to 35 (ISO 13616)."""
    rest = np.zeros(len(body), np.int64)
    for column in range(body.shape[1]):
        code = body[:, column].astype(np.int64)
        rest = np.where(code < 58, rest * 10 + code - 48, rest * 100 + code - 55) % modulus
    return rest


def two_digits(values: Ints) -> Codes:
    """Return numbers below 100 as two digits."""
    return digits(values, 2)
