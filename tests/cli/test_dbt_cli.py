"""The commands for dbt projects, run as their users do; a manifest stands in for dbt, so that no call of it is needed."""

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import sqlglot

from synthseed.cli import main
from synthseed.cli_dbt import ending
from synthseed.report.dbt_filled import Built, DbtFilled
from synthseed.report.filled import Filled

ORDERS = """
select o.id as order_id, o.customer_id, cast(o.total as numeric(12, 2)) as total, o.ordered_at, o."group" as kind
from {orders} o join {customers} c on c.id = o.customer_id where o.status = 'paid' and o.ordered_at >= current_date - interval '30 days'
"""
QUOTES = {"duckdb": '"{}"."{}"."{}"', "snowflake": "{}.{}.{}", "bigquery": "`{}`.`{}`.`{}`"}
DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


def source(name, adapter, **more):
    relation = QUOTES[adapter].format("lake", "shop", name)
    return f"source.store.shop.{name}", {
        "name": name, "source_name": "shop", "package_name": "store", "database": "lake", "schema": "shop", "identifier": name,
        "relation_name": relation, "original_file_path": "models/sources.yml", "columns": {}, **more,
    }  # fmt: skip


def node(key, kind, sources, sql, **more):
    return key, {
        "resource_type": kind, "name": key.split(".")[2], "package_name": "store", "schema": "main", "database": "lake",
        "depends_on": {"nodes": list(sources)}, "compiled_code": sql, "columns": {}, "config": {}, **more,
    }  # fmt: skip


