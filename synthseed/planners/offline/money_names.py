"""Find the columns of money by what they are called, in any language that the lexicon knows."""

from __future__ import annotations

from synthseed.expression_nodes import quoted
from synthseed.planners.offline.draft import NUMBERS, Draft
from synthseed.schema import Column, Kind

PRICES = (
    "unit price", "price", "list price", "sale price", "net price", "base price", "retail price", "item price", "selling price",
    "price amount", "price per unit", "standard price", "fee", "price excluding tax", "gross price", "cost per unit",
)  # fmt: skip
PER_DAY = (
    "price per night",
    "nightly rate",
    "night rate",
    "price night",
    "daily rate",
    "day rate",
    "price per day",
    "rate per night",
    "night price",
)
TOTALS = (
    "total", "total amount", "amount total", "grand total", "total price", "order total", "gross total", "gross amount", "invoice total",
    "sum", "net amount", "net total", "subtotal", "sub total", "amount", "total cost", "total value", "net", "gross", "total due",
    "amount due",
)  # fmt: skip
NETS = ("subtotal", "sub total", "net amount", "net total", "net", "total net", "item total", "product total", "merchandise total")
LINES = (
    "line total",
    "total",
    "line amount",
    "amount",
    "total price",
    "subtotal",
    "sub total",
    "line sum",
    "position total",
    "item total",
    "net amount",
    "sum",
    "extended price",
)
EXTRAS = (
    "shipping fee",
    "shipping",
    "shipping cost",
    "shipping amount",
    "delivery fee",
    "shipping total",
    "freight",
    "service fee",
    "shipping price",
    "delivery cost",
)
TAXES = ("tax", "tax amount", "total tax", "tax total")
REDUCTIONS = ("discount", "discount amount", "discount total", "total discount")
PERCENTS = ("discount percent", "discount rate", "discount pct")
QUANTITIES = ("quantity", "count", "unit count", "item count", "ordered quantity", "pieces", "hour", "night", "unit")
HEADS = frozenset({"price", "amount", "total", "sum", "fee", "cost"})
QUALIFIERS = frozenset({"net", "gross", "unit", "sale", "base", "list", "retail", "line", "tax", "item", "order", "standard", "selling"})


def open_numbers(draft: Draft) -> list[Column]:
    """Return the number columns that nobody planned yet."""
    return [c for c in draft.todo if c.type.kind in NUMBERS and not draft.limits[c.name].among]


def is_named(draft: Draft, column: Column, phrases: tuple[str, ...]) -> bool:
    """Tell whether a column is called by one of these phrases."""
    return said_of(draft, column) in phrases


def said_of(draft: Draft, column: Column) -> str:
    """Return a column's name without the words of its table, currencies and minor units: `order_total_eur` is `total`."""
    words = [
        word
        for word in draft.names[column.name]
        if word not in ("eur", "usd", "gbp", "chf", "cent", "minor", "value" if len(draft.names[column.name]) > 1 else "")
    ]
    if len(words) > 1 and words[0] in draft.words and words[0] != "unit":
        words = words[1:]
    if len(words) == 2 and words[0] in HEADS and words[1] in QUALIFIERS:  # `preis_netto`, `prix_unitaire`
        words = words[::-1]
    return " ".join(words)


def find_column(draft: Draft, phrases: tuple[str, ...], *, planned: bool | None = None) -> Column | None:
    """Return the column that the first of these phrases names."""
    for phrase in phrases:
        for column in draft.free:
            if (
                column.type.kind in NUMBERS
                and said_of(draft, column) == phrase
                and (planned is None or (column.name in draft.columns) == planned)
            ):
                return column
    return None


def digits(column: Column) -> int:
    """Return the digits behind the point that money has in a column."""
    return 0 if column.type.kind is Kind.INTEGER else 2 if column.type.scale is None else min(column.type.scale, 2)


def or_zero(column: Column) -> str:
    """Return the expression of a value, 0 where it may be NULL."""
    return f"coalesce({quoted(column.name)}, 0)" if column.nullable else quoted(column.name)
