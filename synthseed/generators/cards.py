"""Make payment cards: the start of a brand, and a check digit that is wrong, so that no card is anybody's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthseed import chunk
from synthseed.cells import Cells, merged, texts
from synthseed.generators import patterns
from synthseed.generators.base import Rows, Setting
from synthseed.generators.drawn import Drawn, group_of, is_numeric, length_of, one_per_index
from synthseed.generators.patterns import Codes, codes, digits, no_luhn
from synthseed.plan import Semantic
from synthseed.streams import Ints, below, scrambled

CARD_FIELDS = ("card_number", "card_last4", "card_brand", "card_expiry", "cvv")
# A start of each brand, as often as it is seen; Amex numbers have 15 digits.
CARDS = (
    *(("Visa", start) for start in ("4024", "4111", "4265", "4390", "4539", "4716", "4842", "4929")),
    *(("Mastercard", start) for start in ("5105", "5212", "5336", "5424", "5577")),
    ("American Express", "343"), ("American Express", "378"), ("Discover", "6011"),
)  # fmt: skip
CARD_FREE = 11


def build_card(gen: Semantic, setting: Setting) -> Drawn:
    """Return the generator of one field of a card; `gen.group` names the card."""
    group, size = group_of("card", gen.group), len(CARDS) * 10**CARD_FREE
    make = {"card_number": _card_number, "card_last4": _card_last4, "card_brand": _card_brand, "card_expiry": _card_expiry, "cvv": _cvv}[
        gen.type
    ](setting)
    return Drawn(group, size, make, injective=gen.type == "card_number", find=_find_card if gen.type == "card_number" else None)


def _pan(index: Ints) -> tuple[Codes, Ints]:
    """Return 16 characters of each card, right-aligned, and its slot; the Luhn digit is wrong."""
    free, slot = np.divmod(index, len(CARDS))
    body = digits(free, CARD_FREE)
    starts = codes([start.rjust(4, "0") for _, start in CARDS])
    whole = np.concatenate([starts[slot], body], axis=1)
    return np.concatenate([whole, no_luhn(whole)], axis=1), slot


_SHORT = np.array([len(start) == 3 for _, start in CARDS])


def _card_number(setting: Setting) -> Callable[[Ints, Rows], Cells]:
    def make(index: Ints, rows: Rows) -> Cells:
        pan, slot = _pan(index)
        if is_numeric(setting):
            return patterns._number(pan)
        short = _SHORT[slot]
        parts = [(at, texts(chunk.fixed_text(pan[at][:, skip:]))) for at, skip in ((np.flatnonzero(~short), 0), (np.flatnonzero(short), 1))]
        return merged(parts, len(index))

    return make


def _find_card(values: Cells) -> Ints:
    found = np.full(len(values), -1, np.int64)
    wide = chunk.lengths(values.array)
    starts = {start.rjust(4, "0"): slot for slot, (_, start) in enumerate(CARDS)}
    for width in (15, 16):
        at = np.flatnonzero(wide == width)
        if not len(at):
            continue
        matrix = np.frombuffer(chunk.content(chunk.take(values.array, at)), np.uint8).reshape(len(at), width)
        matrix = np.concatenate([np.full((len(at), 16 - width), 48, np.uint8), matrix], axis=1)
        slot = np.array([starts.get(bytes(row[:4]).decode("ascii", "replace"), -1) for row in matrix], np.int64)
        free = np.zeros(len(at), np.int64)
        for column in range(4, 15):
            free = free * 10 + matrix[:, column] - 48
        fine = (slot >= 0) & (free >= 0) & (free < 10**CARD_FREE)
        index = np.where(fine, free * len(CARDS) + slot, 0)
        found[at] = np.where(fine & (_pan(index)[0] == matrix).all(axis=1), index, -1)
    return found


def _card_last4(setting: Setting) -> Callable[[Ints, Rows], Cells]:
    def make(index: Ints, rows: Rows) -> Cells:
        pan, _ = _pan(index)
        return patterns._number(pan[:, 12:]) if is_numeric(setting) else texts(chunk.fixed_text(pan[:, 12:]))

    return make


def _card_brand(setting: Setting) -> Callable[[Ints, Rows], Cells]:
    length = length_of(setting) or 99
    labels = setting.column.type.labels if setting.column else ()
    names = [next((label for label in labels if label.lower()[:4] == brand.lower()[:4]), brand) for brand, _ in CARDS]
    names = [name if len(name) <= length else name.split()[-1][:length].strip() for name in names]
    if labels:
        names = [name if name in labels else labels[0] for name in names]
    make = one_per_index(names)
    return lambda index, rows: make(index % len(CARDS))


def _mixed(index: Ints, salt: int, bound: int) -> Ints:
    return below(scrambled(index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt)), bound)


def _card_expiry(setting: Setting) -> Callable[[Ints, Rows], Cells]:
    """Write month/year, one month to four years after the row's `as_of`."""
    wide = (length_of(setting) or 7) >= 7

    def make(index: Ints, rows: Rows) -> Cells:
        months = (rows.as_of // 86_400_000_000).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1 + _mixed(index, 5, 48)
        year, month = 1970 + months // 12, months % 12 + 1
        return texts(chunk.join(chunk.text_of(month, 2), "/", chunk.text_of(year if wide else year % 100, 2)))

    return make


def _cvv(setting: Setting) -> Callable[[Ints, Rows], Cells]:
    def make(index: Ints, rows: Rows) -> Cells:
        matrix = digits(_mixed(index, 7, 1000), 3)
        return patterns._number(matrix) if is_numeric(setting) else texts(chunk.fixed_text(matrix))

    return make
