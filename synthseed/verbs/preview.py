"""Look at rows of a table, written nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthseed import chunk
from synthseed.editions import Ledger
from synthseed.errors import ConfigurationError
from synthseed.verbs import prepared, wanted
from synthseed.verbs.planning import choose
from synthseed.verbs.setting import Setting, applied, settings
from synthseed.verbs.target import opened, read, resolve, table_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from sqlalchemy import Connection

    from synthseed.configuration import Database
    from synthseed.engine.program import Program
    from synthseed.schema import Schema


@dataclass(frozen=True)
class View:
    """Hold a program over the rows that stand (or, in an empty database, those that a fill would write)."""

    schema: Schema
    program: Program
    table: str

    @property
    def rows(self) -> int:
        """Return how many rows of the table can be looked at."""
        return int(self.program.tables[self.table].cohorts.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that a fill writes, in the database's order."""
        return tuple(self.program.columns(self.table))

    def batch(self, rows: range) -> pa.RecordBatch:
        """Return some rows as Arrow."""
        import pyarrow as pa

        table = self.schema.table(self.table)
        cells = self.program.cells(self.table, np.arange(rows.start, rows.stop), self.columns)
        types = {name: table.column(name).type for name in self.columns}
        arrays = [chunk.readable(chunk.to_arrow(cells[name], one, f"{table.key}.{name}"), one) for name, one in types.items()]
        return pa.RecordBatch.from_arrays(arrays, names=list(self.columns))


def preview(
    table: str,
    rows: int = 10,
    *,
    db: str | None = None,
    url: str | None = None,
    plan: str | None = None,
    seed: int | None = None,
    locale: str | None = None,
    schema_file: str | Path | None = None,
    set: Sequence[str] | Mapping[str, str] | None = None,  # noqa: A002 - the option's name
) -> pd.DataFrame:
    """Return the first rows of a table as a frame, as a fill writes them; nothing is written.

    Raises:
        ConfigurationError: There is no such table, or a count is absurd.
    """
    given = settings(set)
    return _frame(table, rows, db=db, url=url, plan=plan, seed=seed, locale=locale, schema_file=schema_file, planned=None, given=given)


def frame(
    table: str,
    *,
    db: str | None = None,
    url: str | None = None,
    rows: int | Mapping[str, int] | None = None,
    plan: str | None = None,
    seed: int | None = None,
    locale: str | None = None,
    schema_file: str | Path | None = None,
) -> pd.DataFrame:
    """Return all rows of a table as a frame, as a fill with these `rows` writes them; nothing is written.

    Raises:
        ConfigurationError: There is no such table, or a count is absurd.
    """
    return _frame(table, None, db=db, url=url, plan=plan, seed=seed, locale=locale, schema_file=schema_file, planned=rows)


def _frame(
    table: str,
    first: int | None,
    *,
    db: str | None,
    url: str | None,
    plan: str | None,
    seed: int | None,
    locale: str | None,
    schema_file: str | Path | None,
    planned: int | Mapping[str, int] | None,
    given: Sequence[Setting] = (),
) -> pd.DataFrame:
    asked = wanted.asked(planned)
    if first is not None and not 0 <= first <= wanted.MOST:
        raise ConfigurationError(f"--rows: {first} rows; expected 0 to {wanted.MOST:,}")
    database = resolve(db, url, plan=plan, schema_file=schema_file)
    with opened(database) as connection:
        seen = view(connection, database, table, asked, seed=seed, locale=locale, given=given)
    return pandas_frame(seen, seen.rows if first is None else min(first, seen.rows))


def view(
    connection: Connection,
    database: Database,
    table: str,
    asked: wanted.Asked,
    *,
    seed: int | None = None,
    locale: str | None = None,
    given: Sequence[Setting] = (),
) -> View:
    """Compile the rows that stand; where none of ours do, those that a fill of the empty database would write."""
    from synthseed.loaders import ledger as ledgers

    schema = read(connection, database)
    key, asked = table_of(schema, table), asked.named(schema)
    ledger = ledgers.read_ledger(connection, schema) or Ledger()
    if ledger.rows.get(key) and seed is None and not asked.rows and asked.every is None and not given:
        chosen = choose(database, schema, ledger, asked)
        known = prepared.recorded(connection, schema, ledger, chosen)
        return View(schema, prepared.compiled(schema, chosen, {}, prepared.moment(chosen.plan, ledger), ledger, known), key)
    chosen = choose(database, schema, Ledger(), asked, seed=seed, locale=locale)
    chosen = replace(chosen, plan=applied(chosen.plan, schema, (*settings(database.settings), *given)))
    program, _ = prepared.in_memory(schema, chosen, asked)
    return View(schema, program, key)


def pandas_frame(seen: View, rows: int) -> pd.DataFrame:
    """Return the first rows as a pandas frame, with the columns in the database's order."""
    import pandas as pd
    import pyarrow as pa

    batches = [seen.batch(range(start, min(start + chunk.ROWS, rows))) for start in range(0, rows, chunk.ROWS)]
    if not batches:
        return pd.DataFrame(columns=list(seen.columns))
    # Integers stay integers: 7 would read as 7.0 beside a NULL.
    made: pd.DataFrame = pa.Table.from_batches(batches).to_pandas(integer_object_nulls=True)
    return made
