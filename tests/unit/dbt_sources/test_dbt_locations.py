"""Which file an `external_location` means."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthseed.dbt.external import location_file
from synthseed.errors import ConfigurationError


def test_a_pattern_means_a_file_of_ours_that_it_matches(tmp_path: Path) -> None:
    file = location_file("../data/games/*.csv", tmp_path / "project")

    assert file.name == "synthseed.csv"
    assert file.match("data/games/*.csv")


def test_a_pattern_that_files_of_others_match_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text("id\n1\n")

    with pytest.raises(ConfigurationError, match=r"found theirs\.csv, expected no file beside synthseed\.csv"):
        location_file("*.csv", tmp_path)


def test_our_own_file_is_met_again(tmp_path: Path) -> None:
    (tmp_path / "synthseed.csv").write_text("id\n1\n")

    assert location_file("read_csv('*.csv')", tmp_path) == tmp_path / "synthseed.csv"
