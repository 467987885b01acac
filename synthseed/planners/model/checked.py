"""Hold rows as text against the CHECKs and unique keys of their table, as far as the rows name all the columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeVar

from synthseed.errors import SynthseedError
from synthseed.schema import Table

if TYPE_CHECKING:
    from synthseed.cells import Cells
    from synthseed.streams import Ints, Stream

T = TypeVar("T")
Given = Mapping[str, str | None]


class _Beyond(SynthseedError):
    """Raised where a CHECK asks for something that rows as text do not have: the time, other rows."""


class _Texts:
    """Stand for rows whose cells are given as texts: `generators.base.Rows` as far as a CHECK needs it."""

    def __init__(self, rows: Sequence[Given], table: Table) -> None:
        self.rows, self.table = rows, table

    @property
    def numbers(self) -> Ints:
        import numpy as np

        return np.arange(len(self.rows))

    @property
    def as_of(self) -> Ints:
        self._beyond()

    def cells(self, name: str) -> Cells:
        """Return a column's cells in the form of its type; where all are NULL, of any form."""
        import numpy as np

        from synthseed.generators.literals import of_type

        column = self.table.by_name.get(name)
        texts = [row.get(name) for row in self.rows]
        there = next((text for text in texts if text is not None), None)
        if column is None or there is None:
            self._beyond()
        cells = of_type([there if text is None else text for text in texts], column.type, name)
        return cells.where(np.array([text is not None for text in texts], bool))

    def once(self, name: Hashable, draw: Callable[[], T]) -> T:
        return draw()

    def stream(self, *names: object) -> Stream:
        self._beyond()

    def index(self, name: str, size: int) -> Ints:
        self._beyond()

    def ordinal(self) -> Ints:
        self._beyond()

    def aggregate(self, function: str, child: str, column: str) -> Cells:
        self._beyond()

    def _beyond(self) -> NoReturn:
        raise _Beyond("rows as text hold nothing but their cells")


def broken_checks(rows: Sequence[Given], table: Table, dialect: str) -> Iterator[tuple[int, str]]:
    """Yield (place of the row, what is broken) for each row that a CHECK forbids; the first CHECK of each.

    A CHECK that has no words in the expression language, or names columns that the rows do not, is left to the database.

    Args:
        rows: Text or None (NULL) per column; each text is a value of its column's type.
        table: Their table.
        dialect: `Schema.dialect`.
    """
    from synthseed.constraints.checks import as_expression
    from synthseed.expressions import names
    from synthseed.generators.formulas import holds

    if not rows:
        return
    told: set[int] = set()
    for check in table.checks:
        node = as_expression(check.text, dialect, table, check.columns[0] if len(check.columns) == 1 else "")
        if node is None or not set(names(node)) <= set(rows[0]):
            continue
        try:
            passes = holds(node, _Texts(rows, table))
        except SynthseedError:
            continue
        for at, fine in enumerate(passes):
            if not fine and at not in told:
                told.add(at)
                yield at, f"the CHECK {check.name or check.text[:100]} forbids it"


def doubled(rows: Sequence[Given], table: Table) -> Iterator[tuple[int, str]]:
    """Yield (place of the row, what is doubled) for each row that a unique key forbids beside an earlier one."""
    told: set[int] = set()
    for key in table.keys:
        if key.expressions or key.where is not None or not rows or not set(key.columns) <= set(rows[0]):
            continue
        seen: set[tuple[str, ...]] = set()
        for at, row in enumerate(rows):
            values = tuple(value for name in key.columns if (value := row[name]) is not None)
            if at in told or len(values) < len(key.columns):
                continue
            if values in seen:
                told.add(at)
                yield at, f"an earlier row has the same {', '.join(key.columns)}, which is unique"
            seen.add(values)
