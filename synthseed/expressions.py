"""Read the expressions of a plan: a small closed language over a row, its parents and its children.

    if(subtotal >= 99, 0, 8.95)      round(quantity * product_id.price, 2)      sum(order_items.line_total)

A plan may come from a model, so its text is untrusted: it is read by this parser alone, with bounds on characters,
nodes and depth; nothing of it is ever executed, and there are no patterns, loops or sub-queries in the language.

Names are taken as they are; one that is a keyword, or holds other characters, stands in double quotes. A parent's cell
is `key.column`, where a key of several columns is named by all of them, joined by commas: `"region,store".city`. A
child table outside the default schema is quoted as a whole: `count("sales.orders")`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from synthseed.errors import PlanError, suggestion
from synthseed.expression_nodes import (
    AGGREGATES,
    KEYWORDS,
    Aggregate,
    Between,
    Binary,
    Call,
    Compare,
    In,
    IsNull,
    Literal,
    Logic,
    Name,
    Node,
    Unary,
    children,
    names,
    quoted,
    unparse,
    walk,
)

__all__ = [
    "Aggregate",
    "Between",
    "Binary",
    "Call",
    "Compare",
    "FUNCTIONS",
    "In",
    "IsNull",
    "Literal",
    "Logic",
    "Name",
    "Node",
    "Unary",
    "children",
    "names",
    "parse",
    "quoted",
    "unparse",
    "walk",
]

CHARACTERS, NODES, DEPTH = 500, 100, 30
MANY = 50
FUNCTIONS = {  # least and most arguments
    "round": (1, 2), "floor": (1, 1), "ceil": (1, 1), "abs": (1, 1), "min": (1, MANY), "max": (1, MANY),
    "coalesce": (1, MANY), "if": (3, 3), "lower": (1, 1), "upper": (1, 1), "concat": (1, MANY), "substr": (2, 3),
    "length": (1, 1), "date": (1, 1), "year": (1, 1), "month": (1, 1), "add_days": (2, 2), "days_between": (2, 2),
    "add_seconds": (2, 2), "ordinal": (0, 0), "row_number": (0, 0),
}  # fmt: skip
CONSTANT = {"round": (1,), "substr": (1, 2)}  # arguments that are whole numbers, written out
COMPARISONS = {"=": "=", "==": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")+")"""
    r"""|(?P<word>[^\W\d]\w*)|(?P<sign><=|>=|<>|!=|==|[-+*/%(),.<>=]))"""
)


@dataclass(frozen=True, slots=True)
class Token:
    """Hold a piece of the text: what it is (number, text, quoted, word, sign, end), and where it begins, from 1."""

    what: str
    text: str
    at: int

    @property
    def shown(self) -> str:
        """Return the piece for a message."""
        return "the end" if self.what == "end" else f"`{self.text}`"


def parse(text: str) -> Node:
    """Return the nodes of an expression.

    Raises:
        PlanError: It is no expression of the language, or too large; the message says where, and what was expected.
    """
    if len(text) > CHARACTERS:
        raise PlanError(f"expression of {len(text)} characters, at most {CHARACTERS} are read: split it over helper columns")
    parser = _Parser(text, list(_tokens(text)))
    node = parser.disjunction(0)
    if parser.here.what != "end":
        raise parser.wrong("an operator or the end")
    return node


def _tokens(text: str) -> Iterator[Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            why = {"'": ", a text that does not end", '"': ", a name that does not end"}.get(text[at], "")
            found = f"found `{text[at]}` at character {at + 1}{why}"
            raise PlanError(f"`{text}`: {found}; expected a name, a number, a 'text' or an operator")
        yield Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1)
        at = match.end()
    yield Token("end", "", len(text) + 1)


