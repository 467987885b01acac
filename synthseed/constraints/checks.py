"""Draw facts from CHECK constraints: what a column may hold, and how columns stand to each other.

Every fact follows from the constraint, and all facts of a constraint that has no `Opaque` among them say all of it. A
CHECK passes where it is NULL, so no fact but `NotNull`, `NullTogether`, `NonNulls` and `Implies` says anything about NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from synthseed import expressions as e
from synthseed.constraints.facts import (
    Among,
    AsLong,
    Cased,
    Compare,
    Excludes,
    Fact,
    Implies,
    JsonType,
    Length,
    NonNulls,
    NotNull,
    NullTogether,
    Opaque,
    Pattern,
    Range,
    Value,
    columns_of,
)
from synthseed.constraints.translation import FLIPPED, UNSPOKEN, Translator, Untold, conjuncts, parsed, pushed
from synthseed.schema import Check, Kind, Table


# ---------------------------------------------------------------------------------------------- reading
def facts(table: Table, dialect: str) -> tuple[Fact, ...]:
    """Return what the CHECKs of a table say, ranges and lengths of one column put together.

    Args:
        table: The table; `Check.columns` of a domain's CHECK names the one column that VALUE means.
        dialect: `Schema.dialect`.
    """
    found = [fact for check in table.checks for fact in facts_of(check, table, dialect)]
    return _narrowed(found)


def facts_of(check: Check, table: Table, dialect: str) -> tuple[Fact, ...]:
    """Return what one CHECK says (see `facts`)."""
    tree = parsed(check.text, dialect)
    if tree is None:
        return (Opaque(check.text, check.columns),)
    to = Translator(table, check.columns[0] if len(check.columns) == 1 else "")
    found: list[Fact] = []
    for part in conjuncts(tree):
        try:
            nodes = pushed(to.node(part))
        except (Untold, RecursionError):
            found.append(Opaque(part.sql(), _columns(part, to, check)))
            continue
        said = _said(nodes, table)
        found += (Opaque(part.sql(), tuple(sorted(e.names(nodes)))),) if said is None else said
    return _narrowed(found)


def _columns(part: object, to: Translator, check: Check) -> tuple[str, ...]:
    from sqlglot import exp

    found = set()
    for column in part.find_all(exp.Column) if isinstance(part, exp.Expression) else ():
        try:
            found.add(to.name(column).text)
        except Untold:
            return check.columns
    return tuple(sorted(found))


def as_expression(text: str, dialect: str, table: Table | None = None, domain: str = "") -> e.Node | None:
    """Return a CHECK as an expression that `formulas.holds` can evaluate; None where the language has no words for it.

    Args:
        text: The SQL of the condition.
        dialect: `Schema.dialect`.
        table: The table it stands on: names are matched to its columns, and casts judged by their types.
        domain: The column that VALUE means in the CHECK of a domain.
    """
    tree = parsed(text, dialect)
    if tree is None:
        return None
    try:
        node = Translator(table, domain).node(tree)
    except (Untold, RecursionError):
        return None
    return None if any(isinstance(one, e.Call) and not _spoken(one) for one in e.walk(node)) else node


def _spoken(call: e.Call) -> bool:
    if call.function in UNSPOKEN:
        return False
    written = e.CONSTANT.get(call.function, ())
    return all(isinstance(call.arguments[place], e.Literal) for place in written if place < len(call.arguments))


# ---------------------------------------------------------------------------------------------- what a condition says
Said = tuple[Fact, ...] | None  # None: nothing that has a name


def _said(node: e.Node, table: Table) -> Said:
    match node:
        case e.Literal(True):
            return ()
        case e.Name(column):
            return (Among(column, (True,)),)
        case e.Unary("not", e.Name(column)):
            return (Among(column, (False,)),)
        case e.Unary("not", e.Call("matches" | "imatches") as call):
            return _pattern(call, True)
        case e.Call("matches" | "imatches"):
            return _pattern(node, False)
        case e.Call("json_valid", (e.Name(column),)):
            return (JsonType(column, "any"),)
        case e.IsNull(e.Name(column), True):
            return (NotNull(column),)
        case e.IsNull(e.Name(column), False):
            return (Implies(e.Literal(True), column, True),)
        case e.In():
            return _listed(node, table)
        case e.Between(operand, low, high, False):
            return _both(_compared(e.Compare(">=", operand, low), table), _compared(e.Compare("<=", operand, high), table))
        case e.Compare():
            return _compared(node, table)
        case e.Logic("and", operands):
            return _all([_said(operand, table) for operand in operands])
        case e.Logic("or"):
            return _either(node, table)
        case _:
            return None


def _both(left: Said, right: Said) -> Said:
    return _all([left, right])


def _all(parts: Sequence[Said]) -> Said:
    found: list[Fact] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return tuple(found)


def _pattern(call: e.Call, negated: bool) -> Said:
    match call.arguments:
        case (e.Name(column), e.Literal(str() as regex)):
            return (Pattern(column, regex, call.function == "imatches", negated),)
    return None


def _values(items: Iterable[e.Node]) -> tuple[Value, ...] | None:
    found = [item.value if isinstance(item, e.Literal) else None for item in items]
    return None if any(value is None for value in found) else tuple(value for value in found if value is not None)


def _listed(node: e.In, table: Table) -> Said:
    values = _values(node.items)
    if values is None:
        return None
    match node.operand:
        case e.Name(column):
            return (Excludes(column, values) if node.negated else Among(column, values),)
        case e.Call("typeof") if not node.negated and all(isinstance(value, str) for value in values):
            told = [_compared(e.Compare("=", node.operand, item), table) for item in node.items]
            return () if () in told else None
    return None


def _compared(node: e.Compare, table: Table) -> Said:
    left, op, right = node.left, node.op, node.right
    if isinstance(left, e.Literal) and not isinstance(right, e.Literal):
        left, op, right = right, FLIPPED[op], left
    match left, op, right:
        case e.Name(column), "<>", e.Literal("{}" | "[]") if column in table.by_name and table.column(column).type.kind is Kind.ARRAY:
            return (Length(column, 1),)
        case e.Name(column), _, e.Literal(value) if value is not None:
            return _bounded(column, op, value)
        case e.Name(a), _, e.Name(b):
            return (Compare(a, op, b),)
        case e.Call("length" | "octets" | "elements", (e.Name(column),)), _, e.Literal(Decimal() as count):
            return _long(column, op, count)
        case e.Call("elements", (e.Name(a),)), "=", e.Call("elements", (e.Name(b),)):
            return (AsLong(a, b),)
        case e.Call("json_type", (e.Name(column),)), "=", e.Literal(str() as kind):
            return (JsonType(column, kind.lower()),)
        case e.Call("trim", (e.Name(column),)), "<>", e.Literal(""):
            return (Pattern(column, r"\S"),)
        case e.Call("length", (e.Call("trim", (e.Name(column),)),)), (">" | "<>"), e.Literal(Decimal() as count) if count == 0:
            return (Pattern(column, r"\S"),)
        case (e.Name(a), "=", e.Call(("lower" | "upper") as case, (e.Name(b),))) | (
            e.Call(("lower" | "upper") as case, (e.Name(b),)),
            "=",
            e.Name(a),
        ) if a == b:
            return (Cased(a, case),)
        case e.Call("typeof", (e.Name(column),)), "=", e.Literal(str() as word):
            fits = {"text": (Kind.TEXT, Kind.ENUM, Kind.JSON, Kind.UUID), "integer": (Kind.INTEGER, Kind.BOOLEAN), "real": (Kind.FLOAT,)}
            return () if column in table.by_name and table.column(column).type.kind in fits.get(word, ()) else None
    return _of_nulls(node)


def _bounded(column: str, op: str, value: Value) -> Said:
    if op in ("=", "<>"):
        return (Among(column, (value,)) if op == "=" else Excludes(column, (value,)),)
    if isinstance(value, bool):
        return None
    if op in ("<", "<="):
        return (Range(column, high=value, high_inclusive=op == "<="),)
    return (Range(column, low=value, low_inclusive=op == ">="),)


def _long(column: str, op: str, count: Decimal) -> Said:
    whole = int(count)
    if count != whole:
        return None
    bounds = {"=": (whole, whole), ">=": (whole, None), ">": (whole + 1, None), "<=": (None, whole), "<": (None, whole - 1)}
    if op == "<>":
        return (Length(column, 1),) if whole == 0 else None
    return (Length(column, *bounds[op]),)


# ---------------------------------------------------------------------------------------------- NULL
def _of_nulls(node: e.Node) -> Said:
    """Say what a condition over NULLs alone allows, or which other condition a column's NULL hangs on."""
    if (table := _allowed(node)) is not None:
        columns, allowed = table
        counts = {sum(pattern) for pattern in allowed}
        if counts == {0, len(columns)} and len(allowed) == 2:
            return (NullTogether(columns),)
        whole = [pattern for pattern in product((False, True), repeat=len(columns)) if sum(pattern) in counts]
        if counts and len(whole) == len(allowed) and max(counts) - min(counts) + 1 == len(counts):
            return (NonNulls(columns, min(counts), max(counts)),)
    match node:
        case (e.Compare(("=" | "<>") as op, e.IsNull(e.Name(column), negated), when)) | (
            e.Compare(("=" | "<>") as op, when, e.IsNull(e.Name(column), negated))
        ) if column not in e.names(when):
            return (Implies(pushed(when), column, negated == (op == "<>"), True),)
    return None


