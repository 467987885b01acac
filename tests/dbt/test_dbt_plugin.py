"""Sources that a plug-in of dbt-duckdb serves: dbt builds a project whose warehouse was never filled."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from database.conftest import DuckDB

from synthseed.dbt_plugin import Plugin
from synthseed.verbs.dbt_inspect import dbt_inspect

PROFILE = """\
shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: shop.duckdb
      threads: 4
      plugins: [{module: synthseed.dbt_plugin, alias: synthseed, config: {rows: 40, as_of: "2026-01-31"}}]
"""
PROJECT = """\
name: shop
profile: shop
sources: {shop: {+meta: {plugin: synthseed}}}
"""
YAML = """\
sources:
  - name: raw
    tables: [{name: orders}, {name: customers}]
models:
  - name: stg_customers
    columns: [{name: customer_id, data_tests: [unique, not_null]}]
  - name: paid
    columns:
      - {name: customer_id, data_tests: [{relationships: {arguments: {to: ref('stg_customers'), field: customer_id}}}]}
      - {name: kind, data_tests: [{accepted_values: {arguments: {values: [b2b, b2c]}}}]}
unit_tests:
  - name: names_are_small
    model: stg_customers
    given: [{input: "source('raw', 'customers')", rows: [{name: ANNA}]}]
    expect: {rows: [{name: anna}]}
"""
CUSTOMERS = "select id as customer_id, lower(name) as name from {{ source('raw', 'customers') }}"
PAID = """
select o.id, o.customer as customer_id, o.kind, cast(o.total as numeric(12, 2)) as total, to_timestamp(o.at) as at
from {{ source('raw', 'orders') }} o join {{ ref('stg_customers') }} c on c.customer_id = o.customer where o.status = 'paid'
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of two sources, and no warehouse."""
    files = {"profiles.yml": PROFILE, "dbt_project.yml": PROJECT, "models/all.yml": YAML}
    files |= {"models/stg_customers.sql": CUSTOMERS, "models/paid.sql": PAID}
    (tmp_path / "models").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def build(dbt: str, folder: Path, code: int = 0) -> str:
    """Call `dbt build`; it has to be green unless another exit code is expected."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    environment = {**ours, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_PROFILES_DIR": str(folder)}
    command = [dbt, "--no-use-colors", "build"]
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False, timeout=300)
    assert done.returncode == code, done.stdout
    return done.stdout


def test_dbt_builds_what_nobody_filled_and_the_next_build_has_the_same_rows(shop: Path, dbt: str) -> None:
    said = build(dbt, shop)
    database = DuckDB(f"duckdb:///{shop / 'shop.duckdb'}")
    before = database.query("select * from raw.orders order by id")

    assert "ERROR=0 SKIP=0" in said
    assert len(before) == 40
    assert database.query("select count(*) > 0, count(distinct kind) from main.paid") == [(True, 2)]

    build(dbt, shop)

    assert database.query("select * from raw.orders order by id") == before


def test_what_is_wrong_is_told_in_the_words_of_synthseed(shop: Path, dbt: str) -> None:
    (shop / "models" / "all.yml").write_text("sources: [{name: raw, tables: [{name: orders}, {name: customers}]}]", encoding="utf-8")
    profile = (shop / "profiles.yml").read_text(encoding="utf-8")
    (shop / "profiles.yml").write_text(profile.replace("2026-01-31", "soon"), encoding="utf-8")

    assert build(dbt, shop, code=1).count("--as-of is 'soon'; expected an ISO date or time") >= 1


def test_inspecting_makes_no_rows_and_fill_would_leave_these_sources(shop: Path, dbt: str) -> None:
    found = dbt_inspect(project_dir=shop, dbt=dbt, profiles_dir=shop)

    assert set(found.left) == {"raw.orders", "raw.customers"}
    assert found.failed == {}
    assert not (shop / "shop.duckdb").exists()


def test_plugin_takes_its_own_options_and_leaves_the_settings_of_others() -> None:
    plugin = Plugin("synthseed", {"rows": 3, "s3_region": "eu"})

    assert plugin.name == "synthseed"
    assert plugin.config == {"rows": 3}
