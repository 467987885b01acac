"""Pin the cells of a plan: the same digest on every machine, in every version that calls itself the same engine.

A digest that changes is a promise broken: raise `plan.ENGINE`, say so in the changelog, and only then change it here.
Columns whose words come out of packages are left out: their pools have digests of their own.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from synthseed import plan
from synthseed.editions import Ledger
from synthseed.engine.program import Program, compile_program
from synthseed.plan import (
    After,
    Choice,
    ColumnPlan,
    Expr,
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
    SameAs,
    Semantic,
    Slot,
    Spike,
    TablePlan,
    Template,
    Tier,
)
from synthseed.schema import Column, ForeignKey, Kind, Schema, Sequence, Table, Type, Unique

TEXT, INTEGER = Type("text", Kind.TEXT), Type("integer", Kind.INTEGER, bits=32)
MONEY = Type("numeric(12,2)", Kind.NUMERIC, precision=12, scale=2)
WHEN, DAY = Type("timestamp", Kind.TIMESTAMP), Type("date", Kind.DATE)
TAGS = Type("text[]", Kind.ARRAY, element=TEXT)
ID = Column("id", Type("bigint", Kind.INTEGER, bits=64), False, sequence=Sequence())
PRIMARY = Unique(("id",), primary=True)
AS_OF = 1_764_547_200_000_000  # 2025-12-01


def q(*values) -> Quantiles:
    return Quantiles(*(Decimal(str(value)) for value in values))


def tier(*values: str, share: int = 100) -> Tier:
    return Tier(Decimal(share), values)


def planned(**gens) -> tuple[ColumnPlan, ...]:
    return tuple(ColumnPlan(name, gen) for name, gen in gens.items())


SCHEMA = Schema(
    (
        Table(
            "place",
            (
                Column("code", TEXT, False),
                Column("token", Type("uuid", Kind.UUID), False),
                Column("lat", Type("numeric(9,6)", Kind.NUMERIC, precision=9, scale=6)),
            ),
            primary_key=Unique(("code",), primary=True),
            uniques=(Unique(("token",)),),
        ),
        Table(
            "account",
            (
                ID,
                Column("place_code", TEXT, False),
                Column("referred_by", ID.type),
                Column("number", INTEGER, False),
                Column("kind", TEXT),
                Column("kind_again", TEXT),
                Column("opened", WHEN),
                Column("seen", WHEN),
                Column("born", DAY),
                Column("brand", TEXT),
                Column("model", TEXT),
                Column("tags", TAGS),
                Column("facts", Type("json", Kind.JSON)),
                Column("total", MONEY),
            ),
            primary_key=PRIMARY,
            foreign_keys=(ForeignKey(("place_code",), "place", ("code",)), ForeignKey(("referred_by",), "account", ("id",))),
            uniques=(Unique(("number",)),),
        ),
        Table(
            "entry",
            (
                Column("account_id", ID.type, False),
                Column("line", INTEGER, False),
                Column("place_code", TEXT, False),
                Column("amount", MONEY),
                Column("at", WHEN),
            ),
            primary_key=Unique(("account_id", "line"), primary=True),
            foreign_keys=(ForeignKey(("account_id",), "account", ("id",)), ForeignKey(("place_code",), "place", ("code",))),
            uniques=(Unique(("account_id", "place_code")),),
        ),
        Table(
            "visit",
            (Column("account_id", ID.type, False), Column("place_code", TEXT, False)),
            primary_key=Unique(("account_id", "place_code"), primary=True),
            foreign_keys=(ForeignKey(("account_id",), "account", ("id",)), ForeignKey(("place_code",), "place", ("code",))),
        ),
    )
)
PLAN = Plan(
    {
        "place": TablePlan(
            "place",
            40,
            columns=planned(
                code=Template((tier("P-{seq:5}"),)),
                token=Semantic("uuid"),
                lat=Geo(
                    "lat",
                    "g",
                    (
                        plan.Center(Decimal(3), Decimal("52.5"), Decimal("13.4"), Decimal(20)),
                        plan.Center(Decimal(1), Decimal(48), Decimal("11.5"), Decimal(5)),
                    ),
                ),
            ),
        ),
        "account": TablePlan(
            "account",
            200,
            fks=(KeyPlan("place_code", "pick", skew="heavy"), KeyPlan("referred_by", "pick")),
            joints=(
                JointTable(
                    "line",
                    ("brand", "model"),
                    (JointRow(Decimal(3), ("Alder", "A1")), JointRow(Decimal(1), ("Birch", "B7")), JointRow(Decimal(1), ("Birch", "B9"))),
                ),
            ),
            slots=(Slot("mood", (tier("calm", "brisk", share=80), tier("odd", share=20))),),
            columns=planned(
                number=Number(q(1000, 2000, 3000, 4000, 5000, 99999)),
                kind=Choice((tier("basic", share=70), tier("plus", "pro", share=30))),
                kind_again=SameAs("account.kind"),
                opened=Moment("2020-01-01", "2025-06-30", Decimal(3), "retail", "retail_q4"),
                seen=After("opened", "days", q(0, 1, 10, 90, 400, 2000)),
                born=Moment("1940-01-01", "2005-12-31"),
                brand=Joint("line", "brand"),
                model=Joint("line", "model"),
                tags=Choice((tier("red", "green", "blue", "grey"),)),
                facts=Json('{"mood": "{mood}", "score": "{int:1-99}", "model": "{col:model}", "token": "{hex:8}"}'),
                total=Expr("sum(entry.amount)"),
            ),
            nulls={"seen": Decimal(12)},
            overrides=(
                Override("born", "kind = 'pro'", Null()),
                Override("model", "brand = 'Alder'", Template((tier("{col:brand}-{digits:3}"),))),
            ),
        ),
        "entry": TablePlan(
            "entry",
            600,
            fks=(KeyPlan("account_id", "driver", fanout=q(0, 1, 2, 4, 9, 30)), KeyPlan("place_code", "pick")),
            columns=planned(
                line=Expr("ordinal()"),
                amount=Number(q("0.5", 5, 20, 60, 300, 2500), Decimal("0.01"), (Spike(Decimal(10), Decimal(15)),)),
                at=After("account_id.opened", "hours", q(0, 1, 24, 200, 2000, 9000)),
            ),
        ),
        "visit": TablePlan("visit", 100),
    },
    seed=20,
)
FIRST, SECOND = {"place": 40, "account": 200, "entry": 600, "visit": 100}, {"place": 5, "account": 30, "entry": 70, "visit": 50}
DIGESTS = {
    "place": "a571a9d6bdd7381571022d53200898bb",
    "account": "9edff49efcb504a824458f4c4d269782",
    "entry": "3003d8d4071f8f4ffaa29bac3d604d72",
    "visit": "427b69d2a4fbe685f4a435e34aa23bc3",
}


@pytest.fixture(scope="module")
def grown() -> Program:
    """The program after two editions."""
    first = compile_program(SCHEMA, PLAN, rows=FIRST, as_of=AS_OF)
    ledger = Ledger((first.edition,), seed=PLAN.seed)
    return compile_program(SCHEMA, PLAN, rows=SECOND, as_of=AS_OF + 86_400_000_000 * 30, ledger=ledger, plans={first.edition.plan: PLAN})


@pytest.mark.parametrize("table", list(FIRST))
def test_the_cells_of_a_table_are_what_they_always_were(table, grown):
    rows = np.arange(grown.tables[table].cohorts.rows)

    assert (plan.ENGINE, grown.digest(table, rows)) == (1, DIGESTS[table])


def test_the_first_edition_is_the_same_alone(grown):
    alone = compile_program(SCHEMA, PLAN, rows=FIRST, as_of=AS_OF)

    for table, count in FIRST.items():
        assert alone.digest(table, np.arange(count)) == grown.digest(table, np.arange(count))
