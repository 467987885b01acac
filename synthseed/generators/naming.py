"""Look the names of a plan's expressions and templates up in the schema, before the first row."""

from __future__ import annotations

from collections.abc import Iterable

from synthseed.errors import PlanError, suggestion
from synthseed.expressions import Node, children, names, parse, quoted
from synthseed.generators.base import Setting
from synthseed.plan import Choice, Joint, JointTable
from synthseed.schema import Column, ForeignKey, Kind, Type, owned


def joint_table(setting: Setting, name: str) -> JointTable | None:
    """Return a joint table of the table's plan by name."""
    return next((joint for joint in setting.plan.joints if joint.name == name), None)


def foreign_key(setting: Setting, label: str) -> ForeignKey | None:
    """Return a foreign key of the table by its columns, joined by commas (spaces after them don't matter)."""
    label = ",".join(part.strip() for part in label.split(","))
    return next((key for key in setting.table.foreign_keys if key.label == label), None)


def owners(setting: Setting) -> list[str]:
    """Return the names that may stand before the dot of `owner.column`: foreign keys and joint tables."""
    return [*(joint.name for joint in setting.plan.joints), *(key.label for key in setting.table.foreign_keys)]


def column_of(setting: Setting, name: str) -> Column | None:
    """Return the column that a name (`column` or `key.column`) reads; None for a helper, a joint's field and no column."""
    if name in setting.table.by_name:
        return setting.table.by_name[name]
    owner, column = owned(name, owners(setting))
    key = foreign_key(setting, owner)
    parent = setting.schema.by_key.get(key.parent) if key else None
    return parent.by_name.get(column) if parent else None


def known(setting: Setting) -> list[str]:
    """Return the columns, helper columns and bare fields of joint tables that a row has cells for."""
    fields = [field for joint in setting.plan.joints for field in joint.fields]
    return [*setting.table.by_name, *setting.plan.by_column, *fields]


def check_names(found: Iterable[str], setting: Setting) -> None:
    """Raise PlanError unless each name is a column, a helper, `key.column` or `set.field` of the table."""
    for name in sorted(found):
        _check_name(name, setting)


def _check_name(name: str, setting: Setting) -> None:
    if name in (options := known(setting)):
        return
    owner, column = owned(name, owners(setting))
    if not owner:
        raise PlanError(
            f"{setting.where}: {setting.table.key} has no column `{name}`{suggestion(name, options)}; change the name in the plan"
        )
    joint, key = joint_table(setting, owner), foreign_key(setting, owner)
    if joint is not None and column in joint.fields:
        return
    if key is not None:
        parent = setting.schema.by_key.get(key.parent)
        # A parent's helper column lives in the parent's plan, which is not at hand here: the engine looks it up.
        if parent is None or column in parent.by_name or column.startswith("_"):
            return
        raise PlanError(f"{setting.where}: `{name}`: {key.parent} has no column `{column}`{suggestion(column, parent.by_name)}")
    if joint is not None:
        raise PlanError(f"{setting.where}: `{name}`: {owner} has the fields {', '.join(joint.fields)}{suggestion(column, joint.fields)}")
    options = owners(setting)
    raise PlanError(
        f"{setting.where}: `{name}`: `{owner}` is no foreign key and no joint table of {setting.table.key}{suggestion(owner, options)}; "
        f"write key.column or set.field, with one of: {', '.join(map(quoted, options)) or '(it has none)'}"
    )


def check_children(found: Iterable[tuple[str, str, str]], setting: Setting) -> None:
    """Raise PlanError unless each (function, child, column) names a table with a key to this one, and its column."""
    parents = {table.key: table for table in setting.schema.tables if any(key.parent == setting.table.key for key in table.foreign_keys)}
    for function, child, column in sorted(found):
        shown = f"{function}({quoted(child)}{'.' + quoted(column) if column else ''})"
        if child not in parents:
            exists = child in setting.schema.by_key
            why = f"{child} has no foreign key to {setting.table.key}" if exists else f"there is no table `{child}`"
            raise PlanError(f"{setting.where}: `{shown}`: {why}{suggestion(child, parents)}; its children: {', '.join(parents) or 'none'}")
        if column and column not in parents[child].by_name and not column.startswith("_"):
            raise PlanError(f"{setting.where}: `{shown}`: {child} has no column `{column}`{suggestion(column, parents[child].by_name)}")


def read(text: str, setting: Setting) -> Node:
    """Return the nodes of an expression whose names all exist: of an `expr`, an override's `when`, a rule.

    Raises:
        PlanError: The expression can't be read, or names what is not there.
    """
    try:
        node = parse(text)
    except PlanError as error:
        raise PlanError(f"{setting.where}: {error}") from None
    check_names(names(node), setting)
    check_children(children(node), setting)
    return node


# ---------------------------------------------------------------------------------------------- lengths
WIDTHS = {Kind.BOOLEAN: 5, Kind.DATE: 10, Kind.TIME: 15, Kind.TIMESTAMP: 26, Kind.TIMESTAMPTZ: 26, Kind.UUID: 36}


def longest_of(name: str, setting: Setting) -> int | None:
    """Return the most characters of the text of a cell; None where schema and plan do not say."""
    owner, field = owned(name, owners(setting))
    if (joint := joint_table(setting, owner)) is not None:
        return _longest_cell(joint, field)
    column = column_of(setting, name)
    sizes = [_planned(name, setting), None if column is None else longest_text(column.type)]
    return min((size for size in sizes if size is not None), default=None)


def longest_text(type_: Type) -> int | None:
    """Return the most characters of the text of a value of a type; None where there is no bound."""
    match type_.kind:
        case Kind.TEXT:
            return type_.length
        case Kind.ENUM:
            return max(map(len, type_.labels), default=None)
        case Kind.INTEGER:
            return {8: 4, 16: 6, 32: 11}.get(type_.bits or 64, 20)
        case Kind.NUMERIC:
            return min(type_.precision or 19, 19) + 2
        case _:
            return WIDTHS.get(type_.kind)


def _planned(name: str, setting: Setting) -> int | None:
    if (planned := setting.plan.by_column.get(name)) is None or any(override.column == name for override in setting.plan.overrides):
        return None
    match planned.gen:
        case Choice(tiers):
            return max((len(value) for tier in tiers for value in tier.values), default=None)
        case Joint(set_, field) if (joint := joint_table(setting, set_)) is not None:
            return _longest_cell(joint, field)
        case _:
            return None


def _longest_cell(joint: JointTable, field: str) -> int | None:
    place = joint.fields.index(field) if field in joint.fields else -1
    return max((len(row.cells[place]) for row in joint.rows if len(row.cells) > place >= 0), default=None)
