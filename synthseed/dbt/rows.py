"""Describe where the columns of a query come from: cells of sources, expressions over them, and rows that stay open.

A source that nobody documented has a row whose columns are not known: it is open, and a name that is asked of it becomes one of its
columns. So `select *` passes through any number of models, and what the last of them reads is found in the first. sqlglot's
own `qualify` needs the columns beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Tree = Any  # a node of sqlglot's syntax tree; the class above all nodes is not the same in all of its versions


@dataclass(frozen=True, slots=True)
class Cell:
    """Name a column of a source or a seed; the name is in small letters."""

    relation: str
    column: str


@dataclass(frozen=True, eq=False, repr=False, slots=True, weakref_slot=True)
class Value:
    """Say what a column of a row is; exactly one of the first three says it, or nothing is known.

    Attributes:
        cell: A column of a source or seed, unchanged.
        expr: An expression whose columns are bound (see `value_of`).
        branches: One value per branch of a UNION.
        query: The SELECT that the expression stands in.
    """

    cell: Cell | None = None
    expr: Tree = None
    branches: tuple[Value, ...] = ()
    query: Query | None = None


UNKNOWN = Value()
BOUND = "synthseed"  # key in the `meta` of a column of sqlglot
PLACE = "synthseed from"  # likewise: alias of the row that it is a column of, and its name there


def bind(column: Tree, value: Value, place: tuple[str, str] | None = None) -> None:
    """Note what a column of an expression is, and of which of its query's rows."""
    column.meta[BOUND] = value
    if place is not None:
        column.meta[PLACE] = place


def place_of(column: Tree) -> tuple[str, str]:
    """Return alias and name, in its query, of the column that a bound column is; two empty texts where it is none of its query's."""
    found = column.meta.get(PLACE)
    return found if isinstance(found, tuple) else ("", "")


def value_of(column: Tree) -> Value:
    """Return what a column of a bound expression is."""
    found = column.meta.get(BOUND)
    return found if isinstance(found, Value) else UNKNOWN


@dataclass(eq=False, repr=False)
class Query:
    """Hold one SELECT with everything in it bound.

    Attributes:
        node: Id of the model or test that it stands in.
        items: Rows of its FROM and JOINs by alias.
        joins: (side, condition) per join; side is inner, left, right, full or cross.
        conditions: WHERE, HAVING and QUALIFY.
        groups: Expressions of GROUP BY.
        outputs: Every expression that it selects.
        aliases: Its named outputs.
        plain: Alias and name of the column that an output is, where it is just that.
        printed: Type by name of the outputs that a package prints as `cast(null as T)` where its source is not there.
        distinct: True for SELECT DISTINCT, and for a set operation that drops duplicates.
    """

    node: str
    items: dict[str, Row] = field(default_factory=dict)
    joins: list[tuple[str, Tree]] = field(default_factory=list)
    sides: dict[str, str] = field(default_factory=dict)
    conditions: list[Tree] = field(default_factory=list)
    groups: list[Tree] = field(default_factory=list)
    outputs: list[Tree] = field(default_factory=list)
    aliases: dict[str, Value] = field(default_factory=dict)
    plain: dict[str, tuple[str, str]] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    distinct: bool = False


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Tail:
    """Pass on all columns of another row but some; `renamed` gives, by new name, their old ones; `alias` is the row's in its query."""

    row: Row
    without: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    alias: str = ""

    def old(self, name: str) -> str | None:
        """Return the other row's name of a column; None where it is not passed on."""
        if name in self.renamed:
            return self.renamed[name]
        return None if name in self.without else name


