"""Translate SQL conditions into the language of expressions; sqlglot reads the SQL.

What the language does not have (patterns, JSON) becomes a call of one of `UNSPOKEN`, from which facts are still drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from synthseed.expressions import Between as BetweenNode
from synthseed.expressions import Binary, Call, Compare, In, IsNull, Literal, Logic, Name, Node, Unary
from synthseed.schema import Kind, Table

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = {
    "postgresql": "postgres",
    "sqlite": "sqlite",
    "mysql": "mysql",
    "mariadb": "mysql",
    "duckdb": "duckdb",
    "mssql": "tsql",
    "oracle": "oracle",
}
CHARACTERS = 20_000
DEEPEST = 150  # levels of a syntax tree; Python's stack ends at a thousand calls, of which a level takes up to five
UNSPOKEN = frozenset(("matches", "imatches", "json_type", "json_valid", "typeof", "trim", "octets", "elements"))
TEXTUAL = (Kind.TEXT, Kind.ENUM, Kind.UUID, Kind.OTHER, Kind.JSON)
FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
NEGATED = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Untold(Exception):
    """Raised where a piece of SQL has no translation."""


def parsed(text: str, dialect: str) -> exp.Expression | None:
    """Return the syntax tree of a condition, None where it can't be read."""
    import logging

    import sqlglot
    from sqlglot.errors import SqlglotError

    if len(text) > CHARACTERS:
        return None
    # information_schema of MySQL escapes the quotes: _utf8mb4\'draft\'
    text = re.sub(r"(_[a-z0-9]+)?\\'((?:[^'\\])*)\\'", r"'\2'", text) if dialect in ("mysql", "mariadb") else text
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        tree = sqlglot.parse_one(f"SELECT ({text}\n)", read=DIALECTS.get(dialect))
    except (SqlglotError, RecursionError, ValueError):
        return None
    found = tree.expressions[0] if tree.key == "select" and len(tree.expressions) == 1 else None
    return None if found is None or _too_deep(found) else found


def _too_deep(tree: exp.Expression) -> bool:
    """Return whether a tree is too deep for what walks it by calling itself: `a::text::text` some hundred times is."""
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return False
    return True


def conjuncts(tree: exp.Expression) -> list[exp.Expression]:
    """Return the conditions that are joined by AND at the top."""
    from sqlglot import exp

    todo, found = [tree], []
    while todo:
        one = todo.pop()
        if isinstance(one, exp.Paren):
            todo.append(one.this)
        elif isinstance(one, exp.And):
            todo += [one.expression, one.this]
        else:
            found.append(one)
    return found


@dataclass(frozen=True)
class Translator:
    """Translate trees into nodes, with the table that they stand on, where it is known.

    Attributes:
        domain: The column that VALUE means in the CHECK of a domain, else "".
    """

    table: Table | None = None
    domain: str = ""

    def node(self, tree: exp.Expression) -> Node:
        """Return the nodes of a tree.

        Raises:
            Untold: It holds what has no translation.
        """
        build = _builders().get(tree.key)
        if build is None:
            raise Untold(tree.key)
        return build(self, tree)

    def nodes(self, trees: Sequence[exp.Expression]) -> tuple[Node, ...]:
        """Return the nodes of several trees."""
        return tuple(self.node(tree) for tree in trees)

    def name(self, tree: exp.Expression) -> Name:
        """Return the column that an identifier means: its own case, else any."""
        name = tree.name
        if self.table is None or name in self.table.by_name:
            return Name(name)
        if self.domain and name.lower() == "value":
            return Name(self.domain)
        found = [column for column in self.table.by_name if column.lower() == name.lower()]
        if len(found) != 1:
            raise Untold(name)
        return Name(found[0])

    def kind(self, node: Node) -> Kind | None:
        """Return the kind of a plain column, None of anything else."""
        column = self.table.by_name.get(node.text) if self.table is not None and isinstance(node, Name) else None
        return column.type.kind if column else None


# ---------------------------------------------------------------------------------------------- pieces
Build = Callable[[Translator, Any], Node]


def _compare(op: str) -> Build:
    def build(to: Translator, tree: Any) -> Node:
        right = _listed(tree.expression)
        if right is not None:
            if op not in ("=", "<>"):
                raise Untold("a comparison with ANY or ALL")
            quantifier, items = right
            if (op == "=") != (quantifier == "any"):
                raise Untold(f"{op} {quantifier}")
            return In(to.node(tree.this), to.nodes(items), op == "<>")
        return Compare(op, to.node(tree.this), to.node(tree.expression))

    return build


