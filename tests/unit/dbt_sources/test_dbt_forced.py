"""What a plan must do, beyond what most rows do."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from source_projects import generic, planned, project

from synthseed.dbt.forced import Forced, applied
from synthseed.dbt.rows import Cell
from synthseed.plan import Choice

STATUS = "select id, status from raw.orders where status = 'done'"


def test_a_filter_that_all_rows_must_get_through_leaves_what_it_wants() -> None:
    sources = planned(project({"stg": STATUS, "other": "select * from raw.orders where status in ('done', 'open')"}))
    forced = Forced(certain={Cell("source.shop.raw.orders", "status"): "mart was empty"})

    column = applied(sources.plan, sources.described, sources.known.facts, forced).tables["raw.orders"].by_column["status"]

    assert isinstance(column.gen, Choice)
    assert {value for tier in column.gen.tiers for value in tier.values} <= {"done", "open"}


def test_rows_are_multiplied_for_a_source_that_leaves_a_model_empty() -> None:
    sources = planned(project({"stg": STATUS}))
    forced = Forced(rows={"source.shop.raw.orders": 4})

    plan = applied(sources.plan, sources.described, sources.known.facts, forced)

    assert plan.tables["raw.orders"].rows == 4 * sources.planned("orders").rows


def test_parents_are_multiplied_no_more_than_their_children() -> None:
    sources = planned(project({"mart": "select c.name from raw.orders o join raw.customers c on o.customer_id = c.id"}))
    forced = Forced(rows={"source.shop.raw.orders": 2, "source.shop.raw.customers": 8})

    plan = applied(sources.plan, sources.described, sources.known.facts, forced)

    assert plan.tables["raw.customers"].rows == 2 * sources.planned("customers").rows


# ---------------------------------------------------------------------------------------------- capacity
def test_a_key_over_a_small_vocabulary_has_a_row_per_value() -> None:
    tests = [
        generic("unique", "stg", "size"),
        generic("accepted_values", "stg", "size", values=["small", "large", "huge"]),
    ]
    sources = planned(project({"stg": "select size, price::numeric as price from raw.products"}, tests))

    plan = applied(sources.plan, sources.described, sources.known.facts, Forced(rows={"source.shop.raw.products": 8}))

    assert plan.tables["raw.products"].rows == 3


def test_a_key_over_two_small_vocabularies_has_fewer_rows_than_pairs() -> None:
    tests = [
        generic("dbt_utils.unique_combination_of_columns", "stg", combination_of_columns=["size", "shade"]),
        generic("accepted_values", "stg", "size", values=["small", "large", "huge"]),
        generic("accepted_values", "stg", "shade", values=["red", "green", "blue", "black"]),
    ]
    sources = planned(project({"stg": "select size, shade from raw.products"}, tests))

    plan = applied(sources.plan, sources.described, sources.known.facts, Forced(rows={"source.shop.raw.products": 8}))

    assert plan.tables["raw.products"].rows == 7
