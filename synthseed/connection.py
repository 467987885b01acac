"""Turn a URL into a connection, and keep its secrets out of every output.

SQLAlchemy masks the password of a URL but not `?password=`, and a driver's message may quote what the server was sent.
So URLs are shown by `shown`, errors are told in our own words, and log records are scrubbed of every secret that was
parsed in this process.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, NullPool, event
from sqlalchemy.dialects import registry
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from synthseed.errors import ConfigurationError, ConnectionFailed, TryAgain, suggestion

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "sqlite": "sqlite",
    "duckdb": "duckdb+synthseed",
}
EXPECTED = (
    "postgresql://user:password@host:port/database, mysql://…, mariadb://…, sqlite:///path, duckdb:///path, "
    "or the path of a .db, .sqlite or .duckdb file"
)
FILES = {".db": "sqlite", ".db3": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".duckdb": "duckdb", ".ddb": "duckdb"}
FILE_BACKENDS = {"sqlite": "an SQLite", "duckdb": "a DuckDB"}
DUCK = (8, b"DUCK")  # where each DuckDB file says what it is (duckdb.org/docs/stable/internals/storage)
SECRET = re.compile(r"pass|pwd|secret|token|odbc_connect", re.IGNORECASE)
TIMEOUT = 10  # seconds to wait for a server; libpq waits for the kernel's (two minutes) by default
SHORTEST = 3  # a shorter secret would blot out half of every text

registry.register(DRIVERS["duckdb"].replace("+", "."), "synthseed.duckdb_dialect", "DuckDBDialect")

_secrets: set[str] = set()


# ---------------------------------------------------------------------------------------------- URLs
def parse_url(text: str) -> URL:
    """Read a URL, or the path of an SQLite or DuckDB file, and name the driver it is reached by.

    Its secrets are scrubbed from every log record of the process from now on.

    Raises:
        ConfigurationError: The text is no URL, or names a dialect that is not installed.
    """
    text = text.strip()
    scheme, there, _ = text.partition("://")
    if not there:
        return _file(text)
    dialect = scheme.lower().partition("+")[0]
    try:
        url = sqlalchemy.make_url(text)
        url = url.set(drivername=DRIVERS.get(dialect, scheme.lower()))
        url.get_dialect()
    except NoSuchModuleError as error:
        near = suggestion(dialect, DRIVERS)
        raise ConfigurationError(f"database URL: unknown dialect `{dialect}`{near}; expected {EXPECTED}") from error
    except (ArgumentError, ValueError) as error:
        # The text is not shown: it cannot be told which part of a malformed URL is the password.
        hint = "the port must be a number, and @ : / # % in a password must be percent-encoded"
        raise ConfigurationError(f"database URL: {dialect}://… cannot be read ({hint}); expected {EXPECTED}") from error
    if url.host and url.host.lower().startswith("%2f"):  # libpq's way to write a socket's folder
        query = {**url.query, "host": re.sub("%2f", "/", url.host, flags=re.IGNORECASE)}
        url = URL.create(url.drivername, url.username, url.password, None, url.port, url.database, query)
    _remember(url)
    return url


def _file(text: str) -> URL:
    path = Path(text).expanduser()
    if text and (path.suffix.lower() in FILES or path.is_file()):
        backend = "duckdb" if _is_duckdb(path) else "sqlite" if path.is_file() else FILES[path.suffix.lower()]
        return URL.create(DRIVERS[backend], database=str(path))
    found = "nothing" if not text else "no URL and no file" if "@" in text else f"`{text}`, which is no URL and no file"
    raise ConfigurationError(f"database URL: found {found}; expected {EXPECTED}")


def _is_duckdb(path: Path) -> bool:
    at, word = DUCK
    try:
        with path.open("rb") as file:
            return file.read(at + len(word))[at:] == word
    except OSError:
        return False


def shown(url: URL | str) -> str:
    """Return a URL as it may be printed: its secrets as ***, wherever they stand."""
    if isinstance(url, str):
        try:
            url = parse_url(url)
        except ConfigurationError:
            scheme, there, _ = str(url).partition("://")
            return f"{scheme}://…" if there else "…"
    hidden = {name: "***" for name in url.query if SECRET.search(name)}
    plain = url.set(drivername=url.get_backend_name()).update_query_dict(hidden)
    return plain.render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


# ---------------------------------------------------------------------------------------------- secrets
class SecretFilter(logging.Filter):
    """Take the secrets of all URLs that were parsed in this process out of a log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub a record in place; every record passes."""
        message = record.getMessage()
        if (clean := scrubbed(message)) != message:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            trace = logging.Formatter().formatException(record.exc_info)
            if (clean := scrubbed(trace)) != trace:
                record.exc_text = clean  # a formatter prints this text where it is there
        return True


def scrubbed(text: str) -> str:
    """Return a text with every known secret as ***."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _remember(url: URL) -> None:
    found = [str(url.password)] if url.password else []
    for name, value in url.query.items():
        if SECRET.search(name):
            found += [value] if isinstance(value, str) else list(value)
    found = [secret for secret in found if len(secret) >= SHORTEST]
    if found and not _secrets:
        _install()
    _secrets.update(form for secret in found for form in (secret, quote(secret, safe=""), quote_plus(secret)))


