"""Know what a column's plan stands on, and take columns out of a plan with what nobody else stands on.

A column's plan is more than its generator: its share of NULL, its overrides, what it follows, and the helper columns, slots and
joint tables that these name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from synthseed.plan import Choice, ColumnPlan, JointTable, Slot, TablePlan

WORD = re.compile(r"\w+")
Part = ColumnPlan | Slot | JointTable


def words(*values: Any) -> set[str]:
    """Return every word in the texts of parts of a plan, but for the values of a choice: among them all names that they read."""
    found: set[str] = set()
    todo: list[Any] = list(values)
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            found.update(WORD.findall(value))
        elif isinstance(value, tuple | list):
            todo += value
        elif is_dataclass(value) and not isinstance(value, Choice):
            todo += [getattr(value, item.name) for item in fields(value) if item.name not in ("note", "source")]
    return found


def own(plan: TablePlan, name: str) -> tuple[Any, ...]:
    """Return a column's generator, share of NULL, overrides and what it follows."""
    column = plan.by_column.get(name)
    overrides = tuple(one for one in plan.overrides if one.column == name)
    follow = tuple(one for one in plan.follow if one.column == name)
    return (column.gen if column else None, plan.nulls.get(name), overrides, follow)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Hold the named parts of a table's plan that columns share; those with odd names are taken for read by all."""

    by_name: Mapping[str, Part]
    odd: frozenset[str]

    @classmethod
    def of(cls, plan: TablePlan, real: Collection[str] = ()) -> _Parts:
        helpers = {one.column: one for one in plan.columns if one.column.startswith("_") and one.column not in real}
        found: dict[str, Part] = {**helpers, **{one.name: one for one in plan.slots}, **{one.name: one for one in plan.joints}}
        return cls(found, frozenset(name for name in found if not WORD.fullmatch(name)))

    def under(self, *values: Any) -> dict[str, Part]:
        """Return the parts that some parts of a plan stand on, and those that these stand on."""
        found: dict[str, Part] = {}
        todo = [values]
        while todo:
            read = words(*todo.pop())
            named = (read & self.by_name.keys()) | self.odd
            new = {name: self.by_name[name] for name in named - found.keys()}
            found |= new
            todo += [(part,) for part in new.values()]
        return found


def stands(plan: TablePlan) -> Iterator[tuple[str, tuple[Any, ...], tuple[Part, ...]]]:
    """Yield each column with its own plan, and the helper columns, slots and joint tables that this names, by name."""
    parts = _Parts.of(plan)
    for column in plan.columns:
        mine = own(plan, column.column)
        found = parts.under(*mine)
        yield column.column, mine, tuple(found[one] for one in sorted(found) if one != column.column)


def readers(plan: TablePlan, names: Collection[str]) -> Iterator[str]:
    """Yield the columns of a table whose plan may read a column (or key, or table) of one of these names."""
    wanted = set(names)
    for name, mine, parts in stands(plan):
        if name not in wanted and not wanted.isdisjoint(words(*mine, *(part for part in parts if isinstance(part, ColumnPlan)))):
            yield name


def without(plan: TablePlan, name: str, *, gone: bool, real: Collection[str] = ()) -> TablePlan:
    """Return the plan without a column or key, and without the parts that only it stood on.

    Args:
        plan: A table's plan.
        name: The column, or the label of the key.
        gone: True where the database has it no longer: then what hangs on it by name, and its cells by hand, go too.
        real: Columns of the database, of which one may be called like a helper.
    """
    rest = replace(
        plan,
        fks=tuple(key for key in plan.fks if key.columns != name),
        columns=tuple(one for one in plan.columns if one.column != name),
        overrides=tuple(one for one in plan.overrides if one.column != name),
        follow=tuple(one for one in plan.follow if one.column != name and not (gone and one.ref == name)),
        nulls={key: share for key, share in plan.nulls.items() if key != name},
    )
    if gone:
        rest = replace(rest, fixed=tuple({column: cell for column, cell in row.items() if column != name} for row in plan.fixed))
    parts = _Parts.of(plan, real)
    return _without_parts(rest, set(parts.under(*own(plan, name))) - {name}, parts)


def _without_parts(plan: TablePlan, names: set[str], parts: _Parts) -> TablePlan:
    """Return the plan without those of these parts that nothing else stands on."""
    columns = [one for one in plan.columns if one.column not in names]
    overrides = [one for one in plan.overrides if one.column not in names]
    follow = [one for one in plan.follow if one.column not in names]
    others = [part for name, part in parts.by_name.items() if name not in names]
    kept = parts.under(*columns, *overrides, *follow, *others, plan.rules)
    unused = names - kept.keys()
    return replace(
        plan,
        columns=tuple(one for one in plan.columns if one.column not in unused),
        overrides=tuple(one for one in plan.overrides if one.column not in unused),
        follow=tuple(one for one in plan.follow if one.column not in unused),
        slots=tuple(one for one in plan.slots if one.name not in unused),
        joints=tuple(one for one in plan.joints if one.name not in unused),
    )
