"""Ask a model for the plan of a database: chunk by chunk, two rounds of repair, and offline what is then still missing.

The first chunk is asked alone and the others four at once, so that they find the prompt's constant beginning in the server's
cache. A reply that cannot be used costs its tables, never the plan; where no reply can be used at all, nothing is planned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from synthseed.errors import ModelError
from synthseed.plan import Expr, Plan, TablePlan
from synthseed.planners.model import prompt
from synthseed.planners.model.asking import Asker, Sent, Silence, Talk, Telling
from synthseed.planners.model.borrow import borrowed
from synthseed.planners.model.compact import planned
from synthseed.planners.model.fixes import fixed
from synthseed.planners.model.merge import completed, merged, without
from synthseed.planners.model.repair import repair_requests
from synthseed.planners.model.reply import Reading
from synthseed.planners.model.request import Guidance, Problem, Request
from synthseed.schema import Schema, owned

ROUNDS = 2  # of repair
SETTLING = 20  # times that a plan without what was refused is held against engine and database: one refusal may hide the next

Check = Callable[[Plan], Sequence[Problem]]


@dataclass(frozen=True)
class Modelled:
    """Hold a plan that a model made.

    Attributes:
        plan: Complete: what the model did not give is the offline planner's.
        sent: What was sent, in the order of the answers.
        fallbacks: Columns, keys and tables that the offline planner planned, with the reason.
        fixes: What was corrected in the replies without asking again.
    """

    plan: Plan
    sent: tuple[Sent, ...] = ()
    fallbacks: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()


def plan(
    schema: Schema,
    offline: Plan,
    guidance: Guidance,
    client: Asker,
    *,
    tables: Collection[str] | None = None,
    columns: Collection[str] = (),
    problems: Sequence[Problem] = (),
    check: Check = lambda _: (),
    telling: Telling | None = None,
) -> Modelled:
    """Return a model's plan for the database.

    Args:
        schema: The database.
        offline: A whole plan of the same schema: what falls back falls back on it, and what is not asked for is as it has it.
        guidance: What the user says about the database.
        client: Sends the requests.
        tables: Tables to plan; None: all.
        columns: `table.column` of single columns to plan, beside those tables.
        problems: What was wrong with these columns as `offline` has them: only they are asked for then, with what was wrong.
        check: Returns what the engine, or the database, refuses of a plan.
        telling: Is told about every answer.

    Raises:
        ModelError: No reply could be used.
    """
    talk = Talk(schema, guidance, client, telling or Silence())
    work = _Work(schema, offline, tables, columns)
    asked = prompt.plan_requests(schema, guidance, tables=tables, columns=columns or None) if not problems else ()
    readings = talk.readings(asked or repair_requests(schema, guidance, problems, 0))
    if not any(reading.tables for reading in readings):
        raise talk.last or ModelError("the model gave no plan; nothing was saved. Plan without a model: --planner offline")
    work.take(readings)
    for number in range(1, ROUNDS + 1):
        problems = work.problems(check)
        requests = () if talk.fatal else repair_requests(schema, guidance, problems, number)
        if not requests:
            break
        work.take(_again(talk, requests))
    work.settle(check)
    whole, fallbacks = work.whole({**talk.failures, **work.reasons})
    return Modelled(whole, tuple(talk.sent), fallbacks, tuple(dict.fromkeys(work.fixes)))


def _again(talk: Talk, requests: Sequence[Request]) -> list[Reading]:
    """Return the readings of a repair; one that cannot be asked for leaves its columns to the offline planner."""
    try:
        return talk.readings(requests)
    except ModelError:
        return []


class _Work:
    """Hold the drafts as they grow, and why parts of them are missing."""

    def __init__(self, schema: Schema, offline: Plan, tables: Collection[str] | None, columns: Collection[str]) -> None:
        self.schema, self.offline, self.tables = schema, offline, tables
        self.single: dict[str, set[str]] = {}
        for one in columns:
            table, column = owned(one, schema.by_key)
            if tables is None or table not in tables:
                self.single.setdefault(table, set()).add(column)
        self.drafts: dict[str, TablePlan] = {}
        self.reasons: dict[str, str] = {}
        self.fixes: list[str] = []
        self.found: list[Problem] = []

    def take(self, readings: Sequence[Reading]) -> None:
        """Add what was read, corrected as far as that needs no asking; what was told of it before is settled."""
        sound = []
        for reading in readings:
            tables = {}
            for key, table in reading.tables.items():
                tables[key], said = fixed(table, self.schema.table(key), self.schema)
                self.fixes += said
                for column in table.columns:
                    self.reasons.pop(f"{key}.{column.column}", None)
            sound.append(replace(reading, tables=tables))
        self.drafts = merged(self.drafts, sound)
        self.found = [problem for reading in readings for problem in reading.problems]

    def problems(self, check: Check) -> tuple[Problem, ...]:
        """Return what is to be asked again, and take it out of the drafts."""
        whole, _ = self.whole(self.reasons)
        refused = list(check(whole))
        given = [one for one in (*self.found, *refused) if one.table]
        self.found = []
        for one in given:
            where = f"{one.table}.{one.column}" if one.column else one.table
            self.reasons.setdefault(where, one.text)
        for one in refused:
            if one.table in self.drafts:
                self.drafts[one.table] = without(self.drafts[one.table], [one.column])
        wrong = {(one.table, one.column) for one in given}
        return (*given, *(one for one in self._missing() if (one.table, one.column) not in wrong))

    def settle(self, check: Check) -> None:
        """Leave what is still refused to the offline planner, until nothing of the model's is."""
        for _ in range(SETTLING):
            before = dict(self.drafts)
            self.problems(check)
            if self.drafts == before:
                return

    def _missing(self) -> list[Problem]:
        """Return the columns that were asked for and are not there; what the offline planner computes needs no asking."""
        return [
            Problem("missing_column", table.key, column, f"{table.key}.{column}: the plan has no entry for it")
            for table in self.schema.tables
            for column in planned(table)
            if column in self._asked(table.key) and not self._has(table.key, column)
        ]

    def _has(self, key: str, column: str) -> bool:
        draft, offline = self.drafts.get(key), self.offline.tables[key].by_column.get(column)
        return (draft is not None and column in draft.by_column) or (offline is not None and isinstance(offline.gen, Expr))

    def _asked(self, key: str) -> Collection[str]:
        if self.tables is None and not self.single:
            return self.schema.table(key).by_name
        return self.schema.table(key).by_name if key in (self.tables or ()) else self.single.get(key, ())

    def whole(self, reasons: Mapping[str, str]) -> tuple[Plan, tuple[str, ...]]:
        """Return the whole plan as it now stands, and what of it the offline planner planned."""
        asked = self.tables if self.tables is not None else ([] if self.single else None)
        plan, told = completed(self.schema, self.drafts, self.offline, tables=asked, reasons=reasons)
        if not self.single:
            return plan, told
        tables = dict(plan.tables)
        missing = []
        for key, columns in self.single.items():
            draft = self.drafts.get(key)
            got = [column for column in columns if draft is not None and column in draft.by_column]
            lacking = [f"{key}.{column}" for column in sorted(columns) if column not in got]
            missing += [f"{one}: planned offline: {reasons.get(one, 'the model gave no plan for it')}" for one in lacking]
            if draft is not None and got:
                tables[key] = borrowed(tables[key], draft, got)
        return replace(plan, tables=tables), (*told, *missing)
