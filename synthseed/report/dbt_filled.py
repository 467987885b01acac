"""Tell a person what became of a dbt project's sources, and of the build over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synthseed.report.filled import Filled


@dataclass(frozen=True, slots=True)
class Repair:
    """Say what failed in a round, and what was changed in the plan for it.

    Attributes:
        round: From 1.
        failed: Test, model or column that failed.
        change: What was changed; empty where nothing could be.
        why: In the words of dbt or of the rule.
    """

    round: int
    failed: str
    change: str
    why: str

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {"round": self.round, "failed": self.failed, "change": self.change, "why": self.why}


@dataclass(frozen=True, slots=True)
class Built:
    """Say what the last `dbt build` came to.

    Attributes:
        models: Models that were built.
        passed: Tests that passed.
        failed: Names of tests and models that failed.
        empty: Models without a row.
        null_columns: Columns of marts that hold NULL alone, as `model.column`.
        columns: Columns of marts in all.
        rounds: Builds that were run.
    """

    models: int
    passed: int
    failed: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    null_columns: tuple[str, ...] = ()
    columns: int = 0
    rounds: int = 1
    warned: tuple[str, ...] = ()

    @property
    def green(self) -> bool:
        """Return whether every test passes and no model is empty, and at most 5 % of the marts' columns are NULL alone."""
        return not self.failed and not self.empty and len(self.null_columns) * 20 <= self.columns

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "green": self.green,
            "models": self.models,
            "passed": self.passed,
            "failed": list(self.failed),
            "warned": list(self.warned),
            "empty": list(self.empty),
            "null_columns": list(self.null_columns),
            "columns": self.columns,
            "rounds": self.rounds,
        }


@dataclass(frozen=True, slots=True)
class DbtFilled:
    """Say what `synthseed dbt fill` did.

    Attributes:
        filled: What was written.
        how: How the project's SQL was made.
        corrections: What an empty warehouse corrected.
        failed: Models and tests that could not be read, with the reason.
        left: Sources that were left alone, with the reason.
        built: What the build came to, with `verify`.
        repairs: What was changed for it.
    """

    filled: Filled
    how: str
    corrections: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    built: Built | None = None
    repairs: tuple[Repair, ...] = ()

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            **self.filled.as_dict(),
            "read": self.how,
            "corrections": list(self.corrections),
            "unread": dict(self.failed),
            "left": list(self.left),
            "build": self.built.as_dict() if self.built else None,
            "repairs": [repair.as_dict() for repair in self.repairs],
        }
