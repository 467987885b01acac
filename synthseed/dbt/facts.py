"""Hold what is known of a project's sources, each fact with where it is known from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

from synthseed.dbt.rows import Cell


class Strength(IntEnum):
    """Order what tells a type, the strongest last."""

    NAME = 1
    PARTNER = 2  # the column it is joined with
    LITERAL = 3  # what it is compared with, or replaced by where it is NULL
    USE = 4  # a function or an operator that takes one type only
    CAST = 5
    PRINTED = 6  # `cast(null as T) as column`, printed where the source is not there
    TESTED = 7  # a model's data_type or contract, through lineage
    DECLARED = 8  # data_type of the source's own column
    WAREHOUSE = 9  # the table as it stands, or what the warehouse said about one that did not do


@dataclass(frozen=True, slots=True)
class TypeFact:
    """Say a type: `kind` is a word of `types.py`, `sql` the text where one was written."""

    kind: str
    strength: Strength
    where: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Say that two columns hold the same keys; `parent` is known where a test says which of them is the parent's."""

    left: Cell
    right: Cell
    where: str
    directed: bool = False  # left is the child, right the parent
    total: bool = False  # every child has its parent
    when: frozenset[tuple[Cell, str]] = frozenset()  # literals that the rows are chosen by, where they are joined


@dataclass(frozen=True, slots=True)
class KeyFact:
    """Say that columns of a source are unique together."""

    relation: str
    columns: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Say that an expression over columns of one source holds for every row; SQL text."""

    relation: str
    text: str
    columns: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Say that a column is a sum over its children: of a column of theirs, or of `via`'s parent's."""

    total: Cell
    key: Cell  # the children's column that leads to the row
    term: Cell
    via: Cell | None  # the children's column that leads to the term's row, where the term is not their own
    factor: Decimal
    where: str
    times: Cell | None = None  # the children's column that the term is multiplied by


@dataclass(frozen=True, slots=True)
class Pivoted:
    """Say that models read `value` where `name` holds one of some names: an entity-attribute-value table."""

    name: Cell
    literal: str
    value: Cell
    kind: str  # what the value is read as: text, integer, numeric, ...
    where: str
    accepted: tuple[str, ...] = ()  # values that a test lets the attribute have
    seen: tuple[str, ...] = ()  # values that models tell apart
    paths: tuple[tuple[str, str], ...] = ()  # keys that models read out of it as JSON, each with its type
    key: Cell | None = None  # the key that it is joined with


@dataclass
class ColumnFacts:
    """Hold what is known of one column.

    Attributes:
        parsed: Types that its text is read as by models, where it is text.
        not_null: Where a test or a filter says so.
        accepted: Values that are all there may be, by literal.
        seen: Literals that models compare it with.
        wanted: Literals that rows must hold to get through a filter; None stands for NULL.
        refused: Literals that a filter takes out.
        since: Days before now, or ISO date, that a filter wants it after; `until` likewise.
        patterns: LIKE patterns that models look for.
        shapes: LIKE patterns that every row must match.
        either: LIKE patterns of which every row must match one.
        parts: Count of the numbers that models read out of its text, by what stands between them.
        formats: Formats that models read its text as a time by, as strftime has them.
        smallest: Where it is known from that it counts cents, or whatever the smallest unit is.
        paths: Keys that models read out of it as JSON, with the type that they are read as.
        counted: Which model adds to it or takes it from something, a number; `clocked` which reads it as seconds since 1970.
        repeats: Which model looks at the row before or after among those of one value, so that values must come again.
    """

    types: list[TypeFact] = field(default_factory=list)
    parsed: list[TypeFact] = field(default_factory=list)
    not_null: list[str] = field(default_factory=list)
    unique: list[str] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    wanted: dict[str | None, str] = field(default_factory=dict)
    refused: dict[str | None, str] = field(default_factory=dict)
    since: dict[str, str] = field(default_factory=dict)
    until: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    either: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    smallest: str = ""
    bounds: list[tuple[str, Decimal, str]] = field(default_factory=list)
    described: str = ""
    repeats: str = ""
    counted: str = ""
    clocked: str = ""
    constant: bool = True


@dataclass
class Facts:
    """Hold what is known of all sources."""

    columns: dict[Cell, ColumnFacts] = field(default_factory=lambda: defaultdict(ColumnFacts))
    keys: list[KeyFact] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)
    pivots: list[Pivoted] = field(default_factory=list)
    peers: list[frozenset[Cell]] = field(default_factory=list)  # cells of one type: one stands in for another that is NULL
    together: list[tuple[Link, ...]] = field(default_factory=list)  # links of one join: its rows agree in all of them
    polymorphic: list[Link] = field(default_factory=list)  # links to one parent or another, by what `when` says; not in `links`
    renamed: set[Cell] = field(default_factory=set)  # printed names that turned out to be a model's names for other columns
    unused: list[tuple[str, str]] = field(default_factory=list)  # test, why it could not be pushed back
