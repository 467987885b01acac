"""Read the replies to `more`: rows as text, each cell held against its column, and more values of a plan's lists."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from synthseed.errors import ModelError, suggestion
from synthseed.plan import Choice, TablePlan, Template
from synthseed.plan_fit import TOKEN
from synthseed.plan_nodes import Node
from synthseed.planners.model.checked import broken_checks, doubled
from synthseed.planners.model.reply_json import FENCE, LARGEST, LONGEST_TEXT, clean, read_json
from synthseed.planners.model.request import Problem, Request
from synthseed.planners.model.values import harmless, misfit, safe, textual
from synthseed.schema import Column, Kind, Schema, Table

MOST_VALUES = 5_000  # of a table, and of the lists of one reply
MOST_IN_LIST = 1_000
NULL = "\\N"
Row = dict[str, str | None]


# ---------------------------------------------------------------------------------------------- rows
def read_rows(text: str, request: Request, schema: Schema) -> tuple[list[Row], tuple[Problem, ...]]:
    """Return the sound rows of a reply to `written_request`, text or None (NULL) per column, and what is wrong with the others.

    Addresses, links and long numbers are turned into such as reach nobody. A row that the type, the length, NOT NULL, a
    unique key or a CHECK over the columns asked for forbids is dropped.

    Args:
        text: As it came: untrusted. JSON as in rows.schema.json, or CSV with the columns in its first line and `\\N` for NULL.
        request: What was asked: one table.
        schema: The database.

    Raises:
        ModelError: It holds no rows, or not one of them can be used.
    """
    table = schema.table(request.tables[0])
    columns = tuple(column.removeprefix(f"{table.key}.") for column in request.columns)
    if len(text) > LARGEST:
        _unusable(f"it has {len(text):,} characters, at most {LARGEST:,} are read")
    reader = _Rows(table, columns, [])
    found = [row for number, cells in enumerate(_raw(text, columns), 1) if (row := reader.row(number, cells)) is not None]
    found = reader.kept(found, schema.dialect)
    if not found:
        why = f"; first of all: {reader.problems[0].text}" if reader.problems else ""
        _unusable(f"it holds no row that {table.key} could take{why}")
    return [row for _, row in found], tuple(reader.problems)


def _unusable(why: str) -> NoReturn:
    raise ModelError(f"the model's reply cannot be used: {why}; nothing was saved. Ask again, or plan without a model: --planner offline")


def _raw(text: str, columns: Sequence[str]) -> Iterator[Node | list[str]]:
    """Yield the rows as they stand, out of JSON, or of CSV in the order of the columns; no more than a table may have values."""
    try:
        root = read_json(text).value
    except ModelError:
        yield from _csv(text, columns)
        return
    rows = root.get("rows") if isinstance(root, dict) else None
    if rows is None or not isinstance(rows.value, list):
        yield from _csv(text, columns)
        return
    yield from rows.value[: _most(columns)]


def _most(columns: Sequence[str]) -> int:
    return min(MOST_IN_LIST, MOST_VALUES // max(len(columns), 1))


def _csv(text: str, columns: Sequence[str]) -> Iterator[list[str]]:
    fenced = FENCE.search(text)
    order: list[int] | None = None
    given = 0
    try:
        for line in csv.reader((fenced[1] if fenced else text).splitlines(keepends=True)):
            if order is None:
                head = [one.strip() for one in line]
                order = [head.index(column) for column in columns] if sorted(head) == sorted(columns) else None
            elif line and given < _most(columns):
                given += 1
                yield [line[at] for at in order] if len(line) == len(order) else line
    except csv.Error as error:
        _unusable(f"it is neither JSON nor CSV ({error})")
    if order is None:
        _unusable("it is neither JSON with a list `rows`, nor CSV whose first line names the columns that were asked for")


@dataclass(frozen=True, slots=True)
class _Rows:
    """Hold rows against their table, and tell what of them is unsound."""

    table: Table
    columns: tuple[str, ...]
    problems: list[Problem]

    def row(self, number: int, raw: Node | list[str]) -> tuple[int, Row] | None:
        """Return a row with its number; None, and a problem, where a cell does not fit."""
        cells = self._cells(number, raw)
        if cells is None:
            return None
        row: Row = {}
        for name, cell in zip(self.columns, cells, strict=True):
            column = self.table.column(name)
            value, why = _value(cell, column)
            if why:
                self._tell("bad_cell", number, name, why)
                return None
            row[name] = value
        return number, row

    def _cells(self, number: int, raw: Node | list[str]) -> list[Node | str] | None:
        found: object = raw
        if isinstance(raw, Node):
            found = raw.value.get("cells", raw) if isinstance(raw.value, dict) else raw
            found = found.value if isinstance(found, Node) else found
        if not isinstance(found, list) or len(found) != len(self.columns):
            given = f"{len(found)} cells" if isinstance(found, list) else "no list of cells"
            self._tell("bad_row", number, "", f"it has {given}, expected {len(self.columns)}: {', '.join(self.columns)}")
            return None
        return found

    def kept(self, rows: list[tuple[int, Row]], dialect: str) -> list[tuple[int, Row]]:
        """Return the rows without those that a CHECK or a unique key forbids."""
        rows = self._without(rows, "check", dict(broken_checks([row for _, row in rows], self.table, dialect)))
        return self._without(rows, "doubled", dict(doubled([row for _, row in rows], self.table)))

    def _without(self, rows: list[tuple[int, Row]], code: str, broken: Mapping[int, str]) -> list[tuple[int, Row]]:
        for at, text in broken.items():
            self._tell(code, rows[at][0], "", text)
        return [row for at, row in enumerate(rows) if at not in broken]

    def _tell(self, code: str, number: int, column: str, text: str) -> None:
        where = f"{self.table.key}.{column}" if column else self.table.key
        self.problems.append(Problem(code, self.table.key, column, f"{where}: row {number}: {text}"))


def _value(cell: Node | str, column: Column) -> tuple[str | None, str]:
    """Return a cell as it is kept, and why it cannot be."""
    text = _text(cell)
    if text is None:
        return (None, "") if column.nullable else (None, "it is NULL, and the column is NOT NULL")
    if not isinstance(text, str):
        return None, f"it is {text[0]}, expected a text"
    if len(text) > LONGEST_TEXT:
        return None, f"it has {len(text):,} characters, at most {LONGEST_TEXT:,} are read"
    if textual(column) or column.type.kind in (Kind.JSON, Kind.ARRAY):
        text = safe(text)
    text = harmless(text) if textual(column) else text
    return text, misfit(text, column)


def _text(cell: Node | str) -> str | tuple[str] | None:
    """Return the text of a cell, None for NULL, or in a tuple what stands there instead."""
    if isinstance(cell, str):
        return None if cell == NULL else clean(cell)
    if cell.empty:
        return None
    return cell.value if isinstance(cell.value, str) else (cell.shown,)


# ---------------------------------------------------------------------------------------------- values
def read_values(
    text: str, plan: TablePlan, wanted: Collection[str], schema: Schema
) -> tuple[dict[str, tuple[str, ...]], tuple[Problem, ...]]:
    """Return the new values by list out of a reply to `expand_request`, and what of it cannot be used.

    A value is new where its list does not hold it, fits the column that the list fills, and has no token that the list
    does not use already.

    Args:
        text: As it came: untrusted.
        plan: The plan whose lists were to grow.
        wanted: Names of those lists: slots, and columns that are a `choice` or a `template`.
        schema: The database.

    Raises:
        ModelError: It holds no list of values, or not one value is new.
    """
    root = read_json(text).value
    lists = root.get("lists") if isinstance(root, dict) else None
    if lists is None or not isinstance(lists.value, list):
        _unusable("it holds no list `lists`")
    reader = _Lists(plan, schema.table(plan.table), frozenset(wanted), [])
    found: dict[str, tuple[str, ...]] = {}
    for one in lists.value[: 2 * len(wanted) + 20]:
        name, values = reader.one(one)
        new = [value for value in values if value not in found.get(name, ())]
        if new:
            found[name] = (*found.get(name, ()), *new)[:MOST_IN_LIST]
    if not found:
        _unusable(f"it holds no new value for {', '.join(sorted(wanted))}")
    return found, tuple(reader.problems)


@dataclass(frozen=True, slots=True)
class _Lists:
    """Hold values against the lists that they are for."""

    plan: TablePlan
    table: Table
    wanted: frozenset[str]
    problems: list[Problem]

    def one(self, node: Node) -> tuple[str, tuple[str, ...]]:
        """Return a list's name and its new values."""
        parts: Mapping[str, Node] = node.value if isinstance(node.value, dict) else {}
        name = parts["name"].value if "name" in parts else ""
        values = parts["values"].value if "values" in parts else ""
        if not isinstance(name, str) or name not in self.wanted:
            shown = parts["name"].shown if "name" in parts else "nothing"
            known = suggestion(name, self.wanted) if isinstance(name, str) else ""
            self._tell("unknown_list", "", f"the list {shown} was not asked for{known}")
            return "", ()
        if not isinstance(values, list):
            self._tell("wrong_type", name, "`values` is no list")
            return name, ()
        return name, self._new(name, values[:MOST_IN_LIST])

    def _new(self, name: str, values: Sequence[Node]) -> tuple[str, ...]:
        there, column = self._list(name)
        tokens = {token[0] for value in there for token in TOKEN.finditer(value)}
        new: dict[str, None] = {}
        dropped = 0
        for node in values:
            value = harmless(safe(node.value)) if isinstance(node.value, str) and not node.empty else ""
            fits = bool(value) and len(value) <= LONGEST_TEXT and (column is None or not misfit(value, column))
            if not fits or any(token[0] not in tokens for token in TOKEN.finditer(value)):
                dropped += 1
            elif value not in there:
                new[value] = None
        if dropped:
            self._tell("bad_value", name, f"{dropped} of the new values do not fit, or use tokens that the list does not; dropped")
        return tuple(new)

    def _list(self, name: str) -> tuple[frozenset[str], Column | None]:
        """Return the values that are there, and the column that they are themselves values of, if any."""
        for slot in self.plan.slots:
            if slot.name == name:
                return frozenset(value for tier in slot.tiers for value in tier.values), None
        gen = self.plan.by_column[name].gen
        tiers = gen.tiers if isinstance(gen, Choice | Template) else ()
        column = self.table.by_name.get(name) if isinstance(gen, Choice) else None
        return frozenset(value for tier in tiers for value in tier.values), column

    def _tell(self, code: str, column: str, text: str) -> None:
        where = f"{self.table.key}.{column}" if column else self.table.key
        self.problems.append(Problem(code, self.table.key, column, f"{where}: {text}"))
