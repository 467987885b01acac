"""Know what the vocabularies of a table's plan are called: slots, joint tables and helper columns, and who reads them.

Two plans of one table (of two replies, or a model's and the offline planner's) may call different things alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import count
from typing import Any

from synthseed.plan import After, Expr, Gen, Joint, Json, SameAs, TablePlan, Template, Tier
from synthseed.plan_fit import TOKEN

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
QUOTED = re.compile(r"('(?:[^']|'')*')")
WORD = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(\.?)")
INNER = re.compile(r"(col:)?([A-Za-z_]\w*)(\.?)(.*)", re.DOTALL)


def words(values: Collection[Any]) -> set[str]:
    """Return every word in the texts of generators: among them all names that they read."""
    found: set[str] = set()
    todo: list[Any] = list(values)
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            found.update(NAME.findall(value))
        elif isinstance(value, tuple | list):
            todo += value
        elif is_dataclass(value):
            todo += [getattr(value, item.name) for item in fields(value)]
    return found


def apart(new: TablePlan, old: TablePlan) -> TablePlan:
    """Return a plan whose slots, joint tables and helpers are called what means nothing else in another plan of the table.

    What is the same in both plans, down to what it reads, keeps its name.
    """
    here, there = _parts(new), _parts(old)
    names: dict[str, str] = {}
    size = -1
    while len(names) != size:
        size = len(names)
        for name, part in here.items():
            if name not in names and name in there and (part != there[name] or not words(part).isdisjoint(names)):
                used = {*here, *names.values(), *new.by_column, *(old.by_column.keys() - there.keys())}
                names[name] = next(free for at in count(2) if (free := f"{name}_{at}") not in used and there.get(free, part) == part)
    return _Renaming(names, new).table() if names else new


def _parts(plan: TablePlan) -> dict[str, tuple[Any, ...]]:
    """Return what each name of a plan stands for."""
    found: dict[str, tuple[Any, ...]] = {}
    for name, part in (
        *((slot.name, slot.tiers) for slot in plan.slots),
        *((joint.name, (joint.fields, joint.rows)) for joint in plan.joints),
        *((one.column, one.gen) for one in plan.columns if one.column.startswith("_")),
    ):
        found[name] = (*found.get(name, ()), part)
    return found


@dataclass(frozen=True, slots=True)
class _Renaming:
    """Rename slots, joint tables and helpers of a plan wherever they are read."""

    names: Mapping[str, str]
    plan: TablePlan

    def table(self) -> TablePlan:
        plan = self.plan
        return replace(
            plan,
            slots=tuple(replace(one, name=self._own(one.name), tiers=self._tiers(one.tiers)) for one in plan.slots),
            joints=tuple(replace(one, name=self._own(one.name)) for one in plan.joints),
            columns=tuple(replace(one, column=self._helper(one.column), gen=self._gen(one.gen)) for one in plan.columns),
            overrides=tuple(
                replace(one, column=self._helper(one.column), when=self._expression(one.when), gen=self._gen(one.gen))
                for one in plan.overrides
            ),
            follow=tuple(replace(one, column=self._helper(one.column), ref=self._expression(one.ref)) for one in plan.follow),
            rules=tuple(map(self._expression, plan.rules)),
        )

    def _own(self, name: str) -> str:
        return self.names.get(name, name)

    def _helper(self, name: str) -> str:
        return self._own(name) if name.startswith("_") else name

    def _gen(self, gen: Gen) -> Gen:
        match gen:
            case Joint():
                return replace(gen, set=self._own(gen.set))
            case Template():
                return replace(gen, tiers=self._tiers(gen.tiers))
            case Json():
                return replace(gen, template=self._tokens(gen.template))
            case Expr():
                return replace(gen, expr=self._expression(gen.expr))
            case After():
                return replace(gen, ref=self._expression(gen.ref))
            case SameAs():
                return replace(gen, ref=self._helper(gen.ref))
            case _:
                return gen

    def _tiers(self, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        return tuple(replace(tier, values=tuple(map(self._tokens, tier.values))) for tier in tiers)

    def _tokens(self, text: str) -> str:
        """Return a template with `{slot}`, `{set.field}`, `{_helper}` and `{col:_helper}` renamed."""
        slots = {slot.name for slot in self.plan.slots}

        def token(found: re.Match[str]) -> str:
            inner = INNER.fullmatch(found[1] or "")
            if inner is None:
                return found[0]
            column, name, dot, rest = inner[1] or "", inner[2], inner[3], inner[4]
            known = self._is_set(name) if dot else name.startswith("_") or (not column and name in slots)
            return f"{{{column}{self._own(name) if known else name}{dot}{rest}}}"

        return TOKEN.sub(token, text)

    def _expression(self, text: str) -> str:
        """Return an expression, or a reference, with `set.field` and `_helper` renamed, but for what stands in quotes."""

        def word(found: re.Match[str]) -> str:
            known = self._is_set(found[1]) if found[2] else found[1].startswith("_")
            return f"{self._own(found[1]) if known else found[1]}{found[2]}"

        return "".join(part if part.startswith("'") else WORD.sub(word, part) for part in QUOTED.split(text))

    def _is_set(self, name: str) -> bool:
        return any(joint.name == name for joint in self.plan.joints) and name not in self.plan.by_key
