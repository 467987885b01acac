"""Keep what CHECKs say of NULL: columns that are there together, only under a condition, or one at a time."""

from __future__ import annotations

from decimal import Decimal

from synthseed.constraints.checks import facts
from synthseed.constraints.facts import Fact, Implies, NonNulls, NullTogether
from synthseed.expression_nodes import Literal, Unary, quoted, unparse
from synthseed.plan import Null, Override
from synthseed.planners.offline.draft import Draft, covered


def ruled(draft: Draft) -> frozenset[str]:
    """Return the columns whose being there a CHECK decides: states leave them alone."""
    found: set[str] = set()
    for fact in _facts(draft):
        match fact:
            case Implies(_, column):
                found.add(column)
            case NullTogether(columns) | NonNulls(columns):
                found.update(columns)
            case _:
                pass
    return frozenset(found)


def plan_presence(draft: Draft) -> None:
    """Write what CHECKs say of NULL as shares and overrides."""
    for fact in _facts(draft):
        match fact:
            case Implies():
                _implied(draft, fact)
            case NullTogether(columns):
                _together(draft, columns)
            case NonNulls(columns, low, high):
                _counted(draft, columns, low, high)
            case _:
                pass


def _facts(draft: Draft) -> tuple[Fact, ...]:
    return facts(draft.table, draft.schema.dialect)


def _implied(draft: Draft, fact: Implies) -> None:
    """Empty a column where a condition holds, or everywhere but there."""
    column = fact.column
    if column in covered(draft.table) or column not in draft.columns:
        return
    if isinstance(fact.when, Literal):
        if fact.null:
            draft.put(draft.table.column(column), Null(), "a CHECK rules out a value")
        return
    if fact.null:
        draft.overrides.append(Override(column, unparse(fact.when), Null()))
    elif fact.only:
        draft.overrides.append(Override(column, unparse(Unary("not", fact.when)), Null()))
    if not fact.null or fact.only:
        draft.nulls.pop(column, None)


def _together(draft: Draft, columns: tuple[str, ...]) -> None:
    """Let the other columns follow the first one, a foreign key before all."""
    keys = covered(draft.table)
    first, *others = sorted(columns, key=lambda name: (name not in keys, columns.index(name)))
    if any(name in keys for name in others):
        for name in columns:
            draft.nulls.pop(name, None)
        return
    for name in others:
        draft.nulls.pop(name, None)
        if first in draft.nulls and name in draft.columns:
            draft.overrides.append(Override(name, f"{quoted(first)} is null", Null()))


def _counted(draft: Draft, columns: tuple[str, ...], low: int, high: int) -> None:
    """Fill as many of the columns as must be there, the first ones; the others stay empty."""
    nullable = [name for name in columns if draft.table.column(name).nullable]
    there = max(low - (len(columns) - len(nullable)), min(1, high))
    for at, name in enumerate(nullable):
        draft.nulls.pop(name, None)
        if at < there:
            continue
        if high < len(columns):
            draft.nulls[name] = Decimal(100)
