"""Describe a column's type: from PostgreSQL's pg_type, from the names of SQLite and DuckDB, from SQLAlchemy's classes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import types as sa

from synthseed.schema import Kind, Type


# ---------------------------------------------------------------------------------------------- PostgreSQL
@dataclass(frozen=True, slots=True)
class PgType:
    """Hold one row of pg_type.

    Attributes:
        sql: What format_type makes of it, a domain's base for a domain.
        category: "e" enum, "d" domain, "b" base, "c" composite, "r" range, "m" multirange.
        base: Oid of the domain's base type.
        modifier: The domain's type modifier, else -1.
        element: Oid of the element type of a true array, else 0.
        required: True for a NOT NULL domain.
        default: The domain's default.
        checks: The domain's checks, (name, text).
    """

    name: str
    schema: str
    sql: str
    category: str
    base: int = 0
    modifier: int = -1
    element: int = 0
    labels: tuple[str, ...] = ()
    required: bool = False
    default: str | None = None
    checks: tuple[tuple[str, str], ...] = ()


PG_PLAIN = {
    "int2": (Kind.INTEGER, 16),
    "int4": (Kind.INTEGER, 32),
    "int8": (Kind.INTEGER, 64),
    "float4": (Kind.FLOAT, 32),
    "float8": (Kind.FLOAT, 64),
    "bool": (Kind.BOOLEAN, None),
    "text": (Kind.TEXT, None),
    "citext": (Kind.TEXT, None),
    "bytea": (Kind.BYTES, None),
    "date": (Kind.DATE, None),
    "uuid": (Kind.UUID, None),
    "json": (Kind.JSON, None),
    "jsonb": (Kind.JSON, None),
}
PG_TIMES = {"time": Kind.TIME, "timetz": Kind.TIME, "timestamp": Kind.TIMESTAMP, "timestamptz": Kind.TIMESTAMPTZ}
HEADER = 4  # a varlena's length word, which the modifiers of texts and numerics count (postgres: src/include/c.h, VARHDRSZ)


def postgresql_type(oid: int, modifier: int, sql: str, types: Mapping[int, PgType]) -> Type:
    """Return a PostgreSQL type, a domain down to its base.

    Args:
        oid: Of the type.
        modifier: atttypmod, or a domain's typtypmod; -1 for none.
        sql: What format_type says.
        types: All types by oid.
    """
    found = types[oid]
    if found.category == "d":
        inner = postgresql_type(found.base, found.modifier, found.sql, types)
        return replace(inner, sql=sql, domain=found.name)
    if found.element:
        return Type(sql, Kind.ARRAY, element=postgresql_type(found.element, modifier, sql.removesuffix("[]"), types))
    if found.category == "e":
        return Type(sql, Kind.ENUM, labels=found.labels)
    return _base(found.name, modifier, sql)


def _base(name: str, modifier: int, sql: str) -> Type:
    if name in PG_PLAIN:
        kind, bits = PG_PLAIN[name]
        return Type(sql, kind, bits=bits)
    if name in PG_TIMES:
        return Type(sql, PG_TIMES[name], precision=modifier if modifier >= 0 else None)
    counted = modifier - HEADER if modifier >= HEADER else None
    match name:
        case "varchar" | "bpchar":
            return Type(sql, Kind.TEXT, length=counted, fixed=name == "bpchar" and counted is not None)
        case "name":
            return Type(sql, Kind.TEXT, length=63)
        case "char":
            return Type(sql, Kind.TEXT, length=1)
        case "numeric" if counted is not None:
            # Eleven bits with a sign since version 15 (postgres: numeric.c, numeric_typmod_scale).
            return Type(sql, Kind.NUMERIC, precision=counted >> 16 & 0xFFFF, scale=(counted & 0x7FF ^ 1024) - 1024)
        case "numeric":
            return Type(sql, Kind.NUMERIC)
        case "interval":
            digits = modifier & 0xFFFF if modifier >= 0 else 0xFFFF
            return Type(sql, Kind.INTERVAL, precision=None if digits == 0xFFFF else digits)
        case "bit" | "varbit":
            return Type(sql, Kind.OTHER, length=modifier if modifier >= 0 else None, fixed=name == "bit")
    return Type(sql, Kind.OTHER)


# ---------------------------------------------------------------------------------------------- SQLite
# What a name promises, whoever declared it: SQLAlchemy and Django store UUIDs as CHAR(32), others as CHAR(36). The first
# pattern that matches holds; behind them stands the affinity (sqlite.org/datatype3.html, 3.1).
WIDTHS = {"TINYINT": 8, "SMALLINT": 16, "INT2": 16, "YEAR": 16, "MEDIUMINT": 32, "INT4": 32}
SQLITE_NAMES: tuple[tuple[str, Kind], ...] = (
    (r"BOOL|^TINYINT\(1\)|^BIT(\(1\))?$", Kind.BOOLEAN),
    (r"TIMESTAMP.*(WITH TIME ZONE|TZ)|^TIMESTAMP_?TZ|DATETIMEOFFSET", Kind.TIMESTAMPTZ),
    (r"DATETIME|TIMESTAMP", Kind.TIMESTAMP),
    (r"^DATE$", Kind.DATE),
    (r"^TIME\b", Kind.TIME),
    (r"^JSONB?$", Kind.JSON),
    (r"^(UUID|GUID|UNIQUEIDENTIFIER)$|^(NATIVE )?N?CHAR(ACTER)?\((32|36)\)$", Kind.UUID),
    (r"INT|^(BIG|SMALL)?SERIAL|^YEAR", Kind.INTEGER),
    (r"CHAR|CLOB|TEXT|STRING|^ENUM", Kind.TEXT),
    (r"BLOB|BINARY|BYTEA|^BYTES", Kind.BYTES),
    (r"REAL|FLOA|DOUB", Kind.FLOAT),
    (r"NUMERIC|DECIMAL|^DEC\b|NUMBER|MONEY|CURRENCY", Kind.NUMERIC),
)
SIZES = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")


def sqlite_type(declared: str) -> Type:
    """Return what a column declared like this holds in SQLite: by the name's promise, else by its affinity."""
    name = re.sub(r"\s*([(),])\s*", r"\1", " ".join(declared.upper().split()))
    kind = next((kind for pattern, kind in SQLITE_NAMES if re.search(pattern, name)), Kind.TEXT)
    sizes = SIZES.search(name)
    first, second = (int(size) if size else None for size in sizes.groups()) if sizes else (None, None)
    match kind:
        case Kind.INTEGER:
            width = next((bits for word, bits in WIDTHS.items() if name.startswith(word)), 64)
            return Type(declared, kind, bits=width, unsigned="UNSIGNED" in name)
        case Kind.FLOAT:
            return Type(declared, kind, bits=64)
        case Kind.NUMERIC:
            return Type(declared, kind, precision=first, scale=second if first is None else second or 0)
        case Kind.UUID:
            return Type(declared, kind, length=first or 36)
        case Kind.TEXT | Kind.BYTES:
            return Type(declared, kind, length=first)
        case Kind.TIME | Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            return Type(declared, kind, precision=first)
    return Type(declared, kind)


