"""The type of a seed's column: from SQL, from the texts of its CSV, from its name."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from synthseed.dbt.seed_types import inferred, named, type_of
from synthseed.dbt.seeds import read_csv
from synthseed.errors import ConfigurationError
from synthseed.schema import Kind, Type


@pytest.mark.parametrize(
    ("sql", "adapter", "expected"),
    [
        ("numeric(10,2)", "postgres", Type("numeric(10,2)", Kind.NUMERIC, precision=10, scale=2)),
        ("NUMBER", "snowflake", Type("NUMBER", Kind.NUMERIC, precision=38, scale=0)),
        ("decimal", "duckdb", Type("decimal", Kind.NUMERIC, precision=18, scale=3)),
        ("numeric", "postgres", Type("numeric", Kind.NUMERIC)),
        ("character varying(80)", "postgres", Type("character varying(80)", Kind.TEXT, length=80)),
        ("varchar(80)", "duckdb", Type("varchar(80)", Kind.TEXT, length=80)),
        ("char", "duckdb", Type("char", Kind.TEXT)),
        ("char", "postgres", Type("char", Kind.TEXT, length=1, fixed=True)),
        ("int", "postgres", Type("int", Kind.INTEGER, bits=32)),
        ("INT64", "bigquery", Type("INT64", Kind.INTEGER, bits=64)),
        ("double  precision", "postgres", Type("double  precision", Kind.FLOAT, bits=64)),
        ("timestamp(3) with time zone", "postgres", Type("timestamp(3) with time zone", Kind.TIMESTAMPTZ, precision=3)),
        ("geography", "snowflake", Type("geography", Kind.OTHER)),
    ],
)
def test_a_type_is_read_from_its_sql(sql: str, adapter: str, expected: Type) -> None:
    assert type_of(sql, adapter) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "2", ""], "integer"),
        (["3000000000"], "bigint"),
        (["1" * 30], "numeric(38,0)"),
        (["1.5", "2", "1e3"], "float8"),
        (["00012", "14"], "text"),
        (["0", "10", "-5"], "integer"),
        (["0.5", "1"], "float8"),
        (["2024-01-31", "null"], "date"),
        (["2024-01-31 10:00:00", "2024-01-31T10:00:00.5"], "timestamp"),
        (["2024-01-31T10:00:00Z"], "timestamptz"),
        (["2024-01-31", "2024-01-31 10:00:00"], "text"),
        (["true", "FALSE"], "boolean"),
        (["true", "1"], "text"),
        (["a"], "text"),
    ],
)
def test_a_type_is_inferred_as_dbt_does_but_for_leading_zeros(texts: list[str], expected: str) -> None:
    found = inferred(pa.array(texts))

    assert found is not None
    assert found[0] == expected


def test_leading_zeros_are_told() -> None:
    found = inferred(pa.array(["00012"]))

    assert found is not None
    assert "`dbt seed` would read numbers" in found[1]


def test_texts_that_read_as_null_say_no_type() -> None:
    assert inferred(pa.array(["", "null", " NULL "])) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("customer_id", "bigint"),
        ("customerId", "bigint"),
        ("created_at", "timestamp"),
        ("order_date", "date"),
        ("is_active", "boolean"),
        ("unit_price", "numeric(18,2)"),
        ("quantity", "integer"),
        ("quantityinstock", "integer"),
        ("order_line_number", "integer"),
        ("duration_seconds", "integer"),
        ("clicks", "integer"),
        ("weight_kg", "numeric(18,2)"),
        ("buyprice", "numeric(18,2)"),
        ("percent_off", "numeric(18,4)"),
        ("order_number", "text"),
        ("value", "text"),
        ("open", "text"),
        ("country", "text"),
        ("paid", "text"),
    ],
)
def test_a_name_promises_a_type(name: str, expected: str) -> None:
    assert named(name) == expected


# ---------------------------------------------------------------------------------------------- the CSV
def test_a_csv_is_read_as_texts_with_line_breaks_quotes_and_a_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('\ufeff"id";"note, or not"\n1;"two\nlines"\n002;"say ""x"""\n', encoding="utf-8")

    found = read_csv(file, ";")

    assert found.column_names == ["id", "note, or not"]
    assert found.to_pydict() == {"id": ["1", "002"], "note, or not": ["two\nlines", 'say "x"']}


def test_a_header_alone_is_a_csv_without_rows(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,name", encoding="utf-8")

    assert (read_csv(file).column_names, read_csv(file).num_rows) == (["id", "name"], 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.csv:1: found no header"),
        ("id,id\n1,2\n", "a.csv:1: column 'id' is there twice"),
        ("id,name\n1\n", "a.csv: cannot be read as CSV"),
    ],
)
def test_a_csv_that_dbt_could_not_read_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=message):
        read_csv(file)
