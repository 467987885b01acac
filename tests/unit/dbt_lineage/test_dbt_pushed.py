"""What tests of models say about the columns of sources."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lineage_projects import generic, project, singular

from synthseed.dbt.artifacts import Entity, Field
from synthseed.dbt.facts import Strength

RANGE = """
with meet_condition as (select * from {model}),
validation_errors as (select * from meet_condition where 1 = 2 or not {column} >= 0 or not {column} <= 100)
select * from validation_errors"""


# ---------------------------------------------------------------------------------------------- unique
def test_unique_is_pushed_through_renames_and_stars() -> None:
    known = project(
        {"stg": "select id as order_id, * from raw.orders", "mart": "select * from stg"}, [generic("unique", "mart", "order_id")]
    )

    assert known.keys == {"orders(id)"}
    assert known.of("orders.id").unique == ["test unique_mart_order_id"]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from raw.orders qualify row_number() over (partition by id order by at desc) = 1",
        "with r as (select *, row_number() over (partition by id order by at desc) as rn from raw.orders) select * from r where rn = 1",
        "select * from (select *, rank() over (partition by id order by at) as rn from raw.orders) where rn <= 1",
        "with r as (select *, row_number() over (partition by id order by at) = 1 as first from raw.orders) select * from r where first",
        "select distinct on (id) * from raw.orders",
        "select distinct id from raw.orders",
        "select id, count(*) as n from raw.orders group by id",
        "select id from raw.orders group by 1",
        "select max(id) as id from raw.orders",
        "select id from raw.orders union select id from raw.items",
        "select o.* from raw.orders o where at = (select max(at) from raw.orders x where x.id = o.id)",
        "select o.* from raw.orders o join (select id, max(at) as at from raw.orders group by id) l on l.id = o.id and l.at = o.at",
        "select row_number() over (order by at) as id from raw.orders",
    ],
)
def test_unique_is_not_pushed_through_what_makes_one_row_of_several(sql: str) -> None:
    known = project({"mart": sql}, [generic("unique", "mart", "id")], adapter="duckdb")

    assert known.keys == set()
    assert known.facts.unused == [("test unique_mart_id", "its rows are made of several, or not of a source's")]


def test_unique_of_a_union_holds_in_each_branch() -> None:
    known = project(
        {"mart": "select id, 'o' as kind from raw.orders union all select code, 'i' from raw.items"}, [generic("unique", "mart", "id")]
    )

    assert known.keys == {"orders(id)", "items(code)"}


@pytest.mark.parametrize(
    "key",
    [
        "md5(coalesce(cast(order_id as text), '') || '-' || coalesce(cast(line as text), ''))",
        "md5(cast(coalesce(cast(order_id as text), '_null_') || '-' || coalesce(cast(line as text), '_null_') as text))",
        "order_id || '-' || line",
        "concat_ws('|', order_id, line)",
        "{{fn}}",
    ],
)
def test_unique_surrogate_key_is_a_composite_key(key: str) -> None:
    key = key.replace("{{fn}}", "to_hex(md5(concat(order_id, line)))")

    known = project({"stg": f"select {key} as sk, * from raw.items", "mart": "select sk from stg"}, [generic("unique", "mart", "sk")])

    assert known.keys == {"items(line, order_id)"}


@pytest.mark.parametrize("part", ["meta.extracted_at", "f.value", "(select max(x) from raw.items)"])
def test_surrogate_key_with_a_part_that_is_not_known_is_no_key(part: str) -> None:
    sql = f"select md5(o.id || {part}) as sk from raw.orders o, lateral flatten(input => o.tags) f"

    known = project({"mart": sql}, [generic("unique", "mart", "sk")], adapter="snowflake")

    assert known.keys == set()


def test_unique_combination_is_a_composite_key() -> None:
    test = generic("dbt_utils.unique_combination_of_columns", "mart", combination_of_columns=["order_id", "Line"])

    known = project({"mart": "select order_id, line_no as line from raw.items"}, [test])

    assert known.keys == {"items(line_no, order_id)"}


def test_unique_rows_of_a_join_have_unique_keys_on_its_other_side() -> None:
    known = project(
        {
            "stg_c": "select id as customer_id, name from raw.customers",
            "mart": "select o.id, c.name from raw.orders o left join stg_c c on o.customer_id = c.customer_id",
        },
        [generic("unique", "mart", "id")],
    )

    assert known.keys == {"orders(id)", "customers(id)"}


def test_unique_rows_of_a_join_on_two_columns_have_a_composite_key() -> None:
    known = project({"mart": "select o.id from raw.orders o join raw.items i using (order_id, shop_id)"}, [generic("unique", "mart", "id")])

    assert known.keys == {"orders(id)", "items(order_id, shop_id)"}


@pytest.mark.parametrize(
    "join",
    [
        "raw.customers c on o.customer_id = c.id and c.is_current",
        "raw.customers c on o.customer_id = c.id and o.at between c.valid_from and c.valid_to",
        "raw.customers c on lower(o.email) = lower(c.email)",
        "raw.customers c on o.a = c.a or o.b = c.b",
        "(select * from raw.customers where is_current) c on o.customer_id = c.id",
        "(select id, max(name) as name from raw.customers group by id) c on o.customer_id = c.id",
        "(select * from raw.customers qualify row_number() over (partition by id order by at) = 1) c on o.customer_id = c.id",
    ],
)
def test_join_that_does_more_than_compare_a_key_says_nothing_of_its_other_side(join: str) -> None:
    known = project({"mart": f"select o.id from raw.orders o left join {join}"}, [generic("unique", "mart", "id")])

    assert known.keys == {"orders(id)"}


def test_surrogate_key_over_a_join_is_a_key_of_the_many_only() -> None:
    known = project(
        {"mart": "select md5(o.id || '-' || i.line) as sk from raw.orders o join raw.items i on i.order_id = o.id"},
        [generic("unique", "mart", "sk")],
    )

    assert known.keys == {"items(line, order_id)"}


def test_surrogate_key_of_what_is_joined_is_a_key_of_what_leads_there() -> None:
    models = {
        "mart": "select md5(c.code || o.line) as sk from raw.orders o left join raw.customers c on c.customerid = o.customerid "
        "left join raw.products p on p.productid = o.productid"
    }

    assert "orders(customerid, line)" in project(models, [generic("unique", "mart", "sk")]).keys


def test_rows_that_others_are_joined_to_are_unique_by_all_of_them_together() -> None:
    models = {
        "mart": "select md5(c.code || p.code) as sk from raw.orders o left join raw.customers c on c.customerid = o.customerid "
        "left join raw.products p on p.productid = o.productid left join raw.items i on i.itemid = o.itemid"
    }

    assert project(models, [generic("unique", "mart", "sk")]).keys == {"orders(customerid, productid)", "items(itemid)"}


@pytest.mark.parametrize("adapter", ["duckdb", "postgres"])
def test_key_in_a_document_is_no_key_of_the_document(adapter: str) -> None:
    models = {"stg": "select (doc->>'id')::int as id, (doc->>'size')::int as size from raw.orders", "mart": "select * from stg"}
    known = project(models, [generic("unique", "mart", "id")], adapter=adapter)

    assert known.keys == set()
    assert known.of("orders.doc").paths == {"id": "key integer", "size": "integer"}


def test_unique_where_says_nothing_of_the_other_rows() -> None:
    test = generic("unique", "mart", "id")
    where = type(test)(**{name: getattr(test, name) for name in test.__slots__} | {"where": "state = 'x'"})

    assert project({"mart": "select * from raw.orders"}, [where]).keys == set()


def test_primary_key_of_a_contract_is_pushed() -> None:
    known = project(
        {"mart": "select id, at from raw.orders"},
        documented={"mart": [Field("id", "bigint", "The order", ("primary_key",)), Field("at", "date", "", ("not_null",))]},
        primary_keys={"mart": ("id",)},
    )

    assert known.keys == {"orders(id)"}
    assert known.of("orders.at").not_null == ["contract of mart.at"]
    assert [(fact.kind, fact.strength) for fact in known.of("orders.at").types] == [("date", Strength.TESTED)]
    assert known.of("orders.id").described == "The order"


# ---------------------------------------------------------------------------------------------- not null, accepted values
def test_not_null_is_pushed_where_nothing_takes_the_place_of_null() -> None:
    sql = "select a, coalesce(b, 0) as b, max(c) over (partition by a) as c, upper(d) as d from raw.orders"

    known = project({"mart": sql}, [generic("not_null", "mart", name) for name in "abcd"])

    assert {name for name in "abcd" if known.of(f"orders.{name}").not_null} == {"a", "d"}


def test_not_null_behind_a_filter_says_nothing_of_what_it_takes_out() -> None:
    known = project({"mart": "select gone_at from raw.orders where gone_at is not null"}, [generic("not_null", "mart", "gone_at")])

    assert known.of("orders.gone_at").not_null == []


def test_accepted_values_are_pushed_with_where_they_are_known_from() -> None:
    known = project(
        {"mart": "select lower(state) as s from raw.orders"}, [generic("accepted_values", "mart", "s", values=["a", "b", 3, True])]
    )

    assert known.of("orders.state").accepted == dict.fromkeys(["a", "b", "3", "true"], "test accepted_values_mart_s")


def test_accepted_values_of_filtered_rows_are_not_all_that_there_may_be() -> None:
    known = project(
        {"mart": "select state from raw.orders where state in ('a', 'b')"}, [generic("accepted_values", "mart", "state", values=["a", "b"])]
    )

    assert known.of("orders.state").accepted == {}
    assert set(known.of("orders.state").wanted) == {"a", "b"}


@pytest.mark.parametrize(
    ("case", "accepted"),
    [
        ("case state when 'A' then 'active' when 'G' then 'gone' else 'unknown' end", {"A", "G"}),
        ("case when state = 'A' then 'active' when state in ('G', 'X') then 'gone' else 'bad' end", {"A", "G", "X"}),
        ("case when state = 'A' or state = 'B' then 'active' when state = 'Z' then 'bad' else 'bad' end", {"A", "B"}),
        ("case when state = 'A' then 'active' else state end", {"A", "active", "gone"}),
        ("case when lower(state) = 'a' then 'active' else 'bad' end", {"a"}),
        ("case when state = 'A' then 'active' else case when state = 'G' then 'gone' else 'bad' end end", {"A", "G"}),
        ("coalesce(case state when 'A' then 'active' else 'bad' end, 'gone')", {"A"}),
        ("case state when 'A' then 'active' when 'G' then 'gone' end", set()),
        ("case state when 'A' then 'active' else 'gone' end", set()),
        ("case when state = 'A' then 'active' when state like 'G%' then 'gone' else 'bad' end", set()),
        ("case when state = 'A' then 'active' when other = 'G' then 'gone' else 'bad' end", set()),
        ("case when state = 'A' and other = 1 then 'active' when state = 'G' then 'gone' else 'bad' end", set()),
        ("case when state = 'A' then 'active' else other end", set()),
    ],
)
def test_case_is_inverted_where_it_can_be(case: str, accepted: set[str]) -> None:
    known = project(
        {"stg": f"select {case} as s from raw.orders", "mart": "select s from stg"},
        [generic("accepted_values", "mart", "s", values=["active", "gone"])],
    )

    assert set(known.of("orders.state").accepted) == accepted


# ---------------------------------------------------------------------------------------------- relationships
def test_relationships_name_child_and_parent() -> None:
    known = project(
        {"o": "select id as order_id, cast(buyer as bigint) as customer_id from raw.orders", "c": "select id from raw.customers"},
        [generic("relationships", "o", "customer_id", to="c", field="id")],
    )

    assert known.parents == {("orders.buyer", "customers.id")}


@pytest.mark.parametrize("to", ["source:customers", "seed:countries"])
def test_relationships_lead_to_sources_and_seeds(to: str) -> None:
    known = project(
        {"o": "select country from raw.orders"},
        [generic("relationships", "o", "country", to=to, field="id")],
        seeds={"countries": ["id", "Name"]},
    )

    assert known.parents == {("orders.country", f"{to.partition(':')[2]}.id")}


def test_constants_that_a_model_emits_are_wanted_in_the_parent() -> None:
    sql = (
        "select case when a then 'x' when b then 'y' else 'z' end as k, coalesce(m, 'none') as m from raw.orders union all select 'u', 'v'"
    )

    known = project(
        {"o": sql, "c": "select id, code from raw.customers"},
        [generic("relationships", "o", "k", to="c", field="id"), generic("relationships", "o", "m", to="c", field="code")],
    )

    assert set(known.of("customers.id").wanted) == {"x", "y", "z", "u"}
    assert set(known.of("customers.code").wanted) == {"none", "v"}


def test_orphans_that_a_test_looks_for_are_a_relationship() -> None:
    known = project(
        {"o": "select * from raw.orders", "c": "select * from raw.customers"},
        [singular("orphans", "select o.id from o left join c on o.customer_id = c.id where c.id is null and o.customer_id is not null")],
    )

    assert known.parents == {("orders.customer_id", "customers.id")}
    assert known.of("customers.id").wanted == {}


def test_semantic_entities_of_one_name_are_one_key() -> None:
    entities = [
        Entity("customer", "primary", "customer_id", "model.shop.c"),
        Entity("customer", "foreign", "buyer", "model.shop.o"),
    ]

    known = project({"c": "select id as customer_id from raw.customers", "o": "select buyer from raw.orders"}, entities=entities)

    assert known.parents == {("orders.buyer", "customers.id")}
    assert known.keys == {"customers(id)"}


# ---------------------------------------------------------------------------------------------- rules
def test_test_of_each_value_is_one_of_each_row() -> None:
    test = singular("days", "select day from raw.orders group by day having not (day >= 1 and day <= 31)")

    assert project({}, [test]).rules == {'"day" >= 1', '"day" <= 31'}


def test_test_of_how_often_a_value_comes_says_nothing_of_a_row() -> None:
    test = singular("days", "select day from raw.orders group by day having count(day) > 3")
    below = singular("days", "select day from (select day, count(*) as n from raw.orders group by day) where n > 3")

    assert not project({}, [test]).rules | project({}, [below]).rules


@pytest.mark.parametrize("adapter", ["duckdb", "postgres"])
def test_expression_that_is_not_null_says_that_of_the_column(adapter: str) -> None:
    test = generic("dbt_utils.expression_is_true", "mart", sql="select 1 from mart where not(state is not null)")
    known = project({"mart": "select nullif(trim(state), '') as state from raw.orders"}, [test], adapter=adapter)

    assert known.of("orders.state").not_null
    assert not known.rules


@pytest.mark.parametrize(
    ("model", "expression", "rule"),
    [
        ("subtotal, tax, total", "subtotal + tax = total", '("subtotal" + "tax") = "total"'),
        (
            "subtotal / 100 as subtotal, tax / 100.0 as tax, total / 100 as total",
            "subtotal = total - tax",
            '"subtotal" = ("total" - "tax")',
        ),
        ("total / 100 as total", "total >= 5", '"total" >= 500'),
        ("round(total / 100.0, 2) as total", "total > 0.5", '"total" > 50'),
        ("subtotal, coalesce(tax, 0) as tax, total", "subtotal + tax = total", '("subtotal" + coalesce("tax", 0)) = "total"'),
        ("cast(total as numeric) as total", "total >= 0 and total < 10", '"total" >= 0'),
        ("starts, ends", "ends is null or ends >= starts", '"ends" >= "starts"'),
    ],
)
def test_expression_tests_are_rules_of_the_source(model: str, expression: str, rule: str) -> None:
    sql = f"select 1 from (select * from mart) dbt_subquery where not({expression})"

    known = project({"mart": f"select {model} from raw.orders"}, [generic("dbt_utils.expression_is_true", "mart", sql=sql)])

    assert rule in known.rules
    assert {one.where for one in known.facts.rules} == {"test expression_is_true_mart_"}


@pytest.mark.parametrize("expression", ["total / 100 = subtotal", "total = other.total", "length(total) = 3", "total / items = price"])
def test_expression_that_is_more_than_a_rule_is_named_as_unused(expression: str) -> None:
    sql = f"select 1 from mart where not({expression})"

    known = project({"mart": "select total, subtotal from raw.orders"}, [generic("dbt_utils.expression_is_true", "mart", sql=sql)])

    assert known.rules == set()
    assert len(known.facts.unused) == 1


def test_range_is_read_from_its_sql() -> None:
    test = generic("dbt_utils.accepted_range", "mart", "share", sql=RANGE.format(model="mart", column="share"))

    known = project({"mart": "select share from raw.orders"}, [test])

    assert known.rules == {'"share" >= 0', '"share" <= 100'}


def test_condition_that_is_computed_first_is_read_from_its_sql() -> None:
    sql = """
        with grouped_expression as (select ( 1=1 and share >= 0 and share <= 1 ) as expression from mart),
        validation_errors as (select * from grouped_expression where not(expression = true))
        select * from validation_errors"""

    known = project({"mart": "select share from raw.orders"}, [generic("dbt_expectations.between", "mart", "share", sql=sql)])

    assert known.rules == {'"share" >= 0', '"share" <= 1'}


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        ("select * from mart where amount < 0", {'"amount" >= 0'}),
        ("select * from mart where amount is not null and amount < 0", {'"amount" >= 0'}),
        ("select * from mart where amount < 0 or fee <> 1", {'"amount" >= 0', '"fee" = 1'}),
        (
            "with paid as (select * from mart where state = 'paid') select * from paid where amount < 0",
            {'"state" <> \'paid\' or "amount" >= 0'},
        ),
        ("select * from mart where state = 'paid' and paid_at is null", {'"state" <> \'paid\' or "paid_at" is not null'}),
        ("select * from mart where ends < starts", {'"ends" >= "starts"'}),
        ("select * from mart where state not in ('a', 'b') and kind = 'x'", {"\"state\" in ('a', 'b') or \"kind\" <> 'x'"}),
        ("select count(*) as n from mart where amount < 0 group by state having count(*) > 1", set()),
        ("select * from mart m join raw.items i on i.order_id = m.id where i.amount < 0", set()),
    ],
)
def test_singular_tests_are_read_as_queries_for_failures(sql: str, rules: set[str]) -> None:
    known = project({"mart": "select * from raw.orders"}, [singular("mine", sql)])

    assert known.rules == rules


def test_singular_test_of_a_list_is_a_vocabulary() -> None:
    known = project({"mart": "select * from raw.orders"}, [singular("mine", "select * from mart where state not in ('a', 'b')")])

    assert set(known.of("orders.state").accepted) == {"a", "b"}


def test_filter_of_a_failing_row_is_no_rule() -> None:
    sql = "with paid as (select * from mart where state = 'paid') select * from paid where amount < 0"

    known = project({"mart": "select * from raw.orders"}, [singular("mine", sql)])

    assert "\"state\" <> 'paid'" not in known.rules


# ---------------------------------------------------------------------------------------------- sums over children
ITEMS = "select order_id, sum(price) as price from raw.items group by 1"
MART = "select o.id, o.total / 100 as total, s.price from raw.orders o left join s on s.order_id = o.id"


def _summed(items: str, mart: str = MART) -> object:
    sql = "select 1 from mart where not(total = price)"
    return project({"s": items, "mart": mart}, [generic("dbt_utils.expression_is_true", "mart", sql=sql)])


def test_parent_may_be_the_sum_of_its_children() -> None:
    known = _summed("select order_id, sum(price / 100.0) as price from raw.items group by order_id")

    assert known.sums == {("orders.total", "items.order_id", "items.price", None)}
    assert known.facts.sums[0].factor == Decimal(1)


def test_factor_between_the_units_of_a_sum_is_known() -> None:
    assert _summed(ITEMS).facts.sums[0].factor == Decimal(100)


def test_term_of_a_sum_may_be_the_childrens_parents() -> None:
    known = _summed("select i.order_id, sum(p.price) as price from raw.items i left join raw.products p on i.sku = p.sku group by 1")

    assert known.sums == {("orders.total", "items.order_id", "products.price", "items.sku")}


@pytest.mark.parametrize(
    "items",
    [
        "select order_id, sum(price) as price from raw.items where kind = 'food' group by 1",
        "select order_id, line, sum(price) as price from raw.items group by 1, 2",
        "with food as (select * from raw.items where kind = 'food') select order_id, sum(price) as price from food group by 1",
        "select order_id, sum(case when kind = 'food' then price end) as price from raw.items group by 1",
    ],
)
def test_sum_of_some_of_the_children_is_no_sum(items: str) -> None:
    assert _summed(items).sums == set()


def test_unique_is_pushed_through_a_snapshot() -> None:
    known = project(
        {"snap": "select * from raw.orders", "mart": "select id, dbt_valid_to from snap where dbt_valid_to is null"},
        [generic("unique", "mart", "id")],
        snapshots=["snap"],
    )

    assert known.keys == {"orders(id)"}
    assert known.columns("orders") == {"id"}
