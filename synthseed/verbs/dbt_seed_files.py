"""Write seeds as files for who wants them in git: CSV or Parquet, and the YAML that keeps their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError
from synthseed.report.progress import Progress
from synthseed.verbs.fill import written

if TYPE_CHECKING:
    from synthseed.chunk import Chunk
    from synthseed.dbt.seeds import Seed
    from synthseed.engine.program import Program
    from synthseed.loaders.files import FileLoader
    from synthseed.schema import Schema

# Measured with dbt-core 1.11.16: dbt-postgres 1.11.0 reads through agate, which makes NULL of an empty text, of blanks and of
# `null` in any column; dbt-duckdb 1.11.1 reads by COPY, which makes NULL of an empty text, quoted or not.
LOST = r"^\s*$|^\s*(?i:null)\s*$"


class Watched:
    """Write files, and note the columns with texts that `dbt seed` would read as NULL from a CSV."""

    def __init__(self, loader: FileLoader) -> None:
        self.loader = loader
        self.closed = False
        self.lost: dict[str, set[str]] = {}

    def write(self, chunk: Chunk, /) -> None:
        """Write the next rows of a seed."""
        import pyarrow as pa
        import pyarrow.compute as pc

        for name in chunk.data.schema.names:
            column = chunk.data.column(name)
            known = name in self.lost.get(chunk.table, ())
            if not known and pa.types.is_string(column.type) and pc.any(pc.match_substring_regex(column, pattern=LOST)).as_py():
                self.lost.setdefault(chunk.table, set()).add(name)
        self.loader.write(chunk)

    def finish(self, table: str, /) -> None:
        """Close a seed's file."""
        self.loader.finish(table)

    def close(self) -> None:
        """Leave that to whoever opened the loader."""


def write_files(
    out: Path, kind: str, seeds: Mapping[str, Seed], schema: Schema, program: Program, rows: Mapping[str, int], progress: Progress
) -> tuple[dict[str, float], dict[str, Path], tuple[str, ...]]:
    """Write a file and a YAML per seed; none where one of them is there already.

    Returns:
        Seconds and file per seed, and what is to be said.

    Raises:
        ConfigurationError: A file is there.
    """
    from synthseed.loaders.files import open_files

    _need_room(out, [f"{name}.yml" for name in seeds])
    with open_files(out, schema, {name: program.columns(name) for name in seeds}, format=kind) as loader:
        watched = Watched(loader)
        seconds = written(watched, program, rows, progress)
        files = {name: loader.path(name) for name in seeds}
    lost = watched.lost if kind == "csv" else {}
    for name, seed in seeds.items():
        files[name].with_suffix(".yml").write_text(properties(seed, kind, sorted(lost.get(name, ()))), encoding="utf-8")
    notes = [
        f"{name}: {', '.join(sorted(columns))} holds empty texts (or the word null), which `dbt seed` reads as NULL from any CSV; "
        "without --out, or as Parquet, they stay"
        for name, columns in lost.items()
    ]
    if kind == "parquet":
        notes.append("`dbt seed` reads CSV alone; a Parquet file is read by a source with `external_location` (dbt-duckdb), or a loader")
    return seconds, files, tuple(notes)


def _need_room(out: Path, names: Sequence[str]) -> None:
    there = [out / name for name in names if (out / name).exists()]
    if there:
        raise ConfigurationError(f"--out: {there[0]} would be replaced; expected no such file; choose another folder, or remove it")


def properties(seed: Seed, kind: str, lost: Sequence[str]) -> str:
    """Return the properties of a seed as YAML: the types that `dbt seed` would guess wrong otherwise."""
    import yaml

    types = {column.name: column.sql for column in seed.columns}
    body = {"version": 2, "seeds": [{"name": seed.node.name, "config": {"column_types": types}}]}
    head = [
        f"# Types of {seed.node.name}.{kind}, for `dbt seed`: without them it reads 00012 as a number, and numeric(10,2) as a float.",
        "# dbt takes one entry per seed: where the project has one already, move `config:` there.",
    ]
    if lost:
        head.append(f"# Empty texts of {', '.join(lost)} become NULL: dbt cannot tell them apart in a CSV.")
    return "\n".join(head) + "\n" + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)
