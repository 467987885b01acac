"""Hold a few rows per source of the dbt project, by hand: the proof that all of its tests can pass at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

EXTERNAL = "retail.stores"  # a file on DuckDB, a table elsewhere


@dataclass(frozen=True)
class Table:
    """Hold a table's name, the definitions of its columns and its rows."""

    name: str
    columns: str
    rows: tuple[tuple[Any, ...], ...]

    def script(self, name: str = "") -> str:
        """Return the statements that create and fill the table, alike in DuckDB and PostgreSQL."""
        name = name or self.name
        rows = ", ".join(f"({', '.join(map(literal, row))})" for row in self.rows)
        return f"create table {name} ({self.columns}); insert into {name} values {rows};"


def literal(value: Any) -> str:
    """Return a value as SQL."""
    if value is None or isinstance(value, bool | int | float):
        return "null" if value is None else str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def script(now: datetime, *, external: str | None) -> str:
    """Return the statements that create and fill every source.

    Args:
        now: The moment of loading, UTC without a zone: freshness and the window of 90 days count from it.
        external: The Parquet file of the external source; None where that is a table.
    """
    return "\n".join(_statements(tables(now), external))


def _statements(sources: tuple[Table, ...], external: str | None) -> Iterator[str]:
    for schema in sorted({table.name.partition(".")[0] for table in sources}):
        yield f"create schema {schema};"
    for table in sources:
        if external and table.name == EXTERNAL:
            yield table.script("stores_of_the_file")
            yield f"copy stores_of_the_file to '{external}' (format parquet); drop table stores_of_the_file;"
        else:
            yield table.script()


def tables(now: datetime) -> tuple[Table, ...]:
    """Return every source."""
    now = now.replace(microsecond=0)
    return (*_shop(now), *_billing(now), *_others(now))


