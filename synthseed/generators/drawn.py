"""Make cells that are functions of one number per row, drawn from a space: the shape of every built-in value.

`Drawn` is a generator and, where another number always means another value, its own space. A space has a `natural` size,
from which rows are drawn as long as they fit, and a larger `size` that holds more at its end: the first tier of reserved
identifiers, and the second that is used when a unique column needs more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, numbers, texts
from synthseed.errors import NotBuilt, PlanError
from synthseed.generators.base import Rows, Setting, Space
from synthseed.schema import Kind
from synthseed.streams import Ints

LISTED = 1 << 20  # values of a space that are compared one by one to find a standing value's number
NUMERIC = (Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT)


@dataclass(eq=False)
class Drawn:
    """Make a cell of the number that its row draws.

    Attributes:
        group: Name that numbers are drawn under; columns of one group get the same number.
        size: Numbers there are.
        make: Return the cells of numbers.
        natural: Numbers that are drawn from while the rows fit; the rest follows at the end. 0 means all.
        find: Return the number of each value, -1 for none; None: values are listed and compared.
        injective: True when no two numbers make the same value.
    """

    group: str
    size: int
    make: Callable[[Ints, Rows], Cells]
    natural: int = 0
    find: Callable[[Cells], Ints] | None = None
    injective: bool = False
    version: int = 1
    distinct: bool = False

    def values(self, rows: Rows, /) -> Cells:
        """Return one cell per row. A unique column may be given numbers up to `size`."""
        return self.make(rows.index(self.group, self.natural or self.size), rows)

    def space(self) -> Space | None:
        """Return itself when its values are distinct."""
        return self if self.injective else None

    def decode(self, index: Ints, rows: Rows) -> Cells:
        """Return the value of each number."""
        return self.make(index, rows)

    def encode(self, values: Cells) -> Ints:
        """Return the number of each value, -1 for a value that is not in the space."""
        if self.find is not None:
            found = self.find(values)
        elif self.size <= LISTED:
            found = listed(self.make(np.arange(self.size), _NO_ROWS), values)
        else:
            raise NotBuilt(
                f"{self.group}: rows that stand hold values, and they can't be compared with {self.size} possible ones; "
                "empty the table with --truncate, or plan the column as a template"
            )
        return np.where(values.mask(), found, -1)


class _Nothing:
    """Stand for no rows: what makes values of numbers alone never looks at it."""


_NO_ROWS: Rows = _Nothing()  # type: ignore[assignment]  # a value of a listed space depends on its number only


def listed(every: Cells, values: Cells) -> Ints:
    """Return the place of each value among `every`, -1 where it is not there."""
    if every.form is not values.form:
        return np.full(len(values), -1, np.int64)
    if isinstance(every.values, np.ndarray):
        wanted = values.rescaled(every.scale).ints
        order = np.argsort(every.values, kind="stable")
        place = np.minimum(np.searchsorted(every.values[order], wanted), len(order) - 1)
        return np.where(every.values[order][place] == wanted, order[place], -1)
    return positions(every.array, values.array)


def positions(pool: pa.Array, values: pa.Array) -> Ints:
    """Return the place of each text in a pool of distinct texts, -1 where it is not there."""
    found = pc.index_in(values, value_set=pool)
    there = chunk.unpacked(found.is_valid())
    return np.where(there, chunk.view(found, np.int32).astype(np.int64), -1)


def group_of(kind: str, group: str) -> str:
    """Return the name that the numbers of a group are drawn under."""
    return f"{kind}:{group}"


def is_unique(setting: Setting) -> bool:
    """Return True when the column alone must be unique."""
    return any(key.columns == (setting.name,) and not key.expressions for key in setting.table.keys)


def length_of(setting: Setting) -> int | None:
    """Return the most characters that the column holds; None where unlimited."""
    return setting.column.type.length if setting.column is not None and setting.column.type.kind is Kind.TEXT else None


def is_numeric(setting: Setting) -> bool:
    """Return True when the column holds numbers."""
    return setting.column is not None and setting.column.type.kind in NUMERIC


def fitting(setting: Setting, entries: Sequence[str], what: str) -> list[int]:
    """Return the places of the entries that the column can hold.

    Raises:
        PlanError: None fits.
    """
    length = length_of(setting)
    kept = [at for at, text in enumerate(entries) if length is None or len(text) <= length]
    if kept:
        return kept
    shortest = min(entries, key=len, default="")
    raise PlanError(
        f"{setting.where}: {setting.column.type.sql if setting.column else 'the column'} holds no {what}; the shortest has {len(shortest)} "
        "characters; plan the column as a choice or template"
    )


def pooled(setting: Setting, entries: Sequence[str], *, group: str, what: str, weights: Sequence[int] = ()) -> Drawn:
    """Draw one of some texts, each as often as its weight says; evenly when the column is unique."""
    kept = fitting(setting, entries, what)
    alone = is_unique(setting)
    seen: dict[str, int] = {}
    for at in kept:
        seen.setdefault(entries[at], weights[at] if weights else 1)
    if is_numeric(setting) and all(text.isdecimal() for text in seen):
        values = np.array([int(text) for text in seen], np.int64)
        return _slotted(group, seen, alone, lambda at: numbers(values[at]))
    pool = chunk.strings(seen)
    return _slotted(group, seen, alone, lambda at: texts(chunk.take(pool, at)))


def _slotted(group: str, seen: dict[str, int], alone: bool, make: Callable[[Ints], Cells]) -> Drawn:
    if alone or len(set(seen.values())) == 1:
        return Drawn(group, len(seen), lambda index, rows: make(index), injective=True)
    slots = np.repeat(np.arange(len(seen)), list(seen.values()))
    return Drawn(group, len(slots), lambda index, rows: make(slots[index]))


def one_per_index(pool: Sequence[str], numeric: bool = False) -> Callable[[Ints], Cells]:
    """Return what looks texts (or numbers) up by place."""
    if numeric and all(text.isdecimal() for text in pool):
        values = np.array([int(text) for text in pool], np.int64)
        return lambda at: numbers(values[at])
    array = chunk.strings(pool)
    return lambda at: texts(chunk.take(array, at))
