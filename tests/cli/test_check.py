"""`plan --check` says with its exit code whether plan and database agree, and changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_demos_plan_is_the_plan_of_the_demos_database(run, tmp_path):
    shutil.copytree(ROOT / "seeds_config", tmp_path / "seeds_config", ignore=shutil.ignore_patterns("examples", "*.db"))

    done = run("plan", "--db", "dev", "--check")

    assert (done.code, done.out.count("\n")) == (0, 1), done.out + done.err
    assert "nothing differs" in done.out


def test_a_database_without_a_plan_differs(run, library, configured, tmp_path):
    done = run("plan", "--db", "dev", "--check")
    told = run("plan", "--url", library.url, "--check", "--json")

    assert (done.code, told.code) == (3, 3)
    assert "there is no plan" in done.out
    assert "synthseed plan --db dev" in done.out
    assert json.loads(told.out)["plan"] is None
    assert not (tmp_path / "seeds_config" / "plans").exists()


def test_each_difference_has_a_line_and_the_command_mends_them(run, library, configured):
    run("plan", "--db", "dev")
    library.execute(
        "alter table books add column pages integer; alter table books drop column price; create table shelves (id integer primary key);"
    )

    differs = run("plan", "--db", "dev", "--check")
    mended = run("plan", "--db", "dev")
    agrees = run("plan", "--db", "dev", "--check")

    assert (differs.code, mended.code, agrees.code) == (3, 0, 0)
    assert differs.out.splitlines()[1:] == [
        "  shelves: is in the database and not in the plan",
        "  books.pages: is in the database and not in the plan",
        "  books.price: is in the plan and not in the database",
        "Bring the plan up to date: synthseed plan --db dev",
    ]
    assert [line.strip() for line in mended.err.splitlines()] == [
        "- books.price: gone from the database, taken out",
        "- shelves: new, planned",
        "- books.pages: new, planned",
    ]


def test_a_database_that_is_not_there_is_an_error_and_no_difference(run, configured, library):
    library.path.unlink()

    assert run("plan", "--db", "dev", "--check").code == 1