def _allowed(node: e.Node) -> tuple[tuple[str, ...], list[tuple[bool, ...]]] | None:
    """Return the columns of a condition that asks for NULLs alone, and which of them may be there together."""
    columns = tuple(sorted(e.names(node)))
    if not 2 <= len(columns) <= 8 or not _only_nulls(node):
        return None
    patterns = product((False, True), repeat=len(columns))
    return columns, [pattern for pattern in patterns if _value(node, dict(zip(columns, pattern, strict=True)))]


def _only_nulls(node: e.Node) -> bool:
    match node:
        case e.IsNull(e.Name()) | e.Literal(Decimal()) | e.Literal(bool()):
            return True
        case e.Logic(_, operands) | e.Call("if", operands):
            return all(_only_nulls(operand) for operand in operands)
        case e.Compare(_, left, right) | e.Binary("+", left, right):
            return _only_nulls(left) and _only_nulls(right)
        case _:
            return False


def _value(node: e.Node, there: dict[str, bool]) -> Decimal | bool:
    match node:
        case e.IsNull(e.Name(column), negated):
            return there[column] == negated
        case e.Literal(Decimal() | bool() as value):
            return value
        case e.Logic(op, operands):
            return (all if op == "and" else any)(_value(operand, there) for operand in operands)
        case e.Call(_, (condition, yes, no)):
            return _value(yes if _value(condition, there) else no, there)
        case e.Binary(_, left, right):
            return Decimal(_value(left, there)) + Decimal(_value(right, there))
        case e.Compare(op, left, right):
            a, b = Decimal(_value(left, there)), Decimal(_value(right, there))
            return {"=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]
    raise TypeError(f"{node!r} asks for more than NULLs")


# ---------------------------------------------------------------------------------------------- OR
def _either(node: e.Logic, table: Table) -> Said:
    if (said := _of_nulls(node)) is not None:
        return said
    told = [_said(operand, table) for operand in node.operands]
    among = [part[0] for part in told if part is not None and len(part) == 1 and isinstance(part[0], Among)]
    if len(among) == len(told) and len({fact.column for fact in among}) == 1:
        return (Among(among[0].column, tuple(dict.fromkeys(value for fact in among for value in fact.values))),)
    return _beside_null(node, table) or _implied(node) or _by_case(node)


def _beside_null(node: e.Logic, table: Table) -> Said:
    """Read `a IS NULL OR condition on a`: a condition on NULL passes anyway, so the condition says it all."""
    asked = {one.operand.text for one in node.operands if isinstance(one, e.IsNull) and not one.negated and isinstance(one.operand, e.Name)}
    rest = [one for one in node.operands if not (isinstance(one, e.IsNull) and not one.negated and isinstance(one.operand, e.Name))]
    if not asked or not rest:
        return None
    said = _said(rest[0] if len(rest) == 1 else e.Logic("or", tuple(rest)), table)
    silent = (Among, Excludes, Range, Length, Compare, Pattern, Cased, JsonType)
    if said is None or not all(isinstance(fact, silent) and asked <= set(columns_of(fact)) for fact in said):
        return None
    return said


def _implied(node: e.Logic) -> Said:
    """Read `condition OR a IS [NOT] NULL`: where the condition is false, a is NULL, or is not."""
    for place, one in enumerate(node.operands):
        match one:
            case e.IsNull(e.Name(column), negated):
                rest = node.operands[:place] + node.operands[place + 1 :]
                when = pushed(rest[0] if len(rest) == 1 else e.Logic("or", rest), True)
                if column not in e.names(when) and _two_valued(when):
                    return (Implies(when, column, not negated),)
    return None


def _two_valued(node: e.Node) -> bool:
    """Return True: a condition that is NULL leaves the implication open, and the CHECK passes only where it is TRUE.

    `kind <> 'card' OR card_no IS NOT NULL` is NULL, and passes, where kind is NULL and card_no is: so says `Implies`.
    """
    return not any(isinstance(one, e.Call) and one.function in UNSPOKEN for one in e.walk(node))


def _by_case(node: e.Logic) -> Said:
    """Read `(kind = 'a' AND x IS NULL AND ...) OR (kind = 'b' AND x IS NOT NULL AND ...)`."""
    cases: list[tuple[e.Node, list[e.IsNull]]] = []
    for operand in node.operands:
        parts = operand.operands if isinstance(operand, e.Logic) and operand.op == "and" else (operand,)
        asked = [part for part in parts if isinstance(part, e.IsNull) and isinstance(part.operand, e.Name)]
        rest = [part for part in parts if not (isinstance(part, e.IsNull) and isinstance(part.operand, e.Name))]
        if len(rest) != 1:
            return None
        cases.append((rest[0], asked))
    if len(cases) == 2 and pushed(cases[0][0], True) == cases[1][0] and _opposite(cases[0][1], cases[1][1]):
        return tuple(Implies(cases[0][0], _column(one), not one.negated, True) for one in cases[0][1])
    values = [_choice(when) for when, _ in cases]
    columns = {value[0] for value in values if value is not None}
    if None in values or len(columns) != 1:
        return None
    known = [one for value in values if value is not None for one in value[1]]
    if len(set(known)) < len(known):
        return None
    found: list[Fact] = [Among(columns.pop(), tuple(known))]
    return (*found, *(Implies(when, _column(one), not one.negated) for when, asked in cases for one in asked))


def _column(node: e.IsNull) -> str:
    return node.operand.text if isinstance(node.operand, e.Name) else ""


def _opposite(left: Sequence[e.IsNull], right: Sequence[e.IsNull]) -> bool:
    return bool(left) and {_column(one): one.negated for one in left} == {_column(one): not one.negated for one in right}


def _choice(node: e.Node) -> tuple[str, tuple[Value, ...]] | None:
    match node:
        case e.Compare("=", e.Name(column), e.Literal(value)) if value is not None:
            return column, (value,)
        case e.In(e.Name(column), items, False) if (values := _values(items)) is not None:
            return column, values
        case e.Name(column):
            return column, (True,)
        case e.Unary("not", e.Name(column)):
            return column, (False,)
    return None


# ---------------------------------------------------------------------------------------------- putting together
def _narrowed(found: Sequence[Fact]) -> tuple[Fact, ...]:
    """Put the ranges and the lengths of each column together, in place of the first of them."""
    kept: dict[object, Fact] = {}
    for fact in found:
        key: object = (type(fact), fact.column) if isinstance(fact, Range | Length) else fact
        before = kept.get(key)
        if isinstance(before, Range) and isinstance(fact, Range) and _alike(before, fact):
            kept[key] = _range(before, fact)
        elif isinstance(before, Length) and isinstance(fact, Length):
            kept[key] = Length(fact.column, _most(before.low, fact.low), _least(before.high, fact.high))
        else:
            kept[key if before is None else fact] = fact
    return tuple(kept.values())


def _alike(a: Range, b: Range) -> bool:
    return len({isinstance(bound, str) for bound in (a.low, a.high, b.low, b.high) if bound is not None}) == 1


def _range(a: Range, b: Range) -> Range:
    found = a
    if b.low is not None and (a.low is None or (b.low, not b.low_inclusive) > (a.low, not a.low_inclusive)):
        found = replace(found, low=b.low, low_inclusive=b.low_inclusive)
    if b.high is not None and (a.high is None or (b.high, b.high_inclusive) < (a.high, a.high_inclusive)):
        found = replace(found, high=b.high, high_inclusive=b.high_inclusive)
    return found


def _most(a: int | None, b: int | None) -> int | None:
    return max((one for one in (a, b) if one is not None), default=None)


def _least(a: int | None, b: int | None) -> int | None:
    return min((one for one in (a, b) if one is not None), default=None)
