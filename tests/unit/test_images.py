"""Images are files that a reader of PNG takes, few and shared, and what stands beside them agrees."""

import sys
import zlib
from decimal import Decimal
from pathlib import Path
from struct import unpack

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from semantic_rows import made, settings

from synthseed import chunk
from synthseed.errors import PlanError
from synthseed.generators import images
from synthseed.generators.semantic import TYPES, build_semantic
from synthseed.plan import Choice, Expr, Semantic, Tier
from synthseed.planners import offline
from synthseed.planners.offline import images as images_beside
from synthseed.schema import Check, Column, Kind, Schema, Table, Type, Unique

BYTEA = Type("bytea", Kind.BYTES)
INTEGER = Type("integer", Kind.INTEGER)


def decoded(file):
    """Return width, height and the lines of a grey PNG, its signature, checksums and length checked."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts = 8, []
    while at < len(file):
        (length,) = unpack(">I", file[at : at + 4])
        name, data = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        assert unpack(">I", file[at + 8 + length : at + 12 + length]) == (zlib.crc32(name + data),)
        parts.append((name, data))
        at += 12 + length
    assert [name for name, _ in parts] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, *rest = unpack(">IIBBBBB", parts[0][1])
    assert (depth, colour, rest) == (8, 0, [0, 0, 0])
    raw = zlib.decompress(parts[1][1])
    assert len(raw) == height * (width + 1)
    lines = [raw[line * (width + 1) : (line + 1) * (width + 1)] for line in range(height)]
    assert {line[0] for line in lines} == {0}
    return width, height, [line[1:] for line in lines]


def test_every_image_of_the_pool_is_a_png_that_decodes():
    for number in range(images.POOL):
        width, height, lines = decoded(images.png(number))

        assert {width, height} <= {32, 40, 48, 56, 64}
        assert max(map(max, lines)) - min(map(min, lines)) > 100  # it shows something


def test_images_of_the_pool_are_distinct():
    assert len({images.png(number) for number in range(images.POOL)}) == images.POOL


def test_an_image_is_the_same_on_every_machine():
    assert zlib.crc32(b"".join(images.png(number) for number in range(images.POOL))) == 0xDE78BCED


def test_width_and_height_are_those_of_the_image():
    cells = made({"file": ("image", BYTEA), "w": ("image_width", INTEGER), "h": ("image_height", INTEGER)}, group="scan")
    files = chunk.python(cells["file"].array)

    assert len(set(files)) > 20
    assert [decoded(file)[:2] for file in files] == list(zip(cells["w"].ints.tolist(), cells["h"].ints.tolist(), strict=True))


def test_a_million_rows_share_the_files_of_the_pool():
    files = made({"file": ("image", BYTEA)}, 5000)["file"].array

    assert len(set(chunk.python(files))) == images.POOL


@pytest.mark.parametrize("column", [Type("text", Kind.TEXT), Type("varbinary(1000)", Kind.BYTES, length=1000)])
def test_an_image_is_refused_where_it_does_not_fit(column):
    gen, setting = settings({"file": ("image", column)})["file"]

    with pytest.raises(PlanError, match=r"t\.file"):
        build_semantic(gen, setting)


def test_a_binary_column_named_after_an_image_is_planned_as_one_and_its_size_agrees():
    columns = (
        Column("id", INTEGER, nullable=False),
        Column("photo", BYTEA, nullable=False),
        Column("photo_size", INTEGER, nullable=False),
        Column("mime_type", Type("text", Kind.TEXT), nullable=False),
        Column("width", INTEGER, nullable=False),
        Column("signature", BYTEA, nullable=False),
    )
    plan = offline.plan(Schema((Table("members", columns, primary_key=Unique(("id",))),))).tables["members"].by_column

    assert plan["photo"].gen == Semantic("image", "photo")
    assert plan["photo_size"].gen == Expr("coalesce(length(photo), 0)")
    assert plan["mime_type"].gen == Choice((Tier(Decimal(100), ("image/png",)),))
    assert plan["width"].gen == Semantic("image_width", "photo")
    assert plan["signature"].gen == Semantic("hash")


def test_data_is_an_image_in_a_table_of_images_alone():
    def gen(table):
        columns = (Column("id", INTEGER, nullable=False), Column("data", BYTEA, nullable=False))
        return offline.plan(Schema((Table(table, columns, primary_key=Unique(("id",))),))).tables[table].by_column["data"].gen

    assert gen("product_images") == Semantic("image", "data")
    assert gen("attachments") == Semantic("hash")


def test_a_column_that_is_too_short_for_an_image_is_planned_as_bytes():
    columns = (Column("id", INTEGER, nullable=False), Column("photo", BYTEA, nullable=False))
    table = Table("members", columns, primary_key=Unique(("id",)), checks=(Check("length(photo) <= 1024", ("photo",)),))

    assert offline.plan(Schema((table,))).tables["members"].by_column["photo"].gen == Semantic("hash")


def test_the_planner_knows_the_sizes_of_the_files():
    sizes = [len(images.png(number)) for number in range(images.POOL)]

    assert (min(sizes), max(sizes)) == (images_beside.SHORTEST, images_beside.LONGEST)
    assert max(sizes) == TYPES["image"].low
