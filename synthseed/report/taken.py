"""Hold what `reset` took out, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthseed.report.table import text_table


@dataclass(frozen=True, slots=True)
class Taken:
    """Say what a reset took out of a database.

    Attributes:
        rows: Rows taken out, per table.
        kept: Rows that are not ours and stay, per table that has some.
        editions: Editions that were taken off the ledger.
        notes: What stays behind that nobody may expect.
    """

    target: str
    rows: Mapping[str, int]
    kept: Mapping[str, int]
    editions: int
    notes: tuple[str, ...] = ()

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "target": self.target,
            "rows": dict(self.rows),
            "kept": dict(self.kept),
            "editions": self.editions,
            "notes": list(self.notes),
        }


def told(taken: Taken) -> str:
    """Return the text that ends a reset."""
    if not taken.editions:
        return f"Nothing to do: {taken.target} holds no rows that synthseed wrote."
    rows = [[key, f"{count:,}", f"{taken.kept.get(key, 0):,}"] for key, count in taken.rows.items()]
    editions = f"{taken.editions} edition" + ("s" if taken.editions != 1 else "")
    head = f"Took {sum(taken.rows.values()):,} rows out of {taken.target}, as {editions} had put them in."
    notes = "".join(f"\n  - {note}" for note in taken.notes)
    return f"{head}\n\n{text_table(['table', 'taken out', 'kept'], rows, right=(1, 2))}" + (f"\n\nTo know:{notes}" if notes else "")
