"""Hold what stands in a database before an edition: the keys of rows that are not ours, and nothing else of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from synthseed import chunk
from synthseed.cells import ARROW, Cells
from synthseed.editions import Found


@dataclass(frozen=True)
class Standing:
    """Hold the values of some columns of the rows found standing, one entry per edition, sorted by key.

    Attributes:
        columns: Per edition, cells by column name; all columns of an edition have one length, 0 where nothing stood.
    """

    columns: tuple[Mapping[str, Cells], ...] = field(default_factory=tuple)

    def count(self, edition: int) -> int:
        """Return how many rows were found standing before an edition (an index from 0)."""
        if edition >= len(self.columns) or not self.columns[edition]:
            return 0
        return len(next(iter(self.columns[edition].values())))

    def found(self, edition: int) -> Found:
        """Return count and digest of the keys, as the ledger records them."""
        columns = self.columns[edition] if edition < len(self.columns) else {}
        digest = hashlib.blake2b(digest_size=16)
        for name, cells in sorted(columns.items()):
            digest.update(f"{name}:{len(cells)}:".encode())
            digest.update(cells.mask().tobytes())
            if cells.form in ARROW:
                digest.update("\x1f".join(map(str, chunk.python(cells.array))).encode())
            else:
                digest.update(cells.ints.astype("<i8").tobytes())
        return Found(self.count(edition), digest.hexdigest())
