"""End a refusal with the options that get past it, where fewer rows of some tables would do."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from synthseed.errors import Refused

if TYPE_CHECKING:
    from synthseed.schema import Schema
    from synthseed.verbs.wanted import Asked

FEWER = re.compile(r"ask for at most (\d+) rows of (.+?)(?:, or |; |$)")
MOST = 100  # tables that are looked for before the list is given as it is


def with_way_out(refused: Refused, schema: Schema, asked: Asked, attempt: Callable[[Asked], object]) -> Refused:
    """Return the refusal, with the `--rows TABLE=N` that all tables together need: one refusal, not one per table and run.

    Args:
        refused: What stood in the way.
        schema: The tables, by whose keys the options name them.
        asked: What was asked for.
        attempt: Compiles what was asked for, writes nothing, and raises Refused where that cannot be.
    """
    fewer: dict[str, int] = {}
    stands: Refused | None = refused
    while stands is not None and len(fewer) < MOST:
        found = FEWER.search(str(stands))
        if found is None or found[2] not in schema.by_key or fewer.get(found[2], 2**63) <= int(found[1]):
            break
        fewer[found[2]] = int(found[1])
        stands = _refusal(attempt, replace(asked, rows={**asked.rows, **fewer}))
    if not fewer:
        return refused
    options = " ".join(f"--rows {shlex.quote(f'{key}={rows}')}" for key, rows in fewer.items())
    return Refused(f"{refused}; the way out: add {options}" + (f" (what stands in the way then: {stands})" if stands else ""))


def _refusal(attempt: Callable[[Asked], object], asked: Asked) -> Refused | None:
    try:
        attempt(asked)
    except Refused as refused:
        return refused
    return None
