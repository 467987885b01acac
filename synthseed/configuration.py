"""Read seeds_config/synthseed.yml: which databases there are, by alias, and how each is filled.

The file is found by walking up from the current directory. A URL comes out of the environment: `${NAME}`, or
`${NAME:-default}`. Every error names the file and the line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from synthseed import configuration_nodes as nodes
from synthseed.configuration_model import Model, Said, Spending, model, said, spending
from synthseed.errors import ConfigurationError, NotBuilt, suggestion

FOLDER, FILE = "seeds_config", "synthseed.yml"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
PLANNERS = ("offline", "openai")
SHARED = ("planner", "model", "budget", "instructions", "domain", "locale", "comments")
OWN = ("url", "schema_file", "plan", "schemas", "tables", "exclude", "set")
LATER = ("protections",)


@dataclass(frozen=True, slots=True)
class Database:
    """Describe a database to fill, as the configuration or a URL names it.

    Attributes:
        url: URL with the environment's variables filled in; never to be printed.
        alias: Its name in synthseed.yml; None for a URL from the command line.
        schema_file: SQL that creates the tables of a SQLite file which is missing.
        plan: Folder of its plan, whether it exists or not; None where no file may be read.
        locale: Language and country to plan for; None: the planner's default.
        schemas: Schemas to read; empty: all but the system's.
        tables: Tables to read; empty: all.
        exclude: Tables to leave alone.
        planner: `offline` or `openai`.
        model: Which model plans.
        spending: How much planning may cost.
        said: The user's own words, for a model.
        settings: What `set:` gives to columns, by `table.column`, in the words of `--set`.
        url_line: Line of the URL in synthseed.yml, for messages.
        planned_by: Command that writes its plan, where that is not `synthseed plan`.
    """

    url: str
    alias: str | None = None
    schema_file: Path | None = None
    plan: Path | None = None
    locale: str | None = None
    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    planner: str = "offline"
    model: Model = field(default_factory=Model)
    spending: Spending = field(default_factory=Spending)
    said: Said = field(default_factory=Said)
    settings: Mapping[str, str] = field(default_factory=dict)
    url_line: int = 0
    planned_by: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what one synthseed.yml says: its databases by alias, their URLs as they are written."""

    file: Path
    databases: Mapping[str, Database]

    @property
    def root(self) -> Path:
        """Return the folder of the project: the one that holds seeds_config/, or the file itself."""
        return self.file.parent.parent if self.file.parent.name == FOLDER else self.file.parent

    def database(self, alias: str, environment: Mapping[str, str] | None = None) -> Database:
        """Return the database of an alias.

        Raises:
            ConfigurationError: There is no such alias, or its URL needs a variable that is not set.
        """
        if alias not in self.databases:
            known = ", ".join(self.databases) or "none"
            raise ConfigurationError(f"{self.file}: there is no database {alias!r}{suggestion(alias, self.databases)}; it names: {known}")
        found = self.databases[alias]
        if not found.url:
            raise ConfigurationError(f"{self.file}: databases.{alias} has no url; add for example `url: ${{DATABASE_URL}}`")
        url = self._expanded(found, os.environ if environment is None else environment)
        return replace(found, url=_anchored(url, self.root))

    def _expanded(self, database: Database, environment: Mapping[str, str]) -> str:
        def value(found: re.Match[str]) -> str:
            name, default = found[1], found[2]
            text = environment.get(name, "") or default
            if text is None:
                raise ConfigurationError(
                    f"{self.file}:{database.url_line}: databases.{database.alias}.url needs the environment variable {name}, which is "
                    f"not set; export it, or give a default: ${{{name}:-sqlite:///dev.db}}"
                )
            return text

        return _VARIABLE.sub(value, database.url)


def plan_folder(folder: Path, name: str) -> Path:
    """Return the folder of a plan below seeds_config/."""
    return folder / "plans" / name


def find(start: Path | None = None) -> Path | None:
    """Return a synthseed.yml in this very folder, else the nearest seeds_config/synthseed.yml upwards; None where there is none."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        own = folder / FILE if folder == start or folder.name == FOLDER else None
        for candidate in (own, folder / FOLDER / FILE):
            if candidate is not None and candidate.is_file():
                return candidate
    return None


def read(file: Path) -> Settings:
    """Read a synthseed.yml.

    Raises:
        ConfigurationError: It cannot be read or holds a word that is not known.
        NotBuilt: It asks for something that this version does not have.
    """
    import yaml

    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {type(error).__name__}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{file}{line}: not YAML: {getattr(error, 'problem', None) or 'unreadable'}") from error
    top = nodes.mapping(file, root, "the file")
    nodes.known(file, top, ("databases", *SHARED, *LATER))
    for name in LATER:
        if name in top:
            raise NotBuilt(f"{file}:{nodes.line(top[name])}: `{name}:` is not built yet; remove it")
    whole = replace(Database(url=""), **_shared(file, top, "", Database(url="")))
    databases = nodes.mapping(file, top.get("databases"), "databases")
    return Settings(file, {alias: _database(file, alias, node, whole) for alias, node in databases.items()})


def _database(file: Path, alias: str, node: Any, top: Database) -> Database:
    """Return the database of an alias, its URL as it is written; what it leaves out is what holds for the whole file."""
    where = f"databases.{alias}."
    found = nodes.mapping(file, node, f"databases.{alias}")
    nodes.known(file, found, (*OWN, *SHARED), where)
    given: dict[str, Any] = {
        name: nodes.names(file, f"{where}{name}", found[name]) for name in ("schemas", "tables", "exclude") if name in found
    }
    if "schema_file" in found:
        given["schema_file"] = file.parent / nodes.text(file, f"{where}schema_file", found["schema_file"])
    if "set" in found:
        given["settings"] = nodes.texts(file, f"{where}set", found["set"])
    if "url" in found:
        given["url"] = nodes.text(file, f"{where}url", found["url"])
        given["url_line"] = nodes.line(found["url"])
    name = nodes.text(file, f"{where}plan", found["plan"]) if "plan" in found else alias
    return replace(top, alias=alias, plan=plan_folder(file.parent, name), **given, **_shared(file, found, where, top))


def _shared(file: Path, found: Mapping[str, Any], where: str, before: Database) -> dict[str, Any]:
    """Return what stands at the top of the file and for each database alike."""
    given: dict[str, Any] = {"said": said(file, found, where, before.said)}
    if "planner" in found:
        given["planner"] = nodes.one_of(file, f"{where}planner", found["planner"], PLANNERS)
    if "locale" in found:
        given["locale"] = nodes.text(file, f"{where}locale", found["locale"])
    if "model" in found:
        given["model"] = model(file, found["model"], f"{where}model")
    if "budget" in found:
        given["spending"] = spending(file, found["budget"], f"{where}budget")
    return given


def _anchored(url: str, root: Path) -> str:
    """Return the URL with the relative path of a file resolved from the project's folder, not from where we were called."""
    found = re.fullmatch(r"((?:sqlite|duckdb)(?:\+\w+)?):///([^/?:][^?]*)(\?.*)?", url)
    return f"{found[1]}:///{root / found[2]}{found[3] or ''}" if found else url