def _install() -> None:
    # A filter on a logger sees that logger's own records only, and one on a handler misses handlers added later; the
    # factory sees every record (Python's logging cookbook, "Customizing LogRecord").
    before, scrub = logging.getLogRecordFactory(), SecretFilter()

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        scrub.filter(record)
        return record

    logging.setLogRecordFactory(factory)


# ---------------------------------------------------------------------------------------------- connections
@contextmanager
def connect(url: URL | str, *, create: bool = False) -> Iterator[Connection]:
    """Open a connection and close it again, with nothing left open; work that was not committed is rolled back.

    A transaction begins with the first statement, on SQLite too (DDL included). Whoever needs a `PRAGMA` outside of a
    transaction sends it through `connection.connection.cursor()` before the first statement.

    Args:
        url: What `parse_url` returned, or its text.
        create: Make an SQLite or DuckDB file that is missing.

    Raises:
        ConfigurationError: The driver is not installed, or the URL says something that it does not know.
        ConnectionFailed: The server does not answer or refuses, or the file or database is not there.
        TryAgain: Another program holds the DuckDB file.
    """
    url = parse_url(url) if isinstance(url, str) else url
    if url.get_backend_name() in FILE_BACKENDS:
        _need_file(url, create)
    engine = _engine(url)
    try:
        with _opened(engine, url) as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    try:
        engine = sqlalchemy.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=_arguments(url))
    except ImportError as error:
        how = "pip install 'synthseed[duckdb]'" if error.name == "duckdb" else "install it with pip"
        raise ConfigurationError(f"{shown(url)}: its driver is not installed ({error.name}); {how}") from error
    except (ArgumentError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{shown(url)}: its driver does not understand the URL; expected {EXPECTED}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_implicit_transactions)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _arguments(url: URL) -> dict[str, Any]:
    own: dict[str, Any] = {}
    match url.get_backend_name():
        case "postgresql":
            # Texts travel as UTF-8 whatever the database's encoding is (under SQL_ASCII psycopg would give bytes), and
            # a pooler in transaction mode does not know a prepared statement of another session.
            own = {"application_name": "synthseed", "connect_timeout": TIMEOUT, "client_encoding": "utf8"}
            own = {name: value for name, value in own.items() if name not in url.query} | {"prepare_threshold": None}
        case "mysql" | "mariadb":
            own = {"connect_timeout": TIMEOUT} if "connect_timeout" not in url.query else {}
    return own


def _without_implicit_transactions(driver: Any, _record: object) -> None:
    driver.isolation_level = None  # else sqlite3 begins before INSERT only, and DDL is outside of the transaction


@contextmanager
def _opened(engine: Engine, url: URL) -> Iterator[Connection]:
    try:
        connection = engine.connect()
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("select count(*) from sqlite_master")  # the file is not read before
            connection.rollback()
    except DBAPIError as error:
        kind = TryAgain if HELD in str(error.orig) else ConnectionFailed
        raise kind(f"{shown(url)}: {_reason(error, url)}") from None  # a driver's text may quote what was sent
    except UnicodeError as error:
        raise ConnectionFailed(f"{shown(url)}: the host's name cannot be resolved") from error
    with connection:
        yield connection


