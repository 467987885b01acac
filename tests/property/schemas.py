"""Draw random schemas with plans, and histories of growth that they can hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import hypothesis.strategies as st

from synthseed.plan import (
    After,
    Choice,
    ColumnPlan,
    Expr,
    Follow,
    KeyPlan,
    Moment,
    Number,
    Plan,
    Quantiles,
    Semantic,
    TablePlan,
    Template,
    Tier,
)
from synthseed.schema import Column, ForeignKey, Kind, Schema, Sequence, Table, Type, Unique

INTEGER = Type("integer", Kind.INTEGER, bits=32)
BIGINT = Type("bigint", Kind.INTEGER, bits=64)
TEXT = Type("text", Kind.TEXT)
MONEY = Type("numeric(12,2)", Kind.NUMERIC, precision=12, scale=2)
UUID = Type("uuid", Kind.UUID)
MOMENT = Type("timestamp", Kind.TIMESTAMP)
FANOUTS = [(0, 1, 1, 1, 1, 1), (0, 0, 1, 3, 9, 40), (1, 1, 2, 4, 8, 20), (0, 0, 0, 0, 1, 200)]


def q(*values: int | str) -> Quantiles:
    return Quantiles(*(Decimal(value) for value in values))


def number(low: int, high: int, step: str = "1") -> Number:
    span = high - low
    return Number(q(low, low + span // 4, low + span // 2, low + 3 * span // 4, low + 19 * span // 20, high), Decimal(step))


@dataclass(frozen=True)
class Drawn:
    """Hold a table and its plan while it is being drawn."""

    table: Table
    plan: TablePlan

    @property
    def key(self) -> str:
        return self.table.key

    def with_column(self, column: Column, gen, nulls: int = 0) -> Drawn:
        table = replace(self.table, columns=(*self.table.columns, column))
        plan = replace(self.plan, columns=(*self.plan.columns, ColumnPlan(column.name, gen)))
        return Drawn(table, replace(plan, nulls={**plan.nulls, column.name: Decimal(nulls)}) if nulls else plan)

    def with_key(self, name: str, parent: Drawn, mode: KeyPlan, *, nullable: bool = False, nulls: int = 0) -> Drawn:
        """Add a foreign key to all columns of the parent's primary key."""
        above = [parent.table.column(column) for column in parent.table.primary_key.columns]
        names = [name] if len(above) == 1 else [f"{name}_{column.name}" for column in above]
        columns = tuple(Column(own, column.type, nullable) for own, column in zip(names, above, strict=True))
        key = ForeignKey(tuple(names), parent.key, tuple(column.name for column in above))
        table = replace(self.table, columns=(*self.table.columns, *columns), foreign_keys=(*self.table.foreign_keys, key))
        plan = replace(self.plan, fks=(*self.plan.fks, replace(mode, columns=key.label)))
        return Drawn(table, replace(plan, nulls={**plan.nulls, names[0]: Decimal(nulls)}) if nulls else plan)

    def with_unique(self, *columns: str) -> Drawn:
        return Drawn(replace(self.table, uniques=(*self.table.uniques, Unique(columns))), self.plan)

    def columns_of(self, label: str) -> tuple[str, ...]:
        return next(key.columns for key in self.table.foreign_keys if key.columns[0].startswith(label))


def start(draw, name: str) -> Drawn:
    """Draw a table with a primary key: counted, random, numbered text, or of two values."""
    kind = draw(st.sampled_from(["counted", "counted", "counted", "uuid", "text", "values"]))
    plan = TablePlan(name, 10)
    if kind == "counted":
        id_ = Column(
            "id", BIGINT, False, sequence=Sequence(start=draw(st.sampled_from([1, 1, 1000])), increment=draw(st.sampled_from([1, 1, 5])))
        )
        return Drawn(Table(name, (id_,), primary_key=Unique(("id",), primary=True)), plan)
    drawn = Drawn(Table(name, (), primary_key=Unique(("id",), primary=True)), plan)
    if kind == "uuid":
        return drawn.with_column(Column("id", UUID, False), Semantic("uuid"))
    if kind == "text":
        return drawn.with_column(Column("id", TEXT, False), Template((Tier(Decimal(1), (f"{name}-{{seq:6}}",)),)))
    drawn = Drawn(Table(name, (), primary_key=Unique(("zone", "code"), primary=True)), plan)
    zones = tuple(f"z{number}" for number in range(draw(st.integers(2, 9))))
    return drawn.with_column(Column("zone", TEXT, False), Choice((Tier(Decimal(1), zones),))).with_column(
        Column("code", INTEGER, False), number(1, 900)
    )


