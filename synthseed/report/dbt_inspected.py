"""Hold what a dbt project gives away of its sources, each fact with where it is known from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """Say something, and where it is known from."""

    what: str
    where: str

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {"what": self.what, "known_from": self.where}


@dataclass(frozen=True, slots=True)
class ColumnInspected:
    """Say what is known of a column.

    Attributes:
        type: As the warehouse writes it, and where it is known from.
        strength: How strong that word is: name, partner, literal, use, cast, printed, tested, declared, warehouse.
        parsed: What models read its text as; None where it is no text, or is read as text alone.
        parent: The column whose keys it holds; None where it holds none.
        unique: Where it is said that each of its values is there once.
        required: Where it is said that it is never NULL.
        accepted: Values that are all there may be.
        seen: Values that models tell apart.
        filters: What rows must hold to get through the filters of models.
        json: Keys that models read out of it, with the type that they are read as.
        tests: Tests that were pushed back to it, by name, with their kind.
        guessed: True where its type is known from its name alone.
    """

    name: str
    type: Told
    strength: str
    parsed: Told | None = None
    parent: Told | None = None
    unique: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    accepted: tuple[Told, ...] = ()
    seen: tuple[Told, ...] = ()
    filters: tuple[Told, ...] = ()
    json: tuple[Told, ...] = ()
    tests: Mapping[str, str] = field(default_factory=dict)
    guessed: bool = False
    description: str = ""

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "column": self.name,
            "type": self.type.what,
            "known_from": self.type.where,
            "strength": self.strength,
            "read_as": self.parsed.as_dict() if self.parsed else None,
            "parent": self.parent.as_dict() if self.parent else None,
            "unique": list(self.unique),
            "not_null": list(self.required),
            "accepted": [one.as_dict() for one in self.accepted],
            "seen": [one.as_dict() for one in self.seen],
            "filters": [one.as_dict() for one in self.filters],
            "json": [one.as_dict() for one in self.json],
            "tests": [{"test": name, "kind": kind} for name, kind in self.tests.items()],
            "guessed": self.guessed,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class SourceInspected:
    """Say what is known of a source table.

    Attributes:
        label: `source.table`.
        relation: As the project's SQL names it.
        readers: Models and snapshots that read it.
        keys: Columns that are unique together.
        rules: What holds for every row, between its columns and with its children.
        freshness: How old its rows may be; None where nothing says so.
        unread: Documented columns that no model and no test names.
    """

    label: str
    relation: str
    file: str
    readers: tuple[str, ...]
    columns: tuple[ColumnInspected, ...]
    keys: tuple[Told, ...] = ()
    rules: tuple[Told, ...] = ()
    freshness: Told | None = None
    unread: tuple[str, ...] = ()
    description: str = ""

    @property
    def guessed(self) -> tuple[str, ...]:
        """Return the columns whose type is known from their name alone."""
        return tuple(column.name for column in self.columns if column.guessed)

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "source": self.label,
            "relation": self.relation,
            "file": self.file,
            "description": self.description,
            "read_by": list(self.readers),
            "keys": [one.as_dict() for one in self.keys],
            "rules": [one.as_dict() for one in self.rules],
            "freshness": self.freshness.as_dict() if self.freshness else None,
            "columns": [column.as_dict() for column in self.columns],
            "guessed": list(self.guessed),
            "unread": list(self.unread),
        }


@dataclass(frozen=True, slots=True)
class Inspected:
    """Say what is known of a project's sources.

    Attributes:
        how: How the project's SQL was had.
        left: Sources that are not filled, with the reason.
        tests: Tests that were pushed back to a source column, of `all_tests`.
        unused: Tests that say nothing that a source could be filled by, with the reason.
        failed: Models and tests that could not be compiled or read, with the reason.
        partial: True where only some sources were asked for.
    """

    project: str
    adapter: str
    dbt_version: str
    how: str
    sources: tuple[SourceInspected, ...]
    left: Mapping[str, str] = field(default_factory=dict)
    tests: int = 0
    all_tests: int = 0
    unused: tuple[Told, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False

    @property
    def idle(self) -> tuple[str, ...]:
        """Return the sources that no model reads."""
        return tuple(source.label for source in self.sources if not source.readers)

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "project": self.project,
            "adapter": self.adapter,
            "dbt_version": self.dbt_version,
            "read": self.how,
            "sources": [source.as_dict() for source in self.sources],
            "left": dict(self.left),
            "gaps": {
                "guessed": [f"{source.label}.{name}" for source in self.sources for name in source.guessed],
                "idle": list(self.idle),
                "unread": [f"{source.label}.{name}" for source in self.sources for name in source.unread],
                "tests": [{"test": one.what.removeprefix("test "), "reason": one.where} for one in self.unused],
                "models": dict(self.failed),
            },
            "tests": {"pushed_back": self.tests, "all": self.all_tests},
        }
