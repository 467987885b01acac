"""Work out how many rows each table shall hold, and how many it gains, from what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError, Refused
from synthseed.verbs.target import table_of

if TYPE_CHECKING:
    from synthseed.editions import Ledger
    from synthseed.plan import Plan, TablePlan
    from synthseed.schema import Schema

MOST = 2**32  # rows of one table, all editions together: the law's own limit
EVERY = "*"


@dataclass(frozen=True)
class Asked:
    """Hold what was asked for, checked as far as no schema is needed.

    Attributes:
        every: Rows wanted of every table; None: what the plan says.
        rows: Rows wanted of some tables, by the name that was given.
        scale: Multiplies what the plan says, but of lookup tables.
        tables: Tables to fill, by the names given; empty: all.
    """

    every: int | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    scale: Decimal = Decimal(1)
    tables: tuple[str, ...] = ()

    def named(self, schema: Schema) -> Asked:
        """Return the same with the schema's own names; raises ConfigurationError for a name that it does not have."""
        rows = {table_of(schema, name): count for name, count in self.rows.items()}
        tables = tuple(table_of(schema, name) for name in self.tables)
        left_out = [name for name in rows if tables and name not in tables]
        if left_out:
            raise ConfigurationError(f"--rows names {', '.join(left_out)}, which --tables leaves out; name it there too")
        return Asked(self.every, rows, self.scale, tables)


def asked(
    rows: int | Mapping[str, int] | None = None, scale: Decimal | float | str | None = None, tables: Sequence[str] | str = ()
) -> Asked:
    """Check what was asked for.

    Args:
        rows: For every table; or by table, where `*` stands for every other one.
        scale: Multiplies what the plan says.
        tables: The only tables that shall gain rows.

    Raises:
        ConfigurationError: A count is negative or absurd, or `--scale` stands beside a count for every table.
    """
    given = {EVERY: rows} if isinstance(rows, int) else dict(rows or {})
    for name, count in given.items():
        _checked(name, count)
    every = given.pop(EVERY, None)
    if every is not None and scale is not None:
        raise ConfigurationError("--scale multiplies what the plan says, and --rows replaces it for every table; give one of the two")
    return Asked(every, given, _scale(scale), (tables,) if isinstance(tables, str) else tuple(tables))


def _checked(name: str, count: object) -> None:
    where = "--rows" if name == EVERY else f"--rows {name}"
    if isinstance(count, bool) or not isinstance(count, int):
        raise ConfigurationError(f"{where}: {count!r} is no whole number")
    if not 0 <= count <= MOST:
        raise ConfigurationError(f"{where}: {count} rows; expected 0 to {MOST:,}")


def _scale(text: Decimal | float | str | None) -> Decimal:
    if text is None:
        return Decimal(1)
    try:
        scale = Decimal(str(text))
    except InvalidOperation as error:
        raise ConfigurationError(f"--scale: {text!r} is no number") from error
    if not (scale.is_finite() and 0 < scale <= 1_000_000):
        raise ConfigurationError(f"--scale: {text}; expected more than 0 and at most 1,000,000")
    return scale


def wanted(asked: Asked, schema: Schema, plan: Plan) -> dict[str, int]:
    """Return the rows that each table shall hold in the end, those of ours.

    Raises:
        ConfigurationError: It is more than a table can hold.
        Refused: Rows are asked of a table that can hold none.
    """
    found: dict[str, int] = {}
    barred = rowless(schema)
    for key in schema.by_key:
        if key in barred and asked.rows.get(key):
            raise Refused(f"{barred[key]}; {asked.rows[key]} rows were asked for: make a partition first, or ask for none")
        if key in barred:
            found[key] = 0
        elif key in asked.rows:
            found[key] = asked.rows[key]
        elif asked.every is not None:
            found[key] = asked.every
        else:
            found[key] = _planned(plan.tables[key], asked.scale) if key in plan.tables else 0
        if found[key] > MOST:
            raise ConfigurationError(f"{key}: {found[key]:,} rows; at most {MOST:,} fit one table; ask for fewer, or a smaller --scale")
    return found


