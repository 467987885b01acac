"""Read a profile of profiles.yml and turn it into a URL, without dbt.

Adapters as Python packages are gone in dbt 2, so nothing of dbt is imported here. What is rendered and in which order
follows dbt-core 1.11, `config/profile.py`: the target's name first, then that one output only, so that variables of other
targets need not be set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthseed.dbt.project import PROFILES, Project
from synthseed.dbt.rendering import SECRET_PREFIX, functions, read_yaml, render
from synthseed.errors import ConfigurationError, suggestion

SECRET = re.compile(r"pass|pwd|secret|token|private_key|keyfile_json|credentials|access_key|api_key", re.IGNORECASE)
SHORTEST = 3  # a shorter secret would blot out half of every text


@dataclass(frozen=True, slots=True)
class Profile:
    """Hold one target of a profile.

    Attributes:
        adapter: duckdb, postgres, snowflake, ...
        output: Its settings, rendered. They hold the password, and are not part of the repr.
        root: Folder that relative paths start at: dbt works in the project's root.
    """

    file: Path
    name: str
    target: str
    adapter: str
    output: Mapping[str, Any] = field(repr=False)
    root: Path = Path()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return every value that must not be printed."""
        named = [value for name, value in _leaves(self.output) if SECRET.search(name)]
        environment = [value for name, value in os.environ.items() if name.startswith(SECRET_PREFIX)]
        return tuple({value for value in (*named, *environment) if len(value) >= SHORTEST})


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, name)
    elif isinstance(value, str):
        yield name, value


# ---------------------------------------------------------------------------------------------- reading
def read_profile(
    project: Project,
    *,
    target: str | None = None,
    profiles_dir: Path | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002  # dbt's own word, as `--vars`
) -> Profile:
    """Read the project's profile.

    Args:
        target: Name of the output; without it DBT_TARGET, the profile's own `target`, else `default`.
        profiles_dir: Folder of profiles.yml.
        vars: Variables of the command line.

    Raises:
        ConfigurationError: No profiles.yml, profile or target of that name, or a variable that is not set.
    """
    file = project.profiles_dir(profiles_dir) / PROFILES
    raw = read_yaml(file, "the connections of dbt")
    profile = _named(raw, project.profile, f"{file}: profile", f"`profile:` of {project.file}")
    names = functions(vars or {}, project.own_vars)
    chosen = target or os.environ.get("DBT_TARGET") or render(profile.get("target"), names, f"{file}: {project.profile}.target")
    chosen = str(chosen or "default")
    outputs = profile.get("outputs")
    place = f"{file}: {project.profile}.outputs"
    if not isinstance(outputs, dict):
        raise ConfigurationError(f"{place}: is missing; expected one entry per target; add `{chosen}:` with its `type:`")
    output = render(_named(outputs, chosen, f"{file}: target", "--target"), names, f"{place}.{chosen}")
    if not output.get("type"):
        raise ConfigurationError(f"{place}.{chosen}.type: is missing; expected the adapter's name (duckdb, postgres, ...); add it")
    return Profile(file, str(project.profile), chosen, str(output["type"]), output, project.root)


def _named(found: Mapping[str, Any], name: str | None, what: str, where: str) -> dict[str, Any]:
    inner = found.get(name) if name else None
    if isinstance(inner, dict):
        return inner
    known = [key for key in found if isinstance(found[key], dict)]
    near = suggestion(name or "", known)
    raise ConfigurationError(f"{what} `{name}` is not there{near}; expected one of {', '.join(known) or '(none)'}; correct {where}")


# ---------------------------------------------------------------------------------------------- URLs
def warehouse_url(profile: Profile) -> str | None:
    """Return the URL of the warehouse as `connection.parse_url` reads it; None where only files can be written.

    The URL holds the password; print it by `connection.shown`. `why_files` says why there is none.

    Raises:
        ConfigurationError: A setting that the URL needs is missing or no number.
    """
    match profile.adapter:
        case "duckdb":
            return _duckdb(profile)
        case "postgres" | "redshift":
            return _postgres(profile)
        case "mysql" | "mariadb":
            return _mysql(profile)
        case "sqlite":
            return _sqlite(profile)
    return None


