"""What the tests of seeds say becomes constraints of a schema."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synthseed.dbt.artifacts import Manifest, Node
from synthseed.dbt.artifacts import Test as DbtTest
from synthseed.dbt.seed_facts import learnt, read_by_models
from synthseed.dbt.seed_schema import Described, RealCsv, describe
from synthseed.dbt.seeds import Seed, SeedColumn, nodes, selected
from synthseed.errors import ConfigurationError
from synthseed.schema import Check, ForeignKey, Unique


def seed(name: str, *columns: str) -> Seed:
    node = Node(f"seed.shop.{name}", "seed", "shop", name, None, "main", name, None, (), (), None, "", f"seeds/{name}.csv", "", {})
    found = tuple(SeedColumn(*column.split(":"), "column_types") for column in columns)
    return Seed(name, node, Path(f"{name}.csv"), found, 0)


def about(seed: str, column: str | None, kind: str, *others: str, where: str | None = None, **arguments: Any) -> DbtTest:
    depends = (f"seed.shop.{seed}", *(f"seed.shop.{other}" for other in others))
    return DbtTest(f"test.{kind}.{column}", f"{kind}_{column}", kind, f"seed.shop.{seed}", column, arguments, depends, None, where, "error")


def described(seeds: list[Seed], *tests: DbtTest, real: dict[str, RealCsv] | None = None) -> Described:
    manifest = Manifest("shop", "duckdb", "1.11", {}, {one.node.id: one.node for one in seeds}, {test.id: test for test in tests}, ())
    return describe(manifest, seeds, "duckdb", real or {})


ORDERS = ("id:bigint", "code:text", "person_id:bigint", "amount:numeric(10,2)")


def test_tests_of_a_column_are_its_constraints() -> None:
    found = described(
        [seed("orders", *ORDERS)],
        about("orders", "code", "unique"),
        about("orders", "CODE", "not_null"),
        about("orders", "amount", "dbt_utils.accepted_range", min_value=0, max_value=9, inclusive=False),
    )

    table = found.schema.table("orders")
    assert table.primary_key == Unique(("code",), primary=True)
    assert not table.column("code").nullable
    assert table.checks == (Check('"amount" > 0', ("amount",)), Check('"amount" < 9', ("amount",)))
    assert found.notes == ()


def test_accepted_values_are_written_as_the_column_has_them() -> None:
    found = described(
        [seed("orders", *ORDERS)],
        about("orders", "code", "accepted_values", values=["it's", 2]),
        about("orders", "person_id", "accepted_values", values=["1", 2]),
    )

    assert [check.text for check in found.schema.table("orders").checks] == ["\"code\" in ('it''s', '2')", '"person_id" in (1, 2)']


def test_a_relationship_to_a_seed_is_a_foreign_key_that_is_never_null() -> None:
    found = described(
        [seed("orders", *ORDERS), seed("people", "id:bigint", "email:text")],
        about("orders", "person_id", "relationships", "people", to="ref('people')", field="email"),
    )

    orders, people = found.schema.table("orders"), found.schema.table("people")
    assert orders.foreign_keys == (ForeignKey(("person_id",), "people", ("email",)),)
    assert not orders.column("person_id").nullable
    assert ("email",) in [key.columns for key in people.keys]


def test_a_relationship_to_a_seed_with_rows_draws_from_its_csv(tmp_path: Path) -> None:
    (tmp_path / "countries.csv").write_text("iso;name\nde;Germany\nfr;France\n", encoding="utf-8")
    found = described(
        [seed("orders", *ORDERS)],
        about("orders", "code", "relationships", "countries", to="ref('countries')", field="ISO"),
        real={"seed.shop.countries": RealCsv(tmp_path / "countries.csv", ";")},
    )

    assert [check.text for check in found.schema.table("orders").checks] == ["\"code\" in ('de', 'fr')"]


def test_a_key_is_taken_by_its_name_where_no_test_says_one() -> None:
    found = described([seed("orders", *ORDERS)])

    assert found.schema.table("orders").primary_key == Unique(("id",), primary=True)
    assert found.notes == ("orders.id: unique and never NULL, by its name; no test says so",)


def test_columns_that_are_unique_together_leave_no_key_by_name() -> None:
    together = about("orders", None, "dbt_utils.unique_combination_of_columns", combination_of_columns=["id", "code"])

    table = described([seed("orders", *ORDERS)], together).schema.table("orders")

    assert table.primary_key is None
    assert [key.columns for key in table.uniques] == [("id", "code")]


@pytest.mark.parametrize(
    ("test", "why"),
    [
        (about("orders", "code", "my_own_test"), "test my_own_test_code is not planned for: synthseed does not know it"),
        (about("orders", "code", "not_null", where="id > 3"), "it has a `where`"),
        (about("orders", "code", "relationships", "nowhere", field="id"), "which is no seed of this project"),
    ],
)
def test_what_cannot_be_planned_for_is_told(test: DbtTest, why: str) -> None:
    assert any(why in note for note in described([seed("orders", *ORDERS)], test).notes)


# ---------------------------------------------------------------------------------------------- models
def model(name: str, sql: str, *depends_on: str) -> Node:
    return Node(f"model.shop.{name}", "model", "shop", name, None, "main", name, f"main.{name}", (), depends_on, sql, sql, "", "", {})


def project(seeds: list[Seed], models: list[Node], *tests: DbtTest) -> Manifest:
    ready = [replace(one.node, relation=f"main.{one.name}") for one in seeds]
    every = {node.id: node for node in (*ready, *models)}
    return Manifest("shop", "duckdb", "1.11", {}, every, {test.id: test for test in tests}, ())


def test_tests_and_joins_of_models_are_pushed_back_to_seeds() -> None:
    seeds = [seed("raw_orders", "id:bigint", "user_id:bigint", "status:text"), seed("raw_people", "id:bigint", "seen:text")]
    manifest = project(
        seeds,
        [
            model("stg_orders", "select id as order_id, user_id as person_id, status from main.raw_orders", "seed.shop.raw_orders"),
            model("stg_people", "select id as person_id, seen from main.raw_people", "seed.shop.raw_people"),
            model(
                "sold",
                "select o.order_id from main.stg_orders o join main.stg_people p on o.person_id = p.person_id",
                "model.shop.stg_orders",
                "model.shop.stg_people",
            ),
        ],
        replace(about("x", "person_id", "unique"), node="model.shop.stg_people", depends_on=("model.shop.stg_people",)),
        replace(
            about("x", "status", "accepted_values", values=["open"]), node="model.shop.stg_orders", depends_on=("model.shop.stg_orders",)
        ),
    )
    facts = learnt(manifest, {one.node.id: [column.name for column in one.columns] for one in seeds})

    orders = describe(manifest, seeds, "duckdb", {}, facts).schema.table("raw_orders")

    assert orders.foreign_keys == (ForeignKey(("user_id",), "raw_people", ("id",)),)
    assert not orders.column("user_id").nullable
    assert [check.text for check in orders.checks] == ["\"status\" in ('open')"]


def test_a_cast_of_a_model_says_more_than_a_name_and_less_than_column_types() -> None:
    one = seed("raw_people", "seen:text", "left:text")
    one = replace(one, columns=(replace(one.columns[0], origin="name"), one.columns[1]))
    sql = 'select cast(seen as timestamp) as seen, cast("left" as timestamp) as gone from main.raw_people'
    manifest = project([one], [model("stg_people", sql, one.node.id)])

    found = describe(manifest, [one], "duckdb", {}, learnt(manifest, {one.node.id: ["seen", "left"]}))

    assert [(column.sql, column.origin) for column in found.seeds[0].columns] == [
        ("timestamp", "model stg_people"),
        ("text", "column_types"),
    ]


def test_only_seeds_that_models_stand_on_need_the_models() -> None:
    manifest = project([seed("people"), seed("orders")], [model("m", "select 1", "seed.shop.people")])

    assert read_by_models(manifest, ["seed.shop.people"])
    assert not read_by_models(manifest, ["seed.shop.orders"])


# ---------------------------------------------------------------------------------------------- names
def test_seeds_are_selected_by_name_and_pattern() -> None:
    known = {name: seed(name).node for name in ("people", "orders", "order_lines")}

    assert selected(known, ["order*", "people,orders"]) == ("orders", "order_lines", "people")


def test_a_package_s_seed_has_its_package_in_its_name() -> None:
    node = seed("people").node
    manifest = Manifest("other", "duckdb", "1.11", {}, {node.id: node}, {}, ())

    assert list(nodes(manifest)) == ["shop.people"]


def test_a_name_without_seeds_is_told() -> None:
    with pytest.raises(ConfigurationError, match="its seeds are: none"):
        selected({}, ["people"])
