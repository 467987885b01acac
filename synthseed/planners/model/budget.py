"""Spend no more than is allowed: the worst case of a call is reserved before it, what it really used is booked after it.

A call whose outcome is not known (no answer in time, a body that was cut) may be billed all the same, so its worst case stays
spent. A call that waits for a server's answer blocks part of the budget; one that would fit once it is booked waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from threading import Condition

from synthseed.errors import OverBudget
from synthseed.planners.model.prices import cost
from synthseed.planners.model.request import Usage

_BYTES_PER_TOKEN = 33  # tenths: 3.3 bytes of UTF-8, +2 % on DDL against the tokenizer of gpt-5
_SLACK = 64  # what a chat's frame costs


def tokens(text: str) -> int:
    """Estimate the tokens of a text from its bytes; tokenizers' tables would have to be downloaded."""
    return -(-len(text.encode("utf-8", "replace")) * 10 // _BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Totals:
    """Tell what was spent.

    Attributes:
        requests: Requests that were sent, refused and repeated ones included.
        usage: Tokens that servers reported, or that were estimated from the texts where a server reports none.
        dollars: What they cost; None where the price of the model is not known and anything was used.
        unknown: Requests whose outcome, and so whose price, is not known.
        at_most: Dollars with the worst case of those; None as above.
    """

    requests: int = 0
    usage: Usage = field(default_factory=Usage)
    dollars: Decimal | None = Decimal(0)
    unknown: int = 0
    at_most: Decimal | None = Decimal(0)

    def __sub__(self, before: Totals) -> Totals:
        """Return what was spent since."""
        was, now = before.usage, self.usage
        return Totals(
            requests=self.requests - before.requests,
            usage=Usage(now.input - was.input, now.cached - was.cached, now.output - was.output),
            dollars=_less(self.dollars, before.dollars),
            unknown=self.unknown - before.unknown,
            at_most=_less(self.at_most, before.at_most),
        )


@dataclass(slots=True, eq=False)
class Reservation:
    """Hold the part of a budget that one request may use; it ends by exactly one of its three methods, the first one counts."""

    budget: Budget
    model: str
    tier: str | None
    worst: Usage
    dollars: Decimal | None
    estimated: int
    open: bool = True

    def book(self, usage: Usage, *, written: int | None = None) -> None:
        """Book what the request really used."""
        self.budget._close(self, usage, cost(self.model, usage, tier=self.tier, written=written), known=True)

    def release(self) -> None:
        """Book nothing: the server refused the request, so nothing is billed."""
        self.budget._close(self, Usage(), Decimal(0), known=True)

    def lose(self) -> None:
        """Book the worst case: what became of the request is not known."""
        self.budget._close(self, self.worst, self.dollars, known=False)


@dataclass(slots=True, eq=False)
class Budget:
    """Keep count of dollars, tokens and requests, for calls from several threads.

    Attributes:
        max_cost_usd: Most dollars; None: no limit. It cannot hold for a model whose price is not known.
        max_tokens: Most tokens, input and output together; None: no limit.
        max_requests: Most requests; None: no limit.
    """

    max_cost_usd: Decimal | None = Decimal("1.00")
    max_tokens: int | None = None
    max_requests: int | None = None
    _totals: Totals = field(default_factory=Totals, init=False)
    _spent: int = field(default=0, init=False)
    _reserved: list[Reservation] = field(default_factory=list, init=False)
    _correction: float = field(default=1.0, init=False)
    _changed: Condition = field(default_factory=Condition, init=False)

    def reserve(self, model: str, *, input: int, output: int, tier: str | None = None) -> Reservation:  # noqa: A002
        """Reserve the worst case of one request: estimated tokens of its input, and the limit of its output.

        Raises:
            OverBudget: It could exceed what is allowed.
        """
        with self._changed:
            while True:
                worst = Usage(input=round(input * self._correction), output=output)
                wanted = Reservation(self, model, tier, worst, cost(model, worst, tier=tier), input)
                over = self._over(wanted, self._reserved)
                if over is None:
                    self._reserved.append(wanted)
                    return wanted
                alone = self._over(wanted, [])
                if alone is not None:
                    raise OverBudget(f"model {model}: {alone}; nothing more is asked. Raise the limit, or plan fewer tables (`tables:`)")
                self._changed.wait()

    @property
    def totals(self) -> Totals:
        """Return what was spent until now, without what is only reserved."""
        with self._changed:
            return self._totals

    def _over(self, wanted: Reservation, others: list[Reservation]) -> str | None:
        """Return which limit the wanted request could exceed, with the arithmetic; None where it fits."""
        requests = self._totals.requests + len(others) + 1
        if self.max_requests is not None and requests > self.max_requests:
            return f"{self._totals.requests} requests were sent and budget.max_requests is {self.max_requests}"
        need = wanted.worst.input + wanted.worst.output
        held = self._spent + sum(other.worst.input + other.worst.output for other in others)
        if self.max_tokens is not None and held + need > self.max_tokens:
            return (
                f"{self._spent:,} tokens are spent and the next request may take {need:,} "
                f"({wanted.worst.input:,} in, {wanted.worst.output:,} out), budget.max_tokens is {self.max_tokens:,}"
            )
        return self._over_dollars(wanted, others)

    def _over_dollars(self, wanted: Reservation, others: list[Reservation]) -> str | None:
        spent = self._totals.at_most
        if self.max_cost_usd is None or wanted.dollars is None or spent is None:
            return None
        if spent + sum((other.dollars or Decimal(0) for other in others), wanted.dollars) <= self.max_cost_usd:
            return None
        return (
            f"${spent:.4f} are spent and the next request may cost ${wanted.dollars:.4f} "
            f"({wanted.worst.input:,} tokens in, {wanted.worst.output:,} out), budget.max_cost_usd is {self.max_cost_usd}"
        )

    def _close(self, reservation: Reservation, usage: Usage, dollars: Decimal | None, *, known: bool) -> None:
        with self._changed:
            if not reservation.open:
                return
            reservation.open = False
            self._reserved.remove(reservation)
            self._spent += usage.input + usage.output
            was = self._totals
            self._totals = Totals(
                requests=was.requests + 1,
                usage=was.usage + usage if known else was.usage,
                dollars=_sum(was.dollars, dollars) if known else was.dollars,
                unknown=was.unknown + (not known),
                at_most=_sum(was.at_most, dollars),
            )
            if known and usage.input and reservation.estimated:
                # Estimates may only grow: a reservation that is too small breaks a promise, one that is too large delays a call.
                self._correction = min(max(self._correction, usage.input / reservation.estimated), 4.0)
            self._changed.notify_all()


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one - other


def estimated_input(*texts: str) -> int:
    """Estimate the tokens of a request that sends these texts."""
    return sum(map(tokens, texts)) + _SLACK
