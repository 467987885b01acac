"""A program makes any row of any table from schema, plan and editions, and refuses what cannot be."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from synthseed import chunk
from synthseed.cells import numbers
from synthseed.editions import Ledger
from synthseed.engine.program import Program, compile_program
from synthseed.engine.standing import Standing
from synthseed.errors import ConfigurationError, LedgerError, PlanError, Refused, SchemaError
from synthseed.plan import (
    After,
    Choice,
    ColumnPlan,
    Expr,
    Joint,
    JointRow,
    JointTable,
    KeyPlan,
    Moment,
    Null,
    Number,
    Override,
    Plan,
    Quantiles,
    SameAs,
    Semantic,
    TablePlan,
    Template,
    Tier,
)
from synthseed.schema import Column, ForeignKey, Kind, Schema, Sequence, Table, Type, Unique

ID = Column("id", Type("bigint", Kind.INTEGER, bits=64), False, sequence=Sequence())
TEXT, INT = Type("text", Kind.TEXT), Type("integer", Kind.INTEGER, bits=32)
MONEY = Type("numeric(10,2)", Kind.NUMERIC, precision=10, scale=2)
WHEN = Type("timestamp with time zone", Kind.TIMESTAMPTZ)
AS_OF = 1_760_000_000_000_000


def q(*values) -> Quantiles:
    return Quantiles(*(Decimal(str(value)) for value in values))


def choice(*values: str) -> Choice:
    return Choice((Tier(Decimal(1), values),))


def table(
    name: str, *columns: Column, keys: dict[str, str] | None = None, uniques: tuple[tuple[str, ...], ...] = (), pk: bool = True
) -> Table:
    """Return a table with a counted key; `keys` maps foreign key columns to parents."""
    own = tuple(Column(column, ID.type, False) for column in keys or {})
    links = tuple(ForeignKey((column,), parent, ("id",)) for column, parent in (keys or {}).items())
    primary = Unique(("id",), primary=True) if pk else None
    return Table(name, ((ID,) if pk else ()) + own + columns, None, primary, links, tuple(Unique(columns) for columns in uniques))


def planned(name: str, fks: tuple[KeyPlan, ...] = (), overrides: tuple[Override, ...] = (), **gens) -> TablePlan:
    return TablePlan(name, 10, fks=fks, overrides=overrides, columns=tuple(ColumnPlan(column, gen) for column, gen in gens.items()))


def program(tables: list[Table], plans: list[TablePlan], rows: dict[str, int], **more) -> Program:
    return compile_program(Schema(tuple(tables)), Plan({plan.table: plan for plan in plans}), rows=rows, as_of=AS_OF, **more)


def column(made: Program, name: str, of: str) -> list:
    rows = np.arange(made.tables[name].cohorts.rows)
    cells = made.cells(name, rows, [of])[of]
    return chunk.python(chunk.to_arrow(cells, made.schema.table(name).column(of).type))


SHOP = [
    table("orders", Column("total", MONEY), Column("status", TEXT), Column("placed_at", WHEN), Column("paid_at", WHEN)),
    table(
        "items",
        Column("line", INT, False),
        Column("qty", INT),
        Column("price", MONEY),
        keys={"order_id": "orders"},
        uniques=(("order_id", "line"),),
    ),
]
SHOP_PLAN = [
    planned(
        "orders",
        total=Expr("sum(items._line)"),
        status=choice("paid", "pending"),
        placed_at=Moment("2024-01-01", "2025-01-01"),
        paid_at=After("placed_at", "hours", q(0, 1, 2, 5, 9, 90)),
        overrides=(Override("paid_at", "status = 'pending'", Null()),),
    ),
    planned(
        "items",
        (KeyPlan("order_id", "driver", fanout=q(1, 1, 2, 3, 6, 12)),),
        line=Expr("ordinal()"),
        qty=Number(q(1, 1, 1, 2, 4, 9)),
        price=Number(q(1, 5, 10, 40, 90, 200), Decimal("0.01")),
        _line=Expr("qty * price"),
    ),
]


def shop(**rows: int) -> Program:
    return program(SHOP, SHOP_PLAN, rows)


def test_a_total_is_the_sum_of_its_lines_to_the_cent():
    made = shop(orders=40, items=130)
    lines = list(zip(column(made, "items", "order_id"), column(made, "items", "qty"), column(made, "items", "price"), strict=True))

    for order, total in zip(column(made, "orders", "id"), column(made, "orders", "total"), strict=True):
        assert total == sum(qty * price for owner, qty, price in lines if owner == order)


def test_lines_are_numbered_from_one_within_their_order():
    made = shop(orders=20, items=70)
    lines: dict[int, list[int]] = {}
    for order, line in zip(column(made, "items", "order_id"), column(made, "items", "line"), strict=True):
        lines.setdefault(order, []).append(line)

    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in lines.values())


def test_an_override_decides_which_dates_are_there():
    made = shop(orders=50, items=50)

    for status, paid in zip(column(made, "orders", "status"), column(made, "orders", "paid_at"), strict=True):
        assert (paid is None) == (status == "pending")


def test_explain_tells_the_parents_and_the_cells_of_a_row():
    made = shop(orders=10, items=30)
    told = made.explain("items", 7)

    assert told["cells"]["order_id"] == told["parents"]["order_id"]["row"] + 1 == column(made, "items", "order_id")[7]
    assert told["cells"]["line"] == told["ordinal"] + 1
    with pytest.raises(ConfigurationError, match="items: row 30 is asked for, and 30 rows are planned"):
        made.explain("items", 30)


def test_a_column_of_an_array_gets_lists_of_distinct_elements():
    colours = Type("text[]", Kind.ARRAY, element=TEXT)
    made = program([table("t", Column("tags", colours, False))], [planned("t", tags=choice("red", "green", "blue"))], {"t": 200})
    tags = column(made, "t", "tags")

    assert {len(one) for one in tags} == {0, 1, 2, 3}
    assert all(len(set(one)) == len(one) for one in tags)


def test_values_of_rows_found_standing_are_passed_over():
    tables = [table("t", Column("code", INT, False), uniques=(("code",),))]
    found = Standing(({"id": numbers(np.array([3, 900])), "code": numbers(np.array([1, 2, 3, 4, 5])[:2])},))
    made = program(tables, [planned("t", code=Number(q(1, 2, 5, 7, 9, 10)))], {"t": 8}, standing={"t": found})

    assert sorted(column(made, "t", "code")) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert column(made, "t", "id") == list(range(901, 909))


def test_children_point_at_rows_found_standing():
    found = {"p": Standing(({"id": numbers(np.array([5, 77]))},))}
    made = program([table("p"), table("c", keys={"p_id": "p"})], [planned("p"), planned("c")], {"c": 30}, standing=found)

    assert set(column(made, "c", "p_id")) == {5, 77}
    assert made.edition.found["p"].count == 2


CODE = table("t", Column("code", INT, False), uniques=(("code",),))
REFUSALS = {
    "more unique rows than values": (
        lambda: program([CODE], [planned("t", code=Number(q(1, 2, 3, 4, 5, 150)))], {"t": 200}),
        Refused,
        r"t\.code: 200 rows after edition 1, unique, 150 values; ask for at most 150 rows of t",
    ),
    "a sum over children that may come later": (
        lambda: program(
            SHOP, [SHOP_PLAN[0], replace(SHOP_PLAN[1], fks=(KeyPlan("order_id", "driver", closed=False),))], {"orders": 3, "items": 9}
        ).rehearse(),
        Refused,
        "orders sums items, whose driver is open",
    ),
    "a sum over children of a picked parent": (
        lambda: program(SHOP, [SHOP_PLAN[0], replace(SHOP_PLAN[1], fks=(), columns=SHOP_PLAN[1].columns[1:])], {"orders": 3, "items": 9}),
        PlanError,
        "items.*order_id, line",
    ),
    "fewer lines than orders": (
        lambda: shop(orders=9, items=5),
        Refused,
        "items: 5 rows in edition 1; orders has 9 new rows, 1 to 5 each, and 0 older ones, closed: 9 to 45 rows",
    ),
    "two drivers": (
        lambda: program(
            [table("a"), table("b"), table("c", keys={"a_id": "a", "b_id": "b"})],
            [planned("c", (KeyPlan("a_id", "driver"), KeyPlan("b_id", "driver")))],
            {"a": 2, "b": 2, "c": 4},
        ),
        PlanError,
        r"c: \(a_id\) and \(b_id\) both have `mode: driver`",
    ),
    "no parents": (
        lambda: program([table("p"), table("c", keys={"p_id": "p"})], [planned("c")], {"c": 4}),
        Refused,
        r"c\.p_id: 4 rows in edition 1, p has 0 rows; fill p too",
    ),
    "a circle of expressions": (
        lambda: program(
            [table("t", Column("a", INT), Column("b", INT))], [planned("t", a=Expr("b + 1"), b=Expr("a + 1"))], {"t": 4}
        ).rehearse(),
        PlanError,
        "t: a -> b -> a is a circle",
    ),
    "a column that nobody planned": (
        lambda: program([table("t", Column("a", INT, False))], [planned("t")], {"t": 4}),
        PlanError,
        r"t\.a: NOT NULL, without a default, and not planned",
    ),
    "a key that outgrows its type": (
        lambda: program(
            [
                Table(
                    "t",
                    (Column("id", Type("smallint", Kind.INTEGER, bits=16), False, sequence=Sequence()),),
                    primary_key=Unique(("id",), primary=True),
                )
            ],
            [planned("t")],
            {"t": 40_000},
        ),
        Refused,
        r"t\.id: 40000 rows count from 1 to 40000, smallint ends at 32767",
    ),
    "same_as in a circle": (
        lambda: program([table("t", Column("a", INT), Column("b", INT))], [planned("t", a=SameAs("t.b"), b=SameAs("t.a"))], {"t": 4}),
        PlanError,
        "same_as: t.[ab]` leads back to itself",
    ),
    "a unique column that may repeat": (
        lambda: program([table("t", Column("a", TEXT, False), uniques=(("a",),))], [planned("t", a=Expr("'x'"))], {"t": 4}),
        PlanError,
        r"t\.a: the column must be unique",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_is_refused_by_name(name):
    build, kind, message = REFUSALS[name]

    with pytest.raises(kind, match=message):
        build()


def test_an_edition_whose_plan_is_lost_is_refused():
    first = shop(orders=2, items=4)
    ledger = Ledger((replace(first.edition, plan="lost"),))

    with pytest.raises(LedgerError, match="edition 1 was made by the plan lost"):
        program(SHOP, SHOP_PLAN, {"orders": 1, "items": 1}, ledger=ledger)


def test_keys_that_share_columns_in_no_known_way_are_refused_by_name():
    a, b = table("a", Column("org", INT, False)), table("b", Column("org", INT, False))
    child = Table(
        "c",
        (ID, Column("org", INT, False), Column("a_id", ID.type, False), Column("b_id", ID.type, False)),
        primary_key=Unique(("id",), primary=True),
        foreign_keys=(ForeignKey(("org", "a_id"), "a", ("org", "id")), ForeignKey(("org", "b_id"), "b", ("org", "id"))),
    )

    with pytest.raises(SchemaError, match="share columns"):
        program(
            [a, b, child],
            [planned("a", org=Number(q(1, 1, 2, 3, 4, 5))), planned("b", org=Number(q(1, 1, 2, 3, 4, 5)))],
            {"a": 3, "b": 3, "c": 3},
        )


def test_a_narrow_key_follows_the_wide_key_that_holds_it():
    org = table("org")
    user = table("member", Column("nick", TEXT), keys={"org_id": "org"})
    child = Table(
        "note",
        (ID, Column("org_id", ID.type, False), Column("member_id", ID.type, False)),
        primary_key=Unique(("id",), primary=True),
        foreign_keys=(ForeignKey(("org_id",), "org", ("id",)), ForeignKey(("org_id", "member_id"), "member", ("org_id", "id"))),
    )
    made = program(
        [org, user, child], [planned("member", nick=Template((Tier(Decimal(1), ("m{seq}",)),)))], {"org": 5, "member": 20, "note": 60}
    )
    members = set(zip(column(made, "member", "org_id"), column(made, "member", "id"), strict=True))

    assert set(zip(column(made, "note", "org_id"), column(made, "note", "member_id"), strict=True)) <= members


def test_an_e_mail_added_later_leaves_the_names_as_they_were():
    plain = table("person", Column("first_name", TEXT), Column("last_name", TEXT))
    names = {"first_name": Semantic("first_name", "p"), "last_name": Semantic("last_name", "p")}
    mailed = replace(plain, columns=(*plain.columns, Column("email", TEXT, False)), uniques=(Unique(("email",)),))
    before = program([plain], [planned("person", **names)], {"person": 300})
    after = program([mailed], [planned("person", **names, email=Semantic("email", "p"))], {"person": 300})

    assert all(column(before, "person", name) == column(after, "person", name) for name in names)
    assert len(set(column(after, "person", "email"))) == 300


def test_few_unique_values_come_from_the_natural_part_of_their_space():
    made = program(
        [table("person", Column("phone", TEXT, False), Column("email", TEXT, False), uniques=(("phone",), ("email",)))],
        [planned("person", phone=Semantic("phone"), email=Semantic("email", "p"))],
        {"person": 500},
    )

    assert all("555-01" in phone for phone in column(made, "person", "phone"))
    assert all(
        address.count("@") == 1 and len(re.split(r"[._-]", address.split("@")[0])) == 2 for address in column(made, "person", "email")
    )


ROOMS = ("Bath", "Cellar", "Garden", "Hall", "Kitchen", "Roof")
THINGS = JointTable("thing", ("title", "slug"), tuple(JointRow(Decimal(1), (room, room.lower())) for room in ROOMS))


@pytest.mark.parametrize(("role", "uniques"), [("lookup", ()), ("entity", (("slug",),))])
def test_a_joint_table_gives_each_of_its_rows_once_where_a_thing_is_listed_once(role, uniques):
    tables = [table("t", Column("title", TEXT), Column("slug", TEXT), uniques=uniques)]
    plan = replace(planned("t", title=Joint("thing", "title"), slug=Joint("thing", "slug")), role=role, joints=(THINGS,))
    made = program(tables, [plan], {"t": 6})

    assert sorted(column(made, "t", "title")) == list(ROOMS)
    assert [title.lower() for title in column(made, "t", "title")] == column(made, "t", "slug")


def test_an_optional_key_that_shares_columns_stays_null_and_is_named():
    tables = [table("a", Column("org", INT, False)), table("b", Column("org", INT, False))]
    child = Table(
        "c",
        (ID, Column("org", INT, False), Column("a_id", ID.type, False), Column("b_id", ID.type)),
        primary_key=Unique(("id",), primary=True),
        foreign_keys=(ForeignKey(("org", "a_id"), "a", ("org", "id")), ForeignKey(("org", "b_id"), "b", ("org", "id"))),
    )
    org = Number(q(1, 1, 2, 3, 4, 5))
    made = program([*tables, child], [planned("a", org=org), planned("b", org=org)], {"a": 3, "b": 3, "c": 9})

    assert column(made, "c", "b_id") == [None] * 9
    assert None not in column(made, "c", "a_id")
    assert any("c.org,b_id: left NULL" in note for note in made.notes)


def test_a_column_that_a_key_points_at_is_never_null():
    tables = [table("p", Column("code", INT), uniques=(("code",),)), table("c", Column("p_code", INT, False))]
    tables[1] = replace(tables[1], foreign_keys=(ForeignKey(("p_code",), "p", ("code",)),))
    plan = replace(planned("p", code=Number(q(1, 20, 40, 60, 80, 99))), nulls={"code": Decimal(50)})
    made = program(tables, [plan], {"p": 20, "c": 40})

    assert set(column(made, "c", "p_code")) <= set(column(made, "p", "code"))
    assert None not in column(made, "c", "p_code")


def test_a_table_that_gains_nothing_can_still_be_explained():
    first = shop(orders=3, items=6)
    again = program(SHOP, SHOP_PLAN, {}, ledger=Ledger((first.edition,)))

    assert again.explain("items", 2) == first.explain("items", 2)


def test_a_key_that_shares_a_parent_with_the_row_between_is_that_parent():
    tables = [
        table("customer"),
        table("purchase", keys={"customer_id": "customer"}),
        table("payment", keys={"purchase_id": "purchase", "customer_id": "customer"}),
    ]
    plans = [
        planned("purchase", (KeyPlan("customer_id", "driver"),)),
        planned("payment", (KeyPlan("customer_id", "same_parent", via="purchase_id"),)),
    ]
    made = program(tables, plans, {"customer": 9, "purchase": 20, "payment": 30})
    buyer = dict(zip(column(made, "purchase", "id"), column(made, "purchase", "customer_id"), strict=True))

    assert [buyer[purchase] for purchase in column(made, "payment", "purchase_id")] == column(made, "payment", "customer_id")


def test_a_pair_that_is_unique_twice_is_drawn_once():
    pair = table("pair", keys={"a_id": "a", "b_id": "b"}, uniques=(("a_id", "b_id"), ("b_id", "a_id"), ("a_id", "b_id", "id")))
    made = program([table("a"), table("b"), pair], [], {"a": 4, "b": 5, "pair": 20})

    assert len(set(zip(column(made, "pair", "a_id"), column(made, "pair", "b_id"), strict=True))) == 20


def test_the_rows_of_a_joint_table_are_unique_together_and_beside_another_column():
    kinds = JointTable("kind", ("kind", "label"), tuple(JointRow(Decimal(1), (kind, label)) for kind in "ab" for label in "xyz"))
    gens = {"kind": Joint("kind", "kind"), "label": Joint("kind", "label"), "place": choice("n", "e", "s", "w")}
    columns = [Column(name, TEXT, False) for name in gens]
    together = replace(planned("t", **gens), joints=(kinds,))
    pairs = program([table("t", *columns, uniques=(("kind", "label"),))], [together], {"t": 6})
    triples = program([table("t", *columns, uniques=(("kind", "place", "label"),))], [together], {"t": 24})

    assert len(set(zip(column(pairs, "t", "kind"), column(pairs, "t", "label"), strict=True))) == 6
    assert len(set(zip(*(column(triples, "t", name) for name in gens), strict=True))) == 24


def test_a_rule_of_the_plan_is_held_against_the_rows_before_any_is_written():
    plan = planned("t", low=Number(q(1, 2, 3, 4, 5, 6)), high=Expr("low + 1"))
    tables = [table("t", Column("low", INT), Column("high", INT))]
    program(tables, [replace(plan, rules=("high > low",))], {"t": 50}).rehearse()

    with pytest.raises(Refused, match=r"t: the rule `high > low \+ 1` fails in 50 of the first 50 rows"):
        program(tables, [replace(plan, rules=("high > low + 1",))], {"t": 50}).rehearse()
