"""Decide the shape of every foreign key of a table: who drives it, and which keys must not repeat a parent.

A key's shape follows from the schema's unique keys and the plan's modes; what neither settles is a plain pick.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from synthseed.constraints.checks import facts
from synthseed.constraints.facts import Compare
from synthseed.constraints.partial import Part, part_of
from synthseed.engine.links import Absent, Driven, Link, Ordered, Own, Pair, Partner, Pick, Single, Through, Tree
from synthseed.errors import PlanError, SchemaError
from synthseed.plan import KeyPlan, Quantiles, Semantic, TablePlan, Template
from synthseed.schema import ForeignKey, Schema, Table, Unique
from synthseed.streams import Shape

EXPONENTS = {"none": "0", "mild": "0.6", "heavy": "1"}
EVEN: Shape = ((1, 1),)


@dataclass
class Shaped:
    """Hold what was decided for one table.

    Attributes:
        links: Shape of each key, by label.
        driver: Label of the key that drives the table, None where it stands alone.
        once: True when a parent has at most one row: the driver is unique.
        partners: Label of the keys that hold each parent once per parent of the driver: their number limits the rows per parent.
        settled: Sets of columns that the foreign keys keep unique together.
        left: Unique keys of several columns that the foreign keys do not settle.
        keys: Unique keys that hold for all rows; one over expressions is that of the columns which these name.
        soft: Those of them that the columns only bring about: what cannot be numbered may still be unique, and the rehearsal tells.
        firsts: Parts of the table that hold one row at most of each parent of the driver: the first.
        notes: What was decided for the user.
    """

    table: Table
    links: dict[str, Link] = field(default_factory=dict)
    driver: str | None = None
    once: bool = False
    partners: list[str] = field(default_factory=list)
    settled: list[frozenset[str]] = field(default_factory=list)
    left: list[Unique] = field(default_factory=list)
    keys: tuple[Unique, ...] = ()
    soft: set[Unique] = field(default_factory=set)
    firsts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def shape(schema: Schema, table: Table, plan: TablePlan, counted: Callable[[str, str], bool] = lambda table, column: False) -> Shaped:
    """Return the shapes of a table's foreign keys.

    Args:
        schema: The database.
        table: The table.
        plan: Its plan.
        counted: Returns whether a column of a table counts up from row to row.

    Raises:
        PlanError: A `same_parent` whose `via` is no key of the table.
        SchemaError: Two keys share columns in a way that no shape satisfies.
    """
    shaped = Shaped(table)
    keys = _keys(schema, table, plan, shaped)
    nullable = {label: any(table.column(name).nullable for name in key.columns) for label, key in keys.items()}
    ordered = _ordered(schema, table, keys, nullable, counted)
    free = {label: key for label, key in keys.items() if label not in ordered}
    shaped.driver = _driver(table, plan, free, nullable, shaped)
    shaped.keys = _whole(schema, table, free, nullable, shaped)
    unique = {frozenset(key.columns) for key in shaped.keys if not key.expressions and key.columns}
    for label, key in keys.items():
        if label in ordered:
            shaped.links[label] = ordered[label]
            continue
        mode = plan.by_key.get(label, KeyPlan(label, "pick"))
        shaped.links[label] = _link(schema, table, key, mode, nullable[label], frozenset(key.columns) in unique, shaped)
    for one in shaped.keys:
        if len(one.columns) > 1 and not one.expressions:
            _compose(plan, one, keys, unique, shaped)
    if len(keys) > 1 and table.checks:
        _set_apart(schema, table, keys, shaped)
    return shaped


def _whole(
    schema: Schema, table: Table, keys: Mapping[str, ForeignKey], nullable: Mapping[str, bool], shaped: Shaped
) -> tuple[Unique, ...]:
    """Return the unique keys that hold for all rows, and settle those of parts: of each parent the first row alone may be in it."""
    fixed = {name for key in table.foreign_keys for name in key.columns}
    found: list[Unique] = []
    for key in table.keys:
        one = _plain(key, table)
        if one is not key:
            shaped.soft.add(one)
        label = next((label for label, key in keys.items() if set(key.columns) == set(one.columns)), None)
        part = part_of(one, table, schema.dialect, fixed) if label is not None and one.where and not one.expressions else None
        free = label is not None and not nullable[label] and keys[label].parent != table.key
        if part is None or not free or shaped.driver not in (None, label):
            found.append(one)
            continue
        shaped.driver = label
        shaped.firsts.append(part)
    return tuple(found)


def _plain(unique: Unique, table: Table) -> Unique:
    """Return a key over `lower(name)`, or over a column that the database makes, as one over the columns that are read there."""
    names: list[str] = []
    texts = [*unique.expressions]
    for name in unique.columns:
        made = table.column(name).generated
        names += [] if made else [name]
        texts += [made] if made else []
    for text in texts:
        read = [name for name in dict.fromkeys(re.findall(r"\w+", text)) if name in table.by_name and table.column(name).generated is None]
        if not read:
            return unique
        names += read
    return replace(unique, columns=tuple(dict.fromkeys(names)), expressions=()) if texts else unique


def _keys(schema: Schema, table: Table, plan: TablePlan, shaped: Shaped) -> dict[str, ForeignKey]:
    """Return the keys to choose for, by label; a key that a wider one implies is linked through it at once."""
    keys: dict[str, ForeignKey] = {}
    driver = {mode.columns for mode in plan.fks if mode.mode == "driver"}

    def weight(key: ForeignKey) -> tuple[int, bool, bool]:
        """Order keys by what decides first: the wider one, the driver, the one that every row has."""
        return -len(key.columns), key.label not in driver, any(table.column(name).nullable for name in key.columns)

    for key in sorted(table.foreign_keys, key=weight):
        if key.parent not in schema.by_key:
            continue
        wide = next((other for other in keys.values() if set(key.columns) & set(other.columns)), None)
        if wide is None:
            keys[key.label] = key
        elif key.label != wide.label or key.parent != wide.parent:
            shaped.links[key.label] = _beside(schema, table, key, wide, shaped)
    return keys


def _beside(schema: Schema, table: Table, key: ForeignKey, wide: ForeignKey, shaped: Shaped) -> Link:
    """Return the shape of a key that shares columns with one that is settled: through it, or NULL where that is allowed."""
    parent, above = schema.table(wide.parent), dict(zip(wide.columns, wide.parent_columns, strict=True))
    columns = tuple(above.get(name, "") for name in key.columns)
    for other in parent.foreign_keys:
        if other.columns == columns and other.parent == key.parent and other.parent_columns == key.parent_columns:
            return Through(key.label, key.parent, wide.label, other.label)
    sibling = _sibling(schema, table, key, wide)
    if sibling is not None:
        return sibling
    if any(table.column(name).nullable for name in key.columns if name not in wide.columns):
        shaped.notes.append(
            f"{table.key}.{key.label}: left NULL: it shares columns with ({wide.label}), and both together are not built yet"
        )
        return Absent(key.label, key.parent)
    raise SchemaError(
        f"{table.key}: the keys ({key.label}) -> {key.parent} and ({wide.label}) -> {wide.parent} share columns, and {wide.parent} "
        f"has no key to {key.parent} on them; rows that satisfy both are not built yet: leave {table.key} out with --tables"
    )


def _sibling(schema: Schema, table: Table, key: ForeignKey, wide: ForeignKey) -> Own | None:
    """Return a key whose row is of the same parent as the wider key's: both lead there by the columns that they share."""
    shared = [name for name in wide.columns if name in key.columns]
    ways = []
    for one in (wide, key):
        above = dict(zip(one.columns, one.parent_columns, strict=True))
        columns = tuple(above[name] for name in shared)
        ways.append([other for other in schema.table(one.parent).foreign_keys if set(other.columns) == set(columns)])
    for there in ways[0]:
        for here in ways[1]:
            if there.parent == here.parent in schema.by_key and there.parent_columns == here.parent_columns:
                nullable = any(table.column(name).nullable for name in key.columns)
                return Own(key.label, key.parent, wide.label, nullable, there.label)
    return None


