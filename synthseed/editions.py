"""Record how a database was filled: one edition a fill, and the ledger that stacks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Found:
    """Say which rows of a table stood before an edition: how many keys, and the digest of them all, sorted."""

    count: int
    digest: str


@dataclass(frozen=True)
class Edition:
    """Record one fill.

    Attributes:
        number: 1, 2, 3, ...
        rows: Rows gained per table.
        as_of: Microseconds since 1970, UTC: the moment that its rows are told from.
        plan: Fingerprint of the plan that made it; the text is in `Ledger.plans`.
        first_key: First value given out by a counted key, per table.
        found: Keys found standing, per table.
        engine: `plan.ENGINE` of the tool that made it.
    """

    number: int
    rows: Mapping[str, int]
    as_of: int = 0
    plan: str = ""
    first_key: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, Found] = field(default_factory=dict)
    engine: int = 1


@dataclass(frozen=True)
class Ledger:
    """Stack the editions of a database, and keep each plan that one of them was made with, as YAML text."""

    editions: tuple[Edition, ...] = ()
    plans: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0

    @cached_property
    def rows(self) -> dict[str, int]:
        """Return the rows that are ours, per table."""
        total: dict[str, int] = {}
        for edition in self.editions:
            for table, rows in edition.rows.items():
                total[table] = total.get(table, 0) + rows
        return total
