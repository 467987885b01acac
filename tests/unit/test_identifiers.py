"""Identifiers reach nobody, also where a unique column outgrows the first range."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from semantic_rows import SomeRows, made, settings, shown

from synthseed.errors import NotBuilt
from synthseed.generators.identifiers import reserved
from synthseed.generators.semantic import TYPES, build_semantic
from synthseed.schema import Kind, Type

LOCALES = [
    "en_US",
    "en_GB",
    "de_DE",
    "fr_FR",
    "es_ES",
    "nl_NL",
    "it_IT",
    "pl_PL",
    "pt_BR",
    "sv_SE",
    "ja_JP",
    "fi_FI",
    "de_AT",
    "en_CA",
    "nl_BE",
    "en_AU",
]
IDENTIFIERS = [name for name, info in TYPES.items() if info.identifier]


@pytest.mark.parametrize("locale", LOCALES)
def test_no_identifier_is_outside_its_ranges(locale: str) -> None:
    columns = made({name: name for name in IDENTIFIERS}, 200, locale=locale)

    outside = {name: text for name, cells in columns.items() for text in map(str, shown(cells)) if not reserved(name, text)}
    assert outside == {}


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "es_ES"])
@pytest.mark.parametrize("name", IDENTIFIERS)
def test_the_whole_space_of_an_identifier_is_inside_its_ranges(name: str, locale: str) -> None:
    generator = build_semantic(*settings({"x": name}, locale=locale, unique=("x",))["x"])
    space = generator.space()
    assert space is not None
    index = np.array(sorted({step * (space.size - 1) // 399 for step in range(400)}), np.int64)

    values = shown(space.decode(index, SomeRows(index)))

    assert [text for text in map(str, values) if not reserved(name, text)] == []
    assert len(set(values)) == len(index)


NOT_SEARCHED = {"domain", "url", "hostname"}  # made of a company's name, of which there are millions: refused by name


@pytest.mark.parametrize("name", [name for name in IDENTIFIERS if name != "referrer"])
def test_a_value_is_found_again_in_its_space(name: str) -> None:
    generator = build_semantic(*settings({"x": name}, unique=("x",))["x"])
    space = generator.space()
    assert space is not None
    index = np.array(sorted({step * (space.size - 1) // 49 for step in range(50)}), np.int64)
    values = space.decode(index, SomeRows(index))

    if name in NOT_SEARCHED:
        with pytest.raises(NotBuilt, match="rows that stand hold values"):
            space.encode(values)
    else:
        assert space.encode(values).tolist() == index.tolist()


PLANTED = {
    "email": "anna.schmidt@gmail.com",
    "domain": "example.de",
    "url": "https://www.weber.com/",
    "phone": "(212) 555-2368",
    "ipv4": "10.0.0.1",
    "ipv6": "2001:4860::8888",
    "ip_cidr": "10.0.0.0/8",
    "mac": "00:1a:2b:3c:4d:5e",
    "asn": "3320",
    "card_number": "4242424242424242",
    "iban": "DE89370400440532013000",
    "bic": "DEUTDEFF",
    "national_id": "078-05-1120",
    "tax_id": "12-3456789",
    "vat_id": "DE136695976",
    "imei": "490154203237518",
    "vin": "1M8GDM9AXKP042788",
    "isbn": "9783161484100",
    "ean": "4006381333931",
    "hostname": "www.heise.de",
    "referrer": "https://www.google.com/",
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_the_lint_finds_a_planted_identifier(name: str) -> None:
    assert not reserved(name, PLANTED[name])


@pytest.mark.parametrize("text", ["GB82WEST12345698765432", "FR1420041010050500013M02606", "NL91ABNA0417164300"])
def test_the_lint_finds_valid_accounts(text: str) -> None:
    assert not reserved("iban", text)


@pytest.mark.parametrize(
    "text",
    ["FR40303265045", "GB980780684", "IT00743110157", "ESB58378431", "PL8567346215", "SE123456789701", "ATU13585627", "BE0428759497"],
)
def test_the_lint_finds_valid_tax_numbers(text: str) -> None:
    assert not reserved("vat_id", text)


@pytest.mark.parametrize("text", ["54362315K", "295109912611193", "111222333", "811228-9874", "390.533.447-05"])
def test_the_lint_finds_valid_national_numbers(text: str) -> None:
    assert not reserved("national_id", text)


def test_a_unique_phone_column_goes_on_in_the_second_range() -> None:
    cells = made({"phone": "phone"}, 60_000, unique=("phone",))

    values = shown(cells["phone"])
    assert len(set(values)) == 60_000
    assert all(reserved("phone", text) for text in values[::97])


def test_rows_that_fit_the_first_range_stay_in_it() -> None:
    values = shown(made({"phone": "phone"}, 5_000, unique=("phone",))["phone"])

    assert all(" 555-01" in text for text in values)


def test_unique_addresses_of_the_internet_outgrow_the_documentation_ranges() -> None:
    values = shown(made({"ip": "ipv4"}, 50_000, unique=("ip",))["ip"])

    assert len(set(values)) == 50_000
    assert all(reserved("ipv4", text) for text in values[::101])


@pytest.mark.parametrize("name", ["phone", "national_id", "card_number", "card_last4", "ean", "imei"])
def test_a_numeric_column_gets_digits(name: str) -> None:
    cells = made({"x": (name, Type("bigint", Kind.INTEGER, bits=64))}, 50)["x"]

    assert cells.ints.min() >= 0


def test_short_columns_get_identifiers_without_layout() -> None:
    cells = made(
        {"x": ("phone", Type("varchar(10)", Kind.TEXT, length=10)), "y": ("national_id", Type("char(9)", Kind.TEXT, length=9))}, 50
    )

    assert {len(text) for text in shown(cells["x"])} == {10}
    assert {len(text) for text in shown(cells["y"])} == {9}
