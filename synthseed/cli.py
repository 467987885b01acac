"""Parse a command, call one verb, print what it returns. Data goes to stdout, talk to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

import synthseed
from synthseed import cli_dbt, interrupts
from synthseed.cli_options import (
    BaseUrl,
    DryPlan,
    DryRun,
    Instructions,
    Json,
    Locale,
    MaxCost,
    ModelName,
    Planner,
    Quiet,
    Rows,
    Scale,
    Seed,
    Set,
    counts,
    need_counts,
    print_json,
    talk,
    width,
)
from synthseed.errors import SynthseedError

BUG = "this is a bug of synthseed; SYNTHSEED_DEBUG=1 shows where, please report it"
INTERRUPTED = "synthseed: interrupted; nothing was written"

# Without rich: its import takes longer (0.1 s) than all that `--help` does.
app = typer.Typer(
    name="synthseed",
    help="Fill development and test databases with realistic, privacy-safe rows, from metadata alone.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_dbt.app)

Db = Annotated[str | None, typer.Option("--db", metavar="ALIAS", help="Database, by its alias in seeds_config/synthseed.yml.")]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Database, by URL or path of a file. Default: DATABASE_URL.")]
PlanName = Annotated[str | None, typer.Option("--plan", metavar="NAME", help="Use seeds_config/plans/NAME/.")]
Domain = Annotated[str | None, typer.Option("--domain", metavar="TEXT", help="What the database is about, for the model.")]
Strict = Annotated[bool, typer.Option("--strict", help="Any column that falls back to the offline planner is an error.")]
Direct = Annotated[
    list[str] | None, typer.Option("--direct", metavar="TABLE[=N]", help="Let a model write this table's rows themselves; repeatable.")
]
SchemaFile = Annotated[Path | None, typer.Option("--schema-file", metavar="FILE.sql", help="SQL with the tables, in place of a database.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"synthseed {synthseed.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Fill development and test databases with realistic, privacy-safe rows, from metadata alone."""


# ---------------------------------------------------------------------------------------------- commands
@app.command()
def init(
    url: Annotated[str | None, typer.Argument(metavar="URL", help="Database, by URL or path of a file. Default: DATABASE_URL.")] = None,
    alias: Annotated[str, typer.Option("--db", metavar="ALIAS", help="Alias to write.")] = "dev",
    variable: Annotated[str, typer.Option("--variable", metavar="NAME", help="Environment variable that holds the URL.")] = "DATABASE_URL",
) -> None:
    """Write seeds_config/synthseed.yml for a database."""
    done = synthseed.init(url, alias=alias, variable=variable)
    typer.echo(f"Wrote {done.file}: {done.target} is `{done.alias}`, {done.tables} tables. Its URL comes from {done.variable}.")
    if done.planner == "openai":
        typer.echo("OPENAI_API_KEY is set, so `planner: openai`: a model will make the plan, once. `planner: offline` asks nobody.")
    typer.echo(f"Next: synthseed plan --db {done.alias}    (writes the plan, to review)\n      synthseed fill --db {done.alias}")


@app.command()
def plan(
    db: Db = None,
    url: Url = None,
    rows: Rows = None,
    locale: Locale = None,
    seed: Seed = None,
    save: Annotated[str | None, typer.Option("--save", metavar="NAME", help="Write seeds_config/plans/NAME/.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the plan that is there.")] = False,
    dry_run: DryPlan = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 3 where plan and database differ; write and send nothing.")] = False,
    as_json: Json = False,
    prompt: Annotated[bool, typer.Option("--prompt", help="Print what a model would be sent, to the byte; send nothing.")] = False,
    planner: Planner = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    instructions: Instructions = None,
    domain: Domain = None,
    max_cost_usd: MaxCost = None,
    strict: Strict = False,
    direct: Direct = None,
    expand: Annotated[bool, typer.Option("--expand", help="Ask for more values where vocabularies are small for their rows.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors, and what was asked for.")] = False,
) -> None:
    """Write a plan: one file per table, to review, edit and commit."""
    _one(db, url)
    from synthseed.report import planned, progress
    from synthseed.verbs.plan import check_plan
    from synthseed.verbs.plan import plan as made

    if check:
        checked = check_plan(db=db, url=url, plan=save)
        print_json(planned.checked_dict(checked)) if as_json else typer.echo(planned.checked_text(checked))
        raise typer.Exit(3 if checked.differences else 0)

    with progress.shown(quiet=quiet) as told:
        done = made(
            db=db,
            url=url,
            rows=counts(rows),
            locale=locale,
            seed=seed,
            save=save,
            again=again,
            dry_run=dry_run,
            prompt=prompt,
            planner=planner,
            model=model,
            base_url=base_url,
            instructions=instructions,
            domain=domain,
            max_cost_usd=max_cost_usd,
            strict=strict,
            direct=direct or (),
            expand=expand,
            progress=told,
        )
    if done.prompt is not None:
        typer.echo(done.prompt, nl=False)
    elif done.estimate is not None or not quiet or done.folder is None:
        typer.echo(planned.told(done))
    if not quiet:
        for note in planned.notes(done):
            talk(note)


@app.command()
def preview(
    table: Annotated[str, typer.Argument(help="Table to look at.")],
    db: Db = None,
    url: Url = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Rows to show.")] = 10,
    seed: Seed = None,
    locale: Locale = None,
    plan: PlanName = None,
    set: Set = None,  # noqa: A002 - the option's name
    as_json: Json = False,
) -> None:
    """Show rows of a table as fill writes them; nothing is written."""
    _one(db, url)
    frame = synthseed.preview(table, rows, db=db, url=url, seed=seed, locale=locale, plan=plan, set=set)
    if as_json:
        typer.echo(frame.to_json(orient="records", lines=True, date_format="iso", default_handler=str, force_ascii=False).rstrip())
    else:
        from synthseed.report.table import text_table

        cells = frame.astype(object).where(frame.notna(), None)
        typer.echo(text_table(list(cells.columns), cells.values.tolist(), width=width()))


