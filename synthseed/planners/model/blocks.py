"""Hold what prompts are made of: the constant files, and the blocks that every user prompt has."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files

from synthseed.planners.model.redaction import cleaned, name, words
from synthseed.planners.model.request import Guidance
from synthseed.schema import Schema, Table

PLAN, ROWS, VALUES = "plan.schema.json", "rows.schema.json", "values.schema.json"
PROMPTS = {PLAN: "system_prompt.txt", ROWS: "rows_prompt.txt", VALUES: "values_prompt.txt"}
MOST_REPLY = 32_000  # tokens of any reply: what current models give at least


@cache
def file_text(file: str) -> str:
    """Return a file of this package: a system prompt, or the JSON schema of a reply as it is sent, compact."""
    text = files("synthseed.planners.model").joinpath(file).read_text("utf-8")
    return json.dumps(json.loads(text), separators=(",", ":")) if file.endswith(".json") else text


def block(tag: str, text: str) -> str:
    """Return a block: each of its tags stands on a line of its own."""
    return f"<{tag}>\n{text}\n</{tag}>\n"


def context(schema: Schema, guidance: Guidance) -> str:
    """Return what the database is and is about."""
    said = {
        "dialect": f"{cleaned(schema.dialect)} {cleaned(schema.version).partition('.')[0].partition(' ')[0]}".strip(),
        "domain": guidance.domain,
        "locale": guidance.locale,
        "as_of": guidance.as_of,
    }
    return block("context", "\n".join(f"{key}: {' '.join(words(text).split())}" for key, text in said.items() if text))


def instructions(guidance: Guidance, asked: Mapping[str, Collection[str]]) -> str:
    """Return the user's words for the database and for what is asked for; nothing where the user says nothing."""
    lines = [words(guidance.instructions)]
    lines += [f"{name(key)}: {words(guidance.tables[key])}" for key in asked if guidance.tables.get(key)]
    for key, columns in asked.items():
        labels = {f"{key}.{column}": column for column in columns}
        lines += [f"{name(key)}.{name(labels[label])}: {words(guidance.columns[label])}" for label in labels if guidance.columns.get(label)]
    text = "\n".join(line for line in lines if line)
    return block("instructions", text) if text else ""


def parents(tables: Collection[Table], schema: Schema) -> list[Table]:
    """Return the parents of tables that are none of them."""
    asked = {table.key for table in tables}
    keys = dict.fromkeys(key.parent for table in tables for key in table.foreign_keys)
    return [schema.by_key[key] for key in keys if key not in asked and key in schema.by_key]
