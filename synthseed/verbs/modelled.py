"""Join what asking a model takes: the schema, the user's words, a client within its budget, and the engine's own verdict."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError, ModelError
from synthseed.report.asked import Asked, Call, money
from synthseed.report.progress import Progress, Silent
from synthseed.verbs.target import table_of

if TYPE_CHECKING:
    from synthseed.configuration import Database
    from synthseed.plan import Plan
    from synthseed.planners.model.budget import Budget, Totals
    from synthseed.planners.model.client import Client
    from synthseed.planners.model.plan import Check, Modelled
    from synthseed.planners.model.request import Guidance, Problem, Request
    from synthseed.schema import Schema


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what the command line says of asking a model; None: what synthseed.yml says.

    Attributes:
        planner: `offline` or `openai`.
        model: Name of the model.
        base_url: URL of a server that speaks OpenAI's API.
        instructions: The user's own words for the database.
        domain: What the database is about.
        max_cost_usd: Most dollars.
        strict: Any fallback to the offline planner is an error.
    """

    planner: str | None = None
    model: str | None = None
    base_url: str | None = None
    instructions: str | None = None
    domain: str | None = None
    max_cost_usd: Decimal | float | str | None = None
    strict: bool = False

    def on(self, database: Database) -> Database:
        """Return the database with these wishes on top of what synthseed.yml says."""
        model = replace(database.model, name=self.model or database.model.name, base_url=self.base_url or database.model.base_url)
        if self.base_url and self.base_url != database.model.base_url:
            model = replace(model, key=None)  # a key that is configured for one server is not sent to another
        said = database.said
        said = replace(said, instructions=self.instructions or said.instructions, domain=self.domain or said.domain)
        spending = database.spending
        if self.max_cost_usd is not None:
            spending = replace(spending, max_cost_usd=_dollars(self.max_cost_usd))
        asks = self.model or self.base_url
        planner = self.planner or ("openai" if asks else database.planner)
        if planner == "offline" and asks:
            raise ConfigurationError("--planner offline asks no model; leave out --model and --base-url, or give --planner openai")
        if planner not in ("offline", "openai"):
            raise ConfigurationError(f"--planner is {planner!r}; expected offline or openai")
        return replace(database, planner=planner, model=model, said=said, spending=spending)


def _dollars(value: Decimal | float | str) -> Decimal:
    from decimal import InvalidOperation

    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or found <= 0:
        raise ConfigurationError(f"--max-cost-usd is {value!r}; expected dollars, above 0")
    return found


# ---------------------------------------------------------------------------------------------- what is asked
def guidance(database: Database, schema: Schema, plan: Plan, locale: str | None = None) -> Guidance:
    """Return what the user says, with the names of tables and columns checked against the schema.

    Raises:
        ConfigurationError: Instructions are for a table or column that the database does not have.
    """
    from synthseed.planners.model.request import Guidance

    said = database.said
    return Guidance(
        instructions=said.instructions,
        tables={table_of(schema, name): text for name, text in said.tables.items()},
        columns={column_of(schema, name): text for name, text in said.columns.items()},
        domain=said.domain,
        locale=locale or database.locale or plan.locale,
        comments=said.comments,
        as_of=(plan.as_of or datetime.now(UTC).date().isoformat())[:10],
    )


def named(schema: Schema, name: str) -> tuple[str, str]:
    """Return table and column of `table.column` as somebody wrote them; either may hold dots."""
    from synthseed.schema import owned

    spelt = {key.casefold() for key in schema.by_key}
    default = f"{schema.default_schema}."
    dots = [place for place, char in enumerate(name) if char == "."][::-1]
    known = {name[:at] for at in dots if name[:at].removeprefix(default).casefold() in spelt}
    return owned(name, known)


def column_of(schema: Schema, name: str) -> str:
    """Return `table.column` in the schema's own spelling."""
    from synthseed.errors import suggestion

    table, column = named(schema, name)
    if not table:
        raise ConfigurationError(f"{name!r}: expected table.column")
    key = table_of(schema, table)
    known = schema.table(key).by_name
    if column not in known:
        raise ConfigurationError(f"{key} has no column {column!r}{suggestion(column, known)}; it has: {', '.join(known)}")
    return f"{key}.{column}"


