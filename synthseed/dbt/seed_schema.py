"""Turn the seeds of a project into a `Schema`: what their tests say are its constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthseed.dbt.artifacts import Manifest, Test
from synthseed.dbt.facts import Facts
from synthseed.dbt.seed_facts import keys, typed
from synthseed.dbt.seed_types import type_of
from synthseed.dbt.seeds import Seed, read_csv
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Unique

DIALECTS = {"postgres": "postgresql", "redshift": "postgresql"}
NUMBERS = (Kind.INTEGER, Kind.NUMERIC, Kind.FLOAT)
MOST = 1_000  # keys of a real seed that are written into a condition
KEY = "unique and never NULL, by its name; no test says so"


@dataclass(frozen=True, slots=True)
class RealCsv:
    """Name the CSV of a seed whose own rows stand."""

    file: Path
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Described:
    """Hold the seeds as a schema, a table per seed under the seed's name, and what could not be said in it.

    Attributes:
        seeds: The seeds, with the types that they have in the schema.
    """

    schema: Schema
    notes: tuple[str, ...]
    seeds: tuple[Seed, ...] = ()


@dataclass
class _Draft:
    """Gather what tests say about one seed."""

    seed: Seed
    required: set[str] = field(default_factory=set)
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    keys: list[ForeignKey] = field(default_factory=list)

    def name(self, column: str | None) -> str | None:
        """Return a column as the header writes it; None where there is none."""
        plain = (column or "").strip('"`').lower()
        return next((one.name for one in self.seed.columns if one.name.lower() == plain), None)


def describe(manifest: Manifest, seeds: Sequence[Seed], adapter: str, real: Mapping[str, RealCsv], facts: Facts | None = None) -> Described:
    """Return the schema of some seeds.

    Args:
        manifest: Where the tests are.
        seeds: Those that rows are made for.
        adapter: dbt's name of the warehouse.
        real: CSV by id of the seeds whose own rows stand: their keys are what others may point at.
        facts: What the models say, where they were read.
    """
    seeds = typed(seeds, facts, adapter) if facts else seeds
    drafts = {seed.node.id: _Draft(seed) for seed in seeds}
    notes: list[str] = []
    for test in manifest.tests.values():
        draft = drafts.get(_about(test))
        if draft is None:
            continue
        why = "it has a `where`" if test.where else _said(test, draft, drafts, real)
        if why:
            notes.append(f"{draft.seed.name}: test {test.name} is not planned for: {why}")
    if facts:
        _learn(facts, drafts, real)
    dialect = DIALECTS.get(adapter, adapter)
    tables = tuple(_table(draft, adapter, notes) for draft in drafts.values())
    return Described(Schema(tables, dialect, default_schema=""), tuple(notes), tuple(seeds))


def _about(test: Test) -> str:
    return test.node or next((one for one in test.depends_on if one.startswith("seed.")), "")


# ---------------------------------------------------------------------------------------------- tests
def _said(test: Test, draft: _Draft, drafts: Mapping[str, _Draft], real: Mapping[str, RealCsv]) -> str:
    """Put what a test says into a draft; return why not where that cannot be done."""
    given, column = test.arguments, draft.name(test.column)
    match test.kind.rpartition(".")[2]:
        case "not_null" if column:
            draft.required.add(column)
        case "unique" if column:
            draft.uniques.append((column,))
        case "unique_combination_of_columns" | "expect_compound_columns_to_be_unique":
            names = [draft.name(str(one)) for one in given.get("combination_of_columns") or given.get("column_list") or ()]
            if not names or not all(names):
                return "it names a column that the CSV lacks"
            draft.uniques.append(tuple(str(name) for name in names))
        case "accepted_values" | "expect_column_values_to_be_in_set" if column:
            draft.checks.append(_among(draft, column, given.get("values") or given.get("value_set") or ()))
            draft.required.add(column)
        case "accepted_range" if column:
            draft.checks += [Check(f"{_sql(column)} {_op(given, sign)} {given[end]}", (column,)) for sign, end in ENDS if end in given]
        case "expression_is_true":
            draft.checks.append(Check(f"{_sql(column)} {given.get('expression')}" if column else str(given.get("expression"))))
        case "relationships" if column:
            # A NULL passes the test, and is lost by the inner join that the column is there for.
            draft.required.add(column)
            return _related(test, draft, column, drafts, real)
        case _:
            return "synthseed does not know it"
    return ""


ENDS = ((">", "min_value"), ("<", "max_value"))


def _op(given: Mapping[str, Any], sign: str) -> str:
    return f"{sign}=" if given.get("inclusive", True) else sign


def _sql(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _among(draft: _Draft, column: str, values: Sequence[Any]) -> Check:
    bare = _kind(draft, column) in NUMBERS
    texts = [str(value) if bare else "'" + _text(value).replace("'", "''") + "'" for value in values]
    if _kind(draft, column) is Kind.BOOLEAN:
        texts = [_text(value) for value in values]
    return Check(f"{_sql(column)} in ({', '.join(texts)})", (column,))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(draft: _Draft, column: str) -> Kind:
    return type_of(next(one.sql for one in draft.seed.columns if one.name == column)).kind


def _related(test: Test, draft: _Draft, column: str, drafts: Mapping[str, _Draft], real: Mapping[str, RealCsv]) -> str:
    """Make a relationships test a foreign key to a seed that gets rows, or a list of the keys that stand in a CSV."""
    others = [one for one in test.depends_on if one != draft.seed.node.id] or list(test.depends_on)
    parent = next((drafts[one] for one in others if one in drafts), None)
    if parent is not None:
        above = parent.name(str(test.arguments.get("field")))
        if above is None:
            return f"{parent.seed.name} has no column {test.arguments.get('field')}"
        _point(draft, column, parent, above)
        return ""
    csv = next((real[one] for one in others if one in real), None)
    if csv is None:
        return f"it points at {', '.join(others)}, which is no seed of this project"
    return _pointing(draft, column, csv, str(test.arguments.get("field")))


def _point(draft: _Draft, column: str, parent: _Draft, above: str) -> None:
    if (above,) not in parent.uniques:
        parent.uniques.append((above,))
    parent.required.add(above)
    if all(key.columns != (column,) for key in draft.keys):
        draft.keys.append(ForeignKey((column,), parent.seed.name, (above,)))


def _pointing(draft: _Draft, column: str, csv: RealCsv, field_: str) -> str:
    texts = read_csv(csv.file, csv.delimiter)
    above = next((name for name in texts.column_names if name.lower() == field_.strip('"`').lower()), None)
    if above is None:
        return f"{csv.file.name} has no column {field_}"
    values = [value for value in texts.column(above).unique().to_pylist() if value not in ("", "null")]
    if not values or len(values) > MOST:
        return f"{csv.file.name} has {len(values):,} keys, and 1 to {MOST:,} can be drawn from"
    draft.checks.append(_among(draft, column, values))
    return ""


# ---------------------------------------------------------------------------------------------- models
def _learn(facts: Facts, drafts: Mapping[str, _Draft], real: Mapping[str, RealCsv]) -> None:
    """Put into the drafts what models say of seeds, beside what the seeds' own tests say."""
    for cell, found in facts.columns.items():
        draft = drafts.get(cell.relation)
        column = draft.name(cell.column) if draft else None
        if draft is None or column is None:
            continue
        if found.not_null:
            draft.required.add(column)
        if found.unique and (column,) not in draft.uniques:
            draft.uniques.append((column,))
        if found.accepted and all(check.columns != (column,) for check in draft.checks):
            draft.checks.append(_among(draft, column, list(found.accepted)))
            draft.required.add(column)
    for key in facts.keys:
        draft = drafts.get(key.relation)
        names = tuple(draft.name(name) or "" for name in key.columns) if draft else ()
        if draft is not None and all(names) and names not in draft.uniques:
            draft.uniques.append(names)
    _join(facts, drafts, real)


