"""Number the texts of a unique template, and read the number back from a text; or see that a running number tells them apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, Form, texts
from synthseed.generators.base import Rows, Space
from synthseed.generators.choices import Values
from synthseed.generators.template_parts import Context, Names, Random, Running, Whole
from synthseed.generators.templates import Part, Pool, Slot, Written
from synthseed.streams import Ints

LARGEST = 2**62  # numbers of a space; tokens beyond it are drawn freely
ENOUGH = 2**31  # texts: with as many the order of the tokens decides which of them are counted
DIGIT = frozenset("0123456789")


# ---------------------------------------------------------------------------------------------- running numbers
def counts(templates: Sequence[Written]) -> bool:
    """Return True where the running number can be read back from every text, by one rule: no two rows are alike."""
    rules = [_rules(template.parts) for template in templates]
    return bool(rules) and bool(frozenset.intersection(*rules))


def _rules(parts: Sequence[Part]) -> frozenset[tuple[str, int, int]]:
    """Return the ways to find the running number: so many characters from an end, and all digits from there.

    `fixed`: between so many characters at the front and the back. `back`: the digits that end before so many
    characters; `front`: those that begin after so many. Both need a character that is no digit, or nothing, beyond.
    """
    found: set[tuple[str, int, int]] = set()
    for place, part in enumerate(parts):
        if not isinstance(part, Running):
            continue
        before, after = parts[:place], parts[place + 1 :]
        front, back = _width(before), _width(after)
        if front is not None and back is not None:
            found.add(("fixed", front, back))
        if back is not None and (not before or _no_digit(before[-1], -1)):
            found.add(("back", back, 0))
        if front is not None and (not after or _no_digit(after[0], 0)):
            found.add(("front", front, 0))
    return frozenset(found)


def _width(parts: Sequence[Part]) -> int | None:
    sizes = [len(part) if isinstance(part, str) else part.width for part in parts]
    return None if any(size is None for size in sizes) else sum(size or 0 for size in sizes)


def _no_digit(part: Part, end: int) -> bool:
    if isinstance(part, Random):
        return not set(part.alphabet) & DIGIT
    return isinstance(part, str) and part[end] not in DIGIT


# ---------------------------------------------------------------------------------------------- spaces
@dataclass(frozen=True)
class Digit:
    """Be one digit of a number in mixed radix: the draw of a part, and how to read it back from its text."""

    names: Names
    turn: int
    size: int
    part: int
    read: Callable[[pa.Array], Ints]


@dataclass(frozen=True)
class Numbered:
    """Number the texts of one template: its random tokens are the digits of the number, in mixed radix.

    A slot is the most significant digit, so that values added to it give new numbers and move none.
    """

    template: Written
    digits: tuple[Digit, ...]
    pattern: str

    @property
    def size(self) -> int:
        """Return how many texts there are."""
        return _size(self.digits)

    def decode(self, index: Ints, rows: Rows) -> Cells:
        """Return the text of each number; other cells that it holds are those of the rows."""
        given = {}
        for digit in reversed(self.digits):
            index, value = np.divmod(index, digit.size)
            given[digit.names, digit.turn] = value
        return texts(self.template.text(Context(rows, given=given)).array)

    def encode(self, values: Cells) -> Ints:
        """Return the number of each text, -1 for one that the template can't write, and for NULL."""
        if values.form is not Form.TEXT or not len(values):
            return np.full(len(values), -1, np.int64)
        found = pc.extract_regex(values.array, pattern=self.pattern)
        there = chunk.unpacked(found.is_valid()) & values.mask()
        index = np.zeros(len(values), np.int64)
        at = np.flatnonzero(there)
        inside = chunk.take(found, at)
        for digit in self.digits:
            value = digit.read(inside.field(f"p{digit.part}"))
            there[at[value < 0]] = False
            index[at] = index[at] * digit.size + value
        return np.where(there, index, -1)


def space_of(pool: Pool) -> Space | None:
    """Return the space of a pool of one template whose random tokens can be read back, or of texts without tokens."""
    if not pool.moving:
        distinct = list({template.literal: None for template in pool.templates})
        return Values(texts(chunk.strings(text or "" for text in distinct)))
    if len(pool.templates) > 1 or not _readable(pool.templates[0].parts):
        return None
    template = pool.templates[0]
    digits = [digit for place, part in enumerate(template.parts) for digit in _digits(part, place)]
    digits.sort(key=lambda digit: not isinstance(template.parts[digit.part], Slot))
    kept = _numbering(digits) if _size(digits) > LARGEST else digits
    return Numbered(template, tuple(kept), _pattern(template.parts)) if kept else None


