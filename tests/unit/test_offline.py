"""The offline planner: what a person would accept, from names and constraints alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from synthseed.plan import After, Choice, Expr, Null, Number, Plan, Semantic, TablePlan
from synthseed.planners.offline import complete, guesses, plan
from synthseed.planners.offline.draft import marked
from synthseed.planners.offline.leftovers import of_pattern
from synthseed.planners.offline.names import guess_language, words
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique

INT = Type("integer", Kind.INTEGER, bits=32)
TEXT = Type("text", Kind.TEXT)
MONEY = Type("numeric(10,2)", Kind.NUMERIC, precision=10, scale=2)
TIME = Type("timestamp with time zone", Kind.TIMESTAMPTZ)


def table(
    name: str,
    columns: dict[str, Type],
    parents: dict[str, str] | None = None,
    *,
    checks: tuple[str, ...] = (),
    uniques: tuple[tuple[str, ...], ...] = (),
) -> Table:
    """Return a table with a number as its key; a `?` behind a column's name makes it nullable."""
    own = tuple(Column(key.rstrip("?"), type_, nullable=key.endswith("?")) for key, type_ in columns.items())
    keys = tuple(ForeignKey((column,), parent, ("id",)) for column, parent in (parents or {}).items())
    links = tuple(Column(column, INT, nullable=False) for column in parents or {})
    return Table(
        name,
        (Column("id", INT, nullable=False), *links, *own),
        primary_key=Unique(("id",), primary=True),
        foreign_keys=keys,
        uniques=tuple(Unique(columns) for columns in uniques),
        checks=tuple(Check(text) for text in checks),
    )


def shop() -> Schema:
    """Return a small shop."""
    customers = table("customers", {"email": TEXT, "full_name": TEXT, "created_at": TIME}, uniques=(("email",),))
    products = table("products", {"sku": TEXT, "name": TEXT, "price": MONEY}, uniques=(("sku",),))
    orders = table("orders", {"status": TEXT, "ordered_at": TIME, "shipped_at?": TIME, "total": MONEY}, {"customer_id": "customers"})
    items = table("order_items", {"qty": INT, "unit_price": MONEY}, {"order_id": "orders", "product_id": "products"})
    return Schema((customers, products, orders, items))


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(shop())


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("cust_nm", "en", "customer name"),
        ("OrderItems", "en", "order item"),
        ("tbl_customers", "en", "customer"),
        ("num_orders", "en", "order count"),
        ("zipcode", "en", "postcode"),
        ("no_notification", "en", "no notification"),
        ("bewertungstext", "en", "review text"),
        ("rechnungsnummer", "de", "invoice number"),
        ("kundennr", "de", "customer number"),
        ("note", "de", "grade"),
        ("note", "en", "note"),
        ("fecha_nacimiento", "es", "birth date"),
        ("numero_commande", "fr", "order number"),
        ("code_postal", "fr", "postcode"),
    ],
)
def test_a_name_becomes_english_words(name: str, language: str, expected: str) -> None:
    assert " ".join(words(name, language)) == expected


@pytest.mark.parametrize(
    ("names", "language"),
    [
        (("kunden", "vorname", "nachname", "email", "plz", "ort"), "de"),
        (("clientes", "nombre", "apellido", "correo", "pedidos"), "es"),
        (("commandes", "montant", "adresse", "ville", "nom"), "fr"),
        (("customers", "name", "email", "orders", "total", "city"), "en"),
        (("orders", "ordernumber", "orderdate", "shippeddate", "productcode", "productname", "customername", "paymentdate"), "en"),
        (("bestellungen", "bestellnummer", "bestelldatum", "lieferdatum", "kundenname"), "de"),
    ],
)
def test_the_language_of_a_schema_is_read_from_its_names(names: tuple[str, ...], language: str) -> None:
    assert guess_language(names) == language


