"""The sources of a dbt project are filled so that its own `dbt build` is green and no model is empty."""

from __future__ import annotations

import json
import shutil
from contextlib import chdir
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from synthseed.errors import Guarded
from synthseed.report.dbt_filled import Built
from synthseed.report.filled import Filled
from synthseed.report.progress import Silent
from synthseed.verbs import dbt_fill as dbt_fill_verb
from synthseed.verbs import dbt_sources, dbt_verify, dbt_wanted, modelled, wanted
from synthseed.verbs.dbt_fill import dbt_fill
from synthseed.verbs.dbt_sources import Read

BY_THE_CLOCK = ("analytics_marts.product_price_history",)  # a snapshot by `check`: dbt writes the time of the build into it
SOURCES = ("shop", "stripe_raw", "crm", "marketing", "retail")


@dataclass(frozen=True)
class Filler:
    """Fill the sources of a project that was read once, in its warehouse."""

    warehouse: Any
    named: dbt_sources.Asked
    read: Read

    def fill(self, as_of: str, **rows: int) -> Filled:
        """Fill; of a table's name `__` is the dot."""
        wish = dbt_wanted.Wanted(wanted.asked({name.replace("__", "."): count for name, count in rows.items()}), as_of=as_of)
        return dbt_fill_verb.load(self.read, self.named, wish, self.database, Silent()).filled

    @property
    def database(self) -> Any:
        """Return the warehouse as a database to fill."""
        return dbt_fill_verb.database_of(self.read.project, self.named, NOTHING, modelled.Wish())


NOTHING = dbt_wanted.Wanted(wanted.asked())


