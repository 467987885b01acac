"""Tell how one row came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from synthseed import chunk
from synthseed.errors import ConfigurationError
from synthseed.streams import NULL

if TYPE_CHECKING:
    from synthseed.engine.program import Program


def explain(program: Program, table: str, row: int) -> dict[str, Any]:
    """Return edition, member, slot, ordinal, parents and cells of one generated row, as plain values.

    Raises:
        ConfigurationError: There is no such row.
    """
    compiled, world = program.tables[table], program.world
    if not 0 <= row < compiled.cohorts.rows:
        raise ConfigurationError(f"{table}: row {row} is asked for, and {compiled.cohorts.rows} rows are planned (numbered from 0)")
    rows = np.array([row], np.int64)
    edition = int(compiled.cohorts.edition_of_row(rows)[0])
    told: dict[str, Any] = {"table": table, "row": row, "edition": edition + 1, "member": int(compiled.cohorts.member_of_row(rows)[0])}
    if table in world.fans:
        fan = world.fans[table]
        told |= {"driver": fan.driver.column, "slot": int(fan.slot_of(rows, edition)[0]), "ordinal": int(fan.locate(rows)[1][0])}
    frame = program.frame(table, rows)
    told["parents"] = {}
    for label, link in world.links[table].items():
        member = frame.members(label)
        known = None
        if member[0] != NULL:
            above = int(world.cohorts[link.parent].row_of(member)[0])
            known = {
                "table": link.parent,
                "member": int(member[0]),
                "row": above if above >= 0 else None,
                "shape": type(link).__name__.lower(),
            }
        told["parents"][label] = known
    told["cells"] = {}
    for name in compiled.written:
        array = chunk.to_arrow(frame.cells(name), compiled.columns[name].type, f"{table}.{name}")
        told["cells"][name] = chunk.python(array)[0]
    return told
