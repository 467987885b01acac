"""Write a part of a text between marks as SPLIT_PART, however a dialect takes it: `string_split(x, ':')[1]` of DuckDB, say."""

from __future__ import annotations

from synthseed.dbt.rows import Tree


def named_parts(tree: Tree) -> Tree:
    """Return a tree in which every element of a split text that is taken by its number is a SPLIT_PART; the tree itself is changed."""
    from sqlglot import exp

    for one in list(tree.find_all(exp.Bracket)):
        split = one.this.unnest()
        places = one.expressions
        if not isinstance(split, exp.Split | exp.StringToArray) or len(places) != 1 or not places[0].is_int:
            continue
        number = int(places[0].to_py()) + 1  # counted from 0, whatever the dialect counts from
        part = exp.SplitPart(this=split.this, delimiter=split.args.get("expression"), part_index=exp.Literal.number(number))
        if one is tree:
            return part
        one.replace(part)
    return tree
