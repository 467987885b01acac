"""Plan money that adds up: totals over children, and the portions that taxes and fees are of a subtotal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from synthseed.dbt import identities
from synthseed.dbt.described import Described
from synthseed.dbt.drafts import Draft, helper_of, place, quoted, spelled, values_of
from synthseed.dbt.facts import Facts, Sum
from synthseed.dbt.rows import Cell
from synthseed.dbt.types import NUMBERS
from synthseed.plan import ColumnPlan, Expr, KeyPlan, Null, Number, Quantiles, SameAs, Template, Tier
from synthseed.plan_parts import words

PORTION = re.compile(r"(^|_)(tax|taxes|vat|gst|fee|fees|tip|tips|surcharge|commission)(_|$)")
RATES = ("0.02", "0.04", "0.06", "0.08", "0.1", "0.12")


@dataclass
class Totals:
    """Change the drafts of a project's sources."""

    facts: Facts
    described: Described
    drafts: Mapping[str, Draft]

    def sums(self) -> None:
        """Let totals be the sums of their children."""
        done: set[Cell] = set()
        for one in self.facts.sums:
            if one.total not in done and self._sum(one):
                done.add(one.total)

    def _sum(self, one: Sum) -> bool:
        total, child = place(one.total, self.described, self.drafts), self.described.tables.get(one.key.relation)
        key = self.described.names.get(one.key)
        if total is None or child is None or key is None or child not in self.drafts:
            return False
        draft, name = total
        items = self.drafts[child]
        term = self._term(one, items)
        if term is None:
            return False
        items.fks = [_driver(fk) if fk.columns == key else _picked(fk) for fk in items.fks]
        text = f"coalesce(sum({quoted(child)}.{spelled(term)}), 0)"
        text = text if one.factor == 1 else f"round({text} * {format(one.factor.normalize(), 'f')}, 2)"
        self._free(draft, name)
        draft.columns[name] = ColumnPlan(name, Expr(text), note=f"the sum of its {child}: {one.where}")
        draft.nulls.pop(name, None)
        return True

    def _term(self, one: Sum, items: Draft) -> str | None:
        """Return the children's column that is summed; a helper where it is a product, or their own parent's."""
        name = self.described.names.get(one.term)
        if name is None:
            return None
        if one.via is not None:
            via = self.described.names.get(one.via)
            parent = place(one.term, self.described, self.drafts)
            if via is None or parent is None:
                return None
            parent[0].nulls.pop(name, None)
            return self._helper(items, f"_{name}", f"coalesce({spelled(via)}.{spelled(name)}, 0)")
        first = self._number(one.term, items)
        if one.times is None or first is None:
            return first
        second = self._number(one.times, items)
        return self._helper(items, f"_{name}_total", f"{spelled(first)} * {spelled(second)}") if second is not None else None

    def _number(self, cell: Cell, items: Draft) -> str | None:
        """Return a children's column as a number that is never NULL; a text gets a helper, which it is written from."""
        name = self.described.names.get(cell)
        if name is None or name not in items.columns:
            return None
        items.nulls.pop(name, None)
        if self.described.types[cell].kind != "text":
            return name
        helper, planned = f"_{name}_number", items.columns[name]
        if helper not in items.columns:
            gen = planned.gen if isinstance(planned.gen, Number) else values_of("numeric")
            items.columns[helper] = replace(planned, column=helper, gen=gen or planned.gen)
            items.put(name, Template((Tier(Decimal(100), (f"{{col:{helper}}}",)),)), planned.note)
        return helper

    @staticmethod
    def _helper(items: Draft, name: str, text: str) -> str:
        items.columns[name] = ColumnPlan(name, Expr(text), note="summed by the parent")
        return name

    def _free(self, draft: Draft, name: str) -> None:
        """Turn an identity around that has the total among what it computes from this column's opposite."""
        for other, column in list(draft.columns.items()):
            gen = column.gen
            if other != name and isinstance(gen, SameAs) and gen.ref == name:
                draft.columns[other] = replace(column, gen=Expr(spelled(name)))

    # ------------------------------------------------------------------------------------------ portions
    def portions(self) -> None:
        """Let a tax or a fee be a portion of what it is added to, `order_total = subtotal + tax_paid`."""
        for rule in self.facts.rules:
            found = identities.solved(rule.text)
            cells = [Cell(rule.relation, name) for name in found[1]] if found is not None else []
            whole = next((cell for cell in cells if not PORTION.search(cell.column)), None)
            for cell in cells if whole is not None else ():
                if whole is not None and PORTION.search(cell.column):
                    self._portion(cell, whole, rule.where)

    def _portion(self, cell: Cell, whole: Cell, where: str) -> None:
        found, of = place(cell, self.described, self.drafts), place(whole, self.described, self.drafts)
        if found is None or of is None or not isinstance(found[0].columns.get(found[1], ColumnPlan("", Null())).gen, Number):
            return
        draft, name = found
        kind, helper = self.described.types[cell].kind, f"_{helper_of(name).strip('_').removesuffix('_moment')}_rate"
        if kind not in NUMBERS or (isinstance(draft.columns[of[1]].gen, Expr) and name in words(draft.columns[of[1]].gen)):
            return
        draft.columns[helper] = ColumnPlan(helper, Number(Quantiles(*map(Decimal, RATES)), Decimal("0.005")), note=f"portion of {of[1]}")
        digits = 0 if kind == "integer" else 2
        draft.put(name, Expr(f"round({spelled(of[1])} * {helper}, {digits})"), f"a portion of {of[1]}: {where}")


def _driver(fk: KeyPlan) -> KeyPlan:
    fanout = fk.fanout or Quantiles(*(Decimal(text) for text in ("1", "1", "2", "3", "6", "12")))
    return KeyPlan(fk.columns, "driver", fanout=fanout, closed=True)


def _picked(fk: KeyPlan) -> KeyPlan:
    return replace(fk, mode="pick", fanout=None, skew="mild", closed=None) if fk.mode == "driver" else fk
