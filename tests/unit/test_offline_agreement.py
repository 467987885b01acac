"""What the offline planner makes agree: sizes, prices, points, people, times and unique values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthseed.plan import After, Choice, Expr, Joint, Moment, Plan, Semantic
from synthseed.planners.offline import plan
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique

INT = Type("integer", Kind.INTEGER, bits=32)
NAME = Type("varchar(60)", Kind.TEXT, length=60)
MONEY = Type("numeric(10,2)", Kind.NUMERIC, precision=10, scale=2)
DATE = Type("date", Kind.DATE)
TIME = Type("timestamp", Kind.TIMESTAMP)


def table(
    name: str, columns: dict[str, Type], parents: dict[str, str] | None = None, *, unique: tuple[str, ...] = (), check: str = ""
) -> Table:
    """Return a table with a number as its key; a `?` behind a column's name makes it nullable."""
    keys = tuple(ForeignKey((column,), parent, ("id",)) for column, parent in (parents or {}).items())
    links = tuple(Column(column, INT, nullable=False) for column in parents or {})
    return Table(
        name,
        (
            Column("id", INT, nullable=False),
            *links,
            *(Column(key.rstrip("?"), t, nullable=key.endswith("?")) for key, t in columns.items()),
        ),
        primary_key=Unique(("id",), primary=True),
        foreign_keys=keys,
        uniques=(Unique(unique),) if unique else (),
        checks=(Check(check),) if check else (),
    )


def clinic() -> Plan:
    """Return the plan of a clinic with its staff, patients and visits."""
    departments = table("departments", {"name": NAME})
    physicians = table(
        "physicians", {"first_name": NAME, "last_name": NAME, "hired_on": DATE, "left_on?": DATE}, {"department_id": "departments"}
    )
    patients = table(
        "patients", {"first_name": NAME, "last_name": NAME, "sex": Type("char(1)", Kind.TEXT, length=1)}, check="sex in ('f', 'm', 'x')"
    )
    visits = table("appointments", {"scheduled_at": TIME}, {"patient_id": "patients", "physician_id": "physicians"})
    return plan(Schema((departments, physicians, patients, visits)))


def test_staff_is_fewer_than_those_whom_it_serves() -> None:
    made = clinic().tables

    assert made["departments"].rows <= made["physicians"].rows < made["patients"].rows < made["appointments"].rows


def test_groups_are_fewer_than_their_members() -> None:
    players = table("players", {"username": NAME, "created_at": TIME})
    guilds = table("guilds", {"name": NAME, "founded_at": TIME}, {"founder_id": "players"})
    made = plan(Schema((players, guilds))).tables

    assert made["guilds"].rows * 8 < made["players"].rows
    assert isinstance(made["guilds"].by_column["founded_at"].gen, After)


def test_pairs_that_happen_outnumber_both_sides() -> None:
    exams, students = table("exams", {"held_on": DATE, "max_points": INT}), table("students", {"first_name": NAME, "last_name": NAME})
    grades = table("grades", {"points": INT}, {"exam_id": "exams", "student_id": "students"}, unique=("exam_id", "student_id"))
    made = plan(Schema((exams, students, grades))).tables

    assert made["grades"].rows > max(made["exams"].rows, made["students"].rows)
    assert made["grades"].by_column["points"].gen == Expr("floor(exam_id.max_points * _reached / 100)")


@pytest.mark.parametrize(
    ("item", "price", "document", "line", "quantity", "unit", "total"),
    [
        ("artikel", "preis_netto", "bestellungen", "bestellpositionen", "menge", "einzelpreis", "gesamtbetrag"),
        ("produits", "prix_ht", "commandes", "lignes_commande", "quantite", "prix_unitaire", "montant_total"),
        ("productos", "precio_venta", "pedidos", "detalle_pedido", "cantidad", "precio_unitario", "importe_total"),
        ("products", "net_price", "orders", "order_lines", "qty", "price", "amount"),
    ],
)
def test_a_line_costs_what_its_item_costs_in_every_language(
    item: str, price: str, document: str, line: str, quantity: str, unit: str, total: str
) -> None:
    items, documents = table(item, {price: MONEY}), table(document, {total: MONEY})
    lines = table(line, {quantity: INT, unit: MONEY}, {"document_id": document, "item_id": item})
    made = plan(Schema((items, documents, lines))).tables

    assert made[line].by_column[unit].gen == Expr(f"item_id.{price}")
    assert made[document].by_column[total].gen == Expr(f"sum({line}._line)")


