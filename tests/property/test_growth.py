"""Hold the engine to its promises on random schemas, grown in several runs: nothing that stands moves, every key holds."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
from hypothesis import HealthCheck, given, settings
from schemas import databases, with_one_more

from synthseed import chunk
from synthseed.editions import Ledger
from synthseed.engine.program import Program, compile_program
from synthseed.errors import Refused

AS_OF = 1_760_000_000_000_000
DAY = 86_400_000_000
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def filled(schema, plan, rows: dict[str, int], ledger: Ledger, plans: dict) -> tuple[Program, Ledger]:
    """Return the program of one more edition, and the ledger with it; a table whose rows are refused gains none."""
    while True:
        try:
            program = compile_program(schema, plan, rows=rows, as_of=AS_OF + len(ledger.editions) * DAY, ledger=ledger, plans=plans)
        except Refused as error:
            rows = rows | {refused_table(error, rows): 0}
            continue
        plans[program.edition.plan] = plan
        return program, replace(ledger, editions=(*ledger.editions, program.edition))


def refused_table(error: Refused, rows: dict[str, int]) -> str:
    """Return the table that a refusal names, which had rows asked, with the arithmetic."""
    table = re.split(r"[.:]", str(error))[0]
    assert rows[table] > 0
    assert re.search(r"\d", str(error))
    return table


def written(program: Program, table: str) -> tuple[str, ...]:
    return tuple(column.name for column in program.schema.table(table).columns)


def values(program: Program, table: str, rows: np.ndarray) -> dict[str, list]:
    """Return every cell of some rows as plain values."""
    cells = program.cells(table, rows, written(program, table))
    types = program.schema.table(table).by_name
    return {name: chunk.python(chunk.to_arrow(column, types[name].type)) for name, column in cells.items()}


def every_row(program: Program, table: str) -> np.ndarray:
    return np.arange(program.tables[table].cohorts.rows)


def everything(program: Program) -> dict[str, dict[str, list]]:
    return {table: values(program, table, every_row(program, table)) for table in program.tables}


def runs(data, schema, plan, count: int = 3) -> list[Program]:
    """Fill a schema in several runs of random size, in random order of growth; the last one after a migration."""
    ledger, plans, programs = Ledger(), {}, []
    for run in range(count):
        if run == 2:
            schema, plan = data.draw(with_one_more(schema, plan))
        rows = {table.key: data.draw(st.integers(0, 25)) for table in schema.tables}
        program, ledger = filled(schema, plan, rows, ledger, plans)
        programs.append(program)
    return programs


@SLOW
@given(databases(), st.data())
def test_growth_and_migration_change_no_standing_cell(database, data):
    programs = runs(data, *database)

    for before, after in pairwise(programs):
        for table in before.tables:
            rows = every_row(before, table)
            old, new = values(before, table, rows), values(after, table, rows)
            assert {name: new[name] for name in old} == old, table


@SLOW
@given(databases(), st.data())
def test_rows_do_not_depend_on_chunks_order_or_workers(database, data):
    program = runs(data, *database)[-1]
    size = data.draw(st.integers(1, 9))
    for table in program.tables:
        rows = every_row(program, table)
        whole = values(program, table, rows)
        parts = [rows[start : start + size] for start in range(0, len(rows), size)]
        random.Random(size).shuffle(parts)
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda part, table=table: values(program, table, part), parts))

        for part, cells in zip(parts, made, strict=True):
            assert all([whole[name][row] for row in part] == column for name, column in cells.items())


@SLOW
@given(databases(), st.data())
def test_every_unique_key_is_unique_and_every_foreign_key_finds_its_parent(database, data):
    program = runs(data, *database)[-1]
    rows = everything(program)

    for table in program.schema.tables:
        for key in table.keys:
            held = [values for values in zip(*(rows[table.key][name] for name in key.columns), strict=True) if None not in values]
            assert len(set(held)) == len(held), (table.key, key.columns)
            assert not key.primary or len(held) == len(rows[table.key][key.columns[0]])
        for key in table.foreign_keys:
            parents = set(zip(*(rows[key.parent][name] for name in key.parent_columns), strict=True))
            held = zip(*(rows[table.key][name] for name in key.columns), strict=True)
            assert all(values in parents for values in held if None not in values), (table.key, key.columns)


@SLOW
@given(databases(), st.data())
def test_not_null_columns_hold_no_null(database, data):
    program = runs(data, *database)[-1]

    for table in program.schema.tables:
        for name, column in values(program, table.key, every_row(program, table.key)).items():
            assert table.column(name).nullable or None not in column, (table.key, name)


@SLOW
@given(databases(), st.data())
def test_every_sum_is_the_sum_of_its_children(database, data):
    program = runs(data, *database)[-1]
    rows = everything(program)

    for table in program.schema.tables:
        for child in program.schema.tables:
            if f"sum_{child.key}" not in table.by_name:
                continue
            key = next(key for key in child.foreign_keys if key.columns[0].startswith("owner"))
            own = list(zip(*(rows[table.key][name] for name in key.parent_columns), strict=True))
            owners = list(zip(*(rows[child.key][name] for name in key.columns), strict=True))
            for place, parent in enumerate(own):
                amounts = [rows[child.key]["amount"][at] or 0 for at, owner in enumerate(owners) if owner == parent]
                assert rows[table.key][f"sum_{child.key}"][place] == sum(amounts)
                assert rows[table.key][f"count_{child.key}"][place] == len(amounts)
