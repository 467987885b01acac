"""Render the parts that templates are made of: one class per kind of token, each a column of texts.

A part knows how long its text can be, in characters, and how wide it always is, if it is: `template_space` reads a
unique template backwards by that. A random part draws from a stream named by its token and its place among its likes
in the template (`{detail}` for the second time), so that one value added to a slot leaves the other tokens as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, Form, Mask
from synthseed.errors import PlanError
from synthseed.generators.base import Rows
from synthseed.generators.literals import DAY
from synthseed.generators.rendering import as_text, filtered, timestamps
from synthseed.streams import Ints, Words, below

MOST = {10: 18, 16: 15, 26: 13}  # characters that one draw gives, so that radix**count stays below 2**63
Names = tuple[Hashable, ...]


@dataclass(frozen=True)
class Context:
    """Say for which rows a part is rendered.

    Attributes:
        rows: All rows that were asked for.
        at: Places among them that this part is rendered for; None for all.
        given: Draws that are decided already, by the names of their stream and the number of the draw, one per place.
        iso: Moments are written as RFC 3339 does.
        chosen: Places that slots of this template chose before, by slot.
    """

    rows: Rows
    at: Ints | None = None
    given: Mapping[tuple[Names, int], Ints] = field(default_factory=dict)
    iso: bool = False
    chosen: dict[str, list[Ints]] = field(default_factory=dict)

    @property
    def numbers(self) -> Ints:
        """Return the row numbers."""
        return self.rows.numbers if self.at is None else self.rows.numbers[self.at]

    @property
    def as_of(self) -> Ints:
        """Return the moment that each row is told from."""
        return self.rows.as_of if self.at is None else self.rows.as_of[self.at]

    def cells(self, name: str) -> Cells:
        """Return other cells of the rows."""
        cells = self.rows.cells(name)
        return cells if self.at is None else cells.take(self.at)

    def bits(self, names: Names) -> Words:
        """Return a random word per row."""
        return self.rows.stream(*names).bits(self.numbers)

    def draw(self, names: Names, turn: int, size: int) -> Ints:
        """Return a draw from [0, size) per row, or what is given."""
        if (names, turn) in self.given:
            return self.given[names, turn]
        return below(self.bits((*names, turn) if turn else names), size)

    def among(self, at: Ints) -> Context:
        """Return the context for some of these rows."""
        return replace(self, at=at if self.at is None else self.at[at], given={}, chosen={})


@dataclass(frozen=True)
class Text:
    """Hold the rendered texts, and where one is NULL (and empty)."""

    array: pa.Array
    null: Mask | None = None


@dataclass(frozen=True)
class Random:
    """Draw a fixed number of characters."""

    names: Names
    alphabet: str
    count: int

    @property
    def width(self) -> int | None:
        """Return the number of characters."""
        return self.count

    @property
    def longest(self) -> int | None:
        """Return the number of characters."""
        return self.count

    @property
    def turns(self) -> list[int]:
        """Return how many characters each draw gives."""
        most = MOST[len(self.alphabet)]
        return [min(most, self.count - start) for start in range(0, self.count, most)]

    def text(self, context: Context) -> Text:
        """Return the characters of each row."""
        radix = len(self.alphabet)
        table = np.frombuffer(self.alphabet.encode(), np.uint8)
        codes = np.empty((len(context.numbers), self.count), np.uint8)
        start = 0
        for turn, count in enumerate(self.turns):
            index = context.draw(self.names, turn, radix**count)
            for place in range(start + count - 1, start - 1, -1):
                index, digit = np.divmod(index, radix)
                codes[:, place] = table[digit]
            start += count
        return Text(chunk.fixed_text(codes))


@dataclass(frozen=True)
class Whole:
    """Draw a whole number between two, both inclusive."""

    names: Names
    low: int
    high: int

    @property
    def width(self) -> int | None:
        """Return the number of characters where all numbers have as many."""
        return len(str(self.low)) if self.low >= 0 and len(str(self.low)) == len(str(self.high)) else None

    @property
    def longest(self) -> int | None:
        """Return the most characters."""
        return max(len(str(self.low)), len(str(self.high)))

    def values(self, context: Context) -> Ints:
        """Return the numbers."""
        return self.low + context.draw(self.names, 0, self.high - self.low + 1)

    def text(self, context: Context) -> Text:
        """Return the number of each row as text."""
        return Text(chunk.text_of(self.values(context)))


@dataclass(frozen=True)
class Running:
    """Count the rows from 1, with leading zeros up to a number of digits."""

    digits: int
    width: int | None = None

    @property
    def longest(self) -> int | None:
        """Return the digits that are asked for, or those of a million rows."""
        return max(self.digits, 6 if self.digits == 0 else 0)

    def values(self, context: Context) -> Ints:
        """Return the numbers."""
        if len(context.numbers) and int(context.numbers.min()) < 0:
            raise PlanError("rows that were found standing have no {seq}; don't read a column that is made of it from such parents")
        return context.numbers + 1

    def text(self, context: Context) -> Text:
        """Return the number of each row as text."""
        values = self.values(context)
        # lpad cuts nothing off, but counts code points: digits are one byte each
        return Text(chunk.text_of(values, self.digits) if self.digits > 1 else chunk.text_of(values))


@dataclass(frozen=True)
class Calendar:
    """Write a time: of a column, or (no name) the moment that the row is told from."""

    name: str
    format: str
    longest: int | None

    @property
    def width(self) -> int | None:
        """Return the number of characters where no row can lack the time."""
        return None if self.name else self.longest

    def text(self, context: Context) -> Text:
        """Return the time of each row, written in the format."""
        cells = context.cells(self.name) if self.name else Cells(Form.MOMENT, context.as_of)
        null = None if cells.valid is None or cells.valid.all() else ~cells.valid
        if null is not None and null.all():
            return Text(chunk.strings([""] * len(null)), null)
        if cells.form not in (Form.DATE, Form.MOMENT):
            raise PlanError(f"`{self.name}` is a {cells.form}, not a date or time")
        values = cells.ints * DAY if cells.form is Form.DATE else cells.ints
        array = pc.strftime(timestamps(values if null is None else np.where(null, 0, values)), format=self.format)
        return Text(array if null is None else as_text(Cells(Form.TEXT, array, ~null)), null)


@dataclass(frozen=True)
class Cell:
    """Write another cell of the row, of its parent or of a joint table; an empty text where it is NULL.

    Attributes:
        longest: Most characters, None where that is not known.
        least: Fewest characters that it may be cut to.
        room: Characters that the template leaves for it: what is longer is cut. None where all fits.
    """

    name: str
    filters: tuple[str, ...]
    locale: str
    longest: int | None
    room: int | None = None
    width: int | None = None
    least: int = 1

    def text(self, context: Context) -> Text:
        """Return the cell of each row as text."""
        cells = context.cells(self.name)
        array = as_text(cells, iso=context.iso)
        for name in self.filters:
            array = filtered(array, name, self.locale)
        if self.room is not None:
            array = pc.utf8_rtrim_whitespace(pc.utf8_slice_codeunits(array, start=0, stop=self.room))
        return Text(array, None if cells.valid is None or cells.valid.all() else ~cells.valid)
