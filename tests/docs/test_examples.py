"""Run every example of the documents: files are written, commands and Python are run, in the order of the page."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import synthseed

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: file=(?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    return [(found["kind"], found["file"], found["text"]) for found in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8"))]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", ["tutorial.md", "plan.md", "law.md", "commands.md", "examples.md"])
def test_every_example_runs(page, tmp_path):
    for _, file, text in blocks("tutorial.md"):  # the library that every page speaks of
        if file:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(text, encoding="utf-8")
    if page == "examples.md":
        shutil.copytree(ROOT / "seeds_config" / "examples", tmp_path / "seeds_config" / "examples", ignore=shutil.ignore_patterns("*.db*"))
    ran, folder, printed = 0, tmp_path, ""
    for kind, file, text in blocks(page):
        if file:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(text, encoding="utf-8")
        elif kind == "console":
            for line in text.splitlines():
                if line.startswith("$ cd "):
                    folder = (folder / line.removeprefix("$ cd ")).resolve()
                else:
                    printed = run([sys.executable, "-m", "synthseed.cli", *line.removeprefix("$ synthseed ").split()], folder)
                ran += 1
        elif kind == "text":  # what the last command printed
            assert text.strip() in printed
        elif kind == "python":
            run([sys.executable, "-c", text], tmp_path)
            ran += 1

    assert ran


def test_every_option_of_every_command_is_documented():
    from typer.main import get_command

    from synthseed.cli import app

    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    unbuilt = {"--help"}
    missing = [
        f"{name} {option}"
        for name, command in get_command(app).commands.items()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option not in unbuilt and f"{option}" not in text
    ]

    assert missing == []


def test_every_verb_is_documented():
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    verbs = [name for name in synthseed.__all__ if name[0].islower()]

    assert [name for name in verbs if f"`{name}`" not in text and f"synthseed.{name}`" not in text] == []


def test_links_between_pages_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
