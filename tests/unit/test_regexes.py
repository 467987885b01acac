"""Templates made of regular expressions, as databases write them."""

from __future__ import annotations

import re

import pytest

from synthseed.planners.offline.regexes import template_of

MADE = re.compile(r"\{(digits|upper|lower):(\d+)\}|\{\{|\}\}")
DRAWN = {"digits": "7", "upper": "K", "lower": "k"}


def written(template: str) -> str:
    """One text of a template."""
    return MADE.sub(lambda found: DRAWN[found[1]] * int(found[2]) if found[1] else found[0][0], template)


@pytest.mark.parametrize(
    "regex",
    [
        r"^[A-Z]{2}\d{4}$",
        r"^(?:INV|CRN)-[0-9]{4,6}(-[a-f])?$",
        r"^\S+@\S+\.\w+$",
        r"^[^aeiou]{3}$",
        r"^\{.*\}$",
        r"^\+?[1-9]\d{1,14}$",
        r"^(?=[A-Z])[A-Z]{2,}\d{5}\Z",
        r"a|b",
        r"^#(?:[0-9a-f]{3}){1,2}$",
    ],
)
def test_a_text_of_the_template_matches(regex: str) -> None:
    assert re.search(regex, written(template_of(regex)))


def test_classes_of_posix_are_read() -> None:
    assert template_of("^[[:upper:]]{2}[[:digit:]]+$") == "{upper:2}{digits:4}"


@pytest.mark.parametrize("regex", [r"^(\d)\1$", "(", "", "^$", "x{4000}"])
def test_what_no_template_can_say_is_left(regex: str) -> None:
    assert template_of(regex) == ""
