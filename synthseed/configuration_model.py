"""Read what synthseed.yml says of a model: which one, for how much, and what it is told in the user's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from synthseed import configuration_nodes as nodes

APIS = ("auto", "responses", "chat")
MODEL = ("name", "base_url", "key", "api", "effort", "service_tier", "timeout")
BUDGET = ("max_cost_usd", "max_requests", "max_tokens")
WHERE = ("database", "tables", "columns")  # parts of `instructions`, where it is no text
VARIABLE = re.compile(r"\$?\{?([A-Z_][A-Z0-9_]{0,63})\}?")


@dataclass(frozen=True, slots=True)
class Model:
    """Say which model plans; what is None is the client's default.

    Attributes:
        name: As the server knows it.
        base_url: Of a server that speaks OpenAI's API.
        key: Environment variable that holds the key for that server, never the key itself.
        api: `auto`, `responses` or `chat`.
        effort: Reasoning effort.
        service_tier: `flex`, or another tier of the account.
        timeout: Seconds that one request may take.
    """

    name: str | None = None
    base_url: str | None = None
    key: str | None = None
    api: str = "auto"
    effort: str = "low"
    service_tier: str | None = None
    timeout: float = 600.0


@dataclass(frozen=True, slots=True)
class Spending:
    """Say how much planning may cost; None: no limit."""

    max_cost_usd: Decimal | None = Decimal("1.00")
    max_requests: int | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Hold the user's own words: for the database, per table and per `table.column`; and whether comments may be sent."""

    instructions: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    domain: str = ""
    comments: bool = True


def model(file: Path, node: Any, where: str) -> Model:
    """Return what a `model:` says."""
    found = nodes.mapping(file, node, where)
    nodes.known(file, found, MODEL, f"{where}.")
    parts: dict[str, Any] = {
        name: nodes.text(file, f"{where}.{name}", found[name]) for name in ("name", "base_url", "effort", "service_tier") if name in found
    }
    if "api" in found:
        parts["api"] = nodes.one_of(file, f"{where}.api", found["api"], APIS)
    if "timeout" in found:
        parts["timeout"] = float(nodes.number(file, f"{where}.timeout", found["timeout"]))
    if "key" in found:
        parts["key"] = _variable(file, f"{where}.key", found["key"])
    return Model(**parts)


def _variable(file: Path, where: str, node: Any) -> str:
    found = VARIABLE.fullmatch(nodes.text(file, where, node))
    if found is None:  # what stands here may be the key: it is not repeated
        nodes.fail(file, node, f"{where} must be the name of an environment variable, such as OPENAI_API_KEY; a key is never written here")
    return found[1]


def spending(file: Path, node: Any, where: str) -> Spending:
    """Return what a `budget:` says."""
    found = nodes.mapping(file, node, where)
    nodes.known(file, found, BUDGET, f"{where}.")
    parts: dict[str, Any] = {}
    for name, value in found.items():
        number = nodes.number(file, f"{where}.{name}", value, whole=name != "max_cost_usd")
        parts[name] = number if name == "max_cost_usd" else int(number)
    return Spending(**parts)


def said(file: Path, found: Mapping[str, Any], where: str, before: Said) -> Said:
    """Return the words of a part of the file, on top of those that hold for all of it."""
    texts: dict[str, Any] = {"database": before.instructions, "tables": before.tables, "columns": before.columns}
    if "instructions" in found:
        texts |= _instructions(file, found["instructions"], f"{where}instructions")
    return Said(
        instructions=str(texts["database"]),
        tables=dict(texts["tables"]),
        columns=dict(texts["columns"]),
        domain=nodes.text(file, f"{where}domain", found["domain"]) if "domain" in found else before.domain,
        comments=nodes.truth(file, f"{where}comments", found["comments"]) if "comments" in found else before.comments,
    )


def _instructions(file: Path, node: Any, where: str) -> dict[str, Any]:
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return {"database": nodes.text(file, where, node)}
    found = nodes.mapping(file, node, where)
    nodes.known(file, found, WHERE, f"{where}.")
    return {
        name: nodes.text(file, f"{where}.{name}", value) if name == "database" else nodes.texts(file, f"{where}.{name}", value)
        for name, value in found.items()
    }
