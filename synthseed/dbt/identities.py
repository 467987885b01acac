"""Solve a row's identity, `order_total - tax_paid = subtotal`, for the one column that is the others' sum."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOKEN = re.compile(r'\s*(?:"((?:[^"]|"")+)"|(coalesce)\(|([-+=(),])|(\d+(?:\.\d+)?))')


def solved(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the column that is the sum of others, and those; None where the rule is no such identity.

    Args:
        text: SQL over quoted names, as a `Rule` has it: sums, differences, parentheses and `coalesce(x, 0)`.
    """
    terms = _terms(text)
    if terms is None or len(terms) < 3 or len({name for name, _ in terms}) != len(terms):
        return None
    for sign in (1, -1):
        alone = [name for name, one in terms if one == sign]
        if len(alone) == 1:
            return alone[0], tuple(name for name, one in terms if one != sign)
    return None


def _terms(text: str) -> list[tuple[str, int]] | None:
    """Return each column with its sign, all on one side; None where there is anything else."""
    terms: list[tuple[str, int]] = []
    signs, side, next_sign, at, skip = [1], 1, 1, 0, 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            return None if text[at:].strip() else terms
        at = found.end()
        name, call, mark, number = found.groups()
        if name is not None:
            terms.append((name.replace('""', '"'), side * signs[-1] * next_sign))
            next_sign = 1
        elif call or mark == "(":
            signs.append(signs[-1] * next_sign)
            next_sign, skip = 1, skip + bool(call)
        elif mark == ")":
            if len(signs) < 2:
                return None
            signs.pop()
        elif mark == "=":
            side, next_sign = -1, 1
        elif mark in ("+", "-"):
            next_sign = -1 if mark == "-" else 1
        elif number is not None and float(number) != 0:
            return None
    return terms


def written(total: str, parts: Sequence[str]) -> str:
    """Return the identity as a CHECK."""
    quoted = ['"' + part.replace('"', '""') + '"' for part in (total, *parts)]
    return f"{quoted[0]} = {' + '.join(quoted[1:])}"
