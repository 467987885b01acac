"""Say which columns of sources a failure of a build is about, and what may be told of it: names, kinds and counts, never SQL or a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from synthseed.dbt.artifacts import Manifest, Result, Test
from synthseed.dbt.described import Described
from synthseed.dbt.lineage import Lineage
from synthseed.dbt.origins import bound, cells_in
from synthseed.dbt.rows import Cell, Query, Tree, value_of

MOST = 12  # columns: a failure that is about more is about none in particular
WORD = re.compile(r"[A-Za-z_]\w*")
LETTERS = re.compile(r"[A-Za-z_ ]+")
HEADING = re.compile(r"\w+ Error in |Runtime Error|Database Error")
DATA = re.compile(
    r"conver|invalid input|out of range|overflow|division by zero|could not parse|not a valid|malformed|invalid json|duplicate|violates",
    re.I,
)  # an error that other rows would not raise; what is wrong with the SQL no row mends
DOUBTS = ("expression", "condition", "where", "sql", "query", "filter")  # arguments that hold SQL


@dataclass(frozen=True, slots=True)
class Concern:
    """Say what a failure is about.

    Attributes:
        failed: Name of what failed.
        cells: The columns of sources that it is about, those that it names first.
        text: What may be told of it to somebody who knows the schema and no SQL.
        sql: The compiled query of a test, for whom the user lets it be sent to.
    """

    failed: str
    cells: tuple[Cell, ...]
    text: str
    sql: str = ""


def told(result: Result) -> str:
    """Return the line of a message that says why: dbt's own headings only repeat the name."""
    lines = [line.strip() for line in result.message.splitlines() if line.strip()]
    found = [line for line in lines if not HEADING.match(line)]
    return next(iter(found or lines), result.status)[:200]


@dataclass(frozen=True)
class Concerns:
    """Find what failures are about."""

    manifest: Manifest
    lineage: Lineage
    described: Described

    def failure(self, result: Result, failed: str) -> Concern:
        """Return what a failed test, or a model's error, is about."""
        test = self.manifest.tests.get(result.id)
        if test is None:
            name = self._name(result.id)
            why = LETTERS.match(told(result))
            if not DATA.search(result.message):
                return Concern(failed, (), f"model {name} could not be built")
            found = self._doubtful(self._cells(self._of_queries([one for one in self.lineage.queries if one.node == result.id])))
            return Concern(failed, found, f"model {name} could not be built ({why[0].strip() if why else 'error'})")
        if result.status == "error" and not DATA.search(result.message):
            return Concern(failed, (), f"{self._test(test)} could not be run")
        many = f" for {result.failures} rows" if result.failures else ""
        return Concern(failed, self._cells(self._of_test(test)), f"{self._test(test)} failed{many}", test.compiled or "")

    def empty(self, node: str, failed: str) -> Concern:
        """Return what keeps every row out of a model: the columns that are filtered and joined by on the way to it."""
        queries = [one for one in self.lineage.queries if one.node in self._below(node)]
        trees = [tree for query in queries for tree in (*query.conditions, *(condition for _, condition in query.joins))]
        return Concern(
            failed, self._cells(self._of_trees(trees)), f"model {self._name(node)} has no row: none gets through its filters and joins"
        )

    def null(self, node: str, column: str, failed: str) -> Concern:
        """Return what a column that holds NULL alone is made of."""
        row = self.lineage.rows.get(node)
        value = row.get(column.lower()) if row is not None else None
        cells = self._cells(sorted(cells_in(value), key=_place)) if value is not None else ()
        return Concern(failed, cells, f"{self._name(node)}.{column}, which is made of it, is NULL in every row")

    # ------------------------------------------------------------------------------------------ columns
    def _of_test(self, test: Test) -> Iterator[Cell]:
        row = self.lineage.rows.get(test.node or "")
        names = [test.column] if test.column else [str(one) for one in test.arguments.get("combination_of_columns") or ()]
        for name in names:
            value = row.get(name.lower()) if row is not None else None
            yield from sorted(cells_in(value), key=_place) if value is not None else ()
        if not names:
            yield from self._of_queries([one for one in self.lineage.test_queries if one.node == test.id])

    def _of_queries(self, queries: Iterable[Query]) -> Iterator[Cell]:
        """Yield the cells of conditions first, then of what is joined and selected."""
        found = list(queries)
        yield from self._of_trees(tree for query in found for tree in query.conditions)
        for query in found:
            yield from self._of_trees([condition for _, condition in query.joins] + query.groups + query.outputs)

    @staticmethod
    def _of_trees(trees: Iterable[Tree]) -> Iterator[Cell]:
        for tree in trees:
            for column in reversed(bound(tree)):  # as they are written
                yield from sorted(cells_in(value_of(column)), key=_place)

    def _cells(self, cells: Iterable[Cell]) -> tuple[Cell, ...]:
        """Return the columns that are filled, each once."""
        found = dict.fromkeys(one for one in cells if one in self.described.names and one.relation in self.described.tables)
        return tuple(found)[:MOST]

    def _doubtful(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """Return the texts among columns: what a warehouse cannot read is a text."""
        return tuple(one for one in cells if self.described.types[one].kind in ("text", "json")) or cells

    def _below(self, node: str) -> set[str]:
        found: set[str] = set()
        todo = [node]
        while todo:
            key = todo.pop()
            if key not in found:
                found.add(key)
                todo += self.manifest.nodes[key].depends_on if key in self.manifest.nodes else ()
        return found

    # ------------------------------------------------------------------------------------------ words
    def _test(self, test: Test) -> str:
        on = self._name(test.node) if test.node else ", ".join(self._name(one) for one in test.depends_on)
        where = f"{on}.{test.column}" if test.column else on
        said = ", ".join(_arguments(test.arguments))
        kind = f"{test.name}, a query of its own," if test.kind == "singular" else test.kind
        return f"dbt test {kind} of {where}" + (f" ({said})" if said else "")

    def _name(self, key: str) -> str:
        node = self.manifest.nodes.get(key)
        source = self.manifest.sources.get(key)
        return node.name if node is not None else source.label if source is not None else key.rpartition(".")[2]


def _arguments(arguments: Mapping[str, object]) -> Iterator[str]:
    """Yield the arguments that are names and numbers; values and SQL stay where they are."""
    for name, value in arguments.items():
        if any(doubt in name.lower() for doubt in DOUBTS):
            continue
        shown = [one for one in (value if isinstance(value, list) else [value]) if _harmless(name, one)]
        if shown:
            yield f"{name} {', '.join(map(str, shown[:8]))}"


def _harmless(name: str, value: object) -> bool:
    if isinstance(value, int | float):
        return True
    return name in ("field", "column", "columns", "combination_of_columns") and isinstance(value, str) and bool(WORD.fullmatch(value))


def _place(cell: Cell) -> tuple[str, str]:
    return cell.relation, cell.column
