"""Number persons: a first name, a surname and a variant per number, common names oftener, each with a plain spelling."""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from math import isqrt

import numpy as np
import pyarrow as pa

from synthseed import chunk
from synthseed.errors import PlanError
from synthseed.generators.base import Setting
from synthseed.plan import Semantic
from synthseed.schema import Kind
from synthseed.streams import Ints
from synthseed.words import Words
from synthseed.words_latin import slug
from synthseed.words_names import GENDERS, weights

DOMAINS = ("@example.com", "@example.org", "@example.net")
TOWNS = 24  # domains named after a town, next to the three: leipzig.example
SEPARATORS = (".", "_", "-")
LETTERS = string.ascii_lowercase
PAIRS = tuple(product(SEPARATORS, repeat=2))
FORMS = tuple(
    dict.fromkeys(
        [
            *SEPARATORS,
            *(f".{a}." for a in LETTERS),
            *(f".{a}.{b}." for a in LETTERS for b in LETTERS),
            *(f"{s}{a}{t}" for s, t in PAIRS for a in LETTERS),
            *(f"{s}{a}{t}{b}{u}" for s, t in PAIRS for u in SEPARATORS for a in LETTERS for b in LETTERS),
        ]
    )
)
NUMBERED = 90  # user names may end in 10 to 99
FAMILY_FIRST = {"ja", "ko", "zh", "hu", "vi"}
TWO_SURNAMES = {"es"}
HEAD, ENOUGH_PAIRS = 110, 1000  # surnames that pairs are made of; where fewer fit, a Spaniard has one
SPREAD = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Names:
    """Hold the first and last names that persons are made of, with their plain spellings.

    Attributes:
        first: First names, women's then men's; `women` are women's.
        last: Surnames, as `(women's form, men's form)`.
        first_slots, last_slots: Place of the name per share: a name that is common has several.
        first_turn, last_turn: Which of its name's shares each is.
    """

    language: str
    first: tuple[str, ...]
    women: int
    last: tuple[tuple[str, str], ...]
    first_slug: tuple[str, ...]
    last_slug: tuple[str, ...]
    first_slots: Ints
    last_slots: Ints
    first_turn: Ints
    last_turn: Ints
    first_weight: Ints
    last_weight: Ints
    domains: tuple[str, ...]

    @cached_property
    def shares(self) -> int:
        """Return the numbers of one round: each pair of names as often as its weights say."""
        return len(self.first_slots) * len(self.last_slots)

    @cached_property
    def most(self) -> int:
        """Return the most variants that a pair has in one round."""
        return int(self.first_weight.max() * self.last_weight.max())

    @cached_property
    def rounds(self) -> int:
        """Return how many rounds there are before the forms of an address run out."""
        return max(1, len(FORMS) // self.most)

    @cached_property
    def firsts(self) -> pa.Array:
        """Return the first names."""
        return chunk.strings(self.first)

    @cached_property
    def lasts(self) -> pa.Array:
        """Return the surnames, women's forms before men's."""
        return chunk.strings([*(female for female, _ in self.last), *(male for _, male in self.last)])

    @cached_property
    def first_slugs(self) -> pa.Array:
        """Return the first names in plain letters."""
        return chunk.strings(self.first_slug)

    @cached_property
    def last_slugs(self) -> pa.Array:
        """Return the surnames in plain letters."""
        return chunk.strings(self.last_slug)

    def person(self, index: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the place of the first name and of the surname, and the variant, of each number."""
        rest, a = np.divmod(index, len(self.first_slots))
        turn, b = np.divmod(rest, len(self.last_slots))
        first, last = self.first_slots[a], self.last_slots[b]
        wide = self.last_weight[last]
        variant = self.first_turn[a] * wide + self.last_turn[b]
        if len(turn) and turn.max() > 0:
            variant = variant + turn * (self.first_weight[first] * wide)
        return first, last, variant

    def number(self, first: Ints, last: Ints, variant: Ints) -> Ints:
        """Return the number of a person: `person` undone."""
        wide = self.last_weight[last]
        turn, within = np.divmod(variant, self.first_weight[first] * wide)
        a = _starts(self.first_weight)[first] + within // wide
        b = _starts(self.last_weight)[last] + within % wide
        return np.asarray((turn * len(self.last_slots) + b) * len(self.first_slots) + a, np.int64)


def _places(weight: Ints) -> Ints:
    return np.repeat(np.arange(len(weight)), weight).astype(np.int64)


def _starts(weight: Ints) -> Ints:
    return (np.cumsum(weight) - weight).astype(np.int64)


@lru_cache(maxsize=32)
def _names(locale: str, first_most: int, last_most: int) -> Names:
    words = Words.of(locale)
    first: list[tuple[str, str, int, bool]] = []
    taken: set[str] = set()
    for gender in GENDERS:
        kind = f"first_name.{gender}"
        plain = spellings(words, kind)
        for text, short, weight in zip(words.pool(kind).texts, plain, weights(words, kind), strict=True):
            if len(text) <= first_most and short and len(short) <= first_most and short not in taken:
                taken.add(short)
                first.append((text, short, weight, gender == "female"))
    last = _surnames(words, last_most)
    if not first or not last:
        return _nobody(words.language)
    towns = [short for short in (slug(text, words.language) for text in words.pool("city").texts) if 3 < len(short) < 11]
    towns = towns[:: max(1, len(towns) // TOWNS)][:TOWNS] or ["mail"]
    first_weight = np.array([entry[2] for entry in first], np.int64)
    last_weight = np.array([entry[2] for entry in last], np.int64)
    return Names(
        words.language,
        tuple(entry[0] for entry in first),
        sum(entry[3] for entry in first),
        tuple(entry[0] for entry in last),
        tuple(entry[1] for entry in first),
        tuple(entry[1] for entry in last),
        _places(first_weight),
        _places(last_weight),
        np.arange(first_weight.sum(), dtype=np.int64) - _starts(first_weight)[_places(first_weight)],
        np.arange(last_weight.sum(), dtype=np.int64) - _starts(last_weight)[_places(last_weight)],
        first_weight,
        last_weight,
        tuple(f"@{town}.example" for town in towns),
    )


def _nobody(language: str) -> Names:
    none = np.zeros(0, np.int64)
    return Names(language, (), 0, (), (), (), none, none, none, none, none, none, ())


def spellings(words: Words, kind: str) -> list[str]:
    """Return the plain spelling of each name; a script without one borrows English names, place by place."""
    plain = [slug(text, words.language) for text in words.pool(kind).texts]
    if all(plain):
        return plain
    long = kind.replace("first_name", "spelling") if kind.startswith("first_name") else "founder"
    english = [short for text in Words.of("en_US").pool(long).texts if (short := slug(text))]
    spare = iter([text for text in english if text not in set(plain)])
    return [text or next(spare, "") for text in plain]


def _surnames(words: Words, most: int) -> list[tuple[tuple[str, str], str, int]]:
    """Return (women's and men's form, plain spelling, weight) of each surname; Spaniards have two."""
    single = _single(words, most)
    double: dict[str, tuple[tuple[str, str], str, int]] = {}
    if words.language in TWO_SURNAMES:
        often = sorted(single, key=lambda entry: -entry[2])[:HEAD]
        for a, short_a, weight in often:
            for b, short_b, other in often:
                text = f"{a[0]} {b[0]}"
                if a != b and len(text) <= most:
                    double.setdefault(short_a + short_b, ((text, text), short_a + short_b, isqrt(weight * other)))
    return list(double.values()) if len(double) >= ENOUGH_PAIRS else single


def single_surnames(words: Words, most: int) -> list[tuple[tuple[str, str], str, int]]:
    """Return (the same form twice, plain spelling, 1) of each surname that firms are named after: more than persons have."""
    found: dict[str, tuple[tuple[str, str], str, int]] = {}
    for text, short in zip(words.pool("founder").texts, spellings(words, "founder"), strict=True):
        if short and max(len(short), len(text)) <= most:
            found.setdefault(short, ((text, text), short, 1))
    return list(found.values())


def _single(words: Words, most: int) -> list[tuple[tuple[str, str], str, int]]:
    """Return (women's and men's form, plain spelling, weight) of each surname of the pool."""
    female, male = words.pool("last_name.female").texts, words.pool("last_name.male").texts
    pairs = list(zip(female, male, strict=True)) if len(female) == len(male) else [(text, text) for text in male]
    plain, weight = spellings(words, "last_name.male"), weights(words, "last_name.male")
    found: dict[str, tuple[tuple[str, str], str, int]] = {}
    for pair, short, count in zip(pairs, plain, weight, strict=True):
        if short and max(len(short), *map(len, pair)) <= most:
            found.setdefault(short, (pair, short, count))
    return list(found.values())


# ---------------------------------------------------------------------------------------------- limits
def _limits(gen: Semantic, setting: Setting) -> tuple[int, int]:
    """Return the longest first name and surname that every column of this person can hold."""
    first = last = 10**6
    for plan in setting.plan.columns:
        column = setting.table.by_name.get(plan.column)
        if not isinstance(plan.gen, Semantic) or plan.gen.group != gen.group or column is None or column.type.kind is not Kind.TEXT:
            continue
        length = column.type.length
        if length is None or length >= 64:
            continue
        if plan.gen.type in ("first_name", "middle_name"):
            first = min(first, length)
        elif plan.gen.type == "last_name":
            last = min(last, length)
        elif plan.gen.type in ("full_name", "username", "email"):
            extra = {"full_name": 1, "username": 5, "email": 5 + len(max(DOMAINS, key=len)) + (8 if length >= 40 else 0)}[plan.gen.type]
            first, last = min(first, max((length - extra) * 4 // 9, 2)), min(last, max((length - extra) * 5 // 9, 3))
    return first, last


def names_of(gen: Semantic, setting: Setting) -> Names:
    """Return the names that persons of this table and group are made of."""
    words = Words.of(setting.locale)
    for gender in GENDERS:  # asked for again, so that a plan's record has them though the names are kept
        words.pool(f"first_name.{gender}")
        words.pool(f"last_name.{gender}")
    found = _names(words.locale, *_limits(gen, setting))
    if not found.first:
        raise PlanError(
            f"{setting.where}: no name fits the length of this person's columns; widen them or plan them as a choice or template"
        )
    return found
