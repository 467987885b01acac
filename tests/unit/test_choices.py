from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from rows_stand_in import StandIn

from synthseed import chunk
from synthseed.cells import Form
from synthseed.errors import PlanError
from synthseed.generators.base import Setting
from synthseed.generators.choices import Chosen, build_choice
from synthseed.generators.constants import build_null
from synthseed.generators.joints import build_joint
from synthseed.generators.rendering import as_text
from synthseed.generators.shares import WHOLE, cut
from synthseed.plan import Choice, Joint, JointRow, JointTable, Null, TablePlan, Tier
from synthseed.schema import Column, Kind, Schema, Table, Type


def setting(type_: Type, *, unique: bool = False) -> Setting:
    table = Table("t", (Column("c", type_, nullable=False), Column("zip", Type("text", Kind.TEXT))))
    rows = tuple(JointRow(Decimal(share), cells) for share, cells in ((3, ("Bonn", "53111", "9.50")), (1, ("Kiel", "24103", "12"))))
    plan = TablePlan("t", 1, joints=(JointTable("place", ("city", "zip", "fee"), rows),))
    return Setting(Schema((table,)), table, table.column("c"), "c", plan, unique=unique)


def built(type_: Type, *values: str, unique: bool = False) -> Chosen:
    return build_choice(Choice((Tier(Decimal(1), values),)), setting(type_, unique=unique))


@pytest.mark.parametrize(
    ("type_", "value", "form", "text"),
    [
        (Type("int", Kind.INTEGER, bits=32), "-7", Form.NUMBER, "-7"),
        (Type("numeric(6,2)", Kind.NUMERIC, precision=6, scale=2), "9.5", Form.NUMBER, "9.50"),
        (Type("bool", Kind.BOOLEAN), "yes", Form.BOOLEAN, "true"),
        (Type("date", Kind.DATE), "2024-02-29", Form.DATE, "2024-02-29"),
        (Type("timestamptz", Kind.TIMESTAMPTZ), "2024-02-29T10:00:00+02:00", Form.MOMENT, "2024-02-29 08:00:00"),
        (Type("uuid", Kind.UUID), "00010203-0405-0607-0809-0A0B0C0D0E0F", Form.UUID, "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        (Type("mood", Kind.ENUM, labels=("sad", "ok")), "ok", Form.TEXT, "ok"),
        (Type("interval", Kind.INTERVAL), "1 day 02:30:00", Form.SPAN, "26:30:00"),
    ],
)
def test_values_take_the_form_of_their_column(type_: Type, value: str, form: Form, text: str) -> None:
    cells = built(type_, value).values(StandIn(1))

    assert cells.form is form
    assert chunk.python(as_text(cells)) == [text]


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        (Type("smallint", Kind.INTEGER, bits=16), "40000", "from -32768 to 32767"),
        (Type("numeric(4,2)", Kind.NUMERIC, precision=4, scale=2), "123.45", "4 digits, 2 of them"),
        (Type("mood", Kind.ENUM, labels=("happy", "sad")), "hapy", "did you mean happy?"),
        (Type("varchar(3)", Kind.TEXT, length=3), "four", "has 4 characters"),
        (Type("date", Kind.DATE), "29.02.2024", "ISO date"),
        (Type("int", Kind.INTEGER), "null", "plan NULL by `nulls`"),
        (Type("jsonb", Kind.JSON), "{", "is no jsonb"),
    ],
)
def test_a_value_that_its_column_does_not_take_is_refused(type_: Type, value: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        built(type_, value)

    assert str(caught.value).startswith("t.c: ")
    assert message in str(caught.value)


def test_shares_are_exact_parts_of_the_whole() -> None:
    shares = cut([Decimal("0.1"), Decimal("99.9")], [1, 2])

    assert int(shares.edges[-1]) == WHOLE
    assert int(shares.edges[0]) == WHOLE // 1000 + 1


def test_values_come_as_often_as_their_share_says() -> None:
    generator = build_choice(Choice((Tier(Decimal(90), ("a",)), Tier(Decimal(10), ("b", "c")))), setting(Type("text", Kind.TEXT)))
    drawn = chunk.python(generator.values(StandIn(20_000)).array)

    assert 17_700 < drawn.count("a") < 18_300
    assert 850 < drawn.count("b") < 1150


def test_a_unique_column_numbers_its_distinct_values_in_order() -> None:
    generator = built(Type("text", Kind.TEXT), "x", "y", "x", "z", unique=True)
    space = generator.space()

    assert chunk.python(space.cells.array) == ["x", "y", "z"]
    assert space.encode(space.decode(np.array([2, 0]), StandIn(2))).tolist() == [2, 0]
    assert sorted(chunk.python(generator.values(StandIn(3, urns=("c",))).array)) == ["x", "y", "z"]


def test_fields_of_a_joint_table_come_from_one_row() -> None:
    rows = StandIn(400)
    one = setting(Type("text", Kind.TEXT))
    city, code = (build_joint(Joint("place", field), one).values(rows) for field in ("city", "zip"))

    pairs = list(zip(chunk.python(city.array), chunk.python(code.array), strict=True))
    assert set(pairs) == {("Bonn", "53111"), ("Kiel", "24103")}
    assert 250 < pairs.count(("Bonn", "53111")) < 350


def test_a_field_that_is_no_column_is_a_number_where_all_of_its_cells_are() -> None:
    base = setting(Type("text", Kind.TEXT))
    helper = Setting(base.schema, base.table, None, "place.fee", base.plan)

    cells = build_joint(Joint("place", "fee"), helper).values(StandIn(20))

    assert (cells.form, cells.scale) == (Form.NUMBER, 2)
    assert set(cells.ints.tolist()) == {950, 1200}


def test_a_column_that_is_not_null_refuses_null() -> None:
    with pytest.raises(PlanError, match="NOT NULL"):
        build_null(Null(), setting(Type("text", Kind.TEXT)))