@app.command()
def fill(
    db: Db = None,
    url: Url = None,
    rows: Rows = None,
    scale: Scale = None,
    tables: Annotated[list[str] | None, typer.Option("--tables", metavar="TABLE", help="Fill only these; repeatable, or a,b,c.")] = None,
    seed: Seed = None,
    truncate: Annotated[bool, typer.Option("--truncate", help="Empty the tables first, in the same transaction.")] = False,
    append: Annotated[bool, typer.Option("--append", help="Add rows also to tables that hold rows of others.")] = False,
    dry_run: DryRun = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write files there instead of the database.")] = None,
    format: Annotated[str, typer.Option("--format", metavar="csv|parquet", help="Of the files.")] = "csv",  # noqa: A002 - the option's name
    plan: PlanName = None,
    locale: Locale = None,
    schema_file: SchemaFile = None,
    no_ledger: Annotated[bool, typer.Option("--no-ledger", help="Remember nothing; topping up and reset are then refused.")] = False,
    save: Annotated[str | None, typer.Option("--save", metavar="NAME", help="Write a model's plan to seeds_config/plans/NAME/.")] = None,
    planner: Planner = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    instructions: Instructions = None,
    domain: Domain = None,
    max_cost_usd: MaxCost = None,
    strict: Strict = False,
    set: Set = None,  # noqa: A002 - the option's name
    direct: Direct = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fill a database with rows, in one transaction; what stands stays."""
    _one(db, url)
    if truncate and append:
        raise typer.BadParameter("--truncate empties the tables, and --append keeps their rows; give one of the two")
    from synthseed.report import progress

    need_counts(rows, scale)
    with progress.shown(quiet=quiet or as_json) as told:
        done = synthseed.fill(
            db=db,
            url=url,
            rows=counts(rows),
            scale=scale,
            tables=[name for part in tables or [] for name in part.split(",") if name],
            seed=seed,
            truncate=truncate,
            append=append,
            dry_run=dry_run,
            out=out,
            format=format,
            plan=plan,
            locale=locale,
            schema_file=schema_file,
            ledger=not no_ledger,
            progress=told,
            planner=planner,
            model=model,
            base_url=base_url,
            instructions=instructions,
            domain=domain,
            max_cost_usd=max_cost_usd,
            strict=strict,
            save=save,
            set=set,
            direct=direct or (),
        )
    with interrupts.saying(INTERRUPTED.removeprefix("synthseed: ") if done.dry_run else interrupts.WRITTEN):
        if as_json:
            print_json(done.as_dict())
        elif not quiet:
            from synthseed.report.summary import summary

            typer.echo(summary(done, width=width()))


@app.command()
def explain(
    table: Annotated[str, typer.Argument(help="Table of the row.")],
    row: Annotated[int, typer.Argument(min=0, help="Number of the row, from 0.")],
    db: Db = None,
    url: Url = None,
    plan: PlanName = None,
    as_json: Json = False,
) -> None:
    """Tell how one row came to be: its edition, its parents, its cells."""
    _one(db, url)
    told = synthseed.explain(table, row, db=db, url=url, plan=plan)
    if as_json:
        print_json(told)
    else:
        typer.echo("\n".join(_lines(told)))


@app.command()
def reset(
    db: Db = None,
    url: Url = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take out the rows that fill put in; rows of others stay."""
    _one(db, url)
    from synthseed.report import taken

    done = synthseed.reset(db=db, url=url)
    if as_json:
        print_json(done.as_dict())
    elif not quiet:
        typer.echo(taken.told(done))


# ---------------------------------------------------------------------------------------------- options and output
def _one(db: str | None, url: str | None) -> None:
    if db and url:
        raise typer.BadParameter("--db and --url name two databases; give one of them")


def _lines(told: Mapping[str, Any], indent: str = "") -> list[str]:
    lines: list[str] = []
    for name, value in told.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", *_lines(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {'NULL' if value is None else value}")
    return lines


# ---------------------------------------------------------------------------------------------- the program
def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit: 0 done, 1 our error, 2 usage, 75 try again, 130 interrupted."""
    try:
        app(args=arguments, prog_name="synthseed")
    except SynthseedError as error:
        _ended(f"synthseed: {error}", error.exit_code)
    except KeyboardInterrupt as interrupt:
        _ended(_interrupted(interrupt), 130)
    except SystemExit as ended:  # what typer makes of Ctrl-C, without a word
        if ended.code == 130:
            _ended(_interrupted(ended), 130)
        raise
    except Exception as error:  # whatever it is: one line, and no value of a database in it
        if os.environ.get("SYNTHSEED_DEBUG"):
            raise
        _ended(f"synthseed: {_safe(error)}: {BUG}", 1)
    sys.exit(0)


def _interrupted(error: BaseException | None) -> str:
    """Return what a Ctrl-C says of what was done; typer wraps it."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt) and error.args:
            return f"synthseed: {error}"
        error = error.__cause__ or error.__context__
    return INTERRUPTED


def _ended(message: str, code: int) -> NoReturn:
    if os.environ.get("SYNTHSEED_DEBUG"):
        import traceback

        traceback.print_exc()
    talk(message)
    sys.exit(code)


def _safe(error: Exception) -> str:
    """Return where an unexpected error came from, without its text: a driver's message may quote rows or secrets."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"unexpected {type(error).__name__}{where}"


if __name__ == "__main__":
    main()
