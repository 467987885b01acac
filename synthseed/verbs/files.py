"""Write the rows into files, for a schema that is read from a database or from a `.sql` file."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.configuration import Database
from synthseed.editions import Ledger
from synthseed.errors import ConfigurationError, Refused
from synthseed.report.filled import Filled, TableFilled
from synthseed.report.progress import Progress, Silent
from synthseed.verbs import prepared, wanted
from synthseed.verbs.fill import written
from synthseed.verbs.looking import samples
from synthseed.verbs.modelled import budget
from synthseed.verbs.planning import Chosen, choose, near, needs_model
from synthseed.verbs.prepared import by_model, with_written
from synthseed.verbs.setting import applied, settings
from synthseed.verbs.target import opened, read, resolve
from synthseed.verbs.ways import with_way_out

if TYPE_CHECKING:
    from synthseed.engine.program import Program
    from synthseed.schema import Schema
    from synthseed.verbs.modelled import Wish
    from synthseed.verbs.prepared import Options


def fill_files(
    asked: wanted.Asked,
    options: Options,
    out: Path,
    kind: str,
    wish: Wish,
    *,
    db: str | None,
    url: str | None,
    plan: str | None,
    schema_file: str | Path | None,
    dry_run: bool,
    progress: Progress | None,
) -> Filled:
    """Write one file per table that gains rows; nothing of a database is changed, and its rows are not looked at.

    Raises:
        ConfigurationError: `truncate` or `append`, which only make sense in a database.
    """
    if options.truncate or options.append:
        raise ConfigurationError(f"--out writes files; {'--truncate' if options.truncate else '--append'} is about a database")
    database, schema = _schema(db, url, plan, schema_file)
    database = wish.on(database)
    asked = asked.named(schema)
    chosen, program, as_of = _rehearsed(database, schema, asked, options)
    rows = {key: len(program.gained(key)) for key in program.order}
    seconds: dict[str, float] = {}
    begun = time.monotonic()
    files: tuple[str, ...] = ()
    if not dry_run:
        from synthseed.loaders.files import open_files

        columns = {key: program.columns(key) for key in program.order if rows[key]}
        with open_files(out, schema, columns, format=kind) as loader:
            seconds = written(loader, program, rows, progress or Silent())
        files = tuple(near(loader.path(key)) for key in columns)
    return Filled(
        target=f"{near(out)}/",
        plan=chosen.origin,
        tables=tuple(TableFilled(key, rows[key], rows[key], seconds=seconds.get(key, 0.0)) for key in program.order),
        seed=chosen.plan.seed,
        as_of=prepared.iso(as_of),
        seconds=time.monotonic() - begun,
        notes=(*chosen.notes, *program.notes),
        samples=() if dry_run else samples(schema, program),
        files=files,
        dry_run=dry_run,
        asked=chosen.asked,
    )


def _rehearsed(database: Database, schema: Schema, asked: wanted.Asked, options: Options) -> tuple[Chosen, Program, int]:
    made, purse = None, budget(database)
    if options.ask and needs_model(database, Ledger()):
        made = by_model(database, schema, asked, options, purse=purse)
    made = with_written(None, database, schema, asked, options, Ledger(), made, purse)

    def attempt(asked: wanted.Asked) -> tuple[Chosen, Program, int]:
        chosen = made or choose(database, schema, Ledger(), asked, seed=options.seed, locale=options.locale)
        chosen = replace(chosen, plan=applied(chosen.plan, schema, (*settings(database.settings), *options.settings)))
        program, as_of = prepared.in_memory(schema, chosen, asked)
        program.rehearse()
        return chosen, program, as_of

    try:
        return attempt(asked)
    except Refused as refused:
        raise with_way_out(refused, schema, asked, attempt) from None


def _schema(db: str | None, url: str | None, plan: str | None, schema_file: str | Path | None) -> tuple[Database, Schema]:
    if schema_file is not None and not db and not url:
        from synthseed import readers

        folder = resolve(url="sqlite://", plan=plan).plan if plan else None
        return Database(url="sqlite://", plan=folder), readers.read_script(schema_file)
    database = resolve(db, url, plan=plan, schema_file=schema_file)
    with opened(database) as connection:
        return database, read(connection, database)