def manifest(adapter="duckdb", **more):
    """Return a manifest with two sources, one model over them, and three tests of it."""
    sources = dict([source("orders", adapter), source("customers", adapter), source("returns", adapter, columns={"reason": {}})])
    names = {one["name"]: one["relation_name"] for one in sources.values()}
    models = dict([node("model.store.orders", "model", list(sources)[:2], ORDERS.format(**names))])
    models["model.store.orders"]["relation_name"] = QUOTES[adapter].format("lake", "main", "orders")

    def test(name, kind, column, **given):
        about = {"test_metadata": {"name": kind, "kwargs": {"column_name": column, **given}}, "attached_node": "model.store.orders"}
        return node(f"test.store.{name}.1", "test", ["model.store.orders"], None, column_name=column, **about)

    tests = [
        test("unique_orders", "unique", "order_id"),
        test("kinds", "accepted_values", "kind", values=["b2b", "b2c"]),
        test("lost", "no_such_test", "total"),
    ]
    about = {"project_name": "store", "adapter_type": adapter, "dbt_version": "1.11.16"}
    return {"metadata": about, "sources": sources, "nodes": {**models, **dict(tests)}, "semantic_models": {}, **more}


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run `synthseed ARGUMENTS` below tmp_path in this process: of some sixty calls each saves a start of 0.7 s."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        return Done(ended.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def store(tmp_path):
    """Return what writes a project `store` with this manifest; its warehouse is a DuckDB file."""

    def made(raw):
        (tmp_path / "dbt_project.yml").write_text("name: store\nprofile: store\n", encoding="utf-8")
        output = {"type": "duckdb", "path": str(tmp_path / "lake.duckdb")}
        profiles = {"store": {"target": "dev", "outputs": {"dev": output}}}
        (tmp_path / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")
        (tmp_path / "target").mkdir()
        (tmp_path / "target" / "manifest.json").write_text(json.dumps(raw), encoding="utf-8")
        return tmp_path

    return made


def test_inspect_tells_each_fact_with_where_it_is_known_from(store, run):
    store(manifest())

    done = run("dbt", "inspect", "--artifacts", "target", "--json")
    found = json.loads(done.out)
    columns = {one["column"]: one for one in found["sources"][0]["columns"]}

    assert done.code == 0, done.err
    assert columns["id"]["unique"] == ["test unique_orders"]
    assert columns["customer_id"]["parent"] == {"what": "shop.customers.id", "known_from": "model orders"}
    assert (columns["total"]["type"], columns["total"]["known_from"]) == ("decimal(12, 2)", "model orders")
    assert columns["group"]["accepted"] == [{"what": "b2b", "known_from": "test kinds"}, {"what": "b2c", "known_from": "test kinds"}]
    assert {one["what"] for one in columns["ordered_at"]["filters"]} == {"after 30 days before now"}
    assert columns["group"]["tests"] == [{"test": "kinds", "kind": "accepted_values"}]


def test_inspect_names_its_gaps(store, run):
    store(manifest())

    gaps = json.loads(run("dbt", "inspect", "--artifacts", "target", "--json").out)["gaps"]

    assert "shop.customers.id" in gaps["guessed"]
    assert gaps["idle"] == ["shop.returns"]
    assert gaps["unread"] == ["shop.returns.reason"]
    assert [one["test"] for one in gaps["tests"]] == ["lost"]


def test_inspect_reads_well(store, run):
    store(manifest())

    lines = run("dbt", "inspect", "--artifacts", "target").out.splitlines()

    assert lines[0] == "store (duckdb, dbt 1.11.16): 3 source tables, 8 columns."
    assert any(line.startswith("  customer_id ") and "-> shop.customers.id" in line for line in lines)
    assert "  - lost: dbt did not compile it" in lines


def test_a_model_that_cannot_be_read_costs_what_it_alone_says(store, run):
    raw = manifest()
    python = node("model.store.scores", "model", [], "def model(dbt, session): ...", original_file_path="models/scores.py")
    broken = node("model.store.broken", "model", [], "select from where ((")
    raw["nodes"] |= dict([python, broken])
    store(raw)

    found = json.loads(run("dbt", "inspect", "--artifacts", "target", "--json").out)
    models = found["gaps"]["models"]

    assert len(found["sources"][0]["columns"]) == 6
    assert models["model.store.scores"] == "is a Python model: what it reads is not known"
    assert models["model.store.broken"].startswith("sqlglot could not read its SQL")


def test_a_relation_of_two_sources_is_one_table(store, run):
    raw = manifest()
    key, again = source("orders", "duckdb", source_name="copy")
    raw["sources"] = {key.replace("shop.orders", "copy.orders"): again, **raw["sources"]}
    folder = store(raw)

    found = json.loads(run("dbt", "inspect", "--artifacts", "target", "--json").out)
    filled = run("dbt", "fill", "--artifacts", "target", "--out", "rows")

    assert found["left"] == {"copy.orders": "is the same relation as shop.orders, which is filled"}
    assert filled.code == 0, filled.err
    assert (folder / "rows" / "schema.sql").read_text(encoding="utf-8").count("create table") == 3


def test_a_project_without_sources_is_told_so(store, run):
    store({**manifest(), "sources": {}, "nodes": {}})

    assert "The project has no source" in run("dbt", "inspect", "--artifacts", "target").out
    assert "no source to plan" in run("dbt", "plan", "--artifacts", "target").err
    assert run("dbt", "fill", "--artifacts", "target", "--out", "rows").code == 0


def test_plan_is_written_and_fill_uses_it(store, run):
    folder = store(manifest())

    planned = run("dbt", "plan", "--artifacts", "target", "--rows", "shop.orders=40")
    filled = run("dbt", "fill", "--artifacts", "target", "--out", "rows", "--json")

    assert (planned.code, filled.code) == (0, 0), planned.err + filled.err
    assert (folder / "seeds_config" / "plans" / "store" / "shop.orders.yml").is_file()
    assert json.loads(filled.out)["plan"] == "The plan is seeds_config/plans/store/ (3 tables)"
    assert pq.read_table(folder / "rows" / "shop.orders.parquet").num_rows == 40


def later():
    """Return the manifest after a change: a model reads two more columns, and there is a model of one more source."""
    raw = manifest()
    model = raw["nodes"]["model.store.orders"]
    model["compiled_code"] = model["compiled_code"].replace(
        "o.ordered_at,", "o.ordered_at, o.channel, strptime(o.sent, '%d/%m/%Y') as sent,", 1
    )
    about = {"test_metadata": {"name": "accepted_values", "kwargs": {"column_name": "channel", "values": ["web", "shop"]}}}
    test = node("test.store.channels.1", "test", ["model.store.orders"], None, attached_node="model.store.orders", **about)
    key, refunds = source("refunds", "duckdb")
    sql = f"select r.order_id, cast(r.amount as numeric(10, 2)) as amount from {refunds['relation_name']} r"
    raw["nodes"] |= dict([test, node("model.store.refunds", "model", [key], sql)])
    return {**raw, "sources": {**raw["sources"], key: refunds}}


def test_plan_that_is_there_is_completed_with_what_models_read_now(store, run):
    folder = store(manifest())
    plan = ("dbt", "plan", "--artifacts", "target")
    run(*plan)
    file = folder / "seeds_config" / "plans" / "store" / "shop.orders.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("b2b", "B2B"), encoding="utf-8")
    same = run(*plan, "--check")
    (folder / "target" / "manifest.json").write_text(json.dumps(later()), encoding="utf-8")

    differs = run(*plan, "--check", "--json")
    refused = run(*plan, "--rows", "7")
    done = run(*plan)
    text = file.read_text(encoding="utf-8")
    filled = run("dbt", "fill", "--artifacts", "target", "--out", "rows")

    assert (same.code, differs.code, refused.code, done.code) == (0, 3, 1, 0), same.out + done.err
    assert "--again" in refused.err
    assert json.loads(differs.out)["differences"] == [
        "shop.refunds: is in the project and not in the plan",
        "shop.orders.channel: is in the project and not in the plan",
        "shop.orders.sent: is in the project and not in the plan",
    ]
    assert json.loads(differs.out)["repair"] == "synthseed dbt plan"
    assert done.out.startswith("Completed seeds_config/plans/store/")
    assert "shop.orders.channel: new, planned" in done.err
    assert "B2B" in text
    assert (run(*plan, "--check").code, filled.code) == (0, 0), filled.err
    orders = pq.read_table(folder / "rows" / "shop.orders.parquet")
    assert set(orders["channel"].to_pylist()) <= {"web", "shop", None}
    assert all(datetime.strptime(text, "%d/%m/%Y") for text in orders["sent"].drop_null().to_pylist())
    assert (run(*plan, "--again").code, "B2B" in file.read_text(encoding="utf-8")) == (0, False)


def test_files_hold_rows_that_the_models_read(store, run):
    folder = store(manifest("snowflake"))

    done = run("dbt", "fill", "--artifacts", "target", "--out", "rows", "--rows", "100")
    orders = pq.read_table(folder / "rows" / "shop.orders.parquet")
    customers = pq.read_table(folder / "rows" / "shop.customers.parquet")

    assert done.code == 0, done.err
    assert orders.num_rows == 100
    assert set(orders["customer_id"].drop_null().to_pylist()) <= set(customers["id"].to_pylist())
    assert set(orders["group"].drop_null().to_pylist()) <= {"b2b", "b2c"}


@pytest.mark.parametrize(
    ("adapter", "place", "column"),
    [
        ("duckdb", '"lake"."shop"."orders"', '"total" decimal(12, 2)'),
        ("snowflake", "lake.shop.orders", '"TOTAL" DECIMAL(12, 2)'),
        ("bigquery", "`lake`.`shop`.`orders`", "`total` NUMERIC(12, 2)"),
    ],
)
def test_ddl_is_the_warehouses_own(store, run, adapter, place, column):
    folder = store(manifest(adapter))

    run("dbt", "fill", "--artifacts", "target", "--out", "rows")
    text = (folder / "rows" / "schema.sql").read_text(encoding="utf-8")

    assert f"create table {place} (" in text
    assert column in text
    assert len([one for one in sqlglot.parse(text, dialect=adapter) if one.key == "create"]) == 4


def test_csv_is_written_where_it_is_asked_for(store, run):
    folder = store(manifest())

    done = run("dbt", "fill", "--artifacts", "target", "--out", "rows", "--format", "csv", "--rows", "5", "--select", "shop.customers")
    with (folder / "rows" / "shop.customers.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))

    assert done.code == 0, done.err
    assert (rows[0], len(rows)) == (["id"], 6)
    assert not (folder / "rows" / "shop.orders.csv").exists()


def test_fill_writes_into_the_warehouse_without_dbt(store, run):
    folder = store(manifest())

    done = run("dbt", "fill", "--artifacts", "target", "--rows", "30", "--json")
    with duckdb.connect(str(folder / "lake.duckdb")) as connection:
        count = connection.execute("select count(*), count(distinct id) from lake.shop.orders").fetchall()

    assert done.code == 0, done.err
    assert count == [(30, 30)]
    assert "`synthseed dbt plan` writes the plan" in json.loads(done.out)["plan"]


def rows_of(folder, sql):
    """Return the rows of a query of the warehouse."""
    with duckdb.connect(str(folder / "lake.duckdb")) as connection:
        return connection.execute(sql).fetchall()


def test_only_selected_sources_and_their_parents_gain_rows(store, run):
    folder = store(manifest())

    done = run("dbt", "fill", "--artifacts", "target", "--select", "shop.orders", "--rows", "50")

    assert done.code == 0, done.err
    counts = [rows_of(folder, f"select count(*) from lake.shop.{name}") for name in ("orders", "customers", "returns")]
    assert counts == [[(50,)], [(50,)], [(0,)]]


def test_a_column_that_models_read_later_is_filled_and_the_others_stay(store, run):
    folder = store(manifest())
    fill = ("dbt", "fill", "--artifacts", "target", "--rows", "20", "--as-of", "2026-03-01")
    run(*fill)
    before = rows_of(folder, "select id, customer_id, total, status from lake.shop.orders order by id")
    (folder / "target" / "manifest.json").write_text(json.dumps(later()), encoding="utf-8")

    done = run(*fill)

    assert done.code == 0, done.err
    assert "models read more than our rows held: shop.orders.channel" in done.out
    assert rows_of(folder, "select id, customer_id, total, status from lake.shop.orders order by id") == before
    assert rows_of(folder, "select count(*), count(channel) > 0 from lake.shop.orders") == [(20, True)]


def test_fewer_rows_replace_ours_where_truncate_says_so_and_never_those_of_others(store, run):
    folder = store(manifest())

    def fill(*arguments):
        return run("dbt", "fill", "--artifacts", "target", "--rows", *arguments)

    fill("30")
    refused, replaced = fill("10"), fill("10", "--truncate")
    counts = rows_of(folder, "select (select count(*) from lake.shop.orders), (select count(*) from lake.shop.customers)")
    rows_of(folder, "drop table main.synthseed_ledger")
    others = fill("5", "--truncate")

    assert (refused.code, replaced.code, others.code) == (1, 0, 1), replaced.err
    assert "`--truncate` starts again with fewer" in refused.err
    assert counts == [(10, 10)]
    assert "rows that synthseed did not write" in others.err
    assert rows_of(folder, "select count(*) from lake.shop.orders") == [(10,)]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["fill", "--vars", "[1"], 2, "--vars"),
        (["fill", "--rows", "many"], 2, "--rows"),
        (["fill", "--scale", "-1"], 2, "scale"),
        (["fill", "--no-such"], 2, "--no-such"),
        (["inspect"], 1, "dbt_project.yml"),
        (["fill", "--truncate", "--out", "rows"], 1, "--truncate"),
        (["plan", "--as-of", "soon"], 1, "--as-of"),
        (["fill", "--as-of", "soon"], 1, "--as-of"),
        (["seeds", "--format", "xml"], 1, "--format"),
        (["seeds", "--reset", "--rows", "5"], 1, "--reset"),
    ],
)
def test_what_is_wrong_is_told_on_stderr(run, arguments, code, told):
    done = run("dbt", *arguments)

    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert "Traceback" not in done.err


def test_unknown_source_is_told_with_the_known_ones(store, run):
    store(manifest())

    done = run("dbt", "inspect", "--artifacts", "target", "--select", "shop.order")

    assert done.code == 1
    assert "shop.orders" in done.err


@pytest.mark.parametrize(
    ("built", "code"),
    [(None, 0), (Built(3, 4), 0), (Built(3, 4, failed=("unique_orders",)), 3), (Built(3, 4, empty=("orders",)), 3)],
)
def test_a_build_that_is_not_green_ends_in_its_own_exit_code(built, code):
    assert ending(DbtFilled(Filled("lake", "a plan", ()), "dbt compile", built=built)) == code


def test_every_option_of_every_dbt_command_is_documented():
    from typer.main import get_command

    from synthseed.cli_dbt import app

    text = DOCS.read_text(encoding="utf-8")
    options = {
        f"{name} {option}"
        for name, command in get_command(app).commands.items()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }

    assert len(options) > 50
    assert [one for one in sorted(options) if one.split()[1] not in text] == []
