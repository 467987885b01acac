"""Write the input text of nested types: DuckDB's structs, maps, unions, and lists of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

DATE, CLOCK = "2024-0{int:1-9}-{int:10-28}", "1{int:0-9}:{int:10-59}:00"
WHOLE = ("TINYINT", "SMALLINT", "INT", "BIGINT", "INT128", "INT256", "UTINYINT", "USMALLINT", "UINT", "UBIGINT", "UINT128", "BIGNUM")
SCALARS = {
    **dict.fromkeys(WHOLE, "{int:1-90}"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "{int:1-90}.5"),
    **dict.fromkeys(("TEXT", "VARCHAR"), "'part {upper:1}'"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), f"'{DATE} {CLOCK}'"),
    "TIMESTAMPTZ": f"'{DATE} {CLOCK}+00'",
    "DATE": DATE,
    "TIME": f"'{CLOCK}'",
    "TIMETZ": f"'{CLOCK}+00'",
    "BOOLEAN": "true",
    "UUID": "{hex:8}-{hex:4}-4{hex:3}-8{hex:3}-{hex:12}",
    "INTERVAL": "'{int:1-90} days'",
    "BLOB": "'x{digits:2}'",
    "VARBINARY": "'x{digits:2}'",
    "BIT": "101{int:0-1}",
    "JSON": "{int:1-90}",
}
LISTED = 2  # elements of a list of any length


def input_text(sql: str) -> str | None:
    """Return a template whose texts DuckDB reads as a nested type; None for a type that is not nested, or not understood."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = exp.DataType.build(sql, dialect="duckdb")
    except (SqlglotError, RecursionError, ValueError):
        return None
    return _text(tree) if tree.this.name in NESTED else None


def _text(tree: Any) -> str | None:
    name = tree.this.name
    if name in NESTED:
        return NESTED[name](tree)
    if name == "DECIMAL":
        precision, scale = (int(part.name) for part in tree.expressions) if len(tree.expressions) == 2 else (18, 3)
        whole = "{int:1-9}" if precision > scale else "0"
        return f"{whole}.{{digits:{scale}}}" if scale else whole
    if name == "ENUM":
        return f"'{tree.expressions[0].name.replace(chr(39), chr(92) + chr(39))}'"
    return SCALARS.get(name)


def _all(trees: Sequence[Any]) -> list[str] | None:
    found = [_text(tree) for tree in trees]
    known = [text for text in found if text is not None]
    return known if len(known) == len(found) else None


def _struct(tree: Any) -> str | None:
    values = _all([field.args["kind"] for field in tree.expressions])
    names = [field.name.replace("'", "\\'").replace("{", "{{").replace("}", "}}") for field in tree.expressions]
    return None if values is None else "{{" + ", ".join(f"'{name}': {value}" for name, value in zip(names, values, strict=True)) + "}}"


def _map(tree: Any) -> str | None:
    values = _all(tree.expressions)
    return None if values is None else f"{{{{{values[0]}={values[1]}}}}}"


def _list(tree: Any) -> str | None:
    values = _all(tree.expressions)
    count = int(tree.args["values"][0].name) if tree.args.get("values") else LISTED
    return None if values is None else f"[{', '.join(values * count)}]"


def _union(tree: Any) -> str | None:
    """Return the text of a member that is one: a text is read as no other."""
    texts = [field.args["kind"] for field in tree.expressions if field.args["kind"].this.name in ("TEXT", "VARCHAR")]
    return "part {upper:1}" if texts else _text(tree.expressions[0].args["kind"])


NESTED = {"STRUCT": _struct, "MAP": _map, "ARRAY": _list, "LIST": _list, "UNION": _union}