def _join(facts: Facts, drafts: Mapping[str, _Draft], real: Mapping[str, RealCsv]) -> None:
    for child, above in keys(facts, tuple(real)):
        draft, parent = drafts.get(child.relation), drafts.get(above.relation)
        column = draft.name(child.column) if draft else None
        if draft is None or column is None:
            continue
        draft.required.add(column)
        if parent is not None and (name := parent.name(above.column)) is not None:
            _point(draft, column, parent, name)
        elif above.relation in real and all(check.columns != (column,) for check in draft.checks):
            _pointing(draft, column, real[above.relation], above.column)


# ---------------------------------------------------------------------------------------------- tables
def _table(draft: _Draft, adapter: str, notes: list[str]) -> Table:
    seed = draft.seed
    key = _key(draft)
    if key is not None and (key,) not in draft.uniques:
        notes.append(f"{seed.name}.{key}: {KEY}")
        draft.required.add(key)
    columns = tuple(
        Column(one.name, type_of(one.sql, adapter), one.name not in draft.required, comment=_told(seed, one.name)) for one in seed.columns
    )
    uniques = tuple(Unique(names, "_".join(names)) for names in dict.fromkeys(draft.uniques) if names != (key,))
    primary = Unique((key,), primary=True) if key else None
    return Table(seed.name, columns, None, primary, tuple(draft.keys), uniques, tuple(draft.checks))


def _told(seed: Seed, column: str) -> str | None:
    return next((field.description for field in seed.node.columns if field.name.lower() == column.lower() and field.description), None)


def _key(draft: _Draft) -> str | None:
    """Return the column that rows are told apart by: tested unique and not NULL, else `id` or the seed's own."""
    tested = [names[0] for names in draft.uniques if len(names) == 1 and names[0] in draft.required]
    own = ["id", f"{draft.seed.node.name}_id", f"{draft.seed.node.name.removesuffix('s')}_id"]
    if tested:
        return min(tested, key=lambda name: own.index(name.lower()) if name.lower() in own else len(own))
    pointing = {name for key in draft.keys for name in key.columns}
    if any(len(names) > 1 for names in draft.uniques):
        return None
    return next((one.name for name in own for one in draft.seed.columns if one.name.lower() == name and one.name not in pointing), None)