# ---------------------------------------------------------------------------------------------- DuckDB
DUCKDB_PLAIN: Mapping[str, Type] = {
    name: Type(name, kind, bits=bits, precision=precision, scale=scale, unsigned=name.startswith("U") and kind is not Kind.UUID)
    for name, kind, bits, precision, scale in (
        ("TINYINT", Kind.INTEGER, 8, None, None),
        ("SMALLINT", Kind.INTEGER, 16, None, None),
        ("INTEGER", Kind.INTEGER, 32, None, None),
        ("BIGINT", Kind.INTEGER, 64, None, None),
        ("UTINYINT", Kind.INTEGER, 8, None, None),
        ("USMALLINT", Kind.INTEGER, 16, None, None),
        ("UINTEGER", Kind.INTEGER, 32, None, None),
        ("UBIGINT", Kind.INTEGER, 64, None, None),
        # Their 39 digits, and the thousands of BIGNUM, are more than a decimal of Arrow has.
        ("HUGEINT", Kind.NUMERIC, None, 38, 0),
        ("UHUGEINT", Kind.NUMERIC, None, 38, 0),
        ("BIGNUM", Kind.NUMERIC, None, 38, 0),
        ("FLOAT", Kind.FLOAT, 32, None, None),
        ("DOUBLE", Kind.FLOAT, 64, None, None),
        ("BOOLEAN", Kind.BOOLEAN, None, None, None),
        ("VARCHAR", Kind.TEXT, None, None, None),
        ("BLOB", Kind.BYTES, None, None, None),
        ("DATE", Kind.DATE, None, None, None),
        ("TIME", Kind.TIME, None, None, None),
        ("TIME_NS", Kind.TIME, None, None, None),
        ("TIME WITH TIME ZONE", Kind.TIME, None, None, None),
        ("TIMESTAMP", Kind.TIMESTAMP, None, None, None),
        ("TIMESTAMP_S", Kind.TIMESTAMP, None, 0, None),
        ("TIMESTAMP_MS", Kind.TIMESTAMP, None, 3, None),
        ("TIMESTAMP_NS", Kind.TIMESTAMP, None, None, None),
        ("TIMESTAMP WITH TIME ZONE", Kind.TIMESTAMPTZ, None, None, None),
        ("INTERVAL", Kind.INTERVAL, None, None, None),
        ("UUID", Kind.UUID, None, None, None),
        ("JSON", Kind.JSON, None, None, None),
        ("VARIANT", Kind.JSON, None, None, None),
    )
}
LIST = re.compile(r"(.+)\[(\d*)\]", re.DOTALL)  # of any length, or of just this one


