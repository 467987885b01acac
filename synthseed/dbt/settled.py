"""Settle the type of every source column: the strongest word on it, the type of its join partners, else its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from synthseed.dbt.facts import ColumnFacts, Strength, TypeFact
from synthseed.dbt.rows import Cell
from synthseed.dbt.types import NUMBERS, TIMES, by_name, kind_of, sql_of


@dataclass(frozen=True, slots=True)
class Settled:
    """Hold a column's type: its kind and SQL, what its text is read as (where it is text), and where that is known from."""

    kind: str
    sql: str
    where: str
    strength: Strength
    parsed: str = ""


def settle(
    cells: Iterable[Cell],
    columns: Mapping[Cell, ColumnFacts],
    domains: Iterable[frozenset[Cell]],
    adapter: str,
    names: Mapping[Cell, str] | None = None,
) -> dict[Cell, Settled]:
    """Return the type of each cell; the cells of one key domain have one type. `names` are the columns as they are spelled."""
    own = {cell: _own((names or {}).get(cell, cell.column), columns.get(cell) or ColumnFacts(), adapter) for cell in cells}
    for domain in domains:
        members = [cell for cell in domain if cell in own]
        best = max(members, key=lambda cell: (own[cell].strength, own[cell].kind != "text", cell.column), default=None)
        if best is None:
            continue
        for cell in members:
            if own[cell].kind != own[best].kind and own[cell].strength < max(own[best].strength, Strength.DECLARED):
                where = f"joined with {best.relation.split('.', 2)[-1]}.{best.column}: {own[best].where}"
                strength = max(Strength.PARTNER, Strength.PARTNER if own[best].strength > Strength.NAME else Strength.NAME)
                own[cell] = Settled(own[best].kind, own[best].sql, where, strength)
    return own


def whole(types: Mapping[Cell, Settled], keys: Iterable[frozenset[Cell]], adapter: str) -> dict[Cell, Settled]:
    """Return the keys that are numbers as whole ones, unless somebody declared them otherwise."""
    cells = {cell for domain in keys for cell in domain if cell in types}
    found = {cell: types[cell] for cell in cells if types[cell].kind in NUMBERS - {"integer"} and types[cell].strength < Strength.DECLARED}
    return {cell: replace(one, kind="integer", sql=sql_of("integer", adapter), where=f"a key, {one.where}") for cell, one in found.items()}


def _own(name: str, facts: ColumnFacts, adapter: str) -> Settled:
    best = max((fact.strength for fact in facts.types), default=Strength.NAME)
    strongest = [fact for fact in facts.types if fact.strength is best]
    if best >= Strength.PRINTED:
        fact = strongest[-1]
        sql = fact.sql if best is Strength.WAREHOUSE and fact.sql else sql_of(fact.kind, adapter, fact.sql)
        return Settled(fact.kind, sql, fact.where, best, _parsed(fact.kind, facts))
    read = [fact for fact in facts.types if fact.strength in (Strength.USE, Strength.CAST)]
    texts = [fact for fact in read if fact.kind == "text"]
    if texts and (len(texts) == len(read) or any(fact.kind != "text" for fact in read)):
        return Settled("text", sql_of("text", adapter), texts[0].where, texts[0].strength, _parsed("text", facts))
    if not strongest:
        kind = by_name(name)
        return Settled(kind, sql_of(kind, adapter), "its name", Strength.NAME)
    fact = _chosen(name, strongest)
    return Settled(fact.kind, sql_of(fact.kind, adapter, fact.sql), fact.where, fact.strength, _parsed(fact.kind, facts))


def _chosen(name: str, strongest: list[TypeFact]) -> TypeFact:
    kinds = {fact.kind for fact in strongest}
    named = by_name(name)
    if "json" in kinds:
        return _first(strongest, "json")
    if kinds <= TIMES and len(kinds) > 1:
        wide = "timestamptz" if "timestamptz" in kinds else "timestamp"
        return _first(strongest, wide if wide in kinds else next(iter(kinds)))
    if kinds == {"timestamp"} and named == "date" and strongest[0].strength < Strength.CAST:
        return TypeFact("date", strongest[0].strength, strongest[0].where)
    if kinds <= NUMBERS and strongest[0].strength < Strength.CAST and named in NUMBERS:
        return TypeFact("numeric" if "numeric" in kinds and named == "numeric" else named, strongest[0].strength, strongest[0].where)
    if kinds <= NUMBERS and len(kinds) > 1:
        return _first(strongest, "numeric" if "numeric" in kinds else "float")
    if len(kinds) > 1 and "text" in kinds:
        return _first(strongest, "text")
    return strongest[0]


def _first(facts: list[TypeFact], kind: str) -> TypeFact:
    return next(fact for fact in facts if fact.kind == kind)


def _parsed(kind: str, facts: ColumnFacts) -> str:
    """Return what a text is read as by the models: it must then hold text that reads so."""
    if kind != "text":
        return ""
    kinds = [fact.kind for fact in facts.parsed if fact.kind != "text"]
    order = ("json", "uuid", "boolean", "integer", "date", "timestamp", "timestamptz", "numeric", "float")
    return next((one for one in order if one in kinds), "")


__all__ = ["Settled", "kind_of", "settle", "whole"]
