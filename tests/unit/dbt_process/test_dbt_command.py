"""dbt is found, called in a place of ours, stopped with us, and quoted without secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from synthseed.dbt import command
from synthseed.dbt.command import Dbt, Outcome
from synthseed.dbt.project import Project
from synthseed.errors import ConfigurationError


def program(folder: Path, body: str, name: str = "dbt") -> Path:
    """Write a program that stands where dbt stands, without its five seconds of start."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!{sys.executable}\nimport os, sys, time, pathlib\n{body}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def project(root: Path) -> Project:
    root.mkdir(parents=True, exist_ok=True)
    return Project(root, "shop", "shop", root / "target", root / "dbt_packages")


def run(tmp_path: Path, body: str, *args: str, **options: object) -> Outcome:
    dbt = Dbt((str(program(tmp_path / "bin", body)),))
    place = {"target_path": tmp_path / "out", "profiles_dir": tmp_path}
    return dbt.run(args or ["compile"], project=project(tmp_path / "shop"), **place, **options)  # type: ignore[arg-type]  # options of one test each


def test_what_was_parsed_before_is_handed_on_unless_a_stand_in_is_read(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / command.PARSED).write_text("parsed", encoding="utf-8")
    says = "print(os.path.exists(sys.argv[sys.argv.index('--target-path') + 1] + '/partial_parse.msgpack'))"
    dbt = Dbt((str(program(tmp_path / "bin", says)),))
    whole = project(tmp_path / "shop")
    (whole.root / "a.sql").write_text("", encoding="utf-8")

    def said(one: Project, place: str) -> str:
        options = {"target_path": tmp_path / place, "profiles_dir": tmp_path, "parsed": tmp_path / "before"}
        return dbt.run(["build"], project=one, **options).log_text.strip()  # type: ignore[arg-type]  # paths, all of them

    assert said(whole, "first") == "True"
    assert said(replace(whole, unparsed={"a.sql": "why"}), "second") == "False"


# ---------------------------------------------------------------------------------------------- finding
def test_the_dbt_that_is_named_wins_over_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, other = program(tmp_path / "a", ""), program(tmp_path / "b", "")
    monkeypatch.setenv("PATH", str(other.parent))

    assert command.find_dbt(named).command == (str(named),)
    assert command.find_dbt().command == (str(other),)


def test_a_dbt_that_is_no_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--dbt .*nothing: is no program.*\.venv/bin/dbt"):
        command.find_dbt(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("Core:\n  - installed: 1.11.16\n  - latest:    1.12.6  - Update available!\n", "1.11.16"),
        ("installed version: 0.20.0\n  - installed: 1.10.0-rc1\n", "1.10.0-rc1"),
        ("dbt-fusion 2.0.0-preview.76", "2.0.0-preview.76"),
        ("dbt 2.0.1\n", "2.0.1"),
    ],
)
def test_every_dbt_tells_its_version(printed: str, version: str) -> None:
    assert command.parse_version(printed) == version


def test_the_client_of_dbt_cloud_is_no_dbt() -> None:
    with pytest.raises(ConfigurationError, match="dbt Cloud's client"):
        command.parse_version("dbt Cloud CLI - 0.38.22")


def test_what_prints_no_version_is_no_dbt(tmp_path: Path) -> None:
    hello = tmp_path / "hello"
    hello.write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    hello.chmod(0o755)

    with pytest.raises(ConfigurationError, match="printed no version of dbt"):
        Dbt((str(hello),)).version()


def test_the_interpreter_of_a_script_is_known(tmp_path: Path) -> None:
    wrapped = tmp_path / "wrapped"
    wrapped.write_text(f"#!/bin/sh\n'''exec' \"{sys.executable}\" \"$0\" \"$@\"\n' '''\n", encoding="utf-8")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\x7fELF\x00\x01")

    assert Dbt((str(program(tmp_path, "")),)).python == sys.executable
    assert Dbt((str(wrapped),)).python == sys.executable
    assert Dbt((str(binary),)).python is None


# ---------------------------------------------------------------------------------------------- calling
def test_nothing_is_written_into_the_project(tmp_path: Path) -> None:
    body = "print(sys.argv[1:], os.getcwd(), os.environ['DBT_SEND_ANONYMOUS_USAGE_STATS'], os.environ['DBT_USE_COLORS'])"

    outcome = run(tmp_path, body, "compile", "--select", "a", target="dev", vars={"x": "ä b"})

    for words in (f"'--target-path', '{tmp_path}/out'", f"'--log-path', '{tmp_path}/out/logs'", "'--target', 'dev'", "--vars"):
        assert words in outcome.log_text
    assert outcome.log_text.rstrip().endswith(f"{tmp_path}/shop false false")
    assert (outcome.code, outcome.target_path) == (0, tmp_path / "out")


def test_packages_that_are_not_installed_are_said_before_dbt_starts(tmp_path: Path) -> None:
    project(tmp_path / "shop")
    (tmp_path / "shop" / "packages.yml").write_text("packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.0.0\n", encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"packages.yml: names 1 package, .*run `dbt deps` first"):
        run(tmp_path, "print('started')")
    assert not (tmp_path / "out").exists()


def test_an_error_is_told_in_the_words_of_dbt(tmp_path: Path) -> None:
    said = "12:00:00  Running with dbt=1.11.16\n12:00:01  Encountered an error:\nRuntime Error\n  Could not find adapter type oracle!"

    outcome = run(tmp_path, f"print({said!r}); sys.exit(2)")

    text = str(outcome.failure("shop"))
    assert text.startswith("shop: dbt ended with code 2; expected 0; install the adapter beside dbt: pip install dbt-oracle.")
    assert "Could not find adapter type oracle!" in text
    assert "Running with" not in text


def test_secrets_are_taken_out_of_what_dbt_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_TOKEN", "hush-hush")

    outcome = run(tmp_path, "print('a word1 b hush-hush c'); sys.exit(1)", secrets=("word1",))

    assert outcome.log_text.strip() == "a *** b *** c"


def test_a_call_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    began = time.monotonic()

    with pytest.raises(ConfigurationError, match="dbt compile: has not ended after 1 s"):
        run(tmp_path, "time.sleep(60)", timeout=1)
    assert time.monotonic() - began < 45


CALLER = """
import sys
from pathlib import Path
from synthseed.dbt.command import Dbt
from synthseed.dbt.project import Project
root = Path(sys.argv[1])
project = Project(root, "shop", "shop", root / "target", root / "dbt_packages")
Dbt((str(root / "dbt"),)).run(["build"], project=project, target_path=root / "out", profiles_dir=root)
"""


def test_an_interrupt_ends_dbt_too(tmp_path: Path) -> None:
    program(tmp_path, f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); time.sleep(60)")
    caller = subprocess.Popen([sys.executable, "-c", CALLER, str(tmp_path)], stderr=subprocess.DEVNULL)
    pid = wait_for(tmp_path / "pid")

    caller.send_signal(signal.SIGINT)
    caller.wait(45)

    assert caller.returncode != 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def wait_for(file: Path) -> int:
    for _ in range(400):
        if file.is_file() and file.read_text():
            return int(file.read_text())
        time.sleep(0.05)
    raise AssertionError(f"{file} was not written")