def _driver(table: Table, plan: TablePlan, keys: dict[str, ForeignKey], nullable: Mapping[str, bool], shaped: Shaped) -> str | None:
    # Once each: the same key is often declared twice, by a migration and by an ORM, and planned under one label.
    planned = list(dict.fromkeys(mode.columns for mode in plan.fks if mode.mode == "driver" and mode.columns in keys))
    for label in planned[1:]:
        raise PlanError(
            f"{table.key}: ({planned[0]}) and ({label}) both have `mode: driver`; a table has one driver: make the other a pick"
        )
    for label in planned:
        if keys[label].parent == table.key:
            raise PlanError(f"{table.key}.{label}: a table cannot be its own driver; make the key a pick: it points at earlier rows")
        if nullable[label]:
            shaped.notes.append(f"{table.key}.{label}: a nullable key drives nothing yet; its parents are picked")
        else:
            return label
    return None


def _link(schema: Schema, table: Table, key: ForeignKey, plan: KeyPlan, nullable: bool, unique: bool, shaped: Shaped) -> Link:
    label = key.label
    if key.parent == table.key:
        return Tree(label, key.parent, nullable) if not unique else Single(label, key.parent)
    if label == shaped.driver:
        shaped.once = shaped.once or unique
        return Driven(label, key.parent)
    if unique:
        return Single(label, key.parent)
    if plan.mode == "same_parent":
        if plan.via not in {other.label for other in table.foreign_keys}:
            raise PlanError(f"{table.key}.{label}: `via: {plan.via}` is no foreign key of {table.key}")
        return _related(schema, table, key, plan.via, nullable)
    return Pick(label, key.parent, EXPONENTS.get(plan.skew, "0"), nullable)


