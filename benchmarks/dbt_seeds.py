"""Print how long `synthseed dbt seeds` takes for a million rows, beside `dbt seed` of 10,000, on DuckDB and PostgreSQL.

    python benchmarks/dbt_seeds.py [--rows 1000000] [--seeded 10000] [--runs 3] [--dbt PATH] [--again]

Both fill the same table of seven columns: id bigint, code text with leading zeros, email text, amount numeric(10,2), active
boolean, created_at timestamp, note text with empty texts and NULL. Both are whole commands, the start of dbt included, on a
fresh database; `the seed alone` is what dbt reports of its seed step, and what synthseed reports from the first row made to the
commit. The rows of `dbt seed` are the first of the same plan, as a CSV. A first run of each is not counted. Memory is the peak
of the largest process of a command; a server's is its own. The server is that of the tests: SYNTHSEED_TEST_POSTGRES, or one
that is started and thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import duckdb
import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
import servers  # noqa: E402 - of the tests

DATABASE = "synthseed_benchmark"
COLUMNS = ("id", "code", "email", "amount", "active", "created_at", "note")
TYPES = """
seeds:
  - name: people
    config:
      column_types:
        {id: bigint, code: text, email: text, amount: "numeric(10,2)", active: boolean, created_at: timestamp, note: text}
"""
HEAD = 'seed: 0\nas_of: "2026-01-01"\nlocale: en_US\nengine: 1\n'
PLAN = """
table: people
role: entity
rows: 1000
columns:
  code: {use: template, template: "{digits:8}"}
  email: {use: semantic, type: email, group: person}
  amount: {use: number, q: {min: 5, p25: 22, p50: 64, p75: 180, p95: 920, max: 6800}, step: 0.01}
  active: {use: choice, values: {"true": 91, "false": 9}}
  created_at: {use: moment, start: -3y, growth: 2, rhythm: office}
  note:
    use: template
    tiers:
      - {share: 30, values: [""]}
      - {share: 70, values: ["Leave at gate {int:1-9}", Please ring twice, Repeat customer, "Call before delivery"]}
nulls: {email: 5, note: 40}
"""
# A peak is passed on by exec and would count this process; a small one stands between.
BETWEEN = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(done.stdout)
sys.exit(done.returncode)
"""
OURS = [sys.executable, "-c", "from synthseed.cli import main; main()", "dbt", "seeds", "--json"]
CHECK = """
select count(*), count(distinct id), count(*) filter (where code like '0%'), count(*) filter (where note = ''),
       count(*) filter (where note is null) from {}people"""


@dataclass(frozen=True)
class Run:
    """Hold the measures of one command."""

    whole: float
    alone: float
    peak: int  # MB


def called(command: list[str], folder: Path) -> tuple[float, int, str]:
    """Run a command; return seconds, the peak of memory in MB, and what it printed."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-I", "-c", BETWEEN, *command], cwd=folder, env=environment(), check=False, capture_output=True, text=True
    )
    seconds = time.perf_counter() - begun
    peak, _, text = done.stdout.partition("\n")
    if done.returncode:
        raise SystemExit(f"{command}:\n{text}{done.stderr}")
    return seconds, int(peak) // (1024 if sys.platform == "linux" else 1024 * 1024), text


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": "", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "NO_COLOR": "1"}


# ---------------------------------------------------------------------------------------------- the project
def project(folder: Path, output: dict[str, object]) -> None:
    """Write a project with one seed, only a header, and its plan."""
    files = {
        "dbt_project.yml": "name: bench\nversion: 1.0.0\nprofile: bench\n",
        "profiles.yml": json.dumps({"bench": {"target": "dev", "outputs": {"dev": output}}}),
        "seeds/people.csv": ",".join(COLUMNS) + "\n",
        "seeds/people.yml": TYPES,
        "seeds_config/plans/bench-seeds/_plan.yml": HEAD,
        "seeds_config/plans/bench-seeds/people.yml": PLAN,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def ours(folder: Path, dbt: str, rows: int, out: str | None = None) -> Run:
    """Call `synthseed dbt seeds`."""
    words = ["--dbt", dbt, "--rows", str(rows), "--profiles-dir", str(folder), *(["--out", out] if out else [])]
    whole, peak, text = called([*OURS, *words], folder)
    return Run(whole, json.loads(text)["seconds"], peak)


def theirs(folder: Path, dbt: str) -> Run:
    """Call `dbt seed`."""
    words = ["seed", "--full-refresh", "--profiles-dir", str(folder), "--target-path", str(folder / "target")]
    whole, peak, _ = called([dbt, *words], folder)
    results = json.loads((folder / "target" / "run_results.json").read_text("utf-8"))["results"]
    return Run(whole, sum(result["execution_time"] for result in results), peak)


def with_rows(folder: Path, dbt: str, rows: int) -> None:
    """Give the seed a CSV with the first rows of the plan, for dbt to read."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    ours(folder, dbt, rows, str(out))
    (out / "people.csv").replace(folder / "seeds" / "people.csv")


