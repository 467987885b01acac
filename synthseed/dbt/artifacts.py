"""Read `manifest.json` and `run_results.json` as frozen data, from dbt 1.11 on, dbt 2 included.

Only what is read of them is described here. A field that another version leaves out, or writes as null, is as empty as one
that says nothing: an artifact is the user's, and nothing of it is a reason to stop. Source: schemas.getdbt.com/dbt/manifest/v12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from synthseed.errors import ConfigurationError

WORDS = (
    "cast", "as", "timestamp", "timestamptz", "date", "to_timestamp", "at", "time", "zone", "coalesce", "convert_timezone", "try_cast",
    "datetime", "parse_timestamp", "timestamp_ntz",
)  # fmt: skip  # of a `loaded_at_field` that is an expression, what is no column
BUILT = ("model", "snapshot", "seed")  # resource types that are relations once `dbt build` has run


@dataclass(frozen=True, slots=True)
class Field:
    """Describe a documented column: its declared type, its description, and the constraints of a model's contract."""

    name: str
    data_type: str | None = None
    description: str = ""
    constraints: tuple[str, ...] = ()  # not_null, unique, primary_key, ...


@dataclass(frozen=True, slots=True)
class Limit:
    """Hold a freshness limit in seconds; None where there is none."""

    warn: int | None = None
    error: int | None = None
    filter: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Describe a source table.

    Attributes:
        id: `source.<package>.<source>.<table>`.
        relation: As dbt writes it into SQL, quoted; None where an adapter leaves it out.
        loaded_at: Column (or SQL) that freshness is measured by.
        location: `external_location` of dbt-duckdb, with `{name}` and `{identifier}` put in; None elsewhere.
        plugin: Name of the dbt-duckdb plug-in that serves it; None elsewhere.
    """

    id: str
    package: str
    source: str
    name: str
    database: str | None
    schema: str
    identifier: str
    relation: str | None
    columns: tuple[Field, ...] = ()
    description: str = ""
    loaded_at: str | None = None
    freshness: Limit = Limit()
    location: str | None = None
    plugin: str | None = None
    file: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def loaded_column(self) -> str:
        """Return the column of `loaded_at`, which may be an expression; empty where freshness is not measured."""
        if not self.loaded_at or not (self.freshness.warn or self.freshness.error):
            return ""
        words = (quoted or plain for quoted, plain in re.findall(r'"([^"]+)"|([A-Za-z_]\w*)', self.loaded_at))
        return next((word for word in words if word.lower() not in WORDS), "")

    @property
    def label(self) -> str:
        """Return `source.table`, as `--select source:` has it."""
        return f"{self.source}.{self.name}"


@dataclass(frozen=True, slots=True)
class Node:
    """Describe a model, a snapshot or a seed.

    Attributes:
        id: `model.<package>.<name>` and the like.
        kind: model, snapshot or seed.
        compiled: SQL after Jinja; None where dbt did not compile it (and for seeds).
        raw: SQL before Jinja; the CSV's path, from the project's root, lies in `file`.
        depends_on: Ids of sources, models, seeds and snapshots.
        config: Whatever dbt says; read with `get`.
        aliases: Columns of sources by the names that macros of the model give them: `{"name": "type", "alias": "kind"}`.
    """

    id: str
    kind: str
    package: str
    name: str
    database: str | None
    schema: str
    alias: str
    relation: str | None
    columns: tuple[Field, ...]
    depends_on: tuple[str, ...]
    compiled: str | None
    raw: str
    file: str
    path: str
    config: Mapping[str, Any]
    primary_key: tuple[str, ...] = ()
    root: str | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def materialized(self) -> str:
        """Return table, view, incremental, ephemeral, snapshot, seed, ..."""
        return str(self.config.get("materialized") or self.kind)


@dataclass(frozen=True, slots=True)
class Test:
    """Describe a data test.

    Attributes:
        kind: not_null, unique, accepted_values, relationships, `dbt_utils.equal_rowcount`, ...; "singular" for a SQL file.
        node: Id of the node that it is attached to; None where dbt says none.
        column: Column that it is about, else None.
        arguments: Keyword arguments as written, `model` and `column_name` left out.
        compiled: Its SQL after Jinja: rows that it returns are failures; None where dbt did not compile it.
        where: The `where` of its configuration.
        severity: error or warn, in small letters.
    """

    id: str
    name: str
    kind: str
    node: str | None
    column: str | None
    arguments: Mapping[str, Any]
    depends_on: tuple[str, ...]
    compiled: str | None
    where: str | None
    severity: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """Describe an entity of a semantic model: `kind` is primary, unique, natural or foreign; `expr` a column or SQL."""

    name: str
    kind: str
    expr: str
    model: str  # id of the model


@dataclass(frozen=True)
class Manifest:
    """Hold a dbt project; every mapping is by id, disabled nodes are left out."""

    project: str
    adapter: str
    dbt_version: str
    sources: Mapping[str, Source]
    nodes: Mapping[str, Node]
    tests: Mapping[str, Test]
    entities: tuple[Entity, ...]
    vars: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def by_relation(self) -> dict[str, str]:
        """Return ids by relation name, quotes taken off and letters small: `db.schema.name`."""
        named: list[Node | Source] = [*self.nodes.values(), *self.sources.values()]
        return {plain(node.relation): node.id for node in named if node.relation}


@dataclass(frozen=True, slots=True)
class Result:
    """Hold what became of one node in a run: success, pass, error, fail, warn, skipped, ...; `failures` are a test's rows."""

    id: str
    status: str
    message: str
    failures: int | None
    seconds: float
    compiled: str | None = None