def _related(schema: Schema, table: Table, key: ForeignKey, via: str, nullable: bool) -> Link:
    """Return a same_parent key: the very parent of `via`'s row where that has one (a payment's customer is its order's), else a sibling."""
    above = schema.table(table.foreign_key(via).parent)
    direct = [other for other in above.foreign_keys if other.parent == key.parent and other.parent_columns == key.parent_columns]
    if not nullable:  # a row between that has no such parent would leave this one without
        direct = [other for other in direct if not any(above.column(name).nullable for name in other.columns)]
    named = [other for other in direct if other.columns == key.columns] or direct
    return Through(key.label, key.parent, via, named[0].label) if named else Own(key.label, key.parent, via, nullable)


def _compose(plan: TablePlan, unique: Unique, keys: dict[str, ForeignKey], known: set[frozenset[str]], shaped: Shaped) -> None:
    """Settle a unique key of several columns by the foreign keys in it, or leave it to the values."""
    columns = frozenset(unique.columns)
    if any(other < columns for other in known) or any(other <= columns for other in shaped.settled):
        return  # a key that holds another key is implied
    inside = [label for label, key in keys.items() if columns.issuperset(key.columns)]
    if any(isinstance(shaped.links[label], Single) for label in inside) or columns in {frozenset(key.columns) for key in keys.values()}:
        return
    values = columns.difference(*(keys[label].columns for label in inside)) if inside else columns
    driven = [label for label in inside if label == shaped.driver]
    others = [label for label in inside if label != shaped.driver and isinstance(shaped.links[label], (Pick, Own))]
    if sum(isinstance(shaped.links[label], Ordered) for label in inside) > 1:
        shaped.settled.append(columns)
    elif any(isinstance(shaped.links[label], (Partner, Pair)) for label in inside):
        shaped.left.append(unique)
    elif driven and others:
        shaped.links[others[0]] = Partner(others[0], keys[others[0]].parent)
        shaped.partners.append(others[0])
        shaped.settled.append(frozenset((*keys[driven[0]].columns, *keys[others[0]].columns)))
    elif len(others) > 1 and not values:
        parents = (keys[others[0]].parent, keys[others[1]].parent)
        for axis, label in enumerate(others[:2]):
            shaped.links[label] = Pair(label, parents, axis)
        shaped.settled.append(frozenset((*keys[others[0]].columns, *keys[others[1]].columns)))
    else:
        if (
            shaped.driver is None
            and len(others) == 1
            and values
            and not _wide(plan, values)
            and not isinstance(shaped.links[others[0]], Own)
        ):
            shaped.driver = others[0]  # values that few can share are drawn per parent, and only a driver counts a parent's rows
            shaped.links[others[0]] = Driven(others[0], keys[others[0]].parent)
        shaped.left.append(unique)


