"""Decide which columns must not repeat a value, and over what: the table, one parent's rows, or a combination.

Foreign keys were settled by their shapes; this is about the values. A key that holds another key is implied; of a key of
several columns one is made unique by itself where it has values enough, else the values are drawn in combination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from synthseed.cells import Cells, Mask, numbers
from synthseed.constraints.partial import Part, part_of
from synthseed.engine.fixed import Held, given_rows, held, kept
from synthseed.engine.shapes import Shaped
from synthseed.engine.standing import Standing
from synthseed.engine.tables import Planned, TableProgram
from synthseed.engine.urns import Combined, Places, Shared, Urn
from synthseed.engine.world import World
from synthseed.errors import NotBuilt, PlanError
from synthseed.expressions import Binary, Call, Literal, Node, parse
from synthseed.generators.base import Generator, Rows, Space
from synthseed.generators.drawn import Drawn
from synthseed.generators.joints import Field
from synthseed.plan import ColumnPlan, Expr, Joint, TablePlan
from synthseed.schema import Unique
from synthseed.streams import Ints

if TYPE_CHECKING:
    from synthseed.engine.frame import Frame

TABLE, PARENT, COMBINED = "table", "parent", "combined"
LOOKUP = "lookup"  # the role of a table that lists things
MANY = 10_000  # values that a whole table may share out; with fewer, they are shared out per parent or in combination


@dataclass(frozen=True)
class Listed:
    """Number the rows of a joint table, whose values are unique together and perhaps not by themselves."""

    size: int

    def decode(self, index: Ints, rows: Rows) -> Cells:
        """Return the numbers: the joint table's columns take their values by them."""
        return numbers(index)

    def encode(self, values: Cells) -> Ints:
        """Return -1 for every value: one column does not tell the row."""
        return np.full(len(values), -1, np.int64)


