"""A reply that is kept is whole, private, and found only by the very same question."""

from __future__ import annotations

import json
import stat

import pytest

from synthseed.planners.model.cache import Cache, default_folder

KEY = Cache.key("a", "b")


def test_a_reply_is_kept_whole(tmp_path):
    text = 'ä\ud800"\n' * 10
    Cache(tmp_path / "deep" / "er").put(KEY, text)

    assert Cache(tmp_path / "deep" / "er").get(KEY).text == text


def test_a_file_is_its_owners_alone_and_nothing_lies_beside_it(tmp_path):
    Cache(tmp_path / "replies").put(KEY, "x")
    (file,) = (tmp_path / "replies").iterdir()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["", "{", "[]", "3", '{"key": "x"}', "[" * 100_000, None])
def test_a_damaged_file_is_a_miss(damage, tmp_path):
    cache = Cache(tmp_path)
    cache.put(KEY, "right")
    (file,) = tmp_path.iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"text": "wrong"}) if damage is None else damage)

    assert cache.get(KEY) is None
    cache.put(KEY, "right")
    assert cache.get(KEY).text == "right"


def test_a_file_too_large_for_a_reply_is_not_read(tmp_path):
    cache = Cache(tmp_path)
    cache.put(KEY, "right")
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text() + " " * 4_000_000)

    assert cache.get(KEY) is None


def test_keys_tell_parts_apart():
    assert len({Cache.key("a", "b"), Cache.key("ab"), Cache.key("", "ab"), Cache.key("a", "", "b"), Cache.key("b", "a")}) == 5


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "below")
    cache.put(KEY, "x")

    assert cache.get(KEY) is None


def test_no_folder_keeps_nothing():
    Cache(None).put(KEY, "x")

    assert Cache(None).get(KEY) is None


def test_the_folder_lies_below_the_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("SYNTHSEED_CACHE", str(tmp_path))

    assert default_folder() == tmp_path / "replies"
