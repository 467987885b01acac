"""Find the models that name others without ref(): dbt knows no order of theirs, and may build them too early."""

from __future__ import annotations

import re

from synthseed.dbt.artifacts import Manifest, Node, plain

# DuckDB: Table with name "marts.orders" does not exist because schema ...; PostgreSQL: relation "marts.orders" does not exist
MISSING = re.compile(r"(?:Table with name (?P<plain>[\w.]+|\"[^\"]+\") does not exist|relation \"(?P<quoted>[^\"]+)\" does not exist)")


def named_outright(node: str, message: str, manifest: Manifest) -> Node | None:
    """Return the model whose relation an error found missing, where the model that failed does not wait for it."""
    found = MISSING.search(message)
    if found is None or node not in manifest.nodes:
        return None
    parts = plain(found["plain"] or found["quoted"]).split(".")
    for other in manifest.nodes.values():
        there = [plain(part) for part in (other.database or "", other.schema, other.alias)]
        if there[-len(parts) :] == parts and other.id != node and other.id not in _awaited(node, manifest):
            return other
    return None


def _awaited(node: str, manifest: Manifest) -> set[str]:
    """Return what a model is built after."""
    found: set[str] = set()
    todo = [node]
    while todo:
        one = manifest.nodes.get(todo.pop())
        new = set(one.depends_on) - found if one is not None else set()
        found |= new
        todo += new
    return found
