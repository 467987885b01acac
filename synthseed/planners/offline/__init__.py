"""Plan a database from its metadata alone: names, types, constraints, comments and enum labels."""

from synthseed.planners.offline.plan import complete, guesses, plan

__all__ = ["complete", "guesses", "plan"]