def why_files(profile: Profile) -> str:
    """Say why a warehouse has no URL, and what can be done."""
    what = f"{profile.file}: target {profile.target}"
    if profile.adapter != "duckdb":
        return f"{what} is {profile.adapter}, which is filled by files; write them with --out DIR"
    path = str(profile.output.get("path") or ":memory:")
    if path == ":memory:":
        return f"{what} is a DuckDB in memory, gone when dbt ends; give it a `path:`, or write files with --out DIR"
    kind = path.partition(":")[0]
    return f"{what} is a DuckDB at {kind}:, not a file on this machine; give it a `path:`, or write files with --out DIR"


def duckdb_file(profile: Profile) -> Path | None:
    """Return the file of a DuckDB target; None for one in memory or elsewhere (MotherDuck, DuckLake, s3, ...)."""
    path = str(profile.output.get("path") or ":memory:")
    if path == ":memory:" or profile.output.get("remote") or re.match(r"[A-Za-z][A-Za-z0-9+]+:", path):
        return None
    return Path(os.path.normpath(profile.root / Path(path).expanduser()))


def _duckdb(profile: Profile) -> str | None:
    from sqlalchemy import URL

    file = duckdb_file(profile)
    return None if file is None else URL.create("duckdb", database=str(file)).render_as_string(hide_password=False)


PASSED = ("sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout")


def _postgres(profile: Profile) -> str:
    output = profile.output
    query = {name: str(output[name]) for name in PASSED if output.get(name) not in (None, "")}
    # libpq's `options`: a space inside of a value is escaped by a backslash (PostgreSQL manual, 34.1.2).
    session = {"search_path": output.get("search_path"), "role": output.get("role")}
    words = [
        f"-c {name}={str(value).replace(chr(92), chr(92) * 2).replace(' ', chr(92) + ' ')}" for name, value in session.items() if value
    ]
    if words:
        query["options"] = " ".join(words)
    host = str(_required(profile, "host"))
    if host.startswith("/"):  # a socket's folder
        query["host"], host = host, ""
    default = 5439 if profile.adapter == "redshift" else 5432
    return _server(profile, "postgresql", host, default, _required(profile, "dbname", "database"), query)


def _mysql(profile: Profile) -> str:
    host = str(_required(profile, "server", "host"))
    return _server(profile, profile.adapter, host, 3306, _required(profile, "schema", "database", "dbname"), {})


def _server(profile: Profile, dialect: str, host: str, default: int, database: object, query: Mapping[str, str]) -> str:
    from sqlalchemy import URL

    output = profile.output
    user, password = _required(profile, "user", "username"), output.get("password", output.get("pass"))
    try:
        port = int(output.get("port") or default)
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"{profile.file}: {profile.target}.port: is no number; expected one such as {default}; correct it"
        ) from None
    secret = None if password in (None, "") else str(password)
    url = URL.create(dialect, str(user), secret, host or None, port, str(database), query)
    return url.render_as_string(hide_password=False)


def _sqlite(profile: Profile) -> str | None:
    from sqlalchemy import URL

    schema = str(profile.output.get("schema") or "main")
    paths = profile.output.get("schemas_and_paths")
    path = paths.get(schema) if isinstance(paths, Mapping) else None
    if not path:
        return None
    return URL.create("sqlite", database=str(profile.root / Path(str(path)).expanduser())).render_as_string(hide_password=False)


def _required(profile: Profile, *names: str) -> object:
    for name in names:
        if profile.output.get(name) not in (None, ""):
            return profile.output[name]
    raise ConfigurationError(
        f"{profile.file}: {profile.name}.outputs.{profile.target} has no `{names[0]}`; expected what {profile.adapter} needs; add it"
    )
