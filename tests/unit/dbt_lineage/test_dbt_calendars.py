"""Days lie in the calendar that they are joined with."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from lineage_projects import Known, generic, project

SERIES = "select d::date as day from generate_series(date '{}', date '{}', interval '1 day') as s(d)"
ORDERS = {"stg": "select id, ordered as day from raw.orders"}


def days(known: Known) -> tuple[list[str], list[str]]:
    return list(known.of("orders.ordered").since), list(known.of("orders.ordered").until)


@pytest.mark.parametrize("adapter", ["duckdb", "postgres"])
def test_days_that_a_test_wants_in_a_calendar_lie_there(adapter: str) -> None:
    models = {"calendar": SERIES.format("2003-01-01", "2006-12-31"), **ORDERS}
    test = generic("relationships", "stg", "day", to="calendar", field="day")

    assert days(project(models, [test], adapter=adapter)) == (["2003-01-01"], ["2006-12-30"])


def test_days_that_are_joined_with_a_calendar_lie_there_and_are_days() -> None:
    models = {
        "calendar": SERIES.format("2023-03-01", "2023-08-01"),
        "months": "select day, extract(month from day) as month from calendar",
        **ORDERS,
        "mart": "select month from stg left join months on stg.day = months.day",
    }
    known = project(models)

    assert days(known) == (["2023-03-01"], ["2023-07-31"])
    assert "date" in known.kinds("orders.ordered")


def test_the_last_years_of_a_long_calendar_are_taken() -> None:
    models = {"calendar": SERIES.format("1990-01-01", "2024-01-02"), **ORDERS, "mart": "select 1 from stg join calendar using (day)"}

    assert days(project(models)) == (["2019-01-02"], ["2024-01-01"])


@pytest.mark.parametrize(
    "calendar",
    [
        SERIES.format("2000-01-01", "2049-12-31"),
        SERIES.format("2000-01-01", "2000-01-10"),
        "select ordered as day from raw.orders where ordered between '2003-01-01' and '2006-01-01'",
        "select d as day from generate_series(date '2001-01-01', current_date, interval '1 day') as s(d)",
    ],
)
def test_what_holds_every_day_or_is_no_calendar_binds_nothing(calendar: str) -> None:
    models = {"calendar": calendar, **ORDERS, "mart": "select 1 from stg join calendar on stg.day = calendar.day"}

    assert not project(models).of("orders.ordered").since.keys() - {"2003-01-01"}