def plain(relation: str) -> str:
    """Return a relation's name without quotes, in small letters."""
    return relation.replace('"', "").replace("`", "").replace("'", "").replace("[", "").replace("]", "").lower()


# ---------------------------------------------------------------------------------------------- reading
def read_manifest(file: Path) -> Manifest:
    """Read a manifest.

    Raises:
        ConfigurationError: The file is missing, or is no manifest.
    """
    root = _json(file, "a manifest of dbt (`dbt parse` writes one)")
    if not isinstance(root.get("nodes"), dict) or not isinstance(root.get("sources"), dict):
        raise ConfigurationError(f"{file}: is no manifest of dbt: it lacks `nodes` or `sources`; `dbt parse` writes one")
    about = _map(root.get("metadata"))
    aliases = {key: _aliases(str(_map(raw).get("macro_sql") or "")) for key, raw in _map(root.get("macros")).items()}
    built = {key: _node(key, raw, aliases) for key, raw in root["nodes"].items() if _enabled(raw) and raw.get("resource_type") in BUILT}
    tests = {key: _test(key, raw) for key, raw in root["nodes"].items() if _enabled(raw) and raw.get("resource_type") == "test"}
    return Manifest(
        project=str(about.get("project_name") or ""),
        adapter=str(about.get("adapter_type") or ""),
        dbt_version=str(about.get("dbt_version") or ""),
        sources={key: _source(key, raw) for key, raw in root["sources"].items() if _enabled(raw)},
        nodes=built,
        tests=tests,
        entities=tuple(_entities(_map(root.get("semantic_models")), built)),
    )


def read_results(file: Path) -> tuple[Result, ...]:
    """Read the results of the last command.

    Raises:
        ConfigurationError: The file is missing, or is no run_results.json.
    """
    root = _json(file, "the results of dbt (`dbt build` writes them)")
    return tuple(_result(_map(raw)) for raw in root.get("results") or ())


def _json(file: Path, what: str) -> dict[str, Any]:
    try:
        root = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({type(error).__name__}); expected {what}") from error
    except ValueError as error:
        raise ConfigurationError(f"{file}: is no JSON ({error}); expected {what}") from error
    return _map(root)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _enabled(raw: Any) -> bool:
    return _map(_map(raw).get("config")).get("enabled", True) is not False


def _fields(raw: Mapping[str, Any]) -> tuple[Field, ...]:
    found = []
    for name, column in _map(raw.get("columns")).items():
        column = _map(column)
        limits = tuple(str(_map(c).get("type")) for c in column.get("constraints") or ())
        found.append(Field(str(column.get("name") or name), column.get("data_type") or None, str(column.get("description") or ""), limits))
    return tuple(found)


SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


def _limit(raw: Any) -> Limit:
    raw = _map(raw)

    def seconds(name: str) -> int | None:
        part = _map(raw.get(name))
        period = SECONDS.get(str(part.get("period")))
        return int(part["count"]) * period if part.get("count") and period else None

    return Limit(seconds("warn_after"), seconds("error_after"), raw.get("filter"))


