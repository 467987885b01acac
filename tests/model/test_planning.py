"""What many requests end in: nothing is asked in vain, and what one refusal hid is found."""

from __future__ import annotations

import json

import pytest

from synthseed.errors import Truncated
from synthseed.planners import offline
from synthseed.planners.model.plan import plan
from synthseed.planners.model.request import Guidance, Problem
from synthseed.readers import read_script
from synthseed.testing import ModelServer, Reply
from synthseed.testing.replies import reply_to


@pytest.fixture
def schema(tmp_path):
    """Return what reads a schema out of SQL."""

    def read(script):
        file = tmp_path / "schema.sql"
        file.write_text(script)
        return read_script(file)

    return read


def table(name, columns):
    return f'create table "{name}" (id integer primary key, {", ".join(f"c{at} varchar(30) not null" for at in range(columns))});'


def test_a_server_that_cuts_every_reply_is_soon_given_up(asking, schema):
    wide = schema("".join(table(f"t{at}", 12) for at in range(20)))
    with ModelServer(lambda asked: Reply(reply_to(asked)[:300], end="length")) as server, pytest.raises(Truncated):
        plan(wide, offline.plan(wide), Guidance(), asking(server))

    assert len(server.requests) <= 16


def test_one_column_that_is_always_cut_costs_itself_alone(asking, schema):
    wide = schema(table("t", 40))

    def answer(asked):
        reply = json.loads(reply_to(asked))
        cut = any(column["column"] == "c7" for given in reply["tables"] for column in given["columns"])
        return Reply(json.dumps(reply)[:300], end="length") if cut else json.dumps(reply)

    with ModelServer(answer) as server:
        made = plan(wide, offline.plan(wide), Guidance(), asking(server))

    assert [told.partition(":")[0] for told in made.fallbacks] == ["t.c7"]


def test_refusals_that_hide_each_other_all_fall_back(asking, schema):
    one = schema(table("t", 8))
    start = offline.plan(one)

    def check(made):
        names = [name for name, column in made.tables["t"].by_column.items() if column.gen != start.tables["t"].by_column[name].gen]
        return [Problem("refused_22P02", "t", name, f"t.{name}: refused") for name in names[:1]]

    with ModelServer() as server:
        made = plan(one, start, Guidance(), asking(server), check=check)

    assert not check(made.plan)
    assert len(made.fallbacks) == 8


def test_single_columns_and_tables_with_dots_are_planned(asking, schema):
    odd = schema('create table "a.b" (id integer primary key, "c.d" varchar(30) not null, "e" varchar(30) not null);')
    with ModelServer() as server:
        made = plan(odd, offline.plan(odd), Guidance(), asking(server), tables=(), columns=["a.b.c.d"])

    assert made.fallbacks == ()
    assert made.plan.tables["a.b"].by_column["c.d"].source == "model"
    assert made.plan.tables["a.b"].by_column["e"].source == "offline"
