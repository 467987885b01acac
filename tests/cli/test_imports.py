"""Heavy packages are loaded where they are needed and nowhere else; nothing but the database is contacted."""

import json
import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "pandas", "numpy", "pyarrow", "openai", "psycopg", "rich", "sqlglot", "yaml"}
MODULES = "\nimport sys, json; sys.stderr.write(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
SOCKETS = """
import sys, json
asked = []
sys.addaudithook(lambda event, args: asked.append([event, repr(args[1:])]) if event in ('socket.connect', 'socket.getaddrinfo') else None)
"""


def loaded(code):
    done = subprocess.run([sys.executable, "-c", code + MODULES], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def command(*arguments):
    return f"from synthseed.cli import main\ntry: main({[*arguments]!r})\nexcept SystemExit as done: assert not done.code\n"


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded("import synthseed") & HEAVY


@pytest.mark.parametrize("arguments", [["--help"], ["fill", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments):
    assert not loaded(command(*arguments)) & HEAVY


def test_filling_sqlite_loads_no_other_driver_and_no_frames(library):
    found = loaded(command("fill", "--url", library.url, "--rows", "20", "--quiet"))

    assert library.count("books") == 20
    assert "pyarrow" in found
    assert not found & {"psycopg", "openai", "pandas"}


@pytest.mark.parametrize(
    "arguments", [["fill", "--rows", "5", "--quiet"], ["plan"], ["preview", "authors"], ["explain", "books", "0"], ["reset"]]
)
def test_no_command_asks_the_network(library, arguments):
    code = SOCKETS + command(*arguments, "--url", library.url) + "\nsys.stderr.write(json.dumps(asked))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stderr.splitlines()[-1]) == []


def test_every_public_name_is_there():
    import synthseed

    assert [name for name in synthseed.__all__ if not callable(getattr(synthseed, name))] == []
