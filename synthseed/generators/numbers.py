"""Make numbers by quantiles: multiples of a step, inside what the column's type can hold, with spikes of exact shares."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from synthseed.cells import Cells, Form
from synthseed.errors import PlanError
from synthseed.generators.base import Generator, Rows, Setting, Space
from synthseed.generators.quantiles import LIMIT, Distribution, distribution, in_units
from synthseed.generators.spikes import Spikes, spikes
from synthseed.plan import Number
from synthseed.schema import Column, Kind
from synthseed.streams import Ints, Words, below

EXACT = 2**53  # integers that a double holds one by one
SECOND = 6  # digits of a second in a span of microseconds
FITTING = (Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT, Kind.INTERVAL, Kind.TEXT, Kind.ENUM, Kind.JSON, Kind.OTHER)


@dataclass(frozen=True, slots=True)
class Lattice:
    """Number the multiples of a step: the space of a unique number. `low` and `step` are in units of the cell."""

    form: Form
    scale: int
    low: int
    step: int
    size: int

    def decode(self, index: Ints, rows: Rows) -> Cells:
        """Return low + index * step."""
        return self.cells(index)

    def cells(self, index: Ints) -> Cells:
        """Return low + index * step, without a look at rows."""
        return Cells(self.form, index * self.step + self.low, None, self.scale)

    def encode(self, values: Cells) -> Ints:
        """Return (value - low) / step, -1 where that is no number of the lattice."""
        found = values
        if self.form is Form.NUMBER and values.scale < self.scale:
            found = values.rescaled(self.scale)
        unit = 10 ** (found.scale - self.scale) if self.form is Form.NUMBER else 1
        whole, rest = np.divmod(found.ints, unit)
        index, more = np.divmod(whole - self.low, self.step)
        return np.where(found.mask() & (rest == 0) & (more == 0) & (index >= 0) & (index < self.size), index, -1)


@dataclass(frozen=True, slots=True)
class NumberGenerator:
    """Draw by quantiles; without replacement from the lattice where the column is unique."""

    name: str
    lattice: Lattice
    line: Distribution
    spikes: Spikes | None
    unique: bool
    version: int = 1
    distinct: bool = False

    @property
    def group(self) -> str:
        """Return the column's name where it is unique: a plain number asks for no index."""
        return self.name if self.unique else ""

    def values(self, rows: Rows, /) -> Cells:
        """Return one number per row (one span for an INTERVAL)."""
        if self.unique:
            return self.lattice.cells(rows.index(self.name, self.lattice.size))
        values = self.line.draw(rows.stream(self.name).bits(rows.numbers))
        values *= self.lattice.step
        values += self.lattice.low
        if self.spikes is not None:
            at, which = self._spiked(rows, self.spikes)
            values[at] = self.spikes.values[which]
        return Cells(self.lattice.form, values, None, self.lattice.scale)

    def _spiked(self, rows: Rows, spikes: Spikes) -> tuple[Ints, Ints]:
        """Return the rows that have a spike, and which."""
        place = (rows.stream(self.name, "spike").bits(rows.numbers) >> np.uint64(1)).view(np.int64)
        at = np.flatnonzero(place < spikes.ends[-1])
        return at, np.searchsorted(spikes.ends, place[at], "right")

    def drawn(self, rows: Rows, words: Words, /) -> Cells:
        """Return a higher number for a higher word; the spikes stand where their size puts them."""
        position = (words >> np.uint64(32)).view(np.int64)
        if self.spikes is None:
            values = self.line.draw(words) * self.lattice.step + self.lattice.low
        else:
            steps = self.spikes.among(self.line, self.lattice.low, self.lattice.step)
            spike, plain = steps.split(position)
            values = np.where(spike >= 0, steps.values[spike], self.line.at(plain) * self.lattice.step + self.lattice.low)
        return Cells(self.lattice.form, values, None, self.lattice.scale)

    def position(self, rows: Rows, words: Words, /) -> Ints:
        """Return where each number lies among all; evenly inside a spike's share."""
        position = (words >> np.uint64(32)).view(np.int64)
        if self.spikes is not None:
            steps = self.spikes.among(self.line, self.lattice.low, self.lattice.step)
            position = steps.joined(position)
            at, which = self._spiked(rows, self.spikes)
            rank = steps.ranks[which]
            position[at] = steps.starts[rank] + below(words[at], np.maximum(steps.parts[rank], 1))
        return position

    def space(self) -> Space | None:
        """Return all multiples of the step from min to max."""
        return self.lattice