def _need_file(url: URL, create: bool) -> None:
    name = url.database or ""
    if name in ("", ":memory:") or name.startswith("file:"):
        return
    path, backend = Path(name), url.get_backend_name()
    if path.is_dir():
        raise ConnectionFailed(f"{shown(url)}: {path} is a folder; expected {FILE_BACKENDS[backend]} file")
    if path.exists():
        # Of another file DuckDB would guess what it is, and look for an extension that reads it.
        if backend == "duckdb" and path.stat().st_size and os.access(path, os.R_OK) and not _is_duckdb(path):
            raise ConnectionFailed(f"{shown(url)}: the file is not a DuckDB database; correct the path")
        return
    if not create:
        raise ConnectionFailed(f"{shown(url)}: there is no file {path.absolute()}; create the database first, or correct the path")
    if not path.absolute().parent.is_dir():
        raise ConnectionFailed(f"{shown(url)}: there is no folder {path.absolute().parent}; make it first, or correct the path")


# libpq gives no SQLSTATE for a connection that was refused, only a text (measured, psycopg 3.3.9), which may quote what
# was sent. So it is recognised, never repeated.
HELD = "Could not set lock on file"
REASONS = (
    # DuckDB's, whose texts name the file; of the lock's holder the process is named, where DuckDB knows it.
    (HELD, "another program holds the file{holder}, and DuckDB lets in one that writes; close it there and try again"),
    (r"newer version of DuckDB|database file with version number", "a newer DuckDB wrote the file; pip install --upgrade duckdb"),
    (r"Corrupt database file", "the file is damaged; take it from a backup, or build it again"),
    (r"replaying WAL", "the file beside it that ends in .wal does not fit; open the database once by the program that wrote it"),
    (r"different configuration than existing", "this process has it open with other settings; close that connection first"),
    (r"Cannot open file .*Permission denied", "the file cannot be opened; look at its permissions"),
    (r"database .* does not exist", "there is no database `{database}` on the server; create it, or correct the URL"),
    (
        r"password authentication failed|no password supplied|Access denied",
        "the server refused user `{user}` or its password; correct them",
    ),
    (r"role .* does not exist", "the server has no user `{user}`; create it, or correct the URL"),
    (r"no pg_hba.conf entry", "the server's pg_hba.conf lets user `{user}` not in from here"),
    (r"permission denied for database", "user `{user}` has no CONNECT on the database; GRANT CONNECT ON DATABASE"),
    (r"Connection refused|No such file or directory", "nothing listens at {where}; start the server, or correct host and port"),
    (r"timeout|timed out", "no answer from {where} within {timeout} s; correct host and port, or look for a firewall"),
    (r"resolve|translate host|Name or service|nodename", "host `{host}` is not known; correct the URL"),
    (r"too many (clients|connections)|remaining connection slots", "the server has no connection left; close some, or raise its limit"),
    (r"starting up|shutting down|recovery", "the server is starting up or shutting down; try again shortly"),
    (r"invalid (URI query parameter|connection option)", "the URL has an option that the driver does not know; take it out"),
    (r"invalid response to SSL", "what answers at {where} is no PostgreSQL server; correct host and port"),
    (r"SSL|TLS|certificate", "no encrypted connection could be agreed on; look at `sslmode` in the URL"),
    (r"not a database", "the file is not an SQLite database (or it is encrypted)"),
    (r"unable to open database", "the file cannot be opened; look at its permissions"),
    (r"database is locked", "another program holds the file; close it and try again"),
    (r"Unknown database", "there is no database `{database}` on the server; create it, or correct the URL"),
    (r"Can't connect", "nothing listens at {where}; start the server, or correct host and port"),
)


def _reason(error: DBAPIError, url: URL) -> str:
    text = str(error.orig)
    host = url.host or _first(url.query.get("host")) or "the local socket"
    port = url.port or _first(url.query.get("port"))
    names = {
        "database": url.database or "",
        "user": url.username or "",
        "host": host,
        "where": f"{host}:{port}" if port else host,
        "timeout": _first(url.query.get("connect_timeout")) or TIMEOUT,
        "holder": f" (process {process[1]})" if (process := re.search(r"\(PID (\d+)\)", text)) else "",
    }
    for pattern, reason in REASONS:
        if re.search(pattern, text, re.IGNORECASE):
            return reason.format(**names)
    if url.get_backend_name() in FILE_BACKENDS:
        return f"the file cannot be opened ({type(error.orig).__name__}); see whether another program can"
    state = getattr(error.orig, "sqlstate", None)
    return f"no connection to {names['where']}{f' (SQLSTATE {state})' if state else ''}; look at the server's log"


def _first(value: tuple[str, ...] | str | None) -> str | None:
    return value[0] if isinstance(value, tuple) else value