def test_a_payment_is_its_order_and_its_orders_customer() -> None:
    customers = table("customers", {"full_name": NAME, "created_at": TIME})
    orders = table("orders", {"ordered_at": TIME, "total": MONEY}, {"customer_id": "customers"})
    payments = table("payments", {"amount": MONEY}, {"order_id": "orders", "customer_id": "customers"})
    made = plan(Schema((customers, orders, payments))).tables["payments"]

    assert made.by_column["amount"].gen == Expr("order_id.total")
    assert (made.by_key["customer_id"].mode, made.by_key["customer_id"].via) == ("same_parent", "order_id")


def test_a_listed_gender_follows_the_first_name() -> None:
    patients = clinic().tables["patients"]

    assert patients.by_column["_gender"].gen == Semantic("gender", "person")
    assert patients.by_column["sex"].gen == Expr("if(_gender = 'Female', 'f', 'm')")
    assert [(o.column, o.when) for o in patients.overrides] == [("sex", "_spread <= 2")]


@pytest.mark.parametrize("names", [("username", "email"), ("contact_name", "contact_email"), ("contact_email", "contact_phone")])
def test_columns_of_one_person_are_one_group(names: tuple[str, str]) -> None:
    made = plan(Schema((table("carriers", dict.fromkeys(names, NAME)),))).tables["carriers"]
    groups = {gen.group for gen in (made.by_column[name].gen for name in names) if isinstance(gen, Semantic)}

    assert len(groups) == 1
    assert all(isinstance(made.by_column[name].gen, Semantic) for name in names)


def test_who_left_did_so_in_the_past_and_most_are_still_there() -> None:
    physicians = clinic().tables["physicians"]
    left = physicians.by_column["left_on"].gen

    assert isinstance(left, After)
    assert (left.unit, left.future) == ("months", False)
    assert physicians.nulls["left_on"] >= 80
    assert ("left_on", "days_between(hired_on, _today) <= 63") in [(o.column, o.when) for o in physicians.overrides]


def test_nothing_happens_to_those_who_left() -> None:
    day = clinic().tables["appointments"].by_column["_day"].gen

    assert isinstance(day, Expr)
    assert "physician_id.left_on" in day.expr


def test_an_update_comes_after_all_that_happened() -> None:
    shipments = table("shipments", {"created_at": TIME, "picked_up_at?": TIME, "delivered_at?": TIME, "updated_at": TIME})
    made = plan(Schema((shipments,))).tables["shipments"]

    assert made.by_column["updated_at"].gen == Expr("max(_touched, picked_up_at, delivered_at)")


def test_a_match_ends_when_its_duration_says() -> None:
    made = plan(Schema((table("matches", {"started_at": TIME, "ended_at?": TIME, "duration_s?": INT}),))).tables["matches"]

    assert made.by_column["ended_at"].gen == Expr("add_seconds(started_at, _lasted * 1)")
    assert made.by_column["duration_s"].gen == Expr("_lasted")


def test_delays_of_days_keep_the_hours_of_their_field() -> None:
    customers = table("customers", {"full_name": NAME, "created_at": TIME})
    orders = table("orders", {"ordered_at": TIME}, {"customer_id": "customers"})
    made = plan(Schema((customers, orders))).tables["orders"].by_column["ordered_at"].gen

    assert isinstance(made, After)
    assert made.rhythm == "retail"


def test_a_timetable_has_each_place_once_per_class() -> None:
    lessons = table("lessons", {"weekday": INT, "period": INT}, {"class_id": "classes"}, unique=("class_id", "weekday", "period"))
    lessons = replace(lessons, checks=(Check("weekday between 1 and 5"), Check("period between 1 and 8")))
    made = plan(Schema((table("classes", {"name": NAME}), lessons))).tables["lessons"]

    assert made.by_column["weekday"].gen == Joint("slots", "weekday")
    assert len(made.joints[0].rows) == 40


def test_a_unique_name_of_people_has_room_for_all() -> None:
    made = plan(Schema((table("agents", {"name": NAME}, unique=("name",)),))).tables["agents"]

    assert not isinstance(made.by_column["name"].gen, Semantic)
    assert {slot.name for slot in made.slots} == {"given", "family"}


def test_a_country_alone_is_the_own_one() -> None:
    made = plan(Schema((table("kunden", {"vorname": NAME, "nachname": NAME, "land": Type("char(2)", Kind.TEXT, length=2)}),))).tables[
        "kunden"
    ]
    gen = made.by_column["land"].gen

    assert isinstance(gen, Choice)
    assert (int(gen.tiers[0].share), gen.tiers[0].values) == (96, ("DE",))


def test_a_firm_is_not_as_old_as_its_guilds() -> None:
    made = plan(Schema((table("teams", {"name": NAME, "founded_on": DATE}),))).tables["teams"].by_column["founded_on"].gen

    assert made == Moment("-8y", "-2m", rhythm=made.rhythm if isinstance(made, Moment) else "")
