"""Read a model's reply as the plans of the tables that were asked for; one unsound column costs that column only.

Every part goes through the reader of plan files, so that a model can say nothing that a person could not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar

from synthseed import plan_reader
from synthseed.errors import ModelError, PlanError, SynthseedError, suggestion
from synthseed.expressions import parse
from synthseed.plan import ColumnPlan, Expr, Gen, KeyPlan, TablePlan
from synthseed.plan_nodes import Node
from synthseed.planners.model.reply_json import oversized, read_json, values_in
from synthseed.planners.model.request import Problem, Request
from synthseed.schema import Schema, Table

MOST_VALUES = 5_000  # of a table
MOST_ROWS = 10_000_000
MOST_RULES = 20
T = TypeVar("T")


@dataclass(frozen=True)
class Reading:
    """Hold what a reply says: sound plans of tables, what is unsound, and what was corrected on the way."""

    tables: Mapping[str, TablePlan] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    fixes: tuple[str, ...] = ()


def read_reply(text: str, request: Request, schema: Schema) -> Reading:
    """Read the reply to a request.

    Args:
        text: As it came: untrusted.
        request: What was asked; anything else in the reply is dropped and told.
        schema: The database.

    Raises:
        ModelError: Nothing of it can be used.
    """
    root = read_json(text).value
    tables = root.get("tables") if isinstance(root, dict) else None
    if tables is None or not isinstance(tables.value, list):
        raise ModelError(
            "the model's reply cannot be used: it holds no list `tables`; nothing was saved. Ask again, or plan without a model: "
            "--planner offline"
        )
    problems: list[Problem] = []
    found: dict[str, TablePlan] = {}
    for one in tables.value:
        name = _name(one, "table")
        if name not in request.tables:
            text = f"the reply plans a table {name[:60]!r} that was not asked for{suggestion(name, request.tables)}"
            problems.append(Problem("unknown_table", "", "", text))
        elif name in found:
            problems.append(Problem("doubled_table", name, "", f"{name} is there twice; the first one is used"))
        else:
            found[name] = _Table(schema.table(name), request, problems).read(one)
    if not any(table.columns or table.fks for table in found.values()) and request.columns:
        raise ModelError(
            "the model's reply cannot be used: it plans none of the columns that were asked for; nothing was saved. Ask again, or plan "
            "without a model: --planner offline"
        )
    return Reading(found, tuple(problems))


def _name(one: Node, key: str) -> str:
    value = one.value.get(key) if isinstance(one.value, dict) else None
    return value.value if value is not None and isinstance(value.value, str) else ""


class _Table:
    """Read one table of a reply, and tell what of it is unsound."""

    def __init__(self, table: Table, request: Request, problems: list[Problem]) -> None:
        self.table, self.problems = table, problems
        self.wanted = {column for column in table.by_name if f"{table.key}.{column}" in request.columns}
        self.left = MOST_VALUES

    def read(self, node: Node) -> TablePlan:
        """Return the sound part of the table's plan."""
        parts = node.value if isinstance(node.value, dict) else {}
        columns = tuple(self._columns(parts))
        return TablePlan(
            table=self.table.key,
            rows=self._rows(parts),
            about=_name(node, "about")[:200],
            role=_name(node, "role") if _name(node, "role") in plan_reader.WORDS["role"] else "entity",
            fks=tuple(self._each(parts, "fks", "columns", self._key)),
            joints=tuple(self._each(parts, "joints", "name", lambda one: plan_reader.joint(one, self.table.key))),
            slots=tuple(self._each(parts, "slots", "name", lambda one: plan_reader.slot(one, self.table.key))),
            columns=columns,
            nulls=dict(self._each(parts, "nulls", "column", self._null)),
            follow=tuple(self._each(parts, "follow", "column", lambda one: plan_reader.follow(one, self.table.key))),
            overrides=tuple(self._each(parts, "overrides", "column", self._override)),
            rules=tuple(self._rules(parts)),
        )

    def _columns(self, parts: Mapping[str, Node]) -> Iterator[ColumnPlan]:
        seen: set[str] = set()
        for plan in self._each(parts, "columns", "column", self._column):
            if plan.column in seen:
                self._problem("doubled_column", plan.column, "it is there twice; the first one is used")
            elif not plan.column.startswith("_") and plan.column not in self.wanted:
                known = f"{suggestion(plan.column, self.wanted)}"
                self._problem("unknown_column", plan.column[:60], f"it was not asked for{known}; a helper's name starts with _")
            else:
                seen.add(plan.column)
                yield plan

    def _each(self, parts: Mapping[str, Node], name: str, key: str, read: Callable[[Node], T]) -> Iterator[T]:
        """Yield the sound items of a list; each unsound one is a problem of its own."""
        items = parts[name].value if name in parts else []
        if not isinstance(items, list):
            self._problem("wrong_type", "", f"`{name}` is {parts[name].shown}, expected a list")
            return
        if len(items) > len(self.table.columns) * 3 + 50:
            self._problem("too_many", "", f"`{name}` has {len(items)} entries")
            return
        for item in items:
            found = self._sound(item, name, key, read)
            if found is not None:
                yield found

    def _sound(self, item: Node, name: str, key: str, read: Callable[[Node], T]) -> T | None:
        column = _name(item, key)[:60]
        self.left -= values_in(item)
        large = oversized(item) or ("" if self.left >= 0 else f"more than {MOST_VALUES:,} values in one table")
        if large:
            self._problem("too_many", column, large)
            return None
        try:
            return read(item)
        except SynthseedError as error:
            self._problem(f"bad_{name}", column, str(error).removeprefix(":0: "))
            return None

    def _problem(self, code: str, column: str, text: str) -> None:
        where = f"{self.table.key}.{column}" if column else self.table.key
        self.problems.append(Problem(code, self.table.key, column, text if text.startswith(where) else f"{where}: {text}"))

    # ------------------------------------------------------------------------------------------ parts
    def _column(self, node: Node) -> ColumnPlan:
        name = node.mapping("a column")["column"].text("column") if "column" in node.mapping("a column") else ""
        return ColumnPlan(name, self._gen(node, f"{self.table.key}.{name}"), "model")

    def _gen(self, node: Node, where: str) -> Gen:
        found = node.mapping(where)
        if "gen" not in found:
            node.fail(f"{where} lacks `gen`")
        parts = dict(found["gen"].mapping(f"{where}: gen"))
        kind = parts.pop("kind", None)
        if kind is None:
            node.fail(f"{where}: gen lacks `kind`")
        gen = plan_reader.generator(Node("", 0, {"use": replace(kind, plain=True), **_without_empty(parts)}), where)
        if isinstance(gen, Expr):
            parse(gen.expr)
        return gen

    def _override(self, node: Node) -> Any:
        found = node.mapping("an override")
        for name in ("column", "when", "gen"):
            if name not in found:
                node.fail(f"an override lacks `{name}`")
        parse(found["when"].text("when"))
        gen = self._gen(node, f"an override of {self.table.key}")
        column = found["column"].text("column")
        if column not in self.wanted and not column.startswith("_"):
            node.fail(f"an override is for {column!r:.60}, which was not asked for")
        from synthseed.plan import Override

        return Override(column, found["when"].text("when"), gen)

    def _key(self, node: Node) -> KeyPlan:
        found = dict(node.mapping("a key"))
        mode = _name(node, "mode")
        if mode != "driver":
            found.pop("fanout", None)
        if mode != "pick":
            found.pop("skew", None)
        if mode != "same_parent":
            found.pop("via", None)
        label = _name(node, "columns").replace(" ", "")
        labels = [key.label for key in self.table.foreign_keys]
        if label not in labels:
            node.fail(f"{label!r:.60} is no foreign key of {self.table.key}{suggestion(label, labels)}")
        return plan_reader.key(Node("", 0, {**found, "columns": Node("", 0, label)}), self.table.key)

    def _null(self, node: Node) -> tuple[str, Decimal]:
        found = node.mapping("nulls")
        if "column" not in found or "percent" not in found:
            node.fail("an entry of nulls needs `column` and `percent`")
        name = found["column"].text("column")
        if name not in self.table.by_name:
            node.fail(f"there is no column {name!r:.60}")
        return name, plan_reader.share(found["percent"], f"{self.table.key}: nulls of {name}", 100)

    def _rules(self, parts: Mapping[str, Node]) -> Iterator[str]:
        for rule in list(self._each(parts, "rules", "", lambda one: one.text("a rule")))[:MOST_RULES]:
            try:
                parse(rule)
                yield rule
            except PlanError as error:
                self.problems.append(Problem("bad_rules", self.table.key, rule[:60], f"{self.table.key}: the rule {rule[:60]!r}: {error}"))

    def _rows(self, parts: Mapping[str, Node]) -> int:
        if "rows" not in parts:
            return 0
        try:
            return min(parts["rows"].whole("rows", 0), MOST_ROWS)
        except PlanError as error:
            self._problem("wrong_type", "", str(error).removeprefix(":0: "))
            return 0


def _without_empty(parts: Mapping[str, Node]) -> dict[str, Node]:
    """Return the fields of a generator without those that a strict schema makes a model write though they say nothing."""
    return {name: value for name, value in parts.items() if not (value.value == "" and name in ("group", "end"))}
