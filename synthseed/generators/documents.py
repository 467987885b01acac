"""Write JSON documents out of a template document, whose strings may hold tokens: `json`.

A string that is one token and nothing else becomes a number or a truth where the token is one, and null where it is NULL.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from synthseed import chunk
from synthseed.cells import Cells, Form, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Rows, Setting, Space
from synthseed.generators.literals import check_plain
from synthseed.generators.rendering import as_text, chosen, escaped
from synthseed.generators.template_parts import Calendar, Cell, Context, Running, Whole
from synthseed.generators.templates import Compiler, Slot, Written
from synthseed.plan import Json

DEPTH = 50
_BARE = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,18})?|true|false")


@dataclass(frozen=True)
class Document:
    """Write the document of each row: literal pieces of JSON, and strings with tokens between them."""

    pieces: tuple[str | Written, ...]
    setting: Setting
    distinct: bool = False
    version: int = 1
    group: str = ""

    def values(self, rows: Rows, /) -> Cells:
        """Return one document per row, compact and valid."""
        context = Context(rows, iso=True)
        try:
            parts = [piece if isinstance(piece, str) else _value(piece, context) for piece in self.pieces]
        except PlanError as error:
            raise PlanError(f"{self.setting.where}: {error}") from None
        if all(isinstance(part, str) for part in parts):
            return texts(chunk.take(chunk.strings(["".join(map(str, parts))]), np.zeros(len(rows.numbers), np.int64)))
        return texts(chunk.join(*parts))

    def space(self) -> Space | None:
        """Return None: documents are not numbered."""
        return None


def build_json(gen: Json, setting: Setting) -> Document:
    """Build the generator of a `json` column.

    Raises:
        PlanError: The template is no JSON document, or a token in it is none of the language; or the column is unique.
    """
    if setting.unique:
        raise PlanError(f"{setting.where}: the column is unique, and documents of a template may be alike; plan it with another `use`")
    compiler = Compiler(setting)
    pieces: list[str | Written] = []
    for piece in _pieces(_read(gen.template, setting.where), compiler, (setting.name,)):
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return Document(tuple(pieces), setting)


def _read(template: str, where: str) -> Any:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    def finite(text: str) -> float:
        if not math.isfinite(value := float(text)):
            raise ValueError(f"{text} is too large")
        return value

    try:
        document = json.loads(template, parse_constant=refuse, parse_float=finite)
    except RecursionError:
        raise PlanError(f"{where}: the document is nested too deep; {DEPTH} levels are possible") from None
    except ValueError as error:
        raise PlanError(f"{where}: the template is no JSON document: {error}; write one document, with tokens inside its strings") from None
    _check_depth(document, where)
    check_plain(json.dumps(document, ensure_ascii=False).replace("\\u0000", "\0"), where)
    return document


def _check_depth(document: Any, where: str) -> None:
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > DEPTH:
            raise PlanError(f"{where}: the document is nested more than {DEPTH} deep; flatten it")
        inner = [one for one in level if isinstance(one, dict | list)]
        level = [value for one in inner for value in (one.values() if isinstance(one, dict) else one)]


def _pieces(value: Any, compiler: Compiler, path: tuple[str | int, ...]) -> Iterator[str | Written]:
    """Yield the document in order; a string with tokens as its compiled template, its streams named by its path."""
    if isinstance(value, dict):
        for place, (key, inner) in enumerate(value.items()):
            yield ("," if place else "{") + _literal(key) + ":"
            yield from _pieces(inner, compiler, (*path, key))
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield "," if place else "["
            yield from _pieces(inner, compiler, (*path, place))
        yield "]" if value else "[]"
    elif isinstance(value, str) and "{" in value:
        written = compiler.written(value, path)
        yield written if written.literal is None else _literal(written.literal)
    else:
        yield _literal(value)


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------------------------------------- a string's value
def _value(written: Written, context: Context) -> pa.Array:
    part = written.parts[0]
    if len(written.parts) > 1 or isinstance(part, str):
        return _string(written.text(context).array)
    if isinstance(part, Whole):
        return chunk.text_of(part.values(context))
    if isinstance(part, Running) and part.digits < 2:
        return chunk.text_of(part.values(context))
    if isinstance(part, Cell):
        return _cell(part, context)
    text = part.text(context)
    # A year is a number: four digits without a leading zero. Any other date, and digits that may begin with 0, are texts.
    bare = _is_bare(part) if isinstance(part, Slot) else isinstance(part, Calendar) and part.format == "%Y"
    array = text.array if bare else _string(text.array)
    return array if text.null is None else chosen(~text.null, array, chunk.strings(["null"])[0])


def _cell(part: Cell, context: Context) -> pa.Array:
    cells = context.cells(part.name)
    if cells.form in (Form.NUMBER, Form.BOOLEAN) and not part.filters:
        array, null = as_text(cells), None if cells.valid is None else ~cells.valid
    else:
        text = part.text(context)
        array, null = _string(text.array), text.null
    return array if null is None else chosen(~null, array, chunk.strings(["null"])[0])


def _is_bare(slot: Slot) -> bool:
    """Return True where every value of a slot is written as JSON writes a number or a truth."""
    literals = [template.literal for template in slot.pool.templates]
    whole = [template.parts[0] for template in slot.pool.templates if template.literal is None and len(template.parts) == 1]
    numbers = sum(isinstance(part, Whole) for part in whole)
    return numbers + sum(literal is not None and _BARE.fullmatch(literal) is not None for literal in literals) == len(literals)


def _string(array: pa.Array) -> pa.Array:
    return chunk.join('"', escaped(array), '"')
