"""Make times: moments between two bounds, with the rhythm of the field, and times after other times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from synthseed.cells import Cells, Form
from synthseed.errors import PlanError, Refused, suggestion
from synthseed.generators.base import Generator, Rows, Setting, Space
from synthseed.generators.calendar import (
    DAY,
    HOUR,
    MICRO,
    MONTH,
    RHYTHMS,
    SEASONS,
    Calendar,
    Hours,
    Point,
    calendar,
    hours,
    point,
    second_of_day,
)
from synthseed.generators.quantiles import Distribution, distribution, in_units
from synthseed.plan import After, Moment
from synthseed.schema import Kind
from synthseed.streams import Ints, Words, below

FORMS = {
    Kind.TIMESTAMP: Form.MOMENT,
    Kind.TIMESTAMPTZ: Form.MOMENT,
    Kind.DATE: Form.DATE,
    Kind.TIME: Form.TIME,
    Kind.TEXT: Form.MOMENT,  # an ISO text: SQLite has no type for times
    Kind.OTHER: Form.MOMENT,
    Kind.INTEGER: Form.NUMBER,  # seconds since 1970
}
SIZE = {Form.MOMENT: MICRO, Form.TIME: MICRO, Form.NUMBER: 1, Form.DATE: 1}  # of a second (of a day for a DATE) in a cell
UNITS = {"seconds": 1, "minutes": 60, "hours": HOUR, "days": DAY, "months": MONTH}


def _form(setting: Setting) -> Form:
    """Return the form of a column's times; a helper column holds moments."""
    if setting.column is None:
        return Form.MOMENT
    form = FORMS.get(setting.column.type.kind)
    if form is None:
        raise PlanError(f"{setting.where}: a time does not fit {setting.column.type.sql}; plan the column with another `use`")
    return form


def _among(value: str, known: dict[str, object] | tuple[str, ...], what: str, where: str) -> None:
    if value not in known:
        raise PlanError(f"{where}: {what} is {value!r:.40}, expected one of {', '.join(known)}{suggestion(value, known)}")


# ---------------------------------------------------------------------------------------------- moment
@dataclass(frozen=True, slots=True)
class Ticks:
    """Number the whole seconds (days for a DATE) from `low`, in units of the cell's form: the space of a unique time."""

    form: Form
    low: int
    size: int
    fixed: bool
    as_of: int
    where: str

    def decode(self, index: Ints, rows: Rows) -> Cells:
        """Return low + index.

        Raises:
            Refused: A start like `-3y` moved, because a row is told from another `as_of`.
        """
        if not self.fixed and not bool((rows.as_of == self.as_of).all()):
            raise Refused(f"{self.where}: a unique time with a relative start cannot grow to another as_of; write an ISO date as start")
        return Cells(self.form, (index + self.low) * SIZE[self.form])

    def encode(self, values: Cells) -> Ints:
        """Return value - low, -1 where that is no number of the space or no whole second."""
        if values.form is not self.form:
            return np.full(len(values), -1, np.int64)
        index, rest = np.divmod(values.ints, SIZE[self.form])
        index -= self.low
        return np.where(values.mask() & (rest == 0) & (index >= 0) & (index < self.size), index, -1)


@dataclass(frozen=True, slots=True)
class MomentGenerator:
    """Draw a moment per row from the calendar that its own edition's `as_of` bounds."""

    gen: Moment
    name: str
    form: Form
    start: Point
    end: Point
    ticks: Ticks
    unique: bool
    tables: dict[int, Calendar] = field(default_factory=dict)  # by as_of: built once each, a pure function of it
    version: int = 1
    distinct: bool = False

    @property
    def group(self) -> str:
        """Return the column's name where it is unique: a plain moment asks for no index."""
        return self.name if self.unique else ""

    def values(self, rows: Rows, /) -> Cells:
        """Return whole seconds in [start, end], and never after the row's `as_of`; whole days for a DATE."""
        if self.unique:
            return self.ticks.decode(rows.index(self.name, self.ticks.size), rows)
        return self.drawn(rows, rows.stream(self.name).bits(rows.numbers))

    def drawn(self, rows: Rows, words: Words, /) -> Cells:
        """Return a later day for a higher word; the hour is drawn from the word's low half."""
        return Cells(self.form, by_value(rows.as_of, words, self._drawn))

    def position(self, rows: Rows, words: Words, /) -> Ints:
        """Return the high half of the words."""
        return (words >> np.uint64(32)).view(np.int64)

    def _drawn(self, as_of: int, words: Words) -> Ints:
        table = self.tables.get(as_of)
        if table is None:
            low, high = bounds(self.start, self.end, as_of)
            table = self.tables[as_of] = calendar(low, high, self.gen.growth, self.gen.rhythm, self.gen.season)
        if self.form is Form.DATE:
            return table.day(words) + table.low // DAY
        seconds = table.draw(words)
        seconds *= SIZE[self.form]
        return seconds

    def space(self) -> Space | None:
        """Return all whole seconds (days for a DATE) of [start, end]."""
        return self.ticks


