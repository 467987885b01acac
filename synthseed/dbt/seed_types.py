"""Tell what a column of a seed holds: from SQL that somebody wrote, from the texts of its CSV, else from its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthseed.schema import Kind, Type

if TYPE_CHECKING:
    import pyarrow as pa

# ---------------------------------------------------------------------------------------------- from SQL
# The first pattern that matches the type's name, in capitals and single spaces, holds. The words are those of PostgreSQL,
# DuckDB, Snowflake, BigQuery and Databricks, as a `column_types` may use any of them.
KINDS: tuple[tuple[str, Kind, int | None], ...] = (
    (r"^(TINYINT|INT1)$", Kind.INTEGER, 8),
    (r"^(SMALLINT|INT2|SHORT)$", Kind.INTEGER, 16),
    (r"^(INTEGER|INT|INT4|SIGNED)$", Kind.INTEGER, 32),
    (r"^(BIGINT|INT8|INT64|LONG)$", Kind.INTEGER, 64),
    (r"^(REAL|FLOAT4)$", Kind.FLOAT, 32),
    (r"^(FLOAT|FLOAT8|FLOAT64|DOUBLE|DOUBLE PRECISION)$", Kind.FLOAT, 64),
    (r"^(BOOL|BOOLEAN|LOGICAL)$", Kind.BOOLEAN, None),
    (r"^DATE$", Kind.DATE, None),
    (r"^TIME( WITHOUT TIME ZONE)?$", Kind.TIME, None),
    (r"^(TIMESTAMPTZ|TIMESTAMP WITH TIME ZONE|TIMESTAMP_TZ|TIMESTAMP_LTZ)$", Kind.TIMESTAMPTZ, None),
    (r"^(TIMESTAMP|DATETIME|TIMESTAMP_NTZ|TIMESTAMP WITHOUT TIME ZONE|DATETIME2|TIMESTAMP_S|TIMESTAMP_MS)$", Kind.TIMESTAMP, None),
    (r"^(NUMERIC|DECIMAL|DEC|NUMBER|BIGNUMERIC|HUGEINT)$", Kind.NUMERIC, None),
    (r"^(TEXT|STRING|CHAR|BPCHAR|CHARACTER|VARCHAR|NVARCHAR|CHARACTER VARYING)$", Kind.TEXT, None),
    (r"^(UUID|UNIQUEIDENTIFIER)$", Kind.UUID, None),
    (r"^JSONB?$", Kind.JSON, None),
    (r"^(BYTEA|BLOB|BYTES|BINARY|VARBINARY)$", Kind.BYTES, None),
    (r"^INTERVAL$", Kind.INTERVAL, None),
)
FIXED = ("CHAR", "CHARACTER", "BPCHAR")
WITHOUT_SIZES = {"snowflake": (38, 0), "duckdb": (18, 3), "bigquery": (38, 9), "databricks": (10, 0), "spark": (10, 0)}
SIZES = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")


def type_of(sql: str, adapter: str = "") -> Type:
    """Return a type by the SQL of a `column_types` or `data_type`; what is not known is OTHER.

    Args:
        sql: As somebody wrote it: `numeric(10,2)`, `character varying(80)`, `STRING`.
        adapter: dbt's name of the warehouse; a NUMERIC without sizes has others in each.
    """
    sizes = SIZES.search(sql)
    first, second = (int(size) if size else None for size in sizes.groups()) if sizes else (None, None)
    name = " ".join(SIZES.sub(" ", sql).upper().split())
    for pattern, kind, bits in KINDS:
        if re.match(pattern, name):
            return _sized(sql, kind, bits, first, second, name, adapter)
    return Type(sql, Kind.OTHER)


def _sized(sql: str, kind: Kind, bits: int | None, first: int | None, second: int | None, name: str, adapter: str) -> Type:
    match kind:
        case Kind.NUMERIC if name == "HUGEINT":
            return Type(sql, kind, precision=38, scale=0)
        case Kind.NUMERIC if first is None:
            precision, scale = WITHOUT_SIZES.get(adapter, (None, None))
            return Type(sql, kind, precision=precision, scale=scale)
        case Kind.NUMERIC:
            return Type(sql, kind, precision=first, scale=second or 0)
        case Kind.TEXT if adapter == "duckdb":  # it holds nobody to the length, which was declared nonetheless; CHAR alone is any text
            return Type(sql, kind, length=first)
        case Kind.TEXT:
            return Type(sql, kind, length=first or (1 if name in ("CHAR", "CHARACTER") else None), fixed=name in FIXED)
        case Kind.BYTES:
            return Type(sql, kind, length=first)
        case Kind.TIME | Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            return Type(sql, kind, precision={"TIMESTAMP_S": 0, "TIMESTAMP_MS": 3}.get(name, first))
    return Type(sql, kind, bits=bits)


# ---------------------------------------------------------------------------------------------- from the texts
# dbt's own rules (dbt_common/clients/agate_helper.py, build_type_tester), in its order. It reads 00012 as a number; the
# zeros say that it is a code, and `text` keeps them.
NULLS = ("", "null")
NUMBER = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
WHOLE = r"^[-+]?[0-9]+$"
LEADING = r"^[-+]?0[0-9]"
DATE = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$"
MOMENT = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?$"
ZONED = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[-+][0-9]{2}(:?[0-9]{2})?)$"
TRUTH = r"^(?i:true|false)$"
INTEGER = 2**31 - 1
LONGEST = 18  # digits that a bigint surely takes


def inferred(texts: pa.Array) -> tuple[str, str] | None:
    """Return the type of a column by its texts, and what is to be said of it; None where every text reads as NULL."""
    import pyarrow.compute as pc

    texts = pc.utf8_trim_whitespace(pc.unique(texts))
    texts = texts.filter(pc.invert(pc.match_substring_regex(texts, pattern="^(?i:null)?$")))
    if not len(texts):
        return None

    def all_are(pattern: str) -> bool:
        return bool(pc.all(pc.match_substring_regex(texts, pattern=pattern)).as_py())

    if all_are(NUMBER):
        return _number(texts, whole=all_are(WHOLE))
    for pattern, sql in ((DATE, "date"), (MOMENT, "timestamp"), (ZONED, "timestamptz"), (TRUTH, "boolean")):
        if all_are(pattern):
            return sql, ""
    return "text", ""


def _number(texts: pa.Array, *, whole: bool) -> tuple[str, str]:
    import pyarrow.compute as pc

    if pc.any(pc.match_substring_regex(texts, pattern=LEADING)).as_py():
        return "text", "leading zeros are kept; `dbt seed` would read numbers and lose them"
    if not whole:
        return "float8", ""
    if pc.max(pc.utf8_length(texts)).as_py() > LONGEST:
        return "numeric(38,0)", "`dbt seed` would make it an integer, which is too small"
    largest = pc.max(pc.abs(texts.cast("int64"))).as_py()
    return ("integer", "") if largest <= INTEGER else ("bigint", "`dbt seed` would make it an integer, which is too small")


# ---------------------------------------------------------------------------------------------- from the name
NAMES: tuple[tuple[str, str], ...] = (
    (r"(^|_)(uuid|guid)$", "text"),
    (r"(^|_)id$", "bigint"),
    (r"(_at|_ts|_timestamp|_datetime)$|^(timestamp|datetime)$", "timestamp"),
    (r"(_date|_day|_on)$|^(date|day|birthday)$|^date_", "date"),
    (r"^(is|has|was|can|should)_|_(flag|enabled)$|^(active|enabled|deleted|archived)$", "boolean"),
    (r"(^|_)(total|subtotal|tax|fee|balance|revenue|salary|discount|spend|msrp)$|(amount|price|cost)$|price_?each$", "numeric(18,2)"),
    (r"(^|_)(temperature|humidity|speed|distance|elevation|altitude|score)$|^(avg|average|mean)_", "numeric(18,2)"),
    (r"_(kg|km|cm|mm|mi|miles|lbs?|oz|mph|kmh|kph|celsius|fahrenheit|kwh?|db|hz)$", "numeric(18,2)"),
    (r"(^|_)(rate|ratio|share|percent|percentage|pct|weight)$|^(pct|percent|percentage)_", "numeric(18,4)"),
    (r"(^|_)(count|age|year|quarter|qtr|month|rank|position|sort_order|cnt)$|^(num|number_of|n|count)_", "integer"),
    (r"(^|_)(quantity|qty)($|_)|^quantity|_(seconds|minutes|hours|days|ms|bytes)$|line_?(number|no)$", "integer"),
    (r"(^|_)(impressions|clicks|sessions|visits|views|likes|followers|downloads|retries|attempts|wins|losses)$", "integer"),
    (r"(^|_)(latitude|longitude|lat|lon|lng)$", "float8"),
)


def named(name: str) -> str:
    """Return the type that a column's name promises, where nothing else says any."""
    folded = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return next((sql for pattern, sql in NAMES if re.search(pattern, folded)), "text")


# `numeric`, `float8` and the like of what is inferred, in the words of warehouses that have others.
WORDS = {
    "bigquery": {"text": "string", "bigint": "int64", "integer": "int64", "float8": "float64", "boolean": "bool", "timestamp": "datetime"},
    "databricks": {"text": "string", "float8": "double", "timestamptz": "timestamp"},
    "spark": {"text": "string", "float8": "double", "timestamptz": "timestamp"},
    "snowflake": {"text": "varchar", "timestamp": "timestamp_ntz", "timestamptz": "timestamp_tz", "float8": "float"},
}


def word(sql: str, adapter: str) -> str:
    """Return the type that was inferred as this warehouse writes it."""
    return WORDS.get(adapter, {}).get(sql, sql)
