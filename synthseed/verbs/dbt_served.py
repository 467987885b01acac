"""Make the rows of sources inside of a dbt process that asks for them, in place of a warehouse that holds them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError
from synthseed.report.progress import Silent
from synthseed.verbs import dbt_files, dbt_sources, dbt_wanted

if TYPE_CHECKING:
    import pyarrow as pa

    from synthseed.engine.program import Program
    from synthseed.schema import Schema
    from synthseed.verbs.dbt_sources import Read


@dataclass(frozen=True)
class Served:
    """Hold what makes the rows of a project's sources.

    Attributes:
        places: `Table.key` by schema and identifier.
        seconds: Time until here.
    """

    schema: Schema
    program: Program
    places: Mapping[tuple[str, str], str]
    seconds: float

    def table(self, schema: str, identifier: str) -> pa.Table:
        """Return all rows of a source.

        Raises:
            ConfigurationError: The project has no such source.
        """
        import pyarrow as pa

        from synthseed import chunk

        key = self.places.get((schema, identifier))
        if key is None:
            raise ConfigurationError(f"source {schema}.{identifier}: is not in the project as dbt compiles it; look at its `plugin:`")
        names = self.program.columns(key)
        kinds = pa.schema([(name, chunk.arrow_type(self.schema.table(key).column(name).type)) for name in names] or [("id", pa.int64())])
        return pa.Table.from_batches([one.data for one in self.program.chunks(key)] if names else [], kinds)


def served(named: dbt_sources.Asked, wish: dbt_wanted.Wanted, plugin: str) -> Served:
    """Read a project and rehearse the rows of its sources, those that the plug-in of this name serves included.

    Raises:
        SynthseedError: The project or its plan cannot be used.
    """
    dbt_wanted.need_moment(wish.as_of)
    begun = time.monotonic()
    read = _described(dbt_sources.read_project(named), plugin)
    _, dbt = dbt_sources.paths(named)
    if wish.oracle and dbt is not None:
        read = _described(dbt_sources.asked_warehouse(read, dbt, named, {}), plugin)
    database = dbt_wanted.database_for(read.project, wish)
    _, program, _ = dbt_files.told(read, wish, database, Silent())
    places = {
        (read.manifest.sources[key].schema, read.manifest.sources[key].identifier): table for key, table in read.described.tables.items()
    }
    return Served(read.described.schema, program, places, time.monotonic() - begun)


def unit_tested(folder: Path, target: str | None, plugin: str) -> list[tuple[str, str]]:
    """Return schema and identifier of the plug-in's sources that a unit test's model reads, as dbt has just parsed the project."""
    from synthseed.dbt.artifacts import read_manifest
    from synthseed.dbt.project import find

    project = find(folder)
    file = (project.root / target if target else project.target_path) / "manifest.json"
    if not file.is_file():
        return []
    manifest = read_manifest(file)
    tests = json.loads(file.read_text(encoding="utf-8")).get("unit_tests") or {}
    models = [manifest.nodes[key] for test in tests.values() for key in test["depends_on"]["nodes"] if key in manifest.nodes]
    keys = dict.fromkeys(key for model in models for key in model.depends_on if key in manifest.sources)
    return [(one.schema, one.identifier) for one in map(manifest.sources.__getitem__, keys) if one.plugin == plugin]


def place(*names: str) -> str:
    """Return a name of DuckDB's in quotes."""
    from synthseed.dbt.stubs import quoted

    return ".".join(map(quoted, names))


def _described(read: Read, plugin: str) -> Read:
    """Describe the sources that a plug-in serves like all others; whoever fills a warehouse leaves them out."""
    sources = {key: replace(one, plugin=None) if one.plugin == plugin else one for key, one in read.manifest.sources.items()}
    if sources == dict(read.manifest.sources):
        return read
    manifest = replace(read.manifest, sources=sources)
    return dbt_sources.understood(read.project, read.profile, manifest, read.failed, read.how)
