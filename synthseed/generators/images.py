"""Draw small image files for binary columns: grey PNGs that look like a scan, a pool of them that rows share.

A file is the same bytes on every machine: pixels are integers, and they are stored, not compressed, since two builds of zlib may
compress alike but never must. So a million rows cost a million references to one of the files, not a million drawings.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from struct import pack

import numpy as np
from numpy.typing import NDArray

from synthseed import chunk
from synthseed.cells import Cells, Form, Mask, numbers
from synthseed.errors import PlanError
from synthseed.generators.base import Rows, Setting
from synthseed.generators.drawn import Drawn
from synthseed.plan import Semantic
from synthseed.schema import Kind
from synthseed.streams import Ints, Stream, below

FIELDS = ("image", "image_width", "image_height")
POOL = 64
SIZES = ((32, 32), (40, 32), (32, 40), (48, 48), (48, 40), (40, 48), (56, 56), (64, 64))  # width, height
SIGNATURE = b"\x89PNG\r\n\x1a\n"
SHADES = (60, 210)  # of what lies inside the outline
NOISE = 24


def build_image(gen: Semantic, setting: Setting) -> Drawn:
    """Return the generator of image files, or of their width or height; one group, one file.

    Raises:
        PlanError: The column is too short for the largest file.
    """
    group = f"image:{gen.group or setting.name}"
    if gen.type != "image":
        side = np.array([SIZES[number % len(SIZES)][gen.type == "image_height"] for number in range(POOL)], np.int64)
        return Drawn(group, POOL, lambda index, rows: numbers(side[index]))
    column = setting.column
    if column is None or column.type.kind is not Kind.BYTES:
        found = column.type.sql if column else "a helper"
        raise PlanError(f"{setting.where}: an image goes into a binary column (bytea, blob), not into {found}")
    longest = max(len(png(number)) for number in range(POOL))
    if column.type.length is not None and column.type.length < longest:
        raise PlanError(f"{setting.where}: the column holds {column.type.length} bytes, an image takes up to {longest}; widen it")
    files = chunk.binaries(png(number) for number in range(POOL))

    def make(index: Ints, rows: Rows) -> Cells:
        return Cells(Form.BYTES, chunk.take(files, index))

    return Drawn(group, POOL, make, injective=True)


@lru_cache(maxsize=POOL)
def png(number: int) -> bytes:
    """Return a file of the pool: PNG (W3C, third edition), greyscale of 8 bits, one block that is stored (RFC 1951, 3.2.4)."""
    grey = pixels(number)
    height, width = grey.shape
    lines = np.zeros((height, width + 1), np.uint8)  # each line begins with its filter: 0, none
    lines[:, 1:] = grey
    raw = lines.tobytes()
    stored = b"\x78\x01\x01" + pack("<HH", len(raw), len(raw) ^ 0xFFFF) + raw + pack(">I", zlib.adler32(raw))
    return SIGNATURE + _part(b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + _part(b"IDAT", stored) + _part(b"IEND", b"")


def _part(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))


def pixels(number: int) -> NDArray[np.uint8]:
    """Return the grey values of an image, shape (height, width), uint8: an outline with a few bodies in it, and noise."""
    width, height = SIZES[number % len(SIZES)]
    words = Stream.named(0, "image", number).bits(np.arange(64, dtype=np.int64))
    one = iter(below(words, 1 << 16).tolist())

    def between(low: int, high: int) -> int:
        return low + next(one) * (high - low + 1) // (1 << 16)

    grey = np.zeros((height, width), np.int64)
    middle = width // 2 + between(-2, 2), height // 2 + between(-2, 2)
    across, down = width * between(36, 45) // 100, height * between(36, 45) // 100
    grey[_ellipse(grey, middle, across, down)] = between(170, 230)
    grey[_ellipse(grey, middle, across - 2, down - 2)] = between(70, 110)
    for _ in range(between(3, 6)):
        at = middle[0] + between(-across // 2, across // 2), middle[1] + between(-down // 2, down // 2)
        grey[_ellipse(grey, at, between(2, across // 3), between(2, down // 3))] = between(*SHADES)
    noise = below(Stream.named(0, "image", number, "noise").bits(np.arange(grey.size, dtype=np.int64)), NOISE).reshape(grey.shape)
    return np.clip(_soft(grey) + noise, 0, 255).astype(np.uint8)


def _ellipse(grey: Ints, middle: tuple[int, int], across: int, down: int) -> Mask:
    """Return where the pixels inside an ellipse are."""
    y, x = np.indices(grey.shape)
    return np.less_equal(((x - middle[0]) * down) ** 2 + ((y - middle[1]) * across) ** 2, (across * down) ** 2)


def _soft(grey: Ints) -> Ints:
    """Return each pixel as the mean of its neighbours and itself."""
    wide = np.pad(grey, 1, mode="edge")
    height, width = grey.shape
    total: Ints = sum(wide[y : y + height, x : x + width] for y in range(3) for x in range(3))  # type: ignore[assignment]  # sum of arrays
    return total // 9