def test_german_names_give_german_people() -> None:
    schema = Schema((table("kunden", {"vorname": TEXT, "nachname": TEXT, "strasse": TEXT, "plz": TEXT, "ort": TEXT}),))

    assert plan(schema).locale == "de_DE"


def test_every_free_column_is_planned_and_no_key(planned: Plan) -> None:
    stored = {key: {c.column for c in one.columns if not c.column.startswith("_")} for key, one in planned.tables.items()}

    assert stored["orders"] == {"status", "ordered_at", "shipped_at", "total"}
    assert stored["order_items"] == {"qty", "unit_price"}


def test_a_total_is_the_sum_of_its_lines_at_the_price_of_the_product(planned: Plan) -> None:
    lines, orders = planned.tables["order_items"], planned.tables["orders"]

    assert lines.by_column["unit_price"].gen == Expr("product_id.price")
    assert lines.by_column["_line"].gen == Expr("qty * unit_price")
    assert orders.by_column["total"].gen == Expr("sum(order_items._line)")


def test_lines_come_with_their_order_and_each_order_has_one(planned: Plan) -> None:
    driver = planned.tables["order_items"].by_key["order_id"]

    assert (driver.mode, driver.closed) == ("driver", True)
    assert driver.fanout is not None
    assert driver.fanout.min == 1


def test_an_order_follows_the_sign_up(planned: Plan) -> None:
    gen = planned.tables["orders"].by_column["ordered_at"].gen

    assert isinstance(gen, After)
    assert gen.ref == "customer_id.created_at"


def test_a_state_rules_out_the_dates_it_has_not_reached(planned: Plan) -> None:
    override = next(o for o in planned.tables["orders"].overrides if o.column == "shipped_at")

    assert isinstance(override.gen, Null)
    assert "'pending'" in override.when
    assert "'delivered'" not in override.when


def test_columns_of_one_person_share_a_group(planned: Plan) -> None:
    columns = planned.tables["customers"].by_column

    assert columns["email"].gen == Semantic("email", "person")
    assert columns["full_name"].gen == Semantic("full_name", "person")


def test_what_was_asked_wins_and_fan_outs_fit_it() -> None:
    asked = plan(shop(), rows={"orders": 100, "order_items": 50}, every=20)

    driver = asked.tables["order_items"].by_key["order_id"].fanout
    assert {key: one.rows for key, one in asked.tables.items()} == {"customers": 20, "products": 20, "orders": 100, "order_items": 50}
    assert driver is not None
    assert driver.min == 0


def test_lines_fit_the_precision_of_their_total() -> None:
    narrow = Type("numeric(6,2)", Kind.NUMERIC, precision=6, scale=2)
    orders = table("orders", {"total": narrow})
    items = table("order_items", {"qty": INT, "unit_price": MONEY}, {"order_id": "orders"})

    made = plan(Schema((orders, items)))

    driver, qty = made.tables["order_items"].by_key["order_id"].fanout, made.tables["order_items"].by_column["qty"].gen
    assert driver is not None
    assert driver.max <= 6
    assert isinstance(qty, Number)
    assert qty.q.max <= 6


def test_every_label_is_used_and_shares_are_not_flat() -> None:
    mood = Type("mood", Kind.ENUM, labels=("pending", "paid", "cancelled"))

    gen = plan(Schema((table("orders", {"status": mood}),))).tables["orders"].by_column["status"].gen

    assert isinstance(gen, Choice)
    assert {value for tier in gen.tiers for value in tier.values} == {"pending", "paid", "cancelled"}
    assert len({tier.share for tier in gen.tiers}) > 1


def test_a_check_bounds_numbers_and_lists_texts() -> None:
    checks = ("stock >= 5 and stock <= 40", "size in ('S', 'M', 'L')")

    made = plan(Schema((table("shirts", {"stock": INT, "size": TEXT}, checks=checks),))).tables["shirts"].by_column

    stock, size = made["stock"].gen, made["size"].gen
    assert isinstance(stock, Number)
    assert Decimal(5) <= stock.q.min <= stock.q.max <= Decimal(40)
    assert isinstance(size, Choice)
    assert {value for tier in size.tiers for value in tier.values} == {"S", "M", "L"}


