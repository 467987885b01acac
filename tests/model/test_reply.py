"""A reply is untrusted: what is sound of it is used, the rest costs its own column, and nothing of it is ever run."""

from __future__ import annotations

import copy
import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthseed import plan_yaml, readers
from synthseed.errors import ModelError
from synthseed.plan import Choice, Json, Number, Semantic, Template
from synthseed.planners import offline
from synthseed.planners.model import prompt
from synthseed.planners.model.fixes import fixed
from synthseed.planners.model.merge import completed, merged
from synthseed.planners.model.reply import read_reply
from synthseed.planners.model.request import Guidance
from synthseed.verbs.trial import tried

EXAMPLE = Path(__file__).parent / "example"
TEXT = (EXAMPLE / "plan.example.json").read_text()
SHOP = readers.read_script(EXAMPLE / "shop.sqlite.sql")
REQUEST = prompt.plan_requests(SHOP, Guidance())[0]
OFFLINE = offline.plan(SHOP)
AS_OF = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp()) * 1_000_000


def reply(change=lambda tables: None):
    whole = json.loads(TEXT)
    change({table["table"]: table for table in whole["tables"]})
    return json.dumps(whole)


def gen_of(tables, table, column):
    return next(one for one in tables[table]["columns"] if one["column"] == column)["gen"]


def planned(text):
    """Return the plan that a reply comes to, and what was told on the way."""
    reading = read_reply(text, REQUEST, SHOP)
    tables, said = {}, []
    for key, table in reading.tables.items():
        tables[key], more = fixed(table, SHOP.table(key), SHOP)
        said += more
    whole, fallbacks = completed(SHOP, merged({}, [type(reading)(tables)]), OFFLINE)
    return whole, reading.problems, said, fallbacks


# ---------------------------------------------------------------------------------------------- the example
def test_the_example_reads_without_a_problem():
    whole, problems, _, fallbacks = planned(TEXT)

    assert problems == ()
    assert fallbacks == ("order_items.line_no: planned offline: the model gave no plan for it",)
    assert whole.tables["orders"].rows == 3000


def test_the_example_keeps_its_rules_and_sums_on_406_400_rows():
    whole, *_ = planned(TEXT)
    rows = {key: table.rows * 32 for key, table in whole.tables.items()}
    trial = tried(SHOP, whole, OFFLINE, rows=rows, as_of=AS_OF)
    program = trial.program

    assert trial.faults == ()
    assert sum(rows.values()) == 406_400
    for key, table in whole.tables.items():
        for rule in table.rules:
            assert holding(program, key, rule, rows[key]) == rows[key], (key, rule)
    every = np.arange(rows["order_items"])
    items = program.cells("order_items", every, ["order_id", "line_total"])
    subtotal = program.cells("orders", np.arange(rows["orders"]), ["subtotal"])["subtotal"].rescaled(2)
    sums = np.bincount(items["order_id"].ints - 1, items["line_total"].rescaled(2).ints, rows["orders"]).astype(np.int64)
    assert (sums == subtotal.ints).all()


def holding(program, table, rule, rows, size=65_536):
    from synthseed.expressions import parse
    from synthseed.generators.formulas import holds

    node = parse(rule)
    return sum(int(holds(node, program.frame(table, np.arange(at, min(at + size, rows)))).sum()) for at in range(0, rows, size))


# ---------------------------------------------------------------------------------------------- faults
def test_a_fence_and_a_sentence_around_the_json_are_passed_over():
    assert planned(f"Here is the plan:\n```json\n{TEXT}\n```\nEnjoy!")[1] == ()


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, '{"tables":' + "[" * 100_000, "", "no", '{"tables": 7}', '{"tables": []}', "{" * 41]
)
def test_what_is_no_plan_is_refused(text):
    with pytest.raises(ModelError, match="the model's reply cannot be used"):
        read_reply(text, REQUEST, SHOP)


def test_a_string_that_never_ends_is_refused_quickly():
    begin = time.process_time()
    with pytest.raises(ModelError, match="it is no JSON"):
        read_reply('{"tables": "' + '\\"' * 900_000, REQUEST, SHOP)

    assert time.process_time() - begin < 5  # each quote was tried as the beginning of a string: minutes


def test_two_megabytes_are_the_most():
    with pytest.raises(ModelError, match="at most 2,000,000"):
        read_reply(TEXT + " " * 2_000_000, REQUEST, SHOP)


