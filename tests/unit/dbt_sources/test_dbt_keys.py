"""Which columns hold the same keys, whose keys they are, and what type they have."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from source_projects import Planned, generic, planned, project

JOINED = {
    "stg_orders": "select * from raw.orders",
    "mart": "select o.*, c.name from stg_orders o left join raw.customers c on o.buyer = c.id",
}


def foreign_keys(sources: Planned, source: str) -> set[tuple[str, str]]:
    return {(key.label, key.parent) for key in sources.table(source).foreign_keys}


# ---------------------------------------------------------------------------------------------- domains
def test_a_joined_column_points_at_the_table_whose_id_it_is_joined_with() -> None:
    assert foreign_keys(planned(project(JOINED)), "orders") == {("buyer", "raw.customers")}


def test_columns_joined_on_what_is_no_key_are_no_keys() -> None:
    known = project({"mart": "select * from raw.orders o join raw.items i on o.currency = i.currency"})
    sources = planned(known)

    assert foreign_keys(sources, "orders") == set()
    assert foreign_keys(sources, "items") == set()


def test_a_column_called_like_its_table_is_its_key_where_there_is_no_id() -> None:
    models = {"mart": "select * from raw.orders o join raw.currency c on lower(o.currency) = lower(c.currency)"}
    sources = planned(project(models, sources=("orders", "currency")))

    assert sources.table("currency").primary_key is not None
    assert foreign_keys(sources, "orders") == {("currency", "raw.currency")}


@pytest.mark.parametrize("name", ["ordernumber", "order_no", "orderref", "orders_num"])
def test_a_key_that_is_named_after_its_table_is_its_own(name: str) -> None:
    models = {"mart": f"select * from raw.items i join raw.orders o on i.{name} = o.{name}"}

    assert foreign_keys(planned(project(models)), "items") == {(name, "raw.orders")}


def test_a_key_called_after_the_last_word_of_its_table_is_its_key_where_there_is_no_other() -> None:
    models = {"mart": "select * from raw.moves m join raw.deal_stage s on m.value = s.stage_id"}
    sources = planned(project(models, sources=("moves", "deal_stage")))

    assert foreign_keys(sources, "moves") == {("value", "raw.deal_stage")}


def test_a_name_tells_the_parent_whose_key_has_that_very_name() -> None:
    known = project({"a": "select customer_id, note from raw.orders", "b": "select customer_id, name from raw.customers"})

    assert foreign_keys(planned(known), "orders") == {("customer_id", "raw.customers")}


def test_a_name_that_comes_again_is_left_out_of_a_historys_key() -> None:
    mart = "select order_id, name, at::timestamp as at, lead(at) over (partition by order_id, name order by at) as until from raw.history"
    test = generic("dbt_utils.unique_combination_of_columns", "mart", combination_of_columns=["order_id", "name", "at"])
    sources = planned(project({"mart": mart}, [test], sources=("orders", "history")))

    assert [set(key.columns) for key in sources.table("history").keys] == [{"order_id", "at"}]


def test_an_email_that_people_are_joined_by_is_one_of_theirs() -> None:
    mart = "select * from raw.orders o join raw.customers c on lower(o.recipient) = lower(c.email)"
    models = {"mart": mart, "ids": "select id from raw.customers"}
    sources = planned(project(models))

    assert foreign_keys(sources, "orders") == {("recipient", "raw.customers")}


def test_three_tables_with_one_key_have_one_parent() -> None:
    models = {
        "one": "select * from raw.orders o join raw.items i on o.product_id = i.product_id",
        "two": "select * from raw.items i join raw.products p on i.product_id = p.id",
    }
    sources = planned(project(models))

    assert foreign_keys(sources, "orders") == {("product_id", "raw.products")}
    assert foreign_keys(sources, "items") == {("product_id", "raw.products")}


def test_a_name_tells_the_parent_where_nothing_is_joined() -> None:
    known = project({"a": "select id, customer_id from raw.orders", "b": "select id from raw.customers"})

    assert foreign_keys(planned(known), "orders") == {("customer_id", "raw.customers")}


# ---------------------------------------------------------------------------------------------- types
def test_a_key_has_the_type_of_the_key_it_is_joined_with() -> None:
    models = {**JOINED, "texts": "select upper(id) as id from raw.customers"}
    sources = planned(project(models))

    assert sources.type("orders.buyer") == sources.type("customers.id") == "varchar"


def test_a_text_that_is_cast_is_text_where_models_use_it_as_one_too() -> None:
    known = project({"stg": "select trim(amount)::numeric(10, 2) as amount, lower(amount) as text from raw.orders"})
    settled = {cell.column: one for cell, one in planned(known).described.types.items()}

    assert (settled["amount"].kind, settled["amount"].parsed) == ("text", "numeric")


# ---------------------------------------------------------------------------------------------- NULL
def test_a_column_that_a_test_wants_filled_is_never_null() -> None:
    sources = planned(project({"stg": "select id, closed_at from raw.orders"}, [generic("not_null", "stg", "closed_at")]))

    assert not sources.table("orders").by_name["closed_at"].nullable


def test_keys_that_lead_back_to_their_table_may_be_null() -> None:
    models = {
        "one": "select * from raw.orders o join raw.items i on o.first_item_id = i.id",
        "two": "select * from raw.items i join raw.orders o on i.order_id = o.id join raw.products p on i.product_id = p.id",
    }
    sources = planned(project(models))

    assert sources.table("orders").by_name["first_item_id"].nullable
    assert not sources.table("items").by_name["product_id"].nullable


def test_a_key_that_counts_up_has_no_row_by_hand_for_a_number_that_models_name() -> None:
    models = {"mart": "select * from raw.orders o join raw.items i on i.order_id = o.id where o.id <> -1 or o.id = -1"}
    tests = [generic("unique", "stg", "id"), generic("relationships", "lines", "order_id", to="stg", field="id")]
    models |= {
        "stg": "select cast(id as integer) as id from raw.orders",
        "lines": "select coalesce(order_id, -1) as order_id from raw.items",
    }

    assert not planned(project(models, tests)).planned("orders").fixed
