"""A plan in use is mended where the rules changed something, and by a model where they know nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from source_projects import Planned, planned, project

from synthseed.configuration import Database
from synthseed.dbt.concerned import Concern
from synthseed.dbt.rows import Cell
from synthseed.plan import Choice, Plan, Template, Tier
from synthseed.report.progress import Silent
from synthseed.testing import ModelServer
from synthseed.verbs import modelled
from synthseed.verbs.dbt_mended import Answered, asked, mended

SQL = "select id, customer_id, trim(code) as code, status from raw.orders"
STRICT = f"{SQL} where status = 'open'"
ORDERS, CODE = "raw.orders", Cell("source.shop.raw.orders", "code")
LISTS = {"fks": [], "joints": [], "slots": [], "nulls": [], "follow": [], "overrides": [], "rules": []}
QUERY = "select id from stg where levenshtein(code, 'AB-1') > 9"


def one_of(*values: str) -> Choice:
    return Choice((Tier(Decimal(100), values),))


def with_gen(plan: Plan, column: str, gen: Any) -> Plan:
    table = plan.tables[ORDERS]
    columns = tuple(replace(one, gen=gen) if one.column == column else one for one in table.columns)
    return replace(plan, tables={**plan.tables, ORDERS: replace(table, columns=columns)})


@pytest.fixture
def sources() -> Planned:
    return planned(project({"stg": SQL}))


def test_only_what_the_rules_changed_is_taken_over(sources: Planned) -> None:
    before = sources.plan
    after = with_gen(before, "status", one_of("open"))
    in_use = with_gen(before, "code", one_of("A-1", "B-2"))  # as a model planned it

    plan, left = mended(in_use, before, after, {})

    assert plan.tables[ORDERS].by_column["status"].gen == one_of("open")
    assert plan.tables[ORDERS].by_column["code"].gen == one_of("A-1", "B-2")
    assert left == ()


def test_what_a_person_wrote_stays_and_is_named(sources: Planned) -> None:
    in_use = with_gen(sources.plan, "status", one_of("mine"))
    after = with_gen(sources.plan, "status", one_of("open"))

    plan, left = mended(in_use, sources.plan, after, {ORDERS: {"status"}})

    assert plan == in_use
    assert left == ("raw.orders.status",)


def test_more_rows_are_as_many_times_more(sources: Planned) -> None:
    table = sources.plan.tables[ORDERS]
    after = replace(sources.plan, tables={**sources.plan.tables, ORDERS: replace(table, rows=table.rows * 4)})
    in_use = replace(sources.plan, tables={**sources.plan.tables, ORDERS: replace(table, rows=7)})

    plan, _ = mended(in_use, sources.plan, after, {})

    assert plan.tables[ORDERS].rows == 28


def test_a_key_that_was_found_takes_the_place_of_a_column() -> None:
    before = planned(project({"stg": SQL}))
    after = planned(project({"stg": SQL, "mart": "select s.id, c.name from stg s join raw.customers c on s.customer_id = c.id"}))

    plan, _ = mended(before.plan, before.plan, after.plan, {})

    assert "customer_id" not in plan.tables[ORDERS].by_column
    assert "customer_id" in plan.tables[ORDERS].by_key


# ---------------------------------------------------------------------------------------------- a model
@pytest.fixture
def asking(sources: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-local")
    monkeypatch.setenv("SYNTHSEED_CACHE", str(tmp_path))

    def ask(reply: str, **options: Any) -> tuple[Answered, list[str]]:
        told: list[str] = []

        def answer(request: Any) -> str:
            told.append(request.user)
            return reply

        with ModelServer(answer) as server:
            database = modelled.Wish("openai", base_url=server.base_url).on(Database(url="duckdb:///x.duckdb"))
            concern = Concern("odd", (CODE,), "dbt test odd, a query of its own, of stg failed for 3 rows", QUERY)
            given = {"kept": {}, "sql": False, **options}
            purse = modelled.budget(database)
            found = asked(database, sources.described, sources.plan, [concern], as_of="2026-03-01", purse=purse, progress=Silent(), **given)
        return found, told

    return ask


def reply(gen: object, column: str = "code") -> str:
    table = {"table": ORDERS, "about": "", "role": "entity", "rows": 0, **LISTS, "columns": [{"column": column, "gen": gen}]}
    return json.dumps({"tables": [table]})


GOOD = reply({"kind": "template", "tiers": [{"share": 100, "values": ["AB-{digits:1}"]}]})


def test_a_model_plans_the_column_of_a_failure_anew_and_is_told_no_sql(asking: Any, sources: Planned) -> None:
    found, told = asking(GOOD)

    assert found.columns == ("raw.orders.code",)
    assert found.plan.tables[ORDERS].by_column["code"].gen == Template((Tier(Decimal(100), ("AB-{digits:1}",)),))
    assert found.plan.tables[ORDERS].by_column["status"] == sources.plan.tables[ORDERS].by_column["status"]
    assert len(told) == 1
    assert 'refused_by_build: "raw.orders.code: dbt test odd, a query of its own, of stg failed for 3 rows; it was planned as' in told[0]
    assert "levenshtein" not in told[0]
    assert found.asked.requests == 1


def test_a_model_reads_the_query_where_the_user_says_so(asking: Any) -> None:
    _, told = asking(GOOD, sql=True)

    assert "select id from stg where levenshtein(code, 'AB-1') > 9" in told[0]


def test_nothing_is_asked_of_a_column_that_a_person_wrote(asking: Any, sources: Planned) -> None:
    found, told = asking(GOOD, kept={ORDERS: {"code"}})

    assert (found.plan, found.columns, told) == (sources.plan, (), [])
    assert "what a person wrote stays" in found.notes[0]


def test_a_reply_that_cannot_be_used_leaves_the_plan_as_it_is(asking: Any, sources: Planned) -> None:
    found, told = asking("no plan at all")

    assert (found.plan, found.columns) == (sources.plan, ())
    assert told
    assert "a model was to repair the plan and could not" in found.notes[0]
    assert "nothing was saved" not in found.notes[0].lower()


def test_a_generator_that_the_engine_refuses_leaves_the_column_as_it_is(asking: Any, sources: Planned) -> None:
    found, _ = asking(reply({"kind": "expression", "expr": "no_such_column + 1"}))

    assert found.plan.tables[ORDERS].by_column["code"] == sources.plan.tables[ORDERS].by_column["code"]
    assert found.columns == ()
