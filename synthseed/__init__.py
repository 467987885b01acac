"""Fill databases with realistic, privacy-safe rows, from metadata alone.

The functions are the commands of the `synthseed` program, under the same names and with the same options. They return
plain objects and never print. Nothing heavy is imported before a function is called.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from synthseed.errors import (
    ConfigurationError,
    ConnectionFailed,
    Guarded,
    LedgerError,
    LoadError,
    NotBuilt,
    PlanError,
    Refused,
    SchemaError,
    SynthseedError,
    TryAgain,
)

if TYPE_CHECKING:
    from synthseed.verbs.dbt_fill import dbt_fill
    from synthseed.verbs.dbt_inspect import dbt_inspect
    from synthseed.verbs.dbt_plan import dbt_plan
    from synthseed.verbs.dbt_seeds import dbt_seeds
    from synthseed.verbs.explain import explain
    from synthseed.verbs.fill import fill
    from synthseed.verbs.init import init
    from synthseed.verbs.preview import frame, preview
    from synthseed.verbs.reset import reset

__version__ = "0.1.0"

__all__ = [
    "init",
    "plan",
    "preview",
    "frame",
    "fill",
    "explain",
    "reset",
    "dbt_inspect",
    "dbt_plan",
    "dbt_fill",
    "dbt_seeds",
    "SynthseedError",
    "ConfigurationError",
    "ConnectionFailed",
    "SchemaError",
    "PlanError",
    "Refused",
    "Guarded",
    "LedgerError",
    "LoadError",
    "NotBuilt",
    "TryAgain",
]

_VERBS = {
    "init": "init",
    "preview": "preview",
    "frame": "preview",
    "fill": "fill",
    "explain": "explain",
    "reset": "reset",
    "dbt_inspect": "dbt_inspect",
    "dbt_plan": "dbt_plan",
    "dbt_fill": "dbt_fill",
    "dbt_seeds": "dbt_seeds",
}


class _PlanVerb(ModuleType):
    """Let `synthseed.plan(...)` be the verb while `synthseed/plan.py` is a module: a package has one attribute of a name."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return import_module("synthseed.verbs.plan").plan(*args, **options)


import_module("synthseed.plan").__class__ = _PlanVerb


def __getattr__(name: str) -> Any:
    if name not in _VERBS:
        raise AttributeError(f"module 'synthseed' has no attribute {name!r}")
    return getattr(import_module(f"synthseed.verbs.{_VERBS[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_VERBS])
