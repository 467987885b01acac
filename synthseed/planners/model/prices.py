"""Know what tokens cost: a dated table, exact names only, decimals.

A model that is not in the table has no price here: a guess would be printed as money. The caps on tokens and requests hold
for it all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from synthseed.planners.model.request import Usage

READ_ON = "2026-11-24"
_WRITTEN = Decimal("1.25")  # input that the server puts into its prompt cache costs a quarter more
_FLEX = Decimal("0.5")
_TIERS = {None: Decimal(1), "auto": Decimal(1), "default": Decimal(1), "flex": _FLEX}
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """Hold USD per million tokens."""

    input: Decimal
    cached: Decimal
    output: Decimal


PRICES: Mapping[str, Price] = {
    "gpt-6-luna": Price(Decimal("0.10"), Decimal("0.01"), Decimal("0.50")),
    "gpt-6.1-terra": Price(Decimal("1.00"), Decimal("0.05"), Decimal("5.00")),
    "gpt-6-sol": Price(Decimal("2.00"), Decimal("0.20"), Decimal("10.00")),
}


def cost(model: str, usage: Usage, *, tier: str | None = None, written: int | None = None) -> Decimal | None:
    """Return USD for the tokens of a model; None for a model or a service tier whose price is not known.

    Args:
        model: Exact name: a dated snapshot of a model has not always had its price (gpt-4o-2024-05-13 cost twice gpt-4o).
        usage: Tokens, as the server counted them or as they could be at worst.
        tier: `service_tier` of the call.
        written: How many tokens of the input were put into the prompt cache; None: all that did not come out of it, the most it can be.
    """
    price, factor = PRICES.get(model), _TIERS.get(tier)
    if price is None or factor is None:
        return None
    cached = min(usage.cached, usage.input)
    fresh = usage.input - cached
    put = fresh if written is None else min(max(written, 0), fresh)
    dollars = price.input * (fresh - put) + price.input * _WRITTEN * put + price.cached * cached + price.output * usage.output
    return factor * dollars / _MILLION