def _listed(tree: Any) -> tuple[str, list[Any]] | None:
    """Return the elements of `ANY (ARRAY[...])` and `ALL (ARRAY[...])`, casts around the array taken off."""
    quantifier = tree.key if tree.key in ("any", "all") else str(tree.this).lower() if tree.key == "anonymous" else ""
    if quantifier not in ("any", "all"):
        return None
    inner = tree.expressions[0] if tree.key == "anonymous" and tree.expressions else tree.this
    while getattr(inner, "key", "") in ("paren", "cast", "tuple"):
        inner = inner.expressions[0] if inner.key == "tuple" and len(inner.expressions) == 1 else inner.this
        if inner is None:
            raise Untold(quantifier)
    if inner.key != "array":
        raise Untold(quantifier)
    return quantifier, list(inner.expressions)


def _logic(op: str) -> Build:
    def build(to: Translator, tree: Any) -> Node:
        operands: list[Node] = []
        todo = [tree]
        while todo:  # a chain of 500 ORs nests 500 deep
            one = todo.pop()
            if one.key == tree.key:
                todo += [one.expression, one.this]
            elif one.key == "paren" and one.this.key == tree.key:
                todo.append(one.this)
            else:
                operands.append(to.node(one))
        return Logic(op, tuple(operands))

    return build


def _binary(op: str) -> Build:
    def build(to: Translator, tree: Any) -> Node:
        if op in "+-" and (seconds := _seconds(tree.expression)) is not None:
            return Call("add_seconds", (to.node(tree.this), Literal(seconds if op == "+" else -seconds)))
        left, right = to.node(tree.this), to.node(tree.expression)
        whole = (Kind.INTEGER, None)
        if op == "/" and to.kind(left) in whole and to.kind(right) in whole:
            raise Untold("division of whole numbers")  # cuts in PostgreSQL and SQLite, not in MySQL, nor here
        return Binary(op, left, right)

    return build


def _seconds(tree: Any) -> Decimal | None:
    """Return the length of an interval that is written out, None of anything else."""
    from synthseed.constraints.intervals import seconds_of

    while tree.key == "paren":
        tree = tree.this
    if tree.key == "cast" and tree.to.this.name == "INTERVAL" and tree.this.key == "literal":
        return seconds_of(tree.this.name)
    if tree.key == "interval" and tree.this is not None:
        unit = tree.args.get("unit")
        return seconds_of(f"{tree.this.name} {unit.name if unit is not None else ''}")
    return None


def _literal(to: Translator, tree: Any) -> Node:
    if tree.is_string:
        return Literal(tree.name)
    try:
        return Literal(Decimal(tree.name))
    except InvalidOperation:
        raise Untold(tree.name) from None


def _negative(to: Translator, tree: Any) -> Node:
    inner = to.node(tree.this)
    return Literal(-inner.value) if isinstance(inner, Literal) and isinstance(inner.value, Decimal) else Unary("-", inner)


def _cast(to: Translator, tree: Any) -> Node:
    """Take a cast off where it changes nothing: of a literal, of a text to a text, of a number to a decimal."""
    inner, target = to.node(tree.this), tree.to.this.name
    if isinstance(inner, Literal):
        if target in ("BIGINT", "INT", "SMALLINT", "DECIMAL", "DOUBLE", "FLOAT", "BIGDECIMAL", "UBIGINT") and isinstance(inner.value, str):
            return Literal(_decimal(inner.value))
        if target == "BOOLEAN" and isinstance(inner.value, str):
            return Literal(inner.value.lower() in ("t", "true", "1"))
        return inner
    if target in ("TEXT", "VARCHAR", "CHAR", "NVARCHAR", "BPCHAR", "CITEXT", "USERDEFINED", "NAME"):
        if to.table is None or to.kind(inner) in TEXTUAL or isinstance(inner, Call):
            return inner
        raise Untold("a cast to text")
    if target in ("DECIMAL", "DOUBLE", "FLOAT", "BIGINT", "UBIGINT"):
        return inner if target in ("DECIMAL", "DOUBLE", "FLOAT") or to.kind(inner) is Kind.INTEGER else Call("round", (inner,))
    if target in ("INT", "SMALLINT"):
        return inner if to.kind(inner) is Kind.INTEGER or _is_length(inner) else Call("round", (inner,))
    if target == "DATE":
        return Call("date", (inner,))
    if target in ("TIMESTAMP", "TIMESTAMPTZ", "DATETIME") and (to.kind(inner) in (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)):
        return inner
    raise Untold(f"a cast to {target}")