def with_values(draw, drawn: Drawn) -> Drawn:
    """Add plain and unique values of several kinds."""
    if draw(st.booleans()):
        drawn = drawn.with_column(Column("amount", MONEY), number(0, 500, "0.01"), nulls=draw(st.sampled_from([0, 20])))
    if draw(st.booleans()):
        drawn = drawn.with_column(Column("label", TEXT), Choice((Tier(Decimal(80), ("a", "b")), Tier(Decimal(20), ("c",)))))
    if draw(st.booleans()):
        drawn = drawn.with_column(Column("serial_no", INTEGER, False), number(1, 2000)).with_unique("serial_no")
    if draw(st.booleans()):
        drawn = drawn.with_column(Column("email", TEXT, False), Semantic("email", "person")).with_unique("email")
        drawn = drawn.with_column(Column("name", TEXT), Semantic("full_name", "person"))
    if draw(st.booleans()):
        drawn = drawn.with_column(Column("born", MOMENT), Moment("2020-01-01", "2023-01-01"))
    return drawn


def with_driver(draw, drawn: Drawn, tables: list[Drawn]) -> Drawn:
    """Add a driver, and keys and values that are unique within it."""
    parent = draw(st.sampled_from(tables))
    fanout = q(*draw(st.sampled_from(FANOUTS)))
    drawn = drawn.with_key("owner", parent, KeyPlan("", "driver", fanout=fanout, closed=draw(st.sampled_from([None, True, False]))))
    owner = drawn.columns_of("owner")
    inner = draw(st.sampled_from(["none", "rank", "partner", "places", "own", "after"]))
    if inner == "rank":
        drawn = drawn.with_column(Column("line_no", INTEGER, False), Expr("ordinal()")).with_unique(*owner, "line_no")
    if inner == "partner":
        drawn = drawn.with_key("partner", draw(st.sampled_from(tables)), KeyPlan("", "pick"))
        drawn = drawn.with_unique(*owner, *drawn.columns_of("partner"))
    if inner == "places":
        values = tuple(f"p{number}" for number in range(draw(st.integers(3, 20))))
        drawn = drawn.with_column(Column("place", TEXT, False), Choice((Tier(Decimal(1), values),))).with_unique(*owner, "place")
    cousins = [table for table in tables if any(mode.mode == "driver" and key_parent(table, mode) == parent.key for mode in table.plan.fks)]
    if inner == "own" and cousins:
        drawn = drawn.with_key("own", draw(st.sampled_from(cousins)), KeyPlan("", "same_parent", via=",".join(owner)), nullable=True)
    if inner == "after" and any(column.name == "born" for column in parent.table.columns):
        drawn = drawn.with_column(Column("since", MOMENT), After(f"{','.join(owner)}.born", "days", q(0, 1, 2, 30, 300, 900)))
    return drawn


def key_parent(drawn: Drawn, mode: KeyPlan) -> str:
    return drawn.table.foreign_key(mode.columns).parent


def with_keys(draw, drawn: Drawn, tables: list[Drawn]) -> Drawn:
    shape = draw(st.sampled_from(["driven", "driven", "driven", "single", "pair", "pick", "root"])) if tables else "root"
    if shape == "driven":
        drawn = with_driver(draw, drawn, tables)
    if shape == "single":
        drawn = drawn.with_key("only", draw(st.sampled_from(tables)), KeyPlan("", "pick"))
        drawn = drawn.with_unique(*drawn.columns_of("only"))
    if shape == "pair":
        drawn = drawn.with_key("left", draw(st.sampled_from(tables)), KeyPlan("", "pick"))
        drawn = drawn.with_key("right", draw(st.sampled_from(tables)), KeyPlan("", "pick"))
        drawn = drawn.with_unique(*drawn.columns_of("left"), *drawn.columns_of("right"))
    if tables and draw(st.booleans()):
        nulls = draw(st.sampled_from([0, 0, 30]))
        drawn = drawn.with_key(
            "any",
            draw(st.sampled_from(tables)),
            KeyPlan("", "pick", skew=draw(st.sampled_from(["none", "mild", "heavy"]))),
            nullable=True,
            nulls=nulls,
        )
    if draw(st.sampled_from([False, False, True])) and len(drawn.table.primary_key.columns) == 1:
        drawn = drawn.with_key("boss", drawn, KeyPlan("", "pick"), nullable=draw(st.booleans()))
    return drawn


