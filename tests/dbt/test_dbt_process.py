"""A project's SQL is compiled by the user's own dbt, without the user's warehouse, whatever of the project is broken."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest
import yaml

from synthseed.dbt import compiled, profiles, project
from synthseed.dbt.command import Dbt, find_dbt
from synthseed.dbt.compiled import Compiled
from synthseed.dbt.profiles import Profile
from synthseed.dbt.scratch import scratch
from synthseed.errors import ConfigurationError
from synthseed.verbs.dbt_fill import dbt_fill

NOWHERE = {"type": "postgres", "host": "127.0.0.1", "port": 1, "user": "me", "password": "hush-hush", "dbname": "shop", "schema": "public"}
MODELS = {
    "orders": "select id, amount from {{ source('raw', 'orders') }}",
    "daily": "{{ config(materialized='incremental') }} select * from {{ ref('orders') }}"
    "{% if is_incremental() %} where id > (select max(id) from {{ this }}){% endif %}",
    "pivoted": "{% if execute %}{% set found = run_query('select 1 as a').columns %}{% endif %}select id from {{ ref('daily') }}",
    "broken": "{% if execute %}{{ exceptions.raise_compiler_error('the moon is not full') }}{% endif %}select 1 as id",
    "behind": "select * from {{ ref('broken') }}",
}
YAML = {
    "version": 2,
    "sources": [{"name": "raw", "schema": "raw", "tables": [{"name": "orders"}]}],
    "models": [{"name": "orders", "columns": [{"name": "id", "data_tests": ["unique", "not_null"]}]}],
}
GOOD = {"model.shop.orders", "model.shop.daily", "model.shop.pivoted", "model.shop.behind"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBT_PROJECT_DIR", "DBT_PROFILE", "DBT_PROFILES_DIR", "DBT_TARGET", "DBT_TARGET_PATH", "PYTHONPATH", "PYTHONWARNINGS"):
        monkeypatch.delenv(name, raising=False)


def shop(root: Path, output: dict[str, Any], **models: str) -> Path:
    """Write a project whose model `broken` can't be compiled."""
    root.mkdir()
    (root / "dbt_project.yml").write_text("name: shop\nprofile: shop\nconfig-version: 2\n", encoding="utf-8")
    text = yaml.safe_dump({"shop": {"target": "dev", "outputs": {"dev": output}}})
    (root / "profiles.yml").write_text(text, encoding="utf-8")
    (root / "models").mkdir()
    (root / "models" / "shop.yml").write_text(yaml.safe_dump(YAML), encoding="utf-8")
    for name, sql in {**MODELS, **models}.items():
        (root / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    return root


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def on_server(url: str) -> dict[str, Any]:
    at = urlsplit(url)
    place = {"host": at.hostname, "port": at.port, "user": at.username, "password": at.password or "x", "dbname": at.path[1:]}
    return {"type": "postgres", "schema": "public", **place}


def with_sql(found: Compiled) -> set[str]:
    return {key for key, node in found.manifest.nodes.items() if node.compiled}


def compile_shop(root: Path, dbt: Dbt) -> Compiled:
    return compiled.manifest(project.find(root), dbt)


# ---------------------------------------------------------------------------------------------- compiling
@pytest.fixture
def scratch_names(postgresql: Any) -> Any:
    """The names of the scratch databases of a server, as a function."""

    def names() -> set[str]:
        return {name for (name,) in postgresql.query("select datname from pg_database where datname like 'synthseed\\_%\\_%'")}

    return names


def test_on_duckdb_only_the_broken_model_is_lost(tmp_path: Path, dbt: str) -> None:
    root = shop(tmp_path / "shop", {"type": "duckdb", "path": "shop.duckdb"})
    before = files(root)

    found = compile_shop(root, find_dbt(dbt))

    assert found.failed == {"model.shop.broken": "the moon is not full"}
    assert with_sql(found) == GOOD
    assert all(test.compiled for test in found.manifest.tests.values())
    assert found.how == "dbt compile against an empty scratch duckdb"
    assert files(root) == before


def test_on_postgres_the_names_are_those_of_the_own_database(tmp_path: Path, dbt: str, postgresql: Any, scratch_names: Any) -> None:
    before = scratch_names()
    output = on_server(postgresql.url)

    found = compile_shop(shop(tmp_path / "shop", output, broken="select 1 as id"), find_dbt(dbt))

    assert found.failed == {}
    assert found.manifest.sources["source.shop.raw.orders"].database == output["dbname"]
    assert f'"{output["dbname"]}"."raw"."orders"' in (found.manifest.nodes["model.shop.orders"].compiled or "")
    assert scratch_names() <= before


def test_without_a_server_models_that_look_at_it_are_compiled_too(tmp_path: Path, dbt: str) -> None:
    root = shop(tmp_path / "shop", NOWHERE)
    before = files(root)

    found = compile_shop(root, find_dbt(dbt))

    assert found.failed == {"model.shop.broken": "the moon is not full"}
    assert with_sql(found) == GOOD
    assert "max(id)" not in (found.manifest.nodes["model.shop.daily"].compiled or "")
    assert found.how == "dbt compile against a warehouse that looks empty; postgres was not connected"
    assert files(root) == before


def test_a_dbt_that_is_no_python_script_loses_what_looks_at_the_warehouse(tmp_path: Path, dbt: str) -> None:
    wrapper = tmp_path / "dbt"
    wrapper.write_text(f'#!/bin/sh\nexec "{dbt}" "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)

    found = compile_shop(shop(tmp_path / "shop", NOWHERE), find_dbt(wrapper))

    assert set(found.failed) == {"model.shop.broken", "model.shop.daily", "model.shop.pivoted"}
    assert with_sql(found) == {"model.shop.orders", "model.shop.behind"}
    assert found.how.startswith("dbt compile --no-introspect")
    assert "no scratch warehouse" in found.how
    assert "hush-hush" not in found.how + str(found.failed)


def test_a_model_that_looks_at_its_source_compiles_once_that_is_there(tmp_path: Path, dbt: str) -> None:
    names = "{% if execute %}{{ adapter.get_columns_in_relation(source('raw', 'orders')) | map(attribute='name') | first }}{% endif %}"
    root = shop(tmp_path / "shop", {"type": "duckdb", "path": "shop.duckdb"}, broken=f"select {names} as n")
    found = project.find(root)

    with scratch(profiles.read_profile(found)) as made:
        with duckdb.connect(made.url.removeprefix("duckdb:///")) as connection:
            connection.execute("create schema raw; create table raw.orders (number_of_it integer)")
        again = compiled.against(found, find_dbt(dbt), made.profile)

    assert again.failed == {}
    assert "select number_of_it as n" in (again.manifest.nodes["model.shop.broken"].compiled or "")


def test_a_project_that_cannot_be_parsed_is_told_by_dbt(tmp_path: Path, dbt: str) -> None:
    root = shop(tmp_path / "shop", {"type": "duckdb"})
    (root / "models" / "shop.yml").write_text("sources: [{name: raw, tables: [{nam: orders}]}]", encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"(?s)dbt_project.yml: dbt ended with code 2; .*Error"):
        compile_shop(root, find_dbt(dbt))


def test_files_that_cannot_be_parsed_cost_themselves_in_fill_as_well(tmp_path: Path, dbt: str) -> None:
    lost = "select id from {{ ref('orders') }} join {{ ref('no_such_model') }} using (id)"
    root = shop(tmp_path / "shop", {"type": "duckdb", "path": "shop.duckdb"}, broken="select id from {{ ref('orders') } where", lost=lost)
    before = files(root)

    done = dbt_fill(project_dir=root, profiles_dir=root, dbt=dbt, rows=20)

    assert done.failed == {
        "model.shop.broken": "unexpected '}', line 1",
        "model.shop.lost": "Model 'model.shop.lost' (models/lost.sql) depends on a node named 'no_such_model' which was not found",
    }
    assert not any("could not be asked" in told for told in done.corrections)
    assert files(root) - before == {"shop.duckdb"}
    with duckdb.connect(str(root / "shop.duckdb")) as connection:
        assert connection.execute("select count(*), count(distinct id), count(amount) from raw.orders").fetchall() == [(20, 20, 20)]


def test_artifacts_are_read_as_they_stand_and_sql_that_a_manifest_lacks_from_the_files_beside_it(tmp_path: Path, dbt: str) -> None:
    root = shop(tmp_path / "shop", {"type": "duckdb"}, broken="select 1 as id")
    found = project.find(root)
    find_dbt(dbt).run(["compile"], project=found, target_path=found.target_path)
    file = found.target_path / "manifest.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    for node in raw["nodes"].values():  # as `dbt parse` writes it
        node.pop("compiled_code", None)
    file.write_text(json.dumps(raw), encoding="utf-8")

    beside = compiled.manifest(found, None, artifacts=found.target_path)
    shutil.rmtree(found.target_path / "compiled")
    standing = compiled.manifest(found, None)

    assert set(standing.manifest.sources) == {"source.shop.raw.orders"}
    assert set(standing.failed) == GOOD | {"model.shop.broken"}
    assert str(found.target_path) in standing.how
    assert beside.failed == {}
    assert with_sql(beside) == GOOD | {"model.shop.broken"}
    assert all(test.compiled for test in beside.manifest.tests.values())


def test_missing_artifacts_are_said_with_what_to_do(tmp_path: Path) -> None:
    found = project.find(shop(tmp_path / "shop", {"type": "duckdb"}))

    with pytest.raises(ConfigurationError, match=r"manifest.json: is not there.*run `dbt compile`.*pip install"):
        compiled.manifest(found, None)


def test_the_real_dbt_tells_its_version(dbt: str) -> None:
    assert find_dbt(dbt).version().startswith("1.1")


# ---------------------------------------------------------------------------------------------- scratch
def profile(root: Path, output: dict[str, Any]) -> Profile:
    return Profile(root / "profiles.yml", "shop", "dev", str(output["type"]), output, root)


def test_a_scratch_duckdb_has_the_name_and_the_settings_of_the_own(tmp_path: Path) -> None:
    output = {"type": "duckdb", "path": "data/my.shop.duckdb", "schema": "main", "threads": 3, "settings": {"x": "{{ y }}"}}

    with scratch(profile(tmp_path, output)) as made:
        written = yaml.safe_load((made.profiles_dir / "profiles.yml").read_text(encoding="utf-8"))["shop"]["outputs"]["dev"]
        again = profiles.read_profile(project.Project(tmp_path, "shop", "shop", tmp_path, tmp_path), profiles_dir=made.profiles_dir)

    assert made.database == "my"
    assert Path(written["path"]).name == "my.shop.duckdb"
    assert made.url == f"duckdb:///{written['path']}"
    assert written["threads"] == 3
    assert again.output["settings"] == {"x": "{{ y }}"}
    assert not made.profiles_dir.exists()


def test_an_attached_database_is_an_empty_one_of_the_same_name(tmp_path: Path) -> None:
    output = {"type": "duckdb", "path": ":memory:", "attach": [{"path": "md:prod"}, {"path": "lookup.duckdb", "read_only": True}]}

    with scratch(profile(tmp_path, output)) as made:
        first, second = made.profile.output["attach"]

    assert made.database == "memory"
    assert (first["alias"], Path(first["path"]).name) == ("prod", "prod.duckdb")
    assert second == {"path": "lookup.duckdb", "read_only": True}


def test_a_scratch_database_is_dropped_though_a_session_is_left_in_it(tmp_path: Path, postgresql: Any, scratch_names: Any) -> None:
    with scratch(profile(tmp_path, on_server(postgresql.url))) as made:
        left = psycopg.connect(made.url.replace("+psycopg", ""))
        there = scratch_names()
    left.close()

    assert made.database in there
    assert made.database not in scratch_names()


def test_scratch_databases_of_killed_runs_are_dropped_after_a_day(tmp_path: Path, postgresql: Any, scratch_names: Any) -> None:
    old, young = f"synthseed_{int(time.time()) - 90_000}_0123abcd", f"synthseed_{int(time.time()) - 80_000}_0123abcd"
    for name in (old, young):
        postgresql.execute(f"create database {name}")

    with scratch(profile(tmp_path, on_server(postgresql.url))):
        left = scratch_names()
    postgresql.execute(f"drop database {young}")

    assert young in left
    assert old not in left


def test_a_user_who_may_not_create_databases_is_told_so(tmp_path: Path, postgresql: Any) -> None:
    postgresql.execute("create role synthseed_no_createdb login password 'hush-hush'")
    output = {**on_server(postgresql.url), "user": "synthseed_no_createdb", "password": "hush-hush"}

    try:
        with pytest.raises(ConfigurationError, match=r"may not create databases; ALTER ROLE"), scratch(profile(tmp_path, output)):
            pass
    finally:
        postgresql.execute("drop role synthseed_no_createdb")


def test_a_cloud_warehouse_has_no_scratch(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match=r"dev is snowflake; expected duckdb or postgres"),
        scratch(profile(tmp_path, {"type": "snowflake"})),
    ):
        pass