def test_a_check_between_two_numbers_makes_the_higher_one_of_the_lower() -> None:
    made = plan(Schema((table("bands", {"lo": INT, "hi": INT}, checks=("lo < hi",)),))).tables["bands"].by_column

    assert made["hi"].gen == Expr("lo + _hi_above_lo")


def test_a_check_between_two_times_orders_them() -> None:
    made = (
        plan(Schema((table("events", {"starts_at": TIME, "ends_at": TIME}, checks=("ends_at > starts_at",)),))).tables["events"].by_column
    )

    gen = made["ends_at"].gen
    assert isinstance(gen, After)
    assert gen.ref == "starts_at"
    assert gen.q.min > 0


def test_a_column_that_a_check_ties_to_a_state_is_empty_elsewhere() -> None:
    checks = ("kind in ('card', 'cash')", "(kind = 'card') = (card_no is not null)")

    made = plan(Schema((table("pay", {"kind": TEXT, "card_no?": TEXT}, checks=checks),))).tables["pay"]

    assert "card_no" not in made.nulls
    assert [o.column for o in made.overrides if isinstance(o.gen, Null)] == ["card_no"]


def test_a_diamond_closes_through_the_shared_parent() -> None:
    customers = table("customers", {"full_name": TEXT})
    addresses = table("addresses", {"city": TEXT}, {"customer_id": "customers"})
    orders = table("orders", {"ordered_at": TIME}, {"customer_id": "customers", "address_id": "addresses"})

    made = plan(Schema((customers, addresses, orders)))

    key, owed = made.tables["orders"].by_key["address_id"], made.tables["addresses"].by_key["customer_id"].fanout
    assert (key.mode, key.via) == ("same_parent", "customer_id")
    assert owed is not None
    assert owed.min == 1


def test_lookups_are_few_and_documents_more_than_masters(planned: Plan) -> None:
    rows = {key: one.rows for key, one in planned.tables.items()}

    assert rows["products"] < rows["orders"] < rows["order_items"]
    assert (
        plan(Schema((table("order_status", {"name": TEXT}), table("orders", {"note?": TEXT}, {"status_id": "order_status"}))))
        .tables["order_status"]
        .rows
        <= 10
    )


def test_the_range_of_a_number_follows_its_name() -> None:
    made = (
        plan(Schema((table("bookings", {"adults": INT, "rating": INT, "weight_g": INT, "mileage_km": INT}),))).tables["bookings"].by_column
    )

    adults, weight, mileage = made["adults"].gen, made["weight_g"].gen, made["mileage_km"].gen
    assert isinstance(adults, Number)
    assert adults.q.max <= 6
    assert isinstance(weight, Number)
    assert weight.q.p50 > 100
    assert isinstance(mileage, Number)
    assert mileage.q.p50 > 10_000
    assert isinstance(made["rating"].gen, Choice)


def test_what_is_not_understood_is_said_so() -> None:
    made = plan(Schema((table("things", {"zorgblat": INT}),)))

    assert guesses(made) == ("things.zorgblat",)


def test_a_unique_number_has_room_for_its_rows() -> None:
    gen = plan(Schema((table("slots", {"zorg": INT}, uniques=(("zorg",),)),)), every=500).tables["slots"].by_column["zorg"].gen

    assert isinstance(gen, Number)
    assert (gen.q.max - gen.q.min) / gen.step >= 500


@pytest.mark.parametrize(
    ("pattern", "template"), [("^[A-Z]{3}-[0-9]{4}$", "{upper:3}-{digits:4}"), (r"^\d{5}$", "{digits:5}"), ("^(a|b)$", None)]
)
def test_a_simple_pattern_becomes_a_template(pattern: str, template: str | None) -> None:
    assert of_pattern(pattern) == template


