"""Bring together what a fill needs, in the order in which it can be refused: schema, ledger, plan, rows, program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.editions import Ledger
from synthseed.errors import ModelError, PlanError, Refused
from synthseed.report.progress import Progress, Silent
from synthseed.verbs import older, wanted
from synthseed.verbs.by_hand import left_out
from synthseed.verbs.modelled import budget
from synthseed.verbs.planning import Chosen, choose, near, needs_model, saved
from synthseed.verbs.setting import Setting, applied, settings
from synthseed.verbs.standing import standing
from synthseed.verbs.target import read
from synthseed.verbs.ways import with_way_out

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.configuration import Database
    from synthseed.engine.program import Program
    from synthseed.engine.standing import Standing
    from synthseed.plan import Plan
    from synthseed.planners.model.budget import Budget
    from synthseed.planners.model.request import Problem
    from synthseed.schema import Schema


@dataclass(frozen=True)
class Options:
    """Hold what changes how a fill is prepared; the words are those of the command line.

    Attributes:
        save: Folder that a model's plan is written to, in place of the database's own.
        ask: False: no model is asked, also where the configuration says so.
        settings: Columns that are planned otherwise for this run.
        direct: Tables whose rows a model writes itself.
        described: The schema, where something else than the database describes it; else it is read.
        adjust: Changes a plan that was just made, by a planner or a model; one that a person may have edited stays.
        as_of: ISO moment that the rows are told from, over what the plan says.
        purse: What the run may spend; None: what the configuration says.
    """

    seed: int | None = None
    truncate: bool = False
    append: bool = False
    ledger: bool = True
    locale: str | None = None
    strict: bool = False
    save: Path | None = None
    progress: Progress = field(default_factory=Silent)
    ask: bool = True
    settings: tuple[Setting, ...] = ()
    direct: tuple[str, ...] = ()
    described: Schema | None = None
    adjust: Callable[[Plan], Plan] | None = None
    as_of: str | None = None
    purse: Budget | None = None


@dataclass(frozen=True)
class Prepared:
    """Hold everything about a fill that can be known before its first row.

    Attributes:
        before: The ledger as it stands in the database.
        ledger: The editions that this fill is put on top of: none with --truncate.
        truncate: Tables to be emptied first.
        program: None when there is nothing to do.
        standing: Rows that are not ours, per table and edition.
    """

    schema: Schema
    chosen: Chosen
    before: Ledger
    ledger: Ledger
    gain: wanted.Gain
    as_of: int
    truncate: tuple[str, ...]
    program: Program | None
    standing: Mapping[str, Standing] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """Return the plan in use."""
        return self.chosen.plan

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was decided for the user, each once."""
        late = left_out(self.chosen.plan, self.ledger, self.chosen.plans)
        found = [*self.chosen.notes, *late, *(self.program.notes if self.program else ())]
        return tuple(dict.fromkeys(found))


def prepare(connection: Connection, database: Database, asked: wanted.Asked, options: Options) -> Prepared:
    """Read the database and compile what shall be written; nothing is written.

    Raises:
        SynthseedError: Whatever schema, ledger and plan can tell is wrong.
    """
    from synthseed import readers
    from synthseed.loaders import ledger as ledgers

    schema = options.described or read(connection, database)
    asked = asked.named(schema)
    if options.direct:
        from synthseed.verbs import written

        written.check(schema, options.direct)
    before = (ledgers.read_ledger(connection, schema) if options.ledger else None) or Ledger()
    held = readers.holds_rows(connection, schema)
    made, purse = None, options.purse or budget(database)
    if options.ask and needs_model(database, Ledger() if options.truncate else before):
        connection.rollback()  # a model takes its time: no transaction is kept open for it
        made = by_model(database, schema, asked, options, _rehearsing(connection, database, schema, asked, options, before, held), purse)

    made = with_written(connection, database, schema, asked, options, Ledger() if options.truncate else before, made, purse)

    def attempt(asked: wanted.Asked) -> Prepared:
        return _prepared(connection, database, schema, asked, options, before, held, made)

    try:
        return attempt(asked)
    except Refused as refused:
        raise with_way_out(refused, schema, asked, attempt) from None


