"""Let dbt read a project though a file of it cannot be parsed: dbt parses all of a project, or nothing of it.

dbt is shown a folder that looks like the project, but for the files that it stumbled over: a stand-in is there, which parses, so that
what refers to the model is read as ever, and does not compile. Nothing of the project itself is touched.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from synthseed.dbt.project import Project

MOST = 12  # files that are left out; each costs a call of three to five seconds
# dbt-core 1.11: "Compilation Error in model orders (models/orders.sql)", and of a reference that leads nowhere
# "Model 'model.shop.orders' (models/orders.sql) depends on a node named 'customers' which was not found".
NAMED = (
    re.compile(r"Error in (?:model|test|analysis|snapshot|sql_operation) \S+ \(([^()\n]+\.sql)\)"),
    re.compile(r"'[^'\n]+' \(([^()\n]+\.sql)\) depends on a "),
)
STAND_IN = "{% if execute %}{{ exceptions.raise_compiler_error('this file cannot be parsed') }}{% endif %}select 1 as nothing\n"
LONGEST = 300  # characters of a reason


def without(said: str, project: Project) -> Project | None:
    """Return a project without the file that keeps dbt from parsing it; None where dbt names none, or too many are left out."""
    found = named(said, project) if len(project.unparsed) < MOST else None
    return replace(project, unparsed={**project.unparsed, found[0]: found[1]}) if found is not None else None


def named(said: str, project: Project) -> tuple[str, str] | None:
    """Return the file that keeps dbt from parsing a project, from its root, and why; None where dbt names none that is there.

    Args:
        said: dbt's own words.
        project: Files that it stands in for already are not named again.
    """
    for pattern in NAMED:
        if (found := pattern.search(said)) is not None:
            lines = [line.strip() for line in said.splitlines()]
            file = _file(found[1], project, lines[-1])
            return (file, _reason(lines, found[0])) if file is not None else None
    return None


def _file(name: str, project: Project, last: str) -> str | None:
    """Return a file by its path from its package's root; of two the one that holds the line that dbt shows at the end."""
    roots = [project.root, *sorted(project.packages_path.glob("*"))]
    places = [root / name for root in roots if (root / name).is_file() and (root / name).is_relative_to(project.root)]
    paths = [path for place in places if (path := place.relative_to(project.root).as_posix()) not in project.unparsed]
    shown = [path for path in paths if last in (project.root / path).read_text(encoding="utf-8", errors="replace")]
    return next(iter([*shown, *paths]), None)


def _reason(lines: Sequence[str], head: str) -> str:
    """Return what dbt says behind the heading that names the file, with the line."""
    at = next((place for place, line in enumerate(lines) if head in line), 0)
    told = lines[at : at + 1] if "depends on" in head else lines[at + 1 : at + 2]
    line = next((f", {one}" for one in lines[at + 1 : at + 4] if re.fullmatch(r"line \d+", one)), "")
    return ("".join(told) or lines[at])[:LONGEST] + line


@contextlib.contextmanager
def readable(project: Project) -> Iterator[Path]:
    """Return the folder that dbt can read: the project's own, or one that looks like it."""
    if not project.unparsed:
        yield project.root
        return
    with tempfile.TemporaryDirectory(prefix="synthseed_") as made:
        folder = Path(made) / project.root.name
        _mirror(project.root, folder, [PurePosixPath(one).parts for one in project.unparsed])
        yield folder


def _mirror(root: Path, folder: Path, files: Sequence[tuple[str, ...]]) -> None:
    folder.mkdir()
    for entry in root.iterdir():
        inside = [parts[1:] for parts in files if parts[0] == entry.name]
        place = folder / entry.name
        if () in inside:
            place.write_text(STAND_IN, encoding="utf-8")
        elif inside:
            _mirror(entry, place, inside)
        else:
            _link(entry, place)


def _link(there: Path, place: Path) -> None:
    try:
        os.symlink(there, place, target_is_directory=there.is_dir())
    except OSError:  # Windows lets few users link
        if there.is_dir():
            shutil.copytree(there, place)
        else:
            shutil.copy2(there, place)
