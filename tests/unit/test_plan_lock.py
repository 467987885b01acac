"""The lock tells what a migration changed and what a person edited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synthseed.errors import PlanError
from synthseed.plan import Choice, ColumnPlan, KeyPlan, Override, Plan, Slot, TablePlan, Template, Tier
from synthseed.plan_lock import FILE, TABLE, Lock, differences, edited, read_lock, save_lock
from synthseed.plan_parts import without
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique

TEXT, WHOLE = Type("text", Kind.TEXT), Type("integer", Kind.INTEGER)


def one(*values: str) -> Choice:
    return Choice((Tier(100, values),))  # type: ignore[arg-type]


def templated(text: str) -> Template:
    return Template((Tier(100, (text,)),))  # type: ignore[arg-type]


TABLE_T = Table(
    "t",
    (Column("id", WHOLE, False), Column("a", TEXT), Column("b", TEXT), Column("p", WHOLE)),
    primary_key=Unique(("id",), primary=True),
    foreign_keys=(ForeignKey(("p",), "t", ("id",)),),
)
SCHEMA = Schema((TABLE_T,))
PLAN = Plan(
    {
        "t": TablePlan(
            "t",
            5,
            fks=(KeyPlan("p", "pick"),),
            slots=(Slot("thing", (Tier(100, ("x",)),)), Slot("other", (Tier(100, ("y",)),))),  # type: ignore[arg-type]
            columns=(
                ColumnPlan("a", templated("{thing}")),
                ColumnPlan("b", templated("{_help}")),
                ColumnPlan("_help", templated("{other}")),
            ),
        )
    }
)


def locked(folder: Path, plan: Plan = PLAN, schema: Schema = SCHEMA) -> Lock:
    save_lock(folder, plan, schema, Lock(), None)
    return read_lock(folder)


def with_table(**changes: Any) -> Plan:
    return Plan({"t": replace(PLAN.tables["t"], **changes)})


def altered(**changes: Any) -> Schema:
    return Schema((replace(TABLE_T, **changes),))


def told(schema: Schema, lock: Lock, plan: Plan = PLAN) -> list[str]:
    return [f"{one.kind} {one.part}" for one in differences(schema, plan, lock, plan)]


def test_what_was_planned_is_nobodys_and_nothing_differs(tmp_path: Path) -> None:
    lock = locked(tmp_path)

    assert edited(PLAN, lock, "t") <= {"_help"}
    assert told(SCHEMA, lock) == []


def test_an_edit_is_seen_in_the_column_and_in_all_that_it_stands_on(tmp_path: Path) -> None:
    lock, columns = locked(tmp_path), PLAN.tables["t"].columns
    slot = with_table(slots=(Slot("thing", (Tier(100, ("mine",)),)), PLAN.tables["t"].slots[1]))  # type: ignore[arg-type]
    helper = with_table(columns=(*columns[:2], replace(columns[2], gen=one("mine"))))
    override = with_table(overrides=(Override("a", "b = 'x'", one("mine")),))

    assert [name in edited(slot, lock, "t") for name in ("a", "b")] == [True, False]
    assert [name in edited(helper, lock, "t") for name in ("a", "b")] == [False, True]
    assert [name in edited(override, lock, "t") for name in ("a", "b")] == [True, False]
    assert "p" in edited(with_table(fks=(KeyPlan("p", "pick", skew="heavy"),)), lock, "t")
    assert TABLE in edited(with_table(rows=6), lock, "t")


def test_a_note_is_no_edit(tmp_path: Path) -> None:
    noted = with_table(columns=tuple(replace(column, note="look here") for column in PLAN.tables["t"].columns))

    assert "a" not in edited(noted, locked(tmp_path), "t")


@pytest.mark.parametrize("change", [{"locked": True}, {"source": "user"}])
def test_a_column_that_is_locked_or_says_so_is_a_persons(tmp_path: Path, change: dict[str, Any]) -> None:
    plan = with_table(columns=tuple(replace(column, **change) for column in PLAN.tables["t"].columns))

    assert "a" in edited(plan, locked(tmp_path, plan), "t")


def test_all_of_a_table_that_is_locked_is_a_persons(tmp_path: Path) -> None:
    plan = with_table(locked=True)

    assert edited(plan, locked(tmp_path, plan), "t") == {TABLE, "a", "b", "_help", "p"}


def test_without_a_lock_every_column_is_a_persons() -> None:
    assert "a" in edited(PLAN, Lock(), "t")


def test_what_a_person_edited_stays_a_persons_when_the_lock_is_written_again(tmp_path: Path) -> None:
    lock = locked(tmp_path)
    mine = with_table(columns=(ColumnPlan("a", one("mine")), *PLAN.tables["t"].columns[1:]))
    save_lock(tmp_path, mine, SCHEMA, lock, mine)

    assert [name in edited(mine, read_lock(tmp_path), "t") for name in ("a", "b")] == [True, False]


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("a", {"type": Type("varchar(9)", Kind.TEXT, length=9)}),
        ("a", {"nullable": False}),
        ("a", {"default": "'x'"}),
        ("p", {"nullable": False}),
    ],
)
def test_a_changed_column_differs(tmp_path: Path, column: str, change: dict[str, Any]) -> None:
    columns = tuple(replace(one, **change) if one.name == column else one for one in TABLE_T.columns)

    assert told(altered(columns=columns), locked(tmp_path)) == [f"changed {column}"]


def test_a_check_or_a_key_changes_the_columns_that_it_names(tmp_path: Path) -> None:
    lock = locked(tmp_path)

    assert told(altered(checks=(Check("a <> ''", ("a",)),)), lock) == ["changed a"]
    assert told(altered(uniques=(Unique(("b",)),)), lock) == ["changed b"]


def test_a_comment_changes_nothing(tmp_path: Path) -> None:
    columns = tuple(replace(one, comment="in words") for one in TABLE_T.columns)

    assert told(altered(columns=columns, comment="in words"), locked(tmp_path)) == []


def test_another_dialect_changes_nothing_and_what_is_gone_is_still_seen(tmp_path: Path) -> None:
    elsewhere = replace(altered(columns=tuple(replace(one, default="0") for one in TABLE_T.columns)), dialect="sqlite")
    fewer = replace(altered(columns=TABLE_T.columns[:2] + TABLE_T.columns[3:]), dialect="sqlite")

    assert told(elsewhere, locked(tmp_path)) == []
    assert told(fewer, locked(tmp_path)) == ["dropped b"]


def test_the_type_of_a_key_changes_no_plan(tmp_path: Path) -> None:
    columns = tuple(replace(one, type=Type("bigint", Kind.INTEGER)) if one.name in ("id", "p") else one for one in TABLE_T.columns)

    assert told(altered(columns=columns), locked(tmp_path)) == []


def test_what_is_gone_differs_also_where_rows_by_hand_alone_name_it() -> None:
    assert told(altered(columns=TABLE_T.columns[:2] + TABLE_T.columns[3:]), Lock()) == ["dropped b"]
    assert told(SCHEMA, Lock(), with_table(fixed=({"old": "x"},))) == ["dropped old"]


def test_a_key_that_is_none_any_more_and_a_column_that_became_one_differ_without_a_lock() -> None:
    keyed = (ForeignKey(("p",), "t", ("id",)), ForeignKey(("a",), "t", ("id",)))

    assert told(altered(foreign_keys=()), Lock()) == ["changed p"]
    assert told(altered(foreign_keys=keyed), Lock()) == ["changed a"]


def test_a_column_goes_with_what_it_alone_stood_on() -> None:
    table = without(PLAN.tables["t"], "b", gone=True)

    assert [column.column for column in table.columns] == ["a"]
    assert [slot.name for slot in table.slots] == ["thing"]


def test_what_others_stand_on_stays() -> None:
    plan = with_table(columns=(*PLAN.tables["t"].columns, ColumnPlan("c", templated("{other}")))).tables["t"]

    assert [slot.name for slot in without(plan, "b", gone=True).slots] == ["thing", "other"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2, "tables": {}}', '{"format": 1, "dialect": "", "tables": {"t": {"a": "x"}}}']
)
def test_a_lock_that_is_none_is_refused_with_the_way_out(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)

    with pytest.raises(PlanError, match=r"_plan.lock: it cannot be read .*delete it"):
        read_lock(tmp_path)
