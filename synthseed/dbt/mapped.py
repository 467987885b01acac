"""Invert a CASE that maps literals to literals: which of its input's values lead to accepted ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from synthseed.dbt.conditions import disjuncts
from synthseed.dbt.literals import literal
from synthseed.dbt.origins import of_expression
from synthseed.dbt.rows import Cell, Tree, value_of

DEEPEST = 20


def inverted(case: Tree, values: Collection[str]) -> list[tuple[Cell, list[str], bool]]:
    """Return, per cell that the branches look at, the literals that lead to accepted values.

    The third is True where they are all that the cell may hold: anything else would lead to a value that is not accepted.
    """
    case = _case(case)
    if case is None:
        return []
    inputs: dict[Cell, list[str]] = {}
    closed = True
    for condition, subject, out in _branches(case):
        found = list(_inputs(subject, condition))
        for cell, text in found:
            inputs.setdefault(cell, [])
            if _leads(out, text, cell, values):
                inputs[cell].append(text)
        closed &= bool(found) or _refused(out, values)
    default, told = _default(case)
    for cell, texts in inputs.items():
        if told is None and default is not None and any(one.cell == cell for one in of_expression(default)):
            texts += sorted(set(values) - set(texts))  # what no branch maps passes as it is
        elif default is None or told is None or told in values:
            closed = False
    return [(cell, list(dict.fromkeys(texts)), closed and len(inputs) == 1) for cell, texts in inputs.items()]


def covered(tree: Tree) -> list[tuple[Cell, list[str]]]:
    """Return the one cell that a CASE without ELSE looks at, with every literal that it has a branch for; else nothing."""
    case = _case(tree)
    if case is None or _default(case)[0] is not None:
        return []
    inputs: dict[Cell, list[str]] = {}
    for condition, subject, _ in _branches(case):
        found = _inputs(subject, condition)
        if not found:
            return []
        for cell, text in found:
            inputs.setdefault(cell, []).append(text)
    return [(cell, list(dict.fromkeys(texts))) for cell, texts in inputs.items()] if len(inputs) == 1 else []


def _case(tree: Tree) -> Tree:
    from sqlglot import exp

    for _ in range(DEEPEST):
        if isinstance(tree, exp.Case):
            return tree
        if isinstance(tree, exp.Paren | exp.Coalesce | exp.Cast | exp.TryCast):
            tree = tree.this
        elif isinstance(tree, exp.Column):
            tree = value_of(tree).expr
        else:
            return None
    return None


def _branches(case: Tree) -> Iterator[tuple[Tree, Tree, Tree]]:
    """Return (condition, subject of a simple CASE, output) per branch; a CASE in ELSE goes on with its own."""
    for _ in range(DEEPEST):
        for branch in case.args.get("ifs") or ():
            yield branch.this, case.this, branch.args["true"]
        inner = _nested(case.args.get("default"))
        if inner is None:
            return
        case = inner


def _default(case: Tree) -> tuple[Tree, str | None]:
    """Return the last ELSE and its literal; NULL counts as none: tests let it pass."""
    from sqlglot import exp

    for _ in range(DEEPEST):
        inner = _nested(case.args.get("default"))
        if inner is None:
            break
        case = inner
    default = case.args.get("default")
    if default is None or isinstance(default, exp.Null):
        return None, None
    told = literal(default)
    return default, told[1] if told else None


def _nested(tree: Tree) -> Tree:
    from sqlglot import exp

    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree if isinstance(tree, exp.Case) else None


def _leads(out: Tree, text: str, cell: Cell, values: Collection[str]) -> bool:
    from sqlglot import exp

    told = literal(out)
    if told is not None:
        return told[1] in values
    return isinstance(out, exp.Null) or (text in values and any(one.cell == cell for one in of_expression(out)))


def _refused(out: Tree, values: Collection[str]) -> bool:
    told = literal(out)
    return told is not None and told[1] not in values


def _inputs(subject: Tree, condition: Tree) -> list[tuple[Cell, str]]:
    """Return the cells and literals that let a branch be taken; none where it may be taken otherwise too."""
    from sqlglot import exp

    found: list[tuple[Cell, str]] = []
    for one in disjuncts(condition):
        if subject is not None:
            pairs = [(subject, one)]
        elif isinstance(one, exp.EQ):
            pairs = [(one.this, one.expression)]
        elif isinstance(one, exp.In) and one.expressions:
            pairs = [(one.this, other) for other in one.expressions]
        else:
            return []
        for this, other in pairs:
            told = literal(other)
            cells = [origin.cell for origin in of_expression(this) if origin.same]
            if told is None or not cells:
                return []
            found += [(cell, told[1]) for cell in cells]
    return found