def with_follow(draw, drawn: Drawn) -> Drawn:
    """Let some columns follow others of the table and of its parents; what sums are made of follows no sum."""
    names = set(drawn.plan.by_column)
    above = [f"{mode.columns}.{name}" for mode in drawn.plan.fks for name in ("serial_no", "amount", "born")]
    firm = [name for name in ("serial_no", "line_no") if name in names] + above[:1]
    sums = sorted(name for name in names if name.startswith("sum_"))
    refs = {"amount": firm, "label": [*firm, "amount", "born"], "born": [*firm, *above[1:2], *sums]}
    follow = []
    for column in sorted(names & refs.keys()):
        known = [ref for ref in refs[column] if "." in ref or ref in names]
        if known and draw(st.booleans()):
            follow.append(Follow(column, draw(st.sampled_from(known)), draw(st.sampled_from([Decimal("-0.95"), Decimal("0.5")]))))
    return replace(drawn, plan=replace(drawn.plan, follow=tuple(follow)))


def with_known_follow(drawn: Drawn, known: set[tuple[str, str]]) -> Drawn:
    """Drop what would follow a column that the parent does not have."""
    parents = {key.label: key.parent for key in drawn.table.foreign_keys}
    split = {follow: follow.ref.rpartition(".") for follow in drawn.plan.follow}
    kept = tuple(follow for follow, (label, _, column) in split.items() if not label or (parents[label], column) in known)
    return replace(drawn, plan=replace(drawn.plan, follow=kept))


@st.composite
def databases(draw) -> tuple[Schema, Plan]:
    """Draw two to six tables with keys of every shape, values, and sums over driven children."""
    tables: list[Drawn] = []
    for place in range(draw(st.integers(2, 6))):
        drawn = start(draw, f"t{place}")
        tables.append(with_values(draw, with_keys(draw, drawn, tables)))
    for place, child in enumerate(tables):
        for mode in child.plan.fks:
            if mode.mode == "driver" and mode.closed is not False and "amount" in child.plan.by_column and draw(st.booleans()):
                above = next(i for i, table in enumerate(tables) if table.key == key_parent(child, mode))
                tables[above] = tables[above].with_column(Column(f"sum_{child.key}", MONEY), Expr(f"sum({child.key}.amount)"))
                tables[above] = tables[above].with_column(Column(f"count_{child.key}", INTEGER), Expr(f"count({child.key})"))
        assert tables[place].key == child.key
    known = {(drawn.key, column.name) for drawn in tables for column in drawn.table.columns}
    tables = [with_known_follow(with_follow(draw, drawn), known) for drawn in tables]
    return Schema(tuple(drawn.table for drawn in tables)), Plan(
        {drawn.key: drawn.plan for drawn in tables}, seed=draw(st.integers(0, 2**31))
    )


@st.composite
def with_one_more(draw, schema: Schema, plan: Plan) -> tuple[Schema, Plan]:
    """Add a column to one table, and a table that points at another: the plan of a database after a migration."""
    table = draw(st.sampled_from(schema.tables))
    grown = Drawn(table, plan.tables[table.key]).with_column(Column("added", TEXT), Choice((Tier(Decimal(1), ("x", "y", "z")),)))
    more = with_values(draw, start(draw, "added_table").with_key("to", Drawn(grown.table, grown.plan), KeyPlan("", "pick")))
    tables = tuple(grown.table if one.key == table.key else one for one in schema.tables)
    return replace(schema, tables=(*tables, more.table)), replace(plan, tables={**plan.tables, table.key: grown.plan, more.key: more.plan})
