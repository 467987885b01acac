"""URLs, and what may be printed of them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from synthseed.connection import SecretFilter, parse_url, scrubbed, shown
from synthseed.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("postgres://u@h/d", "postgresql+psycopg"),
        ("postgresql://u@h/d", "postgresql+psycopg"),
        ("postgresql+psycopg2://u@h/d", "postgresql+psycopg"),
        ("POSTGRES://u@h/d", "postgresql+psycopg"),
        ("mysql://u@h/d", "mysql+pymysql"),
        ("mariadb://u@h/d", "mariadb+pymysql"),
        ("sqlite:///shop.db", "sqlite"),
    ],
)
def test_a_dialect_is_reached_by_its_driver(text: str, driver: str) -> None:
    assert parse_url(text).drivername == driver


def test_a_path_is_an_sqlite_file(tmp_path: Path) -> None:
    odd = tmp_path / "data"
    odd.touch()

    assert parse_url("new/shop.db").database == "new/shop.db"
    assert parse_url(str(odd)).database == str(odd)
    assert parse_url("sqlite:////var/x.db").database == "/var/x.db"


def test_a_sockets_folder_can_be_the_host() -> None:
    url = parse_url("postgresql://%2Fvar%2Frun/shop")

    assert (url.host, url.query["host"], url.database) == (None, "/var/run", "shop")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "found nothing"),
        ("shop", "found `shop`, which is no URL and no file"),
        ("postgress://h/d", r"unknown dialect `postgress` \(did you mean postgres\?\)"),
        ("postgres://u:hush@h:port/d", "postgres://… cannot be read"),
        ("u:hush@h/d", "found no URL and no file"),
    ],
)
def test_what_is_no_url_says_what_was_found_and_what_is_expected(text: str, found: str) -> None:
    with pytest.raises(ConfigurationError, match=found) as caught:
        parse_url(text)

    assert "expected postgresql://user:password@host:port/database" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgres://u:hush@h/d",
        "postgres://u@h/d?password=hush&host=a&host=b",
        "postgres://u@h/d?sslpassword=hush",
        "mysql://u@h/d?passwd=hush",
        "postgres://u:hush@h:port/d",
        "u:hush@h",
    ],
)
def test_a_url_is_shown_without_its_secrets(text: str) -> None:
    assert "hush" not in shown(text)


def test_a_url_is_shown_as_its_dialect() -> None:
    assert shown("postgres://u:hush@h:5433/d?password=hush") == "postgresql://u:***@h:5433/d?password=***"
    assert shown(parse_url("sqlite:///a.db")) == "sqlite:///a.db"


def test_no_log_record_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    parse_url("postgres://u:p%40ss%2Fhush@h/d?sslpassword=other-hush")
    try:
        raise ValueError("p@ss/hush in a trace")
    except ValueError:
        logging.getLogger("some.library").exception("to %s and %r", "p@ss/hush", {"p%40ss%2Fhush": "other-hush"})

    assert "to *** and {'***': '***'}" in caplog.text
    assert "ValueError: *** in a trace" in caplog.text
    assert "hush" not in caplog.text


def test_a_record_without_secrets_is_left_alone() -> None:
    parse_url("postgres://u:hush-hush@h/d")
    record = logging.LogRecord("x", logging.INFO, "f", 1, "rows: %d", (3,), None)

    assert SecretFilter().filter(record)
    assert (record.msg, record.args) == ("rows: %d", (3,))
    assert scrubbed("nothing here") == "nothing here"
