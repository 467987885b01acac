"""Draw numbers by counter: streams, bijections with inverses, urns that grow, and curves. Integers only, no state.

Every cell is a pure function of (seed, table, group, row) and of the editions on record; this file holds the functions
that it is made of. `docs/law.md` says what they promise and `tests/law/law.py` states them as a specification that this
file agrees with, value for value. Positions are int64; streams are uint64.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthseed.errors import need

Ints = NDArray[np.int64]  # shape (n,): positions, members, keys, values
Words = NDArray[np.uint64]
NULL = int(np.iinfo(np.int64).min)
GOLDEN, WORD = 0x9E3779B97F4A7C15, 2**64 - 1
ROUNDS = 6  # with 3 rounds a domain of 3 is off by 80 standard deviations over 20,000 keys, with 5 a domain of 4 by 9


def scrambled(word: Words) -> Words:
    """Finalise uint64 words (Stafford's variant 13, as in SplitMix64): a bijection on 64 bits."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Stream:
    """Numbers named by (seed, names): its own odd increment, so two streams are never shifts of each other.

    SplitMix with a gamma per stream: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """

    gamma: int
    offset: int

    @staticmethod
    def named(seed: int, *names: object) -> Stream:
        """Return the stream of a seed and some names; each is written with its length, so they cannot be cut differently."""
        parts = [str(part).encode() for part in (seed, *names)]
        text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)  # ('ab','c') is not ('a','bc')
        digest = hashlib.blake2b(text, digest_size=16).digest()
        gamma = int.from_bytes(digest[:8], "little") | 1
        if (gamma ^ gamma >> 1).bit_count() < 24:  # mixGamma of the paper: too regular increments
            gamma ^= 0xAAAAAAAAAAAAAAAA
        return Stream(gamma, int.from_bytes(digest[8:], "little"))

    def bits(self, numbers: Ints) -> Words:
        """Return one uint64 per number; any order, any subset."""
        return scrambled(np.asarray(numbers, np.int64).astype(np.uint64) * np.uint64(self.gamma) + np.uint64(self.offset))

    def key(self, number: int) -> int:
        """Return the bits of one number, as the key of a shuffle."""
        return int(self.bits(np.array([number]))[0])

    def again(self, attempt: int) -> Stream:
        """Return the stream of a later attempt: the attempt number is in the key."""
        return self if attempt == 0 else Stream(self.gamma, int(scrambled(np.array([self.offset + attempt * GOLDEN & WORD], np.uint64))[0]))


def below(bits: Words, bound: Ints | int) -> Ints:
    """Return floor(bits * bound / 2**64) in [0, bound), for 1 <= bound < 2**63, by halves (Lemire, TOMACS 2019)."""
    bound, half, low_half = np.asarray(bound).astype(np.uint64), np.uint64(32), np.uint64(2**32 - 1)
    low, high = bound & low_half, bound >> half
    middle = (bits >> half) * low + ((bits & low_half) * low >> half)
    if not high.any():
        return (middle >> half).astype(np.int64)
    carry = (bits & low_half) * high + (middle & low_half)
    return ((bits >> half) * high + (middle >> half) + (carry >> half)).astype(np.int64)


# ---------------------------------------------------------------------------------------------- bijections
def _rounds(size: Ints | int, key: Any) -> tuple[Words, Words, list[tuple[Words, Words]]]:
    last = np.atleast_1d(np.asarray(size, np.int64)) - 1
    high = last >> 32  # in halves, since a float rounds above 2**53 and the bit length must be exact
    width = np.where(high > 0, np.frexp(high)[1] + 32, np.frexp(last)[1]).astype(np.uint64)
    words = [scrambled(np.atleast_1d(np.asarray(key, np.uint64)) + np.uint64(GOLDEN * turn & WORD)) for turn in range(1, ROUNDS + 1)]
    steps = [(word | np.uint64(1), word >> np.uint64(32) | word << np.uint64(32)) for word in words]
    return (np.uint64(1) << width) - np.uint64(1), (width + np.uint64(1)) >> np.uint64(1), steps


def _walk(one: Callable[[Words, Any], Words], position: Ints, size: Ints | int) -> Ints:
    """Apply a bijection of [0, 2**k) until inside [0, size) (cycle walking: Black, Rogaway, CT-RSA 2002)."""
    size = np.atleast_1d(np.asarray(size, np.uint64))
    word = one(position.astype(np.uint64), slice(None))
    todo = np.flatnonzero(word >= size)
    while len(todo):
        word[todo] = again = one(word[todo], todo)
        todo = todo[again >= _at(size, todo)]
    return word.view(np.int64)


def shuffle(position: Ints, size: Ints | int, key: Any) -> Ints:
    """Carry [0, size) onto itself, keyed; size and key are one for all or one per position.

    Rounds of multiply-add and xor-shift on k bits, each invertible: a third of the cost of a Feistel network with `%`.
    """
    mask, shift, steps = _rounds(size, key)

    def one(word: Words, at: Any) -> Words:
        for factor, term in steps:
            word *= _at(factor, at)
            word += _at(term, at)
            word &= _at(mask, at)
            word ^= word >> _at(shift, at)
        return word

    return _walk(one, position, size)


