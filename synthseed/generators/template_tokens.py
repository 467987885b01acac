"""Read the text of a template: literal text and tokens, each with its filters.

SO-{year}-{seq:7}      {col:brand} {model} {line.noun}      {customer_id.name|slug}@example.org      {{literal}}
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from synthseed.errors import PlanError, suggestion
from synthseed.generators.rendering import FILTERS

RANDOM = {"digits": "0123456789", "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "lower": "abcdefghijklmnopqrstuvwxyz", "hex": "0123456789abcdef"}
WORDS = ("col", "seq", *RANDOM, "int", "year", "date")
MOST_DIGITS, MOST_RANDOM, MOST_INT = 18, 128, 10**18
FORMAT = re.compile(r"(?:%[YmdHMSyj]|[^%{}])+")


@dataclass(frozen=True, slots=True)
class Token:
    """Hold a token: its kind (`slot`, `cell`, or one of WORDS), its argument, its filters, and its text.

    Attributes:
        argument: A slot's or cell's name, the column of `year` and `date`, else "".
        low: Count of random characters, width of `seq`, lower bound of `int`.
        high: Upper bound of `int`.
        format: Of `date`.
    """

    kind: str
    text: str
    argument: str = ""
    low: int = 0
    high: int = 0
    format: str = ""
    filters: tuple[str, ...] = ()


def tokens(template: str, slots: frozenset[str], where: str) -> tuple[str | Token, ...]:
    """Return the pieces of a template in order; texts are literal, never empty, and never beside each other.

    Args:
        template: The text.
        slots: Names of the table's slots; a bare name that is none of them is a column.
        where: `table.column`, for messages.

    Raises:
        PlanError: A brace is not closed, or a token is not one of the language.
    """
    found: list[str | Token] = []
    literal, at = "", 0
    while at < len(template):
        char = template[at]
        if char in "{}" and template[at : at + 2] == char * 2:
            literal, at = literal + char, at + 2
        elif char == "{":
            end = template.find("}", at)
            if end < 0:
                raise PlanError(
                    f"{where}: `{template}`: the brace at character {at + 1} is not closed; close it, or write {{{{ for a literal brace"
                )
            found += [literal] if literal else []
            found.append(_token(template[at + 1 : end], slots, f"{where}: `{template}`"))
            literal, at = "", end + 1
        else:
            literal, at = literal + char, at + 1
    return (*found, literal) if literal else tuple(found)


def _token(text: str, slots: frozenset[str], where: str) -> Token:
    body, *filters = (part.strip() for part in text.split("|"))
    for name in filters:
        if name not in FILTERS:
            raise PlanError(f"{where}: there is no filter `{name}`{suggestion(name, FILTERS)}; the filters: {', '.join(FILTERS)}")
    word, colon, argument = body.partition(":")
    shown, given = "{" + text + "}", tuple(filters)
    if body in slots:
        return Token("slot", shown, body, filters=given)
    if word == "col" and colon:
        return Token("cell", shown, argument.strip(), filters=given)
    if word in RANDOM and colon:
        return Token(word, shown, low=_count(argument, 1, MOST_RANDOM, shown, where), filters=given)
    if word == "seq":
        return Token("seq", shown, low=_count(argument, 1, MOST_DIGITS, shown, where) if colon else 0, filters=given)
    if word == "int" and colon:
        return _int(argument, shown, given, where)
    if word == "year":
        return Token("year", shown, argument.strip(), filters=given)
    if word == "date" and colon:
        return _date(argument, shown, given, where)
    if not body or (colon and "." not in word):
        close = suggestion(word, WORDS)
        raise PlanError(f"{where}: `{shown}` is no token{close}; the tokens: {{slot}}, {{set.field}}, {{key.column}}, {', '.join(WORDS)}")
    return Token("cell", shown, body, filters=given)


def _count(text: str, low: int, high: int, shown: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and low <= int(text) <= high):
        raise PlanError(f"{where}: `{shown}`: found `{text}`, expected a number from {low} to {high}")
    return int(text)


def _int(argument: str, shown: str, filters: tuple[str, ...], where: str) -> Token:
    match = re.fullmatch(r"(-?\d{1,18})\s*-\s*(-?\d{1,18})", argument.strip(), re.ASCII)
    if match is None or int(match[1]) > int(match[2]):
        raise PlanError(f"{where}: `{shown}`: expected two whole numbers, the smaller first: {{int:1-99}}")
    return Token("int", shown, low=int(match[1]), high=int(match[2]), filters=filters)


def _date(argument: str, shown: str, filters: tuple[str, ...], where: str) -> Token:
    name, _, form = argument.partition(":")
    form = form or "%Y-%m-%d"
    if not FORMAT.fullmatch(form):
        raise PlanError(f"{where}: `{shown}`: found the format `{form}`, expected %Y %m %d %H %M %S %y %j and other text")
    return Token("date", shown, name.strip(), format=form, filters=filters)
