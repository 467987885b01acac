"""Hold what a verb did, as frozen data: what the library returns, `--json` prints and the summary reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthseed.report.asked import Asked


@dataclass(frozen=True, slots=True)
class TableFilled:
    """Say what happened to one table.

    Attributes:
        rows: Rows written by this run.
        total: Rows of ours that stand now.
        stands: True where it holds rows that are not ours and was left as it is.
        seconds: Time spent on it, making and writing.
    """

    table: str
    rows: int
    total: int
    stands: bool = False
    seconds: float = 0.0

    @property
    def rate(self) -> int:
        """Return rows per second; 0 where nothing was written."""
        return round(self.rows / self.seconds) if self.seconds > 0 else 0

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        seconds = round(self.seconds, 3)
        return {
            "table": self.table,
            "rows": self.rows,
            "total": self.total,
            "stands": self.stands,
            "seconds": seconds,
            "rows_per_second": self.rate,
        }


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold a few rows of a table, to look at."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """Say what a fill did, or would do.

    Attributes:
        target: The database (its password hidden) or the folder that was written.
        plan: Where the plan came from, as a sentence.
        edition: Number of this fill in the ledger; None where nothing was recorded.
        as_of: The moment the rows are told from, ISO, UTC.
        tables: One entry per table, parents first.
        seconds: Time from the first row made to the commit.
        notes: What was decided for the user.
        samples: Some rows worth looking at.
        files: Files written, with `out`.
        dry_run: True when nothing was written on purpose.
        further: Commands that look further.
        asked: What a model was asked for this fill; None where none was.
    """

    target: str
    plan: str
    tables: tuple[TableFilled, ...]
    seed: int = 0
    as_of: str = ""
    edition: int | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    files: tuple[str, ...] = ()
    dry_run: bool = False
    further: tuple[str, ...] = ()
    asked: Asked | None = None

    @property
    def rows(self) -> int:
        """Return the rows written in all (or, of a dry run, those that would be)."""
        return sum(table.rows for table in self.tables)

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "target": self.target,
            "plan": self.plan,
            "seed": self.seed,
            "as_of": self.as_of,
            "edition": self.edition,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "tables": [table.as_dict() for table in self.tables],
            "notes": list(self.notes),
            "files": list(self.files),
            "model": self.asked.as_dict() if self.asked else None,
        }
