"""See that what must be unique can be: every such column's generator is built and its values are counted.

What repeats or is too small gives way to something like it that has room: a name becomes a first and a last name out of
the locale's own, a list or a text gets a running number, anything else a code. Room for twice the rows is asked, so that
a later top-up fits.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product
from math import prod

from synthseed.errors import SynthseedError
from synthseed.generators.base import Setting
from synthseed.generators.build import build
from synthseed.plan import Choice, Expr, Gen, Joint, JointRow, JointTable, Quantiles, Semantic, Slot, Template, Tier
from synthseed.planners.offline.draft import Draft, covered
from synthseed.planners.offline.leftovers import code
from synthseed.planners.offline.shapes import number, template
from synthseed.schema import Column, Kind
from synthseed.words import Words

NOW = 1_767_225_600_000_000  # 2026-01-01: for the bounds of times alone, never for a cell
MOST_SLOTS = 600  # places of a timetable
NAMED = 400  # first and last names that names are put together from
PERSONAL = ("full_name", "first_name", "last_name")


def plan_slots(draft: Draft) -> None:
    """Plan columns of which each parent has every combination at most once as rows of a joint table: a day and a period."""
    driver, keys = draft.driver, covered(draft.table)
    if driver is None:
        return
    for unique in draft.table.keys:
        own = [draft.table.column(name) for name in unique.columns if name not in keys]
        if unique.where or unique.expressions or len(own) < 2 or not set(driver.columns) <= set(unique.columns):
            continue
        values = [_few(draft, column) for column in own]
        if not all(values):
            continue
        cells = list(product(*values))
        if len(cells) > MOST_SLOTS:
            continue
        name = "slots" if "slots" not in draft.joints else f"slots_{own[0].name}"
        share = number("1 1 1 1 1 1").q.min
        draft.joints[name] = JointTable(name, tuple(c.name for c in own), tuple(JointRow(share, row) for row in cells))
        for column in own:
            draft.put(column, Joint(name, column.name), "each combination once per parent", nulls=0)


def _few(draft: Draft, column: Column) -> tuple[str, ...]:
    """Return all values of a column that can have a few only."""
    limit = draft.limits[column.name]
    labels = column.type.labels or limit.among
    if labels:
        return labels
    if column.type.kind is Kind.INTEGER and limit.low is not None and limit.high is not None and limit.high - limit.low < 60:
        return tuple(str(value) for value in range(int(limit.low), int(limit.high) + 1))
    return ()


def settle_unique(draft: Draft) -> None:
    """Give way where a unique column could repeat a value, and keep NULL out of what other tables point at."""
    for column in draft.free:
        if _pointed_at(draft, column):
            draft.nulls.pop(column.name, None)
            if column.type.kind is Kind.TEXT and _by_number(draft, column):
                draft.put(column, template("{seq:1}"), "digits only: integers point at it")
        needed = draft.needed(column.name)
        if not needed or column.name not in draft.columns or column.type.kind not in (Kind.TEXT, Kind.OTHER):
            continue
        if column.type.labels or draft.limits[column.name].among:
            continue  # the database lists its values: with more rows than these the law refuses
        if _shared_out(draft, column):
            continue
        wanted = needed if draft.role == "lookup" else needed * 2
        together = draft.combined(column.name) or (column.name,)
        if prod(_room(draft, draft.table.column(c), draft.columns[c].gen) for c in together if c in draft.columns) >= wanted:
            continue
        for gen in _instead(draft, column):
            if _room(draft, column, gen) >= wanted:
                draft.overrides = [one for one in draft.overrides if one.column != column.name]
                draft.put(column, gen, draft.columns[column.name].note)
                break


def _shared_out(draft: Draft, column: Column) -> bool:
    """Shorten a fan-out to the values that each parent can share out, where twice the usual number of children fits."""
    driver = draft.driver
    if driver is None or column.name in draft.unique:
        return False
    key, room = draft.keys[driver.label], _room(draft, column, draft.columns[column.name].gen)
    if key.fanout is None or room < draft.mean * 2 or room >= key.fanout.max:
        return room >= (key.fanout.max if key.fanout is not None else 1)
    q, most = key.fanout, Decimal(room)
    shorter = Quantiles(q.min, *(min(value, most) for value in (q.p25, q.p50, q.p75, q.p95, q.max)))
    draft.keys[driver.label] = replace(key, fanout=shorter)
    return True


def _pointed_at(draft: Draft, column: Column) -> bool:
    return any(
        key.parent == draft.table.key and column.name in key.parent_columns for other in draft.schema.tables for key in other.foreign_keys
    )


def _by_number(draft: Draft, column: Column) -> bool:
    """Tell whether an integer column of another table points at this text."""
    return any(
        other.column(mine).type.kind is Kind.INTEGER
        for other in draft.schema.tables
        for key in other.foreign_keys
        if key.parent == draft.table.key
        for mine, theirs in zip(key.columns, key.parent_columns, strict=True)
        if theirs == column.name
    )


def _room(draft: Draft, column: Column, gen: Gen) -> int:
    """Return how many distinct values a generator can give; 0 where it may repeat one."""
    if isinstance(gen, Joint):
        joint = draft.joints.get(gen.set)
        return 0 if joint is None else len({row.cells[joint.fields.index(gen.field)] for row in joint.rows})
    if isinstance(gen, Expr) and gen.expr in ("ordinal()", "row_number()"):
        return 10**12
    setting = Setting(draft.schema, draft.table, column, column.name, draft.done(), draft.locale, NOW, unique=True)
    try:
        built = build(gen, setting)
        if built.distinct:
            return 10**12
        space = built.space()
    except SynthseedError:
        return 0
    return 0 if space is None else space.size


def _instead(draft: Draft, column: Column) -> list[Gen]:
    """Return what may take a column's place, the nearest first."""
    gen, found = draft.columns[column.name].gen, list[Gen]()
    if isinstance(gen, Semantic) and gen.type in PERSONAL:
        if draft.words[-1] in ("user", "account", "player", "profile", "login"):
            found.append(Semantic("username", gen.group))
        found.append(_names(draft, gen.type))
    if isinstance(gen, Choice):
        found.append(Template(tuple(Tier(tier.share, tuple(f"{_plain(value)} {{seq}}" for value in tier.values)) for tier in gen.tiers)))
    if isinstance(gen, Template):
        found.append(Template(tuple(Tier(tier.share, tuple(f"{value} {{seq}}" for value in tier.values)) for tier in gen.tiers)))
    return [one for one in found if _fits(column, one)] + [code(draft, column)]


def _plain(value: str) -> str:
    return value.replace("{", "{{").replace("}", "}}")


def _fits(column: Column, gen: Gen) -> bool:
    if not isinstance(gen, Template):
        return True
    longest = max(len(value) for tier in gen.tiers for value in tier.values)
    return longest + 4 <= (column.type.length or 10**6)


def _names(draft: Draft, kind: str) -> Gen:
    """Return names out of the locale's first and last names, every pair another one."""
    words = Words.of(draft.locale)
    firsts = [
        text for pair in zip(*(words.pool(f"first_name.{gender}").texts for gender in ("female", "male")), strict=False) for text in pair
    ]
    lasts = list(words.pool("last_name.male").texts)
    for name, texts in (("given", firsts), ("family", lasts)):
        draft.slots.setdefault(name, Slot(name, (Tier(number("100 100 100 100 100 100").q.min, tuple(dict.fromkeys(texts))[:NAMED]),)))
    return template({"full_name": "{given} {family}", "first_name": "{given}", "last_name": "{family}"}[kind])
