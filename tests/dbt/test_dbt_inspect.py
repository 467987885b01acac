"""`synthseed dbt inspect` and `dbt plan` on a whole project, as the dbt of this machine compiles it, without a warehouse."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

from synthseed.report.dbt_inspected import ColumnInspected, Inspected
from synthseed.report.dbt_text import inspected
from synthseed.verbs.dbt_inspect import dbt_inspect
from synthseed.verbs.dbt_plan import check_dbt_plan, dbt_plan


def found_in(folder: Path, **how: object) -> Inspected:
    """Inspect a copy of the project."""
    with chdir(folder):
        return dbt_inspect(profiles_dir=folder, **how)  # type: ignore[arg-type]  # of any kind, as the options are


def column(found: Inspected, source: str, name: str) -> ColumnInspected:
    """Return what was found of a column."""
    columns = next(one.columns for one in found.sources if one.label == source)
    return next(one for one in columns if one.name == name)


def test_sources_without_a_documented_column_are_known_by_what_reads_them(project: Path, artifacts: Path) -> None:
    found = found_in(project, artifacts=artifacts)
    status = column(found, "billing.subscriptions", "status")
    customer = column(found, "shop.orders", "customer_id")

    assert {one.what for one in status.accepted} == {"trialing", "active", "past_due", "canceled"}
    assert customer.parent is not None
    assert customer.parent.what == "shop.customers.id"
    assert "relationships" in customer.tests.values()
    assert customer.required


def test_every_fact_says_where_it_is_known_from(project: Path, artifacts: Path) -> None:
    found = found_in(project, artifacts=artifacts)
    columns = [one for source in found.sources for one in source.columns]
    told = [one for each in columns for one in (each.type, each.parsed, each.parent, *each.accepted, *each.seen, *each.filters) if one]
    told += [one for source in found.sources for one in (*source.keys, *source.rules)]

    assert len(told) > 100
    assert [one.what for one in told if not one.where] == []


def test_a_broken_model_is_named_and_the_others_are_read(project: Path, artifacts: Path, dbt: str) -> None:
    whole = found_in(project, artifacts=artifacts)
    broken = next(project.rglob("stg_shop__products.sql"))
    broken.write_text("select {{ no_such_macro() }} from {{ source('shop', 'products') }}", encoding="utf-8")

    found = found_in(project, dbt=dbt)

    assert "no_such_macro" in found.failed["model.hearth.stg_shop__products"]
    assert len(found.sources) == len(whole.sources)
    assert column(found, "shop.orders", "customer_id").parent == column(whole, "shop.orders", "customer_id").parent
    assert "stg_shop__products" in inspected(found)
    assert not list(project.glob("*.duckdb"))


def test_a_plan_is_that_of_its_project_and_says_no_moment(project: Path, artifacts: Path) -> None:
    with chdir(project):
        done = dbt_plan(artifacts=artifacts, profiles_dir=project, rows={"shop.orders": 70})
        again = dbt_plan(artifacts=artifacts, profiles_dir=project)
        checked = check_dbt_plan(artifacts=artifacts, profiles_dir=project)

    assert done.folder == "seeds_config/plans/hearth"
    assert "rows: 70" in done.files["shop.orders.yml"]
    assert "as_of" not in done.files["_plan.yml"]
    assert (again.kept, again.files) == (True, done.files)
    assert checked.differences == ()
