"""A file that dbt cannot parse is named by dbt's own words, and stood in for in a folder that looks like the project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from synthseed.dbt.project import Project
from synthseed.dbt.unparsed import named, readable

SYNTAX = """Compilation Error in model orders (models/shop/orders.sql)
  unexpected '}'
    line 3
      select {{ x }"""
LOST = """Compilation Error
  Model 'model.shop.orders' (models/shop/orders.sql) depends on a node named 'nobody' which was not found"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with two models, and a package with one that is called alike."""
    for name in ("models/shop/orders.sql", "models/other.sql", "dbt_packages/wares/models/shop/orders.sql"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("select 1", encoding="utf-8")
    return Project(tmp_path, "shop", "shop", tmp_path / "target", tmp_path / "dbt_packages")


def test_a_file_is_named_with_why_and_where(project: Project) -> None:
    assert named(SYNTAX, project) == ("models/shop/orders.sql", "unexpected '}', line 3")


def test_a_reference_that_leads_nowhere_is_named_in_full(project: Project) -> None:
    file, why = named(LOST, project) or ("", "")

    assert file == "models/shop/orders.sql"
    assert why.endswith("depends on a node named 'nobody' which was not found")


def test_of_two_files_of_a_name_the_one_is_meant_that_holds_what_dbt_shows(project: Project) -> None:
    (project.root / "dbt_packages/wares/models/shop/orders.sql").write_text("-- a comment\nselect {{ x }", encoding="utf-8")

    assert (named(SYNTAX, project) or ("",))[0] == "dbt_packages/wares/models/shop/orders.sql"


@pytest.mark.parametrize(
    "said", ["Parsing Error\n  Env var required", "Error in model x (models/x.sql)", "Error in model x (models/x.yml)"]
)
def test_what_is_no_file_of_the_project_is_not_named(project: Project, said: str) -> None:
    assert named(said, project) is None


def test_a_file_is_not_named_twice(project: Project) -> None:
    one = replace(project, unparsed={"models/shop/orders.sql": "", "dbt_packages/wares/models/shop/orders.sql": ""})

    assert named(SYNTAX, one) is None


def test_only_the_file_is_another_in_the_folder_that_dbt_reads(project: Project) -> None:
    with readable(replace(project, unparsed={"models/shop/orders.sql": "why"})) as folder:
        texts = {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in folder.rglob("*.sql")}
        texts["models/other.sql"] = (folder / "models/other.sql").read_text(encoding="utf-8")
        package = (folder / "dbt_packages/wares/models/shop/orders.sql").read_text(encoding="utf-8")

    assert "raise_compiler_error" in texts["models/shop/orders.sql"]
    assert (texts["models/other.sql"], package) == ("select 1", "select 1")
    assert (project.root / "models/shop/orders.sql").read_text(encoding="utf-8") == "select 1"
    assert not folder.exists()


def test_a_project_that_parses_is_read_where_it_is(project: Project) -> None:
    with readable(project) as folder:
        assert folder == project.root
