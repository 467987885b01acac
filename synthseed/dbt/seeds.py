"""Describe the seeds of a project: columns from the header of each CSV, types by the strongest word on them.

The strongest is `column_types`, then a documented `data_type`, then what the CSV's own rows read as (as `dbt seed` infers
it, but for leading zeros), then the column's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.dbt.artifacts import Manifest, Node
from synthseed.dbt.seed_types import inferred, named, word
from synthseed.errors import ConfigurationError, suggestion

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SeedColumn:
    """Describe a column: its type as SQL, where that is known from, and what is to be said of it."""

    name: str
    sql: str
    origin: str  # column_types, data_type, rows, name
    note: str = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """Describe a seed.

    Attributes:
        name: What a plan and `--select` call it: its name, a package's `package.name`.
        file: Its CSV.
        rows: Rows that stand in the CSV.
    """

    name: str
    node: Node
    file: Path
    columns: tuple[SeedColumn, ...]
    rows: int

    @property
    def quoted(self) -> bool:
        """Return whether dbt quotes its columns, so that their case counts; it does unless told not to."""
        return self.node.config.get("quote_columns") is not False


def nodes(manifest: Manifest) -> dict[str, Node]:
    """Return the seeds of the project by name; a package's are known as `package.name`."""
    found = [node for node in manifest.nodes.values() if node.kind == "seed"]
    return {node.name if node.package == manifest.project else f"{node.package}.{node.name}": node for node in found}


def selected(known: Mapping[str, Node], select: Iterable[str]) -> tuple[str, ...]:
    """Return the seeds that somebody named: by name, with `*`, or `package.name`.

    Raises:
        ConfigurationError: A name that is no seed.
    """
    from fnmatch import fnmatchcase

    found: list[str] = []
    for words in select:
        for name in words.replace(",", " ").split():
            name = name.removeprefix("resource_type:seed,")
            kept = [one for one in known if fnmatchcase(one, name)]
            if not kept:
                listed = ", ".join(known) or "none"
                raise ConfigurationError(
                    f"--select {name}: the project has no seed of that name{suggestion(name, known)}; its seeds are: {listed}; name one"
                )
            found += kept
    return tuple(dict.fromkeys(found))


# ---------------------------------------------------------------------------------------------- a CSV
def read_seed(name: str, node: Node, root: Path, adapter: str, packages: Path | None = None) -> Seed:
    """Read the CSV of a seed; of its rows only their number and their types are kept.

    Args:
        name: What it is called.
        root: Of the project.
        adapter: dbt's name of the warehouse.
        packages: Folder that packages are installed into.

    Raises:
        ConfigurationError: The CSV is missing or cannot be read, or has no header.
    """
    file = csv_of(node, root, packages)
    texts = read_csv(file, str(node.config.get("delimiter") or ","))
    declared = _declared(node)
    columns = tuple(_column(one, texts, declared, adapter) for one in texts.column_names)
    return Seed(name, node, file, columns, texts.num_rows)


def csv_of(node: Node, root: Path, packages: Path | None = None) -> Path:
    """Return the CSV of a seed: where dbt saw it, below the root, or in its package.

    Raises:
        ConfigurationError: It is not there.
    """
    places = [
        *([Path(node.root) / node.file] if node.root else []),
        root / node.file,
        *([packages / node.package / node.file] if packages else []),
    ]
    own = next((place for place in places if place.is_file()), None)
    if own is None:
        raise ConfigurationError(
            f"{root / node.file}: the CSV of seed {node.name} is not there; expected at least its header; `dbt parse` looks again"
        )
    return own


def read_csv(file: Path, delimiter: str = ",") -> pa.Table:
    """Return a CSV as texts; an empty field is an empty text.

    Raises:
        ConfigurationError: It cannot be read, or has no header.
    """
    import csv as rows

    import pyarrow as pa
    from pyarrow import csv

    try:
        with file.open(encoding="utf-8-sig") as opened:
            header = opened.readline()
        if not header.strip():
            raise ConfigurationError(f"{file}:1: found no header; expected the names of the columns; write them into the first line")
        width = len(next(rows.reader([header], delimiter=delimiter)))
        convert = csv.ConvertOptions(column_types=dict.fromkeys(map(str, range(width)), pa.string()), strings_can_be_null=False)
        parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        read = csv.ReadOptions(column_names=[str(at) for at in range(width)], encoding="utf8")
        found = csv.read_csv(file, read, parse, convert)
    except (OSError, UnicodeDecodeError, pa.ArrowInvalid) as error:
        raise ConfigurationError(
            f"{file}: cannot be read as CSV ({type(error).__name__}); expected UTF-8 with a header; correct it"
        ) from error
    names = [str(found.column(at)[0].as_py()).removeprefix("\ufeff") for at in range(width)]
    if doubled := sorted({name for name in names if names.count(name) > 1 or not name}):
        raise ConfigurationError(
            f"{file}:1: column {doubled[0]!r} is there twice or has no name; expected a name for each; correct the header"
        )
    return found.slice(1).rename_columns(names)


def _declared(node: Node) -> dict[str, tuple[str, str]]:
    """Return type and origin of the columns that somebody gave one, by name in small letters."""
    found = {field.name.lower(): (field.data_type, "data_type") for field in node.columns if field.data_type}
    types = node.config.get("column_types")
    given = types if isinstance(types, Mapping) else {}
    return found | {str(name).lower(): (str(sql), "column_types") for name, sql in given.items()}


def _column(name: str, texts: pa.Table, declared: Mapping[str, tuple[str, str]], adapter: str) -> SeedColumn:
    if name.lower() in declared:
        sql, origin = declared[name.lower()]
        return SeedColumn(name, sql, origin)
    read = inferred(texts.column(name).combine_chunks()) if texts.num_rows else None
    if read is not None:
        return SeedColumn(name, word(read[0], adapter), "rows", read[1])
    return SeedColumn(name, word(named(name), adapter), "name")