def rowless(schema: Schema) -> dict[str, str]:
    """Return the tables that can hold no row, with the reason: no partition, or a key that needs a row of such a table."""
    found = {
        table.key: f"{table.key}: it is partitioned and has no partition, so it can hold no row"
        for table in schema.tables
        if table.partitioning is not None and not table.partitioning.bounds
    }
    for _ in schema.tables:
        more = {
            table.key: f"{table.key}: its key ({key.label}) needs a row of {key.parent}, which can hold none"
            for table in schema.tables
            for key in table.foreign_keys
            if table.key not in found and key.parent in found and not any(table.column(name).nullable for name in key.columns)
        }
        if not found or not more:
            break
        found |= more
    return found


def _planned(table: TablePlan, scale: Decimal) -> int:
    """Return rows * scale, rounded half up; a table that had rows keeps one, and a lookup table its entries."""
    if table.role == "lookup":
        return table.rows
    return max(int(table.rows * scale + Decimal("0.5")), min(table.rows, 1))


@dataclass(frozen=True)
class Gain:
    """Say how many rows each table gains, and which are left as they stand.

    Attributes:
        rows: Rows gained, for every table of the schema.
        stands: Tables whose rows synthseed did not write; they gain none and are parents.
    """

    rows: Mapping[str, int]
    stands: tuple[str, ...]

    @property
    def total(self) -> int:
        """Return the rows gained in all."""
        return sum(self.rows.values())


def targets(
    asked: Asked, ledger: Ledger, holds: Mapping[str, bool], *, append: bool, truncate: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables that are parents as they stand, and those that --truncate empties.

    Truncating takes out what synthseed wrote. Rows of a migration or of the application stay, unless their table is named
    or there is nothing else to fill.

    Raises:
        Guarded: A table with rows that are not ours was named, or no other table is left.
        Refused: Some of ours would be emptied and some left, which no stack of editions can say.
    """
    from synthseed.privacy.guard import target_tables

    named = [*asked.rows, *(key for key in asked.tables if key not in asked.rows)]
    emptied = truncate and (bool(named) or all(held and not ledger.rows.get(key) for key, held in holds.items()))
    decision = target_tables(holds, ledger.rows, named, append=append, truncate=emptied)
    if not truncate:
        return decision.parents, ()
    chosen = asked.tables or decision.fill
    left = [key for key, rows in ledger.rows.items() if rows and key in holds and key not in chosen]
    if left:
        raise Refused(
            f"--truncate with --tables {', '.join(chosen[:5])}: {', '.join(left[:5])} were filled together with them and would keep rows; "
            "truncate all tables at once, or take all rows out with `synthseed reset`"
        )
    return decision.parents, tuple(key for key in decision.fill if key in chosen)


def gain(asked: Asked, want: Mapping[str, int], ledger: Ledger, stands: Sequence[str]) -> Gain:
    """Return what is gained.

    Args:
        asked: What was asked for, by the schema's own names.
        want: Rows that each table shall hold.
        ledger: What stands of ours; empty when it is to be truncated.
        stands: Tables that are parents as they stand.

    Raises:
        Refused: Fewer rows were asked for than stand.
    """
    rows: dict[str, int] = {}
    for key, count in want.items():
        ours = ledger.rows.get(key, 0)
        chosen = key not in stands and (not asked.tables or key in asked.tables)
        if chosen and count < ours and (key in asked.rows or asked.every is not None):
            raise Refused(
                f"{key}: {count} rows asked, {ours} stand that synthseed wrote; fill never takes rows out: "
                "`--truncate` starts again with fewer, `synthseed reset` takes them out"
            )
        rows[key] = max(count - ours, 0) if chosen else 0
    return Gain(rows, tuple(stands))
