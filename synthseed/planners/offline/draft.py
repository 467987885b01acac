"""Hold a table's plan while it is made: what is decided, and what every decision may look at."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from synthseed.plan import ColumnPlan, Gen, JointTable, KeyPlan, Override, Slot, TablePlan
from synthseed.planners.offline.limits import Limits, Order
from synthseed.planners.offline.names import words
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table

NUMBERS = frozenset({Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT})
TIMES = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
ROLES = {"detail": "event"}  # roles of this planner that a plan writes in its own words


MARK = re.compile(r"[A-Za-z]{1,3}_(?=[A-Za-z]{2})")
FLAGS = frozenset(
    {"is_", "has_", "can_", "was_", "no_", "id_", "nr_", "dt_", "num_", "tax_", "net_", "avg_", "min_", "max_", "sum_", "pct_"}
)


def marked(names: Iterable[str]) -> str:
    """Return the letters before `_` that stand for the table in the names of most of its columns, at least four; "" where none do."""
    own = [name for name in names if not name.startswith("_")]
    heads = Counter(found[0].lower() for name in own if (found := MARK.match(name)))
    mark, count = heads.most_common(1)[0] if heads else ("", 0)
    return mark if count >= 4 and count * 5 >= len(own) * 4 and mark not in FLAGS else ""


def _unmarked(name: str, mark: str) -> str:
    return name[len(mark) :] if mark and name.lower().startswith(mark) else name


@dataclass
class Draft:
    """Collect the plan of one table.

    Attributes:
        language: Language of the schema's names, "en", "de", ...
        words: The table's name in English words.
        role: entity, lookup, link, event, log or detail.
        limits: What constraints say of each column.
        orders: Pairs of columns that a CHECK orders.
        guessed: Columns that were planned from their type alone.
        mean: Rows per parent of the driver, rounded up.
    """

    schema: Schema
    table: Table
    language: str
    locale: str
    words: tuple[str, ...]
    role: str
    rows: int
    limits: dict[str, Limits]
    orders: tuple[Order, ...] = ()
    keys: dict[str, KeyPlan] = field(default_factory=dict)
    columns: dict[str, ColumnPlan] = field(default_factory=dict)
    nulls: dict[str, Decimal] = field(default_factory=dict)
    overrides: list[Override] = field(default_factory=list)
    slots: dict[str, Slot] = field(default_factory=dict)
    joints: dict[str, JointTable] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    mean: int = 0

    @cached_property
    def free(self) -> tuple[Column, ...]:
        """Return the columns that a plan may hold: the engine owns generated columns, foreign keys and numbered keys."""
        keys = {name for key in self.table.foreign_keys for name in key.columns}
        return tuple(
            c
            for c in self.table.columns
            if c.generated is None and c.name not in keys and not numbered(self.table, c) and c.identity != "always"
        )

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Return every column's name in English words, without the letters that most of them begin with: `c_name`, `c_city`."""
        mark = marked(column.name for column in self.table.columns)
        return {column.name: words(_unmarked(column.name, mark), self.language) for column in self.table.columns}

    @cached_property
    def said(self) -> frozenset[str]:
        """Return the phrases that name columns of this table: `first name`, `city`."""
        return frozenset(" ".join(parts) for parts in self.names.values())

    @cached_property
    def unique(self) -> frozenset[str]:
        """Return the columns whose values no two rows may share, alone or (outside of foreign keys) with others."""
        return frozenset(_unique(self.table))

    @cached_property
    def shared(self) -> frozenset[str]:
        """Return the columns that are unique only together with others."""
        return frozenset(name for key in self.table.keys if len(key.columns) > 1 for name in key.columns)

    def combined(self, name: str) -> tuple[str, ...]:
        """Return the columns that are unique only together with this one; empty where it must be distinct by itself."""
        keys = covered(self.table)
        found: set[str] = set()
        for unique in self.table.keys:
            if name not in unique_columns(unique.columns, unique.expressions, self.table):
                continue
            own = [c for c in unique.columns if c not in keys and self.table.column(c) in self.free]
            if unique.expressions or unique.where or len(own) < 2 or set(unique.columns) & keys:
                return ()
            found.update(own)
        return tuple(column.name for column in self.free if column.name in found)

    @property
    def todo(self) -> tuple[Column, ...]:
        """Return the columns that nobody planned yet."""
        return tuple(column for column in self.free if column.name not in self.columns)

    @cached_property
    def driver(self) -> ForeignKey | None:
        """Return the foreign key by which the table exists per parent."""
        return next((self.table.foreign_key(label) for label, key in self.keys.items() if key.mode == "driver"), None)

    def needed(self, name: str) -> int:
        """Return how many distinct values a column needs: its table's rows where it is unique, fewer where it is per parent."""
        if name in self.unique:
            return self.rows
        keys, driver = covered(self.table), self.driver
        most = 0
        for unique in self.table.keys:
            columns = unique_columns(unique.columns, unique.expressions, self.table)
            own = [c for c in columns if c not in keys]
            if name not in own or (len(own) > 1 and name != max(own, key=lambda c: _room(self.table, self.table.column(c)))):
                continue
            fanout = self.keys[driver.label].fanout if driver is not None and set(driver.columns) <= columns else None
            most = max(most, self.rows if fanout is None else min(int(fanout.max), self.rows))
        return most

    def put(self, column: Column | str, gen: Gen, note: str = "", *, nulls: int | None = None) -> None:
        """Plan a column."""
        name = column if isinstance(column, str) else column.name
        self.columns[name] = ColumnPlan(name, gen, "offline", note)
        if nulls is not None and not isinstance(column, str) and column.nullable:
            self.nulls[name] = Decimal(nulls)

    def first(self, *phrases: str) -> Column | None:
        """Return the first column that is named by one of these phrases."""
        for phrase in phrases:
            for column in self.table.columns:
                if " ".join(self.names[column.name]) == phrase:
                    return column
        return None

    def scatter(self, name: str, low: int, high: int) -> int:
        """Return a number in [low, high] that follows from a name: shares differ from column to column, always alike."""
        return low + zlib.crc32(f"{self.table.key}.{name}".encode()) % (high - low + 1)

    def done(self) -> TablePlan:
        """Return the plan, its columns in the table's own order, helpers before what reads them."""
        order = {column.name: at for at, column in enumerate(self.table.columns)}
        helpers = [plan for name, plan in self.columns.items() if name not in order]
        columns = sorted((plan for name, plan in self.columns.items() if name in order), key=lambda plan: order[plan.column])
        keys = tuple(self.keys[key.label] for key in self.table.foreign_keys if key.label in self.keys)
        nulls = {name: self.nulls[name] for name in order if name in self.nulls}
        return TablePlan(
            self.table.key,
            self.rows,
            about=self.table.comment or "",
            role=ROLES.get(self.role, self.role),
            fks=keys,
            joints=tuple(self.joints.values()),
            slots=tuple(self.slots.values()),
            columns=(*helpers, *columns),
            nulls=nulls,
            overrides=tuple(self.overrides),
            rules=tuple(self.rules),
        )


