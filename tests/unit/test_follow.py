"""A column's ranks follow those of another as closely as the plan says, and nothing else of the column changes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pytest

from synthseed import chunk
from synthseed.editions import Ledger
from synthseed.engine.program import Program, compile_program
from synthseed.errors import PlanError
from synthseed.generators import copula
from synthseed.plan import (
    After,
    Choice,
    ColumnPlan,
    Expr,
    Follow,
    Gen,
    Geo,
    Joint,
    JointRow,
    JointTable,
    Json,
    KeyPlan,
    Moment,
    Null,
    Number,
    Override,
    Plan,
    Quantiles,
    Semantic,
    Spike,
    TablePlan,
    Template,
    Tier,
)
from synthseed.plan_yaml import fingerprint
from synthseed.schema import Column, ForeignKey, Kind, Schema, Sequence, Table, Type, Unique
from synthseed.streams import Stream

AS_OF = 1_764_547_200_000_000  # 2025-12-01
ID = Column("id", Type("bigint", Kind.INTEGER, bits=64), False, sequence=Sequence())
KEY = Unique(("id",), primary=True)
INTEGER, TEXT = Type("integer", Kind.INTEGER, bits=32), Type("text", Kind.TEXT)
MONEY = Type("numeric(12,2)", Kind.NUMERIC, precision=12, scale=2)
WHEN, LEVEL = Type("timestamp", Kind.TIMESTAMP), Type("level", Kind.ENUM, labels=("low", "middle", "high"))
RHOS = ("-0.9", "-0.45", "0", "0.5", "0.9")


def q(*values: object) -> Quantiles:
    return Quantiles(*(Decimal(str(value)) for value in values))


def choice(*values: str, share: int = 1) -> Choice:
    return Choice((Tier(Decimal(share), values),))


def follow(column: str, ref: str, rho: str = "0.9") -> Follow:
    return Follow(column, ref, Decimal(rho))


SKEWED = Number(q(0, 3, 9, 30, 200, 4000))
SHOP = Schema(
    (
        Table("customers", (ID, Column("joined", WHEN), Column("points", INTEGER), Column("spent", INTEGER)), None, KEY),
        Table(
            "orders",
            (
                ID,
                Column("customer_id", ID.type, False),
                Column("base", INTEGER),
                Column("price", MONEY),
                Column("made", WHEN),
                Column("paid", WHEN),
                Column("weight", INTEGER),
                Column("level", LEVEL),
                Column("note", TEXT),
            ),
            None,
            KEY,
            (ForeignKey(("customer_id",), "customers", ("id",)),),
        ),
    )
)
CUSTOMERS = TablePlan("customers", 0, columns=(ColumnPlan("joined", Moment("-3y", growth=Decimal(3))), ColumnPlan("points", SKEWED)))
ORDERS = TablePlan(
    "orders",
    0,
    fks=(KeyPlan("customer_id", "driver", fanout=q(0, 1, 2, 4, 9, 20)),),
    columns=(
        ColumnPlan("_factor", Number(q("0.5", "0.8", "1", "1.2", "2", "5"), Decimal("0.01"))),
        ColumnPlan("base", Number(q(1, 20, 50, 120, 400, 2000))),
        ColumnPlan("price", Expr("floor(base * _factor) + 0.95")),
        ColumnPlan("made", Moment("-2y", rhythm="retail")),
        ColumnPlan("paid", After("made", "hours", q(0, 1, 5, 30, 200, 900))),
        ColumnPlan("weight", SKEWED),
        ColumnPlan("level", Choice((Tier(Decimal(60), ("high",)), Tier(Decimal(40), ("low", "middle"))))),
    ),
)


def shop(*follows: Follow, orders: int = 4000, customers: int = 1500, ledger: Ledger | None = None, plans=None, **changes) -> Program:
    """Return the shop's program; `changes` are of the plan of orders, `gens` of its columns."""
    gens: dict[str, Gen] = changes.pop("gens", {})
    columns = [ColumnPlan(column.column, gens.pop(column.column, column.gen)) for column in ORDERS.columns]
    columns += [ColumnPlan(name, gen) for name, gen in gens.items()]
    plan = Plan({"customers": CUSTOMERS, "orders": replace(ORDERS, columns=tuple(columns), follow=follows, **changes)})
    rows = {"orders": orders, "customers": customers}
    return compile_program(SHOP, plan, rows=rows, as_of=AS_OF, ledger=ledger, plans=plans)


def cells(made: Program, name: str, table: str = "orders"):
    rows = np.arange(made.tables[table].cohorts.rows)
    return made.cells(table, rows, [name])[name]


