"""Write what is sent: one constant prefix (system prompt and schema of the reply), then the metadata of the tables asked for.

Everything is a pure function of schema, guidance and plan. Of one run over a large schema all user prompts begin alike, with
context and brief, so that a server's prompt cache holds that too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from synthseed.errors import PlanError, suggestion
from synthseed.planners.model import chunks as cutting
from synthseed.planners.model.blocks import MOST_REPLY, PLAN, PROMPTS, block, context, file_text, instructions, parents
from synthseed.planners.model.chunks import Chunk, Part
from synthseed.planners.model.compact import described, planned, stub
from synthseed.planners.model.redaction import name
from synthseed.planners.model.request import Guidance, Request
from synthseed.schema import Schema, Table

# Tokens of a reply, with room for reasoning: a plan of five tables and 40 columns took 7,000, so 175 a column.
PLAN_BASE, PLAN_TABLE, PLAN_COLUMN = 3_000, 200, 200


# ---------------------------------------------------------------------------------------------- a plan
def plan_requests(
    schema: Schema, guidance: Guidance, *, tables: Collection[str] | None = None, columns: Collection[str] | None = None
) -> tuple[Request, ...]:
    """Return the calls that ask for a plan; the first one is to be sent alone, so that the others find its prefix cached.

    Args:
        schema: The database.
        guidance: What the user says.
        tables: Keys of the tables to plan (again); None: all. Their parents are shown as stubs.
        columns: `table.column` of single columns to plan (again), beside those tables; None: none.
    """
    found = cutting.chunks(schema, _parts(schema, tables, columns))
    names = ["plan"] if len(found) == 1 else [f"plan {at} of {len(found)}" for at in range(1, len(found) + 1)]
    start = _start(schema, guidance)
    return tuple(_plan_request(schema, guidance, chunk, label, start) for chunk, label in zip(found, names, strict=True))


def halves(request: Request, schema: Schema, guidance: Guidance) -> tuple[Request, ...]:
    """Return two requests that ask for half of the tables or columns each, for a reply that was cut at its limit.

    None where a single column, or a table without columns of its own, is all that is asked for.
    """
    start = _start(schema, guidance)
    return tuple(
        _plan_request(schema, guidance, half, f"{request.name}, half {at}", start)
        for at, half in enumerate(cutting.halves(_chunk(request, schema)), 1)
    )


def without_comments(request: Request, schema: Schema, guidance: Guidance) -> Request:
    """Return the same request without comments, for a second try after a refusal."""
    quiet = replace(guidance, comments=False)
    return _plan_request(schema, quiet, _chunk(request, schema), f"{request.name}, without comments", _start(schema, quiet))


def _parts(schema: Schema, tables: Collection[str] | None, columns: Collection[str] | None) -> list[Part]:
    known = {f"{table.key}.{column}": (table.key, column) for table in schema.tables for column in planned(table)}
    for wanted, there, what in ((tables or (), schema.by_key, "table"), (columns or (), known, "column that is planned")):
        for one in wanted:
            if one not in there:
                raise PlanError(f"{one}: the database has no such {what}{suggestion(one, there)}; ask for one that it has")
    if tables is None and columns is None:
        return list(cutting.whole(schema))
    single = {known[label] for label in columns or ()}
    whole = [part for part in cutting.whole(schema) if part.table in (tables or ())]
    some = [
        replace(part, columns=tuple(column for column in part.columns if (part.table, column) in single))
        for part in cutting.whole(schema)
        if part.table not in (tables or ())
    ]
    return [*whole, *(part for part in some if part.columns)]


def _chunk(request: Request, schema: Schema) -> Chunk:
    """Return the parts that a request asks for."""
    asked = set(request.columns)
    return tuple(Part(key, tuple(column for column in planned(schema.table(key)) if f"{key}.{column}" in asked)) for key in request.tables)


def _start(schema: Schema, guidance: Guidance) -> str:
    """Return what all user prompts of a database begin with: the context, and the brief of one that needs several calls."""
    brief = "" if cutting.fits(cutting.whole(schema)) else block("brief", cutting.brief(schema))
    return context(schema, guidance) + brief


def _plan_request(schema: Schema, guidance: Guidance, chunk: Chunk, label: str, start: str) -> Request:
    asked = {part.table: part for part in chunk}
    tables = [schema.table(part.table) for part in chunk]
    texts = [
        described(
            table, schema, comments=guidance.comments, columns=None if _complete(asked[table.key], table) else asked[table.key].columns
        )
        for table in tables
    ]
    columns = tuple(f"{part.table}.{column}" for part in chunk for column in part.columns)
    user = (
        start
        + instructions(guidance, {table.key: asked[table.key].columns for table in tables})
        + block("schema", "\n\n".join([*texts, *map(stub, parents(tables, schema))]))
        + block("plan_for", "\n".join(_asked(asked[table.key], table) for table in tables))
    )
    limit = min(PLAN_BASE + PLAN_TABLE * len(chunk) + PLAN_COLUMN * len(columns), MOST_REPLY)
    return Request(label, file_text(PROMPTS[PLAN]), user, PLAN, tuple(asked), columns, limit)


def _complete(part: Part, table: Table) -> bool:
    return part.columns == planned(table)


def _asked(part: Part, table: Table) -> str:
    """Return the line of <plan_for>: the table, or those of its columns that are asked for now."""
    if _complete(part, table):
        return name(table.key)
    first = part.columns[:1] == planned(table)[:1]
    others = "" if first else " (fks, nulls of other columns and rules come with other columns: leave them empty)"
    return f"{name(table.key)}, only these columns{others}: {', '.join(map(name, part.columns))}"


# ---------------------------------------------------------------------------------------------- what it weighs, what is shown
def estimate(request: Request, ratio: float = 1.0) -> int:
    """Return about how many tokens a request's input has: UTF-8 bytes / 3.3, and 2 % more of metadata.

    Args:
        request: The request.
        ratio: Real tokens per estimated one, of the calls made so far.
    """
    constant = len(request.system.encode()) + len(file_text(request.schema).encode())
    return round((constant + len(request.user.encode()) * 1.02) / 3.3 * ratio) + 1


def shown(requests: Iterable[Request]) -> str:
    """Return all that would be sent, as text: the constant prefix where it is used first, then the user prompt of each request."""
    seen: set[tuple[str, str]] = set()
    found = []
    for request in requests:
        if (request.system, request.schema) not in seen:
            seen.add((request.system, request.schema))
            found.append(f"=== system prompt, the same in every request\n{request.system}")
            found.append(f"=== JSON schema of the reply, the same in every request\n{file_text(request.schema)}\n")
        tokens = f"about {estimate(request)} tokens with both; a reply of at most {request.limit}"
        found.append(f"=== {request.name}: user prompt ({tokens})\n{request.user}")
    return "\n".join(found)