@dataclass(eq=False, repr=False, slots=True)
class Row:
    """Hold the columns that are known by name, and behind them the rows that are passed on.

    Attributes:
        make: Makes a column of any name, in a source's row; a row without it and without an open tail is closed.
        query: The SELECT that the row is of.
        parts: Rows of a UNION's branches.
        relation: The source or seed whose row it is.
        places: Names and tails in the order in which they are selected.
        open: Whether there may be columns that nobody named yet.
    """

    columns: dict[str, Value] = field(default_factory=dict)
    tails: tuple[Tail, ...] = ()
    make: Callable[[str], Value] | None = None
    query: Query | None = None
    parts: tuple[Row, ...] = ()
    relation: str = ""
    places: tuple[str | Tail, ...] = ()
    open: bool = field(init=False)
    through: Row = field(init=False)  # the row that this one passes on unchanged, else itself: chains of `select *` stay short

    def __post_init__(self) -> None:
        self.open = self.make is not None or any(tail.row.open for tail in self.tails)
        only = self.tails[0] if len(self.tails) == 1 and not self.columns and not self.parts and self.make is None else None
        self.through = only.row.through if only is not None and not only.without and not only.renamed else self

    def knows(self, name: str) -> bool:
        """Return whether a column of this name is known to be there."""
        return any(asked in row.columns for row, asked in self._behind(name, parts=True))

    def get(self, name: str) -> Value | None:
        """Return a column; in an open row it is made where it is not known. None where there is none."""
        opened: tuple[Row, str] | None = None
        for row, asked in self._behind(name):
            if asked in row.columns:
                return row.columns[asked]
            if row.make is not None and (opened is None or (row.parts and row.knows(asked))):
                opened = row, asked
        if opened is None:
            return None
        row, asked = opened
        if row.make is not None:
            row.columns[asked] = row.make(asked)
        return row.columns[asked]

    def below(self, name: str) -> tuple[str, Row, str] | None:
        """Return alias, row and name of the column of this row's own query that a column is; None where it is computed."""
        if self.query is None:
            return None
        if name in self.columns:
            alias, inner = self.query.plain.get(name, ("", ""))
            return (alias, self.query.items[alias], inner) if alias in self.query.items else None
        found = [(tail, old) for tail in self.tails if (old := tail.old(name)) is not None]
        known = [(tail, old) for tail, old in found if tail.row.knows(old)] or [(tail, old) for tail, old in found if tail.row.open]
        return (known[0][0].alias, known[0][0].row, known[0][1]) if known else None

    def names(self) -> Iterator[str]:
        """Return the names known so far, each once, in order."""
        return iter(self._names({}))

    def _names(self, done: dict[int, dict[str, None]]) -> dict[str, None]:
        if id(self) in done:
            return done[id(self)]
        found: dict[str, None] = {}
        for place in self.places or (*self.columns, *self.tails):
            if isinstance(place, str):
                found[place] = None
                continue
            back = {old: new for new, old in place.renamed.items()}
            for name in place.row.through._names(done):
                new = back.get(name, name)
                if place.old(new) == name:
                    found[new] = None
        found.update(dict.fromkeys(self.columns))
        done[id(self)] = found
        return found

    def _behind(self, name: str, *, parts: bool = False) -> Iterator[tuple[Row, str]]:
        """Return the rows that a name leads to, each once, with the name that it has there; this row is the first."""
        seen: set[tuple[int, str]] = set()
        todo = [(self.through, name)]
        while todo:
            row, asked = todo.pop()
            if (id(row), asked) in seen:
                continue
            seen.add((id(row), asked))
            yield row, asked
            if parts:
                todo += [(part.through, asked) for part in reversed(row.parts)]
            todo += [(tail.row.through, old) for tail in reversed(row.tails) if (old := tail.old(asked)) is not None]


def union(rows: list[Row], *, node: str, by_name: bool = False, distinct: bool = False) -> Row:
    """Return the row of a UNION: columns by place where all of them are known, else by name."""
    if len(rows) == 1 and not distinct:
        return rows[0]
    query = Query(node, distinct=True) if distinct else None
    if not any(row.open for row in rows) and not by_name:
        names = [list(row.names()) for row in rows]
        columns = {
            name: Value(branches=tuple(row.get(own[place]) or UNKNOWN for row, own in zip(rows, names, strict=True) if place < len(own)))
            for place, name in enumerate(names[0])
        }
        return Row(columns, parts=tuple(rows), query=query)

    def make(name: str) -> Value:
        return Value(branches=tuple(row.get(name) or UNKNOWN for row in rows))

    known = dict.fromkeys(name for row in rows for name in row.names())
    return Row({name: make(name) for name in known}, make=make, parts=tuple(rows), query=query)


def renamed(row: Row, names: list[str]) -> Row:
    """Return a row under the names that an alias lists, `as t (a, b)`; those beyond its own are of nothing known."""
    if not names:
        return row
    old = list(row.names())
    query = Query("", items={"_": row}, plain={new: ("_", one) for new, one in zip(names, old, strict=False)})
    found = {new: row.get(old[place]) or UNKNOWN if place < len(old) else UNKNOWN for place, new in enumerate(names)}
    return Row(found, query=query)


def unknown(*names: str) -> Row:
    """Return a row of which nothing is known, but for names that it has."""
    return Row(dict.fromkeys(names, UNKNOWN), make=lambda _: UNKNOWN)
