"""Hold an expression of a plan as frozen data, walk it, and write it down again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal

AGGREGATES = ("sum", "count", "avg", "min_of", "max_of")
KEYWORDS = frozenset(("and", "or", "not", "is", "null", "in", "between", "true", "false"))


@dataclass(frozen=True, slots=True)
class Literal:
    """Hold a number, a text, true, false or null. A date is a text that is compared with a time."""

    value: Decimal | str | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """Name a column; `owner` is a foreign key (its columns joined by commas), a joint table, or empty."""

    column: str
    owner: str = ""

    @property
    def text(self) -> str:
        """Return what `Rows.cells` is asked for."""
        return f"{self.owner}.{self.column}" if self.owner else self.column


@dataclass(frozen=True, slots=True)
class Unary:
    """Negate: `-` a number, `not` a truth."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Calculate: `+ - * / %`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """Compare: `= <> < <= > >=`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """Join two or more truths by `and` or `or`."""

    op: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    """Ask whether a value is there; never NULL itself."""

    operand: Node
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In:
    """Ask whether a value is one of some."""

    operand: Node
    items: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """Ask whether a value lies in [low, high]."""

    operand: Node
    low: Node
    high: Node
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function of the row."""

    function: str
    arguments: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Ask for sum, count, avg, min_of or max_of of the row's children; `column` is empty for count."""

    function: str
    child: str
    column: str = ""


Node = Literal | Name | Unary | Binary | Compare | Logic | IsNull | In | Between | Call | Aggregate


def parts(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from value


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and every node below it."""
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        todo.extend(parts(one))


def names(node: Node) -> frozenset[str]:
    """Return the names of the row's cells that the expression reads: `column`, `key.column`, `set.field`."""
    return frozenset(one.text for one in walk(node) if isinstance(one, Name))


def children(node: Node) -> frozenset[tuple[str, str, str]]:
    """Return (function, child table, column) of what it asks of the row's children."""
    return frozenset((one.function, one.child, one.column) for one in walk(node) if isinstance(one, Aggregate))


# ---------------------------------------------------------------------------------------------- writing
LOOSEST, OR, AND, NOT, COMPARING, ADDING, MULTIPLYING, SIGN = range(8)
BINDING = {"or": OR, "and": AND, "+": ADDING, "-": ADDING, "*": MULTIPLYING, "/": MULTIPLYING, "%": MULTIPLYING}


def unparse(node: Node) -> str:
    """Return the expression as text; parsing it gives the same nodes."""
    return _text(node, LOOSEST)


def _text(node: Node, outer: int) -> str:
    text, own = _written(node)
    return f"({text})" if own < outer else text


def _written(node: Node) -> tuple[str, int]:
    """Return the text of a node, and how tightly its outermost operator binds."""
    match node:
        case Literal(value):
            return _literal(value), SIGN
        case Name(column, owner):
            return (f"{quoted(owner)}.{quoted(column)}" if owner else quoted(column)), SIGN
        case Unary("not", operand):
            return f"not {_text(operand, NOT)}", NOT
        case Unary(op, operand):
            return f"{op}{_text(operand, SIGN + 1 if isinstance(operand, Unary) else SIGN)}", SIGN
        case Binary(op, left, right):
            return f"{_text(left, BINDING[op])} {op} {_text(right, BINDING[op] + 1)}", BINDING[op]
        case Logic(op, operands):
            return f" {op} ".join(_text(operand, BINDING[op] + 1) for operand in operands), BINDING[op]
        case Call(function, arguments):
            return f"{function}({', '.join(map(unparse, arguments))})", SIGN
        case Aggregate(function, child, column):
            return f"{function}({quoted(child)}{'.' + quoted(column) if column else ''})", SIGN
        case _:
            return _comparison(node), COMPARING


def _comparison(node: Node) -> str:
    match node:
        case Compare(op, left, right):
            return f"{_text(left, ADDING)} {op} {_text(right, ADDING)}"
        case IsNull(operand, negated):
            return f"{_text(operand, ADDING)} is {'not ' * negated}null"
        case In(operand, items, negated):
            return f"{_text(operand, ADDING)} {'not ' * negated}in ({', '.join(map(unparse, items))})"
        case Between(operand, low, high, negated):
            return f"{_text(operand, ADDING)} {'not ' * negated}between {_text(low, ADDING)} and {_text(high, ADDING)}"
        case _:
            raise TypeError(f"{node!r} is no node of an expression")


def _literal(value: Decimal | str | bool | None) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else f"{value:f}"


def quoted(name: str) -> str:
    """Return a name as an expression takes it, in double quotes where it needs them."""
    plain = name.isidentifier() and name.lower() not in KEYWORDS
    return name if plain else '"' + name.replace('"', '""') + '"'
