"""Cut 2**32 into shares, exactly, and draw from them: weighted choices without a float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from synthseed.errors import PlanError
from synthseed.plan import Tier
from synthseed.streams import Ints, Words, apportion, below, scrambled

WHOLE = 2**32


@dataclass(frozen=True)
class Shares:
    """Draw one of `size` places: a tier by its share, then a place inside it, each as likely.

    Attributes:
        edges: Where each tier ends in [0, 2**32), rising; the last is 2**32.
        starts: First place of each tier.
        counts: Places of each tier.
    """

    edges: Ints
    starts: Ints
    counts: Ints

    @property
    def size(self) -> int:
        """Return the number of places."""
        return int(self.counts.sum())

    def pick(self, bits: Words) -> Ints:
        """Return a place per random word: the high half chooses the tier, the whole word, scrambled again, the place."""
        if len(self.counts) == 1:
            return below(bits, self.size)
        tier = np.searchsorted(self.edges, (bits >> np.uint64(32)).astype(np.int64), "right")
        return self.starts[tier] + below(scrambled(bits), self.counts[tier])

    def ladder(self, order: Ints) -> Ladder:
        """Return the places in another order, each with its own share of 2**32."""
        tiers = zip(np.diff(self.edges, prepend=0), self.counts, strict=True)
        parts = np.concatenate([np.diff(part * np.arange(count + 1) // count) for part, count in tiers])[order]
        return Ladder(np.cumsum(parts), parts, order, np.argsort(order))


@dataclass(frozen=True)
class Ladder:
    """Hold places by their order: where each one's share of [0, 2**32) ends, and how long it is.

    Attributes:
        order: The place at each rank.
        ranks: The rank of each place.
    """

    ends: Ints
    parts: Ints
    order: Ints
    ranks: Ints

    def place(self, position: Ints) -> Ints:
        """Return the place whose share holds each position in [0, 2**32)."""
        return self.order[np.searchsorted(self.ends, position, "right")]

    def position(self, place: Ints, bits: Words) -> Ints:
        """Return a position inside the share of each place."""
        rank = self.ranks[place]
        parts = self.parts[rank]
        return self.ends[rank] - parts + below(bits, np.maximum(parts, 1))


def cut(weights: Sequence[Decimal], counts: Sequence[int]) -> Shares:
    """Return the shares of tiers by relative weights; all alike where every weight is 0."""
    digits = max((max(-int(weight.as_tuple().exponent), 0) for weight in weights), default=0)
    exact = [int(weight.scaleb(digits)) for weight in weights]
    parts = apportion(WHOLE, exact, [WHOLE] * len(exact))
    starts = np.cumsum([0, *counts[:-1]])
    return Shares(np.cumsum(parts).astype(np.int64), starts.astype(np.int64), np.array(counts, np.int64))


def flattened(tiers: Sequence[Tier], where: str) -> tuple[list[str], Shares]:
    """Return the values of all tiers in order, and their shares.

    Raises:
        PlanError: There is no value, or a share is negative.
    """
    kept = [tier for tier in tiers if tier.values]
    if not kept:
        raise PlanError(f"{where}: no values are planned; give at least one tier of {{share, values}}")
    for tier in kept:
        _check_share(tier.share, where)
    values = [value for tier in kept for value in tier.values]
    return values, cut([tier.share for tier in kept], [len(tier.values) for tier in kept])


def weighted(weights: Sequence[Decimal], where: str) -> Shares:
    """Return shares of single places, each with its own weight; PlanError where one is negative or there is none."""
    if not weights:
        raise PlanError(f"{where}: no rows are planned; give at least one")
    for weight in weights:
        _check_share(weight, where)
    return cut(weights, [1] * len(weights))


def _check_share(share: Decimal, where: str) -> None:
    if not share.is_finite() or share < 0:
        raise PlanError(f"{where}: a share is {share}, expected a number from 0; change it in the plan")