def _ago(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _shop(now: datetime) -> tuple[Table, ...]:
    loaded = now - timedelta(hours=1)
    return (
        Table(
            "shop.customers",
            'id integer, first_name text, last_name text, email text, country_code text, "group" text, "createdAt" timestamp, '
            "_deleted boolean, _loaded_at timestamp",
            (
                (1, "Ada", "Moor", "Ada@Example.org", "DE", "retail", _ago(now, 300), False, loaded),
                (2, "Ben", "O'Hara", "ben@example.org", "IE", "wholesale", _ago(now, 280), None, loaded),
                (3, "Cleo", "Berg", "cleo@example.org", "SE", "staff", _ago(now, 20), False, loaded),
                (4, "Dan", "Gone", "dan@example.org", "GB", "retail", _ago(now, 200), True, loaded),
            ),
        ),
        Table(
            "shop.categories",
            "id integer, name text, parent_id integer",
            ((1, "Coffee", None), (2, "Espresso", 1), (3, "Gear", None)),
        ),
        Table(
            "shop.products",
            'sku text, name text, category_id integer, price_cents integer, "isActive" boolean, attributes text',
            (
                ("ESP-250", "House espresso", 2, 1050, True, '{"roast": "dark", "weight_grams": 250}'),
                ("FIL-500", "Filter", 1, 1500, True, '{"roast": "light", "weight_grams": 500}'),
                ("CUP-1", "Cup", 3, 800, False, "{}"),
            ),
        ),
        Table(
            "shop.orders",
            "id integer, customer_id integer, status text, subtotal numeric(12, 2), tax numeric(12, 2), total numeric(12, 2), "
            "ordered_at timestamp, updated_at timestamp, _fivetran_deleted boolean, _fivetran_synced timestamp",
            (
                (10, 1, "C", 36.00, 2.52, 38.52, _ago(now, 200), _ago(now, 190), False, loaded),
                (11, 1, "C", 10.50, 0.74, 11.24, _ago(now, 40), _ago(now, 38), False, loaded),
                (12, 2, "S", 7.25, 1.38, 8.63, _ago(now, 3), _ago(now, 2), False, loaded),
                (13, 2, "R", 15.00, 1.05, 16.05, _ago(now, 120), _ago(now, 100), False, loaded),
                (14, 3, "P", 8.00, 1.52, 9.52, _ago(now, 1), _ago(now, 1), False, loaded),
                (15, 3, "C", 8.00, 1.52, 9.52, _ago(now, 5), _ago(now, 4), True, loaded),
            ),
        ),
        Table(
            "shop.order_items",
            "order_id integer, line_number integer, sku text, quantity integer, unit_price text, gift_note text",
            (
                (10, 1, "ESP-250", 2, "10.50", None),
                (10, 2, "FIL-500", 1, " 15.00 ", None),
                (10, 3, "CUP-1", 1, "", "With love"),
                (11, 1, "ESP-250", 1, "10.50", None),
                (12, 1, "CUP-1", 1, "7.25", None),
                (13, 1, "FIL-500", 1, "15.00", None),
                (14, 1, "CUP-1", 1, "8.00", None),
                (15, 1, "CUP-1", 1, "8.00", None),
            ),
        ),
    )


def _billing(now: datetime) -> tuple[Table, ...]:
    synced = (now - timedelta(hours=2)).isoformat(sep=" ")
    return (
        Table(
            "stripe_raw.customer",
            "id text, shop_customer_id integer, delinquent boolean, created bigint",
            (("cus_a1", 1, False, 1_735_689_600), ("cus_b2", 2, True, 1_738_368_000)),
        ),
        Table(
            "stripe_raw.subscription",
            "id text, customer text, plan_code text, status text, amount integer, started_at timestamp, canceled_at timestamp, "
            "updated_at timestamp, _synced_at text",
            (
                ("sub_1", "cus_a1", "weekly", "active", 4800, _ago(now, 90), None, _ago(now, 9), synced),
                ("sub_2", "cus_b2", "monthly", "past_due", 1500, _ago(now, 80), None, _ago(now, 8), synced),
                ("sub_3", "cus_b2", "fortnightly", "canceled", 2600, _ago(now, 200), _ago(now, 90), _ago(now, 90), synced),
            ),
        ),
        Table(
            "stripe_raw.charge",
            "id text, order_id integer, method_code text, amount integer, status text, created_at timestamp",
            (
                ("ch_1", 10, "01", 3852, "failed", _ago(now, 200)),
                ("ch_2", 10, "02", 3852, "succeeded", _ago(now, 199)),
                ("ch_3", 12, "03", 863, "succeeded", _ago(now, 3)),
                ("ch_4", 13, "01", 1605, "refunded", _ago(now, 100)),
            ),
        ),
    )


def _others(now: datetime) -> tuple[Table, ...]:
    return (
        Table(
            "crm.contact_properties",
            "contact_id integer, property_name text, property_value text",
            (
                (1, "favourite_roast", "dark"),
                (1, "lifetime_points", "120"),
                (2, "newsletter_opt_in", "true"),
                (2, "favourite_roast", "light"),
                (3, "shoe_size", "42"),
            ),
        ),
        Table(
            "marketing.web_signups",
            "id integer, email text, utm_source text, signed_up_at text",
            ((1, "ada@example.org", "newsletter", "2025-03-01T10:00:00-08:00"), (2, "eve@example.org", None, "2025-03-02T10:00:00Z")),
        ),
        Table(
            "marketing.store_signups",
            "id integer, email text, store_code text, signup_date date",
            ((1, "Ben@example.org", "BER", _ago(now, 280).date()),),
        ),
        Table(
            EXTERNAL,
            "store_code text, store_name text, city text, country_code text, opened_on date, square_metres double precision",
            (("WEB", "Web shop", "Berlin", "DE", "2019-05-01", 0.0), ("BER", "Kreuzberg", "Berlin", "DE", "2020-02-01", 84.5)),
        ),
    )