def _source(key: str, raw: Mapping[str, Any]) -> Source:
    config = _map(raw.get("config"))
    meta = {**_map(raw.get("source_meta")), **_map(config.get("meta")), **_map(raw.get("meta"))}
    name, identifier = str(raw.get("name")), str(raw.get("identifier") or raw.get("name"))
    location = meta.get("external_location") or config.get("external_location")
    return Source(
        id=key,
        package=str(raw.get("package_name") or ""),
        source=str(raw.get("source_name") or ""),
        name=name,
        database=raw.get("database") or None,
        schema=str(raw.get("schema") or ""),
        identifier=identifier,
        relation=raw.get("relation_name") or None,
        columns=_fields(raw),
        description=str(raw.get("description") or ""),
        loaded_at=raw.get("loaded_at_field") or config.get("loaded_at_field") or None,
        freshness=_limit(raw.get("freshness") or config.get("freshness")),
        location=str(location).replace("{name}", name).replace("{identifier}", identifier) if location else None,
        plugin=meta.get("plugin") or config.get("plugin") or None,
        file=str(raw.get("original_file_path") or ""),
        meta=meta,
    )


LISTED = re.compile(r"\{[^{}]*\}")  # {"name": "type", "datatype": dbt.type_string(), "alias": "engagement_type"}
WORD = r"""["']%s["']\s*:\s*["'](\w+)["']"""


def _aliases(text: str) -> dict[str, str]:
    """Return names of columns by alias, as a macro lists them: packages write the columns of their sources down so."""
    found = {}
    for one in LISTED.findall(text) if "alias" in text else ():
        name, alias = re.search(WORD % "name", one), re.search(WORD % "alias", one)
        if name is not None and alias is not None:
            found[alias[1].lower()] = name[1].lower()
    return found


def _node(key: str, raw: Mapping[str, Any], aliases: Mapping[str, Mapping[str, str]]) -> Node:
    macros = [str(one) for one in _map(raw.get("depends_on")).get("macros") or ()]
    return Node(
        id=key,
        kind=str(raw["resource_type"]),
        package=str(raw.get("package_name") or ""),
        name=str(raw.get("name")),
        database=raw.get("database") or None,
        schema=str(raw.get("schema") or ""),
        alias=str(raw.get("alias") or raw.get("name")),
        relation=raw.get("relation_name") or None,
        columns=_fields(raw),
        depends_on=_depends(raw),
        compiled=raw.get("compiled_code") or None,
        raw=str(raw.get("raw_code") or ""),
        file=str(raw.get("original_file_path") or ""),
        path=str(raw.get("path") or ""),
        config=_map(raw.get("config")),
        primary_key=tuple(raw.get("primary_key") or ()),
        root=raw.get("root_path") or None,
        aliases={alias: name for macro in macros for alias, name in aliases.get(macro, {}).items()},
    )


def _depends(raw: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(node) for node in _map(raw.get("depends_on")).get("nodes") or ())


def _test(key: str, raw: Mapping[str, Any]) -> Test:
    about, config = _map(raw.get("test_metadata")), _map(raw.get("config"))
    given = dict(_map(about.get("kwargs")))
    given.update(_map(given.pop("arguments", None)))
    column = raw.get("column_name") or given.pop("column_name", None)
    given.pop("model", None)
    given.pop("column_name", None)
    space = about.get("namespace")
    kind = (f"{space}." if space else "") + str(about["name"]) if about.get("name") else "singular"
    return Test(
        id=key,
        name=str(raw.get("name")),
        kind=kind,
        node=raw.get("attached_node") or None,
        column=str(column) if column else None,
        arguments=given,
        depends_on=_depends(raw),
        compiled=raw.get("compiled_code") or None,
        where=config.get("where") or None,
        severity=str(config.get("severity") or "error").lower(),
        file=str(raw.get("original_file_path") or ""),
    )


def _entities(models: Mapping[str, Any], nodes: Mapping[str, Node]) -> list[Entity]:
    found = []
    for raw in models.values():
        model = next((node for node in _depends(_map(raw)) if node in nodes), None)
        for entity in _map(raw).get("entities") or () if model else ():
            name = str(entity.get("name"))
            found.append(Entity(name, str(entity.get("type")), str(entity.get("expr") or name), str(model)))
    return found


def _result(raw: Mapping[str, Any]) -> Result:
    failures = raw.get("failures")
    return Result(
        id=str(raw.get("unique_id")),
        status=str(raw.get("status")),
        message=str(raw.get("message") or ""),
        failures=int(failures) if failures is not None else None,
        seconds=float(raw.get("execution_time") or 0),
        compiled=raw.get("compiled_code") or None,
    )
