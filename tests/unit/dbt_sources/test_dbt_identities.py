"""Which column of a row's identity is solved for."""

from __future__ import annotations

import pytest

from synthseed.dbt.identities import solved, written


@pytest.mark.parametrize(
    ("rule", "total", "parts"),
    [
        ('"total" - "tax" = "subtotal"', "total", ("tax", "subtotal")),
        ('("subtotal" + "tax") = "total"', "total", ("subtotal", "tax")),
        ('"net" = ("gross" - ("vat" + coalesce("fee", 0)))', "gross", ("net", "vat", "fee")),
        ('0 = "paid" + "open" - "due"', "due", ("paid", "open")),
    ],
)
def test_the_column_that_is_the_others_sum_is_solved_for(rule: str, total: str, parts: tuple[str, ...]) -> None:
    found = solved(rule)

    assert found is not None
    assert found[0] == total
    assert set(found[1]) == set(parts)


@pytest.mark.parametrize("rule", ['"a" * "b" = "c"', '"a" = "b"', '"a" + 5 = "b" + "c"', '"a" + "b" = "c" + "d"', '"a" + "a" = "b"'])
def test_what_no_column_is_the_sum_of_is_left(rule: str) -> None:
    assert solved(rule) is None


def test_an_identity_is_written_with_its_names_quoted() -> None:
    assert written("to tal", ["a", 'b"c']) == '"to tal" = "a" + "b""c"'
