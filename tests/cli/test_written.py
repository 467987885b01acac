"""A model may write the rows of a small table itself: exactly as many as were asked for arrive, and they stand in the plan."""

from __future__ import annotations

import csv
import itertools
import json
import re

import pytest

from synthseed.testing import Fault, ModelServer

TABLES = """
create table genres (id integer primary key, name varchar(40) not null unique, note varchar(80));
create table films (id integer primary key, genre_id integer not null references genres, title varchar(80) not null,
    year integer not null check (year between 1950 and 2025));
"""


TURN = itertools.count()


def rows_of(asked):
    """Answer with rows of films, each another; half as many again as were asked for."""
    count = int(re.search(r"rows: (\d+)", asked.user)[1])
    columns = re.search(r"columns: (.*)", asked.user)[1].split(", ")
    first = next(TURN) * 1000
    rows = []
    for number in range(first, first + count + count // 2):
        cells = {"title": f"Film no. {number}", "year": str(1950 + number % 70), "name": f"Genre {number}", "note": None}
        rows.append({"n": number, "cells": [cells[column] for column in columns]})
    return json.dumps({"rows": rows})


@pytest.fixture
def films(library):
    library.execute("drop table books; drop table authors;" + TABLES)
    return library


def test_exactly_as_many_rows_arrive_as_were_asked_for(run, films, tmp_path):
    with ModelServer(rows_of) as server:
        arguments = ("--url", films.url, "--base-url", server.base_url, "--planner", "offline")
        wrong = run("fill", *arguments, "--direct", "films=25")
        done = run("fill", "--url", films.url, "--direct", "films=25", OPENAI_BASE_URL=server.base_url, SYNTHSEED_CACHE=str(tmp_path / "c"))

    assert wrong.code == 1
    assert done.code == 0, done.err
    assert films.query("select count(*), count(distinct title) from films") == [(25, 25)]
    assert films.query("select count(*) from films where title not like 'Film no. %'") == [(0,)]
    assert films.query("select count(*) from films where genre_id not in (select id from genres)") == [(0,)]
    assert len(server.requests) == 1


def test_the_rows_are_stored_in_the_plan_and_asked_for_once(run, films, tmp_path):
    (tmp_path / "seeds_config").mkdir()
    with ModelServer(rows_of) as server:
        (tmp_path / "seeds_config" / "synthseed.yml").write_text(
            f"model: {{base_url: '{server.base_url}'}}\ndatabases: {{dev: {{url: '{films.url}'}}}}\n"
        )
        planned = run("plan", "--db", "dev", "--direct", "films=100", SYNTHSEED_CACHE=str(tmp_path / "c"))
        filled = run("fill", "--db", "dev", "--rows", "films=120")
        asked = len(server.requests)

    text = (tmp_path / "seeds_config" / "plans" / "dev" / "films.yml").read_text()
    assert (planned.code, filled.code) == (0, 0), planned.err + filled.err
    assert text.count("title: Film no.") == 100
    assert "count: 100" in text
    assert asked == 2  # forty at once, of which it writes sixty
    assert films.query("select count(*) from films") == [(120,)]
    assert films.query("select count(*) from films where title like 'Film no. %'") == [(100,)]
    assert "sent sha256" in planned.err


def test_rows_written_in_a_plan_are_asked_for_where_a_model_may_be_asked(run, films, tmp_path):
    (tmp_path / "seeds_config").mkdir()
    config = tmp_path / "seeds_config" / "synthseed.yml"
    config.write_text(f"databases: {{dev: {{url: '{films.url}'}}}}\n")
    run("plan", "--db", "dev")
    file = tmp_path / "seeds_config" / "plans" / "dev" / "genres.yml"
    file.write_text(re.sub(r"^rows: .*$", "count: 7\nrows: written", file.read_text(), flags=re.MULTILINE))
    refused = run("fill", "--db", "dev")
    with ModelServer(rows_of) as server:
        config.write_text(f"planner: openai\nmodel: {{base_url: '{server.base_url}'}}\n{config.read_text()}")
        done = run("fill", "--db", "dev", SYNTHSEED_CACHE=str(tmp_path / "c"))

    assert refused.code == 1
    assert "waits for a model" in refused.err
    assert done.code == 0, done.err
    assert films.query("select count(*) from genres where name like 'Genre %'") == [(7,)]
    assert file.read_text().count("name: Genre") == 7


def test_written_rows_can_be_saved_as_csv(run, films, tmp_path):
    with ModelServer(rows_of) as server:
        done = run(
            "fill", "--url", films.url, "--direct", "films=10", "--out", "files",
            OPENAI_BASE_URL=server.base_url, SYNTHSEED_CACHE=str(tmp_path / "c"),
        )  # fmt: skip

    rows = list(csv.DictReader((tmp_path / "files" / "films.csv").read_text().splitlines()))
    assert done.code == 0, done.err
    assert [row["title"].startswith("Film no. ") for row in rows] == [True] * 10


def test_unsound_rows_are_dropped_and_the_rest_is_the_plans(run, films, tmp_path):
    cells = (["Good", "1999"], ["Too old", "1200"], ["x" * 99, "2000"])
    answer = json.dumps({"rows": [{"n": number, "cells": row} for number, row in enumerate(cells, 1)]})
    environment = {"SYNTHSEED_CACHE": str(tmp_path / "c")}
    with ModelServer(answer) as server:
        done = run("fill", "--url", films.url, "--direct", "films=12", OPENAI_BASE_URL=server.base_url, **environment)

    assert done.code == 0, done.err
    assert films.query("select count(*) from films") == [(12,)]
    assert films.query("select count(*) from films where title = 'Good'") == [(1,)]
    assert "films: the model wrote 1 of 12 rows; the others are the plan's" in done.out


def test_nonsense_leaves_the_database_as_it_was(run, films, tmp_path):
    with ModelServer("I cannot do that.") as server:
        done = run("fill", "--url", films.url, "--direct", "films=12", "--quiet", OPENAI_BASE_URL=server.base_url)

    assert done.code == 1
    assert "cannot be used" in done.err
    assert films.query("select count(*) from films") == [(0,)]


def rows_fail(asked):
    return Fault(400, {"error": {"message": "no"}}) if "<write>" in asked.user else None


def test_a_plan_that_was_saved_before_its_rows_failed_is_named(run, films, tmp_path):
    (tmp_path / "seeds_config").mkdir()
    (tmp_path / "seeds_config" / "synthseed.yml").write_text(f"planner: openai\ndatabases: {{dev: {{url: '{films.url}'}}}}\n")
    with ModelServer(rows_fail) as server:
        done = run("fill", "--db", "dev", "--direct", "films=5", "--base-url", server.base_url, SYNTHSEED_CACHE=str(tmp_path / "c"))

    assert done.code == 1
    assert "othing was saved" not in done.err
    assert "saved as seeds_config/plans/dev/" in done.err
    assert (tmp_path / "seeds_config" / "plans" / "dev" / "films.yml").is_file()
    assert films.query("select count(*) from films") == [(0,)]


@pytest.mark.parametrize("verb", ["plan", "fill"])
def test_a_budget_is_that_of_the_whole_run(run, films, tmp_path, verb):
    (tmp_path / "seeds_config").mkdir()
    (tmp_path / "seeds_config" / "synthseed.yml").write_text(
        f"planner: openai\nbudget: {{max_requests: 1}}\ndatabases: {{dev: {{url: '{films.url}'}}}}\n"
    )
    with ModelServer() as server:
        done = run(verb, "--db", "dev", "--direct", "films=5", "--base-url", server.base_url, SYNTHSEED_CACHE=str(tmp_path / "c"))

    assert (done.code, len(server.requests)) == (1, 1)
    assert "budget.max_requests is 1" in done.err


@pytest.mark.parametrize("direct", ["films=0", "films=501", "films=\u00b3", "films=" + "9" * 5000, "filmz=5"])
def test_what_cannot_be_written_is_refused_before_anything_is_asked(run, films, tmp_path, direct):
    with ModelServer() as server:
        plan = run("plan", "--url", films.url, "--save", "x", "--base-url", server.base_url, "--direct", direct)
        fill = run("fill", "--url", films.url, "--base-url", server.base_url, "--direct", direct, "--quiet")

    assert (plan.code, fill.code, server.requests) == (1, 1, [])
    assert "bug of synthseed" not in plan.err + fill.err
