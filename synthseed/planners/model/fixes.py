"""Correct what of a reply can be corrected without asking again; every correction is one sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields, replace
from decimal import Decimal

from synthseed.plan import After, Choice, ColumnPlan, Gen, JointTable, Json, Number, Quantiles, Slot, TablePlan, Template, Tier
from synthseed.planners.model.values import harmless, misfit, safe, textual
from synthseed.schema import Column, Kind, Schema, Table


class _Told:
    """Collect the sentences of one table."""

    def __init__(self, table: Table, schema: Schema) -> None:
        from synthseed.constraints.checks import facts
        from synthseed.constraints.facts import Among, Range

        self.table, self.said = table, list[str]()
        known = facts(table, schema.dialect)
        self.ranges = {fact.column: fact for fact in known if isinstance(fact, Range)}
        self.among = {fact.column: {str(value) for value in fact.values} for fact in known if isinstance(fact, Among)}

        self.labels = {label for column in table.columns for label in column.type.labels}.union(*self.among.values())

    def harmless(self, value: str) -> str:
        """Return a text that is no formula; a label of the database stays what it is."""
        return value if value in self.labels else harmless(value)

    def say(self, column: str, text: str) -> None:
        self.said.append(f"{self.table.key}.{column}: {text}")


def fixed(plan: TablePlan, table: Table, schema: Schema) -> tuple[TablePlan, tuple[str, ...]]:
    """Return a model's plan of a table with what can be corrected corrected, and what was done."""
    told = _Told(table, schema)
    columns = tuple(replace(one, gen=_gen(one, one.gen, told)) for one in plan.columns)
    overrides = tuple(replace(one, gen=_gen(ColumnPlan(one.column, one.gen), one.gen, told)) for one in plan.overrides)
    slots = tuple(Slot(slot.name, _tiers(slot.tiers, slot.name, told, harmless)) for slot in plan.slots)
    joints = tuple(_joint(joint, told) for joint in plan.joints)
    keys = tuple(replace(key, fanout=_sorted(key.fanout, key.columns, told)) if key.fanout else key for key in plan.fks)
    nulls = {name: share for name, share in plan.nulls.items() if _nullable(table, name, share, told)}
    whole = replace(plan, columns=columns, overrides=overrides, slots=slots, joints=joints, fks=keys, nulls=nulls)
    return whole, tuple(dict.fromkeys(told.said))


def _nullable(table: Table, name: str, share: Decimal, told: _Told) -> bool:
    column = table.by_name.get(name)
    if column is None or (not column.nullable and share):
        told.say(name, f"{share} % NULL were planned, and the column is NOT NULL; dropped")
        return False
    return True


# ---------------------------------------------------------------------------------------------- generators
def _gen(plan: ColumnPlan, gen: Gen, told: _Told) -> Gen:
    name, column = plan.column, told.table.by_name.get(plan.column)
    if isinstance(gen, Number):
        return _clipped(replace(gen, q=_sorted(gen.q, name, told)), name, column, told)
    if isinstance(gen, After):
        return replace(gen, q=_sorted(gen.q, name, told))
    if isinstance(gen, Choice):
        return Choice(_tiers(gen.tiers, name, told, _fits(column, name, told)))
    if isinstance(gen, Template):
        return Template(_tiers(gen.tiers, name, told, harmless if column is None or textual(column) else str))
    if isinstance(gen, Json):
        return Json(_safe(gen.template, name, told))
    return gen


def _joint(joint: JointTable, told: _Told) -> JointTable:
    """Return a joint table whose cells are harmless; a cell stays, even empty: its row says what belongs together."""
    rows = tuple(replace(row, cells=tuple(told.harmless(_safe(cell, joint.name, told)) for cell in row.cells)) for row in joint.rows)
    return replace(joint, rows=rows)


def _sorted(q: Quantiles, name: str, told: _Told) -> Quantiles:
    values = [getattr(q, item.name) for item in fields(Quantiles)]
    if values != sorted(values):
        told.say(name, "its quantiles did not rise; sorted")
    return Quantiles(*sorted(values))


def _clipped(gen: Number, name: str, column: Column | None, told: _Told) -> Number:
    low, high = _bounds(name, column, told)
    values = [gen.q.min, gen.q.max, *(spike.value for spike in gen.spikes)]
    if (low is None or min(values) >= low) and (high is None or max(values) <= high):
        return gen
    told.say(name, f"it was planned from {min(values)} to {max(values)}; cut at {_shown(low)} to {_shown(high)}")

    def cut(value: Decimal) -> Decimal:
        value = value if low is None else max(value, low)
        return value if high is None else min(value, high)

    q = Quantiles(*(cut(getattr(gen.q, item.name)) for item in fields(Quantiles)))
    return replace(gen, q=q, spikes=tuple(spike for spike in gen.spikes if cut(spike.value) == spike.value))


def _shown(value: Decimal | None) -> str:
    return "any" if value is None else str(value)


def _bounds(name: str, column: Column | None, told: _Told) -> tuple[Decimal | None, Decimal | None]:
    """Return the bounds of a column by its CHECKs and its type, inclusive."""
    low = high = None
    if column is not None and column.type.kind is Kind.INTEGER:
        half = 2 ** ((column.type.bits or 64) - 1)
        low, high = (Decimal(0), Decimal(2 * half - 1)) if column.type.unsigned else (Decimal(-half), Decimal(half - 1))
    elif column is not None and column.type.kind is Kind.NUMERIC and column.type.precision is not None:
        high = (10**column.type.precision - 1) * Decimal(10) ** -(column.type.scale or 0)
        low = -high
    found = told.ranges.get(name)
    if found is not None:
        step = _step(column)
        if isinstance(found.low, Decimal):
            least = found.low if found.low_inclusive else found.low + step
            low = least if low is None else max(low, least)
        if isinstance(found.high, Decimal):
            most = found.high if found.high_inclusive else found.high - step
            high = most if high is None else min(high, most)
    return low, high


def _step(column: Column | None) -> Decimal:
    """Return the least distance of two numbers of a column; a cent where it is not known."""
    if column is not None and column.type.kind is Kind.INTEGER:
        return Decimal(1)
    return Decimal(10) ** -(column.type.scale if column is not None and column.type.scale is not None else 2)


# ---------------------------------------------------------------------------------------------- values
Keep = Callable[[str], str | None]


def _tiers(tiers: Collection[Tier], name: str, told: _Told, keep: Keep) -> tuple[Tier, ...]:
    """Return tiers without the values that cannot be kept, and without tiers that have none left or no share."""
    found = []
    for tier in tiers:
        values = [kept for value in tier.values if (kept := keep(_safe(value, name, told))) is not None]
        if len(values) < len(tier.values):
            told.say(name, f"{len(tier.values) - len(values)} of its values do not fit the column; dropped")
        if values and tier.share > 0:
            found.append(replace(tier, values=tuple(values)))
    return tuple(found) or tuple(tiers)


def _fits(column: Column | None, name: str, told: _Told) -> Keep:
    if column is None:
        return lambda value: value
    among = told.among.get(name) if textual(column) else None

    def keep(value: str) -> str | None:
        if among is not None:
            return value if value in among else None
        return None if misfit(value, column) else harmless(value) if textual(column) else value

    return keep


def _safe(value: str, name: str, told: _Told) -> str:
    """Return a text that reaches nobody, and say so where it would have."""
    made = safe(value)
    if made != value:
        told.say(name, "an address, link or number in its values could be somebody's; replaced by one that is nobody's")
    return made