def ints(made: Program, name: str, table: str = "orders") -> np.ndarray:
    return cells(made, name, table).ints


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the mean rank of each value among all: ties share one."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


# ---------------------------------------------------------------------------------------------- the arithmetic
def test_the_table_is_the_normal_distribution_function():
    exact = [NormalDist().cdf(knot / copula.KNOTS - copula.EDGE) for knot in range(len(copula.normal()))]

    assert np.abs(copula.normal() / 2**copula.AREA - exact).max() < 1e-13
    assert (np.diff(copula.normal()) >= 0).all()


def test_a_position_comes_back_from_its_deviate():
    positions = np.concatenate([np.arange(1000), 2**32 - 1 - np.arange(1000), np.arange(0, 2**32, 4_000_037)])

    assert np.abs(copula.undeviate(copula.deviate(positions)) - positions).max() < 2**9


@pytest.mark.parametrize("rho", ["-0.95", *RHOS, "0.95"])
def test_bent_draws_are_as_even_as_before_and_follow(rho):
    own, other = (Stream.named(1, name).bits(np.arange(50_000)) for name in "ab")
    position = (other >> np.uint64(32)).astype(np.int64)

    bent = copula.bent(own, position, copula.weights(Decimal(rho)))

    assert np.abs(np.sort(bent) / 2**64 - (np.arange(50_000) + 0.5) / 50_000).max() < 0.01
    assert spearman(bent, position) == pytest.approx(float(rho), abs=0.015)


# ---------------------------------------------------------------------------------------------- how closely
@pytest.mark.parametrize("rho", RHOS)
@pytest.mark.parametrize("ref", ["base", "made", "price"])
def test_ranks_follow_a_number_a_moment_and_an_expression(ref, rho):
    made = shop(follow("weight", ref, rho))

    assert spearman(ints(made, "weight"), ints(made, ref)) == pytest.approx(float(rho), abs=0.04)


@pytest.mark.parametrize("rho", RHOS)
@pytest.mark.parametrize("ref", ["joined", "points"])
def test_ranks_follow_a_column_of_the_parent(ref, rho):
    made = shop(follow("weight", f"customer_id.{ref}", rho))
    above = ints(made, ref, "customers")[ints(made, "customer_id") - 1]

    assert spearman(ints(made, "weight"), above) == pytest.approx(float(rho), abs=0.07)


def test_ranks_follow_a_sum_of_children():
    customers = replace(
        CUSTOMERS, columns=(*CUSTOMERS.columns, ColumnPlan("spent", Expr("sum(orders.base)"))), follow=(follow("points", "spent", "0.8"),)
    )
    plan = Plan({"customers": customers, "orders": ORDERS})
    made = compile_program(SHOP, plan, rows={"customers": 3000, "orders": 9000}, as_of=AS_OF)

    assert spearman(ints(made, "points", "customers"), ints(made, "spent", "customers")) == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("column", ["made", "paid", "level"])
def test_moments_delays_and_choices_follow(column):
    made = shop(follow(column, "base"))
    values = ints(made, column) if column != "level" else [LEVEL.labels.index(text) for text in chunk.python(cells(made, "level").array)]
    if column == "paid":
        values = values - ints(made, "made")

    assert spearman(np.asarray(values), ints(made, "base")) > (0.75 if column == "level" else 0.85)


@pytest.mark.parametrize("ref", ["level", "paid", "id"])
def test_labels_of_an_enum_later_times_and_counted_keys_are_followed(ref):
    made = shop(follow("weight", ref))
    values = (
        ints(made, ref) if ref != "level" else np.array([LEVEL.labels.index(text) for text in chunk.python(cells(made, "level").array)])
    )

    assert spearman(ints(made, "weight"), values) > (0.75 if ref == "level" else 0.85)


def test_a_chain_of_columns_follows():
    made = shop(follow("weight", "base"), follow("made", "weight"))

    assert spearman(ints(made, "made"), ints(made, "base")) == pytest.approx(0.8, abs=0.04)


def test_spikes_are_followed_and_follow_where_their_size_puts_them():
    spiked = replace(SKEWED, spikes=(Spike(Decimal(500), Decimal(20)), Spike(Decimal(0), Decimal(30))))

    following, followed = shop(follow("weight", "base"), gens={"weight": spiked}), shop(follow("weight", "base"), gens={"base": spiked})

    assert spearman(ints(following, "weight"), ints(following, "base")) > 0.85
    assert spearman(ints(followed, "weight"), ints(followed, "base")) > 0.85
    assert np.isclose(np.mean(ints(following, "weight") == 0), 0.32, atol=0.03)  # and the plain number is 0 at times
    assert np.isclose(np.mean(ints(following, "weight") == 500), 0.2, atol=0.03)


