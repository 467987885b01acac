"""Texts of which each must match one of several patterns."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from source_projects import planned, project, singular

from synthseed.plan import Choice, Semantic, Template

MODELS = {"stg": "select id, company, code from raw.orders"}


def test_built_in_values_keep_what_they_are_beside_what_a_pattern_asks_for() -> None:
    test = singular("named", "select * from stg where not (company like '%Ltd%' or company like '%Sons' or company like 'The %')")
    columns = planned(project(MODELS, [test])).planned("orders").by_column

    gen = columns["company"].gen
    assert isinstance(gen, Template)
    assert gen.tiers[0].values == ("{col:_company_part} Ltd", "{col:_company_part} Sons", "The {col:_company_part}")
    assert isinstance(columns["_company_part"].gen, Semantic)


def test_other_texts_are_made_of_the_patterns() -> None:
    test = singular("coded", "select * from (select code like 'A-%' or code like 'B-%' as fits from stg) x where not (fits = true)")
    gen = planned(project(MODELS, [test])).planned("orders").by_column["code"].gen

    assert isinstance(gen, Template)
    assert gen.tiers[0].values == ("A-{seq:6}", "B-{seq:6}")


@pytest.mark.parametrize("condition", ["company like '%Ltd' or code like '%Ltd'", "company like '%Ltd' or code = 'x'", "company like code"])
def test_what_is_more_than_patterns_of_one_column_is_none(condition: str) -> None:
    known = project(MODELS, [singular("named", f"select * from stg where not ({condition})")])

    assert not known.of("orders.company").either


@pytest.mark.parametrize(("form", "there"), [("%b %-d", False), ("%Y-%m-%d", True)])
def test_a_day_without_its_year_is_a_day_of_every_year(form: str, there: bool) -> None:
    sources = planned(project({"mart": f"select strptime(day, '{form}') as at from raw.orders"}))
    gen = sources.planned("orders").by_column["day"].gen

    assert isinstance(gen, Choice)
    assert any(value in ("Feb 29", "2024-02-29") for value in gen.tiers[0].values) == there
