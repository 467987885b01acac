"""Write CSV or Parquet files instead of a database: one file per table, none of them before all are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk as arrow
from synthseed.chunk import Chunk
from synthseed.errors import ConfigurationError, LoadError
from synthseed.loaders.text_forms import chosen, filled, text_form
from synthseed.schema import Schema

FORMATS = ("csv", "parquet")
# RFC 4180 quotes what holds a quote, a comma or a line break. An empty text is quoted to tell it from NULL, as PostgreSQL
# reads it; `\.` alone on a line would end its COPY.
SPECIAL = r'[",\r\n]|^$|^\\\.$'
GROUP = 131_072  # rows of a Parquet row group: readers skip groups, and 16k rows of a chunk are too few


@contextmanager
def open_files(
    directory: Path | str,
    schema: Schema,
    columns: Mapping[str, Sequence[str]],
    *,
    format: str = "csv",  # noqa: A002  # the command line's word
    overwrite: bool = False,
) -> Iterator[FileLoader]:
    """Open a loader that writes one file per table, `<key>.csv` or `<key>.parquet`.

    A name's characters outside letters, digits, `_`, `-` and `.` are percent-encoded. Files are written beside their place
    and moved there when all are whole; leaving the block with an error leaves nothing.

    Args:
        directory: Made where it is missing.
        schema: Where the tables come from.
        columns: Columns per table key, in the order of the file; a table without rows gets a file with a header.
        format: `csv` or `parquet`.
        overwrite: Replace files that are there.

    Raises:
        ConfigurationError: The format is unknown, or a file is there and may not be replaced.
        LoadError: A file cannot be written.
    """
    if format not in FORMATS:
        raise ConfigurationError(f"--format: found {format!r}, expected one of {', '.join(FORMATS)}")
    loader = FileLoader(Path(directory), schema, columns, format)
    loader.need_room(overwrite)
    try:
        with _told(loader.directory):
            loader.start()
        yield loader
        loader.close()
    finally:
        loader.abandon()


class FileLoader:
    """Write chunks into files; see the module."""

    def __init__(self, directory: Path, schema: Schema, columns: Mapping[str, Sequence[str]], kind: str) -> None:
        self.directory = directory
        self.schema = schema
        self.columns = columns
        self.format = kind
        self.made: list[Path] = []  # folders that were not there
        self.open: dict[str, _Csv | _Parquet] = {}
        self.closed = False

    def path(self, table: str) -> Path:
        """Return where a table's file is to be."""
        return self.directory / f"{file_name(table)}.{self.format}"

    def need_room(self, overwrite: bool) -> None:
        """Raise where a file is in the way."""
        there = [str(self.path(table)) for table in self.columns if self.path(table).exists()]
        if there and not overwrite:
            more = f" and {len(there) - 1} more" if len(there) > 1 else ""
            raise ConfigurationError(f"--out: {there[0]}{more} would be replaced; choose another folder, or remove them")

    def start(self) -> None:
        """Make the folder, and a file with a header for every table."""
        missing = [folder for folder in (self.directory, *self.directory.parents) if not folder.exists()]
        self.directory.mkdir(parents=True, exist_ok=True)
        self.made = missing
        for table, names in self.columns.items():
            if self.format == "csv":
                self.open[table] = _Csv(self._beside(table), names)
            else:
                types = {name: arrow.arrow_type(self.schema.table(table).column(name).type) for name in names}
                self.open[table] = _Parquet(self._beside(table), pa.schema(list(types.items())))

    def _beside(self, table: str) -> Path:
        return self.directory / f".{file_name(table)}.{os.getpid()}.part"

    def write(self, chunk: Chunk, /) -> None:
        """Append the next rows of a table."""
        with _told(self.path(chunk.table)):
            self.open[chunk.table].write(chunk.data)

    def finish(self, table: str, /) -> None:
        """Close a table's file."""
        with _told(self.path(table)):
            self.open[table].close()

    def close(self) -> None:
        """Move all files to their places."""
        if self.closed:
            return
        for table in self.columns:
            self.finish(table)
        for table in self.columns:
            with _told(self.path(table)):
                self._beside(table).replace(self.path(table))
        self.closed = True

    def abandon(self) -> None:
        """Remove what is not whole, and the folders that were made for it."""
        if self.closed:
            return
        for file in self.open.values():
            file.close()
            file.path.unlink(missing_ok=True)
        for folder in self.made:
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()


class _Csv:
    """Write one table as CSV."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path = path
        self.names = names
        self.file: IO[bytes] = path.open("xb")
        self.file.write(lines([arrow.strings([name]) for name in names]))

    def write(self, data: pa.RecordBatch) -> None:
        """Append rows."""
        self.file.write(lines([data.column(name) for name in self.names]))

    def close(self) -> None:
        """Close the file."""
        self.file.close()


class _Parquet:
    """Write one table as Parquet; chunks are gathered into larger row groups."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema  # of a table without rows; rows bring their own, with the scale of a NUMERIC that has none
        self.file: IO[bytes] = path.open("xb")
        self.writer: Any = None
        self.kept: list[pa.RecordBatch] = []

    def write(self, data: pa.RecordBatch) -> None:
        """Append rows."""
        self.kept.append(data.select(self.schema.names))
        if sum(batch.num_rows for batch in self.kept) >= GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow.parquet as pq

        schema = self.kept[0].schema if self.kept else self.schema
        self.writer = self.writer or pq.ParquetWriter(self.file, schema, compression="zstd")
        self.writer.write_table(pa.Table.from_batches(self.kept, schema), GROUP)
        self.kept = []

    def close(self) -> None:
        """Write what is left, and the footer."""
        if self.file.closed:
            return
        if self.kept or self.writer is None:
            self._flush()
        self.writer.close()
        self.file.close()


def file_name(table: str) -> str:
    """Return a table's key as the stem of a file: percent-encoded, and never hidden."""
    name = quote(table, safe="-_.")
    return "%2E" + name[1:] if name.startswith(".") else name


def lines(arrays: Sequence[pa.Array]) -> memoryview:
    """Return rows as CSV: NULL is nothing, an empty text is `""`."""
    parts: list[pa.Array | str] = []
    for array in arrays:
        parts += [filled(_quoted(text_form(array)), ""), ","]
    return arrow.content(arrow.join(*parts[:-1], "\n"))


def _quoted(text: pa.Array) -> pa.Array:
    special = arrow.unpacked(pc.match_substring_regex(text, pattern=SPECIAL))
    if not special.any():
        return text
    return chosen(special, arrow.join('"', pc.replace_substring(text, '"', '""'), '"'), text)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LoadError(f"{path}: cannot be written ({error.strerror or type(error).__name__}); no file was left behind") from error
