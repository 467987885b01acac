"""Find a dbt project and read what dbt_project.yml says of it.

Settings come from where dbt takes them: its environment variables (DBT_PROJECT_DIR, DBT_PROFILE, DBT_PROFILES_DIR,
DBT_TARGET_PATH) win over the file (docs.getdbt.com/reference/global-configs/about-global-configs).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthseed.dbt.rendering import functions, read_yaml, render
from synthseed.errors import ConfigurationError

FILE = "dbt_project.yml"
PROFILES = "profiles.yml"


@dataclass(frozen=True, slots=True)
class Project:
    """Describe a dbt project.

    Attributes:
        root: Folder with dbt_project.yml, absolute.
        profile: Name of its profile; None where it names none.
        target_path: Folder that dbt writes artifacts into, absolute.
        packages_path: Folder that `dbt deps` installs into, absolute.
        vars: As written, Jinja and packages' own sections included.
        unparsed: Files from the root that dbt cannot parse, with the reason: it is called without them.
    """

    root: Path
    name: str
    profile: str | None
    target_path: Path
    packages_path: Path
    seed_paths: tuple[str, ...] = ("seeds",)
    vars: Mapping[str, Any] = field(default_factory=dict)
    unparsed: Mapping[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """Return dbt_project.yml."""
        return self.root / FILE

    @property
    def own_vars(self) -> dict[str, Any]:
        """Return the variables that the root project sees: its own section over the ones of all packages."""
        own = self.vars.get(self.name)
        return {**self.vars, **(own if isinstance(own, dict) else {})}

    def profiles_dir(self, given: Path | None = None) -> Path:
        """Return the folder of profiles.yml: the one given, DBT_PROFILES_DIR, the current folder, the project, ~/.dbt.

        dbt 1 looks into the current folder and dbt 2 into the project; who runs dbt in the project's root sees no difference.

        Raises:
            ConfigurationError: No profiles.yml is there.
        """
        named = given or _env_path("DBT_PROFILES_DIR")
        places = [named] if named else [Path.cwd(), self.root, Path.home() / ".dbt"]
        for place in places:
            if (place / PROFILES).is_file():
                return place.absolute()
        looked = ", ".join(str(place) for place in places)
        raise ConfigurationError(f"{PROFILES}: not found in {looked}; expected the connections of dbt; name its folder by --profiles-dir")


def find(folder: Path | None = None) -> Project:
    """Find the project in a folder or above it, and read it.

    Args:
        folder: Where to look first; without it DBT_PROJECT_DIR, else the current folder.

    Raises:
        ConfigurationError: There is no dbt_project.yml, or it is no YAML (with its line).
    """
    start = (folder or _env_path("DBT_PROJECT_DIR") or Path.cwd()).expanduser().absolute()
    for place in (start, *start.parents):
        if (place / FILE).is_file():
            return _read(place)
    raise ConfigurationError(
        f"{start}: there is no {FILE} here or above; expected a dbt project; go into its folder, or name it by --project-dir"
    )


def _read(root: Path) -> Project:
    file = root / FILE
    raw = read_yaml(file, "the settings of a dbt project")
    declared = raw.get("vars") if isinstance(raw.get("vars"), dict) else {}
    names = functions({}, {})

    def text(key: str, default: str | None = None) -> str | None:
        value = render(raw.get(key), names, f"{file}: {key}")
        return default if value is None else str(value)

    name = text("name")
    if not name:
        raise ConfigurationError(f"{file}: has no `name`; expected the project's name; add `name: my_project`")
    seeds = raw.get("seed-paths") or raw.get("data-paths") or ["seeds"]
    return Project(
        root=root,
        name=name,
        profile=os.environ.get("DBT_PROFILE") or text("profile"),
        target_path=root / (os.environ.get("DBT_TARGET_PATH") or text("target-path") or "target"),
        packages_path=root / (os.environ.get("DBT_PACKAGES_INSTALL_PATH") or text("packages-install-path") or "dbt_packages"),
        seed_paths=tuple(str(path) for path in (seeds if isinstance(seeds, list) else [seeds])),
        vars=declared or {},
    )


def _env_path(name: str) -> Path | None:
    text = os.environ.get(name)
    return Path(text).expanduser() if text else None