def test_the_same_schema_gives_the_same_plan() -> None:
    assert plan(shop()) == plan(shop())


def test_complete_adds_what_is_new_and_leaves_the_rest(planned: Plan) -> None:
    old = shop()
    more = table("customers", {"email": TEXT, "full_name": TEXT, "created_at": TIME, "phone?": TEXT}, uniques=(("email",),))
    reviews = table("reviews", {"rating": INT}, {"customer_id": "customers"})

    made, notes = complete(Schema((more, *old.tables[1:], reviews)), planned)

    assert [note.split(":")[0] for note in notes] == ["customers.phone", "reviews"]
    assert _without(made.tables["customers"], "phone") == planned.tables["customers"].columns
    assert made.tables["orders"] == planned.tables["orders"]


def test_complete_adds_a_column_whose_name_begins_like_a_helpers(planned: Plan) -> None:
    first, *others = shop().tables
    synced = Column("_synced_at", Type("timestamp", Kind.TIMESTAMP), nullable=False)

    made, notes = complete(Schema((replace(first, columns=(*first.columns, synced)), *others)), planned)

    assert notes == (f"{first.key}._synced_at: not in the plan, planned offline",)
    assert "_synced_at" in made.tables[first.key].by_column


def test_complete_returns_a_whole_plan_as_it_is(planned: Plan) -> None:
    assert complete(shop(), planned) == (planned, ())


def _without(one: TablePlan, name: str) -> tuple[object, ...]:
    return tuple(column for column in one.columns if column.column != name)


def test_times_that_a_check_orders_against_their_names_make_no_circle() -> None:
    releases = table(
        "releases", {"release_date": Type("date", Kind.DATE), "rc1_date": Type("date", Kind.DATE)}, checks=("release_date > rc1_date",)
    )
    columns = plan(Schema((releases,))).tables["releases"].by_column

    assert isinstance(columns["release_date"].gen, After)
    assert columns["release_date"].gen.ref == "rc1_date"
    assert not isinstance(columns["rc1_date"].gen, After)


@pytest.mark.parametrize(("prefix", "near"), [("", "city"), ("customer_", "city"), ("customer_", "zip_code_prefix"), ("l_", "zip_code")])
def test_a_state_beside_a_city_or_a_postcode_is_a_place(prefix: str, near: str) -> None:
    accounts = table(
        "accounts",
        {f"{prefix}state": TEXT, f"{prefix}{near}": TEXT, "status": TEXT, "state": TEXT} if prefix else {"state": TEXT, near: TEXT},
    )
    columns = plan(Schema((accounts,))).tables["accounts"].by_column

    assert columns[f"{prefix}state"].gen == Semantic("state", columns[f"{prefix}{near}"].gen.group)  # type: ignore[union-attr]
    assert not prefix or isinstance(columns["state"].gen, Choice)


def test_letters_before_the_names_of_all_columns_say_nothing() -> None:
    names = ("l_street_address", "l_city", "l_country", "l_zip_code", "_loaded_at")
    columns = plan(Schema((table("locations", dict.fromkeys(names, TEXT)),))).tables["locations"].by_column

    found = [columns[name].gen for name in names[:-1]]
    assert [gen.type for gen in found if isinstance(gen, Semantic)] == ["street", "city", "country", "postcode"]


@pytest.mark.parametrize(
    ("names", "mark"),
    [
        (("o_id", "o_date", "o_total", "o_note"), "o_"),
        (("is_paid", "is_open", "is_new", "is_old"), ""),
        (("o_id", "o_date", "o_total"), ""),
        (("o_id", "o_date", "o_total", "o_note", "city", "state"), ""),
    ],
)
def test_letters_stand_for_a_table_where_nearly_all_columns_begin_with_them(names: tuple[str, ...], mark: str) -> None:
    assert marked(names) == mark
