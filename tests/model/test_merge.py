"""What several replies and the offline planner say of a table becomes one plan, in which every name means one thing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from synthseed import plan_yaml, readers
from synthseed.plan import (
    After,
    Choice,
    ColumnPlan,
    Expr,
    Follow,
    Joint,
    JointRow,
    JointTable,
    Json,
    KeyPlan,
    Number,
    Override,
    Quantiles,
    SameAs,
    Slot,
    TablePlan,
    Template,
    Tier,
)
from synthseed.planners import offline
from synthseed.planners.model import prompt
from synthseed.planners.model.borrow import borrowed
from synthseed.planners.model.merge import completed, merged
from synthseed.planners.model.reply import Reading, read_reply
from synthseed.planners.model.request import Guidance
from synthseed.planners.model.vocabulary import apart

Q = Quantiles(*map(Decimal, range(6)))
EXAMPLE = Path(__file__).parent / "example"
SHOP = readers.read_script(EXAMPLE / "shop.sqlite.sql")
OFFLINE = offline.plan(SHOP)
DRAFTS = merged({}, [read_reply((EXAMPLE / "plan.example.json").read_text(), prompt.plan_requests(SHOP, Guidance())[0], SHOP)])


def tier(*values):
    return (Tier(Decimal(1), values),)


def slot(name, *values):
    return Slot(name, tier(*values))


def joint(name, *cells):
    return JointTable(name, ("a", "b"), (JointRow(Decimal(1), cells),))


def model(column, gen):
    return ColumnPlan(column, gen, "model")


def reading(**parts):
    return Reading({"t": TablePlan("t", parts.pop("rows", 0), **parts)})


# ---------------------------------------------------------------------------------------------- readings together
def test_what_is_read_later_takes_the_place_of_what_was_there():
    first = reading(rows=7, columns=(model("a", Choice(tier("1"))), model("b", Choice(tier("2")))), nulls={"a": Decimal(5)})
    second = reading(rows=9, columns=(model("b", Choice(tier("3"))), model("c", Choice(tier("4")))), nulls={"c": Decimal(6)})

    found = merged({}, [first, second])["t"]

    assert {one.column: one.gen.tiers[0].values for one in found.columns} == {"a": ("1",), "b": ("3",), "c": ("4",)}
    assert found.nulls == {"a": 5, "c": 6}
    assert found.rows == 7


def test_vocabularies_that_are_called_alike_get_names_of_their_own():
    first = reading(slots=(slot("noun", "lamp"),), joints=(joint("line", "x", "y"),), columns=(model("a", Template(tier("{noun}"))),))
    second = reading(
        slots=(slot("noun", "desk"), slot("base", "big {noun}")),
        joints=(joint("line", "v", "w"),),
        columns=(model("b", Template(tier("{base} {noun|upper} {line.a} {{noun}} {col:noun} noun"))), model("c", Joint("line", "b"))),
    )

    found = merged({}, [first, second])["t"]

    assert [one.name for one in found.slots] == ["noun", "noun_2", "base"]
    assert [one.name for one in found.joints] == ["line", "line_2"]
    assert found.slots[2].tiers[0].values == ("big {noun_2}",)
    assert found.by_column["a"].gen == Template(tier("{noun}"))
    assert found.by_column["b"].gen == Template(tier("{base} {noun_2|upper} {line_2.a} {{noun}} {col:noun} noun"))
    assert found.by_column["c"].gen == Joint("line_2", "b")


def test_a_helper_of_another_part_is_renamed_wherever_it_is_read():
    first = reading(columns=(model("_x", Choice(tier("1"))), model("a", Expr("_x + 1"))))
    second = reading(
        joints=(joint("line", "v", "w"),),
        columns=(
            model("_x", Choice(tier("2"))),
            model("b", Expr("_x + k._x + line.a || '_x' || y_x")),
            model("c", Template(tier("{_x}{col:_x}"))),
            model("d", Json('{"_x": "{_x}"}')),
            model("e", After("_x", "days", Q)),
            model("f", Number(Q)),
        ),
        overrides=(Override("f", "_x = '_x'", Expr("_x")),),
        follow=(Follow("f", "_x", Decimal("0.5")),),
        rules=("b > _x",),
    )

    found = merged({}, [first, second])["t"]

    gens = {one.column: one.gen for one in found.columns}
    assert (gens["_x"], gens["_x_2"]) == (Choice(tier("1")), Choice(tier("2")))
    assert gens["a"] == Expr("_x + 1")
    assert gens["b"] == Expr("_x_2 + k._x + line.a || '_x' || y_x")
    assert gens["c"] == Template(tier("{_x_2}{col:_x_2}"))
    assert gens["d"] == Json('{"_x": "{_x_2}"}')
    assert gens["e"] == After("_x_2", "days", Q)
    assert found.overrides == (Override("f", "_x_2 = '_x'", Expr("_x_2")),)
    assert found.follow == (Follow("f", "_x_2", Decimal("0.5")),)
    assert found.rules == ("b > _x_2",)


def test_a_vocabulary_that_both_parts_have_stays_one():
    part = reading(slots=(slot("noun", "lamp"),), joints=(joint("line", "x", "y"),), columns=(model("_x", Choice(tier("1"))),))

    found = merged({}, [part, part])["t"]

    assert found == part.tables["t"]


def test_a_vocabulary_that_reads_another_one_under_the_same_name_is_another():
    old = TablePlan("t", 1, slots=(slot("noun", "{wood} lamp"), slot("wood", "oak")))
    new = TablePlan("t", 1, slots=(slot("noun", "{wood} lamp"), slot("wood", "ash"), slot("noun_2", "x")))

    found = apart(new, old)

    assert {one.name: one.tiers[0].values for one in found.slots} == {"noun_3": ("{wood_2} lamp",), "wood_2": ("ash",), "noun_2": ("x",)}


# ---------------------------------------------------------------------------------------------- columns of another plan
def test_a_borrowed_column_brings_what_it_reads_under_names_that_are_free():
    plan = TablePlan(
        "t", 5, slots=(slot("noun", "lamp"),), columns=(model("_x", Choice(tier("1"))), model("a", Template(tier("{noun}{_x}"))))
    )
    other = TablePlan(
        "t", 9, slots=(slot("noun", "desk"),), columns=(ColumnPlan("_x", Choice(tier("2"))), ColumnPlan("b", Template(tier("{noun}{_x}"))))
    )

    found = borrowed(plan, other, ["b"])

    assert found.by_column["a"].gen == Template(tier("{noun}{_x}"))
    assert found.by_column["b"].gen == Template(tier("{noun_2}{_x_2}"))
    assert {one.name: one.tiers[0].values for one in found.slots} == {"noun": ("lamp",), "noun_2": ("desk",)}
    assert found.by_column["_x_2"].gen == Choice(tier("2"))


def test_borrowing_twice_brings_a_vocabulary_once():
    plan = TablePlan("t", 5, slots=(slot("noun", "lamp"),))
    other = TablePlan("t", 9, slots=(slot("noun", "desk"),), columns=tuple(ColumnPlan(name, Template(tier("{noun}"))) for name in "bc"))

    found = borrowed(borrowed(plan, other, ["b"]), other, ["c"])

    assert [one.name for one in found.slots] == ["noun", "noun_2"]
    assert found.by_column["b"].gen == found.by_column["c"].gen == Template(tier("{noun_2}"))


# ---------------------------------------------------------------------------------------------- the whole
def whole(drafts, **options):
    plan, told = completed(SHOP, drafts, OFFLINE, **options)
    plan_yaml.check_fit(plan, SHOP)
    assert plan_yaml.plan_of(plan_yaml.plan_text(plan)) == plan
    return plan, told


def changed(table, **parts):
    return {**DRAFTS, table: replace(DRAFTS[table], **parts)}


def lacking(table, *columns):
    return changed(table, columns=tuple(one for one in DRAFTS[table].columns if one.column not in columns))


def test_a_column_that_is_missing_is_planned_offline_with_the_reason():
    plan, told = whole(lacking("customers", "city"), reasons={"customers.city": "customers.city: it was no label"})

    city = plan.tables["customers"].by_column["city"]
    assert (city.source, city.note) == ("offline", "customers.city: it was no label")
    assert "customers.city: planned offline: it was no label" in told
    assert plan.tables["customers"].by_column["segment"].source == "model"


@pytest.mark.parametrize("table", [table.key for table in SHOP.tables])
def test_every_column_can_fall_back_alone(table):
    for one in DRAFTS[table].columns:
        if one.column in SHOP.table(table).by_name:
            plan, told = whole(lacking(table, one.column))

            assert plan.tables[table].by_column[one.column].source == "offline"
            assert any(text.startswith(f"{table}.{one.column}: planned offline") for text in told)


def test_a_table_that_is_missing_is_offlines():
    drafts = {key: draft for key, draft in DRAFTS.items() if key != "orders"}

    plan, told = whole(drafts, reasons={"orders": "the reply was cut"})

    assert plan.tables["orders"] == OFFLINE.tables["orders"]
    assert "orders: planned offline: the reply was cut" in told


def test_a_table_that_was_not_asked_for_keeps_the_plan_that_stands():
    plan, told = whole(DRAFTS, tables=["customers"])

    assert {key for key, table in plan.tables.items() if table == OFFLINE.tables[key]} == {table.key for table in SHOP.tables} - {
        "customers"
    }
    assert told == ()


def test_keys_that_are_missing_are_offlines_and_one_drives():
    plan, told = whole(changed("order_items", fks=()))

    assert sorted(key.mode for key in plan.tables["order_items"].fks) == ["driver", "pick"]
    assert "order_items.order_id: planned offline: the model gave no plan for it" in told


def test_two_drivers_become_one():
    keys = tuple(KeyPlan(key.columns, "driver", fanout=Q) for key in DRAFTS["order_items"].fks)

    plan, _ = whole(changed("order_items", fks=keys))

    assert [key.mode for key in plan.tables["order_items"].fks] == ["driver", "pick"]


UNFIT = {
    "a column that is none": {"columns": (*DRAFTS["orders"].columns, model("nowhere", Choice(tier("1"))))},
    "NULL where none may be": {"nulls": {"status": Decimal(5)}},
    "NULL in no column": {"nulls": {"nowhere": Decimal(5)}},
    "an override of nothing": {"overrides": (Override("nowhere", "total > 1", Choice(tier("1"))),)},
    "a follow of nothing": {"follow": (Follow("total", "nowhere", Decimal("0.5")),)},
    "a follow of itself": {"follow": (Follow("placed_at", "placed_at", Decimal("0.5")),)},
    "a follow that is too strong": {"follow": (Follow("placed_at", "total", Decimal(2)),)},
    "a key of nothing": {"fks": (KeyPlan("nowhere", "pick"), *DRAFTS["orders"].fks)},
}


@pytest.mark.parametrize("unfit", UNFIT)
def test_what_does_not_fit_goes_alone(unfit):
    sound, before = whole(changed("orders", nulls={}, overrides=(), follow=()))

    plan, told = whole(changed("orders", **{"nulls": {}, "overrides": (), "follow": (), **UNFIT[unfit]}))

    assert plan == sound
    assert all("left out: " in text for text in told if text not in before)
    assert len(told) - len(before) == (next(iter(UNFIT[unfit])) in ("nulls", "overrides", "follow"))


@pytest.mark.parametrize("gen", [Joint("gone", "a"), After("_gone", "days", Q), Template(tier("{gone.a} {line.gone}")), SameAs("gone.a")])
def test_a_column_that_does_not_fit_falls_back_alone(gen):
    columns = tuple(replace(one, gen=gen) if one.column == "note" else one for one in DRAFTS["orders"].columns)

    plan, told = whole(changed("orders", columns=columns, overrides=()))

    assert [one.column for one in plan.tables["orders"].columns if one.source == "offline"] == ["note"]
    assert plan.tables["orders"].fks == DRAFTS["orders"].fks
    assert len([text for text in told if text.startswith("orders.")]) == 1


def test_a_key_that_leads_nowhere_is_offlines():
    keys = (*DRAFTS["order_items"].fks[:1], KeyPlan("product_id", "same_parent", via="nowhere"))

    plan, told = whole(changed("order_items", fks=keys))

    assert plan.tables["order_items"].fks[0] == keys[0]
    assert plan.tables["order_items"].by_key["product_id"].mode != "driver"
    assert any(text.startswith("order_items.product_id: planned offline") and "nowhere" in text for text in told)


@pytest.mark.parametrize("rule", ["total > 100", "total >"])
def test_a_rule_that_was_dropped_is_named(rule):
    _, told = whole(DRAFTS, reasons={f"orders.{rule}": f"orders: the rule `{rule}` fails", "orders.city": "no such column"})

    assert [text for text in told if text.startswith("orders")] == [f"orders: `{rule}` left out: the rule `{rule}` fails"]
