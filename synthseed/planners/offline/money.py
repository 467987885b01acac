"""Plan money from the bottom up: a price from the item, an amount from the line, a total from the lines, a tax by its rate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from synthseed.errors import PlanError
from synthseed.expression_nodes import quoted
from synthseed.expressions import names as names_in
from synthseed.expressions import parse
from synthseed.plan import Expr, KeyPlan, Number, Quantiles
from synthseed.planners.offline.draft import NUMBERS, Draft
from synthseed.planners.offline.links import required
from synthseed.planners.offline.money_names import (
    EXTRAS,
    LINES,
    NETS,
    PERCENTS,
    PRICES,
    QUANTITIES,
    REDUCTIONS,
    TAXES,
    TOTALS,
    digits,
    find_column,
    is_named,
    open_numbers,
    or_zero,
    said_of,
)
from synthseed.planners.offline.numbers import bound, fitted, spiked
from synthseed.planners.offline.prices import borrow_prices, plan_price, plan_prices
from synthseed.planners.offline.shapes import clipped, number
from synthseed.planners.offline.sums import plan_sum, plan_sums
from synthseed.schema import Column, Kind

SAID_SUM = re.compile(r"\b(sum|total|summe|somme|suma)\b", re.I)


def plan_money(drafts: Mapping[str, Draft]) -> None:
    """Plan prices, then the lines of documents, then the documents: each reads what is below it."""
    for draft in drafts.values():
        _equations(draft)
    for draft in drafts.values():
        plan_prices(draft, drafts)
    for draft in drafts.values():
        borrow_prices(draft, drafts)
    for draft in drafts.values():
        _line(draft)
    for draft in drafts.values():
        _rated(draft)
        _owed(draft, drafts)
        _totals(draft, drafts)
    for draft in drafts.values():
        plan_sums(draft)


def _equations(draft: Draft) -> None:
    """Take over what a CHECK says: `total = subtotal + shipping_fee` is how total is made."""
    for check in draft.table.checks:
        text = re.sub(r"::\w+(\(\d+(,\d+)?\))?", "", check.text).replace('"', "").strip()
        while text.startswith("(") and text.endswith(")") and _wraps(text):
            text = text[1:-1].strip()
        left, equals, right = text.partition("=")
        name, right = left.strip().strip("()"), right.strip()
        if not equals or left[-1:] in "<>!" or right.startswith(("'", "=")) or name not in draft.table.by_name or name in draft.columns:
            continue
        column = draft.table.column(name)
        if column not in draft.free or column.type.kind not in NUMBERS:
            continue
        try:
            read = names_in(parse(right))
        except PlanError:
            continue
        if read and read <= set(draft.table.by_name) and name not in read:
            draft.put(column, Expr(right), "as the CHECK says")


def _wraps(text: str) -> bool:
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def _line(draft: Draft) -> None:
    """Plan the amount of a line: quantity times price, less a discount."""
    price = find_column(draft, PRICES)
    amount = next((c for c in open_numbers(draft) if is_named(draft, c, LINES)), None)
    quantity = find_column(draft, QUANTITIES)
    if price is None or price.name == (amount.name if amount else "") or (draft.role not in ("detail", "link", "event") and amount is None):
        return
    if draft.role not in ("detail", "link", "event"):
        return
    if price.name not in draft.columns:
        plan_price(draft, price, "price")
    if quantity is None:
        if amount is not None and draft.role == "detail":
            draft.put(amount, Expr(quoted(price.name)))
        return
    if quantity.name not in draft.columns:
        draft.put(quantity, fitted(draft, quantity, number("1 1 1 2 4 12")))
    percent, reduction = find_column(draft, PERCENTS), find_column(draft, REDUCTIONS)
    whole = _whole(draft, reduction) if reduction is not None else 0
    if percent is None and whole:
        percent, reduction = reduction, None
    else:
        whole = _whole(draft, percent) or 100 if percent is not None else 0
    text = f"{or_zero(quantity)} * {or_zero(price)}"
    if percent is not None:
        if percent.name not in draft.columns:
            shares = number("5 10 10 15 30 50", "5", zero=74) if whole == 100 else number("0.05 0.1 0.1 0.15 0.3 0.5", "0.05", zero=74)
            draft.put(percent, fitted(draft, percent, shares), nulls=0)
        text = f"round({text} * (1 - {or_zero(percent)}{' / 100' if whole == 100 else ''}), 2)"
    elif reduction is not None and reduction.name not in draft.columns:
        draft.put("_off", number("5 10 10 15 30 50", "5", zero=78), "discount in percent")
        draft.put(reduction, Expr(f"round({text} * _off / 100, {digits(reduction)})"), nulls=0)
        text = f"{text} - {or_zero(reduction)}"
    tax = find_column(draft, TAXES, planned=False)
    if tax is not None:
        draft.put(tax, Expr(f"round(({text}) * {_rate(draft)} / 100, {digits(tax)})"))
    if amount is not None:
        draft.put(amount, Expr(text))
    else:
        draft.put("_line", Expr(text), "the amount of the line")


def _whole(draft: Draft, column: Column) -> int:
    """Return what stands for all of an amount in a column of shares, 1 or 100, by what it can hold; 0 where it holds money."""
    high = draft.limits[column.name].high
    if high is None:
        return 0
    return 1 if high < 10 else 100 if high == 100 else 0


def _rate(draft: Draft) -> str:
    """Return the tax rate of a row: its own column, or the locale's usual one."""
    rate = find_column(draft, ("tax rate", "tax percent", "rate"))
    if rate is not None and draft.names[rate.name] != ("rate",):
        if rate.name not in draft.columns:
            draft.put(rate, fitted(draft, rate, _rates(draft)))
        return quoted(rate.name)
    return {"de": "19", "fr": "20", "es": "21", "it": "22", "nl": "21", "pt": "23"}.get(draft.locale[:2], "8")


