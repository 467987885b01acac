"""What looks like production, and which tables get rows."""

from __future__ import annotations

import pytest

from synthseed.connection import parse_url
from synthseed.errors import ConfigurationError, Guarded
from synthseed.privacy.guard import Decision, name_flags, target_tables

BOTH = {"a": True, "b": False}


@pytest.mark.parametrize(
    ("url", "flag"),
    [
        ("postgres://u@db-prod.example/shop", "the host `db-prod.example` says prod"),
        ("postgres://u@h/shop_production", "the database `shop_production` says production"),
        ("postgres://u@h/LIVE", "the database `LIVE` says live"),
        ("postgres://u@h/shopProd2", "the database `shopProd2` says prod"),
        ("postgres://u@/shop?host=master1.internal", "the host `master1.internal` says master"),
        ("mysql://u@primary/shop", "the host `primary` says primary"),
        ("sqlite:////srv/live/shop.db", "the folder `live` says live"),
        ("sqlite:///prod.sqlite", "the database `prod.sqlite` says prod"),
    ],
)
def test_a_word_in_host_or_name_is_a_signal(url: str, flag: str) -> None:
    assert name_flags(parse_url(url)) == [flag]


@pytest.mark.parametrize(
    "url",
    [
        "postgres://live:prod@localhost/liverpool",
        "postgres://u@h/delivery",
        "postgres://u@h/products",
        "postgres://u@reproduction.example/mastery",
        "sqlite:////srv/olive/shop.db",
        "sqlite://",
    ],
)
def test_a_part_of_a_word_is_none(url: str) -> None:
    assert name_flags(parse_url(url)) == []


def test_empty_tables_are_filled_and_tables_with_other_rows_are_parents() -> None:
    assert target_tables(BOTH, {}, []) == Decision(("a",), ("b",))


def test_a_table_that_we_filled_is_topped_up() -> None:
    assert target_tables(BOTH, {"a": 5}, ["a"]) == Decision((), ("a", "b"))


def test_a_parent_that_is_asked_for_by_name_is_refused() -> None:
    with pytest.raises(Guarded, match=r"a holds rows that synthseed did not write, and is asked for by name; `--append` keeps them"):
        target_tables(BOTH, {}, ["a"])


def test_it_is_refused_when_no_table_is_left_to_fill() -> None:
    with pytest.raises(Guarded, match=r"no table is left to fill: a, b, c, d, e and 2 more hold rows .* `--truncate` deletes them first"):
        target_tables(dict.fromkeys("gfedcba", True), {}, [])


def test_append_and_truncate_release_what_is_named_or_all() -> None:
    standing = {"a": True, "b": True, "c": False}
    for way in ({"append": True}, {"truncate": True}):
        assert target_tables(standing, {}, [], **way) == Decision((), ("a", "b", "c"))
        assert target_tables(standing, {}, ["a"], **way) == Decision(("b",), ("a", "c"))


def test_names_and_options_that_do_not_fit_are_told() -> None:
    with pytest.raises(ConfigurationError, match=r"no table `order` in the database \(did you mean orders\?\)"):
        target_tables({"orders": False}, {}, ["order"])
    with pytest.raises(ConfigurationError, match="give one of the two"):
        target_tables(BOTH, {}, [], append=True, truncate=True)


def test_a_database_without_tables_has_nothing_to_refuse() -> None:
    assert target_tables({}, {}, []) == Decision((), ())
