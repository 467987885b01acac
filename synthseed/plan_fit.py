"""Hold a plan against a schema: every name that a plan uses is there, and nothing is planned that is not the plan's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from synthseed.errors import PlanError, suggestion
from synthseed.plan import After, Choice, Gen, Geo, Joint, Json, Moment, Null, Number, Plan, SameAs, Semantic, TablePlan, Template
from synthseed.schema import Column, Kind, Schema, Table, owned

TOKEN = re.compile(r"\{\{|\{([^{}]*)\}")
STRONGEST = Decimal("0.95")  # rank correlation of a `follow`, either way
FOLLOWING = (Number, Moment, After, Choice, SameAs)  # kinds of generators whose cells are drawn in an order
UNORDERED = (Kind.TEXT, Kind.UUID, Kind.BYTES, Kind.JSON, Kind.ARRAY, Kind.OTHER)
FIELD = re.compile(r"([^.:|]+)\.([^.:|]+)")


def check_fit(plan: Plan, schema: Schema, *, file: Callable[[str], str] | None = None) -> None:
    """Raise the first thing in a plan that the schema contradicts.

    Args:
        plan: A plan from files, a ledger or a planner.
        schema: The database.
        file: Returns the file that a table's plan stands in, for the message.

    Raises:
        PlanError: A table, column, key, joint, field or label that is not there, or a generator where none may be.
    """
    for name, table_plan in plan.tables.items():
        place = f"{file(name)}: " if file else ""
        table = schema.by_key.get(name)
        if table is None:
            raise PlanError(f"{place}the database has no table {name}{suggestion(name, schema.by_key)}; take its plan out, or rename it")
        for problem in problems(table_plan, table, schema):
            raise PlanError(f"{place}{problem}")


def problems(plan: TablePlan, table: Table, schema: Schema) -> Iterator[str]:
    """Yield what does not fit, one sentence each."""
    yield from _keys(plan, table)
    yield from _nulls(plan, table)
    given = [(column.column, column.gen) for column in plan.columns] + [(item.column, item.gen) for item in plan.overrides]
    for name, gen in given:
        yield from _place(name, table)
        yield from _generator(name, gen, plan, table, schema)
    yield from _follows(plan, table, schema)
    yield from _fixed(plan, table)


def follows(plan: TablePlan) -> Iterator[tuple[int, str]]:
    """Yield (place in `follow`, problem) for what is wrong whatever the schema: a doubled column, a circle, a rho out of range."""
    known: dict[str, str] = {}
    for place, follow in enumerate(plan.follow):
        where = f"follow of {follow.column}"
        if not -STRONGEST <= follow.rho <= STRONGEST:  # also NaN
            yield place, f"{where}: rho is {follow.rho}, expected a correlation from -{STRONGEST} to {STRONGEST}"
        if follow.column in known:
            yield place, f"{where}: it follows {known[follow.column]} already, and a column follows one other; keep one"
            continue
        known[follow.column] = follow.ref
        circle = [follow.column]
        while circle[-1] in known and known[circle[-1]] not in circle[1:]:
            circle.append(known[circle[-1]])
            if circle[-1] == follow.column:
                yield place, f"{where}: {' -> '.join(circle)} is a circle; let one of them follow nothing"
                break


def _follows(plan: TablePlan, table: Table, schema: Schema) -> Iterator[str]:
    for place, problem in follows(plan):
        yield f"{table.key}: {problem} (number {place + 1} of its `follow`)"
    for follow in plan.follow:
        where = f"{table.key}: follow of {follow.column}"
        if follow.column not in plan.by_column:
            yield f"{where}: no such column is planned{suggestion(follow.column, plan.by_column)}; plan it, or take the follow out"
            continue
        gen, ref = plan.by_column[follow.column].gen, plan.by_column.get(follow.ref)
        if not isinstance(gen, FOLLOWING):
            yield f"{where}: {no_following(gen)}"
        if ref is not None and unranked(ref.gen, table.by_name.get(follow.ref)):
            yield f"{where}: {no_rank(follow.ref)}"
        yield from _ref(where, follow.ref, plan, table, schema)


def no_following(gen: Gen) -> str:
    """Say why a column cannot follow another."""
    kind = type(gen).__name__.lower()
    return f"a {kind} has no order that could follow; a number, moment, after or choice can: plan it so, or take the follow out"


def no_rank(ref: str) -> str:
    """Say why a column cannot be followed."""
    return f"the values of {ref} have no order; follow a number, a time, an enum or a choice, or take the follow out"


def unranked(gen: Gen, column: Column | None) -> bool:
    """Return whether cells have no order that means something; what is calculated is known by its cells alone."""
    if isinstance(gen, Null | Json) or (isinstance(gen, Geo) and gen.axis == "point"):
        return True
    return isinstance(gen, Semantic | Template | Joint) and (column is None or column.type.kind in UNORDERED)


def _keys(plan: TablePlan, table: Table) -> Iterator[str]:
    labels = [key.label for key in table.foreign_keys]
    seen: set[str] = set()
    for key in plan.fks:
        if key.columns not in labels:
            there = f"; it has {' and '.join(labels)}" if labels else "; it has none"
            yield f"{table.key}: `{key.columns}` is no foreign key{suggestion(key.columns, labels)}{there}"
        if key.columns in seen:
            yield f"{table.key}: the key {key.columns} is planned twice; keep one"
        seen.add(key.columns)
        if key.mode == "same_parent" and key.via not in labels:
            yield f"{table.key}: the key {key.columns} goes via {key.via!r}, which is no foreign key{suggestion(key.via, labels)}"
    drivers = [key.columns for key in plan.fks if key.mode == "driver"]
    if len(drivers) > 1:
        yield f"{table.key}: {' and '.join(drivers)} are both drivers; a table exists per one parent, make the others `pick`"


def _nulls(plan: TablePlan, table: Table) -> Iterator[str]:
    for name, percent in plan.nulls.items():
        column = table.by_name.get(name)
        if column is None:
            yield _absent(name, table)
        elif not column.nullable and percent:
            yield f"{table.key}.{name}: nulls are {percent} %, and the column is NOT NULL; take it out of nulls"


def _fixed(plan: TablePlan, table: Table) -> Iterator[str]:
    """Check the rows by hand; whether a text is a value of its column's type is told where generators are built."""
    keys = {name: key for key in table.foreign_keys for name in key.columns}
    for number, row in enumerate(plan.fixed, 1):
        for name, value in row.items():
            where, column = f"{table.key}.{name}: row {number} of `rows`", table.by_name.get(name)
            if column is None:
                yield f"{table.key}: row {number} of `rows` names {name}{suggestion(name, table.by_name)}, which is no column of the table"
            elif name in keys:
                yield f"{where} gives a foreign key, which the engine draws; take it out, and plan the key under fks"
            elif column.generated is not None:
                yield f"{where} gives a column that the database computes; take it out"
            elif value is None and not column.nullable:
                yield f"{where} is NULL, and the column is NOT NULL"
            elif value is not None:
                yield from _labels(where, column, [value])
                if column.type.kind is Kind.TEXT and column.type.length is not None and len(value) > column.type.length:
                    yield f"{where} has {len(value)} characters, {column.type.sql} takes {column.type.length}"
    yield from _alike(plan, table)


