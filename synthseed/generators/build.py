"""Build the generator of any kind: the one place that knows all twelve."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from synthseed import plan
from synthseed.errors import PlanError
from synthseed.generators.base import Generator, Setting

BUILDERS: dict[type, tuple[str, str]] = {
    plan.Semantic: ("semantic", "build_semantic"),
    plan.Choice: ("choices", "build_choice"),
    plan.Template: ("templates", "build_template"),
    plan.Number: ("numbers", "build_number"),
    plan.Moment: ("times", "build_moment"),
    plan.After: ("times", "build_after"),
    plan.Joint: ("joints", "build_joint"),
    plan.Expr: ("formulas", "build_expr"),
    plan.Json: ("documents", "build_json"),
    plan.Geo: ("scatter", "build_geo"),
    plan.Null: ("constants", "build_null"),
}


def build(gen: plan.Gen, setting: Setting) -> Generator:
    """Return the generator that a plan asks for; the family's module is imported when it is first needed.

    Raises:
        PlanError: The generator does not fit the column.
    """
    known = BUILDERS.get(type(gen))
    if known is None:
        raise PlanError(f"{setting.where}: `same_as` must be resolved before it is built")
    module, name = known
    builder: Callable[[Any, Setting], Generator] = getattr(import_module(f"synthseed.generators.{module}"), name)
    return builder(gen, setting)