def in_environment(warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> dbt_sources.Asked:
    """Let the project's profile find its warehouse; return how the project is named."""
    for name, value in warehouse.settings.items():
        monkeypatch.setenv(name, value)
    return dbt_sources.Asked(warehouse.folder, warehouse.dbt, warehouse.target, warehouse.folder)


def digests(warehouse: Any, schemas: tuple[str, ...]) -> dict[str, str]:
    """Return a digest of every table's rows, in whatever order they lie."""
    listed = ", ".join(f"'{schema}'" for schema in schemas)
    tables = warehouse.database.query(
        f"select table_schema, table_name from information_schema.tables where table_schema in ({listed}) and table_type = 'BASE TABLE'"
    )
    text = "cast(t as varchar)" if warehouse.target == "duckdb" else "t::text"
    found = {}
    with chdir(warehouse.folder):
        for schema, name in sorted(tables):
            query = f"select md5(string_agg(row_text, '|' order by row_text)) from (select {text} as row_text from {schema}.{name} t) one"
            found[f"{schema}.{name}"] = warehouse.database.query(query)[0][0]
    return found


def emptied(warehouse: Any) -> None:
    """Take out everything that was filled and built: the warehouse is as new."""
    built = [f"analytics_{name}" for name in ("staging", "marts", "lookups", "history")] + ["analytics", "synthseed"]
    for schema in (*SOURCES, *built):
        warehouse.database.execute(f"drop schema if exists {schema} cascade")
    warehouse.database.execute("drop table if exists synthseed_ledger")
    shutil.rmtree(warehouse.folder / "external")


def test_an_empty_project_is_green_at_the_first_build_and_alike_at_the_second(on_duckdb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    named = in_environment(on_duckdb, monkeypatch)
    options = {"project_dir": named.project_dir, "profiles_dir": named.profiles_dir, "dbt": named.dbt, "target": named.target}

    done = dbt_fill(verify=True, **options)
    first = digests(on_duckdb, (*SOURCES, "analytics_marts"))

    assert done.built is not None
    assert done.built.failed == ()
    assert (done.built.green, done.built.empty, done.built.rounds, done.repairs) == (True, (), 1, ())
    need_whole(on_duckdb, done.built)

    emptied(on_duckdb)
    dbt_fill(as_of=done.filled.as_of, **options)
    need_the_same(on_duckdb, first)


def test_on_postgres_it_is_as_green_and_rows_of_another_moment_replace_ours(on_postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    named = in_environment(on_postgres, monkeypatch)
    project, dbt = dbt_sources.paths(named)
    assert dbt is not None
    database = dbt_fill_verb.database_of(project, named, NOTHING, modelled.Wish())
    filler = Filler(on_postgres, named, dbt_fill_verb.understood(named, NOTHING, database))
    moment = datetime.now(UTC).replace(minute=0, second=0, microsecond=0).isoformat()

    filler.fill(moment)
    built = dbt_verify.built(dbt, filler.read, named, database, 1).built
    first = digests(on_postgres, (*SOURCES, "analytics_marts"))

    assert (built.failed, built.green, built.empty) == ((), True, ())
    need_whole(on_postgres, built)

    emptied(on_postgres)
    filler.fill(moment)
    need_the_same(on_postgres, first)
    need_ours_replaced(filler)


def need_whole(warehouse: Any, built: Built) -> None:
    """Raise unless marts are full and sources are fresh."""
    assert len(warehouse.all_null()) * 20 <= built.columns
    assert warehouse.run("source", "freshness").returncode == 0


def need_the_same(warehouse: Any, first: dict[str, str]) -> None:
    """Raise unless the next build is green, and its rows are those of the first."""
    assert len(first) > 20
    assert warehouse.run("build").returncode == 0
    assert warehouse.empty() == []
    again = digests(warehouse, (*SOURCES, "analytics_marts"))
    assert [name for name in first if again.get(name) != first[name] and name not in BY_THE_CLOCK] == []


def test_a_fill_told_from_another_moment_replaces_ours_and_refuses_others(
    on_duckdb: Any, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = replace(in_environment(on_duckdb, monkeypatch), artifacts=artifacts)

    need_ours_replaced(Filler(on_duckdb, named, dbt_sources.read_project(named)))


def need_ours_replaced(filler: Filler) -> None:
    """Raise unless rows that are told from another moment replace ours, all of them alike at the same moment, and no others."""
    warehouse = filler.warehouse
    filler.fill("2026-03-01T10:00")
    before = digests(warehouse, SOURCES)
    again = filler.fill("2026-03-01T10:00")
    later = filler.fill("2026-03-01T11:00")
    back = filler.fill("2026-03-01T10:00", crm__contact_properties=120)
    after = digests(warehouse, SOURCES)
    warehouse.database.execute("drop table synthseed.ledger" if warehouse.target == "postgres" else "drop table synthseed_ledger")

    assert again.rows == 0
    assert any("were replaced by rows told from 2026-03-01T11" in note for note in later.notes)
    assert {table.table: table.total for table in back.tables}["crm.contact_properties"] == 120
    assert [name for name, digest in after.items() if digest != before[name]] == ["crm.contact_properties"]
    with pytest.raises(Guarded, match=r"crm\.contact_properties.*rows that synthseed did not write"):
        filler.fill("2026-03-01T10:00")


def test_a_test_that_no_rows_can_pass_is_named_with_its_columns_and_ends_with_three(
    on_duckdb: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from synthseed import cli

    (on_duckdb.folder / "data_tests").mkdir(exist_ok=True)
    (on_duckdb.folder / "data_tests" / "nobody_is_older_than_now.sql").write_text(
        "select order_id from {{ ref('fct_orders') }} where total > 0 or total <= 0", encoding="utf-8"
    )
    in_environment(on_duckdb, monkeypatch)
    command = ["dbt", "fill", "--verify", "--json", "--no-oracle", "--project-dir", str(on_duckdb.folder), "--dbt", on_duckdb.dbt]

    monkeypatch.setattr("sys.argv", ["synthseed", *command, "--profiles-dir", str(on_duckdb.folder), "--target", "duckdb"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = json.loads(capsys.readouterr().out)

    assert ended.value.code == 3
    assert told["build"]["failed"] == ["nobody_is_older_than_now"]
    assert "stripe_raw.customer.created reads as integer" in [one["change"] for one in told["repairs"]]
    assert told["repairs"][-1] == {"round": ANY, "failed": "nobody_is_older_than_now", "change": "", "why": ANY}