def _alike(plan: TablePlan, table: Table) -> Iterator[str]:
    """Tell rows by hand that a unique key forbids together."""
    for key in table.keys:
        seen: dict[tuple[str | None, ...], int] = {}
        for number, row in enumerate(plan.fixed, 1):
            values = tuple(row.get(name) for name in key.columns)
            if key.expressions or key.where is not None or any(value is None for value in values):
                continue
            if values in seen:
                yield f"{table.key}: rows {seen[values]} and {number} of `rows` have the same {', '.join(key.columns)}, which is unique"
            seen.setdefault(values, number)


def _absent(name: str, table: Table) -> str:
    return f"{table.key} has no column {name}{suggestion(name, table.by_name)}; take it out, or start its name with _ for a helper"


def _place(name: str, table: Table) -> Iterator[str]:
    column = table.by_name.get(name)
    if column is None:
        if not name.startswith("_"):
            yield _absent(name, table)
        return
    if column.generated is not None:
        yield f"{table.key}.{name} is GENERATED ALWAYS: the database computes it; take it out of the plan"
    for key in table.foreign_keys:
        if name in key.columns:
            yield f"{table.key}.{name} belongs to the foreign key {key.label}: plan the key under fks, and take the column out"


def _generator(name: str, gen: Gen, plan: TablePlan, table: Table, schema: Schema) -> Iterator[str]:
    where = f"{table.key}.{name}"
    joints = {joint.name: joint for joint in plan.joints}
    if isinstance(gen, Joint):
        joint = joints.get(gen.set)
        if joint is None:
            yield f"{where}: there is no joint {gen.set}{suggestion(gen.set, joints)}; there is {_list(joints)}"
        elif gen.field not in joint.fields:
            close = suggestion(gen.field, joint.fields)
            yield f"{where}: the joint {gen.set} has no field {gen.field}{close}; it has {_list(joint.fields)}"
        else:
            at = joint.fields.index(gen.field)
            yield from _labels(where, table.by_name.get(name), [row.cells[at] for row in joint.rows])
    elif isinstance(gen, Choice):
        yield from _labels(where, table.by_name.get(name), [value for tier in gen.tiers for value in tier.values])
    elif isinstance(gen, Template):
        yield from _tokens(where, gen, plan, table)
    elif isinstance(gen, SameAs):
        owner, column = owned(gen.ref, schema.by_key)
        owner = owner or table.key
        if owner not in schema.by_key:
            yield f"{where}: same_as {gen.ref} names no table{suggestion(owner, schema.by_key)}"
        elif column not in schema.by_key[owner].by_name:
            yield f"{where}: same_as: {_absent(column, schema.by_key[owner])}"
    elif isinstance(gen, After):
        yield from _ref(where, gen.ref, plan, table, schema)


