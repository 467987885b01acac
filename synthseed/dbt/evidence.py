"""Read out of the SELECTs of a project what its sources hold: types, vocabularies, filters, joins and pivots."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from synthseed.dbt.attributes import aside
from synthseed.dbt.conditions import conjuncts
from synthseed.dbt.facts import Facts, Strength, TypeFact
from synthseed.dbt.filtered import Filters, joined
from synthseed.dbt.formats import shares
from synthseed.dbt.lineage import SURPRISES
from synthseed.dbt.literals import days_from_now, literal
from synthseed.dbt.origins import Origin, of_expression
from synthseed.dbt.pivoted import aggregated, field_of, keyed, picked, read_behind, read_json
from synthseed.dbt.printed import called, printed, renamed
from synthseed.dbt.rows import BOUND, Query, Tree, value_of
from synthseed.dbt.types import NUMBERS, by_name, kind_of

TEMPORAL = [
    "DateTrunc", "TimestampTrunc", "DatetimeTrunc", "DateDiff", "DatetimeDiff", "TimestampDiff", "TsOrDsDiff", "DateAdd",
    "DateSub", "DatetimeAdd", "DatetimeSub", "TimestampAdd", "TimestampSub", "TsOrDsAdd", "Year", "Quarter", "Month", "Week",
    "Day", "DayOfWeek", "DayOfMonth", "DayOfYear", "LastDay", "AddMonths", "TimeToStr", "MonthsBetween", "AtTimeZone", "Hour",
    "Minute",
]  # fmt: skip
TEXTUAL = [
    "Lower", "Upper", "Trim", "Substring", "Split", "SplitPart", "Left", "Right", "RegexpLike", "RegexpILike", "RegexpExtract",
    "RegexpReplace", "Replace", "StrPosition", "Initcap", "Like", "ILike", "StartsWith", "EndsWith", "Contains", "StrToTime",
    "StrToDate",
]  # fmt: skip
NUMERIC = [
    "Sum", "Avg", "Stddev", "StddevSamp", "Variance", "Median", "PercentileCont", "Round", "Abs", "Floor", "Ceil", "Sqrt", "Ln",
    "Log", "Exp", "Pow", "Neg", "Mul", "Div", "IntDiv", "Mod",
]  # fmt: skip
PARSES = {"StrToTime": "timestamp", "StrToDate": "date", "ParseDatetime": "timestamp", "StrToUnix": "timestamp"}
JSON = [
    "JSONExtract", "JSONExtractScalar", "JSONBExtract", "JSONBExtractScalar", "ParseJSON", "JSONExtractArray", "JSONArrayLength",
    "JSONValue",
]  # fmt: skip
CENTS = (Decimal("0.01"), Decimal("0.001"))
EQUAL = ("EQ", "NEQ", "NullSafeEQ", "NullSafeNEQ")
COMPARED = (*EQUAL, "GT", "GTE", "LT", "LTE")
DIFFERENCES = ("DateDiff", "TimestampDiff", "DatetimeDiff", "TsOrDsDiff", "MonthsBetween")


def gather(queries: list[Query], facts: Facts, name: Callable[[str], str]) -> None:
    """Add what the queries give away to the facts; `name` names a model in a fact's `where`."""
    for query in queries:
        where = f"model {name(query.node)}"
        reader = Reader(facts, where)
        apart = partial(aside, query, facts=facts, where=where)
        parts = (one for whole in (*query.conditions, *(on for _, on in query.joins)) for one in conjuncts(whole))
        for expression in (*query.outputs, *parts, *query.groups):
            try:
                with apart(expression):
                    reader.read(expression)
            except SURPRISES:  # an expression that sqlglot reads like no other is read no further
                continue
        try:
            Filters(facts, where, query).read(apart)
            joined(query, facts, where)
            keyed(query, facts, where)
        except SURPRISES:
            continue
    renamed(queries, facts)
    called(queries, facts, name)
    for column in facts.columns.values():
        if any(fact.kind == "boolean" and fact.strength is Strength.USE for fact in column.types):
            # What is a condition by itself is no number, though models count with it, `sum(is_late::int)`.
            column.types[:] = [fact for fact in column.types if fact.strength is not Strength.CAST or fact.kind not in NUMBERS]


def gather_types(queries: list[Query], facts: Facts, name: Callable[[str], str]) -> None:
    """Add the types that tests take their columns to have; what a test looks for, rows need not hold."""
    for query in queries:
        aside = Facts()
        reader = Reader(aside, f"test {name(query.node)}")
        for expression in (*query.outputs, *query.conditions):
            try:
                reader.read(expression)
            except SURPRISES:
                continue
        for cell, column in aside.columns.items():
            facts.columns[cell].types += [fact for fact in column.types if fact.strength >= Strength.USE]
            facts.columns[cell].parsed += column.parsed


