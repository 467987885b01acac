"""What a value holds under the attribute's name that its rows are chosen by."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from source_projects import Planned, planned, project

from synthseed.plan import Choice, Gen, Json, Number

STAGED = {"stg": "select order_id, lower(field_name) as field_name, cast(field_value as varchar) as field_value from raw.history"}


def under(sources: Planned, name: str) -> Gen:
    """Return what the value is planned as where the attribute has a name."""
    found = [one for one in sources.planned("history").overrides if one.column == "field_value" and f"'{name}'" in one.when]
    return found[0].gen


def history(**models: str) -> Planned:
    return planned(project({**STAGED, **models}, sources=("orders", "history")))


def test_a_filter_by_name_lets_the_value_have_the_texts_that_later_models_tell_apart() -> None:
    sources = history(
        states="select order_id, field_value as state from stg where field_name = 'state'",
        mart="select * from states where state in ('open', 'new')",
        other="select sum(case when state = 'closed' then 1 else 0 end) as closed from states",
    )
    gen = under(sources, "state")

    assert isinstance(gen, Choice)
    assert set(gen.tiers[0].values) == {"open", "new", "closed"}
    assert "open" not in str(sources.column("history.field_value").gen)


def test_a_value_that_is_json_under_one_name_is_text_under_the_others() -> None:
    sources = history(
        targets="select (field_value::json ->> 'minutes')::int as m, field_value::json ->> 'paused' = 'true' as p from stg"
        " where field_name in ('reply', 'work')",
        states="select * from stg where field_name = 'state' and field_value = 'new'",
    )
    gen = under(sources, "work")

    assert isinstance(gen, Json)
    assert '"minutes"' in gen.template
    assert '"paused": true' in gen.template
    assert [one.gen for one in sources.planned("history").overrides if "row_number() % 5" in one.when and "paused" in str(one.gen)]
    assert not isinstance(sources.column("history.field_value").gen, Json)


def test_a_value_that_is_cast_under_a_name_reads_so_under_that_name() -> None:
    sources = history(mart="select field_value::bigint as person from stg where field_name = 'person'")

    assert isinstance(under(sources, "person"), Number)
    assert sources.type("history.field_value") == "varchar"


def test_filters_on_the_way_count_and_the_narrowest_tells_the_name() -> None:
    sources = history(
        some="select * from stg where field_name in ('state', 'person', 'note')",
        mart="select order_id from some where field_name = 'state' and field_value = 'new'",
    )

    names = {one.when.partition(" and ")[0] for one in sources.planned("history").overrides if one.column == "field_value"}

    assert names == {"field_name = 'state'"}


def test_the_filter_of_another_table_beside_tells_no_name() -> None:
    sources = history(mart="select a.field_value::bigint as v from stg a join stg b on a.order_id = b.order_id where b.field_name = 'x'")

    assert not [one for one in sources.planned("history").overrides if one.column == "field_value"]


# ---------------------------------------------------------------------------------------------- pivots that later models read
PIVOTED = "select order_id, max(case when field_name = 'person' then field_value end) as person from stg group by 1"
FILLED = "select order_id, first_value(person) over (partition by order_id order by order_id) as person from wide"
KNOWN = "select order_id, case when person = 'nobody' then null else person end as person from filled"


def test_a_pivoted_attribute_that_is_joined_with_an_id_holds_such_keys() -> None:
    mart = "select k.order_id from known k join raw.orders o on o.id::varchar = k.person"
    sources = history(wide=PIVOTED, filled=FILLED, known=KNOWN, mart=mart, ids="select id::bigint as id from raw.orders")
    gen = under(sources, "person")

    assert isinstance(gen, Number)
    assert (int(gen.q.min), int(gen.q.max)) == (1, sources.planned("orders").rows)


def test_a_pivoted_attribute_that_a_later_model_casts_reads_so() -> None:
    assert isinstance(under(history(wide=PIVOTED, filled=FILLED, known=KNOWN, mart="select person::int as p from known"), "person"), Number)


def test_texts_that_a_later_model_filters_a_pivoted_attribute_by_are_there_and_what_stood_in_for_null_is_not() -> None:
    mart = "select person from known where person in ('ann', 'bob')"
    gen = under(history(wide=PIVOTED, filled=FILLED, known=KNOWN, mart=mart), "person")

    assert isinstance(gen, Choice)
    assert set(gen.tiers[0].values) == {"ann", "bob"}


def test_some_parents_of_attributes_have_many_of_them() -> None:
    wide = "select order_id, max(case when f = 'a' then value end) a, max(case when f = 'b' then value end) b from raw.history group by 1"
    mart = "select * from raw.history h join raw.orders o on h.order_id = o.id"
    sources = planned(project({"wide": wide, "mart": mart}, sources=("orders", "history")))
    plan = sources.planned("history")
    fanout = plan.fks[0].fanout

    assert fanout is not None
    assert fanout.p25 == 0
    assert fanout.p95 >= 3 * plan.rows / sources.planned("orders").rows


def test_a_value_that_something_stands_in_for_where_it_is_null_is_pivoted_like_another() -> None:
    filled = "select order_id, field_name, case when field_value is null then 'none' else field_value end as field_value from stg"
    wide = "select min(case when lower(field_name) = 'person' then field_value end) as person from filled group by order_id"
    mart = "select person::bigint as person from wide"

    assert isinstance(under(history(filled=filled, wide=wide, mart=mart), "person"), Number)


# ---------------------------------------------------------------------------------------------- names that another table holds
def test_the_name_of_an_attribute_may_stand_in_the_table_that_its_row_leads_to() -> None:
    models = {
        "named": "select h.order_id, f.name, h.value from raw.history h join raw.fields f on h.field_id = f.id",
        "mart": "select max(case when lower(name) = 'size' then value end)::int as size from named group by order_id",
    }
    found = planned(project(models, sources=("fields", "history"))).planned("history").overrides

    assert [(one.when, type(one.gen)) for one in found if one.column == "value"] == [("field_id.name = 'size'", Number)]


def test_a_value_that_leads_to_one_table_or_another_by_its_name_holds_their_keys() -> None:
    ids = {"ids": "select id::int as id from raw.orders", "others": "select id::int as id from raw.items"}
    models = {
        "a": "select h.id from raw.history h join raw.orders o on h.value = o.id::varchar where h.field = 'order'",
        "b": "select h.id from raw.history h join raw.items i on h.value = i.id::varchar where h.field = 'item'",
        "c": "select upper(value) as value from raw.history",
    }
    sources = planned(project({**ids, **models}, sources=("orders", "items", "history")))
    found = {one.when: one.gen for one in sources.planned("history").overrides if one.column == "value"}

    assert set(found) == {"field = 'order'", "field = 'item'"}
    assert all(isinstance(gen, Number) for gen in found.values())


def test_one_attribute_in_two_tables_holds_the_same_keys() -> None:
    models = {
        "both": "select field_id, value from raw.history union all select field_id, value from raw.lists",
        "wide": "select max(case when f.name = 'who' then b.value end) as who from both b join raw.fields f on b.field_id = f.id",
        "ids": "select id::int as id from raw.people",
        "one": "select f.name, l.value from raw.lists l join raw.fields f on l.field_id = f.id",
        "mart": "select max(case when name = 'who' then value end) as who from one",
        "who": "select m.who from mart m join raw.people p on p.id::varchar = m.who",
    }
    sources = planned(project(models, sources=("fields", "history", "lists", "people")))

    for table in ("history", "lists"):
        (found,) = [one for one in sources.planned(table).overrides if one.column == "value"]
        assert isinstance(found.gen, Number)
        assert int(found.gen.q.max) == sources.planned("people").rows
