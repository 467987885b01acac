"""What a plan is changed by, for what a project's SQL and tests say."""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from source_projects import generic, planned, project

from synthseed.dbt.adjusted import adjust
from synthseed.plan import After, Choice, Expr, Moment, Number, Template, Tier


# ---------------------------------------------------------------------------------------------- texts that read as times
def test_a_text_after_a_text_is_after_the_moment_that_the_other_is_written_from() -> None:
    spans = "select id, trim(start_date)::date as a, trim(end_date)::date as b from raw.orders"
    plan = planned(project({"stg": spans}))

    start, end = plan.column("orders._start_date_moment").gen, plan.column("orders._end_date_moment").gen
    assert isinstance(start, Moment | After)
    assert isinstance(end, After)
    assert end.ref == "_start_date_moment"
    written = plan.column("orders.end_date").gen
    assert isinstance(written, Template)
    assert written.tiers[0].values == ("{date:_end_date_moment:%Y-%m-%d}",)


def test_a_text_that_reads_as_a_timestamp_holds_its_time_of_day() -> None:
    plan = planned(project({"stg": "select id, trim(seen)::timestamp as seen from raw.orders"}))

    written = plan.column("orders.seen").gen
    assert isinstance(written, Template)
    assert written.tiers[0].values == ("{date:_seen_moment:%Y-%m-%d %H:%M:%S}",)


@pytest.mark.parametrize(
    ("adapter", "part"),
    [
        ("duckdb", "split_part(utc_shift, ':', 2)"),
        ("duckdb", "string_split(utc_shift, ':')[2]"),
        ("postgres", "(string_to_array(utc_shift, ':'))[2]"),
    ],
)
def test_a_text_whose_parts_are_read_as_numbers_holds_as_many(adapter: str, part: str) -> None:
    plan = planned(project({"stg": f"select id, cast({part} as integer) as minutes from raw.orders"}, adapter=adapter))

    written = plan.column("orders.utc_shift").gen
    assert isinstance(written, Template)
    assert all(text.count("{int:0-1}{int:0-9}") == 2 and text.count("}:{") == 1 for text in written.tiers[0].values)


def test_a_text_that_is_read_by_a_format_is_written_in_it() -> None:
    plan = planned(project({"stg": "select id, strptime(played, '%a %b %d %Y')::date as played from raw.orders"}))

    written = plan.column("orders.played").gen
    assert isinstance(written, Choice)
    assert "Mon Jan 01 2024" in written.tiers[0].values


# ---------------------------------------------------------------------------------------------- money
def test_a_column_in_cents_is_a_hundred_times_larger_and_whole() -> None:
    gen = planned(project({"stg": "select id, (credit / 100)::numeric(12, 2) as credit from raw.products"})).column("products.credit").gen

    assert isinstance(gen, Number)
    assert gen.q.p50 >= 200
    assert gen.step == gen.step.to_integral_value()


def test_a_column_in_cents_stays_within_the_bounds_that_a_test_gives() -> None:
    bounded = generic("dbt_utils.expression_is_true", "stg", sql="select 1 from stg where not(credit >= 1 and credit <= 50)")
    models = {"stg": "select id, (credit / 100)::numeric(12, 2) as credit from raw.products"}
    gen = planned(project(models, [bounded])).column("products.credit").gen

    assert isinstance(gen, Number)
    assert gen.q.max <= 5000


def test_a_column_whose_name_says_cents_is_not_made_larger() -> None:
    model = "select id, (price_cents / 100)::numeric(12, 2) as price from raw.products"
    read = planned(project({"stg": model})).column("products.price_cents")
    kept = planned(project({"stg": "select id, price_cents::bigint as price from raw.products"})).column("products.price_cents")

    assert read.gen == kept.gen


def test_a_tax_is_a_portion_of_what_it_is_added_to() -> None:
    identity = generic("dbt_utils.expression_is_true", "stg", sql="select 1 from stg where not(total - tax_paid = subtotal)")
    model = "select id, total::int as total, tax_paid::int as tax_paid, subtotal::int as subtotal from raw.orders"
    plan = planned(project({"stg": model}, [identity]))

    assert plan.column("orders.tax_paid").gen == Expr("round(subtotal * _tax_paid_rate, 0)")


# ---------------------------------------------------------------------------------------------- keys
def test_a_key_that_is_joined_with_another_is_that_of_its_row() -> None:
    models = {
        "priced": "select * from raw.orders o join raw.customers c on o.customer_id = c.id",
        "mart": "select * from raw.items i left join raw.orders o on i.order_id = o.id and i.customer_id = o.customer_id",
    }
    plan = planned(project(models))

    assert plan.column("items.customer_id").gen == Expr("order_id.customer_id")
    assert [key.label for key in plan.table("items").foreign_keys] == ["order_id"]
    assert [key.label for key in plan.table("orders").foreign_keys] == ["customer_id"]


def test_a_text_comes_again_where_a_model_looks_at_the_row_before() -> None:
    mart = "select lead(at) over (partition by order_id, name order by at) as until from raw.history"
    sources = planned(project({"mart": mart}, sources=("orders", "history")))
    table = sources.planned("history")
    each = tuple(
        replace(one, gen=Template((Tier(Decimal(100), ("Name {seq}",)),))) if one.column == "name" else one for one in table.columns
    )
    plan = replace(sources.plan, tables={**sources.plan.tables, "raw.history": replace(table, columns=each)})

    found = adjust(plan, sources.known.manifest, sources.known.facts, sources.described, plan)

    assert isinstance(found.tables["raw.history"].by_column["name"].gen, Choice)


def test_a_text_that_models_look_for_in_a_column_that_leads_here_is_a_row_by_hand() -> None:
    models = {
        "stg": "select f.name, h.value from raw.history h join raw.fields f on h.field_id = f.id",
        "mart": "select max(case when field_id = 'state' then value end) as state from raw.history",
        "texts": "select trim(id) as id from raw.fields",
    }
    fixed = planned(project(models, sources=("fields", "history"))).planned("fields").fixed

    assert {"id": "state"} in [dict(row) for row in fixed]


def test_a_time_that_is_a_number_which_models_count_with_is_minutes_of_a_day_unless_they_read_it_as_an_epoch() -> None:
    mart = "select start_time::bigint - 60 as shifted, to_timestamp(made_time::bigint) as at, made_time::bigint + 1 as next from raw.items"
    sources = planned(project({"mart": mart}))
    start, made = (sources.column(f"items.{name}").gen for name in ("start_time", "made_time"))

    assert isinstance(start, Number)
    assert start.q.max <= 24 * 60
    assert "minutes of a day" not in sources.column("items.made_time").note, made
