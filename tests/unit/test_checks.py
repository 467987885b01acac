from __future__ import annotations

from decimal import Decimal

import pytest

from synthseed.constraints.checks import as_expression, facts
from synthseed.constraints.facts import (
    Among,
    Cased,
    Compare,
    Excludes,
    Fact,
    Implies,
    JsonType,
    Length,
    NonNulls,
    NotNull,
    NullTogether,
    Opaque,
    Pattern,
    Range,
)
from synthseed.expressions import parse, unparse
from synthseed.schema import Check, Column, Kind, Table, Type

NUMBERS = ("rating", "price", "lo", "hi", "n")
NAMES = (*NUMBERS, "state", "code", "kind", "card_no", "iban", "meta", "starts_at", "ends_at")


def table(*checks: Check) -> Table:
    return Table("t", tuple(Column(name, Type("x", Kind.NUMERIC if name in NUMBERS else Kind.TEXT)) for name in NAMES), checks=checks)


def said(text: str, dialect: str = "postgresql") -> tuple[Fact, ...]:
    return facts(table(Check(text)), dialect)


EITHER = "(((iban IS NULL) AND (card_no IS NOT NULL)) OR ((iban IS NOT NULL) AND (card_no IS NULL)))"
BY_KIND = "(((kind = 'card'::text) AND (card_no IS NOT NULL)) OR ((kind <> 'card'::text) AND (card_no IS NULL)))"
CARD = parse("kind = 'card'")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("((rating >= 1) AND (rating <= 5))", (Range("rating", Decimal(1), Decimal(5)),)),
        ("((price > (0)::numeric))", (Range("price", Decimal(0), low_inclusive=False),)),
        ("(10 > n)", (Range("n", high=Decimal(10), high_inclusive=False),)),
        ("(state = ANY (ARRAY['a'::text, 'b'::text]))", (Among("state", ("a", "b")),)),
        ("((state)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))", (Among("state", ("a", "b")),)),
        ("((state = 'a'::text) OR (state = 'b'::text))", (Among("state", ("a", "b")),)),
        ("(state <> ALL (ARRAY['a'::text, 'b'::text]))", (Excludes("state", ("a", "b")),)),
        ("(NOT (state = 'a'::text))", (Excludes("state", ("a",)),)),
        ("(NOT ((n < 1) OR (n > 9)))", (Range("n", Decimal(1), Decimal(9)),)),
        ("(char_length((code)::text) >= 3)", (Length("code", 3),)),
        ("((length(code) > 0) AND (length(code) <= 512))", (Length("code", 1, 512),)),
        ("(ends_at > starts_at)", (Compare("ends_at", ">", "starts_at"),)),
        ("((ends_at IS NULL) OR (ends_at > starts_at))", (Compare("ends_at", ">", "starts_at"),)),
        ("((n IS NULL) OR (n > (0)::numeric))", (Range("n", Decimal(0), low_inclusive=False),)),
        ("(jsonb_typeof(meta) = 'object'::text)", (JsonType("meta", "object"),)),
        ("((code)::text ~ '^[A-Z]{3}$'::text)", (Pattern("code", "^[A-Z]{3}$"),)),
        ("((code)::text ~~ 'A_%'::text)", (Pattern("code", "^A..*$"),)),
        ("(code NOT LIKE 'A%')", (Pattern("code", "^A.*$", negated=True),)),
        ("((code)::text !~~ 'A%'::text)", (Pattern("code", "^A.*$", negated=True),)),
        ("(code = lower(code))", (Cased("code", "lower"),)),
        ("(code IS NOT NULL)", (NotNull("code"),)),
        ("((starts_at IS NULL) = (ends_at IS NULL))", (NullTogether(("ends_at", "starts_at")),)),
        (EITHER, (NonNulls(("card_no", "iban"), 1, 1),)),
        ("(num_nonnulls(iban, card_no) = 1)", (NonNulls(("card_no", "iban"), 1, 1),)),
        ("((iban IS NOT NULL) OR (card_no IS NOT NULL))", (NonNulls(("card_no", "iban"), 1, 2),)),
        ("((kind = 'card'::text) = (card_no IS NOT NULL))", (Implies(CARD, "card_no", False, True),)),
        ("((kind <> 'card'::text) OR (card_no IS NOT NULL))", (Implies(CARD, "card_no", False),)),
        (BY_KIND, (Implies(CARD, "card_no", False, True),)),
    ],
)  # fmt: skip
def test_facts_of_postgresql(text: str, expected: tuple[Fact, ...]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "dialect", "expected"),
    [
        ('"n" >= 0', "sqlite", (Range("n", Decimal(0)),)),
        ("typeof(code)='text' AND length(code)>=1", "sqlite", (Length("code", 1),)),
        ('(JSON_VALID("meta") OR "meta" IS NULL)', "sqlite", (JsonType("meta", "any"),)),
        ("code GLOB '[A-Z]*'", "sqlite", (Pattern("code", "^[A-Z].*$"),)),
        ("(`state` in (_utf8mb4'a',_utf8mb4'b'))", "mysql", (Among("state", ("a", "b")),)),
        ("(`state` in (_utf8mb4\\'a\\',_utf8mb4\\'b\\'))", "mysql", (Among("state", ("a", "b")),)),
        ("json_valid(`meta`)", "mariadb", (JsonType("meta", "any"),)),
    ],
)
def test_facts_of_sqlite_and_mysql(text: str, dialect: str, expected: tuple[Fact, ...]) -> None:
    assert said(text, dialect) == expected


