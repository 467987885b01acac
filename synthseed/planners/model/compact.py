"""Write a table as a model reads it: a line per column, then what holds between columns. Metadata alone, the same for any rows.

What the database only parses stays here: conditions of partial indexes, bounds of partitions, triggers, sequences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from synthseed.constraints.checks import as_expression, facts_of
from synthseed.constraints.facts import Among, Value
from synthseed.expressions import unparse
from synthseed.planners.model import redaction
from synthseed.planners.model.redaction import name
from synthseed.planners.offline.draft import covered, numbered
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique

LABELS = 60  # most members of an enum
BESIDE = 120  # most columns that are named beside those that are asked for
PARSED = 4_000  # characters of a CHECK that are parsed: a longer one is shown by its beginning
INTEGERS = {8: "tinyint", 16: "smallint", 32: "int", 64: "bigint"}
KINDS = {
    Kind.FLOAT: "float", Kind.BOOLEAN: "bool", Kind.DATE: "date", Kind.TIME: "time", Kind.TIMESTAMP: "timestamp",
    Kind.TIMESTAMPTZ: "timestamptz", Kind.INTERVAL: "interval", Kind.UUID: "uuid", Kind.JSON: "json", Kind.ENUM: "enum",
}  # fmt: skip


def planned(table: Table) -> tuple[str, ...]:
    """Return the columns that a model is asked for: not what is generated, a foreign key's, or numbered by the engine."""
    keys = covered(table)
    return tuple(
        column.name
        for column in table.columns
        if column.generated is None and column.identity != "always" and column.name not in keys and not numbered(table, column)
    )


def described(table: Table, schema: Schema, *, comments: bool = True, columns: Collection[str] | None = None) -> str:
    """Return the text of a table.

    Args:
        table: The table.
        schema: The database, for its dialect.
        comments: Write comments of the table and its columns.
        columns: Those that are asked for, where not all that `planned` names are: the others are named on one line.
    """
    asked = set(planned(table))
    shown = {column.name for column in table.columns} if columns is None else {*columns, *covered(table), *_primary(table)}
    said = [_check(check, table, schema.dialect) for check in table.checks]
    lines = [f"table {name(table.key)}" + _comment(table.comment, comments)]
    for column in table.columns:
        if column.name in shown:
            own = [text for names, text in said if names == (column.name,)]
            lines.append("  " + _column(column, table, auto=column.name not in asked, checks=own) + _comment(column.comment, comments))
    lines += ["  " + line for line in _together(table)]
    for names, text in said:
        if len(names) != 1 and (columns is None or not names or shown & set(names)):
            lines.append(f"  {text}")
    if rest := [column.name for column in table.columns if column.name not in shown]:
        more = f" and {len(rest) - BESIDE} more" if len(rest) > BESIDE else ""
        lines.append(f"  not asked for: {', '.join(map(name, rest[:BESIDE]))}{more}")
    return "\n".join(lines)


def stub(table: Table) -> str:
    """Return a table that is only a parent: names and types on one line."""
    columns = [f"{name(column.name)} {_type(column.type)}" for column in table.columns[:BESIDE]]
    more = f" and {len(table.columns) - BESIDE} more" if len(table.columns) > BESIDE else ""
    return f"parent {name(table.key)} ({', '.join(columns)}{more})"


# ---------------------------------------------------------------------------------------------- columns
def _primary(table: Table) -> tuple[str, ...]:
    return table.primary_key.columns if table.primary_key else ()


def _comment(text: str | None, wanted: bool) -> str:
    shown = redaction.comment(text) if text and wanted else ""
    return f"  -- {shown}" if shown else ""


def _column(column: Column, table: Table, *, auto: bool, checks: Iterable[str]) -> str:
    parts = [name(column.name), _type(column.type)]
    parts += ["NN"] if not column.nullable else []
    parts += ["auto"] if auto else []
    parts += ["PK"] if _primary(table) == (column.name,) else []
    parts += ["UNIQUE"] if any(_alone(unique) == column.name for unique in table.uniques) else []
    parts += [f"FK {_target(key)}" for key in table.foreign_keys if key.columns == (column.name,)]
    if column.default is not None and not auto:
        parts.append(f"= {redaction.sql(column.default)}")
    if labels := _labels(column.type):
        parts.append(_list(labels))
    return " ".join([*parts, *checks])