def unshuffle(position: Ints, size: Ints | int, key: Any) -> Ints:
    """Undo `shuffle`: the xor-shift by half the width is its own inverse, the odd factor has one modulo 2**64."""
    mask, shift, steps = _rounds(size, key)
    back = [(_inverse(factor), term) for factor, term in reversed(steps)]

    def one(word: Words, at: Any) -> Words:
        for factor, term in back:
            word ^= word >> _at(shift, at)
            word -= _at(term, at)
            word *= _at(factor, at)
            word &= _at(mask, at)
        return word

    return _walk(one, position, size)


def _inverse(odd: Words) -> Words:
    guess: Words = odd * np.uint64(3) ^ np.uint64(2)  # 5 bits right; Newton doubles them: 5, 10, 20, 40, 80
    for _ in range(4):
        guess = guess * (np.uint64(2) - odd * guess)
    return guess


def _at(value: Any, index: Any) -> Any:
    return value if np.size(value) == 1 else value[index]


def ball(
    stream: Stream,
    ordinal: Ints,
    drawn: Sequence[Ints | int],
    size: Sequence[Ints | int],
    owner: Ints | None = None,
    taken: Sequence[Ints] | None = None,
) -> Ints:
    """Return the ball of each draw without replacement from an urn that grows: O(editions), never the same ball twice.

    drawn[k] and size[k]: balls drawn before edition k, and balls in the urn in edition k; drawn has one entry more.
    Edition k shuffles the places [drawn[k], size[k]) and leaves the drawn ones alone. So f(k) is a bijection of
    [0, size[k]) that agrees with f(k - 1) on all that was drawn: the lazy Fisher-Yates shuffle, closed at each edition.
    Each owner has an urn of its own. taken[k]: the places to pass over in edition k (see `taken_places`).
    """
    place = ordinal.copy()
    edition = sum((ordinal >= drawn[k + 1] for k in range(len(size))), np.zeros(len(ordinal), np.int64))
    for k in reversed(range(len(size))):
        at = np.flatnonzero((edition >= k) & (place < size[k]) & (np.asarray(drawn[k + 1]) > drawn[k]))
        if len(at):
            base, key = _at(drawn[k], at), stream.again(k + 1)
            keys = key.key(0) if owner is None else key.bits(owner[at])
            over = np.zeros(0, np.int64) if taken is None else taken[k]
            free = shuffle(place[at] - base, _at(size[k], at) - base - len(over), keys)
            place[at] = base + free + np.searchsorted(over - np.arange(len(over)), free, "right")  # the free-th place not taken
    return place


def taken_places(stream: Stream, found: Sequence[Ints], drawn: Sequence[int], size: Sequence[int]) -> list[Ints]:
    """Return per edition the sorted places, from drawn[k] on, of the balls found taken: values that rows not ours hold.

    O(balls found) memory, the only array in the law besides the keys that stand. Places after the free ones are theirs.
    """
    taken: list[Ints] = []
    for k in range(len(size)):
        place = np.unique(np.concatenate(found[: k + 1]))
        place = place[place < size[k]]
        for j in (j for j in range(k) if drawn[j + 1] > drawn[j]):
            at = np.flatnonzero((place >= drawn[j]) & (place < size[j]))
            local, free = place[at] - drawn[j], size[j] - drawn[j] - len(taken[j])
            before = np.searchsorted(taken[j], local)
            theirs = np.isin(local, taken[j])
            back = unshuffle(np.where(theirs, 0, local - before), max(free, 1), stream.again(j + 1).key(0))
            place[at] = drawn[j] + np.where(theirs, free + before, back)
        need(bool((place >= drawn[k]).all()), "a value found standing is one that a row of ours was given: rows were changed by hand")
        need(
            drawn[k + 1] <= size[k] - len(place),
            f"{drawn[k + 1]} draws after edition {k + 1}, {size[k]} values less {len(place)} found standing",
        )
        taken.append(np.sort(place) - drawn[k])
    return taken


