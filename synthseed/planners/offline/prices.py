"""Plan what one thing costs: by its kind, with the ending that prices have, and in a line what its item costs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from synthseed.expression_nodes import quoted
from synthseed.plan import Expr
from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.links import required
from synthseed.planners.offline.money_names import PER_DAY, PRICES, QUANTITIES, REDUCTIONS, digits, find_column, open_numbers, said_of
from synthseed.planners.offline.names import ends
from synthseed.planners.offline.numbers import spiked
from synthseed.planners.offline.shapes import clipped, number
from synthseed.schema import Column, ForeignKey

KINDS = { # the price of one in tables of these things
    "room": "45 72 94 128 240 620", "hotel": "45 72 94 128 240 620", "car": "3900 9800 18500 32000 68000 140000",
    "vehicle": "3900 9800 18500 32000 68000 140000", "course": "40 120 290 690 1900 4800", "book": "5 11 15 22 42 120",
    "dish": "4 8 13 19 32 68", "menu": "4 8 13 19 32 68", "meal": "4 8 13 19 32 68", "drink": "2 3 4 6 12 28",
    "ticket": "8 18 35 60 140 420", "flight": "39 89 160 320 980 3400", "plan": "0 9 19 49 199 499", "subscription": "0 9 19 49 199 499",
    "service": "15 35 60 110 320 900", "treatment": "18 45 80 160 620 2900", "medication": "3 8 16 34 120 640",
    "house": "120000 240000 340000 520000 980000 2400000", "property": "120000 240000 340000 520000 980000 2400000",
    "apartment": "90000 180000 265000 390000 720000 1600000", "part": "1 6 22 75 340 1800", "game": "0 10 20 40 70 100",
    "track": "1 1 1 1 2 3", "shipment": "5 9 18 60 420 2600", "trip": "6 14 28 80 420 1900", "appointment": "20 45 70 120 260 600",
    "lesson": "18 25 35 48 80 120", "shipping": "0 4 6 9 16 40", "method": "0 4 6 9 16 40", "option": "1 4 9 19 60 180",
}  # fmt: skip


def plan_prices(draft: Draft, drafts: Mapping[str, Draft]) -> None:
    """Plan the prices of things: round where people round, .99, .95 or .90 elsewhere."""
    for column in open_numbers(draft):
        said = said_of(draft, column)
        priced = said in PRICES or said in PER_DAY or said.endswith(" price")
        if (
            not priced
            or _pays_for(draft, drafts)
            or draft.role in ("detail", "log")
            or (draft.role == "event" and said not in PER_DAY and _things(draft))
        ):
            continue
        if ends(draft.names[column.name], "cost price", "purchase price", "old price", "compare at price", "original price", "total price"):
            continue
        plan_price(draft, column, said)
    price = find_column(draft, PRICES + PER_DAY, planned=True)
    for column in open_numbers(draft):
        said = said_of(draft, column)
        if price is None or price is column or said in REDUCTIONS:
            continue
        if said in ("cost", "cost price", "purchase price", "unit cost", "buying price", "wholesale price"):
            draft.put("_margin", number("0.38 0.5 0.58 0.66 0.76 0.85", "0.01"), "what buying costs, as a part of the price")
            draft.put(column, Expr(f"round({quoted(price.name)} * _margin, {digits(column)})"), nulls=8)
        elif said in ("old price", "compare at price", "original price", "list price", "strike price", "msrp", "recommended price"):
            draft.put("_markup", number("1.05 1.1 1.2 1.25 1.4 1.7", "0.05"), "what it was sold for before")
            draft.put(column, Expr(f"round({quoted(price.name)} * _markup, {digits(column)})"), nulls=72)


def _things(draft: Draft) -> list[ForeignKey]:
    return [key for key in draft.table.foreign_keys if key.parent != draft.table.key]


def _pays_for(draft: Draft, drafts: Mapping[str, Draft]) -> bool:
    """Tell a row that counts things which have a price: its own price is theirs, whatever the names."""
    if find_column(draft, QUANTITIES) is None:
        return False
    parents = [drafts[key.parent] for key in _things(draft) if key.parent in drafts]
    return any(find_column(parent, PRICES) is not None for parent in parents)


def plan_price(draft: Draft, column: Column, said: str) -> None:
    """Plan one price by the kind of thing; `said` is what the column is called."""
    limit = draft.limits[column.name]
    q = next(
        (KINDS[word] for word in reversed(draft.words) if word in KINDS),
        "45 72 94 128 240 620" if said in PER_DAY else "4 15 32 79 289 1299",
    )
    cents = "cent" in draft.names[column.name]
    if cents:
        q = " ".join(str(int(part) * 100) for part in q.split())
    whole = clipped(number(q, "10" if int(q.split()[2]) > 1000 and not cents else "1"), limit.low, limit.high)
    if digits(column) < 2 or whole.q.p50 > 400 or whole.q.max < 3 or cents or (limit.high is not None and whole.q.max + 1 > limit.high):
        draft.put(column, whole, nulls=3)
        return
    name, end = f"_{column.name}", f"_{column.name}_end"
    draft.put(name, whole, "the price in whole units")
    draft.put(end, spiked("0.99", ("0.95", 22), ("0.90", 12), ("0.50", 8), ("0.00", 10)), "how the price ends")
    draft.put(column, Expr(f"{quoted(name)} + {quoted(end)}"), nulls=3)


def borrow_prices(draft: Draft, drafts: Mapping[str, Draft]) -> None:
    """Take the price of the thing that a row is about: an order line costs what its product costs."""
    if draft.role in ("lookup", "log"):
        return
    for column in open_numbers(draft):
        said = said_of(draft, column)
        if said not in PRICES or said == "fee":
            continue
        for key in sorted(draft.table.foreign_keys, key=lambda k: k is draft.driver):
            parent = drafts.get(key.parent)
            if parent is None or parent is draft or key.label not in draft.keys:
                continue
            price = find_column(parent, (said, *PRICES), planned=True)
            if price is not None:
                draft.put(
                    column, Expr(_there(f"{quoted(key.label)}.{quoted(price.name)}", price.nullable or not required(draft.table, key)))
                )
                break


def _there(text: str, may_be_null: bool) -> str:
    return f"coalesce({text}, 9.95)" if may_be_null else text


def use_bases(draft: Draft) -> None:
    """Let the price of a thing follow the usual price of its kind, where the texts know one (`line.base`)."""
    joint = draft.joints.get("line")
    if joint is None or "base" not in joint.fields:
        return
    base = "_base" if "_base" in draft.columns else "line.base"
    highest = max(Decimal(row.cells[joint.fields.index("base")]) for row in joint.rows)
    for name in [name for name in draft.columns if name.startswith("_") and f"{name}_end" in draft.columns]:
        column = draft.table.by_name.get(name[1:])
        limit = draft.limits[column.name].high if column is not None else None
        if column is None or (limit is not None and highest * 3 > limit):
            continue
        draft.put("_factor", number("0.6 0.85 1 1.2 1.7 2.4", "0.05"), "how dear a thing is of its kind")
        draft.put(name, Expr(f"max(floor({base} * _factor), 1)"), "the price in whole units")
