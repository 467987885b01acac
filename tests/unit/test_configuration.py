"""synthseed.yml is read whole, and every error names its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from synthseed import configuration
from synthseed.configuration import Database
from synthseed.errors import ConfigurationError, NotBuilt

FILE = """
planner: openai
instructions: A German B2B shop for garden tools
domain: gardening
locale: de_DE
model: {name: some-model, base_url: http://127.0.0.1:1/v1, key: MY_KEY, api: chat, timeout: 30}
budget: {max_cost_usd: 0.25, max_requests: 4}
databases:
  dev:
    url: sqlite:///dev.db
    instructions:
      tables: {orders: mostly small}
      columns: {orders.status: 2 % are refunded}
    set: {orders.status: "paid:80,refunded:20"}
  other:
    url: sqlite:///other.db
    planner: offline
    instructions: something else
    comments: false
"""


def read(folder: Path, text: str, alias: str = "dev") -> Database:
    file = folder / "seeds_config" / "synthseed.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return configuration.read(file).database(alias, {})


def test_what_holds_for_the_file_holds_for_a_database(tmp_path: Path) -> None:
    dev = read(tmp_path, FILE)

    assert (dev.planner, dev.locale, dev.said.domain) == ("openai", "de_DE", "gardening")
    assert (dev.model.name, dev.model.key) == ("some-model", "MY_KEY")
    assert (dev.spending.max_cost_usd, dev.spending.max_requests, dev.spending.max_tokens) == (Decimal("0.25"), 4, None)
    assert dev.said.instructions == "A German B2B shop for garden tools"
    assert dev.said.tables == {"orders": "mostly small"}
    assert dev.said.columns == {"orders.status": "2 % are refunded"}
    assert dev.settings == {"orders.status": "paid:80,refunded:20"}


def test_a_database_says_otherwise_for_itself(tmp_path: Path) -> None:
    other = read(tmp_path, FILE, "other")

    assert (other.planner, other.said.comments) == ("offline", False)
    assert (other.said.instructions, other.said.domain) == ("something else", "gardening")


def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"yml:1: model.key must be the name of an environment variable") as raised:
        read(tmp_path, "model: {key: sk-proj-0123456789abcdef}\n")

    assert "0123456789" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("planner: opnai\n", r"yml:1: planner is 'opnai' \(did you mean openai\?\); expected one of offline, openai"),
        ("\nmodel: {nam: x}\n", r"yml:2: model.nam is not known \(did you mean name\?\)"),
        ("budget: {max_cost_usd: -1}\n", r"budget.max_cost_usd is '-1'; expected a number above 0"),
        ("budget: {max_requests: 1.5}\n", r"budget.max_requests is '1.5'; expected a whole number above 0"),
        ("instructions: {tabels: {}}\n", r"instructions.tabels is not known \(did you mean tables\?\)"),
        ("databases: {dev: {planer: x}}\n", r"databases.dev.planer is not known \(did you mean planner\?\)"),
        ("comments: maybe\n", r"comments is 'maybe'; expected true or false"),
    ],
)
def test_an_error_names_the_line_and_what_is_expected(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read(tmp_path, text)


def test_protections_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match="`protections:` is not built yet"):
        read(tmp_path, "protections: {}\n")


def test_a_configuration_in_this_very_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "synthseed.yml").write_text("databases: {dev: {url: 'sqlite:///x.db'}}\n")

    file = configuration.find(tmp_path)

    assert file == tmp_path / "synthseed.yml"
    assert configuration.read(file).database("dev", {}).url == f"sqlite:///{tmp_path / 'x.db'}"
    assert configuration.read(file).database("dev", {}).plan == tmp_path / "plans" / "dev"
