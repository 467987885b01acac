"""Call the user's own dbt as a process, whatever its version, and tell its errors in its own words.

Nothing of the project is written: artifacts and logs go where the caller says, and usage statistics stay off, which also
keeps dbt from writing `.user.yml`. Colours are turned off by environment, which every version understands.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from synthseed.dbt.project import Project
from synthseed.dbt.rendering import SECRET_PREFIX, read_yaml
from synthseed.dbt.unparsed import readable
from synthseed.errors import ConfigurationError

INSTALL = "pip install 'dbt-core>=1.11,<1.12' dbt-duckdb"
LONGEST = 1800.0  # seconds for one call
POLL = 0.02  # seconds between two looks at the child
PATIENCE = (10.0, 5.0)  # seconds that a child gets after SIGINT (dbt then cancels its queries), and after SIGTERM
SHORTEST = 3  # a shorter secret would blot out half of every text
PARSED = "partial_parse.msgpack"  # what dbt has parsed; it checks itself what of it holds
LINES = 12  # of dbt's own message in one of ours
# A script's own folder comes first on Python's path, and its files would stand in the way of modules of the same name.
START = "import runpy, sys; sys.path.pop(0); sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NOISE = (
    "Exception ignored",
    "Traceback",
    "Usage:",
    "[WARNING]",
    "Done. PASS=",
    "Error uploading artifacts",
)  # what follows an error of dbt and is none
ENVIRONMENT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "DBT_USE_COLORS": "false",
    "DBT_USE_COLORS_FILE": "false",
    "NO_COLOR": "1",
    "DBT_LOG_FORMAT": "default",
    "DBT_QUIET": "false",
    "DBT_DEBUG": "false",
    "DBT_FAIL_FAST": "false",
    "DBT_STATIC_PARSER": "true",
    "PYTHONIOENCODING": "utf-8",
}
ADVICE = (
    (r"Run \"?dbt deps|packages? specified in .* only \d+ packages? installed", "run `dbt deps` in the project first"),
    (r"Could not find adapter type (\w+)", "install the adapter beside dbt: pip install dbt-{0}"),
    (r"require-dbt-version|not supported with this version of dbt", "install the dbt that the project asks for, and name it by --dbt"),
    (r"Env var required but not provided: '?(\w+)", "set the environment variable {0}, as your own `dbt` needs it too"),
    (r"Required var '(\w+)'", "give the variable {0} by --vars"),
    (r"Could not set lock on file", "another program holds the DuckDB file; close it there and try again"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what a call of dbt did.

    Attributes:
        code: Its exit code: 0 done, 1 something of the project failed, 2 dbt itself could not work.
        log_text: What it printed, without secrets.
        target_path: Where its artifacts are.
    """

    code: int
    log_text: str
    target_path: Path
    seconds: float

    @property
    def said(self) -> str:
        """Return dbt's own words on what went wrong, without times and headings."""
        lines = [re.sub(r"^\d\d:\d\d:\d\d(\.\d+)?\s*", "", line).rstrip() for line in self.log_text.splitlines()]
        starts = [at for at, line in enumerate(lines) if re.search(r"Encountered an error|^\s*error:|\bError\b.*:|\w+ Error( in|$)", line)]
        lines = lines[starts[0] :] if starts else lines[-LINES:]
        lines = [line.strip() for line in lines if line.strip() and not line.startswith("Encountered an error")]
        ends = [at for at, line in enumerate(lines) if line.startswith(NOISE) and at]
        return "\n  ".join(lines[: min([LINES, *ends])])

    @property
    def todo(self) -> str:
        """Return what to do where something of the machine or the command line is amiss; empty for all else."""
        for pattern, todo in ADVICE:
            if found := re.search(pattern, self.log_text, re.IGNORECASE):
                return todo.format(*found.groups())
        return ""

    def failure(self, what: str) -> ConfigurationError:
        """Return the error of this call, in dbt's own words and with what to do."""
        advice = self.todo or "correct it, or look whether `dbt parse` works for you"
        return ConfigurationError(f"{what}: dbt ended with code {self.code}; expected 0; {advice}. dbt says:\n  {self.said or '(nothing)'}")


