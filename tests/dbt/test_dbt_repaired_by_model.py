"""What no rule can repair after a build is asked of a model, which is told names and counts, and SQL only where the user says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthseed.testing import ModelServer
from synthseed.verbs.dbt_fill import dbt_fill

FILES = {
    "dbt_project.yml": "name: parts\nprofile: parts\nconfig-version: 2\nversion: '1.0'\ntest-paths: [data_tests]\n",
    "profiles.yml": "parts: {{target: d, outputs: {{d: {{type: duckdb, path: '{folder}/parts.duckdb', threads: 1}}}}}}\n",
    "models/sources.yml": "sources:\n  - name: plant\n    tables: [{name: parts}]\n",
    "models/stg_parts.sql": "select id, code, status from {{ source('plant', 'parts') }}",
    "data_tests/code_has_two_parts.sql": (
        "select id, code from {{ ref('stg_parts') }} where len(list_filter(string_split(code, '-'), lambda x: len(x) = 3)) <> 2"
    ),
}
LISTS = {"fks": [], "joints": [], "slots": [], "nulls": [], "follow": [], "overrides": [], "rules": []}


def planned(text: str) -> str:
    """Return a model's reply that plans the column by a template."""
    gen = {"kind": "template", "tiers": [{"share": 100, "values": [text]}]}
    table = {"table": "plant.parts", "about": "", "role": "entity", "rows": 0, **LISTS, "columns": [{"column": "code", "gen": gen}]}
    return json.dumps({"tables": [table]})


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one test reads a column in a way that no rule knows."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-local")
    monkeypatch.setenv("SYNTHSEED_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "parts"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(folder=folder) if name == "profiles.yml" else text, encoding="utf-8")
    return folder


def verified(folder: Path, dbt: str, answers: list[str], **options: Any) -> tuple[Any, list[str]]:
    """Fill and verify with a model that answers repairs so; return what was done, and what the repairs were asked with."""
    told: list[str] = []

    def answer(asked: Any) -> str | None:
        if "<problems>" not in asked.user:
            return None
        told.append(asked.user)
        return answers[min(len(told), len(answers)) - 1]

    with ModelServer(answer) as server:
        done = dbt_fill(
            project_dir=folder,
            profiles_dir=folder,
            dbt=dbt,
            planner="openai",
            base_url=server.base_url,
            verify=True,
            oracle=False,
            **options,
        )
    return done, told


def test_a_model_repairs_what_no_rule_can_but_nothing_that_a_person_wrote(parts: Path, dbt: str) -> None:
    done, told = verified(parts, dbt, [planned("{upper:4}"), planned("{upper:3}-{digits:3}")])
    file = parts / "seeds_config" / "plans" / "parts" / "plant.parts.yml"
    made = file.read_text(encoding="utf-8")
    file.write_text(made.replace("{upper:3}-{digits:3}", "{upper:2}-{digits:2}"), encoding="utf-8")
    again, asked = verified(parts, dbt, [planned("{upper:3}-{digits:3}")], truncate=True)

    assert (done.built.green, done.built.rounds, done.filled.asked.requests) == (True, 3, 3)
    assert [(one.round, one.failed) for one in done.repairs if "plant.parts.code" in one.change] == [
        (1, "code_has_two_parts"),
        (2, "code_has_two_parts"),
    ]
    assert "{upper:3}-{digits:3}" in made
    assert all("dbt test code_has_two_parts, a query of its own, of stg_parts failed for 100 rows" in text for text in told)
    assert not any("list_filter" in text or "string_split" in text for text in told)
    assert again.built.failed == ("code_has_two_parts",)
    assert asked == []
    assert "{upper:2}-{digits:2}" in file.read_text(encoding="utf-8")
