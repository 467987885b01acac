"""Give nodes of a plan file their meaning: every key is known, every value has its type, or file and line are named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import Any, TypeVar

from synthseed.errors import NotBuilt, suggestion
from synthseed.plan import (
    ENGINE,
    KINDS,
    Center,
    ColumnPlan,
    Follow,
    Gen,
    JointRow,
    JointTable,
    KeyPlan,
    Null,
    Override,
    Plan,
    Quantiles,
    Slot,
    Spike,
    TablePlan,
    Template,
    Tier,
)
from synthseed.plan_fit import follows
from synthseed.plan_nodes import NUMBER, Node

T = TypeVar("T")
WRITTEN = 20  # rows that `rows: written` asks for, where no `count` says otherwise
WHOLE = Decimal(100)  # share of the one tier that `values: [a, b]` and `template: "..."` stand for
NOT_BUILT = ("editions", "version")  # words of the plan's language that this version has no type for
WORDS: Mapping[str, tuple[str, ...]] = {
    "role": ("entity", "lookup", "link", "event", "log"),
    "mode": ("driver", "pick", "same_parent"),
    "skew": ("none", "mild", "heavy"),
    "source": ("offline", "model", "user"),
    "unit": ("seconds", "minutes", "hours", "days", "months"),
    "rhythm": ("flat", "office", "retail", "social", "machine"),
    "season": ("flat", "retail_q4", "summer", "winter", "school_year"),
    "axis": ("lat", "lon", "point"),
    "scheme": ("bcrypt", "argon2", "pbkdf2_sha256"),
}


# ---------------------------------------------------------------------------------------------- values
def known(node: Node, where: str, allowed: Collection[str], needed: Collection[str] = ()) -> dict[str, Node]:
    """Return the entries of a mapping whose keys are all allowed, and which has all that it needs."""
    found = node.mapping(where)
    for key, value in found.items():
        if key in NOT_BUILT and key not in allowed:
            raise NotBuilt(f"{value.file}:{value.line}: `{key}` is not built yet: remove it")
        if key not in allowed:
            value.fail(f"{where} has no `{key}`{suggestion(key, allowed)}; it takes {', '.join(allowed)}")
    for key in needed:
        if key not in found:
            node.fail(f"{where} lacks `{key}`")
    return found


def word(node: Node, where: str, name: str) -> str:
    """Return one of the words that a field takes."""
    text = node.text(where)
    if text not in WORDS[name]:
        node.wanted(f"one of {', '.join(WORDS[name])}{suggestion(text, WORDS[name])}", where)
    return text


def texts(node: Node, where: str) -> tuple[str, ...]:
    """Return the texts of a list."""
    return tuple(item.text(f"a value of {where}") for item in node.items(where))


def share(node: Node, where: str, high: int | None = None) -> Decimal:
    """Return a weight, or a percentage where `high` is 100."""
    number = node.decimal(where)
    if number < 0 or (high is not None and number > high):
        node.wanted("a number from 0" + (f" to {high}" if high else ""), where)
    return number


def quantiles(node: Node, where: str) -> Quantiles:
    """Return min, p25, p50, p75, p95 and max."""
    names = [item.name for item in fields(Quantiles)]
    found = known(node, where, names, names)
    return Quantiles(**{name: found[name].decimal(f"{where}.{name}") for name in names})


def tier(node: Node, where: str) -> Tier:
    """Return {share, values}."""
    found = known(node, where, ("share", "values"), ("share", "values"))
    return Tier(share(found["share"], f"{where}.share"), texts(found["values"], f"{where}.values"))


def tiers(found: Mapping[str, Node], node: Node, where: str) -> tuple[Tier, ...]:
    """Return tiers, or what a short form stands for: `values: [a, b]`, `values: {a: 80, b: 20}`, `template: "..."`."""
    given = [name for name in ("tiers", "values", "template") if name in found]
    if len(given) != 1:
        node.fail(f"{where} needs one of `tiers` and `values`" + (f", not {' and '.join(given)}" if given else ""))
    value = found[given[0]]
    if given[0] == "tiers":
        return tuple(tier(item, f"a tier of {where}") for item in value.items(f"{where}.tiers"))
    if given[0] == "template":
        return (Tier(WHOLE, (value.text(f"{where}.template"),)),)
    if isinstance(value.value, dict):
        return tuple(Tier(share(weight, f"the share of {name!r:.60}"), (name,)) for name, weight in value.value.items())
    return (Tier(WHOLE, texts(value, f"{where}.values")),)


def spikes(node: Node, where: str) -> tuple[Spike, ...]:
    """Return a list of {value, share}."""
    result = []
    for item in node.items(where):
        found = known(item, "a spike", ("value", "share"), ("value", "share"))
        result.append(Spike(found["value"].decimal("a spike's value"), share(found["share"], "a spike's share", 100)))
    return tuple(result)


def centers(node: Node, where: str) -> tuple[Center, ...]:
    """Return a list of {share, lat, lon, km}."""
    names = [item.name for item in fields(Center)]
    result = []
    for item in node.items(where):
        found = known(item, "a centre", names, names)
        result.append(Center(**{name: found[name].decimal(f"a centre's {name}") for name in names}))
    return tuple(result)


def _text(node: Node, where: str) -> str:
    return node.text(where)


def _word_of(name: str) -> Callable[[Node, str], str]:
    return lambda node, where: word(node, where, name)


FIELDS: Mapping[str, Callable[[Node, str], Any]] = {
    **dict.fromkeys(("type", "group", "password", "start", "end", "ref", "set", "field", "expr", "template"), _text),
    **{name: _word_of(name) for name in ("unit", "rhythm", "season", "axis", "scheme")},
    "q": quantiles,
    "step": lambda node, where: node.decimal(where),
    "growth": lambda node, where: node.decimal(where),
    "future": lambda node, where: node.truth(where),
    "spikes": spikes,
    "centers": centers,
}


# ---------------------------------------------------------------------------------------------- generators
def generator(node: Node, where: str, beside: tuple[str, ...] = ()) -> Gen:
    """Return the generator that a mapping with `use` describes; `beside` names the keys that are not the generator's."""
    found = node.mapping(where)
    if "use" not in found:
        node.fail(f"{where} lacks `use`; it is one of {', '.join(KINDS)}")
    use = found["use"]
    kind = "null" if use.empty and use.value else use.text(f"{where}: use")
    if kind not in KINDS:
        use.wanted(f"one of {', '.join(KINDS)}{suggestion(kind, KINDS)}", f"{where}: use")
    build = KINDS[kind]
    names = {item.name: item for item in fields(build)}
    if "tiers" in names:
        short = ("tiers", "values", "template") if build is Template else ("tiers", "values")
        known(node, f"{where} ({kind})", (*beside, "use", *short))
        gen: Gen = build(tiers(found, node, where))
        return gen
    needed = [name for name, item in names.items() if item.default is MISSING]
    known(node, f"{where} ({kind})", (*beside, "use", *names), needed)
    gen = build(**{name: FIELDS[name](found[name], f"{where}: {name}") for name in names if name in found})
    return gen


