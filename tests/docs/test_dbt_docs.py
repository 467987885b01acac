"""Hold docs/dbt.md and its workflow against the commands, and run what they show on the project that they speak of."""

import re
import shlex
from pathlib import Path

import yaml
from typer.main import get_command

from synthseed import dbt_plugin
from synthseed.cli import app

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "dbt.md").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load((DOCS / "dbt-github-actions.yml").read_text(encoding="utf-8"))
COMMANDS = get_command(app).commands["dbt"].commands
DBT_WORDS = {"build", "deps", "seed", "compile", "parse", "run"}


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def shell_lines():
    """Return every command that the page or the workflow shows."""
    steps = [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step]
    return [shlex.split(line, comments=True) for text in (*blocks("sh"), *steps) for line in text.splitlines()]


def options(name):
    return {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_every_command_shown_parses():
    shown = [words[2:] for words in shell_lines() if words[:2] == ["synthseed", "dbt"]]

    assert {words[0] for words in shown} == set(COMMANDS)
    for name, *rest in shown:
        COMMANDS[name].make_context(name, list(rest))  # raises on what it does not know


def test_every_option_named_exists():
    known = set().union(*(options(name) for name in COMMANDS)) | {"--exclude"}  # the last is dbt's

    assert sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE)) - known) == []


def test_every_dbt_command_shown_is_dbts_own():
    assert {words[1] for words in shell_lines() if words[0] == "dbt"} <= DBT_WORDS


def test_commands_named_in_the_text_exist():
    named = set(re.findall(r"`synthseed dbt (\w+)", PAGE))

    assert named <= set(COMMANDS)
    assert "reset" in get_command(app).commands  # the page sends whoever wants fewer rows there


def test_plugin_takes_what_the_page_says():
    above, below = (yaml.safe_load(text) for text in blocks("yaml"))
    line = PAGE.partition("It takes ")[2].partition(".")[0]

    assert above["plugins"][0]["module"] == dbt_plugin.__name__
    assert below["config"]["meta"]["plugin"] == above["plugins"][0]["alias"]
    assert set(re.findall(r"`(\w+)`", line)) | set(above["plugins"][0]["config"]) <= set(dbt_plugin.OPTIONS)


def test_workflow_fills_before_it_builds():
    for job in WORKFLOW["jobs"].values():
        runs = [step["run"].split(" --")[0] for step in job["steps"] if "run" in step]

        assert runs[1:] == ["dbt deps", "synthseed dbt fill", "dbt build"]


def test_workflow_pins_a_dbt_that_installs():
    for job in WORKFLOW["jobs"].values():
        install = next(step["run"] for step in job["steps"] if step.get("run", "").startswith("pip install"))

        assert "dbt-core>=1.11,<1.12" in install