def _labels(type_: Type) -> tuple[str, ...]:
    return type_.labels if type_.element is None else _labels(type_.element)


def _list(values: Collection[str]) -> str:
    shown = [redaction.label(value) for value in list(values)[:LABELS]]
    more = f", … {len(values) - LABELS} more" if len(values) > LABELS else ""
    return "{" + ", ".join(shown) + more + "}"


def _type(type_: Type) -> str:
    """Return a type in one vocabulary for all dialects; what has no name there stands as the catalogue writes it."""
    if type_.element is not None:
        return f"{_type(type_.element)}[]"
    match type_.kind:
        case Kind.INTEGER:
            return INTEGERS.get(type_.bits or 64, "bigint") + (" unsigned" if type_.unsigned else "")
        case Kind.NUMERIC if type_.precision is not None:
            return f"numeric({type_.precision},{type_.scale or 0})"
        case Kind.NUMERIC:
            return "numeric"
        case Kind.TEXT if type_.length is not None:
            return f"{'char' if type_.fixed else 'varchar'}({type_.length})"
        case Kind.TEXT:
            return "text"
        case Kind.BYTES:
            return "bytes" if type_.length is None else f"bytes({type_.length})"
        case Kind.ARRAY | Kind.OTHER:
            return redaction.capped(redaction.sql(type_.sql), 60)
    return KINDS[type_.kind]


# ---------------------------------------------------------------------------------------------- what holds between columns
def _target(key: ForeignKey) -> str:
    parent = name(key.parent)
    if len(key.columns) == 1 and len(key.parent_columns) == 1:
        return f"{parent}.{name(key.parent_columns[0])}"
    return f"{parent} ({_names(key.parent_columns)})"


def _names(columns: Iterable[str]) -> str:
    return ", ".join(map(name, columns))


def _alone(unique: Unique) -> str | None:
    """Return the column that is unique by itself."""
    plain = len(unique.columns) == 1 and not unique.expressions and unique.where is None
    return unique.columns[0] if plain else None


def _together(table: Table) -> list[str]:
    """Return the keys of several columns, and what an exclusion and partitions stand on."""
    lines = [f"FK ({_names(key.columns)}) {_target(key)}" for key in table.foreign_keys if len(key.columns) != 1]
    if len(_primary(table)) > 1:
        lines.append(f"PRIMARY KEY ({_names(_primary(table))})")
    for unique in table.uniques:
        if _alone(unique) is None:
            parts = [*map(name, unique.columns), *map(redaction.sql, unique.expressions)]
            lines.append(f"UNIQUE ({', '.join(parts)})" + (" among some rows" if unique.where is not None else ""))
    for exclusion in table.exclusions:
        parts = [f"{redaction.sql(part)} with {redaction.sql(operator)}" for part, operator in exclusion.parts]
        lines.append(f"EXCLUDE ({', '.join(parts)})")
    if table.partitioning is not None:
        lines.append(f"PARTITIONED BY ({_names(table.partitioning.columns)})")
    return list(dict.fromkeys(lines))


def _check(check: Check, table: Table, dialect: str) -> tuple[tuple[str, ...], str]:
    """Return the columns that a CHECK names, and its text: a list of values in braces, else an expression, else its SQL."""
    try:
        read = _read(check, table, dialect) if len(check.text) <= PARSED else None
    except RecursionError:  # sqlglot descends: `a::text::text` some hundred times is too deep for it
        read = None
    return read or (check.columns, f"CHECK ({redaction.sql(check.text)})")


def _read(check: Check, table: Table, dialect: str) -> tuple[tuple[str, ...], str] | None:
    found = facts_of(check, table, dialect)
    if len(found) == 1 and isinstance(found[0], Among):
        return (found[0].column,), _list([_plain(value) for value in found[0].values])
    node = as_expression(check.text, dialect, table, check.columns[0] if len(check.columns) == 1 else "")
    return None if node is None else (check.columns, f"CHECK ({redaction.sql(unparse(node))})")


def _plain(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:f}" if isinstance(value, Decimal) else value