def build_number(gen: Number, setting: Setting) -> Generator:
    """Build a number for a column, or for a helper column, which takes any.

    Raises:
        PlanError: The type takes no numbers, the step is not positive, the quantiles fall, no multiple of the step lies
            between min and max inside the type, or a spike does not fit.
    """
    where, column = setting.where, setting.column
    kind = column.type.kind if column else None
    if kind is not None and kind not in FITTING:
        raise PlanError(f"{where}: a number does not fit {column.type.sql if column else ''}; plan the column with another `use`")
    if gen.step <= 0:
        raise PlanError(f"{where}: step is {gen.step}; it must be above 0")
    scale = _scale(gen, column)
    step = (Fraction(gen.step) * 10**scale).numerator  # its least multiple in whole units: 0.25 in a column of tenths steps by 0.5
    low, high = held(column, scale)
    knots = in_units(gen.q, Fraction(1, 10**scale))
    if knots[0] > knots[-1]:
        raise PlanError(f"{where}: min {gen.q.min} is above max {gen.q.max}")
    first, last = -(-max(knots[0], Fraction(low)) // step), min(knots[-1], Fraction(high)) // step
    if first > last:
        raise PlanError(
            f"{where}: no multiple of {gen.step} lies between {gen.q.min} and {gen.q.max} inside {_sql(column)}; change q or step"
        )
    steps = [min(max(value / step, Fraction(first)), Fraction(last)) - first for value in knots]
    form = Form.SPAN if kind is Kind.INTERVAL else Form.NUMBER
    lattice = Lattice(form, 0 if form is Form.SPAN else scale, first * step, step, last - first + 1)
    return NumberGenerator(setting.name, lattice, distribution(steps, where), spikes(gen, scale, (low, high), setting), setting.unique)


def _sql(column: Column | None) -> str:
    return column.type.sql if column else "a helper column"


def digits(value: Decimal) -> int:
    """Return how many digits behind the point a decimal needs."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _scale(gen: Number, column: Column | None) -> int:
    """Return the digits behind the point of the cells: as many as step and spikes need, and no more than the column has."""
    if column is not None and column.type.kind is Kind.INTERVAL:
        return SECOND
    wanted = max(digits(gen.step), *(digits(spike.value) for spike in gen.spikes), 0)
    if column is None:
        return wanted
    if column.type.kind is Kind.INTEGER:
        return 0
    return wanted if column.type.scale is None or column.type.kind is not Kind.NUMERIC else min(wanted, max(column.type.scale, 0))


def held(column: Column | None, scale: int) -> tuple[int, int]:
    """Return the smallest and the largest number that a column holds, in units of 10**-scale, within 10**18 of zero."""
    low, high = -LIMIT, LIMIT
    if column is None:
        return low, high
    type_ = column.type
    if type_.kind is Kind.INTEGER and type_.bits:
        high = min(high, 2 ** (type_.bits if type_.unsigned else type_.bits - 1) - 1)
        low = max(low, -(2 ** (type_.bits - 1)))
    elif type_.kind is Kind.NUMERIC and type_.precision is not None:
        high = min(high, 10 ** max(type_.precision - (type_.scale or 0) + scale, 0) - 1)
        low = -high
    elif type_.kind is Kind.FLOAT:
        low, high = -EXACT, EXACT
    elif type_.kind is Kind.TEXT and type_.length is not None:
        point = scale + 1 if scale else 0
        high = min(high, max(10 ** max(type_.length - point, 0) * 10**scale - 1, -1))
        low = max(low, -(10 ** max(type_.length - point - 1, 0) * 10**scale - 1))
    return (0 if type_.unsigned else low), high
