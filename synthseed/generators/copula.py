"""Bend one draw after another: a Gaussian copula of two ranks, in integers.

A rank is a position in [0, 2**32). Two positions become normal deviates, are mixed by a correlation, and become a position
again, which is as even as before. So a column that follows another keeps its own distribution, whatever that is. The one
table here is the normal distribution function; it is worked out with whole numbers, since `erf` and `exp` of two machines
differ in their last bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import isqrt

import numpy as np

from synthseed.streams import Ints, Words

PI = Fraction("3.14159265358979323846264338327950288419716939937510")
EDGE = 8  # standard deviations: what is left outside is 1.2e-15, less than a unit of the table
KNOTS = 256  # per standard deviation: between two of them the function is off by at most 5e-7
FINE = 24  # bits of a standard deviation
INSIDE = 16  # of these, bits between two knots
AREA = 48  # bits of a probability
WEIGHT = 30  # bits of a weight
EXACT = 160  # bits that the series is summed with: at 8 deviations its terms rise to 2**43 before they fall


@dataclass(frozen=True, slots=True)
class Weights:
    """Hold what a deviate takes of another and of its own, in parts of 2**30: their squares add up to 2**60."""

    other: int
    own: int


def weights(rho: Decimal) -> Weights:
    """Return the weights that give two columns the rank correlation `rho`.

    Ranks of normal deviates with the correlation r have 6 / pi * asin(r / 2), so r is 2 * sin(pi * rho / 6) (Pearson,
    "On further methods of determining correlation", 1907).
    """
    with localcontext(Context(prec=40)):
        angle = Decimal(PI.numerator) / Decimal(PI.denominator) * rho / 6
        term, total, place = angle, Decimal(0), 1
        while abs(term) > Decimal(10) ** -30:
            total += term
            term = -term * angle * angle / ((place + 1) * (place + 2))
            place += 2
        other = int((2 * total * 2**WEIGHT).to_integral_value())
    return Weights(other, isqrt(2 ** (2 * WEIGHT) - other * other))


@lru_cache(maxsize=1)
def normal() -> Ints:
    """Return the normal distribution function from -8 to 8 in steps of 1/256, in parts of 2**48; never falling."""
    root = isqrt((1 << 3 * EXACT) // int(2 * PI * 2**EXACT))  # 1 / sqrt(2 pi)
    upper = [min(int((1 << AREA - 1) + (_series(knot) * root >> 2 * EXACT - AREA)), 1 << AREA) for knot in range(EDGE * KNOTS)]
    lower = [(1 << AREA) - area for area in upper[:0:-1]]
    return np.array([0, *lower, *upper, 1 << AREA], np.int64)


def _series(knot: int) -> int:
    """Return z - z**3 / (2 * 3) + z**5 / (8 * 5) - ... for z = knot / 256 (Abramowitz, Stegun 26.2.10), times 2**160."""
    term, total, place = knot << EXACT - 8, 0, 0
    while term:
        total += (-1) ** place * (term // (2 * place + 1))
        place += 1
        term = term * knot * knot // (place << 17)
    return total


def deviate(position: Ints) -> Ints:
    """Return the normal deviate of each position in [0, 2**32), in parts of 2**24 of a standard deviation."""
    table = normal()
    area = (position << AREA - 32) + (1 << AREA - 33)
    knot = np.searchsorted(table, area, "right") - 1
    low = table[knot]
    return (knot << INSIDE) - (EDGE << FINE) + ((area - low) << INSIDE) // (table[knot + 1] - low)


def undeviate(value: Ints) -> Ints:
    """Return the position of each deviate: the inverse of `deviate`, on the same lines between the same knots."""
    table = normal()
    place = np.clip(value + (EDGE << FINE), 0, (2 * EDGE << FINE) - 1)
    knot, inside = place >> INSIDE, place & (1 << INSIDE) - 1
    area = table[knot] + ((table[knot + 1] - table[knot]) * inside >> INSIDE)
    return np.minimum(area >> AREA - 32, 2**32 - 1)


def bent(own: Words, other: Ints, by: Weights) -> Words:
    """Return draws whose ranks follow other ranks.

    Args:
        own: The column's own draws, shape (n,).
        other: Positions in [0, 2**32) of the cells that are followed, shape (n,).
        by: How much of each.
    """
    mixed = by.other * deviate(other) + by.own * deviate((own >> np.uint64(32)).view(np.int64))
    return undeviate(mixed >> WEIGHT).astype(np.uint64) << np.uint64(32) | own & np.uint64(2**32 - 1)
