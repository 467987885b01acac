"""dbt_project.yml is found and read as dbt does."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthseed.dbt import project
from synthseed.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DBT_PROJECT_DIR", "DBT_PROFILE", "DBT_PROFILES_DIR", "DBT_TARGET_PATH", "DBT_PACKAGES_INSTALL_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dbt_project.yml").write_text(text, encoding="utf-8")
    return folder


def test_a_project_is_found_from_a_folder_inside_of_it(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", "name: shop\nprofile: mine\nseed-paths: [data]\nvars: {shop: {a: 1}, b: 2}\n")
    (root / "models" / "marts").mkdir(parents=True)

    found = project.find(root / "models" / "marts")

    assert (found.root, found.name, found.profile, found.seed_paths) == (root, "shop", "mine", ("data",))
    assert found.target_path == root / "target"
    assert found.own_vars["a"] == 1
    assert found.own_vars["b"] == 2


def test_without_a_folder_the_current_one_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path / "shop", "name: shop"))

    assert project.find().name == "shop"


def test_a_project_may_hold_jinja(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_FOLDER", "out")
    text = "name: shop\nprofile: \"{{ env_var('NO_SUCH', 'fallback') }}\"\ntarget-path: \"{{ env_var('TARGET_FOLDER') }}\"\n"
    text += 'models:\n  +schema: "{{ target.name }}"\n'

    found = project.find(write(tmp_path, text))

    assert (found.profile, found.target_path) == ("fallback", tmp_path / "out")


def test_the_environment_of_dbt_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET_PATH", "elsewhere")
    monkeypatch.setenv("DBT_PROFILE", "ci")

    found = project.find(write(tmp_path, "name: shop\nprofile: mine\n"))

    assert (found.profile, found.target_path) == ("ci", tmp_path / "elsewhere")


def test_no_project_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no dbt_project.yml here or above.*--project-dir"):
        project.find(tmp_path)


def test_a_project_that_is_no_yaml_is_said_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"dbt_project.yml:3: is no YAML"):
        project.find(write(tmp_path, "name: shop\nprofile: a\nvars: b: c\n"))


def test_a_project_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has no `name`"):
        project.find(write(tmp_path, "profile: mine"))


def test_profiles_are_looked_for_in_the_order_of_dbt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = project.find(write(tmp_path / "shop", "name: shop"))
    places = [tmp_path / "home" / ".dbt", found.root, tmp_path / "here", tmp_path / "named", tmp_path / "given"]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / "here")
    seen = []
    for place in places[:3]:
        (place / "profiles.yml").write_text("{}", encoding="utf-8")
        seen.append(found.profiles_dir())
    for place in places[3:]:
        (place / "profiles.yml").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path / "named"))
    seen += [found.profiles_dir(), found.profiles_dir(tmp_path / "given")]

    assert seen == places


def test_a_named_folder_without_profiles_is_not_passed_over(tmp_path: Path) -> None:
    found = project.find(write(tmp_path, "name: shop"))
    (tmp_path / "profiles.yml").write_text("{}", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="--profiles-dir"):
        found.profiles_dir(tmp_path / "nowhere")
