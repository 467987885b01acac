"""A model's plan fills both databases: what the database refuses is repaired, and nothing of its rows is looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import synthseed
from synthseed.testing import ModelServer
from synthseed.testing.replies import reply_to
from synthseed.verbs.plan import plan

EXAMPLE = Path(__file__).parents[1] / "model" / "example"


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHSEED_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def test_the_example_reply_fills_a_database_and_its_sums_agree(database: Any) -> None:
    database.execute((EXAMPLE / f"shop.{database.dialect}.sql").read_text())
    with ModelServer((EXAMPLE / "plan.example.json").read_text()) as server:
        done = synthseed.fill(url=database.url, base_url=server.base_url, scale=2)

    assert done.asked is not None
    assert (done.asked.requests, done.rows) == (1, 25_400)
    sums = "select coalesce(sum(i.line_total), 0) from order_items i where i.order_id = o.id"
    assert database.query(f"select count(*) from orders o where abs(o.subtotal - ({sums})) > 0.001") == [(0,)]
    assert database.query("select count(*) from products where cost >= price") == [(0,)]
    assert database.query("select count(*) from orders where shipped_at < placed_at or delivered_at < shipped_at") == [(0,)]


def test_what_the_database_refuses_goes_back_to_the_model_by_its_name_alone(database: Any) -> None:
    database.execute(
        "create table parts (id integer primary key, code varchar(20) not null, "
        "constraint odd_code check (replace(code, 'x', '') in ('ab', 'cd')))"
    )

    def answer(asked: Any) -> str:
        reply = json.loads(reply_to(asked))
        good = "<problems>" in asked.user
        reply["tables"][0]["columns"] = [
            {"column": "code", "gen": {"kind": "choice", "tiers": [{"share": 1, "values": ["abx", "cdxx"] if good else ["zz-canary-9"]}]}}
        ]
        return json.dumps(reply)

    with ModelServer(answer) as server:
        done = synthseed.fill(url=database.url, base_url=server.base_url, rows=20)
        second = json.dumps(server.requests[1].body)

    assert {row[0] for row in database.query("select distinct code from parts")} == {"abx", "cdxx"}
    assert "refused_23514" in second
    assert "odd_code" in second
    assert "canary" not in second
    assert done.asked is not None
    assert done.asked.fallbacks == ()


def test_a_role_that_may_not_read_plans_and_rows_change_no_byte_that_is_sent(postgresql: Any) -> None:
    postgresql.execute(
        "create table people (id serial primary key, name varchar(60) not null, city varchar(40)); "
        "create role synthseed_blind login; grant usage on schema public to synthseed_blind;"
    )
    url = postgresql.url.replace("postgres@", "synthseed_blind@")
    try:
        with ModelServer() as server:
            plan(url=url, base_url=server.base_url)
            postgresql.execute(
                "insert into people (name, city) select 'canary-' || n, 'Kanarienstadt' from generate_series(1, 500) n; analyze"
            )
            plan(url=url, base_url=server.base_url, again=True, max_cost_usd=2)
            first = server.requests[0].body
            postgresql.execute("alter table people alter column city set not null")
            plan(url=url, base_url=server.base_url)
    finally:
        postgresql.execute("drop owned by synthseed_blind; drop role synthseed_blind")

    assert len(server.requests) == 2  # the second plan was the first one to the byte: its reply was kept
    assert "canary" not in json.dumps(first).lower()
    assert "kanarien" not in json.dumps(first).lower()


def test_what_a_new_plan_had_to_change_is_in_its_files(database: Any, tmp_path: Path) -> None:
    database.execute(
        "create table parts (id integer primary key, code varchar(20) not null, "
        "constraint odd_code check (replace(code, 'x', '') in ('ab', 'cd')))"
    )
    reply = {"column": "code", "gen": {"kind": "choice", "tiers": [{"share": 1, "values": ["no good"]}]}}

    def answer(asked: Any) -> str:
        whole = json.loads(reply_to(asked))
        whole["tables"][0]["columns"] = [reply]
        return json.dumps(whole)

    with ModelServer(answer) as server:
        (tmp_path / "seeds_config").mkdir()
        (tmp_path / "seeds_config" / "synthseed.yml").write_text(
            f"planner: openai\nmodel: {{base_url: '{server.base_url}'}}\ndatabases: {{dev: {{url: '{database.url}'}}}}\n"
        )
        first = synthseed.fill(db="dev", rows=20)
        again = synthseed.fill(db="dev", rows=30)

    text = (tmp_path / "seeds_config" / "plans" / "dev" / "parts.yml").read_text()
    assert "no good" not in text
    assert "ab" in text
    assert (first.rows, again.rows) == (20, 10)
    assert any("odd_code" in note for note in (*first.notes, *(first.asked.fallbacks if first.asked else ())))


def test_small_vocabularies_grow_where_that_is_asked_for(sqlite_shop: str) -> None:
    with ModelServer(lambda asked: None if "<lists>" in asked.user else (EXAMPLE / "plan.example.json").read_text()) as server:
        done = plan(url=sqlite_shop, base_url=server.base_url, expand=True)

    lists = [json.dumps(request.body) for request in server.requests[1:]]
    assert done.asked is not None
    assert lists
    assert all("lists" in body for body in lists)
    assert done.asked.requests == 1 + len(lists)
    assert done.asked.fallbacks == ("order_items.line_no: planned offline: the model gave no plan for it",)


@pytest.fixture
def sqlite_shop(tmp_path: Path) -> str:
    import sqlite3

    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript((EXAMPLE / "shop.sqlite.sql").read_text())
    connection.close()
    return f"sqlite:///{tmp_path / 'shop.db'}"
