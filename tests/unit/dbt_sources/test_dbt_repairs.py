"""What a failure of a build changes of the facts."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from source_projects import generic, planned, project

from synthseed.dbt import artifacts
from synthseed.dbt.artifacts import Result
from synthseed.dbt.described import describe
from synthseed.dbt.documents import document
from synthseed.dbt.forced import Forced, applied
from synthseed.dbt.repairs import Change, Repairer, learnt

MODELS = {
    "stg": "select id, customer_id, size, trim(note) as note from raw.orders where state = 'done'",
    "people": "select id, trim(name) as name from raw.customers",
    "mart": "select s.id, p.name from stg s left join people p on s.customer_id = p.id",
}


def repaired(test: artifacts.Test) -> tuple[Repairer, Change]:
    sources = planned(project(MODELS))
    repairer = Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, Forced())
    return repairer, repairer.failure(Result(test.id, "fail", "Got 3 results, configured to fail if != 0", 3, 0.1), {test.id: test})


def test_a_column_that_holds_null_is_never_null_nor_the_key_that_leads_to_it() -> None:
    repairer, change = repaired(generic("not_null", "mart", "name"))
    table = describe(repairer.manifest, repairer.lineage, repairer.facts).schema.table

    assert "raw.customers.name is never NULL" in change.what
    assert not table("raw.customers").by_name["name"].nullable
    assert not table("raw.orders").by_name["customer_id"].nullable


def test_what_is_not_unique_becomes_a_key() -> None:
    repairer, change = repaired(generic("unique", "stg", "note"))
    table = describe(repairer.manifest, repairer.lineage, repairer.facts).schema.table("raw.orders")

    assert change.what == "raw.orders (note) is unique"
    assert ("note",) in [key.columns for key in table.keys]


def test_what_is_not_unique_in_a_document_becomes_so_there() -> None:
    models = {"stg": "select doc->>'mail' as mail from raw.orders", "mart": "select mail, count(*) as n from stg group by mail"}
    sources, test = planned(project(models)), generic("unique", "mart", "mail")
    repairer = Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, Forced())

    assert repairer.failure(Result(test.id, "fail", "Got 3 results", 3, 0.1), {test.id: test}).what == "raw.orders.doc: its mail is unique"
    assert not sources.known.facts.keys
    assert document(sources.known.of("orders.doc").paths) == '{"mail": "mail-{seq}"}'


def test_values_that_are_refused_give_way_to_those_that_are_accepted() -> None:
    repairer, _ = repaired(generic("accepted_values", "stg", "size", values=["small", "large"]))
    checks = describe(repairer.manifest, repairer.lineage, repairer.facts).schema.table("raw.orders").checks

    assert "\"size\" IN ('small', 'large')" in [check.text for check in checks]


def test_a_row_without_its_parent_gets_one() -> None:
    _, change = repaired(generic("relationships", "stg", "size", to="people", field="id"))

    assert "raw.orders.size points at raw.customers.id" in change.what


def test_an_empty_model_gets_rows_through_its_filter_and_more_of_them() -> None:
    sources = planned(project(MODELS))
    forced = Forced()
    repairer = Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, forced)

    change = repairer.empty("model.shop.stg")

    assert "every raw.orders.state gets through the filter of stg" in change.what
    assert forced.rows == {"source.shop.raw.orders": 2}


def test_what_a_column_asks_to_be_null_stays_so_where_it_holds_null_alone() -> None:
    models = {"mart": "select case when closed_at is null then days end as days_open from raw.orders"}
    sources = planned(project(models))
    repairer = Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, Forced())

    assert repairer.null("model.shop.mart", "days_open").what == "raw.orders.days is never NULL"


def test_a_pivot_that_is_compiled_only_over_rows_tells_what_its_attribute_is() -> None:
    before = planned(project({"stg": "select * from raw.history"}, sources=("orders", "history")))
    wide = "select max(case when field = 'people' then value end)::bigint as people from stg"
    built = project({"stg": "select * from raw.history", "wide": wide}, sources=("orders", "history"))

    changes = learnt(built.facts.pivots, before.known.facts, before.described)
    told = ("raw.history.value, raw.history.field = people", "it is read as integer")

    assert [(change.failed, change.what) for change in changes] == [told]
    assert before.known.facts.pivots[0].kind == "integer"
    assert learnt(built.facts.pivots, before.known.facts, before.described) == []


def test_two_empty_models_of_one_source_double_its_rows_once() -> None:
    sources = planned(project(MODELS))
    forced = Forced()
    repairer = Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, forced)

    changes = [repairer.empty(f"model.shop.{name}") for name in ("stg", "mart")]

    assert forced.rows["source.shop.raw.orders"] == 2
    assert all("raw.orders: 2 times the rows" in change.what for change in changes)


def test_a_source_with_many_rows_gets_no_more_for_an_empty_model() -> None:
    sources = planned(project(MODELS))
    forced = Forced()
    many = {key: replace(table, rows=1_500) for key, table in sources.plan.tables.items()}
    applied(replace(sources.plan, tables=many), sources.described, sources.known.facts, forced)
    repairer = Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, forced)

    change = repairer.empty("model.shop.stg")

    assert forced.rows == {}
    assert "times the rows" not in change.what


def test_the_failure_is_told_without_the_heading_that_dbt_gives_it() -> None:
    sources = planned(project(MODELS))
    repairer = Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, Forced())
    message = "Runtime Error in model stg (models/stg.sql)\n  Catalog Error: Function timestampadd is not there"

    change = repairer.failure(Result("model.shop.stg", "error", message, None, 0.1), {})

    assert (change.failed, change.what) == ("stg", "")
    assert change.why == "Catalog Error: Function timestampadd is not there"


@pytest.mark.parametrize(
    "message",
    [
        'Catalog Error: Table with name "main.early" does not exist because schema "main" does not exist.',
        "Catalog Error: Table with name early does not exist!\nDid you mean ...",
        'Database Error in model mart\n  relation "main.early" does not exist\n  LINE 1: ...',
    ],
)
def test_a_model_that_names_another_without_ref_is_built_once_more(message: str) -> None:
    sources = planned(project({"early": "select id from raw.orders", "mart": "select * from main.early"}, outright=["mart"]))
    forced, result = Forced(), Result("model.shop.mart", "error", message, None, 0.1)

    def change() -> str:
        return (
            Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, forced).failure(result, {}).what
        )

    assert change() == "built again: it names early without ref(), so that dbt may build it first"
    assert change() == ""


def test_a_model_that_dbt_builds_in_its_order_is_not_waited_for() -> None:
    sources = planned(project({"early": "select id from raw.orders", "mart": "select * from early"}))
    repairer = Repairer(sources.known.manifest, sources.known.lineage, sources.known.facts, sources.described, Forced())
    result = Result("model.shop.mart", "error", "Catalog Error: Table with name early does not exist!", None, 0.1)

    assert repairer.failure(result, {}).what == ""
