"""Name what can go wrong, once.

    SynthseedError                 base; the CLI prints its text and exits with `exit_code`
    ├── ConfigurationError         synthseed.yml, an alias, a URL, an option's value
    ├── ConnectionFailed           the database does not answer, or is not there
    ├── SchemaError                the database holds something that cannot be described and stands in the way
    ├── PlanError                  a plan that cannot be read, or does not fit the schema
    ├── Refused                    the law of rows: no rows can satisfy this, with the arithmetic
    ├── Guarded                    the target looks like production, or holds rows that are not ours
    ├── LedgerError                what is recorded and what stands differ
    ├── LoadError                  the database refused rows; nothing was committed
    ├── ModelError                 a model that cannot be asked, or whose replies cannot be used; nothing was saved
    │   ├── Truncated              the reply was cut at its limit: ask for less at once
    │   ├── Declined               the model or a filter refused to answer
    │   └── OverBudget             the next call could cost more than is allowed
    ├── NotBuilt                   a feature that this version does not have
    └── TryAgain                   a lock or another fill stands in the way (exit code 75)

A message says where (`table.column`, or file and line), what was found, what was expected, and what to do. It never holds
a row value of a user's database, nor a credential.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class SynthseedError(Exception):
    """Base of every error that a user can meet."""

    exit_code = 1


class ConfigurationError(SynthseedError):
    """Raised for synthseed.yml, an alias, a URL or the value of an option."""


class ConnectionFailed(SynthseedError):
    """Raised when the database does not answer, or does not exist."""


class SchemaError(SynthseedError):
    """Raised when something of the schema stands in the way of filling it."""


class PlanError(SynthseedError):
    """Raised for a plan that cannot be read or does not fit the schema."""


class Refused(SynthseedError):
    """Raised before the first row, with the arithmetic, when no rows can satisfy the plan."""


class Guarded(SynthseedError):
    """Raised when the target looks like production or holds rows that are not ours."""


class LedgerError(SynthseedError):
    """Raised when what the ledger records and what stands in the database differ."""


class LoadError(SynthseedError):
    """Raised when the database refused rows; nothing was committed.

    Attributes:
        state: SQLSTATE, or the one that the database's own words amount to; empty where it is not known.
        constraint: Name of the constraint, or its text where it has no name.
        column: Column, where the database names one.
        function: Name of the function of the database that raised it.
        triggered: True where a trigger may have raised it.
    """

    def __init__(
        self, message: str, *, state: str = "", constraint: str = "", column: str = "", function: str = "", triggered: bool = False
    ) -> None:
        super().__init__(message)
        self.state, self.constraint, self.column = state, constraint, column
        self.function, self.triggered = function, triggered


class ModelError(SynthseedError):
    """Raised when a model cannot be asked, or nothing that it answered can be used."""


class Truncated(ModelError):
    """Raised when a reply was cut at its limit; a larger limit fails the same way, so less is to be asked at once."""


class Declined(ModelError):
    """Raised when the model, or a filter around it, refused to answer."""


class OverBudget(ModelError):
    """Raised before a call that could cost more dollars, tokens or requests than are allowed."""


class NotBuilt(SynthseedError):
    """Raised for a feature that this version does not have, by its name."""


class TryAgain(SynthseedError):
    """Raised when a lock or another fill stands in the way."""

    exit_code = 75


def need(holds: bool, message: str) -> None:
    """Raise Refused with this message unless the condition holds."""
    if not holds:
        raise Refused(message)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` for the closest of the known names, or an empty string."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""
