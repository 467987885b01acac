"""Tell which rows by hand a fill leaves out, because other rows stand in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthseed.editions import Ledger
    from synthseed.plan import Plan


def left_out(plan: Plan, ledger: Ledger, plans: Mapping[str, Plan]) -> Iterator[str]:
    """Yield a sentence per table whose first rows were written before the plan gave them by hand, or otherwise.

    Args:
        plan: The plan in use.
        ledger: What stands.
        plans: The plans that it was made with, by fingerprint.
    """
    for key, table in plan.tables.items():
        stood, others = 0, []
        for edition in ledger.editions:
            end = stood + edition.rows.get(key, 0)
            made = plans[edition.plan].tables.get(key) if edition.plan in plans else None
            known = dict(enumerate(made.fixed if made else ()))
            others += [number for number in range(stood, min(end, len(table.fixed))) if known.get(number) != table.fixed[number]]
            stood = end
        if others:
            listed = ", ".join(str(number + 1) for number in others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
            what = f"row {listed} of `rows` is" if len(others) == 1 else f"rows {listed} of `rows` are"
            yield f"{key}: {what} not written, other rows stand in their place: they come with --truncate"
