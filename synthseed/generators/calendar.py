"""Weigh days and hours: growth, weekdays, seasons and working hours as integer tables.

A calendar is built per pair of bounds, so per `as_of` of an edition; a draw from it is a few table look-ups. Times are
whole seconds, because MySQL's DATETIME rounds fractions and PostgreSQL keeps them, and a row must read the same in both.
Hours are UTC's: a plan knows no time zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction

import numpy as np

from synthseed.errors import PlanError
from synthseed.streams import Ints, Words, apportion, below, scrambled

DAY, HOUR, MICRO = 86_400, 3_600, 1_000_000
MONTH = 2_630_016  # seconds of 30.44 days
SLOTS = 1024  # parts of a day's rows that the hours share; 22 bits are left for the place inside a slot
GUIDE = 16  # bits of a draw that find the day at once; the days inside one of their slots are stepped through
HEAVIEST = 2**31  # total weight of the days: times 32 bits it fits in int64

# Monday to Sunday, and rows per hour from 0 to 23 on working days and at week-ends. Guesses of a person's eye, to be looked at as such.
EVEN = (1,) * 24
RHYTHMS: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "flat": ((1,) * 7, EVEN, EVEN),
    "office": (
        (20, 21, 21, 20, 18, 2, 1),
        (0, 0, 0, 0, 0, 1, 4, 16, 42, 60, 64, 58, 30, 48, 60, 56, 44, 22, 8, 3, 2, 1, 0, 0),
        (0, 0, 0, 0, 0, 0, 1, 3, 6, 10, 12, 10, 8, 8, 9, 8, 7, 5, 4, 4, 3, 2, 1, 0),
    ),
    "retail": (
        (10, 9, 9, 10, 12, 13, 11),
        (3, 1, 1, 1, 1, 2, 5, 10, 16, 22, 27, 29, 32, 30, 27, 27, 29, 33, 38, 43, 46, 40, 25, 10),
        (5, 3, 1, 1, 1, 1, 3, 7, 15, 27, 36, 40, 40, 38, 37, 37, 36, 35, 35, 36, 36, 32, 22, 11),
    ),
    "social": (
        (10, 10, 10, 10, 12, 15, 14),
        (12, 6, 3, 2, 1, 2, 6, 14, 18, 17, 17, 19, 27, 24, 20, 21, 24, 30, 38, 46, 52, 52, 42, 25),
        (20, 13, 8, 4, 2, 2, 3, 7, 14, 23, 31, 35, 37, 37, 36, 36, 37, 39, 42, 46, 50, 50, 42, 30),
    ),
    "machine": ((10, 10, 10, 10, 10, 9, 9), (12, 12, 14, 13, 11, 10) + (10,) * 18, (12, 12, 14, 13, 11, 10) + (10,) * 18),
}
SEASONS: dict[str, tuple[int, ...]] = {  # rows per day from January to December
    "flat": (1,) * 12,
    "retail_q4": (80, 78, 85, 88, 92, 90, 86, 88, 94, 108, 150, 176),
    "summer": (55, 58, 70, 85, 115, 150, 175, 170, 120, 80, 60, 62),
    "winter": (165, 160, 120, 80, 60, 50, 50, 52, 65, 85, 120, 160),
    "school_year": (105, 110, 110, 100, 110, 85, 20, 40, 140, 130, 120, 80),
}


# ---------------------------------------------------------------------------------------------- points in time
RELATIVE = re.compile(r"-(\d{1,6})([ymwdh])")
PARTS = {"y": 12, "m": 1, "w": 7 * DAY, "d": DAY, "h": HOUR}


@dataclass(frozen=True, slots=True)
class Point:
    """Hold one bound: seconds since 1970 when absolute; else months and seconds before `as_of`."""

    absolute: int | None = None
    months: int = 0
    seconds: int = 0

    def at(self, as_of: int) -> int:
        """Return seconds since 1970 of this bound as seen from `as_of`, seconds since 1970."""
        if self.absolute is not None:
            return self.absolute
        return months_before(as_of, self.months) - self.seconds


def months_before(moment: int, months: int) -> int:
    """Return the same time of the same day so many months earlier, or the month's last day where it is shorter."""
    if not months:
        return moment
    day, rest = divmod(moment, DAY)
    today = np.datetime64(day, "D")
    month = today.astype("M8[M]")
    inside = int((today - month.astype("M8[D]")).astype(np.int64))
    first = month - months
    last = int(((first + 1).astype("M8[D]") - first.astype("M8[D]")).astype(np.int64)) - 1
    return (int(first.astype("M8[D]").astype(np.int64)) + min(inside, last)) * DAY + rest


