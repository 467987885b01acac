"""Encode decimals as PostgreSQL's numeric: groups of four decimal digits, the first one's weight, sign and scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from synthseed.loaders.text_forms import is_narrow, wide
from synthseed.streams import Words

BASE = np.uint64(10_000)
HALF, LOW = np.uint64(32), np.uint64(2**32 - 1)
NEGATIVE = 0x4000


def numeric_fields(array: pa.Array) -> tuple[np.dtype[Any], Callable[[np.ndarray], None]]:
    """Return the layout of a decimal128 column's values, and the function that fills it.

    All values of a chunk get as many groups as the largest needs: `numeric_recv` strips the zeros in front and behind,
    so the stored value is the shortest, and the layout has one width.
    """
    scale = array.type.scale
    low, high = wide(array)
    narrow = is_narrow(low, high)
    negative = high < 0
    size = [_magnitude(low)] if narrow else _limbs(low, high, negative)
    last = scale % 4 or 4  # digits of the last group that the unit reaches; the rest of it is zeros
    behind = -(-scale // 4)  # groups behind the point; below 0 where the scale is
    count = _groups(size, last)
    layout = np.dtype([("count", ">i2"), ("weight", ">i2"), ("sign", ">u2"), ("scale", ">i2"), ("digits", ">i2", (count,))])

    def fill(out: np.ndarray) -> None:
        out["count"], out["weight"], out["scale"] = count, count - 1 - behind, max(scale, 0)
        out["sign"] = np.where(negative, NEGATIVE, 0)
        rest, digits = size, out["digits"]
        rest, part = _divided(rest, np.uint64(10**last))
        digits[:, count - 1] = part * np.uint64(10 ** (4 - last))
        for at in range(count - 2, -1, -1):
            rest, digits[:, at] = _divided(rest, BASE)

    return layout, fill


def _magnitude(values: np.ndarray) -> Words:
    # numpy's abs of the smallest int64 is itself, and as uint64 that is its magnitude.
    return np.abs(values).astype(np.uint64)


def _limbs(low: np.ndarray, high: np.ndarray, negative: np.ndarray) -> list[Words]:
    """Return magnitudes of 128 bits as four limbs of 32, the highest first."""
    low, high = np.ascontiguousarray(low).view(np.uint64), np.ascontiguousarray(high).view(np.uint64)
    flipped = np.where(negative, ~low + np.uint64(1), low)
    top = np.where(negative, ~high + (flipped == 0), high).astype(np.uint64)
    return [top >> HALF, top & LOW, flipped >> HALF, flipped & LOW]


def _divided(size: list[Words], divisor: np.uint64) -> tuple[list[Words], Words]:
    """Return quotient and remainder: long division, a limb at a time."""
    if len(size) == 1:
        quotient = size[0] // divisor
        return [quotient], size[0] - quotient * divisor
    rest, quotients = np.zeros_like(size[0]), []
    for limb in size:
        part = rest << HALF | limb
        quotient = part // divisor
        quotients.append(quotient)
        rest = part - quotient * divisor
    return quotients, rest


def _groups(size: list[Words], last: int) -> int:
    largest = sum(int(limb.max(initial=0)) << 32 * at for at, limb in enumerate(reversed(size)))
    return max(1, 1 + -(-(len(str(largest)) - last) // 4)) if largest else 1
