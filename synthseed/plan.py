"""Say what every column looks like: the plan, as frozen data. `plan_yaml.py` reads and writes it.

A plan speaks one language, whoever wrote it: the offline planner, a model or a person. A generator is one of twelve
kinds; its fields are the words of the YAML. Shares and percentages are relative weights; quantiles and steps are exact
decimals, so that no float decides a cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

ENGINE = 1  # version of the engine's cells: a change of a cell's value needs another number


@dataclass(frozen=True, slots=True)
class Tier:
    """Give a share of the rows to some values; inside a tier all are equally likely."""

    share: Decimal
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Describe a distribution by six values; between two of them it is even."""

    min: Decimal
    p25: Decimal
    p50: Decimal
    p75: Decimal
    p95: Decimal
    max: Decimal

    def knots(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return (share of the rows below, value), rising."""
        shares = ("0", "0.25", "0.5", "0.75", "0.95", "1")
        return tuple((Decimal(s), v) for s, v in zip(shares, (self.min, self.p25, self.p50, self.p75, self.p95, self.max), strict=True))


@dataclass(frozen=True, slots=True)
class Spike:
    """Give one exact value a percentage of the rows."""

    value: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class Center:
    """Scatter coordinates around a place: degrees, and kilometres of spread."""

    share: Decimal
    lat: Decimal
    lon: Decimal
    km: Decimal


# ---------------------------------------------------------------------------------------------- the twelve kinds
@dataclass(frozen=True, slots=True)
class Semantic:
    """`semantic`: a built-in realistic value; columns of one group describe one person, place or company.

    With the type `password_hash`, `password` is the one known password that every row's hash is of, and `scheme` the form of
    the hash (bcrypt, argon2, pbkdf2_sha256); without a password the hashes are of nothing that anybody knows.
    """

    type: str
    group: str = ""
    password: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """`choice`: one of some values, by tiers."""

    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """`template`: a text with tokens, by tiers."""

    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """`number`: a number by quantiles, rounded to a step; spikes are exact values with a percentage of the rows."""

    q: Quantiles
    step: Decimal = Decimal(1)
    spikes: tuple[Spike, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """`moment`: a point in time between two ISO dates, both inclusive.

    `growth` is how many times busier the end is than the start. An empty `end` is the plan's `as_of`; a start or end
    may also be relative to it: `-3y`, `-18m`, `-90d`.
    """

    start: str
    end: str = ""
    growth: Decimal = Decimal(1)
    rhythm: str = "flat"  # flat, office, retail, social, machine
    season: str = "flat"  # flat, retail_q4, summer, winter, school_year


@dataclass(frozen=True, slots=True)
class After:
    """`after`: a time later than another (`created_at`, `customer_id.created_at`) by a quantile distributed delay.

    The delay is cut at the plan's `as_of`, unless `future` is true. With a rhythm, a delay of days falls on the hours of
    its working day, as far as that leaves it after the other time and before `as_of`.
    """

    ref: str
    unit: str  # seconds, minutes, hours, days, months
    q: Quantiles
    future: bool = False
    rhythm: str = "flat"  # flat, office, retail, social, machine


@dataclass(frozen=True, slots=True)
class Joint:
    """`joint`: a field of a joint table of the same table plan."""

    set: str
    field: str


@dataclass(frozen=True, slots=True)
class Expr:
    """`expr`: arithmetic over the row, its parents and its children."""

    expr: str


@dataclass(frozen=True, slots=True)
class Json:
    """`json`: a document as text, whose strings may hold template tokens."""

    template: str


@dataclass(frozen=True, slots=True)
class Geo:
    """`geo`: coordinates scattered around weighted centres; axis is lat, lon or point."""

    axis: str
    group: str
    centers: tuple[Center, ...]


@dataclass(frozen=True, slots=True)
class SameAs:
    """`same_as`: the vocabulary and shares of another column."""

    ref: str


@dataclass(frozen=True, slots=True)
class Null:
    """`null`: always NULL."""


Gen = Semantic | Choice | Template | Number | Moment | After | Joint | Expr | Json | Geo | SameAs | Null
KINDS: Mapping[str, type] = {
    "semantic": Semantic, "choice": Choice, "template": Template, "number": Number, "moment": Moment, "after": After,
    "joint": Joint, "expr": Expr, "json": Json, "geo": Geo, "same_as": SameAs, "null": Null,
}  # fmt: skip


# ---------------------------------------------------------------------------------------------- tables
@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Plan a column: its generator, who planned it, and a note for the reader (written as a comment).

    A column that is `locked`, or whose source is `user`, is never planned again.
    """

    column: str
    gen: Gen
    source: str = "offline"  # offline, model, user
    note: str = ""
    locked: bool = False


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """Plan a foreign key.

    Attributes:
        columns: Its columns, joined by a comma: `ForeignKey.label`.
        mode: `driver`: the table exists per parent. `pick`: any parent. `same_parent`: a row that shares `via`'s parent, or, where
            `via` leads to a row that has a parent in the same table, that very parent.
        via: For same_parent: the label of the key of this table whose parent both share; else empty.
        fanout: For a driver: quantiles of children per parent; min is owed to every parent, max is never passed.
        skew: For a pick: none, mild or heavy.
        closed: For a driver: children come with their parent and never after. None: closed when the parent sums them.
    """

    columns: str
    mode: str
    via: str = ""
    fanout: Quantiles | None = None
    skew: str = "none"
    closed: bool | None = None


@dataclass(frozen=True, slots=True)
class JointRow:
    """Hold one row of a joint table: a relative weight, and one cell per field."""

    share: Decimal
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JointTable:
    """Hold combinations of values that belong together; a field need not be a column."""

    name: str
    fields: tuple[str, ...]
    rows: tuple[JointRow, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """Name a vocabulary for the templates of a table."""

    name: str
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """Give a column another generator where the boolean expression `when` is true; applied in order."""

    column: str
    when: str
    gen: Gen


@dataclass(frozen=True, slots=True)
class Follow:
    """Let the ranks of a column follow those of another: `ref` is a column or `key.column`, rho their correlation."""

    column: str
    ref: str
    rho: Decimal  # from -0.95 to 0.95


@dataclass(frozen=True)
class TablePlan:
    """Plan a table.

    Attributes:
        table: `Table.key`.
        rows: Rows wanted, before `--scale` and `--rows`.
        fixed: The first rows by hand: text (None: NULL) per column; what a row leaves out is the plan's.
        written: True while the rows shall be written by a model and are not there yet; they then stand in `fixed`.
        nulls: Percentage of NULL per nullable column.
        stream: Name that the rows are drawn under; keeps rows when a table is renamed. Empty: the table's key.
        locked: True where nothing of the table is ever planned again; columns that it lacks are.
    """

    table: str
    rows: int
    about: str = ""
    role: str = "entity"  # entity, lookup, link, event, log
    fks: tuple[KeyPlan, ...] = ()
    joints: tuple[JointTable, ...] = ()
    slots: tuple[Slot, ...] = ()
    columns: tuple[ColumnPlan, ...] = ()
    nulls: Mapping[str, Decimal] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    rules: tuple[str, ...] = ()
    stream: str = ""
    follow: tuple[Follow, ...] = ()
    fixed: tuple[Mapping[str, str | None], ...] = ()
    written: bool = False
    locked: bool = False

    @cached_property
    def by_column(self) -> dict[str, ColumnPlan]:
        """Return the planned columns by name; helper columns (`_name`) included."""
        return {plan.column: plan for plan in self.columns}

    @cached_property
    def by_key(self) -> dict[str, KeyPlan]:
        """Return the planned foreign keys by label."""
        return {plan.columns: plan for plan in self.fks}


@dataclass(frozen=True)
class Plan:
    """Plan a database.

    Attributes:
        seed: Every cell depends on it; 0 unless someone chose another.
        as_of: ISO date or time that the rows are told from, UTC; None: what the ledger says, else today.
        locale: Language and country of people, places and texts: `en_US`, `de_DE`.
        vocabularies: Digest of each pool of words that the plan uses, by the pool's name.
        tables: Table plans by `Table.key`, in a stable order.
    """

    tables: Mapping[str, TablePlan]
    seed: int = 0
    as_of: str | None = None
    locale: str = "en_US"
    engine: int = ENGINE
    vocabularies: Mapping[str, str] = field(default_factory=dict)