def _labels(where: str, column: Column | None, values: Iterable[str]) -> Iterator[str]:
    if column is None or column.type.kind is not Kind.ENUM:
        return
    for value in values:
        if value not in column.type.labels:
            close = suggestion(value, column.type.labels)
            yield f"{where}: {value!r:.60} is no label of {column.type.sql}{close}; it has {_list(column.type.labels)}"


def _ref(where: str, ref: str, plan: TablePlan, table: Table, schema: Schema) -> Iterator[str]:
    """Check `column`, `_helper`, `key.column` or `set.field`."""
    parents = {key.label: key.parent for key in table.foreign_keys}
    fields = {joint.name: joint.fields for joint in plan.joints}
    names = [*table.by_name, *plan.by_column, *(field for joint in plan.joints for field in joint.fields)]
    label, column = owned(ref, {*parents, *fields})
    if ref in names or not label:
        if ref not in names:
            yield f"{where}: ref {ref} is no column of {table.key}{suggestion(ref, names)}"
        return
    if label in parents:
        parent = schema.by_key.get(parents[label])
        if parent is not None and column not in parent.by_name and not column.startswith("_"):
            yield f"{where}: ref {ref}: {_absent(column, parent)}"
    elif column not in fields.get(label, ()):
        yield f"{where}: ref {ref}: {label} is neither a foreign key of {table.key} nor a joint{suggestion(label, [*parents, *fields])}"


def _tokens(where: str, gen: Template, plan: TablePlan, table: Table) -> Iterator[str]:
    """Check the tokens that name a field of a joint: `{set.field}`. The others are read where templates are built."""
    fields = {joint.name: joint.fields for joint in plan.joints}
    labels = {key.label for key in table.foreign_keys}
    for text in (value for tier in gen.tiers for value in tier.values):
        for token in TOKEN.finditer(text):
            named = FIELD.fullmatch((token[1] or "").split("|")[0])
            if named and named[1] not in labels and named[2] not in fields.get(named[1], ()):
                known = [f"{name}.{field}" for name, names in fields.items() for field in names]
                yield f"{where}: {token[0]} names no field of a joint{suggestion(f'{named[1]}.{named[2]}', known)}; there is {_list(known)}"


def _list(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "") if shown else "none"
