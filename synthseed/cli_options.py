"""Name the options that several commands take, read what they say, and write what commands print."""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypedDict, get_type_hints

import typer

from synthseed.errors import SynthseedError

Rows = Annotated[
    list[str] | None, typer.Option("--rows", metavar="N|TABLE=N", help="Rows of every table, or of one; repeatable. Default: the plan's.")
]
Scale = Annotated[str | None, typer.Option("--scale", metavar="X", help="Multiply the rows that the plan says.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Every cell depends on it. Default: the plan's, which is 0.")]
Locale = Annotated[str | None, typer.Option("--locale", metavar="de_DE", help="Language and country to plan for, where no plan is there.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="T.C=V:SHARE,...", help="Plan one column otherwise for this run; repeatable.")
]
Planner = Annotated[str | None, typer.Option("--planner", metavar="offline|openai", help="Who plans where no plan is there.")]
ModelName = Annotated[str | None, typer.Option("--model", metavar="NAME", help="Model to ask; implies --planner openai.")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", metavar="URL", help="Server that speaks OpenAI's API; implies openai.")]
Instructions = Annotated[str | None, typer.Option("--instructions", metavar="TEXT", help="Your own words for the model.")]
MaxCost = Annotated[str | None, typer.Option("--max-cost-usd", metavar="X", help="Most that asking may cost. Default: 1.00.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, write nothing.")]
DryPlan = Annotated[bool, typer.Option("--dry-run", help="Write and send nothing: print the plan, or what asking would take.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


# ---------------------------------------------------------------------------------------------- what names a dbt project
ProjectDir = Annotated[Path | None, typer.Option("--project-dir", metavar="DIR", help="Folder of dbt_project.yml. Default: this one.")]
DbtProgram = Annotated[str | None, typer.Option("--dbt", metavar="PATH", help="Your dbt. Default: the one on the PATH.")]
Target = Annotated[str | None, typer.Option("--target", "-t", metavar="NAME", help="Target of the profile.")]
ProfilesDir = Annotated[Path | None, typer.Option("--profiles-dir", metavar="DIR", help="Folder of profiles.yml.")]
Vars = Annotated[str | None, typer.Option("--vars", metavar="YAML", help="Variables, as dbt takes them: '{name: value}'.")]
Artifacts = Annotated[Path | None, typer.Option("--artifacts", metavar="DIR", help="Read the manifest.json there; call no dbt.")]


class DbtProject(TypedDict):
    """Hold what names a dbt project, as every function of the library for one takes it."""

    project_dir: Path | None
    dbt: str | None
    target: str | None
    profiles_dir: Path | None
    vars: dict[str, Any]
    artifacts: Path | None


def _named(
    project_dir: ProjectDir = None,
    dbt: DbtProgram = None,
    target: Target = None,
    profiles_dir: ProfilesDir = None,
    vars: Vars = None,  # noqa: A002 - dbt's own word
    artifacts: Artifacts = None,
) -> DbtProject:
    return DbtProject(project_dir=project_dir, dbt=dbt, target=target, profiles_dir=profiles_dir, vars=variables(vars), artifacts=artifacts)


def of_dbt_project(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command have the options that name a dbt project; what they say is its first argument."""

    @functools.wraps(command)
    def with_project(**given: Any) -> None:
        command(_named(**{name: given.pop(name) for name in named}), **given)

    named = inspect.signature(_named).parameters
    own = list(inspect.signature(command).parameters.values())[1:]
    hints = {**get_type_hints(command, include_extras=True), **get_type_hints(_named, include_extras=True)}
    parameters = [one.replace(annotation=hints[one.name]) for one in (*named.values(), *own)]
    vars(with_project)["__signature__"] = inspect.Signature(parameters)
    with_project.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_project


def variables(text: str | None) -> dict[str, Any]:
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


# ---------------------------------------------------------------------------------------------- what options say
def counts(texts: Sequence[str] | None) -> dict[str, int] | None:
    """Return `--rows 500 --rows orders=20` as counts by table, `*` for every other."""
    found: dict[str, int] = {}
    for text in texts or []:
        name, _, number = text.rpartition("=")
        try:
            count = int(number)
        except ValueError:
            raise typer.BadParameter(f"{text!r}: expected a whole number, or TABLE=NUMBER", param_hint="--rows") from None
        if count < 0 or count > 2**32:
            raise typer.BadParameter(f"{text}: expected 0 to {2**32:,} rows", param_hint="--rows")
        if found.setdefault(name or "*", count) != count:
            raise typer.BadParameter(f"{name or 'every table'} is given two counts, {found[name or '*']} and {count}", param_hint="--rows")
    return found or None


def need_counts(rows: Sequence[str] | None, scale: str | None) -> None:
    """Refuse counts and a scale that cannot be, before anything is read."""
    from synthseed.verbs import wanted

    try:
        wanted.asked(counts(rows), scale)
    except SynthseedError as error:
        raise typer.BadParameter(str(error)) from None


# ---------------------------------------------------------------------------------------------- what is printed
def print_json(value: Any) -> None:
    """Print what JSON can hold; what it cannot, as text."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def width() -> int | None:
    """Return the terminal's width; None (cut nothing) where stdout is no terminal."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def talk(text: str) -> None:
    """Print to stderr."""
    typer.echo(text, err=True)
