"""Tell a person what a fill did: one table, what was decided for them, and rows worth looking at."""

from __future__ import annotations

from synthseed.report.filled import Filled
from synthseed.report.table import text_table

SCREEN = 120  # columns that the sample rows take where stdout is no terminal: they are for a person, whoever reads them later


def summary(filled: Filled, *, width: int | None = None, samples: bool = True) -> str:
    """Return the text that ends a fill."""
    parts = [_head(filled)]
    written = [table for table in filled.tables if table.rows or table.stands]
    if filled.rows:
        parts.append(_table(filled, width))
    elif written:
        parts.append("\n".join(f"  {table.table}: holds rows that synthseed did not write" for table in written))
    if filled.asked:
        parts.append("\n".join(filled.asked.lines()))
        if filled.asked.fallbacks:
            parts.append("Planned offline instead:\n" + "\n".join(f"  - {one}" for one in filled.asked.fallbacks))
    if filled.notes:
        parts.append("Decided for you:\n" + "\n".join(f"  - {note}" for note in filled.notes))
    if samples and filled.samples:
        parts += [
            f"{sample.table}\n{text_table(sample.columns, sample.rows, width=width or SCREEN, indent='  ')}" for sample in filled.samples
        ]
    if samples and filled.further:
        parts.append("Look further:\n" + "\n".join(f"  {line}" for line in filled.further))
    return "\n\n".join(parts)


def _head(filled: Filled) -> str:
    told = f"{filled.plan}; told from {filled.as_of}, seed {filled.seed}."
    if not filled.rows:
        return f"Nothing to do: {filled.target} holds the rows that were asked for.\n{told}"
    done = "Would write" if filled.dry_run else "Wrote"
    where = f" as edition {filled.edition}" if filled.edition else ""
    return f"{done} {filled.rows:,} rows into {filled.target}{where}.\n{told}"


def _table(filled: Filled, width: int | None) -> str:
    rows: list[list[object]] = []
    for table in filled.tables:
        if table.rows or table.stands:
            note = "stands, used as a parent" if table.stands and not table.rows else ""
            seconds = f"{table.seconds:.2f}" if table.rows and not filled.dry_run else ""
            rate = f"{table.rate:,}" if table.rows and not filled.dry_run else ""
            rows.append([table.table, f"{table.rows:,}", f"{table.total:,}", seconds, rate, note])
    if not filled.dry_run:
        rate = f"{round(filled.rows / filled.seconds):,}" if filled.seconds > 0 else ""
        rows.append(["in all", f"{filled.rows:,}", f"{sum(t.total for t in filled.tables):,}", f"{filled.seconds:.2f}", rate, ""])
    return text_table(["table", "rows", "ours now", "seconds", "rows/s", ""], rows, width=width, right=(1, 2, 3, 4))