def test_rows_whose_ref_is_null_are_drawn_as_without_it():
    made, plain = shop(follow("weight", "base"), nulls={"base": Decimal(40)}), shop(nulls={"base": Decimal(40)})
    there = cells(made, "base").mask()

    assert np.array_equal(ints(made, "weight")[~there], ints(plain, "weight")[~there])
    assert spearman(ints(made, "weight")[there], ints(made, "base")[there]) > 0.85


def test_a_cell_that_an_override_makes_is_ranked_and_follows_nothing():
    other = (Override("base", "level = 'high'", Number(q(5000, 5100, 5200, 5300, 5400, 5500))), Override("weight", "base > 5200", Null()))
    made = shop(follow("weight", "base"), overrides=other)
    there = cells(made, "weight").mask()

    assert spearman(ints(made, "weight")[there], ints(made, "base")[there]) > 0.75  # of the rows whose base is not the highest
    assert np.array_equal(there, ints(made, "base") <= 5200)


# ---------------------------------------------------------------------------------------------- what stays
@pytest.mark.parametrize("ref", ["base", "made", "price", "paid", "customer_id.points"])
@pytest.mark.parametrize("column", ["weight", "made", "level"])
def test_the_distribution_stays(column, ref):
    if column == ref or (column, ref) == ("made", "paid"):
        return
    plain, made = (np.sort(_values(program, column)) for program in (shop(), shop(follow(column, ref, "0.95"))))
    places = np.searchsorted(plain, made, "left") / len(plain), np.searchsorted(plain, made, "right") / len(plain)
    even = (np.arange(len(made)) + 0.5) / len(made)
    off = np.maximum(places[0] - even, even - places[1])

    assert off.max() < 0.06  # of two samples of 4,000: 0.036 in 99 of 100, more where few parents decide


def _values(made: Program, column: str) -> np.ndarray:
    if column != "level":
        return ints(made, column)
    return np.array([LEVEL.labels.index(text) for text in chunk.python(cells(made, "level").array)])


def test_no_other_column_changes():
    plain, made = shop(), shop(follow("weight", "price"))
    same = [name for name in plain.columns("orders") if name != "weight"]
    rows = np.arange(4000)

    for name in same:
        one, other = (program.cells("orders", rows, [name])[name] for program in (plain, made))
        assert one.values.equals(other.values) if name == "level" else np.array_equal(one.ints, other.ints)
    assert not np.array_equal(ints(plain, "weight"), ints(made, "weight"))


def test_with_a_rho_of_nothing_the_draws_stay_nearly_as_they_are():
    assert np.abs(ints(shop(follow("weight", "base", "0")), "weight") - ints(shop(), "weight")).max() <= 1


@pytest.mark.parametrize("ref", ["base", "made", "price", "paid", "id", "customer_id.points"])
def test_growth_moves_no_cell(ref):
    first = shop(follow("weight", ref), orders=1000, customers=300)
    ledger, plans = Ledger((first.edition,)), {fingerprint(first.plan): first.plan}

    grown = shop(follow("weight", ref), orders=3000, customers=900, ledger=ledger, plans=plans)

    assert np.array_equal(ints(grown, "weight")[:1000], ints(first, "weight"))
    assert np.array_equal(ints(grown, "made")[:1000], ints(first, "made"))


def test_rows_do_not_depend_on_which_others_are_asked():
    follows = (follow("weight", "price"), follow("base", "customer_id.joined"))
    whole, rows = ints(shop(*follows), "weight"), np.array([3999, 7, 7, 1200])

    assert np.array_equal(shop(*follows).cells("orders", rows, ["weight"])["weight"].ints, whole[rows])


@pytest.mark.parametrize("ref", ["base", "made", "level"])
def test_what_follows_a_plain_column_does_not_depend_on_how_many_rows_there_are(ref):
    few, many = shop(follow("weight", ref), orders=500), shop(follow("weight", ref), orders=5000)

    assert np.array_equal(ints(few, "weight"), ints(many, "weight")[:500])


@pytest.mark.parametrize("overrides", [(), (Override("note", "base < 20", choice("other")),)])
def test_texts_of_a_choice_are_followed_as_they_are_listed(overrides):
    made = shop(follow("weight", "note"), gens={"note": choice("free", "pro", "all")}, overrides=overrides)
    noted = [("free", "pro", "all", "other").index(text) for text in chunk.python(cells(made, "note").array)]
    listed = np.array(noted) < 3

    assert spearman(ints(made, "weight")[listed], np.array(noted)[listed]) > 0.75


def test_times_in_a_text_column_are_followed():
    made = shop(follow("weight", "note"), gens={"note": Moment("-2y")})
    noted = np.array(chunk.python(cells(made, "note").array))

    assert spearman(ints(made, "weight"), noted) > 0.85