WRONG = {
    "wrong type": lambda t: gen_of(t, "customers", "loyalty_points").update(q="many"),
    "nan": lambda t: gen_of(t, "customers", "loyalty_points")["q"].update(p50=float("nan")),
    "infinite": lambda t: gen_of(t, "customers", "loyalty_points")["q"].update(max=float("inf")),
    "huge": lambda t: gen_of(t, "customers", "loyalty_points")["q"].update(max=1e300),
    "unknown kind": lambda t: gen_of(t, "customers", "loyalty_points").update(kind="sql"),
    "unknown field": lambda t: gen_of(t, "customers", "loyalty_points").update(code="import os"),
    "an expression that is none": lambda t: gen_of(t, "customers", "loyalty_points").update(kind="expr", expr="__import__('os')"),
    "a subquery": lambda t: gen_of(t, "customers", "loyalty_points").update(kind="expr", expr="(select 1)"),
    "too many values": lambda t: gen_of(t, "customers", "loyalty_points").update(tiers=[{"share": 1, "values": ["1"] * 1001}]),
    "no generator": lambda t: t["customers"]["columns"][6].pop("gen"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_unsound_column_costs_that_column_only(wrong):
    text = reply(WRONG[wrong])

    whole, problems, _, fallbacks = planned(text)

    assert [(one.table, one.column) for one in problems] == [("customers", "loyalty_points")]
    assert [one for one in fallbacks if "line_no" not in one and "loyalty_points" not in one] == []
    assert whole.tables["customers"].by_column["loyalty_points"].source == "offline"
    assert whole.tables["customers"].by_column["segment"].source == "model"


def test_a_column_that_is_not_there_is_told():
    def change(tables):
        tables["customers"]["columns"].append({"column": "emial", "gen": {"kind": "null"}})

    _, problems, *_ = planned(reply(change))

    assert [(one.code, one.column) for one in problems] == [("unknown_column", "emial")]
    assert "did you mean email?" in problems[0].text


def test_a_table_that_was_not_asked_for_is_dropped():
    text = json.loads(TEXT)
    text["tables"].append({**copy.deepcopy(text["tables"][0]), "table": "pg_authid"})

    _, problems, *_ = planned(json.dumps(text))

    assert [one.code for one in problems] == ["unknown_table"]


def test_quantiles_that_do_not_rise_are_sorted():
    whole, _, said, _ = planned(reply(lambda t: gen_of(t, "customers", "loyalty_points")["q"].update(p25=620, p75=40)))

    gen = whole.tables["customers"].by_column["loyalty_points"].gen
    assert isinstance(gen, Number)
    assert (gen.q.p25, gen.q.p50, gen.q.p75) == (40, 180, 620)
    assert any("sorted" in one for one in said)


def test_numbers_that_a_check_forbids_are_cut():
    whole, _, said, _ = planned(reply(lambda t: gen_of(t, "order_items", "quantity")["q"].update(min=-3, max=500)))

    gen = whole.tables["order_items"].by_column["quantity"].gen
    assert (gen.q.min, gen.q.max) == (1, 99)
    assert any("cut at 1 to 99" in one for one in said)


def test_spikes_that_a_check_forbids_are_dropped():
    whole, _, said, _ = planned(
        reply(lambda t: gen_of(t, "order_items", "quantity").update(spikes=[{"value": v, "share": 2} for v in (0, 7)]))
    )

    gen = whole.tables["order_items"].by_column["quantity"].gen
    assert isinstance(gen, Number)
    assert [spike.value for spike in gen.spikes] == [7]
    assert any("planned from 0" in one for one in said)


def test_values_that_do_not_fit_are_dropped():
    def change(tables):
        gen_of(tables, "orders", "status")["tiers"][0]["values"] += ["on its way to the moon", "lost"]

    whole, _, said, _ = planned(reply(change))

    assert "lost" not in str(whole.tables["orders"].by_column["status"].gen)
    assert any("2 of its values do not fit" in one for one in said)


def test_names_of_people_and_identifiers_are_the_engines_own():
    def change(tables):
        for column in ("first_name", "email", "phone"):
            gen = gen_of(tables, "customers", column)
            gen.clear()
            gen.update(kind="choice", tiers=[{"share": 1, "values": ["a.turing@gmail.com", "+1 202 456 1414"]}])

    whole, *_ = planned(reply(change))

    for column in ("first_name", "email", "phone"):
        assert isinstance(whole.tables["customers"].by_column[column].gen, Semantic)


def test_addresses_links_numbers_and_formulas_in_texts_reach_nobody():
    values = [
        "Mail bob@gmail.com now",
        "See https://evil.io/x?y",
        "Call 202-456-1414",
        "=HYPERLINK(1)",
        "{col:note}@corp.com",
        "-5 %",
        "fine",
    ]

    def change(tables):
        gen = gen_of(tables, "orders", "note")
        gen.clear()
        gen.update(kind="choice", tiers=[{"share": 1, "values": values}])

    whole, _, said, _ = planned(reply(change))

    gen = whole.tables["orders"].by_column["note"].gen
    assert isinstance(gen, Choice)
    assert gen.tiers[0].values == (
        "Mail bob@example.com now",
        "See https://example.com/x?y",
        "Call 000-000-0000",
        "HYPERLINK(1)",
        "{col:note}@example.com",
        "-5 %",
        "fine",
    )
    assert any("could be somebody's" in one for one in said)


def test_addresses_put_together_of_parts_or_in_documents_reach_nobody():
    def change(tables):
        gen_of(tables, "orders", "note")["tiers"] = [{"share": 1, "values": ["ask {col:status}@{site}"]}]
        tables["orders"]["slots"].append({"name": "site", "tiers": [{"share": 1, "values": ["gmail.com"]}]})
        gen_of(tables, "products", "attributes").clear()
        gen_of(tables, "products", "attributes").update(
            kind="json", template='{"by": "bob@gmail.com", "host": "8.8.8.8", "seen": "10.0.0.1"}'
        )

    whole, *_ = planned(reply(change))

    note, attributes = whole.tables["orders"].by_column["note"].gen, whole.tables["products"].by_column["attributes"].gen
    assert isinstance(note, Template)
    assert isinstance(attributes, Json)
    assert note.tiers[0].values == ("ask {col:status}@example.com",)
    assert attributes.template == '{"by": "bob@example.com", "host": "192.0.2.8", "seen": "10.0.0.1"}'


def test_cells_of_joint_tables_are_no_formulas():
    def change(tables):
        tables["products"]["joints"][0]["rows"][0]["cells"][0] = "=cmd()"

    whole, *_ = planned(reply(change))

    assert whole.tables["products"].joints[0].rows[0].cells[0] == "cmd()"


def test_what_nobody_sees_is_taken_out():
    def change(tables):
        tables["orders"]["about"] = "orders\u202e \u200bof\x00 a shop\ud800"

    whole, *_ = planned(reply(change))

    assert whole.tables["orders"].about == "orders of a shop"


def test_a_second_driver_becomes_a_pick():
    def change(tables):
        tables["order_items"]["fks"][1].update(mode="driver", fanout=tables["order_items"]["fks"][0]["fanout"])

    whole, *_ = planned(reply(change))

    assert sorted(key.mode for key in whole.tables["order_items"].fks) == ["driver", "pick"]


def test_slots_that_name_each_other_cost_their_column_in_the_trial():
    def change(tables):
        slots = [{"name": name, "tiers": [{"share": 1, "values": ["{" + other + "}"]}]} for name, other in (("a_", "b_"), ("b_", "a_"))]
        tables["orders"]["slots"] += slots
        gen_of(tables, "orders", "note")["tiers"] = [{"share": 1, "values": ["{a_}"]}]

    whole, *_ = planned(reply(change))
    trial = tried(SHOP, whole, OFFLINE, as_of=AS_OF)

    assert [(one.table, one.part) for one in trial.faults] == [("orders", "note")]
    assert trial.plan.tables["orders"].by_column["note"].source == "offline"


def test_too_few_values_for_a_unique_column_cost_that_column_in_the_trial():
    def change(tables):
        gen = gen_of(tables, "products", "sku")
        gen.clear()
        gen.update(kind="choice", tiers=[{"share": 1, "values": ["A", "B", "A"]}])

    whole, *_ = planned(reply(change))
    trial = tried(SHOP, whole, OFFLINE, as_of=AS_OF)

    assert [(one.table, one.part) for one in trial.faults] == [("products", "sku")]


def test_a_rule_that_cannot_be_read_is_a_problem_of_its_own():
    whole, problems, *_ = planned(reply(lambda t: t["orders"]["rules"].append("total >")))

    assert [(one.code, one.table, one.column) for one in problems] == [("bad_rules", "orders", "total >")]
    assert "total >" not in whole.tables["orders"].rules


def test_a_rule_that_does_not_hold_is_dropped_and_told():
    whole, *_ = planned(reply(lambda t: t["orders"]["rules"].append("total > 100")))
    trial = tried(SHOP, whole, OFFLINE, as_of=AS_OF)

    assert [(one.table, one.part) for one in trial.faults] == [("orders", "total > 100")]
    assert "total > 100" not in trial.plan.tables["orders"].rules


NONSENSE = ["brand = 'x'", "total + note > 1", "note", "nope.x = 1", "sum(nope.x) > 1", "placed_at > 3", "customer_id.nope = 1", "_x > 1"]


@pytest.mark.parametrize("rule", NONSENSE)
def test_a_rule_without_a_meaning_is_dropped_and_told(rule):
    whole, *_ = planned(reply(lambda t: t["orders"]["rules"].append(rule)))
    trial = tried(SHOP, whole, OFFLINE, rows=dict.fromkeys(whole.tables, 30), as_of=AS_OF)

    assert [(one.table, one.part) for one in trial.faults] == [("orders", rule)]
    assert trial.plan.tables["orders"].rules == whole.tables["orders"].rules[:-1]


@pytest.mark.parametrize("when", NONSENSE)
def test_an_override_without_a_meaning_costs_its_column(when):
    whole, *_ = planned(reply(lambda t: t["orders"].update(overrides=[{"column": "note", "when": when, "gen": {"kind": "null"}}])))
    trial = tried(SHOP, whole, OFFLINE, rows=dict.fromkeys(whole.tables, 30), as_of=AS_OF)

    assert [(one.table, one.part) for one in trial.faults] == [("orders", "note")]
    assert trial.plan.tables["orders"].by_column["status"].source == "model"


# ---------------------------------------------------------------------------------------------- whatever comes
NAMES, KEYS = ["customers", "email", "driver", "expr", "{seq}"], ["kind", "tiers", "share", "values", "gen"]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


PLACES = [path for path in places(json.loads(TEXT)) if path]


@settings(max_examples=120)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=4))
def test_whatever_stands_in_a_reply_it_reads_or_is_refused(changes):
    whole = json.loads(TEXT)
    for path, value in changes:
        at = whole
        for key in path[:-1]:
            at = (
                at[key]
                if isinstance(at, dict | list) and (key in at if isinstance(at, dict) else isinstance(key, int) and key < len(at))
                else {}
            )
        if isinstance(at, dict) or (isinstance(at, list) and isinstance(path[-1], int) and path[-1] < len(at)):
            at[path[-1]] = value
    try:
        plan, *_ = planned(json.dumps(whole))
    except ModelError:
        return

    plan_yaml.check_fit(plan, SHOP)
    assert plan_yaml.plan_of(plan_yaml.plan_text(plan)) == plan


