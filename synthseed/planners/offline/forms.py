"""Keep a column's meaning where a CHECK says how its texts are written: what is planned is held against the pattern first.

`email ~ '^[^@]+@[^@]+$'` is no reason for letters and digits around an at sign: an e-mail address matches it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Hashable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np

from synthseed.cells import Cells, Form
from synthseed.errors import PlanError, SynthseedError
from synthseed.generators.base import Setting
from synthseed.generators.build import build
from synthseed.generators.identifiers import AMERICAN, area_codes
from synthseed.plan import Gen, Semantic, Slot, Template, Tier
from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.shapes import template
from synthseed.schema import Column, Kind
from synthseed.streams import Ints, Stream

T = TypeVar("T")

NOW = 1_767_225_600_000_000  # 2026-01-01: for the bounds of times alone
SAMPLE = 20_000  # values that are held against a pattern
SIGNS = (("@", "email"), ("://", "url"), ("#", "hex_color"))  # what a pattern names outright
NAMED = ("slug", "hostname", "domain", "ipv4", "ipv6", "mac", "iban", "bic", "vin", "isbn", "ean", "uuid", "version")
AREA, AREAS = "area_code", 60  # a slot, and how many codes it holds


def formed(draft: Draft, column: Column, found: Gen | None) -> Gen | None:
    """Return what is planned for a column by its meaning, in a form that its patterns let be; None where no form is known.

    Args:
        draft: The table's plan so far.
        column: A text with patterns.
        found: What its name alone would be planned as.
    """
    if column.type.kind is not Kind.TEXT:
        return None
    patterns = [compiled for text in draft.limits[column.name].patterns if (compiled := _compiled(text)) is not None]
    if len(patterns) < len(draft.limits[column.name].patterns):
        return None
    for gen, sample in _forms(draft, column, found):
        texts = [sample] if sample else _texts(draft, column, gen)
        if texts and all(pattern.search(text) for pattern in patterns for text in texts):
            if sample and "{area_code}" in gen_text(gen):
                draft.slots.setdefault(AREA, Slot(AREA, (Tier(Decimal(100), area_codes()[:AREAS]),)))
            return gen
    return None


def gen_text(gen: Gen) -> str:
    """Return the first text of a template; empty of anything else."""
    return gen.tiers[0].values[0] if isinstance(gen, Template) else ""


def _compiled(text: str) -> re.Pattern[str] | None:
    """Return a pattern of the database's as Python reads it; None where the two may differ."""
    if "[:" in text or "(*" in text or re.search(r"\\[mMyYZ]", text):
        return None  # POSIX classes, directives and words' ends, which Python knows not or writes otherwise
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            return re.compile(text)
    except (re.error, FutureWarning):
        return None


def _forms(draft: Draft, column: Column, found: Gen | None) -> Iterator[tuple[Gen, str]]:
    """Yield what a column may be planned as, with a text that stands for all of its texts; empty where they differ."""
    if found is not None:
        yield found, ""
    if isinstance(found, Semantic) and found.type == "phone":
        yield from _phones(draft)
    words, patterns = set(draft.names[column.name]), draft.limits[column.name].patterns
    yield from ((Semantic(type_), "") for type_ in NAMED if type_ in words)
    yield from ((Semantic(type_), "") for sign, type_ in SIGNS if any(sign in pattern for pattern in patterns))


def _phones(draft: Draft) -> Iterator[tuple[Gen, str]]:
    """Yield numbers that reach nobody as machines write them: 555-01 of an area code, and +999, which the ITU has not assigned."""
    if draft.locale[-2:] in AMERICAN:
        for start in ("+1", "1", ""):
            yield template(f"{start}{{area_code}}55501{{digits:2}}"), f"{start}2015550134"
        yield template("{area_code}-555-01{digits:2}"), "201-555-0134"
    yield template("+999{digits:9}"), "+999555013412"
    yield template("999{digits:7}"), "9995550134"


class _Sample:
    """Stand for rows from all over a table that has nothing but the column."""

    def __init__(self, count: int) -> None:
        self.numbers: Ints = np.arange(count, dtype=np.int64)
        self.as_of: Ints = np.full(count, NOW, np.int64)
        self._known: dict[Hashable, Any] = {}

    def stream(self, *names: object) -> Stream:
        return Stream.named(0, *names)

    def index(self, name: str, size: int) -> Ints:
        """Return numbers from all over the space, its last one included."""
        return np.linspace(0, size - 1, len(self.numbers)).astype(np.int64) if size > len(self.numbers) else self.numbers % size

    def cells(self, name: str) -> Cells:
        raise PlanError(f"{name} of no row was asked for")

    def ordinal(self) -> Ints:
        return self.numbers

    def aggregate(self, function: str, child: str, column: str) -> Cells:
        raise PlanError(f"{function} of no row was asked for")

    def once(self, name: Hashable, draw: Callable[[], T]) -> T:
        if name not in self._known:
            self._known[name] = draw()
        found: T = self._known[name]
        return found


def _texts(draft: Draft, column: Column, gen: Gen) -> list[str]:
    """Return values of a generator from all over its space; none where they hang on other cells."""
    unique = bool(draft.needed(column.name))
    setting = Setting(draft.schema, draft.table, column, column.name, draft.done(), draft.locale, NOW, unique=unique)
    try:
        cells = build(gen, setting).values(_Sample(SAMPLE))
    except SynthseedError:
        return []
    return sorted(set(cells.array.to_pylist()) - {None}) if cells.form is Form.TEXT else []
