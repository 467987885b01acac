"""profiles.yml is read without dbt, and becomes a URL that `connection` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from synthseed import connection
from synthseed.dbt import profiles
from synthseed.dbt.profiles import Profile
from synthseed.dbt.project import Project
from synthseed.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBT_PROFILES_DIR", "DBT_TARGET"):
        monkeypatch.delenv(name, raising=False)


def project(root: Path, **variables: Any) -> Project:
    return Project(root, "shop", "shop", root / "target", root / "dbt_packages", vars=variables)


def read(root: Path, output: dict[str, Any], *, target: str | None = None, given: dict[str, Any] | None = None, **own: Any) -> Profile:
    text = yaml.safe_dump({"shop": {"target": "dev", "outputs": {"dev": output, "other": {"type": "{{ env_var('NOT_SET') }}"}}}})
    (root / "profiles.yml").write_text(text, encoding="utf-8")
    return profiles.read_profile(project(root, **own), target=target, profiles_dir=root, vars=given)


def url(root: Path, **output: Any) -> Any:
    text = profiles.warehouse_url(read(root, output))
    assert text
    return connection.parse_url(text)


# ---------------------------------------------------------------------------------------------- rendering
def test_only_the_chosen_target_is_rendered(tmp_path: Path) -> None:
    assert read(tmp_path, {"type": "duckdb"}).adapter == "duckdb"
    with pytest.raises(ConfigurationError, match=r"outputs.other.type: environment variable `NOT_SET` is not set"):
        read(tmp_path, {"type": "duckdb"}, target="other")


def test_a_value_becomes_a_number_by_a_filter_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "5433")
    number, text = "{{ env_var('PORT') | as_number }}", "{{ env_var('PORT') }}"
    keys = {"a": number, "b": text, "c": "{{ 'True' | as_bool }}", "d": "{{ '[1, 2]' | as_native }}", "e": "{{ '007' | as_text }}"}

    output = read(tmp_path, {"type": "duckdb", **keys}).output

    assert [output[key] for key in keys] == [5433, "5433", True, [1, 2], "007"]


def test_secret_variables_are_read_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_KEY", "hunter two")

    profile = read(tmp_path, {"type": "snowflake", "password": "{{ env_var('DBT_ENV_SECRET_KEY') }}"})

    assert profile.output["password"] == "hunter two"
    assert profile.secrets == ("hunter two",)
    assert "hunter" not in repr(profile)


def test_a_variable_of_the_command_line_wins_over_the_default(tmp_path: Path) -> None:
    output = {"type": "duckdb", "path": "{{ var('file', 'a.duckdb') }}"}

    assert read(tmp_path, output, given={"file": "b.duckdb"}).output["path"] == "b.duckdb"
    # dbt 1 does not know the project's own variables here: its default is what dbt would open.
    assert read(tmp_path, output, file="c.duckdb").output["path"] == "a.duckdb"


def test_a_variable_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"dev.path: variable `file` is not set"):
        read(tmp_path, {"type": "duckdb", "path": "{{ var('file') }}"})


def test_a_template_cannot_leave_the_sandbox(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"dev.path: its Jinja cannot be rendered \(SecurityError\)"):
        read(tmp_path, {"type": "duckdb", "path": "{{ ''.__class__.__mro__[1].__subclasses__() }}"})


def test_a_password_with_braces_is_kept(tmp_path: Path) -> None:
    assert read(tmp_path, {"type": "postgres", "password": "a{{b"}).output["password"] == "a{{b"


def test_a_target_that_is_not_there_is_named_with_the_others(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"target `dve` is not there \(did you mean dev\?\); expected one of dev, other"):
        read(tmp_path, {"type": "duckdb"}, target="dve")


def test_a_profile_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text("store: {outputs: {}}", encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"profile `shop` is not there.*expected one of store"):
        profiles.read_profile(project(tmp_path), profiles_dir=tmp_path)


# ---------------------------------------------------------------------------------------------- URLs
def test_a_relative_duckdb_path_starts_at_the_project(tmp_path: Path) -> None:
    assert url(tmp_path, type="duckdb", path="data/shop.duckdb").database == str(tmp_path / "data" / "shop.duckdb")


@pytest.mark.parametrize("path", [None, ":memory:", "md:shop", "motherduck:shop", "ducklake:meta.ducklake"])
def test_a_duckdb_that_is_no_file_has_no_url_and_says_why(tmp_path: Path, path: str | None) -> None:
    profile = read(tmp_path, {"type": "duckdb", "path": path})

    assert profiles.warehouse_url(profile) is None
    assert "--out DIR" in profiles.why_files(profile)


def test_special_characters_of_a_password_survive(tmp_path: Path) -> None:
    found = url(tmp_path, type="postgres", host="db", user="me@x", password="p@:/#%?ä ", port="5433", dbname="shop", sslmode="require")

    assert (found.username, found.password, found.host, found.port, found.database) == ("me@x", "p@:/#%?ä ", "db", 5433, "shop")
    assert found.query["sslmode"] == "require"
    assert "p@:" not in connection.shown(found)


def test_the_aliases_of_postgres_are_known(tmp_path: Path) -> None:
    found = url(tmp_path, type="redshift", host="db", user="me", **{"pass": "word", "database": "shop"})

    assert (found.password, found.port, found.database) == ("word", 5439, "shop")


def test_role_and_search_path_are_set_for_the_session(tmp_path: Path) -> None:
    found = url(tmp_path, type="postgres", host="/var/run", user="me", dbname="shop", role="owner", search_path="a, b")

    assert found.query["options"] == "-c search_path=a,\\ b -c role=owner"
    assert found.query["host"] == "/var/run"


def test_mysql_and_sqlite_have_urls(tmp_path: Path) -> None:
    files = {"main": "shop.db"}

    assert url(tmp_path, type="mysql", server="db", username="me", password="word", schema="shop").database == "shop"
    assert url(tmp_path, type="sqlite", schema="main", schemas_and_paths=files).database == str(tmp_path / "shop.db")


def test_a_cloud_warehouse_is_filled_by_files(tmp_path: Path) -> None:
    profile = read(tmp_path, {"type": "bigquery"})

    assert profiles.warehouse_url(profile) is None
    assert "bigquery, which is filled by files" in profiles.why_files(profile)


def test_a_setting_that_the_url_needs_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"shop.outputs.dev has no `host`"):
        profiles.warehouse_url(read(tmp_path, {"type": "postgres", "user": "me", "dbname": "shop"}))
    with pytest.raises(ConfigurationError, match="port: is no number"):
        profiles.warehouse_url(read(tmp_path, {"type": "postgres", "host": "db", "user": "me", "dbname": "x", "port": "five"}))