def column(name: str, node: Node, table: str, source: str = "offline") -> ColumnPlan:
    """Return the plan of a column; `name: null` is short for `use: null`."""
    where = f"{table}.{name}"
    if node.empty and node.value:
        return ColumnPlan(name, Null(), source, node.note)
    gen = generator(node, where, ("source", "note", "locked"))
    found = node.mapping(where)
    source = word(found["source"], f"{where}: source", "source") if "source" in found else source
    note = found["note"].text(f"{where}: note") if "note" in found else node.note
    locked = found["locked"].truth(f"{where}: locked") if "locked" in found else False
    return ColumnPlan(name, gen, source, note, locked)


# ---------------------------------------------------------------------------------------------- tables
def key(node: Node, table: str) -> KeyPlan:
    """Return the plan of a foreign key."""
    where = f"a key of {table}"
    found = known(node, where, ("columns", "mode", "via", "fanout", "skew", "closed"), ("columns", "mode"))
    parts: dict[str, Any] = {"columns": found["columns"].text(f"{where}: columns"), "mode": word(found["mode"], f"{where}: mode", "mode")}
    if "via" in found:
        parts["via"] = found["via"].text(f"{where}: via")
    if "fanout" in found:
        parts["fanout"] = quantiles(found["fanout"], f"{where}: fanout")
    if "skew" in found:
        parts["skew"] = word(found["skew"], f"{where}: skew", "skew")
    if "closed" in found:
        parts["closed"] = found["closed"].truth(f"{where}: closed")
    return KeyPlan(**parts)


def joint(node: Node, table: str) -> JointTable:
    """Return a joint table, whose rows have a cell per field."""
    where = f"a joint of {table}"
    found = known(node, where, ("name", "fields", "rows"), ("name", "fields", "rows"))
    names = texts(found["fields"], f"{where}: fields")
    rows = []
    for item in found["rows"].items(f"{where}: rows"):
        row = known(item, f"a row of {where}", ("share", "cells"), ("share", "cells"))
        cells = texts(row["cells"], "cells")
        if len(cells) != len(names):
            item.fail(f"a row of {where} has {len(cells)} cells for the {len(names)} fields {', '.join(names)}")
        rows.append(JointRow(share(row["share"], "share"), cells))
    return JointTable(found["name"].text(f"{where}: name"), names, tuple(rows))


def slot(node: Node, table: str) -> Slot:
    """Return a named vocabulary."""
    where = f"a slot of {table}"
    found = known(node, where, ("name", "tiers", "values"), ("name",))
    return Slot(found["name"].text(f"{where}: name"), tiers(found, node, where))


