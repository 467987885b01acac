"""Write negated predicates as NOT over the plain ones, whatever version of sqlglot read them.

sqlglot 30 keeps `x IS NOT NULL` (of PostgreSQL) and `x NOT LIKE y` (of every dialect) as the plain predicate with `negate`
set; earlier ones put NOT around it. Who looks at the class alone would take the opposite for true.
"""

from __future__ import annotations

from synthseed.dbt.rows import Tree


def set_apart(tree: Tree) -> Tree:
    """Return a tree in which NOT stands around every predicate that was kept with `negate`; the tree itself is changed."""
    from sqlglot import exp

    for one in [node for node in tree.walk() if node.args.get("negate")]:
        one.set("negate", None)
        whole = one.parent if isinstance(one.parent, exp.Escape) and one.arg_key == "this" else one
        around = exp.Not()
        if whole is tree:
            tree = around
        else:
            whole.replace(around)
        around.set("this", whole)
    return tree
