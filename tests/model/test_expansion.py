"""Where a model's vocabulary is too small for its rows it is asked for more, once; nothing depends on the answer."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from synthseed import readers
from synthseed.engine.program import compile_program
from synthseed.plan import Choice, ColumnPlan, Plan, Slot, TablePlan, Template, Tier
from synthseed.plan_fit import check_fit
from synthseed.planners import offline
from synthseed.planners.model import prompt
from synthseed.planners.model.budget import Budget
from synthseed.planners.model.expansion import expanded, small, with_values
from synthseed.planners.model.fixes import fixed
from synthseed.planners.model.merge import completed
from synthseed.planners.model.reply import read_reply
from synthseed.planners.model.request import Guidance
from synthseed.planners.model.vocabulary_size import Sizes
from synthseed.testing import ModelServer

EXAMPLE = Path(__file__).parent / "example"
SHOP = readers.read_script(EXAMPLE / "shop.sqlite.sql")
AS_OF = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp()) * 1_000_000
WORDS = ("quiet", "brisk", "sturdy", "narrow", "gentle", "rapid", "hollow", "bright", "rugged", "tidy")


@pytest.fixture(scope="module")
def shop() -> Plan:
    reading = read_reply((EXAMPLE / "plan.example.json").read_text(), prompt.plan_requests(SHOP, Guidance())[0], SHOP)
    tables = {key: fixed(table, SHOP.table(key), SHOP)[0] for key, table in reading.tables.items()}
    return completed(SHOP, tables, offline.plan(SHOP))[0]


@pytest.fixture(scope="module")
def things(tmp_path_factory):
    script = tmp_path_factory.mktemp("ddl") / "things.sql"
    script.write_text(
        "create table things (id integer primary key, name varchar(60) not null unique, note text, kind varchar(40) not null, "
        "state text not null check (state in ('waiting for the first review', 'done and put away for good')));"
    )
    return readers.read_script(script)


def tiers(*values, share=100):
    return (Tier(Decimal(share), tuple(values)),)


def of_things(gens, slots=(), rows=200, **column):
    columns = tuple(ColumnPlan(name, gen, "model", **column) for name, gen in gens.items())
    return TablePlan("things", rows=rows, columns=columns, slots=tuple(Slot(name, tiers(*values)) for name, values in slots))


def more(asked):
    """Answer with as many new sentences as are wanted per list."""
    lines = re.findall(r"^(\w+): .*?, (\d+) more", asked.user, re.MULTILINE)
    values = [f"Held up on a {a} and {b} trip" for a in WORDS for b in WORDS]
    return json.dumps({"lists": [{"name": name, "values": values[: int(count)]} for name, count in lines]})


def distinct(plan, column, rows=900):
    counts = {key: rows if key == "reviews" else table.rows for key, table in plan.tables.items()}
    program = compile_program(SHOP, plan, rows=counts, as_of=AS_OF)
    cells = program.cells("reviews", np.arange(rows), [column])[column]
    return len({text for text in cells.array.to_pylist() if text is not None})


# ---------------------------------------------------------------------------------------------- over HTTP
def test_texts_that_repeat_themselves_are_asked_for_once_and_vary_after(shop, asking):
    with ModelServer(more) as server:
        client = asking(server)
        found = expanded(SHOP, shop.tables, Guidance(), client, tables=["reviews"])
        again = expanded(SHOP, shop.tables, Guidance(), client, tables=["reviews"])

    grown = replace(shop, tables=found.tables)
    check_fit(grown, SHOP)
    assert len(server.requests) == 1
    assert again.tables == found.tables
    assert distinct(shop, "body") < 450 <= distinct(grown, "body")  # half of the rows
    assert {key for key, table in found.tables.items() if table != shop.tables[key]} == {"reviews"}
    assert any("reviews: open_good" in note for note in found.notes)


@pytest.mark.parametrize("reply", ["I'd rather not.", '{"lists": []}', '{"tables": []}', '{"lists": [{"name": "detail", "values": [{}]}]}'])
def test_a_reply_of_no_use_leaves_the_plan_as_it_was(reply, shop, asking):
    with ModelServer(reply) as server:
        found = expanded(SHOP, shop.tables, Guidance(), asking(server), tables=["orders", "reviews"])

    assert found.tables == dict(shop.tables)
    assert len(server.requests) == 2  # one table's useless reply costs the other nothing
    assert len(found.notes) == 2


def test_a_budget_that_is_spent_leaves_the_plan_as_it_was(shop, asking):
    with ModelServer(more) as server:
        found = expanded(SHOP, shop.tables, Guidance(), asking(server, budget=Budget(max_tokens=10)))

    assert found.tables == dict(shop.tables)
    assert server.requests == []
    assert len(found.notes) == 1


def test_values_that_could_reach_somebody_arrive_harmless(shop, asking):
    values = ["=HYPERLINK('x') is what the label says", "Write to ann@real-shop.io for spare parts", "Fits {unknown_slot} well"]
    with ModelServer(json.dumps({"lists": [{"name": "open_good", "values": values}]})) as server:
        found = expanded(SHOP, shop.tables, Guidance(), asking(server), tables=["reviews"])

    new = {value for slot in found.tables["reviews"].slots for tier in slot.tiers for value in tier.values}
    assert "Write to ann@example.com for spare parts" in new
    assert not any(value.startswith("=") or "unknown_slot" in value for value in new)


# ---------------------------------------------------------------------------------------------- what is small
def test_a_unique_column_with_fewer_values_than_rows_needs_more(things):
    plan = of_things({"name": Template(tiers("{a} {b}"))}, [("a", "xyz"), ("b", "uvw")])

    assert small(plan, things, 9) == {}
    assert set(small(plan, things, 200)) == {"a", "b"}
    assert Sizes(plan, small(plan, things, 200)).total(tiers("{a} {b}")) >= 250


def test_a_running_number_makes_enough_of_any_unique_column(things):
    assert small(of_things({"name": Template(tiers("{a} {seq}"))}, [("a", "xyz")]), things, 200) == {}


def test_what_another_column_brings_may_be_enough_for_a_unique_column(things):
    slots = [("a", ("x", "y"))]

    assert small(of_things({"name": Template(tiers("{col:kind} {a}"))}, slots), things, 200) == {}
    assert small(of_things({"name": Template(tiers("{a}"))}, slots), things, 200)


def test_sentences_out_of_a_large_slot_are_enough(things):
    plan = of_things({"note": Template(tiers("it {a} in the rain"))}, [("a", [f"rusts {n}" for n in range(300)])])
    rare = Slot("a", (Tier(Decimal(95), ("rusts",)), Tier(Decimal(5), plan.slots[0].tiers[0].values)))

    assert small(plan, things, 200) == {}
    assert small(replace(plan, slots=(rare,)), things, 200) == {"a": 60}  # as many values, one of them nearly always


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "Home and garden"), ("state", "waiting for the first review")],
    ids=["a category of few words", "what a CHECK lists"],
)
def test_what_is_counted_and_not_read_stays_small(column, value, things):
    assert small(of_things({column: Choice(tiers(value))}), things, 200) == {}


def test_a_column_that_is_nearly_always_null_needs_few_texts(things):
    plan = of_things({"note": Choice(tiers("left at the back door", "ring twice and wait there"))})

    assert small(plan, things, 200) == {"note": 60}
    assert small(replace(plan, nulls={"note": Decimal(95)}), things, 200) == {}


def test_a_number_in_a_sentence_does_not_make_many_sentences(things):
    values = [f"sentence {letter} of one kind" for letter in "abcdefgh"]
    plan = of_things({"note": Choice(tiers(*values, "walked {{x}} there and back"))})
    numbered = of_things({"note": Template(tiers(*values, "walked {int:1-9000} m there and back"))})

    assert small(plan, things, 200)
    assert small(numbered, things, 200)


@pytest.mark.parametrize("column", [{"locked": True}, {"source": "user"}], ids=["locked", "a person's"])
def test_what_a_person_settled_does_not_grow(column, things):
    sentence = Template(tiers("it {a} in the rain"))
    plan = of_things({"note": sentence}, [("a", ("rusts", "leaks"))])
    held = replace(ColumnPlan("kind", Template(tiers("{a}")), "model"), **column)

    assert small(plan, things, 200)
    assert small(replace(plan, columns=tuple(replace(one, **column) for one in plan.columns)), things, 200) == {}
    assert small(replace(plan, columns=(*plan.columns, held)), things, 200) == {}  # it reads the same slot


# ---------------------------------------------------------------------------------------------- hostile plans
def test_slots_that_double_or_run_deep_or_in_circles_are_measured_at_once(things):
    doubling = [(f"s{n}", (f"{{s{n + 1}}} {{s{n + 1}}}",)) for n in range(60)] + [("s60", ("a", "b"))]
    chain = [(f"s{n}", (f"{{s{n + 1}}}",)) for n in range(3_000)] + [("s3000", ("a", "b"))]
    circle = [("s0", ("{s1} and on and on",)), ("s1", ("{s0} and on and on",))]
    begun = time.monotonic()

    for slots in (doubling, chain, circle):
        small(of_things({"note": Template(tiers("{s0} it is said")), "name": Template(tiers("{s0}"))}, slots), things, 200)

    assert time.monotonic() - begun < 60


def test_no_list_grows_beyond_the_parts_that_the_engine_takes(things):
    many = [f"{{int:1-1}}{{int:1-1}}{{int:1-1}}{word}{n}" for n, word in enumerate((*WORDS, *WORDS[:5]))]
    plan = of_things({"name": Template(tiers("{a}"))}, [("a", [f"{{b}} {n}" for n in range(20)]), ("b", many)])
    wanted = small(plan, things, 2_000)

    assert Sizes(plan, {"a": 60, "b": 60}).too_many_parts("name")
    assert wanted == {"a": 10, "b": 10}
    assert not Sizes(plan, wanted).too_many_parts("name")


def test_new_values_go_where_a_value_is_drawn_most_often():
    often, seldom = Tier(Decimal(90), ("a", "b")), Tier(Decimal(10), ("c", "d"))
    grown = replace(often, values=("a", "b", "e", "f", "g"))
    new = {"note": ("e", "f", "g")}

    for given, expected in (((often, seldom), (grown, seldom)), ((seldom, often), (seldom, grown))):
        assert with_values(of_things({"note": Choice(given)}), new).by_column["note"].gen == Choice(expected)
