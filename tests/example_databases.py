"""Copy an example of seeds_config/examples beside a test, create its tables, and fill them as its reader does."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import synthseed

EXAMPLES = Path(__file__).parents[1] / "seeds_config" / "examples"


def filled(name: str, database: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, *, balance: Mapping[str, str] | None = None) -> None:
    """Fill a database by an example's own configuration and plan; `balance` replaces the line `set:` of the configuration."""
    own = folder / name
    shutil.copytree(EXAMPLES / name, own, ignore=shutil.ignore_patterns("*.db*"))
    if balance is not None:
        configuration = own / "synthseed.yml"
        lines = [line for line in configuration.read_text(encoding="utf-8").splitlines() if not line.startswith("    set:")]
        line = "    set: {" + ", ".join(f'{column}: "{words}"' for column, words in balance.items()) + "}"
        configuration.write_text("\n".join([*lines, line]) + "\n", encoding="utf-8")
    for suffix in (f".{database.dialect}.sql", ".sql"):
        if (own / f"schema{suffix}").exists():
            database.execute((own / f"schema{suffix}").read_text(encoding="utf-8"))
            break
    monkeypatch.chdir(own)
    monkeypatch.setenv(f"{name.upper()}_URL", database.url)
    synthseed.fill(db="dev")


def values(database: Any, sql: str) -> list[Any]:
    """Return the first column of a query."""
    return [row[0] for row in database.query(sql)]


def value(database: Any, sql: str) -> Any:
    """Return the only cell of a query."""
    ((found,),) = database.query(sql)
    return found
