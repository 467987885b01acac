"""Print what a row costs in each piece of the engine: nanoseconds, one thread, 16,384 rows at a time.

python benchmarks/engine.py [--runs 15]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from synthseed import readers
from synthseed.chunk import ROWS
from synthseed.connection import connect
from synthseed.engine.program import Program, compile_program
from synthseed.planners import offline
from synthseed.streams import Stream, shuffle, unshuffle

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from fill import sqlite_fresh  # noqa: E402 - the file beside this one

AS_OF = 1_790_000_000_000_000
ROWS_OF = {"members": 1_000_000, "articles": 100_000, "purchases": 3_000_000, "purchase_lines": 10_000_000, "visits": 2_000_000}


def program() -> Program:
    """Compile the benchmark's shop at a size at which no parent is kept whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.db"
        sqlite_fresh(path)
        with connect(f"sqlite:///{path}") as connection:
            schema = readers.read_schema(connection)
    return compile_program(schema, offline.plan(schema, rows=ROWS_OF), rows=ROWS_OF, as_of=AS_OF)


def nanoseconds(run: Callable[[np.ndarray], object], rows: int, runs: int) -> float:
    """Return the median cost of a row, over runs that each take other rows."""
    seen = []
    for number in range(runs + 1):
        numbers = np.arange(number * ROWS, (number + 1) * ROWS) % rows
        begun = time.thread_time_ns()
        run(numbers)
        seen.append((time.thread_time_ns() - begun) / ROWS)
    return statistics.median(seen[1:])  # the first run cuts curves and reads words


def pieces(made: Program) -> dict[str, tuple[str, Callable[[np.ndarray], object]]]:
    """Return the pieces by name: the table whose rows they are asked for, and the call."""
    world, stream = made.world, Stream.named(0, "benchmark")
    fan, size = world.fans["purchase_lines"], ROWS_OF["purchase_lines"]
    person = next(iter(made.tables["members"].draws.values()))

    def cells(table: str, *names: str) -> Callable[[np.ndarray], object]:
        return lambda rows: made.cells(table, rows, names)

    return {
        "bits": ("visits", stream.bits),
        "shuffle": ("purchase_lines", lambda rows: shuffle(rows, size, 1)),
        "unshuffle": ("purchase_lines", lambda rows: unshuffle(rows, size, 1)),
        "parent(row)": ("purchase_lines", fan.parents),
        "(parent, ordinal)": ("purchase_lines", fan.locate),
        "pick": ("purchase_lines", lambda rows: world.members("purchase_lines", "article_id", rows)),
        "unique (a draw without replacement)": ("members", partial(person.index, world, "members")),
        "e-mail": ("members", cells("members", "email")),
        "full name and e-mail": ("members", cells("members", "full_name", "email")),
        "template (SKU)": ("articles", cells("articles", "sku")),
        "a parent's cell": ("purchase_lines", cells("purchase_lines", "unit_price")),
        "sum of the children": ("purchases", cells("purchases", "total")),
        **{f"chunk of {table}": (table, partial(made.chunk, table)) for table in ROWS_OF},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    made = program()
    print("| piece | ns a row |")
    print("|---|--:|")
    for name, (table, run) in pieces(made).items():
        print(f"| {name} | {nanoseconds(run, ROWS_OF[table], given.runs):,.0f} |", flush=True)


if __name__ == "__main__":
    main()