def by_value(keys: Ints, words: Words, draw: Callable[[int, Words], Ints]) -> Ints:
    """Return draw(key, words) for the rows of each distinct key: nearly always there is one."""
    if not len(keys):
        return np.zeros(0, np.int64)
    first = int(keys[0])
    if bool((keys == first).all()):
        return draw(first, words)
    values = np.empty(len(words), np.int64)
    for key in np.unique(keys).tolist():
        at = np.flatnonzero(keys == key)
        values[at] = draw(key, words[at])
    return values


def bounds(start: Point, end: Point, as_of: int) -> tuple[int, int]:
    """Return first and last second as seen from `as_of` (microseconds); the end never lies after it.

    An edition that is told from before the start gets its own `as_of` for all rows, so no row is told from the future.
    """
    now = as_of // MICRO
    high = min(end.at(now), now)
    return min(start.at(now), high), high


@dataclass(frozen=True, slots=True)
class ClockGenerator:
    """Draw a time of day for a TIME column: by the hours of a working day."""

    name: str
    hours: Hours
    ticks: Ticks
    unique: bool
    version: int = 1
    distinct: bool = False

    @property
    def group(self) -> str:
        """Return the column's name where it is unique: a plain time asks for no index."""
        return self.name if self.unique else ""

    def values(self, rows: Rows, /) -> Cells:
        """Return whole seconds of the day."""
        if self.unique:
            return self.ticks.decode(rows.index(self.name, self.ticks.size), rows)
        return self.drawn(rows, rows.stream(self.name).bits(rows.numbers))

    def drawn(self, rows: Rows, words: Words, /) -> Cells:
        """Return a later time for a higher word."""
        return Cells(Form.TIME, self.hours.draw(self.position(rows, words)) * MICRO)

    def position(self, rows: Rows, words: Words, /) -> Ints:
        """Return the high half of the words."""
        return (words >> np.uint64(32)).view(np.int64)

    def space(self) -> Space | None:
        """Return all whole seconds between the bounds."""
        return self.ticks


