"""Write the reply that a prompt asks for: a plan of tables, rows of a table, or more values of a list."""

from __future__ import annotations

import json
import re
from typing import Any

from synthseed.testing.guesses import Gen, gen
from synthseed.testing.reading import Column, Table, asked_tables, block, named, names
from synthseed.testing.scripts import Asked

_FANOUT = {"min": 0, "p25": 1, "p50": 2, "p75": 4, "p95": 8, "max": 12}
_NONE = dict.fromkeys(_FANOUT, 0)


def reply_to(question: Asked) -> str:
    """Return the reply to a prompt, as JSON; the least that its schema allows where the prompt asks for none of ours."""
    user = question.user
    if "<plan_for>" in user:
        made: Any = {"tables": [_table(*wanted) for wanted in asked_tables(user)]}
    elif "<write>" in user:
        made = {"rows": _rows(user)}
    elif "<lists>" in user:
        made = {"lists": [_list(line) for line in block(user, "lists").splitlines()]}
    else:
        made = _least(question.schema or {}, question.schema or {})
    return json.dumps(made, ensure_ascii=False)


# ---------------------------------------------------------------------------------------------- a plan
def _table(table: Table, only: frozenset[str] | None, with_keys: bool) -> dict[str, Any]:
    wanted = [column for column in table.columns if (not column.auto if only is None else column.name in only)]
    gens = [(column, gen(column, table)) for column in wanted]
    return {
        "table": table.name,
        "about": f"rows of {table.name}",
        "role": "event" if table.keys else "entity",
        "rows": 300 if table.keys else 100,
        "fks": _keys(table) if with_keys else [],
        "joints": [],
        "slots": [],
        "columns": [_column(column, made) for column, made in gens if made is not None],
        "nulls": [{"column": column.name, "percent": 10} for column, made in gens if column.nullable and made is not None],
        "follow": [],
        "overrides": [],
        "rules": [],
    }


def _column(column: Column, made: Gen) -> dict[str, Any]:
    return {"column": column.name, "gen": made}


def _keys(table: Table) -> list[dict[str, Any]]:
    """Return the foreign keys: the first to another table drives, the others pick."""
    driver = next((columns for columns, parent in table.keys if parent != table.name), None)
    return [
        {
            "columns": columns,
            "mode": "driver" if columns == driver else "pick",
            "via": "",
            "fanout": _FANOUT if columns == driver else _NONE,
            "skew": "none" if columns == driver else "mild",
        }
        for columns, _ in table.keys
    ]


# ---------------------------------------------------------------------------------------------- rows, values
def _rows(user: str) -> list[dict[str, Any]]:
    wish = block(user, "write")
    count, first = (int(number) for number in re.findall(r"^rows: (\d+), numbered (\d+)", wish, re.MULTILINE)[0])
    table = named(re.findall(r"^table (.*)$", wish, re.MULTILINE)[0])[0]
    known = next((found for found, *_ in asked_tables(f"{user}<plan_for>{json.dumps(table)}</plan_for>")), None)
    wanted = names(re.findall(r"^columns: (.*)$", wish, re.MULTILINE)[0])
    columns = known.by_name if known else {}
    return [{"n": number, "cells": [_cell(columns.get(name), number) for name in wanted]} for number in range(first, first + count)]


def _cell(column: Column | None, number: int) -> str:
    """Return a value of a column's type; whoever reads it sees that nobody wrote it."""
    if column is None:
        return f"text {number}"
    if column.labels:
        return column.labels[number % len(column.labels)]
    word = re.match(r"[a-z]+", column.type)
    match word[0] if word else "":
        case "tinyint" | "smallint" | "int" | "bigint" | "numeric" | "float":
            return str(number % 100 + 1)
        case "bool":
            return "true" if number % 4 else "false"
        case "date":
            return f"2024-01-{number % 28 + 1:02}"
        case "timestamp" | "timestamptz":
            return f"2024-01-{number % 28 + 1:02}T09:30:00"
        case "time":
            return f"{number % 24:02}:30:00"
        case "json" | "jsonb":
            return f'{{"n": {number}}}'
    if "mail" in column.name:
        return f"person{number}@example.com"
    length = re.search(r"\((\d+)\)", column.type)
    return f"Sample {column.name} {number}"[-int(length[1]) if length else 0 :]


def _list(line: str) -> dict[str, Any]:
    name, rest = named(line)
    wanted = re.search(r"(\d+) more", rest)
    return {"name": name, "values": [f"{name} variant {number}" for number in range(1, int(wanted[1]) + 1 if wanted else 11)]}


def _least(node: Any, root: Any) -> Any:
    """Return the least value that a schema allows."""
    if "$ref" in node:
        return _least(root.get("$defs", {}).get(node["$ref"].rpartition("/")[2], {}), root)
    if "enum" in node:
        return node["enum"][0]
    if "anyOf" in node:
        return _least(node["anyOf"][0], root)
    kind = node.get("type", "object")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return {name: _least(inner, root) for name, inner in node.get("properties", {}).items()}
        case "array":
            return []
        case "string":
            return ""
        case "boolean":
            return False
        case "null":
            return None
    return 0