def requests(
    schema: Schema, guidance: Guidance, *, tables: Collection[str] | None = None, columns: Collection[str] = ()
) -> tuple[Request, ...]:
    """Return what would be sent, to the byte."""
    from synthseed.planners.model import prompt

    return prompt.plan_requests(schema, guidance, tables=tables, columns=columns or None)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Say what asking would take: calls, tokens at most, and dollars at most (None: the model's price is not known)."""

    model: str
    calls: int
    input: int
    output: int
    dollars: Decimal | None

    def line(self) -> str:
        """Return it as a person reads it."""
        many = "1 call" if self.calls == 1 else f"{self.calls} calls"
        cost = money(self.dollars) if self.dollars is None else f"at most {money(self.dollars)}"
        return f"{self.model}: {many}, about {self.input:,} tokens in, at most {self.output:,} out, {cost} without repair"


def estimate(database: Database, asked: Sequence[Request]) -> Estimate:
    """Return what these requests would take; nothing is sent, and no key is needed."""
    from synthseed.planners.model.endpoint import DEFAULT_MODEL
    from synthseed.planners.model.prices import cost
    from synthseed.planners.model.prompt import estimate as tokens
    from synthseed.planners.model.request import Usage

    model = database.model.name or DEFAULT_MODEL
    given, made = sum(tokens(request) for request in asked), sum(request.limit for request in asked)
    return Estimate(model, len(asked), given, made, cost(model, Usage(input=given, output=made), tier=database.model.service_tier))


# ---------------------------------------------------------------------------------------------- asking
def budget(database: Database) -> Budget:
    """Return what one run may spend; whoever asks twice in a run asks out of the same one."""
    from synthseed.planners.model.budget import Budget

    spending = database.spending
    return Budget(spending.max_cost_usd, spending.max_tokens, spending.max_requests)


@contextmanager
def client(database: Database, purse: Budget | None = None) -> Iterator[Client]:
    """Yield a client for the model that the configuration names.

    Args:
        database: With the model, and what may be spent.
        purse: What is left of it, where the run has asked before.

    Raises:
        ConfigurationError: The key or the URL cannot be used.
    """
    from synthseed.planners.model.cache import Cache, default_folder
    from synthseed.planners.model.client import Client
    from synthseed.planners.model.endpoint import endpoint

    model = database.model
    whom = endpoint(
        os.environ,
        model=model.name,
        base_url=model.base_url,
        key_variable=model.key,
        api=model.api,
        effort=model.effort,
        service_tier=model.service_tier,
        timeout=model.timeout,
    )
    with Client(whom, purse or budget(database), Cache(default_folder())) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Telling:
    """Tell a progress how far the asking is, and what it cost so far."""

    progress: Progress
    client: Client

    def asked(self, name: str, done: int, total: int) -> None:
        """Tell it, with the money spent."""
        self.progress.asked(name, done, total, money(self.client.budget.totals.dollars))


@contextmanager
def way_out() -> Iterator[None]:
    """Let an error of asking end with what was lost (nothing) and the way out."""
    try:
        yield
    except ModelError as error:
        if "--planner offline" in str(error):
            raise
        raise type(error)(f"{str(error).rstrip('.')}. Nothing was saved or filled; without a model: --planner offline") from None


def ask(
    database: Database,
    schema: Schema,
    offline: Plan,
    *,
    as_of: int,
    locale: str | None = None,
    tables: Collection[str] | None = None,
    columns: Collection[str] = (),
    problems: Sequence[Problem] = (),
    strict: bool = False,
    expand: bool = False,
    check: Check | None = None,
    progress: Progress | None = None,
    purse: Budget | None = None,
) -> tuple[Plan, Asked]:
    """Return the plan that the model makes, sound as far as the engine can tell, and what asking took.

    Args:
        database: With the model and the user's words.
        schema: The database's schema.
        offline: A whole plan: what falls back falls back on it, and tables that are not asked for keep what it has.
        as_of: Microseconds since 1970, UTC, for the engine's trial.
        locale: Language and country.
        tables: Tables to plan; None: all.
        columns: `table.column` of single columns to plan.
        problems: What was wrong with those columns in a plan that was in use.
        strict: Raise where anything fell back.
        expand: Ask for more values where vocabularies are small for their rows: one request more per such table.
        check: Returns what the database refuses of a plan that the engine takes.
        progress: Is told about every answer.
        purse: What the run may spend; None: what the configuration says.

    Raises:
        ModelError: No reply could be used, or `strict` and something fell back.
        ConfigurationError: The key, the URL or the instructions cannot be used.
    """
    from synthseed.planners.model.expansion import expanded
    from synthseed.planners.model.plan import plan as planned
    from synthseed.verbs.trial import tried

    wish = guidance(database, schema, offline, locale)

    def refused(plan: Plan) -> Sequence[Problem]:
        from synthseed.planners.model.request import Problem

        trial = tried(schema, plan, offline, as_of=as_of)
        if trial.faults or check is None:
            return [Problem("refused_by_engine", fault.table, fault.part, fault.text) for fault in trial.faults]
        return check(plan)

    with client(database, purse) as asker, way_out():
        before = asker.budget.totals
        made = planned(
            schema,
            offline,
            wish,
            asker,
            tables=tables,
            columns=columns,
            problems=problems,
            check=refused,
            telling=Telling(progress or Silent(), asker),
        )
        if expand:
            grown = expanded(schema, made.plan.tables, wish, asker, tables=tables, telling=Telling(progress or Silent(), asker))
            larger = replace(made.plan, tables=grown.tables)
            kept = made.plan if refused(larger) else larger
            made = replace(made, plan=kept, sent=(*made.sent, *grown.sent), fixes=(*made.fixes, *grown.notes))
        told = _told(asker, made, before)
    trial = tried(schema, made.plan, offline, as_of=as_of)
    more = [f"{fault.table}.{fault.part}: planned offline: {fault.text}" for fault in trial.faults]
    asked = replace(told, fallbacks=tuple(dict.fromkeys((*told.fallbacks, *more))))
    if strict and asked.fallbacks:
        raise ModelError("--strict: the model's plan is not whole; nothing was saved:\n  " + "\n  ".join(asked.fallbacks))
    plan = trial.plan if tables is not None or trial.plan.as_of else replace(trial.plan, as_of=wish.as_of)  # its dates are told from there
    return plan, asked


def _told(asker: Client, made: Modelled, before: Totals) -> Asked:
    """Return what was sent since a moment, and what it cost."""
    totals = asker.budget.totals - before
    return Asked(
        model=asker.endpoint.where,
        calls=tuple(Call(sent.name, sent.sha256, sent.how) for sent in made.sent),
        requests=totals.requests,
        input=totals.usage.input,
        cached=totals.usage.cached,
        output=totals.usage.output,
        dollars=totals.dollars,
        fallbacks=made.fallbacks,
        fixes=(*asker.notes, *made.fixes),
    )
