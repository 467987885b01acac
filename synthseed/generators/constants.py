"""Give every row the same value, or none: `null`, and what a column is fixed to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthseed.cells import Cells, nulls
from synthseed.errors import PlanError
from synthseed.generators.base import Rows, Setting, Space
from synthseed.generators.literals import converted
from synthseed.plan import Null


@dataclass(frozen=True)
class Constant:
    """Give every row the same cell; no cell: NULL."""

    cell: Cells | None
    distinct: bool = False
    version: int = 1
    group: str = ""

    def values(self, rows: Rows, /) -> Cells:
        """Return one cell per row."""
        count = len(rows.numbers)
        return nulls(count) if self.cell is None else self.cell.take(np.zeros(count, np.int64))

    def space(self) -> Space | None:
        """Return None: nothing is drawn."""
        return None


def build_null(gen: Null, setting: Setting) -> Constant:
    """Build the generator of a column that is always NULL; PlanError where the column is NOT NULL."""
    if setting.column is not None and not setting.column.nullable:
        raise PlanError(f"{setting.where}: planned as null, but the column is NOT NULL; plan it with another `use`")
    return Constant(None)


def build_constant(value: str, setting: Setting) -> Constant:
    """Build the generator of one value, written as a text; PlanError where it is none of the column's type."""
    return Constant(converted([value], setting))