def _numbering(digits: Sequence[Digit]) -> list[Digit]:
    """Return the digits that a number has room for: the first ones, unless that leaves few texts and larger digits follow.

    `{int:1-9}{digits:18}` has room for either of the two: nine texts, or a million million million.
    """
    first = _fitting(digits)
    if _size(first) >= ENOUGH:
        return first
    largest = {id(digit) for digit in _fitting(sorted(digits, key=lambda digit: -digit.size), skip=True)}
    return [digit for digit in digits if id(digit) in largest]


def _fitting(digits: Sequence[Digit], *, skip: bool = False) -> list[Digit]:
    kept: list[Digit] = []
    for digit in digits:
        if _size(kept) * digit.size <= LARGEST:
            kept.append(digit)
        elif not skip:
            break
    return kept


def _size(digits: Sequence[Digit]) -> int:
    return prod(digit.size for digit in digits)


def _readable(parts: Sequence[Part]) -> bool:
    """Return True where a text falls apart into its parts in one way only.

    At most one part has no fixed width; or each of them ends before a character that it can't hold, or at the end.
    """
    loose = [place for place, part in enumerate(parts) if not isinstance(part, str) and part.width is None]
    slots = [part.name for part in parts if isinstance(part, Slot)]
    if len(slots) != len(set(slots)):
        return False  # the same slot twice: the second depends on the first
    return len(loose) <= 1 or all(_ends(parts[place], parts[place + 1 :]) for place in loose)


def _ends(part: Part, after: Sequence[Part]) -> bool:
    held = _characters(part)
    if held is None:
        return False
    return not after or (isinstance(after[0], str) and after[0][0] not in held)


def _characters(part: Part) -> frozenset[str] | None:
    if isinstance(part, Whole):
        return DIGIT | {"-"} if part.low < 0 else DIGIT
    if isinstance(part, Slot) and not part.pool.moving:
        return frozenset(char for template in part.pool.templates for char in template.literal or "")
    return None


def _digits(part: Part, place: int) -> list[Digit]:
    if isinstance(part, Random):
        table = np.full(256, -1, np.int64)
        table[np.frombuffer(part.alphabet.encode(), np.uint8)] = np.arange(len(part.alphabet))
        start, found = 0, []
        for turn, count in enumerate(part.turns):
            found.append(Digit(part.names, turn, len(part.alphabet) ** count, place, _reader(table, part, start, count)))
            start += count
        return found
    if isinstance(part, Whole):
        low = part.low
        return [Digit(part.names, 0, part.high - low + 1, place, lambda array: _number(array) - low)]
    if isinstance(part, Slot) and not part.pool.moving and not part.filters:
        words = [template.literal or "" for template in part.pool.templates]
        if len({word.casefold() for word in words}) < len(words):
            return []  # a collation may hold two of them equal
        values = Values(texts(chunk.strings(words)))
        return [Digit(part.pool.names, 0, len(words), place, lambda array: values.encode(texts(array)))]
    return []


def _number(array: pa.Array) -> Ints:
    found: Ints = chunk.view(array.cast(pa.int64()))
    return found


def _reader(table: np.ndarray, part: Random, start: int, count: int) -> Callable[[pa.Array], Ints]:
    def read(array: pa.Array) -> Ints:
        codes = np.frombuffer(chunk.content(array), np.uint8).reshape(-1, part.count)[:, start : start + count]
        value = np.zeros(len(codes), np.int64)
        for place in range(count):
            value = value * len(part.alphabet) + table[codes[:, place]]
        return value

    return read


def _pattern(parts: Sequence[Part]) -> str:
    """Return a pattern of ours for RE2 that takes a text apart; nothing of a plan is in it but escaped."""
    found = [_escaped(part) if isinstance(part, str) else f"(?P<p{place}>{_shape(part)})" for place, part in enumerate(parts)]
    return rf"\A{''.join(found)}\z"


def _shape(part: Part) -> str:
    if isinstance(part, Random):
        return f"[{part.alphabet}]{{{part.count}}}"
    if isinstance(part, Whole):
        return "0|-?[1-9][0-9]{0,17}"
    if isinstance(part, Slot) and not part.pool.moving and not part.filters:
        return "|".join(_escaped(template.literal or "") for template in part.pool.templates)
    return r"(?s:.)*" if isinstance(part, str) or part.width is None else f"(?s:.){{{part.width}}}"


def _escaped(text: str) -> str:
    return re.sub(
        r"([^\w\s]|\s)",
        lambda match: "\\" + match[0] if match[0].isascii() and match[0].isprintable() else f"\\x{{{ord(match[0]):x}}}",
        text,
    )
