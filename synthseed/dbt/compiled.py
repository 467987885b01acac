"""Get a manifest with compiled SQL, whatever of the project can't be compiled, and without the user's warehouse.

Three ways, the best first: an empty scratch warehouse of the same kind; dbt-core 1 with a warehouse that only looks empty;
`dbt compile --no-introspect`. A model that fails costs itself only, and is named. Where there is no dbt, the artifacts that
stand in the project are read as they are.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from synthseed.dbt import unconnected, unparsed
from synthseed.dbt.artifacts import Manifest, Node, Test, read_manifest, read_results
from synthseed.dbt.command import INSTALL, Dbt, Outcome, without
from synthseed.dbt.profiles import Profile, read_profile
from synthseed.dbt.project import Project
from synthseed.dbt.scratch import Scratch, scratch
from synthseed.errors import ConfigurationError, SynthseedError

ROUNDS = 12  # of `dbt compile` without the model that failed last; each costs three to five seconds
LONGEST = 600.0  # seconds for one compilation
SCRIPT = Path(unconnected.__file__)
NAMED = re.compile(r"in (\w+) (\S+) \(([^)\n]+)\)\n\s*(.*)")  # Compilation Error in model orders (models/orders.sql)
UNABLE = 2  # exit code of dbt: it could not work at all
UNCOMPILED = "not compiled: the manifest has no SQL of it; `dbt compile` writes it"


@dataclass(frozen=True, slots=True)
class Compiled:
    """Hold a manifest whose nodes have compiled SQL.

    Attributes:
        failed: Ids of models, snapshots and tests without it, each with the reason.
        how: How the SQL was made, for the output: a fallback is named.
        project: The project, with the files that dbt could not parse; None where no dbt was called.
    """

    manifest: Manifest
    failed: Mapping[str, str]
    how: str
    project: Project | None = None


@dataclass(frozen=True)
class _Call:
    """Hold what all calls of one compilation share."""

    dbt: Dbt
    project: Project
    target_path: Path
    profiles_dir: Path
    profile: Profile
    vars: Mapping[str, Any] | None
    flags: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    def compile(self, *args: str, script: Path | None = None) -> Outcome:
        return self.dbt.run(
            ["compile", *self.flags, *args],
            project=self.project,
            target_path=self.target_path,
            profiles_dir=self.profiles_dir,
            target=self.profile.target,
            vars=self.vars,
            env=self.env,
            secrets=self.profile.secrets,
            timeout=LONGEST,
            script=script,
        )


# ---------------------------------------------------------------------------------------------- the ways
def manifest(
    project: Project,
    dbt: Dbt | None,
    *,
    target: str | None = None,
    profiles_dir: Path | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002  # dbt's own word, as `--vars`
    artifacts: Path | None = None,
) -> Compiled:
    """Return the project's manifest with compiled SQL.

    Args:
        dbt: The user's dbt; None reads the artifacts that stand in the project.
        artifacts: Folder of artifacts that are read as they are, whatever dbt there is.

    Raises:
        ConfigurationError: The project as a whole cannot be parsed (in dbt's own words), or there are no artifacts.
    """
    if artifacts is not None or dbt is None:
        return _standing(artifacts or project.target_path, dbt)
    profile = read_profile(project, target=target, profiles_dir=profiles_dir, vars=vars)
    with tempfile.TemporaryDirectory(prefix="synthseed_") as made:
        while True:
            target_path = Path(made) / str(len(project.unparsed))
            try:
                found = _some_way(_Call(dbt, project, target_path, profile.file.parent, profile, vars))
            except _Unparsed as reason:
                project = reason.without
            else:
                return _naming(found, project)


def _some_way(call: _Call) -> Compiled:
    """Compile by the best way that can be gone."""
    lacking = []
    for way in (_scratch, _empty):
        try:
            return way(call)
        except _NotHere as reason:
            lacking += [str(reason)] if str(reason) else []
    found = _without_introspection(call)
    return replace(found, how="; ".join([found.how, *lacking]))


def _naming(found: Compiled, project: Project) -> Compiled:
    """Say of each file that dbt could not parse why: of its model or test, or of itself where it is neither."""
    failed = dict(found.failed)
    known: list[Node | Test] = [*found.manifest.nodes.values(), *found.manifest.tests.values()]
    for file, reason in project.unparsed.items():
        ids = [one.id for one in known if one.file and (file == one.file or file.endswith(f"/{one.file}")) and one.id in failed]
        failed |= dict.fromkeys(ids or [file], reason)
    return replace(found, failed=failed, project=project)


def against(
    project: Project,
    dbt: Dbt,
    profile: Profile,
    *,
    vars: Mapping[str, Any] | None = None,  # noqa: A002  # dbt's own word, as `--vars`
) -> Compiled:
    """Return the manifest as it is compiled against a profile's warehouse in its present state.

    A model that looks at the warehouse (columns, values) may compile only once its sources are there. For a scratch
    warehouse give `Scratch.profile`; its names are then those of the scratch.

    Raises:
        ConfigurationError: The project as a whole cannot be parsed.
    """
    with tempfile.TemporaryDirectory(prefix="synthseed_") as made:
        call = _Call(dbt, project, Path(made) / "target", profile.file.parent, profile, vars)
        found = _one_by_one(call)
    return replace(found, how=f"dbt compile against target {profile.target}")


class _NotHere(Exception):
    """Raised where a way cannot be gone; the next one is tried."""


class _Unparsed(Exception):
    """Raised where dbt parses nothing of a project for one file of it; `without` is the project without it."""

    def __init__(self, without: Project) -> None:
        super().__init__()
        self.without = without


def _need_parsed(outcome: Outcome, project: Project) -> None:
    """Raise where dbt names a file that it cannot parse; dbt writes the manifest as soon as all are, before it compiles."""
    if (outcome.target_path / "manifest.json").is_file() or outcome.todo:
        return
    if (rest := unparsed.without(outcome.said, project)) is not None:
        raise _Unparsed(rest)


def _standing(folder: Path, dbt: Dbt | None) -> Compiled:
    if not (folder / "manifest.json").is_file():
        todo = f"run `dbt compile`, or name its folder by --artifacts{'' if dbt else f'; for a dbt of your own: {INSTALL}'}"
        raise ConfigurationError(f"{folder / 'manifest.json'}: is not there; expected what `dbt compile` writes; {todo}")
    found = _collected(folder, {})
    models = [node for node in found.manifest.nodes.values() if node.kind != "seed"]
    bare = "; they hold the SQL of no model, so little is known: run `dbt compile` first" if not any(one.compiled for one in models) else ""
    return replace(found, how=f"the artifacts in {folder}, as they are{bare if models else ''}")


def _scratch(call: _Call) -> Compiled:
    adapter = call.profile.adapter
    if adapter not in ("duckdb", "postgres"):
        raise _NotHere
    with contextlib.ExitStack() as stack:
        try:
            made = stack.enter_context(scratch(call.profile))
        except SynthseedError as error:
            raise _NotHere(f"no scratch warehouse, since {error}") from None
        call = replace(call, target_path=call.target_path / "scratch", profiles_dir=made.profiles_dir)
        found = _one_by_one(call)
        own = call.profile.output.get("dbname") or call.profile.output.get("database")
    if adapter == "postgres" and own:
        # The scratch database's name is made up here and stands nowhere else, so that a text may be replaced.
        failed = {key: reason.replace(made.database, str(own)) for key, reason in found.failed.items()}
        found = _collected(_renamed(call.target_path, made.database, str(own)), failed)
    if not any(node.compiled for node in found.manifest.nodes.values()) and found.failed:
        raise _NotHere(f"no model could be compiled in a scratch warehouse: {next(iter(found.failed.values()))}")
    return replace(found, how=f"dbt compile against an empty scratch {adapter}")


def _renamed(folder: Path, old: str, new: str) -> Path:
    for file in (folder / "manifest.json", *(folder / "compiled").rglob("*.sql")):
        with contextlib.suppress(UnicodeError):
            file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return folder


def _empty(call: _Call) -> Compiled:
    call = replace(call, target_path=call.target_path / "empty", flags=("--no-populate-cache",), env={unconnected.EMPTY: "1"})
    found = _by_script(call) if call.dbt.python else None
    if found is None:
        raise _NotHere
    return replace(found, how=f"dbt compile against a warehouse that looks empty; {call.profile.adapter} was not connected")


def _without_introspection(call: _Call) -> Compiled:
    call = replace(call, target_path=call.target_path / "offline", flags=("--no-introspect", "--no-populate-cache"))
    found = _excluding(call)
    return replace(found, how="dbt compile --no-introspect, which leaves out the models that look at the warehouse")


# ---------------------------------------------------------------------------------------------- going on
def _one_by_one(call: _Call) -> Compiled:
    """Compile so that a model which fails costs itself only, in one call where dbt is a Python program."""
    return (_by_script(call) if call.dbt.python else None) or _excluding(call)


def _by_script(call: _Call) -> Compiled | None:
    """Compile everything in one call that no model stops; None where that comes to nothing, and dbt itself shall say why."""
    outcome = call.compile(script=SCRIPT)
    results = call.target_path / "run_results.json"
    _need_parsed(outcome, call.project)
    if outcome.code == UNABLE and unconnected.EMPTY not in call.env:  # dbt says the same by itself, four seconds later
        _check_parsed(outcome, call)
    if outcome.code == unconnected.BROKEN or not results.is_file():
        return None
    wrong = [one for one in read_results(results) if one.status in ("error", "fail", "skipped")]
    return _collected(call.target_path, {one.id: _reason(without(one.message, call.profile.secrets)) for one in wrong})


def _excluding(call: _Call) -> Compiled:
    """Compile again and again without what failed."""
    failed: dict[str, str] = {}
    outcome = call.compile()
    _check_parsed(outcome, call)
    for _ in range(ROUNDS):
        found = _failing(outcome, read_manifest(call.target_path / "manifest.json")) if outcome.code else None
        if found is None or found[0] in failed:
            break
        failed[found[0]] = found[1]
        outcome = call.compile("--exclude", *_names(failed))
    if outcome.code == 0:
        return _collected(call.target_path, failed)
    return _collected(call.target_path, failed, f"not compiled, since dbt stopped: {_reason(outcome.said)}")


def _names(ids: Mapping[str, str]) -> Iterator[str]:
    for one in ids:
        kind, _, name = one.split(".", 2)
        yield name.rpartition(".")[0] if kind == "test" and name.count(".") else name  # a test's id ends in a hash


def _failing(outcome: Outcome, known: Manifest) -> tuple[str, str] | None:
    for _, name, file, reason in NAMED.findall(outcome.log_text):
        everything: list[Node | Test] = [*known.nodes.values(), *known.tests.values()]
        for one in everything:
            if one.name == name and one.file == file:
                return one.id, _reason(reason)
    return None


def _reason(message: str) -> str:
    """Return the line of dbt's message that says why, at most 300 characters of it."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = [line for line in lines if not re.search(r"\w+ Error( in|$)", line)]
    return next(iter(told or lines), "dbt gave no reason")[:300]


def _check_parsed(outcome: Outcome, call: _Call) -> None:
    """Raise dbt's own error unless the project was parsed."""
    _need_parsed(outcome, call.project)
    if not (outcome.target_path / "manifest.json").is_file():
        raise outcome.failure(str(call.project.file))


# ---------------------------------------------------------------------------------------------- the texts
def _collected(folder: Path, failed: Mapping[str, str], why: str = UNCOMPILED) -> Compiled:
    """Read the manifest of a folder, and from `compiled/` the SQL that it lacks: dbt writes both, whatever fails later.

    Args:
        why: The reason of a model that has no SQL and is not among the failed.
    """
    found = read_manifest(folder / "manifest.json")
    nodes = {key: node if node.kind == "seed" else _with_text(folder, node) for key, node in found.nodes.items()}
    tests = {key: _with_text(folder, test) for key, test in found.tests.items()}
    lacking = {key: why for key, node in nodes.items() if not node.compiled and node.kind != "seed"}
    kept = {key: reason for key, reason in failed.items() if key in nodes or key in tests}
    return Compiled(replace(found, nodes=nodes, tests=tests), {**lacking, **kept}, "")


def texts(folder: Path) -> Manifest:
    """Return the manifest of a folder of artifacts, with the SQL that dbt wrote beside it."""
    return _collected(folder, {}).manifest


def built(outcome: Outcome, made: Scratch, profile: Profile) -> Manifest:
    """Return the manifest of a build in a scratch warehouse, with the SQL that was run, under the names of the user's own.

    Raises:
        ConfigurationError: dbt wrote none.
    """
    own = profile.output.get("dbname") or profile.output.get("database")
    folder = outcome.target_path
    if profile.adapter == "postgres" and own:
        folder = _renamed(folder, made.database, str(own))
    return _collected(folder, {}).manifest


T = TypeVar("T", Node, Test)


def _with_text(folder: Path, one: T) -> T:
    return one if one.compiled else replace(one, compiled=_text(folder, one))


def _text(folder: Path, one: Node | Test) -> str | None:
    package = one.id.split(".")[1]
    place = folder / "compiled" / package / one.file
    if isinstance(one, Test) and one.kind != "singular":
        place = place / f"{one.name}.sql"
    try:
        return place.read_text(encoding="utf-8") or None
    except (OSError, UnicodeError):
        return None
