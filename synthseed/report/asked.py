"""Hold what a model was sent and what it cost, as frozen data and as the lines that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """Say what one request sent.

    Attributes:
        name: `plan`, `plan 2 of 3`, `repair 1`.
        sha256: Digest of the texts that were sent, hexadecimal.
        how: How it was answered: `responses schema`, `chat text`, `cache` (then nothing was sent), `cut at its limit`.
    """

    name: str
    sha256: str
    how: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Say what asking a model took.

    Attributes:
        model: Name of the model and the host that was asked.
        calls: One per request, and per reply out of the cache.
        requests: Requests that were sent, repeated ones included.
        input: Tokens sent; `cached` of them were in the server's prompt cache.
        output: Tokens received, reasoning included.
        dollars: What it cost; None where the model's price is not known.
        fallbacks: Columns, keys and tables that were planned offline, with the reason.
        fixes: What was corrected in the replies.
    """

    model: str
    calls: tuple[Call, ...] = ()
    requests: int = 0
    input: int = 0
    cached: int = 0
    output: int = 0
    dollars: Decimal | None = None
    fallbacks: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()

    def __add__(self, other: Asked) -> Asked:
        """Return what two conversations took together."""
        dollars = None if self.dollars is None or other.dollars is None else self.dollars + other.dollars
        return Asked(
            self.model,
            (*self.calls, *other.calls),
            self.requests + other.requests,
            self.input + other.input,
            self.cached + other.cached,
            self.output + other.output,
            dollars,
            (*self.fallbacks, *other.fallbacks),
            (*self.fixes, *other.fixes),
        )

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "model": self.model,
            "calls": [{"name": call.name, "sha256": call.sha256, "how": call.how} for call in self.calls],
            "requests": self.requests,
            "tokens": {"input": self.input, "cached": self.cached, "output": self.output},
            "cost_usd": None if self.dollars is None else float(self.dollars),
            "fallbacks": list(self.fallbacks),
            "fixes": list(self.fixes),
        }

    def lines(self) -> list[str]:
        """Return what a person reads: one line on the whole, one per call."""
        if not self.requests:
            head = f"{self.model}: the replies were kept from an earlier run; nothing was sent"
        else:
            many = "1 request" if self.requests == 1 else f"{self.requests} requests"
            tokens = f"{self.input:,} tokens in ({self.cached:,} cached), {self.output:,} out"
            head = f"{self.model}: {many}, {tokens}, {money(self.dollars)}"
        return [head, *(f"  {call.name}: {call.how}; sent sha256 {call.sha256}" for call in self.calls if call.how != "cache")]


def money(dollars: Decimal | None) -> str:
    """Return dollars as a person writes them; small ones to a hundredth of a cent."""
    if dollars is None:
        return "cost not known (the model is not in the price table)"
    return f"${dollars:.2f}" if dollars >= 1 else f"${dollars:.4f}"