def override(node: Node, table: str) -> Override:
    """Return {column, when, use, ...}."""
    where = f"an override of {table}"
    found = node.mapping(where)
    for name in ("column", "when"):
        if name not in found:
            node.fail(f"{where} lacks `{name}`")
    gen = generator(node, where, ("column", "when"))
    return Override(found["column"].text(f"{where}: column"), found["when"].text(f"{where}: when"), gen)


def follow(node: Node, table: str) -> Follow:
    """Return {column, ref, rho}."""
    where = f"a follow of {table}"
    found = known(node, where, ("column", "ref", "rho"), ("column", "ref", "rho"))
    column, ref = (found[name].text(f"{where}: {name}") for name in ("column", "ref"))
    return Follow(column, ref, found["rho"].decimal(f"{where}: rho"))


def _each(found: Mapping[str, Node], name: str, table: str, read: Callable[[Node, str], T]) -> tuple[T, ...]:
    return tuple(read(item, table) for item in found[name].items(f"{table}: {name}")) if name in found else ()


def table(node: Node) -> TablePlan:
    """Return the plan of a table."""
    names = [item.name for item in fields(TablePlan)]
    names = [name for name in names if name not in ("fixed", "written")]  # both stand in `rows`
    found = known(node, "the plan of a table", (*names, "source", "count"), ("table", "rows"))
    name = found["table"].text("table")
    source = word(found["source"], f"{name}: source", "source") if "source" in found else "offline"
    planned = found["columns"].mapping(f"{name}: columns") if "columns" in found else {}
    nulls = found["nulls"].mapping(f"{name}: nulls") if "nulls" in found else {}
    read = TablePlan(
        table=name,
        **_rows(found, name),
        about=found["about"].text("about") if "about" in found else _about(found, name),
        role=word(found["role"], f"{name}: role", "role") if "role" in found else "entity",
        fks=_each(found, "fks", name, key),
        joints=_each(found, "joints", name, joint),
        slots=_each(found, "slots", name, slot),
        columns=tuple(column(planned_name, value, name, source) for planned_name, value in planned.items()),
        nulls={null: share(value, f"{name}: nulls of {null}", 100) for null, value in nulls.items()},
        overrides=_each(found, "overrides", name, override),
        rules=texts(found["rules"], f"{name}: rules") if "rules" in found else (),
        stream=found["stream"].text(f"{name}: stream") if "stream" in found else "",
        locked=found["locked"].truth(f"{name}: locked") if "locked" in found else False,
        follow=_each(found, "follow", name, follow),
    )
    for place, problem in follows(read):
        found["follow"].items("follow")[place].fail(f"{name}: {problem}")
    return read


def _rows(found: Mapping[str, Node], name: str) -> dict[str, Any]:
    """Return what `rows` says: a number, the first rows by hand, or `written`; with the last two `count` says how many in all."""
    rows = found["rows"]
    if isinstance(rows.value, list):
        fixed = tuple(_fixed(item, name) for item in rows.value)
        least = len(fixed)
        return {"fixed": fixed, "rows": found["count"].whole(f"{name}: count", least) if "count" in found else least}
    if rows.value == "written":
        return {"written": True, "rows": found["count"].whole(f"{name}: count", 1) if "count" in found else WRITTEN}
    if "count" in found:
        found["count"].fail(f"{name}: `count` stands beside rows that are listed, or `rows: written`; write `rows: {found['count'].shown}`")
    if not NUMBER.fullmatch(rows.value if isinstance(rows.value, str) else ""):
        rows.wanted("a whole number, a list of rows, or `written`", f"{name}: rows")
    return {"rows": rows.whole(f"{name}: rows", 0)}


def _fixed(node: Node, name: str) -> Mapping[str, str | None]:
    cells = node.mapping(f"a row of {name}")
    return {column: None if value.empty and value.value else value.text(f"{name}: {column}") for column, value in cells.items()}


def _about(found: Mapping[str, Node], name: str) -> str:
    first = next(iter(found.values()))
    return first.note.removeprefix(f"{name}: ")


# ---------------------------------------------------------------------------------------------- the plan
def plan(node: Node, tables: Mapping[str, TablePlan]) -> Plan:
    """Return the plan of a database: what `_plan.yml` says, and these tables."""
    if node.empty:
        return Plan(dict(tables))
    found = known(node, "the plan", [item.name for item in fields(Plan) if item.name != "tables"])
    pools = found["vocabularies"].mapping("vocabularies") if "vocabularies" in found else {}
    return Plan(
        dict(tables),
        seed=found["seed"].whole("seed", -(2**63)) if "seed" in found else 0,
        as_of=found["as_of"].text("as_of") if "as_of" in found and not found["as_of"].empty else None,
        locale=found["locale"].text("locale") if "locale" in found else "en_US",
        engine=found["engine"].whole(f"engine (this version makes the cells of {ENGINE})", 1, ENGINE) if "engine" in found else ENGINE,
        vocabularies={name: value.text(f"vocabularies: {name}") for name, value in pools.items()},
    )
