"""Draw the columns of a joint table together: one row of it per row, for all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from synthseed.cells import Cells
from synthseed.errors import PlanError, suggestion
from synthseed.generators.base import Rows, Setting, Space
from synthseed.generators.choices import Values, places
from synthseed.generators.literals import converted
from synthseed.generators.naming import joint_table
from synthseed.generators.shares import Shares, weighted
from synthseed.plan import Joint, JointTable
from synthseed.streams import Ints


@dataclass(frozen=True)
class Field:
    """Give one field of the row that a joint table's stream chooses; every field of the set sees the same row."""

    pool: Cells
    shares: Shares
    joint: str
    setting: Setting
    distinct: bool = False
    version: int = 1

    @property
    def group(self) -> str:
        """Return the name that `Rows.index` is asked under: the joint table's, for all of its fields."""
        return self.joint

    def values(self, rows: Rows, /) -> Cells:
        """Return one cell per row."""
        return self.pool.take(rows.once(("joint", self.joint), lambda: self._rows(rows)))

    def _rows(self, rows: Rows) -> Ints:
        if self.setting.unique:
            return rows.index(self.joint, len(self.pool))
        return self.shares.pick(rows.stream(self.joint).bits(rows.numbers))

    def space(self) -> Space | None:
        """Return the field's values where they are distinct: then the rows of the joint table number them."""
        found = places(self.pool, self.pool)
        return Values(self.pool) if bool((found == range(len(self.pool))).all()) else None


def build_joint(gen: Joint, setting: Setting) -> Field:
    """Build the generator of a joint table's field, for a column or, with no column, for `set.field`.

    Raises:
        PlanError: There is no such set or field, a row has another number of cells, or a cell is none of the type.
    """
    joint = joint_table(setting, gen.set)
    if joint is None:
        known = [one.name for one in setting.plan.joints]
        raise PlanError(
            f"{setting.where}: there is no joint table `{gen.set}`{suggestion(gen.set, known)}; there are: {', '.join(known) or 'none'}"
        )
    if gen.field not in joint.fields:
        close = suggestion(gen.field, joint.fields)
        raise PlanError(f"{setting.where}: {joint.name} has no field `{gen.field}`{close}; its fields: {', '.join(joint.fields)}")
    for number, row in enumerate(joint.rows, 1):
        if len(row.cells) != len(joint.fields):
            what = f"row {number} has {len(row.cells)} cells, {len(joint.fields)} fields are named"
            raise PlanError(f"{setting.where}: {joint.name}: {what}; give one cell per field")
    shares = weighted([row.share for row in joint.rows], f"{setting.where}: {joint.name}")
    place = joint.fields.index(gen.field)
    pool = converted([row.cells[place] for row in joint.rows], _owner(joint, gen, setting))
    return Field(pool, shares, joint.name, setting)


def _owner(joint: JointTable, gen: Joint, setting: Setting) -> Setting:
    """Return the setting of the column that the field fills, so that `set.field` reads as that column does."""
    if setting.column is not None:
        return setting
    for plan in setting.plan.columns:
        if plan.gen == Joint(joint.name, gen.field) and plan.column in setting.table.by_name:
            return replace(setting, column=setting.table.column(plan.column))
    return setting
