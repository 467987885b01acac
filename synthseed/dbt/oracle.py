"""Let an empty scratch warehouse say what was misunderstood: the sources as empty tables, and the user's models over them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthseed.dbt import stubs
from synthseed.dbt.artifacts import Manifest, Result, read_results
from synthseed.dbt.command import Dbt, Outcome
from synthseed.dbt.described import Described
from synthseed.dbt.facts import Strength, TypeFact
from synthseed.dbt.lineage import Lineage
from synthseed.dbt.origins import cells_in
from synthseed.dbt.profiles import Profile
from synthseed.dbt.project import Project
from synthseed.dbt.rows import Cell, Row
from synthseed.dbt.scratch import Scratch
from synthseed.dbt.types import NUMBERS, kind_of, sql_of

LONGEST = 900.0  # seconds for one build of empty models
WITHOUT = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True, slots=True)
class Correction:
    """Say what a warehouse said of one column: the kind that it must have, and why."""

    cell: Cell
    kind: str
    why: str

    def fact(self, adapter: str) -> TypeFact:
        """Return it as the strongest word on the type."""
        return TypeFact(self.kind, Strength.WAREHOUSE, f"the warehouse: {self.why}", sql_of(self.kind, adapter))


def stub(made: Scratch, described: Described, manifest: Manifest) -> None:
    """Create the tables of all sources in a scratch warehouse, empty; those of an earlier round are replaced."""
    from synthseed.connection import connect

    catalog = made.database if made.profile.adapter == "duckdb" else ""
    with connect(made.url, create=True) as connection:
        for source in (manifest.sources[key] for key in described.tables):
            connection.exec_driver_sql(f"create schema if not exists {stubs.space(source, catalog)}")
            connection.exec_driver_sql(f"drop table if exists {stubs.place(source, catalog)} cascade")
        for statement in stubs.statements(described, manifest.sources, catalog):
            connection.exec_driver_sql(statement)
        connection.commit()


def build(dbt: Dbt, project: Project, made: Scratch, places: tuple[Path, Path], variables: Mapping[str, Any], profile: Profile) -> Outcome:
    """Build seeds, models and snapshots in a scratch warehouse; tests are left out.

    Args:
        places: Folder for the artifacts, and the one of an earlier build in the same warehouse, where there was one.
    """
    return dbt.run(
        ["build", *WITHOUT],
        project=project,
        target_path=places[0],
        profiles_dir=made.profiles_dir,
        target=profile.target,
        vars=variables or None,
        secrets=profile.secrets,
        timeout=LONGEST,
        parsed=places[1],
    )


def failures(outcome: Outcome) -> list[Result]:
    """Return the nodes that a build could not make."""
    file = outcome.target_path / "run_results.json"
    return [one for one in read_results(file) if one.status in ("error", "runtime error")] if file.is_file() else []


def corrections(failed: list[Result], manifest: Manifest, lineage: Lineage, described: Described) -> list[Correction]:
    """Return what the errors of a build say of the sources' columns; what says nothing of them is left out."""
    found: dict[Cell, Correction] = {}
    for result in failed:
        one = _missing(result, lineage, described, manifest) or _mistyped(result, manifest, lineage, described)
        if one is not None:
            found.setdefault(one.cell, one)
    return list(found.values())


# ---------------------------------------------------------------------------------------------- a column that is not there
def _missing(result: Result, lineage: Lineage, described: Described, manifest: Manifest) -> Correction | None:
    name = stubs.missing_column(result.message)
    if name is None:
        return None
    for key in _upstream(result.id, manifest, lineage):
        cell = Cell(key, name)
        if cell not in described.types:
            from synthseed.dbt.types import by_name

            return Correction(cell, by_name(name), f"{result.id.split('.')[-1]} reads it")
    return None