def _is_length(node: Node) -> bool:
    return isinstance(node, Call) and node.function in ("length", "octets", "elements")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise Untold(text) from None


def _is(to: Translator, tree: Any) -> Node:
    value, negated = to.node(tree.this), bool(tree.args.get("negate"))
    other = tree.expression
    if other.key == "null":
        return IsNull(value, negated)
    if other.key == "boolean":
        known: Node = Compare("=", value, Literal(bool(other.this)))
        known = Call("coalesce", (known, Literal(False)))
        return Unary("not", known) if negated else known
    raise Untold("IS")


def _null_safe(same: bool) -> Build:
    def build(to: Translator, tree: Any) -> Node:
        left, right = to.node(tree.this), to.node(tree.expression)
        if right == Literal(None):
            return IsNull(left, not same)
        both = Logic("and", (IsNull(left), IsNull(right)))
        alike = Call("coalesce", (Compare("=", left, right), both))
        return alike if same else Unary("not", alike)

    return build


def _in(to: Translator, tree: Any) -> Node:
    if not tree.expressions or tree.args.get("query") is not None:
        raise Untold("IN")
    return In(to.node(tree.this), to.nodes(tree.expressions))


def _between(to: Translator, tree: Any) -> Node:
    return BetweenNode(to.node(tree.this), to.node(tree.args["low"]), to.node(tree.args["high"]))


def _pattern(function: str, rewrite: Callable[[str], str]) -> Build:
    def build(to: Translator, tree: Any) -> Node:
        pattern = to.node(tree.expression)
        if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
            raise Untold("a pattern that is not written out")
        call = Call(function, (to.node(tree.this), Literal(rewrite(pattern.value))))
        return Unary("not", call) if tree.args.get("negate") else call  # sqlglot 30 keeps NOT LIKE so

    return build


def like_pattern(text: str) -> str:
    """Return a LIKE pattern as a regular expression."""
    pieces = re.findall(r"\\.|.", text, re.DOTALL)
    found = [".*" if one == "%" else "." if one == "_" else re.escape(one[-1]) for one in pieces]
    return f"^{''.join(found)}$"


def glob_pattern(text: str) -> str:
    """Return a GLOB pattern of SQLite as a regular expression."""
    pieces = re.findall(r"\[[^\]]+\]|.", text, re.DOTALL)
    found = [".*" if one == "*" else "." if one == "?" else one if len(one) > 1 else re.escape(one) for one in pieces]
    return f"^{''.join(found)}$"


def _case(to: Translator, tree: Any) -> Node:
    result = to.node(tree.args["default"]) if tree.args.get("default") is not None else Literal(None)
    for branch in reversed(tree.args["ifs"]):
        condition = to.node(branch.this)
        if tree.this is not None:
            condition = Compare("=", to.node(tree.this), condition)
        result = Call("if", (condition, to.node(branch.args["true"]), result))
    return result


def _extract(to: Translator, tree: Any) -> Node:
    part = tree.this.name.lower()
    if part not in ("year", "month"):
        raise Untold(part)
    return Call(part, (to.node(tree.expression),))


def _call(function: str, *fields: str) -> Build:
    def build(to: Translator, tree: Any) -> Node:
        found: list[Any] = []
        for field in fields:
            value = tree.args.get(field)
            found += value if isinstance(value, list) else [] if value is None else [value]
        return Call(function, to.nodes(found))

    return build


def _piped(to: Translator, tree: Any) -> Node:
    left, right = to.node(tree.this), to.node(tree.expression)
    missing = Logic("or", (IsNull(left), IsNull(right)))
    return Call("if", (missing, Literal(None), Call("concat", (left, right))))  # || is NULL beside NULL, concat is not


