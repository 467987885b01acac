"""Describe and plan the sources of a project that a test built in a line, offline."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "dbt_lineage"))

from lineage_projects import Known, generic, project, singular

from synthseed.dbt.adjusted import adjust
from synthseed.dbt.described import Described, describe
from synthseed.plan import ColumnPlan, Plan, TablePlan
from synthseed.planners import offline
from synthseed.schema import Table


@dataclass(frozen=True)
class Planned:
    """Hold a project's sources as they are described, and the plan for them."""

    known: Known
    described: Described
    plan: Plan

    def table(self, source: str) -> Table:
        return self.described.schema.table(f"raw.{source}")

    def planned(self, source: str) -> TablePlan:
        return self.plan.tables[f"raw.{source}"]

    def column(self, name: str) -> ColumnPlan:
        source, _, column = name.rpartition(".")
        return self.planned(source).by_column[column]

    def type(self, name: str) -> str:
        source, _, column = name.rpartition(".")
        return self.table(source).by_name[column].type.sql.lower()


def planned(known: Known) -> Planned:
    """Return what a fill would plan for the sources of a project."""
    found = describe(known.manifest, known.lineage, known.facts)
    plan = offline.plan(found.schema)
    parsed = offline.plan(found.parsed_schema(), rows={key: table.rows for key, table in plan.tables.items()})
    return Planned(known, found, adjust(plan, known.manifest, known.facts, found, parsed))


__all__ = ["Planned", "generic", "planned", "project", "singular"]
