"""Ask again for what lost its meaning: the columns that a reply left out, got wrong, or that the engine or the database refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synthseed.planners.model import prompt
from synthseed.planners.model.blocks import block
from synthseed.planners.model.compact import planned
from synthseed.planners.model.redaction import escaped
from synthseed.planners.model.request import Guidance, Problem, Request
from synthseed.schema import Schema

MOST = 20  # problems that one request names
LONGEST = 200  # characters of a problem's text


def repair_requests(schema: Schema, guidance: Guidance, problems: Sequence[Problem], number: int) -> tuple[Request, ...]:
    """Return the requests that ask again for the columns of these problems, with what was wrong.

    Args:
        schema: The database.
        guidance: What the user says.
        problems: What is wrong; those without a column that is planned cannot be asked again.
        number: Round of repair, from 1.
    """
    asked = {f"{table.key}.{column}" for table in schema.tables for column in planned(table)}
    columns = list(dict.fromkeys(f"{one.table}.{one.column}" for one in problems if f"{one.table}.{one.column}" in asked))
    if not columns:
        return ()
    requests = prompt.plan_requests(schema, guidance, columns=columns)
    return tuple(_with_problems(request, problems, f"repair {number}" + _of(at, requests)) for at, request in enumerate(requests, 1))


def _of(at: int, requests: Sequence[Request]) -> str:
    return "" if len(requests) == 1 else f", {at} of {len(requests)}"


def _with_problems(request: Request, problems: Sequence[Problem], name: str) -> Request:
    lines = [f"{one.code}: {_told(one)}" for one in problems if f"{one.table}.{one.column}" in request.columns][:MOST]
    text = "An earlier plan of these columns could not be used:\n" + "\n".join(lines)
    return replace(request, name=name, user=request.user + block("problems", text))


def _told(problem: Problem) -> str:
    return escaped(" ".join(problem.text.split())[:LONGEST])