def test_value_in_the_check_of_a_domain_is_its_column() -> None:
    assert facts(table(Check("((VALUE > 0) AND (VALUE < 1000))", ("n",))), "postgresql") == (
        Range("n", Decimal(0), Decimal(1000), low_inclusive=False, high_inclusive=False),
    )


@pytest.mark.parametrize(
    "text", ["((((", "(" * 3000 + "1" + ")" * 3000, "", "n > (SELECT 1)", "f(n) > 1", "n) , (1", "state > lower(code)"]
)
def test_what_is_not_understood_stays_opaque_and_never_fails(text: str) -> None:
    found = said(text)

    assert found
    assert all(isinstance(fact, Opaque) for fact in found)


def test_an_opaque_part_leaves_the_facts_of_the_others() -> None:
    found = said("((n > (0)::numeric) AND f(code))")

    assert found[0] == Range("n", Decimal(0), low_inclusive=False)
    assert isinstance(found[1], Opaque)
    assert found[1].columns == ("code",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("((price * n) <= (100)::numeric)", "price * n <= 100"),
        ("(ends_at > (starts_at + '01:00:00'::interval))", "ends_at > add_seconds(starts_at, 3600)"),
        ("(COALESCE(lo, (0)::numeric) < hi)", "coalesce(lo, 0) < hi"),
        ("(kind = 'card'::text) = (card_no IS NOT NULL)", "(kind = 'card') = (card_no is not null)"),
        ("CASE WHEN (n > 1) THEN (lo IS NULL) ELSE true END", "if(n > 1, lo is null, true)"),
        ("(state IS DISTINCT FROM code)", "not coalesce(state = code, state is null and code is null)"),
    ],
)
def test_a_check_becomes_an_expression(text: str, expected: str) -> None:
    node = as_expression(text, "postgresql", table())

    assert node is not None
    assert unparse(node) == expected


@pytest.mark.parametrize("text", ["code ~ 'a'", "f(n) > 1", "n > (SELECT 1)", "((((", "ends_at < now()", "jsonb_typeof(meta) = 'object'"])
def test_a_check_outside_the_language_is_no_expression(text: str) -> None:
    assert as_expression(text, "postgresql", table()) is None


@pytest.mark.parametrize("text", ["a" + "::text" * 900 + " <> ''", "a" + "->'b'" * 900 + " is not null", "not " * 900 + "a = 'x'"])
def test_a_check_too_deep_to_walk_is_left_to_the_database(text: str) -> None:
    table = Table("t", (Column("a", Type("text", Kind.TEXT)),), checks=(Check(text, ("a",)),))

    assert all(isinstance(fact, Opaque) for fact in facts(table, "postgresql"))
    assert as_expression(text, "postgresql", table) is None
