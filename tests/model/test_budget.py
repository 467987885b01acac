"""A budget is never exceeded, whatever becomes of the requests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Thread

import pytest

from synthseed.errors import OverBudget
from synthseed.planners.model.budget import Budget
from synthseed.planners.model.prices import PRICES, cost
from synthseed.planners.model.request import Usage

MILLION = 1_000_000


@pytest.mark.parametrize("model", PRICES)
def test_a_price_is_per_million_tokens_and_flex_halves_it(model):
    price = PRICES[model]
    whole = cost(model, Usage(2 * MILLION, MILLION, MILLION), written=0)

    assert whole == price.input + price.cached + price.output
    assert cost(model, Usage(2 * MILLION, MILLION, MILLION), written=0, tier="flex") == whole / 2


def test_what_is_written_to_the_prompt_cache_costs_a_quarter_more():
    assert cost("gpt-6.1-terra", Usage(MILLION), written=MILLION) == Decimal("1.25")
    assert cost("gpt-6.1-terra", Usage(MILLION), written=400_000) == Decimal("1.10")
    assert cost("gpt-6.1-terra", Usage(MILLION)) == Decimal("1.25")


@pytest.mark.parametrize(("model", "tier"), [("gpt-6.1-terra-2026-09-01", None), ("llama", None), ("gpt-6-sol", "priority")])
def test_a_price_that_is_not_known_is_not_guessed(model, tier):
    assert cost(model, Usage(MILLION, 0, MILLION), tier=tier) is None


def test_the_caps_on_tokens_and_requests_hold_for_a_model_without_a_price():
    budget = Budget(Decimal("0.01"), max_tokens=1_000, max_requests=2)
    budget.reserve("llama", input=300, output=300).book(Usage(300, 0, 300))

    assert budget.totals.dollars is None
    with pytest.raises(OverBudget, match=r"600 tokens are spent .* may take 600 \(300 in, 300 out\), budget.max_tokens is 1,000"):
        budget.reserve("llama", input=300, output=300)
    budget.reserve("llama", input=100, output=100).release()
    with pytest.raises(OverBudget, match="max_requests is 2"):
        budget.reserve("llama", input=1, output=1)


def test_a_request_whose_outcome_is_not_known_stays_spent():
    budget = Budget(max_tokens=1_000)
    budget.reserve("gpt-6-sol", input=300, output=300).lose()

    assert (budget.totals.unknown, budget.totals.dollars, budget.totals.usage) == (1, Decimal(0), Usage())
    assert budget.totals.at_most == cost("gpt-6-sol", Usage(300, 0, 300))
    with pytest.raises(OverBudget, match="600 tokens are spent"):
        budget.reserve("gpt-6-sol", input=300, output=300)


def test_a_reservation_ends_once():
    budget = Budget()
    reserved = budget.reserve("gpt-6-sol", input=300, output=300)
    reserved.book(Usage(10, 0, 10))
    reserved.lose()

    assert (budget.totals.requests, budget.totals.unknown, budget.totals.usage) == (1, 0, Usage(10, 0, 10))


def test_estimates_that_were_too_small_grow():
    budget = Budget(max_tokens=1_100)
    budget.reserve("m", input=100, output=100).book(Usage(200, 0, 50))

    with pytest.raises(OverBudget, match=r"may take 900 \(800 in, 100 out\)"):
        budget.reserve("m", input=400, output=100)


def test_a_call_that_fits_after_another_is_booked_waits_for_it():
    budget = Budget(max_tokens=1_000)
    first = budget.reserve("m", input=300, output=300)
    got = []
    thread = Thread(target=lambda: got.append(budget.reserve("m", input=300, output=300)))
    thread.start()
    thread.join(0.05)

    assert got == []
    first.book(Usage(300, 0, 50))
    thread.join(5)
    assert len(got) == 1


def test_many_threads_never_exceed_a_budget():
    budget = Budget(max_tokens=10_000)

    def ask(_):
        try:
            budget.reserve("m", input=100, output=900).book(Usage(100, 0, 500))
        except OverBudget:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        sent = sum(pool.map(ask, range(40)))

    assert budget.totals.usage.input + budget.totals.usage.output == 600 * sent <= 10_000
    assert sent == 16  # the 17th could take 9,600 + 1,000
