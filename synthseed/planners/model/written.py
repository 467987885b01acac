"""Ask a model for the rows of a small table themselves, in turns, until as many are there as were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from synthseed.errors import Declined, ModelError, Truncated
from synthseed.planners.model.asking import Asker, Sent, Silence, Telling
from synthseed.planners.model.checked import doubled
from synthseed.planners.model.more import written_columns, written_request
from synthseed.planners.model.more_reply import Row, read_rows
from synthseed.planners.model.request import Guidance, Request
from synthseed.schema import Schema, Table

A_TURN = 40  # rows asked for at once: longer replies repeat themselves, or are cut
SPARE = 3  # turns more than the rows would need
MOST = 500  # rows: what a person reads


@dataclass
class Written:
    """Hold the rows of one table as a model wrote them: at most as many as were asked for, each sound and none twice.

    Attributes:
        rows: Text or None (NULL) per column.
        sent: What was sent.
        notes: What was dropped, and how many rows are missing.
    """

    rows: list[Row] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def columns_of(table: Table) -> tuple[str, ...]:
    """Return the columns that a model may write: not keys, and none that is unique only together with others."""
    together = {name for key in table.keys if len(key.columns) > 1 for name in key.columns}
    return tuple(name for name in written_columns(table) if name not in together)


def written(schema: Schema, key: str, count: int, guidance: Guidance, client: Asker, *, telling: Telling | None = None) -> Written:
    """Return rows of a table that a model wrote.

    Args:
        schema: The database.
        key: `Table.key`.
        count: Rows wanted, at most MOST.
        guidance: What the user says.
        client: Sends the requests.
        telling: Is told about every answer.

    Raises:
        ModelError: No row could be had.
    """
    table = schema.table(key)
    found, turns, size = Written(), -(-count // A_TURN), A_TURN
    columns = columns_of(table)
    if not columns:
        raise ModelError(f"{key}: it has no column that a model may write: keys and generated columns are not its to fill")
    last: ModelError | None = None
    for turn in range(turns + SPARE):
        missing = count - len(found.rows)
        if missing <= 0:
            break
        request = _request(schema, key, columns, min(size, missing), guidance, found.rows)
        try:
            _add(found, table, request, client, schema)
        except Truncated as error:
            last, size = error, max(size // 2, 1)
        except ModelError as error:
            if not found.rows and not isinstance(error, Declined):
                raise
            last = error
            break
        (telling or Silence()).asked(request.name, min(turn + 1, turns), turns)
    if not found.rows:
        raise last or ModelError(f"{key}: the model wrote no row that the table could take")
    if len(found.rows) < count:
        found.notes.append(f"{key}: the model wrote {len(found.rows)} of {count} rows; the others are the plan's")
    found.rows = found.rows[:count]
    return found


def _request(schema: Schema, key: str, columns: Sequence[str], rows: int, guidance: Guidance, before: Sequence[Row]) -> Request:
    used = {name: [value for row in before if (value := row[name]) is not None] for name in columns}
    return written_request(
        schema,
        key,
        rows=rows,
        guidance=guidance,
        columns=columns,
        first=len(before) + 1,
        used={name: list(dict.fromkeys(values)) for name, values in used.items() if len(set(values)) > len(values) // 2},
    )


def _add(found: Written, table: Table, request: Request, client: Asker, schema: Schema) -> None:
    """Add the sound rows of one answer that are not there yet."""
    answer = client.ask(request)
    found.sent.append(Sent(request.name, request.sha256, answer.how, answer.usage))
    try:
        rows, problems = read_rows(answer.text, request, schema)
    except ModelError:
        if answer.how != "cache":
            raise
        answer = client.ask(request, fresh=True)
        found.sent.append(Sent(request.name, request.sha256, answer.how, answer.usage))
        rows, problems = read_rows(answer.text, request, schema)
    client.keep(request, answer)
    found.notes += [f"{problem.text}; dropped" for problem in problems]
    fresh = [row for row in rows if row not in found.rows]
    both = [*found.rows, *fresh]
    twice = dict(doubled(both, table))
    found.rows = [row for at, row in enumerate(both) if at not in twice]
