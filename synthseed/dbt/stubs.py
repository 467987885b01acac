"""Write the DDL of source tables, and read what a warehouse says where a model does not fit them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from synthseed.dbt.artifacts import Source
from synthseed.dbt.described import Described
from synthseed.schema import Column, Table


def quoted(name: str) -> str:
    """Return an identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def space(source: Source, catalog: str = "") -> str:
    """Return the schema of a source, quoted; DuckDB wants the database too, where it has a schema of its own name."""
    return ".".join(quoted(part) for part in (catalog, source.schema) if part)


def place(source: Source, catalog: str = "") -> str:
    """Return the relation of a source, quoted."""
    return f"{space(source, catalog)}.{quoted(source.identifier)}"


def create(table: Table, where: str) -> str:
    """Return CREATE TABLE of a source: columns only, since a source is not ours to constrain."""
    columns = ", ".join(f"{quoted(column.name)} {column.type.sql}" for column in table.columns) or '"id" bigint'
    return f"create table {where} ({columns})"


def add_column(column: Column, where: str) -> str:
    """Return ALTER TABLE that adds a column."""
    return f"alter table {where} add column {quoted(column.name)} {column.type.sql}"


def statements(described: Described, sources: Mapping[str, Source], catalog: str = "", standing: Collection[str] = ()) -> list[str]:
    """Return the DDL of all sources but those that stand: schemas first."""
    made = [key for key in described.tables if key not in standing]
    ddl = [f"create schema if not exists {one}" for one in dict.fromkeys(space(sources[key], catalog) for key in made)]
    return ddl + [create(described.schema.table(described.tables[key]), place(sources[key], catalog)) for key in made]


# ---------------------------------------------------------------------------------------------- what a warehouse says
MISSING = (
    re.compile(r'Referenced column "(?P<column>[^"]+)" not found'),  # DuckDB
    re.compile(r'(?:Table|Values list) "(?P<alias>[^"]+)" does not have a column named "(?P<column>[^"]+)"'),  # DuckDB
    re.compile(r'column "?(?P<alias>[\w$]+)\.(?P<column>[\w$]+)"? does not exist'),  # PostgreSQL
    re.compile(r'column "(?P<column>[^"]+)" does not exist'),  # PostgreSQL
    re.compile(r"Column '(?P<column>[^']+)' in USING"),
)
MISTYPED = (
    # DuckDB: No function matches the given name and argument types 'sum(VARCHAR)'
    re.compile(r"No function matches the given name and argument types '(?P<function>\w+|\S+?)\((?P<types>[^']*)\)'"),
    re.compile(r"Cannot compare values of type (?P<left>[\w() ,]+) and (?:type )?(?P<right>[\w() ,]+)"),
    # PostgreSQL: operator does not exist: text + integer
    re.compile(r"operator does not exist: (?P<left>[\w ]+?) (?P<operator>[^\w\s]+) (?P<right>[\w ]+)"),
    re.compile(r"function (?P<function>[\w.]+)\((?P<types>[^)]*)\) does not exist"),
    re.compile(r"cannot be matched|cannot cast type (?P<left>[\w ]+) to (?P<right>[\w ]+)"),
)


def missing_column(message: str) -> str | None:
    """Return the column that a warehouse did not find, in small letters; None for another error."""
    for pattern in MISSING:
        found = pattern.search(message)
        if found is not None:
            return found["column"].lower()
    return None


def mistyped(message: str) -> bool:
    """Return whether a warehouse says that types do not go together."""
    return any(pattern.search(message) for pattern in MISTYPED)


def line_of(message: str) -> int | None:
    """Return the line of the compiled SQL that a warehouse points at, from 1; None where it does not."""
    found = re.search(r"^\s*LINE (\d+):", message, re.MULTILINE)
    return int(found[1]) if found else None
