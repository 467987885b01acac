"""Answer for any row of any table: the compiled program, in any order, on any machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from synthseed import chunk, plan_yaml
from synthseed.cells import ARROW, Cells
from synthseed.chunk import Chunk
from synthseed.editions import Edition, Ledger
from synthseed.engine.compile import History, compile_tables
from synthseed.engine.fixed import check_given
from synthseed.engine.follow import Sample
from synthseed.engine.frame import Frame
from synthseed.engine.order import load_order
from synthseed.engine.standing import Standing
from synthseed.engine.tables import TableProgram
from synthseed.engine.world import World
from synthseed.errors import LedgerError, Refused
from synthseed.expressions import parse
from synthseed.generators.formulas import holds
from synthseed.plan import Plan
from synthseed.schema import Schema
from synthseed.streams import Ints

RULED = 1000  # rows that the rules of a plan are held against before anything is written
WHOLE = 1 << 16  # parents up to this size are evaluated once and looked up: 2 ns a row in place of 60 to 200
WHOLE_ROWS = 1 << 18  # rows so kept in all, so that memory does not grow with the schema


@dataclass
class Program:
    """Make the rows of every table.

    Attributes:
        edition: The edition that this program is about to load, as the ledger will record it.
        notes: What was decided for the user.
        lock: Held while a frame that all workers share is evaluated.
    """

    schema: Schema
    plan: Plan
    world: World
    tables: Mapping[str, TableProgram]
    edition: Edition
    moments: Ints
    notes: tuple[str, ...] = ()
    lock: threading.RLock = field(default_factory=threading.RLock)
    _whole: dict[str, Frame] = field(default_factory=dict)
    _samples: dict[tuple[str, str, int], Sample] = field(default_factory=dict)

    @property
    def order(self) -> tuple[str, ...]:
        """Return the tables, parents first where keys allow it."""
        return load_order(self.schema)

    def gained(self, table: str) -> range:
        """Return the row numbers of the newest edition."""
        cohorts = self.tables[table].cohorts
        return range(int(cohorts.row[-2]), int(cohorts.row[-1]))

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns that are written."""
        return self.tables[table].written

    def cells(self, table: str, rows: Ints, columns: Sequence[str]) -> dict[str, Cells]:
        """Return cells of some rows, by column; rows in any order, with repeats."""
        frame = self.frame(table, rows)
        return {name: frame.cells(name) for name in columns}

    def frame(self, table: str, rows: Ints) -> Frame:
        """Return a frame over some rows of a table."""
        return Frame(self, self.tables[table], np.asarray(rows, np.int64))

    def whole(self, table: str) -> Frame | None:
        """Return a frame over all members of a small table, kept; None for a large one."""
        cohorts = self.tables[table].cohorts
        count = int(cohorts.member[-1])
        with self.lock:
            if table not in self._whole and 0 < count <= WHOLE and count + sum(len(frame) for frame in self._whole.values()) <= WHOLE_ROWS:
                self._whole[table] = self.frame(table, cohorts.row_of(np.arange(count)))
            return self._whole.get(table)

    def sample(self, table: str, column: str, edition: int, depth: int = 0) -> Sample:
        """Return the sample of a column that an edition sees, kept; `depth` is that of the frame that asks."""
        known = (table, column, edition)
        with self.lock:
            if known not in self._samples:
                compiled = self.tables[table]
                rows = Sample.rows(int(compiled.cohorts.row[edition + 1]))
                self._samples[known] = Sample.of(Frame(self, compiled, rows, depth=depth + 1).comparable(column))
            return self._samples[known]

    def chunks(self, table: str, rows: range | None = None, size: int = chunk.ROWS) -> Iterator[Chunk]:
        """Yield the rows of a table (default: those of the newest edition), a chunk at a time."""
        rows = self.gained(table) if rows is None else rows
        for start in range(rows.start, rows.stop, size):
            yield self.chunk(table, np.arange(start, min(start + size, rows.stop)))

    def chunk(self, table: str, rows: Ints) -> Chunk:
        """Return some rows as the chunk that a loader writes."""
        compiled, frame = self.tables[table], self.frame(table, rows)
        arrays = [chunk.to_arrow(frame.cells(name), compiled.columns[name].type, f"{table}.{name}") for name in compiled.written]
        if not arrays:
            return Chunk(table, int(rows[0]) if len(rows) else 0, _rowless(len(rows)))
        return Chunk(table, int(rows[0]) if len(rows) else 0, pa.RecordBatch.from_arrays(arrays, names=list(compiled.written)))

    def rehearse(self, rows: int = 16) -> None:
        """Make the first and last rows of every table, so that an error of the plan is raised before the first row is written."""
        for table in self.order:
            gained = self.gained(table)
            if gained:
                numbers = {
                    *range(gained.start, min(gained.start + rows, gained.stop)),
                    *range(max(gained.stop - rows, gained.start), gained.stop),
                }
                self.chunk(table, np.array(sorted(numbers), np.int64))
                self._hold_rules(table, np.arange(gained.start, min(gained.start + RULED, gained.stop)))

    def _hold_rules(self, table: str, rows: Ints) -> None:
        """Raise Refused when a rule of the table's plan is false for one of these rows; NULL holds."""
        rules = self.plan.tables[table].rules if table in self.plan.tables else ()
        frame = self.frame(table, rows)
        for rule in rules:
            broken = int((~holds(parse(rule), frame)).sum())
            if broken:
                raise Refused(
                    f"{table}: the rule `{rule}` fails in {broken} of the first {len(rows)} rows; change it, or the columns it speaks of"
                )

    def counters(self, table: str) -> dict[str, int]:
        """Return the last value that each counted column gave out, over all editions."""
        last = {name: counter.last(self.world.editions - 1) for name, counter in self.tables[table].counters.items()}
        return {name: value for name, value in last.items() if value is not None}

    def digest(self, table: str, rows: Ints) -> str:
        """Return a digest of some rows' cells: the same on every machine, whatever the chunks."""
        whole, frame = hashlib.blake2b(digest_size=16), self.frame(table, rows)
        for name in sorted(self.tables[table].written):
            cells = frame.cells(name)
            whole.update(f"{name}:{cells.form}:{cells.scale}:".encode() + cells.mask().tobytes())
            if cells.form in ARROW:
                whole.update(repr(chunk.python(cells.array)).encode())
            else:
                whole.update(np.where(cells.mask(), cells.ints, 0).astype("<i8").tobytes())
        return whole.hexdigest()

    def explain(self, table: str, row: int) -> dict[str, Any]:
        """Tell how one row came to be: edition, member, slot, ordinal, parents, cells."""
        from synthseed.engine.explain import explain

        return explain(self, table, row)


