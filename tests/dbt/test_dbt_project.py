"""The dbt project of the tests: all of its data tests can pass at once, and each kind of fault makes one of them fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import hand_rows

# What staging tells of, one fault a statement, and the test that sees it. Nothing behind staging is built then.
IN_STAGING = {
    "an orphan": (
        "update shop.products set category_id = 99 where sku = 'CUP-1'",
        "relationships_stg_shop__products_category_id",
    ),
    "an orphan of a seed": (
        "update stripe_raw.charge set method_code = '1' where id = 'ch_1'",
        "relationships_stg_billing__payments_method_code",
    ),
    "a child of a deleted row": (
        "update shop.orders set customer_id = 4 where id = 12",
        "relationships_stg_shop__orders_customer_id",
    ),
    "an orphan of its own table": (
        "update shop.categories set parent_id = 98 where id = 2",
        "relationships_stg_shop__categories_parent_id",
    ),
    "a row that does not add up": (
        "update shop.orders set tax = tax + 0.01 where id = 11",
        "expression_is_true_stg_shop__orders_total_tax",
    ),
    "a duplicate of two columns": (
        "insert into shop.order_items values (11, 1, 'CUP-1', 1, '', null)",
        "unique_stg_shop__order_items_order_item_key",
    ),
    "a duplicate but for its case": (
        "update shop.customers set email = 'ADA@example.org' where id = 3",
        "unique_stg_shop__customers_email",
    ),
    "a null": (
        "update shop.categories set name = null where id = 3",
        "not_null_stg_shop__categories_name",
    ),
    "a code that no branch of CASE knows": (
        "update shop.orders set status = 'X' where id = 13",
        "not_null_stg_shop__orders_status",
    ),
    "a word that is none of the list": (
        "update shop.customers set \"group\" = 'vip' where id = 1",
        "accepted_values_stg_shop__customers_customer_group",
    ),
    "a number out of range": (
        "update shop.order_items set quantity = 51 where order_id = 10 and line_number = 1",
        "accepted_range_stg_shop__order_items",
    ),
    "a key of another shape": (
        "update stripe_raw.customer set id = 'x1' where id = 'cus_b2'",
        "expression_is_true_stg_billing__customers_billing",
    ),
    "an attribute twice": (
        "insert into crm.contact_properties values (1, 'lifetime_points', '7')",
        "unique_combination_of_columns_stg_crm",
    ),
}

# What staging lets pass.
IN_MARTS = {
    "a sum that is none": (
        "update shop.orders set subtotal = subtotal + 1, total = total + 1 where id = 10",
        "expression_is_true_fct_orders_items_total",
    ),
    "a sum that is none, to a test in SQL": (
        "select 1",
        "assert_order_subtotal_is_sum_of_its_items",
    ),
    "a value of an attribute": (
        "update crm.contact_properties set property_value = 'burnt' where contact_id = 2 and property_name = 'favourite_roast'",
        "accepted_values_dim_customers_favourite_roast",
    ),
    "a number in an attribute": (
        "update crm.contact_properties set property_value = '-5' where contact_id = 1 and property_value = '120'",
        "accepted_range_dim_customers_lifetime_points",
    ),
    "a price in cents": (
        "update stripe_raw.subscription set amount = 48 where id = 'sub_1'",
        "accepted_range_fct_subscriptions_monthly_amount",
    ),
    "a constant that its parent lacks": (
        "update retail.stores set store_code = 'SHOP' where store_code = 'WEB'",
        "relationships_fct_signups_store_code",
    ),
}

LATER = """
    update stripe_raw.subscription set status = 'canceled', canceled_at = updated_at, updated_at = updated_at + interval '1 day'
        where id = 'sub_1';
    update shop.orders set status = 'C', updated_at = updated_at + interval '36 hours' where id = 12;
    update shop.products set price_cents = 850 where sku = 'CUP-1';
"""


def filled(warehouse: Any) -> Any:
    """Put the rows that were written by hand into the sources."""
    external = str(warehouse.folder / "external" / "stores.parquet") if warehouse.target == "duckdb" else None
    warehouse.database.execute(hand_rows.script(datetime.now(UTC).replace(tzinfo=None), external=external))
    return warehouse


def unseen(warehouse: Any, faults: dict[str, tuple[str, str]]) -> list[str]:
    """Plant the faults and build; return those whose test did not fail."""
    warehouse.database.execute(";\n".join(statement for statement, _ in faults.values()))
    done = warehouse.run("build")
    failed = [result.id for result in warehouse.results() if result.status == "fail"]

    assert done.returncode == 1, done.stdout
    return [fault for fault, (_, test) in faults.items() if not any(f".{test}" in name for name in failed)]


def test_build_is_green_and_nothing_is_empty_and_neither_is_the_next(warehouse: Any) -> None:
    first = filled(warehouse).run("build")

    assert first.returncode == 0, first.stdout
    assert {result.status for result in warehouse.results()} == {"success", "pass"}
    assert warehouse.empty() == []
    assert warehouse.all_null() == ["product_price_history.valid_to"]  # nothing has changed since the first snapshot

    warehouse.database.execute(LATER)
    second = warehouse.run("build")

    assert second.returncode == 0, second.stdout
    assert warehouse.database.query("select count(*) from analytics_marts.subscription_history where subscription_id = 'sub_1'") == [(2,)]
    assert warehouse.database.query("select count(*) from analytics_marts.fct_orders where status = 'completed'") == [(3,)]
    assert warehouse.all_null() == []


def test_faults_in_sources_fail_tests_of_staging(on_duckdb: Any) -> None:
    assert unseen(filled(on_duckdb), IN_STAGING) == []


def test_faults_that_staging_lets_pass_fail_tests_of_marts(on_postgres: Any) -> None:
    assert unseen(filled(on_postgres), IN_MARTS) == []


def test_old_rows_are_in_error_and_new_ones_are_fresh(warehouse: Any) -> None:
    filled(warehouse).database.execute("update shop.customers set _loaded_at = _loaded_at - interval '2 days'")
    done = warehouse.run("source", "freshness")
    lines = [line for line in done.stdout.splitlines() if " freshness of " in line and "START" not in line]
    told = {line.split(" freshness of ")[1].split()[0]: line for line in lines}

    assert done.returncode == 1, done.stdout
    assert "ERROR STALE" in told["shop.customers"]
    assert "PASS" in told["shop.orders"]
    assert "PASS" in told["billing.subscriptions"]
