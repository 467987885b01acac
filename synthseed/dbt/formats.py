"""Share the format of a time among the columns that its text is put together of: `strptime(year || ' ' || day, '%Y %b %d')`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from synthseed.dbt.rows import Tree

DIRECTIVE = re.compile(r"[^%]*%-?[A-Za-z]")


def shares(tree: Tree, form: str) -> list[tuple[Tree, str]]:
    """Return the columns of a concatenation, each with its part of the format; nothing where they do not go together.

    A column goes up to the text that stands behind it, one with another column behind it has one directive, and the last the rest.
    """
    found: list[tuple[Tree, str]] = []
    parts = list(_parts(tree))
    for place, part in enumerate(parts):
        if isinstance(part, str):
            if not form.startswith(part):
                return []
            form = form.removeprefix(part)
            continue
        behind = parts[place + 1] if place + 1 < len(parts) else None
        taken = form if behind is None else form.partition(behind)[0] if isinstance(behind, str) else _first(form)
        found.append((part, taken))
        form = form[len(taken) :]
    return found if len(found) > 1 and all("%" in taken for _, taken in found) and not form else []


def _first(form: str) -> str:
    found = DIRECTIVE.match(form)
    return found[0] if found else ""


def _parts(tree: Tree) -> Iterator[Tree | str]:
    """Return what is put together, texts that are written out as such, casts and parentheses taken off."""
    from sqlglot import exp

    while isinstance(tree, exp.Paren | exp.Cast | exp.Trim):
        tree = tree.this
    if isinstance(tree, exp.DPipe):
        yield from _parts(tree.this)
        yield from _parts(tree.expression)
    elif isinstance(tree, exp.Concat):
        for one in tree.expressions:
            yield from _parts(one)
    else:
        yield str(tree.this) if isinstance(tree, exp.Literal) else tree
