"""Write a plan's file again and leave alone what a person made of it: comments, order, quotes, whatever means what it meant.

A file is cut into blocks: a key at the top with its value, a column with its plan; the comments above belong to a block. A block
whose meaning stays keeps its text, to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from synthseed import plan_reader, plan_writer
from synthseed.errors import PlanError
from synthseed.plan import Plan, TablePlan
from synthseed.plan_nodes import Node, documents
from synthseed.plan_yaml import HEAD, file_names, places, write_whole
from synthseed.schema import Schema

Place = tuple[str, ...]
TAIL: Place = ()  # what stands below the last block: comments, blank lines
SPLIT = "columns"  # the one key whose entries are blocks of their own
NOWHERE: Mapping[str, Collection[str]] = {}


def update_plan(directory: Path, plan: Plan, schema: Schema, *, before: Plan, again: Mapping[str, Collection[str]] = NOWHERE) -> None:
    """Write the files of a plan over those that are there, and leave alone in them what still means the same.

    Args:
        directory: Holds the plan `before`.
        plan: The plan as it shall be.
        schema: The database, for the order of columns and the types beside them.
        before: The plan as it is.
        again: Columns that are written anew in any case, by table.
    """
    there = places(directory)
    files = _files(directory, plan, there)
    head = directory / HEAD
    write_whole(head, _updated(head, plan_writer.plan_head(before), plan_writer.plan_head(plan), _same_head(plan)))
    texts = {}
    for key, table in plan.tables.items():
        shown, old = schema.by_key.get(key), before.tables.get(key)
        source = _source(there[key]) if key in there else None
        text = plan_writer.table_text(table, shown, source=source)
        if old is not None and key in there:
            written = plan_writer.table_text(old, shown, source=source)
            text = _updated(there[key], written, text, _same_table(table), again.get(key, ()))
        texts[files[key]] = text
    for file in {*there.values()} - texts.keys():
        file.unlink()
    for file, text in texts.items():
        write_whole(file, text)


def _source(file: Path) -> str:
    """Return who a file says that most of its columns are planned by."""
    said = documents(file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"), str(file))[0].mapping("the plan").get("source")
    return said.text("source") if said else "offline"


def _files(directory: Path, plan: Plan, there: Mapping[str, Path]) -> dict[str, Path]:
    """Return the file of each table: the one that it is in, whatever it is called."""
    usual = {key: directory / name for key, name in file_names(plan.tables).items()}
    found = {key: there.get(key, file) for key, file in usual.items()}
    return found if len({str(file).casefold() for file in found.values()}) == len(found) else usual


def _updated(file: Path, old: str, new: str, same: Callable[[Node], bool], again: Collection[str] = ()) -> str:
    """Return the new text of a file, patched where that means the very same."""
    try:
        raw = file.read_bytes().decode("utf-8-sig") if file.is_file() else ""
        text = merged(raw, old, new, again)
        return text if same(documents(text.replace("\r\n", "\n"), str(file))[0]) else new
    except (PlanError, IndexError, UnicodeDecodeError):
        return new


def _same_head(plan: Plan) -> Callable[[Node], bool]:
    return lambda node: plan_reader.plan(node, plan.tables) == plan


def _same_table(table: TablePlan) -> Callable[[Node], bool]:
    def sorted_(plan: TablePlan) -> Any:
        return replace(plan, columns=tuple(sorted(plan.columns, key=lambda one: one.column)))

    return lambda node: sorted_(plan_reader.table(node)) == sorted_(table)


# ---------------------------------------------------------------------------------------------- texts
def merged(raw: str, old: str, new: str, again: Collection[str] = ()) -> str:
    """Return the new text of a file, with the blocks of the one that is there where they still mean the same.

    Args:
        raw: The file as it is.
        old: The text that we would write for what the file means.
        new: The text that we would write for what it shall mean.
        again: Columns whose blocks are written anew in any case.
    """
    there, before, after = (dict(_blocks(text.replace("\r\n", "\n"))) for text in (raw, old, new))
    fresh: set[Place] = {(SPLIT, name) for name in again}
    if _is_split(there) != _is_split(after):  # one is `columns: {a: ..., b: ...}`: it stays as it is, or is written anew
        there, before, after = _whole(there), _whole(before), _whole(after)
        fresh = {(SPLIT,)} if again else set()
    kept = {path: text for path, text in there.items() if path == TAIL or (before.get(path) == after.get(path) and path not in fresh)}
    unsaid = {path for path in after if path not in there and before.get(path) == after[path]}  # what goes without saying
    text = "".join(kept.get(path, after.get(path, "")) for path in _order(list(there), list(after)) if path not in unsaid)
    return text.replace("\n", "\r\n") if "\r\n" in raw else text


def _is_split(blocks: Mapping[Place, str]) -> bool:
    """Return whether each column is a block of its own."""
    return any(len(path) > 1 for path in blocks)


def _whole(blocks: Mapping[Place, str]) -> dict[Place, str]:
    """Return the blocks with all columns in one."""
    found: dict[Place, str] = {}
    for path, text in blocks.items():
        found[path[:1]] = found.get(path[:1], "") + text
    return found


def _blocks(text: str) -> list[tuple[Place, str]]:
    """Return the blocks of a text in its order."""
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", text)
    marks = _marks(documents(text, "the plan")[0]) if lines else []
    if not marks or [line for line, _ in marks] != sorted({line for line, _ in marks}):
        return [(TAIL, text)]
    starts = [0]
    for (above, _), (line, _) in pairwise(marks):
        starts.append(_top(lines, line - 1, above))
    end = _top(lines, len(lines), marks[-1][0])
    pieces = zip(marks, starts, [*starts[1:], end], strict=True)
    found = [(path, _ended("".join(lines[start:stop]))) for (_, path), start, stop in pieces]
    return [*found, (TAIL, "".join(lines[end:]))]


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _marks(node: Node) -> list[tuple[int, Place]]:
    """Return (line of its key, path) of each block."""
    found: list[tuple[int, Place]] = []
    for name, child in node.mapping("the plan").items():
        found.append((child.line, (name,)))
        inner = [one.line for one in child.value.values()] if name == SPLIT and isinstance(child.value, dict) else []
        if inner and isinstance(child.value, dict) and len({child.line, *inner}) == len(inner) + 1:
            found += [(one.line, (name, column)) for column, one in child.value.items()]
    return found


def _top(lines: Sequence[str], line: int, above: int) -> int:
    """Return where the comments and blank lines right above a line begin, at most up to the line `above`."""
    while line > above and lines[line - 1].strip()[:1] in ("", "#"):
        line -= 1
    return line


def _order(there: Sequence[Place], after: Sequence[Place]) -> list[Place]:
    """Return the paths of the new text in the order of the one that is there; what is new follows what it follows in the new one."""
    wanted = {*after} - {TAIL}
    found = [path for path in there if path in wanted]
    last: Place | None = None
    for path in after:
        if path == TAIL:
            continue
        if path not in found:
            found.insert(found.index(last) + 1 if last is not None else 0, path)
        last = path
    return [*found, TAIL]