def test_shares_are_exact():
    whole, *_ = planned(TEXT)

    assert whole.tables["customers"].nulls["phone"] == Decimal(18)


def note_of(change):
    def changed(tables):
        gen = gen_of(tables, "orders", "note")
        gen.clear()
        gen.update(change(tables["orders"]))

    whole, *_ = planned(reply(changed))
    return tried(SHOP, whole, OFFLINE, as_of=AS_OF).faults


def from_slots(template, **slots):
    def change(table):
        table["slots"] += [{"name": name, "tiers": [{"share": 1, "values": [value]}]} for name, value in slots.items()]
        return {"kind": "template", "tiers": [{"share": 1, "values": [template]}]}

    return change


ASSEMBLED = {
    "mail of three slots": from_slots("{who}{at}{dom}", who="bob", at="@", dom="gmail.com"),
    "mail in an expression": lambda _: {"kind": "expr", "expr": "concat('bob', '@', 'gmail.com')"},
    "link": from_slots("{scheme}://{host}/x", scheme="https", host="bank.com"),
    "routed address": from_slots("8.8.{int:1-9}.{int:1-9}"),
    "dialled number": from_slots("call +1 212 {digits:3} {digits:4}"),
    "formula": from_slots("{sign}CMD()", sign="="),
}


@pytest.mark.parametrize("assembled", ASSEMBLED)
def test_parts_that_are_harmless_alone_are_looked_at_together(assembled):
    assert [(one.table, one.part) for one in note_of(ASSEMBLED[assembled])] == [("orders", "note")]


def test_a_chain_of_slots_without_end_costs_its_column():
    names = [f"s{number}" for number in range(400)]
    slots = {name: "{" + other + "}" for name, other in zip(names, [*names[1:], "ask"], strict=True)}

    def change(table):
        from_slots("", **dict(list(slots.items())[:60]))(table)
        return {"kind": "template", "tiers": [{"share": 1, "values": ["{s0}"]}]}

    assert [(one.table, one.part) for one in note_of(change)] == [("orders", "note")]
