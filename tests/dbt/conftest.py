"""Give every test here its own copy of the dbt project, the dbt of this machine, and a fresh database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from database.conftest import Database, DuckDB, postgres_server, postgresql

from synthseed.dbt import compiled
from synthseed.dbt.artifacts import Manifest, Result, read_manifest, read_results
from synthseed.dbt.command import find_dbt
from synthseed.dbt.profiles import read_profile
from synthseed.dbt.project import find
from synthseed.dbt.scratch import scratch

sys.path.insert(0, str(Path(__file__).parent))  # so that a test here imports `hand_rows`

__all__ = ["postgres_server", "postgresql"]  # fixtures: the same server as in tests/database

PROJECT = Path(__file__).parent / "project"
KEPT_OUT = ("PYTHONPATH", "PYTHONWARNINGS")  # ours; dbt has its own Python
WRITTEN = shutil.ignore_patterns("target", "logs", "external", "*.duckdb", ".user.yml")  # by a run inside the checkout


@dataclass(frozen=True)
class Warehouse:
    """Hold a fresh database, and a copy of the project that builds into it."""

    folder: Path
    dbt: str
    target: str
    database: Database
    settings: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """Return what dbt is to see: the environment, where its profile lies, and what that asks for."""
        ours = {name: value for name, value in os.environ.items() if name not in KEPT_OUT}
        return {**ours, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_PROFILES_DIR": str(self.folder), **self.settings}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call dbt inside the project; what it says on both streams is in `stdout`."""
        command = [self.dbt, "--no-use-colors", *arguments, "--target", self.target]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )

    def manifest(self) -> Manifest:
        """Return the manifest of the last call."""
        return read_manifest(self.folder / "target" / "manifest.json")

    def results(self) -> tuple[Result, ...]:
        """Return the results of the last call."""
        return read_results(self.folder / "target" / "run_results.json")

    def empty(self) -> list[str]:
        """Return the models, snapshots and seeds that have no row; an ephemeral model is no relation."""
        built = [node for node in self.manifest().nodes.values() if node.materialized != "ephemeral"]
        with chdir(self.folder):  # a view over a Parquet file names it as dbt does, from the project's folder
            return [node.name for node in built if self.database.query(f"select count(*) from {node.relation}") == [(0,)]]

    def all_null(self, schema: str = "analytics_marts") -> list[str]:
        """Return `table.column` of every column that holds no value in any row."""
        columns = self.database.query(f"select table_name, column_name from information_schema.columns where table_schema = '{schema}'")
        counted = {f"{table}.{name}": f'select count("{name}") from {schema}.{table}' for table, name in columns}
        return sorted(name for name, query in counted.items() if self.database.query(query) == [(0,)])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the dbt project, with a folder for the files of the external source."""
    copy = tmp_path / "hearth"
    shutil.copytree(PROJECT, copy, ignore=WRITTEN)
    (copy / "external").mkdir()
    return copy


@pytest.fixture(scope="session")
def dbt() -> str:
    """The path of dbt: beside this Python, else on the PATH."""
    beside = Path(sys.executable).with_name("dbt")
    found = str(beside) if beside.exists() else shutil.which("dbt")
    if not found:
        pytest.fail(f"no dbt: neither {beside} nor one on the PATH; install dbt-core 1.11, dbt-duckdb and dbt-postgres, or extend the PATH")
    return found


@pytest.fixture(scope="session")
def artifacts(dbt: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What dbt compiles of the project on an empty DuckDB, once for all tests that only read it."""
    copy, target = tmp_path_factory.mktemp("compiled") / "hearth", tmp_path_factory.mktemp("target")
    shutil.copytree(PROJECT, copy, ignore=WRITTEN)
    project = find(copy)
    with scratch(read_profile(project, target="duckdb", profiles_dir=copy)) as made:
        options = {"project": project, "target_path": target, "profiles_dir": made.profiles_dir, "target": "duckdb"}
        find_dbt(dbt).run(["compile"], script=compiled.SCRIPT, **options)
    return target


@pytest.fixture
def on_duckdb(project: Path, dbt: str) -> Warehouse:
    """The project, and a DuckDB file beside it."""
    file = project / "hearth.duckdb"
    database = DuckDB(f"duckdb:///{file}")
    database.execute("checkpoint")
    return Warehouse(project, dbt, "duckdb", database, {"HEARTH_DUCKDB": str(file)})


@pytest.fixture
def on_postgres(project: Path, dbt: str, request: pytest.FixtureRequest) -> Warehouse:
    """The project, and a fresh database of a PostgreSQL server."""
    database = request.getfixturevalue("postgresql")
    where = urlsplit(database.url)
    settings = {
        "HEARTH_PGHOST": where.hostname or "",
        "HEARTH_PGPORT": str(where.port or 5432),
        "HEARTH_PGUSER": where.username or "",
        "HEARTH_PGPASSWORD": where.password or "",
        "HEARTH_PGDATABASE": where.path[1:],
    }
    return Warehouse(project, dbt, "postgres", database, settings)


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Each warehouse in turn: the same test on both."""
    found: Warehouse = request.getfixturevalue(f"on_{request.param}")
    return found
