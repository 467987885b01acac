"""Make a scratch warehouse of the kind that a profile names, with a profiles.yml of its own, and take it away again.

The user's own warehouse is not touched: on DuckDB it is another file of the same name, since dbt calls the database by the
file's stem; on PostgreSQL a new database beside the user's. Names in a manifest then differ by the database only.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthseed.dbt.profiles import Profile, duckdb_file, warehouse_url
from synthseed.dbt.project import PROFILES
from synthseed.errors import ConfigurationError, ConnectionFailed, SynthseedError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

PREFIX = "synthseed_"
OLD = 86_400  # seconds; a scratch database older than that is of a run that was killed
NAME = re.compile(rf"{PREFIX}(\d{{9,11}})_[0-9a-f]{{8}}")


@dataclass(frozen=True, slots=True)
class Scratch:
    """Hold a scratch warehouse.

    Attributes:
        profiles_dir: Folder of its profiles.yml, which has one profile and one target, both named as the user's.
        url: As `connection.parse_url` reads it. It holds the password; print it by `connection.shown`.
        database: As dbt calls it.
        profile: What stands in that profiles.yml.
    """

    profiles_dir: Path
    url: str
    database: str
    profile: Profile


@contextlib.contextmanager
def scratch(profile: Profile, *, folder: Path | None = None) -> Iterator[Scratch]:
    """Make a scratch warehouse for the block.

    Args:
        folder: Where the temporary folder is made; the system's place by default.

    Raises:
        ConfigurationError: This adapter has none here, or the user may not create databases.
        ConnectionFailed: The server does not answer.
    """
    makers = {"duckdb": _duckdb, "postgres": _postgres}
    if profile.adapter not in makers:
        raise ConfigurationError(
            f"{profile.file}: target {profile.target} is {profile.adapter}; expected {' or '.join(makers)} for a scratch "
            "warehouse; name another target by --target"
        )
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder) as made, makers[profile.adapter](profile, Path(made)) as found:
        yield found


def _written(profile: Profile, folder: Path, output: Mapping[str, Any]) -> Profile:
    """Write profiles.yml, readable by nobody else: it holds the password."""
    import yaml

    # A rendered text that holds braces must not be rendered again by dbt.
    body = {profile.name: {"target": profile.target, "outputs": {profile.target: _raw(dict(output))}}}
    file = folder / PROFILES
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        yaml.safe_dump(body, stream, allow_unicode=True)
    return Profile(file, profile.name, profile.target, profile.adapter, dict(output), profile.root)


def _raw(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _raw(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_raw(item) for item in value]
    if isinstance(value, str) and ("{{" in value or "{%" in value or "{#" in value):
        return "{{ " + repr(value) + " }}"
    return value


# ---------------------------------------------------------------------------------------------- DuckDB
@contextlib.contextmanager
def _duckdb(profile: Profile, folder: Path) -> Iterator[Scratch]:
    name = _file_name(profile)
    file = folder / "warehouse" / name
    file.parent.mkdir()
    output = {**profile.output, "path": str(file), "external_root": str(folder / "external")}
    (folder / "external").mkdir()
    output["attach"] = [_attached(entry, profile, folder / "warehouse", number) for number, entry in enumerate(output.get("attach") or ())]
    for key in ("attach", "remote", "motherduck_token", "is_ducklake"):
        if not output.get(key) or key != "attach":
            output.pop(key, None)
    made = _written(profile, folder, output)
    yield Scratch(folder, warehouse_url(made) or "", name.lstrip(".").split(".")[0], made)


def _file_name(profile: Profile) -> str:
    if file := duckdb_file(profile):
        return file.name
    path = str(profile.output.get("path") or ":memory:")
    if path == ":memory:":
        return "memory.duckdb"  # dbt-duckdb calls it so, `path_derived_database_name`
    stem = re.split(r"[/:]", path.partition("?")[0])[-1].partition(".")[0]
    return f"{stem or 'my_db'}.duckdb"


def _attached(entry: Any, profile: Profile, folder: Path, number: int) -> Any:
    """Return an attached database as an empty one of the same name.

    A database that is only read is left as it is: sources may be in it.
    """
    if not isinstance(entry, dict) or entry.get("read_only"):
        return entry
    stem = re.split(r"[/:]", str(entry.get("path") or "").partition("?")[0])[-1].lstrip(".").partition(".")[0]
    alias = entry.get("alias") or stem or f"attached_{number}"
    (folder / str(number)).mkdir()
    return {"path": str(folder / str(number) / f"{alias}.duckdb"), "alias": alias}


# ---------------------------------------------------------------------------------------------- PostgreSQL
@contextlib.contextmanager
def _postgres(profile: Profile, folder: Path) -> Iterator[Scratch]:
    from synthseed.connection import parse_url

    url = parse_url(warehouse_url(profile) or "")
    name = f"{PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
    with _server(url) as server:
        _drop_old(server)
        _create(server, name, profile)
    try:
        output = {key: value for key, value in profile.output.items() if key != "database"} | {"dbname": name}
        made = _written(profile, folder, output)
        yield Scratch(folder, url.set(database=name).render_as_string(hide_password=False), name, made)
    finally:
        with contextlib.suppress(SynthseedError), _server(url) as server:
            _drop(server, name)


@contextlib.contextmanager
def _server(url: URL) -> Iterator[Connection]:
    """Open a connection outside of any transaction, to the user's database or one that each server has."""
    from synthseed.connection import connect

    failed: ConnectionFailed | None = None
    with contextlib.ExitStack() as stack:
        for database in (url.database, "postgres", "template1"):
            try:
                opened = stack.enter_context(connect(url.set(database=database)))
            except ConnectionFailed as error:
                failed = failed or error
                if "no database" not in str(error):
                    break
                continue
            yield opened.execution_options(isolation_level="AUTOCOMMIT")
            return
    raise failed or ConnectionFailed("no connection")


def _create(server: Connection, name: str, profile: Profile) -> None:
    from sqlalchemy.exc import DBAPIError

    try:
        server.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", "") or ""
        reason = (
            "the user may not create databases; ALTER ROLE ... CREATEDB" if state == "42501" else f"the server refused (SQLSTATE {state})"
        )
        raise ConfigurationError(
            f"{profile.file}: target {profile.target}: no scratch database can be made: {reason}, or name another target by --target"
        ) from None


def _drop_old(server: Connection) -> None:
    names = server.exec_driver_sql(f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%%'").scalars().all()
    for name in names:
        if (found := NAME.fullmatch(name)) and time.time() - int(found[1]) > OLD:
            _drop(server, name)


def _drop(server: Connection, name: str) -> None:
    """Drop a scratch database with the sessions that are left in it; another user's, or one in use by others, stays."""
    from sqlalchemy.exc import DBAPIError

    with contextlib.suppress(DBAPIError):
        server.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND usename = session_user AND pid <> pg_backend_pid()",
            (name,),
        )
    for _ in range(20):  # a session that was ended takes a moment to leave
        try:
            server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}"')
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != "55006":  # object in use
                return
            time.sleep(0.1)
