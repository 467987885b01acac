"""Lay rows out as a plain text table for a terminal of any width."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal

GAP = "  "
NARROWEST = 12  # a text is never cut below this; numbers and times are never cut


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[object]], *, width: int | None = None, indent: str = "", right: Sequence[int] = ()
) -> str:
    """Return the rows under their header, numbers to the right, cut to a width.

    Args:
        header: Names of the columns.
        rows: Cells; None reads as NULL.
        width: Columns of the terminal; None cuts nothing. The last columns are left out, and counted in a line of its own,
            where all of them would be cut too short to read; then the widest are shortened.
        indent: What every line begins with.
        right: Places of columns whose texts go to the right, as numbers do.
    """
    cells = [[_shown(cell) for cell in row] for row in rows]
    aligned = [at in right or _numbers([row[at] for row in rows]) for at in range(len(header))]
    sizes = [max(map(_width, [name, *(row[at] for row in cells)])) for at, name in enumerate(header)]
    whole = [aligned[at] or _all([row[at] for row in rows], (date, time)) for at in range(len(header))]
    kept = _fit(sizes, whole, width - len(indent)) if width else len(sizes)
    lines = [_line(header, sizes, aligned, kept), _line(["-" * size for size in sizes], sizes, aligned, kept)]
    lines += [_line(row, sizes, aligned, kept) for row in cells]
    if kept < len(sizes):
        lines.append(f"(+{len(sizes) - kept} column{'s' if len(sizes) - kept > 1 else ''})")
    return "\n".join((indent + line).rstrip() for line in lines)


def _numbers(cells: Sequence[object]) -> bool:
    return _all(cells, (int, float, Decimal))


def _all(cells: Sequence[object], kinds: tuple[type, ...]) -> bool:
    """Return whether the cells are of these types, and at least one is there."""
    there = [cell for cell in cells if cell is not None]
    return bool(there) and all(isinstance(cell, kinds) for cell in there)


def _fit(sizes: list[int], whole: Sequence[bool], room: int) -> int:
    """Shorten the widest columns in place until they fit, but those that stay whole; return how many columns are kept."""
    least = [size if fixed else min(size, NARROWEST) for size, fixed in zip(sizes, whole, strict=True)]
    kept = len(sizes)
    while kept > 1 and sum(least[:kept]) + (kept - 1) * len(GAP) > room:
        kept -= 1
    while sum(sizes[:kept]) + (kept - 1) * len(GAP) > room:
        widest = max(range(kept), key=lambda at: sizes[at] - least[at])
        if sizes[widest] <= least[widest]:
            break
        sizes[widest] -= 1
    return kept


def _line(cells: Sequence[str], sizes: Sequence[int], right: Sequence[bool], kept: int) -> str:
    return GAP.join(_padded(_cut(cells[at], sizes[at]), sizes[at], right[at]) for at in range(kept))


def _padded(text: str, size: int, right: bool) -> str:
    space = " " * (size - _width(text))
    return space + text if right else text + space


def _shown(cell: object) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, bytes):
        return f"\\x{cell[:16].hex()}" + ("..." if len(cell) > 16 else "")
    if isinstance(cell, Iterable) and not isinstance(cell, str | Mapping):
        return f"[{', '.join(_shown(one) for one in cell)}]"
    return "".join(character if character.isprintable() else " " for character in str(cell))


def _width(text: str) -> int:
    """Return the columns that a text takes: letters of East Asia take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, size: int) -> str:
    if _width(text) <= size:
        return text
    while text and _width(text) > size - 1:
        text = text[:-1]
    return text + "…"
