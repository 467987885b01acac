"""Hold a table's plan while a dbt project's needs change it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from synthseed.dbt.described import Described
from synthseed.dbt.rows import Cell
from synthseed.dbt.types import TIMES
from synthseed.plan import Choice, ColumnPlan, Gen, KeyPlan, Moment, Number, Override, Quantiles, TablePlan, Tier


@dataclass
class Draft:
    """Hold a table's plan while it is changed."""

    plan: TablePlan
    columns: dict[str, ColumnPlan] = field(init=False)
    nulls: dict[str, Decimal] = field(init=False)
    overrides: list[Override] = field(init=False)
    fks: list[KeyPlan] = field(init=False)
    fixed: list[Mapping[str, str | None]] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = dict(self.plan.by_column)
        self.nulls = dict(self.plan.nulls)
        self.overrides = list(self.plan.overrides)
        self.fks = list(self.plan.fks)
        self.fixed = list(self.plan.fixed)

    def put(self, name: str, gen: Gen, note: str) -> None:
        """Plan a column otherwise; one that a person planned stays."""
        there = self.columns.get(name)
        if there is None or not (there.locked or there.source == "user"):
            self.columns[name] = ColumnPlan(name, gen, note=note)

    def done(self) -> TablePlan:
        """Return the plan as it is now."""
        kept = {name: share for name, share in self.nulls.items() if share > 0}
        return replace(
            self.plan,
            columns=tuple(self.columns.values()),
            nulls=kept,
            overrides=tuple(self.overrides),
            fks=tuple(self.fks),
            fixed=tuple(self.fixed),
        )


def place(cell: Cell, described: Described, drafts: Mapping[str, Draft]) -> tuple[Draft, str] | None:
    """Return the draft and the name of a column; None where it is not planned or not filled."""
    key, name = described.tables.get(cell.relation), described.names.get(cell)
    draft = drafts.get(key) if key else None
    return (draft, name) if draft is not None and name else None


# ---------------------------------------------------------------------------------------------- texts
def values_of(kind: str) -> Gen | None:
    """Return a generator of texts that read as a kind."""
    q = Quantiles(*(Decimal(text) for text in ("1", "20", "60", "140", "400", "900")))
    if kind == "integer":
        return Number(q)
    if kind in ("numeric", "float"):
        return Number(q, Decimal("0.01"))
    if kind == "boolean":
        return Choice((Tier(Decimal(70), ("true",)), Tier(Decimal(30), ("false",))))
    return Moment("-2y", "") if kind in TIMES else None


def helper_of(name: str) -> str:
    """Return the name of the helper that holds the moment of a text."""
    return f"_{re.sub(r'[^A-Za-z0-9]', '_', name).lower()}_moment"


def spelled(name: str) -> str:
    """Return a column as an expression of a plan names it."""
    return name if name.replace("_", "a").isalnum() and name[0] not in "0123456789" and name == name.lower() else quoted(name)


def quoted(name: str) -> str:
    """Return a name in quotes."""
    return '"' + name.replace('"', '""') + '"'
