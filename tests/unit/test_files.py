"""Files instead of a database: whole or not there."""

from __future__ import annotations

import csv
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthseed import chunk
from synthseed.chunk import Chunk
from synthseed.errors import ConfigurationError
from synthseed.loaders.files import open_files
from synthseed.schema import Column, Kind, Schema, Table, Type

TABLE = Table(
    "Order/Items", (Column("id", Type("bigint", Kind.INTEGER, bits=64)), Column("note, €", Type("text", Kind.TEXT))), schema="shop"
)
SCHEMA = Schema((TABLE, Table("empty", (Column("n", Type("numeric(5,2)", Kind.NUMERIC, precision=5, scale=2)),))))
COLUMNS = {"shop.Order/Items": ("id", "note, €"), "empty": ("n",)}
TEXTS = ["plain", "", 'a "b"', "c,d", "line\nbreak", "\\."]


def rows(start: int = 0) -> Chunk:
    ids = chunk.integers(np.arange(start, start + len(TEXTS) + 1))
    there = pa.Array.from_buffers(pa.bool_(), len(TEXTS) + 1, [None, chunk.bits(np.arange(len(TEXTS) + 1) < len(TEXTS))])
    texts = pa.compute.if_else(there, chunk.strings([*TEXTS, ""]), pa.nulls(1, pa.string())[0])
    return Chunk(TABLE.key, start, pa.RecordBatch.from_arrays([ids, texts], list(COLUMNS[TABLE.key])))


def test_csv_is_read_back_and_null_is_not_an_empty_text(tmp_path: Path) -> None:
    with open_files(tmp_path / "new" / "out", SCHEMA, COLUMNS) as loader:
        loader.write(rows())
        loader.finish(TABLE.key)

    path = tmp_path / "new" / "out" / "shop.Order%2FItems.csv"
    with path.open(newline="") as file:
        read = list(csv.reader(file))
    assert read == [["id", "note, €"], *([str(at), text] for at, text in enumerate(TEXTS)), [str(len(TEXTS)), ""]]
    assert path.read_text().splitlines()[2] == '1,""'
    assert path.read_text().splitlines()[-2:] == ['5,"\\."', "6,"]
    assert (path.parent / "empty.csv").read_text() == "n\n"


def test_parquet_is_read_back_with_its_types(tmp_path: Path) -> None:
    with open_files(tmp_path, SCHEMA, COLUMNS, format="parquet") as loader:
        loader.write(rows())
        loader.write(rows(7))

    table = pq.read_table(tmp_path / "shop.Order%2FItems.parquet")
    assert table.column("note, €").to_pylist() == [*TEXTS, None] * 2
    assert pq.read_schema(tmp_path / "empty.parquet").field("n").type == pa.decimal128(5, 2)


def test_numbers_bring_their_scale_into_parquet(tmp_path: Path) -> None:
    table = Table("t", (Column("n", Type("numeric", Kind.NUMERIC)),))
    values = chunk.integers(np.array([150])).cast(pa.decimal128(38, 2))

    with open_files(tmp_path, Schema((table,)), {"t": ("n",)}, format="parquet") as loader:
        loader.write(Chunk("t", 0, pa.RecordBatch.from_arrays([values], ["n"])))

    assert pq.read_table(tmp_path / "t.parquet").column("n").to_pylist() == [Decimal("150.00")]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_run_that_fails_leaves_nothing(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ZeroDivisionError), open_files(tmp_path / "out", SCHEMA, COLUMNS, format=kind) as loader:  # noqa: PT012
        loader.write(rows())
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []


def test_files_that_are_there_stay_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("mine")

    with pytest.raises(ConfigurationError, match=r"empty\.csv would be replaced"), open_files(tmp_path, SCHEMA, COLUMNS):
        pass
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
    with open_files(tmp_path, SCHEMA, COLUMNS, overwrite=True):
        pass
    assert (tmp_path / "empty.csv").read_text() == "n\n"


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected one of csv, parquet"), open_files(tmp_path, SCHEMA, COLUMNS, format="xls"):
        pass


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_writing_files_does_not_import_pandas(tmp_path: Path, kind: str) -> None:
    script = (
        "import sys, numpy as np, pyarrow as pa; from synthseed import chunk; from synthseed.chunk import Chunk\n"
        "from synthseed.loaders.files import open_files; from synthseed.schema import *\n"
        "table = Table('t', (Column('id', Type('bigint', Kind.INTEGER, bits=64)),))\n"
        f"with open_files({str(tmp_path)!r}, Schema((table,)), {{'t': ('id',)}}, format={kind!r}) as loader:\n"
        "    loader.write(Chunk('t', 0, pa.RecordBatch.from_arrays([chunk.integers(np.arange(3))], ['id'])))\n"
        "print(sorted({'pandas', 'sqlalchemy', 'psycopg'} & set(sys.modules)))"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"
