"""Let a model write the rows of small tables themselves: they are stored in the plan, as rows by hand are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError, PlanError
from synthseed.report.asked import Asked, Call
from synthseed.report.progress import Progress
from synthseed.verbs.modelled import Telling, client, guidance, way_out
from synthseed.verbs.target import table_of

if TYPE_CHECKING:
    from synthseed.configuration import Database
    from synthseed.plan import Plan
    from synthseed.planners.model.budget import Budget
    from synthseed.schema import Schema

UNSAVED = re.compile(r"[;.] nothing was saved(?: or filled)?(?=[;.])", re.IGNORECASE)  # what an error says where nothing was before it


def wanted(given: Sequence[str]) -> dict[str, int | None]:
    """Return the tables of `--direct TABLE[=N]`, and how many rows of each; None: as many as the plan says.

    Raises:
        ConfigurationError: A number is none.
    """
    found: dict[str, int | None] = {}
    for text in given:
        name, equals, number = text.partition("=")
        if equals and not re.fullmatch("0*[1-9][0-9]{0,8}", number):
            raise ConfigurationError(f"--direct {text!r:.80}: expected TABLE, or TABLE=NUMBER")
        found[name] = int(number) if equals else None
    return found


def check(schema: Schema, given: Sequence[str]) -> None:
    """Refuse what `--direct` cannot mean, before anything is asked.

    Raises:
        ConfigurationError: There is no such table, a number is none, or it is more than a model can write.
    """
    for name, count in wanted(given).items():
        _need_few(table_of(schema, name), count or 0)


def _need_few(key: str, count: int) -> None:
    from synthseed.planners.model.written import MOST

    if count > MOST:
        raise ConfigurationError(
            f"{key}: {count} rows are to be written by a model, which writes {MOST} at most; the plan makes any number"
        )


def missing(plan: Plan, schema: Schema, given: Mapping[str, int | None]) -> dict[str, int]:
    """Return how many rows of which tables a model is still to write: those of `rows: written`, and those asked for now.

    Raises:
        ConfigurationError: There is no such table, or it is more than a model can write.
    """
    from synthseed.planners.model.written import MOST

    counts = {key: table.rows for key, table in plan.tables.items() if table.written}
    for name, count in given.items():
        key = table_of(schema, name)
        if not plan.tables[key].fixed:
            counts[key] = count or min(plan.tables[key].rows, MOST)
    for key, count in counts.items():
        _need_few(key, count)
    return counts


def with_rows(
    database: Database,
    schema: Schema,
    plan: Plan,
    counts: Mapping[str, int],
    *,
    locale: str | None,
    progress: Progress,
    purse: Budget | None = None,
) -> tuple[Plan, Asked]:
    """Return the plan with the rows that a model wrote as the first ones of their tables, and what asking took.

    Raises:
        ModelError: No row of a table could be had; nothing was saved.
    """
    from synthseed.planners.model.written import written

    tables, calls, notes = dict(plan.tables), list[Call](), list[str]()
    wish = guidance(database, schema, plan, locale)
    with client(database, purse) as asker, way_out():
        before = asker.budget.totals
        for key, count in counts.items():
            found = written(schema, key, count, wish, asker, telling=Telling(progress, asker))
            tables[key] = replace(tables[key], fixed=tuple(found.rows), rows=count, written=False)
            calls += [Call(sent.name, sent.sha256, sent.how) for sent in found.sent]
            notes += found.notes
        totals, whom, told = asker.budget.totals - before, asker.endpoint.where, asker.notes
    short = tuple(note for note in notes if note.endswith("the plan's"))
    asked = Asked(
        whom,
        tuple(calls),
        totals.requests,
        totals.usage.input,
        totals.usage.cached,
        totals.usage.output,
        totals.dollars,
        short,
        (*told, *(note for note in notes if note not in short)),
    )
    return replace(plan, tables=tables), asked


def waiting(folder: Path | None) -> bool:
    """Return whether a file of a plan says `rows: written`; a plan without is not read twice."""
    files = folder.glob("*.yml") if folder is not None and folder.is_dir() else ()
    return any(re.search(rb"^rows: *['\"]?written", file.read_bytes(), re.MULTILINE) for file in files)


def need_none(plan: Plan) -> None:
    """Raise PlanError where rows are still to be written by a model, and none is asked."""
    waits = [key for key, table in plan.tables.items() if table.written]
    if waits:
        raise PlanError(
            f"{', '.join(waits)}: `rows: written` waits for a model; `synthseed plan --direct {waits[0]}` asks one, or write a number"
        )
