"""Parse the commands for dbt projects, call one verb each, print what it returns. Data goes to stdout, talk to stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import synthseed
from synthseed import interrupts
from synthseed.cli_options import (
    BaseUrl,
    DbtProject,
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
    of_dbt_project,
    print_json,
    talk,
    width,
)

if TYPE_CHECKING:
    from synthseed.report.dbt_filled import DbtFilled

DIFFERS = 3  # exit code: the plan is not that of the project
NOT_GREEN = 3  # exit code: the rows are written, and after the last round `dbt build` is still not as it should be

app = typer.Typer(
    name="dbt",
    help="Fill the sources and seeds of a dbt project, so that its own `dbt build` has something to build from.",
    epilog="The project is the one of this folder or of one above it, and dbt the one on the PATH.",
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Select = Annotated[list[str] | None, typer.Option("--select", "-s", metavar="NAME", help="Only SOURCE or SOURCE.TABLE, `*`; repeatable.")]
SeedNames = Annotated[list[str] | None, typer.Option("--select", "-s", metavar="SEED", help="Only these seeds, `*`; repeatable.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="ISO", help="Moment to tell rows from. Default: the plan's, or this hour.")]
PlanName = Annotated[str | None, typer.Option("--plan", metavar="NAME", help="Name below seeds_config/plans/. Default: the project's.")]
NoOracle = Annotated[bool, typer.Option("--no-oracle", help="Ask no empty scratch warehouse what was misunderstood.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write files there instead of the warehouse.")]


# ---------------------------------------------------------------------------------------------- commands
@app.command()
@of_dbt_project
def inspect(project: DbtProject, select: Select = None, as_json: Json = False) -> None:
    """Show what the project says of its sources, and where it is known from; no warehouse is needed."""
    found = synthseed.dbt_inspect(**project, select=select or ())
    if as_json:
        print_json(found.as_dict())
    else:
        from synthseed.report import dbt_text

        typer.echo(dbt_text.inspected(found, width=width()))


@app.command()
@of_dbt_project
def plan(
    project: DbtProject,
    rows: Rows = None,
    seed: Seed = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="ISO", help="Tell rows from then. Default: each fill's hour.")] = None,
    locale: Locale = None,
    plan: PlanName = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the plan that is there, but for what is locked.")] = False,
    no_oracle: NoOracle = False,
    dry_run: DryPlan = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 3 where plan and project differ; write and send nothing.")] = False,
    as_json: Json = False,
    planner: Planner = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    instructions: Instructions = None,
    max_cost_usd: MaxCost = None,
    quiet: Quiet = False,
) -> None:
    """Write a plan of the sources, to review, edit and commit; one that is there is completed."""
    from synthseed.report import planned, progress
    from synthseed.verbs.dbt_plan import check_dbt_plan

    if check:
        checked = check_dbt_plan(**project, plan=plan, oracle=not no_oracle)
        print_json(planned.checked_dict(checked)) if as_json else typer.echo(planned.checked_text(checked))
        raise typer.Exit(DIFFERS if checked.differences else 0)
    with progress.shown(quiet=quiet) as told:
        done = synthseed.dbt_plan(
            **project,
            rows=counts(rows),
            seed=seed,
            as_of=as_of,
            locale=locale,
            plan=plan,
            again=again,
            oracle=not no_oracle,
            dry_run=dry_run,
            planner=planner,
            model=model,
            base_url=base_url,
            instructions=instructions,
            max_cost_usd=max_cost_usd,
            progress=told,
        )
    if not quiet or done.folder is None:
        typer.echo(planned.told(done))
    for note in planned.notes(done) if not quiet else ():
        talk(note)


@app.command()
@of_dbt_project
def fill(
    project: DbtProject,
    select: Select = None,
    rows: Rows = None,
    scale: Scale = None,
    seed: Seed = None,
    as_of: AsOf = None,
    locale: Locale = None,
    plan: PlanName = None,
    set: Set = None,  # noqa: A002 - the option's name
    out: Out = None,
    format: Annotated[str, typer.Option("--format", metavar="parquet|csv", help="Of the files.")] = "parquet",  # noqa: A002 - the option's name
    no_oracle: NoOracle = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run dbt build, repair the plan where it fails; exit with 3 if in vain.")
    ] = False,
    send_sql: Annotated[
        bool, typer.Option("--send-sql", help="Let a model that repairs the plan read the SQL of the tests that fail.")
    ] = False,
    truncate: Annotated[bool, typer.Option("--truncate", help="Replace rows of ours, also by fewer; those of others are refused.")] = False,
    dry_run: DryRun = False,
    planner: Planner = None,
    model: ModelName = None,
    base_url: BaseUrl = None,
    instructions: Instructions = None,
    max_cost_usd: MaxCost = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fill the sources in the warehouse, or as files with their DDL."""
    from synthseed.report import progress

    need_counts(rows, scale)
    with progress.shown(quiet=quiet or as_json) as told:
        done = synthseed.dbt_fill(
            **project,
            select=select or (),
            rows=counts(rows),
            scale=scale,
            seed=seed,
            as_of=as_of,
            locale=locale,
            plan=plan,
            set=set,
            out=out,
            format=format,
            oracle=not no_oracle,
            verify=verify,
            send_sql=send_sql,
            truncate=truncate,
            dry_run=dry_run,
            planner=planner,
            model=model,
            base_url=base_url,
            instructions=instructions,
            max_cost_usd=max_cost_usd,
            progress=told,
        )
    with interrupts.saying("nothing was written" if dry_run else interrupts.WRITTEN):
        if as_json:
            print_json(done.as_dict())
        elif not quiet:
            from synthseed.report import dbt_text

            typer.echo(dbt_text.filled(done, width=width()))
    raise typer.Exit(ending(done))


@app.command()
@of_dbt_project
def seeds(
    project: DbtProject,
    select: SeedNames = None,
    rows: Rows = None,
    scale: Scale = None,
    seed: Seed = None,
    as_of: AsOf = None,
    locale: Locale = None,
    truncate: Annotated[bool, typer.Option("--truncate", help="Replace rows that synthseed did not write.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Take rows of ours out instead; those of others stay.")] = False,
    out: Out = None,
    format: Annotated[str, typer.Option("--format", metavar="csv|parquet", help="Of the files.")] = "csv",  # noqa: A002 - the option's name
    plan: PlanName = None,
    save: Annotated[bool, typer.Option("--save", help="Write the plan into its folder, to review and commit.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fill the relations of seeds in place of `dbt seed`, or write seeds as files."""
    from synthseed.report import progress

    need_counts(rows, scale)
    with progress.shown(quiet=quiet or as_json) as told:
        done = synthseed.dbt_seeds(
            **project,
            select=select or (),
            rows=counts(rows),
            scale=scale,
            seed=seed,
            as_of=as_of,
            locale=locale,
            truncate=truncate,
            out=out,
            format=format,
            plan=plan,
            save=save,
            reset=reset,
            dry_run=dry_run,
            progress=told,
        )
    with interrupts.saying("nothing was written" if dry_run else interrupts.WRITTEN):
        if as_json:
            print_json(done.as_dict())
        elif not quiet:
            from synthseed.report import dbt_seeds

            typer.echo(dbt_seeds.summary(done, width=width()))


def ending(done: DbtFilled) -> int:
    """Return the exit code of a fill."""
    return NOT_GREEN if done.built is not None and not done.built.green else 0
