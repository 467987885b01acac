"""How the sources of a project are described: types, keys, and what may be NULL."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from source_projects import generic, planned, project

from synthseed.dbt.evidence import gather
from synthseed.plan import Expr


# ---------------------------------------------------------------------------------------------- types
def test_a_column_that_stands_in_for_another_has_its_type() -> None:
    known = project(
        {
            "calls": "select id, happened_on_call as happened from raw.items",
            "mart": "select coalesce(o.ordered::timestamp, c.happened) as happened from raw.orders o left join calls c on o.id = c.id",
        }
    )

    assert planned(known).type("items.happened_on_call") == "timestamp"


def test_columns_that_stand_in_for_each_other_agree_on_the_stronger_word() -> None:
    known = project(
        {"mart": "select coalesce(o.seen, c.seen_too) as seen, date_trunc('day', o.seen) as day from raw.orders o, raw.items c"}
    )

    assert planned(known).type("items.seen_too") == "timestamp"


def test_a_column_whose_fields_are_read_in_brackets_is_json() -> None:
    known = project({"stg": "select id, actor['login'] as login, actor['plan']['name'] as plan from raw.orders"})
    sources = planned(known)

    assert sources.type("orders.actor") == "json"
    assert set(known.of("orders.actor").paths) == {"login", "plan.name"}


@pytest.mark.parametrize(("alias", "kind"), [("is_perishable", "boolean"), ("perishable_at", "timestamp"), ("perishable_text", "varchar")])
def test_a_column_is_of_the_type_that_a_models_name_for_it_tells(alias: str, kind: str) -> None:
    known = project({"stg": f"select id, perishable as {alias} from raw.products"})

    assert planned(known).type("products.perishable") == kind


def test_a_models_name_for_a_column_is_the_weakest_word() -> None:
    known = project({"stg": "select id, perishable as is_perishable, lower(perishable) as text from raw.products"})

    assert planned(known).type("products.perishable") == "varchar"


def test_a_key_that_a_package_prints_as_a_number_is_whole() -> None:
    printed = "select cast(null as double) as id from raw.products"
    known = project({"stg": printed, "mart": "select * from raw.items i join raw.products p on i.product_id = p.id"})
    sources = planned(known)

    assert {sources.type("products.id"), sources.type("items.product_id")} == {"bigint"}


def test_a_column_read_under_another_name_has_the_type_that_was_printed_for_that() -> None:
    facts = project({"stg": "select cast(null as timestamp) as created_moment from raw.orders"}).facts
    later = project({"stg": "select property_hs_createdate as created_moment, created_moment from raw.orders"})

    gather(later.lineage.queries, facts, str)
    sources = planned(replace(later, facts=facts))

    assert sources.type("orders.property_hs_createdate") == "timestamp"
    assert "created_moment" not in sources.table("orders").by_name


# ---------------------------------------------------------------------------------------------- keys of the table itself
TEAMS = {
    "stg": "select * from raw.products",
    "one": "select t.* from raw.orders o join stg t on o.team = t.name",
    "two": "select t.* from raw.orders o join stg t on o.team = t.alias",
}


def test_a_key_of_its_own_table_in_every_row_is_the_rows_own() -> None:
    known = project(TEAMS, [generic("unique", "stg", "name"), generic("unique", "stg", "alias")])
    sources = planned(known)

    assert not [key for key in sources.table("products").foreign_keys if key.parent == "raw.products"]
    assert len(sources.table("products").keys) == 1
    parent = sources.table("products").keys[0].columns[0]
    other = {"name": "alias", "alias": "name"}[parent]
    assert sources.column(f"products.{other}").gen == Expr(parent)
