"""What the SQL of models gives away about the columns of sources."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lineage_projects import project, singular

from synthseed.dbt.facts import Strength


# ---------------------------------------------------------------------------------------------- types
@pytest.mark.parametrize(
    ("expression", "kind", "strength"),
    [
        ("cast(x as date)", "date", Strength.CAST),
        ("x::int", "integer", Strength.CAST),
        ("try_cast(x as decimal(10, 2))", "numeric", Strength.CAST),
        ("date_trunc('month', x)", "timestamp", Strength.USE),
        ("extract(year from x)", "timestamp", Strength.USE),
        ("datediff('day', x, current_date)", "timestamp", Strength.USE),
        ("x + interval '1 day'", "timestamp", Strength.USE),
        ("lower(x)", "text", Strength.USE),
        ("x like 'a%'", "text", Strength.USE),
        ("split_part(x, '@', 2)", "text", Strength.USE),
        ("sum(x)", "numeric", Strength.USE),
        ("x * 2", "numeric", Strength.USE),
        ("2 * x", "numeric", Strength.USE),
        ("not x", "boolean", Strength.USE),
        ("case when x then 1 end", "boolean", Strength.USE),
        ("x = 'a'", "text", Strength.LITERAL),
        ("coalesce(x, 0)", "integer", Strength.LITERAL),
        ("coalesce(x, false)", "boolean", Strength.LITERAL),
        ("x >= '2024-01-01'", "timestamp", Strength.LITERAL),
        ("x->>'a'", "json", Strength.USE),
    ],
)
def test_type_is_known_from_what_is_done_with_a_column(expression: str, kind: str, strength: Strength) -> None:
    known = project({"mart": f"select {expression} as y from raw.orders"})

    assert {(fact.kind, fact.strength, fact.where) for fact in known.of("orders.x").types} == {(kind, strength, "model mart")}


@pytest.mark.parametrize(
    "expression",
    [
        "case x when y then 1 end",
        "lower(cast(x as text))",
        "cast(x as text)",
        "cast(date_trunc('day', cast(x as text)) as date)",
        "cast(null as int) + count(x)",
    ],
)
def test_nothing_is_said_of_a_type_that_the_model_leaves_open(expression: str) -> None:
    assert project({"mart": f"select {expression} as z from raw.orders"}).kinds("orders.x") == set()


def test_condition_that_models_count_with_is_no_number() -> None:
    known = project({"mart": "select sum(late::int) as n from raw.orders", "other": "select 1 as one from raw.orders where late"})

    assert known.kinds("orders.late") == {"boolean"}


def test_moment_whose_day_is_taken_is_a_moment() -> None:
    known = project({"mart": "select created_at::date as created_on, born::date as born from raw.customers"})

    assert known.kinds("customers.created_at") == {"timestamp"}
    assert known.kinds("customers.born") == {"date"}


def test_text_that_is_cast_has_two_types() -> None:
    known = project({"stg": "select trim(x) as x from raw.orders", "mart": "select x::numeric as x from stg"})

    assert "text" in known.kinds("orders.x")
    assert {fact.kind for fact in known.of("orders.x").parsed} == {"numeric"}


def test_text_that_is_parsed_with_a_format_is_text() -> None:
    known = project({"mart": "select strptime(x, '%Y-%m-%d') as day from raw.orders"})

    assert known.kinds("orders.x") == {"text"}
    assert {fact.kind for fact in known.of("orders.x").parsed} == {"timestamp"}


# ---------------------------------------------------------------------------------------------- JSON
@pytest.mark.parametrize(
    ("adapter", "expression", "paths"),
    [
        ("duckdb", "payload->>'$.user.name'", {"user.name": "text"}),
        ("duckdb", "(payload->>'age')::int", {"age": "integer"}),
        ("postgres", "payload->'user'->>'name'", {"user.name": "text"}),
        ("postgres", "payload #>> '{user,name}'", {"user.name": "text"}),
        ("postgres", "(payload::jsonb ->> 'age')::numeric", {"age": "numeric"}),
        ("snowflake", "payload:user.name::string", {"user.name": "text"}),
        ("snowflake", "payload:user:age::int", {"user.age": "integer"}),
        ("snowflake", "parse_json(payload):age::float", {"age": "float"}),
        ("bigquery", "json_value(payload, '$.user.name')", {"user.name": "text"}),
        ("bigquery", "json_extract_scalar(payload, '$.user.name')", {"user.name": "text"}),
        ("bigquery", "cast(json_value(payload, '$.age') as int64)", {"age": "integer"}),
    ],
)
def test_json_paths_are_read_in_each_dialect(adapter: str, expression: str, paths: dict[str, str]) -> None:
    known = project({"mart": f"select {expression} as y from raw.orders"}, adapter=adapter)

    assert known.of("orders.payload").paths == paths
    assert "json" in {fact.kind for fact in known.of("orders.payload").parsed}


# ---------------------------------------------------------------------------------------------- filters
@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("state = 'completed'", {"completed"}),
        ("state in ('a', 'b')", {"a", "b"}),
        ("state = 'a' or state = 'b'", {"a", "b"}),
        ("not state", {"false"}),
        ("state is not true", {"false"}),
        ("coalesce(state, false) = false", {"false"}),
        ("not coalesce(state, false)", {"false"}),
        ("state = false", {"false"}),
        ("state is null", {None}),
        ("lower(state) = 'x'", {"x"}),
        ("state = 'a' or other = 'b'", set()),
        ("max(state) = 'a'", set()),
        ("state <> 'a'", set()),
    ],
)
def test_filters_say_what_rows_must_be(where: str, wanted: set[str | None]) -> None:
    known = project({"mart": f"select 1 as one from raw.orders where {where}"})

    assert set(known.of("orders.state").wanted) == wanted


@pytest.mark.parametrize(
    ("where", "refused"),
    [
        ("state <> 'a'", {"a"}),
        ("state not in ('a', 'b')", {"a", "b"}),
        ("not (state = 'a' or state = 'b')", {"a", "b"}),
        ("state is not null", {None}),
    ],
)
@pytest.mark.parametrize("adapter", ["duckdb", "postgres"])
def test_filters_say_what_rows_must_not_be(adapter: str, where: str, refused: set[str | None]) -> None:
    known = project({"mart": f"select 1 as one from raw.orders where {where}"}, adapter=adapter)

    assert set(known.of("orders.state").refused) == refused


def test_pattern_that_rows_must_not_match_is_none_that_they_match() -> None:
    test = singular("plain", "select * from raw.orders where not (code not like 'x%')")

    assert not project({}, [test]).of("orders.code").shapes


def test_rows_for_which_an_outer_join_found_nothing_want_no_null() -> None:
    known = project(
        {
            "stg": "select o.id, c.id as customer_id from raw.orders o left join raw.customers c on o.buyer = c.id",
            "mart": "select id from stg where customer_id is null",
            "anti": "select o.id from raw.orders o left join raw.customers c on o.buyer = c.id where c.id is null",
        }
    )

    assert known.of("customers.id").wanted == {}


def test_condition_of_an_outer_join_is_no_filter() -> None:
    known = project({"mart": "select 1 as one from raw.orders o left join raw.items i on i.order_id = o.id and i.kind = 'x'"})

    assert known.of("items.kind").wanted == {}
    assert list(known.of("items.kind").seen) == ["x"]


@pytest.mark.parametrize(
    ("adapter", "where"),
    [
        ("duckdb", "at >= current_date - interval '30 days'"),
        ("duckdb", "at >= current_date - interval 30 day"),
        ("duckdb", "at >= now() - interval (30) day"),
        ("postgres", "at >= now() - interval '30 days'"),
        ("postgres", "at >= current_timestamp + ((interval '1 day') * (-30))"),
        ("postgres", "at > date_trunc('day', now() - interval '30 day')"),
        ("snowflake", "at >= dateadd(day, -30, current_date)"),
        ("snowflake", "at >= dateadd('day', -30, current_timestamp())"),
        ("snowflake", "at >= current_date() - 30"),
        ("bigquery", "at >= date_sub(current_date(), interval 30 day)"),
        ("bigquery", "at >= timestamp_sub(current_timestamp(), interval 30 day)"),
        ("bigquery", "at >= timestamp(date_sub(current_date(), interval 30 day))"),
        ("redshift", "at >= dateadd(day, -30, getdate())"),
        ("databricks", "at >= date_add(current_date(), -30)"),
        ("duckdb", "current_date - interval '30 days' <= at"),
        ("duckdb", "at between current_date - interval '30 days' and current_date"),
    ],
)
def test_windows_before_now_are_read_in_each_dialect(adapter: str, where: str) -> None:
    known = project({"mart": f"select 1 as one from raw.orders where {where}"}, adapter=adapter)

    assert list(known.of("orders.at").since) == ["-30d"]
    assert known.kinds("orders.at") <= {"timestamp", "date"}


def test_windows_from_a_date_are_read() -> None:
    known = project({"mart": "select 1 as one from raw.orders where at >= '2024-01-01' and at < date '2025-01-01'"})

    assert known.of("orders.at").since == {"2024-01-01": "model mart"}
    assert known.of("orders.at").until == {"2025-01-01": "model mart"}


def test_patterns_are_read() -> None:
    known = project({"mart": "select case when lower(url) like '%utm_source=%' then 1 end as paid from raw.orders where x ilike 'a%'"})

    assert known.of("orders.url").patterns == {"%utm_source=%": "model mart"}
    assert known.of("orders.x").patterns == {"a%": "model mart"}


# ---------------------------------------------------------------------------------------------- pivots
@pytest.mark.parametrize(
    "expression",
    [
        "max(case when name = 'age' then value end)::int",
        "cast(max(case name when 'age' then value end) as integer)",
        "max(case when name = 'age' then value::int end)",
        "(max(value) filter (where name = 'age'))::int",
        "sum(case when name = 'age' then value::int else 0 end)",
        "max(case when lower(name) = 'age' and kind = 1 then value end)::int",
    ],
)
def test_pivots_over_an_entity_attribute_value_table_are_read(expression: str) -> None:
    known = project({"mart": f"select entity_id, {expression} as age from raw.items group by 1"})

    assert known.pivots == {("items.name", "age", "items.value", "integer")}
    assert "age" in known.of("items.name").seen


def test_type_that_a_pivot_is_cast_to_later_is_its_type() -> None:
    known = project(
        {
            "wide": "select entity_id, max(case when name = 'age' then value end) as age from raw.items group by 1",
            "mart": "select entity_id, age::int as age from wide",
        }
    )

    assert known.pivots == {("items.name", "age", "items.value", "integer")}


def test_conditional_sum_is_no_pivot() -> None:
    assert project({"mart": "select sum(case when state = 'paid' then amount end) as paid from raw.orders"}).pivots == set()


# ---------------------------------------------------------------------------------------------- links
def test_keys_are_linked_through_casts_and_ctes() -> None:
    known = project(
        {
            "o": "select id, cast(buyer as text) as customer_key from raw.orders",
            "c": "with c as (select * from raw.customers) select trim(id) as customer_key from c",
            "mart": "select o.id from o inner join c on o.customer_key = c.customer_key",
        }
    )

    assert known.links == {frozenset(("orders.buyer", "customers.id"))}


@pytest.mark.parametrize(
    "on", ["o.at::date = i.at::date", "date_trunc('day', o.at) = i.day", "o.amount > i.amount", "o.id = i.order_id + 1", "o.kind = 'x'"]
)
def test_what_is_no_key_is_not_linked(on: str) -> None:
    assert project({"mart": f"select o.id from raw.orders o join raw.items i on {on}"}).links == set()


def test_column_that_leads_to_one_table_or_another_unites_neither() -> None:
    known = project(
        {
            "a": "select 1 as one from raw.items i join raw.orders o on i.value = o.id where i.kind = 'order'",
            "b": """
                with c as (select * from raw.items where lower(kind) = 'customer')
                select 1 as one from c join raw.customers x on x.id = c.value""",
            "c": "select 1 as one from raw.orders o join raw.customers c on o.customer_id = c.id where o.state = 'paid'",
        }
    )

    assert known.links == {frozenset(("orders.customer_id", "customers.id"))}
    assert {(link.when, link.left.column) for link in known.facts.polymorphic} != set()
    assert len(known.facts.polymorphic) == 2


@pytest.mark.parametrize(
    ("text", "form", "day", "year"),
    [
        ("year || day", "%Y %b %-d", {" %b %-d"}, {"%Y"}),
        ("year || ' ' || day", "%Y %b %-d", {"%b %-d"}, {"%Y"}),
        ("concat(day, ', ', cast(year as varchar))", "%d.%m, %Y", {"%d.%m"}, {"%Y"}),
        ("year || '/' || day", "%Y %b", set(), set()),
    ],
)
def test_columns_that_a_time_is_put_together_of_share_its_format(text: str, form: str, day: set[str], year: set[str]) -> None:
    known = project({"mart": f"select strptime({text}, '{form}') as at from raw.orders"})

    assert (set(known.of("orders.day").formats), set(known.of("orders.year").formats)) == (day, year)
    assert ("text" in known.kinds("orders.day")) == bool(day)