def build_moment(gen: Moment, setting: Setting) -> Generator:
    """Build a moment for a time column, an integer column (seconds since 1970), a text column or a helper column.

    Raises:
        PlanError: The type takes no times, a bound cannot be read, start lies after end or after `as_of`, growth is not
            positive, or rhythm or season is unknown.
    """
    where, form = setting.where, _form(setting)
    _among(gen.rhythm, tuple(RHYTHMS), "rhythm", where)
    _among(gen.season, tuple(SEASONS), "season", where)
    if gen.growth <= 0:
        raise PlanError(f"{where}: growth is {gen.growth}; it must be above 0 (1 for none)")
    if form is Form.TIME:
        return _clock(gen, setting)
    start, end = point(gen.start, where), point(gen.end, where, end=True)
    now = setting.as_of // MICRO
    if start.at(now) > min(end.at(now), now):
        raise PlanError(f"{where}: start {gen.start} lies after {_shown_end(gen, end, now)}; a moment is never later than as_of")
    low, high = bounds(start, end, setting.as_of)
    unit = DAY if form is Form.DATE else 1
    ticks = Ticks(form, low // unit, high // unit - low // unit + 1, start.absolute is not None, setting.as_of, where)
    return MomentGenerator(gen, setting.name, form, start, end, ticks, setting.unique)


def _shown_end(gen: Moment, end: Point, now: int) -> str:
    return f"end {gen.end}" if gen.end and end.at(now) <= now else f"as_of {np.datetime64(now, 's')}"


def _clock(gen: Moment, setting: Setting) -> Generator:
    low, high = second_of_day(gen.start), second_of_day(gen.end)
    low, high = 0 if low is None else low, DAY - 1 if high is None else high
    if low > high:
        raise PlanError(f"{setting.where}: start {gen.start} lies after end {gen.end}; a time of day does not run past midnight")
    ticks = Ticks(Form.TIME, low, high - low + 1, True, 0, setting.where)
    return ClockGenerator(setting.name, hours(RHYTHMS[gen.rhythm][1], low, high), ticks, setting.unique)


# ---------------------------------------------------------------------------------------------- after
@dataclass(frozen=True, slots=True)
class AfterGenerator:
    """Add a delay to another time. `delays` are in seconds, or in days where the column is a DATE.

    `hours` are those of a working day, where delays of days shall fall on them. `longest` is the longest delay, for a
    column that takes no NULL: where the other time is NULL, it is taken to be that long before `as_of`.
    """

    name: str
    ref: str
    form: Form
    delays: Distribution
    future: bool
    where: str
    hours: Hours | None = None
    longest: int | None = None
    version: int = 1
    distinct: bool = False
    group: str = ""

    def values(self, rows: Rows, /) -> Cells:
        """Return one time per row, never before the other; NULL where that is NULL.

        The delay is drawn from those that end by `as_of`, so that rows do not pile up there. Where even the shortest
        delay ends later, it is drawn evenly from what time there is; where the other time is not before `as_of`, it is 0.
        """
        return self.drawn(rows, rows.stream(self.name).bits(rows.numbers))

    def drawn(self, rows: Rows, words: Words, /) -> Cells:
        """Return a longer delay for a higher word, among those that end by `as_of`."""
        ref = rows.cells(self.ref)
        start, limit = self._start(ref, rows)
        valid = ref.valid
        if valid is not None and self.longest is not None:
            start, valid = np.where(valid, start, limit - self.longest), None
        if self.future and self.form is not Form.TIME:
            return Cells(self.form, self._at_work(start, start + self.delays.draw(words), None, rows) * SIZE[self.form], valid)
        room = np.maximum(limit - start, 0)
        share = self.delays.count(room)
        delay = self.delays.at(below(words, np.maximum(share, 1)))
        short = np.flatnonzero(share == 0)
        if len(short):
            delay[short] = below(words[short], room[short] + 1)
        return Cells(self.form, self._at_work(start, start + delay, limit, rows) * SIZE[self.form], valid)

    def _at_work(self, start: Ints, value: Ints, limit: Ints | int | None, rows: Rows) -> Ints:
        """Move each time to an hour of its day by the rhythm, unless that leaves [start, limit]."""
        if self.hours is None:
            return value
        words = rows.stream(self.name, "hour").bits(rows.numbers)
        moved = value // DAY * DAY + self.hours.draw((words >> np.uint64(32)).view(np.int64))
        return np.where((moved >= start) & (True if limit is None else moved <= limit), moved, value)

    def _start(self, ref: Cells, rows: Rows) -> tuple[Ints, Ints | int]:
        """Return the other time and the latest one allowed, in seconds, or in days for a DATE."""
        if self.form is Form.TIME:
            if ref.form is not Form.TIME and ref.mask().any():
                raise PlanError(f"{self.where}: {self.ref} is no time of day; a TIME column is planned after another TIME column")
            return -(-ref.ints // MICRO), DAY - 1
        if ref.form is Form.DATE:
            seconds = ref.ints * DAY
        elif ref.form is Form.MOMENT:
            seconds = ref.ints // MICRO if self.form is Form.DATE else -(-ref.ints // MICRO)  # up: never before the other
        elif ref.form is Form.NUMBER:  # seconds since 1970, or all NULL
            seconds = ref.rescaled(0).ints
        else:
            raise PlanError(f"{self.where}: {self.ref} holds no times; name a date or time column of this table or of a parent")
        now = rows.as_of // MICRO
        return (seconds // DAY, now // DAY) if self.form is Form.DATE else (seconds, now)

    def space(self) -> Space | None:
        """Return None: a time after another has no space of its own."""
        return None


def build_after(gen: After, setting: Setting) -> Generator:
    """Build a time after another one.

    Raises:
        PlanError: The type takes no times, unit or rhythm is unknown, or the quantiles fall or are negative.
    """
    where, form = setting.where, _form(setting)
    _among(gen.unit, tuple(UNITS), "unit", where)
    _among(gen.rhythm, tuple(RHYTHMS), "rhythm", where)
    if gen.q.min < 0:
        raise PlanError(f"{where}: the shortest delay is {gen.q.min} {gen.unit}; a delay is 0 or more, or swap the two columns")
    unit = Fraction(DAY if form is Form.DATE else 1, UNITS[gen.unit])
    delays = distribution(in_units(gen.q, unit), where)
    by_day = gen.rhythm != "flat" and gen.unit in ("days", "months") and form not in (Form.DATE, Form.TIME)
    longest = None
    if setting.column is not None and not setting.column.nullable and form is not Form.TIME:
        longest = int(gen.q.max * UNITS[gen.unit]) // (DAY if form is Form.DATE else 1)
    return AfterGenerator(
        setting.name, gen.ref, form, delays, gen.future, where, hours(RHYTHMS[gen.rhythm][1]) if by_day else None, longest
    )