def _rates(draft: Draft) -> Number:
    common, other = {"de": ("19", "7"), "fr": ("20", "5.5"), "es": ("21", "10")}.get(draft.locale[:2], ("8", "0"))
    return spiked(common, (other, 18))


def _rated(draft: Draft) -> None:
    """Plan tax rates: the usual one of the country, and the reduced one."""
    for column in open_numbers(draft):
        if (
            said_of(draft, column) in ("tax rate", "tax percent", "tax rate percent", "vat rate")
            and (draft.limits[column.name].high or 100) >= 25
        ):
            draft.put(column, fitted(draft, column, _rates(draft)))


def _owed(draft: Draft, drafts: Mapping[str, Draft]) -> None:
    """Take the amount of an invoice or a payment from the document that it is about."""
    if draft.words[-1] not in ("invoice", "payment", "receipt", "bill", "transaction", "refund"):
        return
    for key in draft.table.foreign_keys:
        parent = drafts.get(key.parent)
        owed = None
        if parent is not None and parent is not draft and parent.role == "event":
            owed = find_column(parent, TOTALS, planned=True) or find_column(parent, TOTALS)
            if owed is not None and owed.name not in parent.columns:
                plan_sum(parent, owed)
        if owed is None or parent is None or key.label not in draft.keys or not required(draft.table, key):
            continue
        whole = f"{quoted(key.label)}.{quoted(owed.name)}"
        whole = f"coalesce({whole}, 0)" if owed.nullable else whole
        net, tax = (find_column(draft, phrases, planned=False) for phrases in (NETS, TAXES))
        total = next((c for c in open_numbers(draft) if c is not net and c is not tax and is_named(draft, c, TOTALS)), None)
        if total is None:
            return
        draft.put(total, Expr(whole), "what the document comes to")
        if net is not None:
            draft.put(net, Expr(f"round({quoted(total.name)} / (1 + {_rate(draft)} / 100), {digits(net)})"))
        if tax is not None and net is not None:
            draft.put(tax, Expr(f"{quoted(total.name)} - {quoted(net.name)}"))
        return


def _children(draft: Draft, drafts: Mapping[str, Draft]) -> Iterator[tuple[Draft, KeyPlan, str]]:
    """Yield (child, its driver, the column of its amounts) of the lines that this table's rows are made of."""
    for child in drafts.values():
        driver = child.driver
        if driver is None or driver.parent != draft.table.key or child.role not in ("detail", "link"):
            continue
        amount = next((c for c in child.free if c.name in child.columns and c.type.kind in NUMBERS and is_named(child, c, LINES)), None)
        if amount is not None and not amount.nullable:
            yield child, child.keys[driver.label], amount.name
        elif "_line" in child.columns:
            yield child, child.keys[driver.label], "_line"


def _totals(draft: Draft, drafts: Mapping[str, Draft]) -> None:
    """Plan the totals of a document from its lines; what a comment says of sums is heard."""
    found = list(_children(draft, drafts))
    counted = [
        c
        for c in draft.todo
        if c.type.kind is Kind.INTEGER and said_of(draft, c) in ("item count", "line count", "position count", "count item")
    ]
    if not found:
        _gross(draft)
        return
    child, key, amount = found[0]
    if key.closed is False:
        return
    table = quoted(child.table.key) if "." not in child.table.key else f'"{child.table.key}"'
    lines = f"sum({table}.{quoted(amount)})"
    if key.fanout is None or key.fanout.min < 1:
        lines = f"coalesce({lines}, 0)"
    for column in counted:
        draft.put(column, Expr(f"count({table})"))
    net = next((c for c in open_numbers(draft) if is_named(draft, c, NETS)), None)
    total = next((c for c in open_numbers(draft) if c is not net and is_named(draft, c, TOTALS)), None)
    if net is None and total is None:
        return
    base = lines
    if net is not None:
        draft.put(net, Expr(lines), _said_by(net))
        base = quoted(net.name)
    parts = _extras(draft, base)
    if total is not None:
        whole = base if total.comment and SAID_SUM.search(total.comment) and net is None else base + parts
        draft.put(total, Expr(whole), _said_by(total))
    for column in open_numbers(draft):  # a third total says the same as the second
        if total is not None and is_named(draft, column, ("amount due", "total due", "grand total", "total amount", "amount")):
            draft.put(column, Expr(quoted(total.name)))
    _fit(draft, child, key, net or total, amount)