@dataclass(frozen=True, slots=True)
class Dbt:
    """Name the user's dbt.

    Attributes:
        command: The first words of its command line.
    """

    command: tuple[str, ...]

    @property
    def python(self) -> str | None:
        """Return the interpreter that its script names; None for a binary (dbt 2, Windows) or a shell's wrapper."""
        if len(self.command) > 1:
            return self.command[0]
        return _interpreter(Path(self.command[0]))

    def version(self) -> str:
        """Return its version, such as `1.11.16` or `2.0.1`.

        Where dbt is a Python program its package is asked: `dbt --version` looks for newer ones over the network.

        Raises:
            ConfigurationError: What stands there is no dbt, or dbt Cloud's client.
        """
        ask = "from importlib.metadata import version; print(version('dbt-core'))"
        if python := self.python:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                done = subprocess.run([python, "-c", ask], capture_output=True, text=True, timeout=30)
                if done.returncode == 0 and done.stdout.strip():
                    return done.stdout.strip()
        shown = " ".join(self.command)
        try:
            done = subprocess.run(
                [*self.command, "--version"], capture_output=True, text=True, timeout=60, env={**os.environ, **ENVIRONMENT}
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ConfigurationError(f"{shown}: `--version` does not work ({type(error).__name__}); expected dbt; {INSTALL}") from error
        return parse_version(done.stdout + done.stderr, shown)

    def run(
        self,
        args: Sequence[str],
        *,
        project: Project,
        target_path: Path,
        profiles_dir: Path | None = None,
        target: str | None = None,
        vars: Mapping[str, Any] | None = None,  # noqa: A002  # dbt's own word, as `--vars`
        env: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
        timeout: float = LONGEST,
        script: Path | None = None,
        parsed: Path | None = None,
    ) -> Outcome:
        """Run one command of dbt and wait for its end. An exit code other than 0 is no error here.

        Args:
            args: The command and its own options: `["compile", "--select", "orders"]`.
            target_path: Folder for artifacts, logs too; it is made.
            env: Environment variables over the process's own.
            secrets: Texts that are never printed (`Profile.secrets`).
            timeout: Seconds until it is stopped.
            script: A Python program that is run by dbt's interpreter in dbt's place.
            parsed: Folder of artifacts of an earlier call: what dbt has parsed before it does not parse again, as far as it holds.

        Raises:
            ConfigurationError: Packages are not installed, dbt cannot be started, or it did not end in time.
            KeyboardInterrupt: After the child has been stopped too.
        """
        _check_packages(project, args)
        target_path = target_path.absolute()
        target_path.mkdir(parents=True, exist_ok=True)
        if parsed is not None and (parsed / PARSED).is_file() and not project.unparsed:  # a stand-in lies elsewhere each time
            # Saves 2 s of a small project's 4 (measured, 1.11.16).
            shutil.copy(parsed / PARSED, target_path)
        command = [*(self.command if script is None else (str(self.python), "-c", START, str(script))), *args]
        command += ["--profiles-dir", str(profiles_dir or project.profiles_dir())]
        command += ["--target-path", str(target_path), "--log-path", str(target_path / "logs")]
        command += ["--target", target] if target else []
        command += ["--vars", json.dumps(dict(vars))] if vars else []
        began = time.monotonic()
        try:
            with readable(project) as folder:
                command += ["--project-dir", str(folder)]
                code, text = _call(command, project.root, {**os.environ, **ENVIRONMENT, **(env or {})}, timeout)
        except TimeoutError:
            raise ConfigurationError(
                f"dbt {args[0]}: has not ended after {timeout:.0f} s; expected an end before; it was stopped: "
                "look at what the warehouse is doing, or allow more time"
            ) from None
        return Outcome(code, without(text, secrets), target_path, time.monotonic() - began)


# ---------------------------------------------------------------------------------------------- finding
def find_dbt(given: str | Path | None = None) -> Dbt:
    """Find dbt: the one named, the one on the PATH, the one beside this Python.

    Raises:
        ConfigurationError: There is none, with how to install it.
    """
    if given is not None:
        found = shutil.which(str(Path(given).expanduser()))
        if found is None:
            raise ConfigurationError(
                f"--dbt {given}: is no program that can be run; expected the path of dbt, such as .venv/bin/dbt; correct it"
            )
        return Dbt((os.path.abspath(found),))
    beside = shutil.which("dbt", path=str(Path(sys.executable).parent))
    if found := shutil.which("dbt") or beside:
        return Dbt((os.path.abspath(found),))
    with contextlib.suppress(metadata.PackageNotFoundError):
        metadata.version("dbt-core")
        return Dbt((sys.executable, "-m", "dbt.cli.main"))
    raise ConfigurationError(f"dbt: not found on the PATH; expected your own dbt, 1.11 or later; {INSTALL}, or name it by --dbt")


def parse_version(text: str, shown: str = "dbt") -> str:
    """Read what `dbt --version` prints.

    Raises:
        ConfigurationError: It is not what dbt prints.
    """
    if re.search(r"dbt (Cloud|platform) CLI", text, re.IGNORECASE):
        raise ConfigurationError(
            f"{shown}: is dbt Cloud's client, which works elsewhere; expected dbt on this machine; {INSTALL}, and --dbt"
        )
    for pattern in (r"installed:\s*v?(\d[\w.+-]*)", r"^\s*dbt(?:-fusion|-core)?[ =]+v?(\d[\w.+-]*)"):
        if found := re.search(pattern, text, re.MULTILINE | re.IGNORECASE):
            return found[1]
    raise ConfigurationError(f"{shown}: `--version` printed no version of dbt; expected dbt, 1.11 or later; {INSTALL}, or name it by --dbt")


def _interpreter(script: Path) -> str | None:
    try:
        with script.open("rb") as file:
            head = file.read(1024).decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    first = head[0] if head else ""
    # pip writes the second form where the path is long or holds a space (distlib, scripts.py).
    wrapped = re.match(r"'''exec' (?:\"([^\"]+)\"|(\S+))", head[1]) if first.startswith("#!/bin/sh") and len(head) > 1 else None
    if wrapped:
        return _program(wrapped[1] or wrapped[2])
    direct = re.match(r"#!\s*(?:/usr/bin/env\s+)?(\S*python[\d.]*)\s*$", first)
    return _program(direct[1]) if direct else None


def _program(name: str) -> str | None:
    return shutil.which(name)


# ---------------------------------------------------------------------------------------------- calling
def _check_packages(project: Project, args: Sequence[str]) -> None:
    if args[:1] == ["deps"] or (project.packages_path.is_dir() and any(project.packages_path.iterdir())):
        return
    for name in ("packages.yml", "dependencies.yml"):
        file = project.root / name
        if file.is_file() and file.stat().st_size and (packages := read_yaml(file, "a list of packages").get("packages")):
            raise ConfigurationError(
                f"{file}: names {len(packages)} package{'s' * (len(packages) != 1)}, and {project.packages_path} is not there; "
                "expected them installed; run `dbt deps` first"
            )


def _call(command: Sequence[str], folder: Path, env: Mapping[str, str], timeout: float) -> tuple[int, str]:
    with tempfile.TemporaryFile() as output:
        with _child(command, folder, env, output) as child:
            deadline = time.monotonic() + timeout
            # Waited for here and not in `subprocess`: a Ctrl-C strikes at once between two calls (see `interrupts`).
            while child.poll() is None:
                if time.monotonic() > deadline:
                    raise TimeoutError
                time.sleep(POLL)
        output.seek(0)
        # Before dbt 1 has read its settings it prints colours whatever it was told.
        return child.returncode, COLOUR.sub("", output.read().decode("utf-8", "replace"))


@contextlib.contextmanager
def _child(command: Sequence[str], folder: Path, env: Mapping[str, str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process in a group of its own, so that it and its children can be stopped together."""
    try:
        child = subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    except OSError as error:
        raise ConfigurationError(f"{command[0]}: cannot be started ({type(error).__name__}); expected dbt; {INSTALL}, or --dbt") from error
    try:
        yield child
    finally:
        if child.poll() is None:
            _stop(child)


def _stop(child: subprocess.Popen[bytes]) -> None:
    for number, patience in zip((signal.SIGINT, signal.SIGTERM), PATIENCE, strict=True):
        _send(child, number)
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            child.wait(patience)
            return
    _send(child, None)
    child.wait()


def _send(child: subprocess.Popen[bytes], number: signal.Signals | None) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            child.terminate() if number else child.kill()
        else:
            os.killpg(child.pid, number or signal.SIGKILL)


def without(text: str, secrets: Collection[str]) -> str:
    """Return a text with secrets as ***: those given, of URLs that were parsed, of DBT_ENV_SECRET variables."""
    from synthseed.connection import scrubbed

    named = [value for name, value in os.environ.items() if name.startswith(SECRET_PREFIX)]
    for secret in sorted({*secrets, *named}, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, "***")
    return scrubbed(text)
