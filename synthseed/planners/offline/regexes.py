"""Write templates whose texts match a regular expression, as far as one can: of a choice the first."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from re import _constants as sre  # type: ignore[attr-defined]  # the parser of `re` has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# What PostgreSQL and MySQL write otherwise than Python (PostgreSQL manual, 9.7.3).
CLASSES = {"[:digit:]": "0-9", "[:alpha:]": "A-Za-z", "[:alnum:]": "A-Za-z0-9", "[:upper:]": "A-Z", "[:lower:]": "a-z"}
CLASSES |= {"[:space:]": " ", "[:xdigit:]": "0-9a-f", "[:punct:]": "-", "[:word:]": "A-Za-z0-9_"}
ESCAPES = {r"\m": r"\b", r"\M": r"\b", r"\y": r"\b", "***:": "", "***=": ""}
TOKENS = {"digits": ("0", "9"), "upper": ("A", "Z"), "lower": ("a", "z")}
MOST = 64  # characters of a text
REPEATED = 4  # times that something is repeated where the expression sets no end


def template_of(regex: str) -> str:
    """Return a template; empty where the expression asks for what a template cannot say (a reference back)."""
    for theirs, ours in (*CLASSES.items(), *ESCAPES.items()):
        regex = regex.replace(theirs, ours)
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of sets in sets, which others have
            text, size = _all(parser.parse(regex))
    except (re.error, ValueError, OverflowError, RecursionError):
        return ""
    return text if 0 < size <= MOST else ""


def _all(parts: Any) -> tuple[str, int]:
    pairs = [_one(op, argument) for op, argument in parts]
    return "".join(text for text, _ in pairs), sum(size for _, size in pairs)


def _one(op: Any, argument: Any) -> tuple[str, int]:
    if op is sre.LITERAL:
        return _literal(argument), 1
    if op is sre.ANY:
        return "{lower:1}", 1
    if op in (sre.IN, sre.NOT_LITERAL):
        return _class([(sre.NEGATE, None), (sre.LITERAL, argument)] if op is sre.NOT_LITERAL else argument, 1)
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return _repeated(*argument)
    if op is sre.SUBPATTERN:
        return _all(argument[-1])
    if op is sre.ATOMIC_GROUP:
        return _all(argument)
    if op is sre.BRANCH:
        return _all(argument[1][0])
    if op in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):  # what it looks at is written by another part, or the database says no
        return "", 0
    raise ValueError(f"{op} has no template")


def _repeated(low: int, high: Any, parts: Any) -> tuple[str, int]:
    times = min(max(low, 1), int(high)) if low else min(int(high), REPEATED) if high is sre.MAXREPEAT else 0
    if low == 1 and high is sre.MAXREPEAT:
        times = REPEATED
    if times > MOST:
        raise ValueError("longer than a text may be")
    if len(parts) == 1 and parts[0][0] is sre.IN:
        return _class(parts[0][1], times)
    text, size = _all(parts)
    return text * times, size * times


def _class(items: Sequence[tuple[Any, Any]], count: int) -> tuple[str, int]:
    """Return `count` characters of a class: drawn, where digits or letters are in it."""
    found = _members(items)
    for token, (low, high) in TOKENS.items():
        if all(chr(code) in found for code in range(ord(low), ord(high) + 1)):
            return (f"{{{token}:{count}}}" if count else ""), count
    if not found:
        raise ValueError("a class without a character that can be typed")
    return _literal(ord(min(found, key=lambda one: (not one.isalnum(), one)))) * count, count


def _members(items: Sequence[tuple[Any, Any]]) -> set[str]:
    printable = {chr(code) for code in range(32, 127)}
    found: set[str] = set()
    for op, argument in items:
        if op is sre.LITERAL:
            found.add(chr(argument))
        elif op is sre.RANGE:
            found |= {chr(code) for code in range(argument[0], min(argument[1], 126) + 1)}
        elif op is sre.CATEGORY:
            found |= {one for one in printable if re.fullmatch(CATEGORIES[argument], one)}
    return printable - found if items and items[0][0] is sre.NEGATE else found & printable


CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
}


def _literal(code: int) -> str:
    char = chr(code)
    return char * 2 if char in "{}" else char
