"""Plan money that nothing in the row decides: salaries, fees, budgets, balances."""

from __future__ import annotations

from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.money_names import open_numbers
from synthseed.planners.offline.numbers import fitted
from synthseed.planners.offline.shapes import number
from synthseed.schema import Column, Kind

# What money is usually paid for: the words, six quantiles, the step, the percentage of zeros.
SUMS: tuple[tuple[tuple[str, ...], str, str, int], ...] = (
    (("salary",), "28000 39000 52000 71000 118000 240000", "500", 0), (("wage",), "1800 2400 3100 4200 6800 12000", "50", 0),
    (("budget",), "2000 12000 40000 150000 900000 4000000", "500", 0),
    (("revenue", "income", "profit", "turnover"), "1200 18000 90000 420000 3800000 24000000", "100", 0),
    (("rent",), "380 620 840 1180 1900 3800", "10", 0), (("deposit",), "50 200 500 1200 3000 9000", "50", 0),
    (("balance",), "0 140 820 3400 18000 120000", "0.01", 4), (("credit", "limit"), "500 1000 2500 5000 15000 50000", "500", 0),
    (("fee",), "2 5 10 25 90 400", "0.5", 8), (("tip",), "0 1 2 5 12 40", "0.5", 40), (("refund",), "5 19 40 95 320 1400", "0.01", 0),
    (("donation",), "5 10 25 50 250 2500", "5", 0), (("bid",), "5 40 140 520 2600 18000", "5", 0),
    (("premium",), "80 220 420 780 1900 4800", "10", 0), (("spend",), "0 2 18 140 2400 26000", "0.01", 12),
    (("expense",), "4 18 46 140 780 4200", "0.01", 0), (("payment",), "8 29 74 190 860 6400", "0.01", 0),
    (("credit",), "0 10 50 200 1000 5000", "5", 30), (("loan",), "1000 5000 12000 30000 180000 420000", "500", 0),
    (("amount",), "5 22 64 180 920 6800", "0.01", 0), (("total",), "8 32 86 240 1300 9200", "0.01", 0),
    (("cost",), "3 14 38 110 620 4200", "0.01", 0), (("value",), "5 22 64 180 920 6800", "0.01", 0),
    (("price",), "4 15 32 79 289 1299", "1", 0), (("discount",), "1 3 8 20 90 400", "0.5", 60),
    (("tax",), "0 3 9 28 160 1200", "0.01", 4), (("net",), "5 22 64 180 920 6800", "0.01", 0),
    (("gross",), "6 26 76 214 1090 8100", "0.01", 0), (("subtotal",), "8 32 86 240 1300 9200", "0.01", 0),
    (("paid",), "8 29 74 190 860 6400", "0.01", 0), (("due",), "0 0 0 40 480 3800", "0.01", 60),
)  # fmt: skip
MONEY = frozenset(word for words, _, _, _ in SUMS for word in words) - {
    "credit",
    "limit",
    "value",
    "paid",
    "due",
    "net",
    "gross",
    "loan",
    "payment",
    "premium",
}


def plan_sums(draft: Draft) -> None:
    """Plan what other money is left: salaries, fees, budgets, balances."""
    for column in open_numbers(draft):
        words = draft.names[column.name]
        monetary = column.type.kind is Kind.NUMERIC and (column.type.scale is None or column.type.scale >= 2)
        if "count" in words or "percent" in words or "rate" in words or "point" in words or ("limit" in words and "credit" not in words):
            continue
        if not (MONEY & set(words)) or (
            not monetary and not {"price", "salary", "cost", "budget", "fee", "amount", "balance", "wage", "revenue"} & set(words)
        ):
            continue
        plan_sum(draft, column)


def plan_sum(draft: Draft, column: Column) -> None:
    """Plan one sum by what money is paid for."""
    words = (*draft.names[column.name],)
    own = (
        [entry for entry in SUMS if set(entry[0]) <= set(words)]
        or [entry for entry in SUMS if set(entry[0]) <= set(draft.words)]
        or [SUMS[-6]]
    )
    _, q, step, zero = own[0]
    if words[-1] in ("amount", "total", "value") and own[0][0] == (words[-1],):
        of = [entry for entry in SUMS if set(entry[0]) <= set(draft.words)]
        _, q, step, zero = (of or own)[0]
    if "salary" in words and ({"month", "monthly"} & set(words) or (draft.limits[column.name].high or 10**9) < 60000):
        q, step = "1900 2600 3300 4500 7200 14000", "50"
    if "cent" in words or "minor" in words:
        q, step = " ".join(str(int(part) * 100) for part in q.split()), "1"
    draft.put(column, fitted(draft, column, number(q, step, zero=zero)), nulls=draft.scatter(column.name, 3, 15))
