from __future__ import annotations

from decimal import Decimal

import pytest

from synthseed.errors import PlanError
from synthseed.expressions import Aggregate, Call, Compare, Literal, Name, children, names, parse, unparse

SPOKEN = [
    "floor(line.base * _factor) + 0.95",
    "if(subtotal >= 99, 0, if(subtotal >= 40, 5.95, 8.95))",
    "status in ('pending', 'paid')",
    "a is null or b not between -1 and 2 + 3",
    "-(-a) - (b - c) - d",
    "a / (b / c) % d",
    '"a,b".c = count("s.t") and not (x or not y) or sum("s.t".v) > 0',
    "(a is null) = (b is not null)",
    "not not a",
    '\'it\'\'s\' <> "odd ""name"""',
    '"null" is not null',
]


@pytest.mark.parametrize("text", SPOKEN)
def test_what_is_written_reads_back_the_same(text: str) -> None:
    node = parse(text)

    assert unparse(node) == text
    assert parse(unparse(node)) == node


def test_products_bind_tighter_than_sums_and_sums_tighter_than_comparisons() -> None:
    assert parse("a + b * c > d or e") == parse("((a + (b * c)) > d) or e")


def test_functions_and_keywords_have_no_case_and_comparisons_two_spellings() -> None:
    assert parse("ROUND(a, 2) == 1 AND b != 2") == parse("round(a, 2) = 1 and b <> 2")


def test_names_and_children_are_what_the_expression_reads() -> None:
    node = parse('price * product_id.price + "a,b".c + sum(items.total) - count("s.items")')

    assert names(node) == {"price", "product_id.price", "a,b.c"}
    assert children(node) == {("sum", "items", "total"), ("count", "s.items", "")}


def test_a_child_outside_the_default_schema_may_be_written_with_points() -> None:
    assert parse("sum(shop.items.total)") == Aggregate("sum", "shop.items", "total")


def test_numbers_are_exact_and_texts_unescaped() -> None:
    assert parse("0.10") == Literal(Decimal("0.10"))
    assert parse("'it''s'") == Literal("it's")
    assert parse("-2") == Literal(Decimal(-2))


def test_a_name_that_is_also_a_function_is_a_name_without_parentheses() -> None:
    assert parse("date = year(date)") == Compare("=", Name("date"), Call("year", (Name("date"),)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a +", "found the end at character 4, expected a name"),
        ("a = b = c", "found `=` at character 7"),
        ("rond(a)", "did you mean round?"),
        ("round(a, b)", "a whole number, written out, as argument 2"),
        ("if(a, b)", "expected 3 arguments, 2 stand there"),
        ("'abc", "found `'` at character 1, a text that does not end"),
        ("a in ()", "at least one value"),
        ("sum(a.b * 2)", "takes one `child.column`"),
        ("a # b", "found `#` at character 3"),
        ("a; drop table b", "found `;` at character 2"),
        ("a.b.c", "expected `column`, `key.column` or `set.field`"),
        ("__import__('os')", "a function of the language"),
        ("select 1", "found `1` at character 8"),
        ("", "found the end at character 1"),
    ],
)
def test_what_is_not_of_the_language_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse(text)

    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["a" * 501, "+".join("a" * 60), "(" * 40 + "a" + ")" * 40, "-" * 60 + "a", "not " * 60 + "a", "abs(" * 40])
def test_what_is_too_long_or_too_deep_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        parse(text)