class Reader:
    """Read one query's expressions into facts."""

    def __init__(self, facts: Facts, where: str) -> None:
        self.facts, self.where = facts, where

    def read(self, expression: Tree) -> None:
        """Read every part of an expression, down to its columns."""
        todo = [expression]
        while todo:
            one = todo.pop()
            if BOUND in one.meta:
                continue
            self._one(one)
            todo += list(one.iter_expressions())

    def _one(self, one: Tree) -> None:
        name = type(one).__name__
        if name in ("Cast", "TryCast"):
            self._cast(one)
        elif name in COMPARED:
            self._compared(one, equal=name in EQUAL)
        elif name == "In":
            for other in one.expressions:
                self._literal(one.this, other, equal=True)
            self._told_apart(one.this, one.expressions, one)
        elif name == "Case" and one.this is not None:
            for branch in one.args.get("ifs") or ():
                self._literal(one.this, branch.this, equal=True)
        elif name in ("Coalesce", "Nullif"):
            for other in one.expressions if name == "Coalesce" else [one.expression]:
                self._literal(one.this, other, equal=False)
            if name == "Coalesce":
                self._stood_in(one)
        elif name in ("And", "Or", "Not", "If"):
            self._boolean(one)
        elif name in ("Add", "Sub"):
            self._arithmetic(one)
        elif name in ("Max", "Min", "Sum", "AnyValue"):
            aggregated(one, None, self.facts, self.where)
        elif name == "Window":
            self._within(one)
        elif name == "UnixToTime" or (name == "Mul" and type(one.expression).__name__ == "Interval"):
            for found in _of(one.this):
                self.facts.columns[found.cell].clocked = self.where
        elif name == "Filter":
            picked(one, None, self.facts, self.where)
        self._used(one, name)

    # ------------------------------------------------------------------------------------------ types
    def _used(self, one: Tree, name: str) -> None:
        """Read the type that a function takes."""
        if name in TEMPORAL:
            self._typed(one.this, "timestamp")
            if name in DIFFERENCES:
                self._typed(one.expression, "timestamp")
        elif name == "Extract":
            self._typed(one.expression, "timestamp")
        elif name in TEXTUAL:
            self._typed(one.this, "text")
            self._text(one, name)
        elif name in NUMERIC:
            self._typed(one.this, "numeric")
            if name in ("Mul", "Div", "IntDiv", "Mod", "Pow"):
                self._typed(one.expression, "numeric")
        elif (name in JSON and not _inside(one, JSON)) or (field_of(one) and not _inside(one, ["Bracket"])):
            read_json(one, "text", self.facts, self.where)

    def _text(self, one: Tree, name: str) -> None:
        told = literal(one.expression) if name in ("Like", "ILike") else None
        whole = one.args.get("format") if name in PARSES else None
        for part, share in shares(one.this, str(whole.this)) if whole is not None and whole.is_string else ():
            for found in _of(part):
                self.facts.columns[found.cell].formats.setdefault(share, self.where)
                if share.count("%") > 1:  # one directive reads a number as well
                    self._type(found, "text", Strength.USE)
        for found in _of(one.this):
            column = self.facts.columns[found.cell]
            if told:
                column.patterns.setdefault(told[1], self.where)
            if name in PARSES:
                column.parsed.append(TypeFact(PARSES[name], Strength.USE, self.where))
            form = one.args.get("format") if name in PARSES else None
            if form is not None and form.is_string and found.same:
                column.formats.setdefault(str(form.this), self.where)

    def _type(self, found: Origin, kind: str, strength: Strength, sql: str = "") -> None:
        column = self.facts.columns[found.cell]
        if found.cast is None and not {"scale", "trunc", "zone"} & set(found.steps):
            column.types.append(TypeFact(kind, strength, self.where, sql))

    def _typed(self, part: Tree, kind: str) -> None:
        for found in _of(part):
            self._type(found, kind, Strength.USE)

    def _cast(self, one: Tree) -> None:
        from sqlglot import exp

        sql = one.args["to"].sql().lower()
        kind = kind_of(sql)
        if kind is None or isinstance(one.this, exp.Null):
            return
        aggregated(one.this, kind, self.facts, self.where)
        if kind != "text" and not of_expression(one.this):
            read_behind(one.this, self.facts, self.where, kind=kind)
        read_json(one.this, kind, self.facts, self.where)
        self._split(one.this, kind)
        for found in _of(one.this) if kind != "text" else ():
            column = self.facts.columns[found.cell]
            if "scale" in found.steps:
                if found.cast is None and found.scale in CENTS:
                    column.types.append(TypeFact("integer", Strength.CAST, f"{self.where}, in its smallest unit"))
                    column.smallest = column.smallest or (self.where if found.scale == CENTS[0] else "")
                continue
            if found.cast is None or kind_of(found.cast) == "text":
                column.parsed.append(TypeFact(kind, Strength.CAST, self.where, sql))
            if found.cast is None and not {"trunc", "zone", "text"} & set(found.steps):
                # `created_at::date` takes the time of day away, so that there is one.
                timed = kind == "date" and by_name(found.cell.column) == "timestamp"
                column.types.append(TypeFact("timestamp" if timed else kind, Strength.CAST, self.where, "" if timed else sql))

    def _split(self, one: Tree, kind: str) -> None:
        """Note that a part of a text, between two marks, reads as a number: `split_part(utc_offset, ':', 1)::int`."""
        from sqlglot import exp

        while isinstance(one, exp.Paren | exp.Trim | exp.Cast):
            one = one.this
        if type(one).__name__ == "Column" and value_of(one).expr is not None:
            one = value_of(one).expr
        mark, place = one.args.get("delimiter"), one.args.get("part_index")
        if kind not in NUMBERS or not isinstance(one, exp.SplitPart) or not isinstance(mark, exp.Literal):
            return
        count = int(place.this) if isinstance(place, exp.Literal) and str(place.this).isdigit() else 2
        for found in _of(one.this):
            column = self.facts.columns[found.cell]
            column.parts[str(mark.this)] = max(column.parts.get(str(mark.this), 2), min(count, 8))

    def _arithmetic(self, one: Tree) -> None:
        from sqlglot import exp

        left, right = one.this, one.expression
        temporal = any(isinstance(part, exp.Interval) or days_from_now(part) is not None for part in (left, right))
        if not temporal and any(part.find(exp.Interval, exp.CurrentDate, exp.CurrentTimestamp) for part in (left, right)):
            return
        for part in (left, right):
            for found in _of(part):
                self.facts.columns[found.cell].counted = self.facts.columns[found.cell].counted or ("" if temporal else self.where)
                self._type(found, "timestamp" if temporal else "numeric", Strength.LITERAL if not temporal else Strength.USE)

    def _stood_in(self, one: Tree) -> None:
        """Let columns that stand in for each other have one type: that which one of them is cast to, or is found to have."""
        found = [
            origin for part in (one.this, *one.expressions) for origin in _of(part) if set(origin.steps) <= {"cast", "coalesce", "pick"}
        ]
        for kind in dict.fromkeys(kind_of(origin.cast) for origin in found if origin.cast):
            for origin in found if kind is not None else ():
                self._type(origin, str(kind), Strength.LITERAL)
        bare = frozenset(origin.cell for origin in found if origin.cast is None)
        if len(bare) > 1:
            self.facts.peers.append(bare)

    def _boolean(self, one: Tree) -> None:
        name = type(one).__name__
        if name == "If" and one.parent is not None and one.parent.args.get("this") is not None and type(one.parent).__name__ == "Case":
            return  # `case x when y`: y is a value
        for part in (one.this, *((one.expression,) if name in ("And", "Or") else ())):
            self._typed(part, "boolean")

    # ------------------------------------------------------------------------------------------ vocabularies
    def _compared(self, one: Tree, *, equal: bool) -> None:
        for this, other in ((one.this, one.expression), (one.expression, one.this)):
            self._literal(this, other, equal=equal)
            if days_from_now(other) is not None:
                self._typed(this, "timestamp")
            if equal:
                self._told_apart(this, [other], one)

    def _within(self, one: Tree) -> None:
        """Read what a window looks back or ahead among: `lead(at) over (partition by item, name order by at)`."""
        from sqlglot import exp

        if one.find(exp.Lead, exp.Lag) is not None:
            for found in (found for part in one.args.get("partition_by") or () for found in _of(part)):
                self.facts.columns[found.cell].repeats = self.facts.columns[found.cell].repeats or self.where

    def _told_apart(self, this: Tree, others: list[Tree], one: Tree) -> None:
        """Read the texts that a pivoted attribute is compared with; one that a CASE makes NULL again only stood in for it."""
        from sqlglot import exp

        texts = tuple(told[1] for told in map(literal, others) if told is not None and told[0] == "text")
        gone = isinstance(one.parent, exp.If) and isinstance(one.parent.args.get("true"), exp.Null)
        if texts and not gone and not of_expression(this):
            read_behind(this, self.facts, self.where, seen=texts)

    def _literal(self, this: Tree, other: Tree, *, equal: bool) -> None:
        told = literal(other)
        if told is None:
            return
        kind, text = told
        if text.lower() in ("true", "false"):
            read_json(this, "boolean", self.facts, self.where)
        for found in _of(this):
            self._type(found, "timestamp" if kind == "date" else kind, Strength.LITERAL)
            if equal and found.same and kind in ("text", "integer") and "scale" not in found.steps:
                self.facts.columns[found.cell].seen.setdefault(text, self.where)


def _inside(one: Tree, names: list[str]) -> bool:
    """Return whether an expression is what another of these kinds reads from."""
    return one.parent is not None and type(one.parent).__name__ in names and one.parent.this is one


def _of(tree: Tree) -> list[Origin]:
    return of_expression(tree) if tree is not None and not isinstance(tree, str) and hasattr(tree, "meta") else []


__all__ = ["Reader", "gather", "printed"]
