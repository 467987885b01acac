"""The sources of a dbt project are filled so that its own `dbt build` is green and no model is empty."""

from __future__ import annotations

import json
import shutil
from contextlib import chdir
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from synthseed.errors import Guarded
from synthseed.report.dbt_filled import DbtFilled
from synthseed.report.filled import Filled
from synthseed.report.progress import Silent
from synthseed.verbs import dbt_fill as dbt_fill_verb
from synthseed.verbs import dbt_sources, dbt_wanted, modelled, wanted
from synthseed.verbs.dbt_fill import dbt_fill

BY_THE_CLOCK = ("analytics_marts.product_price_history",)  # a snapshot by `check`: dbt writes the time of the build into it
SOURCES = ("shop", "stripe_raw", "crm", "marketing", "retail")


@pytest.fixture
def fill(warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What fills the project's sources in its warehouse; `as_of` is the current hour unless a test gives one."""
    for name, value in warehouse.settings.items():
        monkeypatch.setenv(name, value)

    def filled(**options: Any) -> DbtFilled:
        return dbt_fill(project_dir=warehouse.folder, profiles_dir=warehouse.folder, dbt=warehouse.dbt, target=warehouse.target, **options)

    return filled


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


def test_an_empty_project_is_green_at_the_first_build_and_alike_at_the_second(fill: Any, warehouse: Any) -> None:
    done = fill(verify=True)
    moment = done.filled.as_of
    first = digests(warehouse, (*SOURCES, "analytics_marts"))

    assert done.built is not None
    assert done.built.failed == ()
    assert (done.built.green, done.built.empty, done.built.rounds, done.repairs) == (True, (), 1, ())
    assert len(warehouse.all_null()) * 20 <= done.built.columns
    assert warehouse.run("source", "freshness").returncode == 0
    assert len(first) > 20

    emptied(warehouse)
    fill(as_of=moment)
    assert warehouse.run("build").returncode == 0
    assert warehouse.empty() == []
    again = digests(warehouse, (*SOURCES, "analytics_marts"))
    assert [name for name in first if again.get(name) != first[name] and name not in BY_THE_CLOCK] == []


def test_a_fill_told_from_another_moment_replaces_ours_and_refuses_others(warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in warehouse.settings.items():
        monkeypatch.setenv(name, value)
    named = dbt_sources.Asked(warehouse.folder, warehouse.dbt, warehouse.target, warehouse.folder)
    read = dbt_sources.read_project(named)

    def filled(as_of: str, **rows: int) -> Filled:
        wish = dbt_wanted.Wanted(wanted.asked({name.replace("__", "."): count for name, count in rows.items()}), as_of=as_of)
        database = dbt_fill_verb.database_of(read.project, named, wish, modelled.Wish())
        return dbt_fill_verb.load(read, named, wish, database, Silent()).filled

    filled("2026-03-01T10:00")
    before = digests(warehouse, SOURCES)
    again = filled("2026-03-01T10:00")
    later = filled("2026-03-01T11:00")
    back = filled("2026-03-01T10:00", crm__contact_properties=120)
    after = digests(warehouse, SOURCES)
    warehouse.database.execute("drop table synthseed.ledger" if warehouse.target == "postgres" else "drop table synthseed_ledger")

    assert again.rows == 0
    assert any("were replaced by rows told from 2026-03-01T11" in note for note in later.notes)
    assert {table.table: table.total for table in back.tables}["crm.contact_properties"] == 120
    assert [name for name, digest in after.items() if digest != before[name]] == ["crm.contact_properties"]
    with pytest.raises(Guarded, match=r"crm\.contact_properties.*rows that synthseed did not write"):
        filled("2026-03-01T10:00")


def test_a_test_that_no_rows_can_pass_is_named_with_its_columns_and_ends_with_three(
    on_duckdb: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from synthseed import cli

    (on_duckdb.folder / "data_tests").mkdir(exist_ok=True)
    (on_duckdb.folder / "data_tests" / "nobody_is_older_than_now.sql").write_text(
        "select order_id from {{ ref('fct_orders') }} where total > 0 or total <= 0", encoding="utf-8"
    )
    for name, value in on_duckdb.settings.items():
        monkeypatch.setenv(name, value)
    command = ["dbt", "fill", "--verify", "--json", "--no-oracle", "--project-dir", str(on_duckdb.folder), "--dbt", on_duckdb.dbt]

    monkeypatch.setattr("sys.argv", ["synthseed", *command, "--profiles-dir", str(on_duckdb.folder), "--target", "duckdb"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = json.loads(capsys.readouterr().out)

    assert ended.value.code == 3
    assert told["build"]["failed"] == ["nobody_is_older_than_now"]
    assert told["repairs"][0]["change"] == "stripe_raw.customer.created reads as integer"
    assert told["repairs"][-1] == {"round": ANY, "failed": "nobody_is_older_than_now", "change": "", "why": ANY}


def test_only_selected_sources_and_their_parents_gain_rows(on_duckdb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in on_duckdb.settings.items():
        monkeypatch.setenv(name, value)
    folder: Path = on_duckdb.folder

    done = dbt_fill(project_dir=folder, profiles_dir=folder, dbt=on_duckdb.dbt, select=["shop.orders"], rows=50, oracle=False)

    assert {table.table for table in done.filled.tables if table.rows} == {"shop.orders", "shop.customers"}


def test_a_column_that_models_read_later_is_filled_and_the_others_stay(on_duckdb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in on_duckdb.settings.items():
        monkeypatch.setenv(name, value)
    folder: Path = on_duckdb.folder
    stores = folder / "models" / "staging" / "shop" / "stg_shop__customers.sql"

    def names() -> list[tuple[Any, ...]]:
        options: dict[str, Any] = {"profiles_dir": folder, "dbt": on_duckdb.dbt, "as_of": "2026-03-01", "oracle": False}
        dbt_fill(project_dir=folder, select=["shop.customers"], rows=20, **options)
        rows: list[tuple[Any, ...]] = on_duckdb.database.query("select id, first_name, email from shop.customers order by id")
        return rows

    before = names()
    text = stores.read_text(encoding="utf-8")
    stores.write_text(text.replace("from source", ", loyalty_level from source", 1), encoding="utf-8")
    after = names()

    assert ", loyalty_level from source" in stores.read_text(encoding="utf-8")
    assert after == before
    assert on_duckdb.database.query("select count(loyalty_level) from shop.customers") == [(20,)]
