"""Fill a database, or write the rows into files."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError
from synthseed.report.filled import Filled, TableFilled
from synthseed.report.progress import Progress, Silent
from synthseed.verbs import modelled, prepared, rehearsed, triggered, wanted
from synthseed.verbs.planning import named_folder
from synthseed.verbs.setting import settings
from synthseed.verbs.standing import kept_keys
from synthseed.verbs.target import opened, option, resolve, shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.chunk import Chunk
    from synthseed.configuration import Database
    from synthseed.engine.program import Program
    from synthseed.loaders.work import Loader, Work
    from synthseed.verbs.prepared import Options, Prepared

FORMATS = ("csv", "parquet")


def fill(
    *,
    db: str | None = None,
    url: str | None = None,
    rows: int | Mapping[str, int] | None = None,
    scale: Decimal | float | str | None = None,
    tables: Sequence[str] = (),
    seed: int | None = None,
    truncate: bool = False,
    append: bool = False,
    dry_run: bool = False,
    out: str | Path | None = None,
    format: str = "csv",  # noqa: A002 - the option's name
    ledger: bool = True,
    plan: str | None = None,
    locale: str | None = None,
    schema_file: str | Path | None = None,
    progress: Progress | None = None,
    planner: str | None = None,
    model: str | None = None,
    base_url: str | None = None,
    instructions: str | None = None,
    domain: str | None = None,
    max_cost_usd: Decimal | float | str | None = None,
    strict: bool = False,
    save: str | None = None,
    set: Sequence[str] | Mapping[str, str] | None = None,  # noqa: A002 - the option's name
    direct: Sequence[str] = (),
) -> Filled:
    """Fill the empty tables of a database, and top up those that synthseed filled before.

    All of it happens in one transaction: after an error the database is as it was.

    Args:
        db: Alias in seeds_config/synthseed.yml.
        url: URL of the database, or path of a SQLite file.
        rows: Rows that every table shall hold, or by table (`{"orders": 500, "*": 100}`); else what the plan says.
        scale: Multiplies what the plan says.
        tables: The only tables that shall gain rows.
        seed: Every cell depends on it; 0 unless the plan says otherwise.
        truncate: Empty the tables first.
        append: Add rows also to tables that hold rows which synthseed did not write.
        dry_run: Say what would be written, write nothing.
        out: Folder to write files into, instead of the database.
        format: Of the files: `csv` or `parquet`.
        ledger: Remember in the database what was filled; without, topping up and `reset` are refused.
        plan: Name of a plan below seeds_config/plans/ to use.
        locale: Language and country of people and places when no plan is there: `de_DE`.
        schema_file: With `out`: SQL that describes the tables, in place of a database.
        progress: Is told how far the fill is.
        planner: `offline` or `openai`, where no plan is there; what synthseed.yml says, unless given.
        model: Name of the model to ask.
        base_url: URL of a server that speaks OpenAI's API.
        instructions: The user's own words for the database, for a model.
        domain: What the database is about, for a model.
        max_cost_usd: Most dollars that planning may cost.
        strict: Any column that falls back from the model to the offline planner is an error.
        save: Name below seeds_config/plans/ to write a model's plan to, with `url`.
        direct: Tables whose rows a model writes itself, `TABLE` or `TABLE=NUMBER`; they are stored in the plan.
        set: Columns that are planned otherwise for this run: `{"orders.status": "paid:80,refunded:20"}`.

    Raises:
        SynthseedError: Whatever stands in the way; nothing was written.
    """
    asked = wanted.asked(rows, scale, tables)
    told = progress or Silent()
    options = prepared.Options(
        seed=seed,
        truncate=truncate,
        append=append,
        ledger=ledger,
        locale=locale,
        strict=strict,
        save=named_folder(save) if save else None,
        progress=told,
        ask=not dry_run,
        settings=settings(set),
        direct=tuple(direct),
    )
    wish = modelled.Wish(planner, model, base_url, instructions, domain, max_cost_usd)
    if truncate and append:
        raise ConfigurationError("--truncate empties the tables, and --append keeps their rows; give one of the two")
    if format not in FORMATS:
        raise ConfigurationError(f"--format is {format!r}; expected one of {', '.join(FORMATS)}")
    if out is not None:
        from synthseed.verbs.files import fill_files

        return fill_files(
            asked, options, Path(out), format, wish, db=db, url=url, plan=plan, schema_file=schema_file, dry_run=dry_run, progress=progress
        )
    database = wish.on(resolve(db, url, plan=plan, schema_file=schema_file))
    with opened(database) as connection:
        guard(connection, database)
        return _fill(connection, database, asked, options, dry_run, told)


def guard(connection: Connection, database: Database) -> None:
    """Refuse a database that looks like production."""
    from synthseed.privacy.guard import check_target

    check_target(connection, database.url)


def _fill(connection: Connection, database: Database, asked: wanted.Asked, options: Options, dry_run: bool, progress: Progress) -> Filled:
    ready = prepared.prepare(connection, database, asked, options)
    ready = rehearsed.settled(connection, ready)
    if ready.program is None or dry_run:
        return filled(ready, database, {}, 0.0, recorded=False, dry_run=dry_run)
    before = triggered.counts(connection, ready.schema)
    begun = time.monotonic()
    seconds = _load(connection, ready, ready.program, options, progress)
    whole = time.monotonic() - begun
    beside = triggered.written_beside(connection, ready.schema, before, ready.gain.rows, ready.truncate)
    done = filled(ready, database, seconds, whole, recorded=options.ledger, dry_run=False)
    return replace(done, notes=(*beside, *done.notes))


# ---------------------------------------------------------------------------------------------- loading
def _load(connection: Connection, ready: Prepared, program: Program, options: Options, progress: Progress) -> dict[str, float]:
    """Write all rows and the ledger in one transaction; return the seconds spent per table."""
    from synthseed import plan_yaml
    from synthseed.loaders import ledger as ledgers
    from synthseed.loaders import open_loader

    with open_loader(connection, work_of(ready, program)) as loader:
        if options.ledger:
            if ready.truncate:
                ledgers.forget(connection, ready.schema, [edition.number for edition in ready.before.editions])
            text, keys = plan_yaml.plan_text(ready.plan), _found_keys(ready)
            ledgers.record(connection, ready.schema, program.edition, text, ready.plan.seed, keys=keys)
        return written(loader, program, ready.gain.rows, progress)


def _found_keys(ready: Prepared) -> dict[str, str]:
    number = len(ready.ledger.editions)
    texts = {key: kept_keys(ready.schema.table(key), found, number) for key, found in ready.standing.items() if found.count(number)}
    return {key: text for key, text in texts.items() if text is not None}


def work_of(ready: Prepared, program: Program) -> Work:
    """Return what the loader shall know beforehand."""
    from synthseed.loaders import Work

    tables = tuple(key for key in program.order if ready.gain.rows.get(key, 0))
    return Work(
        schema=ready.schema,
        tables=tables,
        rows={key: ready.gain.rows[key] for key in tables},
        columns={key: tuple(program.columns(key)) for key in tables},
        truncate=ready.truncate,
        counters={key: program.counters(key) for key in tables},
    )


def written(loader: Loader, program: Program, rows: Mapping[str, int], progress: Progress) -> dict[str, float]:
    """Write the rows of every table that gains some, parents first; return the seconds spent per table."""
    from synthseed.loaders import ahead

    tables = [key for key in program.order if rows.get(key, 0)]
    seconds: dict[str, float] = {}
    with ahead(_chunks(program, tables)) as chunks:
        following = next(chunks, None)
        for key in tables:
            begun = time.monotonic()
            progress.start(key, rows[key])
            while following is not None and following.table == key:
                loader.write(following)
                progress.advance(key, following.data.num_rows)
                following = next(chunks, None)
            loader.finish(key)
            progress.done(key)
            seconds[key] = time.monotonic() - begun
    return seconds


def _chunks(program: Program, tables: Sequence[str]) -> Iterator[Chunk]:
    for key in tables:
        yield from program.chunks(key)


# ---------------------------------------------------------------------------------------------- the report
def filled(ready: Prepared, database: Database, seconds: Mapping[str, float], whole: float, *, recorded: bool, dry_run: bool) -> Filled:
    """Return the report of a fill."""
    from synthseed.verbs.looking import samples

    looked = samples(ready.schema, ready.program) if ready.program is not None and not dry_run else ()
    order = ready.program.order if ready.program else tuple(ready.schema.by_key)
    tables = [
        TableFilled(
            key, ready.gain.rows[key], ready.ledger.rows.get(key, 0) + ready.gain.rows[key], key in ready.gain.stands, seconds.get(key, 0.0)
        )
        for key in order
    ]
    stands = [f"{key}: holds rows that synthseed did not write; they are parents and stay as they are" for key in ready.gain.stands]
    return Filled(
        target=shown(database),
        plan=ready.chosen.origin,
        tables=tuple(tables),
        seed=ready.plan.seed,
        as_of=prepared.iso(ready.as_of),
        edition=ready.program.edition.number if ready.program and recorded else None,
        seconds=whole,
        notes=(*stands, *ready.notes),
        samples=looked,
        dry_run=dry_run,
        asked=ready.chosen.asked,
        further=_further(database, [sample.table for sample in looked]),
    )


def _further(database: Database, tables: Sequence[str]) -> tuple[str, ...]:
    if not tables:
        return ()
    name = option(database)
    lines = (
        (f"preview {shlex.quote(tables[0])} {name}", "rows of a table, written nowhere"),
        (f"explain {shlex.quote(tables[-1])} 0 {name}", "one row: its cells, its parents, its rules"),
        (f"fill {name} --scale 10", "ten times as many rows; those that stand stay as they are"),
        (f"reset {name}", "take out what fill put in"),
    )
    widest = max(len(command) for command, _ in lines)
    return tuple(f"synthseed {command:{widest}}  # {told}" for command, told in lines)