def _upstream(node: str, manifest: Manifest, lineage: Lineage) -> list[str]:
    """Return the sources whose rows a model passes on, the nearest first."""
    found: list[str] = []
    todo = list(manifest.nodes[node].depends_on) if node in manifest.nodes else []
    seen: set[str] = set()
    while todo:
        key = todo.pop(0)
        if key in seen:
            continue
        seen.add(key)
        if key in manifest.sources:
            found.append(key)
        elif key in manifest.nodes and lineage.rows.get(key, Row()).open:
            todo += manifest.nodes[key].depends_on
    return found


# ---------------------------------------------------------------------------------------------- a type that does not fit
WORD = re.compile(r'"([^"]+)"|([A-Za-z_]\w*)')


def _mistyped(result: Result, manifest: Manifest, lineage: Lineage, described: Described) -> Correction | None:
    message = result.message
    if not stubs.mistyped(message):
        return None
    kinds = _kinds(message)
    wanted = _wanted(message, kinds)
    if wanted is None:
        return None
    for cell in _named_at(message, result, lineage):
        settled = described.types.get(cell)
        if settled is not None and settled.kind != wanted and settled.strength < Strength.DECLARED and settled.kind in kinds | {"text"}:
            first = next((line for line in message.splitlines() if stubs.mistyped(line)), message.splitlines()[0])
            return Correction(cell, wanted, first.strip().split(". ")[0][:160])
    return None


def _kinds(message: str) -> set[str]:
    """Return the kinds of types that a message names."""
    found = set()
    for text in re.findall(r"[A-Za-z_]+(?: (?:without|with) time zone| varying| precision)?(?:\(\d+(?:,\s*\d+)?\))?", message):
        kind = kind_of(text)
        if kind:
            found.add(kind)
    return found


def _wanted(message: str, kinds: set[str]) -> str | None:
    """Return the kind that would have done, as far as a message tells."""
    call = re.search(r"(?:types '|function )\"?([\w.]+|[^\w\s(]+)\(([^)]*)\)", message)
    if call is not None:
        name, types = call[1].lower(), [kind_of(text.strip()) for text in call[2].split(",")]
        if name in ("sum", "avg", "round", "abs", "floor", "ceil", "-", "+", "*", "/", "%", "stddev", "median"):
            return "timestamp" if name in "-+" and set(types) & {"timestamp", "date"} else "numeric"
        if name in ("to_timestamp", "epoch_ms", "make_timestamp"):
            return "integer"
        if re.search(r"strptime|str_to|^to_date|^parse_", name):
            return "text"
        if re.search(r"date|time|day|month|year|week|epoch|strftime|age", name):
            return "timestamp"
        if re.search(r"lower|upper|trim|substr|left|right|split|replace|concat|regexp|length|strpos|instr|like|contains", name):
            return "text"
        if "json" in name:
            return "json"
        return None
    others = kinds - {"text"}
    if "text" in kinds and len(others) == 1:
        return others.pop()  # a text beside something else: the text was a guess
    if kinds <= NUMBERS | {"boolean"} and "boolean" in kinds and len(kinds) > 1:
        return "boolean"
    return None


def _named_at(message: str, result: Result, lineage: Lineage) -> list[Cell]:
    """Return the source columns that the line which a message points at names, those nearest to its mark first."""
    lines = message.splitlines()
    at = next((place for place, line in enumerate(lines) if re.match(r"\s*LINE \d+:", line)), None)
    if at is None:
        return []
    mark = lines[at + 1].find("^") if at + 1 < len(lines) else 0
    names = sorted(WORD.finditer(lines[at]), key=lambda found: (found.end() < mark, abs(found.start() - mark)))
    words = [(found[1] or found[2]).lower() for found in names]
    cells: list[Cell] = []
    for query in (query for query in lineage.queries if query.node == result.id):
        for word in words:
            for row in query.items.values():
                value = row.get(word) if row.knows(word) else None
                cells += sorted(cells_in(value), key=lambda cell: cell.column) if value is not None else []
    return [cell for cell in dict.fromkeys(cells) if not cell.relation.startswith("seed.")]
