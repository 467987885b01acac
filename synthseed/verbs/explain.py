"""Tell how one row came to be."""

from __future__ import annotations

from typing import Any

from synthseed.verbs import wanted
from synthseed.verbs.preview import view
from synthseed.verbs.target import opened, resolve


def explain(table: str, row: int, *, db: str | None = None, url: str | None = None, plan: str | None = None) -> dict[str, Any]:
    """Return edition, ordinal, parents and cells of one generated row; rows are numbered from 0.

    Raises:
        ConfigurationError: There is no such table or row.
    """
    database = resolve(db, url, plan=plan)
    with opened(database) as connection:
        seen = view(connection, database, table, wanted.asked())
    return seen.program.explain(seen.table, row)