class Uniques:
    """Hold what must not repeat in one table, and make the draws that see to it.

    Args:
        table: The table.
        shaped: Its foreign keys.
        plan: Its newest plan.
        world: Where its draws will look.
        standing: Values that rows found standing hold.
        capacity: Returns how many distinct values a column's generator has; 0 for none that can be numbered.
        dialect: `Schema.dialect`.
    """

    def __init__(
        self,
        table: TableProgram,
        shaped: Shaped,
        plan: TablePlan,
        world: World,
        standing: Standing,
        capacity: Callable[[str], int],
        dialect: str,
    ) -> None:
        self.dialect = dialect
        self.found = np.cumsum([standing.count(edition) for edition in range(world.editions)])
        self.table, self.shaped, self.plan, self.world, self.standing = table, shaped, plan, world, standing
        self.capacity = capacity
        self.modes: dict[str, str] = {}
        self.combined: dict[str, tuple[str, ...]] = {}
        self.rows_of_joint: set[str] = set()
        self.joined: dict[str, tuple[str, ...]] = {}  # the columns of the joint table that such a one stands for
        self._spaces: dict[str, dict[int, tuple[str, Space]]] = {}
        self.parts: dict[str, Part] = {}  # by the column that is unique in a part of the table
        singles = [unique for unique in shaped.keys if len(unique.columns) == 1 and not unique.expressions]
        for unique in sorted(singles, key=lambda unique: unique.where is not None):
            if self._is_value(unique.columns[0]):
                self._choose_single(unique)
        for unique in shaped.left:
            self._choose(unique)

    def _choose_single(self, unique: Unique) -> None:
        """Let a column be unique over the table, or where few values are for a part of it: over the first rows, which alone are in it."""
        name = unique.columns[0]
        if unique in self.shaped.soft and (name not in self.plan.by_column or not self.capacity(name)):
            return
        part = part_of(unique, self.table.table, self.dialect, self.table.owners) if name not in self.modes else None
        if part is not None and name in self.plan.by_column and 0 < self.capacity(name) < MANY:
            self.parts[name] = part
        self.modes.setdefault(name, TABLE)

    def outside(self, part: Part) -> Callable[[Frame], Mask]:
        """Return what tells which generated rows may be in a part; with rows of others beside them, none is known to."""
        single = next((name for name, one in self.parts.items() if one is part), None)

        def allowed(frame: Frame) -> Mask:
            ours = np.flatnonzero((frame.numbers >= 0) & (self.found[self.table.edition_of(frame.numbers)] == 0))
            mask = frame.numbers < 0
            if len(ours):
                few = frame.part(ours)
                mask[ours] = few.ordinal() == 0 if single is None else few.numbers < self._sizes(single)[0]
            return mask

        return allowed

    def _is_value(self, column: str) -> bool:
        return column not in self.table.owners and column not in self.table.counters

    def _choose(self, unique: Unique) -> None:
        values = [name for name in unique.columns if self._is_value(name)]
        if any(self.modes.get(name) == TABLE for name in values) or len(values) < len(
            [name for name in unique.columns if name not in self.table.owners]
        ):
            return  # one part is unique by itself
        planned = [self.plan.by_column[name] for name in values if name in self.plan.by_column]
        driver = self.shaped.driver
        driven = driver is not None and set(driver.split(",")) <= set(unique.columns)
        if driven and any(is_ordinal(column) for column in planned):
            self._refuse_ordinals([column.column for column in planned if is_ordinal(column)])
            return
        # The choice follows from schema and plan alone: if it hung on the number of rows, growth could change what stands.
        sizes = self._capacities(planned)
        numbered = sorted((name for name in sizes if sizes[name]), key=lambda name: -sizes[name])
        if numbered and sizes[numbered[0]] >= MANY:
            self.modes[numbered[0]] = TABLE
        elif driven and numbered:
            self.modes[numbered[0]] = PARENT
        elif len(numbered) > 1:
            for name in numbered:
                self.modes[name] = COMBINED
                self.combined[name] = tuple(numbered)
        elif numbered:
            self.modes[numbered[0]] = TABLE
        elif unique not in self.shaped.soft:
            named = ", ".join(unique.columns)
            raise PlanError(
                f"{self.table.key}: ({named}) must be unique, and no part of it is planned so that it can be; "
                f"plan one of them as a template with {{seq}}, a number, or a choice"
            )

    def _refuse_ordinals(self, names: Sequence[str]) -> None:
        """Raise PlanError where a row by hand gives a place among siblings, which is counted."""
        for number, row in enumerate(self.plan.fixed, 1):
            for name in names:
                if name in row:
                    raise PlanError(
                        f"{self.table.key}.{name}: row {number} of `rows` gives a place that is counted per parent; take it out"
                    )

    def _capacities(self, planned: Sequence[ColumnPlan]) -> dict[str, int]:
        """Return the distinct values of each column; the columns of one joint table are one, by the name of the first."""
        sizes: dict[str, int] = {}
        for column in planned:
            if not isinstance(column.gen, Joint):
                sizes[column.column] = self.capacity(column.column)
                continue
            of = column.gen.set
            together = [other for other in planned if isinstance(other.gen, Joint) and other.gen.set == of]
            joint = next((joint for joint in self.plan.joints if joint.name == of), None)
            if joint is not None and column is together[0]:
                places = [joint.fields.index(other.gen.field) for other in together if isinstance(other.gen, Joint)]
                rows = {tuple(row.cells[place] for place in places) for row in joint.rows}
                sizes[column.column] = len(rows) if len(rows) == len(joint.rows) else 0
                self.rows_of_joint.add(column.column)
                self.joined[column.column] = tuple(other.column for other in together)
        return sizes

    def by_value(self, name: str) -> bool:
        """Return whether a column is drawn without replacement.

        All columns of a joint table are when one is: they are one row of it. So are a lookup's, which lists each thing once.
        """
        gen = self.plan.by_column[name].gen if name in self.plan.by_column else None
        if isinstance(gen, Joint):
            fields = [column.column for column in self.plan.columns if isinstance(column.gen, Joint) and column.gen.set == gen.set]
            return self.plan.role == LOOKUP or any(field in self.modes for field in fields)
        return name in self.modes

    def space_of(self, name: str, gen: Generator, spec: int) -> Space | None:
        """Return the space that a column is drawn from without replacement, None where it need not be.

        Raises:
            PlanError: The column must be unique and its generator has no values that can be numbered.
        """
        if name not in self.modes or gen.distinct:
            return None
        space, joint = gen.space(), isinstance(gen, Field)
        if isinstance(gen, Field) and space is None and name in self.rows_of_joint:
            space = Listed(len(gen.pool))
        if space is None:
            raise PlanError(
                f"{self.table.key}.{name}: the column must be unique, and this generator may repeat a value; "
                f"use a template with {{seq}}, a number, a choice, or a semantic type such as email or uuid"
            )
        self._spaces.setdefault(name, {})[spec] = (gen.group or name, space)
        return None if joint else space  # a joint table's columns take their values by the row that they share

    def settle(self) -> list[int | None]:
        """Make the table's draws; return the most rows per parent that they allow, per edition."""
        limits: list[int | None] = [None] * self.world.editions
        for name, spaces in self._spaces.items():
            group = next(iter(spaces.values()))[0]
            if self.modes[name] == PARENT:
                sizes = self._sizes(name)
                self.table.draws.setdefault(group, Places(group, name, sizes, self._held((name,), (1,)), kept(self.table, name)))
                limits = [size if limit is None else min(size, limit) for size, limit in zip(sizes, limits, strict=True)]
            elif self.modes[name] == TABLE and group not in self.table.draws:
                if name in self.parts:
                    self.table.draws[group] = Shared(group, self._sizes(name)[0])
                    continue
                found = self._found(name, spaces)
                self.table.draws[group] = Urn(group, (name,), self._needed(name, found), found, held=self._held((name,), (1,)))
        self._combine()
        for name, mode in self.modes.items():
            if mode == TABLE and name not in self.rows_of_joint and (values := kept(self.table, name)) is not None:
                self.table.kept[name] = values
        for spec in self.table.specs:
            for planned in spec.columns.values():
                self._share(planned)
        return limits

    def _share(self, planned: Planned) -> None:
        """Let the columns of a group, and of a lookup's joint table, draw without replacement while the numbers last."""
        gen = planned.gen
        if isinstance(gen, Drawn) and gen.group not in ("", planned.name):
            self.table.draws.setdefault(gen.group, Shared(gen.group, gen.natural or gen.size))
        elif isinstance(gen, Field) and self.plan.role == LOOKUP:
            self.table.draws.setdefault(gen.group, Shared(gen.group, len(gen.pool)))

    def _needed(self, name: str, found: Sequence[Ints]) -> tuple[int, ...]:
        """Return the size of a space per edition: its natural part while the rows fit, then all of it; it never shrinks."""
        sizes, taken = [], 0
        for edition in range(self.world.editions):
            taken += len(found[edition])
            space = self._spaces[name][self._known(self._spaces[name], edition)][1]
            natural: int = getattr(space, "natural", 0) or space.size
            rows = int(self.world.cohorts[self.table.key].row[edition + 1]) + taken
            sizes.append(natural if rows <= natural else space.size)
        return tuple(sizes)

    def _known(self, spaces: Mapping[int, tuple[str, Space]], edition: int) -> int:
        spec = int(self.table.spec_of[edition])
        return spec if spec in spaces else max(spaces)

    def _found(self, name: str, spaces: Mapping[int, tuple[str, Space]]) -> tuple[Ints, ...]:
        found = []
        for edition in range(self.world.editions):
            columns = self.standing.columns[edition] if edition < len(self.standing.columns) else {}
            numbers = np.zeros(0, np.int64)
            if name in columns:
                numbers = spaces[self._known(spaces, edition)][1].encode(columns[name])
            found.append(np.unique(numbers[numbers >= 0]))
        return tuple(found)

    def _held(self, columns: tuple[str, ...], units: Sequence[int]) -> Held | None:
        """Return the numbers of what rows by hand hold in columns that are drawn as one, as far as the spaces have and can tell it."""
        if columns[0] in self.rows_of_joint:
            together = self._given(self.joined[columns[0]])
            return held([(rows, self._rows_of_joint(columns[0], rows, edition), edition) for edition, rows in together])
        parts = []
        for edition, rows in self._given(columns):
            numbers = [self._numbers(name, rows, edition) for name in columns]
            known = np.all([number >= 0 for number in numbers], axis=0)
            balls = np.sum([number * unit for number, unit in zip(numbers, units, strict=True)], axis=0)
            parts.append((rows, np.where(known, balls, -1), edition))
        return held(parts)

    def _given(self, columns: tuple[str, ...]) -> Iterator[tuple[int, Ints]]:
        """Yield edition and rows by hand that give all of these columns.

        Raises:
            PlanError: A row gives one of them and draws another: together they must be unique.
        """
        for edition in range(self.world.editions):
            given = {number: set(rows.tolist()) for number, rows in enumerate(given_rows(self.table, name, edition) for name in columns)}
            free = {row for name in columns for row in given_rows(self.table, name, edition, null=True).tolist()}  # NULL equals nothing
            rows = set.union(*given.values()) - free
            if partly := sorted(rows - set.intersection(*given.values())):
                raise PlanError(
                    f"{self.table.key}: row {partly[0] + 1} of `rows` gives some of {', '.join(columns)}, which are unique together; "
                    "give all of them, or none"
                )
            if rows:
                yield edition, np.array(sorted(rows), np.int64)

    def _numbers(self, name: str, rows: Ints, edition: int) -> Ints:
        """Return the number of each value that rows by hand give to a column, -1 for one that its space has not or cannot tell."""
        given = self.table.specs[int(self.table.spec_of[edition])].given[name]
        if given.cells is None:
            return np.full(len(rows), -1, np.int64)
        try:
            return self._spaces[name][self._known(self._spaces[name], edition)][1].encode(given.cells.take(given.place(rows)))
        except NotBuilt:  # of too many to be listed: they are compared by value
            return np.full(len(rows), -1, np.int64)

    def _rows_of_joint(self, name: str, rows: Ints, edition: int) -> Ints:
        """Return which row of a joint table each row by hand is in the columns that are unique together, -1 for none."""
        plan = self.table.specs[int(self.table.spec_of[edition])].plan
        gen = plan.by_column[name].gen
        assert isinstance(gen, Joint)
        joint = next(joint for joint in plan.joints if joint.name == gen.set)
        together = self.joined[name]
        fields = [joint.fields.index(of.field) for of in (plan.by_column[one].gen for one in together) if isinstance(of, Joint)]
        known = {tuple(row.cells[field] for field in fields): number for number, row in enumerate(joint.rows)}
        return np.array([known.get(tuple(plan.fixed[row].get(one) for one in together), -1) for row in rows.tolist()], np.int64)

    def _combine(self) -> None:
        for columns in sorted(set(self.combined.values())):
            if any(name not in self._spaces for name in columns):
                continue  # one of them never repeats by itself
            sizes = [self._sizes(name) for name in columns]
            products = tuple(int(np.prod(column, dtype=object)) for column in zip(*sizes, strict=True))
            units = [int(np.prod([size[-1] for size in sizes[place + 1 :]], dtype=object)) for place in range(len(sizes))]
            urn = Urn(",".join(columns), columns, products, held=self._held(columns, units))
            for place, name in enumerate(columns):
                unit = units[place]
                group = next(iter(self._spaces[name].values()))[0]
                self.table.draws.setdefault(group, Combined(urn, unit, sizes[place][-1], place == 0))

    def _sizes(self, name: str) -> tuple[int, ...]:
        spaces = self._spaces[name]
        return tuple(spaces[self._known(spaces, edition)][1].size for edition in range(self.world.editions))


def is_ordinal(column: ColumnPlan) -> bool:
    """Return whether a column counts within the driver's parent: `ordinal()`, or that and a constant."""
    return isinstance(column.gen, Expr) and _counts(parse(column.gen.expr))


def _counts(node: Node) -> bool:
    if isinstance(node, Binary) and node.op in "+-" and isinstance(node.right, Literal):
        return _counts(node.left) and isinstance(node.right.value, Decimal)
    return isinstance(node, Call) and node.function == "ordinal"