class _Parser:
    """Descend through the grammar, the loosest operator first; each method takes the depth it is called at."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self.tokens, self.place, self.nodes = text, tokens, 0, 0

    # ------------------------------------------------------------------------------------------ tokens
    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def wrong(self, expected: str, token: Token | None = None) -> PlanError:
        token = token or self.here
        return PlanError(f"`{self.text}`: found {token.shown} at character {token.at}, expected {expected}")

    def step(self) -> Token:
        token = self.here
        self.place += token.what != "end"
        return token

    def sees(self, *texts: str) -> bool:
        return self.here.what in ("word", "sign") and self.here.text.lower() in texts

    def skip(self, *texts: str) -> str:
        """Step over one of these words or signs, and return it; an empty text where none stands here."""
        return self.step().text.lower() if self.sees(*texts) else ""

    def demand(self, text: str) -> None:
        if not self.skip(text):
            raise self.wrong(f"`{text}`")

    def made(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > NODES:
            raise PlanError(f"`{self.text}`: more than {NODES} parts; split it over helper columns")
        return node

    # ------------------------------------------------------------------------------------------ grammar
    def disjunction(self, depth: int) -> Node:
        if depth > DEPTH:
            raise PlanError(f"`{self.text}`: nested more than {DEPTH} deep at character {self.here.at}; split it over helper columns")
        return self._logic("or", lambda: self._logic("and", lambda: self._negation(depth)))

    def _logic(self, op: str, operand: Callable[[], Node]) -> Node:
        operands = [operand()]
        while self.skip(op):
            operands.append(operand())
        return operands[0] if len(operands) == 1 else self.made(Logic(op, tuple(operands)))

    def _negation(self, depth: int) -> Node:
        count = 0
        while self.skip("not"):
            count += 1
        node = self._comparison(depth)
        for _ in range(count):
            node = self.made(Unary("not", node))
        if count + depth > DEPTH:
            raise PlanError(f"`{self.text}`: nested more than {DEPTH} deep; split it over helper columns")
        return node

    def _comparison(self, depth: int) -> Node:
        left = self._sum(depth)
        if op := self.skip(*COMPARISONS):
            node = self.made(Compare(COMPARISONS[op], left, self._sum(depth)))
        elif self.skip("is"):
            negated = bool(self.skip("not"))
            self.demand("null")
            node = self.made(IsNull(left, negated))
        else:
            negated = bool(self.skip("not"))
            if self.skip("in"):
                if not (items := self._arguments(depth)):
                    raise self.wrong("at least one value in `in (...)`")
                node = self.made(In(left, items, negated))
            elif self.skip("between"):
                low = self._sum(depth)
                self.demand("and")
                node = self.made(Between(left, low, self._sum(depth), negated))
            elif negated:
                raise self.wrong("`in` or `between` after `not`")
            else:
                return left
        if self.sees(*COMPARISONS, "is", "in", "between"):
            raise self.wrong("`and`, `or` or the end (a comparison of a comparison needs parentheses)")
        return node

    def _sum(self, depth: int) -> Node:
        left = self._product(depth)
        while op := self.skip("+", "-"):
            left = self.made(Binary(op, left, self._product(depth)))
        return left

    def _product(self, depth: int) -> Node:
        left = self._signed(depth)
        while op := self.skip("*", "/", "%"):
            left = self.made(Binary(op, left, self._signed(depth)))
        return left

    def _signed(self, depth: int) -> Node:
        if depth > DEPTH:
            raise PlanError(f"`{self.text}`: nested more than {DEPTH} deep at character {self.here.at}; split it over helper columns")
        if not self.skip("-"):
            self.skip("+")
            return self._atom(depth)
        node = self._signed(depth + 1)
        if isinstance(node, Literal) and isinstance(node.value, Decimal) and node.value > 0:
            return Literal(-node.value)
        return self.made(Unary("-", node))

    def _atom(self, depth: int) -> Node:
        token = self.step()
        match token.what:
            case "number":
                return self.made(Literal(Decimal(token.text)))
            case "text":
                return self.made(Literal(token.text[1:-1].replace("''", "'")))
            case "quoted":
                return self._name(token)
            case "word":
                return self._word(token, depth)
        if token.text == "(":
            node = self.disjunction(depth + 1)
            self.demand(")")
            return node
        raise self.wrong("a name, a number, a 'text', a function or `(`", token)

    def _word(self, token: Token, depth: int) -> Node:
        word = token.text.lower()
        if word in ("true", "false", "null"):
            return self.made(Literal({"true": True, "false": False}.get(word)))
        if self.sees("(") and word not in KEYWORDS:
            return self._call(token, word, depth)
        if word in KEYWORDS:
            raise self.wrong("a name, a number, a 'text', a function or `(`", token)
        return self._name(token)

    def _path(self, token: Token) -> list[str]:
        path = [_identifier(token)]
        while self.skip("."):
            token = self.step()
            if token.what not in ("word", "quoted"):
                raise self.wrong("a column after the point", token)
            path.append(_identifier(token))
        return path

    def _name(self, token: Token) -> Node:
        path = self._path(token)
        if len(path) > 2:
            raise self.wrong("`column`, `key.column` or `set.field`", token)
        return self.made(Name(path[-1], path[0] if len(path) == 2 else ""))

    def _call(self, token: Token, function: str, depth: int) -> Node:
        if function in AGGREGATES:
            return self._aggregate(function)
        if function not in FUNCTIONS:
            known = (*FUNCTIONS, *AGGREGATES)
            raise self.wrong(f"a function of the language{suggestion(function, known)}: {', '.join(known)}", token)
        least, most = FUNCTIONS[function]
        arguments = self._arguments(depth)
        if not least <= len(arguments) <= most:
            count = f"{least}" if least == most else f"{least} or more" if most == MANY else f"{least} to {most}"
            raise self.wrong(f"{count} arguments, {len(arguments)} stand there", token)
        for place in CONSTANT.get(function, ()):
            if place < len(arguments) and not _whole(arguments[place]):
                raise self.wrong(f"a whole number, written out, as argument {place + 1}", token)
        return self.made(Call(function, arguments))

    def _arguments(self, depth: int) -> tuple[Node, ...]:
        self.demand("(")
        found: list[Node] = []
        while not self.skip(")"):
            if found:
                if not self.sees(","):
                    raise self.wrong("`,` or `)`")
                self.step()
            found.append(self.disjunction(depth + 1))
        return tuple(found)

    def _aggregate(self, function: str) -> Node:
        self.demand("(")
        token = self.step()
        if token.what not in ("word", "quoted"):
            raise self.wrong("a child table", token)
        path = self._path(token)
        if not self.sees(")"):
            raise self.wrong("`)` (a function of children takes one `child.column`; calculate in a helper column of the child)")
        self.step()
        if function == "count":
            return self.made(Aggregate(function, ".".join(path)))
        if len(path) < 2:
            raise self.wrong(f"`{function}(child.column)`", token)
        return self.made(Aggregate(function, ".".join(path[:-1]), path[-1]))


def _identifier(token: Token) -> str:
    return token.text[1:-1].replace('""', '"') if token.what == "quoted" else token.text


def _whole(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, Decimal) and node.value == int(node.value) and abs(node.value) < 10_000
