"""Give single columns another generator for one run: `orders.status=paid:80,refunded:20`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError, PlanError
from synthseed.plan import Choice, ColumnPlan, Gen, Null, Number, Quantiles, Tier
from synthseed.verbs.modelled import named
from synthseed.verbs.target import table_of

if TYPE_CHECKING:
    from synthseed.plan import Plan, TablePlan
    from synthseed.schema import Column, Schema

UNIFORM = "uniform"
LISTED = 200  # numbers of a range that are drawn one by one
RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")
PART = re.compile(r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^,:"]*))\s*(?::\s*(?P<share>[^,]*?)\s*)?(?:,|$)""")
EXPECTED = "expected TABLE.COLUMN=value:share,value:share, a value, a range 1..5, `uniform` or `null`"


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold one `TABLE.COLUMN=...` as it was given."""

    column: str
    text: str


def settings(given: Sequence[str] | Mapping[str, str] | None) -> tuple[Setting, ...]:
    """Return settings from options (`orders.status=paid:80`) or from a mapping of columns to texts.

    Raises:
        ConfigurationError: An option has no column or no value.
    """
    if given is None:
        return ()
    if isinstance(given, Mapping):
        return tuple(Setting(name, str(text)) for name, text in given.items())
    found = []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or "." not in name:
            raise ConfigurationError(f"--set {text!r:.80}: {EXPECTED}")
        found.append(Setting(name.strip(), value.strip()))
    return tuple(found)


def applied(plan: Plan, schema: Schema, given: Sequence[Setting]) -> Plan:
    """Return the plan with the columns as they are set; what overrode them is gone, and so is what they followed.

    Raises:
        ConfigurationError: There is no such table or column, the engine draws it, or the values are none of its type.
    """
    tables = dict(plan.tables)
    for one in given:
        table, name = named(schema, one.column)
        key = table_of(schema, table)
        tables[key] = _set(tables[key], _column(schema, key, name, one), one)
    return replace(plan, tables=tables) if given else plan


def _column(schema: Schema, key: str, name: str, one: Setting) -> Column:
    from synthseed.verbs.modelled import column_of

    where = column_of(schema, f"{key}.{name}")
    table = schema.table(key)
    column = table.column(where[len(key) + 1 :])
    for foreign in table.foreign_keys:
        if column.name in foreign.columns:
            raise ConfigurationError(f"--set {one.column}: it belongs to the foreign key {foreign.label}, which the engine draws")
    if column.generated is not None:
        raise ConfigurationError(f"--set {one.column}: the database computes it")
    return column


def _set(plan: TablePlan, column: Column, one: Setting) -> TablePlan:
    name = column.name
    old = plan.by_column.get(name)
    gen = _generator(one, column, old.gen if old else None)
    changed = ColumnPlan(name, gen, "user", old.note if old else "", bool(old and old.locked))
    columns = tuple(changed if item.column == name else item for item in plan.columns) if old else (*plan.columns, changed)
    return replace(
        plan,
        columns=columns,
        nulls={key: share for key, share in plan.nulls.items() if key != name},
        overrides=tuple(item for item in plan.overrides if item.column != name),
        follow=tuple(item for item in plan.follow if item.column != name),
    )


def _generator(one: Setting, column: Column, old: Gen | None) -> Gen:
    where = f"--set {one.column}={one.text}"
    if one.text.lower() == "null":
        if not column.nullable:
            raise ConfigurationError(f"{where}: the column is NOT NULL")
        return Null()
    if one.text.lower() == UNIFORM:
        return _uniform(old, column, where)
    found = RANGE.fullmatch(one.text)
    gen = _between(Decimal(found[1]), Decimal(found[2]), where) if found else Choice(_tiers(one, where))
    if isinstance(gen, Choice):
        _check(gen, column, where)
    return gen


def _uniform(old: Gen | None, column: Column, where: str) -> Choice:
    """Return equal shares over what the plan lists, else over the column's labels."""
    values = [value for tier in old.tiers for value in tier.values] if isinstance(old, Choice) else list(column.type.labels)
    if not values:
        raise ConfigurationError(f"{where}: the plan lists no values for it, and it is no enum; list the values")
    return Choice((Tier(Decimal(100), tuple(dict.fromkeys(values))),))


def _between(low: Decimal, high: Decimal, where: str) -> Gen:
    """Return a number from low to high, all alike; of few, each by itself: rounded, the first and last would come half as often."""
    if low > high:
        raise ConfigurationError(f"{where}: the range ends before it begins")
    step = _step(low, high)
    count = int((high - low) / step) + 1
    if count > LISTED:
        return Number(_even(low, high), step)
    return Choice((Tier(Decimal(100), tuple(str(low + step * number) for number in range(count))),))


def _even(low: Decimal, high: Decimal) -> Quantiles:
    def at(share: str) -> Decimal:
        step = _step(low, high)
        return ((low + (high - low) * Decimal(share)) / step).to_integral_value() * step

    return Quantiles(low, at("0.25"), at("0.5"), at("0.75"), at("0.95"), high)


def _step(low: Decimal, high: Decimal) -> Decimal:
    digits = max(-int(low.as_tuple().exponent), -int(high.as_tuple().exponent), 0)
    return Decimal(1).scaleb(-digits)


def _tiers(one: Setting, where: str) -> tuple[Tier, ...]:
    parts = []
    for found in PART.finditer(one.text):
        if found.start() == len(one.text):
            break
        value = found["plain"].strip() if found["quoted"] is None else re.sub(r"\\(.)", r"\1", found["quoted"])
        parts.append((value, found["share"], found["quoted"] is not None))
    if not parts or "".join(found[0] for found in PART.finditer(one.text)) != one.text:
        raise ConfigurationError(f"{where}: {EXPECTED}; quote a value that holds a comma or a colon")
    if any(value == "" and not quoted for value, _, quoted in parts):
        raise ConfigurationError(f'{where}: a value is empty; write it as ""')
    shares = [share for _, share, _ in parts if share is not None]
    if shares and len(shares) < len(parts):
        raise ConfigurationError(f"{where}: some values have a share and some have none; give every one its share")
    if not shares:
        return (Tier(Decimal(100), tuple(value for value, *_ in parts)),)
    return tuple(Tier(_share(share or "", where), (value,)) for value, share, _ in parts)


def _share(text: str, where: str) -> Decimal:
    try:
        share = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or share < 0 or not -9 <= share.adjusted() <= 9:
        raise ConfigurationError(f"{where}: the share {text!r:.20} is no number from 0 to 10 thousand millions")
    return share


def _check(gen: Choice, column: Column, where: str) -> None:
    """Raise ConfigurationError for a value that is none of the column's type."""
    from synthseed.errors import suggestion
    from synthseed.generators.literals import of_type

    labels = column.type.labels
    for value in (value for tier in gen.tiers for value in tier.values):
        if labels and value not in labels:
            raise ConfigurationError(f"{where}: {value!r:.60} is no label of it{suggestion(value, labels)}; it has {', '.join(labels)}")
        try:
            of_type([value], column.type, where)
        except PlanError as error:
            raise ConfigurationError(str(error)) from None
