"""Print how long a fill takes beside loading the same rows from files, on SQLite, DuckDB and PostgreSQL.

    python benchmarks/fill.py [--lines 100000] [--runs 3]

`fill` is the whole command, its start included. The files come from `fill --out` of the same rows; they are read before the
clock starts for INSERT, which gets ready-made Python rows, and by the database's own COPY (PostgreSQL, DuckDB) as part of its time.
The server is that of the tests: SYNTHSEED_TEST_POSTGRES, or one that is started and thrown away.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import duckdb
import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
import servers  # noqa: E402 - of the tests

SCHEMA = (HERE / "shop.sql").read_text("utf-8")
TABLES = ("members", "articles", "purchases", "purchase_lines", "visits")  # parents first
FILL = [sys.executable, "-c", "from synthseed.cli import main; main()", "fill"]
# A peak is passed on by exec and would count this process; a small one stands between.
BETWEEN = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
DATABASE = "synthseed_benchmark"


def asked(lines: int) -> list[str]:
    counts = dict(zip(TABLES, (lines // 10, lines // 100, lines * 3 // 10, lines, lines // 5), strict=True))
    return [word for table, count in counts.items() for word in ("--rows", f"{table}={count}")]


def fill(url: str, lines: int) -> int:
    """Fill a database; return the peak of its memory in MB."""
    command = [sys.executable, "-I", "-c", BETWEEN, *FILL, "--url", url, *asked(lines)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) // (1024 if sys.platform == "linux" else 1024 * 1024)


def rows_of(folder: Path, table: str) -> tuple[list[str], list[list[str | None]]]:
    """Return the columns of a file and its rows; an empty field is NULL."""
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, [[field or None for field in row] for row in rows]


# ---------------------------------------------------------------------------------------------- SQLite
def sqlite_fresh(path: Path) -> None:
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)


def sqlite_insert(path: Path, loaded: dict[str, tuple[list[str], list[list[str | None]]]]) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma foreign_keys = on")
        for table, (header, rows) in loaded.items():
            connection.executemany(f"insert into {table} ({', '.join(header)}) values ({', '.join('?' * len(header))})", rows)
        connection.commit()


# ---------------------------------------------------------------------------------------------- DuckDB
def duckdb_fresh(path: Path) -> None:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)


def duckdb_copy(path: Path, folder: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("begin")
        for table in TABLES:
            connection.execute(f"copy {table} from '{folder / table}.csv' (header)")
        connection.execute("commit")


# ---------------------------------------------------------------------------------------------- PostgreSQL
def postgres_fresh(admin: str) -> str:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"drop database if exists {DATABASE} with (force)")
        connection.execute(f"create database {DATABASE} template template0 encoding 'UTF8'")
        connection.execute("checkpoint")
    url = urlunsplit(urlsplit(admin)._replace(path=f"/{DATABASE}"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCHEMA)
    return url


def postgres_copy(url: str, folder: Path) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table in TABLES:
            with (folder / f"{table}.csv").open("rb") as file:
                header = file.readline().decode().strip()
                with cursor.copy(f"copy {table} ({header}) from stdin (format csv)".encode()) as copy:
                    while data := file.read(1 << 18):
                        copy.write(data)


def postgres_insert(url: str, loaded: dict[str, tuple[list[str], list[list[str | None]]]]) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, (header, rows) in loaded.items():
            cursor.executemany(f"insert into {table} ({', '.join(header)}) values ({', '.join(['%s'] * len(header))})".encode(), rows)


# ---------------------------------------------------------------------------------------------- the table
def timed(runs: int, prepare: Callable[[], object], run: Callable[[], object]) -> float:
    """Return the median of some runs, each on a fresh database."""
    seconds = []
    for _ in range(runs):
        prepare()
        begun = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def row(database: str, what: str, rows: int, seconds: float, ours: float, peak: int | None = None) -> str:
    memory = f"{peak} MB" if peak else ""
    return f"| {database} | {what} | {rows:,} | {seconds:.2f} | {rows / seconds:,.0f} | {ours / seconds:.2f} | {memory} |"


def sqlite_table(folder: Path, lines: int, runs: int) -> Iterator[str]:
    path, peaks = folder / "shop.db", []
    url = f"sqlite:///{path}"
    fresh = lambda: sqlite_fresh(path)  # noqa: E731
    ours = timed(runs, fresh, lambda: peaks.append(fill(url, lines)))
    loaded = {table: rows_of(folder, table) for table in TABLES}
    count = sum(len(rows) for _, rows in loaded.values())
    yield row("SQLite", "synthseed fill", count, ours, ours, max(peaks))
    yield row("SQLite", "executemany INSERT", count, timed(runs, fresh, lambda: sqlite_insert(path, loaded)), ours)


def duckdb_table(folder: Path, lines: int, runs: int) -> Iterator[str]:
    path, peaks = folder / "shop.duckdb", []
    fresh = lambda: duckdb_fresh(path)  # noqa: E731
    ours = timed(runs, fresh, lambda: peaks.append(fill(f"duckdb:///{path}", lines)))
    count, name = sum(len(rows_of(folder, table)[1]) for table in TABLES), f"DuckDB {duckdb.__version__}"
    yield row(name, "synthseed fill", count, ours, ours, max(peaks))
    yield row(name, "COPY of CSV files", count, timed(runs, fresh, lambda: duckdb_copy(path, folder)), ours)


def postgres_table(folder: Path, lines: int, runs: int) -> Iterator[str]:
    with servers.postgres() as server:
        url, peaks = urlunsplit(urlsplit(server.url)._replace(path=f"/{DATABASE}")), []
        fresh = lambda: postgres_fresh(server.url)  # noqa: E731
        ours = timed(runs, fresh, lambda: peaks.append(fill(url, lines)))
        loaded = {table: rows_of(folder, table) for table in TABLES}
        count, name = sum(len(rows) for _, rows in loaded.values()), f"PostgreSQL {server.version.split()[0]}"
        yield row(name, "synthseed fill", count, ours, ours, max(peaks))
        yield row(name, "COPY of CSV files", count, timed(runs, fresh, lambda: postgres_copy(url, folder)), ours)
        yield row(name, "executemany INSERT", count, timed(runs, fresh, lambda: postgres_insert(url, loaded)), ours)
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"drop database if exists {DATABASE} with (force)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=100_000, help="rows of the largest table; the others follow")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    os.environ["PYTHONPATH"] = str(HERE.parent)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sqlite_fresh(folder / "empty.db")
        out = [*FILL, "--url", f"sqlite:///{folder / 'empty.db'}", "--out", str(folder), *asked(given.lines)]
        subprocess.run(out, check=True, stdout=subprocess.DEVNULL)
        print(f"Medians of {given.runs}; `fill / this` below 1: fill is faster.\n")
        print("| database | what | rows | seconds | rows/s | fill / this | peak memory |")
        print("|---|---|--:|--:|--:|--:|--:|")
        for table in (sqlite_table, duckdb_table, postgres_table):
            for line in table(folder, given.lines, given.runs):
                print(line, flush=True)


if __name__ == "__main__":
    main()