def corner(cell: Ints, heights: Sequence[int], widths: Sequence[int]) -> tuple[Ints, Ints]:
    """Number the cells of a growing rectangle so that the rectangle of edition k is exactly [0, heights[k] * widths[k])."""
    area = np.array([0, *(h * w for h, w in zip(heights, widths, strict=True))])
    edition = np.searchsorted(area, cell, "right") - 1
    top, left = np.array([0, *heights])[edition], np.array([0, *widths])[edition]
    wide, more = np.array(widths)[edition], np.array(widths)[edition] - left
    rest, below_top = cell - area[edition], (np.array(heights)[edition] - top) * wide
    low = rest < below_top  # first the new heights over every width, then the old heights over the new widths
    beside, more = rest - below_top, np.maximum(more, 1)
    return np.where(low, top + rest // wide, beside // more), np.where(low, rest % wide, left + beside % more)


# ---------------------------------------------------------------------------------------------- curves
def apportion(total: int, weights: Sequence[int], room: Sequence[int]) -> list[int]:
    """Share `total` by weight, none above its room, exactly (Hamilton's method, filled again while some are full)."""
    given = [0] * len(room)
    while total:
        free = [i for i in range(len(room)) if given[i] < room[i]]
        weight = {i: weights[i] for i in free} if any(weights[i] for i in free) else dict.fromkeys(free, 1)
        whole = sum(weight.values())
        parts = {i: min(room[i] - given[i], total * weight[i] // whole) for i in free}
        if not any(parts.values()):
            parts = dict.fromkeys(free[:total], 1)
        for i, part in parts.items():
            given[i] += part
        total -= sum(parts.values())
    return given


Shape = Sequence[tuple[int, int]]  # (parts of the parents, parts of the children), the busiest first: a Lorenz curve
Caps = list[tuple[int, int]]  # (ranks, most children of each): runs of ranks in order


def _pieces(parents: int, caps: Caps, shape: Shape) -> list[tuple[int, int, int]]:
    """Return (ranks, cap, weight) between all marks of shape and caps; a part of the shape cut in two shares its weight."""
    whole = sum(part for part, _ in shape)
    parts = [sum(part for part, _ in shape[:i]) * parents // whole for i in range(len(shape) + 1)]
    runs = [sum(ranks for ranks, _ in caps[:i]) for i in range(len(caps) + 1)]
    pieces = []
    for low, high in pairwise(sorted({*parts, *runs})):
        part, run = bisect_right(parts, low) - 1, bisect_right(runs, low) - 1
        pieces.append((high - low, caps[run][1], (shape[part][1] * (high - low) << 32) // (parts[part + 1] - parts[part])))
    return pieces


@lru_cache
def zipf(parents: int, exponent: str) -> Shape:
    """Return rank**-exponent by octaves of rank; decimal arithmetic, because float `pow` differs between machines."""
    edges = [1 << octave for octave in range((parents + 1).bit_length())] + [parents + 1]
    with localcontext(Context(prec=28)):
        power = 1 - Decimal(exponent)
        mass = [(middle**power - 1) / power if power else middle.ln() for middle in (edge - Decimal("0.5") for edge in edges)]
    return [(b - a, int((high - low) * 10**9) or 1) for a, b, low, high in zip(edges, edges[1:], mass, mass[1:], strict=False) if b > a]


@dataclass(frozen=True)
class Curve:
    """Cut `rows` children into blocks of parents by rank: integers only, O(knots) memory, O(log knots) time.

    Between two knots the blocks are floor((rank - r) * ds / dr): sizes differ by at most one, and the inverse is closed.
    """

    ranks: Ints
    slots: Ints

    @staticmethod
    def cut(parents: int, rows: int, least: int = 0, most: int | Caps | None = None, shape: Shape = ((1, 1),)) -> Curve:
        """Share the rows by shape, each parent from least to most; `most` may differ by run of ranks."""
        caps = most if isinstance(most, list) else [(parents, max(rows, 1) if most is None else most)]
        room = sum(ranks * cap for ranks, cap in caps)
        need(
            least * parents <= rows <= room,
            f"{rows} rows asked, {parents} parents take {least} to {max(cap for _, cap in caps)} each: {least * parents} to {room}",
        )
        pieces = _pieces(parents, caps, shape)
        extra = apportion(rows - least * parents, [weight for _, _, weight in pieces], [(cap - least) * ranks for ranks, cap, _ in pieces])
        steps = [(0, 0), *((ranks, least * ranks + more) for (ranks, _, _), more in zip(pieces, extra, strict=True))]
        need(all(ranks * slots < 2**62 for ranks, slots in steps), f"{parents} parents x {rows} rows overflow: cut the shape finer")
        return Curve(*(np.cumsum(column) for column in np.array(steps, np.int64).T))

    def _segment(self, knots: Ints, value: Ints) -> tuple[Ints, Ints, Ints]:
        i = np.clip(np.searchsorted(knots, value, "right") - 1, 0, len(knots) - 2)
        return i, np.diff(self.ranks)[i], np.diff(self.slots)[i]

    def start(self, rank: Ints) -> Ints:
        """Return the first slot of each rank in [0, parents]."""
        i, ranks, slots = self._segment(self.ranks, rank)
        return self.slots[i] + (rank - self.ranks[i]) * slots // ranks

    def rank(self, slot: Ints) -> Ints:
        """Return the rank whose block holds each slot: the largest r with floor(r * ds / dr) <= slot."""
        i, ranks, slots = self._segment(self.slots, slot)
        return self.ranks[i] + ((slot - self.slots[i] + 1) * ranks - 1) // slots

    def longest(self, rank: int) -> int:
        """Return the largest block of the segment that holds a rank: blocks there are floor or ceiling of its slope."""
        _, ranks, slots = self._segment(self.ranks, np.array([rank]))
        return -(-int(slots[0]) // int(ranks[0]))

    def pick(self, bits: Words) -> Ints:
        """Return a random rank by share; for a curve cut over 2**32 rows. No float, so the same on every machine."""
        i, ranks, _ = self._segment(self.slots, (bits >> np.uint64(32)).astype(np.int64))
        return self.ranks[i] + below(scrambled(bits), ranks)
