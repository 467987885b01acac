"""Write what an attribute holds under its name, and what a document holds under its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from synthseed.dbt.described import Described
from synthseed.dbt.drafts import Draft, place, spelled, values_of
from synthseed.dbt.facts import Facts, Pivoted
from synthseed.dbt.types import NUMBERS, TIMES, by_name
from synthseed.plan import Choice, Gen, Json, Number, Override, Quantiles, Tier

KEY = "key "  # before a type: no two documents hold the same


@dataclass(frozen=True)
class Attributes:
    """Plan the tables whose rows are attributes: a name, and a value of that name's own kind."""

    facts: Facts
    described: Described
    drafts: Mapping[str, Draft]

    def pivots(self) -> None:
        """Let the value of an attribute be of the attribute's own kind."""
        for pivot in self.facts.pivots:
            found, named = place(pivot.value, self.described, self.drafts), self._named(pivot)
            if found is None or not named or self.described.types[pivot.value].kind != "text":
                continue
            quoted = "'" + pivot.literal.replace("'", "''") + "'"
            when = f"{named} = {quoted}"
            gen = self._key(pivot) or attribute(pivot)
            one = isinstance(gen, Choice) and not pivot.accepted and [len(tier.values) for tier in gen.tiers] == [1]
            if gen is not None:
                found[0].overrides.append(Override(found[1], f"{when} and row_number() % 5 <> 0" if one else when, gen))
            if isinstance(gen, Json):
                sometimes(found[0], found[1], when, dict(pivot.paths))

    def _named(self, pivot: Pivoted) -> str:
        """Return the column of the name as the value's row reads it: its own, or that of the row which its only key there leads to."""
        name, own = self.described.names.get(pivot.name), self.described.tables.get(pivot.value.relation)
        if name is None or own is None or pivot.name.relation == pivot.value.relation:
            return spelled(name) if name is not None else ""
        other = self.described.tables.get(pivot.name.relation)
        keys = [key for key in self.described.schema.table(own).foreign_keys if key.parent == other and len(key.columns) == 1]
        return f"{spelled(keys[0].columns[0])}.{spelled(name)}" if len(keys) == 1 else ""

    def dense(self) -> None:
        """Let some parents of attributes have many: rows that follow one another under one name are of those."""
        names: dict[str, set[str]] = {}
        for pivot in self.facts.pivots:
            names.setdefault(self.described.tables.get(pivot.value.relation, ""), set()).add(pivot.literal)
        for key, found in names.items():
            if key in self.drafts and len(found) > 1:
                self._skewed(self.drafts[key])

    def _skewed(self, draft: Draft) -> None:
        table = self.described.schema.table(draft.plan.table)
        for at, key in enumerate(draft.fks):
            parent = self.drafts.get(table.foreign_key(key.columns).parent) if key.mode == "driver" else None
            if parent is None or key.fanout is None or key.fanout.min > 0:
                continue
            mean = Decimal(draft.plan.rows) / max(parent.plan.rows, 1)
            few, some, many, most = (Decimal(int(mean * times)) for times in (Decimal("0.25"), Decimal(1), Decimal(4), Decimal(12)))
            draft.fks[at] = replace(key, fanout=Quantiles(Decimal(0), Decimal(0), few, some, many, max(most, key.fanout.max)))

    def _key(self, pivot: Pivoted) -> Gen | None:
        """Return the keys that an attribute holds, where these are numbers from 1 on; values of one name in two tables hold the same."""
        same = [one.key for one in self.facts.pivots if (one.name, one.literal) == (pivot.name, pivot.literal) and one.key is not None]
        key = pivot.key or next(iter(same if pivot.kind == "text" and not pivot.seen else ()), None)
        found = place(key, self.described, self.drafts) if key is not None and not pivot.accepted else None
        if found is None or key is None or self.described.types[key].kind != "integer":
            return None
        parts = (Decimal(max(found[0].plan.rows * part // 100, 1)) for part in (0, 25, 50, 75, 95, 100))
        return Number(Quantiles(*parts))


def sometimes(draft: Draft, name: str, when: str, paths: Mapping[str, str]) -> None:
    """Let what a document says yes or no of be no in two rows of five: the names that models look for are in two of three."""
    if "boolean" in paths.values():
        some = "row_number() % 5 < 2"
        draft.overrides.append(Override(name, f"{when} and {some}" if when else some, Json(document(paths, "false"))))


def attribute(pivot: Pivoted) -> Gen | None:
    """Return what an attribute holds: the values that it may have, the document that it is, or texts that read as its kind."""
    values = pivot.accepted or (pivot.seen if pivot.kind == "text" else ())
    if values:
        return Choice((Tier(Decimal(100), values),))
    if pivot.kind == "json":
        return Json(document(dict(pivot.paths))) if pivot.paths else None
    return values_of(pivot.kind)


def document(paths: Mapping[str, str], flag: str = "true") -> str:
    """Return the text of a document with a value at each dotted path; those that are yes or no are `flag`."""
    inner: dict[str, dict[str, str]] = {}
    for path, kind in paths.items():
        head, _, rest = path.partition(".")
        inner.setdefault(head, {})[rest] = kind
    parts = []
    for head, below in inner.items():
        nested = {path: kind for path, kind in below.items() if path and not path.isdigit()}
        parts.append(f'"{head}": {document(nested, flag) if nested else _json_value(head, next(iter(below.values())), flag)}')
    return "{" + ", ".join(parts) + "}"


def distinct(paths: dict[str, str], path: str) -> bool:
    """Let no two documents hold the same under a path; return whether that is new."""
    kind = paths.get(path, "text")
    paths[path] = kind if kind.startswith(KEY) else KEY + kind
    return not kind.startswith(KEY)


def _json_value(key: str, kind: str, flag: str) -> str:
    if kind.startswith(KEY):
        inner = kind.removeprefix(KEY)
        return '"{seq}"' if (by_name(key) if inner == "text" else inner) in NUMBERS else f'"{key}-{{seq}}"'
    kind = by_name(key) if kind == "text" else kind
    if kind in NUMBERS:
        return '"{int:1-400}"'
    if kind == "boolean":
        return flag
    if kind in TIMES:
        return '"2026-0{int:1-9}-1{int:0-9}"'
    return f'"{key}-{{int:1-40}}"'