def _anonymous(to: Translator, tree: Any) -> Node:
    function, arguments = str(tree.this).lower(), tree.expressions
    if function in ("num_nonnulls", "num_nulls"):
        one, other = (Literal(Decimal(1)), Literal(Decimal(0)))[:: 1 if function == "num_nonnulls" else -1]
        total: Node = Literal(Decimal(0))
        for argument in to.nodes(arguments):
            total = Binary("+", total, Call("if", (IsNull(argument, True), one, other)))
        return total
    if function in ("octet_length", "cardinality", "array_length") and arguments:
        inner = to.node(arguments[0])
        if function != "octet_length":
            return Call("elements", (inner,))
        return Call("length" if to.kind(inner) is Kind.BYTES else "octets", (inner,))
    known = {
        "jsonb_typeof": "json_type",
        "json_typeof": "json_type",
        "json_type": "json_type",
        "json_valid": "json_valid",
        "typeof": "typeof",
        "btrim": "trim",
    }
    if function in known and len(arguments) == 1:
        return Call(known[function], to.nodes(arguments))
    raise Untold(function)


def _builders() -> dict[str, Build]:
    return BUILDERS


def _plain(text: str) -> str:
    return text


BUILDERS: dict[str, Build] = {
    "paren": lambda to, tree: to.node(tree.this),
    "introducer": lambda to, tree: to.node(tree.expression),
    "collate": lambda to, tree: to.node(tree.this),
    "column": lambda to, tree: to.name(tree),
    "identifier": lambda to, tree: to.name(tree),
    "literal": _literal, "null": lambda to, tree: Literal(None), "boolean": lambda to, tree: Literal(bool(tree.this)),
    "neg": _negative, "not": lambda to, tree: Unary("not", to.node(tree.this)), "and": _logic("and"), "or": _logic("or"),
    "eq": _compare("="), "neq": _compare("<>"), "lt": _compare("<"), "lte": _compare("<="), "gt": _compare(">"), "gte": _compare(">="),
    "add": _binary("+"), "sub": _binary("-"), "mul": _binary("*"), "div": _binary("/"), "mod": _binary("%"),
    "cast": _cast, "trycast": _cast, "is": _is, "nullsafeeq": _null_safe(True), "nullsafeneq": _null_safe(False), "in": _in,
    "between": _between, "regexplike": _pattern("matches", _plain), "regexpilike": _pattern("imatches", _plain),
    "like": _pattern("matches", like_pattern), "ilike": _pattern("imatches", like_pattern), "glob": _pattern("matches", glob_pattern),
    "case": _case, "extract": _extract, "if": _call("if", "this", "true", "false"), "length": _call("length", "this"),
    "lower": _call("lower", "this"), "upper": _call("upper", "this"), "abs": _call("abs", "this"), "floor": _call("floor", "this"),
    "ceil": _call("ceil", "this"), "round": _call("round", "this", "decimals"), "coalesce": _call("coalesce", "this", "expressions"),
    "greatest": _call("max", "this", "expressions"), "least": _call("min", "this", "expressions"), "trim": _call("trim", "this"),
    "substring": _call("substr", "this", "start", "length"), "year": _call("year", "this"), "month": _call("month", "this"),
    "date": _call("date", "this"), "typeof": _call("typeof", "this"), "dpipe": _piped, "anonymous": _anonymous,
    "arraysize": _call("elements", "this"), "arraylength": _call("elements", "this"), "bytelength": _call("octets", "this"),
    "jsontype": _call("json_type", "this"), "jsonbtypeof": _call("json_type", "this"),
}  # fmt: skip


# ---------------------------------------------------------------------------------------------- truths
def pushed(node: Node, negated: bool = False) -> Node:
    """Return the same truth with every `not` pushed down to where it disappears, by SQL's three-valued logic."""
    match node:
        case Unary("not", operand):
            return pushed(operand, not negated)
        case Logic(op, operands):
            other = {"and": "or", "or": "and"}[op] if negated else op
            return Logic(other, tuple(pushed(operand, negated) for operand in operands))
        case Compare(op, left, right) if negated:
            return Compare(NEGATED[op], left, right)
        case In(operand, items, inner):
            return In(operand, items, inner != negated)
        case IsNull(operand, inner):
            return IsNull(operand, inner != negated)
        case BetweenNode(operand, low, high, inner):
            return BetweenNode(operand, low, high, inner != negated)
        case Literal(bool() as value):
            return Literal(value != negated)
        case _:
            return Unary("not", node) if negated else node
