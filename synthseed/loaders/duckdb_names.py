"""Write DuckDB's names with all their parts: database, schema, name.

Two parts are ambiguous where a schema is called like a database, in any case of letters: the one that was opened, as
`shop` is in `shop.duckdb`, or one that is always there, as `temp` and `system` are (measured, 1.4.5, 1.5.6 and 2.0.1).
"""

from __future__ import annotations

import re
from typing import Any

from synthseed.loaders.sql_names import quoted
from synthseed.schema import Table

NAME = r'(?:"(?:[^"]|"")*"|[^\W\d][\w$]*)'
# In the catalogue's DDL a schema stands before the names of tables, but for `main`. Texts and quoted names are passed over.
PASSED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*\""""
OF_TABLE = re.compile(rf"{PASSED}|\b(create\s+table|references)\s+{NAME}\s*\.\s*({NAME})", re.IGNORECASE)
OF_INDEX = re.compile(rf"""^((?:{PASSED}|[^'"])*?\bon)\s+{NAME}\s*\.\s*({NAME})""", re.IGNORECASE)


def placed(driver: Any, schema: str | None) -> str:
    """Return a schema's quoted name behind that of its database; `main` for None."""
    database = driver.execute("select current_database()").fetchall()[0][0]
    return f"{quoted(database)}.{quoted(schema or 'main')}"


def named(driver: Any, table: Table) -> str:
    """Return a table's quoted name."""
    return f"{placed(driver, table.schema)}.{quoted(table.name)}"


def _place_of_parents(driver: Any, schema: str | None) -> str:
    """Return a schema's quoted name as it stands behind REFERENCES."""
    # DuckDB 1 takes two parts there, which mean schema and table, and no third ("cannot be defined cross-database", 1.4.5).
    version = str(driver.execute("select version()").fetchall()[0][0])
    return quoted(schema or "main") if version.startswith("v1.") else placed(driver, schema)


def table_ddl(driver: Any, sql: str, schema: str | None) -> str:
    """Return the catalogue's CREATE TABLE with all parts of its names."""
    own, above = placed(driver, schema), _place_of_parents(driver, schema)

    def whole(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        return f"{found[1]} {above if found[1].lower() == 'references' else own}.{found[2]}"

    return OF_TABLE.sub(whole, sql)


def index_ddl(driver: Any, sql: str, schema: str | None) -> str:
    """Return the catalogue's CREATE INDEX with all parts of its table's name."""
    own = placed(driver, schema)
    return OF_INDEX.sub(lambda found: f"{found[1]} {own}.{found[2]}", sql)


def bare_references(text: str) -> str:
    """Return a definition without the schemas behind REFERENCES, which are the table's own.

    Of a key to its own table that was written without a schema, DuckDB 2 shows one until the file is opened again (2.0.1).
    """
    return OF_TABLE.sub(lambda found: f"{found[1]} {found[2]}" if (found[1] or "").lower() == "references" else found[0], text)
