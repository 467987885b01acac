"""Bind every column of one model's SQL: which row it is of, and what it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthseed.dbt.artifacts import Manifest, Node, Source, Test, plain
from synthseed.dbt.printed import print_of_source
from synthseed.dbt.rows import UNKNOWN, Cell, Query, Row, Tail, Tree, Value, bind, place_of, renamed, union, unknown, value_of

DEEPEST = 120  # levels of a syntax tree that are followed
NO_ALIASES = {"postgres", "bigquery", "tsql", "mysql", "trino", "sqlite"}  # an output is no column beside it, or in WHERE


class Resolver:
    """Bind every column of one model's SQL."""

    def __init__(
        self, manifest: Manifest, node: Node | Test, rows: Mapping[str, Row], spelled: dict[Cell, str], queries: list[Query], dialect: str
    ) -> None:
        """Resolve into `queries`; `rows` are those of what the model reads, `spelled` takes the spelling of quoted columns."""
        self.manifest, self.node, self.rows, self.spelled, self.queries = manifest, node, rows, spelled, queries
        self.lateral_aliases = dialect not in NO_ALIASES
        self.depth = 0

    def query(self, tree: Tree, ctes: Mapping[str, Row], outer: Query | None = None) -> Row:
        """Return the row of a SELECT, a set operation or a parenthesis."""
        from sqlglot import exp

        self.depth += 1
        if self.depth > DEEPEST:
            raise RecursionError("nested too deep")
        try:
            ctes = self._with(tree, ctes, outer)
            if isinstance(tree, exp.Select):
                return self._select(tree, ctes, outer)
            if isinstance(tree, exp.SetOperation):
                return self._set(tree, ctes, outer)
            inner = tree.this
            if isinstance(tree, exp.Subquery | exp.Paren) and isinstance(inner, exp.Query):
                return self.query(inner, ctes, outer)
            if isinstance(tree, exp.Table):
                return self._table(tree, ctes)
            return unknown()
        finally:
            self.depth -= 1

    def _with(self, tree: Tree, ctes: Mapping[str, Row], outer: Query | None) -> Mapping[str, Row]:
        clause = _arg(tree, "with")
        if clause is None:
            return ctes
        ctes = dict(ctes)
        for cte in clause.expressions:
            name = cte.alias.lower()
            if clause.args.get("recursive"):
                ctes[name] = unknown()
            row = self.query(cte.this, ctes, outer)
            ctes[name] = renamed(row, [one.name.lower() for one in cte.args["alias"].columns] if cte.args.get("alias") else [])
        return ctes

    def _set(self, tree: Tree, ctes: Mapping[str, Row], outer: Query | None) -> Row:
        from sqlglot import exp

        parts: list[Tree] = []
        distinct = False
        todo = [tree]
        while todo:
            one = todo.pop()
            while isinstance(one, exp.Subquery | exp.Paren) and isinstance(one.this, exp.SetOperation) and _arg(one, "with") is None:
                one = one.this
            if isinstance(one, exp.SetOperation):
                ctes = self._with(one, ctes, outer) if one is not tree else ctes
                distinct |= bool(one.args.get("distinct")) or not isinstance(one, exp.Union)
                todo += [one.expression, one.this] if not isinstance(one, exp.Except) else [one.this]
                if isinstance(one, exp.Except):
                    self.query(one.expression, ctes, outer)
            else:
                parts.append(one)
        rows = [self.query(part, ctes, outer) for part in parts]
        return union(rows, node=self.node.id, by_name=bool(tree.args.get("by_name")), distinct=distinct)

    # ------------------------------------------------------------------------------------------ one SELECT
    def _select(self, tree: Tree, ctes: Mapping[str, Row], outer: Query | None) -> Row:
        query = Query(self.node.id, distinct=tree.args.get("distinct") is not None)
        begin = _arg(tree, "from")
        if begin is not None:
            self._item(begin.this, query, ctes, "from", outer)
        elif not outer:
            self._sourceless(query)
        for join in tree.args.get("joins") or ():
            self._join(join, query, ctes, outer)
        for lateral in tree.args.get("laterals") or ():
            self._item(lateral, query, ctes, "cross", outer)
        row = self._outputs(tree, query, ctes, outer)
        for name in ("where", "having", "qualify"):
            clause = tree.args.get(name)
            if clause is not None:
                self._bind(clause.this, query, ctes, outer, aliases=self.lateral_aliases or name != "where")
                query.conditions.append(clause.this)
        distinct = tree.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            self._bind(distinct.args["on"], query, ctes, outer, aliases=True)
        self._group(tree, query, ctes, outer)
        for order in (tree.args.get("order"), *(tree.args.get("windows") or ())):
            if order is not None:
                self._bind(order, query, ctes, outer, aliases=True)
        self.queries.append(query)
        return row

    def _sourceless(self, query: Query) -> None:
        """Let a SELECT without FROM stand for the source that dbt says it reads, where it is one.

        Packages print such a SELECT in place of a source that is not there yet.
        """
        sources = [key for key in self.node.depends_on if key in self.manifest.sources]
        if len(sources) == 1 and len(self.node.depends_on) == 1:
            query.items["_"] = self.rows[sources[0]]

    def _join(self, join: Tree, query: Query, ctes: Mapping[str, Row], outer: Query | None) -> None:
        before = dict(query.items)
        side = (join.args.get("side") or join.args.get("kind") or "inner").lower()
        alias = self._item(join.this, query, ctes, side, outer)
        if side in ("right", "full"):
            query.sides.update(dict.fromkeys(before, "full"))
        condition = join.args.get("on")
        if condition is not None:
            self._bind(condition, query, ctes, outer)
            query.joins.append((side, condition))
        using = [self._using(column.name.lower(), before, alias, query.items[alias]) for column in join.args.get("using") or ()]
        if using:
            query.joins.append((side, _all(using)))

    def _using(self, name: str, before: Mapping[str, Row], alias: str, row: Row) -> Tree:
        from sqlglot import exp

        first = next((key for key, item in before.items() if item.knows(name)), None)
        first = first or next((key for key, item in before.items() if item.open), next(iter(before), alias))
        left, right = exp.column(name, table=first), exp.column(name, table=alias)
        bind(left, before.get(first, row).get(name) or UNKNOWN, (first, name))
        bind(right, row.get(name) or UNKNOWN, (alias, name))
        made = exp.EQ()
        made.set("this", left)
        made.set("expression", right)
        return made

    def _item(self, item: Tree, query: Query, ctes: Mapping[str, Row], side: str, outer: Query | None) -> str:
        """Put a table, CTE or sub-query of a FROM into the query; return its alias."""
        from sqlglot import exp

        alias = (item.alias_or_name or f"_{len(query.items)}").lower()
        names = [one.name.lower() for one in item.args["alias"].columns] if item.args.get("alias") else []
        inner = item.this
        if isinstance(item, exp.Table):
            row = self._table(item, ctes)
            if not isinstance(inner, exp.Identifier):
                row = self._function(item, query, ctes, outer, alias)
        elif isinstance(item, exp.Subquery | exp.Paren) and isinstance(inner, exp.Table | exp.Subquery) and not item.alias:
            alias = self._item(inner, query, ctes, side, outer)  # `from (a join b on ...)`
            row = query.items[alias]
        elif isinstance(item, exp.Subquery):
            # Only a lateral sub-query sees the rows beside it; here a column of the same name is its own.
            row = self.query(inner, self._with(item, ctes, outer), outer)
        elif isinstance(item, exp.Lateral) and isinstance(inner, exp.Subquery):
            row = self.query(inner, ctes, _within(query, outer))
        else:
            row = self._function(item, query, ctes, outer, alias)
        for pivot in item.args.get("pivots") or ():
            row = self._pivot(pivot, row, query, alias)
            alias = (pivot.alias or alias).lower()
        query.items[alias] = renamed(row, names)
        query.sides[alias] = side
        for join in item.args.get("joins") or ():
            self._join(join, query, ctes, outer)
        for lateral in item.args.get("laterals") or ():
            self._item(lateral, query, ctes, "cross", outer)
        return alias

    def _function(self, item: Tree, query: Query, ctes: Mapping[str, Row], outer: Query | None, alias: str) -> Row:
        """Return the row of UNNEST, FLATTEN, VALUES and other table functions; what they read is noted."""
        from sqlglot import exp

        names = [one.name.lower() for one in item.args["alias"].columns] if item.args.get("alias") else []
        for part in item.iter_expressions():
            if not isinstance(part, exp.TableAlias | exp.Join | exp.Pivot):
                self._bind(part, query, ctes, outer)
                query.outputs.append(part)
        return unknown(*names, alias)

    def _pivot(self, pivot: Tree, row: Row, query: Query, alias: str) -> Row:
        """Return the row that PIVOT or UNPIVOT makes of another: what it reads is gone, what it makes is not known."""
        from sqlglot import exp

        inner = Query(query.node, items={alias: row}, sides={alias: "from"})
        used: set[str] = set()
        for part in (*pivot.expressions, *(pivot.args.get("fields") or ())):
            columns = [part.this] if isinstance(part, exp.In) and not pivot.args.get("unpivot") else list(part.find_all(exp.Column))
            for column in columns:
                if isinstance(column, exp.Column):
                    bind(column, self._column(column, inner, None, aliases=False), (alias, column.name.lower()))
                    used.add(column.name.lower())
        inner.groups = [exp.null()]
        made = Row(tails=(Tail(row, frozenset(used), alias=alias), Tail(unknown())), query=inner)
        names = [one.name.lower() for one in pivot.args["alias"].columns] if pivot.args.get("alias") else []
        return renamed(made, names) if names else made

    def _table(self, table: Tree, ctes: Mapping[str, Row]) -> Row:
        from sqlglot import exp

        if not isinstance(table.this, exp.Identifier):
            return unknown()  # a function
        parts = [part.name for part in table.parts]
        if len(parts) == 1 and parts[0].lower() in ctes:
            return ctes[parts[0].lower()]
        key = self.manifest.by_relation.get(plain(".".join(parts))) or self._nearest(parts)
        if key == self.node.id or key is None or key not in self.rows:
            return unknown()
        return self.rows[key]

    def _nearest(self, parts: list[str]) -> str | None:
        """Return what is called so where dbt's own name for it is another.

        Looked for among what the model depends on, and where it names tables outright, without `ref`, in the whole project.
        """
        name, schema = parts[-1].lower(), parts[-2].lower() if len(parts) > 1 else ""
        named = [key for key in self.node.depends_on if name in self._called(key)]
        if not named and schema:
            named = [key for key in self.rows if name in self._called(key)]
            named = [key for key in named if key in self.manifest.nodes or self.manifest.sources[key].schema.lower() == schema]
        return named[0] if len(named) == 1 else None

    def _called(self, key: str) -> set[str]:
        there = self.manifest.sources.get(key) or self.manifest.nodes.get(key)
        if there is None:
            return set()
        return {there.name.lower(), (there.identifier if isinstance(there, Source) else there.alias).lower()}

    # ------------------------------------------------------------------------------------------ what is selected
    def _outputs(self, tree: Tree, query: Query, ctes: Mapping[str, Row], outer: Query | None) -> Row:
        from sqlglot import exp

        columns: dict[str, Value] = {}
        places: list[str | Tail] = []
        for one in tree.expressions:
            if _is_star(one):
                places += self._star(one, query, ctes, outer, columns)
                continue
            inner = one.this if isinstance(one, exp.Alias) else one
            self._bind(inner, query, ctes, outer, aliases=self.lateral_aliases)
            query.outputs.append(inner)
            name = one.alias_or_name.lower() or f"_{len(columns)}"
            self._output(name, inner, query, columns)
            places.append(name)
        print_of_source(tree.expressions, query, columns, self.node.aliases if isinstance(self.node, Node) else {})
        return Row(columns, tuple(one for one in places if isinstance(one, Tail)), query=query, places=tuple(places))

    def _output(self, name: str, inner: Tree, query: Query, columns: dict[str, Value]) -> None:
        from sqlglot import exp

        columns[name] = query.aliases[name] = query_value(inner, query)
        while isinstance(inner, exp.Paren):
            inner = inner.this
        if isinstance(inner, exp.Column) and place_of(inner)[0]:
            query.plain[name] = place_of(inner)
        else:
            query.plain.pop(name, None)

    def _star(self, star: Tree, query: Query, ctes: Mapping[str, Row], outer: Query | None, columns: dict[str, Value]) -> list[str | Tail]:
        from sqlglot import exp

        inner = star.this if isinstance(star, exp.Column) else star
        named = star.table.lower() if isinstance(star, exp.Column) and star.table else None
        rows = {alias: row for alias, row in query.items.items() if named in (None, alias)}
        without = {one.name.lower() for one in (_arg(inner, "except") or ())}
        new = {one.alias.lower(): one.this.name.lower() for one in (inner.args.get("rename") or ())}
        for one in inner.args.get("replace") or ():
            self._bind(one.this, query, ctes, outer)
            query.outputs.append(one.this)
            self._output(one.alias.lower(), one.this, query, columns)
        gone = frozenset(without | set(new.values()))
        return [Tail(row, gone, new, alias) for alias, row in rows.items()]

    def _group(self, tree: Tree, query: Query, ctes: Mapping[str, Row], outer: Query | None) -> None:
        from sqlglot import exp

        group = tree.args.get("group")
        for one in group.expressions if group is not None else ():
            if isinstance(one, exp.Literal) and not one.is_string and one.name.isdigit() and 0 < int(one.name) <= len(tree.expressions):
                one = tree.expressions[int(one.name) - 1]
                one = one.this if isinstance(one, exp.Alias) else one
            else:
                self._bind(one, query, ctes, outer, aliases=True)
            query.groups.append(one)

    # ------------------------------------------------------------------------------------------ binding
    def _bind(self, expression: Tree, query: Query, ctes: Mapping[str, Row], outer: Query | None, *, aliases: bool = False) -> None:
        """Bind the columns of an expression; queries inside it are resolved with this one around them.

        Args:
            aliases: Whether a name may be that of an output.
        """
        from sqlglot import exp

        todo: list[Any] = [expression]
        while todo:
            one = todo.pop()
            if isinstance(one, exp.Query) and not isinstance(one, exp.Table):
                row = self.query(one, ctes, _within(query, outer))
                first = next(iter(row.names()), None)
                bind(one, (row.get(first) if first else None) or UNKNOWN)
            elif isinstance(one, exp.Column):
                bind(one, self._column(one, query, outer, aliases=aliases))
            else:
                todo += list(one.iter_expressions())

    def _column(self, column: Tree, query: Query, outer: Query | None, *, aliases: bool) -> Value:
        name, table = column.name.lower(), column.table.lower() if column.table else ""
        if table and table not in query.items and not (outer and table in outer.items):
            return self._field(column, query)
        alias = table or self._home(name, query, outer, aliases=aliases)
        if alias is None:
            return UNKNOWN
        if not alias:
            inner = query.plain.get(name)
            if inner is not None:
                bind(column, UNKNOWN, inner)
            return query.aliases[name]
        row = query.items.get(alias) or (outer.items.get(alias) if outer else None)
        found = (row.get(name) if row is not None else None) or UNKNOWN
        if alias in query.items:
            bind(column, found, (alias, name))
        if found.cell is not None and column.this.args.get("quoted") and found.cell.column == name:
            self.spelled.setdefault(found.cell, column.name)
        return found

    def _field(self, column: Tree, query: Query) -> Value:
        """Note the column that a struct's field is of, `record.field`."""
        name = next(part.name for part in column.parts).lower()
        alias = self._home(name, query, None, aliases=False)
        if alias and not column.args.get("db"):
            query.items[alias].get(name)
        return UNKNOWN

    def _home(self, name: str, query: Query, outer: Query | None, *, aliases: bool) -> str | None:
        """Return the alias of the row that a bare name is of, "" where it is an output's, None where there is none."""
        within = [query.items] + ([outer.items] if outer is not None else [])
        known = [alias for alias, row in query.items.items() if row.knows(name)]
        if known:  # of `unnest(t.tags) as tags` it is the element, not the array
            return next((alias for alias in known if _is_element(query.items[alias], name)), known[0])
        if aliases and name in query.aliases:
            return ""
        for items in within:
            found = next((alias for alias, row in items.items() if row.knows(name)), None)
            found = found or next((alias for alias, row in items.items() if row.open), None)
            if found is not None:
                return found
        return None


def _is_element(row: Row, name: str) -> bool:
    return (row.query is None or not row.query.node) and not row.relation and not row.parts and row.columns.get(name) is UNKNOWN


def _all(conditions: list[Tree]) -> Tree:
    from sqlglot import exp

    whole = conditions[0]
    for other in conditions[1:]:
        whole = exp.And(this=whole, expression=other)
    return whole


def _within(query: Query, outer: Query | None) -> Query:
    return Query(query.node, items={**(outer.items if outer else {}), **query.items})


def query_value(expression: Tree, query: Query) -> Value:
    """Return what an expression of a query is: a column of another row stays what it was there."""
    from sqlglot import exp

    while isinstance(expression, exp.Paren):
        expression = expression.this
    return value_of(expression) if isinstance(expression, exp.Column) else Value(expr=expression, query=query)


def _is_star(expression: Tree) -> bool:
    from sqlglot import exp

    return isinstance(expression, exp.Star) or (isinstance(expression, exp.Column) and isinstance(expression.this, exp.Star))


def _arg(tree: Tree, name: str) -> Any:
    """Return an argument that newer versions of sqlglot write with an underscore behind it."""
    return tree.args.get(f"{name}_") or tree.args.get(name)
