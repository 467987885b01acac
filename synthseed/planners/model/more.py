"""Ask a model for rows of one table as text, for what a person reads row by row, and for more values of a plan's lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthseed.errors import PlanError, suggestion
from synthseed.plan import Choice, TablePlan, Template
from synthseed.planners.model.blocks import MOST_REPLY, PROMPTS, ROWS, VALUES, block, context, file_text, instructions, parents
from synthseed.planners.model.compact import described, planned, stub
from synthseed.planners.model.redaction import capped, cleaned, escaped, name
from synthseed.planners.model.request import Guidance, Request
from synthseed.schema import Kind, Schema, Table

EXAMPLES = 40  # values of a list that go with the wish for more
AVOIDED = 400  # values already written that go with the wish for more rows


# ---------------------------------------------------------------------------------------------- rows as text
def written_columns(table: Table) -> tuple[str, ...]:
    """Return the columns that a model may write as text: those of a plan, but for what nobody reads (UUIDs, bytes)."""
    return tuple(column for column in planned(table) if table.column(column).type.kind not in (Kind.UUID, Kind.BYTES))


def written_request(
    schema: Schema,
    table: str,
    *,
    rows: int,
    guidance: Guidance,
    columns: Sequence[str] | None = None,
    first: int = 1,
    used: Mapping[str, Sequence[str]] | None = None,
) -> Request:
    """Return the request for rows of one table, as text.

    Args:
        schema: The database.
        table: `Table.key`.
        rows: How many; more than about 40 are better asked for in turns.
        guidance: What the user says.
        columns: Columns to write, in this order; None: `written_columns`.
        first: Number of the first row.
        used: Values per column that earlier turns wrote; never any of a database.
    """
    target = schema.table(table)
    names = tuple(columns) if columns is not None else written_columns(target)
    text = described(target, schema, comments=guidance.comments, columns=None if columns is None else names)
    before = "\n".join(f"{name(key)}: {', '.join(map(_shown, list(values)[-AVOIDED:]))}" for key, values in (used or {}).items() if values)
    wish = f"table {name(table)}\nrows: {rows}, numbered {first} to {first + rows - 1}\ncolumns: {', '.join(map(name, names))}"
    user = (
        context(schema, guidance)
        + instructions(guidance, {table: names})
        + block("schema", "\n\n".join([text, *map(stub, parents([target], schema))]))
        + (block("written", before) if before else "")
        + block("write", wish)
    )
    limit = min(2_000 + rows * (10 + sum(_tokens(target, column) for column in names)), MOST_REPLY)
    return Request(
        f"rows of {table}", file_text(PROMPTS[ROWS]), user, ROWS, (table,), tuple(f"{table}.{column}" for column in names), limit
    )


def _tokens(table: Table, column: str) -> int:
    """Return about how many tokens a value takes at most."""
    kind, length = table.column(column).type.kind, table.column(column).type.length
    return min(8 + (length or 400) // 4, 120) if kind in (Kind.TEXT, Kind.JSON, Kind.OTHER, Kind.ARRAY) else 12


def _shown(value: str) -> str:
    return escaped(capped(cleaned(value), 120))


# ---------------------------------------------------------------------------------------------- more values
def expand_request(schema: Schema, plan: TablePlan, wanted: Mapping[str, int], guidance: Guidance) -> Request:
    """Return the request for more values of named lists of a plan.

    Args:
        schema: The database.
        plan: The table's plan: its values are the examples.
        wanted: How many more distinct values per slot, or per column that is a `choice` or `template`.
        guidance: What the user says.

    Raises:
        PlanError: A name is no slot, and no column with values of its own.
    """
    lists = {slot.name: slot.tiers for slot in plan.slots}
    lists |= {one.column: one.gen.tiers for one in plan.columns if isinstance(one.gen, Choice | Template) and one.column not in lists}
    for one in wanted:
        if one not in lists:
            raise PlanError(f"{plan.table}: {one} is no slot, choice or template of the plan{suggestion(one, lists)}; name one of those")
    table = schema.table(plan.table)
    lines = []
    for one, count in wanted.items():
        values = [value for tier in lists[one] for value in tier.values]
        readers = [column.column for column in plan.columns if isinstance(column.gen, Template) and _reads(column.gen, one)]
        role = (
            f"column {name(one)}"
            if one in table.by_name and one in plan.by_column
            else f"slot of {', '.join(map(name, readers)) or 'other slots'}"
        )
        lines.append(f"{name(one)}: {role}, {count} more, such as [{', '.join(map(_shown, values[:EXAMPLES]))}]")
    user = (
        context(schema, guidance)
        + instructions(guidance, {table.key: tuple(column for column in plan.by_column if column in table.by_name)})
        + block("schema", described(table, schema, comments=guidance.comments))
        + block("lists", "\n".join(lines))
    )
    limit = min(2_000 + 40 * sum(wanted.values()), MOST_REPLY)
    return Request(f"more values of {plan.table}", file_text(PROMPTS[VALUES]), user, VALUES, (plan.table,), (), limit)


def _reads(template: Template, slot: str) -> bool:
    return any(f"{{{slot}{end}" in value for tier in template.tiers for value in tier.values for end in ("}", "|"))