def _rowless(count: int) -> pa.RecordBatch:
    """Return a batch of rows without columns: every column is left to the database."""
    return pa.RecordBatch.from_arrays([pa.nulls(count)], names=[""]).select([])


def compile_program(
    schema: Schema,
    plan: Plan,
    *,
    rows: Mapping[str, int],
    as_of: int,
    ledger: Ledger | None = None,
    plans: Mapping[str, Plan] | None = None,
    standing: Mapping[str, Standing] | None = None,
) -> Program:
    """Compile a plan for one more edition.

    Args:
        schema: The database.
        plan: What the new rows look like.
        rows: Rows to gain per table; tables that are not named gain none.
        as_of: Microseconds since 1970, UTC: the moment the new rows are told from.
        ledger: The editions on record.
        plans: The plan of each fingerprint in the ledger.
        standing: Keys of rows that are not ours, per table and edition.

    Raises:
        PlanError: The plan does not fit the schema.
        SchemaError: Something of the schema stands in the way.
        Refused: No rows can satisfy it, with the arithmetic.
        LedgerError: The ledger names a plan that is not given.
    """
    ledger, plans, standing = ledger or Ledger(), plans or {}, standing or {}
    mark = plan_yaml.fingerprint(plan)
    for edition in ledger.editions:
        if edition.plan not in plans and edition.plan != mark:
            raise LedgerError(
                f"edition {edition.number} was made by the plan {edition.plan}, which the ledger does not hold; reset, or start again"
            )
    number = len(ledger.editions)
    newest = Edition(number + 1, {table: count for table, count in rows.items() if count}, as_of, mark, engine=plan.engine)
    editions = (*ledger.editions, newest)
    history = History(editions, tuple(plan if e.plan == mark else plans[e.plan] for e in editions), standing)
    world, tables, notes = compile_tables(schema, history)
    first = {
        f"{key}.{name}": counter.first[-1]
        for key, table in tables.items()
        for name, counter in table.counters.items()
        if newest.rows.get(key)
    }
    found = {key: keys.found(number) for key, keys in standing.items() if keys.count(number)}
    newest = replace(newest, first_key=first, found=found)
    program = Program(schema, plan, world, tables, newest, np.array([edition.as_of for edition in editions], np.int64), notes)
    check_given(program)
    return program