def with_written(
    connection: Connection | None,
    database: Database,
    schema: Schema,
    asked: wanted.Asked,
    options: Options,
    ledger: Ledger,
    made: Chosen | None,
    purse: Budget | None = None,
) -> Chosen | None:
    """Return the plan with the rows that a model writes itself; what was made so far where no table waits for any.

    Raises:
        PlanError: Rows wait for a model, and nobody said that one may be asked.
        ModelError: No row could be had; nothing was saved.
    """
    from synthseed.verbs import written

    if not options.direct and not written.waiting(database.plan):
        return made
    chosen = made or choose(database, schema, ledger, asked, seed=options.seed, locale=options.locale, adjust=options.adjust)
    counts = written.missing(chosen.plan, schema, written.wanted(options.direct))
    if not counts:
        return made
    if not options.ask or not (options.direct or database.planner == "openai"):
        written.need_none(chosen.plan)
        return made
    if connection is not None:
        connection.rollback()
    try:
        plan, told = written.with_rows(database, schema, chosen.plan, counts, locale=options.locale, progress=options.progress, purse=purse)
    except ModelError as error:
        kept = options.save or database.plan
        if made is None or kept is None or not made.saved:
            raise
        text = written.UNSAVED.sub("", str(error))
        raise type(error)(f"{text}. Nothing was filled; the plan without these rows is saved as {near(kept)}/") from None
    folder = options.save or database.plan
    if folder is not None and chosen.saved:
        saved(folder, plan, schema)
    return replace(chosen, plan=plan, asked=chosen.asked + told if chosen.asked else told)


def _rehearsing(
    connection: Connection,
    database: Database,
    schema: Schema,
    asked: wanted.Asked,
    options: Options,
    before: Ledger,
    held: Mapping[str, bool],
) -> Callable[[Plan], Sequence[Problem]]:
    """Return what tells which columns of a model's plan the database refuses; it leaves no transaction open."""

    def refused(plan: Plan) -> Sequence[Problem]:
        from synthseed.verbs import rehearsed

        try:
            ready = _prepared(connection, database, schema, asked, options, before, held, Chosen(plan, ""))
        except Refused:
            return ()  # too many rows for it: that is told with a way out, later
        found = rehearsed.refused(connection, ready)
        connection.rollback()
        return rehearsed.problems(schema, found)

    return refused


def by_model(
    database: Database,
    schema: Schema,
    asked: wanted.Asked,
    options: Options,
    check: Callable[[Plan], Sequence[Problem]] | None = None,
    purse: Budget | None = None,
) -> Chosen:
    """Return the plan that a model makes, saved where the database has a folder for it.

    Raises:
        ModelError: No reply could be used; nothing was saved.
    """
    from synthseed.planners import offline
    from synthseed.verbs import modelled

    locale = options.locale or database.locale
    start = offline.plan(schema, rows=asked.rows, every=asked.every, locale=locale, seed=options.seed or 0)
    plan, told = modelled.ask(
        database,
        schema,
        start,
        as_of=moment(start, Ledger()),
        locale=options.locale,
        strict=options.strict,
        check=check,
        progress=options.progress,
        purse=purse,
    )
    plan = options.adjust(plan) if options.adjust else plan
    folder = options.save or database.plan
    if folder is not None:
        saved(folder, plan, schema, fresh=True)
    where = f"saved as {near(folder)}/, to review and commit" if folder is not None else "kept in the database"
    return Chosen(plan, f"Planned by {told.model}, {where}", saved=folder is not None, asked=told, fresh=folder)


