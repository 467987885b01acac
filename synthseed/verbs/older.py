"""Make rows that stand out of plans of before, also where the database has since come to forbid what they say.

A column that became unique, or got another type, was planned otherwise when the rows that stand were made. What stands in it
now nobody knows without looking at rows; so it is taken for what the plan of today would have made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from synthseed.errors import PlanError, Refused, SchemaError, SynthseedError

if TYPE_CHECKING:
    from synthseed.editions import Ledger
    from synthseed.engine.program import Program
    from synthseed.engine.standing import Standing
    from synthseed.plan import Plan
    from synthseed.schema import Schema


def compiled(
    schema: Schema,
    plan: Plan,
    plans: Mapping[str, Plan],
    *,
    rows: Mapping[str, int],
    as_of: int,
    ledger: Ledger,
    found: Mapping[str, Standing],
) -> Program:
    """Compile a plan for one more edition, on top of those that stand.

    Raises:
        SynthseedError: The plan of today is refused.
    """
    from synthseed.engine.program import compile_program

    try:
        return compile_program(schema, plan, rows=rows, as_of=as_of, ledger=ledger, plans=plans, standing=found)
    except (PlanError, Refused, SchemaError) as error:
        fitted, notes = _fitted(schema, plan, plans, ledger)
        if not notes:
            raise
        try:
            program = compile_program(schema, plan, rows=rows, as_of=as_of, ledger=ledger, plans=fitted, standing=found)
        except SynthseedError:
            raise error from None
        program.notes = (*program.notes, *notes)
        return program


def _fitted(schema: Schema, plan: Plan, plans: Mapping[str, Plan], ledger: Ledger) -> tuple[dict[str, Plan], tuple[str, ...]]:
    """Return the plans of the editions that stand as the database of today takes them, and what had to change for it."""
    from synthseed import plan_yaml
    from synthseed.verbs.trial import tried

    mark, fitted, notes = plan_yaml.fingerprint(plan), dict(plans), []
    for edition in ledger.editions:
        if edition.plan == mark or edition.plan not in plans or fitted[edition.plan] is not plans[edition.plan]:
            continue
        try:
            trial = tried(schema, plans[edition.plan], plan, rows=edition.rows, as_of=edition.as_of)
        except SynthseedError:
            continue
        fitted[edition.plan] = trial.plan
        notes += [
            f"{f'{fault.table}.{fault.part}' if fault.part else fault.table}: rows that stand were planned as the database no longer "
            "takes them; they are taken for what the plan says now"
            for fault in trial.faults
        ]
    return fitted, tuple(dict.fromkeys(notes))


def fitting(schema: Schema, plan: Plan, as_of: int) -> tuple[Plan, tuple[str, ...]]:
    """Return a plan that lies in no file, with what the database has come to refuse of it planned offline, and a note for each.

    Raises:
        SynthseedError: The offline planner's own plan is refused as well.
    """
    from synthseed.engine.program import compile_program
    from synthseed.planners import offline
    from synthseed.verbs.trial import tried

    rows = {key: table.rows for key, table in plan.tables.items() if key in schema.by_key}
    try:
        compile_program(schema, plan, rows=rows, as_of=as_of)
        return plan, ()
    except (PlanError, Refused, SchemaError):
        fresh = offline.plan(schema, rows=rows, locale=plan.locale, as_of=plan.as_of, seed=plan.seed)
        trial = tried(schema, plan, fresh, rows=rows, as_of=as_of)
    return trial.plan, tuple(f"{fault.table}.{fault.part}: planned again: {fault.text}" for fault in trial.faults)