# ---------------------------------------------------------------------------------------------- databases
def duckdb_fresh(path: Path) -> None:
    path.unlink(missing_ok=True)


def postgres_fresh(admin: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"drop database if exists {DATABASE} with (force)")
        connection.execute(f"create database {DATABASE} template template0 encoding 'UTF8'")
        connection.execute("checkpoint")


def measured(runs: int, prepare: Callable[[], None], run: Callable[[], Run]) -> Run:
    """Return medians, and the largest peak; the first run only warms up."""
    found = []
    for _ in range(runs + 1):
        prepare()
        found.append(run())
    counted = found[1:]
    middle = statistics.median
    return Run(middle(one.whole for one in counted), middle(one.alone for one in counted), max(one.peak for one in counted))


def row(database: str, what: str, rows: int, run: Run) -> str:
    return f"| {database} | {what} | {rows:,} | {run.whole:.2f} | {run.alone:.2f} | {rows / run.alone:,.0f} | {run.peak} MB |"


def table(
    folder: Path, name: str, given: argparse.Namespace, output: dict[str, object], fresh: Callable[[], None], told: list[str]
) -> Iterator[str]:
    project(folder, output)
    fill = lambda: ours(folder, given.dbt, given.rows)  # noqa: E731
    yield row(name, "synthseed dbt seeds", given.rows, measured(given.runs, fresh, fill))
    if given.again:
        yield row(name, "the same, over the rows that stand", given.rows, measured(given.runs, lambda: None, fill))
    told.append(f"{name}: {counts(output)}")
    with_rows(folder, given.dbt, given.seeded)
    yield row(name, "dbt seed", given.seeded, measured(given.runs, fresh, lambda: theirs(folder, given.dbt)))


def counts(output: dict[str, object]) -> str:
    """Count what stands in the table: rows, keys, codes with a leading zero, empty notes, NULL."""
    if output["type"] == "duckdb":
        with duckdb.connect(str(output["path"])) as connection:
            found = connection.execute(CHECK.format("")).fetchone()
    else:
        url = f"postgresql://{output['user']}:{output['password']}@{output['host']}:{output['port']}/{DATABASE}"
        with psycopg.connect(url) as server:
            found = server.execute(CHECK.format("seeds.").encode()).fetchone()
    what = ("rows", "keys", "leading zeros", "empty notes", "NULL notes")
    return ", ".join(f"{name} {count:,}" for name, count in zip(what, found or (), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of `synthseed dbt seeds`")
    parser.add_argument("--seeded", type=int, default=10_000, help="rows of `dbt seed`")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dbt", default=shutil.which("dbt", path=str(Path(sys.executable).parent)) or shutil.which("dbt") or "dbt")
    parser.add_argument("--again", action="store_true", help="also over the rows that stand")
    given = parser.parse_args()
    print(f"Medians of {given.runs}, after one that is not counted.\n")
    print("| database | what | rows | whole command, s | the seed alone, s | rows/s | peak memory |")
    print("|---|---|--:|--:|--:|--:|--:|", flush=True)
    told: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "bench.duckdb"
        output: dict[str, object] = {"type": "duckdb", "path": str(file)}
        for line in table(Path(name) / "duckdb", f"DuckDB {duckdb.__version__}", given, output, lambda: duckdb_fresh(file), told):
            print(line, flush=True)
        with servers.postgres() as server:
            where = urlsplit(server.url)
            output = {"type": "postgres", "host": where.hostname, "port": where.port or 5432, "user": where.username}
            output |= {"password": where.password or "none", "dbname": DATABASE, "schema": "seeds"}
            version = f"PostgreSQL {server.version.split()[0]}"
            for line in table(Path(name) / "postgres", version, given, output, lambda: postgres_fresh(server.url), told):
                print(line, flush=True)
            with psycopg.connect(urlunsplit(where), autocommit=True) as connection:
                connection.execute(f"drop database if exists {DATABASE} with (force)")
    print("\nWhat stood in the table:\n" + "\n".join(f"- {line}" for line in told))


if __name__ == "__main__":
    main()
