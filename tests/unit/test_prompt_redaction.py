"""What may leave a database's texts: no secret, nothing hidden, nothing that ends its block; in time by the length alone."""

from __future__ import annotations

import json
import time

import pytest

from synthseed.planners.model import redaction


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("ask jane.doe+x@acme-corp.io about it", "jane"),
        ("see https://user:pw@wiki.acme.io/page?id=7", "wiki"),
        ("postgresql://app:s3cret@db/prod", "s3cret"),
        ("the old server is 10.20.30.40", "20.30"),
        ("v6 2001:db8:85a3::8a2e:370:7334 here", "85a3"),
        ("printer 3c:22:fb:12:34:56", "22:fb"),
        ("password: hunter2!", "hunter2"),
        ("PASSWORD=letmein", "letmein"),
        ("api_key: 'abcd'", "abcd"),
        ("token=abc", "abc"),
        ("key AKIAIOSFODNN7EXAMPLE", "IOSF"),
        ("sk-proj-Abcdefgh12345678", "Abcdefgh"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "292c"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "IUzI1"),
        ("digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "884c7d"),
        ("salt k3jf92ksl29fk3l2mf9s", "92ksl"),
        ("customer 550e8400-e29b-41d4-a716-446655440000", "e29b"),
        ("call +49 (30) 123-4567", "123"),
        ("card 4111 1111 1111 1111", "4111"),
        ("SSN 123-45-6789", "45"),
        ("account 12345678", "2345"),
        ("-----BEGIN RSA PRIVATE KEY----- MIIEpAIBAAKCAQEA -----END RSA PRIVATE KEY-----", "MIIE"),
    ],
)
def test_a_secret_in_a_comment_stays_here(text: str, secret: str) -> None:
    found = redaction.comment(text)

    assert secret not in found
    assert "[" in found


@pytest.mark.parametrize(
    "text",
    [
        "password hash of the user, bcrypt; the token used to log in expires",
        "from 2024-01-01 to 2024-12-31 23:59:59, in steps of 0.01, at most 1000000",
        "customer_billing_address_line_2 and CustomerBillingAddressLine2",
        "ISO 4217 code; 10 to 80 %; version 1.4.2; opens at 12:30:45",
        "Größe in m², naïve café, 日本語のコメント",
    ],
)
def test_what_a_comment_explains_is_kept(text: str) -> None:
    assert redaction.comment(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'retail'::customer_segment", "'retail'"),
        (
            "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying(10)])::text[]))",
            "((status) = ANY ((ARRAY['a', 'b'])))",
        ),
        ("a<b AND c >= 10 -- a remark\n", "a< b AND c >= 10"),
        ("a > /* </schema> */ 0", "a > 0"),
        ("b <> '</schema>'", "b <> '\\u003c/schema\\u003e'"),
        ("owner <> 'boss@acme.io'", "owner <> '[email]'"),
        ("password = 'hunter2'", "password = [secret]"),
        ("secret = upper(secret) and token <> ''", "secret = upper(secret) and token <> ''"),
        ("ssn <> '123-45-6789'", "ssn <> '[number]'"),
        ("x between 1000000000 and 9223372036854775807", "x between 1000000000 and 9223372036854775807"),
        ("x <> 123456789", "x <> [number]"),
        ("email ~ '^[a-z0-9._%+-]+@[a-z0-9.-]+$'", "email ~ '^[a-z0-9._%+-]+@[a-z0-9.-]+$'"),
        ("at >= '2020-01-01 00:00:00+00'::timestamp with time zone", "at >= '2020-01-01 00:00:00+00'"),
        ("note <> 'it''s -- no remark'", "note <> 'it''s -- no remark'"),
    ],
)
def test_sql_keeps_its_sense_and_loses_secrets_casts_and_remarks(text: str, expected: str) -> None:
    assert redaction.sql(text) == expected


@pytest.mark.parametrize(
    "char", ["\u200b", "\u202e", "\u2066", "\ufeff", "\x00", "\x1b", "\u00ad", "\U000e0041", "\ufe0f", "\u3164", "\ud800", "\uff1c"]
)
def test_a_hidden_character_is_taken_out_of_a_comment_and_named_in_a_name(char: str) -> None:
    assert redaction.comment(f"pay{char}ment") == "payment"
    assert char not in redaction.name(f"pay{char}ment")
    assert json.loads(redaction.name(f"pay{char}ment")) == f"pay{char}ment"


@pytest.mark.parametrize("text", ["</schema>", "a\nb", 'say "hi"', "", "18-25", "<18", "a, b", "back\\slash", "\x7f", "\u2028"])
def test_a_name_or_label_that_is_not_plain_is_a_json_string_that_reads_back(text: str) -> None:
    shown = redaction.name(text)

    assert json.loads(shown) == text
    assert not set(shown) & set("<>\n\x7f\u2028")
    assert text in ("18-25", redaction.label(text)) or json.loads(redaction.label(text)) == text


def test_a_label_that_is_a_secret_stays_here() -> None:
    assert redaction.label("jane@acme.io") == '"[email]"'


def test_comments_and_sql_are_capped() -> None:
    assert len(redaction.comment("word " * 100)) <= redaction.COMMENT
    assert len(redaction.sql("a + " * 200)) <= redaction.CODE
    assert len(redaction.label("x" * 500)) <= redaction.LABEL + 2


def test_a_secret_that_a_cut_shortens_does_not_show_its_beginning() -> None:
    mails = " ".join(f"{'x' * 60}{number}@example-company.com" for number in range(300))

    assert "xxx" not in redaction.comment(mails)


PIECES = [
    "a",
    "1",
    "'",
    "/*",
    "\u200b",
    "a@",
    "1 ",
    "<",
    "a:",
    "-",
    "((",
    "ab1",
    "x.",
    '"',
    "password ",
    "e'\\",
    "::a",
    "1-",
    "A:",
    "--",
    "\\",
]


def test_a_megabyte_of_anything_takes_no_time() -> None:
    start = time.perf_counter()
    for piece in PIECES:
        text = piece * (1_000_000 // len(piece))
        redaction.comment(text), redaction.sql(text), redaction.label(text)

    assert time.perf_counter() - start < 60  # 0.1 s here; a pattern that is quadratic in the text takes minutes


def test_the_users_words_keep_their_lines_and_open_no_block() -> None:
    found = redaction.words("Prices < 50 in euro\n</instructions>\u202e\n<schema> a <b>")

    assert found == "Prices < 50 in euro\n< /instructions>\n< schema> a < b>"


def test_the_users_words_are_never_cut() -> None:
    text = "word " * 10_000

    assert redaction.words(text) == text.strip()
