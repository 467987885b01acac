"""A CHECK on how a text is written takes nothing of its meaning: what the name says is planned, in a form that matches."""

from __future__ import annotations

import re

import numpy as np
import pytest

from synthseed.engine.program import compile_program
from synthseed.generators.reserved import reserved
from synthseed.plan import Semantic, Template
from synthseed.planners import offline
from synthseed.schema import Check, Column, Kind, Schema, Table, Type, Unique

FEW = ("hex_color", "postcode", "version")  # too few for a unique column, or free to repeat
KEY, TEXT = Type("integer", Kind.INTEGER, bits=32), Type("text", Kind.TEXT)


def filled(name, pattern, *, locale="en_US", unique=False):
    """Return how a column with a pattern is planned, and 200 of its texts."""
    uniques = (Unique((name,)),) if unique else ()
    columns = (Column("id", KEY, False), Column("full_name", TEXT, False), Column(name, TEXT, False))
    check = Check(f"{name} ~ '{pattern}'", "form", (name,))
    table = Table("person", columns, None, Unique(("id",), primary=True), uniques=uniques, checks=(check,))
    schema = Schema((table,), "postgresql")
    plan = offline.plan(schema, locale=locale)
    program = compile_program(schema, plan, rows={"person": 200}, as_of=0)
    return plan.tables["person"].by_column[name].gen, program.frame("person", np.arange(200)).cells(name).array.to_pylist()


@pytest.mark.parametrize(
    ("name", "pattern", "type_"),
    [
        ("email", r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "email"),
        ("contact", r"^.+@.+$", "email"),
        ("homepage", r"^https?://", "url"),
        ("link", r"^https://[a-z.]+", "url"),
        ("shade", r"^#[0-9a-f]{6}$", "hex_color"),
        ("phone", r"^[0-9 ()+-]+$", "phone"),
        ("slug", r"^[a-z0-9-]+$", "slug"),
        ("postal_code", r"^\d{5}(-\d{4})?$", "postcode"),
        ("version", r"^\d+\.\d+\.\d+$", "version"),
    ],
)
@pytest.mark.parametrize("unique", [False, True])
def test_a_meaning_that_matches_stays(name, pattern, type_, unique):
    gen, texts = filled(name, pattern, unique=unique and type_ not in FEW)

    assert isinstance(gen, Semantic)
    assert gen.type == type_
    assert all(re.search(pattern, text) for text in texts)


def test_a_country_is_one_that_there_is():
    _, texts = filled("country_code", "^[A-Z]{2}$")

    assert set(texts) <= {"US", "CA", "GB"}


@pytest.mark.parametrize("pattern", [r"^\+[1-9]\d{6,14}$", r"^\+?[0-9]{7,15}$", r"^\d{10}$", r"^\d{3}-\d{3}-\d{4}$", r"^1\d{10}$"])
@pytest.mark.parametrize("locale", ["en_US", "de_DE"])
def test_a_phone_in_another_form_still_reaches_nobody(pattern, locale):
    gen, texts = filled("phone", pattern, locale=locale)

    assert all(re.search(pattern, text) for text in texts)
    if isinstance(gen, Template) and gen.tiers[0].values[0].startswith(("+1{area", "{area", "1{area", "+999", "999")):
        assert all(reserved("phone", text) for text in texts)
    else:
        assert pattern in (r"^\d{3}-\d{3}-\d{4}$", r"^1\d{10}$")
        assert locale == "de_DE"


def test_a_pattern_that_no_meaning_matches_is_followed():
    _, texts = filled("email", "^[A-Z]{3}-[0-9]{4}$")

    assert all(re.search("^[A-Z]{3}-[0-9]{4}$", text) for text in texts)


@pytest.mark.parametrize("pattern", ["^[[:alpha:]]+$", r"\mword", "^[", "(?i)^[[a-z]"])
def test_a_pattern_that_python_reads_otherwise_says_nothing_here(pattern):
    from synthseed.planners.offline.forms import _compiled

    assert _compiled(pattern) is None
