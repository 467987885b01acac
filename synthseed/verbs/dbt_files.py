"""Write the rows of a dbt project's sources as files, with the DDL of their tables, for a warehouse of any kind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.editions import Ledger
from synthseed.errors import ConfigurationError, LoadError, Refused
from synthseed.report.dbt_filled import DbtFilled
from synthseed.report.filled import Filled, TableFilled
from synthseed.report.progress import Progress
from synthseed.verbs import dbt_sources, dbt_wanted, modelled, prepared, wanted
from synthseed.verbs.fill import written
from synthseed.verbs.looking import samples
from synthseed.verbs.planning import Chosen, choose, near, needs_model
from synthseed.verbs.setting import applied, settings
from synthseed.verbs.ways import with_way_out

if TYPE_CHECKING:
    from synthseed.configuration import Database
    from synthseed.dbt.artifacts import Source
    from synthseed.engine.program import Program
    from synthseed.verbs.dbt_sources import Read

DDL = "schema.sql"
ASKED = ("duckdb", "postgres")  # adapters that a scratch warehouse can be made for
SQLGLOT = {"sqlserver": "tsql", "synapse": "tsql", "fabric": "tsql"}


def fill_files(
    named: dbt_sources.Asked, wish: dbt_wanted.Wanted, ask: modelled.Wish, out: Path, kind: str, progress: Progress
) -> DbtFilled:
    """Write a file per source that gains rows, and `schema.sql`; no warehouse is needed, nor its adapter where artifacts are read.

    Raises:
        ConfigurationError: A file is in the way.
        SynthseedError: The project or its plan cannot be used.
    """
    if (out / DDL).exists():
        raise ConfigurationError(f"--out: {out / DDL} would be replaced; choose another folder, or remove it")
    read = read_for(named, oracle=wish.oracle)
    database = ask.on(dbt_wanted.database_for(read.project, wish))
    if not read.described.schema.tables:
        nothing = Filled(target=f"{near(out)}/", plan="The project has no source to fill", tables=())
        return DbtFilled(nothing, read.how, read.rounds, dict(read.failed), dbt_wanted.left(read))
    chosen, program, as_of = told(read, wish, database, progress)
    rows = {key: len(program.gained(key)) for key in program.order}
    begun, seconds, files = time.monotonic(), dict[str, float](), tuple[str, ...]()
    if not wish.dry_run:
        seconds, files = _written(read, program, rows, out, kind, progress)
    filled = Filled(
        target=f"{near(out)}/",
        plan=chosen.origin,
        tables=tuple(TableFilled(key, rows[key], rows[key], seconds=seconds.get(key, 0.0)) for key in program.order),
        seed=chosen.plan.seed,
        as_of=prepared.iso(as_of),
        seconds=time.monotonic() - begun,
        notes=tuple(dict.fromkeys((*chosen.notes, *program.notes))),
        samples=() if wish.dry_run else samples(read.described.schema, program),
        files=files,
        dry_run=wish.dry_run,
        asked=chosen.asked,
    )
    return DbtFilled(filled, read.how, read.rounds, dict(read.failed), dbt_wanted.left(read))


def read_for(named: dbt_sources.Asked, *, oracle: bool) -> Read:
    """Read a project whose warehouse is not touched; an empty one of its kind is asked where one can be made."""
    read = dbt_sources.read_project(named)
    _, dbt = dbt_sources.paths(named)
    if oracle and dbt is not None and read.profile is not None and read.profile.adapter in ASKED:
        return dbt_sources.asked_warehouse(read, dbt, named, {})
    return read


def told(read: Read, wish: dbt_wanted.Wanted, database: Database, progress: Progress) -> tuple[Chosen, Program, int]:
    """Return the plan, the program that makes its rows, and the moment that they are told from."""
    moment, _ = dbt_wanted.moment_of(wish.as_of, Ledger(), database)
    options = dbt_wanted.options_of(read, wish, moment, False, progress)
    schema, asked = read.described.schema, dbt_wanted.selected(read, wish).named(read.described.schema)
    made = prepared.by_model(database, schema, asked, options) if options.ask and needs_model(database, Ledger()) else None

    def attempt(asked: wanted.Asked) -> tuple[Chosen, Program, int]:
        chosen = made or choose(database, schema, Ledger(), asked, seed=wish.seed, locale=wish.locale, adjust=options.adjust)
        plan = applied(chosen.plan, schema, (*settings(database.settings), *options.settings))
        chosen = replace(chosen, plan=replace(plan, as_of=moment))
        program, as_of = prepared.in_memory(schema, chosen, asked)
        program.rehearse()
        return chosen, program, as_of

    try:
        return attempt(asked)
    except Refused as refused:
        raise with_way_out(refused, schema, asked, attempt) from None


def _written(
    read: Read, program: Program, rows: dict[str, int], out: Path, kind: str, progress: Progress
) -> tuple[dict[str, float], tuple[str, ...]]:
    from synthseed.loaders.files import open_files

    columns = {key: program.columns(key) for key in program.order if rows[key]}
    with open_files(out, read.described.schema, columns, format=kind) as loader:
        seconds = written(loader, program, rows, progress)
    files = {key: loader.path(key).name for key in columns}
    try:
        (out / DDL).write_text("\n".join(ddl(read, files)), encoding="utf-8")
    except OSError as error:
        raise LoadError(f"{out / DDL}: cannot be written ({type(error).__name__}); look at the folder's rights") from error
    return seconds, (*(near(out / name) for name in files.values()), near(out / DDL))


# ---------------------------------------------------------------------------------------------- DDL
def ddl(read: Read, files: dict[str, str]) -> Iterator[str]:
    """Return the statements that make the sources' tables, in the project's own dialect, under the names that its SQL reads.

    Args:
        read: The project.
        files: Name of the file of rows, by table; the others get a table alone.
    """
    adapter = read.manifest.adapter
    sources = [read.manifest.sources[key] for key in read.described.tables]
    yield f"-- Tables of the sources of the dbt project {read.project.name}, for {adapter}; keys are the project's tests, not enforced."
    for space in dict.fromkeys(_place(one, adapter)[0] for one in sources if not one.location):
        yield f"create schema if not exists {space};" if space else ""
    for source in sources:
        key = read.described.tables[source.id]
        yield f"\n-- {source.label}" + (f": its rows are in {files[key]}" if key in files else "")
        if source.location:
            yield f"-- The project reads {source.location} in its place: put the file there."
            continue
        lines = ",\n".join(f"    {name} {kind}" for name, kind in _columns(read, source, adapter)) or "    id bigint"
        yield f"create table {_place(source, adapter)[1]} (\n{lines}\n);"
    yield ""


def _place(source: Source, adapter: str) -> tuple[str, str]:
    """Return the schema and the relation as the manifest writes them."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    dialect = _dialect(adapter)
    try:
        table = parse_one(source.relation or "", into=exp.Table, dialect=dialect)
    except SqlglotError:
        table = exp.table_(source.identifier, source.schema, source.database, quoted=True)
    parts = [part.sql(dialect=dialect) for part in table.parts]
    return ".".join(parts[:-1]), ".".join(parts)


def _columns(read: Read, source: Source, adapter: str) -> Iterator[tuple[str, str]]:
    from sqlglot import exp

    dialect = _dialect(adapter)
    for cell, name in read.described.names.items():
        if cell.relation != source.id:
            continue
        # Snowflake reads a bare name as capitals: quoted capitals are the same column, and no reserved word is in the way.
        spelled = name.upper() if adapter == "snowflake" and cell not in read.lineage.spelled else name
        yield exp.to_identifier(spelled, quoted=True).sql(dialect=dialect), _type(read.described.types[cell].sql, adapter)


def _type(sql: str, adapter: str) -> str:
    """Return a type in the words of a warehouse; those of others than DuckDB and PostgreSQL are translated."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if adapter in (*ASKED, "redshift"):
        return {"jsonb": "super", "bytea": "varbyte"}.get(sql, sql) if adapter == "redshift" else sql
    try:
        return exp.DataType.build(sql, dialect="postgres").sql(dialect=_dialect(adapter))
    except SqlglotError:
        return sql


def _dialect(adapter: str) -> str | None:
    import sqlglot

    name = SQLGLOT.get(adapter, adapter)
    return name if name in sqlglot.Dialect.classes else None
