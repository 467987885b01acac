"""The lines of PostgreSQL's text COPY format."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthseed import chunk
from synthseed.cells import Cells, Form
from synthseed.loaders.copy_text import lines
from synthseed.loaders.text_forms import text_form
from synthseed.schema import Kind, Type


def cell(form: Form, values: list[int], kind: Kind, scale: int = 0) -> pa.Array:
    return chunk.to_arrow(Cells(form, np.array(values), None, scale), Type(kind.value, kind, precision=18, scale=scale))


def test_fields_are_apart_by_tabs_and_null_is_a_backslash_and_an_n() -> None:
    texts = pa.compute.if_else(
        pa.Array.from_buffers(pa.bool_(), 2, [None, chunk.bits(np.array([True, False]))]),
        chunk.strings(["", "x"]),
        pa.nulls(1, pa.string())[0],
    )

    assert bytes(lines([chunk.integers(np.array([1, 2])), texts], 2)) == b"1\t\n2\t\\N\n"


def test_what_the_format_means_something_by_is_escaped() -> None:
    assert bytes(lines([chunk.strings(["a\tb\\c\n\r", "\\N"])], 2)) == b"a\\tb\\\\c\\n\\r\n\\\\N\n"


def test_decimals_have_all_their_places_and_no_exponent() -> None:
    assert chunk.python(text_form(cell(Form.NUMBER, [1, -150, 0], Kind.NUMERIC, 8))) == ["0.00000001", "-0.00000150", "0.00000000"]


def test_times_show_a_fraction_only_where_there_is_one() -> None:
    moments = text_form(cell(Form.MOMENT, [0, -1], Kind.TIMESTAMPTZ))

    assert chunk.python(moments) == ["1970-01-01 00:00:00+00", "1969-12-31 23:59:59.999999+00"]
    assert chunk.python(text_form(cell(Form.SPAN, [-1_500_000, 360_000_000_000], Kind.INTERVAL))) == ["-00:00:01.500000", "100:00:00"]


def test_an_array_quotes_its_elements() -> None:
    lists = chunk.lists(np.array([0, 2, 2]), chunk.strings(['a"\\', "NULL"]))

    assert chunk.python(text_form(lists)) == ['{"a\\"\\\\","NULL"}', "{}"]


def test_a_table_without_columns_is_empty_lines() -> None:
    assert bytes(lines([], 3)) == b"\n\n\n"
