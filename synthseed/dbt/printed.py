"""Read the columns that a package prints as `cast(null as T) as column` where its source is not there.

The SELECT reads nothing then, so each of its columns is taken for the source's of that name: what later models do with it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from synthseed.dbt.facts import Facts, Strength, TypeFact
from synthseed.dbt.rows import Cell, Query, Row, Tree, Value, value_of
from synthseed.dbt.types import by_name, kind_of


def print_of_source(outputs: Iterable[Tree], query: Query, columns: dict[str, Value], aliases: Mapping[str, str]) -> None:
    """Let the columns of a SELECT be its source's, where all that it selects are typed NULLs and constants.

    `aliases` are the source's names of columns that the package lists under others.
    """
    from sqlglot import exp

    found = {}
    for one in outputs:
        inner = one.this if isinstance(one, exp.Alias) else one
        if isinstance(inner, exp.Cast) and isinstance(inner.this, exp.Null):
            found[one.alias_or_name.lower()] = inner.args["to"].sql().lower()
        elif inner.find(exp.Column, exp.Star) is not None:
            return
    if len(query.items) != 1:
        return
    alias, row = next(iter(query.items.items()))
    there = _behind(row)
    for name, sql in found.items() if there is not None else ():
        own = aliases.get(name, name)
        value = there.get(own) if there is not None and not name.startswith("_dbt") else None
        if value is not None:
            columns[name] = query.aliases[name] = value
            query.plain[name] = (alias, own)
            query.printed[name] = sql


def printed(queries: list[Query], facts: Facts, name: Callable[[str], str]) -> None:
    """Add the types that are printed; `name` names a model in a fact's `where`."""
    for query in queries:
        for column, sql in query.printed.items():
            cell, kind = query.aliases[column].cell, kind_of(sql)
            if cell is not None and kind is not None:
                where = f"model {name(query.node)} prints it where the source is missing"
                facts.columns[Cell(cell.relation, cell.column)].types.append(TypeFact(kind, Strength.PRINTED, where, sql))


def renamed(queries: list[Query], facts: Facts) -> None:
    """Let a column that is read `x as y`, where a package printed `y` while its source was missing, have the type that was printed."""
    from sqlglot import exp

    for one in (one for query in queries for one in query.outputs):
        alias = one.parent.alias.lower() if isinstance(one.parent, exp.Alias) else ""
        cell = value_of(one).cell if alias and isinstance(one, exp.Column) else None
        before = facts.columns.get(Cell(cell.relation, alias)) if cell is not None and cell.column != alias else None
        told = [fact for fact in before.types if fact.strength is Strength.PRINTED] if before is not None else []
        if cell is not None and told:
            facts.columns[cell].types.append(told[-1])
            facts.renamed.add(Cell(cell.relation, alias))


def called(queries: list[Query], facts: Facts, name: Callable[[str], str]) -> None:
    """Add the type that a column's name in a model tells, where its own tells none: `perishable as is_perishable`."""
    for query in queries:
        for alias, value in query.aliases.items():
            cell = value.cell
            kind = by_name(alias)
            if cell is None or alias == cell.column or kind not in ("boolean", "timestamp", "date") or by_name(cell.column) != "text":
                continue
            facts.columns[cell].types.append(TypeFact(kind, Strength.PARTNER, f"model {name(query.node)} calls it {alias}"))


def _behind(row: Row) -> Row | None:
    """Return the source's row that a row passes on, where it passes on just one and nothing else."""
    for _ in range(20):
        if row.relation:
            return row
        if row.query is None or len(row.query.items) != 1 or [name for name in row.columns if not name.startswith("_dbt")]:
            return None
        row = next(iter(row.query.items.values()))
    return None