def duckdb_type(sql: str) -> Type:
    """Return a type of DuckDB by its name in the catalogue, which is never an alias.

    A struct, map or union is OTHER, and so is a list of them, or of lists: they are carried as their input text.
    """
    listed = LIST.fullmatch(sql)
    if listed and (inner := duckdb_type(listed[1])).kind not in (Kind.OTHER, Kind.ARRAY):
        return Type(sql, Kind.ARRAY, element=inner, length=int(listed[2]) if listed[2] else None, fixed=bool(listed[2]))
    if sql.startswith("ENUM("):
        return Type(sql, Kind.ENUM, labels=tuple(label.replace("''", "'") for label in re.findall(r"'((?:[^']|'')*)'", sql)))
    if sizes := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", sql):
        return Type(sql, Kind.NUMERIC, precision=int(sizes[1]), scale=int(sizes[2]))
    return DUCKDB_PLAIN.get(sql, Type(sql, Kind.OTHER))


# ---------------------------------------------------------------------------------------------- any other dialect
GENERIC: tuple[tuple[type[Any], Kind], ...] = (
    (sa.Enum, Kind.ENUM),
    (sa.Boolean, Kind.BOOLEAN),
    (sa.Uuid, Kind.UUID),
    (sa.JSON, Kind.JSON),
    (sa.Integer, Kind.INTEGER),
    (sa.Float, Kind.FLOAT),
    (sa.Numeric, Kind.NUMERIC),
    (sa.DateTime, Kind.TIMESTAMP),
    (sa.Date, Kind.DATE),
    (sa.Time, Kind.TIME),
    (sa.Interval, Kind.INTERVAL),
    (sa.LargeBinary, Kind.BYTES),
    (sa._Binary, Kind.BYTES),
    (sa.String, Kind.TEXT),
)
GENERIC_WIDTHS = {"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 32, "INTEGER": 32, "INT": 32, "BIGINT": 64}


def generic_type(type_: Any, sql: str) -> Type:
    """Return what a type that SQLAlchemy reflected holds; one that it does not know is OTHER."""
    kind = next((kind for parent, kind in GENERIC if isinstance(type_, parent)), Kind.OTHER)
    unsigned = bool(getattr(type_, "unsigned", False))
    match kind:
        case Kind.ENUM:
            return Type(sql, kind, labels=tuple(type_.enums))
        case Kind.INTEGER if type_.__visit_name__ == "TINYINT" and getattr(type_, "display_width", None) == 1:
            return Type(sql, Kind.BOOLEAN)
        case Kind.INTEGER:
            return Type(sql, kind, bits=GENERIC_WIDTHS.get(str(type_.__visit_name__).upper(), 64), unsigned=unsigned)
        case Kind.FLOAT:
            return Type(sql, kind, bits=32 if type_.__visit_name__ in ("REAL", "FLOAT") else 64)
        case Kind.NUMERIC:
            return Type(sql, kind, precision=type_.precision, scale=type_.scale, unsigned=unsigned)
        case Kind.TEXT | Kind.BYTES:
            fixed = type_.__visit_name__ in ("CHAR", "NCHAR", "BINARY")
            return Type(sql, kind, length=getattr(type_, "length", None), fixed=fixed)
        case Kind.TIMESTAMP if getattr(type_, "timezone", False):
            return Type(sql, Kind.TIMESTAMPTZ)
    return Type(sql, kind, precision=getattr(type_, "fsp", None))
