"""What lineage finds in the SQL of models, written as dbt compiles it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lineage_projects import project


def test_star_passes_through_models_and_ctes() -> None:
    known = project(
        {
            "stg": "with source as (select * from raw.orders), renamed as (select * from source) select * from renamed",
            "int": "select * from stg",
            "wide": "with a as (select * from int) select a.* from a",
            "mart": "select order_id, amount * 2 as double from wide",
        }
    )

    assert known.columns("orders") == {"order_id", "amount"}
    assert known.behind("mart", "double") == {"orders.amount"}


@pytest.mark.parametrize(
    ("star", "column", "source"),
    [
        ("* exclude (a)", "b", "orders.b"),
        ("* except (a)", "b", "orders.b"),
        ("* rename (old as new)", "new", "orders.old"),
        ("* replace (upper(a) as a)", "a", "orders.a"),
    ],
)
def test_stars_leave_out_rename_and_replace(star: str, column: str, source: str) -> None:
    adapter = "bigquery" if "except" in star else "snowflake" if "rename" in star else "duckdb"

    known = project({"stg": f"select {star} from raw.orders", "mart": f"select {column} from stg"}, adapter=adapter)

    assert known.behind("mart", column) == {source}


def test_excluded_column_is_not_passed_on() -> None:
    known = project({"stg": "select * exclude (secret) from raw.orders", "mart": "select secret from stg"})

    assert known.behind("mart", "secret") == set()


def test_renamed_columns_may_change_places() -> None:
    known = project({"stg": "select * rename (a as b, b as a) from raw.orders", "mart": "select a, b from stg"}, adapter="snowflake")

    assert known.behind("mart", "a") == {"orders.b"}
    assert known.behind("mart", "b") == {"orders.a"}


def test_star_of_one_table_is_of_that_table() -> None:
    known = project(
        {
            "stg": "select i.*, o.placed_at from raw.items i join raw.orders o on i.order_id = o.id",
            "mart": "select sku, placed_at from stg",
        }
    )

    assert known.behind("mart", "sku") == {"items.sku"}
    assert known.behind("mart", "placed_at") == {"orders.placed_at"}


def test_using_joins_both_sides() -> None:
    known = project({"mart": "select * from raw.orders join raw.items using (order_id, shop_id)"})

    assert known.links == {frozenset(("orders.order_id", "items.order_id")), frozenset(("orders.shop_id", "items.shop_id"))}


def test_union_of_closed_rows_is_by_place() -> None:
    known = project({"mart": "select id as a, name as b from raw.orders union all select title, code from raw.items"})

    assert known.behind("mart", "a") == {"orders.id", "items.title"}
    assert known.behind("mart", "b") == {"orders.name", "items.code"}


def test_union_by_place_swaps_names_that_stand_elsewhere() -> None:
    known = project({"mart": "select a, b from raw.orders union all select b, a from raw.items"})

    assert known.behind("mart", "a") == {"orders.a", "items.b"}


def test_union_by_place_counts_what_stands_behind_a_star() -> None:
    known = project(
        {
            "one": "select a, b from raw.orders",
            "two": "select x, y, z from raw.items",
            "mart": "select *, 1 as c from one union all select x, y, z from two",
        }
    )

    assert known.behind("mart", "a") == {"orders.a", "items.x"}
    assert known.behind("mart", "b") == {"orders.b", "items.y"}


def test_union_by_name_is_by_name() -> None:
    known = project({"mart": "select a, b from raw.orders union all by name select b, a from raw.items"})

    assert known.behind("mart", "a") == {"orders.a", "items.a"}


def test_union_of_stars_is_by_name_whatever_is_documented() -> None:
    known = project(
        {"all": "select * from raw.orders union all select * from raw.items", "mart": "select code from all"},
        documented={"orders": ["id"], "items": ["foo", "bar"]},
    )

    assert known.behind("mart", "code") == {"orders.code", "items.code"}
    assert known.behind("all", "id") == {"orders.id", "items.id"}


def test_sub_query_in_from_does_not_see_the_table_beside_it() -> None:
    known = project(
        {
            "mart": """
            select o.customer_id, p.n from raw.orders o
            left join (select customer_id, count(*) as n from raw.items where kind = 'x' group by customer_id) p
              on p.customer_id = o.customer_id"""
        }
    )

    assert known.columns("items") == {"customer_id", "kind"}
    assert frozenset(("orders.customer_id", "items.customer_id")) in known.links


@pytest.mark.parametrize(
    "where",
    [
        "exists (select 1 from raw.items i where i.order_id = o.id)",
        "o.id in (select order_id from raw.items)",
        "o.id not in (select order_id from raw.items)",
    ],
)
def test_sub_queries_in_where_link_their_columns(where: str) -> None:
    known = project({"mart": f"select o.id from raw.orders o where {where}"})

    assert known.links == {frozenset(("orders.id", "items.order_id"))}
    assert not any(link.total for link in known.facts.links)


def test_scalar_sub_query_is_its_column() -> None:
    known = project({"mart": "select o.id, (select max(i.at) from raw.items i where i.order_id = o.id) as last_at from raw.orders o"})

    assert known.behind("mart", "last_at") == {"items.at"}


def test_tables_listed_by_commas_are_joined_in_where() -> None:
    known = project({"mart": "select 1 as one from raw.orders o, raw.items i where o.id = i.order_id"})

    assert known.links == {frozenset(("orders.id", "items.order_id"))}


def test_columns_of_one_row_are_not_linked() -> None:
    known = project({"mart": "select id from raw.orders o where o.billing_id = o.shipping_id"})

    assert known.links == set()


def test_joins_in_parentheses_are_read() -> None:
    known = project(
        {"mart": "select o.id, i.sku from (raw.orders o join raw.items i on o.id = i.order_id) left join raw.products p on p.sku = i.sku"}
    )

    assert known.links == {frozenset(("orders.id", "items.order_id")), frozenset(("products.sku", "items.sku"))}


def test_output_is_no_column_beside_it_in_postgres() -> None:
    sql = "select lower(code) as status, status as raw_status from raw.orders"

    assert project({"mart": sql}, adapter="postgres").behind("mart", "raw_status") == {"orders.status"}
    assert project({"mart": sql}, adapter="snowflake").behind("mart", "raw_status") == {"orders.code"}


def test_quoted_camel_case_keeps_its_spelling() -> None:
    known = project({"mart": 'select "orderId" as id, "select" as pick from raw.orders'})

    assert set(known.lineage.spelled.values()) == {"orderId", "select"}
    assert known.columns("orders") == {"orderid", "select"}


def test_relation_under_another_name_is_found_among_what_the_model_depends_on() -> None:
    known = project({"mart": "select id from dev_db.my_schema.orders"})

    assert known.columns("orders") == {"id"}


def test_table_that_is_named_without_ref_is_found_in_the_project() -> None:
    models = {"mart": "select 1 as one from warehouse.stg_a where score = 'low'", "stg_a": "select id, score from raw.orders"}

    known = project(models, outright=["mart"])

    assert known.of("orders.score").wanted == {"low": "model mart"}


def test_table_of_another_schema_is_no_source() -> None:
    known = project({"mart": "select id from elsewhere.orders"}, outright=["mart"])

    assert known.columns("orders") == set()


def test_ephemeral_models_are_ctes() -> None:
    known = project(
        {"mart": "with __dbt__cte__stg as (select id, state from raw.orders) select state from __dbt__cte__stg where state = 'paid'"}
    )

    assert known.of("orders.state").wanted == {"paid": "model mart"}


def test_recursive_ctes_end() -> None:
    known = project(
        {
            "mart": """
            with recursive tree as (
                select id, parent_id, 1 as level from raw.orders where parent_id is null
                union all
                select c.id, c.parent_id, t.level + 1 from raw.orders c join tree t on c.parent_id = t.id
            ) select id, level from tree"""
        }
    )

    assert known.columns("orders") == {"id", "parent_id"}
    assert "orders.id" in known.behind("mart", "id")


def test_names_of_ctes_and_tables_may_be_given_with_the_alias() -> None:
    known = project(
        {"mart": "with t (a, b) as (select id, name from raw.orders) select x from (select a, b from t) as s (x, y) where y = 'z'"}
    )

    assert known.behind("mart", "x") == {"orders.id"}
    assert list(known.of("orders.name").seen) == ["z"]


def test_values_are_no_columns_of_the_source_beside_them() -> None:
    known = project({"mart": "select o.id, label from raw.orders o join (values (1, 'a')) as v(code, label) on o.code = v.code"})

    assert known.columns("orders") == {"id", "code"}


@pytest.mark.parametrize(
    ("adapter", "sql"),
    [
        ("bigquery", "select o.id, tag from raw.orders o, unnest(o.tags) as tag"),
        ("duckdb", "select o.id, t.tag from raw.orders o, unnest(o.tags) as t(tag)"),
        ("snowflake", "select o.id, f.value:name::string as tag from raw.orders o, lateral flatten(input => o.tags) f"),
        ("postgres", "select o.id, t.tag from raw.orders o cross join lateral jsonb_array_elements(o.tags) as t(tag)"),
        ("databricks", "select o.id, t.tag from raw.orders o lateral view explode(o.tags) t as tag"),
    ],
)
def test_arrays_that_are_unnested_are_columns(adapter: str, sql: str) -> None:
    assert project({"mart": sql}, adapter=adapter).columns("orders") == {"id", "tags"}


def test_element_of_an_array_under_the_arrays_own_name_is_no_key() -> None:
    sql = "select o.id from raw.orders o, unnest(o.items) as items join raw.items i on i.id = items"

    known = project({"mart": sql}, adapter="bigquery")

    assert known.columns("orders") == {"id", "items"}
    assert known.links == set()


def test_table_functions_have_no_columns_of_sources() -> None:
    known = project({"mart": "select d.day, o.id from generate_series(1, 10) as d(day) left join raw.orders o on o.day = d.day"})

    assert known.columns("orders") == {"id", "day"}


def test_fields_of_a_struct_are_of_their_column() -> None:
    known = project({"mart": "select id, address.city as city from raw.orders"}, adapter="bigquery")

    assert known.columns("orders") == {"id", "address"}


def test_pivot_reads_its_columns_and_leaves_the_others() -> None:
    known = project(
        {
            "wide": "select * from raw.orders pivot (sum(amount) for month in ('jan', 'feb'))",
            "mart": "select customer_id, jan from wide",
        },
        adapter="snowflake",
    )

    assert {"amount", "month"} <= known.columns("orders")


def test_model_that_cannot_be_read_costs_itself_only() -> None:
    known = project({"bad": "select (((", "mart": "select id from raw.orders"})

    assert set(known.lineage.failed) == {"model.shop.bad"}
    assert known.columns("orders") == {"id"}


def test_model_without_compiled_sql_is_named() -> None:
    known = project({"bad": "", "mart": "select id from raw.orders"})

    assert set(known.lineage.failed) == {"model.shop.bad"}


PRINTED = """
    with base as (select * from tmp),
    fields as (select cast(null as boolean) as is_paid, cast(null as bigint) as customer_id, '' as source_relation from base)
    select * from fields"""


def test_columns_that_are_printed_in_place_of_a_missing_source_are_its_columns() -> None:
    known = project(
        {
            "tmp": "select cast(null as text) as _dbt_source_relation /* raw.orders */ limit 0",
            "stg": PRINTED,
            "mart": "select * from stg join raw.customers c on c.id = customer_id",
        },
    )

    assert known.kinds("orders.is_paid") == {"boolean"}
    assert known.links == {frozenset(("orders.customer_id", "customers.id"))}
    assert known.columns("orders") == {"is_paid", "customer_id"}


def test_a_printed_alias_is_the_column_that_the_macro_lists_under_it() -> None:
    models = {
        "tmp": "select cast(null as text) as _dbt_source_relation /* raw.orders */ limit 0",
        "stg": PRINTED,
        "mart": "select * from stg join raw.customers c on c.id = customer_id",
    }
    known = project(models, aliases={"stg": {"customer_id": "buyer"}})

    assert known.columns("orders") == {"is_paid", "buyer"}
    assert known.kinds("orders.buyer") == {"integer"}
    assert known.links == {frozenset(("orders.buyer", "customers.id"))}


def test_null_beside_columns_is_no_column_of_the_source() -> None:
    known = project({"stg": "select id, cast(null as text) as email from raw.orders"})

    assert known.columns("orders") == {"id"}