def _said_by(column: Column) -> str:
    return "the sum of its lines, as the comment says" if column.comment and SAID_SUM.search(column.comment) else "the sum of its lines"


def _extras(draft: Draft, base: str) -> str:
    """Return what is added to the lines: shipping, tax, and less a discount."""
    text = ""
    for column in [c for c in draft.free if c.type.kind in NUMBERS]:
        said = said_of(draft, column)
        if said in EXTRAS:
            if column.name not in draft.columns:
                draft.put(column, Expr(f"if({base} >= 80, 0, if({base} >= 30, 4.95, 6.95))"), "shipping is free for larger orders", nulls=0)
            text += f" + {or_zero(column)}"
        elif said in TAXES:
            if column.name not in draft.columns:
                draft.put(column, Expr(f"round({base} * {_rate(draft)} / 100, {digits(column)})"), nulls=0)
            text += f" + {or_zero(column)}"
        elif said in REDUCTIONS and not _whole(draft, column):
            if column.name not in draft.columns:
                draft.put("_off", number("5 5 10 10 20 30", "5", zero=82), "discount in percent")
                draft.put(column, Expr(f"round({base} * _off / 100, {digits(column)})"), nulls=0)
            text += f" - {or_zero(column)}"
    return text


def _gross(draft: Draft) -> None:
    """Plan net, tax and gross of a document without lines, so that they add up."""
    tax = find_column(draft, TAXES, planned=False)
    net = next((c for c in open_numbers(draft) if is_named(draft, c, (*NETS, "amount"))), None)
    total = next((c for c in open_numbers(draft) if c is not net and c is not tax and is_named(draft, c, TOTALS)), None)
    if net is None or (tax is None and total is None) or draft.role in ("lookup", "log"):
        return
    plan_sum(draft, net)
    if tax is not None:
        draft.put(tax, Expr(f"round({or_zero(net)} * {_rate(draft)} / 100, {digits(tax)})"), nulls=0)
    if total is not None:
        rest = "" if tax is None else f" + {or_zero(tax)}"
        draft.put(total, Expr(f"{or_zero(net)}{rest}" + _extras_but(draft, quoted(net.name))), nulls=0)


def _extras_but(draft: Draft, base: str) -> str:
    """Return extras other than the tax, which is added already."""
    text = _extras(draft, base)
    for column in draft.free:
        if said_of(draft, column) in TAXES:
            text = text.replace(f" + {or_zero(column)}", "", 1)
    return text


def _fit(draft: Draft, child: Draft, key: KeyPlan, parent: Column | None, amount: str) -> None:
    """Draw lines together until the longest sum fits the parent's precision."""
    if parent is None or parent.type.precision is None or key.fanout is None:
        return
    room = (Decimal(10) ** parent.type.precision - 1).scaleb(-(parent.type.scale or 0))
    parts = [plan for name, plan in child.columns.items() if name in _reads(child, amount)]
    for high in (20, 6, 3):
        most = Decimal(1)
        for plan in parts:
            most *= bound(plan.gen) or Decimal(3000)
        if most * key.fanout.max * Decimal("1.3") < room:
            return
        key = _shorter(child, key, Decimal(high), draft)
        for plan in parts:
            if isinstance(plan.gen, Number) and plan.gen.q.max > high and not plan.column.startswith("_"):
                child.columns[plan.column] = replace(plan, gen=clipped(plan.gen, None, Decimal(high)))
        parts = [child.columns[plan.column] for plan in parts]


def _reads(child: Draft, amount: str) -> set[str]:
    gen = child.columns[amount].gen
    return set(names_in(parse(gen.expr))) if isinstance(gen, Expr) else {amount}


def _shorter(child: Draft, key: KeyPlan, high: Decimal, parent: Draft) -> KeyPlan:
    """Return the driver with fewer children at most, where the rows asked leave that."""
    q = key.fanout
    needed = Decimal(-(-child.rows // max(parent.rows, 1)))
    if q is None or q.max <= high or needed > high:
        return key
    cut = Quantiles(q.min, min(q.p25, high), min(q.p50, high), min(q.p75, high), min(q.p95, high), high)
    child.keys[key.columns] = replace(key, fanout=cut)
    return child.keys[key.columns]
