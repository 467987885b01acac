"""Which columns a failure of a build is about, and what may be told of it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from source_projects import Planned, generic, planned, project, singular

from synthseed.dbt import artifacts
from synthseed.dbt.artifacts import Result
from synthseed.dbt.concerned import Concern, Concerns

MODELS = {
    "stg": "select id, customer_id, trim(code) as code, size, status from raw.orders where state = 'done'",
    "people": "select id, trim(name) as name from raw.customers",
    "mart": "select s.id, s.code, p.name from stg s left join people p on s.customer_id = p.id where s.size > 2",
}
ODD = "select id from raw.orders where levenshtein(code, status) > 2 and id > 0"


def known(*tests: artifacts.Test) -> tuple[Planned, Concerns]:
    sources = planned(project(MODELS, tests))
    return sources, Concerns(sources.known.manifest, sources.known.lineage, sources.described)


def columns(sources: Planned, concern: Concern) -> list[str]:
    return [sources.described.where(cell).removeprefix("raw.") for cell in concern.cells]


def failed(test: artifacts.Test, message: str = "Got 3 results, configured to fail if != 0", status: str = "fail") -> Result:
    return Result(test.id, status, message, 3, 0.1)


def test_a_test_of_a_column_is_about_what_the_column_is_made_of() -> None:
    test = generic("dbt_expectations.expect_column_values_to_match_regex", "mart", "code", regex="^secret$", flags=2)
    sources, concerns = known(test)

    concern = concerns.failure(failed(test), test.name)

    assert columns(sources, concern) == ["orders.code"]
    assert concern.text == "dbt test dbt_expectations.expect_column_values_to_match_regex of mart.code (flags 2) failed for 3 rows"


def test_a_query_of_ones_own_is_about_what_it_compares_first() -> None:
    test = singular("codes_are_apart", ODD)
    sources, concerns = known(test)

    concern = concerns.failure(failed(test), test.name)

    assert columns(sources, concern)[:2] == ["orders.code", "orders.status"]
    assert "codes_are_apart, a query of its own," in concern.text
    assert "levenshtein" not in concern.text
    assert concern.sql == ODD


@pytest.mark.parametrize(
    "arguments", [{"expression": "size > 3"}, {"values": ["paid", "open"]}, {"row_condition": "x = 1"}, {"to": "ref('x')"}]
)
def test_values_and_sql_stay_out_of_what_is_told(arguments: dict[str, object]) -> None:
    test = generic("dbt_utils.of_any_kind", "stg", "size", **arguments)
    _, concerns = known(test)

    assert concerns.failure(failed(test), test.name).text == "dbt test dbt_utils.of_any_kind of stg.size failed for 3 rows"


def test_wrong_sql_is_about_no_column_and_a_text_that_cannot_be_read_about_the_texts() -> None:
    sources, concerns = known()
    unknown = Result("model.shop.stg", "error", "Catalog Error: Function nonsense does not exist", None, 0.1)
    unread = Result("model.shop.stg", "error", "Conversion Error: Could not convert string 'Ann Lee' to INT32", None, 0.1)

    assert concerns.failure(unknown, "stg").cells == ()
    assert "orders.code" in columns(sources, concerns.failure(unread, "stg"))
    assert concerns.failure(unread, "stg").text == "model stg could not be built (Conversion Error)"


def test_an_empty_model_is_about_its_filters_and_joins() -> None:
    sources, concerns = known()

    concern = concerns.empty("model.shop.mart", "mart is empty")

    assert set(columns(sources, concern)) == {"orders.size", "orders.state", "orders.customer_id", "customers.id"}


def test_a_column_of_nothing_is_about_what_it_is_made_of() -> None:
    sources, concerns = known()

    concern = concerns.null("model.shop.mart", "name", "mart.name")

    assert columns(sources, concern) == ["customers.name"]
    assert concern.text == "mart.name, which is made of it, is NULL in every row"