def _prepared(
    connection: Connection,
    database: Database,
    schema: Schema,
    asked: wanted.Asked,
    options: Options,
    before: Ledger,
    held: Mapping[str, bool],
    made: Chosen | None,
) -> Prepared:
    stands = Ledger() if options.truncate else before
    parents, truncated = wanted.targets(asked, before, held, append=options.append, truncate=options.truncate)
    chosen = made or choose(database, schema, stands, asked, seed=options.seed, locale=options.locale, adjust=options.adjust)
    chosen = replace(chosen, plan=applied(chosen.plan, schema, (*settings(database.settings), *options.settings)))
    if options.as_of is not None:
        chosen = replace(chosen, plan=replace(chosen.plan, as_of=options.as_of))
    left = tuple(f"{why}: left out" for why in wanted.rowless(schema).values())
    chosen = replace(chosen, notes=(*chosen.notes, *left)) if left else chosen
    gain = wanted.gain(asked, wanted.wanted(asked, schema, chosen.plan), stands, parents)
    _need_one_seed(stands, chosen.plan)
    as_of = moment(chosen.plan, stands)
    program, found = None, {}
    if gain.total:
        holds = {key: there and key not in truncated for key, there in held.items()}
        found = standing(connection, schema, stands, chosen, gain, holds)
        program = compiled(schema, chosen, gain.rows, as_of, stands, found)
        program.rehearse()
    return Prepared(schema, chosen, before, stands, gain, as_of, truncated, program, found)


def compiled(
    schema: Schema, chosen: Chosen, rows: Mapping[str, int], as_of: int, ledger: Ledger, found: Mapping[str, Standing] | None = None
) -> Program:
    """Compile a plan with the plans of the editions that stand."""
    return older.compiled(schema, chosen.plan, chosen.plans, rows=rows, as_of=as_of, ledger=ledger, found=found or {})


def recorded(connection: Connection, schema: Schema, ledger: Ledger, chosen: Chosen) -> dict[str, Standing]:
    """Return the rows that the editions on record found standing, for making rows of ours again."""
    if not any(edition.found for edition in ledger.editions):
        return {}
    nothing = wanted.Gain({}, ())
    return standing(connection, schema, ledger, chosen, nothing, dict.fromkeys(schema.by_key, True))


def in_memory(schema: Schema, chosen: Chosen, asked: wanted.Asked) -> tuple[Program, int]:
    """Compile a plan for a database that holds nothing: for files and previews."""
    want = wanted.wanted(asked, schema, chosen.plan)
    rows = {key: 0 if asked.tables and key not in asked.tables else count for key, count in want.items()}
    as_of = moment(chosen.plan, Ledger())
    return compiled(schema, chosen, rows, as_of, Ledger()), as_of


def moment(plan: Plan, ledger: Ledger) -> int:
    """Return the moment that the new rows are told from: the plan's, else the ledger's, else today 00:00 UTC."""
    if plan.as_of:
        return _microseconds(plan.as_of)
    if ledger.editions:
        return ledger.editions[-1].as_of
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _since_1970(today)


def _microseconds(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise PlanError(f"_plan.yml: as_of is {text!r}; expected an ISO date or time, such as 2026-01-31") from error
    return _since_1970(found if found.tzinfo else found.replace(tzinfo=UTC))


def _since_1970(when: datetime) -> int:
    delta = when - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def iso(as_of: int) -> str:
    """Return microseconds since 1970 as an ISO date, with the time where it is not midnight."""
    when = datetime.fromtimestamp(as_of // 1_000_000, UTC)
    return when.date().isoformat() if when.hour == when.minute == when.second == 0 else when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _need_one_seed(ledger: Ledger, plan: Plan) -> None:
    if ledger.editions and ledger.seed != plan.seed:
        raise Refused(
            f"seed {plan.seed} asked, the {sum(ledger.rows.values()):,} rows that stand were made with seed {ledger.seed}; "
            "rows of two seeds cannot be told apart: `--truncate` starts again, `synthseed reset` takes them out"
        )


def seeded(plan: Plan, seed: int | None) -> Plan:
    """Return the plan with another seed, where one was given."""
    return plan if seed is None else replace(plan, seed=seed)
