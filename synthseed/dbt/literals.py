"""Read the literals of SQL: their kind, their text, and moments relative to now."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from synthseed.dbt.rows import Tree

DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?$")
NOW = {"CurrentDate", "CurrentTimestamp", "CurrentDatetime", "CurrentTimestampLTZ", "Now", "Getdate", "Systimestamp"}
DAYS: dict[str, Decimal] = {
    "second": Decimal(1) / 86_400, "minute": Decimal(1) / 1440, "hour": Decimal(1) / 24, "day": Decimal(1), "week": Decimal(7),
    "month": Decimal(31), "quarter": Decimal(92), "year": Decimal(366),
}  # fmt: skip


def literal(tree: Tree) -> tuple[str, str] | None:
    """Return (kind, text) of a literal, casts and parentheses taken off; None for anything else.

    The kinds are text, integer, numeric, boolean and date.
    """
    from sqlglot import exp

    cast = None
    while isinstance(tree, exp.Paren | exp.Cast | exp.TryCast | exp.Date | exp.TsOrDsToDate):
        cast = tree.args["to"].sql().lower() if isinstance(tree, exp.Cast | exp.TryCast) else "date"
        tree = tree.this
    if isinstance(tree, exp.Neg) and isinstance(tree.this, exp.Literal):
        found = literal(tree.this)
        return (found[0], f"-{found[1]}") if found else None
    if isinstance(tree, exp.Boolean):
        return "boolean", "true" if tree.this else "false"
    if not isinstance(tree, exp.Literal):
        return None
    text = tree.name
    if not tree.is_string:
        return ("integer" if re.fullmatch(r"\d+", text) else "numeric"), text
    if cast is not None and cast.startswith(("date", "timestamp")):
        return "date", text
    return ("date" if DATE.match(text) else "text"), text


def number(text: str) -> Decimal | None:
    """Return a literal's number; None where it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def days_from_now(tree: Tree, depth: int = 0) -> Decimal | None:
    """Return how many days after now an expression is (negative: before); None where it is not about now."""
    from sqlglot import exp

    name = type(tree).__name__
    if depth > 12:
        return None
    if name in NOW or (isinstance(tree, exp.Anonymous) and tree.name.lower() in ("now", "getdate", "today", "get_current_timestamp")):
        return Decimal(0)
    if isinstance(tree, exp.Add | exp.Sub | exp.DateAdd | exp.DateSub | exp.TimestampAdd | exp.TimestampSub | exp.TsOrDsAdd):
        base = days_from_now(tree.this, depth + 1)
        gap = _interval(tree.expression, tree.args.get("unit"))
        if base is None or gap is None:
            return None
        return base - gap if isinstance(tree, exp.Sub | exp.DateSub | exp.TimestampSub) else base + gap
    if isinstance(tree, exp.Column):
        return None
    inner = tree.this if hasattr(tree, "this") and isinstance(tree.this, exp.Expression) else None
    if inner is None or not isinstance(
        tree,
        exp.Paren
        | exp.Cast
        | exp.TryCast
        | exp.Timestamp
        | exp.TimestampTrunc
        | exp.DateTrunc
        | exp.Date
        | exp.TsOrDsToDate
        | exp.AtTimeZone,
    ):
        return None
    return days_from_now(inner, depth + 1)


def _interval(tree: Tree, unit: Tree) -> Decimal | None:
    from sqlglot import exp

    if isinstance(tree, exp.Paren):
        return _interval(tree.this, unit)
    if isinstance(tree, exp.Mul):
        sides = [tree.this.unnest(), tree.expression.unnest()]
        inner = next((part for part in sides if isinstance(part, exp.Interval)), None)
        factor = next((number(told[1]) for part in sides if (told := literal(part))), None)
        base = _interval(inner, None) if inner is not None else None
        return base * factor if base is not None and factor is not None else None
    if isinstance(tree, exp.Interval):
        text = literal(tree.this)
        size = number(text[1]) if text else None
        name = tree.args["unit"].name.lower() if tree.args.get("unit") else "day"
        return size * DAYS.get(name.rstrip("s"), Decimal(1)) if size is not None else None
    text = literal(tree)
    size = number(text[1]) if text else None
    name = unit.name.lower().rstrip("s") if unit is not None and hasattr(unit, "name") else "day"
    return size * DAYS.get(name, Decimal(1)) if size is not None else None


def json_steps(path: Tree) -> list[str]:
    """Return the keys that a JSON path leads through; places in arrays are left out.

    Reads `$.a.b` and `a:b` as the parser has them, and `{a,b}` of PostgreSQL's `#>>`.
    """
    from sqlglot import exp

    if isinstance(path, exp.JSONPath):
        return [str(part.this) for part in path.expressions if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str)]
    if not isinstance(path, exp.Literal) or not path.is_string:
        return []
    text = path.name
    steps = text[1:-1].split(",") if text.startswith("{") else text.removeprefix("$").lstrip(".").split(".")
    cleaned = [re.sub(r"\[.*?\]", "", step).strip("'\" ") for step in steps]
    return [step for step in cleaned if step and not step.isdigit()]