def _ordered(
    schema: Schema,
    table: Table,
    keys: Mapping[str, ForeignKey],
    nullable: Mapping[str, bool],
    counted: Callable[[str, str], bool],
) -> dict[str, Ordered]:
    """Return the shapes of two keys to one table that a CHECK wants in order, as far as the parent's keys rise from row to row."""
    for fact in facts(table, schema.dialect) if len(keys) > 1 and table.checks else ():
        if not isinstance(fact, Compare) or fact.op not in ("<", ">", "<=", ">=") or fact.left not in keys or fact.right not in keys:
            continue
        pair = (fact.left, fact.right) if fact.op[0] == "<" else (fact.right, fact.left)
        one, other = (keys[label] for label in pair)
        alike = one.parent == other.parent != table.key and one.parent_columns == other.parent_columns
        alone = any(set(key.columns) < set(pair) for key in table.keys if key.columns and not key.expressions)
        if alike and not alone and not any(nullable[label] for label in pair) and counted(one.parent, one.parent_columns[0]):
            unique = any(set(key.columns) == set(pair) and not key.expressions for key in table.keys)
            return {label: Ordered(label, one.parent, pair, axis, unique) for axis, label in enumerate(pair)}
    return {}


def _set_apart(schema: Schema, table: Table, keys: dict[str, ForeignKey], shaped: Shaped) -> None:
    """Let keys to one table that a CHECK wants to differ lead to different rows; what no shape can is left to the rehearsal."""
    order = sorted(keys, key=lambda label: label != shaped.driver)
    for fact in facts(table, schema.dialect):
        if not isinstance(fact, Compare) or fact.op != "<>" or fact.left not in keys or fact.right not in keys:
            continue
        before, label = sorted((fact.left, fact.right), key=order.index)
        one, other = keys[before], keys[label]
        if one.parent != other.parent or one.parent_columns != other.parent_columns or one.parent == table.key:
            continue
        match shaped.links[before], shaped.links[label]:
            case Pair() as high, Pair() as wide:
                shaped.links[before], shaped.links[label] = replace(high, apart=True), replace(wide, apart=True)
            case Driven(), Partner() as link:
                shaped.links[label] = replace(link, apart=before)
            case _, Pick() as link:
                shaped.links[label] = replace(link, apart=(*link.apart, before))
            case Pick() as link, _:
                shaped.links[before] = replace(link, apart=(*link.apart, label))


def _wide(plan: TablePlan, values: frozenset[str]) -> bool:
    return any(isinstance(plan.by_column[name].gen, Template | Semantic) for name in values if name in plan.by_column)


def lorenz(fanout: Quantiles | None) -> Shape:
    """Return the shape of a fan-out, busiest parents first: (parts of the parents, parts of the children)."""
    if fanout is None:
        return EVEN
    low, p25, p50, p75, p95, high = (int(value * 100) for value in (fanout.min, fanout.p25, fanout.p50, fanout.p75, fanout.p95, fanout.max))
    means = [
        (1, (2 * p95 + high) // 3),  # the busiest hundredth: halfway up the tail would make the tail the body
        (4, (5 * p95 + high) // 6),
        (20, (p75 + p95) // 2),
        (25, (p50 + p75) // 2),
        (25, (p25 + p50) // 2),
        (25, (low + p25) // 2),
    ]
    return tuple((part, part * mean) for part, mean in means) if any(mean for _, mean in means) else EVEN
