"""Ask again for what lost its meaning: the columns that a reply left out, got wrong, or that the engine or the database refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synthseed.planners.model import prompt
from synthseed.planners.model.blocks import block
from synthseed.planners.model.compact import planned
from synthseed.planners.model.redaction import escaped, sql
from synthseed.planners.model.request import Guidance, Problem, Request
from synthseed.schema import Schema

MOST = 20  # problems that one request names
LONGEST = 200  # characters of a problem's text
QUERY = 2_000  # characters of a query


def repair_requests(schema: Schema, guidance: Guidance, problems: Sequence[Problem], number: int) -> tuple[Request, ...]:
    """Return the requests that ask again for the columns of these problems, with what was wrong.

    Args:
        schema: The database.
        guidance: What the user says.
        problems: What is wrong; those without a column that is planned cannot be asked again.
        number: Round of repair, from 1; 0 for a plan that was in use.
    """
    asked = {f"{table.key}.{column}" for table in schema.tables for column in planned(table)}
    columns = list(dict.fromkeys(f"{one.table}.{one.column}" for one in problems if f"{one.table}.{one.column}" in asked))
    if not columns:
        return ()
    requests = prompt.plan_requests(schema, guidance, columns=columns)
    return tuple(_with_problems(request, problems, _name(number) + _of(at, requests)) for at, request in enumerate(requests, 1))


def _name(number: int) -> str:
    return f"repair {number}" if number else "repair of the plan"


def _of(at: int, requests: Sequence[Request]) -> str:
    return "" if len(requests) == 1 else f", {at} of {len(requests)}"


def _with_problems(request: Request, problems: Sequence[Problem], name: str) -> Request:
    found = [one for one in problems if f"{one.table}.{one.column}" in request.columns][:MOST]
    lines = [f"{one.code}: {_told(one)}" for one in found]
    lines += [
        f"its query returns no row when all is well: {query}" for query in dict.fromkeys(sql(one.sql, QUERY) for one in found if one.sql)
    ]
    text = "An earlier plan of these columns could not be used:\n" + "\n".join(lines)
    return replace(request, name=name, user=request.user + block("problems", text))


def _told(problem: Problem) -> str:
    return escaped(" ".join(problem.text.split())[:LONGEST])
