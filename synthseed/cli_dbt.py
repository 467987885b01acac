"""Parse the commands for dbt projects, call one verb each, print what it returns. Data goes to stdout, talk to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import synthseed
from synthseed import interrupts
from synthseed.errors import SynthseedError

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

ProjectDir = Annotated[Path | None, typer.Option("--project-dir", metavar="DIR", help="Folder of dbt_project.yml. Default: this one.")]
DbtProgram = Annotated[str | None, typer.Option("--dbt", metavar="PATH", help="Your dbt. Default: the one on the PATH.")]
Target = Annotated[str | None, typer.Option("--target", "-t", metavar="NAME", help="Target of the profile.")]
ProfilesDir = Annotated[Path | None, typer.Option("--profiles-dir", metavar="DIR", help="Folder of profiles.yml.")]
Vars = Annotated[str | None, typer.Option("--vars", metavar="YAML", help="Variables, as dbt takes them: '{name: value}'.")]
Artifacts = Annotated[Path | None, typer.Option("--artifacts", metavar="DIR", help="Read the manifest.json there; call no dbt.")]
Select = Annotated[list[str] | None, typer.Option("--select", "-s", metavar="NAME", help="Only SOURCE or SOURCE.TABLE, `*`; repeatable.")]
SeedNames = Annotated[list[str] | None, typer.Option("--select", "-s", metavar="SEED", help="Only these seeds, `*`; repeatable.")]
Rows = Annotated[
    list[str] | None, typer.Option("--rows", metavar="N|TABLE=N", help="Rows of every table, or of one; repeatable. Default: the plan's.")
]
Scale = Annotated[str | None, typer.Option("--scale", metavar="X", help="Multiply the rows that the plan says.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Every cell depends on it. Default: the plan's, which is 0.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="ISO", help="Moment to tell rows from. Default: the plan's, or this hour.")]
Locale = Annotated[str | None, typer.Option("--locale", metavar="de_DE", help="Language and country to plan for, where no plan is there.")]
PlanName = Annotated[str | None, typer.Option("--plan", metavar="NAME", help="Name below seeds_config/plans/. Default: the project's.")]
NoOracle = Annotated[bool, typer.Option("--no-oracle", help="Ask no empty scratch warehouse what was misunderstood.")]
Planner = Annotated[str | None, typer.Option("--planner", metavar="offline|openai", help="Who plans where no plan is there.")]
ModelName = Annotated[str | None, typer.Option("--model", metavar="NAME", help="Model to ask; implies --planner openai.")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", metavar="URL", help="Server that speaks OpenAI's API; implies openai.")]
Instructions = Annotated[str | None, typer.Option("--instructions", metavar="TEXT", help="Your own words for the model.")]
MaxCost = Annotated[str | None, typer.Option("--max-cost-usd", metavar="X", help="Most that asking may cost. Default: 1.00.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, write nothing.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write files there instead of the warehouse.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


# ---------------------------------------------------------------------------------------------- commands
@app.command()
def inspect(
    project_dir: ProjectDir = None,
    dbt: DbtProgram = None,
    target: Target = None,
    profiles_dir: ProfilesDir = None,
    vars: Vars = None,  # noqa: A002 - dbt's own word
    artifacts: Artifacts = None,
    select: Select = None,
    as_json: Json = False,
) -> None:
    """Show what the project says of its sources, and where it is known from; no warehouse is needed."""
    found = synthseed.dbt_inspect(
        project_dir=project_dir,
        dbt=dbt,
        target=target,
        profiles_dir=profiles_dir,
        vars=_vars(vars),
        artifacts=artifacts,
        select=select or (),
    )
    if as_json:
        _json(found.as_dict())
    else:
        from synthseed.report import dbt_text

        typer.echo(dbt_text.inspected(found, width=_width()))


@app.command()
def plan(
    project_dir: ProjectDir = None,
    dbt: DbtProgram = None,
    target: Target = None,
    profiles_dir: ProfilesDir = None,
    vars: Vars = None,  # noqa: A002 - dbt's own word
    artifacts: Artifacts = None,
    rows: Rows = None,
    seed: Seed = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="ISO", help="Tell rows from then. Default: each fill's hour.")] = None,
    locale: Locale = None,
    plan: PlanName = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the plan that is there, but for what is locked.")] = False,
    no_oracle: NoOracle = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write and send nothing: print the plan, or what asking takes.")] = False,
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
        checked = check_dbt_plan(
            project_dir=project_dir,
            dbt=dbt,
            target=target,
            profiles_dir=profiles_dir,
            vars=_vars(vars),
            artifacts=artifacts,
            plan=plan,
            oracle=not no_oracle,
        )
        _json(planned.checked_dict(checked)) if as_json else typer.echo(planned.checked_text(checked))
        raise typer.Exit(DIFFERS if checked.differences else 0)
    with progress.shown(quiet=quiet) as told:
        done = synthseed.dbt_plan(
            project_dir=project_dir,
            dbt=dbt,
            target=target,
            profiles_dir=profiles_dir,
            vars=_vars(vars),
            artifacts=artifacts,
            rows=_counts(rows),
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
        _talk(note)


@app.command()
def fill(
    project_dir: ProjectDir = None,
    dbt: DbtProgram = None,
    target: Target = None,
    profiles_dir: ProfilesDir = None,
    vars: Vars = None,  # noqa: A002 - dbt's own word
    artifacts: Artifacts = None,
    select: Select = None,
    rows: Rows = None,
    scale: Scale = None,
    seed: Seed = None,
    as_of: AsOf = None,
    locale: Locale = None,
    plan: PlanName = None,
    set: Annotated[  # noqa: A002 - the option's name
        list[str] | None, typer.Option("--set", metavar="T.C=V:SHARE,...", help="Plan one column otherwise for this run; repeatable.")
    ] = None,
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

    _need_counts(rows, scale)
    with progress.shown(quiet=quiet or as_json) as told:
        done = synthseed.dbt_fill(
            project_dir=project_dir,
            dbt=dbt,
            target=target,
            profiles_dir=profiles_dir,
            vars=_vars(vars),
            artifacts=artifacts,
            select=select or (),
            rows=_counts(rows),
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
            _json(done.as_dict())
        elif not quiet:
            from synthseed.report import dbt_text

            typer.echo(dbt_text.filled(done, width=_width()))
    raise typer.Exit(ending(done))


@app.command()
def seeds(
    project_dir: ProjectDir = None,
    dbt: DbtProgram = None,
    target: Target = None,
    profiles_dir: ProfilesDir = None,
    artifacts: Artifacts = None,
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

    _need_counts(rows, scale)
    with progress.shown(quiet=quiet or as_json) as told:
        done = synthseed.dbt_seeds(
            project_dir=project_dir,
            dbt=dbt,
            target=target,
            profiles_dir=profiles_dir,
            artifacts=artifacts,
            select=select or (),
            rows=_counts(rows),
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
            _json(done.as_dict())
        elif not quiet:
            from synthseed.report import dbt_seeds

            typer.echo(dbt_seeds.summary(done, width=_width()))


# ---------------------------------------------------------------------------------------------- options and output
def ending(done: DbtFilled) -> int:
    """Return the exit code of a fill."""
    return NOT_GREEN if done.built is not None and not done.built.green else 0


def _vars(text: str | None) -> dict[str, Any]:
    """Return `--vars` as a mapping: YAML, of which JSON is a part, as dbt reads it."""
    if not text:
        return {}
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, dict):
        raise typer.BadParameter("expected YAML or JSON such as '{name: value}'", param_hint="--vars")
    return found


def _need_counts(rows: Sequence[str] | None, scale: str | None) -> None:
    from synthseed.verbs import wanted

    try:
        wanted.asked(_counts(rows), scale)
    except SynthseedError as error:
        raise typer.BadParameter(str(error)) from None


def _counts(texts: Sequence[str] | None) -> dict[str, int] | None:
    """Return `--rows 500 --rows orders=20` as counts by table, `*` for every other."""
    counts: dict[str, int] = {}
    for text in texts or []:
        name, _, number = text.rpartition("=")
        if not number.isdecimal() or int(number) > 2**32:
            raise typer.BadParameter(f"{text!r}: expected 0 to {2**32:,} rows, as N or TABLE=N", param_hint="--rows")
        if counts.setdefault(name or "*", int(number)) != int(number):
            raise typer.BadParameter(f"{name or 'every table'} is given two counts; give one", param_hint="--rows")
    return counts or None


def _json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _width() -> int | None:
    """Return the terminal's width; None (cut nothing) where stdout is no terminal."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _talk(text: str) -> None:
    typer.echo(text, err=True)