def test_a_column_of_a_tree_follows_the_same_column_above():
    table = Table("people", (ID, Column("boss", ID.type), Column("pay", INTEGER)), None, KEY, (ForeignKey(("boss",), "people", ("id",)),))
    plan = TablePlan("people", 0, columns=(ColumnPlan("pay", SKEWED),), follow=(follow("pay", "boss.pay"),))
    made = compile_program(Schema((table,)), Plan({"people": plan}), rows={"people": 2000}, as_of=AS_OF)
    bosses = cells(made, "boss", "people")
    pay, there = ints(made, "pay", "people"), bosses.mask()

    assert spearman(pay[there], pay[bosses.ints[there] - 1]) > 0.8


# ---------------------------------------------------------------------------------------------- refusals
JOINTS = (JointTable("place", ("city",), (JointRow(Decimal(1), ("x",)),)),)


@pytest.mark.parametrize(
    "gen",
    [
        Semantic("city"),
        Template((Tier(Decimal(1), ("{seq}",)),)),
        Json('{"a": 1}'),
        Joint("place", "city"),
        Expr("'a'"),
        Null(),
        Geo("point", "", ()),
    ],
    ids=lambda gen: type(gen).__name__,
)
def test_a_generator_without_an_order_is_refused(gen):
    with pytest.raises(PlanError, match=r"orders\.note: .*"):
        shop(follow("note", "base"), gens={"note": gen}, joints=JOINTS)


def test_a_unique_column_is_refused():
    table = replace(SHOP.table("orders"), uniques=(Unique(("weight",)),))
    schema = Schema((SHOP.table("customers"), table))
    plan = Plan({"customers": CUSTOMERS, "orders": replace(ORDERS, follow=(follow("weight", "base"),))})

    with pytest.raises(PlanError, match=r"orders\.weight: a unique column cannot follow base"):
        compile_program(schema, plan, rows={"customers": 5, "orders": 10}, as_of=AS_OF)


@pytest.mark.parametrize("gen", [Semantic("city"), Template((Tier(Decimal(1), ("{seq}",)),)), Null()], ids=lambda gen: type(gen).__name__)
def test_a_ref_without_an_order_is_refused(gen):
    with pytest.raises(PlanError, match=r"orders\.weight: the values of note have no order"):
        shop(follow("weight", "note"), gens={"note": gen})


def test_a_ref_above_without_an_order_is_refused():
    customers = replace(CUSTOMERS, columns=(*CUSTOMERS.columns, ColumnPlan("_name", Semantic("city"))))
    plan = Plan({"customers": customers, "orders": replace(ORDERS, follow=(follow("weight", "customer_id._name"),))})

    with pytest.raises(PlanError, match=r"orders\.weight: the values of customer_id\._name have no order"):
        compile_program(SHOP, plan, rows={"customers": 5, "orders": 10}, as_of=AS_OF)


def test_a_calculated_text_is_refused_at_the_rehearsal():
    with pytest.raises(PlanError, match=r"orders\.note: text values have no rank"):
        shop(follow("weight", "note"), gens={"note": Expr("concat('a', base)")}).rehearse()


@pytest.mark.parametrize(
    ("follows", "words"),
    [
        ((follow("weight", "bsae"),), "did you mean `?base"),
        ((follow("weight", "customer_id.pints"),), "did you mean `?points"),
        ((follow("weight", "base", "0.96"),), "rho is 0.96, expected a correlation from -0.95 to 0.95"),
        ((follow("weight", "base"), follow("weight", "made")), "follows base already"),
        ((follow("weight", "base"), follow("base", "weight")), "base -> weight -> base is a circle"),
        ((follow("wieght", "base"),), "no such column is planned"),
    ],
)
def test_a_follow_that_says_nothing_is_refused(follows, words):
    with pytest.raises(PlanError, match=words):
        shop(*follows)


def test_a_circle_through_an_expression_is_refused():
    with pytest.raises(PlanError, match="circle"):
        shop(follow("base", "price")).rehearse()


def test_a_circle_through_children_is_refused():
    customers = replace(
        CUSTOMERS, columns=(*CUSTOMERS.columns, ColumnPlan("spent", Expr("sum(orders.base)"))), follow=(follow("points", "spent"),)
    )
    orders = replace(ORDERS, follow=(follow("base", "customer_id.points"),))

    with pytest.raises(PlanError, match="circle"):
        compile_program(
            SHOP, Plan({"customers": customers, "orders": orders}), rows={"customers": 30, "orders": 90}, as_of=AS_OF
        ).rehearse()
