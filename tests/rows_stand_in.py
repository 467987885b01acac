"""Stand for rows of a table in the tests of generators: cells by name, streams by name, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np

from synthseed.cells import Cells
from synthseed.streams import Ints, Stream, ball


class StandIn:
    def __init__(
        self, count: int | Ints, cells: Mapping[str, Cells] | None = None, *, as_of: int = 0, seed: int = 0, urns: tuple[str, ...] = ()
    ) -> None:
        self.numbers: Ints = np.arange(count, dtype=np.int64) if isinstance(count, int) else count
        self.known, self.seed, self.urns, self.memory = dict(cells or {}), seed, urns, dict[Hashable, Any]()
        self.as_of: Ints = np.full(len(self.numbers), as_of, np.int64)
        self.ordinals: Ints = self.numbers % 3

    def stream(self, *names: object) -> Stream:
        return Stream.named(self.seed, "table", *names)

    def index(self, name: str, size: int) -> Ints:
        if name in self.urns:
            return ball(self.stream(name), self.numbers, [0, size], [size])
        return (self.stream(name).bits(self.numbers) % np.uint64(size)).astype(np.int64)

    def cells(self, name: str) -> Cells:
        return self.known[name]

    def ordinal(self) -> Ints:
        return self.ordinals

    def aggregate(self, function: str, child: str, column: str) -> Cells:
        return self.known[f"{function}({child}.{column})"]

    def once(self, name: Hashable, draw: Callable[[], Any]) -> Any:
        if name not in self.memory:
            self.memory[name] = draw()
        return self.memory[name]
