"""State what the offline planner asks about a text column, and what it gets back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from synthseed.plan import ColumnPlan, Gen, JointTable, KeyPlan, Override, Slot
from synthseed.schema import Column, Schema, Table


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """Ask how a text, code, name or document column looks.

    Attributes:
        schema: The database.
        table: The column's table.
        column: The column. The answer must fit its type: length, JSON, array (then the element's generator).
        words: The column's name as English words: `cust_nm` is ("customer", "name"), `bewertungstext` ("review", "text").
        table_words: The table's name as English words, singular: `order_items` is ("order", "item").
        role: entity, lookup, link, event, log or detail.
        language: Language of the texts: "en", "de", "fr", "es", ...
        locale: `en_US`, `de_DE`, ...
        rows: Rows that the table is planned with.
        unique: True when no two rows may share the value: the answer needs a space (or `{seq}`) of at least `rows`.
        siblings: Plans of the table's columns made so far (states, numbers, people, places come before texts).
        keys: Plans of the table's foreign keys, by label; `{col:...}` can't reach parents, `expr` can (`key.column`).
        parents: Words of the parent tables by the label of the key: {"product_id": ("product",)}.
        values: The only values that constraints allow, where they list them; empty: any.
    """

    schema: Schema
    table: Table
    column: Column
    words: tuple[str, ...]
    table_words: tuple[str, ...]
    role: str = "entity"
    language: str = "en"
    locale: str = "en_US"
    rows: int = 100
    unique: bool = False
    siblings: Mapping[str, ColumnPlan] = field(default_factory=dict)
    keys: Mapping[str, KeyPlan] = field(default_factory=dict)
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextPlan:
    """Answer a `TextQuestion`.

    Attributes:
        gen: The column's generator.
        slots: Vocabularies that it names; two columns of a table may share one (the same name and the same tiers).
        joints: Joint tables that it names; two columns may share one likewise.
        nulls: Percentage of NULL for a nullable column; None: the planner's own choice.
        note: For the reader of the plan; empty where nothing needs to be said.
        helpers: Further columns of the plan whose names start with `_`.
        overrides: Other texts where a boolean expression over the row holds (`rating <= 2`).
        understood: False when this is a guess from the type alone, which the report then names.
    """

    gen: Gen
    slots: tuple[Slot, ...] = ()
    joints: tuple[JointTable, ...] = ()
    nulls: Decimal | None = None
    note: str = ""
    helpers: tuple[ColumnPlan, ...] = ()
    overrides: tuple[Override, ...] = ()
    understood: bool = True
