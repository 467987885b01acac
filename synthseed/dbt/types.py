"""Name the kinds of types that SQL gives away, and write them as the warehouse writes them."""

from __future__ import annotations

import re

from synthseed.dbt.seed_types import named

KINDS = {
    "integer": (
        "int", "integer", "bigint", "smallint", "tinyint", "hugeint", "int64", "int4", "int8", "int2", "long", "ubigint", "uinteger",
    ),
    "numeric": ("numeric", "decimal", "number", "bignumeric", "money"),
    "float": ("float", "double", "real", "float8", "float4", "float64", "double precision"),
    "text": ("text", "varchar", "string", "char", "character varying", "character", "bpchar", "nvarchar", "nchar"),
    "boolean": ("bool", "boolean", "bit"),
    "date": ("date", "date32"),
    "timestamp": ("timestamp", "datetime", "datetime2", "timestamp_ntz", "timestamp without time zone", "timestamp_s", "timestampntz"),
    "timestamptz": ("timestamptz", "timestamp_tz", "timestamp_ltz", "timestamp with time zone", "timestampltz", "datetimeoffset"),
    "time": ("time",),
    "json": ("json", "jsonb", "variant", "super", "object"),
    "uuid": ("uuid", "uniqueidentifier"),
    "bytes": ("bytea", "blob", "bytes", "binary", "varbinary"),
}  # fmt: skip
NAMED = {name: kind for kind, names in KINDS.items() for name in names}
TIMES = frozenset({"date", "timestamp", "timestamptz", "time"})
NUMBERS = frozenset({"integer", "numeric", "float"})
SQL = {
    "duckdb": {
        "integer": "bigint", "numeric": "decimal(18,2)", "float": "double", "text": "varchar", "timestamptz": "timestamptz",
        "bytes": "blob",
    },
    "postgres": {
        "integer": "bigint", "numeric": "numeric(18,2)", "float": "double precision", "timestamptz": "timestamp with time zone",
        "json": "jsonb", "bytes": "bytea",
    },
}  # fmt: skip


def kind_of(sql: str) -> str | None:
    """Return the kind of a type as SQL writes it; None for one that is not known (arrays, structs, enums)."""
    text = " ".join(sql.lower().split())
    if text.endswith("]") or text.startswith(("struct", "array", "list", "map")):
        return None
    base = re.sub(r"\s*\(.*?\)", "", text).strip()
    if base in ("number", "numeric", "decimal") and re.search(r"\(\s*\d+\s*,\s*0\s*\)", text):
        return "integer"
    return NAMED.get(base)


def sql_of(kind: str, adapter: str, written: str = "") -> str:
    """Return the type that a column of this kind gets in a warehouse; a written type of the same kind keeps its precision."""
    own = SQL.get(adapter, SQL["postgres"]).get(kind, kind)
    if written and kind in ("numeric", "text") and kind_of(written) == kind and "(" in written:
        return written.replace("string", "varchar").replace("number", "numeric")
    return own


def by_name(name: str) -> str:
    """Return the kind that a column's name suggests, where nothing else tells."""
    return kind_of(named(name)) or "text"
