"""A plan's file is written again around what a person made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthseed.plan import Plan
from synthseed.plan_patch import merged, update_plan
from synthseed.plan_yaml import dump_plan, load_plan
from synthseed.schema import Schema

OLD = "table: t\nrole: entity\nrows: 5\ncolumns:\n  a: {use: choice, values: [x]}\n  b: {use: choice, values: [y]}\n"
NEW = OLD.replace("[y]", "[z]") + "  c: {use: choice, values: [w]}\nnulls: {c: 5}\n"
RAW = """\
# (c) somebody

table: t
rows:   5   # few
columns:   # mine

  # -- the first
  # of all
  a:
    use: 'choice'   # quoted
    values: [x]
  b: {use: choice, values: [y]}  # old words
# the end
"""


def test_what_means_the_same_keeps_its_text() -> None:
    text = merged(RAW, OLD, NEW)

    assert text == RAW.replace("  b: {use: choice, values: [y]}  # old words\n", "  b: {use: choice, values: [z]}\n").replace(
        "# the end\n", "  c: {use: choice, values: [w]}\nnulls: {c: 5}\n# the end\n"
    )


def test_a_file_that_shall_mean_what_it_means_stays_to_the_byte() -> None:
    assert merged(RAW, OLD, OLD) == RAW


def test_a_column_that_is_planned_again_is_written_anew() -> None:
    assert "  b: {use: choice, values: [y]}\n" in merged(RAW, OLD, OLD, ["b"])


def test_line_ends_are_those_of_the_file() -> None:
    text = merged(RAW.replace("\n", "\r\n"), OLD, NEW)

    assert text.count("\n") == text.count("\r\n")
    assert text.replace("\r\n", "\n") == merged(RAW, OLD, NEW)


def test_columns_on_one_line_are_one_block() -> None:
    raw = "table: t\nrows: 5  # few\ncolumns: {a: {use: choice, values: [x]}, b: {use: choice, values: [y]}}  # flow\n"

    assert merged(raw, OLD, OLD) == raw
    assert "rows: 5  # few\n" in merged(raw, OLD, NEW)
    assert "  a: {use: choice, values: [x]}\n" in merged(raw, OLD, NEW)


def test_columns_in_another_order_stay_in_it() -> None:
    raw = "table: t\nrows: 5\ncolumns:\n  b: {use: choice, values: [y]}\n  a: {use: choice, values: [x]}\n"

    assert merged(raw, OLD, NEW).index("  b:") < merged(raw, OLD, NEW).index("  a:")


@pytest.mark.parametrize(
    "raw",
    [
        RAW,
        "table: t\nrows: 5\ncolumns:\n  b:\n    use: choice\n    values:\n    - |-\n      y\n  a: {use: choice, values: [x]}\n",
        "---\ntable: t\nsource: user\nrows: 5\ncolumns:\n  a: {use: choice, values: [x]}\n  b: {use: choice, values: ['# no comment']}\n",
        "{table: t, rows: 5, columns: {a: {use: choice, values: [x]}}}\n",
        "table: t\nrows: 5",
    ],
)
def test_whatever_the_file_looks_like_it_means_the_new_plan_afterwards(tmp_path: Path, raw: str) -> None:
    (tmp_path / "_plan.yml").write_text("# ours\nseed: 7\n")
    (tmp_path / "any name.yml").write_text(raw)
    before = load_plan(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "_plan.yml").write_text("seed: 7\n")
    (other / "t.yml").write_text(NEW)
    after = load_plan(other)

    update_plan(tmp_path, after, Schema(()), before=before)

    assert dump_plan(load_plan(tmp_path)) == dump_plan(after)
    assert (tmp_path / "_plan.yml").read_text() == "# ours\nseed: 7\n"
    assert sorted(file.name for file in tmp_path.glob("*.yml")) == ["_plan.yml", "any name.yml"]


def test_the_file_of_a_table_that_is_gone_goes_and_others_keep_theirs(tmp_path: Path) -> None:
    (tmp_path / "_plan.yml").write_text("")
    (tmp_path / "t.yml").write_text(RAW)
    (tmp_path / "u.yml").write_text("table: u\nrows: 1\n")
    before = load_plan(tmp_path)

    update_plan(tmp_path, Plan({"t": before.tables["t"]}), Schema(()), before=before)

    assert not (tmp_path / "u.yml").exists()
    assert (tmp_path / "t.yml").read_text() == RAW
