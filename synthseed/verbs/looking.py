"""Choose a few rows that are worth looking at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthseed import chunk
from synthseed.report.filled import Sample
from synthseed.schema import Kind

if TYPE_CHECKING:
    from synthseed.engine.program import Program
    from synthseed.schema import Schema, Table

TABLES, ROWS = 3, 3
TELLING = (Kind.TEXT, Kind.ENUM, Kind.NUMERIC, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.DATE, Kind.JSON)


def samples(schema: Schema, program: Program, *, tables: int = TABLES, rows: int = ROWS) -> tuple[Sample, ...]:
    """Return the first new rows of some tables: those that say most, and that others point at."""
    gaining = [key for key in program.order if len(program.gained(key))]
    chosen = sorted(gaining, key=lambda key: (-_worth(schema, schema.table(key)), key))[:tables]
    return tuple(sample(program, key, rows) for key in gaining if key in chosen)


def sample(program: Program, key: str, rows: int) -> Sample:
    """Return the first new rows of a table."""
    gained = program.gained(key)
    part = next(iter(program.chunks(key, range(gained.start, min(gained.start + rows, gained.stop)))))
    names, known = program.columns(key), program.tables[key].columns
    columns = [chunk.python(chunk.readable(part.data.column(at), known[name].type)) for at, name in enumerate(names)]
    return Sample(key, tuple(names), tuple(zip(*columns, strict=True)))


def _worth(schema: Schema, table: Table) -> int:
    """Return how much a table tells: its telling columns, up to what a terminal shows, and the tables that point at it."""
    keys = {name for foreign in table.foreign_keys for name in foreign.columns}
    telling = sum(column.type.kind in TELLING and column.name not in keys for column in table.columns)
    pointing = sum(foreign.parent == table.key for other in schema.tables for foreign in other.foreign_keys)
    return min(telling, 8) + 2 * min(pointing, 4)