def numbered(table: Table, column: Column) -> bool:
    """Tell whether the engine numbers this column: an integer primary key of one column, or one fed by a sequence."""
    key = table.primary_key
    if column.type.kind is not Kind.INTEGER:
        return False
    alone = key is not None and key.columns == (column.name,)
    return alone or column.identity is not None or column.sequence is not None


def covered(table: Table) -> frozenset[str]:
    """Return the columns of the foreign keys."""
    return frozenset(name for key in table.foreign_keys for name in key.columns)


def unique_columns(parts: Iterable[str], texts: Iterable[str], table: Table) -> frozenset[str]:
    """Return the columns of a unique key: its plain ones, and those that are named by its expressions and by what the database makes."""
    made = {name: table.column(name).generated for name in parts}
    texts = [*texts, *(text for text in made.values() if text)]
    parts = [name for name, text in made.items() if not text]
    named = {name for text in texts for name in re.findall(r"\w+", text) if name in table.by_name}
    return frozenset(parts) | named


def _unique(table: Table) -> set[str]:
    keys = covered(table)
    found: set[str] = set()
    for unique in table.keys:
        columns = unique_columns(unique.columns, unique.expressions, table)
        own = [c for c in table.columns if c.name in columns and c.name not in keys and c.generated is None]
        if columns & keys:
            continue
        if len(own) == 1:
            found.add(own[0].name)
        elif own:
            found.add(max(own, key=lambda c: _room(table, c)).name)
    return found


def _room(table: Table, column: Column) -> tuple[bool, int, int]:
    """Rank a column of a composite key by how many values it can hold."""
    kind, length = column.type.kind, column.type.length or 64
    spacious = {
        Kind.UUID: 5,
        Kind.TEXT: 4 if length >= 8 else 2,
        Kind.INTEGER: 3,
        Kind.NUMERIC: 3,
        Kind.TIMESTAMPTZ: 2,
        Kind.TIMESTAMP: 2,
        Kind.DATE: 1,
    }
    number = numbered(table, column)
    return number, spacious.get(kind, 0), -table.columns.index(column)


def of_place(draft: Draft, column: Column) -> bool:
    """Tell a state that lies in a country: the same words name a city or a postcode beside it, `customer_state` and `customer_city`."""
    before = draft.names[column.name][:-1]
    return any(name[: len(before)] == before and name[len(before) :][:1] in (("city",), ("postcode",)) for name in draft.names.values())