def point(text: str, where: str, *, end: bool = False) -> Point:
    """Read an ISO date or time, `now`, or a time before `as_of`: `-3y`, `-18m`, `-6w`, `-90d`, `-12h`.

    A date alone is its first second, or its last one when it is an end: both bounds are inclusive.
    """
    text = text.strip()
    if text in ("now", ""):
        return Point()
    if found := RELATIVE.fullmatch(text):
        amount, unit = int(found[1]), found[2]
        return Point(months=amount * PARTS[unit]) if unit in "ym" and amount < 12_000 else Point(seconds=amount * PARTS[unit])
    try:
        if len(text) <= 10:
            day = (date.fromisoformat(text) - date(1970, 1, 1)).days
            return Point(day * DAY + (DAY - 1 if end else 0))
        moment = datetime.fromisoformat(text)
    except ValueError:
        expected = "an ISO date or time (2024-01-31, 2024-01-31T08:00:00), now, or a time before as_of (-3y, -18m, -90d)"
        raise PlanError(f"{where}: {'end' if end else 'start'} is {text!r:.40}, expected {expected}") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Point((moment - datetime(1970, 1, 1, tzinfo=UTC)) // (datetime.resolution * MICRO))


def second_of_day(text: str, *, end: bool = False) -> int | None:
    """Read a time of day (`08:00`, `18:30:00`); None where the text is none."""
    if text.strip() in ("24:00", "24:00:00"):
        return DAY - 1
    try:
        read = time.fromisoformat(text.strip())
    except ValueError:
        return None
    return (read.hour * 60 + read.minute) * 60 + read.second


# ---------------------------------------------------------------------------------------------- hours
@dataclass(frozen=True, slots=True)
class Hours:
    """Hold slots of a day, equal in rows: the second at which each one starts, and its length. Shape (SLOTS,)."""

    start: Ints
    length: Ints

    def draw(self, place: Ints, offset: Ints | int = 0) -> Ints:
        """Return a second of the day per place in [0, 2**32); `offset` chooses among tables laid end to end."""
        slot = (place >> 22) + offset
        return self.start.take(slot) + ((place & (2**22 - 1)) * self.length.take(slot) >> 22)


def hours(weights: tuple[int, ...], low: int = 0, high: int = DAY - 1) -> Hours:
    """Share the slots by the weights of 24 hours, inside [low, high] seconds of the day, both inclusive."""
    starts = [max(hour * HOUR, low) for hour in range(24)]
    lengths = [max(0, min((hour + 1) * HOUR, high + 1) - start) for hour, start in enumerate(starts)]
    masses = [weight * length for weight, length in zip(weights, lengths, strict=True)]
    if not any(masses):
        masses = lengths
    slots = np.array(apportion(SLOTS, masses, [SLOTS if mass else 0 for mass in masses]), np.int64)
    hour = np.repeat(np.arange(24), slots)
    return Hours(np.array(starts, np.int64)[hour], np.array(lengths, np.int64)[hour])


# ---------------------------------------------------------------------------------------------- days
@dataclass(frozen=True, slots=True)
class Calendar:
    """Hold the days between two bounds, weighed, and the hours of each; draws never leave the bounds.

    Attributes:
        low: First second, since 1970, inclusive.
        high: Last second, inclusive.
        ends: Where each day's share ends, shape (days,), rising to 2**32.
        guide: For each value of a draw's highest bits the first day that it can fall on.
        steps: Most days that a slot of the guide spans, less one.
        hours: The hours of a working day, then those of a week-end day; None where all seconds are alike.
        late: For each day where its hours begin in `hours`, shape (days,).
    """

    low: int
    high: int
    ends: Ints
    guide: Ints
    steps: int
    hours: Hours | None
    late: Ints

    def day(self, words: Words) -> Ints:
        """Return the place of a day per word, from 0; never falls while the word rises."""
        share = (words >> np.uint64(32)).view(np.int64)
        day = self.guide.take(share >> (32 - GUIDE))
        for _ in range(self.steps):
            day += share >= self.ends.take(day)
        return day

    def draw(self, words: Words) -> Ints:
        """Return a whole second since 1970 per word, in [low, high]."""
        day = self.day(words)
        place = words.view(np.int64) & 0xFFFFFFFF
        second = (place * DAY >> 32) if self.hours is None else self.hours.draw(place, self.late.take(day))
        second += (day + self.low // DAY) * DAY
        # The first and the last day may be cut. What fell outside is drawn again, evenly inside, from the same word.
        out = np.flatnonzero((second < self.low) | (second > self.high))
        if len(out):
            first = np.maximum(self.low, (day[out] + self.low // DAY) * DAY)
            last = np.minimum(self.high, (day[out] + self.low // DAY) * DAY + DAY - 1)
            second[out] = first + below(scrambled(words[out]), last - first + 1)
        return second


def calendar(low: int, high: int, growth: Decimal, rhythm: str, season: str) -> Calendar:
    """Build the calendar of [low, high], seconds since 1970, both inclusive, low <= high."""
    days = np.arange(low // DAY, high // DAY + 1)
    weekdays, work, rest = RHYTHMS[rhythm]
    weights = _growing(len(days), growth)
    weights *= np.array(weekdays, np.int64)[(days + 3) % 7]  # 1970-01-01 was a Thursday
    weights *= np.array(SEASONS[season], np.int64)[days.astype("M8[D]").astype("M8[M]").astype(np.int64) % 12]
    weights = _within(weights, low, high)
    total = int(weights.sum())
    if excess := max(0, total.bit_length() - 31):
        weights = np.where(weights > 0, np.maximum(weights >> excess, 1), 0)
    sums = np.cumsum(weights)
    ends = (sums << 32) // int(sums[-1])
    slots = np.arange(2**GUIDE + 1, dtype=np.int64) << (32 - GUIDE)
    found = np.searchsorted(ends, slots, "right")
    guide = np.minimum(found[:-1], len(days) - 1)
    steps = int((np.searchsorted(ends, slots[1:] - 1, "right") - guide).max())
    late = np.where((days + 3) % 7 >= 5, SLOTS, 0)
    if work == rest == EVEN:
        return Calendar(low, high, ends, guide, steps, None, late)
    early, late_hours = hours(work), hours(rest)
    both = Hours(np.concatenate([early.start, late_hours.start]), np.concatenate([early.length, late_hours.length]))
    return Calendar(low, high, ends, guide, steps, both, late)


def _growing(days: int, growth: Decimal) -> Ints:
    """Return weights that rise (or fall) evenly from the first day to the last, which is `growth` times as busy."""
    ratio = Fraction(growth)
    first, last = (2**20, max(1, int(ratio * 2**20))) if ratio <= 1 else (max(1, int(2**20 / ratio)), 2**20)
    return first + (last - first) * np.arange(days, dtype=np.int64) // max(days - 1, 1)


def _within(weights: Ints, low: int, high: int) -> Ints:
    """Give the first and the last day the part of their weight that lies within the bounds; never nothing."""
    weights = weights * 64
    if len(weights) == 1:
        return np.ones(1, np.int64)
    first, last = DAY - low % DAY, high % DAY + 1
    weights[0] = max(1, int(weights[0]) * first // DAY)
    weights[-1] = max(1, int(weights[-1]) * last // DAY)
    return weights
