"""Encode Arrow columns as PostgreSQL's text COPY format: for tables with a type that has no binary encoding here."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.loaders.text_forms import filled, text_form

ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
NULL = "\\N"


def lines(arrays: Sequence[pa.Array], count: int) -> memoryview:
    """Return the rows of a chunk as lines of the COPY stream."""
    if not arrays:
        return memoryview(b"\n" * count)
    parts: list[pa.Array | str] = []
    for array in arrays:
        parts += [filled(_escaped(text_form(array)), NULL), "\t"]
    return chunk.content(chunk.join(*parts[:-1], "\n"))


def _escaped(text: pa.Array) -> pa.Array:
    # Four passes over a column cost more than the rest of it; most columns need none.
    if chunk.unpacked(pc.match_substring_regex(text, pattern=r"[\\\t\n\r]")).any():
        for sign, written in ESCAPES:
            text = pc.replace_substring(text, sign, written)
    return text
