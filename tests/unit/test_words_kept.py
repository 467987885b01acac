"""What is kept in the cache folder is what would be worked out, and nothing depends on the folder."""

from __future__ import annotations

import pytest

from synthseed.words import Words
from synthseed.words_kept import folder, kept


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHSEED_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_was_kept_is_not_worked_out_again(cache):
    calls = []
    made = [kept("x", lambda: calls.append(1) or ["ä", 1, None]) for _ in range(3)]

    assert made == [["ä", 1, None]] * 3
    assert len(calls) == 1


def test_a_damaged_file_is_worked_out_again(cache):
    kept("x", lambda: [1])
    for path in cache.iterdir():
        path.write_text("[1, ")

    assert kept("x", lambda: [2]) == [2]
    assert kept("x", lambda: [3]) == [2]


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYNTHSEED_CACHE", str(tmp_path / "file" / "below"))

    assert [kept("x", lambda: [1]), kept("x", lambda: [2])] == [[1], [2]]


def test_the_folder_follows_the_xdg_base_directories(monkeypatch):
    monkeypatch.delenv("SYNTHSEED_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")

    assert str(folder()) == "/somewhere/synthseed"


@pytest.mark.parametrize("locale", ["en_US", "de_DE"])
def test_towns_are_the_same_from_the_cache(locale, cache):
    worked_out, from_cache = Words(locale).places(), Words(locale).places()

    assert from_cache.towns == worked_out.towns
    assert any(path.name.startswith(f"towns-{locale}") for path in cache.iterdir())
