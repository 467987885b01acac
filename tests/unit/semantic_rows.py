"""Stand for rows of one table without an engine: numbers, streams, and urns for the names that must be unique."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synthseed.cells import Cells
from synthseed.generators.base import Setting
from synthseed.generators.semantic import TYPES, build_semantic
from synthseed.plan import ColumnPlan, Semantic, TablePlan
from synthseed.schema import Column, Kind, Schema, Table, Type, Unique
from synthseed.streams import Ints, Stream, ball, below

AS_OF = 1_780_000_000_000_000


@dataclass
class SomeRows:
    """Implement `Rows` for rows 0 to n - 1 of a table that gets no more."""

    numbers: Ints
    unique: frozenset[str] = frozenset()
    sizes: dict[str, int] = field(default_factory=dict)
    once_: dict[Hashable, Any] = field(default_factory=dict)
    total: int = 0

    @property
    def as_of(self) -> Ints:
        return np.full(len(self.numbers), AS_OF)

    def stream(self, *names: object) -> Stream:
        return Stream.named(0, "t", *names)

    def index(self, name: str, size: int) -> Ints:
        if name in self.unique:
            size = self.sizes.get(name, size)
            return ball(self.stream(name), self.numbers, [0, self.total or len(self.numbers)], [size])
        return below(self.stream(name).bits(self.numbers), size)

    def cells(self, name: str) -> Cells:
        raise NotImplementedError

    def ordinal(self) -> Ints:
        raise NotImplementedError

    def aggregate(self, function: str, child: str, column: str) -> Cells:
        raise NotImplementedError

    def once(self, name: Hashable, draw: Callable[[], Any]) -> Any:
        return self.once_.setdefault(name, draw())


def text(length: int | None = None) -> Type:
    return Type("text", Kind.TEXT, length=length)


def usual(kind: str) -> Type:
    """Return text, or what the type fills where that is no text."""
    kinds = TYPES[kind].kinds if kind in TYPES else (Kind.TEXT,)
    return text() if Kind.TEXT in kinds or Kind.DATE in kinds else Type(kinds[0].value, kinds[0])


def settings(
    types: dict[str, str | tuple[str, Type]], *, locale: str = "en_US", unique: tuple[str, ...] = (), group: str = ""
) -> dict[str, tuple[Semantic, Setting]]:
    """Return a generator's description and setting for each column: `{"mail": "email", "zip": ("postcode", Type(...))}`."""
    kinds = {name: kind if isinstance(kind, tuple) else (kind, usual(kind)) for name, kind in types.items()}
    columns = tuple(Column(name, type_) for name, (_, type_) in kinds.items())
    table = Table("t", columns, uniques=tuple(Unique((name,)) for name in unique))
    plan = TablePlan("t", 100, columns=tuple(ColumnPlan(name, Semantic(kind, group)) for name, (kind, _) in kinds.items()))
    schema = Schema((table,))
    return {
        name: (Semantic(kind, group), Setting(schema, table, table.column(name), name, plan, locale, AS_OF, unique=name in unique))
        for name, (kind, _) in kinds.items()
    }


def made(types: dict[str, str | tuple[str, Type]], count: int = 100, **options: Any) -> dict[str, Cells]:
    """Return `count` cells of each column, unique ones drawn without replacement."""
    built = {name: build_semantic(*pair) for name, pair in settings(types, **options).items()}
    unique = frozenset(built[name].group for name in options.get("unique", ()))
    sizes = {}
    for name in options.get("unique", ()):
        space = built[name].space()
        if space is not None and count > (getattr(space, "natural", 0) or space.size):
            sizes[built[name].group] = space.size
    rows = SomeRows(np.arange(count), unique, sizes)
    return {name: generator.values(rows) for name, generator in built.items()}


def shown(cells: Cells) -> list[Any]:
    """Return cells as Python values."""
    from synthseed import chunk

    return [
        value if ok else None
        for value, ok in zip(
            cells.values.tolist() if isinstance(cells.values, np.ndarray) else chunk.python(cells.values),
            cells.mask().tolist(),
            strict=True,
        )
    ]
