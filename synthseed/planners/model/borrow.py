"""Take columns of a table from another plan of it, with all that they need: helpers, slots, joint tables, overrides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from synthseed.plan import ColumnPlan, KeyPlan, Slot, TablePlan
from synthseed.planners.model.vocabulary import apart, words

Reason = Callable[[str], str]


def borrowed(
    plan: TablePlan, other: TablePlan, columns: Collection[str], *, keys: Collection[str] = (), reason: Reason | None = None
) -> TablePlan:
    """Return a plan with some columns and keys as another plan of the table has them, with all that they need.

    What they need gets another name where its own means something else in the plan.

    Args:
        plan: The plan that lacks them, or has others in their place.
        other: Where they are taken from.
        columns: Columns to take.
        keys: Labels of foreign keys to take; a second driver becomes a pick.
        reason: Returns why a column is borrowed, for its note.
    """
    other = apart(other, plan)
    taken = [_noted(one, reason) for one in other.columns if one.column in columns]
    helpers = _needed(taken, plan, other)
    names = {one.column for one in (*taken, *helpers)}
    vocabulary = words([one.gen for one in (*taken, *helpers)] + [one.gen for one in other.overrides if one.column in names])
    slots = _with_inner([slot for slot in other.slots if slot.name in vocabulary], other.slots)
    known = {slot.name for slot in plan.slots} | {joint.name for joint in plan.joints}
    has_driver = any(key.mode == "driver" and key.columns not in keys for key in plan.fks)
    new_keys = [picked(key) if has_driver else key for key in other.fks if key.columns in keys]
    return replace(
        plan,
        fks=(*(key for key in plan.fks if key.columns not in keys), *new_keys),
        columns=(*(one for one in plan.columns if one.column not in names), *helpers, *taken),
        slots=(*plan.slots, *(slot for slot in slots if slot.name not in known)),
        joints=(*plan.joints, *(joint for joint in other.joints if joint.name in vocabulary and joint.name not in known)),
        overrides=(*(one for one in plan.overrides if one.column not in names), *(one for one in other.overrides if one.column in names)),
        follow=tuple(one for one in plan.follow if one.column not in names),
        nulls={
            **{k: v for k, v in plan.nulls.items() if k not in names},
            **{k: v for k, v in other.nulls.items() if k in names or any(k in key.split(",") for key in keys)},
        },
    )


def _noted(plan: ColumnPlan, reason: Reason | None) -> ColumnPlan:
    why = reason(plan.column) if reason else ""
    note = f"{plan.note}\n{why}".strip() if why else plan.note
    return replace(plan, note=note)


def _needed(taken: Sequence[ColumnPlan], plan: TablePlan, other: TablePlan) -> list[ColumnPlan]:
    """Return the helper columns that some columns read, and that the plan does not have."""
    found: dict[str, ColumnPlan] = {}
    todo = [one.gen for one in taken] + [one.gen for one in other.overrides if one.column in {plan.column for plan in taken}]
    while todo:
        for name in words([todo.pop()]):
            helper = other.by_column.get(name)
            if name.startswith("_") and helper is not None and name not in found and name not in plan.by_column:
                found[name] = helper
                todo.append(helper.gen)
    return list(found.values())


def _with_inner(slots: Sequence[Slot], every: Sequence[Slot]) -> list[Slot]:
    """Return slots with those that their templates name."""
    found = {slot.name: slot for slot in slots}
    todo = list(slots)
    while todo:
        inner = words([todo.pop().tiers])
        for slot in every:
            if slot.name in inner and slot.name not in found:
                found[slot.name] = slot
                todo.append(slot)
    return list(found.values())


def picked(key: KeyPlan) -> KeyPlan:
    """Return a driver as a pick, any other key as it is."""
    return KeyPlan(key.columns, "pick", skew="mild") if key.mode == "driver" else key
