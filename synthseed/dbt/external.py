"""Find the files that dbt-duckdb reads in place of a source: `external_location`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from glob import glob
from pathlib import Path

from synthseed.dbt.artifacts import Manifest
from synthseed.dbt.described import Described
from synthseed.dbt.stubs import place
from synthseed.errors import ConfigurationError

FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv, header",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".tsv": "csv, header, delim '\t'",
}
OURS = "synthseed"  # what stands for `*` in the name of our file
QUOTED = re.compile(r"'([^']+)'")


def location_file(location: str, root: Path) -> Path:
    """Return the file that a location means: a path, or the first text of `read_csv('...')`; of a pattern, one that it matches.

    Raises:
        ConfigurationError: It is a URL, a format that is not written, or a pattern that files match already.
    """
    found = QUOTED.search(location)
    text = found[1] if found else location.strip()
    if "://" in text or Path(text).suffix.lower() not in FORMATS:
        formats = ", ".join(FORMATS)
        raise ConfigurationError(
            f"external_location {text}: expected one local file ending in {formats}; point it at one by a var or a target"
        )
    whole = str(root / text)  # an absolute text stays as it is
    file = Path(re.sub(r"\*+", OURS, whole))
    others = [Path(one) for one in glob(whole, recursive=True) if Path(one) != file] if "*" in text else []
    if others:
        raise ConfigurationError(
            f"external_location {text}: found {others[0].name}, expected no file beside {file.name}; move it away, or point it elsewhere"
        )
    return file


def copies(described: Described, manifest: Manifest, root: Path) -> Iterator[tuple[Path, str]]:
    """Return each file with the statement that writes it out of its source's table."""
    for key in described.tables:
        source = manifest.sources[key]
        if source.location:
            file = location_file(source.location, root)
            target = str(file).replace("'", "''")
            catalog = source.database or ""
            yield file, f"copy {place(source, catalog)} to '{target}' (format {FORMATS[file.suffix.lower()]})"
